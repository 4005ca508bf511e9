"""Filters as SQL over the tables that both stores have.

A filter is turned into two things. A *condition* uses the indexes: it holds for every resource that
matches, and often for no other, in which case it is exact. Where it is not exact, a *scan* asks the
compiled filter of `scim_protocol.matching` about each resource that the condition lets through, row
by row; so what the index cannot say is said by the one evaluator that there is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from scim_protocol.definitions import ResourceModel, Target, UnknownAttribute
from scim_protocol.filter import And, AttributePath, Comparison, Filter, Not, Or, Present, ValuePath
from scim_server.representation import (
    GROUPS,
    MEMBERS,
    as_object,
    beside,
    group_types,
    has_groups,
    has_members,
)
from scim_server.store.contract import Link, Record
from scim_server.store.dialect import Dialect
from scim_server.store.lookups import Lookups, typed, value_target

_INDEXED: Final = "SELECT resource_key FROM {} WHERE tenant = ? AND attribute = ? AND value = ?"
BY_UNIQUE: Final = _INDEXED.format("uniques")
BY_LOOKUP: Final = _INDEXED.format("lookups")
BY_ID: Final = "SELECT key FROM resources WHERE tenant = ? AND id = ?"
BY_MEMBER: Final = f"SELECT group_key FROM memberships WHERE member_key = ({BY_ID})"
# Whoever is in the group, or in a group in it, and so on; UNION stops at what was seen before.
BY_GROUP: Final = (
    "WITH RECURSIVE inside(key) AS ("
    f"SELECT member_key FROM memberships WHERE group_key = ({BY_ID} AND type IN ({{types}}))"
    " UNION SELECT member_key FROM memberships JOIN inside ON group_key = inside.key)"
    " SELECT key FROM inside"
)

# What a scan is shown of a resource, in the order of `Scan.__call__`.
SCAN_COLUMNS: Final = "r.id, r.version, r.created, r.last_modified, {document}"
MEMBER_LINKS: Final = (
    "(SELECT {links} FROM (SELECT m.member_id AS id, m.member_type AS type,"
    " coalesce(m.display, o.display) AS display, '1' AS direct"
    " FROM memberships m {join} resources o ON o.key = m.member_key WHERE m.group_key = r.key"
    " ORDER BY m.member_key) AS linked)"
)
GROUP_LINKS: Final = (
    "(SELECT {links} FROM ("
    "WITH RECURSIVE above(key, direct) AS ("
    "SELECT group_key, '1' FROM memberships WHERE member_key = r.key"
    " UNION SELECT group_key, '0' FROM memberships JOIN above ON member_key = above.key)"
    " SELECT g.id, g.type, g.display, max(direct) AS direct"
    " FROM above JOIN resources g ON g.key = above.key"
    " GROUP BY g.key, g.id, g.type, g.display) AS linked)"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL that is true of every resource that matches; `exact` when it is true of no other.

    `word` is the AND or OR between the terms of `sql`, if it is several; `is_lookup` tells that it
    is one value in an index.
    """

    sql: str
    values: tuple[str | int, ...]
    exact: bool = True
    word: str = ""
    is_lookup: bool = False

    def beside(self, word: str) -> str:
        """Return the SQL as a term among others.

        Chains stay flat: SQLite's parser takes a hundred brackets, a filter may have more terms.
        """
        return self.sql if self.word in ("", word) else f"({self.sql})"


@dataclass(frozen=True, slots=True)
class Index:
    """The indexes as far as they are about one type in one tenant; `among` is `Dialect.among`."""

    lookups: Lookups
    tenant: int
    among: str

    def condition(self, keys: str, *values: str, is_lookup: bool = False) -> Condition:
        """Return the condition that a key is among those of a SELECT in the tenant."""
        return Condition(self.among.format(keys), (self.tenant, *values), is_lookup=is_lookup)


# What is known of a type needs no look at its resources.
ALL: Final = Condition("TRUE", ())
NONE: Final = Condition("FALSE", ())


# Rows of id, type, name, and '1' for direct: as JSON, or as a driver makes them.
Links = str | list[list[Any]] | None


@dataclass(frozen=True)
class Scan:
    """A function of a row that needs the whole resource to answer; SQLite calls it itself."""

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
        members: Links,
        groups: Links,
    ) -> Any:
        """Return the answer for the resource in a row."""
        record = Record(0, self.model.name, id, version, created, modified, document)
        parts = beside(record, self.model, self.base_url, _links(members), _links(groups))
        return self.answer(as_object(record, parts))


def scan(
    model: ResourceModel,
    base_url: str,
    names: set[str],
    answer: Callable[[dict[str, Any]], Any],
    dialect: Dialect,
) -> Scan:
    """Return a scan that loads members and groups only when they are among the names."""
    members = MEMBER_LINKS if MEMBERS in names and has_members(model) else "NULL"
    groups = GROUP_LINKS if GROUPS in names and has_groups(model) else "NULL"
    sql = f"{SCAN_COLUMNS}, {members}, {groups}".format(
        document=dialect.document,
        join=dialect.ordered_join,
        links=dialect.links.format("id, type, display, direct"),
    )
    return Scan(model, base_url, answer, sql)


def attribute_names(tree: Filter) -> set[str]:
    """Return the names of the attributes that a filter looks at, in lower case."""
    match tree:
        case And(left, right) | Or(left, right):
            return attribute_names(left) | attribute_names(right)
        case Not(operand):
            return attribute_names(operand)
        case _:
            return {tree.path.name.lower()}


def looked_up(tree: Filter, model: ResourceModel, index: Index) -> Condition | None:
    """Return what one look-up says of a filter that asks for no more than that.

    That is a text in an index, so that nothing can be wrong with the filter.
    """
    asked = None
    match tree:
        case Comparison(path, "eq", str(value)):
            found = _found(path, model)
            if found is not None and _is_text(found.target):
                asked = _equal(found, value, model, index)
        case ValuePath(path, And(left, right)):
            asked = _typed(path, left, right, model, index)
    return asked if asked is not None and asked.is_lookup else None


def _is_text(target: Target) -> bool:
    attribute, leaf = target.attribute, target.leaf
    is_hidden = "never" in (attribute.returned, leaf.returned)
    return leaf.type in ("string", "reference") and not is_hidden


def condition(tree: Filter, model: ResourceModel, index: Index) -> Condition | None:
    """Return what the indexes can say of a filter that `compile_filter` accepts, if anything."""
    match tree:
        case ValuePath(path) | Present(path) | Comparison(path, "eq", str()) if _lacks(model, path):
            return NONE
        case And(left, right):
            return _both(condition(left, model, index), condition(right, model, index))
        case Or(left, right):
            return _either(condition(left, model, index), condition(right, model, index))
        case Not(operand):
            inner = condition(operand, model, index)
            return Condition(f"NOT ({inner.sql})", inner.values) if inner and inner.exact else None
        case ValuePath(path, inside):
            return _value_path(path, inside, model, index)
        case Comparison(path, "eq", str(value)) if (found := _found(path, model)) is not None:
            return _equal(found, value, model, index)
        case _:
            return None


def _both(left: Condition | None, right: Condition | None) -> Condition | None:
    if left is None or right is None:
        one = left or right
        return replace(one, exact=False, is_lookup=False) if one else None
    return _joined("AND", left, right)


def _either(left: Condition | None, right: Condition | None) -> Condition | None:
    return _joined("OR", left, right) if left and right else None


def _joined(word: str, left: Condition, right: Condition) -> Condition:
    sql = f"{left.beside(word)} {word} {right.beside(word)}"
    return Condition(sql, left.values + right.values, left.exact and right.exact, word)


def _value_path(
    path: AttributePath, inside: Filter, model: ResourceModel, index: Index
) -> Condition | None:
    """Use the index for one of the comparisons that must all hold of the same value."""
    match inside:
        case And(left, right):
            if (of_type := _typed(path, left, right, model, index)) is not None:
                return of_type
            one = _value_path(path, left, model, index) or _value_path(path, right, model, index)
            return replace(one, exact=False, is_lookup=False) if one else None
        case Comparison(AttributePath(None, name, None), "eq", str(value)):
            # What has no parts has a simple value, which is compared as `value`.
            found = _found(AttributePath(path.urn, path.name, name), model)
            return _equal(found, value, model, index) if found else None
        case _:
            return None


def _typed(
    path: AttributePath, left: Filter, right: Filter, model: ResourceModel, index: Index
) -> Condition | None:
    """Use the index for a value of a type: `emails[type eq "work" and value eq "x"]`."""
    match left, right:
        case (
            Comparison(AttributePath(None, one, None), "eq", str(first)),
            Comparison(AttributePath(None, other, None), "eq", str(second)),
        ) if (found := _found(path, model)) is not None and path.sub is None:
            given = {one.lower(): first, other.lower(): second}
            lookup = index.lookups.by_path.get(typed(found.place))
            if lookup is None or given.keys() != {"type", "value"}:
                return None
            pair = given["type"], given["value"]
            return index.condition(BY_LOOKUP, lookup.name, lookup.fold(pair), is_lookup=True)
        case _:
            return None


class _Found(NamedTuple):
    """What a path names, and how the place of its values is written in full."""

    target: Target
    place: str


# The paths are those of requests: only so many are remembered.
@lru_cache(maxsize=1024)
def _found(path: AttributePath, model: ResourceModel) -> _Found | None:
    try:
        target = model.find(path)
    except UnknownAttribute:
        return None
    return _Found(target, str(value_target(target)))


def _equal(found: _Found, value: str, model: ResourceModel, index: Index) -> Condition | None:
    place = found.place
    if place == "meta.resourceType":
        return ALL if value == model.name else NONE
    if place == "id":
        return index.condition(BY_ID, value, is_lookup=True)
    if place == "members.value" and has_members(model):
        return index.condition(BY_MEMBER, value)
    if place == "groups.value" and has_groups(model):
        types = sorted(group_types(model))
        sql = BY_GROUP.format(types=",".join("?" * len(types)))
        return index.condition(sql, value, *types)
    lookup = index.lookups.by_path.get(place)
    if lookup is None:
        return None
    sql = BY_UNIQUE if lookup.unique else BY_LOOKUP
    return index.condition(sql, lookup.name, lookup.fold(value), is_lookup=True)


def _lacks(model: ResourceModel, path: AttributePath) -> bool:
    """Tell whether a type has no such attribute; a query over several types lets that pass."""
    return _found(path, model) is None


def _links(given: Links) -> list[Link]:
    rows = orjson.loads(given) if isinstance(given, str) else given or ()
    return [Link(id, kind, display, direct == "1") for id, kind, display, direct in rows]
