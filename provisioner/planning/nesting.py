"""Groups in groups: each group's members with the members of the groups that are in it.

For targets that know no nested groups. What is read is put aside in temporary tables, and each
group's members are worked out by SQL: memory does not grow with them.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from provisioner.record import Record
from provisioner.state.sqlite import SqliteState

log = logging.getLogger("provisioner")

MEMBERS: Final = "members"
_TABLES: Final = {
    "nested_groups": "(ord integer primary key, anchor text, place text, content blob)",
    "nested": "(holder text, member text, primary key (holder, member)) without rowid",
}
# UNION takes each member once, so that groups that hold each other come to an end.
_INSIDE: Final = (
    "with recursive inside (member) as (select member from nested where holder = ?1 union "
    "select n.member from inside i join nested n on n.holder = i.member) "
)
_PEOPLE: Final = (
    f"{_INSIDE} select member from inside where member not in "
    "(select anchor from nested_groups) order by member"
)
_ITSELF: Final = f"{_INSIDE} select exists (select 1 from inside where member = ?1)"
_NAMED: Final = 3  # groups of a cycle in the warning


def flattened(state: SqliteState, groups: Iterable[Record]) -> Iterator[Record]:
    """Yield the groups in their order, with people alone as their members."""
    for name, columns in _TABLES.items():
        state.run(f"drop table if exists temp.{name}")
        state.run(f"create temp table {name} {columns}")
    for record in groups:
        _put_aside(state, record)
    state.run("create index temp.nested_groups_of on nested_groups (anchor)")
    in_cycles: list[str] = []
    last = 0
    next_one = (
        "select ord, anchor, place, content from nested_groups where ord > ? order by ord limit 1"
    )
    while rows := state.query(next_one, [last]):
        last, anchor, place, content = rows[0]
        if state.number(_ITSELF, [anchor]):
            in_cycles.append(anchor)
        people = [member for (member,) in state.query(_PEOPLE, [anchor])]
        attributes = orjson.loads(content)
        if MEMBERS in attributes:
            attributes[MEMBERS] = people or None
        yield Record("groups", anchor, attributes, place)
    if in_cycles:
        _warn(in_cycles)


def _put_aside(state: SqliteState, record: Record) -> None:
    value = record.attributes.get(MEMBERS)
    members = value if isinstance(value, list) else [] if value is None else [str(value)]
    emptied = {MEMBERS: None} if MEMBERS in record.attributes else {}
    content = orjson.dumps({**record.attributes, **emptied})
    with state.atomic():
        state.run(
            "insert into nested_groups (anchor, place, content) values (?, ?, ?)",
            record.anchor,
            record.where,
            content,
        )
        rows = [(record.anchor, each) for each in members]
        state.run_many("insert or ignore into nested values (?, ?)", rows)


def _warn(anchors: list[str]) -> None:
    shown = ", ".join(anchors[:_NAMED])
    more = f" and {len(anchors) - _NAMED} more" if len(anchors) > _NAMED else ""
    log.warning("groups hold each other, which does no harm: %s%s", shown, more)
