"""Statements on their way to PostgreSQL, many to a journey: libpq's pipeline mode.

A statement is put in line, and what came of it is an `Outcome`, which is waited for when somebody
looks at it: that is one journey for all that is in line. What nobody looks at is waited for with
what comes after it, with the COMMIT at the latest. The database answers in the order it was asked;
after an error it carries out nothing more, so an acknowledged COMMIT stands for all before it.

A connection on which a statement failed is closed: what was in line is lost with its transaction.
"""

import select
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, abc

# So many texts of statements are kept prepared on a connection, those used last.
_PREPARED: Final = 300
# So many statements may be in line; then the first of them are waited for.
_IN_LINE: Final = 256

_SYNC: Final = "sync"
_FAILED: Final = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)
_ENDED: Final = (b"FATAL", b"PANIC")


class Lost(psycopg.OperationalError):
    """The connection is gone, or was left in a state that nobody can go on with."""


class Outcome:
    """What comes of a statement: it is here as a whole once anybody looks at it."""

    __slots__ = ("_count", "_rows", "is_here", "wait")

    def __init__(self, wait: "Callable[[Outcome], None]") -> None:
        self.wait = wait
        self.is_here = False
        self._rows: Iterator[Any] = iter(())
        self._count = 0

    def take(self, rows: Sequence[Any], count: int) -> None:
        """Take the answer of the database."""
        self._rows, self._count, self.is_here = iter(rows), count, True

    @property
    def rowcount(self) -> int:
        """How many rows were written or read."""
        self._look()
        return self._count

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        self._look()
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        self._look()
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows."""
        self._look()
        return self._rows

    def _look(self) -> None:
        if not self.is_here:
            self.wait(self)


class Wire:
    """A connection in pipeline mode."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self._pg = connection.pgconn
        self._reader: Any = Transformer(connection)
        self._socket = select.poll()
        self._socket.register(self._pg.socket, select.POLLIN)
        self._prepared = OrderedDict[str, bytes]()
        self._names = 0
        # Of what is in line, who waits for it: nobody, an outcome, or a `sync` for no statement.
        self._line = deque[Outcome | str | None]()
        self.is_unsent = False
        # How much of it is left from whoever had the connection before.
        self._old = 0
        self._pg.enter_pipeline_mode()

    @property
    def is_open(self) -> bool:
        """Tell whether the connection can be used."""
        return self._pg.status == ConnStatus.OK

    def close(self) -> None:
        """End the connection, and with it a transaction that is open."""
        self.connection.close()

    def leave(self) -> None:
        """Let others have the connection: what is in line is none of theirs."""
        # Not before the end: that would be a query before what only the first may say.
        if len(self._prepared) > _PREPARED and self.is_open:
            while len(self._prepared) > _PREPARED:
                _, oldest = self._prepared.popitem(last=False)
                self.put_once(f"DEALLOCATE {oldest.decode()}", (), None)
            self.sync()
        self._old = len(self._line)

    def end(self, *, roll_back: bool) -> None:
        """End the transaction that is open, undone whatever is in line; nobody waits for that."""
        try:
            if roll_back:
                if self._line:
                    self.sync()
                self.put("ROLLBACK", (), None)
            self.sync()
            self.send()
        except BaseException as error:
            self._fail(error)
            raise

    def put(self, sql: str, values: Sequence[Any], outcome: Outcome | None) -> None:
        """Put a statement in line, prepared; its values are `?` in it."""
        sent = list(map(_dump, values))
        try:
            name = self._prepared.get(sql)
            if name is None:
                name = self._prepare(sql)
            else:
                self._prepared.move_to_end(sql)
            self._pg.send_query_prepared(name, sent, None, Format.BINARY)
        except psycopg.OperationalError as error:
            self.close()
            raise Lost(str(error)) from error
        self._stand_in_line(outcome)

    def put_once(self, sql: str, values: Sequence[Any], outcome: Outcome | None) -> None:
        """Put a statement in line that is worth no preparing, or cannot be."""
        sent = list(map(_dump, values))
        self._pg.send_query_params(_native(sql), sent, None, None, Format.BINARY)
        self._stand_in_line(outcome)

    def sync(self) -> None:
        """Put in line that what follows is carried out whatever became of what was before."""
        self._pg.pipeline_sync()
        self._stand_in_line(_SYNC)

    def wait(self, outcome: Outcome) -> None:
        """Send what is in line, and wait for an outcome.

        :raises psycopg.Error: a statement failed, that one or one before it.
        """
        try:
            self.send()
            while not outcome.is_here:
                self._take_one()
        except BaseException as error:
            self._fail(error)
            raise

    def wait_for_all(self) -> None:
        """Send what is in line, and wait for the end of it.

        :raises psycopg.Error: a statement failed.
        """
        self.sync()
        self._shorten(0)

    def send(self) -> None:
        """Let the database begin with what is in line."""
        if not self.is_unsent:
            return
        self.is_unsent = False
        if self._line[-1] is not _SYNC:
            self._pg.send_flush_request()
        while self._pg.flush():
            # Who does not read while it writes may wait for one that does the same.
            self._socket.modify(self._pg.socket, select.POLLIN | select.POLLOUT)
            self._socket.poll()
            self._socket.modify(self._pg.socket, select.POLLIN)
            self._pg.consume_input()

    @contextmanager
    def outside(self) -> Iterator[psycopg.Connection]:
        """Lend the connection out of pipeline mode, as COPY wants it."""
        self.wait_for_all()
        try:
            self._pg.exit_pipeline_mode()
            yield self.connection
            self._pg.enter_pipeline_mode()
        except BaseException as error:
            self._fail(error)
            raise

    def _prepare(self, sql: str) -> bytes:
        self._names += 1
        name = self._prepared[sql] = b"s%d" % self._names
        self._pg.send_prepare(name, _native(sql))
        self._stand_in_line(None)
        return name

    def _stand_in_line(self, who: Outcome | str | None) -> None:
        self._line.append(who)
        self.is_unsent = True
        if len(self._line) > _IN_LINE:
            self._shorten(_IN_LINE // 2)

    def _shorten(self, length: int) -> None:
        """Wait until there is no more than that in line."""
        try:
            self.send()
            while len(self._line) > length:
                self._take_one()
        except BaseException as error:
            self._fail(error)
            raise

    def _fail(self, error: BaseException) -> None:
        """Close the connection, as nobody knows what is in line now."""
        self.close()
        if isinstance(error, psycopg.Error) and (self._old or error.sqlstate is None):
            raise Lost(str(error)) from error

    def _take_one(self) -> None:
        """Take the next answer, and give it to whoever waits for it."""
        pg = self._pg
        while pg.is_busy():
            self._socket.poll()
            pg.consume_input()
        result = pg.get_result()
        if result is None:
            raise Lost("The database gave no answer.")
        if result.status in _FAILED:
            raise _error_of(result)
        waiting = self._line.popleft()
        if waiting is not _SYNC:
            if isinstance(waiting, Outcome):
                waiting.take(self._rows_of(result), result.command_tuples or 0)
            pg.get_result()  # The end of the answer, which came with it.
        if self._old:
            self._old -= 1

    def _rows_of(self, result: abc.PGresult) -> Sequence[Any]:
        if not result.ntuples:
            return ()
        self._reader.set_pgresult(result)
        rows: Sequence[Any] = self._reader.load_rows(0, result.ntuples, tuple)
        return rows


def _error_of(result: abc.PGresult) -> psycopg.Error:
    error = psycopg.errors.error_from_result(result)
    severity = result.error_field(DiagnosticField.SEVERITY_NONLOCALIZED)
    # Such an error is of the connection, not of the statement.
    return Lost(str(error)) if severity in _ENDED else error


def _dump(value: Any) -> bytes | None:
    """Return a value as PostgreSQL reads it, whatever type it takes it for."""
    if value is None:
        return None
    if isinstance(value, str):
        # Text with U+0000, which a filter or a path may hold, equals nothing that is stored.
        return None if "\x00" in value else value.encode()
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    if isinstance(value, list):
        return b"{" + b",".join(map(_element, value)) + b"}"
    return str(value).encode()


def _element(value: Any) -> bytes:
    text = _dump(value)
    if text is None:
        return b"NULL"
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def _native(sql: str) -> bytes:
    """Return a statement as PostgreSQL has it: values are numbered."""
    first, *others = sql.split("?")
    return (first + "".join(f"${n}{part}" for n, part in enumerate(others, 1))).encode()
