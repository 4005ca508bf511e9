"""How PostgreSQL finds the rows of a query, and what it says differently."""

import heapq
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import Any, Final

from scim_server.store.contract import Link, Record
from scim_server.store.dialect import (
    SCAN_WIDTH,
    Arm,
    Connection,
    Dialect,
    Order,
    Rows,
    Value,
)
from scim_server.store.postgres_adding import add

# A result of so many rows is read at once; a larger one is streamed.
_FEW: Final = 2000


@contextmanager
def _ranked(connection: Connection, arms: Sequence[Arm], order: Order) -> Iterator[Rows]:
    """Ask for the rows that the indexes let through, and call the scans for each as it comes."""
    found = [_matching(connection, arm) for arm in arms]
    yield found[0] if len(found) == 1 else heapq.merge(*found, key=itemgetter(0))


def _matching(connection: Connection, arm: Arm) -> Iterator[tuple[int, Value]]:
    """Yield the rows of a type that match, in the order of their keys."""
    for key, column, *row in _candidates(connection, arm):
        if arm.scan is None or arm.scan(*row[:SCAN_WIDTH]):
            yield key, column if isinstance(arm.sort, str) else arm.sort(*row[-SCAN_WIDTH:])


def _candidates(connection: Connection, arm: Arm) -> Iterable[Any]:
    """Return the rows that the indexes let through: at once, if that is quick and they are few."""
    scans = [
        one.sql for one in (arm.scan, arm.sort) if one is not None and not isinstance(one, str)
    ]
    value = arm.sort if isinstance(arm.sort, str) else "NULL"
    sql = (
        f"SELECT {', '.join(['r.key', value, *scans])} FROM resources r"
        f" WHERE r.tenant = ? AND r.type = ? AND {arm.condition.beside('AND')}"
    )
    values = (arm.tenant, arm.type, *arm.condition.values)
    if arm.condition.values:
        rows = connection.execute(f"{sql} LIMIT {_FEW + 1}", values).fetchall()
        if len(rows) <= _FEW:
            return sorted(rows, key=itemgetter(0))
    return connection.stream(f"{sql} ORDER BY r.key", values)


# --- groups --------------------------------------------------------------------------------------

# One resource has all that is shown of its groups with it, which saves a journey. Those of a page
# have keys, as they are mostly in the same groups, each of which is then looked up once.
_SHOWN: Final = (
    "SELECT ARRAY[g.id, g.type, g.display,"
    " EXISTS (SELECT 1 FROM memberships n WHERE n.member_key = g.key)::text]{} FROM {}"
)
_WITH_ALL: Final = _SHOWN.format("", "memberships m JOIN resources g ON g.key = m.group_key")
_BY_KEY: Final = _SHOWN.format(", g.key", "resources g WHERE g.key = ANY (?::bigint[])")
_OF: Final = "WHERE m.member_key = r.key ORDER BY m.group_key"

Shown = Sequence[str | None]


def _told(
    connection: Connection, records: Sequence[Record], served: Container[str]
) -> dict[int, list[Link]] | None:
    """Return the groups of resources, of which came along what is shown, or keys.

    Resources that are in the same groups are given the same list.
    """
    given = [(record.key, record.groups) for record in records if record.groups]
    keys = {key for _, groups in given for key in groups if isinstance(key, int)}
    known: dict[int, Shown] = {}
    if keys:
        rows = connection.execute(_BY_KEY, (sorted(keys),))
        known = {key: shown for shown, key in rows}
    links: dict[int, list[Link]] = {}
    made: dict[object, list[Link]] = {}
    for key, groups in given:
        same = tuple(groups) if isinstance(groups[0], int) else key
        if same not in made:
            shown = [known[one] if isinstance(one, int) else one for one in groups]
            if any(is_inside == "true" for *_, is_inside in shown):
                return None
            made[same] = [Link(*group) for *group, _ in shown if group[1] in served]
        links[key] = made[same]
    return links


DIALECT: Final = Dialect(
    document="convert_to(document, 'UTF8')",
    ordered_join="JOIN",
    # An array is looked up by the index whatever the planner knows of the tables, which of new
    # ones is nothing.
    among="r.key = ANY (ARRAY({}))",
    links="array_agg(ARRAY[{}])",
    ranked=_ranked,
    sorts=False,
    groups=f"NULLIF(ARRAY({_WITH_ALL} {_OF}), '{{}}')",
    groups_in_pages=f"NULLIF(ARRAY(SELECT m.group_key FROM memberships m {_OF}), '{{}}')",
    told=_told,
    add=add,
)
