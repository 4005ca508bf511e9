"""The right to use an endpoint, and how it is to be spoken to."""

import base64
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import requests

from conformance.problems import CannotRun
from conformance.ways_in import DEFAULT_TIMEOUT, LONGEST_TIMEOUT
from conformance.wire.connections import Session, canonical, in_words

_EARLY = 30.0
"""Seconds before its end at which an access token is replaced by a new one."""
_SECRET_HEADER = re.compile("key|token|secret|auth|pass|cookie|session|credential|signature", re.I)
"""Names of headers whose values are secrets, wherever they stand."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that the endpoint gave (RFC 6750)."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Basic:
    """A name and a password, sent with every request (RFC 7617)."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """An OAuth 2.0 client, which fetches its tokens itself (RFC 6749 §4.4)."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A value of the Authorization header, of a scheme of the endpoint's own."""

    value: str = field(repr=False)


Credentials = Bearer | Basic | ClientCredentials | Verbatim


@dataclass(frozen=True, slots=True)
class Access:
    """How to get in, and how to speak: everything about the connection."""

    credentials: Credentials | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request. They are masked in all evidence; where the endpoint repeats them,
    those are whose names sound like secrets."""
    ca_file: Path | None = None
    client_certificate: tuple[Path, Path] | Path | None = None
    insecure: bool = False
    timeout: float = DEFAULT_TIMEOUT
    rate: float | None = None
    """The most requests in a second, those of all threads together."""
    read_only: bool = False
    hidden: tuple[str, ...] = field(default=(), repr=False)
    """More that must not be seen in any report."""

    def check(self) -> None:
        """Refuse what cannot work before anything is sent.

        :raises CannotRun: for a secret that no header can hold, a file that is not there, or a
            number that is none.
        """
        if not 0 < self.timeout <= LONGEST_TIMEOUT:
            raise CannotRun(f"the timeout is more than 0 and at most {LONGEST_TIMEOUT} seconds")
        if self.rate is not None and not self.rate > 0:
            raise CannotRun("the rate is more than 0 requests in a second")
        sent = [*self.headers.items(), *_in_headers(self.credentials)]
        for name, value in sent:
            if not (value.isascii() and value.isprintable()):
                raise CannotRun(f"{name} holds characters that cannot stand in an HTTP header")
        if isinstance(self.credentials, ClientCredentials):
            canonical(self.credentials.token_url)
        given = self.client_certificate
        for path in (self.ca_file, *(given if isinstance(given, tuple) else (given,))):
            if path is not None and not path.is_file():
                raise CannotRun(f"there is no file {path}, which TLS was to use")

    @property
    def secrets(self) -> list[str]:
        """What must not be seen in any report."""
        named = [value for name, value in self.headers.items() if _SECRET_HEADER.search(name)]
        return [*self._own_secrets(), *named, *self.hidden]

    def _own_secrets(self) -> list[str]:
        match self.credentials:
            case Bearer(token):
                return [token]
            case Basic(username, password):
                return [password, _basic(username, password)]
            case ClientCredentials(_, client_id, client_secret):
                return [client_secret, _basic(client_id, client_secret)]
            case Verbatim(value):
                return [value, value.partition(" ")[2]]
        return []

    @property
    def verify(self) -> bool | str | None:
        """What `requests` is told about certificates; None leaves it to the environment."""
        if self.insecure:
            return False
        return str(self.ca_file) if self.ca_file else None

    @property
    def certificate(self) -> tuple[str, str] | str | None:
        """The client's own certificate, as `requests` wants it."""
        match self.client_certificate:
            case (certificate, key):
                return str(certificate), str(key)
            case None:
                return None
            case path:
                return str(path)


def _in_headers(credentials: Credentials | None) -> list[tuple[str, str]]:
    match credentials:
        case Bearer(token):
            return [("the token", token)]
        case ClientCredentials(_, client_id, secret):
            return [("the client id", client_id), ("the client secret", secret)]
        case Verbatim(value):
            return [("the Authorization header", value)]
    return []


def _basic(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


class Authorization:
    """The value of the Authorization header, for as long as a run takes."""

    def __init__(self, access: Access) -> None:
        self._access: Final = access
        self._lock = threading.Lock()
        self._fetched: str | None = None
        self._until = 0.0

    def __repr__(self) -> str:
        return "Authorization()"

    @property
    def given(self) -> bool:
        """Whether there is any."""
        return self._access.credentials is not None

    def value(self) -> str | None:
        """Return the header's value.

        :raises CannotRun: when a token is to be fetched and is not to be had.
        """
        match self._access.credentials:
            case Bearer(token):
                return f"Bearer {token}"
            case Basic(username, password):
                return f"Basic {_basic(username, password)}"
            case ClientCredentials() as client:
                return f"Bearer {self._token(client)}"
            case Verbatim(value):
                return value
        return None

    def _token(self, client: ClientCredentials) -> str:
        with self._lock:
            if self._fetched is None or time.monotonic() >= self._until:
                answer = self._fetch(client)
                self._fetched = str(answer["access_token"])
                self._until = time.monotonic() + _lifetime(answer.get("expires_in"))
            return self._fetched

    def _fetch(self, client: ClientCredentials) -> dict[str, Any]:
        """Ask for a token: with HTTP Basic, as every server must know, else in the form."""
        form = {"grant_type": "client_credentials"}
        if client.scope:
            form["scope"] = client.scope
        response = self._ask(client, form, (client.client_id, client.client_secret))
        if response.status_code in (400, 401):
            named = {"client_id": client.client_id, "client_secret": client.client_secret}
            response = self._ask(client, form | named, None)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if response.ok and isinstance(answer, dict) and isinstance(answer.get("access_token"), str):
            return answer
        said = answer.get("error") if isinstance(answer, dict) else None
        problem = f"{response.status_code}" + (f", {said}" if isinstance(said, str) else "")
        raise CannotRun(
            f"{client.token_url} gives no access token ({problem}). "
            "Check the token URL, the client id, its secret and the scope."
        )

    def _ask(
        self, client: ClientCredentials, form: dict[str, str], auth: tuple[str, str] | None
    ) -> requests.Response:
        access = self._access
        try:
            with Session(()) as session:
                return session.post(
                    client.token_url,
                    data=form,
                    auth=auth or _nothing,
                    headers={"Accept": "application/json"},
                    timeout=access.timeout,
                    verify=access.verify,
                    cert=access.certificate,
                    allow_redirects=False,
                )
        except (OSError, ValueError) as problem:  # every RequestException is an OSError
            said = in_words(problem, access.timeout)
            raise CannotRun(f"{client.token_url} gives no access token: {said}") from problem


def _nothing(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add nothing: left alone, requests would put in what ~/.netrc holds."""
    return request


def _lifetime(seconds: object) -> float:
    """How long a token may be used; one that does not say is used for the whole run."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return float("inf")
    return max(float(seconds) - _EARLY, float(seconds) / 2)
