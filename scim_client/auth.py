"""Credentials: what goes into the Authorization header. None of them shows its secret when printed.

Any callable that takes and returns a `requests.PreparedRequest` serves as well.
"""

import base64
import threading
from urllib.parse import quote_plus, urlencode

import orjson
from requests import PreparedRequest

from scim_client.answers import first_words
from scim_client.clock import Clock
from scim_client.errors import TokenRefused, Unreachable, UsageError
from scim_client.hiding import worth_hiding
from scim_client.transport import Answer, Request, Timeout, Transport

LEEWAY = 30.0  # seconds: a token this close to its end is not used any more


def _clean(secret: str, what: str) -> str:
    """Return the secret without the line end that comes with reading it from a file."""
    secret = secret.strip()
    if not secret:
        raise UsageError(f"the {what} is empty")
    if not (secret.isascii() and secret.isprintable()):
        raise UsageError(f"the {what} has characters that an HTTP header cannot carry")
    return secret


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Bearer:
    """A bearer token that stays the same (RFC 6750)."""

    def __init__(self, token: str) -> None:
        self._token = _clean(token, "bearer token")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put the token into the request."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return "Bearer(...)"


class Basic:
    """A user name and a password (RFC 7617), sent as UTF-8."""

    def __init__(self, user: str, password: str) -> None:
        if ":" in user:
            raise UsageError("a user name for Basic authentication must not have a colon")
        self._user = user
        self._value = _basic(user, password)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put user name and password into the request."""
        request.headers["Authorization"] = self._value
        return request

    def __repr__(self) -> str:
        return f"Basic({self._user!r}, ...)"


class ClientCredentials:
    """An OAuth 2.0 access token for a client id and secret (RFC 6749 §4.4).

    The token is fetched when first needed and shared by all threads; it is fetched anew before it
    expires, and once when the server refuses it. The secret travels as RFC 6749 §2.3.1 prefers, in
    the Authorization header; `secret_in_body=True` is for token endpoints that know only the form.
    """

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: str,
        scope: str | None = None,
        *,
        secret_in_body: bool = False,
        timeout: Timeout = (10, 30),
        clock: Clock | None = None,
    ) -> None:
        self._url = token_url
        self._id = client_id
        self._secret = _clean(client_secret, "client secret")
        self._scope = scope
        self._in_body = secret_in_body
        self._clock = clock or Clock()
        self._transport = Transport(timeout=timeout)
        self._lock = threading.Lock()
        self._token: str | None = None
        self._ends = 0.0

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Put an access token into the request, fetching one if need be."""
        with self._lock:
            if self._token is None or self._clock.monotonic() >= self._ends:
                self._token, self._ends = self._fetch()
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def renew(self, refused: str) -> bool:
        """Forget the token if it is the refused one; another thread may have renewed it already."""
        with self._lock:
            if refused == f"Bearer {self._token}":
                self._token = None
        return True

    def __repr__(self) -> str:
        return f"ClientCredentials({self._url!r}, {self._id!r}, ...)"

    def _fetch(self) -> tuple[str, float]:
        asked_at = self._clock.monotonic()
        try:
            answer = self._transport.exchange(self._token_request())
        except Unreachable as error:
            # Whatever happened to the token request, the SCIM request has not been sent.
            raise Unreachable(str(error), sent=False, temporary=error.temporary) from error
        body = _json_object(answer)
        token = body.get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not token:
            raise TokenRefused(_refusal(self._url, answer, body, (self._secret,)))
        return _clean(token, "access token"), asked_at + _lifetime(body.get("expires_in"))

    def _token_request(self) -> Request:
        form = {"grant_type": "client_credentials"}
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if self._scope:
            form["scope"] = self._scope
        if self._in_body:
            form |= {"client_id": self._id, "client_secret": self._secret}
        else:
            headers["Authorization"] = _basic(quote_plus(self._id), quote_plus(self._secret))
        return Request("POST", self._url, headers, urlencode(form).encode())


def _json_object(answer: Answer) -> dict[str, object]:
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _lifetime(expires_in: object) -> float:
    """Return for how long to use a token; without a stated end, until it is refused."""
    try:
        seconds = float(str(expires_in))
    except ValueError:
        return float("inf")
    return seconds - min(LEEWAY, seconds / 2)


def _refusal(url: str, answer: Answer, body: dict[str, object], secrets: tuple[str, ...]) -> str:
    said = ": ".join(str(body[key]) for key in ("error", "error_description") if body.get(key))
    hidden = worth_hiding({*answer.secrets, *secrets, *map(quote_plus, secrets)})
    return (
        f"{url.partition('?')[0]} gave no access token: status {answer.status},"
        f" {first_words(said.encode(), hidden) or 'no reason given'};"
        " check the client id, secret and scope"
    )
