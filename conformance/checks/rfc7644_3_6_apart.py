"""RFC 7644 §3.4.1, §3.5, §3.6: what is done to one resource leaves the others where they are."""

from conformance.check import MUST, SHOULD, check
from conformance.material.operations import DEPARTMENT, add, remove, replace
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER, USER

MEMBERS = ["User", "Group", "Group.members"]


@check(
    "rfc7644/3.4.1/whole-id",
    MUST,
    "An id is compared as a whole: a part of it leads nowhere, nor does one with more behind it.",
    needs=["User"],
    catches=["ids-are-prefixes", "ids-may-go-on"],
)
def whole_id(scim: Scim) -> None:
    """Whoever is found by half an id is found by mistake."""
    user = scim.new_user()
    for wrong in (f"{user.path}x", user.path[:-1]):
        if not wrong.endswith("/"):
            answer = scim.get(wrong)
            is_other = not answer.ok or str(answer["id"]) != user.id
            scim.require(is_other, f"nobody at {wrong}", answer.summary)


@check(
    "rfc7644/3.4.1/group-as-user",
    MUST,
    "A group's id leads to nothing under the users, and a user is not patched as a group.",
    needs=["User", "Group"],
    catches=["groups-work-as-users", "patches-under-any-type"],
)
def group_as_user(scim: Scim) -> None:
    """Each type has its own endpoint, for every method."""
    group, user = scim.new_group(), scim.new_user()
    for path in (f"{scim.users}/{group.id}", f"{scim.groups}/{user.id}"):
        scim.get(path).must.be_error(404)  # else it may be somebody's, and is left alone
    scim.delete(f"{scim.users}/{group.id}").must.be_error(404)
    scim.get(group.path).must.have_status(200)
    if scim.claims.missing("patch") is None:
        before = scim.read(user)
        patched = scim.patch(f"{scim.groups}/{user.id}", replace("displayName", "after"))
        scim.allowed(patched).must.be_error(404)
        scim.must_be_as(before, scim.read(user))


@check(
    "rfc7644/3.6/group-outlives-members",
    MUST,
    "A group is there when its last member was removed, or deleted.",
    needs=["patch", *MEMBERS],
    catches=["empty-groups-vanish", "users-take-their-groups"],
)
def group_outlives(scim: Scim) -> None:
    """An empty group is a group."""
    scim.skip_unless("members" not in scim.smallest_group(), "the endpoint requires members")
    leaver, deleted = scim.new_user(), scim.new_user()
    left, orphaned = scim.group_of(leaver), scim.group_of(deleted)
    scim.patch(left.path, remove(f'members[value eq "{leaver.id}"]')).given.have_status(200, 204)
    scim.delete(deleted.path).given.have_status(200, 202, 204)

    for group in (left, orphaned):
        scim.get(group.path).must.have_status(200)


@check(
    "rfc7644/3.5.2/member-stays",
    MUST,
    "A user who is changed, and even renamed, stays in its groups.",
    needs=["patch", *MEMBERS, "User.userName", "User.displayName"],
    catches=["patch-loses-memberships", "renaming-loses-memberships"],
)
def member_stays(scim: Scim) -> None:
    """Members are known by their id, which never changes."""
    user = scim.new_user()
    group = scim.group_of(user)
    name = scim.name()
    body = scim.smallest_user(userName=scim.name())
    for change in (replace("displayName", "after"), replace("userName", name)):
        scim.patch(user.path, change).given.have_status(200, 204)
        scim.read(group).must.hold({"members": [{"value": user.id}]})
    scim.put(user.path, body).given.have_status(200)
    scim.read(group).must.hold({"members": [{"value": user.id}]})


@check(
    "rfc7643/3/schemas-once",
    MUST,
    "`schemas` names each schema once, after every change.",
    needs=["patch", "User", "EnterpriseUser.department"],
    catches=["patch-names-schemas-twice"],
)
def schemas_once(scim: Scim) -> None:
    """Not once more for each value of an extension."""
    user = scim.new_user()
    for text in ("one", "two"):
        after = scim.change(user, add(DEPARTMENT, text))
        named = [str(urn) for urn in after["schemas"]]
        is_right = len(set(named)) == len(named) and {USER, ENTERPRISE_USER} <= set(named)
        scim.require(is_right, "the core schema and the extension, once each", named)


@check(
    "rfc7643/3/schemas-of-the-client",
    SHOULD,
    "`schemas` does not show what only the client has named.",
    needs=["User"],
    catches=["schemas-from-the-client"],
)
def schemas_of_the_client(scim: Scim) -> None:
    """It tells which schemas the resource is of; one that is unknown is left out, or refused."""
    unknown = "urn:example:params:scim:schemas:none:2.0:Robot"
    body = scim.smallest_user()
    created = scim.post(scim.users, body | {"schemas": [*body["schemas"], unknown]})
    if created.status != 201:
        created.must.have_status(400)
        return
    shown = [str(urn) for urn in scim.read(scim.resource(scim.users, created))["schemas"]]
    scim.require(unknown not in shown, f"no {unknown}", shown)
