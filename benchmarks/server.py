"""Measure the server, as ratios to a bare Flask view under the same WSGI server in the same run.

    python benchmarks/server.py [--users 1000 --users 100000] [--requests 1000]

Each operation is measured between two measurements of the bare view; what is printed are requests a
second over one connection, the 50th and 99th percentile, and the two ratios: of the rates, and of
the processor time a request costs. 1.00 would be as cheap as the bare view. Ratios are what counts:
the machine under them may be busy.
"""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from load import Connection, Cost, Request, measure
from rich.console import Console
from rich.table import Table

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.messages import patch_request
from scim_protocol.patch import Operation
from scim_server.store.sqlite import SqliteStore

GROUP_SIZES = (10, 1_000, 10_000)
HERE = Path(__file__).parent
NOW = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Population:
    """What a database was filled with."""

    users: int
    groups: dict[int, str]

    @property
    def outsiders(self) -> range:
        """The numbers of the users that are in none of the groups."""
        return range(self.users - self.users // 2, self.users)


def user(number: int) -> dict[str, object]:
    """Return a user as directories have them."""
    name = f"user{number}@contoso.example"
    return {
        "schemas": [urns.USER, urns.ENTERPRISE_USER],
        "userName": name,
        "externalId": f"external-{number}",
        "active": True,
        "displayName": f"Person {number}",
        "title": "Engineer",
        "name": {"givenName": "Person", "familyName": str(number)},
        "emails": [{"value": name, "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "+1 555 0100", "type": "work"}],
        urns.ENTERPRISE_USER: {"employeeNumber": str(number), "department": "Research"},
    }


def fill(database: Path, users: int) -> Population:
    """Write users and groups straight into a database."""
    catalog = Catalog.standard()
    store = SqliteStore(str(database), catalog)
    people, groups = catalog.models["User"], catalog.models["Group"]
    with store.write() as transaction:
        for number in range(users):
            transaction.insert(people, {"id": f"u{number}", **user(number)}, NOW)
        made = {}
        for size in GROUP_SIZES:
            id = f"g{size}"
            document = {"id": id, "schemas": [urns.GROUP], "displayName": f"Group of {size}"}
            record = transaction.insert(groups, document, NOW)
            if size <= users // 2:
                transaction.add_members(record, [{"value": f"u{n}"} for n in range(size)])
                made[size] = id
    store.close()
    return Population(users, made)


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
    raise SystemExit(f"{process.args} did not start")


def operations(population: Population, count: int) -> Iterator[tuple[str, list[Request], int]]:
    """Yield each operation's name, its requests and the status that answers them."""
    step = max(1, population.users // count)
    some = [n % population.users for n in range(0, count * step, step)]
    yield "GET a user by id", [Request("GET", f"/scim/v2/Users/u{n}") for n in some], 200
    by_name = "/scim/v2/Users?filter=userName%20eq%20%22user{}@contoso.example%22"
    yield "filter by userName", [Request("GET", by_name.format(n)) for n in some], 200
    new = [json.dumps(user(population.users + n)).encode() for n in range(count)]
    yield "create a user", [Request("POST", "/scim/v2/Users", body) for body in new], 201
    titles = [_patch(Operation("replace", "title", f"Title {n}")) for n in range(count)]
    patches = [
        Request("PATCH", f"/scim/v2/Users/u{n}", b) for n, b in zip(some, titles, strict=True)
    ]
    yield "PATCH a user", patches, 200
    for size, id in population.groups.items():
        members = [
            _patch(Operation("add", "members", [{"value": f"u{n}"}]))
            for n in population.outsiders[:count]
        ]
        requests = [Request("PATCH", f"/scim/v2/Groups/{id}", body) for body in members]
        yield f"PATCH one member into a group of {size:,}", requests, 204


def _patch(operation: Operation) -> bytes:
    return json.dumps(patch_request([operation])).encode()


def compare(
    scim: tuple[Connection, int], bare: tuple[Connection, int], requests: list[Request], status: int
) -> tuple[Cost, float, float]:
    """Measure requests between two measurements of the bare view; return cost and both ratios."""
    hello = [Request("GET", "/hello")] * len(requests)
    before = measure(*bare, hello, 200)
    cost = measure(*scim, requests, status)
    after = measure(*bare, hello, 200)
    bare_mean = (before.mean + after.mean) / 2
    bare_processor = (before.processor + after.processor) / 2
    return cost, bare_mean / cost.mean, bare_processor / cost.processor if cost.processor else 0.0


def bench(users: int, count: int, folder: Path) -> Table:
    """Fill a database with users, serve it, and measure each operation."""
    database, token = folder / f"{users}.db", secrets.token_urlsafe()
    population = fill(database, users)
    table = Table(title=f"{users:,} users", title_justify="left")
    for heading in ("operation", "requests/s", "p50 ms", "p99 ms", "rate ratio", "cpu ratio"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    served = ("-m", "scim_server", "run", "--port", "0", "--database", str(database))
    with (
        running(str(HERE / "hello.py")) as (hello_port, hello_pid),
        running(*served, "--token-env", "BENCH_TOKEN", token=token) as (port, pid),
    ):
        bare, scim = (Connection(hello_port), hello_pid), (Connection(port, token), pid)
        compare(scim, bare, [Request("GET", "/scim/v2/Users/u0")] * 200, 200)  # warm up
        for name, requests, status in operations(population, count):
            cost, rate, processor = compare(scim, bare, requests, status)
            table.add_row(
                name,
                f"{cost.rate:,.0f}",
                f"{cost.p50 * 1000:.2f}",
                f"{cost.p99 * 1000:.2f}",
                f"{rate:.2f}",
                f"{processor:.2f}",
            )
    return table


@click.command(help=__doc__)
@click.option("--users", multiple=True, default=(1_000, 100_000), help="Sizes of the directory.")
@click.option("--requests", "count", default=1_000, help="Requests an operation is measured over.")
def main(users: tuple[int, ...], count: int) -> None:
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as folder:
        for size in users:
            console.print(bench(size, count, Path(folder)))


if __name__ == "__main__":
    main()
