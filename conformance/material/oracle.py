"""What a filter has to find and a sort has to give, worked out over resources in memory.

The oracle knows only the RFC's tables 3 to 5. It reads no filter: a condition is put together from
its parts, and has its text and its meaning from them. Where the RFC leaves the meaning open it is
`None`, and whatever the endpoint answers is right.
"""

import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Document = Mapping[str, Any]
Meaning = Callable[[Document], bool | None]


@dataclass(frozen=True)
class Condition:
    """A filter: its text, of which resources it is true, and what it asks an endpoint to know."""

    text: str
    holds: Meaning
    attributes: frozenset[str]
    operators: frozenset[str]

    def __and__(self, other: "Condition") -> "Condition":
        return self._joined("and", other, lambda one, two: _not(_or(_not(one), _not(two))))

    def __or__(self, other: "Condition") -> "Condition":
        return self._joined("or", other, _or)

    def __invert__(self) -> "Condition":
        return Condition(
            f"not ({self.text})",
            lambda resource: _not(self.holds(resource)),
            self.attributes,
            self.operators | {"not"},
        )

    def written(self, text: str) -> "Condition":
        """Return the same condition in other words."""
        grouped = {"( )"} if text.count("(") > self.text.count("(") else set()
        return Condition(text, self.holds, self.attributes, self.operators | grouped)

    def _joined(
        self,
        word: str,
        other: "Condition",
        meaning: Callable[[bool | None, bool | None], bool | None],
    ) -> "Condition":
        return Condition(
            f"{self.text} {word} {other.text}",
            lambda resource: meaning(self.holds(resource), other.holds(resource)),
            self.attributes | other.attributes,
            self.operators | other.operators | {word},
        )


def comparison(
    path: str, operator: str, literal: Any = None, *, exact: bool, is_date: bool = False
) -> Condition:
    """Return one attribute expression.

    :param exact: whether the case of letters counts.
    :param is_date: whether values are compared as points in time.
    """
    if operator == "pr":
        return Condition(
            f"{path} pr",
            lambda resource: any(map(_is_there, values_at(resource, path))),
            frozenset({path}),
            frozenset({"pr"}),
        )

    def read(value: Any) -> Any:
        if is_date and operator not in ("co", "sw", "ew"):
            return moment(value)
        return value.lower() if isinstance(value, str) and not exact else value

    def holds(resource: Document) -> bool | None:
        found = [
            _COMPARE[operator](read(value), read(literal)) for value in values_at(resource, path)
        ]
        if operator == "ne":  # open: whether an absent value differs, and one of several
            return found[0] if found and len(set(found)) == 1 else None
        return any(found)

    text = f"{path} {operator} {json.dumps(literal, ensure_ascii=False)}"
    return Condition(text, holds, frozenset({path}), frozenset({operator}))


def one_value(path: str, inside: Condition) -> Condition:
    """Return a value path: one and the same value of the attribute meets the whole condition."""

    def holds(resource: Document) -> bool | None:
        found = [inside.holds(value) for value in values_at(resource, path)]
        return True if True in found else (None if None in found else False)

    return Condition(f"{path}[{inside.text}]", holds, frozenset({path}), inside.operators | {"[ ]"})


def values_at(resource: Document, path: str) -> list[Any]:
    """Return the values of an attribute, as `emails.value` or `urn:…:User:department`."""
    urn, _, name = path.rpartition(":")
    places: list[Any] = [resource]
    if urn and member(resource, urn) is not None:  # of the core schema they stand at the top
        places = [member(resource, urn)]
    for step in name.split("."):
        found = [member(place, step) for place in places if isinstance(place, Mapping)]
        places = [item for value in found for item in _listed(value)]
    return places


def sort_key(resource: Document, path: str) -> Any:
    """Return the value by which a resource is sorted: of several the primary, else the first."""
    head, _, tail = path.partition(".")
    values = values_at(resource, head)
    primary = [v for v in values if isinstance(v, Mapping) and member(v, "primary") is True]
    chosen = (primary or values)[:1]
    found = values_at(chosen[0], tail) if tail and chosen else chosen
    return found[0] if found else None


def member(place: Document, name: str) -> Any:
    """Return a member by its name in any case."""
    return next((value for key, value in place.items() if key.lower() == name.lower()), None)


def moment(text: str) -> datetime:
    """Return the point in time that a DateTime stands for."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=datetime.now().astimezone().tzinfo)


def is_ordered(keys: Iterable[Any], *, descending: bool) -> bool:
    """Tell whether keys stand in order; what has none is last, or first if descending."""
    listed = list(keys)[::-1] if descending else list(keys)
    there = [key for key in listed if key is not None]
    missing_last = listed[: len(there)] == there
    return missing_last and all(one <= two for one, two in itertools.pairwise(there))


def _or(one: bool | None, two: bool | None) -> bool | None:
    return True if True in (one, two) else (None if None in (one, two) else False)


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is_there(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_there, value.values()))
    return value is not None and value not in ("", [])


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: bool(value == wanted),
    "ne": lambda value, wanted: bool(value != wanted),
    "co": lambda value, wanted: wanted in value,
    "sw": lambda value, wanted: bool(value.startswith(wanted)),
    "ew": lambda value, wanted: bool(value.endswith(wanted)),
    "gt": lambda value, wanted: bool(value > wanted),
    "ge": lambda value, wanted: bool(value >= wanted),
    "lt": lambda value, wanted: bool(value < wanted),
    "le": lambda value, wanted: bool(value <= wanted),
}
