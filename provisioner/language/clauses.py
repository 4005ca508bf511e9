"""Entra ID's scoping filters: clauses that must all hold, filters of which one must.

Comparisons are exact, letter case included. An attribute without a value makes every clause false
but IS NULL: so NOT EQUALS and NOT REGEX MATCH do not let in who has none. A pattern must match the
whole value: Entra's own samples ("[1-9][0-9]" for 10 to 99) mean that.
"""

from collections.abc import Callable, Mapping
from typing import Final

import regex

from provisioner.job.settings import Clause, ScopingFilter
from provisioner.language.functions import FunctionError
from provisioner.language.functions.registry import EvaluationError, whole_number
from provisioner.language.functions.replace import SECONDS, compile_pattern
from provisioner.nearest import did_you_mean
from provisioner.record import Attributes, Value

Test = Callable[[str], bool]


class ClauseError(Exception):
    """A clause cannot be used; the message says why and what to write."""


def operator_of(name: str) -> str:
    """Return an operator as it is written here: letter case and underscores do not count.

    :raises ClauseError: if there is none of that name.
    """
    written = " ".join(name.replace("_", " ").upper().split())
    if written not in _UNARY and written not in _BINARY:
        near = did_you_mean(written, [*_UNARY, *_BINARY])
        raise ClauseError(f"there is no operator {name!r}{near}")
    return written


def compile_filters(filters: tuple[ScopingFilter, ...]) -> Callable[[Attributes], bool]:
    """Turn filters into a test of a record's attributes; without filters everything passes.

    The test raises `EvaluationError` where a value cannot be compared.

    :raises ClauseError: with the reason.
    """
    compiled = [[_compile(clause) for clause in each.clauses] for each in filters]
    if not compiled:
        return lambda attributes: True
    return lambda attributes: any(all(test(attributes) for test in tests) for tests in compiled)


def _compile(clause: Clause) -> Callable[[Attributes], bool]:
    name, operator = clause.attribute, operator_of(clause.operator)
    if operator in _UNARY:
        if clause.value:
            raise ClauseError(f"{clause}: {operator} takes no value")
        unary = _UNARY[operator]
        return lambda attributes: unary(attributes.get(name))
    if not clause.value:
        raise ClauseError(f"{clause}: {operator} needs a value")
    try:
        matches = _BINARY[operator](clause.value)
    except (EvaluationError, FunctionError) as error:
        raise ClauseError(f"{clause}: {error}") from None

    # Of a list, one value must match; what is forbidden, none may be.
    every = all if operator in _NEGATIONS else any

    def test(attributes: Attributes) -> bool:
        value = attributes.get(name)
        if isinstance(value, list):
            return every(map(matches, value)) if value else False
        return value not in (None, "") and matches(_text(value))

    return test


def _text(value: Value) -> str:
    return value if isinstance(value, str) else str(value)


def _is(word: str) -> Callable[[Value], bool]:
    return lambda value: value is not None and _text(value).strip().lower() in _WORDS[word]


_WORDS: Final = {"true": ("true", "1"), "false": ("false", "0")}
_UNARY: Final[Mapping[str, Callable[[Value], bool]]] = {
    "IS TRUE": _is("true"),
    "IS FALSE": _is("false"),
    "IS NULL": lambda value: not value and value is not False,
    "IS NOT NULL": lambda value: bool(value) or value is False,
}


def _integers(passes: Callable[[int, int], bool]) -> Callable[[str], Test]:
    """Compare whole numbers; a value that is none is no match, as Entra compares integers only."""

    def against(wanted: str) -> Test:
        limit = whole_number(wanted, "the comparison")

        def matches(value: str) -> bool:
            try:
                return passes(whole_number(value, ""), limit)
            except EvaluationError:
                return False

        return matches

    return against


def _pattern(wanted: bool) -> Callable[[str], Test]:
    def against(text: str) -> Test:
        pattern = compile_pattern(text)

        def matches(value: str) -> bool:
            return (_whole_match(pattern, value) is not None) == wanted

        return matches

    return against


def _whole_match(pattern: regex.Pattern[str], value: str) -> regex.Match[str] | None:
    try:
        return pattern.fullmatch(value, timeout=SECONDS)
    except TimeoutError:
        raise EvaluationError(
            f"the pattern {pattern.pattern!r} takes too long on this text; rewrite it without "
            "repeats inside repeats"
        ) from None


_BINARY: Final[Mapping[str, Callable[[str], Test]]] = {
    "EQUALS": lambda wanted: lambda value: value == wanted,
    "NOT EQUALS": lambda wanted: lambda value: value != wanted,
    "INCLUDES": lambda wanted: lambda value: wanted in value,
    "ENDS WITH": lambda wanted: lambda value: value.endswith(wanted),
    "REGEX MATCH": _pattern(True),
    "NOT REGEX MATCH": _pattern(False),
    "GREATER THAN": _integers(lambda value, limit: value > limit),
    "GREATER THAN OR EQUALS": _integers(lambda value, limit: value >= limit),
    "LESS THAN": _integers(lambda value, limit: value < limit),
    "LESS THAN OR EQUALS": _integers(lambda value, limit: value <= limit),
    "&": _integers(lambda value, mask: value & mask == mask),
    "!&": _integers(lambda value, mask: value & mask != mask),
}
_NEGATIONS: Final = frozenset({"NOT EQUALS", "NOT REGEX MATCH", "!&"})
