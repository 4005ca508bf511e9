"""How long the whole conformance suite takes on our own server, and how many requests it sends.

    python -m benchmarks.conformance [--parallel N] [--latency-ms MS]

The server is on threads of this process, on waitress, with a database in memory. With
--latency-ms each of its answers is held back that long, as if it were far away; the processor is
free meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import click

import conformance
from scim_server import Config, create_app
from scim_server.serving.threaded import ThreadedServer

_TOKEN = "benchmark"
# Whoever waits for a late answer holds one: more than there are checks at a time.
_THREADS = 64


class FarAway:
    """A server whose answers come late."""

    def __init__(self, app: Callable[..., Iterable[bytes]], seconds: float) -> None:
        self._app = app
        self._seconds = seconds
        self.requests = 0

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Wait, and pass the request on."""
        self.requests += 1
        time.sleep(self._seconds)
        return self._app(environ, start)


@click.command()
@click.option("--parallel", default=1, show_default=True, help="Checks at a time.")
@click.option("--latency-ms", default=0, show_default=True, help="How long each answer takes.")
def main(parallel: int, latency_ms: int) -> None:
    """Run all checks once, and print what they took."""
    app = create_app(Config.load({"database": ":memory:", "tokens": [_TOKEN]}))
    far = FarAway(app.wsgi_app, latency_ms / 1000)
    server = ThreadedServer(far, threads=_THREADS)
    threading.Thread(target=server.run, daemon=True).start()
    begun, used = time.perf_counter(), time.process_time()
    report = conformance.run(f"{server.origin}/scim/v2", token=_TOKEN, parallel=parallel)
    wall, processor = time.perf_counter() - begun, time.process_time() - used
    server.stop()
    failed = [result.check.id for result in report.results if result.status in ("fail", "error")]
    click.echo(
        f"{len(report.results)} checks, {far.requests} requests, {wall:.1f} s "
        f"({processor:.1f} s of processor time, server and suite together); not well: {failed}"
    )


if __name__ == "__main__":
    main()
