"""Changes of a group's members, made without loading the others.

A PATCH mostly adds or removes a few members of a group that may have 100,000. Operations that say
what comes or goes are carried to the membership table as they are; what else there is to be done
with members (a filter on their type, a sub-attribute) is left to `apply_patch` on the whole list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scim_protocol.definitions import Attribute, ResourceModel
from scim_protocol.dialects import ABSENT_MEMBER, Noted
from scim_protocol.errors import BadRequest, InvalidValue, NoTarget
from scim_protocol.filter import AttributePath, Comparison, Filter, Or
from scim_protocol.patch import Operation, find_place
from scim_protocol.resource import Resource, check_value
from scim_server.representation import MEMBERS
from scim_server.store.contract import Record, Transaction

Member = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Add:
    """These members come; those that are in the group stay as they are."""

    members: Sequence[Member]

    def apply(self, tx: Transaction, group: Record, noted: Noted | None = None) -> int:
        """Carry it out; return how many memberships changed."""
        return tx.add_members(group, self.members)


@dataclass(frozen=True, slots=True)
class Remove:
    """The members of these ids go; `must_match` when one at least has to be in the group."""

    ids: Sequence[str]
    must_match: bool

    def apply(self, tx: Transaction, group: Record, noted: Noted | None = None) -> int:
        """Carry it out; return how many memberships changed."""
        removed = tx.remove_members(group, self.ids)
        if self.must_match and not removed:
            raise NoTarget(f"members: none of {', '.join(self.ids)} is in the group.")
        if noted is not None and not removed:
            noted.add(ABSENT_MEMBER)
        return removed


@dataclass(frozen=True, slots=True)
class Become:
    """The group has these members from now on, and no others."""

    members: Sequence[Member]

    def apply(self, tx: Transaction, group: Record, noted: Noted | None = None) -> int:
        """Carry it out; return how many memberships changed."""
        if not self.members:
            return tx.remove_members(group)
        wanted = {member["value"]: member for member in self.members}
        present = {link.id: link.display for link in tx.members([group.key]).get(group.key, ())}
        gone = [
            id
            for id, display in present.items()
            if id not in wanted or wanted[id].get("display", display) != display
        ]
        kept = present.keys() - set(gone)
        new = [member for id, member in wanted.items() if id not in kept]
        return (tx.remove_members(group, gone) if gone else 0) + tx.add_members(group, new)


Change = Add | Remove | Become


@dataclass(frozen=True, slots=True)
class Split:
    """A PATCH of a group taken apart: what happens to its members, and to all else."""

    changes: Sequence[Change]
    others: Sequence[Operation]


def split(operations: Iterable[Operation], model: ResourceModel, *, strict: bool) -> Split | None:
    """Take a PATCH apart; None when its operations on members need the whole list.

    :raises InvalidValue: a member has no id, or is no member at all.
    """
    changes: list[Change] = []
    others: list[Operation] = []
    for operation in _one_attribute_each(operations):
        if not _is_on_members(operation, model):
            others.append(operation)
        elif (change := _change(operation, model, strict)) is not None:
            changes.append(change)
        else:
            return None
    return Split(changes, others)


def take_members(resource: Resource) -> list[Member]:
    """Take the members out of a resource and return them.

    :raises InvalidValue: one of them has no id.
    """
    members: list[Member] = resource.pop(MEMBERS, [])
    for member in members:
        if "value" not in member:
            raise InvalidValue("members: each member needs a `value`, its id.")
    return members


def _one_attribute_each(operations: Iterable[Operation]) -> Iterable[Operation]:
    """Give the members in a path-less value an operation of their own."""
    for operation in operations:
        value = operation.value
        named = value if operation.path is None and isinstance(value, dict) else {}
        keys = [key for key in named if key.lower() == MEMBERS]
        if not keys or operation.op == "remove":
            yield operation
            continue
        yield from (Operation(operation.op, key, named[key]) for key in keys)
        if rest := {key: part for key, part in named.items() if key not in keys}:
            yield Operation(operation.op, None, rest)


def _is_on_members(operation: Operation, model: ResourceModel) -> bool:
    if operation.path is None:
        return False
    try:
        return find_place(operation.path, model).target.attribute.name == MEMBERS
    except BadRequest:
        return False  # apply_patch says what is wrong with it.


def _change(operation: Operation, model: ResourceModel, strict: bool) -> Change | None:
    place = find_place(operation.path or "", model)
    if place.target.sub is not None or operation.op not in ("add", "replace", "remove"):
        return None
    if place.filter is not None:
        ids = _ids(place.filter)
        plain = operation.op == "remove" and operation.value is None and ids
        return Remove(ids or (), must_match=strict) if plain else None
    if operation.op == "remove":
        return Become(()) if operation.value is None else None
    members = _members(operation.value, place.target.attribute)
    return Add(members) if operation.op == "add" else Become(members)


def _members(value: Any, attribute: Attribute) -> list[Member]:
    listed = value if isinstance(value, list) or value is None else [value]
    return take_members({MEMBERS: check_value(listed, attribute) or []})


def _ids(tree: Filter) -> tuple[str, ...] | None:
    """Return the ids that a filter names, when it does nothing else."""
    match tree:
        case Or(left, right):
            first, second = _ids(left), _ids(right)
            return first + second if first and second else None
        case Comparison(AttributePath(None, name, None), "eq", str(id)) if name.lower() == "value":
            return (id,)
        case _:
            return None
