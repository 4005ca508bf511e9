"""Measure what it costs that a write waits for the disk, on both stores.

    python -m benchmarks.durability [--writes 400] [--postgresql URL]

Users are created one by one, each in a transaction of its own, as requests do it; the setting that
decides what survives a power cut is switched between two runs. Printed are the median and the 99th
percentile of a write, in microseconds.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
import psycopg

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_server.store import postgres_connections
from scim_server.store.database import SqlDatabase
from scim_server.store.databases import open_database

CATALOG = Catalog.standard()
NOW = "2026-01-01T00:00:00.000Z"


def measure(name: str, writes: int, prepare: Callable[[SqlDatabase], None]) -> tuple[float, float]:
    """Create users in an empty database; return the median and the 99th percentile."""
    database = open_database(name, CATALOG)
    prepare(database)
    store, times = database.store(), []
    for number in range(writes):
        user = {"schemas": [urns.USER], "id": f"u{number}", "userName": f"user{number}"}
        start = time.perf_counter()
        with store.write() as tx:
            tx.insert(CATALOG.models["User"], user, NOW)
        times.append(1e6 * (time.perf_counter() - start))
    database.close()
    times.sort()
    return times[writes // 2], times[writes * 99 // 100]


def sqlite(level: str, writes: int) -> tuple[float, float]:
    """Measure SQLite with `PRAGMA synchronous` at a level."""

    def prepare(database: SqlDatabase) -> None:
        with database.engine.alone() as connection:
            connection.execute(f"PRAGMA synchronous = {level}")

    # Not in memory, as /tmp may be: beside this file is the disk that is meant.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder:
        return measure(f"{folder}/scim.db", writes, prepare)


def postgresql(url: str, level: str, writes: int) -> tuple[float, float]:
    """Measure PostgreSQL with `synchronous_commit` at a level, in a schema of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS durability CASCADE; CREATE SCHEMA durability")
    usual, more = postgres_connections.SETTINGS, f"; SET synchronous_commit = '{level}'"
    postgres_connections.SETTINGS = usual + more
    mark = "&" if "?" in url else "?"
    try:
        return measure(
            f"{url}{mark}options=-csearch_path%3Ddurability", writes, lambda database: None
        )
    finally:
        postgres_connections.SETTINGS = usual


@click.command()
@click.option("--writes", default=400, show_default=True)
@click.option("--postgresql", "url", metavar="URL", help="Measure this database too.")
def main(writes: int, url: str | None) -> None:
    """Print what a write costs with each setting."""
    for level in ("FULL", "NORMAL"):
        median, late = sqlite(level, writes)
        click.echo(f"SQLite, synchronous = {level}: {median:.0f} us, p99 {late:.0f} us")
    for level in ("on", "off") if url else ():
        median, late = postgresql(url or "", level, writes)
        click.echo(f"PostgreSQL, synchronous_commit = {level}: {median:.0f} us, p99 {late:.0f} us")


if __name__ == "__main__":
    main()
