"""Changes of a group's members, made without loading the others.

A PATCH mostly adds or removes a few members of a group that may have 100,000. Operations that say
what comes or goes are carried to the membership table as they are, and a filter is asked of those
members alone that it can choose. What else there is to be done with members (a sub-attribute set,
a value put in the place of another) is left to `apply_patch` on the whole list.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scim_protocol.assignment import refuse_read_only_parts
from scim_protocol.definitions import Attribute, ResourceModel
from scim_protocol.dialects import MEMBER_TYPE, Noted, Spoken
from scim_protocol.errors import BadRequest, InvalidValue, shortened
from scim_protocol.filter import And, AttributePath, Comparison, Filter, Or
from scim_protocol.matching import Effort
from scim_protocol.patch import Operation
from scim_protocol.place import Place, find_place
from scim_protocol.resource import Resource, as_values, check_value
from scim_server.representation import MEMBERS, beside
from scim_server.store.contract import Link, Record, Transaction

Member = Mapping[str, Any]

# The note of `skip_unknown_members`: a setting, not a dialect of some client's.
UNKNOWN_MEMBERS: Final = "unknown-members"
# To read a member takes as long as so many comparisons.
_READING: Final = 5


@dataclass(frozen=True, slots=True)
class Terms:
    """How a request is understood: the dialects that are spoken, and those that it needed."""

    spoken: Spoken
    noted: Noted

    def check_types(self, tx: Transaction, group: Record, members: Iterable[Member]) -> None:
        """Check that members of a group are what was said of them.

        :raises InvalidValue: one is of another type, and no dialect passes over that.
        """
        if UNKNOWN_MEMBERS in self.spoken:
            ids = {member["value"] for member in members}
            if len(tx.members_among(group, list(ids))) < len(ids):
                self.noted.add(UNKNOWN_MEMBERS)
        said = {member["value"]: member["type"] for member in members if "type" in member}
        for link in tx.members_among(group, list(said)):
            if link.type.lower() == said[link.id].lower():
                continue
            if MEMBER_TYPE not in self.spoken:
                type = shortened(said[link.id])
                raise InvalidValue(f"members: {link.id!r} is a {link.type}, not a {type!r}.")
            self.noted.add(MEMBER_TYPE)


@dataclass(frozen=True, slots=True)
class Add:
    """These members come; of those that are in the group a `display` is kept, or is set."""

    members: Sequence[Member]
    terms: Terms

    def apply(self, tx: Transaction, group: Record) -> int:
        """Carry it out; return how many memberships changed.

        :raises InvalidValue: a member does not exist, or is not of the type that was said.
        """
        changed = tx.add_members(group, self.members)
        self.terms.check_types(tx, group, self.members)
        return changed

    def ids(self) -> list[str] | None:
        """Return the ids of all who can come."""
        return [member["value"] for member in self.members]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The members that the filter of a path chooses.

    :param ids: of all whom it can choose; None when that may be anyone.
    :param exact: it chooses whoever has one of the ids.
    """

    place: Place
    ids: Sequence[str] | None
    exact: bool


@dataclass(frozen=True, slots=True)
class Remove:
    """Chosen members go, one choice after the other; a choice may be of none (§3.5.2.2)."""

    model: ResourceModel
    choices: list[Chosen]
    effort: Effort
    base_url: str

    def apply(self, tx: Transaction, group: Record) -> int:
        """Carry it out; return how many memberships changed.

        :raises TooMany: the filters look at too many members.
        """
        if all(chosen.exact for chosen in self.choices):
            return sum(tx.remove_members(group, one.ids) for one in self.choices)
        left = self._read(tx, group)
        gone: list[str] = []
        for chosen in self.choices:
            ids = left.keys() if chosen.ids is None else left.keys() & chosen.ids
            going = [id for id in ids if chosen.place.matches(left[id])]
            for id in going:
                del left[id]
            gone += going
        return tx.remove_members(group, gone)

    def ids(self) -> list[str] | None:
        """Return the ids of all who can go; None when that may be anyone."""
        return _joined(chosen.ids for chosen in self.choices)

    def _read(self, tx: Transaction, group: Record) -> dict[str, Member]:
        """Return the members that may go, by id, when there are not too many to look at."""
        links = _links(tx, group, self.ids())
        self.effort.spend(len(links) * _READING)
        for one in self.choices:
            self.effort.spend(len(links if one.ids is None else one.ids) * one.place.terms)
        members = beside(group, self.model, self.base_url, links).get(MEMBERS, ())
        return {member["value"]: member for member in members}


@dataclass(frozen=True, slots=True)
class Become:
    """The group has these members from now on, and no others."""

    members: Sequence[Member]
    terms: Terms

    def apply(self, tx: Transaction, group: Record) -> int:
        """Carry it out; return how many memberships changed.

        :raises InvalidValue: a member does not exist, or is not of the type that was said.
        """
        if not self.members:
            return tx.remove_members(group)
        wanted = {member["value"]: member for member in self.members}
        # Members come back with the names that they are shown by: that says nothing new of them.
        present = {link.id: link.display for link in _links(tx, group, None)}
        gone = [
            id
            for id, display in present.items()
            if id not in wanted or wanted[id].get("display", display) != display
        ]
        kept = present.keys() - set(gone)
        new = [member for id, member in wanted.items() if id not in kept]
        changed = (tx.remove_members(group, gone) if gone else 0) + tx.add_members(group, new)
        self.terms.check_types(tx, group, self.members)
        return changed

    def ids(self) -> list[str] | None:
        """Return None: anyone may come or go."""
        return None


Single = Add | Remove | Become


@dataclass(frozen=True, slots=True)
class InOrder:
    """Changes one after the other, of which their outcome alone counts."""

    changes: Sequence[Single]

    def apply(self, tx: Transaction, group: Record) -> int:
        """Carry them out; return how many memberships are not what they were."""
        ids = _joined(change.ids() for change in self.changes)
        before = set(_links(tx, group, ids))
        for change in self.changes:
            change.apply(tx, group)
        return len(before.symmetric_difference(_links(tx, group, ids)))


Change = Single | InOrder


@dataclass(frozen=True, slots=True)
class Split:
    """A PATCH of a group taken apart: what happens to its members, and to all else."""

    changes: Sequence[Change]
    others: Sequence[Operation]


def split(
    operations: Iterable[Operation],
    model: ResourceModel,
    terms: Terms,
    base_url: str,
    effort: Effort,
) -> Split | None:
    """Take a PATCH apart; None when its operations need the whole list of members.

    :raises InvalidValue: a member has no id, or is no member at all.
    """
    if model.attributes[MEMBERS].required:
        return None  # Whether there are any left is for `apply_patch` to see.
    changes: list[Single] = []
    others: list[Operation] = []
    for operation in _one_attribute_each(operations):
        if not _is_on_members(operation, model):
            others.append(operation)
        elif (change := _change(operation, model, terms, effort, base_url)) is not None:
            _append(change, changes)
        else:
            return None
    return Split([InOrder(changes)] if len(changes) > 1 else changes, others)


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


def _change(
    operation: Operation, model: ResourceModel, terms: Terms, effort: Effort, base_url: str
) -> Single | None:
    place = find_place(operation.path or "", model)
    if place.target.sub is not None or operation.op not in ("add", "replace", "remove"):
        return None
    if operation.op == "remove":
        if operation.value is not None:
            return None
        if place.filter is None:
            return Become((), terms)
        return Remove(model, [_chosen(place, place.filter)], effort, base_url)
    if place.filter is not None:
        return None
    members = _members(operation.value, place.target.attribute)
    return (Add if operation.op == "add" else Become)(members, terms)


def _append(change: Single, changes: list[Single]) -> None:
    """Append a change; removals that follow one another read the members once."""
    last = changes[-1] if changes else None
    if isinstance(change, Remove) and isinstance(last, Remove):
        last.choices.extend(change.choices)
    else:
        changes.append(change)


def _members(value: Any, attribute: Attribute) -> list[Member]:
    listed = None if value is None else as_values(value, attribute)
    refuse_read_only_parts(listed, attribute, MEMBERS)
    return take_members({MEMBERS: check_value(listed, attribute) or []})


def _chosen(place: Place, tree: Filter) -> Chosen:
    """Find out whom the filter of a path can choose: by the ids that it compares `value` with."""
    match tree:
        case Or(left, right):
            one, other = _chosen(place, left), _chosen(place, right)
            return Chosen(place, _joined([one.ids, other.ids]), one.exact and other.exact)
        case And(left, right):
            found = [_chosen(place, part).ids for part in (left, right)]
            known = [ids for ids in found if ids is not None]
            return Chosen(place, min(known, key=len, default=None), exact=False)
        case Comparison(AttributePath(None, name, None), "eq", str(id)) if name.lower() == "value":
            return Chosen(place, [id], exact=True)
        case _:
            return Chosen(place, None, exact=False)


def _joined(parts: Iterable[Sequence[str] | None]) -> list[str] | None:
    """Return ids in one list; None as soon as they may be anyone's."""
    joined: list[str] = []
    for ids in parts:
        if ids is None:
            return None
        joined += ids
    return joined


def _links(tx: Transaction, group: Record, ids: Sequence[str] | None) -> Sequence[Link]:
    if ids is None:
        return tx.members([group.key], named=True).get(group.key, ())
    return tx.members_among(group, ids)
