"""The client: each call is built, sent, checked and parsed, in this order."""

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import orjson
from requests.adapters import BaseAdapter

from scim_client import answers
from scim_client.answers import Resource
from scim_client.bulk import Bulk
from scim_client.clock import Clock
from scim_client.endpoint import Endpoint
from scim_client.errors import NotScim, UsageError
from scim_client.pace import Limit, Pace
from scim_client.retry import Retry, Sender
from scim_client.transport import Answer, Auth, Request, Timeout, Transport
from scim_protocol import urns

__all__ = ["ScimClient"]

_SCHEMAS = {urns.USERS: urns.USER, urns.GROUPS: urns.GROUP}


class ScimClient:
    """A SCIM service provider, at its base URL. May be used from many threads at once.

    :param url: such as `https://app.example/scim/v2`
    :param auth: `Bearer`, `Basic`, `ClientCredentials`, or any callable `requests` takes
    :param timeout: seconds to wait for a connection and for an answer, or a pair of both; an
        answer that comes in pieces may take five times as long
    :param retry: how often a request is sent again; `Retry(attempts=1)` for never
    :param requests_per_second: send no faster than this, over all threads
    :param limits: what the server publishes as its limits: more is never sent
    :param share: the part to use of what the server's rate-limit headers allow
    :param headers: sent with each request; wins over the client's own
    :param verify: the path of a CA bundle, or False to trust any certificate
    :param adapter: how requests travel: `WsgiAdapter(app)` drives an app without a socket
    :param clock: replaced in tests, so that no time is lost with waiting
    """

    def __init__(
        self,
        url: str,
        auth: Auth | None = None,
        *,
        timeout: Timeout = (10, 60),
        retry: Retry | None = None,
        requests_per_second: float | None = None,
        limits: Sequence[Limit] = (),
        share: float = 1,
        headers: Mapping[str, str] | None = None,
        verify: bool | str = True,
        adapter: BaseAdapter | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.url = _checked_url(url)
        self._headers = dict(headers or {})
        self._clock = clock or Clock()
        self._transport = Transport(auth, timeout, verify, adapter, self._clock)
        self.pace = Pace(requests_per_second, self._clock, limits, share)
        self._sender = Sender(self._transport.exchange, retry or Retry(), self.pace, self._clock)
        self.users = self.resource(urns.USERS)
        self.groups = self.resource(urns.GROUPS)

    def __repr__(self) -> str:
        return f"ScimClient({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._transport.close()

    def resource(self, path: str) -> Endpoint:
        """Return the endpoint of any resource type, such as `scim.resource("/Devices")`."""
        return Endpoint(self, path, _SCHEMAS.get(path))

    def service_provider_config(self) -> Resource:
        """Return what the server says it can do (RFC 7643 §5)."""
        config = self.exchange("GET", urns.SERVICE_PROVIDER_CONFIGS)[1]
        if config is None:
            raise NotScim(f"GET {urns.SERVICE_PROVIDER_CONFIGS}: an empty answer")
        return config

    def schemas(self) -> list[Resource]:
        """Return the schemas that the server knows (RFC 7643 §7)."""
        return self.resource(urns.SCHEMAS).all()

    def resource_types(self) -> list[Resource]:
        """Return the resource types that the server has (RFC 7643 §6)."""
        return self.resource(urns.RESOURCE_TYPES).all()

    def bulk(self, fail_on_errors: int | None = None) -> Bulk:
        """Return an empty bulk request to fill and send (RFC 7644 §3.7)."""
        return Bulk(self, fail_on_errors)

    def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        etag: str | None = None,
        reading: bool = False,
    ) -> tuple[Answer, Resource | None]:
        """Send any request below the base URL; return the answer and the JSON object in it.

        :param reading: the request changes nothing, whatever its method: it may be sent again
        :raises ScimError: the server said no
        :raises ClientError: there was no SCIM answer
        """
        request = self._build(method, path, query, body, etag, reading)
        answer = self._sender.send(request)
        answers.check(request, answer, self._clock)
        return answer, answers.parse(request, answer)

    def _build(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: object,
        etag: str | None,
        reading: bool,
    ) -> Request:
        headers = {"Accept": urns.SCIM_JSON, "User-Agent": USER_AGENT}
        if body is not None:
            headers["Content-Type"] = urns.SCIM_JSON
        if etag is not None:
            headers["If-Match"] = etag
        # Percent-encoded throughout: not every server reads a plus sign as a space.
        search = f"?{urlencode(query, quote_via=quote, safe='')}" if query else ""
        return Request(
            method,
            f"{self.url}{path}{search}",
            headers | self._headers,
            None if body is None else _encode(body),
            reading or method in ("GET", "HEAD"),
        )


def _user_agent() -> str:
    try:
        return f"scim-toolkit/{version('scim-toolkit')}"
    except PackageNotFoundError:  # run from a folder, never installed
        return "scim-toolkit"


USER_AGENT = _user_agent()


def _encode(body: object) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError as error:
        raise UsageError(f"the body cannot be written as JSON: {error}") from error


def _checked_url(url: str) -> str:
    """Return the base URL without its last slash.

    Messages name only what is safe to show: an address with a password in it is not repeated.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise UsageError(f"the base URL is not valid: {error}") from error
    if parts.username is not None or parts.password is not None:
        raise UsageError("the base URL must not have a user or password in it; use auth=Basic(...)")
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"{url!r} is not a base URL such as https://app.example/scim/v2")
    if parts.query or parts.fragment:
        raise UsageError(f"the base URL must end with its path, before ? or #: {url!r}")
    return url.strip().rstrip("/")
