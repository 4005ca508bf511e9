"""How many requests are worked on at once; bodies are read before, however slowly they come.

A client that sends its body in drops holds a thread that waits, which is cheap, and none of the
places in which requests are worked on.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from queue import SimpleQueue
from typing import Any, Final

from scim_server.observe import Environ, WsgiApp, whole

_CHUNK: Final = 64 * 1024


def gated(app: WsgiApp, places: int, max_body: int) -> WsgiApp:
    """Wrap a WSGI app so that it works on so many requests at once, of which it has the bodies.

    Of a body that is larger than the app takes no more is read than shows that.
    """
    free = SimpleQueue[None]()
    for _ in range(places):
        free.put(None)

    def wrapped(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if _has_body(environ):
            _read_body(environ, max_body)
        free.get()
        try:
            return whole(app(environ, start_response))
        finally:
            free.put(None)

    return wrapped


def _has_body(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH", "0") != "0" or "HTTP_TRANSFER_ENCODING" in environ


def _read_body(environ: Environ, most: int) -> None:
    told = environ.get("CONTENT_LENGTH", "")
    if told.isdecimal() and int(told) > most:
        return  # Refused by its length alone: it need not come.
    body = _read(environ["wsgi.input"], most)
    environ["wsgi.input"] = BytesIO(body)
    if not told:  # It came in chunks: now its length is known.
        environ["CONTENT_LENGTH"] = str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)


def _read(stream: Any, most: int) -> bytes:
    parts, missing = list[bytes](), most + 1
    while missing > 0 and (part := stream.read(min(missing, _CHUNK))):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
