"""Queries: which keys match, in which order, how many in all.

    no filter          the total from `counters`, the page from the index on the type alone
    exact condition    SQL over the indexes
    anything else      SQL that calls a scan for each row that the condition lets through

Several types are several SELECTs whose rows SQLite merges. Matches are counted as they stream by;
only the keys of the page that was asked for are kept, so a late page costs what the first does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from scim_protocol.listing import sort_key
from scim_server.store.connections import Connection
from scim_server.store.contract import Position, Query, Selection
from scim_server.store.filter_sql import Scan, compile_scan, condition, scan
from scim_server.store.lookups import Lookups

# Sorting by these needs no document. Text in this form of UTC sorts as the moments do.
_SORT_COLUMNS: Final = {
    "id": "r.id",
    "meta.created": "r.created",
    "meta.lastModified": "r.last_modified",
}
# So many characters of a text decide its place, so that a cursor, which holds them, fits a URL.
_SORTED_BY: Final = 1000

Scans = dict[int, Callable[..., Any]]
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a result that was asked for; see `contract.Found`."""

    total: int
    keys: list[int]
    end: Position | None
    more: bool


def find(connection: Connection, query: Query, lookups: Mapping[str, Lookups]) -> Part:
    """Return how many resources match, and the keys of the page that was asked for."""
    if all(one.filter is None and one.sort_by is None for one in query.selections):
        return _page_of_all(connection, query)
    try:
        rows = connection.execute(*_statement(query, lookups, connection.scans))
        return _window(rows, query)
    finally:
        connection.scans.clear()


def _page_of_all(connection: Connection, query: Query) -> Part:
    types = [one.model.name for one in query.selections]
    after = query.after.key if query.after else 0
    arm = "SELECT key FROM resources WHERE type = ? AND key > ?"
    rows = connection.execute(
        f"{' UNION ALL '.join([arm] * len(types))} ORDER BY 1 LIMIT ? OFFSET ?",
        [value for type in types for value in (type, after)] + [query.limit + 1, query.offset],
    )
    keys = [key for (key,) in rows.fetchall()]
    page = keys[: query.limit]
    end = Position(None, page[-1]) if page else query.after
    return Part(_count(connection, types), page, end, len(keys) > query.limit)


def _count(connection: Connection, types: list[str]) -> int:
    sql = f"SELECT total(resources) FROM counters WHERE type IN ({','.join('?' * len(types))})"
    return int(connection.execute(sql, types).fetchone()[0])


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


def _is_behind(key: int, value: Value, query: Query) -> bool:
    """Tell whether a row is after the place where the page begins, in the order of the SQL."""
    after = query.after
    if after is None:
        return True
    if value == after.value:
        return key > after.key
    return (_rank(value) > _rank(after.value)) != query.descending


def _rank(value: Value) -> tuple[int, Any]:
    """Return a key that orders values as SQLite does: numbers, texts, and then nothing."""
    return (2, 0) if value is None else (int(isinstance(value, str)), value)


# --- SQL ---------------------------------------------------------------------------------------


def _statement(query: Query, lookups: Mapping[str, Lookups], scans: Scans) -> tuple[str, list[str]]:
    """Return a statement for rows of a key and what it is sorted by."""
    arms, values = list[str](), list[str]()
    for one in query.selections:
        where, of_type = _where(one, query, lookups[one.model.name], scans)
        arms.append(f"SELECT r.key, {_sort_value(one, query, scans)} FROM resources r {where}")
        values += of_type
    # What has no value comes last, in descending order first; of the same value the older one.
    direction = "DESC NULLS FIRST" if query.descending else "ASC NULLS LAST"
    is_sorted = any(one.sort_by is not None for one in query.selections)
    order = f"2 {direction}, 1" if is_sorted else "1"
    return f"{' UNION ALL '.join(arms)} ORDER BY {order}", values


def _where(one: Selection, query: Query, lookups: Lookups, scans: Scans) -> tuple[str, list[str]]:
    name = one.model.name
    if one.filter is None:
        return "WHERE r.type = ?", [name]
    across = query.across_types
    whole = compile_scan(one.filter, one.model, query.base_url, across_types=across)
    found = condition(one.filter, one.model, lookups)
    if found is None:
        return f"WHERE r.type = ? AND {_call(whole, scans)}", [name]
    # The plus keeps SQLite from walking the index on the type where a better one is at hand.
    of_type = "+r.type = ?" if found.values else "r.type = ?"
    where, values = f"WHERE {of_type} AND {found.beside('AND')}", [name, *found.values]
    return (where if found.exact else f"{where} AND {_call(whole, scans)}"), values


def _sort_value(one: Selection, query: Query, scans: Scans) -> str:
    if one.sort_by is None:
        return "NULL"
    if column := _SORT_COLUMNS.get(str(one.sort_by)):
        return column
    key = _sqlite_key(sort_key(one.sort_by))
    names = {one.sort_by.attribute.name.lower()}
    return _call(scan(one.model, query.base_url, names, key), scans)


def _sqlite_key(key: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Value]:
    """Return a sort key whose values SQLite orders as Python does."""

    def convert(resource: dict[str, Any]) -> Value:
        value = key(resource)
        if isinstance(value, datetime):
            return value.timestamp()
        shortened: Value = value[:_SORTED_BY] if isinstance(value, str) else value
        return shortened

    return convert


def _call(one: Scan, scans: Scans) -> str:
    number = len(scans)
    scans[number] = one
    return f"scan({number}, {one.sql})"
