"""The endpoint under test: raw requests, of which every one is kept."""

import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final

import requests
import urllib3
from requests.auth import AuthBase

from conformance.answer import Answer
from conformance.expect import Unready
from conformance.problems import CannotRun, Halted
from conformance.visible import visible
from conformance.wire.access import Access, Authorization
from conformance.wire.connections import Session, canonical, in_words
from conformance.wire.exchange import Exchange, Masker, encode, short
from conformance.wire.pace import Pace, asked_pause
from scim_protocol.urns import RESOURCE_TYPES, SCIM_JSON, SEARCH, SERVICE_PROVIDER_CONFIGS, USERS

_PATIENCE = 120.0
"""Seconds that one request may be made to wait, all in all, before it counts as unanswered."""
_MOST_TRIES = 30

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
        self._sessions: list[Session] = []
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
        """Return a text as it may be shown: without our secrets, and nothing that steers."""
        return visible(self._masker.text(text))

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
        target = self.url + path if path.startswith("/") else path
        trusted = not self._session.is_elsewhere(target, self.url)
        if trusted:
            merged |= self.access.headers
            authorization = self._given() if authorization == "" else authorization
        request = requests.Request(
            method,
            target,
            params=dict(query or {}),
            data=content,
            headers=merged | dict(headers or {}),
            auth=_Authorization(authorization if trusted else None),
        )
        return self._answered(self._prepared(request, content), content)

    def _prepared(
        self, request: requests.Request, content: bytes | None
    ) -> requests.PreparedRequest:
        try:
            return self._session.prepare_request(request)
        except ValueError as problem:  # the endpoint may have given a URL that is none
            sent = self._noted(request.method, request.url, {}, content)
            sent.failure = "this is no URL that a request could be sent to"
            raise Unanswered(
                f"{sent.method} {visible(sent.url)}: {sent.failure}", sent
            ) from problem

    def _answered(self, request: requests.PreparedRequest, content: bytes | None) -> Answer:
        """Send a request, again and again where the endpoint asks for time."""
        patience, tries = _PATIENCE, 0
        while True:
            answer = self._exchange(request, content)
            pause = asked_pause(answer.status, answer.headers.get("Retry-After"), tries)
            if pause is None:
                return answer
            if pause > patience or tries == _MOST_TRIES:
                sent = answer.exchange
                sent.failure = f"it answers {answer.status}, and wants us to wait for {pause:.0f} s"
                raise Unanswered(f"{sent.method} {visible(sent.url)}: {sent.failure}", sent)
            if self._halted.wait(pause):
                raise Halted
            patience, tries = patience - pause, tries + 1

    @property
    def _session(self) -> Session:
        """This thread's own connections: a session is not to be shared."""
        found: Session | None = getattr(self._local, "session", None)
        if found is None:
            found = self._local.session = Session(self.access.headers)
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

    def _noted(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> Exchange:
        return Exchange(
            method=method,
            url=self._masker.text(url),
            request_headers=self._masker.headers(headers),
            request_body=None if content is None else self._masker.text(_text(content)),
        )

    def _exchange(self, request: requests.PreparedRequest, content: bytes | None) -> Answer:
        sent = self._noted(request.method or "", request.url or "", request.headers, content)
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
        # Every RequestException is an OSError, and so is a bad CA file; ValueError is a redirect to
        # what is no URL.
        except (OSError, ValueError) as problem:
            sent.seconds = time.monotonic() - started
            sent.failure = self.mask(in_words(problem, access.timeout))
            raise Unanswered(
                f"{sent.method} {visible(sent.url)}: {sent.failure}", sent
            ) from problem
        sent.seconds = time.monotonic() - started
        sent.status = response.status_code
        sent.headers = self._masker.headers(response.headers)
        sent.body = short(self._masker.text(_text(response.content)))
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
                raise CannotRun(_silence(self.url, problem.exchange)) from problem
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
    if "?" in url or "#" in url:
        raise CannotRun(f"{url!r} has a query or a fragment; give the base URL alone")
    return canonical(url).rstrip("/")


def _silence(url: str, sent: Exchange) -> str:
    if sent.status is not None:
        return f"{url} lets us do nothing: {sent.failure}. Try again later, or slower, with --rate."
    return f"{url} does not answer: {sent.failure}. Check the address, and that the server runs."


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


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")
