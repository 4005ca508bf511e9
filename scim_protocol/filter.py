"""Filters: text to tree and back (RFC 7644 §3.4.2.2).

The grammar, as this parser reads it (Figure 1; ABNF literals are case-insensitive):

    filter    = conjunct *( SP "or" SP conjunct )
    conjunct  = term *( SP "and" SP term )
    term      = ["not" *SP] "(" filter ")" / attrPath *SP "[" filter "]" / attrExp
    attrExp   = attrPath SP "pr" / attrPath SP compareOp ( SP compValue / string )
    compValue = false / null / true / number / string               ; JSON literals, RFC 7159
    attrPath  = [URI ":"] ATTRNAME *1( "." ATTRNAME )
    ATTRNAME  = ALPHA *( "-" / "_" / DIGIT / ALPHA ) / "$ref"

Chosen where the text is silent or contradicts itself:

- "and" binds tighter than "or" (the precedence table; Figure 1 alone is ambiguous).
- Any run of spaces counts as one; spaces inside brackets, and before them, are allowed.
- What a quote or parenthesis keeps apart needs no space: `eq"x"` (so the RFC's own example of
  §3.5.2.2), `and(`, `or(`, `not(`.
- "$ref" is an attribute name of RFC 7643 §2.4 that the ATTRNAME rule forgets.
- A value path may carry on with a sub-attribute, `emails[type eq "work"].value eq "x"`: Entra ID
  matches with it, and it means no more than the comparison written inside the brackets.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NoReturn

from scim_protocol.errors import InvalidFilter, InvalidPath, shortened

MAX_LENGTH: Final = 8192
MAX_DEPTH: Final = 32
MAX_TERMS: Final = 200

COMPARISONS: Final = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")

Literal = str | bool | int | float | None


@dataclass(frozen=True, slots=True)
class AttributePath:
    """The name of an attribute or sub-attribute, with its schema's URN or without (§3.10)."""

    urn: str | None
    name: str
    sub: str | None = None

    def __str__(self) -> str:
        prefix = f"{self.urn}:" if self.urn else ""
        suffix = f".{self.sub}" if self.sub else ""
        return f"{prefix}{self.name}{suffix}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`attribute operator value`; the operator is in lower case."""

    path: AttributePath
    operator: str
    value: Literal

    def __str__(self) -> str:
        return f"{self.path} {self.operator} {print_literal(self.value)}"


@dataclass(frozen=True, slots=True)
class Present:
    """`attribute pr`."""

    path: AttributePath

    def __str__(self) -> str:
        return f"{self.path} pr"


@dataclass(frozen=True, slots=True)
class And:
    """Both operands match."""

    left: "Filter"
    right: "Filter"

    def __str__(self) -> str:
        return f"{_within(self.left, Or)} and {_within(self.right, And, Or)}"


@dataclass(frozen=True, slots=True)
class Or:
    """At least one operand matches."""

    left: "Filter"
    right: "Filter"

    def __str__(self) -> str:
        return f"{self.left} or {_within(self.right, Or)}"


@dataclass(frozen=True, slots=True)
class Not:
    """The operand does not match."""

    operand: "Filter"

    def __str__(self) -> str:
        return f"not ({self.operand})"


@dataclass(frozen=True, slots=True)
class ValuePath:
    """`attribute[filter]`: one and the same value of the attribute matches the filter."""

    path: AttributePath
    filter: "Filter"

    def __str__(self) -> str:
        return f"{self.path}[{self.filter}]"


Filter = Comparison | Present | And | Or | Not | ValuePath


def parse_filter(text: str, *, compared: bool = True) -> Filter:
    """Read a filter (RFC 7644 §3.4.2.2).

    :param compared: a value path may be compared, which is more than the RFC's grammar has.
    :raises InvalidFilter: with the position at which the text leaves the grammar.
    """
    # Most texts are of few shapes, with ever other strings in them.
    pieces = text.split('"')
    if len(text) <= _SHORT and len(pieces) % 2 and "\\" not in text and text.isprintable():
        shape = _shape('""'.join(pieces[::2]), compared)
        if shape is not None:
            return _filled(shape, iter(pieces[1::2]))
    return FilterReader(text, compared=compared).whole()


# Of long texts a tree takes much more room than of these, and is seldom wanted again.
_SHORT: Final = 512


@lru_cache(maxsize=512)
def _shape(text: str, compared: bool) -> "Filter | None":
    """Read a filter whose strings are all empty."""
    try:
        return FilterReader(text, compared=compared).whole()
    except InvalidFilter:
        return None  # The text itself is read, to say where it is wrong.


def _filled(tree: "Filter", strings: Iterator[str]) -> "Filter":
    """Return a tree with strings in the place of its empty ones, from left to right."""
    match tree:
        case Comparison(path, operator, ""):
            return Comparison(path, operator, next(strings))
        case And(left, right):
            return And(_filled(left, strings), _filled(right, strings))
        case Or(left, right):
            return Or(_filled(left, strings), _filled(right, strings))
        case Not(operand):
            return Not(_filled(operand, strings))
        case ValuePath(path, inside):
            return ValuePath(path, _filled(inside, strings))
    return tree


def print_filter(tree: Filter) -> str:
    """Write a tree as text; reading that text gives an equal tree."""
    return str(tree)


def print_literal(value: Literal) -> str:
    """Write a comparison value as the JSON literal that the grammar asks for."""
    return json.dumps(value, ensure_ascii=False)


def parse_attribute_path(text: str) -> AttributePath:
    """Read `[URN:]name[.sub]` (RFC 7644 §3.10).

    :raises InvalidPath: when the text is not one attribute path and nothing else.
    """
    match = _ATTRIBUTE_PATH.fullmatch(text)
    if match is None:
        raise InvalidPath(f"{shortened(text)!r} is not an attribute path such as name.givenName.")
    return _attribute_path(match)


# A URN may hold dots (`…:core:2.0:User`), so it ends at the last colon before the name: the greedy
# first group finds that colon. Nothing in it is a space, quote or bracket, so a colon inside a
# quoted value is never taken for one of a URN.
_NAME = r"(?:[A-Za-z][$A-Za-z0-9_-]*|\$[Rr][Ee][Ff])"
_ATTRIBUTE_PATH: Final = re.compile(
    rf"(?:(?P<urn>[A-Za-z][^\s\"\[\]()]*):)?(?P<name>{_NAME})(?:\.(?P<sub>{_NAME}))?"
)
_SPACES: Final = re.compile(r"[ ]*")
_SPACES_AND_BRACKET: Final = re.compile(r" *(?=\[)")
_AND: Final = re.compile(r" +and(?=[ (])", re.IGNORECASE)
_OR: Final = re.compile(r" +or(?=[ (])", re.IGNORECASE)
_NOT: Final = re.compile(r"not *(?=\()", re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z]+")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_WORD_LITERALS: Final = {"true": True, "false": False, "null": None}


def _attribute_path(match: re.Match[str]) -> AttributePath:
    return AttributePath(match["urn"], match["name"], match["sub"])


def _within(operand: Filter, *looser: type[And | Or]) -> str:
    return f"({operand})" if isinstance(operand, looser) else str(operand)


class FilterReader:
    """A cursor over the text of a filter; also reads the filter inside a PATCH path's brackets."""

    def __init__(self, text: str, start: int = 0, *, compared: bool = True) -> None:
        self.text = text
        self.position = start
        self._compared = compared
        self._depth = 0
        self._terms = 0
        if len(text) > MAX_LENGTH:
            self._fail(f"the filter is longer than {MAX_LENGTH} characters")

    def whole(self) -> Filter:
        """Read a filter that is all of the text."""
        tree = self.alternatives()
        self._spaces()
        if self.position < len(self.text):
            self._fail("expected 'and', 'or' or the end")
        return tree

    def alternatives(self) -> Filter:
        """Read terms joined by "or", as far as they go."""
        tree = self._conjunction()
        while self._take(_OR):
            tree = Or(tree, self._conjunction())
        return tree

    def _conjunction(self) -> Filter:
        tree = self._term()
        while self._take(_AND):
            tree = And(tree, self._term())
        return tree

    def _term(self) -> Filter:
        self._terms += 1
        if self._terms > MAX_TERMS:
            self._fail(f"the filter has more than {MAX_TERMS} terms")
        self._spaces()
        if self._next_is("("):
            return self._group("(", ")")
        if self._take(_NOT):
            return Not(self._group("(", ")"))
        path = self._path()
        if self._take(_SPACES_AND_BRACKET):
            return self._value_path(path)
        return self._comparison(path)

    def _group(self, opening: str, closing: str) -> Filter:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail(f"the filter is nested deeper than {MAX_DEPTH} levels")
        self._expect(opening)
        tree = self.alternatives()
        self._spaces()
        self._expect(closing)
        self._depth -= 1
        return tree

    def _value_path(self, path: AttributePath) -> Filter:
        if path.sub:
            self._fail("only a whole attribute takes a value filter in brackets")
        inner = self._group("[", "]")
        if has_value_path(inner):
            self._fail("a value filter cannot hold another one")
        if not self._compared or not self._next_is("."):
            return ValuePath(path, inner)
        self._expect(".")
        return ValuePath(path, And(inner, self._comparison(self._path())))

    def _comparison(self, path: AttributePath) -> Filter:
        start = self.position
        self._spaces()
        word = _WORD.match(self.text, self.position)
        operator = word.group().lower() if word and self.position > start else ""
        if operator != "pr" and operator not in COMPARISONS:
            self._fail(f"expected one of {', '.join(COMPARISONS)} or pr after {path}")
        self.position += len(operator)
        if operator == "pr":
            return Present(path)
        if self.text[self.position : self.position + 1] not in (" ", '"'):
            self._fail(f"expected a space after {operator}")
        return Comparison(path, operator, self._literal())

    def _literal(self) -> Literal:
        self._spaces()
        if match := _STRING.match(self.text, self.position):
            return self._string(match)
        if match := _NUMBER.match(self.text, self.position):
            return self._number(match)
        word = _WORD.match(self.text, self.position)
        if word is None or word.group().lower() not in _WORD_LITERALS:
            self._fail('expected a value: a string in "double quotes", a number, true, false, null')
        self.position = word.end()
        return _WORD_LITERALS[word.group().lower()]

    def _string(self, match: re.Match[str]) -> str:
        try:
            value = json.loads(match.group())
            value.encode()  # A lone surrogate is no text: it can be neither stored nor compared.
        except ValueError:
            self._fail("the string is not a JSON string")
        self.position = match.end()
        assert isinstance(value, str)
        return value

    def _number(self, match: re.Match[str]) -> int | float:
        value = json.loads(match.group()) if len(match.group()) <= 64 else float("inf")
        if value in (float("inf"), float("-inf")):
            self._fail("the number is too large")
        self.position = match.end()
        assert isinstance(value, (int, float))
        return value

    def _path(self) -> AttributePath:
        self._spaces()
        match = _ATTRIBUTE_PATH.match(self.text, self.position)
        if match is None:
            self._fail("expected an attribute name")
        self.position = match.end()
        return _attribute_path(match)

    def _take(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.position)
        if match is not None:
            self.position = match.end()
        return match is not None

    def _next_is(self, character: str) -> bool:
        return self.text.startswith(character, self.position)

    def _expect(self, character: str) -> None:
        if not self._next_is(character):
            self._fail(f"expected {character!r}")
        self.position += 1

    def _spaces(self) -> None:
        self._take(_SPACES)

    def _fail(self, reason: str) -> NoReturn:
        near = self.text[self.position : self.position + 20]
        place = f"before {near!r}" if near else "at the end"
        raise InvalidFilter(f"At character {self.position + 1}, {place}: {reason}.")


def has_value_path(tree: Filter) -> bool:
    """Tell whether a filter holds a value path, which one in brackets may not."""
    if isinstance(tree, And | Or):
        return has_value_path(tree.left) or has_value_path(tree.right)
    if isinstance(tree, Not):
        return has_value_path(tree.operand)
    return isinstance(tree, ValuePath)


def names_equated(tree: Filter | None) -> Iterator[str]:
    """Yield the names of the attributes whose value a filter fixes by `eq`."""
    if isinstance(tree, And):
        yield from names_equated(tree.left)
        yield from names_equated(tree.right)
    elif isinstance(tree, Comparison) and tree.operator == "eq":
        yield tree.path.name
