"""What a cycle reads and works out, in temporary tables beside the state: never all in memory.

The tables are in a file that SQLite makes for this connection and that is gone with it; they are
compared with the state by SQL, and the state itself is only read. A record that is as it was when
there was nothing more to do about its object is staged by its anchor alone (`open` is 0).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from provisioner.planning.assignment import Assignment
from provisioner.planning.population import Rules, Wanted, packed, unpacked
from provisioner.planning.staged import (
    Candidate,
    Leaver,
    Staged,
    anchors_of,
    by_references,
    candidate_of,
    leaver_of,
    record_of,
    references_in,
    row_of,
)
from provisioner.record import Kind, Record
from provisioner.state import Fate
from provisioner.state.database import Row
from provisioner.state.edges import NUMBERS
from provisioner.state.sqlite import SqliteState

BATCH: Final = 500
# How many records are held at once: a group may have thousands of members.
_READ: Final[Mapping[Kind, int]] = {"users": BATCH, "groups": 20}

_TABLES: Final = {
    "staged": (
        "(ord integer primary key, kind text, anchor text, place text, fingerprint blob, "
        "open integer, granted integer, in_scope integer, content blob, mapped text, name text, "
        "refs integer, version text, fate integer)"
    ),
    "staged_keys": "(kind text, key blob, anchor text)",
    "staged_gone": "(kind text, anchor text, name text, fate integer)",
    "touched": "(kind text, anchor text, primary key (kind, anchor)) without rowid",
}
_SETTLED: Final = (
    "select anchor, fingerprint, in_scope, granted from records "
    "where kind = ? and fate > 0 and anchor in ({})"
)
_STAGE: Final = (
    "insert into staged (kind, anchor, place, fingerprint, open, granted, in_scope, content) "
    "values (?, ?, ?, ?, ?, ?, ?, ?)"
)


class Staging:
    """The temporary tables of one cycle; `everything` takes no record for unchanged."""

    def __init__(self, state: SqliteState, *, everything: bool) -> None:
        self.state = state
        self._everything = everything
        for name, columns in _TABLES.items():
            state.run(f"drop table if exists temp.{name}")
            state.run(f"create temp table {name} {columns}")

    # read --------------------------------------------------------------------------------------

    def stage(
        self, kind: Kind, rules: Rules | None, records: Iterator[Record], assignment: Assignment
    ) -> None:
        """Take the records of a kind in; without rules, they are only passed through."""
        while batch := list(islice(records, _READ[kind])):
            if rules is not None:
                anchors = [record.anchor for record in batch]
                settled = self._settled(rules, anchors)
                granted = set(anchors) if kind == "groups" else assignment.among(anchors)
                rows = [row_of(record, rules, settled, granted) for record in batch]
                self.state.run_many(_STAGE, rows)

    def _settled(self, rules: Rules, anchors: list[str]) -> dict[str, Row]:
        if self._everything or not rules.steady:
            return {}
        sql = _SETTLED.format(", ".join("?" * len(anchors)))
        rows = self.state.query(sql, [rules.kind, *anchors])
        return {anchor: tuple(rest) for anchor, *rest in rows}

    def index(self) -> None:
        """Make what was read quick to find; all records are in."""
        self.state.run("create index temp.staged_anchors on staged (kind, anchor)")

    def twins(self, kind: Kind) -> list[str]:
        """Return some anchors that the source has more than once, until there are none."""
        sql = (
            "select anchor from staged where kind = ? group by anchor having count(*) > 1 "
            f"order by min(ord) limit {BATCH}"
        )
        return [anchor for (anchor,) in self.state.query(sql, [kind])]

    def twin_rows(self, kind: Kind, anchor: str) -> list[tuple[Staged, bool | None, str | None]]:
        """Return the records of one anchor; for unchanged ones their scope and name as known."""
        rows = self.state.query(
            "select s.ord, s.place, s.content, s.granted, s.in_scope, r.name from staged s "
            "left join records r on r.kind = s.kind and r.anchor = s.anchor "
            "where s.kind = ? and s.anchor = ? order by s.ord",
            [kind, anchor],
        )
        return [
            (
                Staged(number, record_of(kind, anchor, place, content), bool(granted), False),
                None if in_scope is None else bool(in_scope),
                name,
            )
            for number, place, content, granted, in_scope, name in rows
        ]

    def drop(self, numbers: Iterable[int]) -> None:
        """Take records out again."""
        self.state.run_many("delete from staged where ord = ?", [(each,) for each in numbers])

    # scope, map --------------------------------------------------------------------------------

    def unmapped(self, kind: Kind) -> Iterator[list[Staged]]:
        """Yield the records that are to be scoped and mapped."""
        sql = (
            "select ord, anchor, place, content, granted, exists (select 1 from links l "
            "where l.kind = staged.kind and l.anchor = staged.anchor) from staged "
            "where +kind = ? and open = 1 and in_scope is null and ord > ? order by ord limit ?"
        )
        for rows in self._batches(sql, kind):
            yield [
                Staged(
                    number, record_of(kind, anchor, place, content), bool(granted), bool(is_linked)
                )
                for number, anchor, place, content, granted, is_linked in rows
            ]

    def save_outside(self, numbers: Iterable[int]) -> None:
        """Note records that are out of scope."""
        rows = [(int(Fate.OUTSIDE), number) for number in numbers]
        self.state.run_many("update staged set in_scope = 0, fate = ? where ord = ?", rows)

    def save_inside(self, items: Iterable[tuple[int, Wanted]]) -> None:
        """Note what the target should hold of records in scope."""
        self.state.run_many(
            "update staged set open = 1, in_scope = 1, mapped = ?, name = ?, refs = ?, version = ? "
            "where ord = ?",
            [
                (
                    packed(item),
                    item.name,
                    refs := references_in(item),
                    item.version if refs else "",
                    number,
                )
                for number, item in items
            ],
        )

    def save_keys(self, kind: Kind, rows: Iterable[tuple[bytes, str]]) -> None:
        """Note values to match by, with whose they are."""
        sql = "insert into staged_keys values (?, ?, ?)"
        self.state.run_many(sql, [(kind, key, anchor) for key, anchor in rows])

    def shared_keys(self, kind: Kind) -> list[bytes]:
        """Return the values to match by that several have, changed or unchanged, in their order."""
        self.state.run(
            "create index if not exists temp.staged_by_key on staged_keys (kind, key, anchor)"
        )
        rows = self.state.query(
            "select key, min(first) from ("
            " select key, min(rowid) as first from staged_keys where kind = ?1 group by key"
            " having count(distinct anchor) > 1"
            " union all"
            " select k.key, k.rowid from staged_keys k"
            " join keys m on m.kind = k.kind and m.key = k.key and m.anchor <> k.anchor"
            " join staged u on u.kind = k.kind and u.anchor = m.anchor"
            " and u.open = 0 and u.in_scope = 1 where k.kind = ?1"
            ") group by key order by min(first)",
            [kind],
        )
        return [key for key, _ in rows]

    def sharers(self, kind: Kind, key: bytes) -> list[tuple[int, str, Wanted | None]]:
        """Return who has a value to match by: number, place, and the object if not linked."""
        rows = self.state.query(
            "select s.ord, s.anchor, s.place, s.mapped, l.anchor from staged s "
            "left join links l on l.kind = s.kind and l.anchor = s.anchor "
            "where s.kind = ?1 and s.in_scope = 1 and ("
            " s.anchor in (select anchor from staged_keys where kind = ?1 and key = ?2)"
            " or s.open = 0 and s.anchor in (select anchor from keys where kind = ?1 and key = ?2)"
            ") order by s.ord",
            [kind, key],
        )
        return [
            (n, place, unpacked(kind, anchor, place, mapped) if not linked and mapped else None)
            for n, anchor, place, mapped, linked in rows
        ]

    # compare, match, diff ----------------------------------------------------------------------

    def candidates(self, kind: Kind, *, decided: bool = False) -> Iterator[list[Candidate]]:
        """Yield the objects in scope to decide for; or those that are decided for already."""
        sql = (
            "select s.ord, s.anchor, s.place, s.mapped, s.refs, l.target_id, l.name, l.owner, "
            "l.active, l.digest, l.written from staged s "
            "left join links l on l.kind = s.kind and l.anchor = s.anchor "
            f"where +s.kind = ? and s.open = 1 and s.in_scope = 1 and s.fate is {'not ' * decided}"
            "null and s.ord > ? order by s.ord limit ?"
        )
        for rows in self._batches(sql, kind):
            yield from by_references([candidate_of(kind, row) for row in rows])

    def items(self, kind: Kind, numbers: Iterable[int]) -> list[tuple[int, Wanted]]:
        """Return some objects in scope, by their numbers."""
        rows = self.state.query(
            "select s.ord, s.anchor, s.place, s.mapped from json_each(?) j "
            "cross join staged s on s.ord = j.value",
            [json.dumps(list(numbers))],
        )
        return [(number, unpacked(kind, *rest)) for number, *rest in rows]

    def save_fates(self, rows: Iterable[tuple[Fate, int]]) -> None:
        """Note how objects stand if all goes through that is planned for them."""
        fates = [(int(fate), number) for fate, number in rows]
        self.state.run_many("update staged set fate = ? where ord = ?", fates)

    def blocked(self, kind: Kind) -> list[tuple[int, str, str]]:
        """Return the unchanged objects that are blocked and have no account."""
        sql = (
            "select s.ord, s.anchor, r.name from records r "
            "join staged s on s.kind = r.kind and s.anchor = r.anchor and s.open = 0 "
            "where r.kind = ? and r.fate = 2 order by s.ord"
        )
        return [(number, anchor, name) for number, anchor, name in self.state.query(sql, [kind])]

    def leavers(self, kind: Kind, gone: bytes) -> Iterator[list[Leaver]]:
        """Yield the accounts to decide for whose objects are not in scope, or not there."""
        sql = (
            "select l.anchor, l.target_id, l.name, l.owner, l.active, l.digest, l.written, "
            "s.ord, s.place, s.content from links l "
            "left join staged s on s.kind = l.kind and s.anchor = l.anchor "
            "left join records r on s.ord is null and r.kind = l.kind and r.anchor = l.anchor "
            "where l.kind = ? and l.anchor > ? and coalesce(s.in_scope, 0) = 0 "
            "and coalesce(s.open, 1) = 1 "
            "and not (? and s.ord is null and coalesce(r.fate, 0) = 4 and r.fingerprint = ?) "
            "order by l.anchor limit ?"
        )
        last = ""
        while rows := self.state.query(sql, [kind, last, not self._everything, gone, BATCH]):
            last = rows[-1][0]
            yield [leaver_of(kind, row) for row in rows]

    def save_leavers(self, kind: Kind, rows: Iterable[tuple[Leaver, Fate]]) -> None:
        """Note how leavers stand if all goes through that is planned for them."""
        found = [(each.link, each.record is not None, int(fate)) for each, fate in rows]
        self.state.run_many(
            "update staged set fate = ? where kind = ? and anchor = ?",
            [(fate, kind, link.anchor) for link, is_there, fate in found if is_there],
        )
        self.state.run_many(
            "insert into staged_gone values (?, ?, ?, ?)",
            [
                (kind, link.anchor, link.name, fate)
                for link, is_there, fate in found
                if not is_there
            ],
        )

    # references --------------------------------------------------------------------------------

    def accounts(self, kind: Kind, anchors: Iterable[str]) -> set[str]:
        """Return those of some objects that have an account by now."""
        wanted = json.dumps(list(anchors))
        sql = (
            "select anchor from links where kind = ? and anchor in (select value from json_each(?))"
        )
        return {anchor for (anchor,) in self.state.query(sql, [kind, wanted])}

    def referring(self, kind: Kind) -> Iterator[tuple[int, Wanted, str]]:
        """Yield the unchanged objects that refer to somebody whose account comes, came or goes.

        What they refer to is known from the state, so that their records need not be read; whose
        account comes and goes is known from the drafts.
        """
        sources = (
            "select e.source from edges e where e.kind = :n and e.status = 3 union "
            "select e.source from planned c join texts t on t.text = c.anchor "
            "join edges e on e.target = t.id and e.kind = :n "
            "where c.path is null and c.verb in ('create', 'adopt', 'delete')"
        )
        sql = (
            "select s.ord, s.anchor, s.place, r.name, r.version, l.target_id "
            f"from ({sources}) c cross join texts t on t.id = c.source "
            f"cross join staged s on s.kind = '{kind}' and s.anchor = t.text "
            "join records r on r.kind = s.kind and r.anchor = s.anchor "
            "join links l on l.kind = s.kind and l.anchor = s.anchor "
            "where s.open = 0 and s.in_scope = 1 order by s.ord"
        ).replace(":n", str(NUMBERS[kind]))
        for number, anchor, place, name, version, target_id in self.state.query(sql):
            found = self.state.edges_from(kind, anchor, wanted=True)
            references = {path: anchors_of(found[path]) for path in sorted(found)}
            item = Wanted(kind, anchor, name, place, references=references, known_version=version)
            yield number, item, target_id

    def leave_open(self, keys: Iterable[tuple[Kind, str]]) -> None:
        """Note objects that are not done with, whatever was noted of them before."""
        found = list(keys)
        for table in ("staged", "staged_gone"):
            sql = f"update {table} set fate = {Fate.OPEN:d} where kind = ? and anchor = ?"
            self.state.run_many(sql, found)
        self.state.run_many("delete from touched where kind = ? and anchor = ?", found)

    def touch(self, item: Wanted) -> None:
        """Note an unchanged object whose references are to be written."""
        self.state.run("insert or ignore into touched values (?, ?)", item.kind, item.anchor)

    # counts ------------------------------------------------------------------------------------

    def count(self, kind: Kind, *, in_scope: bool) -> int:
        """Count the objects in scope, or those out of it."""
        sql = "select count(*) from staged where kind = ? and in_scope = ?"
        return self.state.number(sql, [kind, int(in_scope)])

    def count_leavers(self, kind: Kind) -> int:
        """Count the accounts whose objects are not in scope."""
        return self.state.number(
            "select count(*) from links l left join staged s on s.kind = l.kind "
            "and s.anchor = l.anchor where l.kind = ? and coalesce(s.in_scope, 0) = 0",
            [kind],
        )

    def count_references(self, kind: Kind) -> int:
        """Count the references that the source names."""
        return self.state.number(
            "select sum(coalesce(s.refs, r.refs)) from staged s left join records r "
            "on s.open = 0 and r.kind = s.kind and r.anchor = s.anchor "
            "where s.kind = ? and s.in_scope = 1",
            [kind],
        )

    def count_written(self, kind: Kind, paths: list[str]) -> int:
        """Count the references that were written of those who are still in scope."""
        marks = ", ".join("?" * len(paths))
        return self.state.number(
            "select count(*) from edges e join texts t on t.id = e.source "
            "join staged s on s.kind = ? and s.anchor = t.text and s.in_scope = 1 "
            "where e.status < 2 and e.kind = ? "
            f"and e.path in (select id from texts where text in ({marks}))",
            [kind, NUMBERS[kind], *paths],
        )

    def everyone(self, kind: Kind) -> Iterator[tuple[Record, Wanted | None]]:
        """Yield what was read, with what is wanted of those in scope, where all was evaluated."""
        sql = (
            "select ord, anchor, place, content, mapped from staged "
            "where +kind = ? and ord > ? order by ord limit ?"
        )
        for rows in self._batches(sql, kind):
            for _, anchor, place, content, mapped in rows:
                item = unpacked(kind, anchor, place, mapped) if mapped else None
                yield record_of(kind, anchor, place, content), item

    def _batches(self, sql: str, kind: Kind) -> Iterator[list[Row]]:
        """Go through the records in their order; `+kind` keeps SQLite from sorting a kind anew."""
        last = 0
        while rows := self.state.query(sql, [kind, last, _READ[kind]]):
            last = rows[-1][0]
            yield rows
