"""Connections to a SQLite database, for any number of threads.

A file gets as many connections as are in use at once: in WAL mode readers and the one writer do not
wait for each other. A database in memory lives in one connection, which the threads take in turn.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from scim_server.store.contract import StoreError, Unavailable

MEMORY: Final = ":memory:"
BUSY_SECONDS: Final = 30

# WAL lets readers go on while there is a writer. FULL makes a commit wait for the disk, so that
# what was acknowledged also survives a power cut.
_SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16000",
)


class Connection(sqlite3.Connection):
    """A connection whose SQL can call Python: `scan(n, …)` calls the n-th of its `scans`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.scans: dict[int, Callable[..., Any]] = {}
        self.create_function("scan", -1, lambda number, *row: self.scans[number](*row))

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add many rows to a table."""
        marks = ", ".join("?" * len(columns))
        self.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows of a statement; SQLite makes them one by one."""
        return iter(self.execute(sql, values))


def connect(database: str) -> Connection:
    """Open a database; transactions are begun and ended by statements alone.

    :raises StoreError: it cannot be opened or written.
    """
    connection = None
    try:
        connection = sqlite3.connect(
            database,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            factory=Connection,
        )
        for setting in _SETTINGS:
            connection.execute(setting)
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        raise StoreError(_explain(database, error)) from None
    return connection


def _explain(database: str, error: sqlite3.Error) -> str:
    path = Path(database)
    if not path.parent.is_dir():
        return f"{database}: the folder {path.parent} does not exist; make it, or name another."
    if path.is_dir():
        return f"{database} is a folder: name a file in it as --database."
    return f"{database} cannot be used as a database: {error}."


class Pool:
    """Connections to a file: as many as are in use at once, whichever threads use them.

    The one that came back last is lent first: what it has cached is of use to whoever comes next.
    Servers start and end threads as they like, so connections are not of threads. A file that is
    removed or replaced is used no more: what is written to it then would be lost.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._is_closed = False
        self._file: tuple[int, int] | None = None

    def lend(self) -> Connection:
        """Lend a connection to one user, who is to give it back."""
        with self._lock:
            if self._is_closed:
                raise Unavailable("The database is closed.")
            if self._file is not None and self._file != _identity(self._database):
                raise Unavailable("The file was removed or replaced: undo that, or start again.")
            found = self._idle.pop() if self._idle else None
        return found or self._connect()

    def _connect(self) -> Connection:
        try:
            connection = connect(self._database)
        except StoreError as error:
            if self._file is None:
                raise
            raise Unavailable(str(error)) from None  # It could be opened before.
        self._file = self._file or _identity(self._database)
        return connection

    def take_back(self, connection: Connection) -> None:
        """Take back a connection, in which there is no transaction."""
        with self._lock:
            if not self._is_closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the connections; those in use are closed when they come back."""
        with self._lock:
            idle, self._idle, self._is_closed = self._idle, [], True
        for connection in idle:
            connection.close()


def _identity(name: str) -> tuple[int, int] | None:
    """Return what tells a file from all others; None if there is none of that name."""
    try:
        found = os.stat(name)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Shared:
    """The one connection to a database in memory."""

    def __init__(self) -> None:
        self._connection = connect(MEMORY)
        self._lock = threading.RLock()

    def lend(self) -> Connection:
        """Lend the connection; others wait until it is given back."""
        self._lock.acquire()
        return self._connection

    def take_back(self, connection: Connection) -> None:
        """Take the connection back."""
        self._lock.release()

    def close(self) -> None:
        """Close the connection, and with it the database."""
        with self._lock:
            self._connection.close()


def open_connections(database: str) -> Pool | Shared:
    """Return the connections for a file name, or for `:memory:`."""
    return Shared() if database == MEMORY else Pool(database)
