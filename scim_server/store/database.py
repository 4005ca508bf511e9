"""A database of either engine: its tenants, the store of each, its tokens and its secret."""

import re
import secrets
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from scim_protocol.catalog import Catalog
from scim_server.representation import member_types
from scim_server.store.contract import DEFAULT_TENANT, NameTaken, StoreError, UnknownTenant
from scim_server.store.dialect import DEFAULT_NUMBER, Connection, Engine
from scim_server.store.fitting import types_with_more
from scim_server.store.indexes import rebuild_if_changed
from scim_server.store.lookups import lookups_of
from scim_server.store.tokens import SqlTokens
from scim_server.store.transactions import Rules, SqlTransaction

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
# What is a tenant's, those that others are found by last.
_ALL_OF_A_TENANT: Final = (
    "DELETE FROM memberships WHERE group_key IN (SELECT key FROM resources WHERE tenant = ?)",
    "DELETE FROM uniques WHERE tenant = ?",
    "DELETE FROM lookups WHERE tenant = ?",
    "DELETE FROM counters WHERE tenant = ?",
    "DELETE FROM tokens WHERE tenant = ?",
    "DELETE FROM resources WHERE tenant = ?",
    "DELETE FROM tenants WHERE number = ?",
)


def rules_for(catalog: Catalog, indexed: Iterable[str], *, skip_unknown_members: bool) -> Rules:
    """Return what holds for all tenants of a database.

    :raises ConfigError: when an indexed path names a text attribute of no resource type.
    """
    types = {name: member_types(model) for name, model in catalog.models.items()}
    return Rules(lookups_of(catalog, indexed), types, skip_unknown_members)


class SqlRegistry:
    """The tenants and tokens of a database whose tables are there; see `contract.Registry`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._tokens = SqlTokens(engine)

    @property
    def tokens(self) -> SqlTokens:
        """The tokens of all tenants."""
        return self._tokens

    def _number(self, tenant: str) -> int:
        if tenant == DEFAULT_TENANT:
            return DEFAULT_NUMBER
        with self.engine.alone() as connection:
            sql = "SELECT number FROM tenants WHERE name = ?"
            row = connection.execute(sql, (tenant,)).fetchone()
        if row is None:
            raise UnknownTenant(f"There is no tenant {tenant!r}.")
        number: int = row[0]
        return number

    def tenants(self) -> Sequence[str]:
        """Return the names of the tenants, the default one first, then by age."""
        with self.engine.alone() as connection:
            rows = connection.execute("SELECT name FROM tenants ORDER BY number").fetchall()
        return [name for (name,) in rows]

    def add_tenant(self, name: str) -> None:
        """Make a tenant."""
        if not _NAME.fullmatch(name):
            raise StoreError(
                f"{name!r} cannot be the name of a tenant: it takes up to 63 letters, digits,"
                " dots, dashes and underscores, the first of them a letter or digit."
            )
        with self.engine.alone() as connection:
            sql = "INSERT INTO tenants (name) VALUES (?) ON CONFLICT DO NOTHING"
            if not connection.execute(sql, (name,)).rowcount:
                raise NameTaken(f"There is a tenant {name!r} already.")

    def remove_tenant(self, name: str) -> None:
        """Remove a tenant with all its resources and tokens."""
        if name == DEFAULT_TENANT:
            raise StoreError("The default tenant cannot be removed.")
        number = self._number(name)
        with self.engine.writing(number) as connection:
            for sql in _ALL_OF_A_TENANT:
                connection.execute(sql, (number,))

    def close(self) -> None:
        """Let go of the database."""
        self._tokens.close()
        self.engine.close()


class SqlDatabase(SqlRegistry):
    """A database as a server opens it; see `contract.Database`."""

    def __init__(self, engine: Engine, catalog: Catalog, rules: Rules) -> None:
        self.rules = rules
        with engine.writing(None) as connection:
            self.types_with_more = types_with_more(connection, catalog)
            rebuild_if_changed(connection, rules.lookups)
            self._secret = _secret_of(connection)
        super().__init__(engine)

    @property
    def secret(self) -> bytes:
        """Random bytes that stay as long as the database, the same for all who open it."""
        return self._secret

    def store(self, tenant: str = DEFAULT_TENANT) -> "SqlStore":
        """Return the store of a tenant."""
        return SqlStore(self, self.engine, self.rules, self._number(tenant))

    def check(self) -> None:
        """Ask the database for next to nothing, to see that it answers."""
        with self.engine.alone() as connection:
            connection.execute("SELECT 1 FROM settings LIMIT 1").fetchone()


@dataclass(frozen=True, slots=True)
class SqlStore:
    """The resources of one tenant; see `contract.Store`."""

    database: SqlDatabase
    engine: Engine
    rules: Rules
    tenant: int

    @property
    def types_with_more(self) -> frozenset[str]:
        """The types of which resources hold what no schema defines, written with other schemas."""
        return self.database.types_with_more

    @property
    def secret(self) -> bytes:
        """Random bytes that stay as long as the database, the same for all who open it."""
        return self.database.secret

    def read(self) -> AbstractContextManager[SqlTransaction]:
        """Begin a transaction that only reads."""
        return _Begun(self, self.engine.reading())

    def write(self) -> AbstractContextManager[SqlTransaction]:
        """Begin a transaction that may write; it is kept when the block ends without an error."""
        return _Begun(self, self.engine.writing(self.tenant))

    def close(self) -> None:
        """Let go of the database that the store is in, for all its tenants."""
        self.database.close()


class _Begun:
    """A transaction of an engine, as the store's callers see it."""

    def __init__(self, store: SqlStore, inner: AbstractContextManager[Connection]) -> None:
        self._store = store
        self._inner = inner

    def __enter__(self) -> SqlTransaction:
        store = self._store
        connection = self._inner.__enter__()
        return SqlTransaction(connection, store.engine.dialect, store.rules, store.tenant)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._inner.__exit__(kind, error, trace)


def _secret_of(connection: Connection) -> bytes:
    """Return the secret of a database, made the first time."""
    new = secrets.token_hex(32)
    sql = "INSERT INTO settings VALUES ('secret', ?) ON CONFLICT DO NOTHING"
    connection.execute(sql, (new,))
    found = connection.execute("SELECT value FROM settings WHERE name = 'secret'").fetchone()
    return bytes.fromhex(found[0])
