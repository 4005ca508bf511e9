"""Dialects of PATCH operations as they come."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from scim_protocol.definitions import ResourceModel
from scim_protocol.dialects.bodies import is_empty_reference
from scim_protocol.dialects.kinds import Value
from scim_protocol.filter import print_literal
from scim_protocol.patch import OPERATIONS, Operation
from scim_protocol.path import parse_patch_path
from scim_protocol.relaxing import attribute_named, place_of, qualify_path, rework


def in_any_case(operation: Operation, _: ResourceModel) -> Iterator[Operation]:
    """Read `Replace` as `replace`."""
    known = operation.op.lower() in OPERATIONS
    yield replace(operation, op=operation.op.lower()) if known else operation


def with_extension_names(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Qualify the name of an extension's attribute that stands without its URN."""
    if operation.path is not None:
        yield replace(operation, path=qualify_path(operation.path, model))
    elif isinstance(operation.value, dict):
        named = {qualify_path(name, model): part for name, part in operation.value.items()}
        yield replace(operation, value=named)
    else:
        yield operation


# `id` in a path-less value only repeats the URL; the others the service provider keeps itself.
_REPEATED: Final = frozenset({"id", "schemas", "meta"})


def without_ids(operation: Operation, _: ResourceModel) -> Iterator[Operation]:
    """Leave out of a path-less value what only repeats which resource it is."""
    value = operation.value
    if operation.path is None and isinstance(value, dict):
        kept = {name: part for name, part in value.items() if name.lower() not in _REPEATED}
        if not kept and value and operation.op in OPERATIONS:
            return
        operation = replace(operation, value=kept)
    yield operation


def paths_apart(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
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


def removal_for_nothing(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Take a reference set to nothing as its removal, whether it was to be added or replaced."""
    place = place_of(operation, model)
    if operation.op in ("add", "replace") and place is not None:
        leaf = place.target.leaf
        if not leaf.multi_valued and is_empty_reference(operation.value, leaf):
            operation = Operation("remove", operation.path)
    yield operation


def with_booleans_in_path(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Read text that the filter of a path compares with a boolean: `roles[primary eq "True"]`."""
    place = place_of(operation, model)
    if place is not None and place.filter is not None:
        came = parse_patch_path(str(operation.path)).filter
        operation = operation if came == place.filter else replace(operation, path=str(place))
    yield operation


def listed_values_apart(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
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


def with_value(operation: Operation, model: ResourceModel, change: Value) -> Operation:
    """Rewrite the value of an operation, and the parts within it.

    That of a removal stays: it lists what goes, and nothing must become all of it.
    """
    if operation.op == "remove":
        return operation
    place = place_of(operation, model)
    if place is not None:
        return replace(operation, value=rework(operation.value, place.target.leaf, change))
    if operation.path is not None or not isinstance(operation.value, dict):
        return operation
    return replace(operation, value=reworked_parts(operation.value, model, change))


def reworked_parts(resource: dict[str, Any], model: ResourceModel, change: Value) -> dict[str, Any]:
    """Rewrite the values of all attributes that an object of attributes names."""
    return {
        name: rework(value, attribute, change)
        if (attribute := attribute_named(name, model))
        else value
        for name, value in resource.items()
    }


def _is_more_than_a_name(key: str, model: ResourceModel) -> bool:
    place = place_of(Operation("replace", key), model)
    return place is not None and (place.filter is not None or place.target.sub is not None)
