"""RFC 7644 §3.5.2: PATCH of every list of complex values in the schemas, not of e-mails alone."""

from collections.abc import Iterator

from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.claims import Document
from conformance.expect import covers
from conformance.material.attributes import Spot
from conformance.material.operations import add, remove, replace
from conformance.scim import Resource, Scim


def _lists(scim: Scim, *needed: str) -> Iterator[tuple[Spot, Resource]]:
    """Yield the lists of complex values that have a text `value`, each with a resource."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    for name in scim.claims.type_names:
        found = [
            spot
            for spot in scim.spots("readWrite")
            if spot.type_name == name and _is_meant(spot, {"value", *needed})
        ]
        made = scim.made(name, scim.smallest(name)) if found else None
        for spot in found:
            if made is not None:
                yield spot, made


def _is_meant(spot: Spot, needed: set[str]) -> bool:
    parts = {
        str(part.get("name")): str(part.get("type") or "string")
        for part in spot.attribute.get("subAttributes") or ()
        if part.get("mutability") in (None, "readWrite", "immutable")
        and part.get("uniqueness") in (None, "none")
    }
    is_seen = spot.returned in ("default", "always") and not spot.refers
    has_text = needed <= set(parts) and parts["value"] == "string"
    return spot.is_list and spot.sub is None and is_seen and has_text


def _value(spot: Spot, scim: Scim) -> str:
    if spot.attribute["name"].lower() == "phonenumbers":
        return f"tel:+1-201-555-{int(scim.name()[-4:], 16):05d}"
    name = scim.name()
    return f"{name}@example.com" if "mail" in spot.attribute["name"].lower() else name


def _holds_one(scim: Scim, spot: Spot, made: Resource, value: Document) -> bool:
    """Whether the list could be made one of this value; it may want others, or more parts."""
    if not scim.patch(made.path, replace(str(spot), [value])).ok:
        return False
    return covers(spot.find(scim.read(made).body.value), [value])


@check(
    "rfc7644/3.5.2.1/every-list",
    MUST,
    "To every list values are added beside those there, and taken away by a filter.",
    needs=["patch"],
    catches=["patch-replaces-some-lists", "patch-refuses-filters-on-some-lists"],
)
def every_list(scim: Scim) -> None:
    """E-mails and members are not the only ones."""
    tried = 0
    for spot, made in _lists(scim):
        first, second = ({"value": _value(spot, scim)} for _ in range(2))
        if not _holds_one(scim, spot, made, first):
            continue
        answer = scim.patch(made.path, add(str(spot), [second]))
        if answer.status == 400 and answer.body.get("scimType") == "invalidValue":
            continue  # there may be a limit
        tried += 1
        _must_hold(scim, spot, made, answer, [first, second])
        condition = f'value eq "{first["value"]}"'
        answer = scim.patch(made.path, remove(f"{spot}[{condition}]"))
        _must_hold(scim, spot, made, answer, [second])
    scim.skip_unless(tried > 0, "no schema has a list whose values can be made up")


def _must_hold(
    scim: Scim, spot: Spot, made: Resource, answer: Answer, values: list[Document]
) -> None:
    """Demand that a PATCH was done, and that the list has these values then."""
    answer.must.have_status(200, 204)
    found = spot.find(scim.read(made).body.value)
    scim.require(covers(found, values), f"{spot} to be {values}", found)


@check(
    "rfc7644/3.5.2/primary-of-each",
    MUST,
    "In every list a new primary value takes that from the former one.",
    needs=["patch"],
    catches=["patch-knows-primary-of-mail-alone", "patch-keeps-two-primaries"],
)
def primary_of_each(scim: Scim) -> None:
    """`primary` means the same wherever it is (RFC 7643 §2.4)."""
    tried = 0
    for spot, made in _lists(scim, "primary"):
        first, second = ({"value": _value(spot, scim), "primary": True} for _ in range(2))
        if not _holds_one(scim, spot, made, first):
            continue
        if scim.patch(made.path, add(str(spot), [second])).ok:
            tried += 1
            found = spot.find(scim.read(made).body.value)
            primary = [one.get("value") for one in found if one.get("primary") is True]
            is_right = primary == [second["value"]]
            scim.require(is_right, f"{second['value']} alone as primary of {spot}", found)
    scim.skip_unless(tried > 0, "no schema has a list with primary values")
