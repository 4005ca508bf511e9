"""The file behind a state: made, brought to this version, and refused where it is none of ours."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import sqlite_utils

from provisioner.state import StateError

VERSION: Final = 3
_CHECKED_WHOLE: Final = 32 * 1024 * 1024  # bytes
_CACHE: Final = 16 * 1024  # KiB of pages in memory, whatever the size of the directory

_TABLES: Final[Mapping[str, tuple[dict[str, Any], Any]]] = {
    "links": (
        {
            "kind": str,
            "anchor": str,
            "target_id": str,
            "name": str,
            "owner": str,
            "active": int,
            "digest": str,
            "written": str,
            "changed": float,
        },
        ("kind", "anchor"),
    ),
    "failures": (
        {
            "kind": str,
            "anchor": str,
            "name": str,
            "code": str,
            "reason": str,
            "hint": str,
            "digest": str,
            "attempts": int,
            "first": float,
            "retry_at": float,
        },
        ("kind", "anchor"),
    ),
    "intents": (
        {"id": int, "cycle": int, "kind": str, "anchor": str, "action": str, "sent": float}
        | {"result": str, "ended": float},
        "id",
    ),
    "binding": ({"one": int, "job": str, "target": str}, "one"),
    "cycles": (
        {"id": int, "started": float, "ended": float, "initial": int, "complete": int}
        | {"source": str, "counts": str, "error": str},
        "id",
    ),
    "events": (
        {"id": int, "cycle": int, "time": float, "kind": str, "anchor": str, "name": str}
        | {"action": str, "status": str, "code": str, "document": str},
        "id",
    ),
}
# Names are numbers in `edges`, and no table of these has row numbers beside its key: a million
# memberships take 40 MB so, and five times that as text.
_COMPACT: Final[Mapping[str, str]] = {
    "texts": "(id integer primary key, text text not null unique)",
    "edges": (
        "(kind integer, source integer, path integer, target integer, to_kind integer, "
        "status integer, primary key (kind, source, path, target, to_kind)) without rowid"
    ),
    "records": (
        "(kind text, anchor text, fingerprint blob, fate integer, in_scope integer, "
        "granted integer, name text, refs integer, version text, primary key (kind, anchor)) "
        "without rowid"
    ),
    "keys": ("(kind text, key blob, anchor text, primary key (kind, key, anchor)) without rowid"),
    "reads": ("(one integer primary key, fingerprint text, configuration text, counts text)"),
    "health": "(name text primary key, document text) without rowid",
    "leaving": "(kind text, anchor text, since real, primary key (kind, anchor)) without rowid",
}
_OLD_EDGES: Final = frozenset({"kind", "anchor", "path", "to_kind", "to_anchor", "sure"})
_PLAIN: Final = {name: frozenset(columns) for name, (columns, _) in _TABLES.items()}
# The columns that each version has; a file of version 1 says nowhere whose it is.
_KNOWN: Final[Mapping[int, Mapping[str, frozenset[str]]]] = {
    1: {name: columns for name, columns in _PLAIN.items() if name != "binding"}
    | {"edges": _OLD_EDGES},
    2: {**_PLAIN, "edges": _OLD_EDGES},
    3: {
        **_PLAIN,
        "texts": frozenset({"id", "text"}),
        "edges": frozenset({"kind", "source", "path", "target", "to_kind", "status"}),
        "records": frozenset({"kind", "anchor", "fingerprint", "fate", "in_scope"}),
        "keys": frozenset({"kind", "key", "anchor"}),
        "reads": frozenset({"fingerprint", "configuration", "counts"}),
        "health": frozenset({"name", "document"}),
        "leaving": frozenset({"kind", "anchor", "since"}),
    },
}
_INDEXES: Final = (
    "idx_links_kind_target_id on links (kind, target_id)",
    "links_held on links (kind, active, owner)",
    "edges_to on edges (target)",
    "edges_due on edges (kind, source) where status = 3",
    "records_open on records (kind) where fate = 0",
    "records_blocked on records (kind) where fate = 2",
    "keys_of on keys (kind, anchor)",
    "idx_intents_result on intents (result)",
    "idx_events_kind_anchor on events (kind, anchor)",
)
# Versions 1 and 2 kept references as texts. Nothing is known of their records: the first cycle
# evaluates everything, and settles it.
_TAKE_EDGES_OVER: Final = (
    "insert or ignore into texts (text) select anchor from edges_before "
    "union select path from edges_before union select to_anchor from edges_before",
    "insert into edges select case e.kind when 'users' then 1 else 2 end, s.id, p.id, t.id, "
    "case e.to_kind when 'users' then 1 else 2 end, 1 - e.sure from edges_before e "
    "join texts s on s.text = e.anchor join texts p on p.text = e.path "
    "join texts t on t.text = e.to_anchor",
    "drop table edges_before",
)


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file of a state, make it if there is none, and look whether it is whole.

    :raises StateError: when it is damaged, of another program, or of a newer version.
    """
    try:
        _make_private(path)
        connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
    except (OSError, sqlite3.Error) as error:
        raise StateError(f"{path}: cannot be opened: {error}.") from None
    try:
        _refuse_what_is_not_ours(connection, path)
        _prepare(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        raise StateError(f"{path}: cannot be used as the state of a job: {error}.") from None
    except sqlite3.Error as error:
        connection.close()
        raise damaged(path, error) from None
    except StateError:
        connection.close()
        raise
    return connection


def damaged(path: Path, error: Exception | str) -> StateError:
    """Return what to say of a file that holds no longer what was written to it."""
    return StateError(
        f"{path}: cannot be used as the state of a job, it is damaged: {error}. Put a backup in "
        "its place, or move it away to start afresh: accounts are then matched again, and nothing "
        "is made twice."
    )


def _make_private(path: Path) -> None:
    """Make the file for its owner alone: it holds what was written of everybody."""
    if str(path) != ":memory:":
        path.touch(mode=0o600)


def _refuse_what_is_not_ours(connection: sqlite3.Connection, path: Path) -> None:
    """Look before the first write: a file of another program is left as it is."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    database = sqlite_utils.Database(connection)
    found = {name: set(database.table(name).columns_dict) for name in database.table_names()}
    if not found and not version:
        return
    if version > VERSION and "links" in found:
        raise StateError(
            f"{path}: the state is of version {version}; this program knows {VERSION}. "
            "Use the newer program."
        )
    known = _KNOWN.get(version, {})
    if not known or any(not columns <= found.get(name, set()) for name, columns in known.items()):
        raise _foreign(path)
    if path.is_file() and path.stat().st_size > _CHECKED_WHOLE:
        return  # Looking at every page would take longer than a cycle; each is checked when used.
    told = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if told != "ok":
        raise damaged(path, " ".join(str(told).split()))


def _foreign(path: Path) -> StateError:
    return StateError(
        f"{path}: is a file of another program, or lacks tables that the state of a job has. "
        "Nothing was written to it; give `state` in the job file another name."
    )


def _prepare(connection: sqlite3.Connection) -> None:
    database = sqlite_utils.Database(connection)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute(f"PRAGMA cache_size=-{_CACHE}")
    database.execute(f"PRAGMA temp.cache_size=-{_CACHE}")
    if database.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    with database.atomic():
        before = "sure" in database.table("edges").columns_dict if _has_edges(database) else False
        if before:
            database.execute("alter table edges rename to edges_before")
        for name, (columns, key) in _TABLES.items():
            database.table(name).create(columns, pk=key, if_not_exists=True)
        for name, definition in _COMPACT.items():
            database.execute(f"create table if not exists {name} {definition}")
        for statement in _TAKE_EDGES_OVER if before else ():
            database.execute(statement)
        for index in _INDEXES:
            database.execute(f"create index if not exists {index}")
        database.execute(f"PRAGMA user_version={VERSION}")


def _has_edges(database: sqlite_utils.Database) -> bool:
    return "edges" in database.table_names()
