"""What clients send beyond the RFC, each deviation one named unit that can be switched off.

A dialect rewrites what came into what the RFC has for it, in front of a core that knows the RFC
alone. A server that is strict speaks none. `DIALECTS` lists them all, with who needs each.

Every function here takes `spoken`, the names of the dialects that are understood, and `noted`, to
which it adds the names of those that were needed.
"""

from collections.abc import Iterable
from typing import Any, Final

from scim_protocol.definitions import Attribute, ResourceModel
from scim_protocol.dialects import filters, requests
from scim_protocol.dialects.kinds import Dialect, Noted, Spoken, Value, note
from scim_protocol.dialects.operations import reworked_parts, with_value
from scim_protocol.dialects.table import BARE_NAME, BOOLEANS, DIALECTS, MEMBER_TYPE, UNPREPARED
from scim_protocol.filter import Filter
from scim_protocol.patch import Operation
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
    if not isinstance(document, dict):
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
