"""RFC 7643 §4: what is special about users, groups and the enterprise extension."""

from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.material.operations import add, remove
from conformance.scim import Resource, Scim
from scim_protocol.urns import ENTERPRISE_USER

MEMBERS = ["User", "Group", "Group.members"]
ENTERPRISE = ["User", "EnterpriseUser.department", "EnterpriseUser.costCenter"]


@check(
    "rfc7643/4.1.1/user-name-kept",
    MUST,
    "A userName is stored as it was sent, but perhaps for its case.",
    needs=["User"],
    catches=["user-names-are-cut", "user-names-are-trimmed-to-the-at"],
)
def user_name_kept(scim: Scim) -> None:
    """It is what the user signs in by; many are mail addresses."""
    for name in (f"{scim.name()}@example.com", f"{scim.name()}+tag.x_y-z@sub.example.com"):
        user = scim.read(scim.new_user(userName=name))

        shown = str(user["userName"])
        scim.require(shown.lower() == name, name, shown)


@check(
    "rfc7643/4.1.1/user-name-lists",
    MUST,
    "The userName of a user who is replaced can be taken over by nobody.",
    needs=["User"],
    catches=["put-allows-duplicates", "put-duplicates-by-case"],
)
def user_name_put(scim: Scim) -> None:
    """A replacement is refused like a second creation, and the user stays as it was."""
    first, second = scim.new_user(), scim.new_user()
    before = scim.read(second)
    taken = str(first["userName"])
    names = [taken] if scim.claims.case_exact("User", "userName") else [taken, taken.upper()]
    for name in names:
        answer = scim.put(second.path, scim.smallest_user(userName=name))
        answer.must.have_status(409, 400)
        scim.must_be_as(before, scim.read(second))


@check(
    "rfc7643/4.1.1/active-false",
    MUST,
    "A user who is created inactive is inactive, and can be read.",
    needs=["User", "User.active"],
    catches=["creates-all-active", "inactive-cannot-be-read"],
)
def active_false(scim: Scim) -> None:
    """Accounts are often made before their first day."""
    created = scim.post(scim.users, scim.smallest_user(active=False))
    created.must.have_status(201)

    made = scim.resource(scim.users, created)
    answer = scim.get(made.path)
    answer.must.have_status(200)
    answer["active"].must.equal(False)


@check(
    "rfc7643/4.1.1/inactive-listed",
    MUST,
    "A user who is inactive is found by a filter like any other.",
    needs=["User", "User.active", "filter"],
    catches=["inactive-are-not-listed"],
)
def inactive_listed(scim: Scim) -> None:
    """Else a client that wants the account back creates a second one."""
    user = scim.new_user(active=False)
    found = scim.matches(scim.users, filter=f'userName eq "{user["userName"]}"')

    ids = [str(node["id"]) for node in found]
    scim.require(ids == [user.id], f"the user {user.id}", ids)


def _groups_of(scim: Scim, user: Resource) -> list[str]:
    declared = scim.claims.attribute("User", "groups")
    scim.skip_unless(declared is not None, "the schema of User has no groups")
    return [str(one["value"]) for one in scim.read(user).body.items_of("groups")]


@check(
    "rfc7643/4.1.2/groups-shown",
    SHOULD,
    "A user shows the groups that have it as a member.",
    needs=MEMBERS,
    catches=["users-show-no-groups", "groups-show-names-for-ids"],
)
def groups_shown(scim: Scim) -> None:
    """`groups` is the other side of `members`; its value is the group's id."""
    user = scim.new_user()
    group = scim.group_of(user)
    found = _groups_of(scim, user)

    scim.require(found == [group.id], f"the group {group.id}", found)


@check(
    "rfc7643/4.1.2/groups-gone",
    MUST,
    "A user does not show a group any more that it has left, or that is gone.",
    needs=["patch", *MEMBERS],
    catches=["groups-are-stale", "groups-outlive-themselves"],
)
def groups_gone(scim: Scim) -> None:
    """Rights that were taken away must not look as if they were still there."""
    user = scim.new_user()
    left, deleted = scim.group_of(user), scim.group_of(user)
    scim.change(left, remove(f'members[value eq "{user.id}"]'))
    scim.delete(deleted.path).given.have_status(200, 202, 204)
    found = _groups_of(scim, user)

    scim.require(not found, "no groups", found)


@check(
    "rfc7643/4.1.2/groups-reference",
    MUST,
    "The $ref of a user's group leads to that group.",
    needs=MEMBERS,
    catches=["groups-refer-elsewhere"],
)
def groups_reference(scim: Scim) -> None:
    """A client follows it."""
    user = scim.new_user()
    group = scim.group_of(user)
    shown = scim.read(user)
    references = [one["$ref"] for one in shown.body.items_of("groups") if one.get("$ref")]
    scim.skip_unless(bool(references), "groups have no $ref")

    scim.refers(shown, str(references[0]), to=group.id)


@check(
    "rfc7643/4.2/display-name-required",
    SHOULD,
    "A group without displayName is refused.",
    needs=["Group"],
    catches=["groups-need-no-name"],
)
def display_name_required(scim: Scim) -> None:
    """The text says REQUIRED, the schema that is printed beside it does not."""
    body = scim.smallest_group()
    del body["displayName"]

    scim.post(scim.groups, body).must.be_error(400, None, "invalidValue", "invalidSyntax")


@check(
    "rfc7643/4.2/member-reference",
    MUST,
    "The $ref of a member leads to that member, and its `type` is that resource's.",
    needs=MEMBERS,
    catches=["members-refer-elsewhere", "members-are-groups"],
)
def member_reference(scim: Scim) -> None:
    """Where they are shown: both are optional."""
    user = scim.new_user()
    shown = scim.read(scim.group_of(user))
    (member,) = shown.body.items_of("members")
    if kind := member.get("type"):
        kind.must.equal("User")
    if reference := member.get("$ref"):
        scim.refers(shown, str(reference), to=user.id)


@check(
    "rfc7643/4.2/member-once",
    SHOULD,
    "A member who is sent twice is in once.",
    needs=MEMBERS,
    catches=["members-twice"],
)
def member_once(scim: Scim) -> None:
    """Members are a set."""
    user = scim.new_user()
    sent = scim.smallest_group(members=[{"value": user.id}, {"value": user.id}])
    created = scim.post(scim.groups, sent)
    scim.skip_unless(created.status == 201, "the endpoint refuses a member who is there twice")

    group = scim.resource(scim.groups, created)
    scim.read(group).must.hold({"members": [{"value": user.id}]})


@check(
    "rfc7643/4.2/nested",
    MUST,
    "A group that is taken as a member is shown as one.",
    needs=MEMBERS,
    catches=["drops-nested-groups", "nested-groups-are-users"],
)
def nested(scim: Scim) -> None:
    """Endpoints may refuse nested groups; those that take one keep it."""
    inner = scim.new_group()
    shown = scim.read(scim.group_given(inner, kind="Group"))

    shown.must.hold({"members": [{"value": inner.id}]})
    (member,) = shown.body.items_of("members")
    if kind := member.get("type"):
        kind.must.equal("Group")


@check(
    "rfc7643/4.2/deleted-member",
    SHOULD,
    "A user who is deleted is no member any more.",
    needs=MEMBERS,
    catches=["deleted-users-stay-members"],
)
def deleted_member(scim: Scim) -> None:
    """A member that leads nowhere breaks whoever follows it."""
    user, other = scim.new_user(), scim.new_user()
    group = scim.group_of(user, other)
    scim.delete(user.path).given.have_status(200, 202, 204)

    scim.read(group).must.hold({"members": [{"value": other.id}]})


@check(
    "rfc7643/4.2/members-apart",
    MUST,
    "Members of one group are not members of another.",
    needs=["patch", *MEMBERS],
    catches=["memberships-are-exclusive", "removals-reach-all-groups"],
)
def members_apart(scim: Scim) -> None:
    """A user may be in many groups, and leaves them one by one."""
    user = scim.new_user()
    first, second = scim.group_of(user), scim.group_of(user)
    scim.read(first).must.hold({"members": [{"value": user.id}]})
    scim.change(second, remove("members"))

    scim.read(first).must.hold({"members": [{"value": user.id}]})


@check(
    "rfc7643/4.2/members-listed",
    MUST,
    "A list shows the members of a group as a read does.",
    needs=[*MEMBERS, "filter"],
    catches=["lists-lack-members"],
)
def members_listed(scim: Scim) -> None:
    """A client that finds none in the list adds them all again."""
    user = scim.new_user()
    group = scim.group_of(user)
    found = scim.matches(scim.groups, filter=f'displayName eq "{group["displayName"]}"')
    scim.skip_unless(len(found) == 1, "prerequisite: the group is not found by a filter")

    ids = [str(member["value"]) for member in found[0].items_of("members")]
    scim.require(ids == [user.id], f"the member {user.id}", ids)


@check(
    "rfc7643/4.2/many-members",
    MUST,
    "A group takes more members than a small page holds, and keeps them all.",
    needs=["patch", *MEMBERS],
    catches=["members-end-at-ten", "patch-cuts-members-to-a-page", "members-end-at-twenty-five"],
)
def many_members(scim: Scim) -> None:
    """No page size may cut a write, nor a read of the group."""
    *users, last = (scim.new_user() for _ in range(27))
    group = scim.group_given(*users)
    after = scim.change(group, add("members", [{"value": last.id}]))

    after.must.hold({"members": [{"value": user.id} for user in (*users, last)]})


def _extended(scim: Scim, **values: object) -> Document:
    body = scim.smallest_user()
    schemas = list(dict.fromkeys([*body["schemas"], ENTERPRISE_USER]))
    return body | {"schemas": schemas, ENTERPRISE_USER: values}


@check(
    "rfc7643/3.3/extension",
    MUST,
    "What is sent under an extension's URN is kept there.",
    needs=ENTERPRISE,
    catches=["creation-drops-extensions", "extensions-are-shown-in-core"],
)
def extension(scim: Scim) -> None:
    """Its attributes stand in an object of their own, so that names cannot collide."""
    created = scim.post(scim.users, _extended(scim, department="tools", costCenter="7"))
    created.must.have_status(201)

    shown = scim.read(scim.resource(scim.users, created))
    shown.must.hold({ENTERPRISE_USER: {"department": "tools", "costCenter": "7"}})
    shown.must.lack("department")


@check(
    "rfc7643/3.3/extension-in-schemas",
    MUST,
    "`schemas` names an extension that the resource has values of.",
    needs=ENTERPRISE,
    catches=["extension-missing-in-schemas"],
)
def extension_in_schemas(scim: Scim) -> None:
    """A client reads by `schemas` what it will find."""
    created = scim.post(scim.users, _extended(scim, department="tools"))
    created.given.have_status(201)
    shown = scim.read(scim.resource(scim.users, created))
    scim.skip_unless(shown.body.get(ENTERPRISE_USER) is not None, "the extension is not kept")

    shown["schemas"].must.contain(ENTERPRISE_USER)


@check(
    "rfc7643/4.3/manager-kept",
    MUST,
    "The manager of a user is told by the id that the client sent.",
    needs=["User", "EnterpriseUser.manager.value"],
    catches=["manager-as-text", "drops-managers"],
)
def manager_kept(scim: Scim) -> None:
    """It is a complex value: `{"value": id}`, with more if the endpoint likes."""
    asked = scim.claims.attribute("EnterpriseUser", "manager.$ref") or {}
    scim.skip_unless(asked.get("required") is not True, "the schema requires manager.$ref, too")
    boss = scim.new_user()
    created = scim.post(scim.users, _extended(scim, manager={"value": boss.id}))
    created.must.have_status(201)

    shown = scim.read(scim.resource(scim.users, created))
    shown.must.hold({ENTERPRISE_USER: {"manager": {"value": boss.id}}})
