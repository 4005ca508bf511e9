"""Replacements gone wrong (RFC 7644 §3.5.1)."""

from typing import Any

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.bodies import (
    failing,
    is_one,
    repaired,
    status,
    storing,
    without,
)
from scim_server.testing.defects.mechanism import Asked, Document, Server, Told, defect

defect("put-answers-201", "put", "A replacement is answered 201.")(status(200, 201, method="PUT"))


@defect("put-answers-204", "put", "A replacement is answered 204.")
def put_answers_204(asked: Asked, server: Server) -> Told:
    """Send nothing back."""
    told = server(asked)
    return Told.of(204) if asked.method == "PUT" and told.status == 200 else told


@defect("put-changes-nothing", "put", "A replacement is a success without effect.")
def put_changes_nothing(asked: Asked, server: Server) -> Told:
    """Answer with what there is."""
    is_meant = asked.method == "PUT" and is_one(asked)
    return server(asked.other("GET", asked.path)) if is_meant else server(asked)


@defect("put-answers-with-the-old-resource", "put", "The answer shows what was before.")
def put_answers_with_the_old(asked: Asked, server: Server) -> Told:
    """Read first, and answer with that."""
    before = asked.read(server) if asked.method == "PUT" else {}
    told = server(asked)
    if before and told.ok:
        told.json = before
    return told


@defect("put-answers-without-saving", "put", "The answer shows a change that is not kept.")
def put_without_saving(asked: Asked, server: Server) -> Told:
    """Put back what was."""
    before = asked.read(server) if asked.method == "PUT" else {}
    told = server(asked)
    if before and told.ok:
        server(asked.other("PUT", asked.path, before))
    return told


@defect("put-echoes", "put", "A replacement is answered with what was sent.")
def put_echoes(asked: Asked, server: Server) -> Told:
    """Put the id and meta to it."""
    sent = asked.json
    told = server(asked)
    if asked.method == "PUT" and told.ok and isinstance(sent, dict):
        told.json = told.document | sent | {"id": told.document["id"]}
    return told


@defect("put-creates", "put", "A replacement of what does not exist creates it.")
def put_creates(asked: Asked, server: Server) -> Told:
    """Answer 201, with another id."""
    told = server(asked)
    if asked.method == "PUT" and told.status == 404:
        return server(asked.other("POST", asked.path.rpartition("/")[0], asked.json))
    return told


defect("put-unknown-is-400", "put", "A replacement of what does not exist is answered 400.")(
    status(404, 400, method="PUT")
)
defect("put-drops-attributes", "put", "A replacement does not store some attributes.")(
    storing(without("displayName", "nickName", "title"), method="PUT", path="/Users")
)
defect("put-drops-extensions", "put", "A replacement does not store extensions.")(
    storing(without(ENTERPRISE_USER), method="PUT")
)


def _merged(name: str, key: str) -> Any:
    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json if asked.method == "PUT" else None
        if isinstance(body, dict) and isinstance(body.get(name), list):
            there = asked.read(server).get(name) or []
            known = {one.get(key) for one in body[name] if isinstance(one, dict)}
            kept = [one for one in there if one.get(key) not in known]
            without_primary = [without("primary")(one) for one in kept]
            asked.json = body | {name: [*without_primary, *body[name]]}
        return server(asked)

    return breakage


defect("put-merges-lists", "put", "Values of a list are added by a replacement.")(
    _merged("emails", "value")
)
defect("put-adds-members", "put", "Members are added by a replacement, and none go.")(
    _merged("members", "value")
)
defect("put-refuses-members", "put", "A replacement with other members is refused.")(
    failing(lambda asked: "members" in (asked.json or {}), method="PUT", status=400)
)
defect("put-refuses-read-only", "put", "A replacement that names meta is refused.")(
    failing(lambda asked: "meta" in (asked.json or {}), method="PUT", status=400)
)


@defect("put-takes-meta", "put", "A replacement may set meta.")
def with_meta(asked: Asked, server: Server) -> Told:
    """A replacement may set meta."""
    sent = asked.json
    told = server(asked)
    if asked.method == "PUT" and told.ok and isinstance(sent, dict) and "meta" in sent:
        told.json = told.document | {"meta": told.document["meta"] | sent["meta"]}
    return told


defect("put-needs-no-user-name", "put", "A replacement without userName makes one up.")(
    repaired(lambda one: one | {"userName": f"made-up-{one.get('id')}"}, method="PUT")
)


def _forgiving(scim_type: str, status: int, *, by_case: bool = False) -> Any:
    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        name = str((asked.json or {}).get("userName")) if asked.method == "PUT" else ""
        is_meant = name and told.status == status and (not by_case or name != name.lower())
        if not is_meant or told.document.get("scimType") != scim_type:
            return told
        return server(asked.other("PUT", asked.path, asked.json | {"userName": f"{name}-2"}))

    return breakage


defect("put-allows-duplicates", "put", "A replacement may take another user's name.")(
    _forgiving("uniqueness", 409)
)
defect("put-duplicates-by-case", "put", "A replacement may take it in other letters.")(
    _forgiving("uniqueness", 409, by_case=True)
)


@defect("put-applies-half", "put", "A replacement that is refused changes what it could.")
def put_applies_half(asked: Asked, server: Server) -> Told:
    """Write attribute by attribute."""
    told = server(asked)
    body = asked.json
    if asked.method == "PUT" and told.status == 400 and isinstance(body, dict):
        before = asked.read(server)
        name = body.get("displayName")
        half = before | ({"displayName": name} if isinstance(name, str) else {})
        server(asked.other("PUT", asked.path, half))
    return told


@defect("put-keeps-the-user-name", "put", "A replacement does not change the userName.")
def keeping_name(asked: Asked, server: Server) -> Told:
    """A replacement does not change the userName."""
    body = asked.json
    if asked.method == "PUT" and isinstance(body, dict) and "userName" in body:
        known = asked.read(server).get("userName")
        asked.json = body | ({"userName": known} if known else {})
    return server(asked)


_renamed: set[str] = set()


@defect("put-forgets-the-index", "put", "A userName set by a replacement is not found.")
def put_forgets_the_index(asked: Asked, server: Server) -> Told:
    """Look for the old name instead."""
    body = asked.json if asked.method == "PUT" else None
    if isinstance(body, dict):
        _renamed.add(str(body.get("userName")))
    if any(f'"{name}"' in asked.query.get("filter", "") for name in _renamed):
        asked.query = asked.query | {"filter": 'userName eq "forgotten"'}
    return server(asked)


def _keeping(name: str, is_nothing: Any) -> Any:
    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json if asked.method == "PUT" else None
        if isinstance(body, dict) and name in body and is_nothing(body[name]):
            before: Document = asked.read(server)
            asked.json = body | ({name: before[name]} if name in before else {})
        return server(asked)

    return breakage


defect("put-ignores-null", "put", "A replacement by null keeps the value.")(
    _keeping("title", lambda value: value is None)
)
defect("put-ignores-empty-lists", "put", "A replacement by an empty list keeps the values.")(
    lambda asked, server: _keeping("emails", lambda value: value == [])(
        asked, lambda inner: _keeping("members", lambda value: value == [])(inner, server)
    )
)
defect("put-resets-to-defaults", "put", "What a replacement leaves out gets a default of its own.")(
    storing(lambda one: {"title": "Employee"} | one, method="PUT", path="/Users")
)
_before: list[tuple[str, Document]] = []


@defect("put-changes-others", "put", "A replacement reaches the other users, too.")
def put_changes_others(asked: Asked, server: Server) -> Told:
    """Forget the condition."""
    told = server(asked)
    if asked.method == "PUT" and told.ok and "displayName" in told.document:
        for other in server(asked.other("GET", "/Users")).document.get("Resources", []):
            changed = other | {"displayName": told.document["displayName"]}
            server(asked.other("PUT", f"/Users/{other['id']}", changed))
    return told


@defect("put-without-id-creates", "put", "A replacement without an id creates.")
def put_without_id(asked: Asked, server: Server) -> Told:
    """Take it for a POST."""
    is_meant = asked.method == "PUT" and asked.path == "/Users"
    return server(asked.other("POST", "/Users", asked.json)) if is_meant else server(asked)


@defect("put-writes-groups", "put", "A replacement of a user makes it a member of its groups.")
def put_writes_groups(asked: Asked, server: Server) -> Told:
    """Add it to each that is named."""
    body = asked.json if asked.method == "PUT" else None
    told = server(asked)
    groups = body.get("groups") if isinstance(body, dict) else None
    for group in groups or ():
        path = f"/Groups/{group['value']}"
        shown = asked.read(server, path)
        members = [*(shown.get("members") or []), {"value": told.document.get("id")}]
        server(asked.other("PUT", path, shown | {"members": members}))
    return told


@defect("put-loses-memberships", "put", "A replacement of a user takes it out of its groups.")
def put_loses_memberships(asked: Asked, server: Server) -> Told:
    """Delete and insert again."""
    told = server(asked)
    if asked.method == "PUT" and told.ok and asked.path.startswith("/Users/"):
        for group in told.document.get("groups") or ():
            path = f"/Groups/{group['value']}"
            shown = asked.read(server, path)
            kept = [m for m in shown.get("members", []) if m["value"] != told.document["id"]]
            server(asked.other("PUT", path, shown | {"members": kept}))
    return told
