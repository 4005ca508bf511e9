"""The adapter of `requests` that the client sends by: the same connections, with less to do for
each request.

`requests` asks anew for each request what stays the same as long as a client lives: which pool
belongs to the address, what the environment says of certificates and proxies, which cookies there
are. Here it is asked once. Head and body leave in one write, so that they travel in one packet.
"""

from collections.abc import Mapping
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

_AFTER_SCHEME = len("https://")


class _OneWrite(HTTPConnection):
    """Holds the pieces of a request until all of it is known."""

    _held: list[bytes] | None = None

    def request(self, *arguments: Any, **options: Any) -> None:
        """Send a request, as every connection does."""
        self._held = []
        try:
            super().request(*arguments, **options)
            whole = b"".join(self._held)
        finally:
            self._held = None
        self.send(whole)

    def send(self, data: Any) -> None:
        """Keep a piece for later, or send it."""
        if self._held is None or not isinstance(data, bytes):
            super().send(data)
        else:
            self._held.append(data)


class _OneWriteOverTls(_OneWrite, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _OneWrite


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _OneWriteOverTls


class SteadyAdapter(HTTPAdapter):
    """Sends the requests of one client, to one origin in one way.

    :param connections: how many are kept open
    """

    def __init__(self, connections: int) -> None:
        self._pools: dict[tuple[str, bool | str], Any] = {}
        super().__init__(pool_maxsize=connections)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the manager of the pools, whose connections write once."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._pools.clear()
        super().close()

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,
    ) -> Any:
        """Return the pool for an address; certificates are seen to when it is made."""
        url = request.url or ""
        key = (url[: url.find("/", _AFTER_SCHEME)], True if verify is None else verify)
        pool = self._pools.get(key)
        if pool is None:
            given = dict(proxies or {})
            pool = super().get_connection_with_tls_context(request, verify, given, cert)
            super().cert_verify(pool, url, verify, cert)  # type: ignore[no-untyped-call]
            self._pools[key] = pool
        return pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Do nothing: it was done when the pool was made."""

    def request_url(self, request: PreparedRequest, proxies: Mapping[str, str] | None) -> str:
        """Return what stands in the request's first line."""
        url = request.url or ""
        start = url.find("/", _AFTER_SCHEME)
        if proxies or start < 0 or url.startswith("//", start):
            return super().request_url(request, dict(proxies or {}))
        return url[start:]

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """Return an answer with what is read of it; cookies are none of that."""
        response = Response()
        response.status_code = resp.status
        response.headers = resp.headers  # in which letter case does not count, either
        response.raw = resp
        response.reason = resp.reason
        response.url = req.url or ""
        response.request = req
        return response
