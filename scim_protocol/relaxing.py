"""Values, filters and paths relaxed by the schema: what `scim_protocol.dialects` is made with.

Each value of a resource changed by what its attribute is; text that is compared with a boolean;
bare names of extensions' attributes.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from scim_protocol.definitions import Attribute, ResourceModel, Target, UnknownAttribute
from scim_protocol.errors import BadRequest
from scim_protocol.filter import (
    And,
    AttributePath,
    Comparison,
    Filter,
    Not,
    Or,
    ValuePath,
    parse_attribute_path,
)
from scim_protocol.patch import Operation
from scim_protocol.path import parse_patch_path
from scim_protocol.place import Place, find_place

Change = Callable[[Any, Attribute], Any]


def rework(value: Any, attribute: Attribute, change: Change, *, listed: bool = False) -> Any:
    """Change a value of an attribute, and the parts within it.

    Of several values each is changed for itself. What is readOnly is ignored anyway; text where the
    schema has text is in no other form than it should be.

    :param listed: several values that do not come in a list stay as they came.
    """
    if attribute.mutability == "readOnly":
        return value
    if isinstance(value, str) and attribute.type not in ("boolean", "complex"):
        return value
    if isinstance(value, list) and attribute.multi_valued:
        return [
            one if isinstance(one, list) else _rework(one, attribute, change, listed)
            for one in value
        ]
    if attribute.multi_valued and listed:
        return value
    return _rework(value, attribute, change, listed)


def _rework(value: Any, attribute: Attribute, change: Change, listed: bool) -> Any:
    changed = change(value, attribute)
    if not attribute.is_complex or not isinstance(changed, dict):
        return changed
    parts = {}
    for name, part in changed.items():
        sub = attribute.sub(name)
        parts[name] = part if sub is None else rework(part, sub, change, listed=listed)
    return parts


def boolean_of_text(value: Any, attribute: Attribute) -> Any:
    """Read text that says true or false where the schema has a boolean."""
    if attribute.type != "boolean" or not isinstance(value, str):
        return value
    return {"true": True, "false": False}.get(value.lower(), value)


def relax_filter(tree: Filter, model: ResourceModel) -> Filter:
    """Relax the comparisons of a filter over resources."""
    match tree:
        case And(left, right):
            return And(relax_filter(left, model), relax_filter(right, model))
        case Or(left, right):
            return Or(relax_filter(left, model), relax_filter(right, model))
        case Not(operand):
            return Not(relax_filter(operand, model))
        case ValuePath(path, inside):
            target = _find(path, model)
            return ValuePath(path, relax_inside(inside, target.attribute)) if target else tree
        case Comparison(path):
            target = _find(path, model)
            return _relax_comparison(tree, target.leaf) if target else tree
    return tree


def qualify_path(text: str, model: ResourceModel) -> str:
    """Put the URN of its extension before a bare name that only one extension has."""
    head, bracket, rest = text.partition("[")
    try:
        path = parse_attribute_path(head.strip(" "))
    except BadRequest:
        return text
    qualified = _qualified(path, model)
    return text if qualified is path else f"{qualified}{bracket}{rest}"


def qualify_filter(tree: Filter, model: ResourceModel) -> Filter:
    """Qualify the bare names in a filter that only one extension has."""
    match tree:
        case And(left, right):
            return And(qualify_filter(left, model), qualify_filter(right, model))
        case Or(left, right):
            return Or(qualify_filter(left, model), qualify_filter(right, model))
        case Not(operand):
            return Not(qualify_filter(operand, model))
        case _:
            path = _qualified(tree.path, model)
            return tree if path is tree.path else replace(tree, path=path)


def _qualified(path: AttributePath, model: ResourceModel) -> AttributePath:
    if path.urn is not None or path.name.lower() in model.attributes:
        return path
    holders = [schema for schema in model.extensions if schema.attribute(path.name)]
    return replace(path, urn=holders[0].id) if len(holders) == 1 else path


def relax_inside(tree: Filter, attribute: Attribute) -> Filter:
    """Relax the comparisons of a filter in the brackets of an attribute."""
    match tree:
        case And(left, right):
            return And(relax_inside(left, attribute), relax_inside(right, attribute))
        case Or(left, right):
            return Or(relax_inside(left, attribute), relax_inside(right, attribute))
        case Not(operand):
            return Not(relax_inside(operand, attribute))
        case Comparison(path):
            sub = attribute.sub(path.name)
            return _relax_comparison(tree, sub) if sub else tree
    return tree


def place_of(operation: Operation, model: ResourceModel) -> Place | None:
    """Resolve an operation's path; None where there is none or the core will refuse it."""
    if operation.path is None:
        return None
    try:
        place = find_place(operation.path, model)
    except BadRequest:
        return _relaxed_place(operation.path, model)
    if place.filter is None:
        return place
    relaxed = relax_inside(place.filter, place.target.attribute)
    # A place that stays keeps its predicate, which need not be made again.
    return place if relaxed == place.filter else replace(place, filter=relaxed)


def is_reference(attribute: Attribute) -> bool:
    """Tell whether the values of an attribute refer to resources."""
    return attribute.sub("$ref") is not None


def attribute_named(name: str, model: ResourceModel) -> Attribute | None:
    """Return what a key of a resource names, an extension's URN too; None if it is unknown."""
    try:
        return model.resolve(name).leaf
    except (BadRequest, UnknownAttribute):
        return None


def _relaxed_place(path: str, model: ResourceModel) -> Place | None:
    """Resolve a path whose filter compares a boolean with text: `roles[primary eq "True"]`."""
    try:
        parsed = parse_patch_path(path)
        if parsed.filter is None:
            return None
        inside = relax_inside(parsed.filter, model.find(parsed.attribute).attribute)
        return find_place(str(replace(parsed, filter=inside)), model)
    except (BadRequest, UnknownAttribute):
        return None


def _relax_comparison(node: Comparison, attribute: Attribute) -> Comparison:
    relaxed = boolean_of_text(node.value, attribute)
    return node if relaxed is node.value else replace(node, value=relaxed)


def _find(path: AttributePath, model: ResourceModel) -> Target | None:
    try:
        return model.find(path)
    except UnknownAttribute:
        return None
