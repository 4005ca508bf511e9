"""Compare WSGI servers: what a request costs, and what they do at the edges of HTTP.

    python -m benchmarks.wsgi_servers [--rounds 9] [--seconds 0.5] [--only granian ...] [--costs]

A bare Flask view of JSON and our GET by id are served by each, in one worker and in two, all at the
same time; each is asked in turn, over kept connections, and the medians of all rounds are printed:
requests a second, the processor time that all processes of the server used for one, and that as a
ratio to the first server's.
"""

import select
import socket
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import click
from rich.console import Console
from rich.table import Table

from benchmarks.wsgi_apps import fill
from benchmarks.wsgi_probes import behaviour
from benchmarks.wsgi_processes import TOKEN, Running, running
from benchmarks.wsgi_start import SERVERS

CONNECTIONS = 4
PATHS = {"hello": "/hello", "around": "/hello", "scim": "/scim/v2/Users/u5"}
TITLES = {"hello": "bare view", "around": "… with log, metrics, ids", "scim": "GET by id"}
Measured = dict[tuple[str, str, int], tuple[float, float]]


def load(server: Running, path: str, seconds: float) -> tuple[float, float]:
    """Ask for so long; return requests a second and seconds of processor time for one."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
    request = f"{head}Authorization: Bearer {TOKEN}\r\n\r\n".encode()
    with ExitStack() as stack:
        asking = [stack.enter_context(server.connect()) for _ in range(CONNECTIONS)]
        count, used, began = 0, server.processor_time(), time.perf_counter()
        for connection in asking:
            connection.sendall(request)
        while time.perf_counter() - began < seconds:
            for connection in select.select(asking, (), (), 5)[0]:
                receive(connection)
                connection.sendall(request)
                count += 1
        elapsed = time.perf_counter() - began
        for connection in asking:
            receive(connection)
        return count / elapsed, (server.processor_time() - used) / (count + CONNECTIONS)


def receive(connection: socket.socket) -> None:
    """Read an answer, which must be 200 and tell its length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += some(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(received.decode())
    missing = int(head.lower().partition(b"content-length:")[2].split()[0]) - len(body)
    while missing > 0:
        missing -= len(some(connection))


def some(connection: socket.socket) -> bytes:
    received = connection.recv(65536)
    if not received:
        raise SystemExit("the server closed the connection")
    return received


def costs(
    names: tuple[str, ...], rounds: int, seconds: float, folder: Path
) -> tuple[Measured, dict[str, float]]:
    """Measure all servers in turn, so that what else the machine does is done to all of them."""
    found: defaultdict[tuple[str, str, int], list[tuple[float, float]]] = defaultdict(list)
    memory: dict[str, float] = {}
    for workers in (1, 2):
        with ExitStack() as stack:
            servers = {}
            for name in names:
                for app, path in PATHS.items():
                    server = stack.enter_context(running(name, app, workers, folder))
                    servers[name, app, workers] = server
                    load(server, path, seconds)  # warm up
                memory[name] = server.megabytes()
            for _ in range(rounds):
                for key, server in servers.items():
                    found[key].append(load(server, PATHS[key[1]], seconds))
    medians = {
        key: (median(rate for rate, _ in runs), median(cost for _, cost in runs))
        for key, runs in found.items()
    }
    return medians, memory


def cost_table(names: tuple[str, ...], found: Measured, memory: dict[str, float]) -> Table:
    table = Table(title="Costs", title_justify="left")
    table.add_column("server")
    for app in PATHS:
        for workers in (1, 2):
            table.add_column(f"{TITLES[app]}, {workers}: /s, CPU ms, ratio", justify="right")
    table.add_column("MB a worker", justify="right")
    for name in names:
        cells = []
        for app in PATHS:
            for workers in (1, 2):
                rate, cost = found[name, app, workers]
                first = found[names[0], app, workers][1]
                cells.append(f"{rate:,.0f}  {cost * 1000:.2f}  {cost / first:.2f}")
        table.add_row(name, *cells, f"{memory[name]:.0f}")
    return table


def behaviour_table(names: tuple[str, ...], folder: Path) -> Table:
    table = Table(title="At the edges", title_justify="left")
    table.add_column("what is tried")
    found = {}
    for name in names:
        table.add_column(name)
        fill(folder)
        found[name] = behaviour(name, folder)
    for probe in found[names[0]]:
        table.add_row(probe, *(found[name][probe] for name in names))
    return table


@click.command(help=__doc__)
@click.option("--rounds", default=9, help="Rounds of measurement.")
@click.option("--seconds", default=0.5, help="How long each is asked in a round.")
@click.option("--only", multiple=True, type=click.Choice(list(SERVERS)), help="Servers to compare.")
@click.option("--costs", "costs_alone", is_flag=True, help="Leave out what they do at the edges.")
def main(rounds: int, seconds: float, only: tuple[str, ...], costs_alone: bool) -> None:
    names, console = only or tuple(SERVERS), Console(width=150)
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        fill(folder)
        console.print(cost_table(names, *costs(names, rounds, seconds, folder)))
        if not costs_alone:
            console.print(behaviour_table(names, folder))


if __name__ == "__main__":
    main()
