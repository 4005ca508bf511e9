"""What an endpoint demands beyond its own schemas: more attributes, and what they look like.

    emails[type eq "work"].value={uuid}@example.com
    Group:externalId={uuid}
    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber={number}

In a value, {uuid}, {number} and {name} stand for what is new in each resource. A value that is
JSON is sent as it is: true, 12, ["a"]; "12" in quotation marks is a string.
"""

import json
import random
import re
import tomllib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.material.places import Document, Place
from conformance.naming import nearest
from conformance.problems import CannotRun

_WORDS = ("{uuid}", "{number}", "{name}")
_BRACES = re.compile(r"\{\w+\}")
_WRITTEN = re.compile(
    r"""(?:(?!urn:)(?P<type>[A-Za-z]\w*):)?     # User, when it is left out
        (?P<place>[^\[=]+ (?:\[[^\]]*\][^=]*)?)  # a condition may hold anything but a bracket
        =(?P<value>.*)""",
    re.X | re.S | re.I,
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One value that every resource of a type has to have."""

    type_name: str
    place: Place
    value: Any

    def made(self, name: str) -> Any:
        """Return the value for the resource of that name: always the same for the same name."""
        chance = random.Random(f"{name}/{self.type_name}/{self.place}")
        made = (
            str(uuid.UUID(int=chance.getrandbits(128), version=4)),
            str(chance.randrange(10**8, 10**9)),
            name,
        )
        return _filled(self.value, dict(zip(_WORDS, made, strict=True)))


class Requirements:
    """All that an endpoint demands."""

    def __init__(self, listed: Iterable[Requirement] = ()) -> None:
        self.listed: Final = tuple(listed)

    @classmethod
    def read(cls, given: Iterable[str]) -> "Requirements":
        """Read requirements: each is PLACE=VALUE, or the name of a TOML file.

        :raises CannotRun: when one is neither.
        """
        return cls(one for text in given for one in _read(text))

    def check(self, type_names: Iterable[str]) -> None:
        """Refuse what speaks of a type that the endpoint does not have.

        :raises CannotRun: with the nearest one that it has.
        """
        known = list(type_names)
        for one in self.listed:
            if one.type_name not in known:
                hint = nearest(one.type_name, known)
                raise CannotRun(f"--require: there is no resource type {one.type_name}{hint}")

    @property
    def ending(self) -> str:
        """What every userName has to end in: of `userName={uuid}@example.com` the domain."""
        for one in self.listed:
            if one.type_name == "User" and one.place.attribute.lower() == "username":
                return str(one.value).rpartition("}")[2]
        return ""

    def fill(self, type_name: str, resource: Document, name: str) -> Document:
        """Put in what is demanded and not there yet."""
        wanted = [one for one in self.listed if one.type_name == type_name]
        if wanted:
            resource = json.loads(json.dumps(resource, default=lambda node: node.value))
        for one in wanted:
            if one.place.read(resource) is None:
                one.place.write(resource, one.made(name))
        return resource


def _read(text: str) -> Iterator[Requirement]:
    if text.lower().endswith(".toml") and ("=" not in text or Path(text).is_file()):
        yield from _from_file(Path(text))
        return
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise CannotRun(f"--require {text!r} is neither PLACE=VALUE nor the name of a TOML file")
    yield _requirement(found["type"], found["place"], _value(found["value"]), text)


def _from_file(path: Path) -> Iterator[Requirement]:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise CannotRun(f"--require {path}: {problem.strerror or problem}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise CannotRun(f"--require {path} is no TOML: {problem}") from problem
    for type_name, table in document.items():
        if not isinstance(table, dict):
            raise CannotRun(f"--require {path}: {type_name} stands outside of [User] and [Group]")
        for place, value in table.items():
            yield _requirement(type_name, place, value, f"{path}: {place}")


def _requirement(type_name: str | None, place: str, value: Any, written: str) -> Requirement:
    try:
        parsed = Place.parse(place)
    except ValueError as problem:
        raise CannotRun(f"--require {written}: {problem}") from problem
    try:
        text = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as problem:
        raise CannotRun(
            f"--require {written}: JSON has no such value; a date is written in quotation marks"
        ) from problem
    for word in _BRACES.findall(text):
        if word not in _WORDS:
            raise CannotRun(f"--require {written}: {word} is none of {', '.join(_WORDS)}")
    return Requirement(type_name or "User", parsed, value)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(item, words) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, words) for key, item in value.items()}
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace(word, text)
    return value
