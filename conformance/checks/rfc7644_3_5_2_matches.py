"""RFC 7644 §3.5.2: which values a filter in a path reaches: all that match, and no others."""

from conformance.check import MUST, check
from conformance.expect import covers
from conformance.material.operations import HOME, OTHER, WORK, add, remove, replace
from conformance.scim import Scim

EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]
ADDRESSES = ["patch", "User", "User.addresses.type", "User.addresses.locality"]
MEMBERS = ["patch", "User", "Group", "Group.members"]
SECOND = {"value": "second@example.com", "type": "work"}


@check(
    "rfc7644/3.5.2.3/all-matching-whole",
    MUST,
    "A value replaces all that a filter matches, when it is given as a whole, too.",
    needs=EMAILS,
    catches=["patch-replaces-first-whole-match"],
)
def all_matching_whole(scim: Scim) -> None:
    """The rule says all matching records."""
    user = scim.user_with(emails=[WORK, SECOND, HOME])
    new = {"value": "new@example.com", "type": "other"}
    after = scim.change(user, replace('emails[type eq "work"]', new))

    emails = after.body.value.get("emails") or []
    types = sorted(str(email.get("type")) for email in emails)
    scim.require("work" not in types, "no value of the type work", emails)
    scim.require(any(covers(email, HOME) for email in emails), f"{HOME} as it was", emails)


@check(
    "rfc7644/3.5.2/part-of-all",
    MUST,
    "A part is added to, and removed from, all values that a filter matches.",
    needs=[*ADDRESSES, "User.addresses.region"],
    catches=["patch-adds-to-first-match", "patch-removes-part-of-first-match"],
)
def part_of_all(scim: Scim) -> None:
    """And not to the first of them alone."""
    works = [{"type": "work", "locality": place} for place in ("a", "b")]
    home = {"type": "home", "locality": "c"}
    user = scim.user_with(addresses=[*works, home])

    after = scim.change(user, add('addresses[type eq "work"].region', "north"))
    marked = [{**one, "region": "north"} for one in works]
    after.must.hold({"addresses": [*marked, {**home, "region": None}]})

    after = scim.change(user, remove('addresses[type eq "work"].region'))
    after.must.hold({"addresses": [{**one, "region": None} for one in (*works, home)]})


@check(
    "rfc7644/3.5.2/part-of-mail",
    MUST,
    "A part of an e-mail is set, removed, and found by a filter, like any other part.",
    needs=[*EMAILS, "User.emails.display"],
    catches=["patch-adds-displays-to-first-match", "patch-removes-mail-for-its-display"],
)
def part_of_mail(scim: Scim) -> None:
    """Where there are no addresses it is these that have parts."""
    odd = "a. [b]: c"
    emails = [WORK, SECOND, HOME]
    user = scim.user_with(emails=emails)
    after = scim.change(user, add('emails[type eq "work"].display', odd))
    after.must.hold({"emails": [{**WORK, "display": odd}, {**SECOND, "display": odd}, HOME]})

    scim.change(user, add('emails[type eq "home"].display', "home [x]: y"))
    after = scim.change(user, replace('emails[display eq "home [x]: y"].value', "new@example.com"))
    left = [WORK, SECOND, {**HOME, "value": "new@example.com"}]
    after.must.hold({"emails": left})

    after = scim.change(user, remove('emails[type eq "work"].display'))
    after.must.hold({"emails": left})
    shown = [one.get("display") for one in after.body.value["emails"]]
    scim.require(odd not in shown, f"no display {odd!r}", shown)


@check(
    "rfc7644/3.5.2/no-list",
    MUST,
    "A filter matches nothing where the attribute has no values at all.",
    needs=EMAILS,
    catches=["patch-creates-in-empty-lists", "patch-fails-in-empty-lists"],
)
def no_list(scim: Scim) -> None:
    """A replace is refused with noTarget, a removal has no effect; neither is a 5xx."""
    scim.skip_unless("emails" not in scim.smallest_user(), "the endpoint requires emails")
    user = scim.new_user()
    scim.read(user).given.hold({"emails": None})
    path = 'emails[type eq "nowhere"]'

    scim.refused(user, replace(f"{path}.value", "x@example.com")).must.be_error(400, "noTarget")
    scim.patch(user.path, remove(path)).must.be_no_failure()
    scim.read(user).must.hold({"emails": None})


@check(
    "rfc7644/3.5.2/part-case",
    MUST,
    "A part may be written in any case, behind a dot and behind a filter.",
    needs=[*EMAILS, "User.name.givenName", "User.name.familyName"],
    catches=["patch-takes-paths-of-parts-by-case"],
)
def part_case(scim: Scim) -> None:
    """Attribute names are case-insensitive (RFC 7643 §2.1), all of them."""
    user = scim.user_with(emails=[WORK, HOME], name={"givenName": "ada"})
    after = scim.change(
        user,
        replace('emails[type eq "work"].VALUE', "new@example.com"),
        add("NAME.FamilyName", "byron"),
    )

    after.must.hold({"emails": [{**WORK, "value": "new@example.com"}, HOME]})
    after.must.hold({"name": {"givenName": "ada", "familyName": "byron"}})


@check(
    "rfc7644/3.5.2.2/members-of-a-filter",
    MUST,
    "All members that a filter names are removed, and no others.",
    needs=MEMBERS,
    catches=["patch-removes-first-named-member"],
)
def members_of_a_filter(scim: Scim) -> None:
    """Two ids with `or` between them; an endpoint that does not know `or` refuses it."""
    first, second, third = (scim.new_user() for _ in range(3))
    group = scim.group_of(first, second, third)
    either = f'value eq "{first.id}" or value eq "{second.id}"'
    answer = scim.patch(group.path, remove(f"members[{either}]"))

    left = [third] if answer.ok else [first, second, third]
    scim.read(group).must.hold({"members": [{"value": one.id} for one in left]})


@check(
    "rfc7644/3.5.2.3/nothing-of-the-old",
    MUST,
    "Of a list that is replaced no part of the old values is left in the new ones.",
    needs=[*EMAILS, "User.emails.display"],
    catches=["patch-merges-values-by-type"],
)
def nothing_of_the_old(scim: Scim) -> None:
    """A new e-mail of the same type does not inherit the display of the old."""
    user = scim.user_with(emails=[{**WORK, "display": "of the old"}])
    for change in (replace("emails", [SECOND]), replace(None, {"emails": [SECOND]})):
        scim.change(user, replace("emails", [{**WORK, "display": "of the old"}]))
        shown = str(scim.change(user, change).body.value.get("emails"))
        scim.require("of the old" not in shown, "no display of the old value", shown)


@check(
    "rfc7644/3.5.1/nothing-of-the-old",
    MUST,
    "So it is in a replacement.",
    needs=["User", "User.emails.value", "User.emails.type", "User.emails.display"],
    catches=["put-merges-values-by-type"],
)
def put_nothing_of_the_old(scim: Scim) -> None:
    """The values given SHALL replace those there, and a value has its parts from one request."""
    user = scim.user_with(emails=[{**WORK, "display": "of the old"}])
    body = scim.smallest_user(userName=str(user["userName"]), emails=[SECOND])
    scim.put(user.path, body).must.have_status(200)

    shown = str(scim.read(user).body.value.get("emails"))
    scim.require("of the old" not in shown, "no display of the old value", shown)


@check(
    "rfc7644/3.5.2.1/nothing",
    MUST,
    "To add an empty list adds nothing, and takes nothing away.",
    needs=EMAILS,
    catches=["patch-empties-by-adding-nothing"],
)
def nothing(scim: Scim) -> None:
    """It is done without effect, or refused."""
    user = scim.user_with(emails=[WORK, HOME])
    for change in (add("emails", []), add(None, {"emails": []})):
        scim.patch(user.path, change).must.be_no_failure()

        scim.read(user).must.hold({"emails": [WORK, HOME]})


@check(
    "rfc7644/3.5.2/primary-by-add",
    MUST,
    "A part `primary` that is added to a value takes it from the others.",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["patch-adds-a-second-primary"],
)
def primary_by_add(scim: Scim) -> None:
    """As where it is replaced."""
    user = scim.user_with(emails=[{**WORK, "primary": True}, HOME])
    after = scim.change(user, add('emails[type eq "home"].primary', True))

    emails = after.body.value["emails"]
    found = [one["value"] for one in emails if one.get("primary") is True]
    scim.require(found == [HOME["value"]], f"{HOME['value']} alone as primary", found)


@check(
    "rfc7644/3.5.2/two-primaries",
    MUST,
    "A PATCH that brings two primary values is refused, or leaves one of them.",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["patch-stores-two-primaries"],
)
def two_primaries(scim: Scim) -> None:
    """`primary` true MUST appear once at most (RFC 7643 §2.4)."""
    both = [{**HOME, "primary": True}, {**OTHER, "primary": True}]
    for change in (replace("emails", both), add("emails", both), replace(None, {"emails": both})):
        user = scim.user_with(emails=[WORK])
        scim.patch(user.path, change).must.have_status(200, 204, 400)

        emails = scim.read(user).body.value.get("emails") or []
        found = [one.get("value") for one in emails if one.get("primary") is True]
        scim.require(len(found) <= 1, "one primary value at most", found)
