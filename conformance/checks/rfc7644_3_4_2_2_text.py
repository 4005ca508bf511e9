"""RFC 7644 §3.4.2.2: the text of filters, and what is none."""

from conformance.check import MUST, SHOULD, check
from conformance.material.oracle import Condition
from conformance.scim import Scim

USERS = ["filter", "User"]


@check(
    "rfc7644/3.4.2.2/quoted",
    MUST,
    "A value is a JSON string: quotes, brackets and words in it are text.",
    needs=[*USERS, "User.displayName"],
    catches=["filter-beyond-ascii-refused", "filter-quote-escapes-as-text"],
)
def quoted(scim: Scim) -> None:
    """A person may be called Or; a name may hold a quote, a backslash, a bracket, an accent."""
    odd = 'zoë "or" (and) \\ [x] eq'
    user = scim.new_user(displayName=odd)
    scim.skip_unless(
        user.answer.body.get("displayName") == odd, "the endpoint does not keep such a displayName"
    )

    name = f'userName eq "{user["userName"]}"'
    scim.people.must_find_made(f'{name} and displayName eq "zoë \\"or\\" (and) \\\\ [x] eq"', user)


@check(
    "rfc7644/3.4.2.2/quoted-words",
    MUST,
    "Operators inside a quoted value are text.",
    needs=[*USERS, "User.displayName"],
    catches=[
        "filter-brackets-in-quotes-count",
        "filter-decoded-twice",
        "filter-left-to-right",
    ],
)
def quoted_words(scim: Scim) -> None:
    """ "Tom and Jerry" is one value, and so is what looks like a whole filter."""
    for odd in ("Tom and Jerry", "a or b", "not (x)", "it's: 100% pr", "R&D #1+2, 50%25"):
        user = scim.new_user(displayName=odd)
        name = f'userName eq "{user["userName"]}"'
        scim.people.must_find_made(f'{name} and displayName eq "{odd}"', user)
        scim.people.must_find_made(f'displayName eq "{odd}" and {name}', user)


@check(
    "rfc7644/3.4.2.2/quoted-literals",
    MUST,
    "What stands in quotes is a text, though it looks like a number or a word of JSON.",
    needs=[*USERS, "User.displayName"],
    catches=["filter-quoted-numbers-are-numbers", "filter-quoted-words-are-words"],
)
def quoted_literals(scim: Scim) -> None:
    """Numbers of employees have leading zeros; 007 is not 7."""
    for odd, other in (("007", "7"), ("true", "TRUE ")):
        user = scim.new_user(displayName=odd)
        name = f'userName eq "{user["userName"]}"'
        scim.people.must_find_made(f'{name} and displayName eq "{odd}"', user)
        scim.people.must_find_made(f'{name} and displayName eq "{other}"')


@check(
    "rfc7644/3.4.2.2/escapes",
    MUST,
    "Escapes of JSON are understood in a value.",
    needs=[*USERS, "User.displayName"],
    catches=["filter-unicode-escapes-as-text", "filter-words-in-quotes-split"],
)
def escapes(scim: Scim) -> None:
    r"""`\u00e9` is é, `\/` is a slash: the value follows the rules of JSON."""
    user = scim.new_user(displayName="rené a/b")
    scim.skip_unless(
        user.answer.body.get("displayName") == "rené a/b", "the endpoint changes the displayName"
    )
    name = f'userName eq "{user["userName"]}"'
    scim.people.must_find_made(f'{name} and displayName eq "ren\\u00e9 a\\/b"', user)


@check(
    "rfc7644/3.4.2.2/unicode",
    MUST,
    "A value may be in any script.",
    needs=[*USERS, "User.displayName"],
    catches=[],
)
def unicode(scim: Scim) -> None:
    """Names are not ASCII, and letters beyond it have case as well."""
    user = scim.new_user(displayName="Žofie 山田")
    name = f'userName eq "{user["userName"]}"'
    exact = scim.claims.case_exact("User", "displayName")
    for literal in ("Žofie 山田", *(() if exact else ("žofie 山田",))):
        scim.people.must_find_made(f'{name} and displayName eq "{literal}"', user)
    scim.people.must_find_made(f'{name} and displayName co "山"', user)
    scim.people.must_find_made(f'{name} and displayName eq "Zofie 山田"')


@check(
    "rfc7644/3.4.2.2/wildcards",
    MUST,
    "%, _ and * are letters like others.",
    needs=USERS,
    catches=["filter-wildcards"],
)
def wildcards(scim: Scim) -> None:
    """What means something to a database means nothing to SCIM."""
    people = scim.people
    everybody = people.name("a")[:-1]
    for operator, literal in (
        ("co", "%"),
        ("co", f"{everybody[3:-1]}_"),
        ("sw", f"{everybody[:-3]}%"),
        ("ew", "*-a"),
        ("ew", "_a"),
    ):
        people.must_find(people.where("userName", operator, literal))


@check(
    "rfc7644/3.4.2.2/invalid",
    MUST,
    "A filter outside the grammar is refused with 400.",
    needs=USERS,
    catches=["filter-first-page-only", "filter-malformed-finds-nothing"],
)
def invalid(scim: Scim) -> None:
    """An endpoint that ignores what it cannot read answers with everybody."""
    for broken in ("userName", 'userName eq "a', "userName eq", 'and pr "x"', "eq", '"a"'):
        _refused(scim, broken)


@check(
    "rfc7644/3.4.2.2/invalid-empty",
    SHOULD,
    "A filter of no expression is refused with 400.",
    needs=USERS,
    catches=["filter-empty-finds-everybody"],
)
def invalid_empty(scim: Scim) -> None:
    """It MUST contain at least one; that many take `filter=` for none is why this is no MUST."""
    for broken in ("", " "):
        _refused(scim, broken)


@check(
    "rfc7644/3.4.2.2/invalid-brackets",
    MUST,
    "Brackets that do not close are refused with 400.",
    needs=USERS,
    catches=["filter-brackets-ignored", "filter-unclosed-brackets-close"],
)
def invalid_brackets(scim: Scim) -> None:
    """Of ( and of [, at either end."""
    for broken in (
        '(userName eq "a"',
        'userName eq "a")',
        'emails[type eq "a"',
        'emails type eq "a"]',
        "()",
    ):
        _refused(scim, broken)


@check(
    "rfc7644/3.4.2.2/invalid-logic",
    MUST,
    "A logical operator without both its sides is refused with 400.",
    needs=USERS,
    catches=[
        "filter-dangling-and-is-dropped",
        "filter-refused-as-value",
        "filter-second-expression-is-dropped",
    ],
)
def invalid_logic(scim: Scim) -> None:
    """What stands before it must not be answered alone."""
    one = f'userName eq "{scim.name()}"'
    for broken in (
        f"{one} and",
        f"or {one}",
        f"{one} and or {one}",
        f"{one} {one}",
        f"{one} xor {one}",
    ):
        _refused(scim, broken)


@check(
    "rfc7644/3.4.2.2/invalid-keyword",
    SHOULD,
    "What refuses a malformed filter names invalidFilter.",
    needs=USERS,
)
def invalid_keyword(scim: Scim) -> None:
    """Table 9: the keyword tells a client that the filter is at fault, not the request."""
    refused = scim.get(scim.users, filter='userName eq "a" and')
    refused.given.have_status(400)

    refused.must.be_error(400, "invalidFilter")
    refused.must.be_error_message()


@check(
    "rfc7644/3.4.2.2/unknown-operator",
    MUST,
    "An operator that does not exist is refused: 400 with invalidFilter.",
    needs=USERS,
    catches=["filter-malformed-is-500", "filter-unknown-operator-as-eq"],
)
def unknown_operator(scim: Scim) -> None:
    """The RFC's own example is `regex`."""
    for operator in ("regex", "like", "=="):
        _refused(scim, f'userName {operator} "a"', "invalidFilter")


@check(
    "rfc7644/3.4.2.2/unknown-attribute",
    MUST,
    "A condition on an attribute that does not exist finds nothing, or is refused.",
    needs=USERS,
    catches=["filter-pr-always", "filter-unknown-attribute-ignored"],
)
def unknown_attribute(scim: Scim) -> None:
    """Either is right; to leave the condition out is not."""
    people = scim.people
    for condition in (
        'noSuchAttribute eq "x"',
        "noSuchAttribute pr",
        'name.noSuch eq "x"',
        'emails[noSuch eq "x"]',
    ):
        answer = scim.get(scim.users, filter=f"{people.all} and {condition}")
        if answer.status == 400:
            continue
        found = people.letters([str(node["id"]) for node in answer.must.be_list(counted=False)])
        scim.require(not found, "no match, or status 400", found)


@check(
    "rfc7644/3.4.2.2/unknown-urn",
    MUST,
    "A condition on an attribute of an unknown schema finds nothing, or is refused.",
    needs=USERS,
    catches=["filter-ignored", "filter-malformed-is-ignored", "filter-unknown-urn-ignored"],
)
def unknown_urn(scim: Scim) -> None:
    """`urn:example:x:userName` is not userName."""
    people = scim.people
    answer = scim.get(scim.users, filter=f'urn:example:x:userName eq "{people.name("a")}"')
    if answer.status != 400:
        found = people.letters([str(node["id"]) for node in answer.must.be_list(counted=False)])
        scim.require(not found, "no match, or status 400", found)


@check(
    "rfc7644/3.4.2.2/wrong-literal",
    MUST,
    "A value of another type than the attribute matches nothing, or is refused.",
    needs=[*USERS, "User.active"],
    catches=["filter-cut-after-and", "filter-dates-ignored"],
)
def wrong_literal(scim: Scim) -> None:
    """What it must not do is fail, or find everybody."""
    people = scim.people
    for condition in ("userName eq 7", "userName eq true", 'meta.created gt "yesterday"'):
        answer = scim.get(scim.users, filter=f"{people.all} and {condition}")
        scim.require(answer.status in (200, 400), "status 200 or 400", answer.summary)
        if answer.status == 200:
            found = people.letters([str(node["id"]) for node in answer.must.be_list(counted=False)])
            scim.require(not found, "no match, or status 400", found)


@check(
    "rfc7644/3.4.2.2/groups",
    MUST,
    "Groups are filtered by the same rules.",
    needs=["filter", "Group"],
    catches=["filter-groups-eq-as-sw"],
)
def groups(scim: Scim) -> None:
    """By `eq`, in any case, by `sw` and with `or`, on displayName."""
    one, two, _ = scim.new_group(), scim.new_group(), scim.new_group()
    name, other = str(one["displayName"]), str(two["displayName"])
    for text, expected in (
        (f'displayName eq "{name}"', [one.id]),
        (f'displayName eq "{name[:-1]}"', []),
        (f'displayName eq "{name}" or displayName eq "{other}"', [one.id, two.id]),
        (f'displayName eq "{name}" and displayName eq "{other}"', []),
    ):
        answer = scim.get(scim.groups, filter=text)
        scim.skip_unless(answer.status not in (400, 501), "the endpoint refuses such a filter")
        found = sorted(str(node["id"]) for node in scim.matches(scim.groups, filter=text))
        scim.require(found == sorted(expected), f"{text} to find {expected or 'nothing'}", found)


@check(
    "rfc7644/3.4.2.2/types-apart",
    MUST,
    "A filter on groups finds no users, and the reverse.",
    needs=["filter", "User", "Group", "User.displayName"],
    catches=[],
)
def types_apart(scim: Scim) -> None:
    """Each endpoint holds its own type, though names be the same."""
    name = scim.name()
    user, group = scim.new_user(displayName=name), scim.new_group(displayName=name)
    for path, expected in ((scim.users, user), (scim.groups, group)):
        found = [str(node["id"]) for node in scim.matches(path, filter=f'displayName eq "{name}"')]
        scim.require(found == [expected.id], f"only {expected.id}", found)


def _names(scim: Scim, letters: str) -> list[Condition]:
    people = scim.people
    return [people.where("userName", "eq", people.name(letter)) for letter in letters]


def _written(scim: Scim, text: str, condition: Condition) -> None:
    scim.people.must_find_as(text, condition.written(text))


def _refused(scim: Scim, broken: str, scim_type: str | None = None) -> None:
    scim.get(scim.users, filter=broken).must.be_error(400, scim_type, "invalidFilter")
