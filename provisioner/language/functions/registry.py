"""How a function of the expression language is declared, found and built.

A function is declared by its signature, written as the language's documentation writes it:
``Mid(source, start: number, length: number)``, ``ToLower(source, [culture])`` with an optional
argument, ``Join(separator, source, ...)`` with any number of them. It is built once, when the
expression is read, into a closure over its arguments; evaluating is calling that closure.

Null: a `text_function` whose source or another required argument is Null gives Null, unless its
own docstring says otherwise; given a list, it works on each value of the list.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from provisioner.nearest import did_you_mean
from provisioner.record import Attributes

Result = str | list[str] | None
Evaluator = Callable[[Attributes], Result]


class FunctionError(Exception):
    """A function is used wrongly: known when the expression is read, whatever the record."""


class EvaluationError(Exception):
    """An expression cannot be evaluated for this record."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call; `constant` is its text when that is the same for every record."""

    evaluate: Evaluator
    constant: str | None = None
    given: bool = True


def _nothing(_: Attributes) -> Result:
    return None


OMITTED: Final = Argument(_nothing, given=False)

Builder = Callable[[Sequence[Argument]], Evaluator]


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name and signature, how many arguments it takes, and how it is built.

    `condition`: its first argument may be a comparison. `outermost`: it must not stand inside
    another call. `volatile`: two evaluations differ, so it makes sense on creation alone.
    """

    name: str
    signature: str
    fewest: int
    most: int | None
    build: Builder
    condition: bool = False
    outermost: bool = False
    volatile: bool = False
    moving: bool = False

    def check_count(self, count: int) -> None:
        """Refuse a call with too few or too many arguments."""
        if count < self.fewest or (self.most is not None and count > self.most):
            raise FunctionError(f"{count} arguments given; it is written {self.signature}")


FUNCTIONS: Final[dict[str, Function]] = {}

# Documented, and refused with the reason: each needs what an expression alone does not have.
REFUSED: Final = {
    "defaultdomain": "needs an Entra ID tenant; write the domain as a constant",
}


def find_function(name: str) -> Function:
    """Return the function of that name in any letter case, or tell the nearest one."""
    folded = name.lower()
    if folded in REFUSED:
        raise FunctionError(f"{name} {REFUSED[folded]}")
    if folded not in FUNCTIONS:
        near = did_you_mean(name, [function.name for function in FUNCTIONS.values()])
        raise FunctionError(f"there is no function {name}{near}")
    return FUNCTIONS[folded]


def function(
    signature: str,
    *,
    condition: bool = False,
    outermost: bool = False,
    volatile: bool = False,
    moving: bool = False,
) -> Callable[[Builder], Builder]:
    """Declare a function that builds its own closure."""

    def declare(build: Builder) -> Builder:
        name, _, fewest, most = _read_signature(signature)
        shown = signature.replace(": number", "")
        FUNCTIONS[name.lower()] = Function(
            name, shown, fewest, most, build, condition, outermost, volatile, moving or volatile
        )
        return build

    return declare


def text_function(signature: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Declare a function of one text: Null gives Null, and a list is worked on value by value."""
    name, names, fewest, _ = _read_signature(signature)
    numbers = [": number" in parameter for parameter in names]

    def declare(body: Callable[..., str]) -> Callable[..., str]:
        def build(arguments: Sequence[Argument]) -> Evaluator:
            _refuse_omitted(arguments[:fewest], names)
            source, *others = arguments
            rest = list(zip(others, names[1:], numbers[1:], strict=False))
            if all(not other.given or other.constant is not None for other in others):
                return _with_constants(body, source, [_constant(*item) for item in rest])
            return _with_arguments(name, body, arguments, numbers, fewest)

        function(signature)(build)
        return body

    return declare


def scalar(value: Result, owner: str) -> str | None:
    """Return the one text in `value`.

    :raises EvaluationError: if it is a list of several.
    """
    if isinstance(value, list):
        if len(value) > 1:
            raise EvaluationError(f"{owner} takes one value and was given {len(value)}")
        return value[0] if value else None
    return value


def whole_number(text: str, owner: str) -> int:
    """Return the whole number that `text` says; ``&HF7`` is one in hexadecimal.

    :raises EvaluationError: if it says none.
    """
    try:
        return int(text[2:], 16) if text[:2] in ("&H", "&h") else int(text)
    except ValueError:
        raise EvaluationError(f"{owner} takes a whole number, not {text[:80]!r}") from None


def _with_constants(
    body: Callable[..., str], argument: Argument, constants: Sequence[object]
) -> Evaluator:
    source = argument.evaluate

    def of_one(attributes: Attributes) -> Result:
        value = source(attributes)
        return body(value) if isinstance(value, str) else _each(body, value, ())

    def of_several(attributes: Attributes) -> Result:
        value = source(attributes)
        if isinstance(value, str):
            return body(value, *constants)
        return _each(body, value, constants)

    return of_several if constants else of_one


def _with_arguments(
    name: str,
    body: Callable[..., str],
    arguments: Sequence[Argument],
    numbers: Sequence[bool],
    fewest: int,
) -> Evaluator:
    source, *others = [argument.evaluate for argument in arguments]
    required = fewest - 1

    def run(attributes: Attributes) -> Result:
        rest: list[object] = [scalar(other(attributes), name) for other in others]
        if None in rest[:required]:
            return None
        for index, value in enumerate(rest):
            if numbers[index + 1] and isinstance(value, str):
                rest[index] = whole_number(value, name)
        return _each(body, source(attributes), rest)

    return run


def _refuse_omitted(arguments: Sequence[Argument], names: Sequence[str]) -> None:
    for argument, parameter in zip(arguments, names, strict=False):
        if not argument.given:
            raise FunctionError(f"the argument {parameter.split(':')[0]} is left out")


def _each(body: Callable[..., str], value: Result, rest: Sequence[object]) -> Result:
    if value is None:
        return None
    if isinstance(value, list):
        return [body(item, *rest) for item in value]
    return body(value, *rest)


def _constant(argument: Argument, parameter: str, number: bool) -> object:
    if not number or argument.constant is None:
        return argument.constant
    try:
        return whole_number(argument.constant, parameter.split(":")[0])
    except EvaluationError as error:
        raise FunctionError(str(error)) from None


def _read_signature(signature: str) -> tuple[str, list[str], int, int | None]:
    name, inside = signature.rstrip(")").split("(")
    names = [part.strip() for part in inside.split(",") if part.strip()]
    endless = names[-1:] == ["..."]
    names = names[:-1] if endless else names
    fewest = sum(not part.startswith("[") for part in names)
    return name, [part.strip("[]") for part in names], fewest, None if endless else len(names)
