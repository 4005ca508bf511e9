"""The indexes of a database built anew when what is to be indexed has changed."""

import sqlite3
from collections.abc import Mapping

import orjson

from scim_server.store.contract import StoreError
from scim_server.store.lookups import Lookup, Lookups


def rebuild_if_changed(connection: sqlite3.Connection, lookups: Mapping[str, Lookups]) -> None:
    """Fill `uniques` and `lookups` for what the server is now configured to index.

    :raises StoreError: a value that is to be unique from now on is stored twice.
    """
    wanted = _description(lookups)
    row = connection.execute("SELECT value FROM settings WHERE name = 'indexes'").fetchone()
    if row and row[0] == wanted:
        return
    connection.execute("DELETE FROM uniques")
    connection.execute("DELETE FROM lookups")
    for kind, of_type in lookups.items():
        _fill(connection, kind, of_type)
    connection.execute("INSERT OR REPLACE INTO settings VALUES ('indexes', ?)", (wanted,))


def _description(lookups: Mapping[str, Lookups]) -> str:
    of_all = (lookup for of_type in lookups.values() for lookup in of_type.by_path.values())
    return ", ".join(
        sorted(f"{look.name}{'!' if look.unique else ''}{_form(look)}" for look in of_all)
    )


def _form(lookup: Lookup) -> str:
    """Return what decides the form in which the index holds the values."""
    attribute = lookup.target.leaf
    if attribute.type in ("integer", "decimal"):
        return "#"
    return "=" if attribute.case_exact else f" by {attribute.profile}" if attribute.profile else ""


def _fill(connection: sqlite3.Connection, kind: str, lookups: Lookups) -> None:
    rows = connection.execute("SELECT key, document FROM resources WHERE type = ?", (kind,))
    for key, text in rows:
        document = orjson.loads(text)
        for name, value in lookups.unique_values(document):
            try:
                connection.execute("INSERT INTO uniques VALUES (?, ?, ?)", (name, value, key))
            except sqlite3.IntegrityError:
                raise StoreError(
                    f"{name} is to be unique, but {value!r} is stored more than once: change"
                    " or delete the others first, with the configuration used until now."
                ) from None
        connection.executemany(
            "INSERT INTO lookups VALUES (?, ?, ?)",
            [(name, value, key) for name, value in lookups.values(document)],
        )
