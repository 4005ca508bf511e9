"""Laws of filters: text and tree are one, and matching agrees with a naive second evaluator.

The second evaluator below is written from RFC 7644 §3.4.2.2 and the choices that the docstring of
`scim_protocol.matching` lists; it works on the schema documents and shares no code with it.
"""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_protocol.definitions import Attribute, ResourceModel, Schema
from scim_protocol.errors import InvalidFilter
from scim_protocol.filter import (
    And,
    AttributePath,
    Comparison,
    Filter,
    Not,
    Or,
    Present,
    ValuePath,
    parse_filter,
    print_filter,
)
from scim_protocol.matching import compile_filter, fold

LAW = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=list(HealthCheck),
)

# --- random trees of any names -----------------------------------------------------------------

ATTRIBUTE_NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,5}|\$ref", fullmatch=True) | (
    st.sampled_from(("and", "or", "not", "eq", "pr", "true", "null"))
)
ATTRIBUTE_PATHS = st.builds(
    AttributePath,
    st.none()
    | st.sampled_from(("urn:a:b", "urn:ietf:params:scim:schemas:core:2.0:User", "urn:x.1")),
    ATTRIBUTE_NAMES,
    st.none() | ATTRIBUTE_NAMES,
)
WHOLE_PATHS = ATTRIBUTE_PATHS.map(lambda path: AttributePath(path.urn, path.name))
LITERALS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(('"', "\\", '\\"', "] and (", "a.b:c", "\x00\x1f\x7f\u2028", "𝒳"))
)
OPERATORS = st.sampled_from(("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"))


def trees(leaves: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(And, inner, inner) | st.builds(Or, inner, inner) | st.builds(Not, inner)
        ),
        max_leaves=8,
    )


SIMPLE = st.builds(Comparison, ATTRIBUTE_PATHS, OPERATORS, LITERALS) | st.builds(
    Present, ATTRIBUTE_PATHS
)
ANY_TREE = trees(SIMPLE | st.builds(ValuePath, WHOLE_PATHS, trees(SIMPLE)))


@LAW
@given(tree=ANY_TREE)
def test_a_printed_filter_reads_as_the_same_tree(tree: Filter) -> None:
    assert tree == parse_filter(print_filter(tree))


@LAW
@given(tree=ANY_TREE)
def test_printing_twice_gives_the_same_text(tree: Filter) -> None:
    text = print_filter(tree)

    assert text == print_filter(parse_filter(text))


# --- the second evaluator ----------------------------------------------------------------------


class Refused(Exception):
    """The filter asks what the schema does not admit."""


class Evaluator:
    """Evaluates a tree by walking it for each resource, all knowledge from schema documents."""

    def __init__(self, core: Schema, extensions: tuple[Schema, ...]) -> None:
        common: dict[str, Any] = {
            "schemas": {"name": "schemas", "type": "reference", "caseExact": True},
            "id": {"name": "id", "type": "string", "caseExact": True},
            "externalid": {"name": "externalId", "type": "string", "caseExact": True},
        }
        own = {a["name"].lower(): a for a in core.to_json()["attributes"]}
        self.tops: dict[str | None, dict[str, Any]] = {None: common | own}
        self.tops[core.id.lower()] = self.tops[None]
        self.extension_ids = {}
        for schema in extensions:
            document = schema.to_json()
            self.extension_ids[schema.id.lower()] = schema.id
            self.tops[schema.id.lower()] = {a["name"].lower(): a for a in document["attributes"]}

    def matches(self, tree: Filter, resource: dict[str, Any]) -> bool:
        def look_up(path: AttributePath, **how: bool) -> tuple[dict[str, Any], list[Any]]:
            return self.of_resource(path, resource, **how)

        self.check(tree, look_up)
        return self.evaluate(tree, look_up)

    def check(self, tree: Filter, look_up: Any) -> None:
        """Ask every part once, so that a refusal does not depend on the resource."""
        if isinstance(tree, And | Or):
            self.check(tree.left, look_up)
            self.check(tree.right, look_up)
        elif isinstance(tree, Not):
            self.check(tree.operand, look_up)
        else:
            self.evaluate(tree, look_up)
            if isinstance(tree, ValuePath):
                definition, _ = look_up(tree.path)
                self.check(tree.filter, lambda path, **_: self.of_value(path, definition, None))

    def evaluate(self, tree: Filter, look_up: Any) -> bool:
        if isinstance(tree, And):
            return self.evaluate(tree.left, look_up) and self.evaluate(tree.right, look_up)
        if isinstance(tree, Or):
            return self.evaluate(tree.left, look_up) or self.evaluate(tree.right, look_up)
        if isinstance(tree, Not):
            return not self.evaluate(tree.operand, look_up)
        definition, values = look_up(tree.path, comparing=isinstance(tree, Comparison))
        if isinstance(tree, Present):
            return any(self.has_content(value) for value in values)
        if isinstance(tree, ValuePath):
            found = False
            for value in values:

                def inside(path: AttributePath, value: Any = value, **how: bool) -> Any:
                    return self.of_value(path, definition, value, **how)

                found = found or self.evaluate(tree.filter, inside)
            return found
        return self.compare(tree, definition, values)

    def compare(self, node: Comparison, definition: dict[str, Any], values: list[Any]) -> bool:
        if definition["type"] == "complex":
            inner = [s for s in definition["subAttributes"] if s["name"] == "value"]
            if not inner:
                raise Refused
            definition, values = inner[0], [v["value"] for v in values if "value" in v]
        if node.value is None:
            if node.operator not in ("eq", "ne"):
                raise Refused
            return (values == []) == (node.operator == "eq")
        self.admit(node, definition)
        if values == []:
            return node.operator == "ne"
        return any(self.holds(node.operator, v, node.value, definition) for v in values)

    def admit(self, node: Comparison, definition: dict[str, Any]) -> None:
        kind, is_number = definition["type"], isinstance(node.value, int | float)
        ordered, substring = node.operator in "gt ge lt le", node.operator in "co sw ew"
        if kind == "boolean" and (ordered or substring or not isinstance(node.value, bool)):
            raise Refused
        if kind in ("integer", "decimal") and (
            substring or not is_number or isinstance(node.value, bool)
        ):
            raise Refused
        if kind == "binary" and ordered:
            raise Refused
        if kind not in ("boolean", "integer", "decimal") and not isinstance(node.value, str):
            raise Refused
        if kind == "dateTime" and not substring:
            self.instant(str(node.value))

    def holds(self, operator: str, value: Any, wanted: Any, definition: dict[str, Any]) -> bool:
        substring = operator in ("co", "sw", "ew")
        if definition["type"] == "dateTime" and not substring:
            value, wanted = self.instant(value), self.instant(wanted)
        elif isinstance(value, str) and not definition.get("caseExact"):
            value, wanted = self.caseless(value), self.caseless(wanted)
        if operator == "eq":
            return bool(value == wanted)
        if operator == "ne":
            return bool(value != wanted)
        if operator == "co":
            return wanted in value
        if operator == "sw":
            return bool(value[: len(wanted)] == wanted)
        if operator == "ew":
            return bool(wanted == "" or value[-len(wanted) :] == wanted)
        if operator in ("gt", "ge"):
            return bool(value > wanted or (operator == "ge" and value == wanted))
        return bool(value < wanted or (operator == "le" and value == wanted))

    def of_resource(
        self, path: AttributePath, resource: dict[str, Any], comparing: bool = False
    ) -> tuple[dict[str, Any], list[Any]]:
        urn = path.urn.lower() if path.urn else None
        definition = self.tops.get(urn, {}).get(path.name.lower())
        if definition is None or definition.get("returned") == "never":
            raise Refused
        holder = resource
        if urn in self.extension_ids:
            holder = resource.get(self.extension_ids[urn], {})
        values = self.as_list(holder.get(definition["name"]))
        if path.sub is None:
            return definition, values
        found: list[Any] = []
        sub = self.sub_definition(path.sub, definition)
        for value in values:
            found += self.as_list(value.get(sub["name"], self.assumed(sub, comparing)))
        return sub, found

    @staticmethod
    def assumed(sub: dict[str, Any], comparing: bool) -> bool | None:
        return False if comparing and sub["name"] == "primary" else None

    def of_value(
        self,
        path: AttributePath,
        definition: dict[str, Any],
        value: Any,
        comparing: bool = False,
    ) -> tuple[dict[str, Any], list[Any]]:
        if path.urn or path.sub:
            raise Refused
        if definition["type"] != "complex":
            if path.name.lower() != "value":
                raise Refused
            return definition, self.as_list(value)
        sub = self.sub_definition(path.name, definition)
        return sub, self.as_list((value or {}).get(sub["name"], self.assumed(sub, comparing)))

    @staticmethod
    def sub_definition(name: str, definition: dict[str, Any]) -> dict[str, Any]:
        for sub in definition.get("subAttributes", []):
            if sub["name"].lower() == name.lower() and sub["returned"] != "never":
                return dict(sub)
        raise Refused

    @staticmethod
    def as_list(value: Any) -> list[Any]:
        if value is None:
            return []
        return list(value) if isinstance(value, list) else [value]

    @staticmethod
    def has_content(value: Any) -> bool:
        if isinstance(value, dict):
            return any(Evaluator.has_content(part) for part in value.values())
        return value not in (None, "", [])

    @staticmethod
    def caseless(text: str) -> str:
        apart = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
        return unicodedata.normalize("NFC", apart)

    @staticmethod
    def instant(text: str) -> datetime:
        for shape in ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"):
            for zone in ("", "Z"):
                try:
                    return datetime.strptime(text + zone, shape).astimezone(UTC)
                except ValueError:
                    continue
        raise Refused


# --- random trees about one model --------------------------------------------------------------


def _variants(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from((name, name, name.lower(), name.upper()))


EQUALITY, ORDER, SUBSTRING = ("eq", "ne"), ("gt", "ge", "lt", "le"), ("co", "sw", "ew")
FITTING = {
    "string": EQUALITY + ORDER + SUBSTRING,
    "reference": EQUALITY + ORDER + SUBSTRING,
    "dateTime": EQUALITY + ORDER + SUBSTRING,
    "binary": EQUALITY + SUBSTRING,
    "boolean": EQUALITY,
    "integer": EQUALITY + ORDER,
    "decimal": EQUALITY + ORDER,
}


@st.composite
def comparisons(
    draw: Any, path: AttributePath, attribute: Attribute, literals: Callable[..., Any]
) -> Filter:
    """Draw a test of one attribute: mostly with a literal of its type that resources hold too."""
    if draw(st.integers(0, 5)) == 0:
        return Present(path)
    simple = attribute
    if attribute.is_complex:
        simple = attribute.sub("value") or Attribute("value")
    if draw(st.integers(0, 15)) == 0:
        return Comparison(path, draw(OPERATORS), draw(st.sampled_from((None, "a", True, 1))))
    if draw(st.integers(0, 7)) == 0:
        return Comparison(path, draw(st.sampled_from(("eq", "ne"))), None)
    return Comparison(path, draw(st.sampled_from(FITTING[simple.type])), draw(literals(simple)))


@st.composite
def leaves(draw: Any, model: ResourceModel, literals: Callable[..., Any]) -> Filter:
    known = [
        t for t in model.every_attribute() if t.attribute.name not in ("meta", "password", "pin")
    ]
    target = draw(st.sampled_from(known))
    attribute: Attribute = target.attribute
    urn = target.urn or draw(st.sampled_from((None, None, model.core.id)))
    name = draw(_variants(attribute.name))
    if not attribute.is_complex and not attribute.multi_valued:
        return draw(comparisons(AttributePath(urn, name), attribute, literals))
    kind = draw(st.sampled_from(("whole", "part", "chosen", "chosen")))
    subs = attribute.sub_attributes or (Attribute("value", attribute.type),)
    if (
        attribute.name in ("name", "addresses", "badge", "home", "casing", "ports")
        and kind == "whole"
    ):
        kind = "part"
    sub = draw(st.sampled_from(subs))
    if kind == "whole" or (kind == "part" and not attribute.is_complex):
        return draw(comparisons(AttributePath(urn, name), attribute, literals))
    if kind == "part":
        path = AttributePath(urn, name, draw(_variants(sub.name)))
        return draw(comparisons(path, sub, literals))
    inside = st.sampled_from(subs).flatmap(
        lambda one: comparisons(AttributePath(None, one.name), one, literals)
    )
    return ValuePath(AttributePath(urn, name), draw(trees(inside)))


@pytest.mark.parametrize("name", ["user", "group", "device"])
def test_matching_agrees_with_a_naive_evaluation(
    request: pytest.FixtureRequest,
    name: str,
    resources_of: Callable[..., Any],
    literals_of: Callable[..., Any],
) -> None:
    model: ResourceModel = request.getfixturevalue(f"{name}_model")
    second = Evaluator(model.core, model.extensions)

    @settings(LAW, max_examples=100)
    @given(tree=trees(leaves(model, literals_of)), resource=resources_of(model))
    def agree(tree: Filter, resource: dict[str, Any]) -> None:
        try:
            expected: bool | str = second.matches(tree, resource)
        except Refused:
            expected = "refused"
        try:
            actual: bool | str = compile_filter(tree, model)(resource)
        except InvalidFilter:
            actual = "refused"

        assert expected == actual

    agree()


# Letters whose forms differ: composed, decomposed, full and special foldings, several marks.
LETTERS = st.text(
    st.sampled_from("aAsSßẞéÉe\u0301\u0327\u0345ΐιΙΑᾳᾼΣσςİıiIKKǅǆﬀfF\u1e9b\u0323각ㄱ"), max_size=5
)


@LAW
@given(one=LETTERS, other=LETTERS)
def test_texts_fold_alike_just_when_unicode_calls_them_caseless_equal(one: str, other: str) -> None:
    def canonical(text: str) -> str:  # Unicode, chapter 3, definition D145
        decomposed = unicodedata.normalize("NFD", text)
        return unicodedata.normalize("NFD", decomposed.casefold())

    assert (canonical(one) == canonical(other)) == (fold(one) == fold(other))


@LAW
@given(text=st.text() | LETTERS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(text) == fold(fold(text))
