"""RFC 7643 §2.1, §2.3 to §2.5: names, data types, lists, and what has no value."""

import re
from collections.abc import Iterator
from typing import Any

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.expect import KINDS
from conformance.material.attributes import Spot
from conformance.material.operations import HOME, WORK
from conformance.scim import Scim
from conformance.wire.exchange import encode

EMAILS = ["User", "User.emails.value", "User.emails.type"]
_TIME = re.compile(r"-?\d{4,}-\d\d-\d\dT(\d\d:\d\d:\d\d(\.\d+)?|24:00:00(\.0+)?)(Z|[+-]\d\d:\d\d)?")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
FITS: dict[str, Any] = {
    "string": lambda value: isinstance(value, str),
    "boolean": KINDS["boolean"],
    "integer": KINDS["integer"],
    "decimal": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "dateTime": lambda value: isinstance(value, str) and bool(_TIME.fullmatch(value)),
    "binary": lambda value: isinstance(value, str) and bool(_BASE64.fullmatch(value)),
    "reference": lambda value: isinstance(value, str),
    "complex": lambda value: isinstance(value, dict),
}


@check(
    "rfc7643/2.1/names-case",
    MUST,
    "Attribute names in a body may be written in any case.",
    needs=["User", "User.displayName"],
    catches=["bodies-take-names-by-case"],
)
def names_case(scim: Scim) -> None:
    """Names are case-insensitive; USERNAME is userName."""
    sent = scim.smallest_user(displayName="ada")
    body = {k.upper() if k in ("userName", "displayName") else k: v for k, v in sent.items()}
    created = scim.post(scim.users, body)

    created.must.have_status(201)
    made = scim.read(scim.resource(scim.users, created))
    made.must.hold({"userName": sent["userName"], "displayName": "ada"})


@check(
    "rfc7643/2.3/shown-types",
    MUST,
    "Every value that is shown has the type that the schema gives its attribute.",
    catches=[
        "booleans-as-text",
        "numbers-as-text",
        "lists-of-one-as-objects",
        "dates-as-text",
        "complex-as-text",
    ],
)
def shown_types(scim: Scim) -> None:
    """A boolean is true and not "true", a list of one value is a list."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    for name in scim.claims.type_names:
        shown = scim.read(scim.made(name, scim.fullest(name))).body.value
        for spot in (s for s in scim.spots() if s.type_name == name):
            if spot.sub is None:
                _must_be_list(scim, spot, shown)
            for value in spot.find(shown):
                kind = str(spot.leaf.get("type") or "string")
                fits = FITS.get(kind, lambda _: True)(value)
                scim.require(fits, f"{spot} to be a {kind}", value)


def _must_be_list(scim: Scim, spot: Spot, shown: Document) -> None:
    holder = shown.get(spot.urn, {}) if spot.urn else shown
    value = holder.get(spot.attribute["name"]) if isinstance(holder, dict) else None
    is_right = value is None or isinstance(value, list) == spot.is_list
    scim.require(is_right, f"{spot} {'' if spot.is_list else 'not '}to be an array", value)


@check(
    "rfc7643/2.3/stored-types",
    MUST,
    "A value of a wrong type is never stored.",
    catches=["stores-any-type"],
)
def stored_types(scim: Scim) -> None:
    """Each attribute in turn gets nonsense: it is refused, or is not there afterwards."""
    for spot, wrong, answer in _nonsense(scim):
        if answer.ok:
            path = scim.claims.path_of(spot.type_name)
            shown = scim.read(scim.resource(path, answer)).body.value
            scim.require(wrong not in spot.find(shown), f"{spot} without {wrong!r}", shown)


@check(
    "rfc7643/2.3/no-failures",
    MUST,
    "A value of a wrong type is no 5xx.",
    catches=["fails-on-wrong-types"],
)
def no_failures(scim: Scim) -> None:
    """What violates the schema is the client's mistake: 400 (RFC 7644 §3.12, table 8)."""
    for _, _, answer in _nonsense(scim):
        answer.must.be_no_failure()


def _nonsense(scim: Scim) -> Iterator[tuple[Spot, Any, Answer]]:
    """Create resources with a value of a wrong type, for each attribute in turn."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    for spot in scim.spots("readWrite", "immutable"):
        if spot.sub is not None and spot.leaf.get("type") in (None, "string", "reference"):
            continue  # one text in a complex value stands for all of them
        path, wrong = scim.claims.path_of(spot.type_name), spot.wrong()
        yield spot, wrong, scim.post(path, spot.put(scim.smallest(spot.type_name), wrong))


@check(
    "rfc7643/2.3/refused-types",
    SHOULD,
    "A value of a wrong type is refused with invalidValue.",
    needs=["User", "User.active", "User.displayName", "User.emails.value"],
    catches=["ignores-wrong-types", "wrong-types-are-invalid-paths"],
)
def refused_types(scim: Scim) -> None:
    """Endpoints are free to ignore what they cannot use; a client then never learns why."""
    for wrong in ({"active": "nonsense"}, {"displayName": {"x": 1}}, {"emails": "nonsense"}):
        answer = scim.post(scim.users, scim.smallest_user(**wrong))
        answer.must.be_error(400, None, "invalidValue", "invalidSyntax")


@check(
    "rfc7643/2.3.1/unicode",
    MUST,
    "A text is kept as it was sent, in whatever script it is.",
    needs=["User", "User.displayName"],
    catches=[
        "texts-are-unquoted",
        "texts-are-trimmed-when-read",
        "texts-lose-unicode",
        "texts-lose-astral-planes",
        "texts-are-escaped",
    ],
)
def unicode(scim: Scim) -> None:
    """A string is a sequence of Unicode characters; what a PUT gives SHALL be what is there."""
    user = scim.user_with(displayName="plain")  # else it is altered, whatever it is
    for text in (
        "Łukasz Gödel",
        "李小龍 さくら",
        "عمر",
        "👩‍💻 🇺🇳",
        'a "b" \\ <c> & d/e',
        "%41+%20",
    ):
        body = scim.smallest_user(userName=str(user["userName"]), displayName=text)
        scim.put(user.path, body).must.have_status(200)

        scim.read(user).must.hold({"displayName": text})


@check(
    "rfc7643/2.3.1/escapes",
    MUST,
    "Escaped and plain characters of JSON are the same text.",
    needs=["User", "User.displayName"],
    catches=["escapes-are-kept"],
)
def escapes(scim: Scim) -> None:
    """`\\u00e9` and é are one character, and a pair of surrogates is one, too."""
    scim.user_with(displayName="plain")  # what is sent may be altered, whatever it is (§3.3)
    body = {k: v for k, v in scim.smallest_user().items() if k != "displayName"}
    raw = '{"displayName": "caf\\u00e9 \\ud83d\\ude00", '
    text = ", ".join(f'"{k}": {encode(v)}' for k, v in body.items())
    created = scim.send("POST", scim.users, raw=(raw + text + "}").encode())
    created.must.have_status(201)

    made = scim.resource(scim.users, created)
    scim.read(made).must.hold({"displayName": "café 😀"})


@check(
    "rfc7643/2.3.1/long",
    MUST,
    "A long text is kept whole, or refused.",
    needs=["User", "User.displayName"],
    catches=["texts-are-cut"],
)
def long_text(scim: Scim) -> None:
    """One that is cut in silence is another name."""
    scim.user_with(displayName="plain")  # what is sent may be altered, whatever it is (§3.3)
    long = "ab " * 200 + "end"
    answer = scim.post(scim.users, scim.smallest_user(displayName=long))
    scim.skip_unless(answer.status != 400, "the endpoint refuses texts of 600 characters")

    answer.must.have_status(201)
    scim.read(scim.resource(scim.users, answer)).must.hold({"displayName": long})


@check(
    "rfc7643/2.4/primary-once",
    MUST,
    "Two primary values are never kept.",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["keeps-two-primaries", "put-keeps-two-primaries"],
)
def primary_once(scim: Scim) -> None:
    """`primary` true MUST appear once at most: the body is refused, or put right."""
    user = scim.new_user()
    emails = [{**WORK, "primary": True}, {**HOME, "primary": True}]
    created = scim.post(scim.users, scim.smallest_user(emails=emails))
    body = scim.smallest_user(userName=str(user["userName"]), emails=emails)
    replaced = scim.put(user.path, body)
    for path, answer in ((None, created), (user.path, replaced)):
        if answer.ok:
            shown = scim.get(path or scim.resource(scim.users, created).path)
            found = [e for e in shown.body.items_of("emails") if e.value.get("primary") is True]
            scim.require(len(found) <= 1, "one primary value at most", [e.value for e in found])
        else:
            answer.must.be_error(400, None, "invalidValue", "invalidSyntax")


@check(
    "rfc7643/2.4/primary-absent",
    SHOULD,
    "A value that was not called primary is not made so.",
    needs=[*EMAILS, "User.emails.primary"],
    catches=["makes-the-first-primary"],
)
def primary_absent(scim: Scim) -> None:
    """Where it is not given, `primary` is to be taken for false."""
    user = scim.read(scim.user_with(emails=[WORK, HOME]))

    found = [e.value for e in user.body.items_of("emails") if e.value.get("primary") is True]
    scim.require(not found, "no primary value", found)


@check(
    "rfc7643/2.4/duplicates",
    SHOULD,
    "A value that is sent twice is shown once.",
    needs=EMAILS,
    catches=["keeps-duplicates"],
)
def duplicates(scim: Scim) -> None:
    """The same pair of type and value SHOULD NOT be returned more than once."""
    created = scim.post(scim.users, scim.smallest_user(emails=[WORK, WORK]))
    scim.skip_unless(created.status == 201, "the endpoint refuses values that are there twice")

    made = scim.resource(scim.users, created)
    scim.read(made).must.hold({"emails": [WORK]})


@check(
    "rfc7643/2.4/all-values",
    MUST,
    "All values of a list are kept, those of the same type too.",
    needs=EMAILS,
    catches=["keeps-one-value-a-type", "keeps-the-first-value"],
)
def all_values(scim: Scim) -> None:
    """`type` is a label, and no key."""
    second = {**WORK, "value": "second@example.com"}
    user = scim.new_user()
    body = scim.smallest_user(userName=str(user["userName"]), emails=[WORK, second, HOME])
    scim.put(user.path, body).given.have_status(200)  # an endpoint may set a limit

    scim.read(user).must.hold({"emails": [WORK, second, HOME]})


@check(
    "rfc7643/2.5/null",
    MUST,
    "An attribute that is sent as null has no value.",
    needs=["User", "User.title", "User.name.givenName", "User.name.familyName"],
    catches=["null-is-refused", "null-is-text"],
)
def null(scim: Scim) -> None:
    """null, absent and an empty list are one state: the creation is taken."""
    name = {"givenName": "ada", "familyName": None}
    created = scim.post(scim.users, scim.smallest_user(title=None, name=name))

    created.must.have_status(201)
    made = scim.read(scim.resource(scim.users, created))
    # What is absent may be given a default, so null may be given the same.
    absent = scim.read(scim.new_user(name={"givenName": "ada"})).body.value
    family = (absent.get("name") or {}).get("familyName")
    wanted = {"givenName": "ada", "familyName": family}
    made.must.hold({"title": absent.get("title"), "name": wanted})


@check(
    "rfc7643/2.5/empty-list",
    MUST,
    "A list that is sent empty has no values.",
    needs=EMAILS,
    catches=["empty-lists-are-refused"],
)
def empty_list(scim: Scim) -> None:
    """It is the same as no list at all."""
    scim.skip_unless("emails" not in scim.smallest_user(), "the endpoint requires emails")
    created = scim.post(scim.users, scim.smallest_user(emails=[]))

    created.must.have_status(201)
    # What is absent may be given a default, so an empty list may be given the same.
    absent = scim.read(scim.new_user()).body.value.get("emails")
    scim.read(scim.resource(scim.users, created)).must.hold({"emails": absent})


@check(
    "rfc7643/2.5/unassigned",
    MUST,
    "A replacement by null or by an empty list takes the value away.",
    needs=[*EMAILS, "User.title"],
    catches=["put-ignores-null", "put-ignores-empty-lists"],
)
def unassigned(scim: Scim) -> None:
    """What is left out may be kept (RFC 7644 §3.5.1); what is said to be nothing may not."""
    scim.skip_unless("emails" not in scim.smallest_user(), "the endpoint requires emails")
    user = scim.user_with(title="engineer", emails=[WORK])
    body = scim.smallest_user(userName=str(user["userName"]), title=None, emails=[])
    scim.put(user.path, body).must.have_status(200)

    scim.read(user).must.hold({"title": None, "emails": None})
