"""RFC 7644 §3.7: many operations in one request, and what is told of each."""

from conformance.check import MUST, check
from conformance.material import bulk
from conformance.material.operations import add, replace
from conformance.scim import Scim
from scim_protocol.urns import SCIM_JSON

BULKS = ["bulk", "User"]
PATCHES = ["patch", *BULKS, "User.displayName"]


@check(
    "rfc7644/3.7/response",
    MUST,
    "A bulk request is answered with a BulkResponse.",
    needs=BULKS,
    catches=["bulk-plain-json", "bulk-without-schema"],
)
def response(scim: Scim) -> None:
    """200, with its schema, and the result of every operation."""
    answer = bulk.send(
        scim,
        bulk.post(scim.users, "one", scim.smallest_user()),
        bulk.post(scim.users, "two", scim.smallest_user()),
    )
    answer.must.have_status(200)
    answer.must.have_media_type(SCIM_JSON)
    answer["schemas"].must.contain(bulk.RESPONSE)
    found = answer.body.items_of("Operations")
    scim.require(len(found) == 2, "two results", f"{len(found)}")


@check(
    "rfc7644/3.7/post",
    MUST,
    "A POST in a bulk request creates.",
    needs=BULKS,
    catches=[],
)
def post(scim: Scim) -> None:
    """Its result has status 201, the bulkId, and the location, where the user is."""
    body = scim.smallest_user()
    results = bulk.done(scim, bulk.post(scim.users, "qwerty", body))
    result = results.of_post("qwerty")

    bulk.must_have_status(result, 201)
    result["method"].must.equal("POST")
    results.created("qwerty").must.have("userName", equal_to=body["userName"])


@check(
    "rfc7644/3.7/location",
    MUST,
    "A result has the URL of its resource.",
    needs=PATCHES,
    catches=["bulk-location-is-relative", "bulk-locations-exchanged", "bulk-without-bulk-id"],
)
def location(scim: Scim) -> None:
    """Of every operation but a failed POST: it tells which one the result is of."""
    changed, gone = scim.new_user(), scim.new_user()
    body = scim.smallest_user(userName=str(changed["userName"]))
    results = bulk.done(
        scim,
        bulk.post(scim.users, "one", scim.smallest_user()),
        bulk.put(changed, body),
        bulk.patch(changed, replace("displayName", "after")),
        bulk.delete(gone),
    )
    results.of_post("one")["location"].must.match("an absolute URL", lambda text: "://" in text)
    for method, resource in (("PUT", changed), ("PATCH", changed), ("DELETE", gone)):
        told = results.of(method, resource)["location"]
        told.must.match("an absolute URL", lambda text: "://" in text)


@check(
    "rfc7644/3.7/put",
    MUST,
    "A PUT in a bulk request replaces.",
    needs=[*BULKS, "User.displayName"],
    catches=["bulk-successes-left-out", "bulk-without-method"],
)
def put(scim: Scim) -> None:
    """Its status is that of a PUT alone."""
    user = scim.new_user(displayName="before")
    body = scim.smallest_user(userName=str(user["userName"]), displayName="after")
    results = bulk.done(scim, bulk.put(user, body))

    bulk.must_have_status(results.of("PUT", user), 200)
    scim.read(user).must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.7/patch",
    MUST,
    "A PATCH in a bulk request changes.",
    needs=PATCHES,
    catches=["bulk-last-result-lost", "bulk-location-is-the-type"],
)
def patch(scim: Scim) -> None:
    """Its status is that of a PATCH alone."""
    user = scim.new_user(displayName="before")
    results = bulk.done(scim, bulk.patch(user, replace("displayName", "after")))

    bulk.must_have_status(results.of("PATCH", user), 200, 204)
    scim.read(user).must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.7/delete",
    MUST,
    "A DELETE in a bulk request deletes.",
    needs=BULKS,
    catches=["bulk-deleted-has-200", "bulk-without-location-of-changes"],
)
def delete(scim: Scim) -> None:
    """Its status is that of a DELETE alone."""
    user, other = scim.new_user(), scim.new_user()
    results = bulk.done(scim, bulk.delete(user))

    bulk.must_have_status(results.of("DELETE", user), 204)
    scim.get(user.path).must.have_status(404)
    scim.get(other.path).must.have_status(200)


@check(
    "rfc7644/3.7/groups",
    MUST,
    "A bulk request may be about resources of all types.",
    needs=[*BULKS, "Group"],
    catches=[],
)
def groups(scim: Scim) -> None:
    """Each path is that of its type."""
    user, group = scim.smallest_user(), scim.smallest_group()
    results = bulk.done(scim, bulk.post(scim.groups, "g", group), bulk.post(scim.users, "u", user))

    results.created("g").must.have("displayName", equal_to=group["displayName"])
    results.created("u").must.have("userName", equal_to=user["userName"])


@check(
    "rfc7644/3.7/status",
    MUST,
    "The status of each operation is a string.",
    needs=BULKS,
    catches=["bulk-missing-has-204"],
)
def status(scim: Scim) -> None:
    """ "201", as in errors; or an object with such a code, which §3.7.3 has as well."""
    gone = scim.new_user()
    scim.delete(gone.path).given.have_status(204)
    results = bulk.done(scim, bulk.post(scim.users, "one", scim.smallest_user()), bulk.delete(gone))

    found = sorted(bulk.status_of(result) for result in results)
    scim.require(found == [201, 404], "201 and 404", found)


@check(
    "rfc7644/3.7/order",
    MUST,
    "Operations on one resource happen in their order.",
    needs=PATCHES,
    catches=["bulk-answers-207", "bulk-first-only", "bulk-reversed"],
)
def order(scim: Scim) -> None:
    """An endpoint may reorder only what comes to the same."""
    user = scim.new_user(displayName="before")
    changes = [bulk.patch(user, replace("displayName", name)) for name in ("one", "two", "three")]
    bulk.done(scim, *changes)

    scim.read(user).must.have("displayName", equal_to="three")


@check(
    "rfc7644/3.7/name-again",
    MUST,
    "A name can be given again once it is free.",
    needs=BULKS,
    catches=["bulk-creations-first", "bulk-deletions-last", "bulk-without-location"],
)
def name_again(scim: Scim) -> None:
    """A DELETE that comes before a POST happens before it."""
    alone = scim.new_user()
    scim.delete(alone.path).given.have_status(204)
    free = scim.post(scim.users, scim.smallest_user(userName=str(alone["userName"])))
    scim.skip_unless(free.status == 201, "the endpoint keeps names of the deleted")
    user = scim.new_user()
    again = scim.smallest_user(userName=str(user["userName"]))
    results = bulk.done(scim, bulk.delete(user), bulk.post(scim.users, "again", again))

    bulk.must_have_status(results.of_post("again"), 201)
    results.created("again")["id"].must.differ_from(user["id"])


@check(
    "rfc7644/3.7/deleted-at-last",
    MUST,
    "A DELETE that comes last happens last.",
    needs=PATCHES,
    catches=["bulk-deletions-first"],
)
def deleted_at_last(scim: Scim) -> None:
    """What comes before it finds the user there."""
    user = scim.new_user(displayName="before")
    results = bulk.done(scim, bulk.patch(user, replace("displayName", "x")), bulk.delete(user))

    bulk.must_have_status(results.of("PATCH", user), 200, 204)
    bulk.must_have_status(results.of("DELETE", user), 204)
    scim.get(user.path).must.have_status(404)


@check(
    "rfc7644/3.7/order-of-types",
    MUST,
    "Operations on several types happen in their order, too.",
    needs=["patch", *BULKS, "Group", "Group.members"],
    catches=["bulk-users-first"],
)
def order_of_types(scim: Scim) -> None:
    """Who is put into a group and deleted after that was there to be put in."""
    user, group = scim.new_user(), scim.new_group()
    results = bulk.done(
        scim, bulk.patch(group, add("members", [{"value": user.id}])), bulk.delete(user)
    )
    bulk.must_have_status(results.of("PATCH", group), 200, 204)
    bulk.must_have_status(results.of("DELETE", user), 204)


@check(
    "rfc7644/3.7/as-whole",
    MUST,
    "What a bulk request creates has all that a creation gives.",
    needs=BULKS,
    catches=["bulk-created-without-meta"],
)
def as_whole(scim: Scim) -> None:
    """What the endpoint itself gives a user who is made by a request alone: schemas and `meta`."""
    alone = scim.read(scim.new_user())
    results = bulk.done(scim, bulk.post(scim.users, "one", scim.smallest_user()))
    made = results.created("one")

    made["schemas"].must.equal(alone["schemas"])
    lost = sorted(set(alone["meta"].value) - set(made["meta"].value))
    scim.require(not lost, "the same members of meta", f"no {', '.join(lost)}")


@check(
    "rfc7644/3.7/groups-changed",
    MUST,
    "Groups are replaced, changed and deleted in a bulk request, too.",
    needs=["patch", *BULKS, "Group"],
    catches=["bulk-groups-are-only-created"],
)
def groups_changed(scim: Scim) -> None:
    """One after the other: a PUT, a PATCH, and the DELETE of another group."""
    group, other = scim.new_group(), scim.new_group()
    name = scim.name()
    results = bulk.done(
        scim,
        bulk.put(group, scim.smallest_group()),
        bulk.patch(group, replace("displayName", name)),
        bulk.delete(other),
    )
    bulk.must_have_status(results.of("PUT", group), 200)
    bulk.must_have_status(results.of("PATCH", group), 200, 204)
    bulk.must_have_status(results.of("DELETE", other), 204)
    scim.read(group).must.have("displayName", equal_to=name)
    scim.get(other.path).must.have_status(404)
