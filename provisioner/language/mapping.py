"""Mapping: a source record to the values that the target should hold."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from provisioner.job.settings import MappingRow, ObjectRules
from provisioner.language.expressions import (
    EvaluationError,
    Expression,
    parse_expression,
)
from provisioner.language.functions.dates import as_date
from provisioner.language.target_path import TargetError, TargetPath, parse_target
from provisioner.record import Attributes, Record, Value
from scim_protocol.definitions import ResourceModel

IS_SOFT_DELETED: Final = "IsSoftDeleted"
# What a user's `active` is if the job does not say: the four cases that disable an account.
IMPLICIT_ACTIVE: Final = MappingRow("active", f"Not([{IS_SOFT_DELETED}])")


class MappingError(Exception):
    """A record cannot be mapped; the message names the record, the target and the reason."""


@dataclass(frozen=True)
class Mapped:
    """What one record says of its object in the target.

    `values`: target path, as in the job, to value; None if the source gave nothing. A path that is
    not there must not be touched at all. `references`: target path to the source anchors that it
    names. `on_create`: paths that apply only on creation. `redacted`: paths never to be shown.
    """

    values: dict[str, object]
    references: dict[str, list[str]]
    on_create: frozenset[str]
    redacted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a mapping, read and checked."""

    row: MappingRow
    target: TargetPath
    expression: Expression
    convert: Callable[[Value], object]


class Mapper:
    """Maps the records of one kind; `rules` must have passed the job's checks.

    :raises TargetError: if a target path is not one of the schema.
    :raises ExpressionError: if an expression cannot be read.
    """

    def __init__(self, rules: ObjectRules, model: ResourceModel) -> None:
        self.rules = tuple(compile_row(row, model) for row in rules.map)
        active = compile_row(IMPLICIT_ACTIVE, model) if "active" in model.attributes else None
        if active and active.target.key not in {rule.target.key for rule in self.rules}:
            self.rules = (*self.rules, active)
        self.attributes: frozenset[str] = frozenset().union(
            *(rule.expression.attributes for rule in self.rules)
        ) - {IS_SOFT_DELETED}
        self.on_create = frozenset(
            rule.row.target for rule in self.rules if rule.row.apply == "on create"
        )
        self.redacted = frozenset(
            rule.row.target for rule in self.rules if rule.expression.is_redacted
        )

        self.growing = frozenset(
            rule.row.target
            for rule in self.rules
            if rule.expression.only_adds or (rule.row.apply == "add only" and rule.target.is_list)
        )
        self.never_cleared = frozenset(
            rule.row.target for rule in self.rules if rule.row.apply == "add only"
        )
        self.if_empty = frozenset(
            rule.row.target for rule in self.rules if rule.row.apply == "if empty"
        )
        self.selecting = frozenset(
            rule.row.target for rule in self.rules if rule.expression.selects
        )
        self._values = [
            (rule.row.target, _reader(rule), rule.expression.drops_empty)
            for rule in self.rules
            if not rule.target.is_reference
        ]
        self._references = [rule for rule in self.rules if rule.target.is_reference]

    def map(self, record: Record, *, soft_deleted: bool) -> Mapped:
        """Map one record.

        :param soft_deleted: the computed source attribute IsSoftDeleted.
        :raises MappingError: if a value cannot be computed, or does not fit its target.
        """
        attributes = {**record.attributes, IS_SOFT_DELETED: "True" if soft_deleted else "False"}
        values: dict[str, object] = {}
        references: dict[str, list[str]] = {}
        target = ""
        try:
            for target, read, drops_empty in self._values:
                value = read(attributes)
                if value is not None or not drops_empty:
                    values[target] = value
            for rule in self._references:
                target = rule.row.target
                references[target] = _anchors(rule, attributes)
        except EvaluationError as error:
            raise MappingError(f"{record.where}: {target}: {error}") from None
        return Mapped(values, references, self.on_create, self.redacted)


def _reader(rule: Rule) -> Callable[[Attributes], object]:
    """Join evaluation and conversion; the usual case, text for a text, skips the latter."""
    evaluate, convert, name = rule.expression.evaluate, rule.convert, rule.expression.direct
    if rule.target.is_list or rule.target.leaf.type in _CONVERTERS:
        return lambda attributes: convert(evaluate(attributes))

    def read(attributes: Attributes) -> object:
        value = evaluate(attributes)
        return value if value and isinstance(value, str) else convert(value)

    if name is None:
        return read

    def read_direct(attributes: Attributes) -> object:
        value = attributes.get(name)
        return value if value and isinstance(value, str) else convert(value)

    return read_direct


def compile_row(row: MappingRow, model: ResourceModel) -> Rule:
    """Read one row against the schema.

    :raises TargetError: :raises ExpressionError: see `Mapper`.
    """
    target, expression = parse_target(row.target, model), parse_expression(row.expression)
    if expression.gives_roles:
        if not (target.is_list and target.leaf.is_complex) or target.is_reference:
            raise TargetError("takes no app roles; map them to the whole attribute roles")
        return Rule(row, target, expression, _as_roles)
    if expression.selects:
        if target.is_list or target.is_reference or target.leaf.type != "string":
            raise TargetError("takes no free value: SelectUniqueValue is for one plain text")
        return Rule(row, target, expression, _as_candidates)
    default = None if target.is_reference else row.default
    return Rule(row, target, expression, converter(target, default))


def _as_candidates(value: Value) -> object:
    """Keep all values to choose from, as a list: the plan of a creation asks which is free."""
    return _listed(value) or None


def _as_roles(value: Value) -> object:
    """Write app roles as Entra ID does: each a value of its own, none of them primary."""
    names = (name for name in _listed(value) if name)
    return [{**_APP_ROLE, "value": name, "display": name} for name in names] or None


_APP_ROLE: Final = {"type": "WindowsAzureActiveDirectoryRole", "primary": False}


def _anchors(rule: Rule, attributes: Attributes) -> list[str]:
    anchors = [anchor for anchor in _listed(rule.expression.evaluate(attributes)) if anchor]
    if len(anchors) > 1 and not rule.target.is_list:
        raise EvaluationError(f"takes one reference and was given {len(anchors)}")
    return list(dict.fromkeys(anchors)) if len(anchors) > 1 else anchors


def _listed(value: Value) -> list[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [str(value)]


def converter(target: TargetPath, default: str | None) -> Callable[[Value], object]:
    """Return what turns an expression's value into the target's JSON type.

    Empty text is no value (RFC 7643 §2.5 calls it unassigned), and then `default` is taken.
    """
    convert = _CONVERTERS.get(target.leaf.type, _as_text)
    fallback = convert(default) if default else None

    def one(value: Value) -> object:
        if isinstance(value, list):
            if len(value) > 1:
                raise EvaluationError(
                    f"takes one value and was given {len(value)}; choose with Item or Join them"
                )
            value = value[0] if value else None
        return fallback if value is None or value == "" else convert(value)

    def several(value: Value) -> object:
        items = [convert(item) for item in _listed(value) if item]
        return items or ([fallback] if fallback is not None else None)

    return several if target.is_list else one


def _as_text(value: Value) -> object:
    return value if isinstance(value, str) else str(value)


_BOOLEANS: Final = {"true": True, "false": False, "1": True, "0": False}


def _as_boolean(value: Value) -> object:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _BOOLEANS:
        raise EvaluationError(f"must be True or False, and {str(value)[:80]!r} is neither")
    return _BOOLEANS[word]


def _as_integer(value: Value) -> object:
    try:
        return int(str(value))
    except ValueError:
        raise EvaluationError(f"must be a whole number, not {str(value)[:80]!r}") from None


def _as_decimal(value: Value) -> object:
    if not re.fullmatch(r"\s*-?\d+(\.\d+)?\s*", str(value)):
        raise EvaluationError(f"must be a number, not {str(value)[:80]!r}")
    return float(str(value))


def _as_moment(value: Value) -> object:
    """Write a date as xsd:dateTime, in UTC (RFC 7643 §2.3.5)."""
    moment = as_date(str(value), "dateTime")
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


_CONVERTERS: Final[dict[str, Callable[[Value], object]]] = {
    "boolean": _as_boolean,
    "integer": _as_integer,
    "decimal": _as_decimal,
    "dateTime": _as_moment,
}


def build_resource(values: Mapping[str, object], model: ResourceModel) -> dict[str, Any]:
    """Build the resource that a POST sends from target paths and values; None is left out."""
    resource: dict[str, Any] = {"schemas": [model.core.id]}
    for text, value in values.items():
        if value is None:
            continue
        target = parse_target(text, model)
        if target.urn is not None and target.urn not in resource["schemas"]:
            resource["schemas"].append(target.urn)
        target.put(resource, value)
    return resource
