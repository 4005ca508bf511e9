"""What came back: status, headers, and a JSON body whose members can be read without fear."""

import json
from typing import Any, Final
from urllib.parse import urljoin

import requests

from conformance.exchange import Exchange
from conformance.expect import AnswerDemand, Given, Node, Unmet, show


class Answer:
    """One answer of the endpoint; `answer["meta"]["location"]` reads its body."""

    def __init__(self, response: requests.Response, exchange: Exchange) -> None:
        self.status: Final = response.status_code
        self.headers: Final = response.headers
        self.url: Final = response.url
        self.exchange: Final = exchange
        self._content = response.content

    def __repr__(self) -> str:
        return f"Answer({self.exchange.method} {self.exchange.url}: {self.status})"

    def __getitem__(self, name: str) -> Node:
        return self.body[name]

    @property
    def body(self) -> Node:
        """The body as JSON; a body that is none is an unmet requirement."""
        try:
            document = json.loads(self._content)
        except ValueError:
            sample = self._content[:80].decode("utf-8", "replace")
            actual = f"status {self.status} with {sample!r}" if sample else "an empty body"
            raise Unmet("a JSON body in UTF-8", actual, self.exchange) from None
        return Node(document, "", self.exchange)

    @property
    def text(self) -> str:
        """The body as it came, with whatever secrets are in it: not for messages."""
        return bytes(self._content).decode("utf-8", "replace")

    @property
    def document(self) -> dict[str, Any] | None:
        """The body when it is a JSON object, else None."""
        try:
            document = json.loads(self._content)
        except ValueError:
            return None
        return document if isinstance(document, dict) else None

    @property
    def location(self) -> str:
        """The Location header as an absolute URL; to lack it is an unmet requirement."""
        self.must.have_header("Location")
        return self.resolve(self.headers["Location"])

    def resolve(self, reference: str) -> str:
        """Return a reference as an absolute URL: it may be relative (RFC 7231 §7.1.2)."""
        return urljoin(self.url, reference)

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status < 300

    @property
    def summary(self) -> str:
        """The status with what the endpoint says about it, for messages."""
        document = self.document or {}
        said = document.get("detail") or document.get("scimType")
        return f"status {self.status}" + (f" ({show(said)})" if said else "")

    @property
    def must(self) -> AnswerDemand:
        """What the rule under test asks of this answer."""
        return AnswerDemand(self)

    @property
    def given(self) -> Given:
        """What has to be so before the rule can be tried."""
        return Given(self.must)
