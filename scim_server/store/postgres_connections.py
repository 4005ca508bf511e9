"""Connections to a PostgreSQL database, for any number of threads.

A connection is made when one is needed and none is idle, by the thread that needs it: so an outage
is told at once, nothing is left running beside the requests, and a process that is forked before
its first request shares none.
"""

import threading
from collections import deque
from typing import Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

from scim_server.store.contract import Busy, StoreError, Unavailable
from scim_server.store.postgres_wire import Wire

BUSY_SECONDS: Final = 30
MOST: Final = 16
_CONNECT_SECONDS: Final = 10

# Waiting for the disk may have been switched off for all that the server keeps: not for us.
# What is read without a BEGIN is of one moment too, however many statements it is.
# Statements are planned once for all values, and by the indexes whatever is known of the tables: of
# new ones that is nothing, and the plan for an empty table would be used for too long.
SETTINGS = (
    f"SET lock_timeout = '{BUSY_SECONDS}s'; SET client_encoding = 'UTF8';"
    " SET default_transaction_isolation = 'repeatable read';"
    " SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off;"
    " SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)


class Connections:
    """The connections of a process to one database, so many at the most."""

    def __init__(self, url: str) -> None:
        self.name, self.schema = _look_at(url)
        self._url = url
        self._room = threading.BoundedSemaphore(MOST)
        self._idle: deque[Wire] = deque()
        self._closed = False

    def take(self) -> Wire:
        """Return a connection; it may have been lost while it was idle.

        :raises Busy: all of them are in use, and were for long.
        """
        if self._closed:
            raise Unavailable("The database is closed.")
        if not self._room.acquire(timeout=BUSY_SECONDS):
            raise Busy(f"All connections were in use for {BUSY_SECONDS} seconds.")
        try:
            return self._idle_or_new()
        except BaseException:
            self._room.release()
            raise

    def instead_of(self, wire: Wire) -> Wire:
        """Return a connection in the place of one that was lost, which is not to be given back."""
        wire.close()
        return self._idle_or_new()

    def _idle_or_new(self) -> Wire:
        try:
            return self._idle.pop()
        except IndexError:
            return _connect(self._url)

    def give(self, wire: Wire) -> None:
        """Take a connection back; one that was lost is let go."""
        if self._closed or not wire.is_open:
            wire.close()
        else:
            self._idle.append(wire)
        self._room.release()

    def close(self) -> None:
        """Close the connections that are idle now, and the others when they are given back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()


def _connect(url: str) -> Wire:
    connection = psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS)
    connection.execute(SETTINGS)
    return Wire(connection)


def _look_at(url: str) -> tuple[str, int]:
    """Return what a database is called in messages, and the number of its schema.

    :raises StoreError: it cannot be reached, or has no schema to make tables in.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.Error:
        raise StoreError(
            "--database: that is no URL of PostgreSQL; it is like postgresql://user@host/database."
        ) from None
    name = f"PostgreSQL database {parts.get('dbname', '')!r} on {parts.get('host', 'this host')}"
    try:
        with psycopg.connect(url, connect_timeout=_CONNECT_SECONDS) as connection:
            sql = "SELECT current_schema()::regnamespace::oid::bigint & 2147483647"
            row = connection.execute(sql).fetchone()
    except psycopg.Error as error:
        raise StoreError(f"{name} cannot be used: {' '.join(str(error).split())}.") from None
    if row is None or row[0] is None:
        raise StoreError(f"{name} has no schema of its search_path: make it, or name another.")
    return name, row[0]
