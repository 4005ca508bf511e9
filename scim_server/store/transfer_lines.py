"""The lines of an export held against what an export has: anybody may have written the file."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

from scim_protocol.catalog import Catalog
from scim_protocol.datatypes import ADMITS
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import InvalidSyntax, InvalidValue
from scim_protocol.plain import plain_resource
from scim_protocol.requirements import require_assigned
from scim_protocol.resource import UNASSIGNED, holds_undefined, schemas_of
from scim_server.body import parse_json
from scim_server.representation import has_groups, has_members, secret_names
from scim_server.store.contract import StoreError

# How a hash begins; one may be kept inside a document too, as of a secret in a complex attribute.
HASH: Final = "$argon2"
# What stands in a URL as one part of its path, and is no endpoint and no reference of a bulk.
_ID: Final = re.compile(r"(?!bulkId:|\.search\Z|\.{1,2}\Z)[^/\x00-\x1f\x7f]{1,256}")
_MOST_CHANGES: Final = 2**53

Line = dict[str, Any]
Checks = tuple[tuple[str, Callable[[Any], bool], str], ...]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_version(value: Any) -> bool:
    return type(value) is int and 0 < value <= _MOST_CHANGES


def _is_member(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and _is_named(*value)


def _is_named(id: Any, display: Any) -> bool:
    return isinstance(id, str) and (display is None or ADMITS["string"](display))


_TIME: Final = (ADMITS["dateTime"], "a time like 2026-01-01T00:00:00.000Z")
_RESOURCE: Final[Checks] = (
    ("type", _is_text, "the name of a resource type"),
    ("document", lambda value: isinstance(value, dict), "an object"),
    ("id", _is_id, "a text that can stand in a URL"),
    ("version", _is_version, "a whole number from 1"),
    ("created", *_TIME),
    ("lastModified", *_TIME),
)
_MEMBERS: Final[Checks] = (
    ("group", _is_text, "the id of a group"),
    (
        "members",
        lambda value: isinstance(value, list) and all(map(_is_member, value)),
        "a list of pairs: an id, and a name or null",
    ),
)


def read_line(number: int, text: bytes) -> Line:
    """Return what a line holds.

    :raises StoreError: it is no JSON object, gives a name twice or is nested too deep.
    """
    try:
        value = parse_json(text)
    except InvalidSyntax:
        raise StoreError(f"line {number}: is not JSON: the file is cut off or no export.") from None
    if not isinstance(value, dict):
        raise StoreError(f"line {number}: is not a JSON object: the file is no export.")
    return value


def check_members(number: int, line: Line) -> None:
    """Check the line of some members of a group.

    :raises StoreError: it is not what an export has.
    """
    _check(number, line, _MEMBERS)


def check_resource(number: int, line: Line, catalog: Catalog) -> bool:
    """Check the line of a resource; tell whether it has what no schema defines.

    :raises StoreError: it is not what an export has, or does not fit the schemas.
    """
    _check(number, line, _RESOURCE)
    model = catalog.models.get(line["type"])
    if model is None:
        raise StoreError(
            f"line {number}: there is no resource type {line['type']!r} here: give its schemas with"
            " --schemas."
        )
    document: Line = line["document"]
    if document.get("id") != line["id"]:
        raise StoreError(f"line {number}: its id is not that of its document.")
    if reason := next(_faults(line.get("secrets", {}), document, model), None):
        raise StoreError(f"line {number}: {reason}.")
    try:
        return _holds_more(document, model)
    except InvalidValue as error:
        raise StoreError(f"line {number}: does not fit the schemas: {error.detail}") from None


def _check(number: int, line: Line, checks: Checks) -> None:
    for name, is_right, what in checks:
        if name not in line:
            raise StoreError(f"line {number}: has no {name!r}: the file is no export.")
        if not is_right(line[name]):
            raise StoreError(f"line {number}: {name} must be {what}.")


def _faults(secrets: Any, document: Line, model: ResourceModel) -> Iterator[str]:
    hidden = secret_names(model)
    if not isinstance(secrets, dict) or not all(
        name in hidden and isinstance(text, str) and text.startswith(HASH)
        for name, text in secrets.items()
    ):
        yield "secrets must be hashes, by the names of attributes"
    if "schemas" not in document:
        yield "has no 'schemas': the file is no export"
    apart = ["meta", *hidden, *_links(model)]
    names = _spellings(model)
    for name, value in document.items():
        spelling = names.get(name.lower(), name)
        if spelling in apart:
            yield f"{name} has no place in a document: members have lines, and secrets hashes"
        if spelling != name:
            yield f"{name} is to be spelt {spelling}"
        if value in UNASSIGNED:
            yield f"{name} has no value, and is to be left out"


@lru_cache(maxsize=256)
def _spellings(model: ResourceModel) -> dict[str, str]:
    own = (*model.attributes.values(), *model.extension_objects.values())
    return {one.name.lower(): one.name for one in own}


def _links(model: ResourceModel) -> Iterator[str]:
    if has_members(model):
        yield "members"
    if has_groups(model):
        yield "groups"


def _holds_more(document: Line, model: ResourceModel) -> bool:
    for target in require_assigned(document, model):
        raise InvalidValue(f"{target} is required.")
    if plain_resource(document, model) is not None:
        return False
    more = holds_undefined(document, model)
    return more or document["schemas"] != schemas_of(document, model)
