"""The engine for servers on several machines: a PostgreSQL database, through psycopg.

Writers of a tenant follow one another: each begins by taking an advisory lock of the tenant's,
which the end of its transaction gives back, its process's death included. It is the first lock of
every transaction and none takes two, so there is no deadlock; whoever has it sees all that was
committed before, so there is nothing to be tried again. What may be lost by that is little: a
tenant's writes are short, those of others go on, and readers never wait.

A journey to the database takes as long as what it does there. So a reader begins together with its
first statement and does not wait for the end, and what a writer need not know is carried out with
what comes after it, the end at the latest.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

import psycopg
from psycopg import errors

from scim_server.store.contract import Busy, Full, StoreError, Unavailable
from scim_server.store.dialect import of_an_older_version
from scim_server.store.postgres_connections import MOST, Connections
from scim_server.store.postgres_queries import DIALECT
from scim_server.store.postgres_tables import LAYOUT, layout_of, prepare
from scim_server.store.postgres_wire import Lost, Outcome, Wire

# All connections may have been lost while they were idle; a new one is not.
_TRIES: Final = MOST + 1
# Rows that are inserted by one statement: a few numbers only, so that it is prepared.
_AT_ONCE: Final = (128, 16, 4, 3, 2, 1)
_INSERT: Final = re.compile(
    r"(INSERT INTO .+ VALUES )(\((?:\?|lastval\(\)|, )+\))( ON CONFLICT DO NOTHING)?"
)
_CHUNK: Final = 500
# A table that got so many rows is to be looked at by the planner.
_MANY: Final = 1000

Statement = tuple[str, Sequence[Any]]

# READ COMMITTED: each statement sees what there was when it began, and nobody else of the tenant
# writes. The first lock is shared by all writers, so that one can keep all of them away.
_WRITE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_LOCK: Final = "SELECT pg_advisory_xact_lock_shared(?, 0), pg_advisory_xact_lock(?, ?)"
_LOCK_ALL: Final = "SELECT pg_advisory_xact_lock(?, 0)"

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

    def reading(self) -> "Connected":
        """Begin a transaction that sees one moment, and neither waits nor lets others wait."""
        return Connected(self._connections)

    def writing(self, tenant: int | None) -> "Connected":
        """Begin a transaction that follows all others of a tenant, or of all."""
        # Locks are of a whole database, tables of one schema in it.
        space = self._connections.schema
        lock = (_LOCK_ALL, (space,)) if tenant is None else (_LOCK, (space, space, tenant))
        return Connected(self._connections, [(_WRITE, ()), lock])

    @contextmanager
    def alone(self) -> Iterator["Alone"]:
        """Lend what runs each statement as a transaction of its own."""
        try:
            yield Alone(self._connections)
        except psycopg.Error as error:
            _explain(error)
            raise

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

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Outcome:
        """Run a statement; one that reads is run again if the connection was lost while idle."""
        for _ in range(_TRIES):
            wire, outcome = self._connections.take(), Outcome(_over)
            reads = sql.startswith("SELECT")
            try:
                if reads:
                    wire.put(sql, values, outcome)
                else:
                    wire.put(_WRITE, (), None)
                    wire.put(sql, values, outcome)
                    wire.put("COMMIT", (), None)
                wire.wait_for_all()
            except Lost:
                if not reads:
                    raise
            else:
                return outcome
            finally:
                self._connections.give(wire)
        raise Unavailable("The database closes every connection.")


class Connected:
    """A transaction, which takes statements as they are written for both engines.

    Without a BEGIN it is all that is asked between two syncs, which is enough to read. Until it has
    the first answer it may go over to another connection: nothing has come of it yet.

    :param begin: what begins a transaction that writes.
    """

    def __init__(self, connections: Connections, begin: Sequence[Statement] = ()) -> None:
        self._connections = connections
        self._wire: Wire
        self._begin = begin
        self._unanswered: list[tuple[Statement, Outcome]] | None = []
        self._streams = 0
        self._is_over = False
        self._is_begun = bool(begin)
        self._loaded = Counter[str]()
        self._look_at = defaultdict[str, int](lambda: _MANY)

    def __enter__(self) -> Self:
        try:
            self._wire = self._connections.take()
        except psycopg.Error as error:
            _explain(error)
            raise
        try:
            for sql, values in self._begin:
                self.execute(sql, values)
            # What time it is is asked inside: so times are in the order of the writers.
            self._settle()
        except BaseException as error:
            self._leave()
            _explain(error)
            raise
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None and self._begin:
                self._commit()
        except BaseException as failed:
            error = failed
            raise
        finally:
            self._leave()
            if error is not None:
                _explain(error)

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Outcome:
        """Run a statement: once its outcome, or that of a later one, is looked at."""
        outcome = Outcome(self._wait)
        if self._unanswered is not None:
            self._unanswered.append(((sql, values), outcome))
        try:
            self._wire.put(sql, values, outcome)
        except Lost:
            if self._unanswered is None:
                raise
        return outcome

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> "Outcomes":
        """Run a statement for each of the rows; many rows to insert are few statements."""
        listed = list(rows)
        if len(listed) < 2 or not (insert := _INSERT.fullmatch(sql)):
            return Outcomes([self.execute(sql, row) for row in listed])
        start, marks, end = insert.groups("")
        outcomes, done = list[Outcome](), 0
        for size in _AT_ONCE:
            several = f"{start}{', '.join([marks] * size)}{end}"
            while len(listed) - done >= size:
                some = listed[done : done + size]
                outcomes.append(self.execute(several, [value for row in some for value in row]))
                done += size
        return Outcomes(outcomes)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add many rows to a table, by COPY; as it grows, the planner is told how it looks now."""
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        self._settle()
        with self._wire.outside() as raw, raw.cursor() as cursor, cursor.copy(sql.encode()) as copy:
            for row in rows:
                copy.write_row(row)
                self._loaded[table] += 1
        if self._loaded[table] >= self._look_at[table]:
            # Nobody else sees these rows yet, so nobody else would.
            self.execute(f"ANALYZE {table}")
            self._look_at[table] = 10 * self._loaded[table]

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows of a statement without ever holding all of them."""
        self._streams += 1
        name = f"stream{self._streams}"
        if not self._is_begun:  # What has been read stays of the same moment.
            self.execute("BEGIN")
            self._is_begun = True
        self._settle()
        self._once(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", values)
        fetch = f"FETCH {_CHUNK} FROM {name}"
        coming = self._once(fetch)
        while rows := coming.fetchall():
            # The database reads the next rows while these are used.
            coming = self._once(fetch)
            yield from rows

    def _settle(self) -> None:
        """Wait for the first answer: what comes now cannot be begun again."""
        if self._unanswered:
            self._wait(self._unanswered[-1][1])

    def _once(self, sql: str, values: Sequence[Any] = ()) -> Outcome:
        self._check()
        outcome = Outcome(self._wait)
        self._wire.put_once(sql, values, outcome)
        self._wire.send()
        return outcome

    def _commit(self) -> None:
        """Keep what was written: when this returns, it is there."""
        outcome = self.execute("COMMIT")
        self._wire.sync()
        self._wait(outcome)
        self._is_over = True

    def _leave(self) -> None:
        """Undo what was not committed, and give the connection back, without waiting for that."""
        was_over, self._is_over = self._is_over, True
        try:
            if self._wire.is_open and not was_over:
                self._wire.end(roll_back=self._is_begun)
            self._wire.leave()
        except psycopg.Error:
            self._wire.close()
        finally:
            self._connections.give(self._wire)

    def _wait(self, outcome: Outcome) -> None:
        """Wait for an outcome."""
        self._check()
        for _ in range(_TRIES):
            try:
                self._wire.wait(outcome)
            except Lost:
                if self._unanswered is None:
                    raise
                self._begin_again(self._unanswered)
            else:
                self._unanswered = None
                return
        raise Unavailable("The database closes every connection.")

    def _check(self) -> None:
        if self._is_over:
            raise Unavailable("The transaction is over.")

    def _begin_again(self, statements: Iterable[tuple[Statement, Outcome]]) -> None:
        self._wire = self._connections.instead_of(self._wire)
        for (sql, values), outcome in statements:
            self._wire.put(sql, values, outcome)


class Outcomes:
    """What came of several statements together."""

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = outcomes

    @property
    def rowcount(self) -> int:
        """How many rows were written."""
        return sum(outcome.rowcount for outcome in self._outcomes)

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        return next(iter(self), None)

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows."""
        return (row for outcome in self._outcomes for row in outcome)


def _over(outcome: Outcome) -> None:
    raise Unavailable("The transaction is over.")


def _explain(error: BaseException) -> None:
    """Raise what the machine cannot do now as what it is; any other error stays as it is."""
    found = (kind for known, kind in _UNAVAILABLE.items() if isinstance(error, known))
    kind = next(found, Unavailable if isinstance(error, psycopg.OperationalError) else None)
    if kind is not None:
        said = " ".join(str(error).split())
        raise kind(f"The database cannot be used now: {said}") from error
