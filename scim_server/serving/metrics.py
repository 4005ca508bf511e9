"""Metrics for Prometheus, summed over all workers.

Each worker counts in a file of its own, in a folder that all share; whoever is asked adds them up.
So what a worker has counted stays when another takes its place.
"""

# mypy: allow-untyped-calls
# (of prometheus_client, which is typed in part)

import os
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from http import HTTPStatus
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from scim_server.observe import Environ, Exchange, WsgiApp
from scim_server.serving.counts import Counts, Name, read_counts

# The bounds of the buckets; in a row the last bucket has no bound, and behind it is the sum.
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_WIDTH: Final = len(_SECONDS) + 2
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TENANT: Final = re.compile(r"/tenants/[^/]+")
_OTHER: Final = "other"
_LONGEST: Final = 128
_PAGES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_SUFFIX: Final = ".counts"

_REQUESTS: Final = "requests"
_WAITS: Final = "waits"
_IN_FLIGHT: Final = "in flight"


class Metrics:
    """What is counted of requests and of the database.

    :param folder: where the workers of one server count.
    :param base_path: what stands before `/Users`.
    :param endpoints: `/Users` and the like: paths with ids are never told apart, nor are endpoints
        of very long names.
    """

    def __init__(self, folder: Path, base_path: str, endpoints: Collection[str]) -> None:
        self._folder = folder
        named = [endpoint for endpoint in endpoints if len(endpoint.encode()) <= _LONGEST]
        self._routes = Routes(base_path, named)
        routes = 3 * len(named) + len(_PAGES) + 2
        rows = (len(_METHODS) + 1) * routes * len(HTTPStatus) + 2
        self._counts = Counts(folder / f"{os.getpid()}{_SUFFIX}", rows, _WIDTH)
        self._waits = self._counts.row(_WAITS)
        self._in_flight = self._counts.row(_IN_FLIGHT)
        self._in_flight[0] = 0  # Another process may have had this one's number.
        self._known: dict[tuple[str, str, int], memoryview[float]] = {}

    def __call__(self, exchange: Exchange) -> None:
        """Count an exchange."""
        key = (exchange.method, self._routes.of(exchange.path), exchange.status)
        row = self._known.get(key)
        if row is None:
            method, route, status = key
            is_known = method in _METHODS
            row = self._counts.row(_REQUESTS, method if is_known else _OTHER, route, str(status))
            if is_known:
                self._known[key] = row
        self._observe(row, exchange.milliseconds / 1000)

    def waited(self, seconds: float) -> None:
        """Count the wait of a write."""
        self._observe(self._waits, seconds)

    def _observe(self, row: "memoryview[float]", seconds: float) -> None:
        bucket = bisect_left(_SECONDS, seconds)
        with self._counts.lock:
            row[bucket] += 1
            row[-1] += seconds

    def counting(self, app: WsgiApp) -> WsgiApp:
        """Wrap a WSGI app so that the requests in it are counted while they are."""
        lock, in_flight = self._counts.lock, self._in_flight

        def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            with lock:
                in_flight[0] += 1
            try:
                return app(environ, start_response)
            finally:
                with lock:
                    in_flight[0] -= 1

        return wrapped

    def page(self, environ: Environ) -> tuple[str, str, bytes]:
        """Answer with the sums of all workers, in the text format of Prometheus."""
        # Imported late: only who is asked needs it.
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

        registry = CollectorRegistry()
        registry.register(_Sums(self._folder))
        return "200 OK", CONTENT_TYPE_LATEST, generate_latest(registry)


class _Sums:
    """The sums of what all workers have counted, as prometheus_client collects them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Any]:
        """Yield each metric with all its values."""
        from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily

        requests = HistogramMetricFamily(
            "scim_server_request_duration_seconds",
            "Time to answer a request, by method, route and status.",
            labels=("method", "route", "status"),
        )
        waits = HistogramMetricFamily(
            "scim_server_write_wait_seconds",
            "Time that a write waited for the database until it could begin.",
        )
        in_flight = GaugeMetricFamily(
            "scim_server_requests_in_flight", "Requests that are being answered."
        )
        for (kind, *labels), numbers in sorted(self._read().items()):
            if kind == _IN_FLIGHT:
                in_flight.add_metric((), numbers[0])
            else:
                family = requests if kind == _REQUESTS else waits
                family.add_metric(labels, _buckets(numbers), numbers[-1])
        yield from (requests, waits, in_flight)

    def _read(self) -> dict[Name, list[float]]:
        sums: defaultdict[Name, list[float]] = defaultdict(lambda: [0.0] * _WIDTH)
        for file in self._folder.glob(f"*{_SUFFIX}"):
            lives = _lives(int(file.stem))
            for name, numbers in read_counts(file, _WIDTH):
                # What dead workers had in flight is nowhere any more.
                if lives or name != (_IN_FLIGHT,):
                    sums[name] = [had + more for had, more in zip(sums[name], numbers, strict=True)]
        return sums


def _buckets(numbers: list[float]) -> list[tuple[str, float]]:
    bounds = [*map(str, map(float, _SECONDS)), "+Inf"]
    return list(zip(bounds, accumulate(numbers[:-1]), strict=True))


class Routes:
    """Brings paths to the templates of their routes, of which there are few."""

    def __init__(self, base_path: str, endpoints: Collection[str]) -> None:
        self._base = base_path
        self._endpoints = frozenset(endpoints)

    def of(self, path: str) -> str:
        """Return the template of a path: without ids, without the name of a tenant."""
        if not path.startswith(self._base + "/"):
            tenant = _TENANT.match(path)
            if tenant is None or not path.startswith(self._base + "/", tenant.end()):
                return path if path in _PAGES else _OTHER
            path = path[tenant.end() :]
        endpoint, slash, rest = path[len(self._base) + 1 :].partition("/")
        if f"/{endpoint}" not in self._endpoints:
            return _OTHER if endpoint else "/"
        if not slash:
            return f"/{endpoint}"
        return f"/{endpoint}/{rest if rest == '.search' else '{id}'}"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
