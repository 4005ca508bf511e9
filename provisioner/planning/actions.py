"""The actions of a plan, in a temporary file: there may be a million of them.

What is counted by those who show a plan, and by its guards, are columns; whoever needs the actions
themselves reads one after the other.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import orjson

from provisioner.on_disk import Column, OnDisk
from provisioner.planning.action import WITH_PATH, Action, Verb
from provisioner.record import Kind

_AT_ONCE: Final = 500


class Actions(OnDisk[Action]):
    """Actions in their order; of each is known its stage, whose it is and what it takes away."""

    COLUMNS = (
        *("stage", "verb", "kind", "anchor", "name"),
        *("leaver", "takes_away", "creates", "refers"),
    )

    def columns_of(self, item: Action) -> tuple[Column, ...]:
        """Return what of an action can be asked for."""
        said = (item.stage, item.verb, item.kind, item.anchor, item.name)
        creates, refers = item.verb == "create", bool(item.references)
        return (*said, item.leaver, item.takes_away, creates, refers)

    def written(self, item: Action) -> bytes:
        """Return an action as it is kept."""
        return orjson.dumps(item.to_json())

    def read(self, document: bytes) -> Action:
        """Return the action that `written` made a document of."""
        return Action.built(orjson.loads(document))

    @property
    def sending(self) -> int:
        """How many of them send something."""
        return int(next(self.query("select count(*) from items where stage > 0"))[0])

    def counts(self) -> Counter[tuple[Kind, Verb]]:
        """Count the actions by kind and verb, in the order in which each comes first."""
        rows = self.query(
            "select kind, verb, count(*) from items group by kind, verb order by min(place)"
        )
        return Counter({(kind, verb): number for kind, verb, number in rows})

    def objects(self, *, leaver: bool) -> dict[str, int]:
        """Count by kind those whom actions are about: who has left, or all others."""
        sql = "select kind, count(distinct anchor) from items where leaver = ? group by kind"
        return dict(self.query(sql, [leaver]))

    def name_of(self, kind: Kind, anchor: str) -> str | None:
        """Return what an object is called that an action is about; None if none is."""
        self.sort_by("kind", "anchor")
        sql = "select name from items where kind = ? and anchor = ? order by place desc limit 1"
        return next((str(name) for (name,) in self.query(sql, [kind, anchor])), None)

    def of_references(self) -> Iterator[Action]:
        """Yield the actions that are about references."""
        marks = ", ".join("?" * len(WITH_PATH))
        return self.read_where(f"where verb in ({marks})", sorted(WITH_PATH))

    def creations(self, stage: int) -> Iterator[tuple[int, str]]:
        """Yield place and anchor of each new object of a stage."""
        sql = "select place, anchor from items where stage = ? and creates order by place"
        return ((place, anchor) for place, anchor in self.query(sql, [stage]))

    def carried(self, stage: int) -> Iterator[tuple[str, str]]:
        """Yield who is made in a stage with a reference to one of the same kind, and to whom."""
        rows = self.query(
            "select i.anchor, json_extract(r.value, '$[1]') from items i "
            "join json_each(i.document, '$.references') r on i.refers "
            "where i.stage = ? and json_extract(r.value, '$[0]') = i.kind",
            [stage],
        )
        return ((anchor, other) for anchor, other in rows)

    def at(self, places: Iterable[int]) -> Iterator[Action]:
        """Yield the actions at some places, which are in their order."""
        rest = iter(places)
        while some := list(islice(rest, _AT_ONCE)):
            wanted = json.dumps(some)
            yield from self.read_where("where place in (select value from json_each(?))", [wanted])
