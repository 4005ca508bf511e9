"""A sequence in a temporary file: however long it is, it takes next to no memory."""

import sqlite3
import threading
import weakref
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final, TypeVar, overload

from provisioner.state import StateError

Item = TypeVar("Item")
Column = str | int | None

_AT_ONCE: Final = 200
_BYTES: Final = 500_000


class OnDisk(Sequence[Item]):
    """Items that are added at the end and read in their order, by any thread.

    The file is gone with the sequence; what is short never leaves SQLite's cache. A subclass says
    how an item is written and read, and what of it can be asked for without reading it: `COLUMNS`.
    """

    COLUMNS: ClassVar[tuple[str, ...]]

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Column | bytes, ...]] = []
        self._number = 0
        self._size = 0  # of what is waiting
        self._indexes: set[tuple[str, ...]] = set()
        self._db = temporary(self)
        columns = ", ".join(self.COLUMNS)
        self._db.execute(f"create table items (place integer primary key, {columns}, document)")
        self.extend(items)

    @abstractmethod
    def columns_of(self, item: Item) -> tuple[Column, ...]:
        """Return what of an item can be asked for."""

    @abstractmethod
    def written(self, item: Item) -> bytes:
        """Return an item as it is kept."""

    @abstractmethod
    def read(self, document: bytes) -> Item:
        """Return the item that `written` made a document of."""

    # Writing -----------------------------------------------------------------------------------

    def append(self, item: Item) -> None:
        """Add an item at the end."""
        document = self.written(item)
        row = (*self.columns_of(item), document)
        with self._lock:
            self._waiting.append(row)
            self._number += 1
            self._size += len(document)
            if len(self._waiting) >= _AT_ONCE or self._size >= _BYTES:
                self._flush()

    def extend(self, items: Iterable[Item]) -> None:
        """Add items at the end."""
        for item in items:
            self.append(item)

    def _flush(self) -> None:
        rows, self._waiting, self._size = self._waiting, [], 0
        marks = ", ".join("?" * (len(self.COLUMNS) + 1))
        names = ", ".join(self.COLUMNS)
        with writing():
            self._db.execute("begin")
            self._db.executemany(f"insert into items ({names}, document) values ({marks})", rows)
            self._db.execute("commit")

    # Reading -----------------------------------------------------------------------------------

    def query(self, sql: str, values: Iterable[Column] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a question to the table `items`; one after the other is held."""
        with self._lock:
            if self._waiting:
                self._flush()
            cursor = self._db.execute(sql, tuple(values))
        while (row := self._next(cursor)) is not None:
            yield row

    def _next(self, cursor: sqlite3.Cursor) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def sort_by(self, *columns: str) -> None:
        """Make items quick to find by some columns."""
        if columns not in self._indexes:
            self._indexes.add(columns)
            list(self.query(f"create index {'_'.join(columns)} on items ({', '.join(columns)})"))

    def where(self, **columns: Column) -> Iterator[Item]:
        """Yield the items whose columns have these values, in their order."""
        return self.read_where(_clause(columns), columns.values())

    def number(self, **columns: Column) -> int:
        """Count the items whose columns have these values."""
        rows = self.query(f"select count(*) from items {_clause(columns)}", columns.values())
        return int(next(rows)[0] or 0)

    def read_where(self, clause: str, values: Iterable[Column] = ()) -> Iterator[Item]:
        """Yield the items of a clause of SQL, in their order."""
        sql = f"select document from items {clause} order by place"
        for (document,) in self.query(sql, values):
            yield self.read(document)

    def __iter__(self) -> Iterator[Item]:
        return self.read_where("")

    def __len__(self) -> int:
        return self._number

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        wanted = range(1, 1 + len(self))[place]
        return next(self.read_where("where place = ?", [wanted]))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(
            one == another for one, another in zip(self, other, strict=True)
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)}>"


def temporary(owner: object) -> sqlite3.Connection:
    """Return a database in a file that is gone with its owner; what is small stays in memory."""
    db = sqlite3.connect("", check_same_thread=False, isolation_level=None)
    weakref.finalize(owner, db.close)
    db.execute("pragma journal_mode = off")  # Nobody reads it after a crash.
    return db


@contextmanager
def writing() -> Iterator[None]:
    """Say in one message that there is no room for a temporary file.

    :raises StateError: when it cannot be written.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise StateError(f"A temporary file cannot be written: {error}.") from error


def _clause(columns: Iterable[str]) -> str:
    tests = [f"{name} = ?" for name in columns]
    return f"where {' and '.join(tests)}" if tests else ""
