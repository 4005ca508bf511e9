"""RFC 7644 §3.5.2.1: the PATCH operation add."""

from conformance.check import MUST, SHOULD, check
from conformance.expect import Node
from conformance.scim import Scim

EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]
MEMBERS = ["patch", "User", "Group", "Group.members"]


@check(
    "rfc7644/3.5.2.1/single",
    MUST,
    "Added to a single value, a value replaces it.",
    needs=["patch", "User", "User.displayName"],
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
)
def without_path(scim: Scim) -> None:
    """A single value is set, a list gets one more."""
    user = scim.new_user(emails=[{"value": "one@example.com", "type": "work"}])
    value = {"displayName": "ada", "emails": [{"value": "two@example.com", "type": "home"}]}
    scim.patch(user.path, {"op": "add", "value": value}).must.have_status(200, 204)

    after = scim.read(user)
    after["displayName"].must.equal("ada")
    _emails(scim, after["emails"], "one@example.com", "two@example.com")


@check("rfc7644/3.5.2.1/list", MUST, "Added to a list, values join those there.", needs=EMAILS)
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
)
def sub_attribute(scim: Scim) -> None:
    """Only what the path names is changed."""
    user = scim.new_user(name={"givenName": "ada", "familyName": "byron"})
    change = {"op": "add", "path": "name.familyName", "value": "lovelace"}
    scim.patch(user.path, change).must.have_status(200, 204)

    name = scim.read(user)["name"]
    name["familyName"].must.equal("lovelace")
    name["givenName"].must.equal("ada")


@check("rfc7644/3.5.2.1/member", MUST, "A member is added beside those there.", needs=MEMBERS)
def member(scim: Scim) -> None:
    """The most frequent request of all in provisioning."""
    first, second = scim.new_user(), scim.new_user()
    group = scim.new_group(first)
    change = {"op": "add", "path": "members", "value": [{"value": second.id}]}
    scim.patch(group.path, change).must.have_status(200, 204)

    ids = sorted(str(m["value"]) for m in scim.read(group).body.items_of("members"))
    scim.require(ids == sorted([first.id, second.id]), "both members", ids)


@check(
    "rfc7644/3.5.2.1/member-again",
    SHOULD,
    "To add a member who is in already succeeds, and changes nothing.",
    needs=MEMBERS,
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
)
def value_required(scim: Scim) -> None:
    """There is nothing to add."""
    user = scim.new_user()
    refused = scim.patch(user.path, {"op": "add", "path": "displayName"})

    refused.must.be_error(400, None, "invalidValue", "invalidSyntax")


def _emails(scim: Scim, emails: Node, *expected: str) -> None:
    found = sorted(str(email["value"]) for email in emails)
    scim.require(found == sorted(expected), " and ".join(expected), found)
