"""RFC 7644 §3.5.2.2: the PATCH operation remove."""

from conformance.check import MUST, check
from conformance.scim import Scim

MEMBERS = ["patch", "User", "Group", "Group.members"]


@check(
    "rfc7644/3.5.2.2/single",
    MUST,
    "A single value that is removed is gone.",
    needs=["patch", "User", "User.displayName", "User.title"],
)
def single(scim: Scim) -> None:
    """The attribute is unassigned then; the others stay."""
    user = scim.new_user(displayName="ada", title="engineer")
    scim.patch(user.path, {"op": "remove", "path": "title"}).must.have_status(200, 204)

    after = scim.read(user)
    after.must.lack("title")
    after["displayName"].must.equal("ada")


@check(
    "rfc7644/3.5.2.2/without-path",
    MUST,
    "A remove without a path is refused: 400 with noTarget.",
    needs=["patch", "User"],
)
def without_path(scim: Scim) -> None:
    """It would mean everything."""
    user = scim.new_user()

    scim.patch(user.path, {"op": "remove"}).must.be_error(400, "noTarget")


@check(
    "rfc7644/3.5.2.2/matching",
    MUST,
    "A filter in the path removes the values that match, and no others.",
    needs=["patch", "User", "User.emails.value", "User.emails.type"],
)
def matching(scim: Scim) -> None:
    """Two of three go, one stays."""
    values = [("a@example.com", "work"), ("b@example.com", "home"), ("c@example.org", "work")]
    user = scim.new_user(emails=[{"value": v, "type": t} for v, t in values])
    change = {"op": "remove", "path": 'emails[type eq "work"]'}
    scim.patch(user.path, change).must.have_status(200, 204)

    found = [str(email["value"]) for email in scim.read(user).body.items_of("emails")]
    scim.require(found == ["b@example.com"], "b@example.com alone", found)


@check(
    "rfc7644/3.5.2.2/list",
    MUST,
    "A list that is removed without a filter is gone as a whole.",
    needs=["patch", "User", "User.emails.value"],
)
def whole_list(scim: Scim) -> None:
    """The attribute is unassigned then."""
    user = scim.new_user(emails=[{"value": "a@example.com"}, {"value": "b@example.com"}])
    scim.skip_unless("emails" not in scim.smallest_user(), "the endpoint requires emails")
    scim.patch(user.path, {"op": "remove", "path": "emails"}).must.have_status(200, 204)

    scim.read(user).must.lack("emails")


@check("rfc7644/3.5.2.2/member", MUST, "One member is removed by its id.", needs=MEMBERS)
def member(scim: Scim) -> None:
    """The others stay."""
    leaver, other = scim.new_user(), scim.new_user()
    group = scim.new_group(leaver, other)
    change = {"op": "remove", "path": f'members[value eq "{leaver.id}"]'}
    scim.patch(group.path, change).must.have_status(200, 204)

    ids = [str(m["value"]) for m in scim.read(group).body.items_of("members")]
    scim.require(ids == [other.id], f"only the member {other.id}", ids)


@check("rfc7644/3.5.2.2/members", MUST, "All members are removed at once.", needs=MEMBERS)
def all_members(scim: Scim) -> None:
    """The group stays, and is empty."""
    scim.skip_unless("members" not in scim.smallest_group(), "the endpoint requires members")
    group = scim.new_group(scim.new_user(), scim.new_user())
    scim.patch(group.path, {"op": "remove", "path": "members"}).must.have_status(200, 204)

    scim.read(group).must.lack("members")


@check(
    "rfc7644/3.5.2.2/required",
    MUST,
    "A required attribute cannot be removed: 400 with mutability.",
    needs=["patch", "User"],
)
def required(scim: Scim) -> None:
    """A user without userName is none."""
    user = scim.new_user()
    refused = scim.patch(user.path, {"op": "remove", "path": "userName"})

    refused.must.be_error(400, "mutability")
