"""Scoping: a SCIM filter (RFC 7644 §3.4.2.2) over a record's source attributes.

The filter names source attributes exactly as the source does, letter case included. Values have no
types in a source, so they are compared as follows: texts without regard to letter case (SCIM's
default); ``true`` and ``false`` equal the texts "True" and "False" in any case; gt, ge, lt and le
as numbers if both sides are, else as texts. A list matches if one of its values does. An attribute
without a value matches ``ne``, ``not`` and ``eq null``, and nothing else.
"""

from collections.abc import Callable
from typing import Final

from provisioner.job.settings import ScopeSettings, ScopingFilter
from provisioner.language.clauses import compile_filters
from provisioner.record import Attributes, Kind, Value
from scim_protocol.datatypes import fold
from scim_protocol.errors import InvalidFilter
from scim_protocol.filter import (
    And,
    AttributePath,
    Comparison,
    Filter,
    Literal,
    Not,
    Or,
    Present,
    ValuePath,
    parse_filter,
)

Predicate = Callable[[Attributes], bool]


class ScopeError(Exception):
    """The text is no filter, or asks for what source attributes do not have."""


def scope_of(scope: ScopeSettings, kind: Kind) -> Predicate:
    """Return the test of a kind's records: the SCIM filter and Entra's filters, if there are any.

    It raises `EvaluationError` where a value cannot be compared.

    :raises ScopeError: :raises ClauseError: with the reason.
    """
    text, filters = _of_kind(scope, kind)
    by_clauses = compile_filters(filters)
    if text is None:
        return by_clauses
    by_text = compile_scope(text)
    return lambda attributes: by_text(attributes) and by_clauses(attributes)


def names_of(scope: ScopeSettings, kind: Kind) -> frozenset[str]:
    """Return the source attributes that the scope of a kind names.

    :raises ScopeError: with the reason.
    """
    text, filters = _of_kind(scope, kind)
    named = {clause.attribute for each in filters for clause in each.clauses}
    return frozenset(named) | (attributes(text) if text is not None else frozenset())


def compile_scope(text: str) -> Predicate:
    """Turn a filter into a test of a record's attributes.

    :raises ScopeError: with the reason.
    """
    return _compile(_parse(text))


def _of_kind(scope: ScopeSettings, kind: Kind) -> tuple[str | None, tuple[ScopingFilter, ...]]:
    if kind == "users":
        return scope.users, scope.user_filters
    return scope.groups, scope.group_filters


def attributes(text: str) -> frozenset[str]:
    """Return the source attributes that a filter names.

    :raises ScopeError: with the reason.
    """
    return frozenset(_names(_parse(text)))


def _parse(text: str) -> Filter:
    try:
        return parse_filter(text)
    except InvalidFilter as error:
        raise ScopeError(error.detail) from None


def _name(path: AttributePath) -> str:
    if path.urn is not None:
        raise ScopeError(f"{path}: a source attribute has no URN; write its name alone")
    return str(path)


def _names(tree: Filter) -> set[str]:
    if isinstance(tree, And | Or):
        return _names(tree.left) | _names(tree.right)
    if isinstance(tree, Not):
        return _names(tree.operand)
    return {_name(tree.path)}


def _compile(tree: Filter) -> Predicate:
    if isinstance(tree, And):
        left, right = _compile(tree.left), _compile(tree.right)
        return lambda attributes: left(attributes) and right(attributes)
    if isinstance(tree, Or):
        left, right = _compile(tree.left), _compile(tree.right)
        return lambda attributes: left(attributes) or right(attributes)
    if isinstance(tree, Not):
        operand = _compile(tree.operand)
        return lambda attributes: not operand(attributes)
    if isinstance(tree, ValuePath):
        raise ScopeError(f"{tree}: source attributes have no parts, so no brackets")
    name = _name(tree.path)
    if isinstance(tree, Present):
        return lambda attributes: _present(attributes.get(name))
    return _comparison(name, tree)


def _present(value: Value) -> bool:
    return value is not None and value not in ("", [])


def _comparison(name: str, comparison: Comparison) -> Predicate:
    verb, wanted = comparison.operator, comparison.value
    if verb == "ne":
        equal = _comparison(name, Comparison(comparison.path, "eq", wanted))
        return lambda attributes: not equal(attributes)
    if wanted is None:
        if verb != "eq":
            raise ScopeError(f"{comparison}: null goes with eq and ne only")
        return lambda attributes: not _present(attributes.get(name))
    if isinstance(wanted, bool) and verb != "eq":
        raise ScopeError(f"{comparison}: true and false go with eq and ne only")
    matches = _TESTS[verb](_text(wanted))

    def test(attributes: Attributes) -> bool:
        value = attributes.get(name)
        if isinstance(value, str):
            return value != "" and matches(fold(value))
        if isinstance(value, list):
            return any(matches(fold(item)) for item in value)
        return value is not None and matches(_text(value))

    return test


def _text(value: Literal) -> str:
    return fold(str(value))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


Test = Callable[[str], bool]


def _ordering(passes: Callable[[int], bool]) -> Callable[[str], Test]:
    def against(wanted: str) -> Test:
        limit = _number(wanted)

        def matches(value: str) -> bool:
            number = _number(value)
            if number is None or limit is None:
                return passes((value > wanted) - (value < wanted))
            return passes((number > limit) - (number < limit))

        return matches

    return against


_TESTS: Final[dict[str, Callable[[str], Callable[[str], bool]]]] = {
    "eq": lambda wanted: lambda value: value == wanted,
    "co": lambda wanted: lambda value: wanted in value,
    "sw": lambda wanted: lambda value: value.startswith(wanted),
    "ew": lambda wanted: lambda value: value.endswith(wanted),
    "gt": _ordering(lambda order: order > 0),
    "ge": _ordering(lambda order: order >= 0),
    "lt": _ordering(lambda order: order < 0),
    "le": _ordering(lambda order: order <= 0),
}
