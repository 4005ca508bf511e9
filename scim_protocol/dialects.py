"""What clients send beyond the RFC, each deviation one named unit that can be switched off.

A dialect rewrites what came into what the RFC has for it, in front of a core that knows the RFC
alone. A server that is strict applies none. Each unit says who needs it. They come in four kinds,
by what they rewrite: a resource in a body, a PATCH operation as it came, a PATCH operation when its
turn comes (seeing the resource as it then is), a filter.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from scim_protocol import relaxing
from scim_protocol.definitions import Attribute, ResourceModel, Target
from scim_protocol.filter import And, AttributePath, Comparison, Filter, print_literal
from scim_protocol.matching import compile_value_filter, values_of
from scim_protocol.patch import OPERATIONS, Operation, Place
from scim_protocol.path import parse_patch_path
from scim_protocol.relaxing import (
    attribute_named,
    is_reference,
    place_of,
    qualify_path,
    relax_value,
)
from scim_protocol.resource import Resource

Rewrite = Callable[[Operation, ResourceModel], Iterable[Operation]]
Settle = Callable[[Operation, Resource, ResourceModel], Iterable[Operation]]
Noted = set[str]

# Dialects that are also met outside of `DIALECTS`: in bodies and filters, in a table of members.
VALUES: Final = "text-for-values"
ABSENT_MEMBER: Final = "absent-member"
BARE_NAME: Final = "bare-extension-name"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A deviation: its name, who sends it, and the rewriting of an operation that settles it."""

    name: str
    sent_by: str
    rewrite: Rewrite | None = None
    settle: Settle | None = None


def relax_operations(
    operations: Iterable[Operation], model: ResourceModel, noted: Noted | None = None
) -> list[Operation]:
    """Rewrite operations as they came; what no dialect knows is left for the core to judge.

    :param noted: the names of the dialects that were needed are added to it, here and below.
    """
    relaxed = list(operations)
    for dialect in DIALECTS:
        if dialect.rewrite is not None:
            before, relaxed = (
                relaxed,
                [new for old in relaxed for new in dialect.rewrite(old, model)],
            )
            _note(dialect.name, before != relaxed, noted)
    return relaxed


def settle_operation(
    operation: Operation, resource: Resource, model: ResourceModel, noted: Noted | None = None
) -> list[Operation]:
    """Rewrite an operation when its turn comes; `apply_patch` takes this as its `settle`."""
    settled = [operation]
    for dialect in DIALECTS:
        if dialect.settle is not None:
            before = settled
            settled = [new for old in before for new in dialect.settle(old, resource, model)]
            _note(dialect.name, before != settled, noted)
    return settled


def relax_resource(document: object, model: ResourceModel, noted: Noted | None = None) -> object:
    """Rewrite a resource in a POST or PUT body: text for booleans, a bare id for a reference."""
    if not isinstance(document, dict):
        return document
    relaxed: dict[str, Any] = {}
    for name, value in document.items():
        attribute = attribute_named(name, model)
        relaxed[name] = relax_value(value, attribute) if attribute else value
    _note(VALUES, relaxed != document, noted)
    return relaxed


def relax_filter(tree: Filter, model: ResourceModel, noted: Noted | None = None) -> Filter:
    """Rewrite text that is compared with a boolean: `roles[primary eq "True"]` (Entra ID)."""
    qualified = relaxing.qualify_filter(tree, model)
    _note(BARE_NAME, qualified != tree, noted)
    relaxed = relaxing.relax_filter(qualified, model)
    _note(VALUES, relaxed != qualified, noted)
    return relaxed


def _note(name: str, needed: bool, noted: Noted | None) -> None:
    if needed and noted is not None:
        noted.add(name)


# --- operations as they came -------------------------------------------------------------------


def _operation_in_any_case(operation: Operation, _: ResourceModel) -> Iterator[Operation]:
    known = operation.op.lower() in OPERATIONS
    yield replace(operation, op=operation.op.lower()) if known else operation


# `id` in a path-less value only repeats the URL; the others the service provider keeps itself.
_REPEATED: Final = frozenset({"id", "schemas", "meta"})


def _bare_extension_names(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Qualify the name of an extension's attribute that stands without its URN."""
    if operation.path is not None:
        yield replace(operation, path=qualify_path(operation.path, model))
    elif isinstance(operation.value, dict):
        named = {qualify_path(name, model): part for name, part in operation.value.items()}
        yield replace(operation, value=named)
    else:
        yield operation


def _ids_in_value(operation: Operation, _: ResourceModel) -> Iterator[Operation]:
    value = operation.value
    if operation.path is None and isinstance(value, dict):
        kept = {name: part for name, part in value.items() if name.lower() not in _REPEATED}
        if not kept and value and operation.op in OPERATIONS:
            return
        operation = replace(operation, value=kept)
    yield operation


def _paths_as_keys(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Give the keys of a path-less value that are paths an operation each, in their order."""
    value = operation.value
    if operation.path is not None or not isinstance(value, dict):
        yield operation
        return
    paths = {key for key in value if _is_more_than_a_name(key, model)}
    if not paths:
        yield operation
        return
    for key, part in value.items():
        path, given = (key, part) if key in paths else (None, {key: part})
        yield Operation(operation.op, path, given)


def _text_for_values(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    place = place_of(operation, model)
    if place is not None:
        if (
            place.filter is not None
            and place.filter != parse_patch_path(str(operation.path)).filter
        ):
            operation = replace(operation, path=str(place))
        if operation.op != "remove":  # its value lists what goes: nothing must become all of it
            operation = replace(operation, value=relax_value(operation.value, place.target.leaf))
    elif operation.path is None:
        operation = replace(operation, value=relax_resource(operation.value, model))
    yield operation


def _empty_reference(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Take a reference set to nothing, `{"value": ""}` or `""`, as its removal."""
    place = place_of(operation, model)
    if (
        place is not None
        and operation.op in ("add", "replace")
        and is_reference(place.target.leaf)
        and not place.target.leaf.multi_valued
        and operation.value in ("", {"value": ""}, {"value": None})
    ):
        operation = Operation("remove", operation.path)
    yield operation


def _wrapped_value(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Unwrap `[{"$ref": null, "value": "x"}]` where one value is meant."""
    place = place_of(operation, model)
    value = operation.value
    if (
        place is not None
        and not (place.target.leaf.multi_valued and place.filter is None)
        and isinstance(value, list)
        and len(value) == 1
        and isinstance(value[0], dict)
    ):
        one = value[0]
        value = one if place.target.leaf.is_complex else one.get("value", one)
        operation = replace(operation, value=value)
    yield operation


def _removal_of_listed_values(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Let `remove` with a value take away the values that it lists, and no others."""
    place = place_of(operation, model)
    given = operation.value
    if operation.op != "remove" or place is None or given is None:
        yield operation
        return
    if not place.target.leaf.multi_valued or place.filter is not None:
        yield Operation("remove", operation.path)
        return
    for one in given if isinstance(given, list) else [given]:
        value = one.get("value") if isinstance(one, dict) else one
        if isinstance(value, str | int | float | bool):
            yield Operation("remove", f"{operation.path}[value eq {print_literal(value)}]")
        else:
            yield operation


# --- operations when their turn comes ----------------------------------------------------------


def _unmatched_value(
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
    value = described | given if isinstance(given, dict) else given
    attribute = AttributePath(place.target.urn, place.target.attribute.name)
    yield Operation("add", str(attribute), [value])


def _absent_member(
    operation: Operation, resource: Resource, model: ResourceModel
) -> Iterator[Operation]:
    """Take the removal of a reference that is not there as done."""
    place = _unmatched(operation, resource, model)
    if place is None or operation.op != "remove" or not is_reference(place.target.attribute):
        yield operation


DIALECTS: Final = (
    Dialect(
        "operation-in-any-case",
        "Entra ID without aadOptscim062020 sends Add, Replace, Remove",
        rewrite=_operation_in_any_case,
    ),
    Dialect(
        "ids-in-value",
        "Okta and authentik repeat id and schemas in a path-less value",
        rewrite=_ids_in_value,
    ),
    Dialect(
        BARE_NAME,
        "Entra ID of 2017 to 2019 sends manager without the URN of its extension",
        rewrite=_bare_extension_names,
    ),
    Dialect(
        "paths-as-keys",
        "Entra ID with aadOptscim062020 sends name.familyName as a key of a path-less value",
        rewrite=_paths_as_keys,
    ),
    Dialect(
        "wrapped-value",
        "Entra ID of 2017 to 2019 wraps a single value in a list of objects",
        rewrite=_wrapped_value,
    ),
    Dialect(
        "empty-reference",
        "Microsoft's SCIM validator removes a manager by an empty value",
        rewrite=_empty_reference,
    ),
    Dialect(
        VALUES,
        "Entra ID sends active as True or False in quotes; Entra ID and others a manager as its id",
        rewrite=_text_for_values,
    ),
    Dialect(
        "removal-of-listed-values",
        "Entra ID, authentik and ssosync remove members by a list of values",
        rewrite=_removal_of_listed_values,
    ),
    Dialect(
        "unmatched-value",
        "Entra ID adds and replaces emails[type eq work].value where no such e-mail exists",
        settle=_unmatched_value,
    ),
    Dialect(
        ABSENT_MEMBER,
        "Okta and Entra ID remove members that have gone already",
        settle=_absent_member,
    ),
)


# --- small things ------------------------------------------------------------------------------


def _is_more_than_a_name(key: str, model: ResourceModel) -> bool:
    place = place_of(Operation("replace", key), model)
    return place is not None and (place.filter is not None or place.target.sub is not None)


def _unmatched(operation: Operation, resource: Resource, model: ResourceModel) -> Place | None:
    place = place_of(operation, model)
    if place is None or place.filter is None:
        return None
    whole = Target(place.target.urn, place.target.attribute)
    matches = compile_value_filter(place.filter, place.target.attribute)
    return None if any(map(matches, values_of(whole)(resource))) else place


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
