"""Functions that choose and test.

Truth is the text "True" or "False". Null and "" are equal in a comparison and as a key of Switch:
a source that leaves a cell empty and one that leaves the attribute out mean the same.
"""

import re
from collections.abc import Callable, Sequence

from provisioner.language.functions.dates import as_date
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

_NUMBER = re.compile(r"\s*-?\d+(\.\d+)?\s*")


def is_true(value: Result) -> bool:
    """Tell whether a value counts as true: "True" in any case, or a number other than zero."""
    if not isinstance(value, str):
        return False
    return value.lower() == "true" or bool(_NUMBER.fullmatch(value) and float(value) != 0)


def _test(passes: Callable[[Result], bool]) -> Callable[[Sequence[Argument]], Evaluator]:
    def build(arguments: Sequence[Argument]) -> Evaluator:
        evaluate = arguments[0].evaluate
        return lambda attributes: "True" if passes(evaluate(attributes)) else "False"

    return build


# One line a test: what its argument must be for "True". An empty list is no value at all.
for _signature, _passes in {
    "IsNull(expression)": lambda value: value is None or value == [],
    "IsNullOrEmpty(expression)": lambda value: not value,
    "IsPresent(expression)": lambda value: bool(value),
    "IsString(expression)": lambda value: isinstance(value, str),
    "Not(source)": lambda value: str(value).lower() != "true",
}.items():
    function(_signature)(_test(_passes))
function("CBool(expression)", condition=True)(_test(is_true))


@function("CStr(value)")
def c_str(arguments: Sequence[Argument]) -> Evaluator:
    """Return the value as text; Null stays Null."""
    evaluate = arguments[0].evaluate
    return lambda attributes: scalar(evaluate(attributes), "CStr")


@function("IIF(condition, valueIfTrue, valueIfFalse)", condition=True)
def iif(arguments: Sequence[Argument]) -> Evaluator:
    """Return one value or the other; a condition on Null is evaluated like any other."""
    condition, if_true, if_false = (argument.evaluate for argument in arguments)

    def run(attributes: Attributes) -> Result:
        return if_true(attributes) if is_true(condition(attributes)) else if_false(attributes)

    return run


@function("Coalesce(source, ...)")
def coalesce(arguments: Sequence[Argument]) -> Evaluator:
    """Return the first argument that is not Null; "" is a value."""
    evaluators = [argument.evaluate for argument in arguments]

    def run(attributes: Attributes) -> Result:
        for evaluate in evaluators:
            value = evaluate(attributes)
            if value is not None and value != []:
                return value
        return None

    return run


@function("Switch(source, defaultValue, key, value, ...)")
def switch(arguments: Sequence[Argument]) -> Evaluator:
    """Return the value of the first key equal to the source, letter for letter, or the default."""
    if len(arguments) % 2:
        raise FunctionError(
            f"{len(arguments)} arguments given: the last key has no value; "
            "it is written Switch(source, defaultValue, key1, value1, ...)"
        )
    source, default = arguments[0].evaluate, arguments[1].evaluate
    pairs = list(zip(arguments[2::2], arguments[3::2], strict=True))
    if all(key.constant is not None for key, _ in pairs):
        table: dict[str, Evaluator] = {}
        for key, value in pairs:
            table.setdefault(key.constant or "", value.evaluate)
        return _switch_by_table(source, default, table)
    return _switch_in_order(source, default, [(k.evaluate, v.evaluate) for k, v in pairs])


def _switch_by_table(
    source: Evaluator, default: Evaluator, table: dict[str, Evaluator]
) -> Evaluator:
    def run(attributes: Attributes) -> Result:
        value = source(attributes)
        key = value if isinstance(value, str) else scalar(value, "Switch")
        return table.get(key or "", default)(attributes)

    return run


def _switch_in_order(
    source: Evaluator, default: Evaluator, pairs: Sequence[tuple[Evaluator, Evaluator]]
) -> Evaluator:
    def run(attributes: Attributes) -> Result:
        wanted = scalar(source(attributes), "Switch") or ""
        for key, value in pairs:
            if (scalar(key(attributes), "Switch") or "") == wanted:
                return value(attributes)
        return default(attributes)

    return run


@function("IgnoreFlowIfNullOrEmpty(expression)", outermost=True)
def ignore_flow(arguments: Sequence[Argument]) -> Evaluator:
    """Return the value, or Null for ""; the mapping then leaves the target alone altogether."""
    evaluate = arguments[0].evaluate
    return lambda attributes: evaluate(attributes) or None


@function("Redact(value)")
def redact(arguments: Sequence[Argument]) -> Evaluator:
    """Return the value unchanged; logs and plans show (hidden) in its place."""
    return arguments[0].evaluate


def _order(left: str, right: str) -> int:
    """Compare as numbers if both are, else as dates if both are, else as texts."""
    if _NUMBER.fullmatch(left) and _NUMBER.fullmatch(right):
        return (float(left) > float(right)) - (float(left) < float(right))
    try:
        dates = as_date(left, ""), as_date(right, "")
    except EvaluationError:
        return (left > right) - (left < right)
    return (dates[0] > dates[1]) - (dates[0] < dates[1])


_ORDERINGS: dict[str, Callable[[int], bool]] = {
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
}


def compile_comparison(left: Evaluator, operator: str, right: Evaluator) -> Evaluator:
    """Build a condition. = and <> compare texts exactly; an ordering with Null is never true."""
    if operator in ("=", "<>"):
        hit, miss = ("True", "False") if operator == "=" else ("False", "True")
        return lambda attributes: (
            hit if (left(attributes) or "") == (right(attributes) or "") else miss
        )
    passes = _ORDERINGS[operator]

    def run(attributes: Attributes) -> str:
        one, other = scalar(left(attributes), operator), scalar(right(attributes), operator)
        if not one or not other:
            return "False"
        return "True" if passes(_order(one, other)) else "False"

    return run
