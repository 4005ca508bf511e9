"""The endpoint under test: raw requests, of which every one is kept."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

import requests
import urllib3
from requests.auth import AuthBase

from conformance.access import Access, Authorization
from conformance.answer import Answer
from conformance.exchange import Exchange, Masker, encode
from conformance.expect import Unready
from conformance.pace import Pace
from conformance.problems import CannotRun, Halted
from scim_protocol.urns import RESOURCE_TYPES, SCIM_JSON, SEARCH, SERVICE_PROVIDER_CONFIGS, USERS

_LONGEST_WAIT = 30.0
_PATIENCE = 5

Query = Mapping[str, str | int]


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


# The stubs of requests have these two without types.
_rebuild_auth: Callable[..., None] = requests.Session.rebuild_auth
_is_elsewhere: Callable[..., bool] = requests.Session.should_strip_auth


class _Session(requests.Session):
    """Follows a redirect only where the method stays what it was (RFC 7644 table 8)."""

    def __init__(self, private: Iterable[str]) -> None:
        super().__init__()
        self._private: Final = tuple(private)

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Take all that lets us in out of a request that is sent on to another host."""
        _rebuild_auth(self, prepared_request, response)
        if _is_elsewhere(self, response.request.url, prepared_request.url):
            for name in self._private:
                prepared_request.headers.pop(name, None)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        if resp.status_code in (307, 308) or resp.request.method == "GET":
            return super().get_redirect_target(resp)
        return None


class Endpoint:
    """A SCIM base URL and the right to use it; safe to share among threads."""

    def __init__(self, url: str, access: Access | None = None) -> None:
        self.url: Final = _base(url)
        self.access: Final = access or Access()
        self.access.check()
        self.requests_sent = 0
        self._authorization = Authorization(self.access)
        self._masker = Masker(*self.access.secrets, headers=self.access.headers)
        self._pace = Pace(self.access.rate)
        self._halted = threading.Event()
        self._lock = threading.Lock()
        self._local = threading.local()
        self._sessions: list[_Session] = []
        self._left_out: dict[str, str] = {}
        if self.access.insecure:  # asked for: no warning at each request
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def __repr__(self) -> str:
        return f"Endpoint({self.url})"

    @property
    def authenticates(self) -> bool:
        """Whether credentials are sent."""
        return self._authorization.given

    def close(self) -> None:
        """Let the connections go."""
        for session in self._sessions:
            session.close()

    def mask(self, text: str) -> str:
        """Return a text without our secrets."""
        return self._masker.text(text)

    def halt(self) -> None:
        """Let no further request go out, of whatever thread, until `resume`."""
        self._halted.set()

    def resume(self) -> None:
        """Let requests go out again: those that clean up."""
        self._halted.clear()

    def leave_out(self, path: str, reason: str) -> None:
        """Let no check send anything to the resources below a path."""
        self._left_out[path.strip("/")] = reason

    def allow(self, method: str, path: str) -> None:
        """Refuse what is left out, and to write where the run is to read alone.

        :raises Unready: so that the check is skipped.
        """
        place = re.split("[/?]", path.removeprefix(self.url).strip("/"), maxsplit=1)[0]
        if place in self._left_out:
            raise Unready(self._left_out[place])
        reads = method in ("GET", "HEAD", "OPTIONS") or path.endswith(SEARCH)
        if self.access.read_only and not reads:
            raise Unready(f"the run is read-only, and this needs a {method} to {path}")

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
                headers=merged | dict(self.access.headers) | dict(headers or {}),
                auth=_Authorization(self._given() if authorization == "" else authorization),
            )
        )
        for wait in self._waits():
            answer = self._exchange(prepared, content)
            pause = _retry_after(answer)
            if pause is None or wait is None or self._halted.wait(pause):
                break
        return answer

    @property
    def _session(self) -> _Session:
        """This thread's own connections: a session is not to be shared."""
        found: _Session | None = getattr(self._local, "session", None)
        if found is None:
            found = self._local.session = _Session(self.access.headers)
            with self._lock:
                self._sessions.append(found)
        return found

    def _given(self) -> str | None:
        value = self._authorization.value()
        if value is not None:  # a token that was fetched is a secret, too
            self._masker.hide(value.partition(" ")[2])
        return value

    def authorization(self) -> str | None:
        """Return the header value that is sent, to be spoiled; nothing else may use it."""
        return self._given()

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
        self._pace.wait()
        if self._halted.is_set():
            raise Halted
        with self._lock:
            self.requests_sent += 1
        access = self.access
        started = time.monotonic()
        try:
            settings = self._session.merge_environment_settings(
                request.url, {}, None, access.verify, access.certificate
            )
            response = self._session.send(request, timeout=access.timeout, **settings)
        except OSError as problem:  # every RequestException is one, and a bad CA file another
            sent.seconds = time.monotonic() - started
            sent.failure = self._masker.text(_in_words(problem, access.timeout))
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


def _in_words(problem: OSError, timeout: float) -> str:
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
