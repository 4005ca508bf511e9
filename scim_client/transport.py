"""One HTTP exchange: a request goes out, an answer or an `Unreachable` comes back.

Built on `requests`, with its surprises taken out: a timeout is always set, .netrc never replaces
the credentials, cookies are not kept, and a redirect never carries credentials to another origin.
"""

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import urljoin, urlsplit

import requests
from requests import PreparedRequest
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import check_header_validity
from urllib3.exceptions import (
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)

from scim_client.adapter import SteadyAdapter
from scim_client.body import LARGEST, TooLarge, TooSlow, read_body
from scim_client.clock import Clock
from scim_client.errors import NotScim, Unreachable, UsageError
from scim_client.hiding import hide, secrets_of

Auth = Callable[[PreparedRequest], PreparedRequest]
Timeout = float | tuple[float, float]

MAX_THREADS = 32  # connections kept open for as many threads
MAX_REDIRECTS = 5
LONGEST_TIMEOUT = 24 * 3600.0  # seconds; more than that, sockets do not take everywhere
# RFC 9110 §15.4: these keep the method; 301 and 302 may turn a POST into a GET.
REDIRECTS_FOR_ANY = frozenset({307, 308})
REDIRECTS_FOR_GET = frozenset({301, 302, 307, 308})
READING = frozenset({"GET", "HEAD"})
IDEMPOTENT = READING | {"PUT", "DELETE"}
# An address that is as it has to be: without a fragment, dot segments, or what has to be quoted.
_PLAIN = re.compile(
    r"(?P<origin>https?://[^/?#@]+)"
    r"(?P<rest>(?:/(?!\.)(?:[A-Za-z0-9_.~:=,-]|%[2-9A-F][0-9A-F])*)+"
    r"(?:\?(?:[A-Za-z0-9_.~:=&,-]|%[2-9A-F][0-9A-F])*)?)"
)


@dataclass(frozen=True)
class Request:
    """An HTTP request without its credentials; `reading` marks one that changes nothing."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    reading: bool = False

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice leaves the same as sending it once (RFC 9110 §9.2.2)."""
        return self.reading or self.method in IDEMPOTENT

    def __str__(self) -> str:
        return f"{self.method} {self.url.partition('?')[0]}"


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers and the bytes of the body.

    `secrets` are the credentials it was asked for with: no message shows them.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    secrets: tuple[str, ...] = field(default=(), repr=False)


@runtime_checkable
class Renewable(Protocol):
    """Credentials that can be had anew when a server no longer takes them."""

    def renew(self, refused: str) -> bool:
        """Forget the refused Authorization value; return whether trying again can help."""
        ...


def anonymous(request: PreparedRequest) -> PreparedRequest:
    """Send no credentials: given to `requests`, this also keeps it from asking .netrc."""
    return request


class Transport:
    """Sends requests from any number of threads over one pool of connections."""

    def __init__(
        self,
        auth: Auth | None = None,
        timeout: Timeout = (10, 60),
        verify: bool | str = True,
        adapter: BaseAdapter | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or Clock()
        self._auth = auth or anonymous
        self._timeout = _checked_timeout(timeout)
        self._verify = verify
        self._adapter = adapter or SteadyAdapter(MAX_THREADS)
        self._surroundings: tuple[bool | str, Mapping[str, str]] | None = None
        self._origins: dict[str, str] = {}

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._adapter.close()

    def exchange(self, request: Request) -> Answer:
        """Return the answer; credentials found stale are renewed once.

        :raises Unreachable: with `sent` false where the server cannot have seen the request
        """
        answer, authorization = self._follow(request)
        if answer.status != 401 or not isinstance(self._auth, Renewable):
            return answer
        if not authorization or not self._auth.renew(authorization):
            return answer
        return self._follow(request)[0]

    def _follow(self, request: Request) -> tuple[Answer, str | None]:
        url = request.url
        for _ in range(MAX_REDIRECTS + 1):
            answer, authorization = self._once(request, url)
            followed = REDIRECTS_FOR_GET if request.method in READING else REDIRECTS_FOR_ANY
            if answer.status not in followed or "Location" not in answer.headers:
                return answer, authorization
            url = _same_origin(request, url, answer)
        raise NotScim(f"{request} was redirected more than {MAX_REDIRECTS} times", status=310)

    def _once(self, request: Request, url: str) -> tuple[Answer, str | None]:
        secrets: tuple[str, ...] = ()
        try:
            prepared = self._prepared(request, url)
            _check_headers(request, prepared)
            secrets = secrets_of(prepared.headers.get("Authorization"))
            answer = self._answer(request, self._send(prepared, url), secrets)
        except requests.exceptions.InvalidHeader:
            raise _bad_header(request) from None  # its message shows the value
        except (requests.exceptions.InvalidURL, LocationParseError) as error:
            raise UsageError(f"{request} cannot be sent: {error}") from error
        except requests.RequestException as error:
            raise unreachable(request, error, secrets) from error
        return answer, prepared.headers.get("Authorization")

    def _prepared(self, request: Request, url: str) -> PreparedRequest:
        """Make it ready without a session: to merge its settings, all empty, takes as long again.

        What `requests` does to an address has nothing to do where it is in its one form already.
        """
        way = _PLAIN.fullmatch(url)
        prepared = PreparedRequest()
        if way is None:
            prepared.prepare(
                request.method, url, dict(request.headers), data=request.body, auth=self._auth
            )
            return prepared
        prepared.method = request.method
        prepared.url = self._origin(way["origin"]) + way["rest"]
        for header in request.headers.items():
            _check_header(*header)
        prepared.headers = CaseInsensitiveDict(request.headers)
        prepared.body = request.body
        if request.body or request.method not in READING:
            prepared.headers["Content-Length"] = str(len(request.body or b""))
        return self._auth(prepared)

    def _origin(self, text: str) -> str:
        """Return scheme, host and port as `requests` writes them."""
        if text not in self._origins:
            prepared = PreparedRequest()
            prepared.prepare_url(f"{text}/", None)
            self._origins[text] = (prepared.url or "").rstrip("/")
        return self._origins[text]

    def _answer(
        self, request: Request, response: requests.Response, secrets: tuple[str, ...]
    ) -> Answer:
        timeout = self._timeout[1] if isinstance(self._timeout, tuple) else self._timeout
        try:
            body = read_body(response, timeout, self._clock)
        except TooLarge:
            raise NotScim(
                f"{request}: the answer ({response.status_code}) is larger than"
                f" {LARGEST // 1024**2} MiB: not read to its end; ask for less at once",
                status=response.status_code,
            ) from None
        return Answer(response.status_code, response.headers, body, secrets)

    def _send(self, prepared: PreparedRequest, url: str) -> requests.Response:
        """Send by the adapter: the session would keep cookies and look into redirections."""
        verify, proxies = self._environment(url)
        return self._adapter.send(
            prepared, stream=True, timeout=self._timeout, verify=verify, proxies=proxies
        )

    def _environment(self, url: str) -> tuple[bool | str, Mapping[str, str]]:
        """Return what the environment says of CA bundle and proxies; read once, as it is slow.

        One answer serves all requests, for none leaves the origin of the first.
        """
        if self._surroundings is None:
            session = requests.Session()
            found = session.merge_environment_settings(url, {}, True, self._verify, None)
            verify = self._verify if found["verify"] is None else found["verify"]
            if isinstance(verify, str) and not Path(verify).exists():
                raise UsageError(f"the CA bundle {verify} does not exist (see REQUESTS_CA_BUNDLE)")
            self._surroundings = verify, found["proxies"]
        return self._surroundings


@lru_cache(maxsize=256)
def _check_header(name: str, value: str) -> None:
    """Refuse what HTTP cannot carry as a header; most are the same in all requests.

    :raises InvalidHeader: when it is none.
    """
    check_header_validity((name, value))


def _check_headers(request: Request, prepared: PreparedRequest) -> None:
    """Refuse what HTTP cannot carry before a lower layer does, with a secret in its message."""
    if not all(map(_is_carried, prepared.headers.values())):
        raise _bad_header(request)


@lru_cache(maxsize=1024)
def _is_carried(value: str | bytes) -> bool:
    """Tell whether HTTP carries a value; most are the same in all requests."""
    return not isinstance(value, str) or (value.isascii() and value.isprintable())


def _bad_header(request: Request) -> UsageError:
    return UsageError(f"{request} cannot be sent: a header has characters that HTTP does not carry")


def _checked_timeout(timeout: Timeout) -> Timeout:
    for part in timeout if isinstance(timeout, tuple) else [timeout]:
        if not part or not 0 < part <= LONGEST_TIMEOUT:
            raise UsageError(f"timeout must be seconds above 0, and a day at most, not {timeout!r}")
    return timeout


def _same_origin(request: Request, url: str, answer: Answer) -> str:
    location = answer.headers["Location"]
    try:
        target = urljoin(url, location)
        stays = urlsplit(target)[:2] == urlsplit(url)[:2]
    except ValueError:
        target, stays = location, False
    if not stays:
        to = hide(target.partition("?")[0], answer.secrets)
        raise NotScim(
            f"{request} was redirected ({answer.status}) to {to}: not"
            " followed, the credentials are meant for the first address; check the base URL",
            status=answer.status,
        )
    return target


def unreachable(
    request: Request, error: requests.RequestException, secrets: tuple[str, ...] = ()
) -> Unreachable:
    """Say in plain words why no answer came, and whether the server may have seen the request."""
    causes = list(_causes(error))
    for kind, words, sent, temporary in _REASONS:
        cause = next((cause for cause in causes if isinstance(cause, kind)), None)
        if cause is not None:
            reason = hide(
                words.format(cause=getattr(cause, "verify_message", "") or cause), secrets
            )
            return Unreachable(f"{request}: {reason}", sent=sent, temporary=temporary)
    return Unreachable(f"{request}: {hide(str(causes[-1]), secrets)}", sent=True)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Walk from what `requests` raised to what the network said, through all their wrappings."""
    while error is not None:
        yield error
        inner = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        error = next((each for each in inner if isinstance(each, BaseException)), None)


_ConnectTimeout = requests.exceptions.ConnectTimeout
_ReadTimeout = requests.exceptions.ReadTimeout

# kind of error, what to say, whether the request may have been sent, whether to try again
_REASONS: tuple[tuple[type[BaseException], str, bool, bool], ...] = (
    (ssl.SSLCertVerificationError, "the certificate is not trusted: {cause}", False, False),
    (ssl.SSLEOFError, "the connection was lost: {cause}", True, True),
    (ssl.SSLError, "TLS failed: {cause} (is the address an http:// one?)", False, False),
    (requests.exceptions.ProxyError, "the proxy does not answer: {cause}", False, True),
    (_ConnectTimeout, "no connection in time; is the host right and up?", False, True),
    (NameResolutionError, "the host name is not known; check the base URL", False, True),
    (ConnectionRefusedError, "connection refused; is the server running there?", False, True),
    (NewConnectionError, "no connection: {cause}", False, True),
    (TooSlow, "the answer keeps coming, too slowly to be waited for", True, False),
    (_ReadTimeout, "no answer in time", True, True),
    (ReadTimeoutError, "the answer did not come to its end in time", True, True),
    (requests.exceptions.ChunkedEncodingError, "the answer was cut off", True, True),
    (requests.exceptions.ConnectionError, "the connection was lost: {cause}", True, True),
)
