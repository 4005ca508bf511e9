"""RFC 7644 §3.5, §3.6: changes of groups in all their forms, and that they stay where they are."""

from conformance.check import MUST, SHOULD, check
from conformance.material.operations import HOME, WORK, add, remove, replace
from conformance.scim import Scim
from scim_protocol.urns import GROUP

MEMBERS = ["User", "Group", "Group.members"]
EMAILS = ["User", "User.emails.value", "User.emails.type"]


@check(
    "rfc7644/3.5.2/path-group-urn",
    MUST,
    "A path may begin with the URN of the group's schema.",
    needs=["patch", *MEMBERS],
    catches=["patch-of-groups-knows-no-urn"],
)
def group_urn(scim: Scim) -> None:
    """For the name, for members, and for members that a filter chooses."""
    first, second, name = scim.new_user(), scim.new_user(), scim.name()
    group = scim.group_of(first)
    after = scim.change(
        group,
        replace(f"{GROUP}:displayName", name),
        add(f"{GROUP}:members", [{"value": second.id}]),
        remove(f'{GROUP}:members[value eq "{first.id}"]'),
    )

    after.must.hold({"displayName": name, "members": [{"value": second.id}]})


@check(
    "rfc7644/3.5.2.1/members-at-once",
    MUST,
    "One PATCH adds as many members as it names.",
    needs=["patch", *MEMBERS],
    catches=["patch-adds-twenty-members"],
)
def members_at_once(scim: Scim) -> None:
    """And another one takes them away again, with an operation for each."""
    users = [scim.new_user() for _ in range(24)]
    group = scim.new_group()
    members = [{"value": user.id} for user in users]
    scim.change(group, add("members", members)).must.hold({"members": members})

    left = members[:2]
    gone = [remove(f'members[value eq "{user.id}"]') for user in users[2:]]
    scim.change(group, *gone).must.hold({"members": left})


@check(
    "rfc7644/3.5.2.1/one-member",
    MUST,
    "A member who is added without the brackets of a list is refused, or joins those there.",
    needs=["patch", *MEMBERS],
    catches=["patch-replaces-members-by-one"],
)
def one_member(scim: Scim) -> None:
    """The others are in afterwards in any case."""
    there, new = scim.new_user(), scim.new_user()
    group = scim.group_of(there)
    answer = scim.patch(group.path, add("members", {"value": new.id}))
    answer.must.be_no_failure()

    wanted = [there, new] if answer.ok else [there]
    scim.read(group).must.hold({"members": [{"value": one.id} for one in wanted]})


@check(
    "rfc7644/3.5.1/unknown-member",
    MUST,
    "A replacement with a member who does not exist, if it is refused, leaves the members.",
    needs=MEMBERS,
    catches=["unknown-members-empty-the-replaced", "put-fails-on-unknown-members"],
)
def unknown_member(scim: Scim) -> None:
    """If it is taken, the member who does exist is in."""
    user, other = scim.new_user(), scim.new_user()
    group = scim.group_of(user)
    members = [{"value": scim.name()}, {"value": other.id}]
    name = str(group["displayName"])
    answer = scim.put(group.path, scim.smallest_group(displayName=name, members=members))
    answer.must.be_no_failure()

    ids = [str(one["value"]) for one in scim.read(group).body.items_of("members")]
    if answer.ok:
        scim.require(other.id in ids and user.id not in ids, f"the member {other.id}", ids)
    else:
        scim.require(ids == [user.id], f"only the member {user.id}", ids)


@check(
    "rfc7644/3.5.2/others-stay",
    MUST,
    "A PATCH changes one resource, and no other.",
    needs=["patch", *EMAILS, "User.displayName"],
    catches=["patch-changes-others", "patch-changes-values-of-others"],
)
def others_stay(scim: Scim) -> None:
    """Not even those that have the same values."""
    same = {"displayName": "same", "emails": [WORK, HOME]}
    user, other = scim.user_with(**same), scim.user_with(**same)
    before = scim.read(other)
    scim.change(user, replace("displayName", "after"))
    scim.change(user, replace('emails[type eq "work"].value', "new@example.com"))
    scim.change(user, remove('emails[type eq "home"]'))

    scim.must_be_as(before, scim.read(other))


@check(
    "rfc7644/3.6/found-by-nothing",
    MUST,
    "What was deleted is found by no filter.",
    needs=["User", "filter"],
    catches=["deleted-are-found-by-other-values", "deleted-are-searched"],
)
def found_by_nothing(scim: Scim) -> None:
    """Neither by its id, nor by its other keys, nor by a search."""
    key = scim.name()
    user = scim.new_user(externalId=key)
    name = str(user["userName"])
    scim.delete(user.path).given.have_status(200, 202, 204)
    for condition in (f'id eq "{user.id}"', f'externalId eq "{key}"', f'userName sw "{name}"'):
        answer = scim.get(scim.users, filter=condition)
        if answer.status == 200:
            found = [str(node["id"]) for node in answer.body.items_of("Resources")]
            scim.require(user.id not in found, f"nobody by {condition}", found)
    schema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
    body = {"schemas": [schema], "filter": f'userName eq "{name}"'}
    answer = scim.post(f"{scim.users}/.search", body)
    if answer.status == 200:
        found = [str(node["id"]) for node in answer.body.items_of("Resources")]
        scim.require(not found, "nobody by a search", found)


@check(
    "rfc7644/3.5.2/operations-none",
    SHOULD,
    "A PATCH without any operation is refused.",
    needs=["patch", "User"],
    catches=["patch-takes-empty-operations"],
)
def operations_none(scim: Scim) -> None:
    """`Operations` is an array of one or more; some endpoints are kinder."""
    scim.refused(scim.new_user())
