"""The connections to an endpoint: whatever it answers, it ends in time and fits into memory."""

import http.client
import io
import re
import socket
import time
from collections.abc import Callable, Iterable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

from conformance.problems import CannotRun

MOST_BYTES = 50_000_000
"""The longest answer that is read, packed or unpacked."""
_CHUNK = 65_536

# The stubs of requests have these two without types.
_rebuild_auth: Callable[..., None] = requests.Session.rebuild_auth
_is_elsewhere: Callable[..., bool] = requests.Session.should_strip_auth


class TooLong(requests.RequestException):
    """The answer does not end."""

    def __init__(self) -> None:
        super().__init__(f"the answer is longer than {MOST_BYTES // 1_000_000} MB")


class Session(requests.Session):
    """Follows a redirect only where the method stays what it was (RFC 7644 table 8).

    :param private: headers that go to the endpoint's own host alone.
    """

    def __init__(self, private: Iterable[str]) -> None:
        super().__init__()
        self._private: Final = tuple(private)
        self.mount("http://", _Adapter())
        self.mount("https://", _Adapter())
        # Each request stands for itself: a cookie would let in one that is to be refused.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Of each answer on a way of redirects, before the next request.
        self.hooks["response"].append(_read)

    def is_elsewhere(self, url: str | None, base: str | None) -> bool:
        """Whether what lets us in at one URL must not be sent to another."""
        return _is_elsewhere(self, base, url)

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Take all that lets us in out of a request that is sent on to another host."""
        _rebuild_auth(self, prepared_request, response)
        if self.is_elsewhere(prepared_request.url, response.request.url):
            for name in self._private:
                prepared_request.headers.pop(name, None)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where a redirect leads, if it is to be followed."""
        if resp.status_code in (307, 308) or resp.request.method == "GET":
            return super().get_redirect_target(resp)
        return None


_PORTS = {"http": ":80", "https": ":443"}


def canonical(url: str) -> str:
    """Return a URL as it will be sent: the host in lower case, the port only where it is told.

    :raises CannotRun: for what is no URL of HTTP.
    """
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
        if parts.scheme not in _PORTS or not parts.hostname:
            raise CannotRun(f"{url!r} is not an http or https URL, like https://app.example/scim")
        if "@" in parts.netloc:
            raise CannotRun("the URL holds a user name or password; give a token instead")
        found = requests.Request("GET", url.strip()).prepare().url or ""
    except ValueError as problem:
        raise CannotRun(f"{url!r} is not a URL: {problem}") from problem
    return re.sub(rf"^([^/]+//[^/]+?){_PORTS[parts.scheme]}(?=/)", r"\1", found)


def in_words(problem: Exception, timeout: float) -> str:
    """Say why no answer came."""
    if isinstance(_cause(problem), TooLong):
        return str(_cause(problem))
    if isinstance(problem, requests.exceptions.ProxyError):
        return f"the proxy that the environment names does not let us through ({_root(problem)})"
    if isinstance(problem, requests.exceptions.SSLError):
        said = _root(problem)
        is_refused = "CERTIFICATE_VERIFY" in said
        why = "the TLS certificate is not accepted" if is_refused else "TLS does not come about"
        return f"{why} ({said})"
    if isinstance(problem, requests.Timeout) or _is_timeout(problem):
        return f"no answer within {timeout:g} s"
    if isinstance(problem, requests.ConnectionError):
        return f"the connection failed ({_root(problem)})"
    if isinstance(problem, requests.exceptions.ChunkedEncodingError):
        return "the connection broke in the middle of the answer"
    if isinstance(problem, requests.exceptions.ContentDecodingError):
        return "the answer is not packed as its Content-Encoding says"
    if isinstance(problem, requests.TooManyRedirects):
        return "it redirects us for ever"
    if isinstance(problem, ValueError):
        return f"it sends us to what is no HTTP URL ({problem})"
    return str(problem).rstrip(".")


class _Timely(io.RawIOBase):
    """What comes on a socket for one answer: not for ever, and not without end.

    A socket's own timeout is for each read, so an answer that drips would never be given up.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._raw = sock.makefile("rb", buffering=0)
        timeout = sock.gettimeout()
        self._until = None if timeout is None else time.monotonic() + timeout
        self._left = MOST_BYTES

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:
        if self._until is not None and time.monotonic() > self._until:
            raise TimeoutError("timed out")
        if self._left < 0:
            raise TooLong
        count = self._raw.readinto(buffer)
        self._left -= count or 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Timely(sock))


class _Plain(HTTPConnection):
    response_class = _Response


class _Secure(HTTPSConnection):
    response_class = _Response


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(HTTPAdapter):
    """Reads answers through `_Timely`, from the endpoint and through a proxy."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        _timely(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        return _timely(super().proxy_manager_for(*args, **options))


def _timely(manager: Any) -> Any:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return manager


def _read(response: requests.Response, **_: object) -> None:
    """Read an answer into memory, unless it does not fit: a few bytes may unpack to many."""
    chunks, size = [], 0
    for chunk in response.iter_content(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            response.close()
            raise TooLong
    response._content = b"".join(chunks)


def _is_timeout(problem: BaseException) -> bool:
    return "timed out" in str(problem).lower()


def _root(problem: BaseException) -> str:
    said = str(_cause(problem))
    return re.sub(r"^.*(?=\[Errno )", "", said)


def _cause(problem: BaseException) -> BaseException:
    """The innermost cause, which is the only one that tells a user something."""
    reason = getattr(problem.args[0], "reason", None) if problem.args else None
    cause = reason if isinstance(reason, BaseException) else problem
    while (deeper := getattr(cause, "original_error", None) or cause.__context__) is not None:
        cause = deeper
    return cause
