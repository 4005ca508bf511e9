"""The endpoint under test: raw requests, of which every one is kept."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from conformance.answer import Answer
from conformance.exchange import Exchange, Masker, encode
from scim_protocol.urns import RESOURCE_TYPES, SCIM_JSON, SERVICE_PROVIDER_CONFIGS, USERS

DEFAULT_TIMEOUT = 30.0
_LONGEST_WAIT = 30.0
_PATIENCE = 5

Query = Mapping[str, str | int]


class CannotRun(Exception):
    """The endpoint cannot be judged at all: unreachable, not SCIM, or it refuses the token."""


class Unanswered(Exception):
    """No answer came to one request: timed out, or the connection broke."""

    def __init__(self, message: str, exchange: Exchange) -> None:
        super().__init__(message)
        self.exchange = exchange


class _Authorization(AuthBase):
    """Sets the header itself: left alone, requests would put in what ~/.netrc holds."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value is not None:
            request.headers["Authorization"] = self._value
        return request


class _Session(requests.Session):
    """Follows a redirect only where the method stays what it was (RFC 7644 table 8)."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        if resp.status_code in (307, 308) or resp.request.method == "GET":
            return super().get_redirect_target(resp)
        return None


class Endpoint:
    """A SCIM base URL and the right to use it."""

    def __init__(
        self, url: str, token: str | None = None, *, timeout: float = DEFAULT_TIMEOUT
    ) -> None:
        self.url: Final = _base(url)
        if token is not None and not (token.isascii() and token.isprintable()):
            raise CannotRun("the token holds characters that cannot stand in an HTTP header")
        self.timeout: Final = timeout
        self.requests_sent = 0
        self._authorization = f"Bearer {token}" if token else None
        self._masker = Masker(token)
        self._session = _Session()

    def __repr__(self) -> str:
        return f"Endpoint({self.url})"

    @property
    def authenticates(self) -> bool:
        """Whether a token is sent."""
        return self._authorization is not None

    def close(self) -> None:
        """Let the connections go."""
        self._session.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        raw: bytes | None = None,
        headers: Mapping[str, str | None] | None = None,
        authorization: str | None = "",
    ) -> Answer:
        """Send one request and return its answer, waiting where the endpoint asks for it.

        :param body: a JSON document; `raw` sends bytes as they are.
        :param headers: beside Accept and Content-Type, or over them; None leaves one out.
        :param authorization: another header value than the token's; None for none at all.
        :raises Unanswered: when no answer came.
        """
        content = encode(body).encode() if body is not None else raw
        merged: dict[str, str | None] = {"Accept": SCIM_JSON, "User-Agent": "scim-conformance"}
        if content is not None:
            merged["Content-Type"] = SCIM_JSON
        prepared = self._session.prepare_request(
            requests.Request(
                method,
                self.url + path if path.startswith("/") else path,
                params=dict(query or {}),
                data=content,
                headers=merged | dict(headers or {}),
                auth=_Authorization(self._authorization if authorization == "" else authorization),
            )
        )
        for wait in self._waits():
            answer = self._exchange(prepared, content)
            pause = _retry_after(answer)
            if pause is None or wait is None:
                break
            time.sleep(pause)
        return answer

    def _waits(self) -> Iterator[int | None]:
        yield from range(_PATIENCE)
        yield None

    def _exchange(self, request: requests.PreparedRequest, content: bytes | None) -> Answer:
        sent = Exchange(
            method=request.method or "",
            url=self._masker.text(request.url or ""),
            request_headers=self._masker.headers(dict(request.headers)),
            request_body=None if content is None else self._masker.text(_text(content)),
        )
        self.requests_sent += 1
        started = time.monotonic()
        try:
            settings = self._session.merge_environment_settings(request.url, {}, None, None, None)
            response = self._session.send(request, timeout=self.timeout, **settings)
        except requests.RequestException as problem:
            sent.seconds = time.monotonic() - started
            sent.failure = self._masker.text(_in_words(problem, self.timeout))
            raise Unanswered(f"{sent.method} {sent.url}: {sent.failure}", sent) from problem
        sent.seconds = time.monotonic() - started
        sent.status = response.status_code
        sent.headers = self._masker.headers(response.headers)
        sent.body = self._masker.text(_text(response.content))
        return Answer(response, sent)

    def probe(self) -> None:
        """Find out, before anything is judged, whether there is a SCIM endpoint that lets us in.

        :raises CannotRun: with one message that says what to do.
        """
        answers = []
        for path in (SERVICE_PROVIDER_CONFIGS, f"{USERS}?count=1", RESOURCE_TYPES):
            try:
                answers.append(self.send("GET", path))
            except Unanswered as problem:
                raise CannotRun(
                    f"{self.url} does not answer: {problem.exchange.failure}. "
                    "Check the address, and that the server runs."
                ) from problem
        moved = next((a for a in answers if not a.url.startswith(self.url)), None)
        if moved:
            raise CannotRun(f"{self.url} redirects to {moved.url}; give the URL that it moved to")
        refused = [a for a in answers if a.status == 401]
        served = [a for a in answers if a.ok and a.document is not None]
        # Discovery may be public; a token that opens no resource judges nothing.
        if refused:
            raise CannotRun(_refusal(refused[0], self.authenticates))
        if not served:
            raise CannotRun(_not_scim(self.url, answers))


def _base(url: str) -> str:
    """Check a base URL and take its last slash away."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CannotRun(f"{url!r} is not an http or https URL, like https://app.example/scim/v2")
    if parts.query or parts.fragment:
        raise CannotRun(f"{url!r} has a query or a fragment; give the base URL alone")
    if parts.username or parts.password:
        raise CannotRun("the URL holds a user name or password; give a token instead")
    return url.rstrip("/")


def _refusal(answer: Answer, with_token: bool) -> str:
    asked = f"{answer.exchange.method} {answer.exchange.url}"
    if with_token:
        return f"the endpoint refuses the token: 401 for {asked}. Is it the right one, still valid?"
    return f"the endpoint wants a token: 401 for {asked}. Give --token, or set SCIM_TOKEN."


def _not_scim(url: str, answers: Sequence[Answer]) -> str:
    first = answers[0]
    media = first.headers.get("Content-Type", "")
    hint = "Is it the base URL? It often ends in /scim/v2."
    if "html" in media or first.exchange.body.lstrip()[:1] == "<":
        return f"{url} answers with a web page ({first.status}), not with SCIM. {hint}"
    if first.status >= 500:
        return f"{url} answers {first.status} to every request; look at the server's own log."
    return (
        f"{url} serves none of /ServiceProviderConfig, /Users and /ResourceTypes as JSON "
        f"(the first answers {first.status}). {hint}"
    )


def _retry_after(answer: Answer) -> float | None:
    """How long the endpoint asks us to wait; an HTTP date counts as one second."""
    asked = answer.headers.get("Retry-After")
    if answer.status != 429 and not (answer.status == 503 and asked):
        return None
    asked = asked or "1"
    return min(float(asked), _LONGEST_WAIT) if asked.isdecimal() else 1.0


def _in_words(problem: requests.RequestException, timeout: float) -> str:
    if isinstance(problem, requests.exceptions.SSLError):
        return f"the TLS certificate is not accepted ({_root(problem)})"
    if isinstance(problem, requests.Timeout):
        return f"no answer within {timeout:g} s"
    if isinstance(problem, requests.ConnectionError):
        return f"the connection failed ({_root(problem)})"
    return str(problem)


def _root(problem: BaseException) -> str:
    """The innermost cause, which is the only one that tells a user something."""
    reason = getattr(problem.args[0], "reason", None) if problem.args else None
    cause = reason if isinstance(reason, BaseException) else problem.__context__
    while cause is not None and cause.__context__ is not None:
        cause = cause.__context__
    return str(cause or problem).removeprefix("<").partition(">: ")[2] or str(cause or problem)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
