"""Pages by cursor gone wrong (RFC 9865)."""

from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bending import (
    is_listing,
    is_query,
    parameter,
    reading,
    set_parameter,
)
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    defect,
    telling,
)


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"cursor-{name}", "cursor", what)(breakage)


def _telling(change: Callable[[Asked, Document], Any]) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if is_query(asked) and parameter(asked, "cursor") is not None and is_listing(told):
            document = told.document
            change(asked, document)
            told.json = document
        return told

    return breakage


def _refused(instead: Callable[[Asked, Server], Told]) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        has_cursor = is_query(asked) and parameter(asked, "cursor")
        return instead(asked, server) if has_cursor and told.status == 400 else told

    return breakage


def _from_the_start(asked: Asked, server: Server) -> Told:
    set_parameter(asked, "cursor", "")
    return server(asked)


_define("ignored", "Every cursor gives the first page.", reading("cursor", lambda _: ""))
_define(
    "without-next", "nextCursor is never given.", _telling(lambda a, d: d.pop("nextCursor", None))
)
_define(
    "next-on-the-last-page",
    "The last page has a nextCursor.",
    _telling(lambda a, d: d.setdefault("nextCursor", "fim")),
)
_define(
    "previous-on-the-first-page",
    "The first page has a previousCursor.",
    _telling(lambda a, d: parameter(a, "cursor") or d.update(previousCursor="x")),
)
_define(
    "reserved-characters",
    "Cursors hold characters that URLs reserve.",
    _telling(lambda a, d: "nextCursor" in d and d.update(nextCursor=d["nextCursor"] + "+/==")),
)
_define(
    "next-is-a-number",
    "nextCursor is a number.",
    _telling(lambda a, d: "nextCursor" in d and d.update(nextCursor=12345)),
)
_define("count-ignored", "count is ignored with a cursor.", _telling(lambda a, d: _padded(d)))
_define(
    "repeats-the-last",
    "A page begins with the last resource of the one before.",
    lambda asked, server: _repeating(asked, server),
)
_define(
    "skips-one",
    "Between two pages a resource is left out.",
    _telling(lambda a, d: parameter(a, "cursor") and d["Resources"].pop(0)),
)
_define(
    "loses-the-filter",
    "From the second page on there is no filter.",
    lambda asked, server: _unfiltered(asked, server),
)
_define(
    "total-of-the-rest",
    "totalResults shrinks from page to page.",
    _telling(lambda a, d: parameter(a, "cursor") and d.update(totalResults=len(d["Resources"]))),
)
_define(
    "unsorted",
    "Pages by cursor are not sorted.",
    lambda asked, server: _without_order(asked, server),
)
_define(
    "wrong-one-begins-anew",
    "A cursor that is none gives the first page.",
    _refused(_from_the_start),
)
_define(
    "wrong-one-is-500", "A cursor that is none is a 500.", _refused(lambda a, s: Told.error(500))
)
_define(
    "wrong-one-without-keyword",
    "A cursor that is none is refused without invalidCursor.",
    _refused(lambda a, s: Told.error(400)),
)
_define(
    "zero-is-default",
    "count=0 with a cursor gives a page.",
    lambda asked, server: _zero(asked, server),
)
_define(
    "index-with-cursor-only",
    "startIndex is ignored though index paging is claimed.",
    reading("startIndex", lambda _: None),
)
_define(
    "claims-without-index",
    "pagination does not say whether index paging works.",
    telling(lambda asked, told: _configured(told, index=None), path="/ServiceProviderConfig"),
)
_define(
    "claims-text",
    "pagination.cursor is a string.",
    telling(lambda asked, told: _configured(told, cursor="true"), path="/ServiceProviderConfig"),
)
_define(
    "search-without",
    "The cursor of a search is ignored.",
    lambda asked, server: _not_in_searches(asked, server),
)
_define("once-only", "A cursor can be used once.", lambda asked, server: _once(asked, server))


_define(
    "of-groups-ignored", "Groups have no cursors.", reading("cursor", lambda _: "", path="/Groups")
)
_define(
    "wrong-one-in-a-search-is-500",
    "A cursor that is none is a 500 in a search.",
    _refused(lambda a, s: Told.error(500) if a.method == "POST" else s(a)),
)
_define(
    "next-on-a-full-last-page",
    "The last page has a nextCursor if it is full.",
    _telling(
        lambda a, d: (
            len(d["Resources"]) == int(parameter(a, "count") or 0)
            and d.setdefault("nextCursor", "fim")
        )
    ),
)
_define(
    "items-told-as-asked",
    "itemsPerPage is what count asked for.",
    _telling(lambda a, d: d.update(itemsPerPage=int(parameter(a, "count") or 100))),
)
_define(
    "loses-the-attributes",
    "From the second page on resources come whole.",
    lambda asked, server: _whole(asked, server),
)
_define(
    "default-unclaimed",
    "Cursors are the default, which is said to be the index.",
    lambda asked, server: _by_default(asked, server),
)
for _name, _what, _changes in (
    (
        "default-is-index",
        "The default is said to be cursors.",
        {"defaultPaginationMethod": "cursor"},
    ),
    ("pages-beyond-the-default", "Pages pass defaultPageSize.", {"defaultPageSize": 2}),
    ("pages-beyond-the-most", "Pages pass maxPageSize.", {"maxPageSize": 2, "defaultPageSize": 2}),
    ("works-unclaimed", "Cursors work, which is not said.", {"cursor": False}),
):
    _define(
        _name,
        _what,
        telling(
            lambda asked, told, changes=_changes: _configured(told, **changes),  # type: ignore[misc]
            path="/ServiceProviderConfig",
        ),
    )


def _whole(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if is_query(asked) and parameter(asked, "cursor") and is_listing(told):
        shown = [asked.read(server, f"/Users/{one['id']}") for one in told.document["Resources"]]
        told.json = told.document | {"Resources": shown}
    return told


def _by_default(asked: Asked, server: Server) -> Told:
    if asked.path.startswith("/ServiceProviderConfig"):
        told = server(asked)
        _configured(told, defaultPaginationMethod="index")
        return told
    chosen = any(parameter(asked, name) is not None for name in ("startIndex", "cursor"))
    if is_query(asked) and not chosen:
        set_parameter(asked, "cursor", "")
    return server(asked)


def _padded(document: Document) -> None:
    document["Resources"] = document["Resources"] * 3


def _repeating(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if parameter(asked, "cursor") and is_listing(told) and told.document["Resources"]:
        first = asked.other(asked.method, asked.path, asked.json)
        first.query = asked.query
        set_parameter(first, "cursor", "")
        before = server(first).document["Resources"][-1:]
        told.json = told.document | {"Resources": before + told.document["Resources"][1:]}
    return told


def _unfiltered(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if is_query(asked) and parameter(asked, "cursor") and is_listing(told):
        other = server(asked.other("GET", "/Groups", query="count=1")).document["Resources"]
        stranger = other or [{"id": "stranger", "schemas": []}]
        told.json = told.document | {"Resources": stranger}
    return told


def _without_order(asked: Asked, server: Server) -> Told:
    if is_query(asked) and parameter(asked, "cursor") is not None:
        set_parameter(asked, "sortOrder", None)
    return server(asked)


def _zero(asked: Asked, server: Server) -> Told:
    by_cursor = is_query(asked) and parameter(asked, "cursor") is not None
    if by_cursor and str(parameter(asked, "count")) in ("0", "-1"):
        set_parameter(asked, "count", 2)
    return server(asked)


def _configured(told: Told, **changes: object) -> None:
    pagination = told.document.get("pagination", {}) | changes
    told.json = told.document | {
        "pagination": {key: value for key, value in pagination.items() if value is not None}
    }


def _not_in_searches(asked: Asked, server: Server) -> Told:
    if asked.path.endswith("/.search") and parameter(asked, "cursor"):
        set_parameter(asked, "cursor", "")
    return server(asked)


_used: set[str] = set()


def _once(asked: Asked, server: Server) -> Told:
    cursor = parameter(asked, "cursor") if is_query(asked) else None
    if cursor in _used:
        return Told.error(400, "expiredCursor")
    if cursor:
        _used.add(cursor)
    return server(asked)
