"""What defects of queries are made of: filters rewritten, lists made anew."""

import re
from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told

Rewrite = Callable[[str], str | None]
_QUOTED = re.compile(r'("(?:[^"\\]|\\.)*")')


def parameter(asked: Asked, name: str) -> Any:
    """Return a parameter of a query, in the URL or in the body of a search."""
    if asked.path.endswith("/.search"):
        document = asked.json
        return document.get(name) if isinstance(document, dict) else None
    return asked.query.get(name) if asked.method == "GET" else None


def set_parameter(asked: Asked, name: str, value: Any) -> None:
    """Ask for something else; None leaves the parameter out."""
    place: dict[str, Any] = asked.json if asked.path.endswith("/.search") else asked.query
    changed = {key: old for key, old in place.items() if key != name}
    changed |= {} if value is None else {name: value}
    if asked.path.endswith("/.search"):
        asked.json = changed
    else:
        asked.query = {key: str(one) for key, one in changed.items()}


def reading(name: str, rewrite: Callable[[Any], Any], *, path: str = "") -> Breakage:
    """Read a parameter of a query as another one; None as if it were not there."""

    def breakage(asked: Asked, server: Server) -> Told:
        given = parameter(asked, name)
        if given is not None and asked.path.startswith(path):
            set_parameter(asked, name, rewrite(given))
        return server(asked)

    return breakage


def filtering(rewrite: Rewrite, *, path: str = "") -> Breakage:
    """Read filters as others; None as if there were none."""
    return reading("filter", lambda text: rewrite(str(text)), path=path)


def outside(text: str, change: Callable[[str], str]) -> str:
    """Change what stands outside of quotes."""
    parts = _QUOTED.split(text)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))


def sub(pattern: str, replacement: str, flags: int = re.IGNORECASE) -> Rewrite:
    """Replace words of a filter that stand outside of quotes."""
    return lambda text: outside(text, lambda part: re.sub(pattern, replacement, part, flags=flags))


def refusing(test: Callable[[str], object], *, status: int = 400) -> Breakage:
    """Refuse filters that pass a test."""

    def breakage(asked: Asked, server: Server) -> Told:
        text = parameter(asked, "filter")
        if isinstance(text, str) and test(text):
            return Told.error(status, "invalidFilter" if status == 400 else None)
        return server(asked)

    return breakage


def is_listing(told: Told) -> bool:
    """Whether an answer is a list of resources."""
    return isinstance(told.document.get("Resources"), list) and told.status == 200


def keeping(test: Callable[[Asked, Document], object]) -> Breakage:
    """Leave resources out of lists, as if they had not matched."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if is_listing(told) and asked.path.startswith(("/Users", "/Groups")):
            kept = [one for one in told.document["Resources"] if test(asked, one)]
            lost = len(told.document["Resources"]) - len(kept)
            total = told.document.get("totalResults", 0) - lost
            told.json = told.document | {
                "Resources": kept,
                "totalResults": total,
                "itemsPerPage": len(kept),
            }
        return told

    return breakage


def everything(asked: Asked, server: Server) -> list[Document]:
    """Return all that a query matches, in the order of its answer, whatever page it asks for."""
    whole = asked.other(asked.method, asked.path, asked.json)
    whole.query = {key: value for key, value in asked.query.items() if key not in _PLACE}
    set_parameter(whole, "count", 1000)
    if asked.path.endswith("/.search"):
        set_parameter(whole, "startIndex", 1)
        set_parameter(whole, "cursor", None)
    return list(server(whole).document.get("Resources") or [])


def page_of(asked: Asked, found: list[Document]) -> Told:
    """Answer with the page that was asked for of these resources."""
    start = max(1, _number(parameter(asked, "startIndex"), 1))
    count = max(0, _number(parameter(asked, "count"), 100))
    shown = found[start - 1 : start - 1 + count]
    return listing(shown, total=len(found), start=start)


def listing(shown: list[Document], *, total: int, start: int = 1) -> Told:
    """Answer with a ListResponse."""
    return Told.of(
        200,
        {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total,
            "startIndex": start,
            "itemsPerPage": len(shown),
            "Resources": shown,
        },
    )


def is_query(asked: Asked) -> bool:
    """Whether a request asks for a list of users or groups."""
    of_type = asked.path in ("/Users", "/Groups") and asked.method == "GET"
    return of_type or asked.path.endswith("/.search")


_PLACE = ("startIndex", "count", "cursor")


def _number(value: Any, default: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return default
