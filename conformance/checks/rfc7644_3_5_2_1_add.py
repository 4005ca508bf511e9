"""RFC 7644 §3.5.2.1: the PATCH operation add."""

from conformance.check import MUST, SHOULD, check
from conformance.expect import Node
from conformance.material.operations import HOME, OTHER, WORK, add
from conformance.scim import Scim

EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]
MEMBERS = ["patch", "User", "Group", "Group.members"]


@check(
    "rfc7644/3.5.2.1/single",
    MUST,
    "Added to a single value, a value replaces it.",
    needs=["patch", "User", "User.displayName"],
    catches=["patch-ignores-adds"],
)
def single(scim: Scim) -> None:
    """Whether it was there before makes no difference."""
    user = scim.new_user(displayName="before")
    change = {"op": "add", "path": "displayName", "value": "after"}
    scim.patch(user.path, change).must.have_status(200, 204)

    scim.read(user)["displayName"].must.equal("after")


@check(
    "rfc7644/3.5.2.1/without-path",
    MUST,
    "Without a path, `value` holds attributes of the resource.",
    needs=[*EMAILS, "User.displayName"],
    catches=["patch-ignores-values-without-path"],
)
def without_path(scim: Scim) -> None:
    """A single value is set, a list gets one more."""
    user = scim.new_user(emails=[{"value": "one@example.com", "type": "work"}])
    value = {"displayName": "ada", "emails": [{"value": "two@example.com", "type": "home"}]}
    scim.patch(user.path, {"op": "add", "value": value}).must.have_status(200, 204)

    after = scim.read(user)
    after["displayName"].must.equal("ada")
    _emails(scim, after["emails"], "one@example.com", "two@example.com")


@check(
    "rfc7644/3.5.2.1/list",
    MUST,
    "Added to a list, values join those there.",
    needs=EMAILS,
    catches=["patch-adds-by-replacing"],
)
def joins_list(scim: Scim) -> None:
    """An add that replaces the list loses what others put there."""
    user = scim.new_user(emails=[{"value": "one@example.com", "type": "work"}])
    value = [{"value": "two@example.com", "type": "home"}]
    change = {"op": "add", "path": "emails", "value": value}
    scim.patch(user.path, change).must.have_status(200, 204)

    _emails(scim, scim.read(user)["emails"], "one@example.com", "two@example.com")


@check(
    "rfc7644/3.5.2.1/sub-attribute",
    MUST,
    "A path with a dot sets one sub-attribute, and leaves the others.",
    needs=["patch", "User", "User.name.givenName", "User.name.familyName"],
    catches=["patch-ignores-adds"],
)
def sub_attribute(scim: Scim) -> None:
    """Only what the path names is changed."""
    user = scim.new_user(name={"givenName": "ada", "familyName": "byron"})
    change = {"op": "add", "path": "name.familyName", "value": "lovelace"}
    scim.patch(user.path, change).must.have_status(200, 204)

    name = scim.read(user)["name"]
    name["familyName"].must.equal("lovelace")
    name["givenName"].must.equal("ada")


@check(
    "rfc7644/3.5.2.1/member",
    MUST,
    "A member is added beside those there.",
    needs=MEMBERS,
    catches=["patch-adds-by-replacing", "patch-ignores-adds"],
)
def member(scim: Scim) -> None:
    """The most frequent request of all in provisioning."""
    first, second = scim.new_user(), scim.new_user()
    group = scim.group_of(first)
    change = {"op": "add", "path": "members", "value": [{"value": second.id}]}
    scim.patch(group.path, change).must.have_status(200, 204)

    ids = sorted(str(m["value"]) for m in scim.read(group).body.items_of("members"))
    scim.require(ids == sorted([first.id, second.id]), "both members", ids)


@check(
    "rfc7644/3.5.2.1/member-again",
    SHOULD,
    "To add a member who is in already succeeds, and changes nothing.",
    needs=MEMBERS,
    catches=["members-twice"],
)
def member_again(scim: Scim) -> None:
    """A client repeats what it is not sure of."""
    user = scim.new_user()
    group = scim.new_group(user)
    change = {"op": "add", "path": "members", "value": [{"value": user.id}]}
    scim.patch(group.path, change).must.have_status(200, 204)

    ids = [str(m["value"]) for m in scim.read(group).body.items_of("members")]
    scim.require(ids == [user.id], "the member once", ids)


@check(
    "rfc7644/3.5.2.1/value-required",
    MUST,
    "An add without a value is refused.",
    needs=["patch", "User", "User.displayName"],
    catches=["patch-takes-no-value"],
)
def value_required(scim: Scim) -> None:
    """There is nothing to add."""
    user = scim.new_user()
    refused = scim.patch(user.path, {"op": "add", "path": "displayName"})

    refused.must.be_error(400, None, "invalidValue", "invalidSyntax")


@check(
    "rfc7644/3.5.2.1/first-values",
    MUST,
    "Added to a list that has no values, values become its values.",
    needs=EMAILS,
    catches=["patch-adds-first-value-only", "patch-adds-to-present-lists-only"],
)
def first_values(scim: Scim) -> None:
    """All that are given, and not the first alone."""
    scim.skip_unless("emails" not in scim.smallest_user(), "the endpoint requires emails")
    user = scim.new_user()

    scim.change(user, add("emails", [WORK, HOME])).must.hold({"emails": [WORK, HOME]})


@check(
    "rfc7644/3.5.2.1/value-again",
    SHOULD,
    "A value that is there already is not added again.",
    needs=EMAILS,
    catches=["patch-adds-duplicates"],
)
def value_again(scim: Scim) -> None:
    """No change is made, and that is a success."""
    user = scim.user_with(emails=[WORK, HOME])

    scim.change(user, add("emails", [WORK])).must.hold({"emails": [WORK, HOME]})


@check(
    "rfc7644/3.5.2.1/timestamp-kept",
    MUST,
    "An add that changes nothing leaves meta.lastModified alone.",
    needs=EMAILS,
    catches=["patch-always-moves-last-modified"],
)
def timestamp_kept(scim: Scim) -> None:
    """Else every repetition makes clients believe that somebody was changed."""
    user = scim.user_with(emails=[WORK, HOME])
    before = scim.read(user)
    after = scim.change(user, add("emails", [WORK]))
    changed = len(after.body.items_of("emails")) != 2
    stamp = before["meta"].get("lastModified")
    scim.skip_unless(not changed and stamp is not None, "the add is not without effect here")

    after["meta"]["lastModified"].must.equal(stamp)


@check(
    "rfc7644/3.5.2.1/value-path",
    MUST,
    "An add with a filter in its path goes to the values that match, and to no others.",
    needs=["patch", "User", "User.addresses.type", "User.addresses.locality"],
    catches=["patch-add-ignores-filters", "patch-refuses-add-by-filter"],
)
def value_path(scim: Scim) -> None:
    """A part of one address is set where it was not."""
    work, home = {"type": "work", "locality": "a"}, {"type": "home", "locality": "b"}
    user = scim.user_with(addresses=[work, home])
    after = scim.change(user, add('addresses[type eq "work"].region', "north"))

    after.must.hold({"addresses": [{**work, "region": "north"}, {**home, "region": None}]})


@check(
    "rfc7644/3.5.2.1/complex",
    MUST,
    "Added to a complex attribute, the parts that are given are set.",
    needs=["patch", "User", "User.name.givenName", "User.name.familyName"],
    catches=["patch-adds-no-complex-values"],
)
def complex_value(scim: Scim) -> None:
    """Where there was no name, there is one; where there was, its parts have the new values."""
    fresh, named = scim.new_user(), scim.user_with(name={"familyName": "byron"})
    value = {"givenName": "ada", "familyName": "lovelace"}
    for user in (fresh, named):
        scim.change(user, add("name", value)).must.hold({"name": value})


@check(
    "rfc7644/3.5.2.1/sub-attribute-of-nothing",
    MUST,
    "A path with a dot works where the complex attribute had no value.",
    needs=["patch", "User", "User.name.givenName"],
    catches=["patch-needs-the-parent"],
)
def sub_attribute_of_nothing(scim: Scim) -> None:
    """What does not exist is created by an add."""
    user = scim.new_user()
    after = scim.change(user, add("name.givenName", "ada"))

    after.must.hold({"name": {"givenName": "ada"}})


@check(
    "rfc7644/3.5.2.1/without-path-case",
    MUST,
    "The names in a value without a path may be written in any case.",
    needs=["patch", "User", "User.displayName"],
    catches=["patch-takes-names-by-case"],
)
def without_path_case(scim: Scim) -> None:
    """Attribute names are case-insensitive (RFC 7643 §2.1)."""
    user = scim.user_with(displayName="before")
    after = scim.change(user, add(None, {"DISPLAYNAME": "after"}))

    after.must.hold({"displayName": "after"})


@check(
    "rfc7644/3.5.2.1/several-members",
    MUST,
    "Several members are added at once.",
    needs=MEMBERS,
    catches=["patch-adds-first-member-only"],
)
def several_members(scim: Scim) -> None:
    """In one operation or in several of one request."""
    there, second, third, fourth = (scim.new_user() for _ in range(4))
    group = scim.group_of(there)
    scim.change(
        group,
        add("members", [{"value": second.id}, {"value": third.id}]),
        add("members", [{"value": fourth.id}]),
    ).must.hold({"members": [{"value": one.id} for one in (there, second, third, fourth)]})


@check(
    "rfc7644/3.5.2.1/member-without-path",
    MUST,
    "A member is added without a path, too.",
    needs=MEMBERS,
    catches=["patch-add-without-path-replaces-members"],
)
def member_without_path(scim: Scim) -> None:
    """`value` is an object with `members` in it then; those there stay."""
    there, new = scim.new_user(), scim.new_user()
    group = scim.group_of(there)
    after = scim.change(group, add(None, {"members": [{"value": new.id}]}))

    after.must.hold({"members": [{"value": there.id}, {"value": new.id}]})


@check(
    "rfc7644/3.5.2.1/list-kept",
    MUST,
    "What is added beside a value leaves that value whole.",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["patch-add-strips-values"],
)
def list_kept(scim: Scim) -> None:
    """Type and primary of those there are no concern of the new one."""
    work = {**WORK, "primary": True}
    user = scim.user_with(emails=[work])

    scim.change(user, add("emails", [OTHER])).must.hold({"emails": [work, OTHER]})


def _emails(scim: Scim, emails: Node, *expected: str) -> None:
    found = sorted(str(email["value"]) for email in emails)
    scim.require(found == sorted(expected), " and ".join(expected), found)
