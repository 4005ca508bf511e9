"""RFC 7644 §3.4.2.2: dates, booleans and letters in filters."""

from datetime import timedelta, timezone

from conformance.check import MUST, check
from conformance.material.oracle import moment
from conformance.scim import Scim

USERS = ["filter", "User"]
TITLED = [*USERS, "User.title"]


@check(
    "rfc7644/3.4.2.2/dates",
    MUST,
    "Dates are compared as dates.",
    needs=USERS,
    catches=[],
)
def dates(scim: Scim) -> None:
    """By meta.lastModified clients fetch what has changed since."""
    people = scim.people
    for operator in ("gt", "ge", "lt", "le"):
        people.must_find(people.where("meta.lastModified", operator, "2001-02-03T04:05:06Z"))


@check(
    "rfc7644/3.4.2.2/dates-equal",
    MUST,
    "A resource is found by its own dates: by ge, le and eq, not by gt, lt and ne.",
    needs=USERS,
    catches=["filter-date-ge-excludes-equal", "filter-lt-as-le"],
)
def dates_equal(scim: Scim) -> None:
    """What the endpoint shows it must know again: a client resumes from the last date it saw."""
    people = scim.people
    shown = people.document("c").get("meta", {}).get("created")
    scim.skip_unless(isinstance(shown, str), "the endpoint gives no meta.created")
    mine = people.where("userName", "eq", people.name("c"))
    # A date without a fraction may stand for one that has a fraction, and is a little later.
    for operator in ("ge", "lt", "le", "gt", "eq", "ne") if "." in shown else ("ge", "lt"):
        people.must_find(mine & people.where("meta.created", operator, shown))


@check(
    "rfc7644/3.4.2.2/dates-fraction",
    MUST,
    "Dates that are shown with a fraction of a second are compared with it.",
    needs=USERS,
    catches=["filter-dates-without-fraction"],
)
def dates_fraction(scim: Scim) -> None:
    """A millisecond before and after: else what changed within a second is not fetched."""
    people = scim.people
    shown = str(people.document("c").get("meta", {}).get("created"))
    scim.skip_unless("." in shown, "the endpoint shows no fraction of a second")
    mine = people.where("userName", "eq", people.name("c"))
    for operator, step in (("gt", -1), ("lt", 1), ("lt", -1), ("gt", 1)):
        literal = (moment(shown) + timedelta(milliseconds=step)).isoformat()
        people.must_find(mine & people.where("meta.created", operator, literal))


@check(
    "rfc7644/3.4.2.2/dates-zone",
    MUST,
    "Dates are compared in time, whatever the zone they are written in.",
    needs=USERS,
    catches=["filter-gt-as-lt", "filter-lt-as-gt", "filter-zones-ignored"],
)
def dates_zone(scim: Scim) -> None:
    """An hour later, written in a zone twelve hours behind, looks as if it were earlier."""
    people = scim.people
    shown = people.document("c").get("meta", {}).get("created")
    scim.skip_unless(isinstance(shown, str), "the endpoint gives no meta.created")
    mine = people.where("userName", "eq", people.name("c"))
    for operator, hours, zone in (("lt", 1, -12), ("gt", -1, 12)):
        other = (moment(shown) + timedelta(hours=hours)).astimezone(timezone(timedelta(hours=zone)))
        literal = other.isoformat(timespec="seconds")
        people.must_find(mine & people.where("meta.created", operator, literal))


@check(
    "rfc7644/3.4.2.2/dates-changed",
    MUST,
    "By meta.lastModified a resource is found that was changed since.",
    needs=["patch", *USERS, "User.displayName"],
    catches=["filter-last-modified-as-created"],
)
def dates_changed(scim: Scim) -> None:
    """Clients fetch so what is new: the date of the last change counts, not that of creation."""
    user = scim.new_user(displayName="ada")
    before = user.answer.body.value.get("meta", {}).get("lastModified")
    scim.skip_unless(isinstance(before, str), "the endpoint gives no meta.lastModified")
    change = {"op": "replace", "path": "displayName", "value": "bob"}
    scim.patch(user.path, change).given.have_status(200, 204)
    after = scim.read(user).body.value.get("meta", {}).get("lastModified")
    is_later = isinstance(after, str) and moment(after) > moment(str(before))
    scim.skip_unless(is_later, "the two dates do not differ here")

    name = f'userName eq "{user["userName"]}"'
    scim.people.must_find_made(f'{name} and meta.lastModified gt "{before}"', user)
    scim.people.must_find_made(f'{name} and meta.lastModified le "{before}"')


@check(
    "rfc7644/3.4.2.2/boolean",
    MUST,
    "A boolean is compared with true and false.",
    needs=[*USERS, "User.active"],
    catches=["filter-boolean-false-as-true", "filter-boolean-is-presence"],
)
def boolean(scim: Scim) -> None:
    """One of them is not active."""
    people = scim.people
    for operator, value in (("eq", False), ("eq", True), ("ne", True), ("ne", False)):
        people.must_find(people.where("active", operator, value))


@check(
    "rfc7644/3.4.2.2/boolean-order",
    MUST,
    "A boolean has no order: it is refused with invalidFilter.",
    needs=[*USERS, "User.active"],
    catches=["filter-boolean-order-taken", "filter-refused-without-keyword"],
)
def boolean_order(scim: Scim) -> None:
    """Table 3 asks for it in gt, ge, lt and le."""
    for operator in ("gt", "ge", "lt", "le"):
        _refused(scim, f"active {operator} true", "invalidFilter")


@check(
    "rfc7644/3.4.2.2/names-case",
    MUST,
    "Names and operators may be written in any case.",
    needs=USERS,
    catches=["filter-names-are-case-sensitive", "filter-upper-case-operators-refused"],
)
def names_case(scim: Scim) -> None:
    """`USERNAME EQ …` means what it means in small letters."""
    people = scim.people
    one = people.where("userName", "eq", people.name("a"))
    for text in (f'USERNAME EQ "{people.name("a")}"', f'username Eq "{people.name("a")}"'):
        people.must_find_as(text, one)


@check(
    "rfc7644/3.4.2.2/operators-case",
    MUST,
    "Every operator may be written in any case.",
    needs=TITLED,
    catches=[],
)
def operators_case(scim: Scim) -> None:
    """Operators are case-insensitive, PR and SW as much as EQ."""
    people = scim.people
    for operator, literal in (("pr", None), ("co", "engin"), ("sw", "engin"), ("ew", "neer")):
        condition = people.where("title", operator, literal)
        shouted = condition.text.replace(f" {operator}", f" {operator.upper()}")
        people.must_find_as(f"{people.all} and {shouted}", condition)


@check(
    "rfc7644/3.4.2.2/logic-case",
    MUST,
    "AND, OR and NOT may be written in any case.",
    needs=USERS,
    catches=["filter-upper-case-and-or-drop-the-rest"],
)
def logic_case(scim: Scim) -> None:
    """An endpoint that knows only small letters drops what follows."""
    people = scim.people
    a, b = (people.where("userName", "eq", people.name(letter)) for letter in "ab")
    people.must_find_as(f"{a.text} OR {b.text}", a | b)
    people.must_find_as(f"{a.text} AND {b.text}", a & b)
    everybody = people.where("userName", "sw", people.name("a")[:-1])
    people.must_find_as(f"{everybody.text} And NOT ({a.text})", everybody & ~a)


@check(
    "rfc7644/3.4.2.2/values-case",
    MUST,
    "The case of a value counts only where the schema says caseExact.",
    needs=USERS,
    catches=["filter-co-is-case-sensitive", "filter-sw-is-case-sensitive"],
)
def values_case(scim: Scim) -> None:
    """userName is not case-exact in the RFC's own schema; all operators compare alike."""
    people = scim.people
    shouted = people.name("b").upper()
    people.must_find(people.where("userName", "eq", shouted))
    people.must_find(people.where("userName", "co", shouted[3:]))
    people.must_find(people.where("userName", "sw", shouted))
    people.must_find(people.where("userName", "ew", shouted[3:]))
    different = people.where("userName", "ne", shouted)
    people.must_find_as(f"{people.all} and {different.text}", different)


@check(
    "rfc7644/3.4.2.2/values-case-stored",
    MUST,
    "A value that was stored in capitals is found in small letters.",
    needs=[*USERS, "User.nickName"],
    catches=["filter-ge-as-gt", "filter-stored-case-counts"],
)
def values_case_stored(scim: Scim) -> None:
    """Neither the stored value nor that of the filter has to be in small letters."""
    people = scim.people
    for operator, literal in (("eq", "blue"), ("sw", "BL"), ("co", "LU"), ("ge", "blue")):
        people.must_find(people.where("nickName", operator, literal))


def _refused(scim: Scim, broken: str, scim_type: str | None = None) -> None:
    scim.get(scim.users, filter=broken).must.be_error(400, scim_type, "invalidFilter")
