"""Replace in its five modes, and the guard around patterns.

Patterns are .NET's, in the dialect of the library `regex`, which knows its ``(?<name>...)``. A
pattern that would run for ages on some text is stopped after a quarter of a second.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Final, TypeVar

import regex

from provisioner.language.functions.registry import (
    Argument,
    EvaluationError,
    Evaluator,
    FunctionError,
    Result,
    function,
    scalar,
)
from provisioner.record import Attributes

SECONDS: Final = 0.25
Rewrite = Callable[[str, Attributes], str]
T = TypeVar("T")

_GROUP_USE = regex.compile(r"\$\{(\w+)\}|\$(\d{1,2})")


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> regex.Pattern[str]:
    """Compile a .NET pattern.

    :raises FunctionError: if it is not one.
    """
    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise FunctionError(f"the pattern {pattern!r} is wrong: {error}") from None


def pattern_of(argument: Argument) -> Callable[[Attributes], regex.Pattern[str]]:
    """Return a reader of the pattern: compiled now if it is a constant, else for each record."""
    if argument.constant is not None:
        compiled = compile_pattern(argument.constant)
        return lambda _: compiled

    def read(attributes: Attributes) -> regex.Pattern[str]:
        try:
            return compile_pattern(scalar(argument.evaluate(attributes), "Replace") or "(?!)")
        except FunctionError as error:
            raise EvaluationError(f"Replace: {error}") from None

    return read


def _in_time(search: Callable[[], T], pattern: regex.Pattern[str]) -> T:
    """Return what a search with `timeout=SECONDS` finds."""
    try:
        return search()
    except TimeoutError:
        raise EvaluationError(
            f"Replace: the pattern {pattern.pattern!r} takes too long on this text; rewrite it"
            " without repeats inside repeats"
        ) from None


@function(
    "Replace(source, [oldValue], [regexPattern], [regexGroupName], [replacementValue], "
    "[replacementAttributeName], [template])"
)
def replace(arguments: Sequence[Argument]) -> Evaluator:
    """Return the source with parts replaced, in the mode that the given arguments tell.

    oldValue + replacementValue: each occurrence. oldValue + template: each occurrence in the
    template becomes the source. regexPattern + replacementValue: each match, ``${group}`` allowed.
    With regexGroupName too: only that group's text. regexPattern, regexGroupName and
    replacementAttributeName: the source if it has a value, else the group found in the attribute.
    """
    given = tuple(number for number, a in enumerate(arguments, 1) if number > 1 and a.given)
    if given not in _MODES:
        raise FunctionError(
            "the given arguments (number "
            f"{', '.join(map(str, given)) or 'none'}) are none of its modes: 2 and 5, 2 and 7, "
            "3 and 5, 3, 4 and 5, 3, 4 and 6"
        )
    return _MODES[given](arguments)


def _each(
    rewriter: Callable[[Sequence[Argument]], Rewrite], arguments: Sequence[Argument]
) -> Evaluator:
    """Rewrite the source, or each value of it if it is a list; Null stays Null."""
    source, rewrite = arguments[0].evaluate, rewriter(arguments)

    def run(attributes: Attributes) -> Result:
        value = source(attributes)
        if isinstance(value, str):
            return rewrite(value, attributes)
        return None if value is None else [rewrite(item, attributes) for item in value]

    return run


def _text(argument: Argument) -> Callable[[Attributes], str]:
    """Return a reader of an argument for which Null is as good as nothing."""
    if argument.constant is not None:
        constant = argument.constant
        return lambda _: constant
    return lambda attributes: scalar(argument.evaluate(attributes), "Replace") or ""


def _plain(arguments: Sequence[Argument]) -> Rewrite:
    old, new = _text(arguments[1]), _text(arguments[4])

    def rewrite(source: str, attributes: Attributes) -> str:
        wanted = old(attributes)
        return source.replace(wanted, new(attributes)) if wanted else source

    return rewrite


def _template(arguments: Sequence[Argument]) -> Rewrite:
    old, template = _text(arguments[1]), _text(arguments[6])

    def rewrite(source: str, attributes: Attributes) -> str:
        wanted, text = old(attributes), template(attributes)
        return text.replace(wanted, source) if wanted else text

    return rewrite


def _pattern(arguments: Sequence[Argument]) -> Rewrite:
    pattern, new = pattern_of(arguments[2]), _text(arguments[4])
    _check_group_uses(arguments[2], arguments[4])

    def rewrite(source: str, attributes: Attributes) -> str:
        fill = _filler(new(attributes))
        compiled = pattern(attributes)
        return _in_time(lambda: compiled.sub(fill, source, timeout=SECONDS), compiled)

    return rewrite


def _filler(replacement: str) -> Callable[[regex.Match[str]], str]:
    """Return what fills in ``${name}`` and ``$1``; a group that is not there stays as written."""

    def fill(match: regex.Match[str]) -> str:
        def group(use: regex.Match[str]) -> str:
            name = use[1] or use[2]
            try:
                return match[int(name) if name.isdigit() else name] or ""
            except IndexError:
                return use[0]

        return _GROUP_USE.sub(group, replacement)

    return fill if "$" in replacement else lambda _: replacement


def _check_group_uses(pattern: Argument, replacement: Argument) -> None:
    if pattern.constant is None or replacement.constant is None:
        return
    names = compile_pattern(pattern.constant).groupindex
    for use in _GROUP_USE.finditer(replacement.constant):
        if use[1] and not use[1].isdigit() and use[1] not in names:
            raise FunctionError(f"the pattern has no group named {use[1]!r}")


def _group_name(arguments: Sequence[Argument]) -> str:
    name, pattern = arguments[3].constant, arguments[2].constant
    if name is None:
        raise FunctionError("regexGroupName must be a constant in quotes")
    if pattern is not None and name not in compile_pattern(pattern).groupindex:
        raise FunctionError(f"the pattern has no group named {name!r}")
    return name


def _group(arguments: Sequence[Argument]) -> Rewrite:
    pattern, new = pattern_of(arguments[2]), _text(arguments[4])
    name = _group_name(arguments)

    def rewrite(source: str, attributes: Attributes) -> str:
        text = new(attributes)

        def splice(match: regex.Match[str]) -> str:
            start, end = match.span(name) if name in match.re.groupindex else (-1, -1)
            if start < 0:
                return match[0]
            return source[match.start() : start] + text + source[end : match.end()]

        compiled = pattern(attributes)
        return _in_time(lambda: compiled.sub(splice, source, timeout=SECONDS), compiled)

    return rewrite


def _fallback(arguments: Sequence[Argument]) -> Evaluator:
    source, other, pattern = arguments[0], arguments[5], pattern_of(arguments[2])
    name = _group_name(arguments)

    def run(attributes: Attributes) -> Result:
        value = source.evaluate(attributes)
        if value:
            return value
        text = scalar(other.evaluate(attributes), "Replace")
        if not text:
            return None
        compiled = pattern(attributes)
        match = _in_time(lambda: compiled.search(text, timeout=SECONDS), compiled)
        return match.groupdict().get(name) if match else None

    return run


# Which arguments are given, by their place, to what builds that mode.
_MODES: dict[tuple[int, ...], Callable[[Sequence[Argument]], Evaluator]] = {
    (2, 5): partial(_each, _plain),
    (2, 7): partial(_each, _template),
    (3, 5): partial(_each, _pattern),
    (3, 4, 5): partial(_each, _group),
    (3, 4, 6): _fallback,
}
