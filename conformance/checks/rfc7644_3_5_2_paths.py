"""RFC 7644 §3.5.2: the forms of a path, and what a filter in it chooses."""

from conformance.check import MUST, check
from conformance.material.operations import DEPARTMENT, HOME, OTHER, WORK, add, remove, replace
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER, USER

EMAILS = ["patch", "User", "User.emails.value", "User.emails.type"]
NAMES = ["patch", "User", "User.name.givenName", "User.name.familyName"]
ENTERPRISE = ["patch", "User", "EnterpriseUser.department", "EnterpriseUser.costCenter"]


@check(
    "rfc7644/3.5.2/path-core-urn",
    MUST,
    "A path may begin with the URN of the core schema.",
    needs=["patch", "User", "User.displayName"],
    catches=["patch-knows-no-core-urn", "patch-ignores-core-urn"],
)
def core_urn(scim: Scim) -> None:
    """Figure 7 gives every path an optional URI; the dot in "2.0" is part of that URI."""
    user = scim.user_with(displayName="before")
    after = scim.change(user, replace(f"{USER}:displayName", "after"))

    after.must.hold({"displayName": "after", USER: None})


@check(
    "rfc7644/3.5.2/path-core-urn-filter",
    MUST,
    "A path with a URN may have a filter and a sub-attribute, too.",
    needs=EMAILS,
    catches=["patch-knows-no-core-urn"],
)
def core_urn_filter(scim: Scim) -> None:
    """It names the same values as without the URN."""
    user = scim.user_with(emails=[WORK, HOME])
    change = replace(f'{USER}:emails[type eq "work"].value', "new@example.com")

    scim.change(user, change).must.hold({"emails": [{**WORK, "value": "new@example.com"}, HOME]})


@check(
    "rfc7644/3.5.2/path-urn-case",
    MUST,
    "`urn:ietf:` in a path may be written in any case.",
    needs=ENTERPRISE,
    catches=["patch-takes-urns-by-case"],
)
def urn_case(scim: Scim) -> None:
    """That much of two URNs is compared without regard to case (RFC 8141 §3.1); all else counts."""
    user = scim.new_user()
    after = scim.change(user, add(DEPARTMENT.replace("urn:ietf:", "URN:IETF:"), "tools"))

    after.must.hold({ENTERPRISE_USER: {"department": "tools"}})


@check(
    "rfc7644/3.5.2/path-filter-case",
    MUST,
    "Names and operators in a path's filter may be written in any case.",
    needs=EMAILS,
    catches=["patch-filter-takes-names-by-case"],
)
def filter_case(scim: Scim) -> None:
    """`Type EQ` chooses what `type eq` does (§3.4.2.2)."""
    user = scim.user_with(emails=[WORK, HOME])

    scim.change(user, remove('emails[Type EQ "work"]')).must.hold({"emails": [HOME]})


@check(
    "rfc7644/3.5.2/path-value-case",
    MUST,
    "A text in a path's filter is compared without case, unless the schema says caseExact.",
    needs=EMAILS,
    catches=["patch-filter-compares-exactly"],
)
def value_case(scim: Scim) -> None:
    """The rules of comparison are those of any filter."""
    scim.skip_unless(not scim.claims.case_exact("User", "emails.type"), "type is case-exact here")
    user = scim.user_with(emails=[WORK, HOME])

    scim.change(user, remove('emails[type eq "WORK"]')).must.hold({"emails": [HOME]})


CHOSEN = {
    'type ne "work"': [HOME, OTHER],
    'value co "example.com"': [WORK, HOME],
    'value sw "o"': [OTHER],
    'value ew ".org"': [OTHER],
    "type pr": [WORK, HOME, OTHER],
    'type eq "work" or type eq "home"': [WORK, HOME],
    'type eq "home" and value eq "home@example.com"': [HOME],
    'type eq "home" and value ew "example.com"': [HOME],
    'not (type eq "work")': [HOME, OTHER],
    '(type eq "work" or type eq "other") and value ew ".org"': [OTHER],
}


@check(
    "rfc7644/3.5.2/path-operators",
    MUST,
    "The operators of a path's filter choose what they choose in any filter.",
    needs=EMAILS,
    catches=[
        "patch-filter-ne-as-eq",
        "patch-filter-co-as-eq",
        "patch-filter-sw-as-co",
        "patch-filter-pr-chooses-nothing",
    ],
)
def operators(scim: Scim) -> None:
    """An operator that means something else takes the wrong values away."""
    for condition in (c for c in CHOSEN if " and " not in c and " or " not in c and c[:3] != "not"):
        _try(scim, condition)


@check(
    "rfc7644/3.5.2/path-logic",
    MUST,
    "`and`, `or`, `not` and brackets hold in a path's filter.",
    needs=EMAILS,
    catches=[
        "patch-filter-and-as-or",
        "patch-filter-or-as-and",
        "patch-filter-stops-after-first",
        "patch-filter-forgets-not",
    ],
)
def logic(scim: Scim) -> None:
    """A filter that is cut after its first comparison takes the wrong values away."""
    for condition in (c for c in CHOSEN if " and " in c or " or " in c or c[:3] == "not"):
        _try(scim, condition)


def _try(scim: Scim, condition: str) -> None:
    """Remove what a condition chooses; an endpoint that refuses the operator has said so."""
    user = scim.user_with(emails=[WORK, HOME, OTHER])
    answer = scim.patch(user.path, remove(f"emails[{condition}]"))
    chosen = CHOSEN[condition]
    if answer.status in (400, 501) and answer.body.get("scimType") != "noTarget":
        chosen = []  # which operators it takes is its choice (§3.4.2.2)
    else:
        answer.must.have_status(200, 204)
    left = [email for email in (WORK, HOME, OTHER) if email not in chosen]
    scim.read(user).must.hold({"emails": left or None})


@check(
    "rfc7644/3.5.2/path-literals",
    MUST,
    "Dots, colons, brackets and blanks inside a quoted text are part of the text.",
    needs=["patch", "User", "User.addresses.locality", "User.addresses.region"],
    catches=[
        "patch-splits-literals",
        "patch-drops-after-blank",
        "patch-filter-knows-type-and-value-alone",
    ],
)
def literals(scim: Scim) -> None:
    """A path that is cut at every dot or bracket finds nothing, or something else."""
    odd = "st. john's: [old] (west) and so on"
    address = {"type": "work", "locality": odd, "region": "a"}
    other = {"type": "home", "locality": "st", "region": "b"}
    user = scim.user_with(addresses=[address, other])
    after = scim.change(user, replace(f'addresses[locality eq "{odd}"].region', "c d. e"))

    after.must.hold({"addresses": [{**address, "region": "c d. e"}, other]})


@check(
    "rfc7644/3.5.2/path-escapes",
    MUST,
    "A quoted text in a path is a JSON string, with its escapes.",
    needs=["patch", "User", "User.addresses.locality", "User.addresses.region"],
    catches=["patch-reads-no-escapes"],
)
def escapes(scim: Scim) -> None:
    """Figure 1 takes the text of a comparison from JSON."""
    address = {"type": "work", "locality": 'the "old" town', "region": "a"}
    user = scim.user_with(addresses=[address])
    change = replace(r'addresses[locality eq "the \"old\" town"].region', "b")

    scim.change(user, change).must.hold({"addresses": [{**address, "region": "b"}]})


@check(
    "rfc7644/3.5.2/path-boolean",
    MUST,
    "A filter in a path may compare a boolean.",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["patch-filter-knows-no-boolean"],
)
def boolean(scim: Scim) -> None:
    """`primary eq true` chooses the value that is primary; no quotes are needed."""
    primary = {**WORK, "primary": True}
    user = scim.user_with(emails=[primary, HOME])
    change = replace("emails[primary eq true].value", "new@example.com")

    scim.change(user, change).must.hold({"emails": [{**primary, "value": "new@example.com"}, HOME]})


@check(
    "rfc7644/3.5.2/path-unknown-parts",
    MUST,
    "A path to a part or a schema that does not exist is refused.",
    needs=[*EMAILS, "User.displayName"],
    catches=["patch-ignores-unknown-parts"],
)
def unknown_parts(scim: Scim) -> None:
    """A success would make the client believe that the value is stored (table 9)."""
    user = scim.user_with(emails=[WORK], displayName="ada")
    for path in (
        "name.noSuchPart",
        'emails[type eq "work"].noSuchPart',
        'emails[noSuchPart eq "work"].value',
        "urn:example:params:scim:schemas:none:2.0:User:department",
        f"{ENTERPRISE_USER}:noSuchAttribute",
    ):
        scim.refused(user, replace(path, "x")).must.have_status(400)


@check(
    "rfc7644/3.5.2/path-unknown-every-op",
    MUST,
    "A path to an attribute that does not exist is refused whatever is to be done there.",
    needs=["patch", "User"],
    catches=["patch-ignores-unknown-add", "patch-ignores-unknown-remove"],
)
def unknown_every_op(scim: Scim) -> None:
    """Table 9 has invalidPath or noTarget for it, whichever the endpoint finds first."""
    user = scim.new_user()
    for change in (add("noSuchAttribute", "x"), remove("noSuchAttribute")):
        refused = scim.refused(user, change)
        refused.must.be_error(400, None, "invalidPath", "noTarget", "invalidValue", "invalidSyntax")


@check(
    "rfc7644/3.5.2/path-no-string",
    MUST,
    "A path that is no string is refused.",
    needs=["patch", "User"],
    catches=["patch-takes-any-path"],
)
def no_string(scim: Scim) -> None:
    """It is text by the grammar; a number or a list names nothing."""
    user = scim.new_user()
    for path in (7, ["displayName"], {"path": "displayName"}):
        scim.refused(user, {"op": "replace", "path": path, "value": "x"}).must.have_status(400)


@check(
    "rfc7644/3.5.2/path-filter-on-single",
    MUST,
    "A filter on an attribute that has one value only changes nothing.",
    needs=NAMES,
    catches=["patch-filters-single-values"],
)
def filter_on_single(scim: Scim) -> None:
    """Value paths are for multi-valued attributes; what matches nothing must not be written."""
    user = scim.user_with(name={"givenName": "ada", "familyName": "byron"})
    change = replace('name[givenName eq "nobody"].familyName', "lovelace")

    scim.refused(user, change).must.have_status(400)
