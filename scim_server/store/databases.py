"""Opens the database that is named: a URL of PostgreSQL, or a file of SQLite."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from scim_protocol.catalog import Catalog
from scim_server.store.contract import StoreError
from scim_server.store.database import SqlDatabase, SqlRegistry, rules_for
from scim_server.store.dialect import Engine
from scim_server.store.sqlite import SqliteEngine

_POSTGRES: Final = ("postgresql://", "postgres://")


def is_url(name: str) -> bool:
    """Tell whether a name is that of a PostgreSQL database; any other is that of a file."""
    return name.startswith(_POSTGRES)


def open_database(
    name: str, catalog: Catalog, indexed: Iterable[str] = (), *, skip_unknown_members: bool = False
) -> SqlDatabase:
    """Open a database for a server.

    A new one gets its tables. One in a file that an older version wrote is brought up to date; of
    PostgreSQL that is asked for with `scim-server migrate`, as other servers may be at work in it.

    :param name: `postgresql://user@host/database`, the name of a file, or `:memory:`.
    :param indexed: paths of further text attributes to look up by index.
    :param skip_unknown_members: members of unknown ids are left out instead of refused.
    :raises ConfigError: the configuration names an attribute that cannot be indexed.
    :raises StoreError: the database cannot be used; the message says why.
    """
    rules = rules_for(catalog, indexed, skip_unknown_members=skip_unknown_members)
    engine = open_engine(name)
    try:
        engine.prepare(upgrade=not is_url(name))
        return SqlDatabase(engine, catalog, rules)
    except BaseException:
        engine.close()
        raise


def open_registry(name: str) -> SqlRegistry:
    """Open a database to work on its tenants and tokens; what is indexed stays as it is.

    :raises StoreError: the database cannot be used; the message says why.
    """
    engine = open_engine(name)
    try:
        engine.prepare(upgrade=not is_url(name))
    except BaseException:
        engine.close()
        raise
    return SqlRegistry(engine)


@contextmanager
def engine_at(name: str) -> Iterator[Engine]:
    """Connect to a database as it is, for a while.

    :raises StoreError: it cannot be reached, or is not there.
    """
    if not is_url(name) and not Path(name).is_file():
        raise StoreError(f"There is no database {name}.")
    engine = open_engine(name)
    try:
        yield engine
    finally:
        engine.close()


def open_engine(name: str) -> Engine:
    """Connect to a database, whatever is in it.

    :raises StoreError: it cannot be reached.
    """
    if not is_url(name):
        return SqliteEngine(name)
    try:
        from scim_server.store.postgres import PostgresEngine
    except ImportError:
        raise StoreError(
            "A PostgreSQL database needs more packages: pip install 'scim-toolkit[postgres]'."
        ) from None
    return PostgresEngine(name)
