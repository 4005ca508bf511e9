"""Answers on their way out: media type, headers, and errors in the form of RFC 7644 §3.12."""

from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, Final

import orjson
from flask import Response
from werkzeug.datastructures import Headers, MIMEAccept
from werkzeug.http import parse_accept_header
from werkzeug.urls import iri_to_uri

from scim_protocol import urns
from scim_protocol.errors import ScimError
from scim_server.service import Answer

# Sent with any value, it asks which dialects were needed: what a strict server would have refused.
LENIENCY: Final = "SCIM-Leniency"

_STATUS: Final = {one.value: f"{one.value} {one.phrase}" for one in HTTPStatus}
_BODILESS: Final = frozenset({204, 304})


class Sent(Response):
    """An answer that goes out as it is: Flask would work its headers out anew each time."""

    def __init__(self, status: int, body: bytes, headers: list[tuple[str, str]]) -> None:
        # Not that of Response, whose parts are all given here or below.
        self._status_code = status
        self._status = _STATUS.get(status, f"{status} UNKNOWN")
        self.response = self._parts = [body]
        self._sent = headers

    @cached_property
    def headers(self) -> Headers:  # type: ignore[override]
        """The headers, for those that ask."""
        return Headers(self._sent)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Send it."""
        start_response(self._status, self._sent)
        return () if environ["REQUEST_METHOD"] == "HEAD" else self._parts


def sent(answer: Answer, environ: Mapping[str, Any], noted: set[str]) -> Sent:
    """Return an answer as it goes out, in the media type that the client likes better (§3.8)."""
    headers = [(name, _plain(value)) for name, value in answer.headers.items()]
    if answer.body and "Content-Type" not in answer.headers:
        accept = environ.get("HTTP_ACCEPT", "")
        choose = _remembered if len(accept) <= _REMEMBERED else _media_type
        headers.append(("Content-Type", choose(accept)))
    if answer.status not in _BODILESS:
        headers.append(("Content-Length", str(len(answer.body))))
    if "HTTP_SCIM_LENIENCY" in environ:
        headers.append((LENIENCY, leniency(noted)))
    return Sent(answer.status, answer.body, headers)


def leniency(noted: set[str]) -> str:
    """Return the names of the dialects that a request needed, or `none`."""
    return ", ".join(sorted(noted)) or "none"


def error_answer(error: ScimError, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an error in the form of RFC 7644 §3.12."""
    return Answer(error.status, orjson.dumps(error.to_json()), headers or {})


def _plain(value: str) -> str:
    """Return a header's value in ASCII: of ours, only URLs may be in other letters."""
    return value if value.isascii() else iri_to_uri(value)


def _media_type(accept: str) -> str:
    """Return SCIM's media type, or JSON's where a client would rather have that (§3.8)."""
    wanted = parse_accept_header(accept, MIMEAccept)
    is_plain = _quality(wanted, urns.JSON) > _quality(wanted, urns.SCIM_JSON)
    return urns.JSON if is_plain else urns.SCIM_JSON


_REMEMBERED: Final = 256
_remembered: Final = lru_cache(maxsize=256)(_media_type)


def _quality(wanted: MIMEAccept, media_type: str) -> float:
    """Return how much a client wants a media type: the closest range tells (RFC 9110 §12.5.1)."""
    given = dict[str, float]()
    for kind, quality in wanted:
        name = kind.partition(";")[0].strip().lower()
        given[name] = max(quality, given.get(name, 0))
    ranges = (media_type, "application/*", "*/*")
    return next((given[name] for name in ranges if name in given), 0)
