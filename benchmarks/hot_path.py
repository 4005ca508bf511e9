"""The processor time of each operation inside the app, without a WSGI server and without a network.

    python -m benchmarks.hot_path [--users 1000 --users 100000] [--requests 1000] [--profile NAME]

Requests go straight into the WSGI callable, in short rounds: into the app, into the app as it is
served in production, with request ids, metrics and all else around it, and into a bare Flask view
that answers JSON. Printed are the medians of the rounds, in microseconds of processor time a
request, and the ratio of the bare view's to that of the app as served. With --profile the functions
that an operation spends its time in are printed instead.
"""

import cProfile
import io
import json
import pstats
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click
from flask import Flask, jsonify
from rich.console import Console
from rich.table import Table

from benchmarks.population import user
from scim_protocol import urns
from scim_protocol.messages import patch_request
from scim_protocol.patch import Operation
from scim_server import Config, create_app
from scim_server.catalog import catalog_for
from scim_server.observe import WsgiApp
from scim_server.serving.metrics import Metrics
from scim_server.serving.production import Surroundings, production
from scim_server.serving.timed import TimedDatabase
from scim_server.serving.workers import endpoints_of
from scim_server.store.databases import open_database

TOKEN = "bench-token"
ROUND = 50
GROUP = 10
NOW = "2026-01-01T00:00:00.000Z"
GROUPS = 50


@dataclass(frozen=True)
class Request:
    """What is put to the app; `query` is percent-encoded."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    expected: str = "200"

    def environ(self) -> dict[str, Any]:
        """Return it as a WSGI server hands it over."""
        length = {"CONTENT_LENGTH": str(len(self.body))} if self.body else {}
        return {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "QUERY_STRING": self.query,
            "REQUEST_URI": f"{self.path}?{self.query}",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "REMOTE_PORT": "50000",
            "HTTP_HOST": "127.0.0.1:8000",
            "HTTP_AUTHORIZATION": f"Bearer {TOKEN}",
            "HTTP_ACCEPT": "application/scim+json, application/json",
            "HTTP_ACCEPT_ENCODING": "identity",
            "HTTP_CONNECTION": "keep-alive",
            "HTTP_USER_AGENT": "bench/1",
            "CONTENT_TYPE": "application/scim+json",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.input_terminated": True,
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        } | length


def bare() -> Flask:
    """Return the measure of all ratios."""
    app = Flask("hello")
    app.get("/hello")(lambda: jsonify(message="hello"))
    return app


def filled(database: str, users: int) -> tuple[Flask, WsgiApp]:
    """Return the server over a database of so many users, and some groups of ten.

    First the app alone, then as it is served in production.
    """
    config = Config.load({"tokens": [TOKEN], "database": database})
    catalog = catalog_for(config)
    metrics = Metrics(Path(database).parent, config.base_path, endpoints_of(catalog))
    app = create_app(config, TimedDatabase(open_database(database, catalog), metrics.waited))
    around = Surroundings(8, config.max_body, {}, (metrics,), (), metrics)
    service = app.extensions["scim_server"]
    models = service.catalog.models
    with service.store.write() as tx:
        for number in range(users):
            tx.insert(models["User"], {"id": f"u{number}", **user(number)}, NOW)
        for number in range(GROUPS):
            document = {"id": f"g{number}", "schemas": [urns.GROUP]}
            group = tx.insert(models["Group"], document | {"displayName": f"G{number}"}, NOW)
            first = number * GROUP
            tx.add_members(group, [{"value": f"u{first + member}"} for member in range(GROUP)])
    return app, production(app, around)


def operations(users: int, count: int) -> Iterator[tuple[str, list[Request]]]:
    """Yield each operation's name with its requests; none is the same as another."""
    some = [number * 7919 % users for number in range(count)]
    filters = {
        "filter by userName": "userName%20eq%20%22user{}%40contoso.example%22",
        "filter by externalId": "externalId%20eq%20%22external-{}%22",
        "filter by emails.value": "emails.value%20eq%20%22user{}%40contoso.example%22",
        "filter by work e-mail": (
            "emails%5Btype%20eq%20%22work%22%20and%20value%20eq%20%22user{}%40contoso.example%22%5D"
        ),
    }
    yield "GET by id", [Request("GET", f"/scim/v2/Users/u{n}") for n in some]
    for name, text in filters.items():
        yield name, [Request("GET", "/scim/v2/Users", f"filter={text.format(n)}") for n in some]
    yield "page of 100", [Request("GET", "/scim/v2/Users", f"count=100&x={n}") for n in some]
    bodies = [json.dumps(user(users + n)).encode() for n in range(count)]
    yield "create", [Request("POST", "/scim/v2/Users", "", body, "201") for body in bodies]
    yield (
        "PATCH a user",
        [
            Request("PATCH", f"/scim/v2/Users/u{n}", "", _patch("replace", "title", f"T{place}"))
            for place, n in enumerate(some)
        ],
    )
    new = range(GROUP * GROUPS, GROUP * GROUPS + count // GROUPS + 1)
    yield (
        "PATCH a member in",
        [
            Request(
                "PATCH",
                f"/scim/v2/Groups/g{place % GROUPS}",
                "",
                _patch("add", "members", [{"value": f"u{new[place // GROUPS]}"}]),
                "204",
            )
            for place in range(count)
        ],
    )
    gone = [n for n in range(users) if n >= new.stop or n < GROUP * GROUPS][-count:]
    yield (
        "DELETE a user",
        [Request("DELETE", f"/scim/v2/Users/u{n}", expected="204") for n in gone],
    )


def _patch(op: str, path: str, value: Any) -> bytes:
    return json.dumps(patch_request([Operation(op, path, value)])).encode()


def run(app: Any, requests: Sequence[Request]) -> float:
    """Put requests to an app; return the seconds of processor time that they took."""
    environs = [(request.environ(), request.expected) for request in requests]
    seen: list[str] = []

    def started(status: str, headers: Any, exc_info: Any = None) -> None:
        seen.append(status)

    before = time.process_time()
    for environ, _ in environs:
        answer = app(environ, started)
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
    spent = time.process_time() - before
    for status, (environ, expected) in zip(seen, environs, strict=True):
        if not status.startswith(expected):
            raise SystemExit(f"{environ['REQUEST_METHOD']} {environ['REQUEST_URI']}: {status}")
    return spent


def compare(apps: Sequence[Any], requests: Sequence[Request]) -> list[float]:
    """Return the seconds a request takes in each of the apps, whose rounds alternate."""
    hello, greeting = bare(), [Request("GET", "/hello")] * ROUND
    times: list[list[float]] = [[] for _ in (*apps, hello)]
    rounds = [requests[start : start + ROUND] for start in range(0, len(requests), ROUND)]
    for place, part in enumerate(rounds):
        which = place % len(apps)
        times[which].append(run(apps[which], part) / len(part))
        times[-1].append(run(hello, greeting) / ROUND)
    return list(map(median, times))


def measured(apps: Sequence[Any], users: int, count: int) -> Table:
    """Return the table of all operations."""
    table = Table(title=f"{users:,} users", title_justify="left")
    for heading in ("operation", "app µs", "as served µs", "bare Flask µs", "ratio"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    for name, requests in operations(users, count):
        run(apps[0], requests[:ROUND])
        times = compare(apps, requests[ROUND:])
        ratio = f"{times[-1] / times[-2]:.2f}"
        table.add_row(name, *(f"{seconds * 1e6:,.0f}" for seconds in times), ratio)
    return table


def profiled(app: Any, users: int, count: int, wanted: str) -> str:
    """Return where one operation spends its time, by function."""
    out = io.StringIO()
    requests = dict(operations(users, count))[wanted]
    run(app, requests[:ROUND])
    profile = cProfile.Profile(time.process_time)
    profile.runcall(run, app, requests[ROUND:])
    statistics = pstats.Stats(profile, stream=out)
    statistics.strip_dirs().sort_stats("cumulative").print_stats(60)
    statistics.sort_stats("tottime").print_stats(30)
    return out.getvalue()


@click.command(help=__doc__)
@click.option("--users", multiple=True, default=(1_000, 100_000), help="Sizes of the directory.")
@click.option("--requests", "count", default=1_000, help="Requests an operation is measured over.")
@click.option("--profile", "wanted", help="Print where this operation spends its time.")
def main(users: tuple[int, ...], count: int, wanted: str | None) -> None:
    """Measure, or profile."""
    console = Console(width=110)
    for size in users:
        with tempfile.TemporaryDirectory() as folder:
            app, served = filled(str(Path(folder) / "bench.db"), size)
            if wanted is None:
                console.print(measured([app, served], size, count))
            else:
                click.echo(profiled(app, size, count, wanted))
            app.extensions["scim_server"].store.close()


if __name__ == "__main__":
    main()
