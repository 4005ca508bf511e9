"""Resources as they are read: each a row of the same columns, whatever it was found by."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from scim_server.store.contract import Record
from scim_server.store.dialect import Cursor, Dialect, Executor

T = TypeVar("T")


def by_id(db: Executor, dialect: Dialect, tenant: int, id: str) -> Record | None:
    """Return the resource of that id, of whatever type."""
    sql = f"SELECT {dialect.columns} FROM resources r WHERE tenant = ? AND id = ?"
    row = db.execute(sql, (tenant, id)).fetchone()
    return Record._make(row) if row else None


def by_keys(db: Executor, dialect: Dialect, keys: Sequence[int]) -> list[Record]:
    """Return the resources of those keys, in their order."""
    found: list[Record] = []
    for some in chunks(keys):
        among = f"key IN ({marks(some)}) ORDER BY key"
        found += made(asked(db, dialect.columns_in_pages, among, some))
    if [record.key for record in found] == keys:
        return found
    by_key = {record.key: record for record in found}
    return [by_key[key] for key in keys]


def asked(db: Executor, columns: str, condition: str, values: Sequence[str | int]) -> Cursor:
    """Ask for the resources `r` of which a condition is true; it says in which order.

    :param columns: those of `Dialect` that are right for so many.
    """
    return db.execute(f"SELECT {columns} FROM resources r WHERE {condition}", values)


def made(rows: Iterable[Sequence[Any]]) -> list[Record]:
    """Return the resources of rows."""
    return list(map(_record, rows))


# What `Record._make` does, but for counting the columns.
_record: Final = partial(tuple.__new__, Record)


def marks(values: Sequence[object]) -> str:
    """Return as many marks for values as there are."""
    return ",".join("?" * len(values))


def chunks(values: Sequence[T], size: int = 500) -> Iterator[tuple[T, ...]]:
    """Yield the values in runs that fit into one statement."""
    remaining = iter(values)
    while some := tuple(itertools.islice(remaining, size)):
        yield some
