"""Filters as SQL over the tables of `tables.py`.

A filter is turned into two things. A *condition* uses the indexes: it holds for every resource that
matches, and often for no other, in which case it is exact. Where it is not exact, a *scan* asks the
compiled filter of `scim_protocol.matching` about each resource that the condition lets through, row
by row inside SQLite; so what the index cannot say is said by the one evaluator that there is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from scim_protocol.definitions import ResourceModel, Target, UnknownAttribute
from scim_protocol.filter import And, AttributePath, Comparison, Filter, Not, Or, ValuePath
from scim_protocol.matching import compile_filter
from scim_server.representation import GROUPS, MEMBERS, as_object, beside, has_groups, has_members
from scim_server.store.contract import Link, Record
from scim_server.store.lookups import Lookups, value_target

# IN and not =: without such a row that is neither true nor false, and so cannot be negated.
BY_UNIQUE: Final = "r.key IN (SELECT resource_key FROM uniques WHERE attribute = ? AND value = ?)"
BY_LOOKUP: Final = "r.key IN (SELECT resource_key FROM lookups WHERE attribute = ? AND value = ?)"
BY_ID: Final = "r.id = ?"
BY_MEMBER: Final = (
    "r.key IN (SELECT group_key FROM memberships"
    " WHERE member_key = (SELECT key FROM resources WHERE id = ?))"
)
# Whoever is in the group, or in a group in it, and so on; UNION stops at what was seen before.
BY_GROUP: Final = (
    "r.key IN (WITH RECURSIVE inside(key) AS ("
    "SELECT member_key FROM memberships"
    " WHERE group_key = (SELECT key FROM resources WHERE id = ?)"
    " UNION SELECT member_key FROM memberships JOIN inside ON group_key = inside.key)"
    " SELECT key FROM inside)"
)

# What a scan is shown of a resource, in the order of `Scan.__call__`; links are JSON arrays.
SCAN_COLUMNS: Final = "r.id, r.version, r.created, r.last_modified, CAST(r.document AS BLOB)"
MEMBER_LINKS: Final = (
    "(SELECT json_group_array(json_array(member_id, member_type, display, 1))"
    " FROM memberships WHERE group_key = r.key)"
)
GROUP_LINKS: Final = (
    "(SELECT json_group_array(json_array(id, type, display, direct)) FROM ("
    "WITH RECURSIVE above(key, direct) AS ("
    "SELECT group_key, 1 FROM memberships WHERE member_key = r.key"
    " UNION SELECT group_key, 0 FROM memberships JOIN above ON member_key = above.key)"
    " SELECT g.id, g.type, g.display, max(direct) AS direct"
    " FROM above JOIN resources g ON g.key = above.key GROUP BY g.key))"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL that is true of every resource that matches; `exact` when it is true of no other."""

    sql: str
    values: tuple[str, ...]
    exact: bool = True


@dataclass(frozen=True)
class Scan:
    """A function of a row, called by SQLite, that needs the whole resource to answer."""

    model: ResourceModel
    base_url: str
    answer: Callable[[dict[str, Any]], Any]
    sql: str

    def __call__(
        self,
        id: str,
        version: int,
        created: str,
        modified: str,
        document: bytes,
        members: str | None,
        groups: str | None,
    ) -> Any:
        """Return the answer for the resource in a row."""
        record = Record(0, self.model.name, id, version, created, modified, document)
        parts = beside(record, self.model, self.base_url, _links(members), _links(groups))
        return self.answer(as_object(record, parts))


def scan(
    model: ResourceModel, base_url: str, names: set[str], answer: Callable[[dict[str, Any]], Any]
) -> Scan:
    """Return a scan that loads members and groups only when they are among the names."""
    members = MEMBER_LINKS if MEMBERS in names and has_members(model) else "NULL"
    groups = GROUP_LINKS if GROUPS in names and has_groups(model) else "NULL"
    return Scan(model, base_url, answer, f"{SCAN_COLUMNS}, {members}, {groups}")


def compile_scan(tree: Filter, model: ResourceModel, base_url: str) -> Scan:
    """Return the scan that evaluates a filter.

    :raises InvalidFilter: as `compile_filter` does.
    """
    return scan(model, base_url, _attribute_names(tree), compile_filter(tree, model))


def condition(tree: Filter, model: ResourceModel, lookups: Lookups) -> Condition | None:
    """Return what the indexes can say of a filter that `compile_filter` accepts, if anything."""
    match tree:
        case And(left, right):
            return _both(condition(left, model, lookups), condition(right, model, lookups))
        case Or(left, right):
            return _either(condition(left, model, lookups), condition(right, model, lookups))
        case Not(operand):
            inner = condition(operand, model, lookups)
            return Condition(f"NOT ({inner.sql})", inner.values) if inner and inner.exact else None
        case ValuePath(path, inside):
            return _value_path(path, inside, model, lookups)
        case Comparison(path, "eq", str(value)):
            return _equal(model.find(path), value, model, lookups)
        case _:
            return None


def _both(left: Condition | None, right: Condition | None) -> Condition | None:
    if left is None or right is None:
        one = left or right
        return Condition(one.sql, one.values, exact=False) if one else None
    return _joined("AND", left, right)


def _either(left: Condition | None, right: Condition | None) -> Condition | None:
    return _joined("OR", left, right) if left and right else None


def _joined(word: str, left: Condition, right: Condition) -> Condition:
    return Condition(
        f"({left.sql} {word} {right.sql})", left.values + right.values, left.exact and right.exact
    )


def _value_path(
    path: AttributePath, inside: Filter, model: ResourceModel, lookups: Lookups
) -> Condition | None:
    """Use the index for one of the comparisons that must all hold of the same value."""
    match inside:
        case And(left, right):
            found = _value_path(path, left, model, lookups) or _value_path(
                path, right, model, lookups
            )
            return Condition(found.sql, found.values, exact=False) if found else None
        case Comparison(AttributePath(None, name, None), "eq", str(value)):
            try:
                target = model.find(AttributePath(path.urn, path.name, name))
            except UnknownAttribute:  # A simple value: it is compared as `value`.
                return None
            return _equal(target, value, model, lookups)
        case _:
            return None


def _equal(target: Target, value: str, model: ResourceModel, lookups: Lookups) -> Condition | None:
    place = str(value_target(target))
    if place == "id":
        return Condition(BY_ID, (value,))
    if place == "members.value" and has_members(model):
        return Condition(BY_MEMBER, (value,))
    if place == "groups.value" and has_groups(model):
        return Condition(BY_GROUP, (value,))
    lookup = lookups.find(target)
    if lookup is None:
        return None
    sql = BY_UNIQUE if lookup.unique else BY_LOOKUP
    return Condition(sql, (lookup.name, lookup.fold(value)))


def _attribute_names(tree: Filter) -> set[str]:
    match tree:
        case And(left, right) | Or(left, right):
            return _attribute_names(left) | _attribute_names(right)
        case Not(operand):
            return _attribute_names(operand)
        case _:
            return {tree.path.name.lower()}


def _links(text: str | None) -> list[Link]:
    rows = orjson.loads(text) if text else []
    return [Link(id, kind, display, bool(direct)) for id, kind, display, direct in rows]
