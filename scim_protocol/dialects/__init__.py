"""What clients send beyond the RFC, each deviation one named unit that can be switched off.

A dialect rewrites what came into what the RFC has for it, in front of a core that knows the RFC
alone. A server that is strict speaks none. `DIALECTS` lists them all, with who needs each.

Every function here takes `spoken`, the names of the dialects that are understood, and `noted`, to
which it adds the names of those that were needed.
"""

from collections.abc import Iterable
from typing import Any, Final

from scim_protocol.definitions import Attribute, ResourceModel, UnknownAttribute
from scim_protocol.dialects import filters, requests
from scim_protocol.dialects.kinds import Dialect, Noted, Spoken, Value, note
from scim_protocol.dialects.operations import reworked_parts, with_value
from scim_protocol.dialects.table import BARE_NAME, BOOLEANS, DIALECTS, MEMBER_TYPE, UNPREPARED
from scim_protocol.errors import BadRequest
from scim_protocol.filter import And, Comparison, Filter, ValuePath
from scim_protocol.patch import Operation
from scim_protocol.place import find_place
from scim_protocol.plain import OTHER, plain_resource, plain_value
from scim_protocol.relaxing import qualify_path
from scim_protocol.resource import Resource

__all__ = ["DIALECTS", "MEMBER_TYPE", "UNPREPARED", "Dialect", "Noted", "Spoken"]

BY_DEFAULT: Final[Spoken] = frozenset(unit.name for unit in DIALECTS if unit.by_default)
OPTIONAL: Final[Spoken] = frozenset(unit.name for unit in DIALECTS if not unit.by_default)
NONE: Final[Spoken] = frozenset()

relax_path = requests.relax_path
relax_media_type = requests.relax_media_type
relax_method = requests.relax_method
relax_preconditions = requests.relax_preconditions


def relax_operations(
    operations: Iterable[Operation],
    model: ResourceModel,
    noted: Noted | None = None,
    spoken: Spoken = BY_DEFAULT,
) -> list[Operation]:
    """Rewrite operations as they came; what no dialect knows is left for the core to judge."""
    units = [(unit.name, unit.rewrite) for unit in _spoken(spoken) if unit.rewrite is not None]
    change = _every_change(noted, spoken)
    relaxed: list[Operation] = []
    for operation in operations:  # One by one: its path is then resolved once for all dialects.
        if _is_plain(operation, model):
            relaxed.append(operation)
            continue
        pieces = [operation]
        for name, rewrite in units:
            before = pieces
            pieces = [new for old in before for new in rewrite(old, model)]
            note(name, before != pieces, noted)
        relaxed += (with_value(piece, model, change) for piece in pieces)
    return relaxed


def settle_operation(
    operation: Operation,
    resource: Resource,
    model: ResourceModel,
    noted: Noted | None = None,
    spoken: Spoken = BY_DEFAULT,
) -> list[Operation]:
    """Rewrite an operation when its turn comes; `apply_patch` takes this as its `settle`."""
    settled = [operation]
    if "[" not in (operation.path or "") and (operation.op != "remove" or operation.value is None):
        return settled  # Only a filter, or what is to be removed, asks for the resource.
    for unit in _spoken(spoken):
        if unit.settle is not None:
            before = settled
            settled = [new for old in before for new in unit.settle(old, resource, model)]
            note(unit.name, before != settled, noted)
    return settled


def relax_resource(
    document: object,
    model: ResourceModel,
    noted: Noted | None = None,
    spoken: Spoken = BY_DEFAULT,
) -> object:
    """Rewrite a resource in the body of a POST or PUT."""
    if not isinstance(document, dict) or plain_resource(document, model) is not None:
        return document
    relaxed: Resource = document
    for unit in _spoken(spoken):
        if unit.body is not None:
            before, relaxed = relaxed, unit.body(relaxed, model)
            note(unit.name, before != relaxed, noted)
    return reworked_parts(relaxed, model, _every_change(noted, spoken), listed=True)


def read_filter(text: str, noted: Noted | None = None, spoken: Spoken = BY_DEFAULT) -> Filter:
    """Read the text of a filter.

    :raises InvalidFilter: neither the RFC nor a dialect explains it.
    """
    return filters.read(text, noted, spoken)


def relax_filter(
    tree: Filter, model: ResourceModel, noted: Noted | None = None, spoken: Spoken = BY_DEFAULT
) -> Filter:
    """Rewrite a filter over resources of a type."""
    if _is_plain_filter(tree, model):
        return tree
    for name, relax in ((BARE_NAME, filters.relax_names), (BOOLEANS, filters.relax_booleans)):
        if name in spoken:
            before, tree = tree, relax(tree, model)
            note(name, before != tree, noted)
    return tree


def relax_name(
    name: str, model: ResourceModel, noted: Noted | None = None, spoken: Spoken = BY_DEFAULT
) -> str:
    """Rewrite the name of an attribute, as `attributes` and `sortBy` have them."""
    if BARE_NAME not in spoken:
        return name
    qualified = qualify_path(name, model)
    note(BARE_NAME, qualified != name, noted)
    return qualified


def _is_plain_filter(tree: Filter, model: ResourceModel) -> bool:
    """Tell whether one attribute that there is is compared, and no text with a boolean."""
    try:
        match tree:
            case Comparison(path):
                return model.find(path).leaf.type != "boolean"
            case ValuePath(path, inside):
                return _is_plain_inside(inside, model.find(path).attribute)
    except UnknownAttribute:
        pass
    return False


def _is_plain_inside(tree: Filter, attribute: Attribute) -> bool:
    match tree:
        case And(left, right):
            return _is_plain_inside(left, attribute) and _is_plain_inside(right, attribute)
        case Comparison(path):
            sub = attribute.sub(path.name)
            return sub is not None and sub.type != "boolean"
    return False


def _is_plain(operation: Operation, model: ResourceModel) -> bool:
    """Tell whether an operation is as the RFC has it, so that no dialect has anything to change."""
    # An empty text may be a reference to nothing.
    if operation.op not in ("add", "replace") or operation.path is None or operation.value == "":
        return False
    try:
        place = find_place(operation.path, model)
    except BadRequest:
        return False
    return place.filter is None and plain_value(operation.value, place.target.leaf) is not OTHER


def _spoken(names: Spoken) -> Iterable[Dialect]:
    return (unit for unit in DIALECTS if unit.name in names)


def _every_change(noted: Noted | None, spoken: Spoken) -> Value:
    """Return what rewrites a value by every dialect; none gives another object without a need."""
    units = [(unit.name, unit.value) for unit in _spoken(spoken) if unit.value is not None]

    def change(value: Any, attribute: Attribute) -> Any:
        for name, rewrite in units:
            before, value = value, rewrite(value, attribute)
            note(name, value is not before, noted)
        return value

    return change
