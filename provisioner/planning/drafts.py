"""What is decided while a plan is made, in temporary tables beside the state: never all in memory.

It is written down in the order in which it is found out, and read in the order of the plan.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import orjson

from provisioner.planning.action import Action, Verb
from provisioner.record import Kind
from provisioner.state.database import Row
from provisioner.state.sqlite import SqliteState

_TABLES: Final = {
    "planned": (
        "(section integer, number integer, part integer, kind text, anchor text, verb text, "
        "target_id text, path text, carried integer, after text, document blob, "
        "primary key (section, number, part))"
    ),
    "taken": "(kind text, identifier text, number integer)",
    "there": "(kind text, number integer, path text, ids blob, primary key (kind, number, path))",
}
_KINDS: Final[tuple[Kind, ...]] = ("users", "groups")
Document = dict[str, Any]
_BATCH: Final = 500
_FEW: Final = 20  # A group may have thousands of members.
# The accounts of a kind, first those in scope, then the leavers'; references once all are known.
_IN_SCOPE: Final[Mapping[Kind, int]] = {"users": 1, "groups": 3}
_LEAVERS: Final[Mapping[Kind, int]] = {"users": 2, "groups": 4}
_REFERENCES: Final[Mapping[Kind, int]] = {"users": 5, "groups": 6}


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference action: of which object, which one of its actions, and how it is sent.

    `carried`: its object is made with it. `after`: who is to be made before the object for that.
    """

    number: int
    part: int
    action: Action
    carried: bool = False
    after: str | None = None


class Drafts:
    """The actions of a plan in the making."""

    def __init__(self, state: SqliteState) -> None:
        self._state = state
        for name, columns in _TABLES.items():
            state.run(f"drop table if exists temp.{name}")
            state.run(f"create temp table {name} {columns}")

    # Accounts ----------------------------------------------------------------------------------

    def decide(self, kind: Kind, found: Iterable[tuple[int, Action]]) -> None:
        """Keep what is to be done for objects in scope, by their numbers; the last word holds."""
        self._put(_row(_IN_SCOPE[kind], number, 0, action) for number, action in found)

    def leave(self, kind: Kind, actions: Iterable[Action]) -> None:
        """Keep what is to be done about leavers, in the order given."""
        section = _LEAVERS[kind]
        self._put(_row(section, number, 0, action) for number, action in enumerate(actions))

    def take(self, kind: Kind, found: Iterable[tuple[str, int]]) -> None:
        """Note the accounts that the target has already, and who is to get them."""
        rows = [(kind, identifier, number) for identifier, number in found]
        self._state.run_many("insert into taken values (?, ?, ?)", rows)

    def contested(self, kind: Kind) -> dict[str, list[int]]:
        """Return the accounts that several objects are to get, with the numbers of those."""
        rows = self._state.query(
            "select identifier, number from taken where kind = ?1 and identifier in "
            "(select identifier from taken where kind = ?1 group by identifier "
            "having count(*) > 1) order by number",
            [kind],
        )
        found: dict[str, list[int]] = {}
        for identifier, number in rows:
            found.setdefault(identifier, []).append(number)
        return found

    def index(self) -> None:
        """Make accounts quick to find; all are decided for."""
        self._state.run("create index if not exists temp.planned_for on planned (kind, anchor)")

    def verbs(self, kind: Kind, anchors: Iterable[str]) -> dict[str, Verb]:
        """Return what is to be done about the accounts of some objects, where that is anything."""
        rows = self._state.query(
            "select p.anchor, p.verb from json_each(?) j cross join planned p "
            "on p.kind = ? and p.anchor = j.value and p.path is null",
            [json.dumps(list(anchors)), kind],
        )
        return dict(rows)

    def see(self, kind: Kind, found: Iterable[tuple[int, str, list[str]]]) -> None:
        """Note to which accounts those refer at the target that are to be adopted."""
        rows = [(kind, number, path, orjson.dumps(ids)) for number, path, ids in found]
        self._state.run_many("insert or replace into there values (?, ?, ?, ?)", rows)

    def seen(self, kind: Kind, number: int) -> dict[str, set[str]]:
        """Return by path the ids that an object refers to at the target, as far as it was read."""
        sql = "select path, ids from there where kind = ? and number = ?"
        rows = self._state.query(sql, [kind, number])
        return {path: set(orjson.loads(ids)) for path, ids in rows}

    def adopted(self, kind: Kind, anchors: Iterable[str]) -> dict[str, str]:
        """Return the ids of the accounts that some objects are to adopt."""
        rows = self._state.query(
            "select p.anchor, p.target_id from json_each(?) j cross join planned p "
            "on p.kind = ? and p.anchor = j.value and p.path is null and p.verb = 'adopt'",
            [json.dumps(list(anchors)), kind],
        )
        return dict(rows)

    # References --------------------------------------------------------------------------------

    def refer(self, kind: Kind, found: Iterable[Reference]) -> None:
        """Keep reference actions."""
        section = _REFERENCES[kind]
        self._put(
            _row(section, each.number, each.part, each.action, each.carried, each.after)
            for each in found
        )

    def made(self, kind: Kind) -> Iterator[tuple[int, str]]:
        """Yield numbers and anchors of the accounts that are to be made."""
        return (
            (number, anchor)
            for number, anchor in self._read(
                _IN_SCOPE[kind], "number, anchor", _BATCH, "verb = 'create'"
            )
        )

    def following(self, kind: Kind) -> Iterator[tuple[str, str]]:
        """Yield who is to be made with a reference to somebody who is to be made, and to whom."""
        rows = self._read(_REFERENCES[kind], "anchor, after", _BATCH, "after is not null")
        return ((anchor, after) for anchor, after in rows)

    def part(self, kind: Kind, cut: Iterable[tuple[str, str]]) -> None:
        """Let references be written by themselves, as their objects cannot be made with them."""
        self._state.run_many(
            "update planned set carried = 0 where kind = ? and anchor = ? and after = ?",
            [(kind, anchor, other) for anchor, other in cut],
        )

    # The plan ----------------------------------------------------------------------------------

    def actions(self) -> Iterator[Action]:
        """Yield all actions in the order of the plan, creations with what they carry."""
        for kind in _KINDS:
            for section in (_IN_SCOPE[kind], _LEAVERS[kind]):
                accounts = self._documents(section, _BATCH, "1")
                yield from map(Action.built, self._with_carried(kind, accounts))
        for kind in _KINDS:
            yield from map(Action.built, self._documents(_REFERENCES[kind], _FEW, "carried = 0"))

    def _with_carried(self, kind: Kind, accounts: Iterator[Document]) -> Iterator[Document]:
        while batch := list(islice(accounts, _BATCH)):
            carried = self._carried(kind, (each["anchor"] for each in batch))
            for each in batch:
                if found := carried.get(each["anchor"]):
                    each["references"] = found
                yield each

    def _carried(self, kind: Kind, anchors: Iterable[str]) -> dict[str, dict[str, Any]]:
        rows = self._state.query(
            "select p.document from json_each(?) j cross join planned p "
            "on p.kind = ? and p.anchor = j.value and p.carried = 1 order by p.number, p.part",
            [json.dumps(list(anchors)), kind],
        )
        found: dict[str, dict[str, Any]] = {}
        for reference in (orjson.loads(document) for (document,) in rows):
            edges = found.setdefault(reference["anchor"], {})
            edges[reference["path"]] = reference["edges"][0]
        return found

    def _documents(self, section: int, at_once: int, which: str) -> Iterator[Document]:
        for (document,) in self._read(section, "document", at_once, which):
            yield orjson.loads(document)

    def _read(self, section: int, columns: str, at_once: int, which: str) -> Iterator[Row]:
        sql = (
            f"select number, part, {columns} from planned where section = ? and {which} "
            "and (number, part) > (?, ?) order by number, part limit ?"
        )
        last = (-1, -1)
        while rows := self._state.query(sql, [section, *last, at_once]):
            last = rows[-1][:2]
            yield from (row[2:] for row in rows)

    def _put(self, rows: Iterable[Row]) -> None:
        marks = ", ".join("?" * 11)
        rest = iter(rows)
        while some := list(islice(rest, _BATCH)):
            self._state.run_many(f"insert or replace into planned values ({marks})", some)


def _row(
    section: int,
    number: int,
    part: int,
    action: Action,
    carried: bool = False,
    after: str | None = None,
) -> tuple[Any, ...]:
    key = (section, number, part, action.kind, action.anchor, action.verb)
    return (*key, action.target_id, action.path, carried, after, orjson.dumps(action.to_json()))
