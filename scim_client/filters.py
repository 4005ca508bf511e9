"""Filters built from values, so that no quote in a name can break out of them (RFC 7644 §3.4.2.2).

    scim.users.first(eq("userName", name))
    scim.users.search(all_of(eq("active", True), any_of(sw("title", "M"), present("nickName"))))
    scim.groups.patch(id, remove(f'members[{eq("value", ada["id"])}]'))

A filter prints as its text. A path that is not one raises `InvalidPath`.
"""

from functools import reduce

from scim_protocol.filter import (
    And,
    Comparison,
    Filter,
    Literal,
    Not,
    Or,
    Present,
    parse_attribute_path,
)

__all__ = [
    "Filter",
    "all_of",
    "any_of",
    "co",
    "eq",
    "ew",
    "ge",
    "gt",
    "le",
    "lt",
    "ne",
    "negation",
    "present",
    "sw",
]


def _compare(path: str, operator: str, value: Literal) -> Comparison:
    return Comparison(parse_attribute_path(path), operator, value)


def eq(path: str, value: Literal) -> Comparison:
    """Match what is equal."""
    return _compare(path, "eq", value)


def ne(path: str, value: Literal) -> Comparison:
    """Match what is not equal."""
    return _compare(path, "ne", value)


def co(path: str, value: str) -> Comparison:
    """Match what contains the text."""
    return _compare(path, "co", value)


def sw(path: str, value: str) -> Comparison:
    """Match what starts with the text."""
    return _compare(path, "sw", value)


def ew(path: str, value: str) -> Comparison:
    """Match what ends with the text."""
    return _compare(path, "ew", value)


def gt(path: str, value: str | int | float) -> Comparison:
    """Match what is greater, or later."""
    return _compare(path, "gt", value)


def ge(path: str, value: str | int | float) -> Comparison:
    """Match what is greater or equal."""
    return _compare(path, "ge", value)


def lt(path: str, value: str | int | float) -> Comparison:
    """Match what is less, or earlier."""
    return _compare(path, "lt", value)


def le(path: str, value: str | int | float) -> Comparison:
    """Match what is less or equal."""
    return _compare(path, "le", value)


def present(path: str) -> Present:
    """Match what has a value."""
    return Present(parse_attribute_path(path))


def all_of(first: Filter, *others: Filter) -> Filter:
    """Match what every one of the filters matches."""
    return reduce(And, others, first)


def any_of(first: Filter, *others: Filter) -> Filter:
    """Match what at least one of the filters matches."""
    return reduce(Or, others, first)


def negation(filter: Filter) -> Not:
    """Match what the filter does not."""
    return Not(filter)
