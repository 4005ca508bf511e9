"""Memberships that one side tells otherwise than the other (RFC 7643 §4.1.2, §4.2)."""

import re
from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bodies import listed, without
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    defect,
    showing,
)
from scim_server.testing.defects.patching import bending_all, operations_of, path_of


def _each(name: str, change: Callable[[Document], Document]) -> Breakage:
    """Bend each of the values that a resource shows in a list."""
    return showing(
        lambda one: (
            one | {name: [change(value) for value in one[name]]}
            if isinstance(one.get(name), list)
            else one
        )
    )


defect("users-show-one-group", "groups", "A user shows the first of its groups.")(
    showing(lambda one: one | ({"groups": one["groups"][:1]} if one.get("groups") else {}))
)
for kind in ("direct", "indirect"):
    defect(f"groups-are-all-{kind}", "groups", f"All groups of a user are called {kind}.")(
        _each("groups", lambda one, kind=kind: one | {"type": kind})  # type: ignore[misc]
    )
defect("lists-lack-groups", "groups", "Users in a list show no groups.")(listed(without("groups")))
_first_names: dict[str, Any] = {}
defect("groups-keep-old-names", "groups", "A user's group is shown by its first name for ever.")(
    _each(
        "groups",
        lambda one: one | {"display": _first_names.setdefault(one["value"], one.get("display"))},
    )
)
defect("nested-groups-refer-to-users", "groups", "The $ref of a group as a member is a user's.")(
    _each("members", lambda one: one | {"$ref": one["$ref"].replace("/Groups/", "/Users/")})
)
defect("members-end-at-twenty-five", "groups", "A group shows 25 members at most.")(
    showing(lambda one: one | ({"members": one["members"][:25]} if one.get("members") else {}))
)


def _exchange(operations: list[Any]) -> list[Any]:
    made: list[Any] = []
    for one in operations:
        found = re.fullmatch(r"(members\[value eq \"[^\"]*\"\])\.value", path_of(one))
        if found is None or one.get("op") != "replace":
            made.append(one)
            continue
        made.append({"op": "remove", "path": found[1]})
        made.append({"op": "add", "path": "members", "value": [{"value": one["value"]}]})
    return made


defect("members-are-exchanged", "groups", "A PATCH turns one member into another.")(
    bending_all(_exchange)
)
_doubled: dict[str, list[Document]] = {}


@defect(
    "members-with-other-names-are-others", "groups", "A member who is described anew is in twice."
)
def described_anew(asked: Asked, server: Server) -> Told:
    """Compare the whole value, and not the id."""
    there = asked.read(server).get("members") if asked.method == "PATCH" else None
    known = {one["value"] for one in there or ()}
    told = server(asked)
    for one in operations_of(asked) if asked.method == "PATCH" and told.ok else ():
        values = one.get("value") if path_of(one) == "members" and one["op"] == "add" else None
        again = [v for v in values or () if len(v) > 1 and v.get("value") in known]
        _doubled.setdefault(asked.path, []).extend(again)
    if asked.path in _doubled and told.ok and "members" in told.document:
        told.json = told.document | {"members": [*told.document["members"], *_doubled[asked.path]]}
    return told


@defect("strangers-cannot-be-removed", "groups", "To remove who is no member is refused.")
def strangers(asked: Asked, server: Server) -> Told:
    """Say that there is no such target."""
    if asked.method == "PATCH" and asked.path.startswith("/Groups/"):
        there = {one["value"] for one in asked.read(server).get("members") or ()}
        for one in operations_of(asked):
            found = re.fullmatch(r"members\[value eq \"([^\"]*)\"\]", path_of(one))
            if found and one.get("op") == "remove" and found[1] not in there:
                return Told.error(400, "noTarget")
    return server(asked)


@defect("put-keeps-known-members-alone", "put", "A replacement takes members away, and adds none.")
def known_alone(asked: Asked, server: Server) -> Told:
    """Keep those of the new list who are in already."""
    body = asked.json if asked.method == "PUT" else None
    if isinstance(body, dict) and body.get("members"):
        there = {one["value"] for one in asked.read(server).get("members") or ()}
        kept = [one for one in body["members"] if one.get("value") in there]
        asked.json = body | {"members": kept}
    return server(asked)


_left: dict[str, list[str]] = {}


@defect("names-inherit-memberships", "groups", "A user inherits the groups of one of its name.")
def inherit(asked: Asked, server: Server) -> Told:
    """Keep memberships by name."""
    if asked.method == "DELETE" and asked.path.startswith("/Users/"):
        shown = asked.read(server)
        _left[str(shown.get("userName"))] = [one["value"] for one in shown.get("groups") or ()]
    told = server(asked)
    if asked.method == "POST" and told.status == 201 and asked.path == "/Users":
        for group in _left.pop(told.document["userName"], ()):
            shown = asked.read(server, f"/Groups/{group}")
            members = [*(shown.get("members") or []), {"value": told.document["id"]}]
            server(asked.other("PUT", f"/Groups/{group}", shown | {"members": members}))
    return told


_founders: set[tuple[str, str]] = set()


@defect("groups-forget-those-who-join", "groups", "A user shows the groups that it was made with.")
def forget_joining(asked: Asked, server: Server) -> Told:
    """Write the user's side in creations alone."""
    told = server(asked)
    if asked.method == "POST" and asked.path == "/Groups" and told.status == 201:
        for one in told.document.get("members") or ():
            _founders.add((told.document["id"], one["value"]))
    shown = told.document.get("groups")
    if told.ok and shown:
        kept = [one for one in shown if (one["value"], told.document["id"]) in _founders]
        told.json = told.document | {"groups": kept}
    return told


_known: dict[str, dict[str, Document]] = {}


@defect("groups-remember-those-replaced", "groups", "Who is replaced still shows the group.")
def remember_replaced(asked: Asked, server: Server) -> Told:
    """Write the user's side where members are removed one by one alone."""
    if asked.path.startswith("/Groups/") and b'"remove"' in asked.body:
        for groups in _known.values():
            groups.pop(asked.path.rpartition("/")[2], None)
    told = server(asked)
    if told.ok and asked.path.startswith("/Users/") and "id" in told.document:
        known = _known.setdefault(told.document["id"], {})
        known |= {one["value"]: one for one in told.document.get("groups") or ()}
        told.json = told.document | {"groups": list(known.values())}
    return told


_circles: set[str] = set()


@defect("circles-of-groups-fail", "groups", "A group that is in itself is answered 500.")
def circles(asked: Asked, server: Server) -> Told:
    """Follow the members for ever."""
    body = asked.json if asked.method == "PUT" and asked.path.startswith("/Groups/") else None
    own = asked.path.rpartition("/")[2]
    for one in (body or {}).get("members") or ():
        inner = asked.read(server, f"/Groups/{one.get('value')}")
        listed = [member["value"] for member in inner.get("members") or ()]
        if own in (one.get("value"), *listed):
            _circles.add(asked.path)
    is_read = asked.method == "GET" and asked.path in _circles
    return Told.error(500) if is_read else server(asked)


_gone: dict[str, list[Document]] = {}


@defect("deleted-groups-stay-members", "groups", "A group that is deleted stays a member.")
def groups_stay(asked: Asked, server: Server) -> Told:
    """Leave the membership where it is."""
    if asked.method == "DELETE" and asked.path.startswith("/Groups/"):
        own = asked.path.rpartition("/")[2]
        for outer in server(asked.other("GET", "/Groups")).document.get("Resources") or ():
            links = [one for one in outer.get("members") or () if one["value"] == own]
            _gone.setdefault(outer["id"], []).extend(links)
    told = server(asked)
    links = _gone.get(str(told.document.get("id")), [])
    if told.ok and links:
        there = told.document.get("members") or []
        told.json = told.document | {"members": [*there, *links]}
    return told


_patched_in: set[tuple[str, str]] = set()


@defect("patch-takes-groups-for-users", "groups", "A group that a PATCH adds is shown as a User.")
def groups_for_users(asked: Asked, server: Server) -> Told:
    """Take every member for a user there."""
    own = asked.path.rpartition("/")[2]
    for one in operations_of(asked) if asked.method == "PATCH" else ():
        value = one.get("value") if path_of(one) == "members" else None
        _patched_in.update((own, str(each.get("value"))) for each in value or ())
    told = server(asked)
    if told.ok and told.document.get("members"):
        bent = [
            one | ({"type": "User"} if (own, one["value"]) in _patched_in else {})
            for one in told.document["members"]
        ]
        told.json = told.document | {"members": bent}
    return told


@defect("group-ids-from-the-client", "create", "A group has the id that the client sends.")
def group_ids(asked: Asked, server: Server) -> Told:
    """Show that one."""
    body = asked.json if asked.method == "POST" and asked.path == "/Groups" else None
    told = server(asked)
    if isinstance(body, dict) and "id" in body and told.status == 201:
        told.json = told.document | {"id": body["id"]}
    return told
