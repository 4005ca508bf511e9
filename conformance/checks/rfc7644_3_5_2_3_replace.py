"""RFC 7644 §3.5.2.3: the PATCH operation replace."""

from conformance.check import MAY, MUST, check
from conformance.scim import Resource, Scim

EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]


@check(
    "rfc7644/3.5.2.3/single",
    MUST,
    "A single value is replaced.",
    needs=["patch", "User", "User.displayName", "User.title"],
)
def single(scim: Scim) -> None:
    """Other attributes stay as they were."""
    user = scim.new_user(displayName="before", title="engineer")
    change = {"op": "replace", "path": "displayName", "value": "after"}
    scim.patch(user.path, change).must.have_status(200, 204)

    after = scim.read(user)
    after["displayName"].must.equal("after")
    after["title"].must.equal("engineer")


@check(
    "rfc7644/3.5.2.3/active",
    MUST,
    "`active` is replaced by false.",
    needs=["patch", "User", "User.active"],
)
def active(scim: Scim) -> None:
    """This is how leavers are locked out; the user stays readable."""
    user = scim.new_user(active=True)
    change = {"op": "replace", "path": "active", "value": False}
    scim.patch(user.path, change).must.have_status(200, 204)

    scim.read(user)["active"].must.equal(False)


@check(
    "rfc7644/3.5.2.3/without-path",
    MUST,
    "Without a path, `value` holds the attributes to replace, and the others stay.",
    needs=["patch", "User", "User.displayName", "User.title"],
)
def without_path(scim: Scim) -> None:
    """Several identity providers send it in this form alone."""
    user = scim.new_user(displayName="before", title="engineer")
    change = {"op": "replace", "value": {"displayName": "after"}}
    scim.patch(user.path, change).must.have_status(200, 204)

    after = scim.read(user)
    after["displayName"].must.equal("after")
    after["title"].must.equal("engineer")


@check(
    "rfc7644/3.5.2.3/absent",
    MUST,
    "To replace what has no value is to add it.",
    needs=["patch", "User", "User.title"],
)
def absent(scim: Scim) -> None:
    """A client need not know whether there was a value."""
    user = scim.new_user()
    change = {"op": "replace", "path": "title", "value": "engineer"}
    scim.patch(user.path, change).must.have_status(200, 204)

    scim.read(user)["title"].must.equal("engineer")


@check(
    "rfc7644/3.5.2.3/complex",
    MUST,
    "Sub-attributes that a value does not name are left as they are.",
    needs=["patch", "User", "User.name.givenName", "User.name.familyName"],
)
def complex_value(scim: Scim) -> None:
    """A new family name does not take the given name away."""
    user = scim.new_user(name={"givenName": "ada", "familyName": "byron"})
    change = {"op": "replace", "path": "name", "value": {"familyName": "lovelace"}}
    scim.patch(user.path, change).must.have_status(200, 204)

    name = scim.read(user)["name"]
    name["familyName"].must.equal("lovelace")
    name["givenName"].must.equal("ada")


@check("rfc7644/3.5.2.3/list", MUST, "A list is replaced as a whole.", needs=EMAILS)
def whole_list(scim: Scim) -> None:
    """Nothing of the old one stays."""
    user = _with_emails(scim)
    value = [{"value": "new@example.com", "type": "other"}]
    change = {"op": "replace", "path": "emails", "value": value}
    scim.patch(user.path, change).must.have_status(200, 204)

    _must_have(scim, user, {"other": "new@example.com"})


@check(
    "rfc7644/3.5.2.3/matching",
    MUST,
    "A filter in the path replaces a part of the values that match, and no others.",
    needs=EMAILS,
)
def matching(scim: Scim) -> None:
    """`emails[type eq "work"].value` is what Entra ID sends for every e-mail."""
    user = _with_emails(scim)
    change = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "new@example.com"}
    scim.patch(user.path, change).must.have_status(200, 204)

    _must_have(scim, user, {"work": "new@example.com", "home": "home@example.com"})


@check(
    "rfc7644/3.5.2.3/no-match",
    MUST,
    "A filter in the path that matches nothing is refused: 400 with noTarget.",
    needs=EMAILS,
)
def no_match(scim: Scim) -> None:
    """A client learns that there is nothing to replace."""
    user = _with_emails(scim)
    change = {"op": "replace", "path": 'emails[type eq "nowhere"].value', "value": "x@example.com"}

    scim.patch(user.path, change).must.be_error(400, "noTarget")


@check(
    "rfc7644/3.5.2.3/no-match-of-known-type",
    MAY,
    "A filter for a well-known type that no value has is refused as well, with noTarget.",
    needs=EMAILS,
)
def no_match_of_known_type(scim: Scim) -> None:
    """The RFC makes no difference between types. Yet Entra ID asks for `emails[type eq "work"]`
    before there is any, and needs it to be created: an endpoint that does so is only noted.
    """
    user = scim.new_user(emails=[{"value": "home@example.com", "type": "home"}])
    change = {"op": "replace", "path": 'emails[type eq "work"].value', "value": "x@example.com"}

    scim.patch(user.path, change).must.be_error(400, "noTarget")


@check(
    "rfc7644/3.5.2.3/members",
    MUST,
    "The members of a group are replaced as a whole.",
    needs=["patch", "User", "Group", "Group.members"],
)
def members(scim: Scim) -> None:
    """Who is not in the new list is out."""
    old, new = scim.new_user(), scim.new_user()
    group = scim.new_group(old)
    change = {"op": "replace", "path": "members", "value": [{"value": new.id}]}
    scim.patch(group.path, change).must.have_status(200, 204)

    ids = [str(m["value"]) for m in scim.read(group).body.items_of("members")]
    scim.require(ids == [new.id], f"only the member {new.id}", ids)


@check(
    "rfc7644/3.5.2.3/members-kept",
    MUST,
    "To rename a group leaves its members alone.",
    needs=["patch", "User", "Group", "Group.members"],
)
def members_kept(scim: Scim) -> None:
    """What an operation does not name it does not touch."""
    user = scim.new_user()
    group = scim.new_group(user)
    renamed = scim.name()
    change = {"op": "replace", "value": {"displayName": renamed}}
    scim.patch(group.path, change).must.have_status(200, 204)

    after = scim.read(group)
    after["displayName"].must.equal(renamed)
    ids = [str(m["value"]) for m in after.body.items_of("members")]
    scim.require(ids == [user.id], f"the member {user.id}", ids)


def _with_emails(scim: Scim) -> Resource:
    work = {"value": "work@example.com", "type": "work"}
    return scim.new_user(emails=[work, {"value": "home@example.com", "type": "home"}])


def _must_have(scim: Scim, user: Resource, expected: dict[str, str]) -> None:
    emails = scim.read(user).body.items_of("emails")
    found = {str(email["type"]): str(email["value"]) for email in emails}
    scim.require(found == expected and len(emails) == len(expected), str(expected), found)
