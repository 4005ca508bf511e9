"""Every exchange seen from outside the app: for the access log, and for tests that count."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TextIO
from urllib.parse import unquote

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was answered; `path` is decoded, `query` as it was sent."""

    method: str
    path: str
    query: str
    status: int
    milliseconds: float
    size: int


Observer = Callable[[Exchange], None]


def observed(app: WsgiApp, observer: Observer) -> WsgiApp:
    """Wrap a WSGI app so that the observer is told of each exchange before its answer is sent."""

    def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()
        status = 0

        def started(line: str, headers: Any, exc_info: Any = None) -> Any:
            nonlocal status
            status = int(line.split(" ", 1)[0])
            return start_response(line, headers, exc_info)

        answer = app(environ, started)
        parts = list(answer)
        if hasattr(answer, "close"):
            answer.close()
        elapsed = (time.perf_counter() - began) * 1000
        observer(_exchange(environ, status, elapsed, sum(map(len, parts))))
        return parts

    return wrapped


def _exchange(environ: Environ, status: int, elapsed: float, size: int) -> Exchange:
    # WSGI hands over the bytes of a path as if they were Latin-1.
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return Exchange(
        environ["REQUEST_METHOD"],
        path.encode("latin-1").decode("utf-8", "replace"),
        environ.get("QUERY_STRING", ""),
        status,
        elapsed,
        size,
    )


# Parameters of SCIM itself. The value of any other may be a secret that was put into a URL.
_SHOWN: Final = frozenset(
    {"filter", "attributes", "excludedAttributes", "sortBy", "sortOrder"}
    | {"startIndex", "count", "cursor"}
)


def access_log(stream: TextIO) -> Observer:
    """Return an observer that writes a line an exchange: time, request, status, ms, bytes."""

    def write(exchange: Exchange) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        stream.write(
            f"{now} {exchange.method} {_target(exchange)} {exchange.status}"
            f" {exchange.milliseconds:.1f}ms {exchange.size}B\n"
        )
        stream.flush()

    return write


def _target(exchange: Exchange) -> str:
    # A path comes decoded; what is not printable in it could forge lines of the log.
    path = "".join(c if c.isprintable() else "?" for c in exchange.path)
    if not exchange.query:
        return path
    return f"{path}?{'&'.join(map(_parameter, exchange.query.split('&')))}"


def _parameter(text: str) -> str:
    name, equals, _ = text.partition("=")
    return text if unquote(name) in _SHOWN or not equals else f"{name}=…"
