"""The tables of a PostgreSQL database, in the first schema of its `search_path`.

They are those of `tables.py`, but for what is SQLite's alone; the third layout of those is the
first here. Text is compared byte by byte (`COLLATE "C"`), as SQLite and Python do.
"""

from collections.abc import Callable, Mapping
from typing import Final

from scim_server.store.contract import DEFAULT_TENANT, StoreError
from scim_server.store.dialect import SET_SETTING, Connection

_TEXT: Final = 'text COLLATE "C"'

# Room is left in the pages of what is written often, so that a new version of a row finds place in
# its page and the indexes stay as they are.
_FIRST: Final = (
    f"CREATE TABLE settings (name {_TEXT} PRIMARY KEY, value {_TEXT} NOT NULL)",
    # Numbers are never given twice, so that nobody takes a new tenant for one that was removed.
    "CREATE TABLE tenants (number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    f" name {_TEXT} NOT NULL UNIQUE)",
    f"INSERT INTO tenants (name) VALUES ('{DEFAULT_TENANT}')",
    "CREATE TABLE tokens (digest bytea PRIMARY KEY, tenant integer NOT NULL,"
    f" name {_TEXT} NOT NULL, scope {_TEXT} NOT NULL, kind {_TEXT} NOT NULL,"
    f" created {_TEXT} NOT NULL, expires {_TEXT}, last_used {_TEXT}, revoked {_TEXT},"
    f" subject {_TEXT}, client {_TEXT})",
    "CREATE UNIQUE INDEX token_names ON tokens (tenant, name) WHERE revoked IS NULL",
    "CREATE TABLE resources (key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    f" tenant integer NOT NULL, type {_TEXT} NOT NULL, id {_TEXT} NOT NULL,"
    f" version bigint NOT NULL, created {_TEXT} NOT NULL, last_modified {_TEXT} NOT NULL,"
    f" display {_TEXT}, secrets {_TEXT}, document {_TEXT} NOT NULL) WITH (fillfactor = 85)",
    "CREATE UNIQUE INDEX resource_ids ON resources (tenant, id)",
    "CREATE INDEX resource_types ON resources (tenant, type, key)",
    f"CREATE TABLE uniques (tenant integer NOT NULL, attribute {_TEXT} NOT NULL,"
    f" value {_TEXT} NOT NULL, resource_key bigint NOT NULL,"
    " PRIMARY KEY (tenant, attribute, value))",
    f"CREATE TABLE lookups (tenant integer NOT NULL, attribute {_TEXT} NOT NULL,"
    f" value {_TEXT} NOT NULL, resource_key bigint NOT NULL,"
    " PRIMARY KEY (tenant, attribute, value, resource_key))",
    "CREATE TABLE memberships (group_key bigint NOT NULL, member_key bigint NOT NULL,"
    f" member_id {_TEXT} NOT NULL, member_type {_TEXT} NOT NULL, display {_TEXT},"
    " PRIMARY KEY (group_key, member_key))",
    "CREATE INDEX membership_of ON memberships (member_key, group_key)",
    f"CREATE TABLE counters (tenant integer NOT NULL, type {_TEXT} NOT NULL, block bigint NOT NULL,"
    " resources bigint NOT NULL, PRIMARY KEY (tenant, type, block)) WITH (fillfactor = 50)",
)


def _tables(connection: Connection) -> None:
    for sql in _FIRST:
        connection.execute(sql)


# The steps that lead to each layout.
STEPS: Final[Mapping[int, Callable[[Connection], None]]] = {3: _tables}
LAYOUT: Final = max(STEPS)


def layout_of(connection: Connection, name: str) -> int:
    """Return the layout that a database has, 0 for an empty one.

    :param name: what the database is called in messages.
    :raises StoreError: the database was written by a newer version, or its tables are not ours.
    """
    sql = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = ?"
    if not connection.execute(sql, ("settings",)).fetchone()[0]:
        if connection.execute(sql, ("resources",)).fetchone()[0]:
            raise StoreError(f"{name} has tables of some other program: name another --database.")
        return 0
    try:
        sql = "SELECT value FROM settings WHERE name = ?"
        version = int(connection.execute(sql, ("layout",)).fetchone()[0])
    except Exception:
        raise StoreError(
            f"{name} has tables of some other program: name another --database."
        ) from None
    if version > LAYOUT:
        raise StoreError(
            f"{name} was written by a newer version of scim-server (layout {version}, this one"
            f" knows {LAYOUT}): upgrade scim-toolkit, or name another --database."
        )
    return version


def prepare(connection: Connection, version: int) -> None:
    """Bring a database of a version to the layout of this one; call it inside a transaction."""
    for number, step in STEPS.items():
        if number > version:
            step(connection)
    connection.execute(SET_SETTING, ("layout", str(LAYOUT)))
