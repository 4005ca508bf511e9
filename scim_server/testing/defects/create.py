"""Creations, reads and deletions gone wrong (RFC 7644 §3.3, §3.4.1, §3.6)."""

from typing import Any

from scim_protocol.urns import ENTERPRISE_USER, USER
from scim_server.testing.defects.bodies import (
    answering,
    each_text,
    failing,
    is_one,
    read,
    repaired,
    status,
    storing,
    without,
)
from scim_server.testing.defects.mechanism import Asked, Server, Told, defect, telling


def _header(name: str, change: Any) -> Any:
    def edit(asked: Asked, told: Told) -> None:
        value = told.headers.pop(name, None)
        if value is not None and (changed := change(value)) is not None:
            told.headers[name] = changed

    return telling(edit, method="POST", status=201)


defect("creates-with-200", "create", "A creation is answered 200.")(status(201, 200, method="POST"))
defect("creates-with-204", "create", "A creation is answered 204.")(status(201, 204, method="POST"))
defect("creates-without-location", "create", "A creation sends no Location.")(
    _header("Location", lambda value: None)
)
defect("location-differs", "create", "Location is another address than meta.location.")(
    _header("Location", lambda value: value + "0")
)


@defect("location-leads-nowhere", "create", "Location and meta.location lead to nothing.")
def nowhere(asked: Asked, server: Server) -> Told:
    """Location and meta.location lead to nothing."""
    told = server(asked)
    if asked.method == "POST" and told.status == 201:
        wrong = told.headers["Location"] + "0"
        told.headers["Location"] = wrong
        told.json = told.document | {"meta": told.document["meta"] | {"location": wrong}}
    return told


defect("creates-without-body", "create", "The answer to a creation has no body.")(
    telling(lambda asked, told: setattr(told, "body", b""), method="POST", status=201)
)
defect("creates-no-groups", "create", "A group cannot be created.")(
    failing(lambda asked: asked.path == "/Groups", method="POST", status=501)
)
defect("creation-drops-attributes", "create", "A creation does not store the title.")(
    storing(without("title", "nickName"), method="POST")
)
defect("creation-drops-extensions", "create", "A creation does not store extensions.")(
    storing(without(ENTERPRISE_USER), method="POST")
)
defect("creation-folds-texts", "create", "A creation stores texts in capitals.")(
    storing(
        lambda one: one | {k: v.upper() for k, v in one.items() if k in ("title", "nickName")},
        method="POST",
    )
)


@defect("creation-echoes-the-request", "create", "A creation is answered with what was sent.")
def creation_echoes(asked: Asked, server: Server) -> Told:
    """Put the id and meta to it."""
    sent = asked.json
    told = server(asked)
    if asked.method == "POST" and told.status == 201 and isinstance(sent, dict):
        told.json = told.document | sent
    return told


@defect("creation-answers-without-saving", "create", "A creation is answered and not stored.")
def creation_without_saving(asked: Asked, server: Server) -> Told:
    """Store a user of that name alone."""
    sent = asked.json
    told = server(asked)
    if asked.method == "POST" and told.status == 201 and isinstance(sent, dict):
        server(asked.other("PUT", f"{asked.path}/{told.document['id']}", _bare(sent)))
    return told


def _bare(sent: dict[str, Any]) -> dict[str, Any]:
    return {name: sent[name] for name in ("schemas", "userName", "displayNames") if name in sent}


@defect("creations-overwrite", "create", "A creation overwrites the resource that was made last.")
def creations_overwrite(asked: Asked, server: Server) -> Told:
    """Delete the one before."""
    told = server(asked)
    if asked.method == "POST" and told.status == 201 and asked.path == "/Users":
        if _last:
            server(asked.other("DELETE", f"/Users/{_last.pop()}"))
        _last.append(told.document["id"])
    return told


_last: list[str] = []
_unknown: set[str] = set()


@defect("stores-unknown-attributes", "create", "An attribute that no schema has is stored.")
def stores_unknown(asked: Asked, server: Server) -> Told:
    """Keep it beside the resource."""
    body = asked.json if asked.method == "POST" else None
    told = server(asked)
    if isinstance(body, dict) and "noSuchAttribute" in body and told.ok:
        _unknown.add(told.document["id"])
    if told.document.get("id") in _unknown:
        told.json = told.document | {"noSuchAttribute": "x"}
    return told


defect("fails-on-unknown-attributes", "create", "An attribute that no schema has is answered 500.")(
    failing(lambda asked: b"noSuchAttribute" in asked.body, method="POST")
)
defect("custom-types-are-not-served", "create", "A type of one's own cannot be created.")(
    failing(lambda asked: asked.path == "/Devices", method="POST", status=501)
)
defect("custom-types-lose-values", "create", "A type of one's own shows another schema.")(
    read(lambda one: one | {"schemas": [USER]}, type="Device")
)


def _fix_schemas(one: dict[str, Any]) -> dict[str, Any] | None:
    return one | {"schemas": [USER]} if "userName" in one else None


defect("needs-no-schemas", "create", "A body without schemas is taken.")(
    repaired(lambda one: _fix_schemas(one) if "schemas" not in one else None)
)
defect("takes-any-schema", "create", "A body of any schema is taken.")(
    repaired(lambda one: _fix_schemas(one) if "schemas" in one else None)
)


def _kind(asked: Asked) -> bool:
    return asked.path == "/Users" and not isinstance(asked.json, dict)


defect("fails-on-bodies-of-other-kinds", "create", "A body that is a list is answered 500.")(
    failing(_kind, method="POST")
)
defect("creates-of-nothing", "create", "A body that is empty is answered 201.")(
    answering(
        lambda asked: asked.path == "/Users" and not asked.json,
        lambda asked: Told.of(201, {"id": "1"}),
        method="POST",
    )
)
defect("post-on-a-resource-creates", "create", "A POST to a resource is answered 201.")(
    answering(is_one, lambda asked: Told.of(201, {"id": "1"}), method="POST")
)
defect("duplicates-are-400", "create", "A duplicate is answered 400.")(status(409, 400))
defect("duplicates-are-500", "create", "A duplicate is answered 500.")(status(409, 500))
defect("duplicates-have-no-keyword", "create", "A duplicate is refused without a scimType.")(
    telling(
        lambda asked, told: setattr(told, "json", without("scimType")(told.document)), status=409
    )
)


@defect("duplicates-update-the-first", "create", "A duplicate is refused, and updates the first.")
def duplicates_update(asked: Asked, server: Server) -> Told:
    """Insert or replace."""
    told = server(asked)
    body = asked.json
    if asked.method == "POST" and told.status == 409 and isinstance(body, dict):
        query = f'filter=userName eq "{body.get("userName")}"'.replace(" ", "%20")
        found = server(asked.other("GET", "/Users", query=query)).document.get("Resources") or []
        for one in found[:1]:
            server(asked.other("PUT", f"/Users/{one['id']}", body))
    return told


_refused: list[str] = []


@defect("refused-creations-stay", "create", "A duplicate is refused, and stored nevertheless.")
def refused_creations_stay(asked: Asked, server: Server) -> Told:
    """List the first twice."""
    told = server(asked)
    if asked.method == "POST" and told.status == 409:
        _refused.append(asked.json["userName"])
    if any(name in asked.query.get("filter", "") for name in _refused) and told.ok:
        found = told.document["Resources"]
        twice = [*found, *({**one, "id": one["id"] + "0"} for one in found)]
        told.json = told.document | {"totalResults": len(twice), "Resources": twice}
    return told


defect("unknown-members-fail", "groups", "A member who does not exist is answered 500.")(
    telling(lambda asked, told: setattr(told, "status", 500), path="/Groups", status=400)
)

# --- read --------------------------------------------------------------------------------------

defect("unknown-ids-are-400", "read", "An id that does not exist is answered 400.")(
    status(404, 400, method="GET")
)


@defect(
    "unknown-ids-are-empty", "read", "An id that does not exist is answered 200 and an empty list."
)
def empty(asked: Asked, server: Server) -> Told:
    """An id that does not exist is answered 200 and an empty list."""
    told = server(asked)
    if asked.method == "GET" and told.status == 404 and is_one(asked):
        list_response = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
        return Told.of(200, {"schemas": [list_response], "totalResults": 0})
    return told


def _any_type(method: str) -> Any:
    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if asked.method in method.split() and told.status == 404 and asked.path[:8] == "/Groups/":
            path = asked.path.replace("/Groups/", "/Users/")
            return server(asked.other(asked.method, path, asked.json))
        return told

    return breakage


defect("ids-work-under-any-type", "read", "A user is read under the groups, too.")(
    _any_type("GET PUT PATCH")
)
defect("deletes-under-any-type", "delete", "A user is deleted under the groups, too.")(
    _any_type("DELETE")
)
defect("fails-on-odd-ids", "robustness", "An id with a quote is answered 500.")(
    failing(lambda asked: "'" in asked.path, method="GET")
)
defect("finds-odd-ids", "robustness", "An id of 0 finds somebody.")(
    answering(lambda asked: asked.path.endswith("/0"), lambda asked: Told.of(200, {}), method="GET")
)
_count: list[int] = []


@defect("reading-changes", "read", "Each reading changes the resource.")
def reading_changes(asked: Asked, server: Server) -> Told:
    """Count the visits in the nickname."""
    told = server(asked)
    if asked.method == "GET" and is_one(asked) and told.ok and "userName" in told.document:
        _count.append(1)
        told.json = told.document | {"nickName": str(len(_count))}
    return told


defect("refuses-unknown-parameters", "read", "A parameter that is not known is refused.")(
    failing(lambda asked: "scimConformanceUnknown" in asked.query, method="GET", status=400)
)
defect("reads-lack-values", "read", "A read shows no userName but the id's.")(
    read(lambda one: one | {"userName": one["id"]} if "userName" in one else one)
)

# --- delete ------------------------------------------------------------------------------------

defect("deletes-with-200", "delete", "A deletion is answered 200.")(
    status(204, 200, method="DELETE")
)


@defect("deletes-with-a-body", "delete", "A deletion is answered 200 with a message.")
def deletes_with_a_body(asked: Asked, server: Server) -> Told:
    """Say that it went well."""
    told = server(asked)
    return Told.of(200, {"message": "deleted"}) if asked.method == "DELETE" and told.ok else told


_kept: dict[str, bytes] = {}


def _keeping(is_shown: Any) -> Any:
    """Keep what is deleted, and show it to some requests."""

    def breakage(asked: Asked, server: Server) -> Told:
        before = server(asked.other("GET", asked.path)) if asked.method == "DELETE" else None
        told = server(asked)
        if before is not None and before.ok and told.ok:
            _kept[asked.path] = before.body
        if asked.path in _kept and told.status == 404 and is_shown(asked):
            return (
                Told.of(204)
                if asked.method == "DELETE"
                else Told(200, before_headers(), _kept[asked.path])
            )
        return told

    return breakage


def before_headers() -> Any:
    """Return the headers of an answer that shows a resource."""
    return Told.of(200, {}).headers


defect("deleted-can-be-read", "delete", "What was deleted can be read.")(
    _keeping(lambda asked: asked.method == "GET")
)
defect("deleted-can-be-replaced", "delete", "What was deleted can be replaced.")(
    _keeping(lambda asked: asked.method == "PUT")
)
defect("deleted-can-be-deleted", "delete", "What was deleted can be deleted again.")(
    _keeping(lambda asked: asked.method == "DELETE")
)
defect("patches-the-deleted", "delete", "What was deleted can be patched.")(
    _keeping(lambda asked: asked.method == "PATCH")
)


@defect("deletes-what-never-was", "delete", "To delete what never was is a success.")
def never_was(asked: Asked, server: Server) -> Told:
    """To delete what never was is a success."""
    told = server(asked)
    return Told.of(204) if asked.method == "DELETE" and told.status == 404 else told


_names: dict[str, dict[str, Any]] = {}


def _listing(type: str, name: str) -> Any:
    def breakage(asked: Asked, server: Server) -> Told:
        if asked.method == "DELETE" and asked.path.startswith(f"/{type}/"):
            shown = asked.read(server)
            _names[str(shown.get(name))] = shown
        told = server(asked)
        text = asked.query.get("filter", "")
        found = [one for key, one in _names.items() if f'"{key}"' in text]
        if found and told.ok:
            told.json = told.document | {"totalResults": len(found), "Resources": found}
        return told

    return breakage


defect("deleted-are-listed", "delete", "A user who was deleted is still found by filters.")(
    _listing("Users", "userName")
)
defect(
    "deleted-groups-are-listed", "delete", "A group that was deleted is still found by filters."
)(_listing("Groups", "displayName"))
_reserved: set[str] = set()


@defect("names-are-never-free", "delete", "The userName of a deleted user is never free again.")
def names_are_never_free(asked: Asked, server: Server) -> Told:
    """Remember all that ever were."""
    if asked.method == "DELETE":
        _reserved.add(str(asked.read(server).get("userName")))
    if asked.method == "POST" and (asked.json or {}).get("userName") in _reserved:
        return Told.error(409, "uniqueness")
    return server(asked)


defect("groups-cannot-be-deleted", "delete", "A group cannot be deleted.")(
    failing(lambda asked: asked.path.startswith("/Groups/"), method="DELETE", status=405)
)


@defect("groups-take-their-members", "delete", "With a group its members are deleted.")
def groups_take_members(asked: Asked, server: Server) -> Told:
    """Cascade the wrong way."""
    members: list[dict[str, Any]] = []
    if asked.method == "DELETE" and asked.path.startswith("/Groups/"):
        members = asked.read(server).get("members") or []
    told = server(asked)
    for member in members:
        server(asked.other("DELETE", f"/Users/{member['value']}"))
    return told


_made: list[str] = []


@defect("deletes-the-last-too", "delete", "With a user the one who was created last is deleted.")
def deletes_the_last(asked: Asked, server: Server) -> Told:
    """Compare loosely."""
    told = server(asked)
    if asked.method == "POST" and told.status == 201:
        _made.append(asked.path + "/" + told.document["id"])
    if asked.method == "DELETE" and told.ok and _made:
        server(asked.other("DELETE", _made.pop()))
    return told


defect(
    "texts-are-trimmed-when-read", "unicode", "Texts lose what is not Latin when they are read."
)(read(each_text(lambda text: text.encode("latin-1", "ignore").decode("latin-1"))))
