"""Functions that make values: random ones differ at every evaluation; and BitAnd."""

import secrets
import string
from collections.abc import Sequence
from uuid import uuid4

from provisioner.language.functions.registry import (
    Argument,
    Evaluator,
    FunctionError,
    function,
    text_function,
    whole_number,
)

SPECIAL = "!#$%&()*+,-./:;<=>?@[]^_{|}~"
MAX_LENGTH = 256


@function("Guid()", volatile=True)
def guid(_: Sequence[Argument]) -> Evaluator:
    """Return a new random GUID."""
    return lambda _: str(uuid4())


@function(
    "RandomString(Length, MinimumNumbers, MinimumSpecialCharacters, MinimumCapital, "
    "MinimumLowerCase, [CharactersToAvoid])",
    volatile=True,
)
def random_string(arguments: Sequence[Argument]) -> Evaluator:
    """Return a random text that holds at least so many characters of each kind.

    What the minima leave open is filled with small letters, or with any kind that is left if all
    small letters are to be avoided.
    """
    length, *minima = [_count(argument) for argument in arguments[:5]]
    if not sum(minima) <= length <= MAX_LENGTH:
        raise FunctionError(
            f"Length must be at least the sum of the minima, and at most {MAX_LENGTH}"
        )
    avoid = arguments[5].constant or "" if len(arguments) == 6 else ""
    kinds = [
        "".join(c for c in kind if c not in avoid)
        for kind in (string.digits, SPECIAL, string.ascii_uppercase, string.ascii_lowercase)
    ]
    if any(minimum and not kind for minimum, kind in zip(minima, kinds, strict=True)):
        raise FunctionError("CharactersToAvoid leaves none of a kind that is asked for")
    filler = kinds[3] or "".join(kinds)
    if not filler:
        raise FunctionError("CharactersToAvoid leaves nothing")
    wanted = [(kind, n) for kind, n in zip(kinds, minima, strict=True) if n]
    wanted.append((filler, length - sum(minima)))
    return lambda _: _random(wanted)


def _random(wanted: Sequence[tuple[str, int]]) -> str:
    characters = [secrets.choice(kind) for kind, number in wanted for _ in range(number)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _count(argument: Argument) -> int:
    if argument.constant is None or not argument.constant.isdecimal():
        raise FunctionError("its first five arguments are whole numbers")
    return int(argument.constant)


@text_function("BitAnd(value1, value2)")
def bit_and(one: str, other: str) -> str:
    """Return the bits that two whole numbers share; ``&H`` writes one in hexadecimal."""
    return str(whole_number(one, "BitAnd") & whole_number(other, "BitAnd"))
