"""RFC 7643 §4.1.2, §4.2: memberships, seen from the group and from the user."""

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.material.operations import add, remove, replace
from conformance.scim import Resource, Scim

MEMBERS = ["User", "Group", "Group.members"]


def _groups(scim: Scim, user: Resource) -> list[Document]:
    """Return the groups that a user shows; none of them is no matter of these checks."""
    declared = scim.claims.attribute("User", "groups")
    scim.skip_unless(declared is not None, "the schema of User has no groups")
    shown = [one.value for one in scim.read(user).body.items_of("groups")]
    scim.skip_unless(bool(shown), "the endpoint shows no groups of a user")
    return [one for one in shown if isinstance(one, dict)]


@check(
    "rfc7643/4.1.2/every-group",
    MUST,
    "A user who shows its groups shows all of them.",
    needs=MEMBERS,
    catches=["users-show-one-group"],
)
def every_group(scim: Scim) -> None:
    """Half of somebody's rights look like all of them."""
    user = scim.new_user()
    wanted = {scim.group_of(user).id for _ in range(3)}

    found = {str(one.get("value")) for one in _groups(scim, user)}
    scim.require(wanted <= found, f"the groups {', '.join(sorted(wanted))}", sorted(found))


@check(
    "rfc7643/4.1.2/groups-type",
    MUST,
    'A membership of one\'s own is "direct", one through another group is "indirect".',
    needs=MEMBERS,
    catches=["groups-are-all-direct", "groups-are-all-indirect"],
)
def groups_type(scim: Scim) -> None:
    """Where the type is told; groups in groups and their users need not be shown."""
    user = scim.new_user()
    inner = scim.group_of(user)
    created = scim.post(
        scim.groups, scim.smallest_group(members=[{"value": inner.id, "type": "Group"}])
    )
    outer = scim.resource(scim.groups, created).id if created.ok else None
    for one in _groups(scim, user):
        wanted = {inner.id: "direct", outer: "indirect"}.get(str(one.get("value")))
        told = one.get("type")
        is_right = None in (wanted, told) or str(told).lower() == wanted
        scim.require(is_right, f"{one.get('value')} to be {wanted}", one)


@check(
    "rfc7643/4.1.2/groups-renamed",
    SHOULD,
    "The name of a user's group is the one that it has now.",
    needs=["patch", *MEMBERS],
    catches=["groups-keep-old-names"],
)
def groups_renamed(scim: Scim) -> None:
    """A name that was copied at the time of joining is wrong after the first change."""
    user = scim.new_user()
    group = scim.group_of(user)
    old, new = str(group["displayName"]), scim.name()
    told = [one.get("display") for one in _groups(scim, user)]
    scim.skip_unless(told == [old], "groups are not told by their displayName")
    scim.patch(group.path, replace("displayName", new)).given.have_status(200, 204)

    found = [one.get("display") for one in _groups(scim, user)]
    scim.require(found == [new], new, found)


@check(
    "rfc7643/4.1.2/groups-listed",
    SHOULD,
    "A list shows the groups of a user as a read does.",
    needs=[*MEMBERS, "filter"],
    catches=["lists-lack-groups"],
)
def groups_listed(scim: Scim) -> None:
    """What is returned by default is so in a list, too (RFC 7644 §3.4.2)."""
    user = scim.new_user()
    scim.group_of(user)
    wanted = [one.get("value") for one in _groups(scim, user)]
    found = scim.matches(scim.users, filter=f'userName eq "{user["userName"]}"')
    scim.skip_unless(len(found) == 1, "prerequisite: the user is not found by a filter")

    listed = [one.value.get("value") for one in found[0].items_of("groups")]
    scim.require(listed == wanted, str(wanted), listed)


@check(
    "rfc7643/4.2/nested-reference",
    MUST,
    "The $ref of a group as a member leads to that group.",
    needs=MEMBERS,
    catches=["nested-groups-refer-to-users"],
)
def nested_reference(scim: Scim) -> None:
    """Not to a user of that id."""
    inner = scim.new_group()
    shown = scim.read(scim.group_given(inner, kind="Group"))
    listed = [one for one in shown.body.items_of("members") if str(one["value"]) == inner.id]
    scim.skip_unless(bool(listed), "the endpoint takes no groups as members")
    reference = listed[0].get("$ref")
    scim.skip_unless(reference is not None, "members have no $ref")

    scim.refers(shown, str(reference), to=inner.id)


@check(
    "rfc7643/4.2/member-is-immutable",
    MUST,
    "One member is not turned into another.",
    needs=["patch", *MEMBERS],
    catches=["members-are-exchanged"],
)
def member_is_immutable(scim: Scim) -> None:
    """`members.value` is immutable where the schema says so: members go, and others come."""
    declared = scim.claims.attribute("Group", "members.value") or {}
    is_fixed = declared.get("mutability") == "immutable"
    scim.skip_unless(is_fixed, "the schema does not call members.value immutable")
    member, other = scim.new_user(), scim.new_user()
    group = scim.group_of(member)

    scim.refused(group, replace(f'members[value eq "{member.id}"].value', other.id))


@check(
    "rfc7644/3.5.2.1/member-described",
    SHOULD,
    "A member who is added again with more words is in once.",
    needs=["patch", *MEMBERS],
    catches=["members-with-other-names-are-others"],
)
def member_described(scim: Scim) -> None:
    """Who it is says `value`; `display` and `type` are no part of that."""
    user, other = scim.new_user(), scim.new_user()
    group = scim.group_of(user, other)
    words = {"display": "Somebody Else", "type": "User"}
    known = {k: v for k, v in words.items() if scim.claims.attribute("Group", f"members.{k}")}
    again = {"value": user.id, **known}
    scim.patch(group.path, add("members", [again])).must.have_status(200, 204)
    body = scim.read(group).body.value
    scim.put(group.path, body | {"members": [*body["members"], again]}).must.be_no_failure()

    ids = sorted(str(one["value"]) for one in scim.read(group).body.items_of("members"))
    scim.require(ids == sorted([user.id, other.id]), "each member once", ids)


@check(
    "rfc7644/3.5.2.2/stranger",
    SHOULD,
    "To remove who is no member succeeds.",
    needs=["patch", *MEMBERS],
    catches=["strangers-cannot-be-removed"],
)
def stranger(scim: Scim) -> None:
    """No change, and a success response, says the RFC's example of it."""
    member, nobody = scim.new_user(), scim.new_user()
    group = scim.group_of(member)

    answer = scim.patch(group.path, remove(f'members[value eq "{nobody.id}"]'))
    answer.must.have_status(200, 204)


@check(
    "rfc7644/3.5.1/members-exchanged",
    MUST,
    "A replacement with some of the members and a new one leaves exactly these.",
    needs=MEMBERS,
    catches=["put-adds-members", "put-keeps-known-members-alone"],
)
def members_exchanged(scim: Scim) -> None:
    """One stays, one goes, one comes."""
    stays, goes, comes = (scim.new_user() for _ in range(3))
    group = scim.group_given(stays, goes)
    members = [{"value": one.id} for one in (stays, comes)]
    body = scim.smallest_group(displayName=str(group["displayName"]), members=members)
    scim.put(group.path, body).must.have_status(200)

    scim.read(group).must.hold({"members": members})


@check(
    "rfc7644/3.6/member-rejoins",
    MUST,
    "A new user of the name of a deleted one is in none of its groups.",
    needs=MEMBERS,
    catches=["names-inherit-memberships"],
)
def member_rejoins(scim: Scim) -> None:
    """Rights belong to an account, and not to its name."""
    gone, other = scim.new_user(), scim.new_user()
    group = scim.group_of(gone, other)
    scim.delete(gone.path).given.have_status(200, 202, 204)
    created = scim.post(scim.users, scim.smallest_user(userName=str(gone["userName"])))
    scim.skip_unless(created.status == 201, "the name of a deleted user is not free")

    new = scim.resource(scim.users, created)
    ids = [str(one["value"]) for one in scim.read(group).body.items_of("members")]
    scim.require(new.id not in ids, f"{new.id} not among the members", ids)
    shown = [str(one["value"]) for one in scim.read(new).body.items_of("groups")]
    scim.require(group.id not in shown, f"{group.id} not among the groups", shown)


@check(
    "rfc7643/4.1.2/groups-follow",
    MUST,
    "A user shows a group as long as it is a member, however it joined and left.",
    needs=["patch", *MEMBERS],
    catches=["groups-forget-those-who-join", "groups-remember-those-replaced"],
)
def groups_follow(scim: Scim) -> None:
    """By a PATCH of the members, by their replacement, by a replacement of the group."""
    user, other = scim.new_user(), scim.new_user()
    first, made = scim.group_of(user), scim.group_of(other)
    both = [{"value": user.id}, {"value": other.id}]
    body = scim.smallest_group(displayName=str(made["displayName"]))
    for change, is_in in (
        (add("members", both[:1]), True),
        (replace("members", both[1:]), False),
        (body | {"members": both}, True),
        (remove("members"), False),
        (body | {"members": both}, True),
        (body | {"members": both[1:]}, False),
    ):
        write = scim.patch if "op" in change else scim.put
        write(made.path, change).given.have_status(200, 204)
        wanted = {first.id, made.id} if is_in else {first.id}
        _must_show(scim, user, wanted, made)


def _must_show(scim: Scim, user: Resource, wanted: set[str], made: Resource) -> None:
    """Demand that a user shows these groups, and a certain one only if it is among them."""
    found = {str(one.get("value")) for one in _groups(scim, user)}
    is_right = wanted <= found and (made.id in found) == (made.id in wanted)
    scim.require(is_right, f"the groups {sorted(wanted)}", sorted(found))


@check(
    "rfc7643/4.2/circle",
    MUST,
    "Groups that are members of one another harm nobody.",
    needs=MEMBERS,
    catches=["circles-of-groups-fail"],
)
def circle(scim: Scim) -> None:
    """The last link is refused or taken; what follows is answered, and not with a 5xx."""
    user = scim.new_user()
    first = scim.group_of(user)
    second = scim.new_group()
    for group, member in ((second, first), (first, second), (second, second)):
        members = [{"value": user.id}, {"value": member.id, "type": "Group"}]
        name = str(group["displayName"])
        body = scim.smallest_group(displayName=name, members=members)
        scim.put(group.path, body).must.be_no_failure()
        for one in (user, first, second):
            scim.get(one.path).must.have_status(200)


@check(
    "rfc7643/4.2/deleted-group",
    SHOULD,
    "A group that is deleted is no member any more.",
    needs=MEMBERS,
    catches=["deleted-groups-stay-members"],
)
def deleted_group(scim: Scim) -> None:
    """As a user who is deleted."""
    inner, user = scim.new_group(), scim.new_user()
    outer = scim.group_given(inner, user)
    listed = [str(one["value"]) for one in scim.read(outer).body.items_of("members")]
    scim.skip_unless(inner.id in listed, "the endpoint takes no groups as members")
    scim.delete(inner.path).given.have_status(200, 202, 204)

    scim.read(outer).must.hold({"members": [{"value": user.id}]})


@check(
    "rfc7643/4.2/nested-by-patch",
    MUST,
    "A group that a PATCH makes a member is shown as a group.",
    needs=["patch", *MEMBERS],
    catches=["patch-takes-groups-for-users"],
)
def nested_by_patch(scim: Scim) -> None:
    """With its type, and without: the id says what it is."""
    inner, outer = scim.new_group(), scim.group_of(scim.new_user())
    for label in ({"type": "Group"}, {}):
        scim.patch(outer.path, remove(f'members[value eq "{inner.id}"]'))
        scim.patch(outer.path, add("members", [{"value": inner.id} | label]))
        listed = scim.read(outer).body.items_of("members")
        shown = [one for one in listed if str(one["value"]) == inner.id]
        scim.skip_unless(bool(shown), "the endpoint takes no groups as members")
        if kind := shown[0].get("type"):
            kind.must.equal("Group")


@check(
    "rfc7643/3.1/id-issued-of-each",
    MUST,
    "The `id` that a client sends is ignored for every type.",
    needs=["User"],
    catches=["group-ids-from-the-client"],
)
def id_issued_of_each(scim: Scim) -> None:
    """Not for users alone."""
    for name in scim.claims.type_names:
        chosen = scim.name()
        made = scim.made(name, scim.smallest(name) | {"id": chosen})

        made["id"].must.differ_from(chosen)
