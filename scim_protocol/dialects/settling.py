"""Dialects of PATCH operations whose turn has come: they see the resource as it then is."""

from collections.abc import Iterator
from typing import Any

from scim_protocol.definitions import Attribute, ResourceModel, Target
from scim_protocol.filter import And, AttributePath, Comparison, Filter
from scim_protocol.matching import values_of
from scim_protocol.patch import Operation
from scim_protocol.place import Place
from scim_protocol.relaxing import boolean_of_text, place_of
from scim_protocol.resource import Resource


def created_value(
    operation: Operation, resource: Resource, model: ResourceModel
) -> Iterator[Operation]:
    """Create the value that `emails[type eq "work"].value` speaks of when there is none.

    An `add` creates any value that equalities describe. A `replace` is noTarget by the RFC's word,
    so it creates only what a client that provisions by type means: a value of one of the types
    that the schema suggests.
    """
    place = _unmatched(operation, resource, model)
    if place is None or operation.op == "remove":
        yield operation
        return
    if operation.value is None:  # nothing is to be removed where there is nothing
        return
    described = _described(place.filter, place.target.attribute) if place.filter else None
    if described is None or (
        operation.op == "replace" and not _is_suggested(described, place.target.attribute)
    ):
        yield operation
        return
    sub = place.target.sub
    given = operation.value if sub is None else {sub.name: operation.value}
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, dict):
        said = {name.lower() for name in given}
        given = {n: part for n, part in described.items() if n.lower() not in said} | given
    attribute = AttributePath(place.target.urn, place.target.attribute.name)
    yield Operation("add", str(attribute), [given])


def removed_if_equal(
    operation: Operation, resource: Resource, model: ResourceModel
) -> Iterator[Operation]:
    """Let `remove` with a value for a single one take that value away, and no other."""
    place = place_of(operation, model)
    given = operation.value
    if operation.op != "remove" or place is None or given is None or place.target.leaf.multi_valued:
        yield operation
        return
    whole = Target(place.target.urn, place.target.attribute)
    chosen = list(filter(place.matches, values_of(whole)(resource)))
    sub = place.target.sub
    present = [one.get(sub.name) for one in chosen] if sub else chosen
    there = [one for one in present if one is not None]
    if all(_are_equal(one, given, place.target.leaf) for one in there):
        yield Operation("remove", operation.path)


def _are_equal(value: Any, given: Any, attribute: Attribute) -> bool:
    given = given[0] if isinstance(given, list) and len(given) == 1 else given
    if isinstance(given, dict) and not attribute.is_complex:
        given = given.get("value")
    given = boolean_of_text(given, attribute)
    if isinstance(value, dict):
        named = given if isinstance(given, dict) else {"value": given}
        parts = {name: (attribute.sub(name), part) for name, part in named.items()}
        return all(s and _are_equal(value.get(s.name), p, s) for s, p in parts.values())
    if isinstance(value, str) and isinstance(given, str):
        return attribute.fold(value) == attribute.fold(given)
    return bool(value == given)


def _unmatched(operation: Operation, resource: Resource, model: ResourceModel) -> Place | None:
    place = place_of(operation, model)
    if place is None or place.filter is None:
        return None
    whole = Target(place.target.urn, place.target.attribute)
    return None if any(map(place.matches, values_of(whole)(resource))) else place


def _described(tree: Filter, attribute: Attribute) -> dict[str, Any] | None:
    """Return the value that a filter of equalities describes; None for any other filter."""
    match tree:
        case And(left, right):
            first, second = _described(left, attribute), _described(right, attribute)
            return None if first is None or second is None else first | second
        case Comparison(path, "eq", value) if value is not None:
            sub = attribute.sub(path.name)
            return {sub.name: value} if sub else None
    return None


def _is_suggested(described: dict[str, Any], attribute: Attribute) -> bool:
    kind = attribute.sub("type")
    named = described.get("type")
    if kind is None or set(described) - {"type", "primary"}:
        return False
    if named is None:
        return described.get("primary") is True
    return not kind.canonical_values or named in kind.canonical_values
