"""RFC 7644 §3.4.2.2: the operators of filters, tried on five users that the suite made."""

from conformance.check import MUST, check
from conformance.scim import Scim

USERS = ["filter", "User"]
TITLED = [*USERS, "User.title"]


@check(
    "rfc7644/3.4.2.2/eq",
    MUST,
    "`eq` finds what is identical.",
    needs=USERS,
    catches=["filter-finds-nothing"],
)
def eq(scim: Scim) -> None:
    """Matching accounts by userName is the first thing that every client does."""
    people = scim.people
    people.must_find(people.where("userName", "eq", people.name("b")))


@check(
    "rfc7644/3.4.2.2/eq-part",
    MUST,
    "`eq` does not find what is only alike.",
    needs=USERS,
    catches=["filter-eq-as-co", "filter-eq-as-sw", "filter-spaces-trimmed"],
)
def eq_part(scim: Scim) -> None:
    """Else a client takes over another person's account: the start, the end, a pattern, a space."""
    people = scim.people
    name = people.name("b")
    for other in (name[:-2], name[3:], f"{name[:-1]}_", f"{name[:-1]}*", f"{name[:-1]}%"):
        people.must_find(people.where("userName", "eq", other))
    for other in (f"{name} ", f" {name}"):
        people.must_find(people.where("userName", "eq", other))


@check(
    "rfc7644/3.4.2.2/eq-other",
    MUST,
    "`eq` works on attributes of all kinds.",
    needs=TITLED,
    catches=[],
)
def eq_other(scim: Scim) -> None:
    """One title is that of two, another contains it."""
    people = scim.people
    people.must_find(people.where("title", "eq", "engineer"))
    people.must_find(people.where("title", "eq", "painter"))


@check(
    "rfc7644/3.4.2.2/eq-display-name",
    MUST,
    "`eq` finds users by their displayName.",
    needs=[*USERS, "User.displayName"],
    catches=[],
)
def eq_display_name(scim: Scim) -> None:
    """Some clients match people by what they are called."""
    people = scim.people
    people.must_find(people.where("displayName", "eq", "bob"))


@check(
    "rfc7644/3.4.2.2/ne",
    MUST,
    "`ne` finds what is not identical.",
    needs=USERS,
    catches=[],
)
def ne(scim: Scim) -> None:
    """Tried on userName, which all have: the RFC leaves open whether an absent value differs."""
    people = scim.people
    different = people.where("userName", "ne", people.name("b"))
    people.must_find_as(f"{people.all} and {different.text}", different)


@check(
    "rfc7644/3.4.2.2/ne-title",
    MUST,
    "`ne` leaves out what is identical.",
    needs=TITLED,
    catches=["filter-ne-as-eq"],
)
def ne_title(scim: Scim) -> None:
    """Whoever has another title is found, who has none may be."""
    people = scim.people
    people.must_find(people.where("title", "ne", "engineer"))


@check(
    "rfc7644/3.4.2.2/co",
    MUST,
    "`co` finds what contains a text.",
    needs=USERS,
    catches=["filter-co-as-eq", "filter-co-as-sw"],
)
def co(scim: Scim) -> None:
    """The text may stand anywhere in the value: at its start, its end, inside, or be all of it."""
    people = scim.people
    name = people.name("b")
    for part in (name[3:], name[5:-2], name[:-3], name):
        people.must_find(people.where("userName", "co", part))


@check(
    "rfc7644/3.4.2.2/co-title",
    MUST,
    "`co` needs the whole text.",
    needs=TITLED,
    catches=[],
)
def co_title(scim: Scim) -> None:
    """Words of it, or its letters in another order, are not enough."""
    people = scim.people
    people.must_find(people.where("title", "co", "gine"))
    people.must_find(people.where("title", "co", "engineer head"))


@check(
    "rfc7644/3.4.2.2/sw",
    MUST,
    "`sw` finds what starts with a text.",
    needs=USERS,
    catches=["filter-sw-as-eq"],
)
def sw(scim: Scim) -> None:
    """All start alike; a text that is identical is a start, too."""
    people = scim.people
    people.must_find(people.where("userName", "sw", people.name("b")[:-1]))
    people.must_find(people.where("userName", "sw", people.name("b")))


@check(
    "rfc7644/3.4.2.2/sw-inside",
    MUST,
    "`sw` does not find a text further in.",
    needs=USERS,
    catches=["filter-sw-as-co"],
)
def sw_inside(scim: Scim) -> None:
    """To start with is not to contain, nor to end with."""
    people = scim.people
    people.must_find(people.where("userName", "sw", people.name("b")[3:]))


@check(
    "rfc7644/3.4.2.2/sw-title",
    MUST,
    "`sw` looks at the start of the value.",
    needs=TITLED,
    catches=[],
)
def sw_title(scim: Scim) -> None:
    """ "head engineer" does not start with "engineer"."""
    people = scim.people
    people.must_find(people.where("title", "sw", "engin"))


@check(
    "rfc7644/3.4.2.2/ew",
    MUST,
    "`ew` finds what ends with a text.",
    needs=USERS,
    catches=["filter-ew-as-co", "filter-ew-as-sw"],
)
def ew(scim: Scim) -> None:
    """To end with is not to contain: the common middle finds nobody; the whole value is an end."""
    people = scim.people
    for part in (people.name("c")[5:], people.name("c")[5:-2], people.name("c")):
        people.must_find(people.where("userName", "ew", part))


@check(
    "rfc7644/3.4.2.2/ew-title",
    MUST,
    "`ew` looks at the end of the value.",
    needs=TITLED,
    catches=[],
)
def ew_title(scim: Scim) -> None:
    """ "head engineer" ends with "engineer", and not with "head"."""
    people = scim.people
    people.must_find(people.where("title", "ew", "engineer"))
    people.must_find(people.where("title", "ew", "head"))


@check(
    "rfc7644/3.4.2.2/pr",
    MUST,
    "`pr` finds what has a value.",
    needs=TITLED,
    catches=[],
)
def pr(scim: Scim) -> None:
    """One of them has no title."""
    people = scim.people
    people.must_find(people.where("title", "pr"))


@check(
    "rfc7644/3.4.2.2/pr-complex",
    MUST,
    "`pr` finds a complex attribute that has any part.",
    needs=[*USERS, "User.name.familyName"],
    catches=["filter-pr-of-complex-never"],
)
def pr_complex(scim: Scim) -> None:
    """It has a value when one of its sub-attributes has one."""
    people = scim.people
    people.must_find(people.where("name", "pr"))
    people.must_find(people.where("name.familyName", "pr"))


@check(
    "rfc7644/3.4.2.2/pr-part",
    MUST,
    "`pr` of a sub-attribute looks at that part alone.",
    needs=[*USERS, "User.name.familyName", "User.name.givenName"],
    catches=["filter-pr-of-a-part-as-of-the-whole"],
)
def pr_part(scim: Scim) -> None:
    """One of them has a family name and no given name."""
    people = scim.people
    people.must_find(people.where("name.givenName", "pr"))


@check(
    "rfc7644/3.4.2.2/pr-false",
    MUST,
    "`pr` finds a boolean that is false.",
    needs=[*USERS, "User.active"],
    catches=["filter-pr-of-false-never"],
)
def pr_false(scim: Scim) -> None:
    """False is a value; a test of truth takes it for none."""
    people = scim.people
    people.must_find(people.where("active", "pr"))


@check(
    "rfc7644/3.4.2.2/pr-common",
    MUST,
    "`pr` finds what every resource has.",
    needs=USERS,
    catches=["filter-pr-of-id-never"],
)
def pr_common(scim: Scim) -> None:
    """`id pr` is the shortest filter that finds all."""
    people = scim.people
    for name in ("id", "userName", "externalId", "meta.resourceType"):
        condition = people.where(name, "pr")
        people.must_find_as(f"{people.all} and {condition.text}", condition)


@check(
    "rfc7644/3.4.2.2/pr-many",
    MUST,
    "`pr` finds a multi-valued attribute that has any value.",
    needs=[*USERS, "User.emails.value"],
    catches=[],
)
def pr_many(scim: Scim) -> None:
    """Who has no e-mail is not found."""
    people = scim.people
    people.must_find(people.where("emails", "pr"))


@check(
    "rfc7644/3.4.2.2/pr-removed",
    MUST,
    "`pr` does not find what was emptied.",
    needs=["patch", *TITLED],
    catches=[],
)
def pr_removed(scim: Scim) -> None:
    """A removed value is no value, whatever the endpoint keeps in its place."""
    user = scim.new_user(title="engineer")
    condition = f'userName eq "{user["userName"]}" and title pr'
    scim.people.must_find_made(condition, user)
    removed = scim.patch(user.path, {"op": "remove", "path": "title"})
    removed.given.have_status(200, 204)

    scim.people.must_find_made(condition)


@check(
    "rfc7644/3.4.2.2/order",
    MUST,
    "gt, ge, lt and le compare texts by order.",
    needs=USERS,
    catches=["filter-gt-as-ge", "filter-le-as-lt"],
)
def order(scim: Scim) -> None:
    """The names differ in their last letter alone, which sorts alike in every alphabet."""
    people = scim.people
    for operator in ("gt", "ge", "lt", "le"):
        bound = people.where("userName", operator, people.name("c"))
        people.must_find_as(f"{people.all} and {bound.text}", bound)


@check(
    "rfc7644/3.4.2.2/order-missing",
    MUST,
    "gt, ge, lt and le do not find what has no value.",
    needs=TITLED,
    catches=["filter-missing-is-greater", "filter-missing-is-less"],
)
def order_missing(scim: Scim) -> None:
    """Nothing is neither greater nor less."""
    people = scim.people
    people.must_find(people.where("title", "gt", "f"))
    people.must_find(people.where("title", "lt", "f"))
