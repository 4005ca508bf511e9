"""Changes of groups and of lists of simple values gone wrong (RFC 7644 §3.5)."""

from typing import Any

from scim_server.testing.defects.bodies import storing, without
from scim_server.testing.defects.mechanism import Asked, Document, Server, Told, defect
from scim_server.testing.defects.patching import (
    bending,
    dropping,
    is_op,
    operations_of,
    path_of,
    refusing,
    without_path,
)


def _names_members(one: Document) -> bool:
    return path_of(one).startswith("members") or (without_path(one) and "members" in one["value"])


defect("put-of-groups-changes-nothing", "put", "A replacement of a group does not rename it.")(
    storing(lambda one: one | {"displayName": "never renamed"}, method="PUT", path="/Groups/")
)


defect("put-of-groups-loses-members", "put", "A replacement of a group loses the members.")(
    storing(without("members"), method="PUT", path="/Groups/")
)
_strange: set[str] = set()


def _storing_unknown(asked: Asked, server: Server, sent: Any) -> Told:
    told = server(asked)
    if isinstance(sent, dict) and "noSuchAttribute" in sent and told.ok:
        _strange.add(asked.path)
    if asked.path in _strange and "id" in told.document:
        told.json = told.document | {"noSuchAttribute": "x"}
    return told


@defect("put-stores-unknown-attributes", "put", "A PUT stores what no schema has.")
def put_stores_unknown(asked: Asked, server: Server) -> Told:
    """Keep it beside the resource."""
    return _storing_unknown(asked, server, asked.json if asked.method == "PUT" else None)


@defect("patch-stores-unknown-attributes", "patch", "A PATCH stores what no schema has.")
def patch_stores_unknown(asked: Asked, server: Server) -> Told:
    """Keep it beside the resource."""
    sent: Document = {}
    for one in operations_of(asked) if asked.method == "PATCH" else ():
        if isinstance(one, dict) and without_path(one):
            sent |= one["value"]
            one["value"].pop("noSuchAttribute", None)
            asked.json = asked.json | {"Operations": [one]}
    return _storing_unknown(asked, server, sent)


defect("patch-fails-on-unknown-attributes", "patch", "A PATCH of what no schema has is 500.")(
    refusing(lambda one: without_path(one) and "noSuchAttribute" in one["value"], status=500)
)
defect(
    "patch-of-groups-changes-members-only", "groups", "A PATCH of a group changes members only."
)(
    dropping(
        lambda one: (
            path_of(one) == "displayName"
            or (without_path(one) and set(one["value"]) == {"displayName"})
        )
    )
)
defect("patch-of-groups-ignores-members", "groups", "Members beside a new name are ignored.")(
    lambda asked, server: (
        dropping(_names_members)(asked, server) if b"displayName" in asked.body else server(asked)
    )
)


@defect("patch-of-names-empties-groups", "groups", "To rename a group empties it.")
def names_empty_groups(asked: Asked, server: Server) -> Told:
    """Take no members for an empty list."""
    told = server(asked)
    is_rename = asked.method == "PATCH" and asked.path.startswith("/Groups/") and told.ok
    if is_rename and not any(map(_names_members, operations_of(asked))):
        server(asked.other("PUT", asked.path, without("members")(asked.read(server))))
    return told


@defect("unknown-members-empty-the-group", "groups", "A member who is unknown empties the group.")
def unknown_members_empty(asked: Asked, server: Server) -> Told:
    """Remove all, then fail to add."""
    told = server(asked)
    is_refused = asked.method == "PATCH" and told.status == 400
    if is_refused and any(map(_names_members, operations_of(asked))):
        server(asked.other("PUT", asked.path, without("members")(asked.read(server))))
    return told


def _is_tags(one: Document) -> bool:
    return path_of(one) == "tags"


defect("patch-replaces-simple-lists", "patch", "An add to a list of texts replaces it.")(
    bending(lambda one: one | {"op": "replace"} if _is_tags(one) and is_op("add", one) else one)
)
defect("patch-adds-to-simple-lists", "patch", "A replace of a list of texts adds to it.")(
    bending(lambda one: one | {"op": "add"} if _is_tags(one) and is_op("replace", one) else one)
)


@defect("unknown-groups-are-empty", "read", "A group that does not exist is an empty one.")
def unknown_groups(asked: Asked, server: Server) -> Told:
    """Make one up."""
    told = server(asked)
    is_meant = asked.method == "GET" and asked.path.startswith("/Groups/") and told.status == 404
    return Told.of(200, {"id": asked.path[8:], "members": []}) if is_meant else told
