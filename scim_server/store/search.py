"""Queries: which keys match, in which order, how many in all.

    no filter          the total from `counters`, which also say where a page begins, nearly;
                       the page from the index on the type alone
    exact condition    SQL over the indexes
    anything else      a scan is asked of each row that the condition lets through

Each type that is asked for is an `Arm`. How arms become rows in one order is the engine's own
(`Dialect.ranked`): SQLite calls the scans inside its SQL; PostgreSQL's rows are streamed through
them. Matches are counted as they come by; only the keys of the page that was asked for are kept.
"""

import heapq
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from scim_protocol.definitions import ResourceModel, UnknownAttribute
from scim_protocol.filter import Comparison, Filter
from scim_protocol.listing import sort_key
from scim_protocol.matching import compile_filter
from scim_server.store import counting
from scim_server.store.contract import Position, Query, Selection
from scim_server.store.dialect import Arm, Connection, Dialect, Order, Value
from scim_server.store.filter_sql import ALL, Index, Scan, attribute_names, condition, scan
from scim_server.store.lookups import Lookups

# Sorting by these needs no document. Text in this form of UTC sorts as the moments do.
_SORT_COLUMNS: Final = {
    "id": "r.id",
    "meta.created": "r.created",
    "meta.lastModified": "r.last_modified",
}
# So many characters of a text decide its place, so that a cursor, which holds them, fits a URL.
_SORTED_BY: Final = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a result that was asked for; see `contract.Found`."""

    total: int
    keys: list[int]
    end: Position | None
    more: bool


def find(
    connection: Connection,
    query: Query,
    lookups: Mapping[str, Lookups],
    tenant: int,
    dialect: Dialect,
) -> Part:
    """Return how many resources match, and the keys of the page that was asked for."""
    if all(one.filter is None and one.sort_by is None for one in query.selections):
        return _page_of_all(connection, query, tenant)
    arms = [
        _arm(one, query, Index(lookups[one.model.name], tenant, dialect.among), dialect)
        for one in query.selections
    ]
    is_sorted = any(one.sort_by is not None for one in query.selections)
    with dialect.ranked(connection, arms, Order(is_sorted, query.descending)) as rows:
        return (_window if dialect.sorts or not is_sorted else _smallest)(rows, query)


def _page_of_all(connection: Connection, query: Query, tenant: int) -> Part:
    types = [one.model.name for one in query.selections]
    after, offset = (
        (query.after.key, query.offset)
        if query.after
        else counting.place(connection, tenant, types, query.offset)
    )
    arm = "SELECT key FROM resources WHERE tenant = ? AND type = ? AND key > ?"
    values = [value for type in types for value in (tenant, type, after)]
    rows = connection.execute(
        f"{' UNION ALL '.join([arm] * len(types))} ORDER BY 1 LIMIT ? OFFSET ?",
        [*values, query.limit + 1, offset],
    )
    keys = [key for (key,) in rows.fetchall()]
    page = keys[: query.limit]
    end = Position(None, page[-1]) if page else query.after
    total = counting.total(connection, tenant, types)
    return Part(total, page, end, len(keys) > query.limit)


def _window(rows: Iterable[tuple[int, Value]], query: Query) -> Part:
    """Count all the rows and keep those of the page."""
    total, more, page = 0, False, list[int]()
    end = query.after
    for key, value in rows:
        total += 1
        if more or total <= query.offset or not _is_behind(key, value, query):
            continue
        if len(page) < query.limit:
            page.append(key)
            end = Position(value, key)
        else:
            more = True
    return Part(total, page, end, more)


def _smallest(rows: Iterable[tuple[int, Value]], query: Query) -> Part:
    """Count rows that come in any order, and keep as many as the page needs."""
    counted = itertools.count()
    behind = (
        (key, value)
        for (key, value), _ in zip(rows, counted, strict=False)
        if _is_behind(key, value, query)
    )
    order = _falling if query.descending else _rising
    kept = heapq.nsmallest(query.offset + query.limit + 1, behind, key=order)
    page = kept[query.offset :][: query.limit]
    end = Position(page[-1][1], page[-1][0]) if page else query.after
    keys = [key for key, _ in page]
    return Part(next(counted), keys, end, len(kept) > query.offset + query.limit)


def _rising(row: tuple[int, Value]) -> Any:
    return rank(row[1]), row[0]


def _falling(row: tuple[int, Value]) -> Any:
    return _Falling(rank(row[1])), row[0]


@dataclass(frozen=True, slots=True, order=False)
class _Falling:
    """A value that comes before all that are smaller."""

    value: tuple[int, Any]

    def __lt__(self, other: "_Falling") -> bool:
        return other.value < self.value


def _is_behind(key: int, value: Value, query: Query) -> bool:
    """Tell whether a row is after the place where the page begins, in the order of the rows."""
    after = query.after
    if after is None:
        return True
    if value == after.value:
        return key > after.key
    return (rank(value) > rank(after.value)) != query.descending


def rank(value: Value) -> tuple[int, Any]:
    """Return a key that orders values as SQLite does: numbers, texts, and then nothing."""
    return (2, 0) if value is None else (int(isinstance(value, str)), value)


# --- what is asked of each type ----------------------------------------------------------------


def _arm(one: Selection, query: Query, index: Index, dialect: Dialect) -> Arm:
    sort = _sort_value(one, query, dialect)
    if one.filter is None:
        return Arm(one.model.name, index.tenant, ALL, None, sort)
    # Compiling tells what is wrong; what is surely right need not be, if the index says it all.
    compiled = partial(compile_filter, one.filter, one.model, across_types=query.across_types)
    matches = None if _is_text_compared(one.filter, one.model) else compiled()
    found = condition(one.filter, one.model, index)
    if found is not None and found.exact:
        return Arm(one.model.name, index.tenant, found, None, sort)
    names = attribute_names(one.filter)
    whole = scan(one.model, query.base_url, names, matches or compiled(), dialect)
    return Arm(one.model.name, index.tenant, found or ALL, whole, sort)


def _is_text_compared(tree: Filter, model: ResourceModel) -> bool:
    """Tell whether a filter asks whether an attribute of text is equal to one."""
    match tree:
        case Comparison(path, "eq", str()):
            try:
                return model.find(path).leaf.type in ("string", "reference")
            except UnknownAttribute:
                return False
    return False


def _sort_value(one: Selection, query: Query, dialect: Dialect) -> str | Scan:
    if one.sort_by is None:
        return "NULL"
    if column := _SORT_COLUMNS.get(str(one.sort_by)):
        return column
    key = _plain_key(sort_key(one.sort_by))
    names = {one.sort_by.attribute.name.lower()}
    return scan(one.model, query.base_url, names, key, dialect)


def _plain_key(key: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Value]:
    """Return a sort key whose values databases order as Python does."""

    def convert(resource: dict[str, Any]) -> Value:
        value = key(resource)
        if isinstance(value, datetime):
            return value.timestamp()
        shortened: Value = value[:_SORTED_BY] if isinstance(value, str) else value
        return shortened

    return convert
