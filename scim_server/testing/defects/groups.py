"""Groups and memberships gone wrong (RFC 7643 §4.1.2, §4.2, §4.3)."""

from typing import Any

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.bodies import (
    listed,
    read,
    repaired,
    storing,
    without,
)
from scim_server.testing.defects.mechanism import (
    Asked,
    Document,
    Server,
    Told,
    defect,
    showing,
)


def _members(change: Any) -> Any:
    def bent(one: Document) -> Document:
        return one | ({"members": change(one["members"])} if one.get("members") else {})

    return bent


def _groups(change: Any) -> Any:
    def bent(one: Document) -> Document:
        return one | ({"groups": change(one["groups"])} if one.get("groups") else {})

    return bent


defect("creates-without-members", "groups", "A group is created without its members.")(
    storing(without("members"), method="POST")
)
defect("reads-lack-members", "groups", "A group that is read has no members.")(
    read(without("members"))
)
defect("lists-lack-members", "groups", "A group in a list has no members.")(
    listed(without("members"))
)
defect("members-are-told-by-name", "groups", "A member is told by its name, and not by its id.")(
    showing(_members(lambda found: [one | {"value": one.get("display")} for one in found]))
)
defect("members-are-texts", "groups", "Members are shown as a list of ids.")(
    showing(_members(lambda found: [one["value"] for one in found]))
)
defect("members-refer-elsewhere", "groups", "The $ref of a member leads nowhere.")(
    showing(_members(lambda found: [one | {"$ref": one["$ref"] + "0"} for one in found]))
)
defect("members-are-groups", "groups", "The type of a member is always Group.")(
    showing(_members(lambda found: [one | {"type": "Group"} for one in found]))
)
defect("nested-groups-are-users", "groups", "A group as a member is shown as a User.")(
    showing(_members(lambda found: [one | {"type": "User"} for one in found]))
)
defect("drops-nested-groups", "groups", "A group as a member is left out in silence.")(
    storing(
        _members(lambda found: [one for one in found if one.get("type") != "Group"]),
        path="/Groups",
    )
)
defect("members-twice", "groups", "A member is shown twice.")(
    read(_members(lambda found: found * 2))
)
defect("members-end-at-ten", "groups", "A group shows ten members at most.")(
    showing(_members(lambda found: found[:10]))
)


@defect("patch-cuts-members-to-a-page", "groups", "A PATCH keeps the first ten members.")
def cuts_members(asked: Asked, server: Server) -> Told:
    """Read a page of them, and write it back."""
    told = server(asked)
    if asked.method == "PATCH" and asked.path.startswith("/Groups/") and told.ok:
        shown = asked.read(server)
        if len(shown.get("members") or ()) > 10:
            server(asked.other("PUT", asked.path, shown | {"members": shown["members"][:10]}))
    return told


_newest: list[str] = []


@defect("memberships-are-exclusive", "groups", "Who joins a group leaves all others.")
def exclusive(asked: Asked, server: Server) -> Told:
    """Keep one group for each user."""
    told = server(asked)
    if asked.method == "POST" and asked.path == "/Groups" and told.status == 201:
        for path in _newest:
            shown = asked.read(server, path)
            new = {one["value"] for one in told.document.get("members") or ()}
            kept = [one for one in shown.get("members") or () if one["value"] not in new]
            if shown:
                server(asked.other("PUT", path, shown | {"members": kept}))
        _newest.append(f"/Groups/{told.document['id']}")
    return told


@defect("removals-reach-all-groups", "groups", "Who is removed from a group is out of all.")
def reach_all(asked: Asked, server: Server) -> Told:
    """Forget which group it was."""
    told = server(asked)
    if asked.method == "POST" and asked.path == "/Groups" and told.status == 201:
        _newest.append(f"/Groups/{told.document['id']}")
    if asked.method == "PATCH" and asked.path.startswith("/Groups/") and b"remove" in asked.body:
        for path in _newest:
            server(asked.other("PATCH", path, asked.json))
    return told


_departed: dict[str, list[Document]] = {}


@defect("deleted-users-stay-members", "groups", "A user who is deleted stays a member.")
def stay_members(asked: Asked, server: Server) -> Told:
    """Leave the membership where it is."""
    if asked.method == "DELETE" and asked.path.startswith("/Users/"):
        shown = asked.read(server)
        for group in shown.get("groups") or ():
            _departed.setdefault(group["value"], []).append({"value": shown["id"]})
    told = server(asked)
    if told.ok and told.document.get("id") in _departed:
        found = told.document.get("members") or []
        told.json = told.document | {"members": [*found, *_departed[told.document["id"]]]}
    return told


defect("users-show-no-groups", "groups", "A user does not show its groups.")(
    showing(without("groups"))
)
defect("groups-show-names-for-ids", "groups", "A user's groups are told by their names.")(
    showing(_groups(lambda found: [one | {"value": one.get("display")} for one in found]))
)
defect("groups-refer-elsewhere", "groups", "The $ref of a user's group leads nowhere.")(
    showing(_groups(lambda found: [one | {"$ref": one["$ref"] + "0"} for one in found]))
)
_remembered: dict[str, Any] = {}


def _stale(method: str) -> Any:
    """Show the groups of before some requests."""

    def breakage(asked: Asked, server: Server) -> Told:
        if asked.method == method and asked.path.startswith("/Groups/"):
            for member in asked.read(server).get("members") or ():
                shown = asked.read(server, f"/Users/{member['value']}")
                _remembered[member["value"]] = shown.get("groups")
        told = server(asked)
        known = _remembered.get(told.document.get("id", ""))
        if known and told.ok:
            told.json = told.document | {"groups": known}
        return told

    return breakage


defect("groups-are-stale", "groups", "A user shows a group that it has left.")(_stale("PATCH"))
defect("groups-outlive-themselves", "groups", "A user shows a group that was deleted.")(
    _stale("DELETE")
)
defect("groups-need-no-name", "groups", "A group without displayName is created.")(
    repaired(
        lambda one: one | {"displayName": "made up"} if "displayName" not in one else None,
        method="POST",
    )
)
defect("drops-managers", "resources", "The manager of a user is not stored.")(
    storing(
        lambda one: (
            one
            | (
                {ENTERPRISE_USER: without("manager")(one[ENTERPRISE_USER])}
                if ENTERPRISE_USER in one
                else {}
            )
        )
    )
)

# --- active ------------------------------------------------------------------------------------

defect("creates-all-active", "resources", "Whoever is created is active.")(
    storing(lambda one: one | {"active": True} if "userName" in one else one, method="POST")
)


@defect("inactive-cannot-be-read", "resources", "A user who is created inactive cannot be read.")
def inactive_unreadable(asked: Asked, server: Server) -> Told:
    """Take it for deleted."""
    told = server(asked)
    is_hidden = asked.method == "GET" and told.document.get("active") is False
    return Told.error(404) if is_hidden else told


@defect("inactive-are-not-listed", "resources", "A user who is inactive is in no list.")
def inactive_unlisted(asked: Asked, server: Server) -> Told:
    """Leave it out."""
    told = server(asked)
    if "Resources" in told.document and asked.path == "/Users":
        kept = [one for one in told.document["Resources"] if one.get("active") is not False]
        told.json = told.document | {"totalResults": len(kept), "Resources": kept}
    return told
