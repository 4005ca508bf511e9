"""Null, emptiness and deletion taken for something else (RFC 7643 §2.5, RFC 7644 §3.5, §3.6)."""

from typing import Any

from scim_protocol.urns import ENTERPRISE_USER, GROUP
from scim_server.testing.defects.bodies import each_text, failing, repaired, storing
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    defect,
    telling,
)
from scim_server.testing.defects.patching import (
    bending,
    done_nothing,
    dropping,
    forgiving,
    is_op,
    operations_of,
    path_of,
    refusing,
    without_path,
)


def _kept_when(name: str, nothing: Any) -> Breakage:
    """Keep a user's value where a replacement says that it is nothing."""

    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json if asked.method == "PUT" else None
        if isinstance(body, dict) and name in body and body[name] == nothing:
            before = asked.read(server)
            asked.json = body | ({name: before[name]} if name in before else {})
        return server(asked)

    return breakage


defect("put-ignores-null-of-some", "put", "A locale that is replaced by null is kept.")(
    _kept_when("locale", None)
)
defect("put-ignores-empty-texts", "put", "A title that is replaced by an empty text is kept.")(
    _kept_when("title", "")
)
defect("patch-ignores-empty-texts", "patch", "A PATCH by an empty text is ignored.")(
    dropping(lambda one: one.get("value") == "" or (without_path(one) and "" in _values(one)))
)


def _values(one: Document) -> list[Any]:
    return list(one["value"].values())


def _is_empty(asked: Asked) -> bool:
    body = asked.json
    return isinstance(body, dict) and ENTERPRISE_USER in body and not body[ENTERPRISE_USER]


defect("fails-on-empty-extensions", "resources", "An extension without values is answered 500.")(
    failing(_is_empty, method="POST PUT")
)
defect("refuses-empty-extensions", "resources", "An extension without values is answered 400.")(
    failing(_is_empty, method="POST PUT", status=400)
)
defect("texts-are-trimmed", "unicode", "Texts lose the blanks at their ends.")(
    storing(each_text(str.strip))
)
_parts: dict[str, list[Document]] = {}


@defect("stores-unknown-parts", "create", "A part that no schema has is stored.")
def stores_unknown_parts(asked: Asked, server: Server) -> Told:
    """Keep the e-mails as they came."""
    body = asked.json if asked.method == "POST" else None
    told = server(asked)
    if isinstance(body, dict) and "noSuchPart" in str(body) and told.ok:
        _parts[told.document["id"]] = body["emails"]
    if told.document.get("id") in _parts:
        told.json = told.document | {"emails": _parts[told.document["id"]]}
    return told


# --- what is required ----------------------------------------------------------------------------

defect("patch-removes-required-names", "patch", "To remove a name that is required is a success.")(
    forgiving(lambda one: path_of(one) == "displayName", "mutability", "invalidValue")
)


def _made_up(one: Document) -> Document | None:
    return one | {"displayName": "made up"} if "serial" in one else None


defect("put-clears-required-names", "put", "A required name that is left out is made up.")(
    repaired(_made_up, method="PUT")
)

# --- groups --------------------------------------------------------------------------------------

defect("patch-of-groups-knows-no-urn", "patch", "A path with the URN of the group is refused.")(
    refusing(lambda one: path_of(one).startswith(GROUP))
)


def _twenty(one: Document) -> Document:
    value = one.get("value")
    is_meant = path_of(one) == "members" and is_op("add", one) and isinstance(value, list)
    return one | {"value": (value or [])[:20]} if is_meant else one


defect("patch-adds-twenty-members", "groups", "A PATCH adds the first twenty members.")(
    bending(_twenty)
)
defect("patch-replaces-members-by-one", "groups", "One member without brackets replaces all.")(
    bending(
        lambda one: (
            one | {"op": "replace"}
            if path_of(one) == "members" and isinstance(one.get("value"), dict)
            else one
        )
    )
)
defect("put-fails-on-unknown-members", "groups", "A replacement by a stranger is answered 500.")(
    telling(
        lambda asked, told: setattr(told, "status", 500), method="PUT", path="/Groups", status=400
    )
)


@defect("unknown-members-empty-the-replaced", "groups", "A stranger in a replacement empties it.")
def unknown_empties(asked: Asked, server: Server) -> Told:
    """Remove all, then fail to add."""
    told = server(asked)
    if asked.method == "PUT" and asked.path.startswith("/Groups/") and told.status == 400:
        before = asked.read(server)
        server(asked.other("PUT", asked.path, before | {"members": []}))
    return told


def _to_others(is_meant: Any) -> Breakage:
    """Carry out some PATCHes on all users that have the same displayName, too."""

    def breakage(asked: Asked, server: Server) -> Told:
        given = [one for one in operations_of(asked) if isinstance(one, dict)]
        is_one = asked.method == "PATCH" and asked.path.startswith("/Users/")
        name = asked.read(server).get("displayName") if is_one else None
        body, told = asked.json, server(asked)
        if name and told.ok and any(map(is_meant, given)):
            query = f'filter=displayName eq "{name}"'.replace(" ", "%20")
            found = server(asked.other("GET", "/Users", query=query)).document
            for other in found.get("Resources") or ():
                server(asked.other("PATCH", f"/Users/{other['id']}", body))
        return told

    return breakage


defect("patch-changes-others", "patch", "A PATCH reaches all users of the same name.")(
    _to_others(lambda one: path_of(one) == "displayName")
)


@defect("patch-changes-values-of-others", "patch", "A PATCH of an e-mail reaches all that have it.")
def values_of_others(asked: Asked, server: Server) -> Told:
    """Keep each address once, for all who have it."""
    is_meant = asked.method == "PATCH" and b"emails[" in asked.body
    body, told = asked.json, server(asked)
    if is_meant and told.ok:
        listed = server(asked.other("GET", "/Users", query="count=100")).document
        for other in listed.get("Resources") or ():
            if other.get("emails"):
                server(asked.other("PATCH", f"/Users/{other['id']}", body))
    return told


_deleted: dict[str, Document] = {}


def _still(words: str, *, search: bool) -> Breakage:
    """Show users who were deleted to some queries."""

    def breakage(asked: Asked, server: Server) -> Told:
        if asked.method == "DELETE" and asked.path.startswith("/Users/"):
            shown = asked.read(server)
            _deleted[str(shown.get("externalId") or shown.get("userName"))] = shown
        told = server(asked)
        text = str((asked.json or {}).get("filter")) if search else asked.query.get("filter", "")
        keys = ("externalId", "userName")
        found = [o for o in _deleted.values() if any(f'"{o.get(k)}"' in text for k in keys)]
        is_query = asked.path.endswith("/.search") == search and words in text
        if is_query and found and told.ok:
            told.json = told.document | {"totalResults": len(found), "Resources": found}
        return told

    return breakage


defect("deleted-are-found-by-other-values", "delete", "A deleted user is found by externalId.")(
    _still("externalId", search=False)
)
defect("deleted-are-searched", "delete", "A deleted user is found by a search.")(
    _still("userName", search=True)
)


@defect("patch-takes-empty-operations", "patch", "A PATCH without operations is a success.")
def empty_operations(asked: Asked, server: Server) -> Told:
    """There is nothing to do."""
    body = asked.json if asked.method == "PATCH" else None
    is_meant = isinstance(body, dict) and body.get("Operations") == []
    return done_nothing(asked, server) if is_meant else server(asked)
