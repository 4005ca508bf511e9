"""Removes what an interrupted run left: only what bears a name as the suite gives them."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from conformance.claims import Claims, Document
from conformance.material.samples import PREFIX
from conformance.problems import CannotRun
from conformance.wire.access import Access
from conformance.wire.endpoint import Endpoint, Unanswered
from scim_protocol.urns import GROUPS, USERS

_PAGE = 100
_MOST_PAGES = 100_000
_GONE = (200, 202, 204, 404, 410)
_OURS = re.compile(rf"{PREFIX}[0-9a-f]{{12}}", re.I)  # an endpoint may change the case of names
_NOWHERE = (".", "..")  # as the last part of a path they name what is above it
_NAMES = {USERS: "userName", GROUPS: "displayName"}


@dataclass(frozen=True, slots=True)
class Leftover:
    """A resource that a run made and did not remove."""

    path: str
    name: str


@dataclass(slots=True)
class Cleaning:
    """What was removed, and what would not go."""

    removed: list[Leftover] = field(default_factory=list)
    left: list[Leftover] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Endpoints whose resources could not be listed."""


def clean(
    url: str,
    access: Access,
    *,
    dry_run: bool = False,
    listener: Callable[[Leftover], None] = lambda _: None,
) -> Cleaning:
    """Remove what bears a name of ours.

    :param dry_run: find it, and remove nothing.
    :param listener: is told each resource before it is removed.
    :raises CannotRun: when there is no endpoint to clean.
    """
    endpoint = Endpoint(url, access)
    try:
        endpoint.probe()
        return _clean(endpoint, dry_run, listener)
    finally:
        endpoint.close()


def _clean(endpoint: Endpoint, dry_run: bool, listener: Callable[[Leftover], None]) -> Cleaning:
    done = Cleaning()
    for path in _places(Claims(endpoint)):
        found: list[Leftover] = []
        try:
            # All are found before the first is removed, which would shift the pages.
            found.extend(_leftovers(endpoint, path))
        except (CannotRun, Unanswered) as problem:
            done.unread.append(f"{path}: {problem}")
        for leftover in found:
            listener(leftover)
            gone = dry_run or _remove(endpoint, leftover)
            (done.removed if gone else done.left).append(leftover)
    return done


def _places(claims: Claims) -> Iterable[str]:
    """Return where resources live: groups before the users in them, and all other types."""
    known = [claims.path_of(name) for name in ("Group", "User") if not claims.missing(name)]
    others = [claims.path_of(name) for name in claims.type_names]
    return dict.fromkeys([*known, *(path for path in others if "://" not in path)])


def _leftovers(endpoint: Endpoint, path: str) -> Iterator[Leftover]:
    """Yield what bears a name of ours: asked for by name, else picked from all there is."""
    attribute = _NAMES.get(path, "displayName")
    wanted = {"filter": f'{attribute} sw "{PREFIX}"'}
    filtered = endpoint.send("GET", path, query={**wanted, "count": 1})
    for resource in _pages(endpoint, path, wanted if filtered.ok else {}):
        name = _name(resource)
        if name and (given := _id(resource)):
            yield Leftover(f"{path}/{quote(given, safe='')}", name)


def _pages(endpoint: Endpoint, path: str, query: dict[str, str]) -> Iterator[Document]:
    """Yield each resource once, from all pages.

    :raises CannotRun: when they cannot be read, or do not come to an end.
    """
    place: dict[str, str | int] = {"startIndex": 1}
    seen: set[str] = set()
    total = 0
    for _ in range(_MOST_PAGES):
        answer = endpoint.send("GET", path, query={**query, "count": _PAGE, **place})
        document = answer.document
        if not answer.ok or document is None:
            raise CannotRun(f"its resources cannot be listed ({answer.summary})")
        page = _objects(document.get("Resources"))
        new = {given: one for one in page if (given := _id(one)) and given not in seen}
        yield from new.values()
        seen |= set(new)
        total += len(page)
        cursor = document.get("nextCursor")
        if isinstance(cursor, str) and cursor:
            place = {"cursor": cursor}
        elif page and total < _number(document.get("totalResults")):
            place = {"startIndex": total + 1}
        else:
            return
        if not new:
            raise CannotRun("its pages show the same again, so that not all of it can be seen")
    raise CannotRun("its list does not end")


def _objects(value: object) -> list[Document]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _id(resource: Document) -> str | None:
    given = resource.get("id")
    return given if isinstance(given, str) and given not in _NOWHERE else None


def _name(resource: Document) -> str | None:
    """Return the name that marks a resource as ours."""
    told = [resource.get(name) for name in ("userName", "displayName")]
    if not set(resource) & {"userName", "displayName"}:  # of a type of the endpoint's own
        told = list(resource.values())
    texts = (value for value in told if isinstance(value, str))
    return next((text for text in texts if _OURS.match(text)), None)


def _remove(endpoint: Endpoint, leftover: Leftover) -> bool:
    try:
        return endpoint.send("DELETE", leftover.path).status in _GONE
    except Unanswered:
        return False
