"""Queries: which keys match, in which order, how many in all.

    no filter          the total from `counters`, which also say where a page begins, nearly;
                       the page from the index on the type alone
    one look-up        what it finds is read at once, if it fits on the page
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
from typing import Any, Final

from scim_protocol.listing import sort_key
from scim_protocol.matching import compile_filter
from scim_server.store import counting
from scim_server.store.contract import Found, Position, Query, Selection
from scim_server.store.dialect import Arm, Connection, Dialect, Order, Value
from scim_server.store.filter_sql import (
    ALL,
    Index,
    Scan,
    attribute_names,
    condition,
    looked_up,
    scan,
)
from scim_server.store.lookups import Lookups
from scim_server.store.records import asked, by_keys, made

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
    """The part of a result that was asked for, by its keys; see `contract.Found`."""

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
) -> Found:
    """Return how many resources match, and those of the page that was asked for."""
    if all(one.filter is None and one.sort_by is None for one in query.selections):
        return _page_of_all(connection, query, tenant, dialect)
    arms = [
        _arm(one, query, Index(lookups[one.model.name], tenant, dialect.among), dialect)
        for one in query.selections
    ]
    is_sorted = any(one.sort_by is not None for one in query.selections)
    if len(arms) == 1 and not is_sorted and (few := _few(connection, arms[0], query, dialect)):
        return few
    with dialect.ranked(connection, arms, Order(is_sorted, query.descending)) as rows:
        part = (_window if dialect.sorts or not is_sorted else _smallest)(rows, query)
    return Found(part.total, by_keys(connection, dialect, part.keys), part.end, part.more)


def _page_of_all(connection: Connection, query: Query, tenant: int, dialect: Dialect) -> Found:
    types = [one.model.name for one in query.selections]
    after, offset = (
        (query.after.key, query.offset)
        if query.after
        else counting.place(connection, tenant, types, query.offset)
    )
    arm, each = "SELECT key FROM resources WHERE tenant = ? AND type = ? AND key > ?", [after]
    if len(types) > 1:  # Else all of them might be sorted, to have the first few.
        arm = f"SELECT key FROM ({arm} ORDER BY key LIMIT ?) AS arm"
        each.append(query.limit + offset + 1)
    keys = f"{' UNION ALL '.join([arm] * len(types))} ORDER BY 1 LIMIT ? OFFSET ?"
    values = list[str | int]()
    for type in types:
        values += [tenant, type, *each]
    values += [query.limit + 1, offset]
    among = f"{dialect.among.format(keys)} ORDER BY key"
    coming = asked(connection, dialect.columns_in_pages, among, values)
    total = counting.total(connection, tenant, types)
    found = made(coming)
    page = found[: query.limit]
    end = Position(None, page[-1].key) if page else query.after
    return Found(total, page, end, len(found) > query.limit)


def _few(connection: Connection, arm: Arm, query: Query, dialect: Dialect) -> Found | None:
    """Return what one look-up finds, if that is all there is to be asked and fits on the page."""
    if not arm.condition.is_lookup or query.offset or query.after is not None:
        return None
    # What is made of a column is in no index: each row is to be found by the look-up.
    among = f"{arm.condition.beside('AND')} AND r.tenant + 0 = ? AND r.type || '' = ?"
    values = (*arm.condition.values, arm.tenant, arm.type, query.limit + 1)
    found = made(asked(connection, dialect.columns, f"{among} ORDER BY key LIMIT ?", values))
    if len(found) > query.limit:
        return None
    return Found(len(found), found, Position(None, found[-1].key) if found else None, False)


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
    if (found := looked_up(one.filter, one.model, index)) is not None:
        return Arm(one.model.name, index.tenant, found, None, sort)
    # Compiling tells what is wrong with the filter, also where the index says it all.
    matches = compile_filter(one.filter, one.model, across_types=query.across_types)
    found = condition(one.filter, one.model, index)
    if found is not None and found.exact:
        return Arm(one.model.name, index.tenant, found, None, sort)
    names = attribute_names(one.filter)
    whole = scan(one.model, query.base_url, names, matches, dialect)
    return Arm(one.model.name, index.tenant, found or ALL, whole, sort)


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
