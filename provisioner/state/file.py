"""The file behind a state: made, brought to this version, and refused where it is none of ours."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import sqlite_utils

from provisioner.state import StateError

VERSION: Final = 2

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
    "edges": (
        {"kind": str, "anchor": str, "path": str, "to_kind": str, "to_anchor": str, "sure": int},
        ("kind", "anchor", "path", "to_kind", "to_anchor"),
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
# What each version has; a file of version 1 says nowhere whose it is.
_KNOWN: Final[Mapping[int, frozenset[str]]] = {
    1: frozenset(_TABLES) - {"binding"},
    2: frozenset(_TABLES),
}
_INDEXES: Final = (
    ("links", ["kind", "target_id"]),
    ("edges", ["to_kind", "to_anchor"]),
    ("intents", ["result"]),
    ("events", ["kind", "anchor"]),
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
    known = _KNOWN.get(version, frozenset())
    if not known or any(not set(_TABLES[name][0]) <= found.get(name, set()) for name in known):
        raise _foreign(path)
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
    if database.execute("PRAGMA user_version").fetchone()[0] == VERSION:
        return
    with database.atomic():
        for name, (columns, key) in _TABLES.items():
            database.table(name).create(columns, pk=key, if_not_exists=True)
        for table, columns_of_index in _INDEXES:
            database.table(table).create_index(columns_of_index, if_not_exists=True)
        database.execute(f"PRAGMA user_version={VERSION}")
