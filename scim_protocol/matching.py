"""Filters evaluated on resources in memory (RFC 7644 §3.4.2.2, §3.4.2.1).

A filter is compiled once against a resource type, then asked of many resources. Types and caseExact
come from the schema. Resources are in the form that `scim_protocol.resource` gives them: attributes
under the names of the schema, nothing stored for what is unassigned.

Chosen where the text is silent:

- An unassigned attribute compares as null: `eq null` and `ne "x"` match it, nothing else does.
- A multi-valued attribute matches when any of its values does, with `ne` too.
- A complex attribute compares by its `value` sub-attribute; one without cannot be compared.
- An empty string is not present.
- A value that does not say whether it is primary compares as one that is not (RFC 7643 §2.4).
- An unknown attribute is an error, as a filter must never be widened in silence; only a query over
  several resource types takes it as unassigned, which §3.4.2.1 asks for.
- What is never returned (a password) cannot be filtered by: an answer would give it away.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

from scim_protocol.datatypes import fold, parse_date_time
from scim_protocol.definitions import Attribute, ResourceModel, Target, UnknownAttribute
from scim_protocol.errors import InvalidFilter, TooMany
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
)

__all__ = ["Predicate", "compile_filter", "compile_value_filter", "fold"]

Predicate = Callable[[Any], bool]
Values = Callable[[Any], list[Any]]


def compile_filter(tree: Filter, model: ResourceModel, *, across_types: bool = False) -> Predicate:
    """Return a function that tells whether a resource matches (RFC 7644 §3.4.2.2).

    :param across_types: the query covers several types; what this one lacks is unassigned.
    :raises InvalidFilter: for an unknown attribute, or a comparison that its type does not admit.
    """
    return _compile(tree, partial(_resolve_in_resource, model, across_types))


def compile_value_filter(tree: Filter, attribute: Attribute) -> Predicate:
    """Return a function that tells whether one value matches the filter in brackets.

    :raises InvalidFilter: for an unknown sub-attribute or a comparison its type does not admit.
    """
    return _compile(tree, partial(_resolve_in_value, attribute))


class Effort:
    """How much the filters of one request may look at: work that its size does not bound."""

    def __init__(self) -> None:
        self._left = _MOST

    def spend(self, comparisons: int) -> None:
        """Take that many comparisons, or what is as much work.

        :raises TooMany: there were too many already.
        """
        if comparisons > self._left:
            raise TooMany(
                "The filters of the operations look at more values than one request may; send"
                " several, and name each value by `value eq`."
            )
        self._left -= comparisons


# About a second's work; a thousand operations on a list of a thousand values take half of it.
_MOST: Final = 2_000_000


def count_terms(tree: Filter | None) -> int:
    """Return of how many comparisons a filter is made; none has one still: all are looked at."""
    count, waiting = 0, [tree]
    while waiting:
        match waiting.pop():
            case And(left, right) | Or(left, right):
                waiting += [left, right]
            case Not(operand) | ValuePath(_, operand):
                waiting.append(operand)
            case _:
                count += 1
    return count


class Found(NamedTuple):
    """What a path names: the attribute, None where it is unknown, and what lists its values.

    `get` returns the value itself where there is one at most: asking it is faster.
    """

    attribute: Attribute | None
    values: Values
    get: Callable[[Any], Any] | None = None


class Resolve(Protocol):
    """Finds what a path names; values to compare may be assumed where there are none."""

    def __call__(self, path: AttributePath, *, comparing: bool = False) -> Found:
        """Return the attribute and its values."""


def _compile(tree: Filter, resolve: Resolve) -> Predicate:
    match tree:
        case And():
            return _all_of([_compile(term, resolve) for term in _chain(tree)])
        case Or():
            return _any_of([_compile(term, resolve) for term in _chain(tree)])
        case Not(operand):
            inner = _compile(operand, resolve)
            return lambda resource: not inner(resource)
        case Present(path):
            values = resolve(path).values
            return lambda resource: any(map(_is_present, values(resource)))
        case ValuePath(path, inside):
            return _value_path(path, inside, resolve)
        case _:
            return _comparison(tree, resolve)


def _chain(tree: And | Or) -> list[Filter]:
    """Return the terms of `a or b or c`, which is `(a or b) or c`, in their order."""
    terms = list[Filter]()
    rest: Filter = tree
    while isinstance(rest, type(tree)):
        terms.append(rest.right)
        rest = rest.left
    return [rest, *reversed(terms)]


def _all_of(terms: list[Predicate]) -> Predicate:
    def matches(resource: Any) -> bool:
        for term in terms:  # noqa: SIM110 (all() of a generator takes twice the time)
            if not term(resource):
                return False
        return True

    return matches


def _any_of(terms: list[Predicate]) -> Predicate:
    def matches(resource: Any) -> bool:
        for term in terms:  # noqa: SIM110 (any() of a generator takes twice the time)
            if term(resource):
                return True
        return False

    return matches


def _value_path(path: AttributePath, inside: Filter, resolve: Resolve) -> Predicate:
    attribute, values, _ = resolve(path)
    if attribute is None:
        return _never
    if not attribute.is_complex and not attribute.multi_valued:
        raise InvalidFilter(f"{path} has one simple value: no filter in brackets can choose of it.")
    matches = compile_value_filter(inside, attribute)
    return lambda resource: any(map(matches, values(resource)))


def _comparison(node: Comparison, resolve: Resolve) -> Predicate:
    attribute, values, get = resolve(node.path, comparing=True)
    if attribute is not None and attribute.is_complex:
        attribute, values, get = _value_of_complex(attribute, values)
    if node.value is None:
        return _null_comparison(node, values)
    if attribute is None:
        return _always if node.operator == "ne" else _never
    compare = _compare(node, attribute)
    if node.operator == "ne":
        return lambda resource: any(map(compare, found := values(resource))) or not found
    if get is not None:
        return lambda resource: (found := get(resource)) is not None and compare(found)
    return lambda resource: any(map(compare, values(resource)))


def _null_comparison(node: Comparison, values: Values) -> Predicate:
    if node.operator == "eq":
        return lambda resource: not values(resource)
    if node.operator == "ne":
        return lambda resource: bool(values(resource))
    raise InvalidFilter(f"{node}: null can be compared with eq and ne only.")


def _value_of_complex(attribute: Attribute, values: Values) -> Found:
    value = attribute.sub("value")
    if value is None:
        raise InvalidFilter(f"{attribute.name} is complex: compare one of its sub-attributes.")
    return Found(value, lambda resource: [v["value"] for v in values(resource) if "value" in v])


# --- comparing ---------------------------------------------------------------------------------

_EQUALITY: Final[dict[str, Callable[[Any, Any], bool]]] = {"eq": operator.eq, "ne": operator.ne}
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_SUBSTRING: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
}

# RFC 7644 table 3: booleans and binaries have no order. Dates are text in JSON, so that "starts
# with 2011-05" is answered too; a number holds no substring.
_OPERATORS: Final = {
    "string": _EQUALITY | _ORDER | _SUBSTRING,
    "reference": _EQUALITY | _ORDER | _SUBSTRING,
    "binary": _EQUALITY | _SUBSTRING,
    "boolean": _EQUALITY,
    "integer": _EQUALITY | _ORDER,
    "decimal": _EQUALITY | _ORDER,
    "dateTime": _EQUALITY | _ORDER | _SUBSTRING,
}

_LITERALS: Final = {"boolean": (bool,), "integer": (int, float), "decimal": (int, float)}


def _compare(node: Comparison, attribute: Attribute) -> Predicate:
    compare = _OPERATORS[attribute.type].get(node.operator)
    if compare is None:
        raise InvalidFilter(f"{node}: a {attribute.type} cannot be compared with {node.operator}.")
    as_text = node.operator in _SUBSTRING
    literal = _literal(node, attribute, as_text)
    if attribute.type == "dateTime" and not as_text:
        return lambda value: compare(_moment(value), literal)
    if isinstance(literal, str) and not attribute.case_exact:
        form = attribute.fold
        folded = form(literal)
        return lambda value: compare(form(value), folded)
    return lambda value: compare(value, literal)


def _literal(node: Comparison, attribute: Attribute, as_text: bool) -> Literal | datetime:
    value = node.value
    if attribute.type == "dateTime" and not as_text and isinstance(value, str):
        try:
            return parse_date_time(value)
        except ValueError as error:
            raise InvalidFilter(f"{node}: {error}.") from None
    if type(value) not in _LITERALS.get(attribute.type, (str,)):
        article = "an" if attribute.type[0] in "aeiou" else "a"
        raise InvalidFilter(f"{node}: {attribute.name} is {article} {attribute.type}.")
    return value


def _moment(value: Any) -> Any:
    return parse_date_time(value)


def _is_present(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_is_present, value.values()))
    return value is not None and value != "" and value != []


def _never(_resource: Any) -> bool:
    return False


def _always(_resource: Any) -> bool:
    return True


# --- finding values ----------------------------------------------------------------------------


def _resolve_in_resource(
    model: ResourceModel, across_types: bool, path: AttributePath, *, comparing: bool = False
) -> Found:
    try:
        target = model.find(path)
    except UnknownAttribute as error:
        if across_types:
            return Found(None, lambda _resource: [])
        raise InvalidFilter(str(error)) from None
    if "never" in (target.attribute.returned, target.leaf.returned):
        raise InvalidFilter(f"{path} cannot be filtered by, as it is never returned.")
    values = values_of(target, assumed=_assumed(target.leaf) if comparing else None)
    if target.urn or target.sub or target.attribute.multi_valued:
        return Found(target.leaf, values)
    return Found(target.leaf, values, operator.methodcaller("get", target.attribute.name))


def _resolve_in_value(
    attribute: Attribute, path: AttributePath, *, comparing: bool = False
) -> Found:
    name = path.name.lower()
    if not attribute.is_complex and str(path).lower() == "value":
        # A simple value stands for itself: `tags[value eq "x"]`.
        return Found(attribute, lambda value: [value])
    sub = attribute.sub(name) if path.urn is None and path.sub is None else None
    if sub is None:
        raise InvalidFilter(f"{attribute.name} has no sub-attribute {path}.")
    if sub.returned == "never":
        raise InvalidFilter(f"{path} cannot be filtered by, as it is never returned.")
    get = operator.methodcaller("get", sub.name, _assumed(sub) if comparing else None)
    return Found(sub, lambda value: _listed(get(value)), None if sub.multi_valued else get)


def _assumed(sub: Attribute) -> bool | None:
    """Return what a value that lacks the sub-attribute is assumed to have (RFC 7643 §2.4)."""
    return False if sub.name == "primary" and sub.type == "boolean" else None


def values_of(target: Target, *, assumed: Any = None) -> Values:
    """Return a function that lists the values a target has in a resource.

    :param assumed: what a value of the attribute that lacks the sub-attribute has, if anything.
    """
    urn, name, sub = target.urn, target.attribute.name, target.sub

    def top(resource: Mapping[str, Any]) -> list[Any]:
        holder = resource.get(urn) if urn else resource
        return _listed(holder.get(name)) if holder else []

    if sub is None:
        return top
    key = sub.name

    def below(resource: Mapping[str, Any]) -> list[Any]:
        found = [value.get(key, assumed) for value in top(resource)]
        return [item for value in found for item in _listed(value)]

    return below


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
