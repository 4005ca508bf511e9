"""RFC 7644 §3.7.1, §3.7.2 and §3.7.4: references within a bulk request, and its limits."""

from conformance import bulk
from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.claims import Document
from conformance.expect import Node
from conformance.operations import add, remove
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER

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
    catches=["bulk-created-has-200", "bulk-members-by-bulk-id-lost"],
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
        for result in both:
            bulk.must_have_status(result, 201, 400, 409)


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


@check(
    "rfc7644/3.7.4/operations",
    MUST,
    "More operations than maxOperations are refused with 413.",
    needs=["bulk", "User"],
    catches=["bulk-cuts-what-is-too-much", "bulk-does-no-delete", "bulk-no-limit-of-operations"],
)
def most_operations(scim: Scim) -> None:
    """Before any of them is done; the error says which limit it is."""
    most = _limit(scim, "maxOperations", 2000)
    user = scim.new_user()
    answer = bulk.send(scim, *[bulk.delete(user) for _ in range(most + 1)])

    answer.must.have_status(413)
    answer.must.be_error_message()
    _names_limit(scim, answer, "maxOperations", most)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.7.4/payload",
    MUST,
    "A request larger than maxPayloadSize is refused with 413.",
    needs=["bulk", "User"],
    catches=[
        "bulk-limit-has-no-body",
        "bulk-limit-is-400",
        "bulk-limit-is-not-named",
        "bulk-no-limit-of-size",
    ],
)
def largest_payload(scim: Scim) -> None:
    """Before anything of it is done."""
    most = _limit(scim, "maxPayloadSize", 8_000_000)
    user = scim.new_user()
    answer = bulk.send(scim, bulk.delete(user), padding="x" * most)

    answer.must.have_status(413)
    answer.must.be_error_message()
    _names_limit(scim, answer, "maxPayloadSize", most)
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.7.4/many",
    MUST,
    "As many operations as maxOperations are taken.",
    needs=["bulk", "User"],
    catches=["bulk-limit-is-lower", "bulk-stops-at-third-error"],
)
def many(scim: Scim) -> None:
    """The limit that is stated is the one that holds; tried up to 1,000."""
    most = min(1000, _limit(scim, "maxOperations", 10**9))
    user = scim.new_user()
    results = bulk.done(scim, *[bulk.delete(user) for _ in range(most)])

    scim.require(len(results) == most, f"{most} results", len(results))
    found = sorted(bulk.status_of(result) for result in results)
    scim.require(found[0] == 204, "one that is done", found[:3])


def _limit(scim: Scim, name: str, reasonable: int) -> int:
    stated = ((scim.claims.config or {}).get("bulk") or {}).get(name)
    scim.skip_unless(isinstance(stated, int), f"ServiceProviderConfig says no bulk.{name}")
    assert isinstance(stated, int)
    scim.skip_unless(0 < stated <= reasonable, f"bulk.{name} is {stated}: too much to try")
    return stated


def _names_limit(scim: Scim, answer: Answer, name: str, most: int) -> None:
    """Demand that the error says which limit was exceeded (§3.7.4)."""
    told = name.lower() in answer.text.lower() or str(most) in answer.text
    scim.require(told, f"the error to name {name} or its value, {most}", answer.summary)


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
