"""How PostgreSQL adds resources: one journey for any number of them."""

from collections.abc import Sequence
from typing import Any, Final

from scim_server.store.contract import UnknownTenant
from scim_server.store.counting import BLOCK
from scim_server.store.dialect import Addition, Connection
from scim_server.store.lookups import in_use

_ADD: Final = (
    "INSERT INTO resources (tenant, type, id, version, created, last_modified, display, secrets,"
    " document) SELECT number, ?, ?, 1, ?, ?, ?, ?, ? FROM tenants WHERE number = ? RETURNING key"
)
# The key of the resource that was added a moment ago is not known here yet.
_FILE: Final = "INSERT INTO uniques VALUES (?, ?, ?, lastval()) ON CONFLICT DO NOTHING"
_INDEX: Final = "INSERT INTO lookups VALUES (?, ?, ?, lastval())"
_COUNT: Final = (
    f"INSERT INTO counters VALUES (?, ?, lastval() / {BLOCK}, 1)"
    " ON CONFLICT (tenant, type, block) DO UPDATE SET resources = counters.resources + 1"
)


def add(connection: Connection, tenant: int, added: Sequence[Addition]) -> list[int]:
    """Add resources; see `dialect.Add`."""
    if len(added) == 1:  # Four small statements at once take less time than a large one.
        return [_add_one(connection, tenant, added[0])]
    return _add_all(connection, tenant, added) if added else []


def _add_one(connection: Connection, tenant: int, one: Addition) -> int:
    shown = one.display, one.secrets, one.document.decode()
    made = connection.execute(_ADD, (one.type, one.id, one.now, one.now, *shown, tenant))
    filed = [(pair, connection.execute(_FILE, (tenant, *pair))) for pair in one.unique]
    connection.executemany(_INDEX, [(tenant, *pair) for pair in one.searched])
    connection.execute(_COUNT, (tenant, one.type))
    row = made.fetchone()
    if row is None:
        raise UnknownTenant("The tenant was removed.")
    for pair, outcome in filed:
        if not outcome.rowcount:
            raise in_use(*pair)
    key: int = row[0]
    return key


# Keys are given in the order of the resources, so the smallest is that of the first; what is to be
# indexed has the place of its resource among them.
_ADD_ALL: Final = f"""
WITH new AS (
    INSERT INTO resources
        (tenant, type, id, version, created, last_modified, display, secrets, document)
    SELECT number, g.type, g.id, 1, g.now, g.now, g.display, g.secrets, g.document
    FROM tenants, unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
        WITH ORDINALITY AS g (type, id, now, display, secrets, document, place)
    WHERE number = ? ORDER BY g.place
    RETURNING key, tenant, type
), made AS (
    SELECT tenant, array_agg(key ORDER BY key) AS keys FROM new GROUP BY tenant
), filed AS (
    INSERT INTO uniques SELECT tenant, u.attribute, u.value, keys[u.place]
    FROM made, unnest(?::int[], ?::text[], ?::text[]) AS u (place, attribute, value)
    ON CONFLICT DO NOTHING RETURNING attribute, value
), found AS (
    INSERT INTO lookups SELECT tenant, l.attribute, l.value, keys[l.place]
    FROM made, unnest(?::int[], ?::text[], ?::text[]) AS l (place, attribute, value)
), counted AS (
    INSERT INTO counters SELECT tenant, type, key / {BLOCK}, count(*) FROM new GROUP BY 1, 2, 3
    ON CONFLICT (tenant, type, block)
    DO UPDATE SET resources = counters.resources + excluded.resources
)
SELECT keys, (SELECT array_agg(ARRAY[attribute, value]) FROM filed) FROM made
"""


def _add_all(connection: Connection, tenant: int, added: Sequence[Addition]) -> list[int]:
    """Add resources by one statement."""
    columns = ("type", "id", "now", "display", "secrets")
    values: list[Any] = [[getattr(one, column) for one in added] for column in columns]
    values += [[one.document.decode() for one in added], tenant]
    unique = [(place, *pair) for place, one in enumerate(added, 1) for pair in one.unique]
    searched = [(place, *pair) for place, one in enumerate(added, 1) for pair in one.searched]
    for rows in (unique, searched):
        values += [[row[column] for row in rows] for column in range(3)]
    found = connection.execute(_ADD_ALL, values).fetchone()
    if found is None:
        raise UnknownTenant("The tenant was removed.")
    keys: list[int] = found[0]
    filed = {(name, value) for name, value in found[1] or ()}
    for _, name, value in unique:
        # What is in use was not filed; of a value that is there twice, only the first was.
        if (name, value) not in filed:
            raise in_use(name, value)
        filed.remove((name, value))
    return keys
