"""`meta` and what a resource says of itself, gone wrong (RFC 7643 §3.1)."""

import itertools
from datetime import datetime, timedelta
from typing import Any

from scim_server.testing.defects.bodies import is_one, listed, read, without
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Server,
    Told,
    asking,
    defect,
    showing,
    telling,
)

defect("created-moves-along", "meta", "meta.created is that of the last change.")(
    showing(
        lambda one: (
            one | {"meta": one["meta"] | {"created": one["meta"]["lastModified"]}}
            if "lastModified" in (one.get("meta") or {})
            else one
        )
    )
)

_moved: dict[str, str] = {}


@defect("patch-always-moves-last-modified", "patch", "A PATCH without effect moves lastModified.")
def always_moves(asked: Asked, server: Server) -> Told:
    """Keep the time of the last PATCH apart from what it did."""
    told = server(asked)
    if asked.method == "PATCH" and told.ok:
        _moved[asked.path] = "2030-01-01T00:00:00Z"
    if asked.path in _moved and "meta" in told.document:
        told.json = told.document | {
            "meta": told.document["meta"] | {"lastModified": _moved[asked.path]}
        }
    return told


defect("manager-as-text", "resources", "A manager is shown as a text, and not as an object.")(
    showing(
        lambda one: (
            one
            | {
                urn: value | {"manager": value["manager"]["value"]}
                for urn, value in one.items()
                if "enterprise" in urn and isinstance(value, dict) and "manager" in value
            }
        ),
        type="User",
    )
)


# --- dates -------------------------------------------------------------------------------------


def _meta(change: Any, **where: Any) -> Any:
    return showing(
        lambda one: (
            one | {"meta": change(one["meta"])}
            if "lastModified" in (one.get("meta") or {})
            else one
        ),
        **where,
    )


defect("modified-differs-from-created", "meta", "After its creation a resource is later modified.")(
    _meta(lambda meta: meta | {"lastModified": "2031-01-01T00:00:00Z"})
)
defect("modified-never-moves", "meta", "lastModified is always that of the creation.")(
    _meta(lambda meta: meta | {"lastModified": meta["created"]})
)
_seen: dict[str, str] = {}


def _forgetting(method: str, path: str) -> Any:
    """Show the lastModified of before, as if requests of a method did not count."""

    def breakage(asked: Asked, server: Server) -> Told:
        if asked.method == method and asked.path.startswith(path):
            meta = asked.read(server).get("meta") or {}
            _seen[asked.path] = _seen.get(asked.path) or meta.get("lastModified", "")
        told = server(asked)
        if _seen.get(asked.path) and "lastModified" in (told.document.get("meta") or {}):
            meta = told.document["meta"] | {"lastModified": _seen[asked.path]}
            told.json = told.document | {"meta": meta}
        return told

    return breakage


defect("put-forgets-modified", "meta", "A replacement does not move lastModified.")(
    _forgetting("PUT", "/Users")
)
defect("patch-forgets-modified", "meta", "A PATCH of a user does not move lastModified.")(
    _forgetting("PATCH", "/Users")
)
defect("members-forget-modified", "meta", "A change of members does not move lastModified.")(
    _forgetting("PATCH", "/Groups")
)


@defect("extensions-forget-modified", "meta", "A change of an extension moves no lastModified.")
def extensions_forget(asked: Asked, server: Server) -> Told:
    """They are in another table."""
    is_meant = asked.method == "PATCH" and b"enterprise" in asked.body
    forgetting: Breakage = _forgetting("PATCH" if is_meant else "", "/Users")
    return forgetting(asked, server)


defect("meta-lacks-created", "meta", "meta does not tell when a resource was created.")(
    _meta(without("created"))
)
defect("meta-lacks-modified", "meta", "meta does not tell when a resource was changed.")(
    _meta(without("lastModified"))
)
defect("lists-lack-dates", "meta", "Resources in a list have no dates.")(
    listed(lambda one: one | {"meta": without("created", "lastModified")(one.get("meta") or {})})
)


def _two_hours(text: str) -> str:
    moment = datetime.fromisoformat(text.replace("Z", "+00:00")) + timedelta(hours=2)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


defect("dates-are-of-another-zone", "meta", "The dates of meta are local times, called UTC.")(
    _meta(lambda meta: meta | {k: _two_hours(meta[k]) for k in ("created", "lastModified")})
)


defect("dates-without-a-zone", "meta", "The dates of meta do not say of which zone they are.")(
    _meta(lambda meta: meta | {k: meta[k].rstrip("Z") for k in ("created", "lastModified")})
)


def _taking(method: str) -> Any:
    """Take the dates of meta from the client."""
    taken: dict[str, Any] = {}

    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json if asked.method == method else None
        sent = body.get("meta") if isinstance(body, dict) else None
        told = server(asked)
        key = str(told.document.get("id"))
        if isinstance(sent, dict) and "lastModified" in sent and told.ok:
            taken[key] = sent["lastModified"]
        if key in taken and "meta" in told.document:
            meta = told.document["meta"] | {"lastModified": taken[key]}
            told.json = told.document | {"meta": meta}
        return told

    return breakage


defect("put-takes-dates", "meta", "A replacement may set lastModified.")(_taking("PUT"))
defect("creation-takes-dates", "meta", "A creation may set lastModified.")(_taking("POST"))
_clock = itertools.count(1)
defect("modified-by-reading", "meta", "Each reading moves lastModified.")(
    _meta(lambda meta: meta | {"lastModified": f"20{next(_clock) % 60 + 30}-01-01T00:00:00Z"})
)
defect("dates-made-up", "meta", "meta.created is another one at each reading.")(
    _meta(lambda meta: meta | {"created": f"20{next(_clock) % 60 + 30}-01-01T00:00:00Z"})
)
defect("dates-as-numbers", "meta", "The dates of meta are seconds since 1970.")(
    _meta(lambda meta: meta | {"created": 1700000000, "lastModified": 1700000000})
)
defect("dates-with-blanks", "meta", "The dates of meta have a blank for the T.")(
    _meta(lambda meta: meta | {"created": meta["created"].replace("T", " ")})
)


@defect("put-renews-created", "meta", "A replacement sets meta.created anew.")
def put_renews_created(asked: Asked, server: Server) -> Told:
    """Treat it as a second creation."""
    told = server(asked)
    if asked.method == "PUT" and told.ok:
        _replaced.add(asked.path)
    if asked.path in _replaced and "meta" in told.document:
        meta = told.document["meta"] | {"created": "2031-01-01T00:00:00Z"}
        told.json = told.document | {"meta": meta}
    return told


_replaced: set[str] = set()

# --- id, location, type --------------------------------------------------------------------------

defect("location-of-another", "meta", "meta.location has another id.")(
    _meta(lambda meta: meta | {"location": meta["location"] + "0"})
)
defect("location-of-the-list", "meta", "meta.location is that of the list.")(
    _meta(lambda meta: meta | {"location": meta["location"].rpartition("/")[0]})
)
defect("location-elsewhere", "meta", "meta.location is on a host that is not there.")(
    _meta(lambda meta: meta | {"location": "http://127.0.0.1:9/scim/v2/Users/1"})
)
defect("location-missing-in-meta", "meta", "meta has no location.")(
    _meta(lambda meta: {name: value for name, value in meta.items() if name != "location"})
)
defect("groups-have-no-location", "create", "The creation of a group sends no Location.")(
    telling(
        lambda asked, told: told.headers.pop("Location", None),
        method="POST",
        path="/Groups",
        status=201,
    )
)
defect("resource-type-wrong", "meta", "meta.resourceType of a group is User.")(
    _meta(lambda meta: meta | {"resourceType": "User"})
)
defect("resource-type-is-a-path", "meta", "meta.resourceType is the endpoint's name: Users.")(
    _meta(lambda meta: meta | {"resourceType": meta["resourceType"] + "s"})
)
defect("lists-lack-meta", "meta", "Resources in a list have no meta.")(listed(without("meta")))
defect("lists-lack-schemas", "meta", "Resources in a list have no schemas.")(
    listed(without("schemas"))
)
defect("lists-have-other-ids", "meta", "Resources in a list have other ids.")(
    listed(lambda one: one | {"id": one["id"][::-1]} if "id" in one else one)
)
defect("reads-lack-id", "meta", "A resource that is read has no id.")(read(without("id")))
defect("reads-lack-schemas", "meta", "A resource that is read has no schemas.")(
    read(without("schemas"))
)
defect("reads-lack-user-name", "meta", "A user that is read has no userName.")(
    read(without("userName"))
)
defect("reads-another-resource", "meta", "A read shows another id than that asked for.")(
    read(lambda one: one | {"id": one["id"][::-1]})
)
defect("ids-are-numbers", "meta", "An id is a number.")(
    showing(lambda one: one | {"id": 7} if "userName" in one else one)
)
defect("ids-are-shared", "meta", "All resources have one id.")(
    showing(lambda one: one | {"id": "1"} if "meta" in one else one, method="POST")
)
defect("ids-name-bulk-ids", "meta", 'An id holds the reserved word "bulkId".')(
    showing(lambda one: one | {"id": f"bulkId:{one['id']}"} if "userName" in one else one)
)
defect("schemas-are-missing", "meta", "A resource has no schemas.")(
    showing(lambda one: one | {"schemas": []} if "userName" in one else one)
)
defect("schemas-name-one-twice", "meta", "`schemas` names a schema twice.")(
    showing(lambda one: one | {"schemas": one["schemas"] * 2} if "userName" in one else one)
)
defect("schemas-name-others", "meta", "`schemas` names one that the type does not declare.")(
    showing(
        lambda one: (
            one | {"schemas": [*one["schemas"], "urn:example:x"]} if "userName" in one else one
        )
    )
)
defect("names-in-lower-case", "meta", "Attribute names are all in lower case.")(
    showing(lambda one: {name.lower(): value for name, value in one.items()}, type="User")
)


@defect("put-renews-id", "meta", "A replacement gives the resource another id.")
def put_renews_id(asked: Asked, server: Server) -> Told:
    """Show one that is not that of the path."""
    told = server(asked)
    if asked.method == "PUT" and told.ok:
        told.json = told.document | {"id": told.document["id"][::-1]}
    return told


@defect("put-takes-the-id", "meta", "A replacement may set the id.")
def put_takes_the_id(asked: Asked, server: Server) -> Told:
    """Show the client's from then on."""
    sent = asked.json if asked.method == "PUT" else None
    if isinstance(sent, dict) and str(sent.get("id")) not in asked.path:
        _taken[asked.path] = str(sent.get("id"))
    told = server(asked)
    if told.ok and "id" in told.document and asked.path in _taken and "None" not in _taken.values():
        told.json = told.document | {"id": _taken[asked.path]}
    return told


_taken: dict[str, str] = {}
_freed: list[str] = []


@defect("ids-are-used-again", "meta", "The id of a deleted resource is given to the next one.")
def ids_are_used_again(asked: Asked, server: Server) -> Told:
    """Show a new resource under the id of the last that was deleted."""
    told = server(asked)
    if asked.method == "DELETE" and told.ok:
        _freed.append(asked.path.rpartition("/")[2])
    if asked.method == "POST" and told.status == 201 and _freed:
        told.json = told.document | {"id": _freed.pop()}
    return told


def _folded(asked: Asked) -> None:
    if is_one(asked):
        asked.path = asked.path[:7] + asked.path[7:].lower()


defect("ids-fold-case", "meta", "An id in other letters finds the same resource.")(asking(_folded))
defect("location-differs-when-read", "meta", "meta.location is another one when it is read.")(
    read(lambda one: one | {"meta": one["meta"] | {"location": one["meta"]["location"] + "?v=1"}})
)
