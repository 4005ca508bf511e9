"""RFC 7644 §3.7.1 and §3.7.2: references within a bulk request."""

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.expect import Node
from conformance.material import bulk
from conformance.material.operations import add, remove
from conformance.scim import Resource, Scim
from scim_protocol.urns import ENTERPRISE_USER, PATCH_OP

MEMBERS = ["bulk", "User", "Group", "Group.members"]


@check(
    "rfc7644/3.7.2/member",
    MUST,
    "A bulkId stands for the id of what its POST creates.",
    needs=MEMBERS,
    catches=[],
)
def member(scim: Scim) -> None:
    """A new user is put into a new group, in one request."""
    results = bulk.done(
        scim,
        bulk.post(scim.users, "user", scim.smallest_user()),
        bulk.post(scim.groups, "group", _group(scim, "user")),
    )
    user = results.created("user")

    _has_members(scim, results.created("group")["id"], [user["id"]])


@check(
    "rfc7644/3.7.2/members",
    MUST,
    "Several bulkIds in one resource are each replaced.",
    needs=MEMBERS,
    catches=["bulk-first-reference-only"],
)
def members(scim: Scim) -> None:
    """Every member is the user that was meant; an id beside them stays."""
    known = scim.new_user()
    group = _group(scim, "one", "two")
    group["members"].append({"value": known.id})
    results = bulk.done(
        scim,
        bulk.post(scim.users, "one", scim.smallest_user()),
        bulk.post(scim.users, "two", scim.smallest_user()),
        bulk.post(scim.groups, "group", group),
    )
    made = [results.created(name)["id"] for name in ("one", "two")]

    _has_members(scim, results.created("group")["id"], [*made, known["id"]])


@check(
    "rfc7644/3.7.2/later",
    MUST,
    "A bulkId may be that of a later operation: it is replaced, or refused.",
    needs=MEMBERS,
    catches=["bulk-bulk-ids-exchanged", "bulk-references-are-text"],
)
def later(scim: Scim) -> None:
    """The endpoint must try to resolve it, and may give up with 409; it must not store the text."""
    results = bulk.done(
        scim,
        bulk.post(scim.groups, "group", _group(scim, "user")),
        bulk.post(scim.users, "user", scim.smallest_user()),
    )
    result = results.of_post("group")
    if bulk.status_of(result) != 409:
        user = results.created("user")
        _has_members(scim, results.created("group")["id"], [user["id"]])


@check(
    "rfc7644/3.7.1/circle",
    MUST,
    "Groups that are members of each other are made, or refused with 409.",
    needs=MEMBERS,
    catches=[
        "bulk-circle-is-400",
        "bulk-created-has-200",
        "bulk-members-by-bulk-id-lost",
    ],
)
def circle(scim: Scim) -> None:
    """It must be tried; what comes of it is either whole, or not there."""
    nested = scim.claims.attribute("Group", "members.value") or {}
    scim.skip_unless(bool(nested) or not scim.claims.schemas, "the schema has no members.value")
    results = bulk.done(
        scim,
        bulk.post(scim.groups, "one", _group(scim, "two")),
        bulk.post(scim.groups, "two", _group(scim, "one")),
    )
    both = [results.of_post(name) for name in ("one", "two")]
    if all(bulk.status_of(result) == 201 for result in both):
        one, two = results.created("one"), results.created("two")
        _has_members(scim, one["id"], [two["id"]])
        _has_members(scim, two["id"], [one["id"]])
    else:
        found = [bulk.status_of(result) for result in both]
        scim.require(409 in found, "both created, or status 409", found)


@check(
    "rfc7644/3.7.2/patch",
    MUST,
    "A bulkId in the value of a PATCH is replaced.",
    needs=["patch", *MEMBERS],
    catches=["bulk-references-in-patch-lost"],
)
def in_patch(scim: Scim) -> None:
    """A new user is put into a group that there is."""
    group = scim.new_group()
    results = bulk.done(
        scim,
        bulk.post(scim.users, "user", scim.smallest_user()),
        bulk.patch(group, add("members", [{"value": "bulkId:user"}])),
    )
    bulk.must_have_status(results.of("PATCH", group), 200, 204)

    _has_members(scim, group["id"], [results.created("user")["id"]])


@check(
    "rfc7644/3.7.2/put",
    MUST,
    "A bulkId in the data of a PUT is replaced.",
    needs=MEMBERS,
    catches=["bulk-references-in-put-lost"],
)
def in_put(scim: Scim) -> None:
    """Wherever an id may stand a bulkId may stand."""
    group = scim.new_group()
    body = _group(scim, "user") | {"displayName": str(group["displayName"])}
    results = bulk.done(
        scim,
        bulk.post(scim.users, "user", scim.smallest_user()),
        bulk.put(group, body),
    )
    bulk.must_have_status(results.of("PUT", group), 200)

    _has_members(scim, group["id"], [results.created("user")["id"]])


@check(
    "rfc7644/3.7.2/manager",
    MUST,
    "A bulkId in an extension is replaced.",
    needs=["bulk", "User", "EnterpriseUser", "EnterpriseUser.manager.value"],
    catches=["bulk-manager-by-bulk-id-lost"],
)
def manager(scim: Scim) -> None:
    """The RFC's own example: a new user whose manager is new as well."""
    staff = scim.smallest_user()
    staff["schemas"] = [*staff["schemas"], ENTERPRISE_USER]
    staff[ENTERPRISE_USER] = {"manager": {"value": "bulkId:boss"}}
    results = bulk.done(
        scim,
        bulk.post(scim.users, "boss", scim.smallest_user()),
        bulk.post(scim.users, "staff", staff),
    )
    boss = results.created("boss")

    results.created("staff")[ENTERPRISE_USER]["manager"]["value"].must.equal(boss["id"])


@check(
    "rfc7644/3.7.2/similar",
    MUST,
    "A bulkId with which another one begins is not taken for it.",
    needs=MEMBERS,
    catches=["bulk-references-are-replaced-in-text"],
)
def similar(scim: Scim) -> None:
    """`bulkId:1` is not the beginning of `bulkId:11`: each is the id of its own user."""
    results = bulk.done(
        scim,
        bulk.post(scim.users, "1", scim.smallest_user()),
        bulk.post(scim.users, "11", scim.smallest_user()),
        bulk.post(scim.groups, "group", _group(scim, "11", "1")),
    )
    made = [results.created(name)["id"] for name in ("1", "11")]

    _has_members(scim, results.created("group")["id"], made)


@check(
    "rfc7644/3.7.2/of-another-request",
    MUST,
    "A bulkId ends with its request.",
    needs=MEMBERS,
    catches=["bulk-bulk-ids-are-remembered"],
)
def of_another_request(scim: Scim) -> None:
    """In the next one nobody is called so; the client that sent it may be another."""
    bulk.done(scim, bulk.post(scim.users, "before", scim.smallest_user())).created("before")
    results = bulk.done(scim, bulk.post(scim.groups, "group", _group(scim, "before")))

    result = results.of_post("group")
    if bulk.status_of(result) == 201:
        found = results.created("group").body.items_of("members")
        scim.require(not found, "no members", [str(one["value"]) for one in found])
    else:
        bulk.must_have_failed(result)


@check(
    "rfc7644/3.7.2/patch-without-path",
    MUST,
    "A bulkId in a PATCH without a path is replaced.",
    needs=["patch", *MEMBERS],
    catches=["bulk-references-in-depth-lost"],
)
def in_patch_without_path(scim: Scim) -> None:
    """However deep it stands."""
    group = scim.new_group()
    change = {"op": "add", "value": {"members": [{"value": "bulkId:user"}]}}
    results = bulk.done(
        scim, bulk.post(scim.users, "user", scim.smallest_user()), bulk.patch(group, change)
    )
    bulk.must_have_status(results.of("PATCH", group), 200, 204)

    _has_members(scim, group["id"], [results.created("user")["id"]])


@check(
    "rfc7644/3.7.2/path",
    SHOULD,
    "A bulkId in a path is replaced.",
    needs=["patch", "bulk", "User", "User.displayName"],
    catches=["bulk-location-has-the-bulk-id", "bulk-references-in-paths-lost"],
)
def in_path(scim: Scim) -> None:
    """What was just made is changed; the location tells the id that it was given."""
    change = {"op": "replace", "path": "displayName", "value": "after"}
    patch = {"schemas": [PATCH_OP], "Operations": [change]}
    results = bulk.done(
        scim,
        bulk.post(scim.users, "user", scim.smallest_user(displayName="before")),
        {"method": "PATCH", "path": f"{scim.users}/bulkId:user", "data": patch},
    )
    made = results.created("user")
    user = Resource(f"{scim.users}/{made['id']}", made)
    bulk.must_have_status(results.of("PATCH", user), 200, 204)

    scim.read(user).must.have("displayName", equal_to="after")


@check(
    "rfc7644/3.7.2/unknown",
    MUST,
    "A bulkId that no operation has is an error, and is not stored.",
    needs=MEMBERS,
    catches=["bulk-fails-as-a-whole", "bulk-unknown-references-succeed"],
)
def unknown(scim: Scim) -> None:
    """Nobody is called so."""
    results = bulk.done(scim, bulk.post(scim.groups, "group", _group(scim, "nobody")))

    _failed_or_without(results, "group")


@check(
    "rfc7644/3.7.2/of-a-failed-one",
    MUST,
    "What refers to an operation that failed fails, too.",
    needs=MEMBERS,
    catches=["bulk-failures-left-out", "bulk-stops-at-first-error"],
)
def of_a_failed_one(scim: Scim) -> None:
    """There is no id for it; the group is not made with the bulkId as a member."""
    taken = scim.new_user()
    twin = scim.smallest_user(userName=str(taken["userName"]))
    results = bulk.done(
        scim,
        bulk.post(scim.users, "user", twin),
        bulk.post(scim.groups, "group", _group(scim, "user")),
    )
    bulk.must_have_failed(results.of_post("user"))
    _failed_or_without(results, "group")


@check(
    "rfc7644/3.7/big-change",
    MUST,
    "Members are added and removed in a bulk request as in requests of their own.",
    needs=["patch", *MEMBERS],
    catches=["bulk-answers-201", "bulk-bare-array", "bulk-does-no-patch", "bulk-users-only"],
)
def big_change(scim: Scim) -> None:
    """Both changes are of one group, one after the other."""
    stays, goes = scim.new_user(), scim.new_user()
    group = scim.group_of(goes)
    bulk.done(
        scim,
        bulk.patch(group, add("members", [{"value": stays.id}])),
        bulk.patch(group, remove(f'members[value eq "{goes.id}"]')),
    )

    _has_members(scim, group["id"], [stays["id"]])


def _group(scim: Scim, *bulk_ids: str) -> Document:
    listed = [{"value": f"bulkId:{bulk_id}"} for bulk_id in bulk_ids]
    return scim.smallest_group(members=listed)


def _failed_or_without(results: bulk.Results, bulk_id: str) -> None:
    """Demand that an operation failed, or left out a member that it cannot know."""
    result = results.of_post(bulk_id)
    if bulk.status_of(result) == 201:
        for one in results.created(bulk_id).body.items_of("members"):
            one["value"].must.match("an id, no bulkId", lambda text: "bulkid" not in text.lower())
    else:
        bulk.must_have_failed(result)


def _has_members(scim: Scim, group_id: Node, wanted: list[Node]) -> None:
    group = scim.get(f"{scim.groups}/{group_id}")
    group.must.have_status(200)
    found = sorted(str(one["value"]) for one in group.body.items_of("members"))
    expected = sorted(str(one) for one in wanted)
    scim.require(found == expected, f"the members {expected}", found)
