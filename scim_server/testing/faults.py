"""Answers that go wrong on purpose, in front of a server that is well."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from scim_protocol import urns
from scim_protocol.errors import error_from
from scim_server.observe import Environ, WsgiApp


@dataclass(slots=True)
class Fault:
    """What is answered instead, and to how many requests yet."""

    path: str
    method: str | None
    status: int
    retry_after: int | None
    remaining: int

    def matches(self, method: str, path: str) -> bool:
        """Tell whether a request is one to be answered wrongly."""
        of_method = self.method is None or self.method.upper() == method
        return self.remaining > 0 and of_method and f"{path}/".startswith(f"{self.path}/")


class Faults:
    """A WSGI layer that answers some requests itself, with errors."""

    def __init__(self, app: WsgiApp, base_path: str) -> None:
        self._app = app
        self._base_path = base_path
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Answer the next requests to a path with an error."""
        with self._lock:
            self._faults.append(fault)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer with the first fault that is due, or let the request through."""
        fault = self._take(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
        if fault is None:
            return self._app(environ, start_response)
        error = error_from(fault.status, {"detail": "A fault that the test asked for."})
        body = orjson.dumps(error.to_json())
        headers = [("Content-Type", urns.SCIM_JSON), ("Content-Length", str(len(body)))]
        if fault.retry_after is not None:
            headers.append(("Retry-After", str(fault.retry_after)))
        start_response(f"{fault.status} Fault", headers)
        return [body]

    def _take(self, method: str, path: str) -> Fault | None:
        below = path.removeprefix(self._base_path)
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, below):
                    fault.remaining -= 1
                    return fault
        return None
