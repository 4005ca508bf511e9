"""How one rule of a real server is broken, and nothing else of it.

A defect is a function that stands between a client and the server: it is given a request and the
server, and gives an answer. It may bend the one or the other, ask the server more than once, or
have a function inside the server replaced while the request is worked on:

    @defect("no-location", "create", "A creation sends no Location header.")
    def no_location(asked: Asked, server: Server) -> Told:
        told = server(asked)
        told.headers.pop("Location", None)
        return told

`asking`, `telling`, `showing` and `replacing` write the most frequent sorts in one line.
"""

import importlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from scim_server.observe import Environ, WsgiApp

Document = dict[str, Any]


class Asked:
    """A request on its way to the server: its method, path below the base URL, query and body."""

    def __init__(self, environ: Environ, base_path: str, body: bytes) -> None:
        self.environ: Final = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ.get("PATH_INFO", "").removeprefix(base_path)
        self.body = body
        self._base_path = base_path

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the URL; assign a new mapping to change them."""
        return dict(parse_qsl(self.environ.get("QUERY_STRING", ""), keep_blank_values=True))

    @query.setter
    def query(self, parameters: Mapping[str, str]) -> None:
        self.environ["QUERY_STRING"] = urlencode(parameters)

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is none. Assign to send another."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @json.setter
    def json(self, document: object) -> None:
        self.body = json.dumps(document).encode()

    @property
    def base_url(self) -> str:
        """The base URL as the client wrote it."""
        return f"{self.environ['wsgi.url_scheme']}://{self.header('Host')}{self._base_path}"

    def header(self, name: str) -> str | None:
        """Return a header, or None."""
        return self.environ.get(_variable(name))

    def set_header(self, name: str, value: str | None) -> None:
        """Send a header with another value; None leaves it out."""
        self.environ.pop(_variable(name), None)
        if value is not None:
            self.environ[_variable(name)] = value

    def other(self, method: str, path: str, document: object = None, query: str = "") -> "Asked":
        """Return a request of the same client for something else, without preconditions."""
        environ = dict(self.environ, REQUEST_METHOD=method, QUERY_STRING=query)
        for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
            environ.pop(name, None)
        body = b"" if document is None else json.dumps(document).encode()
        environ["CONTENT_TYPE"] = "application/scim+json" if body else ""
        made = Asked(environ, self._base_path, body)
        made.path = path
        return made

    def read(self, server: "Server", path: str | None = None) -> Document:
        """Return a resource as it is at the moment; an empty one when there is none."""
        told = server(self.other("GET", self.path if path is None else path))
        return told.document if told.status == 200 else {}


class Told:
    """An answer on its way to the client."""

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @classmethod
    def of(cls, status: int, document: object = None, **headers: str) -> Self:
        """Make an answer; the body is JSON, or nothing."""
        body = b"" if document is None else json.dumps(document).encode()
        sent = {"Content-Type": "application/scim+json"} if body else {}
        return cls(status, Headers(sent | headers), body)

    @classmethod
    def error(cls, status: int, scim_type: str | None = None, detail: str = "Broken.") -> Self:
        """Make a SCIM error."""
        document: Document = {"schemas": [_ERROR], "status": str(status), "detail": detail}
        return cls.of(status, document | ({"scimType": scim_type} if scim_type else {}))

    @property
    def json(self) -> Any:
        """The body as JSON; None when it is none. Assign to answer with another."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @json.setter
    def json(self, document: object) -> None:
        self.body = json.dumps(document).encode()

    @property
    def document(self) -> Document:
        """The body when it is a JSON object, else an empty one."""
        found = self.json
        return found if isinstance(found, dict) else {}

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status < 300


_ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"

Server = Callable[[Asked], Told]
Breakage = Callable[[Asked, Server], Told]


@dataclass(frozen=True, slots=True)
class Defect:
    """One rule that a server breaks: its name, what it is about, what is wrong in a sentence."""

    name: str
    area: str
    what: str
    breakage: Breakage


class UnknownDefect(LookupError):
    """No defect has that name."""


_registry: dict[str, Defect] = {}


def defect(name: str, area: str, what: str) -> Callable[[Breakage], Breakage]:
    """Register a breakage under a name.

    :param area: what it is about: "patch", "filter", "discovery".
    :param what: what is wrong, in one sentence.
    """

    def register(breakage: Breakage) -> Breakage:
        if name in _registry:
            raise ValueError(f"two defects are called {name}")
        _registry[name] = Defect(name, area, what, breakage)
        return breakage

    return register


def registered() -> Mapping[str, Defect]:
    """Return the defects that have been registered so far."""
    return _registry


# --- the frequent sorts ------------------------------------------------------------------------


def asking(change: Callable[[Asked], object], *, method: str = "", path: str = "") -> Breakage:
    """Bend requests before the server reads them.

    :param method: only of this method, or of these ("PUT POST").
    :param path: only to paths that begin so.
    """

    def breakage(asked: Asked, server: Server) -> Told:
        if _concerns(asked, method, path):
            change(asked)
        return server(asked)

    return breakage


def telling(
    change: Callable[[Asked, Told], object], *, method: str = "", path: str = "", status: int = 0
) -> Breakage:
    """Bend answers before the client reads them, if need be those of one status alone."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if _concerns(asked, method, path) and status in (0, told.status):
            change(asked, told)
        return told

    return breakage


def showing(
    change: Callable[[Document], Document | None],
    *,
    type: str = "",
    method: str = "",
    path: str = "",
) -> Breakage:
    """Bend every resource that is shown, alone or in a list.

    :param change: edits the resource in place, or returns another one.
    :param type: only of this type ("User"); discovery documents have types too.
    """

    def bent(one: Any) -> Any:
        is_meant = isinstance(one, dict) and (
            not type or (one.get("meta") or {}).get("resourceType") == type
        )
        return (change(one) or one) if is_meant else one

    def edit(asked: Asked, told: Told) -> None:
        document = told.json
        if not told.ok or not isinstance(document, dict):
            return
        if isinstance(document.get("Resources"), list):
            told.json = document | {"Resources": [bent(one) for one in document["Resources"]]}
        elif "totalResults" not in document and "Operations" not in document:
            told.json = bent(document)

    return telling(edit, method=method, path=path)


def replacing(place: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Breakage:
    """Replace a function inside the server, for the requests of the broken server alone.

    :param place: module and name where it is *used*: "scim_server.operations:apply_patch", or of a
        method "scim_server.service:Service.show".
    :param make: is given the right function and returns the wrong one.
    """

    def breakage(asked: Asked, server: Server) -> Told:
        with _replaced(place, make):
            return server(asked)

    return breakage


def together(*breakages: Breakage) -> Breakage:
    """Break one rule in several places."""

    def nested(asked: Asked, server: Server, rest: tuple[Breakage, ...]) -> Told:
        if not rest:
            return server(asked)
        return rest[0](asked, lambda inner: nested(inner, server, rest[1:]))

    return lambda asked, server: nested(asked, server, breakages)


def _concerns(asked: Asked, method: str, path: str) -> bool:
    return (not method or asked.method in method.split()) and asked.path.startswith(path)


def _variable(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


# --- replacement of functions ------------------------------------------------------------------

_replacements: ContextVar[Mapping[str, Callable[..., Any]]] = ContextVar("replacements")
_lock: Final = threading.Lock()
_uses: dict[str, int] = {}


@contextmanager
def _replaced(
    place: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]
) -> Iterator[None]:
    """Let a function be another one in this context; other servers of the process keep theirs."""
    owner, name = _find(place)
    with _lock:
        if not _uses.get(place):
            setattr(owner, name, _dispatcher(place, getattr(owner, name)))
        _uses[place] = _uses.get(place, 0) + 1
        original = getattr(owner, name).original
    before = _replacements.get({})
    token = _replacements.set({**before, place: make(before.get(place, original))})
    try:
        yield
    finally:
        _replacements.reset(token)
        with _lock:
            _uses[place] -= 1
            if not _uses[place]:
                setattr(owner, name, original)


def _dispatcher(place: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def dispatch(*arguments: Any, **named: Any) -> Any:
        return _replacements.get({}).get(place, original)(*arguments, **named)

    dispatch.original = original  # type: ignore[attr-defined]
    return dispatch


def _find(place: str) -> tuple[Any, str]:
    module, _, names = place.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, name = names.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    return owner, name


# --- the layer in front of the server -----------------------------------------------------------


class Layer:
    """A WSGI app that lets the planted defect stand between client and server."""

    def __init__(self, app: WsgiApp, base_path: str) -> None:
        self.planted: Defect | None = None
        self._app = app
        self._base_path = base_path

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request as the defect has it; as the server does when none is planted."""
        planted = self.planted
        if planted is None:
            return self._app(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else environ["wsgi.input"].read()
        told = planted.breakage(Asked(dict(environ), self._base_path, body), self._right)
        told.headers["Content-Length"] = str(len(told.body))
        if told.status in (204, 304):
            del told.headers["Content-Length"]
        start_response(f"{told.status} {_REASON}", list(told.headers))
        return [] if told.status in (204, 304) else [told.body]

    def _right(self, asked: Asked) -> Told:
        environ = dict(asked.environ, REQUEST_METHOD=asked.method)
        environ["PATH_INFO"] = self._base_path + asked.path
        environ["wsgi.input"] = BytesIO(asked.body)
        environ["CONTENT_LENGTH"] = str(len(asked.body))
        parts, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        return Told(int(status.split()[0]), Headers(headers), b"".join(parts))


_REASON: Final = "As Broken"
