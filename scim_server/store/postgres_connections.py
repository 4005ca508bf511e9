"""Connections to a PostgreSQL database, for any number of threads.

A connection is made when one is needed and none is idle, by the thread that needs it: so an outage
is told at once, nothing is left running beside the requests, and a process that is forked before
its first request shares none.
"""

import threading
from collections import deque
from typing import Final

import psycopg
from psycopg.adapt import Buffer
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.types.string import StrDumperUnknown

from scim_server.store.contract import Busy, StoreError, Unavailable

BUSY_SECONDS: Final = 30
MOST: Final = 16
_CONNECT_SECONDS: Final = 10

# Waiting for the disk may have been switched off for all that the server keeps: not for us.
SETTINGS = (
    f"SET lock_timeout = '{BUSY_SECONDS}s'; SET client_encoding = 'UTF8';"
    " SELECT set_config('synchronous_commit', 'on', false)"
    " WHERE current_setting('synchronous_commit') = 'off'"
)


class Connections:
    """The connections of a process to one database, so many at the most."""

    def __init__(self, url: str) -> None:
        self.name, self.schema = _look_at(url)
        self._url = url
        self._room = threading.BoundedSemaphore(MOST)
        self._idle: deque[psycopg.Connection] = deque()
        self._closed = False

    def take(self) -> psycopg.Connection:
        """Return a connection; it may have been lost while it was idle.

        :raises Busy: all of them are in use, and were for long.
        """
        if self._closed:
            raise Unavailable("The database is closed.")
        if not self._room.acquire(timeout=BUSY_SECONDS):
            raise Busy(f"All connections were in use for {BUSY_SECONDS} seconds.")
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return _connect(self._url)
        except BaseException:
            self._room.release()
            raise

    def give(self, connection: psycopg.Connection) -> None:
        """Take a connection back; one that was lost, or is not at rest, is let go."""
        is_idle = connection.info.transaction_status == TransactionStatus.IDLE
        if self._closed or connection.broken or not is_idle:
            connection.close()
        else:
            self._idle.append(connection)
        self._room.release()

    def close(self) -> None:
        """Close the connections that are idle now, and the others when they are given back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()


def say(connection: psycopg.Connection, sql: bytes) -> None:
    """Begin or end a transaction; with a cursor that would take three times as long."""
    result = connection.pgconn.exec_(sql)
    if result.status == ExecStatus.FATAL_ERROR:
        error = psycopg.errors.error_from_result(result)
        # Of a lost connection there is no code that would tell.
        raise psycopg.OperationalError(str(error)) if connection.broken else error


def _connect(url: str) -> psycopg.Connection:
    connection = psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS)
    connection.adapters.register_dumper(str, _Text)
    connection.execute(SETTINGS)
    return connection


class _Text(StrDumperUnknown):
    """Text with U+0000, which a filter or a path may hold, equals nothing that can be stored."""

    def dump(self, obj: str) -> Buffer | None:
        return None if "\x00" in obj else super().dump(obj)


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
