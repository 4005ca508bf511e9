"""RFC 7644 §3.5.2.3: the PATCH operation replace."""

from conformance.check import MAY, MUST, check
from conformance.material.operations import HOME, OTHER, WORK, replace
from conformance.scim import Resource, Scim

EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]


@check(
    "rfc7644/3.5.2.3/single",
    MUST,
    "A single value is replaced.",
    needs=["patch", "User", "User.displayName", "User.title"],
    catches=["patch-ignores-replacements", "patch-loses-other-attributes"],
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
    catches=["patch-ignores-replacements"],
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
    catches=["patch-ignores-values-without-path"],
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
    catches=["patch-ignores-replacements"],
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
    catches=["patch-replaces-whole-complex"],
)
def complex_value(scim: Scim) -> None:
    """A new family name does not take the given name away."""
    user = scim.new_user(name={"givenName": "ada", "familyName": "byron"})
    change = {"op": "replace", "path": "name", "value": {"familyName": "lovelace"}}
    scim.patch(user.path, change).must.have_status(200, 204)

    name = scim.read(user)["name"]
    name["familyName"].must.equal("lovelace")
    name["givenName"].must.equal("ada")


@check(
    "rfc7644/3.5.2.3/list",
    MUST,
    "A list is replaced as a whole.",
    needs=EMAILS,
    catches=["patch-replaces-by-adding"],
)
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
    catches=["patch-ignores-replacements"],
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
    catches=["patch-ignores-replace-without-match"],
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
    catches=["patch-replaces-by-adding"],
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
    catches=["patch-ignores-values-without-path"],
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


@check(
    "rfc7644/3.5.2.3/all-matching",
    MUST,
    "All values that a filter matches are replaced, and not the first alone.",
    needs=EMAILS,
    catches=["patch-replaces-first-match-only"],
)
def all_matching(scim: Scim) -> None:
    """The rule says every matching record."""
    second = {"value": "second@example.com", "type": "work"}
    user = scim.user_with(emails=[WORK, second, HOME])
    after = scim.change(user, replace('emails[type eq "work"].type', "other"))

    moved = [{**email, "type": "other"} for email in (WORK, second)]
    after.must.hold({"emails": [*moved, HOME]})


@check(
    "rfc7644/3.5.2.3/value-path-whole",
    MUST,
    "A filter without a sub-attribute replaces the value that matches, and no others.",
    needs=EMAILS,
    catches=["patch-replaces-list-for-value", "patch-ignores-value-path-objects"],
)
def value_path_whole(scim: Scim) -> None:
    """`value` holds the parts of the new one."""
    user = scim.user_with(emails=[WORK, HOME])
    new = {"value": "new@example.com", "type": "work"}

    scim.change(user, replace('emails[type eq "work"]', new)).must.hold({"emails": [new, HOME]})


@check(
    "rfc7644/3.5.2.3/value-path-by-value",
    MUST,
    "A value is found by its `value`, and its type replaced.",
    needs=EMAILS,
    catches=["patch-filter-knows-type-alone"],
)
def value_path_by_value(scim: Scim) -> None:
    """Any sub-attribute may stand in the filter."""
    user = scim.user_with(emails=[WORK, HOME])
    after = scim.change(user, replace('emails[value eq "home@example.com"].type', "other"))

    after.must.hold({"emails": [WORK, {**HOME, "type": "other"}]})


@check(
    "rfc7644/3.5.2.3/value-path-adds-part",
    MUST,
    "A part that the matching value lacks is set.",
    needs=["patch", "User", "User.addresses.type", "User.addresses.region"],
    catches=["patch-replaces-present-parts-only", "patch-loses-parts-of-matches"],
)
def value_path_adds_part(scim: Scim) -> None:
    """What does not exist a replace treats as an add; the other parts stay."""
    work, home = {"type": "work", "locality": "a"}, {"type": "home", "locality": "b"}
    user = scim.user_with(addresses=[work, home])
    after = scim.change(user, replace('addresses[type eq "work"].region', "north"))

    after.must.hold({"addresses": [{**work, "region": "north"}, {**home, "region": None}]})


@check(
    "rfc7644/3.5.2.3/no-match-changes-nothing",
    MUST,
    "A filter that matches nothing changes nothing.",
    needs=EMAILS,
    catches=["patch-replaces-all-without-match", "patch-creates-without-match"],
)
def no_match_changes_nothing(scim: Scim) -> None:
    """No value is made up, and none is overwritten."""
    user = scim.user_with(emails=[WORK, HOME])

    scim.refused(user, replace('emails[type eq "nowhere"].value', "x@example.com"))


@check(
    "rfc7644/3.5.2.3/sub-attribute",
    MUST,
    "A path with a dot replaces one sub-attribute, and leaves the others.",
    needs=["patch", "User", "User.name.givenName", "User.name.familyName"],
    catches=["patch-replaces-whole-complex"],
)
def sub_attribute(scim: Scim) -> None:
    """Only what the path names changes."""
    user = scim.user_with(name={"givenName": "ada", "familyName": "byron"})
    after = scim.change(user, replace("name.familyName", "lovelace"))

    after.must.hold({"name": {"givenName": "ada", "familyName": "lovelace"}})


@check(
    "rfc7644/3.5.2.3/sub-attribute-of-nothing",
    MUST,
    "A sub-attribute is replaced where the complex attribute had no value.",
    needs=["patch", "User", "User.name.givenName"],
    catches=["patch-needs-the-parent"],
)
def sub_attribute_of_nothing(scim: Scim) -> None:
    """What does not exist a replace treats as an add."""
    user = scim.new_user()

    after = scim.change(user, replace("name.givenName", "ada"))
    after.must.hold({"name": {"givenName": "ada"}})


@check(
    "rfc7644/3.5.2.3/list-absent",
    MUST,
    "A list that has no values is replaced as if it had.",
    needs=EMAILS,
    catches=["patch-adds-to-present-lists-only"],
)
def list_absent(scim: Scim) -> None:
    """Every value that is given is there afterwards."""
    user = scim.new_user()

    scim.change(user, replace("emails", [WORK, HOME])).must.hold({"emails": [WORK, HOME]})


@check(
    "rfc7644/3.5.2.3/list-without-path",
    MUST,
    "A list in a value without a path replaces the whole list.",
    needs=EMAILS,
    catches=["patch-replace-without-path-adds"],
)
def list_without_path(scim: Scim) -> None:
    """Nothing of the old one stays."""
    user = scim.user_with(emails=[WORK, HOME])

    scim.change(user, replace(None, {"emails": [OTHER]})).must.hold({"emails": [OTHER]})


@check(
    "rfc7644/3.5.2.3/complex-without-path",
    MUST,
    "A complex value without a path leaves the parts that it does not name.",
    needs=["patch", "User", "User.name.givenName", "User.name.familyName"],
    catches=["patch-replaces-whole-complex-without-path"],
)
def complex_without_path(scim: Scim) -> None:
    """A complex attribute is changed part by part, however it is named."""
    user = scim.user_with(name={"givenName": "ada", "familyName": "byron"})
    after = scim.change(user, replace(None, {"name": {"familyName": "lovelace"}}))

    after.must.hold({"name": {"givenName": "ada", "familyName": "lovelace"}})


@check(
    "rfc7644/3.5.2.3/value-required",
    MUST,
    "A replace without a value is not carried out as if it had one.",
    needs=["patch", "User", "User.displayName"],
    catches=["patch-fails-without-value"],
)
def value_required(scim: Scim) -> None:
    """It is refused, or taken for null; nothing is made up."""
    user = scim.user_with(displayName="before")
    answer = scim.patch(user.path, {"op": "replace", "path": "displayName"})

    answer.must.have_status(200, 204, 400)
    kept = scim.read(user).body.get("displayName")
    scim.require(kept in (None, "before"), '"before" or no value', str(kept))


@check(
    "rfc7644/3.5.2.3/members-empty",
    MUST,
    "Replaced by an empty list, the members are gone.",
    needs=["patch", "User", "Group", "Group.members"],
    catches=["patch-ignores-empty-lists"],
)
def members_empty(scim: Scim) -> None:
    """An empty list says something, other than no list."""
    scim.skip_unless("members" not in scim.smallest_group(), "the endpoint requires members")
    group = scim.group_of(scim.new_user())

    scim.change(group, replace("members", [])).must.hold({"members": None})


def _with_emails(scim: Scim) -> Resource:
    work = {"value": "work@example.com", "type": "work"}
    return scim.new_user(emails=[work, {"value": "home@example.com", "type": "home"}])


def _must_have(scim: Scim, user: Resource, expected: dict[str, str]) -> None:
    emails = scim.read(user).body.items_of("emails")
    found = {str(email["type"]): str(email["value"]) for email in emails}
    scim.require(found == expected and len(emails) == len(expected), str(expected), found)
