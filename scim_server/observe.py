"""What is seen of a request from outside the app: for logs, metrics, and tests that count."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# Where the app finds what is to be told of a request, in its WSGI environment.
SEEN: Final = "scim_server.seen"


@dataclass(slots=True)
class Seen:
    """What only the app can tell of a request: it writes it down here."""

    tenant: str = ""
    token: str = ""


class Exchange(NamedTuple):
    """A request that was answered; `path` is decoded, `query` as it was sent."""

    method: str
    path: str
    query: str
    status: int
    milliseconds: float
    size: int
    request_id: str = ""
    client: str = ""
    tenant: str = ""
    token: str = ""


Observer = Callable[[Exchange], None]


def observed(app: WsgiApp, *observers: Observer) -> WsgiApp:
    """Wrap a WSGI app so that observers are told of each exchange before its answer is sent."""

    def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Sequence[bytes]:
        began = time.perf_counter()
        status = 0
        environ[SEEN] = seen = Seen()

        def started(line: str, headers: Any, exc_info: Any = None) -> Any:
            nonlocal status
            status = int(line[:3])
            return start_response(line, headers, exc_info)

        parts = whole(app(environ, started))
        elapsed = (time.perf_counter() - began) * 1000
        exchange = _exchange(environ, seen, status, elapsed, sum(map(len, parts)))
        for observer in observers:
            observer(exchange)
        return parts

    return wrapped


def whole(answer: Iterable[bytes]) -> list[bytes]:
    """Return an answer that was made to its end."""
    if type(answer) is list:
        return answer
    parts = list(answer)
    if hasattr(answer, "close"):
        answer.close()
    return parts


REQUEST_ID: Final = "scim_server.request_id"


def path_of(environ: Environ) -> str:
    """Return the whole path of a request, decoded."""
    path: str = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    # WSGI hands over the bytes of a path as if they were Latin-1.
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")


def _exchange(environ: Environ, seen: Seen, status: int, elapsed: float, size: int) -> Exchange:
    return Exchange(
        environ["REQUEST_METHOD"],
        path_of(environ),
        environ.get("QUERY_STRING", ""),
        status,
        elapsed,
        size,
        environ.get(REQUEST_ID, ""),
        environ.get("REMOTE_ADDR", ""),
        seen.tenant,
        seen.token,
    )
