"""RFC 7644 §3.4.2.2: filters, tried on four users that the suite made."""

from conformance.check import MUST, check
from conformance.expect import Node
from conformance.scim import Scim
from scim_protocol.urns import USER

USERS = ["filter", "User"]


@check("rfc7644/3.4.2.2/eq", MUST, "`eq` finds what is identical.", needs=USERS)
def eq(scim: Scim) -> None:
    """Matching accounts by userName is the first thing that every client does."""
    scim.people.must_find(f'userName eq "{scim.people.name("b")}"', "b")


@check("rfc7644/3.4.2.2/eq-part", MUST, "`eq` does not find what only begins alike.", needs=USERS)
def eq_part(scim: Scim) -> None:
    """Else a client takes over another person's account."""
    scim.people.must_find(f'userName eq "{scim.people.name("b")[:-2]}"', "")


@check("rfc7644/3.4.2.2/ne", MUST, "`ne` finds what is not identical.", needs=USERS)
def ne(scim: Scim) -> None:
    """Tried on userName, which all have: the RFC leaves open whether an absent value differs."""
    scim.people.must_find(scim.people.among(f'userName ne "{scim.people.name("b")}"'), "acd")


@check("rfc7644/3.4.2.2/co", MUST, "`co` finds what contains a text.", needs=USERS)
def co(scim: Scim) -> None:
    """The text may stand anywhere in the value."""
    scim.people.must_find(f'userName co "{scim.people.name("b")[3:]}"', "b")


@check("rfc7644/3.4.2.2/sw", MUST, "`sw` finds what starts with a text.", needs=USERS)
def sw(scim: Scim) -> None:
    """All four start alike."""
    scim.people.must_find(scim.people.all, "abcd")


@check("rfc7644/3.4.2.2/sw-inside", MUST, "`sw` does not find a text in the middle.", needs=USERS)
def sw_inside(scim: Scim) -> None:
    """To start with is not to contain."""
    scim.people.must_find(f'userName sw "{scim.people.name("b")[3:]}"', "")


@check("rfc7644/3.4.2.2/ew", MUST, "`ew` finds what ends with a text.", needs=USERS)
def ew(scim: Scim) -> None:
    """To end with is not to contain: the common middle finds nobody."""
    people = scim.people
    people.must_find(f'userName ew "{people.name("c")[5:]}"', "c")
    people.must_find(f'userName ew "{people.name("c")[5:-2]}"', "")


@check(
    "rfc7644/3.4.2.2/pr",
    MUST,
    "`pr` finds what has a value.",
    needs=[*USERS, "User.title"],
)
def pr(scim: Scim) -> None:
    """One of the four has no title."""
    scim.people.must_find(scim.people.among("title pr"), "abd")


@check("rfc7644/3.4.2.2/order", MUST, "gt, ge, lt and le compare texts by order.", needs=USERS)
def order(scim: Scim) -> None:
    """The names differ in their last letter alone, which sorts alike in every alphabet."""
    people = scim.people
    for operator, letters in (("gt", "cd"), ("ge", "bcd"), ("lt", "a"), ("le", "ab")):
        people.must_find(people.among(f'userName {operator} "{people.name("b")}"'), letters)


@check("rfc7644/3.4.2.2/dates", MUST, "Dates are compared as dates.", needs=USERS)
def dates(scim: Scim) -> None:
    """By meta.lastModified clients fetch what has changed since."""
    people = scim.people
    modified = people["a"]["meta"].get("lastModified")
    scim.skip_unless(modified is not None, "the endpoint gives no meta.lastModified")

    people.must_find(people.among('meta.lastModified gt "2001-02-03T04:05:06Z"'), "abcd")
    people.must_find(people.among('meta.lastModified lt "2001-02-03T04:05:06Z"'), "")


@check(
    "rfc7644/3.4.2.2/boolean",
    MUST,
    "A boolean is compared with true and false.",
    needs=[*USERS, "User.active"],
)
def boolean(scim: Scim) -> None:
    """One of the four is not active."""
    scim.people.must_find(scim.people.among("active eq false"), "b")
    scim.people.must_find(scim.people.among("active eq true"), "acd")


@check(
    "rfc7644/3.4.2.2/boolean-order",
    MUST,
    "A boolean has no order: `gt` is refused with invalidFilter.",
    needs=[*USERS, "User.active"],
)
def boolean_order(scim: Scim) -> None:
    """Table 3 asks for it in gt, ge, lt and le."""
    _refused(scim, "active gt true", "invalidFilter")


@check("rfc7644/3.4.2.2/and", MUST, "`and` needs both.", needs=[*USERS, "User.title"])
def logical_and(scim: Scim) -> None:
    """Both conditions find someone, together they find less."""
    people = scim.people
    people.must_find(f'title eq "engineer" and userName eq "{people.name("b")}"', "b")
    people.must_find(f'title eq "painter" and userName eq "{people.name("b")}"', "")


@check("rfc7644/3.4.2.2/or", MUST, "`or` needs one of both.", needs=USERS)
def logical_or(scim: Scim) -> None:
    """A filter that is cut after its first condition finds too little here."""
    people = scim.people
    people.must_find(f'userName eq "{people.name("a")}" or userName eq "{people.name("c")}"', "ac")


@check("rfc7644/3.4.2.2/not", MUST, "`not (…)` turns a condition round.", needs=USERS)
def logical_not(scim: Scim) -> None:
    """It covers its brackets, and no more."""
    people = scim.people
    people.must_find(f'not (userName eq "{people.name("a")}") and {people.all}', "bcd")


@check("rfc7644/3.4.2.2/precedence", MUST, "`and` binds more tightly than `or`.", needs=USERS)
def precedence(scim: Scim) -> None:
    """`a or b and c` is `a or (b and c)`."""
    people = scim.people
    a, b, c = (f'userName eq "{people.name(letter)}"' for letter in "abc")
    people.must_find(f"{a} or {b} and {c}", "a")
    people.must_find(f"{b} and {c} or {a}", "a")


@check("rfc7644/3.4.2.2/grouping", MUST, "Brackets are evaluated first.", needs=USERS)
def grouping(scim: Scim) -> None:
    """`(a or b) and b` is b; without its brackets it is a as well."""
    people = scim.people
    a, b = (f'userName eq "{people.name(letter)}"' for letter in "ab")
    people.must_find(f"({a} or {b}) and {b}", "b")


@check(
    "rfc7644/3.4.2.2/names-case",
    MUST,
    "Names and operators may be written in any case.",
    needs=USERS,
)
def names_case(scim: Scim) -> None:
    """`USERNAME EQ … OR Username Eq …` means what it means in small letters."""
    people = scim.people
    people.must_find(f'USERNAME EQ "{people.name("a")}"', "a")
    people.must_find(f'username eq "{people.name("a")}" OR Username Eq "{people.name("d")}"', "ad")


@check(
    "rfc7644/3.4.2.2/values-case",
    MUST,
    "The case of a value counts only where the schema says caseExact.",
    needs=USERS,
)
def values_case(scim: Scim) -> None:
    """userName is not case-exact in the RFC's own schema."""
    exact = scim.claims.case_exact("User", "userName")
    scim.people.must_find(f'userName eq "{scim.people.name("b").upper()}"', "" if exact else "b")


@check(
    "rfc7644/3.4.2.2/external-id",
    MUST,
    "A filter finds a resource by the externalId that its client gave.",
    needs=USERS,
)
def external_id(scim: Scim) -> None:
    """This is what externalId is for; it is case-exact."""
    mine = f"{scim.name()}-x"
    user = scim.new_user(externalId=mine)

    _one(scim, f'externalId eq "{mine}"', [user.id])
    _one(scim, f'externalId eq "{mine.upper()}"', [])


@check("rfc7644/3.4.2.2/id", MUST, "A filter finds a resource by its id.", needs=USERS)
def by_id(scim: Scim) -> None:
    """`id` is an attribute like others."""
    scim.people.must_find(f'id eq "{scim.people["c"].id}"', "c")


@check(
    "rfc7644/3.4.2.2/sub-attribute",
    MUST,
    "A sub-attribute is named with a dot; any value of several may match.",
    needs=[*USERS, "User.emails.value"],
)
def sub_attribute(scim: Scim) -> None:
    """One e-mail of several is enough."""
    scim.people.must_find(scim.people.among('emails.value eq "ada@example.org"'), "a")


@check(
    "rfc7644/3.4.2.2/value-path",
    MUST,
    "Conditions in [ ] hold of one and the same value.",
    needs=[*USERS, "User.emails.type", "User.emails.value"],
)
def value_path(scim: Scim) -> None:
    """Both of two users have a work address and one that ends alike: one has both in one."""
    condition = 'emails[type eq "work" and value ew "@example.com"]'
    # An endpoint MAY leave this out (table 5); one that answers has to answer rightly.
    answer = scim.get(scim.users, filter=scim.people.among(condition))
    scim.skip_unless(answer.status not in (400, 501), "the endpoint does not support value paths")

    scim.people.must_find(scim.people.among(condition), "a")


@check(
    "rfc7644/3.4.2.2/qualified",
    MUST,
    "An attribute may be named with the URN of its schema.",
    needs=USERS,
)
def qualified(scim: Scim) -> None:
    """The dot in 2.0 is part of the URN (§3.10)."""
    scim.people.must_find(f'{USER}:userName eq "{scim.people.name("d")}"', "d")


@check(
    "rfc7644/3.4.2.2/quoted",
    MUST,
    "A value is a JSON string: quotes, brackets and words in it are text.",
    needs=[*USERS, "User.displayName"],
)
def quoted(scim: Scim) -> None:
    """A person may be called Or; a name may hold a quote, a backslash, a bracket, an accent."""
    user = scim.new_user(displayName='zoë "or" (and) \\ [x] eq')
    scim.skip_unless(
        user.answer.body.get("displayName") == 'zoë "or" (and) \\ [x] eq',
        "the endpoint does not keep such a displayName",
    )

    name = f'userName eq "{user["userName"]}"'
    _one(scim, f'{name} and displayName eq "zoë \\"or\\" (and) \\\\ [x] eq"', [user.id])


@check(
    "rfc7644/3.4.2.2/invalid",
    MUST,
    "A filter outside the grammar is refused with 400.",
    needs=USERS,
)
def invalid(scim: Scim) -> None:
    """An endpoint that ignores what it cannot read answers with everybody."""
    for broken in ("userName", 'userName eq "a', '(userName eq "a"', "userName eq", 'and pr "x"'):
        _refused(scim, broken)


@check(
    "rfc7644/3.4.2.2/unknown-operator",
    MUST,
    "An operator that does not exist is refused: 400 with invalidFilter.",
    needs=USERS,
)
def unknown_operator(scim: Scim) -> None:
    """The keyword tells a client that the filter is at fault, not the request."""
    _refused(scim, 'userName regex "a"', "invalidFilter")


@check(
    "rfc7644/3.4.2.2/unknown-attribute",
    MUST,
    "A condition on an attribute that does not exist finds nothing, or is refused.",
    needs=USERS,
)
def unknown_attribute(scim: Scim) -> None:
    """Either is right; to leave the condition out is not."""
    condition = scim.people.among('noSuchAttribute eq "x"')
    if scim.get(scim.users, filter=condition).status != 400:
        scim.people.must_find(condition, "")


def _refused(scim: Scim, broken: str, scim_type: str | None = None) -> None:
    scim.get(scim.users, filter=broken).must.be_error(400, scim_type, "invalidFilter")


def _one(scim: Scim, condition: str, expected: list[str]) -> None:
    found: list[Node] = scim.matches(scim.users, filter=condition)
    ids = [str(node["id"]) for node in found]
    scim.require(ids == expected, f"{condition} to find {expected or 'nobody'}", ids)
