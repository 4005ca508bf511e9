"""A name for each request: the client's or the proxy's if it is sane, else one of ours.

It is in the answer, in the access log, and in all that is logged while the request is served.
"""

import itertools
import logging
import re
import secrets
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, Final

from scim_server.observe import REQUEST_ID, Environ, WsgiApp

HEADER: Final = "X-Request-Id"
_SANE: Final = re.compile(r"[A-Za-z0-9._:=+/@-]{1,128}")
_CURRENT: Final[ContextVar[str]] = ContextVar("request_id", default="-")


def with_request_ids(app: WsgiApp) -> WsgiApp:
    """Wrap a WSGI app so that each request and its answer have an id."""

    ours, numbers = secrets.token_hex(8), itertools.count()

    def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        given = environ.get("HTTP_X_REQUEST_ID")
        id = given if given and _SANE.fullmatch(given) else f"{ours}{next(numbers):016x}"
        environ[REQUEST_ID] = id

        def started(line: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(line, [*headers, (HEADER, id)], exc_info)

        token = _CURRENT.set(id)
        try:
            return app(environ, started)
        finally:
            _CURRENT.reset(token)

    return wrapped


class WithRequestId(logging.Filter):
    """Gives each record of a log the `request_id` that it was written for."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with its id."""
        record.request_id = _CURRENT.get()
        return True
