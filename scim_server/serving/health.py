"""The paths beside SCIM: is the process alive, can it serve, and what has it done.

They are outside of the base path, on the same port, and ask for no token.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from scim_protocol.errors import error_from
from scim_server.observe import Environ, WsgiApp
from scim_server.serving.proxies import UNNAMED, Networks
from scim_server.store.contract import Database, StoreError

PLAIN: Final = "text/plain; charset=utf-8"
Page = Callable[[Environ], tuple[str, str, bytes]]

log = logging.getLogger(__name__)


def with_pages(app: WsgiApp, pages: Mapping[str, Page]) -> WsgiApp:
    """Wrap a WSGI app so that some paths are answered by functions: status, type and body."""

    def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        page = pages.get(environ.get("PATH_INFO", ""))
        if page is None:
            return app(environ, start_response)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start_response(
                "405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Length", "0")]
            )
            return [b""]
        status, kind, body = page(environ)
        headers = [("Content-Type", kind), ("Content-Length", str(len(body)))]
        start_response(status, [*headers, ("Cache-Control", "no-store")])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    return wrapped


def alive(environ: Environ) -> tuple[str, str, bytes]:
    """Answer that the process is there."""
    return "200 OK", PLAIN, b"alive\n"


def readiness(database: Database, draining: Path | None = None) -> Page:
    """Return a page that tells whether requests can be served: 200, or 503 with the reason.

    :param draining: a file that is there from when the server is told to stop.
    """

    def ready(environ: Environ) -> tuple[str, str, bytes]:
        if draining is not None and draining.exists():
            return "503 Service Unavailable", PLAIN, b"stopping\n"
        try:
            database.check()
        except StoreError as error:
            log.warning("not ready: %s", error)
            return "503 Service Unavailable", PLAIN, b"the database cannot be used\n"
        return "200 OK", PLAIN, b"ready\n"

    return ready


def for_named(page: Page, allowed: Networks) -> Page:
    """Return a page that only clients of some networks may see."""

    def guarded(environ: Environ) -> tuple[str, str, bytes]:
        if UNNAMED not in environ and environ.get("REMOTE_ADDR", "") in allowed:
            return page(environ)
        error = error_from(403, {"detail": "This address is not among those of metrics_allow."})
        return "403 Forbidden", "application/json", orjson.dumps(error.to_json())

    return guarded
