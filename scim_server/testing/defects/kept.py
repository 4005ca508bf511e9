"""What changes lose, forget or take from others (RFC 7644 §3.5)."""

from typing import Any

from scim_protocol.urns import ENTERPRISE_USER, USER
from scim_server.testing.defects.bodies import repaired, storing, without
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    asking,
    defect,
)
from scim_server.testing.defects.patching import (
    bending,
    bending_all,
    dropping,
    is_op,
    operations_of,
    patched,
    path_of,
    paths,
    seeing,
    without_path,
)
from scim_server.testing.defects.values import beside


def _names(attribute: str, one: Document) -> bool:
    return path_of(one) == attribute or (without_path(one) and attribute in one["value"])


# --- externalId --------------------------------------------------------------------------------

defect("put-forgets-the-external-id", "put", "A replacement does not store the externalId.")(
    storing(without("externalId"), method="PUT")
)
defect("patch-forgets-the-external-id", "patch", "A PATCH does not change the externalId.")(
    dropping(lambda one: _names("externalId", one))
)


def _losing(core: str) -> Breakage:
    def change(was: Document, right: Document, operations: list[Any]) -> Document:
        is_meant = (core in was) and not any("externalId" in str(o) for o in operations)
        return without("externalId")(right) if is_meant else right

    return patched(change)


defect("patch-loses-the-external-id", "patch", "A PATCH of a user loses the externalId.")(
    _losing("userName")
)


@defect("groups-lose-the-external-id", "groups", "A change of a group loses the externalId.")
def groups_lose(asked: Asked, server: Server) -> Told:
    """Write back what is known of groups."""
    told = server(asked)
    if asked.method == "PATCH" and asked.path.startswith("/Groups/") and told.ok:
        server(asked.other("PUT", asked.path, without("externalId")(asked.read(server))))
    return told


# --- replacements ------------------------------------------------------------------------------


def _replacing(change: Any) -> Breakage:
    """Bend the replacement of a user by what there is."""

    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json if asked.method == "PUT" else None
        if isinstance(body, dict) and asked.path.startswith("/Users/"):
            asked.json = change(body, asked.read(server))
        return server(asked)

    return breakage


defect("put-keeps-active", "put", "A replacement does not change `active`.")(
    _replacing(
        lambda body, there: body | ({"active": there["active"]} if "active" in there else {})
    )
)
defect("put-activates", "put", "A replacement makes every user active.")(
    storing(lambda one: one | {"active": True}, method="PUT", path="/Users/")
)


def _in_its_own_way(method: str, *, by_case: bool = False) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        if asked.method == method and asked.path.startswith("/Users/"):
            known = str(asked.read(server).get("userName"))
            for name in _user_names(asked):
                is_same = name.lower() == known.lower() and (not by_case or name != known)
                if is_same:
                    return Told.error(409, "uniqueness")
        return server(asked)

    return breakage


def _user_names(asked: Asked) -> list[str]:
    if asked.method == "PUT":
        return [str((asked.json or {}).get("userName"))]
    given = [one for one in operations_of(asked) if isinstance(one, dict)]
    return [str(one.get("value")) for one in given if path_of(one) == "userName"]


defect("put-conflicts-with-itself", "put", "A replacement with the same userName is a conflict.")(
    _in_its_own_way("PUT")
)
defect(
    "put-conflicts-with-itself-by-case", "put", "A replacement by a userName in capitals is one."
)(_in_its_own_way("PUT", by_case=True))
defect("patch-conflicts-with-itself", "patch", "A PATCH with the same userName is a conflict.")(
    _in_its_own_way("PATCH")
)
defect("put-needs-no-schemas", "put", "A replacement without schemas is taken.")(
    repaired(
        lambda one: (
            one | {"schemas": [USER]} if "schemas" not in one and "userName" in one else None
        ),
        method="PUT",
    )
)
defect("put-takes-any-schema", "put", "A replacement of any schema is taken.")(
    repaired(
        lambda one: one | {"schemas": [USER]} if "schemas" in one and "userName" in one else None,
        method="PUT",
    )
)
defect("put-takes-names-by-case", "put", "A replacement knows names in one spelling alone.")(
    storing(without("USERNAME", "displayname"), method="PUT")
)
defect("put-stores-read-only", "put", "A replacement stores the groups that are sent.")(
    beside("PUT", lambda body: {"groups": body["groups"]} if body.get("groups") else {})
)
_named: dict[str, str] = {}


@defect("stores-names-of-managers", "resources", "The name of a manager is taken from the client.")
def names_of_managers(asked: Asked, server: Server) -> Told:
    """Keep it beside the user."""
    body = asked.json if asked.method in ("POST", "PUT") else None
    extension = body.get(ENTERPRISE_USER) if isinstance(body, dict) else None
    manager = extension.get("manager") if isinstance(extension, dict) else None
    told = server(asked)
    key = str(told.document.get("id"))
    if isinstance(manager, dict) and "displayName" in manager:
        _named[key] = manager["displayName"]
    shown = told.document.get(ENTERPRISE_USER) or {}
    if key in _named and "manager" in shown:
        named = shown | {"manager": shown["manager"] | {"displayName": _named[key]}}
        told.json = told.document | {ENTERPRISE_USER: named}
    return told


def _with_values(one: Document) -> Document | None:
    found = one.get("interfaces")
    if not isinstance(found, list) or not all(isinstance(value, dict) for value in found):
        return None
    return one | {"interfaces": [{"value": "made up"} | value for value in found]}


defect("required-parts-are-not-required", "resources", "A value may lack a required part.")(
    repaired(_with_values, method="POST")
)
_addresses: dict[str, str] = {}


@defect("put-takes-mail-for-unique", "put", "A replacement by an e-mail that another has is 409.")
def mail_in_put(asked: Asked, server: Server) -> Told:
    """Though the schema does not say so."""
    body = asked.json if asked.method in ("PUT", "POST") else None
    emails = body.get("emails") if isinstance(body, dict) else None
    sent = [str(one.get("value")) for one in emails or () if isinstance(one, dict)]
    if asked.method == "PUT" and any(_addresses.get(x, asked.path) != asked.path for x in sent):
        return Told.error(409, "uniqueness")
    told = server(asked)
    for value in sent if told.status == 201 else ():
        _addresses.setdefault(value, f"{asked.path}/{told.document['id']}")
    return told


_shown_names: set[str] = set()


@defect("names-on-display-are-unique", "create", "A second user of one displayName is refused.")
def names_on_display(asked: Asked, server: Server) -> Told:
    """Though the schema does not say so."""
    body = asked.json if asked.method == "POST" and asked.path == "/Users" else None
    name = body.get("displayName") if isinstance(body, dict) else None
    if isinstance(name, str):
        if name in _shown_names:
            return Told.error(409, "uniqueness")
        _shown_names.add(name)
    return server(asked)


# --- PATCH -------------------------------------------------------------------------------------

defect("patch-stops-after-ten-operations", "patch", "A PATCH carries out ten operations.")(
    bending_all(lambda operations: operations[:10])
)
defect("patch-keeps-one-operation-a-path", "patch", "Of operations on one path the last counts.")(
    bending_all(
        lambda operations: {
            str(o.get("path", n)) if isinstance(o, dict) else str(n): o
            for n, o in enumerate(operations)
        }.values()
    )
)
defect("patch-sorts-removals-first", "patch", "Removals are carried out first.")(
    bending_all(
        lambda operations: sorted(
            operations, key=lambda o: isinstance(o, dict) and o.get("op") != "remove"
        )
    )
)


def _is_last(one: Document, there: Document) -> bool:
    path = path_of(one)
    is_gone = is_op("remove", one) or one.get("value") is None
    return (
        path.startswith(f"{ENTERPRISE_USER}:")
        and is_gone
        and len(there.get(ENTERPRISE_USER) or {}) == 1
    )


defect("patch-keeps-emptied-extensions", "patch", "The last value of an extension never goes.")(
    seeing(lambda one, there: None if _is_last(one, there) else one)
)


def _known_spelling(one: Document) -> Document:
    value = one.get("value")
    odd = ("FAMILYNAME", "Value", "TYPE")
    if isinstance(value, dict):
        return one | {"value": without(*odd)(value)}
    if isinstance(value, list):
        kept = [without(*odd)(each) if isinstance(each, dict) else each for each in value]
        return one | {"value": kept}
    return one


defect("patch-takes-parts-by-case", "patch", "Parts of values are known in one spelling alone.")(
    bending(_known_spelling)
)
defect("patch-forgets-some-attributes", "patch", "A PATCH of the nickName is ignored.")(
    dropping(lambda one: path_of(one) == "nickName" and not is_op("remove", one))
)
defect("patch-removes-not-all-attributes", "patch", "The profileUrl cannot be removed.")(
    dropping(lambda one: path_of(one) == "profileUrl" and is_op("remove", one))
)
defect("patch-replaces-some-lists", "patch", "An add to the roles replaces them.")(
    bending(
        lambda one: (
            one | {"op": "replace"} if path_of(one) == "roles" and is_op("add", one) else one
        )
    )
)
defect(
    "patch-filter-knows-type-and-value-alone",
    "patch",
    "A filter by another part chooses all values that have it.",
)(paths(lambda path: "addresses[locality pr].region" if "[locality eq" in path else path))


def _without_former(was: Document, right: Document, operations: list[Any]) -> Document:
    former = [one.get("value") for one in was.get("emails") or () if one.get("primary") is True]
    kept = [
        one
        for one in right.get("emails") or ()
        if one.get("primary") is True or one.get("value") not in former
    ]
    return right | {"emails": kept} if kept else right


defect("patch-drops-the-old-primary", "patch", "With a new primary value the former one goes.")(
    patched(_without_former)
)


def moving(folder: str) -> Breakage:
    """Let a replacement move a resource to the id that its body names."""
    moved: dict[str, str] = {}

    def follow(asked: Asked) -> None:
        asked.path = f"{folder}nobody" if asked.path in moved.values() else asked.path
        asked.path = moved.get(asked.path, asked.path)

    def breakage(asked: Asked, server: Server) -> Told:
        is_meant = asked.method == "PUT" and asked.path.startswith(folder)
        body = asked.json if is_meant else None
        told = asking(follow)(asked, server)
        if isinstance(body, dict) and told.ok and str(body.get("id", asked.path)) not in asked.path:
            moved[f"{folder}{body['id']}"] = asked.path
        return told

    return breakage


defect("put-moves-to-the-id", "put", "A replacement moves the user to the id that it names.")(
    moving("/Users/")
)
