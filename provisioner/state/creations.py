"""New accounts by the batch: what many threads send is written down by one, in one transaction."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from provisioner.planning.action import Edge
from provisioner.record import Kind
from provisioner.state import EdgeStatus, Link, digest_of
from provisioner.state.edges import NUMBERS, Edges

_ID: Final = "(select id from texts where text = ?)"


@dataclass(frozen=True, slots=True)
class Created:
    """An account that was made: the number of its intent, what it holds, whom it refers to."""

    intent: int
    link: Link
    written: Mapping[str, object]
    references: Mapping[str, Edge]


class Creations(Edges):
    """The same as `begin_intent`, `end_intent`, `save_link` and `save_edges`, for many at once."""

    def begin_intents(self, cycle: int, rows: Sequence[tuple[Kind, str, str]]) -> Sequence[int]:
        """Write down what is about to be sent: kind, anchor and action; on disk when this returns.

        Within a transaction, on disk when that has ended.
        """
        with self.atomic(now=True):
            first = 1 + self.number("select max(id) from intents")
            numbers = range(first, first + len(rows))
            self.run_many(
                "insert into intents (id, cycle, kind, anchor, action, sent) "
                "values (?, ?, ?, ?, ?, ?)",
                [
                    (number, cycle, *row, time.time())
                    for number, row in zip(numbers, rows, strict=True)
                ],
            )
        return numbers

    def save_created(self, found: Sequence[Created]) -> None:
        """Keep new accounts with what was written, and close their intents."""
        if not found:
            return
        now = time.time()
        keys = [(each.link.kind, each.link.anchor) for each in found]
        with self.atomic():
            self.run_many(
                # What is closed is of no use any more, and a short table is a quick one.
                "delete from intents where id = ?",
                [(each.intent,) for each in found],
            )
            self.run_many(
                "insert or replace into links (kind, anchor, target_id, name, owner, active, "
                "digest, written, changed) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_link_row(each, now) for each in found],
            )
            self.run_many("update records set fate = 0 where kind = ? and anchor = ?", keys)
            self.run_many(
                f"update edges set status = {EdgeStatus.DUE:d} "
                f"where target = {_ID} and status = {EdgeStatus.PENDING:d}",
                [(anchor,) for _, anchor in keys],
            )
            self._save_references(found)

    def _save_references(self, found: Iterable[Created]) -> None:
        rows = [
            (NUMBERS[each.link.kind], each.link.anchor, path, edge.anchor, NUMBERS[edge.kind])
            for each in found
            for path, edge in each.references.items()
        ]
        texts = dict.fromkeys(text for row in rows for text in row[1:4])
        self.run_many("insert or ignore into texts (text) values (?)", [(text,) for text in texts])
        self.run_many(
            f"delete from edges where kind = ? and source = {_ID} and path = {_ID} "
            f"and target = {_ID} and to_kind = 0",
            [row[:4] for row in rows],
        )
        self.run_many(
            f"insert or replace into edges values (?, {_ID}, {_ID}, {_ID}, ?, "
            f"{EdgeStatus.WRITTEN:d})",
            rows,
        )

    def owners(self, accounts: Sequence[tuple[Kind, str]]) -> dict[tuple[Kind, str], str]:
        """Return the anchors of the objects that some accounts, by kind and id, stand for."""
        if not accounts:
            return {}
        rows = self.query(
            "select l.kind, l.target_id, l.anchor from json_each(?) j cross join links l "
            "on l.kind = json_extract(j.value, '$[0]') "
            "and l.target_id = json_extract(j.value, '$[1]')",
            [json.dumps(accounts)],
        )
        return {(kind, identifier): anchor for kind, identifier, anchor in rows}

    def target_ids(self, edges: Iterable[Edge]) -> dict[Edge, str]:
        """Return the ids of the accounts that some objects have."""
        anchors: dict[Kind, set[str]] = {}
        for edge in edges:
            anchors.setdefault(edge.kind, set()).add(edge.anchor)
        return {
            Edge(kind, anchor): identifier
            for kind, names in anchors.items()
            for anchor, identifier in self.query(
                "select l.anchor, l.target_id from json_each(?) j "
                "cross join links l on l.kind = ? and l.anchor = j.value",
                (json.dumps(sorted(names)), kind),
            )
        }


def _link_row(each: Created, now: float) -> tuple[object, ...]:
    link = each.link
    values = {path: value for path, value in each.written.items() if value is not None}
    key = (link.kind, link.anchor, link.target_id, link.name, link.owner, int(link.active))
    return (*key, digest_of(values), orjson.dumps(values).decode(), now)
