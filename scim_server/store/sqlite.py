"""The embedded engine: a SQLite database, in a file or in memory."""

import sqlite3
import threading
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Final

from scim_server.store.connections import (
    BUSY_SECONDS,
    Connection,
    Pool,
    Shared,
    open_connections,
)
from scim_server.store.contract import Busy, Full, Link, Record, StoreError, Unavailable
from scim_server.store.dialect import Arm, Dialect, Order, Rows, Scan, of_an_older_version
from scim_server.store.records import chunks, marks
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
        return _Transaction(self._connections, "BEGIN")

    @contextmanager
    def writing(self, tenant: int | None = None) -> Iterator[Connection]:
        """Begin a transaction that follows all others, of any tenant: SQLite has one writer."""
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise Busy(f"The database was busy for {BUSY_SECONDS} seconds.")
        try:
            with _Transaction(self._connections, "BEGIN IMMEDIATE") as connection:
                yield connection
        finally:
            self._writing.release()

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """Lend a connection on which each statement is a transaction of its own."""
        connection = self._connections.lend()
        try:
            yield connection
        except sqlite3.Error as error:
            _explain(error)
            raise
        finally:
            self._connections.take_back(connection)

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


class _Transaction:
    """A transaction on a connection that is lent for it: kept, or undone by an exception.

    It is a class, as each read is one: a generator takes twice as long.
    """

    def __init__(self, connections: Pool | Shared, begin: str) -> None:
        self._connections = connections
        self._begin = begin

    def __enter__(self) -> Connection:
        self._connection = self._connections.lend()
        try:
            self._connection.execute(self._begin)
        except BaseException as error:
            self._undo(error)
            raise
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._undo(error)
            return
        try:
            self._connection.execute("COMMIT")
        except BaseException as failed:
            self._undo(failed)
            raise
        self._connections.take_back(self._connection)

    def _undo(self, error: BaseException) -> None:
        try:
            # Where the disk is full SQLite has done so by itself; a closed one needs nothing.
            with suppress(sqlite3.ProgrammingError):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            _explain(error)
        finally:
            self._connections.take_back(self._connection)


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


_GROUPS: Final = (
    "SELECT g.key, g.id, g.type, g.display,"
    " EXISTS (SELECT 1 FROM memberships n WHERE n.member_key = g.key)"
    " FROM resources g WHERE g.key IN ({})"
)


def _told(
    connection: Connection, records: Sequence[Record], served: Container[str]
) -> dict[int, list[Link]] | None:
    """Look up each group once, whose keys came along: those of a page are mostly in the same ones.

    Resources that are in the same groups are given the same list.
    """
    texts = {record.groups for record in records if record.groups}
    keys = {text: sorted(map(int, text.split(","))) for text in texts}
    groups = dict[int, Link]()
    for some in chunks(sorted(set().union(*keys.values()))):
        sql = _GROUPS.format(marks(some))
        for key, id, kind, display, is_inside in connection.execute(sql, some).fetchall():
            if is_inside:
                return None
            if kind in served:
                groups[key] = Link(id, kind, display)
    links = {text: [groups[key] for key in of if key in groups] for text, of in keys.items()}
    return {record.key: links[record.groups] for record in records if record.groups}


DIALECT: Final = Dialect(
    document="CAST(document AS BLOB)",
    # SQLite may change the order of any other join.
    ordered_join="CROSS JOIN",
    among="r.key IN ({})",
    links="json_group_array(json_array({}))",
    ranked=_ranked,
    sorts=True,
    groups="groups",
    told=_told,
)
