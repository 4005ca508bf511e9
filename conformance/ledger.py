"""What was made on the endpoint, so that it can be removed whatever happens."""

import re
import time
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from conformance.answer import Answer
from conformance.material.samples import name_of
from conformance.wire.endpoint import Endpoint, Unanswered
from scim_protocol.urns import BULK, SEARCH

_NAME = re.compile(rb'"(userName|displayName)"\s*:\s*"([^"\\]*)"')
_AT_IT = 0.5
"""Seconds that an endpoint may need for a creation whose answer was not waited for."""
_GONE = (200, 202, 204, 404, 410)


class _Begun(NamedTuple):
    """A creation whose answer has not come, or said nothing: where, and how it can be found."""

    request: str
    path: str
    attribute: str
    name: str


class Ledger:
    """Knows every resource that a creation made or may have made."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._paths: dict[str, None] = {}  # in the order of their making
        self._uncertain: list[_Begun] = []
        self._answered: set[_Begun] = set()

    def before(self, method: str, path: str, body: object) -> None:
        """Note that a creation is about to be sent: its answer may never come.

        :raises Unready: when the run may not write.
        """
        self._endpoint.allow(method, path)
        if method != "POST" or path.endswith(SEARCH):  # Of which some tell where it is.
            return
        document = _named(body) if isinstance(body, bytes) else body
        if not isinstance(document, dict):
            return
        for place, created in _in_bulk(document) if path == BULK else [(path, document)]:
            name = name_of(created)
            if name is not None:
                attribute = "userName" if created.get("userName") == name else "displayName"
                self._uncertain.append(_Begun(path, place, attribute, name))

    def after(self, method: str, path: str, answer: Answer) -> None:
        """Note what the answer says was made or removed."""
        if method == "DELETE" and answer.status in _GONE:
            self._paths.pop(path, None)
        if method != "POST" or path.endswith(SEARCH):  # Of which some tell where it is.
            return
        if path == BULK:
            self._after_bulk(answer)
        elif 400 <= answer.status < 500:
            self._forget(path)
        elif answer.status >= 500:
            self._answered |= {entry for entry in self._uncertain if entry.request == path}
        elif answer.ok and (made := list(_made(path, answer))):
            self._forget(path)
            self._paths |= dict.fromkeys(made)

    def clean(self) -> list[str]:
        """Remove everything, the last made first; return the URLs of what would not go."""
        # Nothing is forgotten before it is done: an interruption may come at any line.
        left = []
        while self._uncertain:
            begun = self._uncertain[-1]
            found = list(self._search(begun))
            if not found and begun not in self._answered:
                # We hung up in the middle: the endpoint may be at it still.
                time.sleep(_AT_IT)
                found = list(self._search(begun))
            self._paths |= dict.fromkeys(found)
            self._uncertain.pop()
        while self._paths:
            last = next(reversed(self._paths))
            if not removed(self._endpoint, last):
                left.append(self._endpoint.url + last)
            self._paths.pop(last, None)
        return left

    def _after_bulk(self, answer: Answer) -> None:
        """Note what a bulk request made; what it does not tell of is looked for at the end."""
        operations = _objects((answer.document or {}).get("Operations"))
        creations = [done for done in operations if done.get("method") == "POST"]
        begun = [entry for entry in self._uncertain if entry.request == BULK]
        if 400 <= answer.status < 500 or len(creations) >= len(begun):
            self._uncertain = [entry for entry in self._uncertain if entry.request != BULK]
        base = urlsplit(self._endpoint.url).path
        for location in (done.get("location") for done in creations):
            if isinstance(location, str):
                self._paths[urlsplit(location).path.rpartition(base)[2]] = None

    def _forget(self, path: str) -> None:
        """A creation came to its end: the last one that was begun there."""
        begun = [entry for entry in self._uncertain if entry.request == path]
        if begun:
            self._uncertain.remove(begun[-1])

    def _search(self, begun: _Begun) -> Iterator[str]:
        """Look for what a creation without a usable answer may have made."""
        path = begun.path.partition("?")[0]
        wanted = f'{begun.attribute} eq "{begun.name}"'
        try:
            answer = self._endpoint.send("GET", path, query={"filter": wanted})
        except Unanswered:
            return
        for found in _objects((answer.document or {}).get("Resources")):
            # The endpoint may ignore filters: only what bears our name is ours.
            if found.get(begun.attribute) == begun.name and found.get("id"):
                yield f"{path}/{quote(str(found['id']), safe='')}"


def removed(endpoint: Endpoint, path: str) -> bool:
    """Delete a resource; say whether it is gone."""
    try:
        return endpoint.send("DELETE", path).status in _GONE
    except Unanswered:
        return False


def _made(path: str, answer: Answer) -> Iterator[str]:
    """Yield where the new resource is, by its id, else by its Location."""
    base = path.partition("?")[0]
    given = (answer.document or {}).get("id")
    key = quote(given, safe="") if isinstance(given, str) else ""
    key = key or urlsplit(answer.headers.get("Location", "")).path.rpartition("/")[2]
    if key.strip("."):  # a dot or two would lead to what is above it
        yield f"{base}/{key}"
        collection = "/" + base.strip("/").partition("/")[0]
        if collection != base:  # posted to a resource, which should not have made one
            yield f"{collection}/{key}"


def _named(raw: bytes) -> dict[str, Any]:
    """Return the names in a body that need not be JSON: the endpoint may take it all the same."""
    return {name.decode(): value.decode("utf-8", "replace") for name, value in _NAME.findall(raw)}


def _in_bulk(body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the creations of a bulk request: their paths and resources."""
    return [
        (str(operation.get("path")), operation["data"])
        for operation in _objects(body.get("Operations"))
        if operation.get("method") == "POST" and isinstance(operation.get("data"), dict)
    ]


def _objects(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
