"""Resources as rows of text, for people to read."""

from collections.abc import Sequence
from typing import Any

import orjson
from rich.cells import cell_len

from scim_client.answers import Resource

# Shown where no attributes are asked for: those of them that some resource has.
USUAL_COLUMNS = ("id", "userName", "displayName", "name", "endpoint", "active")
GAP = "  "


def table(resources: Sequence[Resource], attributes: Sequence[str] = ()) -> list[str]:
    """Return lines with a heading and aligned columns; wide letters count as two."""
    columns = _columns(resources, attributes)
    rows = [columns, *([_text(value_at(each, name)) for name in columns] for each in resources)]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(columns))]
    return [_line(row, widths) for row in rows]


def value_at(resource: Resource, name: str) -> Any:
    """Return what an attribute path names: `userName`, `name.givenName` or `urn:...:User:title`."""
    for urn in resource.get("schemas", []):
        if isinstance(urn, str) and name.lower().startswith(f"{urn.lower()}:"):
            extension = resource.get(urn, resource)  # the core schema's attributes have no urn
            return value_at({**extension, "schemas": []}, name[len(urn) + 1 :])
    value: Any = resource
    for part in name.split("."):
        value = _member(value, part)
    return value


def _member(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_member(each, name) for each in value]
    if not isinstance(value, dict):
        return None
    return next((each for key, each in value.items() if key.lower() == name.lower()), None)


def _columns(resources: Sequence[Resource], attributes: Sequence[str]) -> list[str]:
    if attributes:
        return ["id", *(name for name in attributes if name.lower() != "id")]
    usual = [
        name
        for name in USUAL_COLUMNS
        if any(isinstance(each.get(name), (str, bool, int)) for each in resources)
    ]
    return usual or ["id"]


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return ", ".join(_text(each) for each in value)
        case {"value": inner} | {"formatted": inner}:
            return _text(inner)
        case dict():
            return printable(orjson.dumps(value).decode())
        case _:
            return printable(str(value))


def printable(text: str) -> str:
    """Return the text on one line, without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
    return GAP.join(cells).rstrip()
