"""The engine for servers on several machines: a PostgreSQL database, through psycopg.

Writers of a tenant follow one another: each begins by taking an advisory lock of the tenant's,
which the end of its transaction gives back, its process's death included. It is the first lock of
every transaction and none takes two, so there is no deadlock; whoever has it sees all that was
committed before, so there is nothing to be tried again. What may be lost by that is little: a
tenant's writes are short, those of others go on, and readers never wait.
"""

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

import psycopg
from psycopg import errors

from scim_server.store.contract import Busy, Full, StoreError, Unavailable
from scim_server.store.dialect import (
    SCAN_WIDTH,
    Arm,
    Dialect,
    Order,
    Rows,
    Value,
    of_an_older_version,
)
from scim_server.store.postgres_connections import MOST, Connections, say
from scim_server.store.postgres_tables import LAYOUT, layout_of, prepare

# All connections may have been lost while they were idle; a new one is not.
_TRIES: Final = MOST + 1
# So many rows are written without a pipeline, which takes some time to begin and end.
_A_FEW: Final = 8
_MARKS: Final = re.compile(r"\([?, ]+\)")
# A result of so many rows is read at once; a larger one is streamed.
_FEW: Final = 2000
_CHUNK: Final = 500

_READ: Final = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# READ COMMITTED: each statement sees what there was when it began, and nobody else of the tenant
# writes. The first lock is shared by all writers, so that one can keep all of them away.
_WRITE: Final = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock_shared({space}, 0),"
    " pg_advisory_xact_lock({space}, {tenant})"
)
_WRITE_ALONE: Final = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({space}, 0)"
)
_UNAVAILABLE: Final[dict[type[psycopg.Error], type[Unavailable]]] = {
    errors.LockNotAvailable: Busy,
    errors.TooManyConnections: Busy,
    errors.QueryCanceled: Busy,
    errors.SerializationFailure: Busy,
    errors.DeadlockDetected: Busy,
    errors.DiskFull: Full,
    errors.OutOfMemory: Full,
    errors.ReadOnlySqlTransaction: Unavailable,
    # Somebody is at work on the tables, or on who may use them.
    errors.UndefinedTable: Unavailable,
    errors.InsufficientPrivilege: Unavailable,
}


class PostgresEngine:
    """Transactions in one PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self.dialect = DIALECT
        self._connections = Connections(url)

    @contextmanager
    def reading(self) -> Iterator["Connected"]:
        """Begin a transaction that sees one moment, and neither waits nor lets others wait."""
        with self._transaction(_READ) as connection:
            yield connection

    @contextmanager
    def writing(self, tenant: int | None) -> Iterator["Connected"]:
        """Begin a transaction that follows all others of a tenant, or of all."""
        begin = _WRITE_ALONE if tenant is None else _WRITE
        # Locks are of a whole database, tables of one schema in it.
        sql = begin.format(space=self._connections.schema, tenant=tenant)
        with self._transaction(sql.encode()) as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator["Alone"]:
        """Lend what runs each statement as a transaction of its own."""
        with explained():
            yield Alone(self._connections)

    @contextmanager
    def _transaction(self, begin: bytes) -> Iterator["Connected"]:
        with explained():
            connection = self._begin(begin)
            connected = Connected(connection)
            try:
                yield connected
                connected.end_streams()
                say(connection, b"COMMIT")
            except BaseException:
                connected.end_streams()
                if not connection.broken:
                    say(connection, b"ROLLBACK")
                raise
            finally:
                self._connections.give(connection)

    def _begin(self, begin: bytes) -> psycopg.Connection:
        """Return a connection in a transaction: those that were lost while idle are passed over."""
        for _ in range(_TRIES):
            connection = self._connections.take()
            try:
                say(connection, begin)
            except BaseException as error:
                lost = connection.broken
                try:
                    if not lost:
                        say(connection, b"ROLLBACK")
                finally:
                    self._connections.give(connection)
                if not (lost and isinstance(error, psycopg.OperationalError)):
                    raise
            else:
                return connection
        raise Unavailable("The database closes every connection.")

    def layout(self) -> tuple[int, int]:
        """Return the number of the layout that the database has, and of ours."""
        with self.reading() as connection:
            return layout_of(connection, self._connections.name), LAYOUT

    def prepare(self, *, upgrade: bool) -> None:
        """Make the tables where there are none, and bring older ones up to date if that is asked.

        Servers that start at once wait for each other here.
        """
        name = self._connections.name
        with self.writing(None) as connection:
            version = layout_of(connection, name)
            if 0 < version < LAYOUT and not upgrade:
                raise StoreError(of_an_older_version(name, version, LAYOUT))
            if version < LAYOUT:
                prepare(connection, version)

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()


class Alone:
    """Runs statements each on a connection and in a transaction of its own."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> "Result":
        """Run a statement; one that reads is run again if the connection was lost while idle."""
        for _ in range(_TRIES):
            connection = self._connections.take()
            try:
                return Connected(connection).execute(sql, values)
            except psycopg.OperationalError:
                if not (connection.broken and sql.startswith("SELECT")):
                    raise
            finally:
                self._connections.give(connection)
        raise Unavailable("The database closes every connection.")


class Connected:
    """A connection that takes statements as they are written for both engines."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._raw = connection
        self._cursor = connection.cursor(binary=True)
        self._streams: list[psycopg.ServerCursor[Any]] = []

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> "Result":
        """Run a statement."""
        cursor = self._cursor.execute(_native(sql), values)
        return Result(cursor.fetchall() if cursor.description else [], cursor.rowcount)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> "Result":
        """Run a statement for each of the rows; of many the answers are not waited for one by one.

        A few rows to insert are one statement.
        """
        listed = list(rows)
        start, marks, rest = sql.partition(" VALUES ")
        if 1 < len(listed) <= _A_FEW and _MARKS.fullmatch(rest):
            several = start + marks + ", ".join([rest] * len(listed))
            return self.execute(several, [value for row in listed for value in row])
        if len(listed) <= _A_FEW:
            found = [self.execute(sql, row).rowcount for row in listed]
            return Result([], sum(found))
        self._cursor.executemany(_native(sql), listed)
        return Result([], self._cursor.rowcount)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add many rows to a table, by COPY."""
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self._raw.cursor() as cursor, cursor.copy(sql.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows of a statement without ever holding all of them."""
        with self._raw.cursor(f"stream {len(self._streams)}", binary=True) as cursor:
            self._streams.append(cursor)
            cursor.itersize = _CHUNK
            cursor.execute(_native(sql), values)
            yield from cursor

    def end_streams(self) -> None:
        """Close what an error has left unread, before others are given the connection."""
        for cursor in self._streams:
            with suppress(psycopg.Error):
                cursor.close()


class Result:
    """What came of a statement: it is here as a whole, so that the next one may be run."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows = iter(rows)
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows."""
        return self._rows


@lru_cache(maxsize=1024)
def _native(sql: str) -> bytes:
    return sql.replace("?", "%s").encode()


@contextmanager
def explained() -> Iterator[None]:
    """Let what the machine cannot do now come out as what it is."""
    try:
        yield
    except psycopg.Error as error:
        found = (kind for known, kind in _UNAVAILABLE.items() if isinstance(error, known))
        lost = Unavailable if isinstance(error, psycopg.OperationalError) else None
        kind = next(found, lost)
        if kind is None:
            raise
        raise kind(f"The database cannot be used now: {' '.join(str(error).split())}") from error


# --- queries -----------------------------------------------------------------------------------


@contextmanager
def _ranked(connection: Connected, arms: Sequence[Arm], order: Order) -> Iterator[Rows]:
    """Ask for the rows that the indexes let through, and call the scans for each as it comes."""
    found = [_matching(connection, arm) for arm in arms]
    yield found[0] if len(found) == 1 else heapq.merge(*found, key=itemgetter(0))


def _matching(connection: Connected, arm: Arm) -> Iterator[tuple[int, Value]]:
    """Yield the rows of a type that match, in the order of their keys."""
    for key, column, *row in _candidates(connection, arm):
        if arm.scan is None or arm.scan(*row[:SCAN_WIDTH]):
            yield key, column if isinstance(arm.sort, str) else arm.sort(*row[-SCAN_WIDTH:])


def _candidates(connection: Connected, arm: Arm) -> Iterable[Any]:
    """Return the rows that the indexes let through: at once, if that is quick and they are few."""
    scans = [
        one.sql for one in (arm.scan, arm.sort) if one is not None and not isinstance(one, str)
    ]
    value = arm.sort if isinstance(arm.sort, str) else "NULL"
    sql = (
        f"SELECT {', '.join(['r.key', value, *scans])} FROM resources r"
        f" WHERE r.tenant = ? AND r.type = ? AND {arm.condition.beside('AND')}"
    )
    values = (arm.tenant, arm.type, *arm.condition.values)
    if arm.condition.values:
        rows = connection.execute(f"{sql} LIMIT {_FEW + 1}", values).fetchall()
        if len(rows) <= _FEW:
            return sorted(rows, key=itemgetter(0))
    return connection.stream(f"{sql} ORDER BY r.key", values)


DIALECT: Final = Dialect(
    document="convert_to(document, 'UTF8')",
    ordered_join="JOIN",
    # An array is looked up by the index whatever the planner knows of the tables, which of new
    # ones is nothing.
    among="r.key = ANY (ARRAY({}))",
    links="array_agg(ARRAY[{}])",
    ranked=_ranked,
    sorts=False,
)
