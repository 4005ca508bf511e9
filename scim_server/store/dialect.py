"""Where SQLite and PostgreSQL differ, and what both are asked through.

Statements are written once, with `?` for values. What must be said differently is a field of
`Dialect`; how transactions begin, wait and end is an `Engine`.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from scim_server.store.contract import Link, Record
from scim_server.store.lookups import Pairs

Value = str | int | float | None
# Rows of a query's result in its order: the key of a resource, and what it is sorted by.
Rows = Iterable[tuple[int, Value]]


class Cursor(Protocol):
    """What came of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows."""


class Executor(Protocol):
    """What runs statements."""

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor:
        """Run a statement."""


class Connection(Executor, Protocol):
    """A connection to a database, inside a transaction."""

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Cursor:
        """Run a statement for each of the rows; `rowcount` is of all of them."""

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add many rows to a table; none of them may be there."""

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows of a statement without ever holding all of them.

        Other statements may be run meanwhile.
        """


class Condition(Protocol):
    """SQL over the indexes that is true of every resource that matches (`filter_sql.py`)."""

    @property
    def values(self) -> tuple[str | int, ...]:
        """The values that the SQL is about; without any it says nothing of an index."""

    @property
    def is_lookup(self) -> bool:
        """Whether it is that one value is in an index, and no more."""

    def beside(self, word: str) -> str:
        """Return the SQL as a term among others."""


# How many columns a scan takes.
SCAN_WIDTH: Final = 7


class Scan(Protocol):
    """A function of a row that needs the whole resource to answer (`filter_sql.py`)."""

    @property
    def sql(self) -> str:
        """The columns that are its arguments."""

    def __call__(self, *row: Any) -> Any:
        """Return the answer for the resource in a row."""


@dataclass(frozen=True, slots=True)
class Arm:
    """What is asked of one type: a condition, a scan of what that lets through, a sort value."""

    type: str
    tenant: int
    condition: Condition
    scan: Scan | None
    sort: str | Scan


@dataclass(frozen=True, slots=True)
class Order:
    """The order of rows: by the sort value and then by age, or by age alone.

    What has no value comes last, in descending order first; of the same value the older one.
    """

    by_value: bool
    descending: bool


class Ranked(Protocol):
    """Finds the rows of a query; the one thing that the engines do each in its own way."""

    def __call__(
        self, connection: Any, arms: Sequence[Arm], order: Order, /
    ) -> AbstractContextManager[Rows]:
        """Find the rows of all arms, in the order of `Dialect.sorts`."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A resource that is to be added, and what the indexes are to hold of it."""

    type: str
    id: str
    now: str
    display: str | None
    secrets: str | None
    document: bytes
    unique: Pairs
    searched: Pairs


class Add(Protocol):
    """Adds resources at once, with what is indexed and counted of them."""

    def __call__(self, connection: Any, tenant: int, added: Sequence[Addition], /) -> list[int]:
        """Return their keys, in their order.

        :raises Uniqueness: a value that must be unique is in use.
        :raises UnknownTenant: the tenant was removed.
        """


class Told(Protocol):
    """Reads the groups that came along with the rows of resources."""

    def __call__(
        self, connection: Any, records: Sequence[Record], served: Container[str], /
    ) -> Mapping[int, Sequence[Link]] | None:
        """Return, by their keys, which groups of the types that are served the resources are in.

        None if a group among them is itself in one: then there is more to follow.
        """


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the statements say differently, and what is done otherwise where each is a journey.

    :param document: a document as bytes, so that it is not decoded and encoded again.
    :param ordered_join: a join that keeps the order in which the tables are named.
    :param among: that the key of a resource `r` is one of those of a SELECT, `{}` being it; never
        NULL, so that it can be negated.
    :param links: several rows as one value, `{}` being the columns of a row.
    :param ranked: how the rows that match are found.
    :param sorts: whether they come in order of their values; if not, in order of their keys.
    :param groups: the groups that a resource `r` is directly in, read along with its row, NULL
        without any; only `told` knows its form.
    :param told: reads it.
    :param groups_in_pages: the same where many resources are read at once, if in another form.
    :param add: how resources are added, if not by one statement after the other.
    """

    document: str
    ordered_join: str
    among: str
    links: str
    ranked: Ranked
    sorts: bool
    groups: str
    told: Told
    groups_in_pages: str = ""
    add: Add | None = None
    columns: str = field(init=False)
    """The columns of a resource `r` that make a `Record`."""
    columns_in_pages: str = field(init=False)
    """The same of one of many."""

    def __post_init__(self) -> None:
        columns = f"key, type, id, version, created, last_modified, {self.document}, secrets"
        object.__setattr__(self, "columns", f"{columns}, {self.groups}")
        in_pages = f"{columns}, {self.groups_in_pages or self.groups}"
        object.__setattr__(self, "columns_in_pages", in_pages)


class Engine(Protocol):
    """Begins and ends transactions; errors of the database come out as `StoreError`."""

    dialect: Dialect

    def reading(self) -> AbstractContextManager[Connection]:
        """Begin a transaction that sees one moment."""

    def writing(self, tenant: int | None) -> AbstractContextManager[Connection]:
        """Begin a transaction that follows all others of a tenant, or of all; it is durable."""

    def alone(self) -> AbstractContextManager[Executor]:
        """Lend what runs each statement as a transaction of its own."""

    def layout(self) -> tuple[int, int]:
        """Return the number of the layout that the database has, 0 without any, and of ours.

        :raises StoreError: the database is of a newer version, or of some other program.
        """

    def prepare(self, *, upgrade: bool) -> None:
        """Make the tables that are not there yet.

        :param upgrade: also bring those of an older version up to date; else they are refused.
        :raises StoreError: as `layout` does.
        """

    def close(self) -> None:
        """Close all connections."""


# The number of the tenant that is always there.
DEFAULT_NUMBER: Final = 1

SET_SETTING: Final = (
    "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def of_an_older_version(name: str, found: int, ours: int) -> str:
    """Return what to say of a database that is to be upgraded on request only."""
    return (
        f"{name} was written by an older version of scim-server (layout {found}, this one has"
        f" {ours}): stop all servers that use it, then run `scim-server migrate`."
    )
