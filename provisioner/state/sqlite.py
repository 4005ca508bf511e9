"""State in one SQLite file: durable before the next request goes out, readable while a run is on.

Every change is one transaction in WAL mode with synchronous=FULL: after a power cut the file holds
all that was acknowledged to the caller, and nothing half.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

import sqlite_utils

from provisioner.plan import Edge
from provisioner.record import Kind
from provisioner.state import Cycle, Failure, Intent, Link, StateError, digest_of
from provisioner.state.file import damaged, open_file

KEPT_EVENTS: Final = 30 * 24 * 3600.0  # seconds; as long as Entra ID keeps its log


class SqliteState:
    """What one job remembers, in one file; safe to share between the threads of a process."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._lock = threading.RLock()
        self._path = path
        self._db = sqlite_utils.Database(connection)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the state of a job, and make it if there is none.

        :raises StateError: when the file is not a state, or is of a newer version.
        """
        return cls(open_file(path), path)

    @classmethod
    def open_to_read(cls, path: Path) -> Self:
        """Open the state without making a file where there is none.

        :raises StateError: as `open` does.
        """
        return cls.open(path if path.exists() else Path(":memory:"))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def atomic(self) -> Iterator[None]:
        """Make everything inside one transaction: all of it is kept, or nothing."""
        try:
            with self._lock, self._db.atomic():
                yield
        except sqlite3.Error as error:
            raise StateError(f"The state of the job cannot be written: {error}.") from error

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Say in one message that the file does not hold what was written to it."""
        try:
            with self._lock:
                yield
        except (sqlite3.Error, ValueError) as error:
            raise damaged(self._path, error) from error

    def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        with self._reading():
            return list(self._db.query(sql, values))

    def _run(self, sql: str, *values: object) -> None:
        with self.atomic():
            self._db.execute(sql, values)

    def _put(self, table: str, row: Mapping[str, object]) -> int:
        """Insert a row, or replace the one with its key; return its number."""
        columns = ", ".join(row)
        marks = ", ".join("?" * len(row))
        with self.atomic():
            sql = f"insert or replace into {table} ({columns}) values ({marks})"
            return int(self._db.execute(sql, list(row.values())).lastrowid or 0)

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

    def links(self, kind: Kind) -> dict[str, Link]:
        """Return every link of a kind by anchor, without what was written."""
        rows = self._rows("select * from links where kind = ? order by anchor", kind)
        return {row["anchor"]: _link(row) for row in rows}

    def link(self, kind: Kind, anchor: str) -> Link | None:
        """Return the link of one source object."""
        rows = self._rows("select * from links where kind = ? and anchor = ?", kind, anchor)
        return _link(rows[0]) if rows else None

    def link_to(self, kind: Kind, target_id: str) -> Link | None:
        """Return the link that already stands for a target resource."""
        rows = self._rows("select * from links where kind = ? and target_id = ?", kind, target_id)
        return _link(rows[0]) if rows else None

    def written(self, kind: Kind, anchor: str) -> dict[str, Any]:
        """Return the values that were last written to the target; {} for what is not linked."""
        sql = "select written from links where kind = ? and anchor = ?"
        rows = self._rows(sql, kind, anchor)
        return self._document(rows[0]["written"]) if rows else {}

    def _document(self, text: str | None) -> dict[str, Any]:
        with self._reading():
            document = json.loads(text or "{}")
            if not isinstance(document, dict):
                raise ValueError("a row holds no JSON object")
        return document

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
            "written": json.dumps(values, ensure_ascii=False),
            "changed": time.time(),
        }
        self._put("links", row)

    def unlink(self, kind: Kind, anchor: str) -> None:
        """Forget a link, with the references that were written from it and to it."""
        with self.atomic():
            self._run("delete from links where kind = ? and anchor = ?", kind, anchor)
            self._run("delete from edges where kind = ? and anchor = ?", kind, anchor)
            self._run("delete from edges where to_kind = ? and to_anchor = ?", kind, anchor)

    # Edges -------------------------------------------------------------------------------------

    def edges(self, kind: Kind, anchor: str, path: str) -> dict[Edge, bool]:
        """Return the references last written from one object; False where the outcome is open."""
        sql = "select to_kind, to_anchor, sure from edges where kind=? and anchor=? and path=?"
        rows = self._rows(sql, kind, anchor, path)
        return {Edge(row["to_kind"], row["to_anchor"]): bool(row["sure"]) for row in rows}

    def edges_of(self, kind: Kind, paths: Iterable[str]) -> dict[tuple[str, str], dict[Edge, bool]]:
        """Return the references of all objects of a kind, by anchor and path."""
        found: dict[tuple[str, str], dict[Edge, bool]] = {}
        for path in paths:
            sql = "select anchor, to_kind, to_anchor, sure from edges where kind = ? and path = ?"
            with self._reading():
                rows = self._db.execute(sql, (kind, path)).fetchall()
            for anchor, to_kind, to_anchor, sure in rows:
                found.setdefault((anchor, path), {})[Edge(to_kind, to_anchor)] = bool(sure)
        return found

    def save_edges(
        self, kind: Kind, anchor: str, path: str, edges: Iterable[Edge], *, sure: bool = True
    ) -> None:
        """Keep references as written, or as perhaps written."""
        row = {"kind": kind, "anchor": anchor, "path": path, "sure": int(sure)}
        with self.atomic():
            for edge in edges:
                self._put("edges", {**row, "to_kind": edge.kind, "to_anchor": edge.anchor})

    def drop_edges(self, kind: Kind, anchor: str, path: str, edges: Iterable[Edge]) -> None:
        """Forget references that are no longer at the target."""
        sql = "delete from edges where kind=? and anchor=? and path=? and to_kind=? and to_anchor=?"
        with self.atomic():
            for edge in edges:
                self._db.execute(sql, (kind, anchor, path, edge.kind, edge.anchor))

    def count_edges(self) -> int:
        """Count all references that were written."""
        return int(self._rows("select count(*) as n from edges")[0]["n"])

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
        self._put("failures", asdict(failure))

    def clear_failure(self, kind: Kind, anchor: str) -> None:
        """Forget a failure: the object went through, or is gone."""
        self._run("delete from failures where kind = ? and anchor = ?", kind, anchor)

    # Intents -----------------------------------------------------------------------------------

    def begin_intent(self, cycle: int, kind: Kind, anchor: str, action: Mapping[str, Any]) -> int:
        """Write down what is about to be sent; on disk when this returns."""
        row = {"cycle": cycle, "kind": kind, "anchor": anchor, "sent": time.time()}
        return self._put("intents", {**row, "action": json.dumps(action, ensure_ascii=False)})

    def end_intent(self, intent: int, result: str) -> None:
        """Write down what came of it."""
        sql = "update intents set result = ?, ended = ? where id = ?"
        self._run(sql, result, time.time(), intent)

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
        return self._put("cycles", {**row, "source": json.dumps(dict(source))})

    def end_cycle(self, cycle: int, counts: Mapping[str, int], error: str | None = None) -> None:
        """Close a cycle with its counts; forget settled intents, and events past their time."""
        with self.atomic():
            sql = "update cycles set ended = ?, counts = ?, error = ? where id = ?"
            self._run(sql, time.time(), json.dumps(dict(counts)), error, cycle)
            self._run("delete from intents where result is not null")
            self._run("delete from events where time < ?", time.time() - KEPT_EVENTS)

    def cycles(self, limit: int = 20) -> list[Cycle]:
        """Return the last cycles, newest first."""
        rows = self._rows("select * from cycles order by id desc limit ?", limit)
        return [self._cycle(row) for row in rows]

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
        """Keep one event of the provisioning log."""
        row = {name: event[name] for name in ("kind", "anchor", "name", "action", "status", "code")}
        document = json.dumps(event, ensure_ascii=False)
        self._put("events", {**row, "cycle": cycle, "time": event["time"], "document": document})

    def events(
        self, *, anchor: str | None = None, failures: bool = False, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Return events of the provisioning log, newest first."""
        clauses = ["anchor = ?"] if anchor is not None else []
        values: list[object] = [anchor] if anchor is not None else []
        if failures:
            clauses.append("status = 'failure'")
        where = f"where {' and '.join(clauses)}" if clauses else ""
        sql = f"select cycle, document from events {where} order by id desc limit ?"
        rows = self._rows(sql, *values, limit)
        return [{"cycle": row["cycle"], **self._document(row["document"])} for row in rows]


def _link(row: Mapping[str, Any]) -> Link:
    return Link(
        row["kind"],
        row["anchor"],
        row["target_id"],
        row["name"],
        row["owner"],
        bool(row["active"]),
        row["digest"],
    )
