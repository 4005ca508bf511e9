"""Lives a profile: sends its steps one after the other, and holds the answers against them."""

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlsplit

from conformance.answer import Answer
from conformance.expect import Node, Unready, require, show
from conformance.material.places import Document, Place
from conformance.material.samples import Names
from conformance.profiles.reading import Profile
from conformance.profiles.step import Ask, Step
from conformance.requirements import Requirements
from conformance.scim import Scim

_WORD = re.compile(r"<([a-z0-9-]+)>")
_ALWAYS_KEPT = frozenset({"userName", "active", "externalId"})
"""Attributes that every provider lives by: a schema that lacks one excuses nothing."""
_MOST_PAGES = 50
_TYPES = {"Users": "User", "Groups": "Group"}


class Life:
    """One run of a profile: its names, the ids that it was given, and what it read last."""

    def __init__(self, profile: Profile, names: Names, requirements: Requirements) -> None:
        self._profile: Final = profile
        self._requirements: Final = requirements
        self._read: dict[str, Document] = {}
        self._words: dict[str, str] = {
            word: names.name() for word in ("name", "other-name", "new-name", "group-name")
        }
        self._words["new-group-name"] = self._words["group-name"] + "-eu"
        for word in ("uuid", "anchor", "other-anchor", "group-anchor"):
            self._words[word] = str(uuid.uuid5(uuid.NAMESPACE_URL, names.name()))

    def steps(self) -> list[Step]:
        """Return the profile's steps, each ready to be judged, in their order."""
        return [replace(step, body=partial(self._play, step)) for step in self._profile.steps]

    def _play(self, step: Step, scim: Scim) -> None:
        self._ask(step.ask, scim)
        for ask in step.then:
            self._ask(ask, scim)

    def _ask(self, ask: Ask, scim: Scim) -> None:
        # An id may hold anything: in a path it is written as URLs want it.
        sent = _WORD.sub(lambda found: quote(self._word(found[1]), safe=""), ask.send)
        method, _, path = sent.partition(" ")
        self._words["base"] = scim.endpoint.url
        headers = self._profile.headers | ({"Content-Type": ask.type} if ask.type else {})
        answer = scim.send(method, path, body=self._body(ask, method, path), headers=headers)
        self._remember(ask, answer)
        for expectation, test in _TESTS.items():
            wanted = getattr(ask, expectation)
            if wanted is not None and (wanted != () or expectation == "members"):
                test(self._filled(wanted), answer, scim)
        if ask.walk is not None:
            self._walk(self._filled(ask.walk), path, scim)

    def _body(self, ask: Ask, method: str, path: str) -> Any:
        kind, _, key = path.partition("?")[0].strip("/").partition("/")
        body = self._filled(ask.body)
        if ask.changes is not None:
            if key not in self._read:
                raise Unready("prerequisite: what is to be replaced could not be read before")
            body = self._read[key] | self._filled(ask.changes)
        if method == "POST" and isinstance(body, dict) and kind in _TYPES:
            name = str(body.get("userName") or body.get("displayName"))
            return self._requirements.fill(_TYPES[kind], body, name)
        return body

    def _remember(self, ask: Ask, answer: Answer) -> None:
        document = answer.document or {}
        given = document.get("id")
        if answer.ok and isinstance(given, str):
            self._read[quote(given, safe="")] = document
        if ask.keep is not None and answer.ok:
            self._words[ask.keep] = str(answer["id"])

    def _filled(self, value: Any) -> Any:
        """Fill in the words; one that an earlier step should have given skips this one."""
        if isinstance(value, str):
            return _WORD.sub(lambda found: self._word(found[1]), value)
        if isinstance(value, dict):
            return {self._filled(key): self._filled(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._filled(item) for item in value]
        return value

    def _word(self, word: str) -> str:
        if word not in self._words:
            raise Unready(f"prerequisite: an earlier step of the profile was to give the {word}")
        return self._words[word]

    def _walk(self, wanted: str, path: str, scim: Scim) -> None:
        """Go from page to page, as an import does, until the resource is met."""
        seen = 0
        base, _, query = path.partition("?")
        rest = "&".join(part for part in query.split("&") if not part.startswith("startIndex="))
        for _ in range(_MOST_PAGES):
            page = scim.send(
                "GET", f"{base}?startIndex={seen + 1}&{rest}", headers=self._profile.headers
            )
            found = page.must.be_list()
            if any(node.get("id") == wanted for node in found):
                return
            seen += len(found)
            total = page["totalResults"].value
            require(bool(found) or seen >= total, "a page that is not empty", "none", page.exchange)
            if seen >= total:
                require(False, f"{wanted} on one of the pages", f"{seen} others", page.exchange)
        raise Unready(f"not met on the first {_MOST_PAGES} pages; there are more")


def _status(wanted: list[int], answer: Answer, _: Scim) -> None:
    answer.must.have_status(*wanted)


def _media(wanted: list[str], answer: Answer, _: Scim) -> None:
    answer.must.have_media_type(*wanted)


def _found(wanted: int | str, answer: Answer, _: Scim) -> None:
    listed = answer.must.be_list()
    count = wanted if isinstance(wanted, int) else 1
    answer["totalResults"].must.equal(count)
    require(len(listed) == count, f"{count} in Resources", str(len(listed)), answer.exchange)
    if isinstance(wanted, str):
        listed[0]["id"].must.equal(wanted)


def _page(most: int, answer: Answer, _: Scim) -> None:
    if not answer.ok:  # a refusal, which the statuses allow
        return
    listed = answer.must.be_list()
    for name in ("startIndex", "itemsPerPage"):
        if told := answer.body.get(name):
            told.must.be("integer")
    require(len(listed) <= most, f"at most {most} in Resources", str(len(listed)), answer.exchange)


def _among(wanted: list[str], answer: Answer, _: Scim) -> None:
    listed = [node.value for node in answer.must.be_list()]
    found = {one.get(key) for one in listed if isinstance(one, dict) for key in ("id", "name")}
    missing = [one for one in wanted if one not in found]
    require(not missing, f"{', '.join(missing)} in Resources", "none", answer.exchange)


def _has(wanted: dict[str, Any], answer: Answer, scim: Scim) -> None:
    document = _resource(answer)
    kind = _TYPES.get(
        urlsplit(answer.url)
        .path.removeprefix(urlsplit(scim.endpoint.url).path)
        .strip("/")
        .partition("/")[0]
    )
    for written, value in wanted.items():
        place = Place.parse(written)
        if kind == "User" and _is_unclaimed(place, scim):
            continue
        found = place.read(document)
        require(
            found == value and type(found) is type(value),
            f"{written}: {show(value)}",
            "none" if found is None else show(found),
            answer.exchange,
        )


def _is_unclaimed(place: Place, scim: Scim) -> bool:
    """Whether the endpoint's schema has no such attribute, and no provider needs it."""
    if place.attribute in _ALWAYS_KEPT:
        return False
    if place.urn is not None:
        return scim.claims.missing("EnterpriseUser") is not None
    return scim.claims.missing(f"User.{place.claim}") is not None


def _lacks(wanted: list[str], answer: Answer, _: Scim) -> None:
    document = _resource(answer)
    for written in wanted:
        found = Place.parse(written).read(document)
        unassigned = found in (None, [], "")
        require(unassigned, f"no {written}", show(found), answer.exchange)


def _members(wanted: list[str], answer: Answer, _: Scim) -> None:
    listed = answer.body.items_of("members")
    found = sorted(str(node["value"]) for node in listed)
    require(found == sorted(wanted), _so_many(wanted), _so_many(found), answer.exchange)


def _so_many(ids: list[str]) -> str:
    return "the members " + ", ".join(sorted(ids)) if ids else "no members"


def _resource(answer: Answer) -> Document:
    """Return the resource of an answer; of a list, its only one."""
    body: Node = answer.body
    listed = body.items_of("Resources") if body.get("Resources") is not None else [body]
    value = listed[0].value if listed else {}
    return value if isinstance(value, dict) else {}


_TESTS: Final[dict[str, Callable[[Any, Answer, Scim], None]]] = {
    "status": _status,
    "media": _media,
    "found": _found,
    "page": _page,
    "among": _among,
    "has": _has,
    "lacks": _lacks,
    "members": _members,
}
