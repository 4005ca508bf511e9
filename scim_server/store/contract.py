"""What every store promises; `tests/server/test_store_contract.py` proves it of each store.

The vocabulary is small: a `Record` is a resource as it is stored, a `Transaction` is what an
operation works in, a `Store` hands out transactions for one tenant, a `Database` hands out stores
and keeps what else the workers of a server share: tenants, tokens, a secret.

    StoreError           what was asked of a database cannot be done
    ├── UnknownTenant    there is no tenant of that name
    ├── NameTaken        a tenant or token of that name is there already
    └── Unavailable      it cannot be done now: 503, and how long to wait
        ├── Busy         somebody else held the database for too long
        └── Full         there is no room left to write to
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, Protocol

from scim_protocol.definitions import ResourceModel, Target
from scim_protocol.filter import Filter

Document = Mapping[str, Any]


# The tenant of `/scim/v2`; it is always there.
DEFAULT_TENANT: Final = "default"


class StoreError(Exception):
    """What was asked of a database cannot be done; the message says why and what to do."""


class UnknownTenant(StoreError):
    """There is no tenant of that name."""


class NameTaken(StoreError):
    """A tenant, or a token that was not revoked, has that name already."""


class Unavailable(StoreError):
    """The database cannot do it now; nothing was changed, unless the connection broke at the end.

    :param retry_after: so many seconds later it may be tried again.
    """

    retry_after: int = 5


class Busy(Unavailable):
    """Somebody else held the database for too long, or it takes no more connections."""


class Full(Unavailable):
    """There is no room left to write to: reading goes on."""

    retry_after = 60


class Record(NamedTuple):
    """A resource as it is stored.

    `document` is the resource as JSON text, `schemas` and `id` first, without what lives
    elsewhere: `meta` in the fields here, members and groups in the membership table, secrets apart.
    `groups` are those that it was directly in when it was read, in a form that the store knows.
    """

    key: int
    type: str
    id: str
    version: int
    created: str
    last_modified: str
    document: bytes
    secrets: str | None = None
    groups: Any = None

    def __repr__(self) -> str:
        return f"Record(type={self.type!r}, id={self.id!r}, version={self.version!r})"


class Link(NamedTuple):
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

    def groups(self, records: Sequence[Record]) -> Mapping[int, Sequence[Link]]:
        """Return the groups that each of the resources is in, directly or through other groups.

        One without any may be missing; those that are in the same may be given the same sequence.
        """

    def referrers(self, model: ResourceModel, target: Target, id: str) -> Sequence[Record]:
        """Return the resources whose reference attribute holds the id."""

    def insert(
        self, model: ResourceModel, document: Document, now: str, secrets: str | None = None
    ) -> Record:
        """Add a resource, which has its `id` already.

        :raises Uniqueness: a value that must be unique is in use.
        """

    def insert_all(
        self, resources: Sequence[tuple[ResourceModel, Document, str | None]], now: str
    ) -> Sequence[Record]:
        """Add resources with their secrets, as `insert` does: all, or with an error some of them.

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
    """Keeps the resources of one tenant; knows nothing of HTTP, nor of other tenants.

    - Two tenants may have the same ids and the same unique values; neither can tell.
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
        """Let go of the database that the store is in, for all its tenants."""


# --- what the workers of a server share ----------------------------------------------------------

Scope = Literal["read", "write", "admin"]


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, or the secret of an OAuth client: known by its hash alone.

    Times are texts like `2026-01-01T00:00:00.000Z`, all of that one form.

    :param name: what people call it; of a client it is the `client_id`. Of the tokens of a tenant
        that are not revoked each has a name of its own.
    :param digest: the SHA-256 of the token or secret.
    :param subject: the userName that it stands for, if any: that user is its `/Me`.
    :param kind: a `client` only gets tokens; it is let in nowhere else.
    :param client: the name of the client that the token was issued to, if it was.
    """

    name: str
    tenant: str
    scope: Scope
    digest: bytes = field(repr=False)
    created: str
    expires: str | None = None
    last_used: str | None = None
    revoked: str | None = None
    subject: str | None = None
    kind: Literal["token", "client"] = "token"
    client: str | None = None


class Tokens(Protocol):
    """The tokens of all tenants. What one worker writes, all others see at once."""

    def add(self, token: Token) -> None:
        """Keep a token.

        :raises NameTaken: another one of the tenant that is not revoked has the name.
        :raises UnknownTenant: there is no such tenant.
        """

    def find(self, digest: bytes) -> Token | None:
        """Return the token with that hash, expired and revoked ones too: the caller judges."""

    def list(self, tenant: str | None = None) -> Sequence[Token]:
        """Return the tokens of a tenant, or of all, by tenant and age."""

    def revoke(self, tenant: str, name: str, now: str) -> bool:
        """Revoke a token; of a client also those issued to it. Tell whether there was one."""

    def used(self, digest: bytes, when: str) -> None:
        """Note that a token was used: later, and once a minute at most, so nobody waits for it."""

    def purge(self, before: str) -> int:
        """Forget the tokens that were revoked or expired before that time; return how many."""


class Registry(Protocol):
    """The tenants and tokens of a database: all that can be had without knowing its schemas.

    Open one in each process, after a fork: connections are of the process that made them. Any
    number of threads may use it at once.
    """

    @property
    def tokens(self) -> Tokens:
        """The tokens of all tenants."""

    def tenants(self) -> Sequence[str]:
        """Return the names of the tenants, the default one first, then by age."""

    def add_tenant(self, name: str) -> None:
        """Make a tenant.

        :raises NameTaken: it is there already.
        :raises StoreError: it is no name that a URL can have.
        """

    def remove_tenant(self, name: str) -> None:
        """Remove a tenant with all its resources and tokens.

        :raises UnknownTenant: there is no such tenant.
        :raises StoreError: it is the default one, which stays.
        """

    def close(self) -> None:
        """Let go of the database. Nothing else may be called afterwards."""


class Database(Registry, Protocol):
    """All that a server keeps, shared by its workers."""

    @property
    def secret(self) -> bytes:
        """Random bytes that stay as long as the database, the same for all who open it."""

    def store(self, tenant: str = DEFAULT_TENANT) -> Store:
        """Return the store of a tenant: cheap, for every request anew.

        :raises UnknownTenant: there is no such tenant, or none any more.
        """

    def check(self) -> None:
        """Ask the database for next to nothing, to see that it answers.

        :raises StoreError: it does not.
        """
