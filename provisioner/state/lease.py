"""One lease per job: two processes never run the same job at once.

The lease is an open write transaction on a small file of its own beside the state. The operating
system drops it when its holder dies, however it dies: there is no stale lease to clean up.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from provisioner.state import StateError


class LeaseHeld(StateError):
    """Another process runs this job."""


@contextmanager
def lease(state_path: Path) -> Iterator[None]:
    """Hold the job of this state for the time of the block.

    :raises LeaseHeld: at once, when another process holds it.
    """
    path = state_path.with_name(state_path.name + ".lease")
    try:
        connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise StateError(f"{path}: cannot be written: {error}.") from None
    with closing(connection):
        _take(connection, path)
        yield


def _take(connection: sqlite3.Connection, path: Path) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        # From here on nobody else can take it: one who reads who has it is done in a moment.
        connection.execute("PRAGMA busy_timeout=5000")
        connection.execute("CREATE TABLE IF NOT EXISTS holder (pid INTEGER)")
        connection.execute("DELETE FROM holder")
        connection.execute("INSERT INTO holder VALUES (?)", (os.getpid(),))
        # The next holder can read who has it only if that much is committed.
        connection.execute("COMMIT")
        connection.execute("PRAGMA busy_timeout=0")
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        if "locked" not in str(error):
            raise StateError(f"{path}: cannot be written: {error}.") from None
        raise LeaseHeld(
            f"This job is being run by another process ({_holder(connection)}); "
            "wait for it to end, or stop it."
        ) from None


def _holder(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT pid FROM holder").fetchone()
    except sqlite3.Error:  # The holder is just writing its number.
        row = None
    return f"process {row[0]}" if row else "it has just started"
