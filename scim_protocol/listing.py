"""Sequences of resources sorted and cut into pages (RFC 7644 §3.4.2.3, §3.4.2.4)."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scim_protocol.datatypes import parse_date_time
from scim_protocol.definitions import Attribute, ResourceModel, Target, UnknownAttribute
from scim_protocol.errors import InvalidPath, InvalidValue, shortened
from scim_protocol.resource import Resource

# The largest integer that is exact wherever numbers of JSON are read (RFC 8259 §6).
MOST_EXACT: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a result: its first place, counted from 1, and the most resources it holds."""

    start_index: int = 1
    count: int = 100

    @classmethod
    def parse(cls, start_index: Any, count: Any, *, default: int = 100, most: int = 1000) -> "Page":
        """Read `startIndex` and `count`; values below what they can be are read as the least.

        :raises InvalidValue: one of them is not an integer.
        """
        start = 1 if start_index is None else max(1, _integer("startIndex", start_index))
        wanted = default if count is None else max(0, _integer("count", count))
        # A place so far is past the end of any list, and every reader of JSON takes the number.
        return cls(min(start, MOST_EXACT), min(wanted, most))

    def of(self, resources: Sequence[Any]) -> Sequence[Any]:
        """Return the resources on this page."""
        first = self.start_index - 1
        return resources[first : first + self.count]


def sort_target(sort_by: str, model: ResourceModel) -> Target:
    """Return the simple attribute that `sortBy` names; a complex one is sorted by its `value`.

    :raises InvalidValue: the name is malformed, unknown, or names nothing that has an order.
    """
    try:
        target = model.resolve(sort_by)
    except (InvalidPath, UnknownAttribute) as error:
        raise InvalidValue(f"sortBy: {error}") from None
    if target.leaf.is_complex:
        value = target.attribute.sub("value") if target.sub is None else None
        if value is None:
            raise InvalidValue(f"sortBy: {target} is complex; name one of its sub-attributes.")
        target = Target(target.urn, target.attribute, value)
    if "never" in (target.attribute.returned, target.leaf.returned):
        raise InvalidValue(f"sortBy: {target} is never returned.")
    return target


def sort_key(target: Target) -> Callable[[Resource], Any]:
    """Return a function that gives the value a resource is sorted by; None if it has none.

    Of several values the primary one counts, else the first.
    """
    name, sub, urn = target.attribute.name, target.sub, target.urn
    comparable = _comparable(target.leaf)

    def key(resource: Resource) -> Any:
        values = (resource.get(urn, {}) if urn else resource).get(name)
        if isinstance(values, list):
            values = _first(values)
        value = values.get(sub.name) if sub is not None and isinstance(values, dict) else values
        return None if value is None else comparable(value)

    return key


def sort_resources(
    resources: Iterable[Resource], sort_by: str, model: ResourceModel, *, descending: bool = False
) -> list[Resource]:
    """Sort resources; those without a value come last, and first in descending order.

    :raises InvalidValue: as `sort_target` does.
    """
    key = sort_key(sort_target(sort_by, model))
    keyed = [(key(resource), resource) for resource in resources]
    present = [pair for pair in keyed if pair[0] is not None]
    present.sort(key=lambda pair: pair[0], reverse=descending)
    absent = [resource for value, resource in keyed if value is None]
    ordered = [resource for _, resource in present]
    return absent + ordered if descending else ordered + absent


def _comparable(attribute: Attribute) -> Callable[[Any], Any]:
    if attribute.type == "dateTime":
        return parse_date_time
    if attribute.type in ("string", "reference", "binary") and not attribute.case_exact:
        return attribute.fold
    return lambda value: value


def _first(values: list[Any]) -> Any:
    primary = (one for one in values if isinstance(one, dict) and one.get("primary") is True)
    return next(primary, values[0] if values else None)


def _integer(name: str, value: Any) -> int:
    """Read an integer of JSON, in which 1e30 is one, or of a URL, in which it is text."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0:
        return int(value)
    found = _INTEGER.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        is_plain = not isinstance(value, str) or (value and " " not in value)
        came = shortened(str(value) if is_plain else json.dumps(value))
        raise InvalidValue(f"{name} must be an integer, not {came}.")
    # What has more digits is beyond any bound anyway, and costly to read.
    return int(found["sign"] + (found["digits"] if len(found["digits"]) < 30 else "9" * 30))


_INTEGER: Final = re.compile(r"(?P<sign>[+-]?)0*(?P<digits>\d+)", re.ASCII)
