"""Removes what an interrupted run left: only what bears the suite's prefix."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from conformance.access import Access
from conformance.claims import Claims, Document
from conformance.endpoint import Endpoint, Unanswered
from conformance.problems import CannotRun
from conformance.samples import PREFIX
from scim_protocol.urns import GROUPS, USERS

_PAGE = 100
_MOST_PAGES = 100_000
_GONE = (200, 202, 204, 404, 410)
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
    """Remove what bears the prefix.

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
        try:
            # All are found before the first is removed, which would shift the pages.
            found = list(_leftovers(endpoint, path))
        except (CannotRun, Unanswered) as problem:
            done.unread.append(f"{path}: {problem}")
            continue
        for leftover in found:
            listener(leftover)
            gone = dry_run or _remove(endpoint, leftover)
            (done.removed if gone else done.left).append(leftover)
    return done


def _places(claims: Claims) -> Iterable[str]:
    """Return where resources live: groups before the users in them, and all other types."""
    known = [claims.path_of(name) for name in ("Group", "User") if not claims.missing(name)]
    listed = [str(each.get("endpoint")) for each in claims.types]
    others = ["/" + path.strip("/") for path in listed if "://" not in path]
    return dict.fromkeys([*known, *others])


def _leftovers(endpoint: Endpoint, path: str) -> Iterator[Leftover]:
    """Yield what bears the prefix: asked for by name, else picked from all there is."""
    attribute = _NAMES.get(path, "displayName")
    wanted = {"filter": f'{attribute} sw "{PREFIX}"'}
    filtered = endpoint.send("GET", path, query={**wanted, "count": 1})
    seen: set[str] = set()
    for resource in _pages(endpoint, path, wanted if filtered.ok else {}):
        given = resource.get("id")
        name = _name(resource)
        if isinstance(given, str) and given and name and given not in seen:
            seen.add(given)
            yield Leftover(f"{path}/{quote(given, safe='')}", name)


def _pages(endpoint: Endpoint, path: str, query: dict[str, str]) -> Iterator[Document]:
    place: dict[str, str | int] = {"startIndex": 1}
    total = 0
    for _ in range(_MOST_PAGES):
        answer = endpoint.send("GET", path, query={**query, "count": _PAGE, **place})
        document = answer.document
        if not answer.ok or document is None:
            raise CannotRun(f"its resources cannot be listed ({answer.summary})")
        page = [item for item in document.get("Resources") or [] if isinstance(item, dict)]
        yield from page
        total += len(page)
        cursor = document.get("nextCursor")
        if isinstance(cursor, str) and cursor:
            place = {"cursor": cursor}
        elif page and total < int(document.get("totalResults") or 0):
            place = {"startIndex": total + 1}
        else:
            return


def _name(resource: Document) -> str | None:
    """Return the name that marks a resource as ours; the endpoint may have changed its case."""
    told = [resource.get(name) for name in ("userName", "displayName")]
    if not set(resource) & {"userName", "displayName"}:  # of a type of the endpoint's own
        told = list(resource.values())
    texts = (value for value in told if isinstance(value, str))
    return next((text for text in texts if text.lower().startswith(PREFIX)), None)


def _remove(endpoint: Endpoint, leftover: Leftover) -> bool:
    try:
        return endpoint.send("DELETE", leftover.path).status in _GONE
    except Unanswered:
        return False
