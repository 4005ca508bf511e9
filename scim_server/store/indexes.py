"""The indexes of a database built anew when what is to be indexed has changed."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from scim_protocol.definitions import Attribute
from scim_server.store.contract import Document, StoreError
from scim_server.store.dialect import SET_SETTING, Connection
from scim_server.store.lookups import Lookup, Lookups, TypedLookup

_AT_ONCE: Final = 1000


def rebuild_if_changed(connection: Connection, lookups: Mapping[str, Lookups]) -> None:
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
    connection.execute(SET_SETTING, ("indexes", wanted))


def _description(lookups: Mapping[str, Lookups]) -> str:
    of_all = (lookup for of_type in lookups.values() for lookup in of_type.by_path.values())
    return ", ".join(
        sorted(f"{look.name}{'!' if look.unique else ''}{_form(look)}" for look in of_all)
    )


def _form(lookup: Lookup) -> str:
    """Return what decides the form in which the index holds the values."""
    parts = [lookup.target.leaf]
    if isinstance(lookup, TypedLookup):
        parts.append(lookup.kind)
    return "".join(map(_form_of, parts))


def _form_of(attribute: Attribute) -> str:
    if attribute.type in ("integer", "decimal"):
        return "#"
    return "=" if attribute.case_exact else f" by {attribute.profile}" if attribute.profile else ""


def _fill(connection: Connection, kind: str, lookups: Lookups) -> None:
    sql = "SELECT key, tenant, document FROM resources WHERE type = ?"
    rows = connection.stream(sql, (kind,))
    while some := list(itertools.islice(rows, _AT_ONCE)):
        documents = [(tenant, key, orjson.loads(text)) for key, tenant, text in some]
        if double := index(connection, lookups, documents):
            raise StoreError(
                f"{double[0]} is to be unique, but {double[1]!r} is stored more than once: change"
                " or delete the others first, with the configuration used until now."
            )


def index(
    connection: Connection, lookups: Lookups, documents: Iterable[tuple[int, int, Document]]
) -> tuple[str, str] | None:
    """Index documents of a type, given with their tenants and keys.

    Returns the name and value of an attribute that is to be unique and is not, if there is one.
    """
    unique, searched = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
    for tenant, key, document in documents:
        unique += [(tenant, *pair, key) for pair in lookups.unique_values(document)]
        searched += [(tenant, *pair, key) for pair in lookups.values(document)]
    sql = "INSERT INTO uniques VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
    if connection.executemany(sql, unique).rowcount < len(unique):
        return _double(connection, unique)
    connection.load("lookups", ("tenant", "attribute", "value", "resource_key"), searched)
    return None


def _double(connection: Connection, rows: Iterable[tuple[Any, ...]]) -> tuple[str, str] | None:
    sql = "SELECT resource_key FROM uniques WHERE tenant = ? AND attribute = ? AND value = ?"
    for *place, key in rows:
        if connection.execute(sql, place).fetchone()[0] != key:
            return place[1], place[2]
    return None
