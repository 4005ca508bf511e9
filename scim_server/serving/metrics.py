"""Metrics for Prometheus, summed over all workers.

Each worker counts in files of its own, in a folder that all share; whoever is asked adds them up.
So what a worker has counted stays when another takes its place.
"""

# mypy: allow-untyped-calls
# (of prometheus_client, which is typed in part)

import os
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, Final

from scim_server.observe import Environ, Exchange, WsgiApp

# Where prometheus_client looks for the folder, when it is first imported.
FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_TENANT: Final = re.compile(r"/tenants/[^/]+")
_OTHER: Final = "other"
_LIVE: Final = re.compile(r"gauge_live\w+_(\d+)\.db")


class Metrics:
    """What is counted of requests and of the database.

    :param folder: where the workers of one server count.
    :param base_path: what stands before `/Users`.
    :param endpoints: `/Users` and the like: paths with ids are never told apart.
    """

    def __init__(self, folder: Path, base_path: str, endpoints: Collection[str]) -> None:
        os.environ[FOLDER_VARIABLE] = str(folder)
        # Imported late: how it counts is decided at the import, by the folder.
        from prometheus_client import CollectorRegistry, Gauge, Histogram

        self._folder = folder
        self._routes = Routes(base_path, endpoints)
        registry = CollectorRegistry()
        self._requests = Histogram(
            "scim_server_request_duration_seconds",
            "Time to answer a request, by method, route and status.",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=registry,
        )
        self._waits = Histogram(
            "scim_server_write_wait_seconds",
            "Time that a write waited for the database until it could begin.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._in_flight = Gauge(
            "scim_server_requests_in_flight",
            "Requests that are being answered.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._known: dict[tuple[str, str, int], Any] = {}

    def __call__(self, exchange: Exchange) -> None:
        """Count an exchange."""
        route = self._routes.of(exchange.path)
        key = (exchange.method, route, exchange.status)
        child = self._known.get(key)
        if child is None:
            method = exchange.method if exchange.method in _METHODS else _OTHER
            child = self._requests.labels(method, route, str(exchange.status))
            if method is not _OTHER:
                self._known[key] = child
        child.observe(exchange.milliseconds / 1000)

    def waited(self, seconds: float) -> None:
        """Count the wait of a write."""
        self._waits.observe(seconds)

    def counting(self, app: WsgiApp) -> WsgiApp:
        """Wrap a WSGI app so that the requests in it are counted while they are."""

        def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
            self._in_flight.inc()
            try:
                return app(environ, start_response)
            finally:
                self._in_flight.dec()

        return wrapped

    def page(self, environ: Environ) -> tuple[str, str, bytes]:
        """Answer with the sums of all workers, in the text format of Prometheus."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        _forget_the_dead(self._folder)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self._folder))
        return "200 OK", CONTENT_TYPE_LATEST, generate_latest(registry)


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
                return path if path in ("/healthz", "/readyz", "/metrics") else _OTHER
            path = path[tenant.end() :]
        endpoint, slash, rest = path[len(self._base) + 1 :].partition("/")
        if f"/{endpoint}" not in self._endpoints:
            return _OTHER if endpoint else "/"
        if not slash:
            return f"/{endpoint}"
        return f"/{endpoint}/{rest if rest == '.search' else '{id}'}"


def _forget_the_dead(folder: Path) -> None:
    """Let what dead workers had in flight be counted no more."""
    for file in folder.glob("gauge_live*.db"):
        found = _LIVE.fullmatch(file.name)
        if found and not _lives(int(found[1])):
            file.unlink(missing_ok=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
