"""What every store promises; `tests/server/test_store_contract.py` proves it of each store.

The vocabulary is small: a `Record` is a resource as it is stored, a `Transaction` is what an
operation works in, a `Store` hands out transactions.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from scim_protocol.definitions import ResourceModel, Target
from scim_protocol.filter import Filter

Document = Mapping[str, Any]


class StoreError(Exception):
    """The database cannot be used as it is; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """A resource as it is stored.

    `document` is the resource as JSON text, `schemas` and `id` first, without what lives
    elsewhere: `meta` in the fields here, members and groups in the membership table, secrets apart.
    """

    key: int
    type: str
    id: str
    version: int
    created: str
    last_modified: str
    document: bytes
    secrets: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Link:
    """One membership seen from one of its ends: the id, type and name of the other end.

    `direct` is False for a group that is reached through another group (RFC 7643 §4.1.2).
    """

    id: str
    type: str
    display: str | None = None
    direct: bool = True


@dataclass(frozen=True, slots=True)
class Selection:
    """Which resources of a type are wanted, and what of them they are sorted by."""

    model: ResourceModel
    filter: Filter | None = None
    sort_by: Target | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a query's result: behind the record of that key, sorted by that value.

    It stays the place that it is when resources come and go, that record's own included.
    """

    value: str | int | float | None
    key: int


@dataclass(frozen=True, slots=True)
class Query:
    """Which resources are wanted, in which order, and which part of them.

    :param selections: one for each type; resources of all of them are in one order.
    :param across_types: filters take what a type lacks as unassigned (RFC 7644 §3.4.2.1).
    :param offset: how many are passed over,
    :param after: or behind which place the part begins.
    """

    selections: Sequence[Selection]
    base_url: str
    across_types: bool = False
    descending: bool = False
    offset: int = 0
    after: Position | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Found:
    """The part of a query's result that was asked for, and how many match in all.

    `end` is where the part ends, None while that is the very beginning; `more` tells whether
    there is anything behind it.
    """

    total: int
    records: Sequence[Record]
    end: Position | None
    more: bool


class Transaction(Protocol):
    """What an operation works in: all that it reads is of one moment, all that it writes is one.

    The methods that write are for transactions of `Store.write` only.
    """

    def savepoint(self) -> AbstractContextManager[None]:
        """Begin a part that an exception inside undoes alone; parts may hold parts."""

    def get(self, model: ResourceModel, id: str) -> Record | None:
        """Return the resource of that type and id."""

    def query(self, query: Query) -> Found:
        """Return a page of the resources that match, each once."""

    def members(self, keys: Sequence[int], *, named: bool = False) -> Mapping[int, Sequence[Link]]:
        """Return the members of each of the groups; a group without any may be missing.

        :param named: a member that was given no `display` has the name of its own resource.
        """

    def members_among(self, group: Record, ids: Sequence[str]) -> Sequence[Link]:
        """Return the members of a group that have one of the ids, each once and named."""

    def groups(self, keys: Sequence[int]) -> Mapping[int, Sequence[Link]]:
        """Return the groups that each of the resources is in, directly or through other groups."""

    def referrers(self, model: ResourceModel, target: Target, id: str) -> Sequence[Record]:
        """Return the resources whose reference attribute holds the id."""

    def insert(
        self, model: ResourceModel, document: Document, now: str, secrets: str | None = None
    ) -> Record:
        """Add a resource, which has its `id` already.

        :raises Uniqueness: a value that must be unique is in use.
        """

    def update(
        self, record: Record, document: Document, now: str, secrets: str | None = None
    ) -> Record:
        """Put another document in the place of the one stored, as the next version.

        :raises Uniqueness: a value that must be unique is in use.
        """

    def touch(self, record: Record, now: str) -> Record:
        """Make the next version of a resource whose document did not change."""

    def delete(self, record: Record, now: str) -> None:
        """Remove a resource, its memberships both ways and all that was indexed of it.

        The groups that it was in have changed by that: each gets its next version.
        """

    def add_members(self, group: Record, members: Sequence[Document]) -> int:
        """Add members `{value, display?}`; return how many came, or got a `display`.

        Who is in the group stays; a `display` is set where there is none, as it is immutable.

        :raises InvalidValue: an id is that of no resource; none is added then.
        """

    def remove_members(self, group: Record, ids: Sequence[str] | None = None) -> int:
        """Remove the members of those ids, or all; return how many were in the group."""


class Store(Protocol):
    """Keeps resources; knows nothing of HTTP.

    - A transaction of `write` happens as a whole or not at all: an exception inside undoes it.
    - When `write` ends without one, what it wrote survives the death of the process.
    - Transactions of `write` follow one another; none sees a half of another.
    - A transaction of `read` sees one moment, and neither waits for writers nor makes them wait.
    - Uniqueness is kept by the database: of two writers of the same value, one fails.
    - Every write of a resource makes its version one greater; versions of an id never repeat.
    - A filter gives the resources that `scim_protocol.matching` gives, and no others.
    - Adding or removing one member costs the same whatever the size of the group.
    - Looking up an indexed value costs the same whatever the number of resources.
    - Memberships and unique values of a deleted resource are gone with it.
    - Any number of threads may use a store at once.
    - Queries have a total order: by the sort value, then by age. Going on behind `Found.end` gives
      every resource that is there throughout, and is sorted by the same value, exactly once.
    """

    @property
    def types_with_more(self) -> frozenset[str]:
        """The types of which resources hold what no schema defines, written with other schemas."""

    @property
    def secret(self) -> bytes:
        """Random bytes that stay as long as the database, the same for all who open it."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that only reads."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that may write; it is kept when the block ends without an error."""

    def close(self) -> None:
        """Let go of the database. Nothing else may be called afterwards."""
