"""Assertions about values of an answer; each says what was expected and what came instead.

    created["meta"]["resourceType"].must.equal("User")

To read a member that an answer lacks is an unmet requirement too.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

from conformance.wire.exchange import Exchange

_LONGEST = 300


class Unmet(Exception):
    """The endpoint did not do what the rule asks."""

    def __init__(self, expected: str, actual: str, exchange: Exchange | None = None) -> None:
        super().__init__(f"expected {expected}; got {actual}")
        self.expected = expected
        self.actual = actual
        self.exchange = exchange


class Unready(Exception):
    """The rule could not be tried: a preparation failed, or the endpoint has no such thing."""


class Node:
    """A value inside an answer, which knows where it stands."""

    def __init__(self, value: Any, path: str, exchange: Exchange) -> None:
        self.value: Final = value
        self.path: Final = path
        self.exchange: Final = exchange

    def __repr__(self) -> str:
        return f"Node({self.path}: {show(self.value)})"

    def __str__(self) -> str:
        return self.value if isinstance(self.value, str) else json.dumps(self.value)

    def __eq__(self, other: object) -> bool:
        return bool(self.value == (other.value if isinstance(other, Node) else other))

    def __hash__(self) -> int:
        return hash(str(self))

    def __contains__(self, item: object) -> bool:
        return any(item == child for child in self)

    def __iter__(self) -> Iterator["Node"]:
        if not isinstance(self.value, list):
            self.fail("an array", show(self.value))
        for place, item in enumerate(self.value):
            yield Node(item, f"{self.path}[{place}]", self.exchange)

    def __getitem__(self, name: str) -> "Node":
        found = self.get(name)
        if found is None:
            self.fail(f"a member {_inside(self.path, name)}", f"none: {_names(self.value)}")
        return found

    def get(self, name: str) -> "Node | None":
        """Return a member, or None when it is absent or null (the same state, RFC 7643 §2.5)."""
        if not isinstance(self.value, dict):
            self.fail("an object", show(self.value))
        value = self.value.get(name)
        if value is None:  # attribute names are case-insensitive, RFC 7643 §2.1
            spelled = (v for key, v in self.value.items() if key.lower() == name.lower())
            value = next(spelled, None)
        return None if value is None else Node(value, _inside(self.path, name), self.exchange)

    def items_of(self, name: str) -> list["Node"]:
        """Return the values of a multi-valued attribute; none when it is unassigned."""
        found = self.get(name)
        return [] if found is None else list(found)

    def fail(self, expected: str, actual: str) -> NoReturn:
        """Say that the requirement is not met here."""
        raise Unmet(
            expected if self.path in expected else f"{self.path}: {expected}", actual, self.exchange
        )

    @property
    def must(self) -> "NodeDemand":
        """What the rule under test asks of this value."""
        return NodeDemand(self)


class NodeDemand:
    """Demands on one value of an answer."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def _that(self, holds: bool, expected: str, actual: str | None = None) -> None:
        if not holds:
            self._node.fail(expected, show(self._node.value) if actual is None else actual)

    def equal(self, value: object) -> None:
        """Be that value, of that type: true is not 1."""
        wanted = value.value if isinstance(value, Node) else value
        same_type = isinstance(wanted, bool) == isinstance(self._node.value, bool)
        self._that(same_type and self._node == wanted, show(wanted))

    def differ_from(self, value: object) -> None:
        """Be anything but that value."""
        self._that(self._node != value, f"another value than {show(value)}")

    def be(self, kind: str) -> None:
        """Be of a JSON type: "string", "boolean", "integer", "array", "object"; none empty."""
        self._that(KINDS[kind](self._node.value), f"a value that is {_article(kind)}")

    def be_one_of(self, *values: str) -> None:
        """Be one of the listed values."""
        self._that(self._node.value in values, "one of " + ", ".join(values))

    def match(self, what: str, test: Callable[[str], object]) -> None:
        """Be a string that passes a test, which `what` describes."""
        text = self._node.value
        self._that(isinstance(text, str) and bool(test(text)), what)

    def contain(self, value: object) -> None:
        """Be an array with that value in it."""
        self._that(value in self._node, f"to contain {show(value)}")

    def lack(self, name: str) -> None:
        """Be an object without that member."""
        member = self._node.get(name)
        # an empty array is unassigned too, RFC 7643 §2.5
        self._that(member is None or member.value == [], f"no value for {name!r}")


def unready(unmet: Unmet) -> Unready:
    """Turn an unmet demand into a failed preparation."""
    sent = f"{unmet.exchange.method} {unmet.exchange.url}: " if unmet.exchange else ""
    return Unready(f"prerequisite: {sent}{unmet}")


KINDS: Final[dict[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str) and value != "",
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list) and value != [],
    "object": lambda value: isinstance(value, dict) and value != {},
}


def require(holds: bool, expected: str, actual: object, exchange: Exchange | None = None) -> None:
    """Demand anything else; a value that is no text is shown as JSON."""
    if not holds:
        raise Unmet(expected, actual if isinstance(actual, str) else show(actual), exchange)


def covers(found: Any, wanted: Any) -> bool:
    """Whether a value is the one wanted: objects may have more members, lists any order.

    None is wanted of what is unassigned: absent, null or an empty array (RFC 7643 §2.5).
    """
    if wanted is None:
        return found is None or found == []
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            return False
        names = {name.lower(): value for name, value in found.items()}
        return all(covers(names.get(name.lower()), value) for name, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(found, list) and _same_values(found, wanted)
    return isinstance(found, bool) == isinstance(wanted, bool) and bool(found == wanted)


def _same_values(found: list[Any], wanted: list[Any]) -> bool:
    left = list(found)
    for value in wanted:
        place = next((i for i, one in enumerate(left) if covers(one, value)), None)
        if place is None:
            return False
        del left[place]
    return not left


def show(value: object) -> str:
    """Write a value as JSON, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _names(value: Any) -> str:
    return "it has " + (", ".join(value) if value else "no members")


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
