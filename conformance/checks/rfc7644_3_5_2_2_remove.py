"""RFC 7644 §3.5.2.2: the PATCH operation remove."""

from conformance.check import MUST, check
from conformance.material.operations import HOME, OTHER, WORK, remove
from conformance.scim import Scim

MEMBERS = ["patch", "User", "Group", "Group.members"]


@check(
    "rfc7644/3.5.2.2/single",
    MUST,
    "A single value that is removed is gone.",
    needs=["patch", "User", "User.displayName", "User.title"],
    catches=["patch-ignores-removals"],
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
    catches=["patch-removes-without-path"],
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
    catches=["patch-removes-part-everywhere", "patch-removes-first-match-only"],
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
    catches=["patch-ignores-removals"],
)
def whole_list(scim: Scim) -> None:
    """The attribute is unassigned then."""
    user = scim.new_user(emails=[{"value": "a@example.com"}, {"value": "b@example.com"}])
    scim.skip_unless("emails" not in scim.smallest_user(), "the endpoint requires emails")
    scim.patch(user.path, {"op": "remove", "path": "emails"}).must.have_status(200, 204)

    scim.read(user).must.lack("emails")


@check(
    "rfc7644/3.5.2.2/member",
    MUST,
    "One member is removed by its id.",
    needs=MEMBERS,
    catches=["patch-removes-part-everywhere"],
)
def member(scim: Scim) -> None:
    """The others stay."""
    leaver, other = scim.new_user(), scim.new_user()
    group = scim.new_group(leaver, other)
    change = {"op": "remove", "path": f'members[value eq "{leaver.id}"]'}
    scim.patch(group.path, change).must.have_status(200, 204)

    ids = [str(m["value"]) for m in scim.read(group).body.items_of("members")]
    scim.require(ids == [other.id], f"only the member {other.id}", ids)


@check(
    "rfc7644/3.5.2.2/members",
    MUST,
    "All members are removed at once.",
    needs=MEMBERS,
    catches=["patch-ignores-removals"],
)
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
    catches=["patch-removes-required", "patch-gives-no-mutability"],
)
def required(scim: Scim) -> None:
    """A user without userName is none."""
    user = scim.new_user()
    refused = scim.patch(user.path, {"op": "remove", "path": "userName"})

    refused.must.be_error(400, "mutability")


EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]
ADDRESSES = ["patch", "User", "User.addresses.locality", "User.addresses.region"]


@check(
    "rfc7644/3.5.2.2/sub-attribute",
    MUST,
    "A path with a dot removes one sub-attribute, and leaves the others.",
    needs=["patch", "User", "User.name.givenName", "User.name.familyName"],
    catches=["patch-removes-whole-complex"],
)
def sub_attribute(scim: Scim) -> None:
    """The given name stays when the family name goes."""
    user = scim.user_with(name={"givenName": "ada", "familyName": "byron"})
    after = scim.change(user, remove("name.familyName"))

    after.must.hold({"name": {"givenName": "ada", "familyName": None}})


@check(
    "rfc7644/3.5.2.2/complex",
    MUST,
    "A complex attribute is removed as a whole.",
    needs=["patch", "User", "User.name.givenName"],
    catches=["patch-keeps-complex"],
)
def complex_value(scim: Scim) -> None:
    """None of its parts stays."""
    scim.skip_unless("name" not in scim.smallest_user(), "the endpoint requires a name")
    user = scim.user_with(name={"givenName": "ada", "familyName": "byron"})
    after = scim.change(user, remove("name"))

    found = after.body.get("name")
    left = {} if found is None else found.value
    parts = [part for part in ("givenName", "familyName") if left.get(part)]
    scim.require(not parts, "no parts of the name", parts)


@check(
    "rfc7644/3.5.2.2/part-of-matching",
    MUST,
    "A filter and a sub-attribute remove that part of the values that match, and no more.",
    needs=ADDRESSES,
    catches=["patch-removes-value-for-part", "patch-removes-part-everywhere"],
)
def part_of_matching(scim: Scim) -> None:
    """The value stays, without that part; the others stay whole."""
    work = {"type": "work", "locality": "a", "region": "north"}
    home = {"type": "home", "locality": "b", "region": "south"}
    user = scim.user_with(addresses=[work, home])
    after = scim.change(user, remove('addresses[type eq "work"].region'))

    after.must.hold({"addresses": [{**work, "region": None}, home]})


@check(
    "rfc7644/3.5.2.2/last-value",
    MUST,
    "When the last value goes, the attribute is unassigned.",
    needs=EMAILS,
    catches=["patch-keeps-the-last-value"],
)
def last_value(scim: Scim) -> None:
    """It is absent or empty, and no shell of a value is left."""
    scim.skip_unless("emails" not in scim.smallest_user(), "the endpoint requires emails")
    user = scim.user_with(emails=[WORK])

    scim.change(user, remove('emails[type eq "work"]')).must.hold({"emails": None})


@check(
    "rfc7644/3.5.2.2/no-match",
    MUST,
    "A filter that matches nothing removes nothing.",
    needs=EMAILS,
    catches=["patch-removes-all-without-match", "patch-removes-first-without-match"],
)
def no_match(scim: Scim) -> None:
    """It is refused with noTarget, or done without effect; what is there stays in either case."""
    user = scim.user_with(emails=[WORK, HOME])
    answer = scim.patch(user.path, remove('emails[type eq "nowhere"]'))

    if not answer.ok:
        answer.must.be_error(400, None, "noTarget")
    scim.read(user).must.hold({"emails": [WORK, HOME]})


@check(
    "rfc7644/3.5.2.2/no-match-members",
    MUST,
    "To remove who is no member leaves the members alone.",
    needs=MEMBERS,
    catches=["patch-removes-all-members-without-match"],
)
def no_match_members(scim: Scim) -> None:
    """The client may be late: somebody else has removed the member already."""
    member, stranger = scim.new_user(), scim.new_user()
    group = scim.group_of(member)
    scim.patch(group.path, remove(f'members[value eq "{stranger.id}"]'))

    scim.read(group).must.hold({"members": [{"value": member.id}]})


@check(
    "rfc7644/3.5.2.2/several-members",
    MUST,
    "Several members are removed in one request.",
    needs=MEMBERS,
    catches=["patch-does-first-operation-only", "patch-does-last-operation-only"],
)
def several_members(scim: Scim) -> None:
    """Each by an operation of its own, as Okta and others do."""
    first, second, third = (scim.new_user() for _ in range(3))
    group = scim.group_of(first, second, third)
    gone = [remove(f'members[value eq "{one.id}"]') for one in (first, second)]

    scim.change(group, *gone).must.hold({"members": [{"value": third.id}]})


@check(
    "rfc7644/3.5.2.2/by-value",
    MUST,
    "One of several values that share a type is removed by its value.",
    needs=EMAILS,
    catches=["patch-removes-all-of-the-type"],
)
def by_value(scim: Scim) -> None:
    """A client knows the value that it wants to be gone, and not its place."""
    second = {"value": "second@example.com", "type": "work"}
    user = scim.user_with(emails=[WORK, second, OTHER])
    after = scim.change(user, remove('emails[value eq "second@example.com"]'))

    after.must.hold({"emails": [WORK, OTHER]})


@check(
    "rfc7644/3.5.2.2/unassigned",
    MUST,
    "To remove what has no value changes nothing.",
    needs=["patch", "User", "User.title", "User.displayName"],
    catches=["patch-fails-on-unassigned"],
)
def unassigned(scim: Scim) -> None:
    """The attribute exists, and is unassigned before and after; a 4xx is no harm, a 5xx is."""
    user = scim.user_with(displayName="ada")
    answer = scim.patch(user.path, remove("title"))

    answer.must.have_status(200, 204, 400)
    scim.read(user).must.hold({"displayName": "ada", "title": None})


@check(
    "rfc7644/3.5.2.2/read-only",
    MUST,
    "A readOnly attribute cannot be removed: 400 with mutability.",
    needs=["patch", "User"],
    catches=["patch-ignores-read-only", "patch-removes-read-only"],
)
def read_only(scim: Scim) -> None:
    """Every resource has an id and meta."""
    user = scim.new_user()
    for path in ("id", "meta"):
        scim.refused(user, remove(path)).must.be_error(400, "mutability")


@check(
    "rfc7644/3.5.2.2/required-kept",
    MUST,
    "A userName whose removal is refused is still there.",
    needs=["patch", "User"],
    catches=["patch-removes-required"],
)
def required_kept(scim: Scim) -> None:
    """By whatever form of the operation it was tried."""
    user = scim.new_user()
    for change in (remove("userName"), {"op": "replace", "path": "userName", "value": None}):
        scim.refused(user, change).must.have_status(400)
