"""RFC 7643 §2.3, §2.4: numbers, dates, references and binaries keep their value; lists are lists.

The checks go through all attributes of all resource types that discovery lists.
"""

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.expect import covers
from conformance.material.attributes import Spot
from conformance.material.operations import WORK, add, replace
from conformance.scim import Resource, Scim

EMAILS = ["User", "User.emails.value", "User.emails.type"]
VALUES: dict[str, tuple[Any, ...]] = {
    "boolean": (False, True),
    "integer": (0, 2_000_000_000, -7),
    "decimal": (0.25, -1234.56789),
    "dateTime": ("2011-08-01T18:29:49Z", "2024-02-29T23:30:00+02:00"),
    "binary": ("+/+/AA==",),
    "reference": ("https://example.com/Photos/Ada?size=2&kind=A#Top", "https://example.com/~ada/"),
}
"""Values that are easily bent: by rounding, folding, or by taking what is 0 for nothing."""

NO_DATES = ("2024-13-45T00:00:00Z", "2024-05-17", "17 May 2024 10:00")


def _writable(scim: Scim, *kinds: str) -> list[Spot]:
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    found = [spot for spot in scim.spots("readWrite") if spot.leaf.get("type") in kinds]
    spots = [
        spot
        for spot in found
        if not spot.refers
        and spot.returned in ("default", "always")
        and not spot.leaf.get("canonicalValues")
        and not (spot.sub and spot.leaf.get("type") == "boolean")
        and (spot.sub is not None or not spot.is_list)
    ]
    scim.skip_unless(bool(spots), f"no schema has an attribute of type {' or '.join(kinds)}")
    return spots


def _made(scim: Scim, name: str, known: dict[str, Resource]) -> Resource:
    """Return a resource of a type that has all attributes; one is enough for all checks of it."""
    if name not in known:
        known[name] = scim.made(name, scim.fullest(name))
    return known[name]


def _put(scim: Scim, spot: Spot, value: Any, made: Resource) -> Answer:
    body = spot.put(made.answer.document or scim.read(made).body.value, value)
    return scim.put(made.path, body)


@check(
    "rfc7643/2.3/values-kept",
    MUST,
    "A number, a date, a boolean, a binary or a reference is kept as it was given.",
    catches=[
        "decimals-are-rounded",
        "dates-lose-their-offset",
        "references-in-lower-case",
        "binaries-lose-their-signs",
        "zero-is-nothing",
    ],
)
def values_kept(scim: Scim) -> None:
    """What a PUT gives SHALL be there (RFC 7644 §3.5.1), unless the endpoint refuses it."""
    known: dict[str, Resource] = {}
    for spot in _writable(scim, *VALUES):
        kind = str(spot.leaf["type"])
        made = _made(scim, spot.type_name, known)
        for value in VALUES[kind]:
            if _put(scim, spot, value, made).ok:
                found = spot.find(scim.read(made).body.value)
                is_kept = any(_same(kind, one, value) for one in found)
                scim.require(is_kept, f"{spot} to be {value!r}", found)


def _same(kind: str, found: Any, sent: Any) -> bool:
    """Whether a value is the one that was sent: a moment and bytes may be written otherwise."""
    try:
        if kind == "dateTime":
            return _moment(found) == _moment(sent)
        if kind == "binary":
            return base64.b64decode(found + "==") == base64.b64decode(sent)
    except (TypeError, ValueError, binascii.Error):
        return False
    return covers(found, sent)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@check(
    "rfc7643/2.3.4/fraction",
    SHOULD,
    "A number with a fraction is no integer: it is refused, or left out.",
    catches=["integers-take-fractions"],
)
def fraction(scim: Scim) -> None:
    """An endpoint that cuts it stores another number, and says that all went well."""
    for spot, answer, found in _tried(scim, ("integer",), (3.5,)):
        is_right = not answer.ok or found in ([], [VALUES["integer"][0]])
        scim.require(is_right, f"{spot} refused, or as it was", found or answer.summary)


@check(
    "rfc7643/2.3.5/no-dates",
    MUST,
    "What is no date and time is not stored as one.",
    catches=["dates-without-times-are-stored"],
)
def no_dates(scim: Scim) -> None:
    """It MUST be a valid xsd:dateTime, with both parts."""
    for spot, answer, found in _tried(scim, ("dateTime",), NO_DATES):
        stored = [one for one in found if one in NO_DATES]
        scim.require(not (answer.ok and stored), f"{spot} without {stored}", found)


def _tried(
    scim: Scim, kinds: tuple[str, ...], wrong: tuple[Any, ...]
) -> Iterator[tuple[Spot, Answer, list[Any]]]:
    """Replace values of these types by others; yield the answers, and what is there then."""
    known: dict[str, Resource] = {}
    for spot in _writable(scim, *kinds):
        made = _made(scim, spot.type_name, known)
        _put(scim, spot, VALUES[kinds[0]][0], made).given.have_status(200)
        for value in wrong:
            answer = _put(scim, spot, value, made)
            answer.must.be_no_failure()
            yield spot, answer, spot.find(scim.read(made).body.value)


@check(
    "rfc7643/2.3.1/lines",
    MUST,
    "An address of several lines keeps its lines.",
    needs=["User", "User.addresses.streetAddress", "User.addresses.type"],
    catches=["texts-lose-their-lines"],
)
def lines(scim: Scim) -> None:
    """It MAY contain newlines, says §4.1.2."""
    address = {"type": "work", "streetAddress": "1 Main Street\nSecond floor"}
    user = scim.user_with(addresses=[address | {"streetAddress": "1 Main Street"}])
    body = scim.smallest_user(userName=str(user["userName"]), addresses=[address])
    scim.put(user.path, body).given.have_status(200)

    scim.read(user).must.hold({"addresses": [address]})


@check(
    "rfc7643/2.4/one-for-a-list",
    MUST,
    "A single value in the place of a list is refused, or becomes a list of one.",
    needs=EMAILS,
    catches=["stores-one-for-a-list", "put-stores-one-for-a-list"],
)
def one_for_a_list(scim: Scim) -> None:
    """An object that is stored as it came breaks every client that reads the list."""
    user = scim.new_user()
    same = {"userName": str(user["userName"])}
    created = scim.post(scim.users, scim.smallest_user(emails=WORK))
    replaced = scim.put(user.path, scim.smallest_user(emails=WORK, **same))
    for answer, path in ((created, None), (replaced, user.path)):
        if not answer.ok:
            answer.must.have_status(400)
            continue
        shown = scim.get(path or scim.resource(scim.users, answer).path)
        found = shown.body.value.get("emails")
        scim.require(found is None or isinstance(found, list), "emails to be an array", found)


@check(
    "rfc7644/3.5.2.1/one-for-a-list",
    MUST,
    "A single value that is added to a list is refused, or becomes one value more.",
    needs=["patch", *EMAILS],
    catches=["patch-stores-one-for-a-list", "patch-adds-one-by-replacing"],
)
def one_added(scim: Scim) -> None:
    """Entra ID sends values without their brackets; those there stay in any case."""
    other = {"value": "other@example.org", "type": "other"}
    user = scim.user_with(emails=[WORK])
    for change in (add("emails", other), add(None, {"emails": other})):
        before = scim.read(user)
        answer = scim.patch(user.path, change)
        if answer.ok:
            scim.read(user).must.hold({"emails": [WORK, other]})
            scim.change(user, replace("emails", [WORK]))
        else:
            answer.must.have_status(400)
            scim.must_be_as(before, scim.read(user))
