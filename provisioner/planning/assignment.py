"""Who is assigned: people named in the job, and the members of the groups that it names.

Nothing here is held in memory: neither groups nor people, however many there are.
"""

from collections.abc import Iterable, Iterator

import orjson

from provisioner.job.settings import ScopeSettings
from provisioner.planning.snapshot import display_name
from provisioner.record import Record
from provisioner.state.sqlite import SqliteState

_TABLES = (
    "drop table if exists temp.doors",
    "drop table if exists temp.granted",
    "create temp table doors (anchor text primary key, members blob, opened integer) without rowid",
    "create temp table granted (anchor text primary key) without rowid",
)
_GROUPS_AT_ONCE = 20


class Assignment:
    """The anchors that `[scope]` assigns, worked out in temporary tables of the state's file."""

    def __init__(self, state: SqliteState, scope: ScopeSettings) -> None:
        self._state = state
        self._scope = scope
        self._names = {name.casefold() for name in scope.users_in_groups}
        self.limits = bool(scope.users_in_groups or scope.assigned)
        if self.limits:
            for statement in _TABLES:
                state.run(statement)
            self._grant(scope.assigned)

    def noting(self, groups: Iterable[Record]) -> Iterator[Record]:
        """Pass groups on, and note whom they would let in; then `close` works out who that is."""
        for record in groups:
            if self._names:
                row = (record.anchor, orjson.dumps(_members(record)), self._opens(record))
                self._state.run("insert or replace into doors values (?, ?, ?)", *row)
            yield record

    def _opens(self, record: Record) -> int:
        return int(display_name(record) in self._names)

    def close(self) -> None:
        """Let in the members of the groups that were noted, those of nested groups included."""
        if not self._names:
            return
        named = list(self._state.query("select anchor, members from doors where opened = 1"))
        self._open(named)
        # Groups may hold each other: each is opened once.
        while self._scope.nested_groups and (inner := self._inner()):
            self._open(inner)

    def _inner(self) -> list[tuple[str, bytes]]:
        rows = self._state.query(
            "select anchor, members from doors where opened = 0 "
            f"and anchor in (select anchor from granted) limit {_GROUPS_AT_ONCE}"
        )
        return [(anchor, members) for anchor, members in rows]

    def _open(self, groups: Iterable[tuple[str, bytes]]) -> None:
        for anchor, members in groups:
            self._grant(orjson.loads(members))
            self._state.run("update doors set opened = 1 where anchor = ?", anchor)

    def _grant(self, anchors: Iterable[str]) -> None:
        self._state.run_many("insert or ignore into granted values (?)", [(a,) for a in anchors])

    def among(self, anchors: list[str]) -> set[str]:
        """Return those of some people who are assigned; all of them if the job assigns nobody."""
        if not self.limits:
            return set(anchors)
        marks = ", ".join("?" * len(anchors))
        sql = f"select anchor from granted where anchor in ({marks})"
        return {anchor for (anchor,) in self._state.query(sql, anchors)}


def _members(record: Record) -> list[str]:
    value = record.attributes.get("members")
    if value is None:
        return []
    return value if isinstance(value, list) else [str(value)]
