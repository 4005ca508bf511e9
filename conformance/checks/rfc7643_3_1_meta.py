"""RFC 7643 §3.1: `meta`, which the endpoint keeps of every resource."""

import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.material.operations import DEPARTMENT, add, remove, replace
from conformance.scim import Resource, Scim

_A_SECOND: Final = 1.1
_SLACK: Final = timedelta(minutes=5)
"""Less than any two time zones differ by."""
_ZONED: Final = re.compile(r"(Z|[+-]\d\d:\d\d)$")


@check(
    "rfc7643/3.1/created-is-modified",
    MUST,
    "After its creation a resource has one date for both: created and lastModified.",
    needs=["User"],
    catches=["modified-differs-from-created"],
)
def created_is_modified(scim: Scim) -> None:
    """lastModified MUST be that of `created` until the first change."""
    meta = scim.read(scim.new_user())["meta"]
    created, modified = meta.get("created"), meta.get("lastModified")
    scim.skip_unless(created is not None and modified is not None, "there are no such dates")

    meta["lastModified"].must.equal(created)


def _stamp(answer: Answer) -> str:
    stamp = answer["meta"].get("lastModified")
    return "" if stamp is None else str(stamp)


def _must_move(scim: Scim, resource: Resource, method: str, *bodies: object) -> None:
    """Demand that lastModified is later after a change; dates may have whole seconds only."""
    before = _stamp(scim.read(resource))
    scim.skip_unless(bool(before), "the endpoint gives no meta.lastModified")
    for place, body in enumerate(bodies):
        if place:
            time.sleep(_A_SECOND)
        scim.send(method, resource.path, body=body).given.have_status(200, 204)
        if _stamp(scim.read(resource)) != before:
            break
    after = _stamp(scim.read(resource))
    scim.require(after > before, f"meta.lastModified later than {before}", after)


def _patch(*operations: object) -> object:
    urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
    return {"schemas": [urn], "Operations": list(operations)}


@check(
    "rfc7643/3.1/modified-by-put",
    MUST,
    "A replacement moves meta.lastModified.",
    needs=["User", "User.displayName"],
    catches=["modified-never-moves", "put-forgets-modified"],
)
def modified_by_put(scim: Scim) -> None:
    """Clients that read what has changed since their last visit miss it otherwise."""
    user = scim.user_with(displayName="before")
    name = str(user["userName"])
    bodies = [scim.smallest_user(userName=name, displayName=text) for text in ("one", "two")]

    _must_move(scim, user, "PUT", *bodies)


@check(
    "rfc7643/3.1/modified-by-patch",
    MUST,
    "A PATCH moves meta.lastModified.",
    needs=["patch", "User", "User.displayName"],
    catches=["modified-never-moves", "patch-forgets-modified"],
)
def modified_by_patch(scim: Scim) -> None:
    """In whatever way the resource was changed."""
    user = scim.new_user(displayName="before")

    _must_move(
        scim, user, "PATCH", *(_patch(replace("displayName", text)) for text in ("one", "two"))
    )


@check(
    "rfc7643/3.1/modified-by-members",
    MUST,
    "A change of its members moves a group's meta.lastModified.",
    needs=["patch", "User", "Group", "Group.members"],
    catches=["modified-never-moves", "members-forget-modified"],
)
def modified_by_members(scim: Scim) -> None:
    """Members are a part of the group."""
    user, group = scim.new_user(), scim.new_group()
    changes = (add("members", [{"value": user.id}]), remove("members"))

    _must_move(scim, group, "PATCH", *map(_patch, changes))


@check(
    "rfc7643/3.1/modified-not-by-reading",
    MUST,
    "Reading does not move meta.lastModified.",
    needs=["User"],
    catches=["modified-by-reading"],
)
def modified_not_by_reading(scim: Scim) -> None:
    """It is the date of the last change."""
    user = scim.new_user()
    first = _stamp(scim.read(user))
    scim.skip_unless(bool(first), "the endpoint gives no meta.lastModified")

    scim.read(user)["meta"]["lastModified"].must.equal(first)


@check(
    "rfc7643/3.1/created-kept",
    MUST,
    "A replacement leaves meta.created alone.",
    needs=["User", "User.displayName"],
    catches=["created-moves-along", "put-renews-created"],
)
def created_kept(scim: Scim) -> None:
    """It is the date when the resource was added."""
    user = scim.read(made := scim.new_user(displayName="before"))
    created = user["meta"].get("created")
    scim.skip_unless(created is not None, "the endpoint gives no meta.created")
    body = scim.smallest_user(userName=str(user["userName"]), displayName="after")
    scim.put(made.path, body).given.have_status(200)

    scim.read(made)["meta"]["created"].must.equal(created)


@check(
    "rfc7643/3.1/location-of-each",
    MUST,
    "meta.location is the address of the resource, of whatever type it is.",
    needs=["User"],
    catches=["location-of-another", "location-of-the-list", "location-elsewhere"],
)
def location_of_each(scim: Scim) -> None:
    """Read at that address, it is the same resource."""
    for name in scim.claims.type_names or ["User"]:
        made = scim.made(name, scim.smallest(name))
        shown = scim.read(made)
        answer = scim.at(made.answer.resolve(str(shown["meta"]["location"])))

        answer.must.have_status(200)
        answer.must.have("id", equal_to=made["id"])


@check(
    "rfc7643/3.1/type-of-each",
    MUST,
    "meta.resourceType is the name of the type, wherever the resource is shown.",
    needs=["User"],
    catches=["lists-lack-meta", "resource-type-wrong", "resource-type-is-a-path"],
)
def type_of_each(scim: Scim) -> None:
    """When it is created, read, and listed."""
    for name in scim.claims.type_names:
        declared = str((scim.claims.type_of(name) or {}).get("name", name))
        made = scim.made(name, scim.smallest(name))
        listed = scim.get(scim.claims.path_of(name), count=1)
        shown = [made.answer.body, scim.read(made).body, *listed.body.items_of("Resources")]
        for one in shown:
            one["meta"]["resourceType"].must.equal(declared)


@check(
    "rfc7643/3.1/same-everywhere",
    MUST,
    "A list shows the same `id`, `schemas` and `meta` of a resource as a read.",
    needs=["User", "filter"],
    catches=["lists-lack-meta", "lists-lack-schemas", "lists-have-other-ids"],
)
def same_everywhere(scim: Scim) -> None:
    """A client takes the id from the list, and reads the resource by it."""
    user = scim.new_user()
    single = scim.read(user)
    found = scim.matches(scim.users, filter=f'userName eq "{user["userName"]}"')
    scim.skip_unless(len(found) == 1, "prerequisite: the user is not found by a filter")

    for name in ("id", "schemas"):
        found[0][name].must.equal(single[name])
    for name, value in single["meta"].value.items():
        if (listed := found[0]["meta"].get(name)) is not None:
            listed.must.equal(value)


@check(
    "rfc7643/3.1/id-kept",
    MUST,
    "An id stays what it is through every change, and never comes back.",
    needs=["User"],
    catches=["ids-are-used-again", "put-renews-id"],
)
def id_kept(scim: Scim) -> None:
    """It is stable, and not given to another resource later."""
    user = scim.new_user()
    body = scim.smallest_user(userName=str(user["userName"]))
    scim.put(user.path, body).must.have("id", equal_to=user["id"])
    scim.delete(user.path).given.have_status(200, 202, 204)
    again = scim.post(scim.users, body)
    scim.skip_unless(again.status == 201, "the name of a deleted user is not free")

    scim.resource(scim.users, again)["id"].must.differ_from(user["id"])


@check(
    "rfc7643/3.1/id-case",
    MUST,
    "An id in other letters is another id.",
    needs=["User"],
    catches=["ids-fold-case"],
)
def id_case(scim: Scim) -> None:
    """`id` is case-exact."""
    user = scim.new_user()
    other = user.id.swapcase()
    scim.skip_unless(other != user.id, "the id has no letters")

    scim.get(f"{scim.users}/{other}").must.be_error(404)


@check(
    "rfc7643/3.1/id-put",
    MUST,
    "Another id in a replacement changes nothing.",
    needs=["User"],
    catches=["put-takes-the-id", "put-moves-to-the-id"],
)
def id_put(scim: Scim) -> None:
    """`id` is readOnly: what a client sends SHALL be ignored (RFC 7644 §3.5.1), or is refused."""
    user = scim.new_user()
    body = scim.smallest_user(userName=str(user["userName"]), id=scim.name())
    scim.put(user.path, body).must.have_status(200, 400)

    after = scim.get(user.path)
    after.must.have_status(200)
    after["id"].must.equal(user.id)
    scim.get(f"{scim.users}/{body['id']}").must.be_error(404)


@check(
    "rfc7643/3.1/assigned",
    SHOULD,
    "meta has `resourceType`, `created`, `lastModified` and `location`.",
    needs=["User"],
    catches=["meta-lacks-created", "meta-lacks-modified", "lists-lack-dates"],
)
def assigned(scim: Scim) -> None:
    """These MUST be assigned values; that they are shown follows from `returned`: default."""
    for name in scim.claims.type_names or ["User"]:
        made = scim.made(name, scim.smallest(name))
        listed = scim.get(scim.claims.path_of(name), count=1).body.items_of("Resources")
        for shown in (scim.read(made).body, *listed):
            for part in ("resourceType", "created", "lastModified", "location"):
                shown["meta"][part].must.be("string")


@check(
    "rfc7643/3.1/clock",
    SHOULD,
    "meta.created is the time of the creation.",
    needs=["User"],
    catches=["dates-are-of-another-zone"],
)
def clock(scim: Scim) -> None:
    """By the endpoint's own clock, the header Date; a local time with a Z is hours away."""
    user = scim.new_user()
    answer = scim.read(user)
    created = answer["meta"].get("created")
    try:
        told = datetime.fromisoformat(str(created).replace("Z", "+00:00"))
        now = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (TypeError, ValueError):
        scim.skip_unless(False, "there is no such date, or no header Date")
    else:
        told = told if told.tzinfo else told.replace(tzinfo=UTC)
        scim.require(abs(told - now) < _SLACK, f"about {now.isoformat()}", str(created))


@check(
    "rfc7643/3.1/zone",
    SHOULD,
    "The dates of meta say of which zone they are.",
    needs=["User"],
    catches=["dates-without-a-zone"],
)
def zone(scim: Scim) -> None:
    """A date without a Z or an offset is another moment to every reader."""
    meta = scim.read(scim.new_user())["meta"]
    for name in ("created", "lastModified"):
        if date := meta.get(name):
            date.must.match("a date that ends in Z or an offset", _ZONED.search)


@check(
    "rfc7643/3.1/forged",
    MUST,
    "No part of `meta` is taken from a client, neither in a creation nor in a replacement.",
    needs=["User"],
    catches=["put-takes-dates", "creation-takes-dates"],
)
def forged(scim: Scim) -> None:
    """Clients send back what they read; old dates and versions must not stick."""
    old = "1999-01-01T00:00:00Z"
    meta = {"created": old, "lastModified": old, "version": 'W/"forged"'}
    user = scim.new_user(meta=meta)
    created = scim.read(user)
    body = scim.smallest_user(userName=str(user["userName"]), meta=meta)
    scim.put(user.path, body).must.have_status(200)
    for shown in (created, scim.read(user)):
        for name, value in meta.items():
            told = shown["meta"].get(name)
            is_ours = told is not None and str(told)[:10] == value[:10]
            scim.require(not is_ours, f"another meta.{name} than {value}", str(told))


@check(
    "rfc7643/3.1/modified-by-extension",
    MUST,
    "A change of an extension moves meta.lastModified.",
    needs=["patch", "User", "EnterpriseUser.department"],
    catches=["modified-never-moves", "extensions-forget-modified"],
)
def modified_by_extension(scim: Scim) -> None:
    """What is kept in another table is a part of the same resource."""
    user = scim.new_user()

    _must_move(scim, user, "PATCH", *(_patch(add(DEPARTMENT, text)) for text in ("one", "two")))


@check(
    "rfc7644/3.3/location-of-each",
    MUST,
    "Location is sent for a creation of every type.",
    catches=["groups-have-no-location", "creates-without-location"],
)
def location_header_of_each(scim: Scim) -> None:
    """And it is meta.location."""
    for name in scim.claims.type_names:
        created = scim.post(scim.claims.path_of(name), scim.smallest(name))
        created.given.have_status(201)
        created.must.have_header("Location")
        if created.document is not None:
            created.must.have_header("Location", equal_to=created["meta"]["location"])
