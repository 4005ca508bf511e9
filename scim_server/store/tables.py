"""The tables of a SQLite database: made, and brought up to date, by sqlite-utils.

    tenants      number, name
    tokens       hash -> token
    resources    one row a resource: its columns, and its document as JSON text; which groups it
                 is directly in, as triggers on memberships keep it
    uniques      attribute, folded value -> resource      at most one: the database holds it to that
    lookups      attribute, folded value -> resource      any number
    memberships  group -> member                          clustered by group, indexed by member
    counters     type, block of keys -> how many there are     so that a list need not count them
    settings     what the indexes were built for; a secret of the database's own

The number of the tenant leads whatever is found by id, type or value; keys are of one tenant.
`user_version` is the number of the last step below that the database has been through.
"""

import sqlite3
from collections.abc import Callable
from typing import Final

from sqlite_utils import Database

from scim_server.store.contract import DEFAULT_TENANT, StoreError
from scim_server.store.counting import COUNT_ALL
from scim_server.store.dialect import DEFAULT_NUMBER


def _first_layout(db: Database) -> None:
    db.table("resources").create(
        {
            "key": int,
            "type": str,
            "id": str,
            "version": int,
            "created": str,
            "last_modified": str,
            "display": str,
            "secrets": str,
            "document": str,
        },
        pk="key",
        not_null={"type", "id", "version", "created", "last_modified", "document"},
    )
    db.table("resources").create_index(["id"], unique=True)
    # The key of a row is part of every index: this one lists a type in the order of creation
    # without touching the documents.
    db.table("resources").create_index(["type"])
    # A table that is its own index cannot be had through `create`.
    db.execute(
        "CREATE TABLE uniques (attribute TEXT NOT NULL, value TEXT NOT NULL,"
        " resource_key INTEGER NOT NULL, PRIMARY KEY (attribute, value)) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE lookups (attribute TEXT NOT NULL, value TEXT NOT NULL,"
        " resource_key INTEGER NOT NULL,"
        " PRIMARY KEY (attribute, value, resource_key)) WITHOUT ROWID"
    )
    # Ids and types never change, so they are repeated here: a member list is then read from one
    # place, without a look at each member's own row.
    db.execute(
        "CREATE TABLE memberships (group_key INTEGER NOT NULL, member_key INTEGER NOT NULL,"
        " member_id TEXT NOT NULL, member_type TEXT NOT NULL, display TEXT,"
        " PRIMARY KEY (group_key, member_key)) WITHOUT ROWID"
    )
    db.table("memberships").create_index(["member_key", "group_key"])
    db.table("counters").create({"type": str, "resources": int}, pk="type")
    db.table("settings").create({"name": str, "value": str}, pk="name")


def _names_of_all(db: Database) -> None:
    # Until then `display` was the displayName alone; what has none is called by its userName.
    db.execute(
        "UPDATE resources SET display = json_extract(document, '$.userName')"
        " WHERE coalesce(display, '') = '' AND json_type(document, '$.userName') = 'text'"
    )


def _tenants(db: Database) -> None:
    # Numbers are never given twice, so that nobody takes a new tenant for one that was removed.
    db.execute(
        "CREATE TABLE tenants (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)"
    )
    db.execute("INSERT INTO tenants VALUES (?, ?)", [DEFAULT_NUMBER, DEFAULT_TENANT])
    of_tenant = f"tenant INTEGER NOT NULL DEFAULT {DEFAULT_NUMBER}"
    db.execute(f"ALTER TABLE resources ADD COLUMN {of_tenant}")
    db.execute("DROP INDEX idx_resources_id")
    db.execute("DROP INDEX idx_resources_type")
    db.table("resources").create_index(["tenant", "id"], unique=True)
    db.table("resources").create_index(["tenant", "type"])
    db.execute("DROP TABLE counters")
    db.execute(
        "CREATE TABLE counters (tenant INTEGER NOT NULL, type TEXT NOT NULL,"
        " block INTEGER NOT NULL, resources INTEGER NOT NULL,"
        " PRIMARY KEY (tenant, type, block)) WITHOUT ROWID"
    )
    db.execute(COUNT_ALL)
    _indexes_of_tenants(db)
    _tokens(db)


def _indexes_of_tenants(db: Database) -> None:
    for name, key in (("uniques", ""), ("lookups", ", resource_key")):
        db.execute(f"DROP TABLE {name}")
        db.execute(
            f"CREATE TABLE {name} (tenant INTEGER NOT NULL, attribute TEXT NOT NULL,"
            " value TEXT NOT NULL, resource_key INTEGER NOT NULL,"
            f" PRIMARY KEY (tenant, attribute, value{key})) WITHOUT ROWID"
        )
    # They are filled anew from the documents (`indexes.py`).
    db.execute("DELETE FROM settings WHERE name = 'indexes'")


def _tokens(db: Database) -> None:
    db.execute(
        "CREATE TABLE tokens (digest BLOB PRIMARY KEY, tenant INTEGER NOT NULL,"
        " name TEXT NOT NULL, scope TEXT NOT NULL, kind TEXT NOT NULL, created TEXT NOT NULL,"
        " expires TEXT, last_used TEXT, revoked TEXT, subject TEXT, client TEXT)"
    )
    # The name of a token that was revoked may be given again.
    db.execute("CREATE UNIQUE INDEX token_names ON tokens (tenant, name) WHERE revoked IS NULL")


def _groups_beside(db: Database) -> None:
    # The keys of the groups that a resource is directly in, as they come: a page is read without a
    # walk through the memberships of each. The database keeps it right, whoever writes.
    db.table("resources").add_column("groups", str)
    of_member = "SELECT group_concat(group_key) FROM memberships WHERE member_key = {}"
    db.execute(
        f"UPDATE resources SET groups = ({of_member.format('key')})"
        " WHERE key IN (SELECT member_key FROM memberships)"
    )
    db.execute(
        "CREATE TRIGGER member_came AFTER INSERT ON memberships BEGIN"
        " UPDATE resources SET groups = coalesce(groups || ',', '') || new.group_key"
        " WHERE key = new.member_key; END"
    )
    db.execute(
        "CREATE TRIGGER member_left AFTER DELETE ON memberships BEGIN"
        f" UPDATE resources SET groups = ({of_member.format('old.member_key')})"
        " WHERE key = old.member_key; END"
    )


STEPS: Final[tuple[Callable[[Database], None], ...]] = (
    _first_layout,
    _names_of_all,
    _tenants,
    _groups_beside,
)


def layout_of(connection: sqlite3.Connection, name: str) -> int:
    """Return the layout that a database has, 0 for an empty one.

    :param name: what the database is called in messages.
    :raises StoreError: the database was written by a newer version, or is not one of ours.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(STEPS):
        raise StoreError(
            f"{name} was written by a newer version of scim-server (layout {version}, this one"
            f" knows {len(STEPS)}): upgrade scim-toolkit, or name another --database."
        )
    if version == 0 and Database(connection).table_names():
        raise StoreError(
            f"{name} is a SQLite database of some other program: name another --database."
        )
    return version


def prepare(connection: sqlite3.Connection, name: str) -> None:
    """Bring a database to the layout of this version; call it inside a write transaction.

    :raises StoreError: as `layout_of` does.
    """
    db = Database(connection)
    version = layout_of(connection, name)
    for step in STEPS[version:]:
        step(db)
    if version < len(STEPS):
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")
