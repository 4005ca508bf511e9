"""The tables of a SQLite database: made, and brought up to date, by sqlite-utils.

    resources    one row a resource: its columns, and its document as JSON text
    uniques      attribute, folded value -> resource      at most one: the database holds it to that
    lookups      attribute, folded value -> resource      any number
    memberships  group -> member                          clustered by group, indexed by member
    counters     resource type -> number of resources     so that a list need not count its table
    settings     what the indexes were built for; a secret of the database's own

`user_version` is the number of the last step below that the database has been through.
"""

import secrets
import sqlite3
from collections.abc import Callable
from typing import Final

from sqlite_utils import Database

from scim_server.store.contract import StoreError


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


STEPS: Final[tuple[Callable[[Database], None], ...]] = (_first_layout, _names_of_all)


def prepare(connection: sqlite3.Connection, name: str) -> None:
    """Bring a database to the layout of this version; call it inside a write transaction.

    :param name: what the database is called in messages.
    :raises StoreError: the database was written by a newer version, or is not one of ours.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(STEPS):
        raise StoreError(
            f"{name} was written by a newer version of scim-server (layout {version}, this one"
            f" knows {len(STEPS)}): upgrade scim-toolkit, or name another --database."
        )
    db = Database(connection)
    if version == 0 and db.table_names():
        raise StoreError(
            f"{name} is a SQLite database of some other program: name another --database."
        )
    for step in STEPS[version:]:
        step(db)
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")


def secret_of(connection: sqlite3.Connection) -> bytes:
    """Return the secret of a database, made the first time; call it inside a write transaction."""
    new = secrets.token_hex(32)
    connection.execute("INSERT OR IGNORE INTO settings VALUES ('secret', ?)", (new,))
    found = connection.execute("SELECT value FROM settings WHERE name = 'secret'").fetchone()
    return bytes.fromhex(found[0])
