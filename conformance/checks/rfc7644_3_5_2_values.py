"""RFC 7644 §3.5.2: what a PATCH may set: types, mutability, the primary value."""

from typing import Any

from conformance.check import MUST, SHOULD, check
from conformance.expect import covers
from conformance.material.operations import HOME, OTHER, WORK, add, remove, replace
from conformance.scim import Resource, Scim
from scim_protocol.urns import ENTERPRISE_USER

EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]
PRIMARY = [*EMAILS, "User.emails.primary"]
IS_PRIMARY = {**WORK, "primary": True}


@check(
    "rfc7644/3.5.2/wrong-types",
    MUST,
    "A value of another type than the attribute's is refused, or read as the right one.",
    needs=[*EMAILS, "User.active", "User.displayName", "User.name.givenName"],
    catches=["patch-ignores-wrong-types", "patch-fails-on-wrong-types"],
)
def wrong_types(scim: Scim) -> None:
    """What is stored has the type that the schema says; an object is no text in any reading."""
    user = scim.user_with(displayName="ada", active=True, emails=[WORK], name={"givenName": "ada"})
    for path, value in (
        ("displayName", {"x": "nonsense"}),
        ("displayName", ["one", "two"]),
        ("active", "nonsense"),
        ("name", "ada"),
        ("name.givenName", {"x": "nonsense"}),
        ('emails[type eq "work"].value', {"x": "nonsense"}),
        ("emails", [7]),
    ):
        scim.refused(user, replace(path, value)).must.have_status(400)


@check(
    "rfc7644/3.5.2/wrong-type-without-path",
    MUST,
    "Without a path, a value of the wrong type is refused as well.",
    needs=["patch", "User", "User.active"],
    catches=["patch-checks-types-by-path-only"],
)
def wrong_type_without_path(scim: Scim) -> None:
    """An account that stays active after a 200 is the worst of surprises."""
    user = scim.user_with(active=True)

    refused = scim.refused(user, replace(None, {"active": "nonsense"}))
    refused.must.be_error(400, None, "invalidValue", "invalidSyntax")


@check(
    "rfc7644/3.5.2/boolean-text",
    MUST,
    'The text "False" for `active` is refused, or means false.',
    needs=["patch", "User", "User.active"],
    catches=["patch-reads-any-text-as-true", "patch-ignores-text-for-boolean"],
)
def boolean_text(scim: Scim) -> None:
    """Entra ID sends it. A 200 that leaves the account open locks nobody out."""
    user = scim.user_with(active=True)
    answer = scim.patch(user.path, replace("active", "False"))

    expected = not answer.ok
    if not answer.ok:
        answer.must.have_status(400)
    scim.read(user)["active"].must.equal(expected)


@check(
    "rfc7644/3.5.2/read-only-parts",
    MUST,
    "Attributes that the endpoint alone sets are refused with mutability, however they are named.",
    needs=["patch", "User"],
    catches=["patch-ignores-read-only", "patch-takes-meta"],
)
def read_only_parts(scim: Scim) -> None:
    """`id` and `meta` are readOnly in every schema (RFC 7643 §3.1)."""
    user = scim.new_user()
    for path, value in (
        ("id", scim.name()),
        ("meta.resourceType", "Robot"),
        ("meta.created", "1999-01-01T00:00:00Z"),
        ("meta", {"resourceType": "Robot"}),
    ):
        scim.refused(user, replace(path, value)).must.be_error(400, None, "mutability")


@check(
    "rfc7644/3.5.2/read-only-kept",
    MUST,
    "A readOnly attribute is not changed by a value without a path, nor removed.",
    needs=["patch", "User"],
    catches=["patch-writes-read-only-without-path", "patch-removes-read-only"],
)
def read_only_kept(scim: Scim) -> None:
    """A client that sends back what it read may be answered 200 or 400; the id stays."""
    user = scim.new_user()
    forged = scim.name()
    for change in (replace(None, {"id": forged}), add(None, {"id": forged}), remove("id")):
        scim.patch(user.path, change)

        scim.read(user)["id"].must.equal(user.id)


@check(
    "rfc7644/3.5.2/groups-read-only",
    MUST,
    "A user's `groups` cannot be changed by a PATCH of the user.",
    needs=["patch", "User", "Group", "Group.members"],
    catches=["patch-writes-groups"],
)
def groups_read_only(scim: Scim) -> None:
    """Membership is a matter of the group (RFC 7643 §4.1.2)."""
    declared = scim.claims.attribute("User", "groups") or {}
    scim.skip_unless(declared.get("mutability") == "readOnly", "the schema has no readOnly groups")
    user, group = scim.new_user(), scim.new_group()

    scim.refused(user, add("groups", [{"value": group.id}])).must.be_error(400, None, "mutability")


def _primaries(scim: Scim, user: Resource) -> list[str]:
    emails = scim.read(user).body.items_of("emails")
    return [str(email["value"]) for email in emails if email.value.get("primary") is True]


def _one_primary(scim: Scim, user: Resource, value: str) -> None:
    """Demand one primary value; the former one is still there, with all that it had."""
    found = _primaries(scim, user)
    scim.require(found == [value], f"{value} alone as primary", found)
    emails = scim.read(user).body.value["emails"]
    scim.require(any(covers(one, WORK) for one in emails), f"{WORK} still there", emails)


@check(
    "rfc7644/3.5.2/primary-added",
    MUST,
    "A value that is added as primary takes that from the others.",
    needs=PRIMARY,
    catches=[
        "patch-keeps-two-primaries",
        "patch-keeps-the-old-primary",
        "patch-drops-the-old-primary",
    ],
)
def primary_added(scim: Scim) -> None:
    """The endpoint SHALL set the former one to false."""
    user = scim.user_with(emails=[IS_PRIMARY])
    scim.change(user, add("emails", [{**HOME, "primary": True}]))

    _one_primary(scim, user, "home@example.com")


@check(
    "rfc7644/3.5.2/primary-without-path",
    MUST,
    "So does one that is added without a path.",
    needs=PRIMARY,
    catches=["patch-keeps-two-primaries"],
)
def primary_without_path(scim: Scim) -> None:
    """The form of the operation makes no difference."""
    user = scim.user_with(emails=[IS_PRIMARY])
    scim.change(user, add(None, {"emails": [{**HOME, "primary": True}]}))

    _one_primary(scim, user, "home@example.com")


@check(
    "rfc7644/3.5.2/primary-in-value",
    MUST,
    "So does one that is replaced by a value path, as a whole.",
    needs=PRIMARY,
    catches=["patch-keeps-two-primaries"],
)
def primary_in_value(scim: Scim) -> None:
    """`emails[type eq "home"]` with `primary` in the value."""
    user = scim.user_with(emails=[IS_PRIMARY, HOME])
    scim.change(user, replace('emails[type eq "home"]', {**HOME, "primary": True}))

    _one_primary(scim, user, "home@example.com")


@check(
    "rfc7644/3.5.2/primary-kept",
    MUST,
    "A change of another value leaves the primary one primary.",
    needs=PRIMARY,
    catches=["patch-clears-primary-always"],
)
def primary_kept(scim: Scim) -> None:
    """Only a new primary takes it away."""
    user = scim.user_with(emails=[IS_PRIMARY, HOME])
    scim.change(user, add("emails", [OTHER]))
    scim.change(user, replace('emails[type eq "home"].value', "new@example.com"))
    scim.change(user, replace('emails[type eq "home"].primary', False))

    _one_primary(scim, user, "work@example.com")


@check(
    "rfc7644/3.5.2.3/active-again",
    MUST,
    "`active` is replaced in either form, there and back.",
    needs=["patch", "User", "User.active"],
    catches=[
        "patch-never-reactivates",
        "patch-ignores-active-without-path",
        "patch-deletes-inactive",
    ],
)
def active_again(scim: Scim) -> None:
    """Leavers come back, and are still the same user."""
    user = scim.user_with(active=True)
    for value in (False, True):
        for change in (replace(None, {"active": value}), replace("active", value)):
            scim.change(user, replace("active", not value))
            scim.change(user, change).must.hold({"active": value})


@check(
    "rfc7644/3.5.2/null",
    MUST,
    "To replace a value by null is to take it away.",
    needs=["patch", "User", "User.title"],
    catches=["patch-ignores-null", "patch-stores-null-as-text"],
)
def null(scim: Scim) -> None:
    """null and unassigned are one state (RFC 7643 §2.5)."""
    user = scim.user_with(title="engineer")

    scim.change(user, replace("title", None)).must.hold({"title": None})


@check(
    "rfc7644/3.5.2/empty-list",
    MUST,
    "To replace a list by an empty one is to take all its values away.",
    needs=EMAILS,
    catches=["patch-ignores-empty-lists"],
)
def empty_list(scim: Scim) -> None:
    """An empty list and unassigned are one state (RFC 7643 §2.5)."""
    scim.skip_unless("emails" not in scim.smallest_user(), "the endpoint requires emails")
    user = scim.user_with(emails=[WORK, HOME])

    scim.change(user, replace("emails", [])).must.hold({"emails": None})


EXTENSION = ["patch", "User", "EnterpriseUser.department", "EnterpriseUser.costCenter"]


def _with_extension(scim: Scim, **values: Any) -> Resource:
    schemas = [*scim.smallest_user()["schemas"], ENTERPRISE_USER]
    user = scim.new_user(schemas=list(dict.fromkeys(schemas)), **{ENTERPRISE_USER: values})
    scim.read(user).given.hold({ENTERPRISE_USER: values})
    return user


@check(
    "rfc7644/3.5.2/extension-without-path",
    MUST,
    "Without a path, an extension's attributes stand in an object under its URN.",
    needs=EXTENSION,
    catches=["patch-replaces-whole-extensions", "patch-drops-extensions-without-path"],
)
def extension_without_path(scim: Scim) -> None:
    """It is how the resource itself holds them; those that are not named stay."""
    user = _with_extension(scim, department="tools", costCenter="7")
    for make, value in ((add, "toys"), (replace, "games")):
        after = scim.change(user, make(None, {ENTERPRISE_USER: {"department": value}}))

        after.must.hold({ENTERPRISE_USER: {"department": value, "costCenter": "7"}})


@check(
    "rfc7644/3.5.2/extension-replace",
    MUST,
    "An attribute of an extension is replaced by its URN, and the others stay.",
    needs=EXTENSION,
    catches=["patch-writes-extensions-into-core", "patch-loses-rest-of-extension"],
)
def extension_replace(scim: Scim) -> None:
    """It belongs under the URN, and nowhere else."""
    user = _with_extension(scim, department="tools", costCenter="7")
    after = scim.change(user, replace(f"{ENTERPRISE_USER}:department", "toys"))

    after.must.hold({ENTERPRISE_USER: {"department": "toys", "costCenter": "7"}})
    after.must.lack("department")
    after.must.lack(f"{ENTERPRISE_USER}:department")


@check(
    "rfc7644/3.5.2/extension-remove",
    MUST,
    "An attribute of an extension is removed by its URN, and the others stay.",
    needs=EXTENSION,
    catches=["patch-removes-whole-extensions", "patch-ignores-extension-removals"],
)
def extension_remove(scim: Scim) -> None:
    """Only what the path names goes."""
    user = _with_extension(scim, department="tools", costCenter="7")
    after = scim.change(user, remove(f"{ENTERPRISE_USER}:department"))

    after.must.hold({ENTERPRISE_USER: {"department": None, "costCenter": "7"}})


@check(
    "rfc7644/3.5.2/extension-sub-attribute",
    MUST,
    "A path may go on from the URN to a sub-attribute: `…:User:manager.value`.",
    needs=["patch", "User", "EnterpriseUser.manager.value"],
    catches=["patch-knows-no-parts-of-extensions"],
)
def extension_sub_attribute(scim: Scim) -> None:
    """The manager is a user whom we made: endpoints may check that there is one."""
    boss, user = scim.new_user(), scim.new_user()
    after = scim.change(user, add(f"{ENTERPRISE_USER}:manager.value", boss.id))

    after.must.hold({ENTERPRISE_USER: {"manager": {"value": boss.id}}})


@check(
    "rfc7644/3.5.2/manager",
    MUST,
    "A manager is set as an object with the other user's id, and is shown as one.",
    needs=["patch", "User", "EnterpriseUser.manager.value"],
    catches=["manager-as-text"],
)
def manager(scim: Scim) -> None:
    """`manager` is complex (RFC 7643 §4.3): a bare text leads clients to patch it for ever."""
    boss, user = scim.new_user(), scim.new_user()
    after = scim.change(user, add(f"{ENTERPRISE_USER}:manager", {"value": boss.id}))

    after.must.hold({ENTERPRISE_USER: {"manager": {"value": boss.id}}})


@check(
    "rfc7644/3.5.2/text-kept",
    SHOULD,
    "A text is stored as it is sent, whatever is in it.",
    needs=["patch", "User", "User.displayName"],
    catches=["patch-mangles-text"],
)
def text_kept(scim: Scim) -> None:
    """Quotes, brackets, operators and other scripts are nothing special in a value."""
    user = scim.new_user()
    for text in ('a "b" [c] eq {d} \\ e', "Łukasz 李 😀", "true", "null", "007"):
        scim.change(user, replace("displayName", text)).must.hold({"displayName": text})
