"""The embedded engine: a SQLite database, in a file or in memory."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final

from scim_server.store.connections import BUSY_SECONDS, Connection, open_connections
from scim_server.store.contract import Busy, Full, StoreError, Unavailable
from scim_server.store.dialect import Arm, Dialect, Order, Rows, Scan, of_an_older_version
from scim_server.store.tables import STEPS, layout_of, prepare

# What SQLite says where it is the machine's fault and not ours, by the first byte of its code.
_UNAVAILABLE: Final[dict[int, type[Unavailable]]] = {
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_LOCKED: Busy,
    sqlite3.SQLITE_FULL: Full,
    sqlite3.SQLITE_IOERR: Unavailable,
    sqlite3.SQLITE_CANTOPEN: Unavailable,
    sqlite3.SQLITE_READONLY: Unavailable,
    sqlite3.SQLITE_CORRUPT: Unavailable,
    sqlite3.SQLITE_NOTADB: Unavailable,
}


class SqliteEngine:
    """Transactions in one SQLite database."""

    def __init__(self, database: str) -> None:
        self.dialect = DIALECT
        self._name = database
        self._connections = open_connections(database)
        # Writers of one process queue here, where waiting is cheap and fair; SQLite's own lock,
        # which is polled, is left to writers of other processes.
        self._writing = threading.Lock()

    def reading(self) -> AbstractContextManager[Connection]:
        """Begin a transaction that sees one moment; it neither waits for writers nor stops them."""
        return self._transaction("BEGIN")

    @contextmanager
    def writing(self, tenant: int | None = None) -> Iterator[Connection]:
        """Begin a transaction that follows all others, of any tenant: SQLite has one writer."""
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise Busy(f"The database was busy for {BUSY_SECONDS} seconds.")
        try:
            with self._transaction("BEGIN IMMEDIATE") as connection:
                yield connection
        finally:
            self._writing.release()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self._connections.connection() as connection:
            try:
                connection.execute(begin)
                yield connection
                connection.execute("COMMIT")
            except BaseException as error:
                # Where the disk is full SQLite has done so by itself; a closed one needs nothing.
                with suppress(sqlite3.ProgrammingError):
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                _explain(error)
                raise

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Lend a connection on which each statement is a transaction of its own."""
        with self._connections.connection() as connection:
            try:
                yield connection
            except sqlite3.Error as error:
                _explain(error)
                raise

    def layout(self) -> tuple[int, int]:
        """Return the number of the layout that the database has, and of ours."""
        with self._readable(), self.alone() as connection:
            return layout_of(connection, self._name), len(STEPS)

    def prepare(self, *, upgrade: bool) -> None:
        """Make the tables that are not there yet, and bring older ones up to date."""
        with self._readable(), self.writing() as connection:
            older = layout_of(connection, self._name)
            if older and older < len(STEPS) and not upgrade:
                raise StoreError(of_an_older_version(self._name, older, len(STEPS)))
            prepare(connection, self._name)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self._name} cannot be used as a database: {error}.") from None
        except Unavailable as error:
            raise type(error)(f"{self._name}: {error}") from None

    def close(self) -> None:
        """Close the database in all threads."""
        self._connections.close()


def _explain(error: BaseException) -> None:
    """Raise what the machine cannot do now as what it is; any other error stays as it is."""
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        raise Unavailable("The database is closed.") from error
    if isinstance(error, sqlite3.DatabaseError) and (
        kind := _UNAVAILABLE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    ):
        raise kind(f"The database cannot be used now: {error}.") from error


# --- queries -----------------------------------------------------------------------------------

Scans = dict[int, Callable[..., Any]]


@contextmanager
def _ranked(connection: Connection, arms: Sequence[Arm], order: Order) -> Iterator[Rows]:
    """Let SQLite do all of it: it calls the scans, merges the types and sorts."""
    selects, values = list[str](), list[str | int]()
    for arm in arms:
        selects.append(_select(arm, connection.scans))
        values += [arm.tenant, arm.type, *arm.condition.values]
    direction = "DESC NULLS FIRST" if order.descending else "ASC NULLS LAST"
    by = f"2 {direction}, 1" if order.by_value else "1"
    try:
        yield connection.execute(f"{' UNION ALL '.join(selects)} ORDER BY {by}", values)
    finally:
        connection.scans.clear()


def _select(arm: Arm, scans: Scans) -> str:
    value = arm.sort if isinstance(arm.sort, str) else _call(arm.sort, scans)
    # The plus keeps SQLite from walking the index on the type where a better one is at hand.
    plus = "+" if arm.condition.values else ""
    where = f"{plus}r.tenant = ? AND {plus}r.type = ? AND {arm.condition.beside('AND')}"
    if arm.scan is not None:
        where += f" AND {_call(arm.scan, scans)}"
    return f"SELECT r.key, {value} FROM resources r WHERE {where}"


def _call(one: Scan, scans: Scans) -> str:
    number = len(scans)
    scans[number] = one
    return f"scan({number}, {one.sql})"


DIALECT: Final = Dialect(
    document="CAST(document AS BLOB)",
    # SQLite may change the order of any other join.
    ordered_join="CROSS JOIN",
    among="r.key IN ({})",
    links="json_group_array(json_array({}))",
    ranked=_ranked,
    sorts=True,
)
