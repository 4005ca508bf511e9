"""RFC 7644 §3.4.2.2: and, or, not, brackets, and the text of filters."""

from conformance.check import MUST, check
from conformance.material.oracle import Condition
from conformance.scim import Scim

USERS = ["filter", "User"]
TITLED = [*USERS, "User.title"]
EMAILS = [*USERS, "User.emails.type", "User.emails.value"]


@check(
    "rfc7644/3.4.2.2/and",
    MUST,
    "`and` needs both.",
    needs=TITLED,
    catches=["filter-and-as-or"],
)
def logical_and(scim: Scim) -> None:
    """Both conditions find someone, together they find less, in either order."""
    people = scim.people
    bob = people.where("userName", "eq", people.name("b"))
    engineer, painter = (people.where("title", "eq", title) for title in ("engineer", "painter"))
    for condition in (engineer & bob, bob & engineer, painter & bob, bob & painter):
        people.must_find_as(condition.text, condition)


@check(
    "rfc7644/3.4.2.2/and-three",
    MUST,
    "`and` may be repeated.",
    needs=TITLED,
    catches=["filter-first-part-dropped", "filter-third-condition-dropped"],
)
def and_three(scim: Scim) -> None:
    """The third condition counts as much as the first."""
    people = scim.people
    titled, named = people.where("title", "pr"), people.where("userName", "eq", people.name("d"))
    engineer = people.where("title", "eq", "engineer")
    for condition in (titled & named & engineer, engineer & titled & named):
        people.must_find_as(condition.text, condition)


@check(
    "rfc7644/3.4.2.2/or",
    MUST,
    "`or` needs one of both.",
    needs=USERS,
    catches=["filter-cut-after-or", "filter-or-as-and"],
)
def logical_or(scim: Scim) -> None:
    """A filter that is cut after its first condition finds too little here."""
    a, c, d = _names(scim, "acd")
    for condition in (a | c, a | c | d):
        scim.people.must_find_as(condition.text, condition)


@check(
    "rfc7644/3.4.2.2/or-same",
    MUST,
    "Who meets both sides of `or` comes once.",
    needs=TITLED,
    catches=["filter-repeats-matches"],
)
def or_same(scim: Scim) -> None:
    """Endpoints that join two results list a person twice."""
    people = scim.people
    text = f'userName eq "{people.name("a")}" or title eq "engineer" and {people.all}'
    answer = scim.get(scim.users, filter=text)
    answer.given.have_status(200)

    found = [str(node["id"]) for node in scim.matches(scim.users, filter=text)]
    scim.require(len(set(found)) == len(found), "each resource once", found)


@check(
    "rfc7644/3.4.2.2/not",
    MUST,
    "`not (…)` turns a condition round.",
    needs=USERS,
    catches=["filter-values-are-case-sensitive"],
)
def logical_not(scim: Scim) -> None:
    """It covers its brackets, and no more, first or last in the filter."""
    people = scim.people
    (a,) = _names(scim, "a")
    everybody = people.where("userName", "sw", people.name("a")[:-1])
    for condition in (~a & everybody, everybody & ~a):
        people.must_find_as(condition.text, condition)


@check(
    "rfc7644/3.4.2.2/not-group",
    MUST,
    "`not` covers all that its brackets hold.",
    needs=TITLED,
    catches=[],
)
def not_group(scim: Scim) -> None:
    """Not (a or b) is neither; not (a and b) is whoever lacks one of both."""
    people = scim.people
    a, b, c = _names(scim, "abc")
    engineer = people.where("title", "eq", "engineer")
    everybody = people.where("userName", "sw", people.name("a")[:-1])
    for condition in (everybody & ~(a | b), everybody & ~(engineer & b), everybody & ~(c | a | b)):
        people.must_find_as(condition.text, condition)


@check(
    "rfc7644/3.4.2.2/not-twice",
    MUST,
    "`not (not (…))` is the condition itself.",
    needs=USERS,
    catches=["filter-double-not-as-one", "filter-not-refused"],
)
def not_twice(scim: Scim) -> None:
    """Groups stand in groups."""
    (a,) = _names(scim, "a")
    condition = ~~a
    scim.people.must_find_as(condition.text, condition)


@check(
    "rfc7644/3.4.2.2/not-present",
    MUST,
    "`not (… pr)` finds what has no value.",
    needs=TITLED,
    catches=["filter-not-ignored"],
)
def not_present(scim: Scim) -> None:
    """So clients look for what is missing."""
    people = scim.people
    people.must_find(~people.where("title", "pr"))


@check(
    "rfc7644/3.4.2.2/not-without-space",
    MUST,
    "No space is needed between `not` and its bracket.",
    needs=USERS,
    catches=["filter-not-without-space-refused"],
)
def not_without_space(scim: Scim) -> None:
    """The grammar has none there; the examples have one. Both are right."""
    people = scim.people
    (a,) = _names(scim, "a")
    people.must_find_as(f"{people.all} and not({a.text})", ~a)


@check(
    "rfc7644/3.4.2.2/precedence",
    MUST,
    "`and` binds more tightly than `or`.",
    needs=USERS,
    catches=["filter-or-before-and"],
)
def precedence(scim: Scim) -> None:
    """`a or b and c` is `a or (b and c)`."""
    a, b, c = _names(scim, "abc")
    _written(scim, f"{a.text} or {b.text} and {c.text}", a | (b & c))
    _written(scim, f"{b.text} and {c.text} or {a.text}", (b & c) | a)
    _written(scim, f"{a.text} and {a.text} or {b.text} and {c.text}", (a & a) | (b & c))


@check(
    "rfc7644/3.4.2.2/precedence-not",
    MUST,
    "`not` binds more tightly than `and`.",
    needs=USERS,
    catches=["filter-not-of-all-that-follows"],
)
def precedence_not(scim: Scim) -> None:
    """`not (a) and b` is `(not (a)) and b`; with `or` it is alike."""
    a, b, c = _names(scim, "abc")
    _written(scim, f"not ({a.text}) and {b.text}", ~a & b)
    _written(scim, f"{b.text} or not ({a.text}) and {c.text}", b | (~a & c))


@check(
    "rfc7644/3.4.2.2/grouping",
    MUST,
    "Brackets are evaluated first.",
    needs=USERS,
    catches=[],
)
def grouping(scim: Scim) -> None:
    """`(a or b) and b` is b; without its brackets it is a as well."""
    a, b, c = _names(scim, "abc")
    _written(scim, f"({a.text} or {b.text}) and {b.text}", (a | b) & b)
    _written(scim, f"{b.text} and ({b.text} or {a.text})", b & (b | a))
    _written(scim, f"({a.text} or {b.text}) and ({b.text} or {c.text})", (a | b) & (b | c))


@check(
    "rfc7644/3.4.2.2/grouping-nested",
    MUST,
    "Brackets may stand in brackets.",
    needs=USERS,
    catches=["filter-nested-brackets-refused"],
)
def grouping_nested(scim: Scim) -> None:
    """The inner ones come first; superfluous ones change nothing."""
    a, b, c = _names(scim, "abc")
    _written(scim, f"(({a.text}))", a)
    _written(scim, f"(({a.text} or {b.text}) and {b.text}) or {c.text}", ((a | b) & b) | c)
    _written(scim, f"({c.text} or ({a.text} or {b.text}) and {a.text})", c | ((a | b) & a))


@check(
    "rfc7644/3.4.2.2/value-path",
    MUST,
    "Conditions in [ ] hold of one and the same value.",
    needs=EMAILS,
    catches=["filter-value-path-as-two-conditions"],
)
def value_path(scim: Scim) -> None:
    """Two users have a work address and one that ends alike: one has both in one.

    An endpoint MAY leave value paths out (table 5); one that answers has to answer rightly.
    """
    people = scim.people
    for ending in ("@example.com", "@example.org"):
        condition = people.one_value("emails", ("type", "eq", "work"), ("value", "ew", ending))
        people.must_find(condition)


@check(
    "rfc7644/3.4.2.2/value-path-one",
    MUST,
    "A single condition may stand in [ ].",
    needs=EMAILS,
    catches=["filter-co-as-ew"],
)
def value_path_one(scim: Scim) -> None:
    """`emails[type eq "home"]` is whoever has such an address."""
    people = scim.people
    people.must_find(people.one_value("emails", ("type", "eq", "home")))
    people.must_find(people.one_value("emails", ("value", "co", "dee@")))


@check(
    "rfc7644/3.4.2.2/value-path-or",
    MUST,
    "`or` and `not` work in [ ], too.",
    needs=EMAILS,
    catches=["filter-value-path-first-condition-only"],
)
def value_path_or(scim: Scim) -> None:
    """The filter in brackets is a whole one, about the parts of one value."""
    people = scim.people
    home = people.one_value("emails", ("type", "eq", "home"))
    dee = people.one_value("emails", ("value", "sw", "dee"))
    either = Condition(
        'emails[type eq "home" or value sw "dee"]',
        (home | dee).holds,
        home.attributes,
        home.operators | {"or"},
    )
    people.must_find(either)
    other = people.one_value("emails", ("type", "ne", "home"))
    people.must_find(other.written('emails[not (type eq "home")]'))


@check(
    "rfc7644/3.4.2.2/value-path-not",
    MUST,
    "`not` turns a value path round.",
    needs=EMAILS,
    catches=["filter-not-of-value-paths-finds-nothing"],
)
def value_path_not(scim: Scim) -> None:
    """It finds those of whose values none meets the condition, and those who have no value."""
    people = scim.people
    people.must_find(~people.one_value("emails", ("type", "eq", "home")))


@check(
    "rfc7644/3.4.2.2/value-path-case",
    MUST,
    "In [ ] names, operators and values have the rules of case that they have outside.",
    needs=EMAILS,
    catches=["filter-value-path-names-are-exact", "filter-value-path-values-are-exact"],
)
def value_path_case(scim: Scim) -> None:
    """A part is named in any case, and compared as its schema says."""
    people = scim.people
    home = people.one_value("emails", ("type", "eq", "home"), ("value", "sw", "mia@"))
    people.must_find(home.written('EMAILS[TYPE EQ "home" AND Value SW "mia@"]'))
    people.must_find(people.one_value("emails", ("type", "eq", "HOME"), ("value", "sw", "MIA@")))


@check(
    "rfc7644/3.4.2.2/value-path-pr",
    MUST,
    "`pr` works in [ ], too.",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["filter-value-path-pr-never"],
)
def value_path_pr(scim: Scim) -> None:
    """A value that has this part, and meets the rest."""
    people = scim.people
    home = people.one_value("emails", ("value", "pr", None), ("type", "eq", "home"))
    people.must_find(home)


@check(
    "rfc7644/3.4.2.2/value-path-and",
    MUST,
    "What stands after the brackets of a value path counts.",
    needs=[*EMAILS, "User.title"],
    catches=["filter-value-path-ends-the-filter"],
)
def value_path_and(scim: Scim) -> None:
    """The brackets end, the filter goes on."""
    people = scim.people
    work = people.one_value("emails", ("type", "eq", "work"))
    painter = people.where("title", "eq", "painter")
    people.must_find(work & painter)
    people.must_find(painter & work)
    for condition in (work & painter, painter & work):
        people.must_find_as(f"{condition.text} and {people.all}", condition)


@check(
    "rfc7644/3.4.2.2/value-path-primary",
    MUST,
    "A boolean part of a value can be asked for in [ ].",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["filter-value-path-is-presence"],
)
def value_path_primary(scim: Scim) -> None:
    """By this clients find people by their primary address."""
    people = scim.people
    people.must_find(
        people.one_value("emails", ("primary", "eq", True), ("value", "eq", "mia@example.org"))
    )
    people.must_find(
        people.one_value("emails", ("primary", "eq", True), ("value", "eq", "zoe@example.com"))
    )


def _names(scim: Scim, letters: str) -> list[Condition]:
    people = scim.people
    return [people.where("userName", "eq", people.name(letter)) for letter in letters]


def _written(scim: Scim, text: str, condition: Condition) -> None:
    scim.people.must_find_as(text, condition.written(text))


def _refused(scim: Scim, broken: str, scim_type: str | None = None) -> None:
    scim.get(scim.users, filter=broken).must.be_error(400, scim_type, "invalidFilter")
