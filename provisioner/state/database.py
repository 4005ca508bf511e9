"""The connection under a state: transactions, rows, and one message for what goes wrong."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import orjson
import sqlite_utils

from provisioner.state import StateError
from provisioner.state.file import damaged, open_file

Row = tuple[Any, ...]


class Database:
    """One file with its lock; safe to share between the threads of a process."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._lock = threading.RLock()
        self._committing = threading.Lock()
        self._writer: int | None = None  # the thread whose transaction is being written
        self._unhurried = False
        self._written = 0
        self._committed = 0
        self._broken: sqlite3.Error | None = None
        self._path = path
        self._db = sqlite_utils.Database(connection)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the state of a job, and make it if there is none.

        :raises StateError: when the file is not a state, or is of a newer version.
        """
        return cls(open_file(path), path)

    @classmethod
    def open_to_read(cls, path: Path) -> Self:
        """Open the state without making a file where there is none.

        :raises StateError: as `open` does.
        """
        return cls.open(path if path.exists() else Path(":memory:"))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def atomic(self, *, now: bool = False) -> Iterator[None]:
        """Make everything inside one transaction: all of it is kept, or nothing.

        It is on disk when the block has ended; within `unhurried` only if that is wanted `now`.
        What several threads write at the same time goes to disk at once: each keeps or loses its
        own, and one of them waits for the disk for all.
        """
        try:
            if self._writer == threading.get_ident():
                yield  # All of it is kept or lost with what surrounds it.
            else:
                yield from self._outermost(now=now or not self._unhurried)
        except sqlite3.Error as error:
            raise StateError(f"The state of the job cannot be written: {error}.") from error

    def _outermost(self, *, now: bool) -> Iterator[None]:
        failed: BaseException | None = None
        with self._lock:
            self._writer = threading.get_ident()
            try:
                self._begin()
                yield
                self._before_commit()
                self._execute("RELEASE mine")
            except BaseException as error:
                failed = error  # What others have written is brought to disk all the same.
                self._undo(error)
            finally:
                self._writer = None
                self._written += 1
                mine = self._written
        # Never with the lock held: who waits for the disk lets others write meanwhile.
        if now:
            self._commit(mine)
        if failed is not None:
            raise failed

    def _begin(self) -> None:
        if not self._db.conn.in_transaction:
            self._execute("BEGIN")
        self._execute("SAVEPOINT mine")

    def _undo(self, error: BaseException) -> None:
        if self._db.conn.in_transaction:
            self._execute("ROLLBACK TO mine")
            self._execute("RELEASE mine")
        elif self._committed < self._written and isinstance(error, sqlite3.Error):
            self._broken = error  # SQLite has given all of it up, what others wrote as well.

    def _execute(self, sql: str, values: Iterable[object] = ()) -> sqlite3.Cursor:
        cursor: sqlite3.Cursor = self._db.conn.execute(sql, tuple(values))
        return cursor

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Let what is written inside wait for the next transaction that has to be on disk.

        Nothing is written out of its order, so what is on disk is always a moment that was.
        """
        self._unhurried = True
        try:
            yield
        finally:
            self._unhurried = False
            with self.atomic():
                pass

    def _commit(self, mine: int) -> None:
        """Wait until a write is on disk; bring it there if nobody else has."""
        with self._committing, self._lock:
            if self._broken is not None:
                raise self._broken
            if self._committed >= mine:
                return
            everything = self._written
            try:
                if self._db.conn.in_transaction:
                    self._execute("COMMIT")
            except sqlite3.Error as error:
                self._broken = error  # Others of this transaction have lost theirs, too.
                self._db.conn.rollback()
                raise
            self._committed = everything

    def _before_commit(self) -> None:
        """Write what was left for the next transaction."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Say in one message that the file does not hold what was written to it."""
        try:
            with self._lock:
                yield
        except (sqlite3.Error, ValueError) as error:
            raise damaged(self._path, error) from error

    def query(self, sql: str, values: Iterable[object] = ()) -> list[Row]:
        """Return the rows of a question."""
        with self.reading():
            return self._execute(sql, values).fetchall()

    def number(self, sql: str, values: Iterable[object] = ()) -> int:
        """Return the one number that a question asks for."""
        return int(self.query(sql, values)[0][0] or 0)

    def run(self, sql: str, *values: object) -> int:
        """Carry one statement out, as a transaction if none is open; return the rows it changed."""
        with self.atomic():
            return int(self._execute(sql, values).rowcount)

    def run_many(self, sql: str, rows: Iterable[Row]) -> None:
        """Carry one statement out for many rows, as one transaction."""
        with self.atomic():
            self._db.conn.executemany(sql, rows)

    def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with self.reading():
            cursor = self._execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def _put(self, table: str, row: Mapping[str, object]) -> int:
        """Insert a row, or replace the one with its key; return its number."""
        columns = ", ".join(row)
        marks = ", ".join("?" * len(row))
        with self.atomic():
            sql = f"insert or replace into {table} ({columns}) values ({marks})"
            return int(self._execute(sql, row.values()).lastrowid or 0)

    def _document(self, text: str | None) -> dict[str, Any]:
        with self.reading():
            document = orjson.loads(text or "{}")
            if not isinstance(document, dict):
                raise ValueError("a row holds no JSON object")
        return document
