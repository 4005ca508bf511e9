"""Connections to a SQLite database, for any number of threads.

A file gets one connection a thread: in WAL mode readers and the one writer do not wait for each
other. A database in memory lives in one connection, which the threads take in turn.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from scim_server.store.contract import StoreError

MEMORY: Final = ":memory:"
_BUSY_SECONDS: Final = 30

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


def connect(database: str) -> Connection:
    """Open a database; transactions are begun and ended by statements alone.

    :raises StoreError: it cannot be opened or written.
    """
    connection = None
    try:
        connection = sqlite3.connect(
            database,
            timeout=_BUSY_SECONDS,
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


class PerThread:
    """Connections to a file: each thread has its own and keeps it."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[Connection] = []

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend the thread's connection."""
        found: Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = connect(self._database)
            with self._lock:
                self._open.append(found)
        yield found

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
        self._local = threading.local()


class Shared:
    """The one connection to a database in memory."""

    def __init__(self) -> None:
        self._connection = connect(MEMORY)
        self._lock = threading.RLock()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Lend the connection; others wait until it is given back."""
        with self._lock:
            yield self._connection

    def close(self) -> None:
        """Close the connection, and with it the database."""
        with self._lock:
            self._connection.close()


def open_connections(database: str) -> PerThread | Shared:
    """Return the connections for a file name, or for `:memory:`."""
    return Shared() if database == MEMORY else PerThread(database)
