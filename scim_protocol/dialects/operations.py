"""Dialects of PATCH operations as they come."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from scim_protocol.definitions import Attribute, ResourceModel, Target, UnknownAttribute
from scim_protocol.dialects.bodies import is_empty_reference
from scim_protocol.dialects.kinds import Value
from scim_protocol.errors import InvalidPath
from scim_protocol.filter import print_literal
from scim_protocol.patch import OPERATIONS, Operation
from scim_protocol.path import parse_patch_path
from scim_protocol.place import Place
from scim_protocol.relaxing import attribute_named, is_reference, place_of, qualify_path, rework
from scim_protocol.resource import UNASSIGNED


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
    place, gone = place_of(operation, model), list[str]()
    if operation.op not in ("add", "replace"):
        yield operation
        return
    if place is not None and _is_emptied(operation.value, place.target):
        yield Operation("remove", str(Target(place.target.urn, place.target.attribute)))
        return
    prefix = _extension_prefix(place, model)
    if isinstance(operation.value, dict) and prefix is not None:
        kept = _without_emptied(operation.value, model, prefix, gone)
        yield from (Operation("remove", path) for path in gone)
        operation = replace(operation, value=kept) if gone else operation
    if operation.value or not gone:
        yield operation


def _is_emptied(value: Any, target: Target) -> bool:
    if target.sub is not None and target.sub.name == "value":
        return value == "" and is_empty_reference(value, target.attribute)
    return is_empty_reference(value, target.leaf)


def _extension_prefix(place: Place | None, model: ResourceModel) -> str | None:
    """Return what makes a name in the value one of the resource; None where there are none."""
    if place is None:
        return ""
    schema = model.extension(place.target.attribute.name)
    return f"{schema.id}:" if schema else None


def _without_emptied(
    value: dict[str, Any], model: ResourceModel, prefix: str, gone: list[str]
) -> dict[str, Any]:
    """Return an object of attributes without references to nothing, whose paths go to `gone`."""
    kept: dict[str, Any] = {}
    for name, part in value.items():
        schema = model.extension(name)
        attribute = attribute_named(prefix + name, model)
        if schema is not None and isinstance(part, dict):
            inner = _without_emptied(part, model, f"{schema.id}:", gone)
            if inner or not part:
                kept[name] = inner
        elif attribute is not None and is_empty_reference(part, attribute):
            gone.append(prefix + name)
        else:
            kept[name] = part
    return kept


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
    if not place.target.leaf.multi_valued:
        yield operation  # What is there now tells whether it is meant: see `removed_if_equal`.
        return
    if place.filter is not None:
        yield Operation("remove", operation.path)
        return
    for one in given if isinstance(given, list) else [given]:
        listed = _listed_value(one, place.target.leaf)
        yield Operation("remove", f"{operation.path}[{listed}]") if listed else operation


def _listed_value(one: Any, attribute: Attribute) -> str:
    """Return the filter that finds a value which is listed; none if it does not say which.

    A value is known by its `value` and `type`, or, where it refers to a resource, its `value`.
    """
    parts = one if isinstance(one, dict) else {"value": one}
    value, kind = parts.get("value"), parts.get("type")
    if not isinstance(value, str | int | float | bool):
        return ""
    found = f"value eq {print_literal(value)}"
    is_typed = isinstance(kind, str) and attribute.sub("type") and not is_reference(attribute)
    return f"{found} and type eq {print_literal(kind)}" if is_typed else found


def unwrapped(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Unwrap `[{"$ref": null, "value": "x"}]` where one value is meant."""
    yield with_value(operation, model, _unwrapped)


def _unwrapped(value: Any, attribute: Attribute) -> Any:
    if attribute.multi_valued or not isinstance(value, list) or len(value) != 1:
        return value
    one = value[0]
    if not isinstance(one, dict):
        return value
    return one if attribute.is_complex else one.get("value", one)


def without_unknown_names(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Leave out of a path-less value the attributes that no schema of the type defines."""
    value = operation.value
    if operation.path is None and operation.op != "remove" and isinstance(value, dict):
        kept = {name: part for name, part in value.items() if not _is_unknown(name, model)}
        operation = replace(operation, value=kept)
    yield operation


def _is_unknown(name: str, model: ResourceModel) -> bool:
    try:
        model.resolve(name)
    except UnknownAttribute:
        return True
    except InvalidPath:
        return "[" not in name  # With a bracket it was meant for a path.
    return False


def without_read_only_parts(operation: Operation, model: ResourceModel) -> Iterator[Operation]:
    """Leave out of a complex value the parts that the service provider sets."""
    yield with_value(operation, model, _without_read_only)


def _without_read_only(value: Any, attribute: Attribute) -> Any:
    if not isinstance(value, dict):
        return value
    subs = {name: attribute.sub(name) for name, part in value.items() if part not in UNASSIGNED}
    read_only = {name for name, sub in subs.items() if sub and sub.mutability == "readOnly"}
    return {n: part for n, part in value.items() if n not in read_only} if read_only else value


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


def reworked_parts(
    resource: dict[str, Any], model: ResourceModel, change: Value, *, listed: bool = False
) -> dict[str, Any]:
    """Rewrite the values of all attributes that an object of attributes names.

    :param listed: several values have to come in a list, as in a body; else one may come alone.
    """
    return {
        name: rework(value, attribute, change, listed=listed)
        if (attribute := attribute_named(name, model))
        else value
        for name, value in resource.items()
    }


def _is_more_than_a_name(key: str, model: ResourceModel) -> bool:
    place = place_of(Operation("replace", key), model)
    return place is not None and (place.filter is not None or place.target.sub is not None)
