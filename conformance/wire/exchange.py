"""One request and its answer, kept as evidence with its secrets masked."""

import html
import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

from conformance.visible import quoted, visible

MASK = "***"
COOKIES = frozenset({"cookie", "set-cookie"})
_UNTOLD = frozenset({"connection", "accept-encoding", "content-length", "user-agent"})
_SECRET_MEMBERS = re.compile(
    r'("(?:password|[a-z_]*token|[a-z_]*secret)"\s*:\s*)"(?:[^"\\]|\\.)*"', re.I
)
_EVIDENCE_LIMIT = 20_000
_FROM_ENVIRONMENT = {
    f"Bearer {MASK}": '-H "Authorization: Bearer $SCIM_TOKEN"',
    f"Basic {MASK}": '-u "$SCIM_USERNAME:$SCIM_PASSWORD"',
}


class Masker:
    """Takes the secrets that it knows, and members that are named like secrets, out of texts."""

    def __init__(self, *secrets: str | None, headers: Iterable[str] = ()) -> None:
        self._secrets: tuple[str, ...] = ()
        self._headers = COOKIES | {name.lower() for name in headers}
        self.hide(*secrets)

    def __repr__(self) -> str:
        return "Masker()"

    def hide(self, *secrets: str | None) -> None:
        """Know more secrets from now on."""
        if new := {secret for secret in secrets if secret} - set(self._secrets):
            forms = {form for secret in new for form in _forms(secret)}
            # The longest first: of one that begins with another no end must stay.
            self._secrets = tuple(sorted(forms | set(self._secrets), key=len, reverse=True))

    def text(self, text: str) -> str:
        """Return the text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return _SECRET_MEMBERS.sub(rf'\1"{MASK}"', text)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return headers without secrets; of cookies and of headers to hide nothing is kept."""
        return {name: self._header(name, value) for name, value in headers.items()}

    def _header(self, name: str, value: str) -> str:
        return MASK if name.lower() in self._headers else self.text(value)


@dataclass(slots=True)
class Exchange:
    """A request as it was sent and the answer as it came, both masked; a long answer is cut."""

    method: str
    url: str
    request_headers: dict[str, str]
    request_body: str | None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 0.0
    failure: str | None = None

    @property
    def curl(self) -> str:
        """A command line that repeats the request; secrets are read from the environment."""
        words = ["curl", "-i"] + (["-X", self.method] if self.method != "GET" else [])
        line = [shlex.join(words)]
        for name, value in self.request_headers.items():
            if name.lower() == "authorization" and value in _FROM_ENVIRONMENT:
                line.append(_FROM_ENVIRONMENT[value])
            elif name.lower() not in _UNTOLD:
                line.append("-H " + _word(f"{name}: {value}"))
        if self.request_body is not None:
            line.append("--data-raw " + _word(self.request_body))
        return " ".join([*line, _word(self.url)])

    def to_json(self) -> dict[str, Any]:
        """Return the exchange as the report keeps it."""
        request = {
            "method": self.method,
            "url": self.url,
            "headers": self.request_headers,
            "body": None if self.request_body is None else short(self.request_body),
        }
        response = None
        if self.status is not None:
            response = {"status": self.status, "headers": self.headers, "body": self.body}
        return {
            "request": request,
            "response": response,
            "failure": self.failure,
            "milliseconds": round(self.seconds * 1000, 1),
            "curl": self.curl,
        }


def encode(body: object) -> str:
    """Write a request body; members read from an answer are written as their values."""
    return json.dumps(body, ensure_ascii=False, default=lambda node: node.value)


def _forms(secret: str) -> set[str]:
    """The ways in which a text is written in headers, in JSON, in URLs and in HTML."""
    written = json.dumps(secret)[1:-1]
    in_json = {written, written.replace("/", "\\/")}
    return {secret, *in_json, quote(secret, safe=""), quote_plus(secret), html.escape(secret)}


def _word(text: str) -> str:
    return shlex.quote(text) if visible(text) == text else quoted(text)


def short(text: str) -> str:
    """Return a text of which no more is kept than evidence needs."""
    if len(text) <= _EVIDENCE_LIMIT:
        return text
    return f"{text[:_EVIDENCE_LIMIT]}… ({len(text)} characters in all)"
