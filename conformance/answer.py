"""What came back: status, headers, and a JSON body whose members can be read without fear.

    created.given.have_status(201)
    created.must.have_header("Location")

`must` speaks of the rule under test: unmet, it is the verdict of the check. `given` speaks of a
preparation: unmet, the check is skipped, as the rule itself was never tried.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import urljoin

import requests

from conformance.expect import Node, Unmet, covers, show, unready
from conformance.wire.exchange import Exchange
from scim_protocol.urns import ERROR, LIST_RESPONSE

_DEEPEST = 100
_TOO_DEEP = f"its JSON is nested in more than {_DEEPEST} levels"
_HALVES = re.compile("[\ud800-\udfff]")
_A_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
"""The escape of one half of a character, which JSON can write and UTF-8 cannot (RFC 8259 §8.2)."""


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
            document = _parsed(self._content)
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
            document = _parsed(self._content)
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
        try:
            return urljoin(self.url, reference)
        except ValueError:
            raise Unmet("a URL", show(reference), self.exchange) from None

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
    def must(self) -> "AnswerDemand":
        """What the rule under test asks of this answer."""
        return AnswerDemand(self)

    @property
    def given(self) -> "Given":
        """What has to be so before the rule can be tried."""
        return Given(self.must)


class AnswerDemand:
    """Demands on a whole answer."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def _that(self, holds: bool, expected: str, actual: str) -> None:
        if not holds:
            raise Unmet(expected, actual, self._answer.exchange)

    def have_status(self, *codes: int) -> None:
        """Have one of these HTTP statuses."""
        wanted = " or ".join(str(code) for code in codes)
        self._that(self._answer.status in codes, f"status {wanted}", self._answer.summary)

    def be_refused(self) -> None:
        """Be an error that names the client's mistake, whichever it is: any 4xx."""
        self._that(
            400 <= self._answer.status < 500, "a status from 400 to 499", self._answer.summary
        )

    def be_no_failure(self) -> None:
        """Have any status but a 5xx; 501 says that there is no such feature."""
        status = self._answer.status
        self._that(status < 500 or status == 501, "no status of 5xx", self._answer.summary)

    def have_header(self, name: str, equal_to: object = None) -> None:
        """Have a header, and, when a value is given, that value."""
        value = self._answer.headers.get(name)
        self._that(value is not None, f"a header {name}", "none")
        if equal_to is not None:
            # Only of addresses may two spellings be the same.
            read = self._answer.resolve if name == "Location" else str
            same = read(str(value)) == read(str(equal_to))
            self._that(same, f"{name}: {equal_to}", f"{name}: {value}")

    def have_media_type(self, *types: str) -> None:
        """Have one of these media types, whatever their parameters."""
        found = self._answer.headers.get("Content-Type", "none")
        self._that(
            found.partition(";")[0].strip().lower() in types,
            "Content-Type " + " or ".join(types),
            found,
        )

    def have(self, name: str, equal_to: object = None) -> None:
        """Have a member, and, when a value is given, that value."""
        member = self._answer[name]
        if equal_to is not None:
            member.must.equal(equal_to)

    def lack(self, name: str) -> None:
        """Have no value for that member."""
        self._answer.body.must.lack(name)

    def hold(self, wanted: Mapping[str, Any]) -> None:
        """Have these values, and perhaps more parts of them; None is for what has no value.

        Of a list each value must be there and no other, in any order.
        """
        for name, value in wanted.items():
            found = self._answer.body.get(name)
            actual = None if found is None else found.value
            self._that(
                covers(actual, value),
                f"{name} to be {'unassigned' if value is None else show(value)}",
                show(actual),
            )

    def be_error(self, status: int, scim_type: str | None = None, *optional: str) -> None:
        """Be a SCIM error of this status (RFC 7644 §3.12).

        :param scim_type: the keyword where the RFC asks for it.
        :param optional: keywords of which one must stand there if there is any at all.
        """
        self.have_status(status)
        found = self._answer.body.get("scimType")
        if scim_type is not None:
            self._answer.body["scimType"].must.equal(scim_type)
        elif found is not None and optional:
            found.must.be_one_of(*optional)

    def be_error_message(self) -> None:
        """Have the form of a SCIM error: its schema, and the status as a string."""
        self._answer["schemas"].must.contain(ERROR)
        self._answer["status"].must.equal(str(self._answer.status))

    def be_list(self, *, counted: bool = True) -> list[Node]:
        """Be a ListResponse (RFC 7644 §3.4.2); return its resources.

        :param counted: totalResults is required, except of endpoints that page by cursors alone.
        """
        self.have_status(200)
        self._answer["schemas"].must.contain(LIST_RESPONSE)
        found = self._answer.body.items_of("Resources")
        if not counted and self._answer.body.get("totalResults") is None:
            return found
        self._answer["totalResults"].must.be("integer")
        total = self._answer["totalResults"].value
        self._that(
            len(found) <= total, f"at most totalResults ({total}) resources", str(len(found))
        )
        return found


class Given:
    """The demands of a preparation: when one is not met, the check is skipped."""

    def __init__(self, demands: AnswerDemand) -> None:
        self._demands = demands

    def have_status(self, *codes: int) -> None:
        """Have one of these HTTP statuses, or there is nothing to try the rule on."""
        self._or_skip(lambda: self._demands.have_status(*codes))

    def hold(self, wanted: Mapping[str, Any]) -> None:
        """Have these values, or there is nothing to try the rule on."""
        self._or_skip(lambda: self._demands.hold(wanted))

    def _or_skip(self, demand: Callable[[], None]) -> None:
        try:
            demand()
        except Unmet as unmet:
            raise unready(unmet) from unmet


def _parsed(content: bytes) -> Any:
    """Read JSON of any text.

    :raises ValueError: for what is none, or is nested more deeply than can be worked with.
    """
    try:
        document = json.loads(content, parse_constant=_refused)
    except RecursionError as problem:
        raise ValueError(_TOO_DEEP) from problem
    if content.count(b"}") + content.count(b"]") > _DEEPEST and _is_deep(document):
        raise ValueError(_TOO_DEEP)
    return _whole(document) if _A_HALF.search(content) else document


def _is_deep(document: Any) -> bool:
    level = [document]
    for _ in range(_DEEPEST):
        nested = (one for one in level if isinstance(one, dict | list))
        level = [
            child for one in nested for child in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


def _refused(name: str) -> NoReturn:
    """Take no NaN and no Infinity, which Python reads and JSON does not have."""
    raise ValueError(name)


def _whole(value: Any) -> Any:
    """Put a mark in the place of half characters: nothing that holds one can be sent or shown."""
    if isinstance(value, str):
        return _HALVES.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value
