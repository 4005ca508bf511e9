"""Queries: which keys match, in which order, how many in all.

    no filter          the total from `counters`, the page from the index on the type alone
    exact condition    SQL over the indexes
    anything else      SQL that calls a scan for each row that the condition lets through

Matches are counted as they stream by; only the keys of the page that was asked for are kept.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from scim_protocol.filter import Filter
from scim_protocol.listing import sort_key
from scim_server.store.connections import Connection
from scim_server.store.contract import Query
from scim_server.store.filter_sql import Scan, compile_scan, condition, scan
from scim_server.store.lookups import Lookups

# Sorting by these needs no document. Text in this form of UTC sorts as the moments do.
_SORT_COLUMNS: Final = {
    "id": "id",
    "meta.created": "created",
    "meta.lastModified": "last_modified",
}


Scans = dict[int, Callable[..., Any]]


def find(connection: Connection, query: Query, lookups: Lookups) -> tuple[int, list[int]]:
    """Return how many resources match, and the keys of the page that was asked for."""
    if query.filter is None and query.sort_by is None:
        return _count(connection, query), _page_of_all(connection, query)
    try:
        rows = connection.execute(*_statement(query, lookups, connection.scans))
        return _window(rows, query.offset, query.limit)
    finally:
        connection.scans.clear()


def _count(connection: Connection, query: Query) -> int:
    sql = "SELECT resources FROM counters WHERE type = ?"
    row = connection.execute(sql, (query.model.name,)).fetchone()
    return int(row[0]) if row else 0


def _page_of_all(connection: Connection, query: Query) -> list[int]:
    sql = "SELECT key FROM resources WHERE type = ? ORDER BY key LIMIT ? OFFSET ?"
    rows = connection.execute(sql, (query.model.name, query.limit, query.offset))
    return [key for (key,) in rows.fetchall()]


def _window(rows: Iterator[tuple[int]], offset: int, limit: int) -> tuple[int, list[int]]:
    """Count all the rows and keep those of the page."""
    total, keys = 0, []
    for (key,) in rows:
        if offset <= total < offset + limit:
            keys.append(key)
        total += 1
    return total, keys


def _statement(query: Query, lookups: Lookups, scans: Scans) -> tuple[str, list[Any]]:
    where, values = "r.type = ?", [query.model.name]
    if query.filter is not None:
        where, values = _where(query, query.filter, lookups, scans)
    order = _order(query, scans)
    return f"SELECT r.key FROM resources r WHERE {where} ORDER BY {order}", values


def _where(query: Query, tree: Filter, lookups: Lookups, scans: Scans) -> tuple[str, list[Any]]:
    whole = compile_scan(tree, query.model, query.base_url)
    found = condition(tree, query.model, lookups)
    if found is None:
        return f"r.type = ? AND {_call(whole, scans)}", [query.model.name]
    # The plus keeps SQLite from walking the index on the type where a better one is at hand.
    where, values = f"+r.type = ? AND {found.sql}", [query.model.name, *found.values]
    return (where if found.exact else f"{where} AND {_call(whole, scans)}"), values


def _order(query: Query, scans: Scans) -> str:
    """Return the terms of ORDER BY; what has no value comes last, in descending order first."""
    if query.sort_by is None:
        return "r.key"
    direction = "DESC" if query.descending else "ASC"
    value = _SORT_COLUMNS.get(str(query.sort_by))
    if value is None:
        key = _sqlite_key(sort_key(query.sort_by))
        names = {query.sort_by.attribute.name.lower()}
        value = _call(scan(query.model, query.base_url, names, key), scans)
    nulls = "FIRST" if query.descending else "LAST"
    return f"{value} {direction} NULLS {nulls}, r.key"


def _sqlite_key(key: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """Return a sort key whose values SQLite orders as Python does."""

    def convert(resource: dict[str, Any]) -> Any:
        value = key(resource)
        return value.timestamp() if isinstance(value, datetime) else value

    return convert


def _call(one: Scan, scans: Scans) -> str:
    number = len(scans)
    scans[number] = one
    return f"scan({number}, {one.sql})"
