"""Entra ID's expression language: read once into closures, evaluated for each record.

    expression = attribute / call / string / constant
    call       = name "(" [ argument *( "," argument ) ] ")"
    argument   = nothing / call / attribute / string / number / condition
    attribute  = "[" name "]"
    string     = '"' ... '"'                        ; \\\\ and \\" are a backslash and a quote
    number     = ["-"] digits / "&H" hexdigits
    condition  = argument ( "=" / "<>" / ">" / ">=" / "<" / "<=" ) argument

A condition is the first argument of IIF and CBool alone. Function names are known in any letter
case. A whole expression without brackets, parentheses and quotes is a constant. An attribute that
a record does not have is Null; booleans are the texts "True" and "False".
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn

from provisioner.language.functions import OMITTED, Argument, FunctionError, find_function
from provisioner.language.functions.choice import compile_comparison
from provisioner.language.functions.registry import EvaluationError, Evaluator, Result
from provisioner.record import Attributes, Value

__all__ = ["EvaluationError", "Expression", "ExpressionError", "parse_expression"]

MAX_LENGTH: Final = 10_000
MAX_DEPTH: Final = 64
_ROLES: Final = ("AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex")
KEYWORDS: Final = {"vbtextcompare": "vbTextCompare", "vbbinarycompare": "vbBinaryCompare"}


class ExpressionError(Exception):
    """The text is not an expression; `position` counts characters from 1."""

    def __init__(self, reason: str, position: int) -> None:
        self.reason = reason
        self.position = position
        super().__init__(f"at character {position}: {reason}")


@dataclass(frozen=True, slots=True)
class Attribute:
    """``[name]``."""

    name: str

    def __str__(self) -> str:
        return f"[{self.name}]"


@dataclass(frozen=True, slots=True)
class Text:
    """``"text"``."""

    value: str

    def __str__(self) -> str:
        escaped = self.value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'


@dataclass(frozen=True, slots=True)
class Word:
    """A number or a constant's name, as it was written."""

    value: str

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class Call:
    """``Name(argument, ...)``; an omitted argument is None."""

    name: str
    arguments: tuple["Node | None", ...]
    position: int = field(default=1, compare=False)

    def __str__(self) -> str:
        shown = ("" if argument is None else str(argument) for argument in self.arguments)
        return f"{self.name}({', '.join(shown)})"


@dataclass(frozen=True, slots=True)
class Condition:
    """``left operator right``."""

    left: "Node"
    operator: str
    right: "Node"

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


Node = Attribute | Text | Word | Call | Condition


@dataclass(frozen=True)
class Expression:
    """An expression that was read; equal to another one that was written differently.

    `evaluate` gives its value for one record's attributes, or raises `EvaluationError`.
    """

    tree: Node
    evaluate: Callable[[Attributes], Value] = field(compare=False, repr=False)

    @property
    def attributes(self) -> frozenset[str]:
        """The source attributes that it reads."""
        return frozenset(node.name for node in _walk(self.tree) if isinstance(node, Attribute))

    @property
    def direct(self) -> str | None:
        """The one attribute that it passes on untouched; None if it does more."""
        return self.tree.name if isinstance(self.tree, Attribute) else None

    @property
    def is_constant(self) -> bool:
        """Tell whether it is a constant, quoted or bare."""
        return isinstance(self.tree, Text)

    @property
    def is_volatile(self) -> bool:
        """Tell whether two evaluations differ, as those of Guid() do."""
        return any(find_function(call.name).volatile for call in self._calls())

    @property
    def is_moving(self) -> bool:
        """Tell whether its value depends on when it is asked, as that of Now() does."""
        return any(find_function(call.name).moving for call in self._calls())

    @property
    def gives_roles(self) -> bool:
        """Tell whether its values are names of app roles, to be written as whole values."""
        return isinstance(self.tree, Call) and self.tree.name in _ROLES

    @property
    def selects(self) -> bool:
        """Tell whether its values are for choice: the first that is free at the target."""
        return isinstance(self.tree, Call) and self.tree.name == "SelectUniqueValue"

    @property
    def only_adds(self) -> bool:
        """Tell whether what it gave once stays at the target."""
        return isinstance(self.tree, Call) and self.tree.name == _ROLES[0]

    @property
    def is_redacted(self) -> bool:
        """Tell whether its value must not be shown."""
        return any(call.name == "Redact" for call in self._calls())

    @property
    def drops_empty(self) -> bool:
        """Tell whether no value means that the target is not touched at all."""
        return isinstance(self.tree, Call) and self.tree.name == "IgnoreFlowIfNullOrEmpty"

    def _calls(self) -> Iterator[Call]:
        return (node for node in _walk(self.tree) if isinstance(node, Call))

    def __str__(self) -> str:
        return str(self.tree)


def parse_expression(text: str) -> Expression:
    """Read an expression.

    :raises ExpressionError: with the position, and what was expected there.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters", MAX_LENGTH)
    bare = _BARE.fullmatch(text)
    tree = Text(text.strip()) if bare else _Parser(text).whole()
    if isinstance(tree, Attribute):
        return Expression(tree, _direct(tree.name))
    return Expression(tree, _compile(tree, outermost=True).evaluate)


_BARE: Final = re.compile(r'\s*[^\s\[\]()"][^\[\]()"]*')
_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<attribute>\[[^\[\]]+\])
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+|&[Hh][0-9A-Fa-f]+)
      | (?P<name>[A-Za-z][A-Za-z0-9_]*)
      | (?P<operator><>|>=|<=|[=<>])
      | (?P<mark>[(),])
      | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)


class _Parser:
    """A cursor over the tokens of one expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0
        self.kind, self.value, self.start, self.end = "", "", 0, 0
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.end)
        if match is None:
            self.refuse_character()
        self.kind = match.lastgroup or ""
        self.value = match[self.kind]
        self.start, self.end = match.start(self.kind), match.end()

    def refuse_character(self) -> NoReturn:
        rest = self.text[self.end :].lstrip()
        self.start = len(self.text) - len(rest)
        reasons = {'"': 'the text has no closing "', "[": "the attribute has no name and closing ]"}
        self.fail(reasons.get(rest[:1], f"{rest[:1]!r} is not expected here"))

    def fail(self, reason: str) -> NoReturn:
        raise ExpressionError(reason, self.start + 1)

    def found(self) -> str:
        return "the end" if self.kind == "end" else repr(self.value)

    def whole(self) -> Node:
        tree = self.operand()
        if self.kind == "operator":
            self.fail("a condition stands only in IIF and CBool, as the first argument")
        if self.kind != "end":
            self.fail(f"expected the end of the expression, found {self.found()}")
        return tree

    def operand(self) -> Node:
        kind, value = self.kind, self.value
        if kind == "name":
            return self.named()
        if kind not in ("attribute", "text", "number"):
            self.fail(f'expected a function, an [attribute] or a "text", found {self.found()}')
        node = self.text_node(value) if kind == "text" else self.simple(kind, value)
        self.advance()
        return node

    def simple(self, kind: str, value: str) -> Node:
        return Attribute(value[1:-1].strip()) if kind == "attribute" else Word(value)

    def text_node(self, value: str) -> Text:
        inner = value[1:-1]
        if wrong := re.search(r"(?:[^\\]|^)(?:\\\\)*(\\[^\\\"])", inner):
            self.start += 1 + wrong.start(1)
            self.fail(f"{wrong[1]} in a text: write a backslash as two of them")
        return Text(re.sub(r"\\(.)", r"\1", inner))

    def named(self) -> Node:
        name, position = self.value, self.start + 1
        self.advance()
        if self.value == "(" and self.kind == "mark":
            return self.call(name, position)
        if name.lower() in KEYWORDS:
            return Word(KEYWORDS[name.lower()])
        raise ExpressionError(
            f'{name} is neither an attribute nor a text; write [{name}] or "{name}"', position
        )

    def call(self, name: str, position: int) -> Call:
        try:
            function = find_function(name)
        except FunctionError as error:
            raise ExpressionError(str(error), position) from None
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self.fail(f"calls are nested deeper than {MAX_DEPTH}")
        self.advance()
        arguments = tuple(self.arguments(function.condition))
        self.advance()
        self.depth -= 1
        try:
            function.check_count(len(arguments))
        except FunctionError as error:
            raise ExpressionError(f"{function.name}: {error}", position) from None
        return Call(function.name, arguments, position)

    def arguments(self, condition: bool) -> Iterator["Node | None"]:
        """Read up to the closing parenthesis; an empty place between commas is omitted."""
        if self.value == ")" and self.kind == "mark":
            return
        while True:
            yield self.argument(condition)
            condition = False
            if self.kind != "mark" or self.value not in (",", ")"):
                self.fail(f"expected ',' or ')', found {self.found()}")
            if self.value == ")":
                return
            self.advance()

    def argument(self, condition: bool) -> "Node | None":
        if self.kind == "mark" and self.value in (",", ")"):
            return None
        left = self.operand()
        if self.kind != "operator":
            return left
        if not condition:
            self.fail("a condition stands only in IIF and CBool, as the first argument")
        operator = self.value
        self.advance()
        return Condition(left, operator, self.operand())


def _walk(node: "Node | None") -> Iterator[Node]:
    if node is None:
        return
    yield node
    if isinstance(node, Call):
        for argument in node.arguments:
            yield from _walk(argument)
    elif isinstance(node, Condition):
        yield from _walk(node.left)
        yield from _walk(node.right)


def _direct(name: str) -> Callable[[Attributes], Value]:
    return lambda attributes: attributes.get(name)


def _compile(node: "Node | None", *, outermost: bool = False) -> Argument:
    """Turn a tree into closures, from the leaves up."""
    if node is None:
        return OMITTED
    if isinstance(node, Attribute):
        return Argument(_reader(node.name))
    if isinstance(node, Text | Word):
        return _constant(node.value)
    if isinstance(node, Condition):
        left, right = _compile(node.left).evaluate, _compile(node.right).evaluate
        return Argument(compile_comparison(left, node.operator, right))
    return _compile_call(node, outermost)


def _compile_call(call: Call, outermost: bool) -> Argument:
    function = find_function(call.name)
    arguments = [_compile(argument) for argument in call.arguments]
    try:
        if function.outermost and not outermost:
            raise FunctionError("it must be the outermost function")
        return Argument(function.build(arguments))
    except FunctionError as error:
        raise ExpressionError(f"{function.name}: {error}", call.position) from None


def _constant(text: str) -> Argument:
    return Argument(lambda _: text, text)


def _reader(name: str) -> Evaluator:
    def read(attributes: Attributes) -> Result:
        value = attributes.get(name)
        if isinstance(value, bool):
            return "True" if value else "False"
        return value

    return read
