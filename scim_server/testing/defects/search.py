"""Searches by POST, and /Me, gone wrong (RFC 7644 §3.4.3, §3.11)."""

from typing import Any

from scim_protocol.urns import USER
from scim_server.testing.defects.bending import is_listing, listing, page_of
from scim_server.testing.defects.mechanism import Asked, Breakage, Server, Told, defect, telling


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"search-{name}", "search", what)(breakage)


def _is_search(asked: Asked) -> bool:
    return asked.method == "POST" and asked.path.endswith("/.search")


def _instead(answer: Told | None = None, *, status: int = 0, path: str = "/") -> Breakage:
    """Answer searches otherwise, if need be only those that were answered with a status."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        meant = _is_search(asked) and status in (0, told.status) and asked.path.startswith(path)
        return answer if meant and answer is not None else told

    return breakage


def _without(*names: str) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        if _is_search(asked) and isinstance(asked.json, dict):
            asked.json = {key: value for key, value in asked.json.items() if key not in names}
        return server(asked)

    return breakage


def _changed(name: str, change: Any) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        if _is_search(asked) and isinstance(asked.json, dict) and name in asked.json:
            asked.json = asked.json | {name: change(asked.json[name])}
        return server(asked)

    return breakage


_define("missing", "There is no .search.", _instead(Told.error(404)))
_define(
    "of-groups-missing", "Groups cannot be searched.", _instead(Told.error(404), path="/Groups")
)
_define("answers-201", "A search is answered 201.", lambda a, s: _with_status(a, s, 201))
_define("nothing-is-404", "A search that finds nothing is 404.", lambda a, s: _when_empty(a, s))
for _name in (
    "filter",
    "count",
    "startIndex",
    "sortBy",
    "sortOrder",
    "attributes",
    "excludedAttributes",
):
    _define(f"ignores-{_name.lower()}", f"`{_name}` of a search is ignored.", _without(_name))
_define(
    "count-zero-is-none",
    "count 0 of a search is as if there were none.",
    _changed("count", lambda n: n or 100),
)
_define(
    "start-from-zero",
    "startIndex of a search counts from 0.",
    _changed("startIndex", lambda n: n + 1),
)
_define(
    "first-attribute-only",
    "Of `attributes` no name is read.",
    _changed("attributes", lambda _: ["id"]),
)
_define("malformed-is-500", "A malformed search is a 500.", _instead(Told.error(500), status=400))
_define(
    "refused-finds-nothing",
    "A refused search finds nothing.",
    _instead(listing([], total=0), status=400),
)
_define("plain-json", "Its answer is application/json.", lambda a, s: _plain(a, s))
_define("without-schema", "Its answer is no ListResponse.", lambda a, s: _bare(a, s))
_define("creates", "A search that names a userName creates a user.", lambda a, s: _creating(a, s))
_define("groups-give-users", "A search of groups finds users.", lambda a, s: _of_users(a, s))


_define("of-users-gives-groups", "A search of users finds groups, too.", lambda a, s: _of_all(a, s))


_define(
    "refuses-numbers-below-one",
    "startIndex 0 and count -1 of a search are refused.",
    lambda a, s: _not_below_one(a, s),
)


def _not_below_one(asked: Asked, server: Server) -> Told:
    sent = asked.json if _is_search(asked) and isinstance(asked.json, dict) else {}
    start, count = sent.get("startIndex", 1), sent.get("count", 0)
    is_below = isinstance(start, int) and isinstance(count, int) and (start < 1 or count < 0)
    return Told.error(400, "invalidValue") if is_below else server(asked)


def _of_all(asked: Asked, server: Server) -> Told:
    if asked.path == "/Users/.search" and _is_search(asked):
        asked.path = "/.search"
    return server(asked)


def _with_status(asked: Asked, server: Server, status: int) -> Told:
    told = server(asked)
    told.status = status if _is_search(asked) and told.ok else told.status
    return told


def _when_empty(asked: Asked, server: Server) -> Told:
    told = server(asked)
    is_empty = _is_search(asked) and told.document.get("totalResults") == 0
    return Told.error(404) if is_empty else told


def _plain(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if _is_search(asked):
        told.headers["Content-Type"] = "application/json"
    return told


def _bare(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if _is_search(asked) and is_listing(told):
        told.json = {key: value for key, value in told.document.items() if key != "schemas"}
    return told


def _creating(asked: Asked, server: Server) -> Told:
    named = (asked.json or {}).get("userName") if isinstance(asked.json, dict) else None
    if _is_search(asked) and named:
        user = {"schemas": [USER], "userName": named}
        server(asked.other("POST", "/Users", user))
    return server(asked)


def _of_users(asked: Asked, server: Server) -> Told:
    if asked.path == "/Groups/.search" and _is_search(asked):
        return page_of(asked, server(asked.other("GET", "/Users")).document["Resources"])
    return server(asked)


_USER = {
    "schemas": [USER],
    "id": "me",
    "userName": "me",
    "meta": {"resourceType": "User", "location": "/Users/me"},
}


def _me(name: str, what: str, answer: Told) -> None:
    defect(f"me-{name}", "me", what)(
        telling(lambda asked, told: vars(told).update(vars(answer)), path="/Me")
    )


_me("without-location", "/Me does not say where the resource is.", Told.of(200, _USER))
_me("located-at-me", "/Me says that it is at /Me.", Told.of(200, _USER, Location="/Me"))
_me(
    "is-a-list", "/Me is a list.", Told.of(200, listing([], total=0).document, Location="/Users/me")
)
_me("leads-nowhere", "/Me redirects without a Location.", Told.of(308))
_me("is-500", "/Me is a 500.", Told.error(500))
_me(
    "refused-in-a-form-of-its-own",
    "A refusal of /Me is no SCIM error.",
    Told.of(404, {"error": "no"}),
)
