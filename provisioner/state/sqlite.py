"""State in one SQLite file: durable before the next request goes out, readable while a run is on.

Every change is one transaction in WAL mode with synchronous=FULL: after a power cut the file holds
all that was acknowledged to the caller, and nothing half.
"""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import orjson

from provisioner.record import Kind
from provisioner.state import Cycle, Failure, Intent, Link, StateError, digest_of
from provisioner.state.creations import Creations
from provisioner.state.database import Row
from provisioner.state.health import Health
from provisioner.state.records import Records

_LINKS: Final = (
    "select kind, anchor, target_id, name, owner, active, digest from links where kind = ?"
)
_EVENT: Final = ("cycle", "time", "kind", "anchor", "name", "action", "status", "code")
KEPT_EVENTS: Final = 30 * 24 * 3600.0  # seconds; as long as Entra ID keeps its log


class SqliteState(Creations, Records, Health):
    """What one job remembers, in one file; safe to share between the threads of a process."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        super().__init__(connection, path)
        self._unlogged: list[Mapping[str, Any]] = []

    def close(self) -> None:
        """Close the file."""
        with suppress(StateError):
            self._flush()
        super().close()

    # Binding -----------------------------------------------------------------------------------

    def bound_to(self) -> tuple[str, str] | None:
        """Return the name of the job and the target's address that this was written for."""
        rows = self._rows("select job, target from binding")
        return (rows[0]["job"], rows[0]["target"]) if rows else None

    def bind(self, job: str, target: str) -> None:
        """Remember whose state this is."""
        self._put("binding", {"one": 1, "job": job, "target": target})

    def is_empty(self) -> bool:
        """Tell whether nothing of any target is remembered."""
        count = "select (select count(*) from links) + (select count(*) from intents) as n"
        return not self._rows(count)[0]["n"]

    # Links -------------------------------------------------------------------------------------

    def held(self, kind: Kind) -> dict[str, int]:
        """Count the accounts of a kind that are held: all, the active, the adopted ones."""
        rows = self.query(
            "select count(*), sum(active), sum(owner = 'adopted') from links where kind = ?",
            (kind,),
        )
        return dict(zip(("linked", "active", "adopted"), map(_whole, rows[0]), strict=True))

    def link(self, kind: Kind, anchor: str) -> Link | None:
        """Return the link of one source object."""
        rows = self.query(f"{_LINKS} and anchor = ?", (kind, anchor))
        return _link(rows[0]) if rows else None

    def link_to(self, kind: Kind, target_id: str) -> Link | None:
        """Return the link that already stands for a target resource."""
        rows = self.query(f"{_LINKS} and target_id = ?", (kind, target_id))
        return _link(rows[0]) if rows else None

    def written(self, kind: Kind, anchor: str) -> dict[str, Any]:
        """Return the values that were last written to the target; {} for what is not linked."""
        sql = "select written from links where kind = ? and anchor = ?"
        rows = self._rows(sql, kind, anchor)
        return self._document(rows[0]["written"]) if rows else {}

    def save_link(self, link: Link, written: Mapping[str, object]) -> None:
        """Keep a link with what was written; its digest is made from that."""
        values = {path: value for path, value in written.items() if value is not None}
        row = {
            "kind": link.kind,
            "anchor": link.anchor,
            "target_id": link.target_id,
            "name": link.name,
            "owner": link.owner,
            "active": int(link.active),
            "digest": digest_of(values),
            "written": _text(values),
            "changed": time.time(),
        }
        with self.atomic():
            is_new = self.link(link.kind, link.anchor) is None
            self._put("links", row)
            self.open_again(link.kind, link.anchor)
            if is_new:
                self._wake_edges(link.anchor)

    def unlink(self, kind: Kind, anchor: str) -> None:
        """Forget a link, and what was written from it; references to it wait for another one."""
        with self.atomic():
            self.run("delete from links where kind = ? and anchor = ?", kind, anchor)
            self._forget_edges(kind, anchor)
            self.open_again(kind, anchor)

    # Failures ----------------------------------------------------------------------------------

    def failures(self, kind: Kind | None = None) -> list[Failure]:
        """Return what is open, oldest first."""
        where, values = ("where kind = ?", (kind,)) if kind else ("", ())
        rows = self._rows(f"select * from failures {where} order by first, kind, anchor", *values)
        return [Failure(**row) for row in rows]

    def failure(self, kind: Kind, anchor: str) -> Failure | None:
        """Return what is open about one object."""
        rows = self._rows("select * from failures where kind = ? and anchor = ?", kind, anchor)
        return Failure(**rows[0]) if rows else None

    def save_failure(self, failure: Failure) -> None:
        """Keep why an object did not go through."""
        with self.atomic():
            self._put("failures", asdict(failure))
            self.open_again(failure.kind, failure.anchor)

    def clear_failure(self, kind: Kind, anchor: str) -> None:
        """Forget a failure: the object went through, or is gone."""
        if self.failure(kind, anchor) is not None:
            self.run("delete from failures where kind = ? and anchor = ?", kind, anchor)

    # Intents -----------------------------------------------------------------------------------

    def begin_intent(self, cycle: int, kind: Kind, anchor: str, action: Mapping[str, Any]) -> int:
        """Write down what is about to be sent; on disk when this returns."""
        row = {"cycle": cycle, "kind": kind, "anchor": anchor, "sent": time.time()}
        with self.atomic(now=True):
            return self._put("intents", {**row, "action": _text(action)})

    def end_intent(self, intent: int, result: str) -> None:
        """Write down what came of it."""
        sql = "update intents set result = ?, ended = ? where id = ?"
        self.run(sql, result, time.time(), intent)

    def open_intents(self) -> list[Intent]:
        """Return what was sent, or not: nobody wrote down the result."""
        rows = self._rows("select * from intents where result is null order by id")
        return [
            Intent(row["id"], row["kind"], row["anchor"], self._document(row["action"]))
            for row in rows
        ]

    # Cycles ------------------------------------------------------------------------------------

    def begin_cycle(self, *, initial: bool, complete: bool, source: Mapping[str, int]) -> int:
        """Open a cycle and return its number."""
        row = {"started": time.time(), "initial": int(initial), "complete": int(complete)}
        return self._put("cycles", {**row, "source": _text(dict(source))})

    def end_cycle(self, cycle: int, counts: Mapping[str, int], error: str | None = None) -> None:
        """Close a cycle with its counts; forget settled intents, and events past their time."""
        with self.atomic():
            sql = "update cycles set ended = ?, counts = ?, error = ? where id = ?"
            self.run(sql, time.time(), _text(dict(counts)), error, cycle)
            self.run("delete from intents where result is not null")
            self.run("delete from events where time < ?", time.time() - KEPT_EVENTS)

    def cycles(self, limit: int = 20) -> list[Cycle]:
        """Return the last cycles, newest first."""
        rows = self._rows("select * from cycles order by id desc limit ?", limit)
        return [self._cycle(row) for row in rows]

    def has_finished(self) -> bool:
        """Tell whether a cycle has ever come to its end."""
        return bool(self.number("select exists(select 1 from cycles where ended is not null)"))

    def last_good_cycle(self) -> Cycle | None:
        """Return the last cycle that came to its end on a complete read of the source."""
        sql = "select * from cycles where ended is not null and complete and error is null"
        rows = self._rows(f"{sql} order by id desc limit 1")
        return self._cycle(rows[0]) if rows else None

    def _cycle(self, row: Mapping[str, Any]) -> Cycle:
        texts = {name: self._document(row[name]) for name in ("source", "counts")}
        flags = {name: bool(row[name]) for name in ("initial", "complete")}
        return Cycle(**{**row, **texts, **flags})

    # Events ------------------------------------------------------------------------------------

    def log(self, cycle: int, event: Mapping[str, Any]) -> None:
        """Keep one event of the provisioning log; it goes to disk with the next transaction."""
        with self._lock:
            self._unlogged.append({**event, "cycle": cycle})

    def _flush(self) -> None:
        if self._unlogged:
            with self.atomic():
                pass

    def _before_commit(self) -> None:
        """Write the events since the last transaction: they cost none of their own."""
        events, self._unlogged = self._unlogged, []
        if events:
            names = ", ".join(_EVENT)
            marks = ", ".join("?" * len(_EVENT))
            sql = f"insert into events ({names}, document) values ({marks}, ?)"
            self._db.conn.executemany(sql, map(_event_row, events))

    def events(
        self, *, anchor: str | None = None, failures: bool = False, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Return events of the provisioning log, newest first."""
        self._flush()
        clauses = ["anchor = ?"] if anchor is not None else []
        values: list[object] = [anchor] if anchor is not None else []
        if failures:
            clauses.append("status = 'failure'")
        where = f"where {' and '.join(clauses)}" if clauses else ""
        sql = f"select cycle, document from events {where} order by id desc limit ?"
        rows = self._rows(sql, *values, limit)
        return [{"cycle": row["cycle"], **self._document(row["document"])} for row in rows]


def _event_row(event: Mapping[str, Any]) -> tuple[object, ...]:
    told = {name: value for name, value in event.items() if name != "cycle"}
    return (*(event[name] for name in _EVENT), _text(told))


def _text(document: object) -> str:
    return orjson.dumps(document).decode()


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _link(row: Row) -> Link:
    kind, anchor, target_id, name, owner, active, digest = row
    return Link(kind, anchor, target_id, name, owner, bool(active), digest)
