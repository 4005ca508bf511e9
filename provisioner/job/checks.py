"""What a job's expressions, filters and target paths mean, checked against the schemas.

Each check yields ``key: what is wrong`` lines, so that all problems are known at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from provisioner.job.fields import dotted
from provisioner.job.own_schemas import SchemaFileError, catalog_with
from provisioner.job.profile_checks import check_profile
from provisioner.job.settings import (
    MappingRow,
    ObjectRules,
    ScopeSettings,
    TargetSettings,
)
from provisioner.language.clauses import ClauseError, compile_filters
from provisioner.language.expressions import EvaluationError, ExpressionError, parse_expression
from provisioner.language.mapping import IS_SOFT_DELETED, Rule, compile_row
from provisioner.language.scope import ScopeError, compile_scope, names_of
from provisioner.language.target_path import TargetError, parse_target
from provisioner.nearest import did_you_mean
from provisioner.record import Kind
from provisioner.sources import open_kind
from provisioner.sources.csv_file import other_delimiter
from provisioner.sources.settings import CsvSettings, SourceSettings
from provisioner.targets import profile_names
from scim_protocol.catalog import Catalog
from scim_protocol.definitions import ResourceModel

MODELS: dict[Kind, str] = {"users": "User", "groups": "Group"}


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a job whose meaning is checked."""

    source: SourceSettings
    target: TargetSettings
    scope: ScopeSettings
    users: ObjectRules
    groups: ObjectRules | None
    protected: str | tuple[str, ...] = ()

    def rules(self, kind: Kind) -> ObjectRules | None:
        """Return the rules for one kind of object, if there are any."""
        return self.users if kind == "users" else self.groups


def check_job(parts: Parts, *, whole: bool) -> Iterator[str]:
    """Yield every problem of what a job means.

    :param whole: False if some of the file was not well formed and is left out of `parts`; what
        compares one part with another is then not asked.
    """
    try:
        catalog = catalog_with(parts.target.schemas)
    except SchemaFileError as error:
        yield f"target.schemas: {error}"
        whole, catalog = False, Catalog.standard()
    yield from _check_names(parts)
    yield from _check_filters(parts)
    sound = whole
    for kind, name in MODELS.items():
        rules = parts.rules(kind)
        if rules is not None:
            problems = list(_check_rules(kind, rules, catalog.models[name], whole))
            yield from problems
            sound = sound and not problems
    if whole:
        yield from _check_groups(parts)
        yield from check_profile(parts.target, {kind: parts.rules(kind) for kind in MODELS})
    if sound:
        yield from _check_columns(parts, catalog)


def _check_names(parts: Parts) -> Iterator[str]:
    profile, profiles = parts.target.profile, profile_names()
    if profile not in profiles:
        yield f"target.profile: there is no profile {profile!r}{did_you_mean(profile, profiles)}"


def _check_filters(parts: Parts) -> Iterator[str]:
    for kind in MODELS:
        text = parts.scope.users if kind == "users" else parts.scope.groups
        try:
            if text is not None:
                compile_scope(text)
        except ScopeError as error:
            yield f"scope.{kind}: {error}"
        yield from _check_clauses(kind, parts.scope)
    if isinstance(parts.protected, str):
        try:
            compile_scope(parts.protected)
        except ScopeError as error:
            yield f"policy.protected: {error}"


def _check_clauses(kind: Kind, scope: ScopeSettings) -> Iterator[str]:
    filters = scope.user_filters if kind == "users" else scope.group_filters
    for number, each in enumerate(filters, 1):
        try:
            compile_filters((each,))
        except ClauseError as error:
            yield f"scope.{kind[:-1]}_filters.filter {number}: {error}"


def _check_groups(parts: Parts) -> Iterator[str]:
    scoped = parts.scope.groups is not None or parts.scope.group_filters
    if scoped and parts.groups is None:
        yield "scope.groups: no groups are provisioned; add a [groups] table or take this out"
    if parts.scope.users_in_groups and not parts.source.has_groups:
        yield "scope.users_in_groups: there are no groups to look into; set source.groups"
    if parts.groups is not None and not parts.source.has_groups:
        yield "groups: there is nothing to read them from; set source.groups"


def _check_rules(
    kind: Kind, rules: ObjectRules, model: ResourceModel, whole: bool
) -> Iterator[str]:
    compiled: dict[str, Rule] = {}
    for row in rules.map:
        key = dotted(f"{kind}.map", row.target)
        try:
            rule = compile_row(row, model)
        except TargetError as error:
            yield f"{key}: {error}"
            yield from _check_expression(key, row)
            continue
        except (ExpressionError, EvaluationError) as error:
            yield f"{key}: {error}"
            continue
        if (twin := compiled.get(rule.target.key)) is not None:
            yield f"{key}: is the same attribute as {twin.row.target!r}; keep one of them"
        compiled[rule.target.key] = rule
        yield from (f"{key}: {problem}" for problem in _check_rule(rule))
    if whole and len(compiled) == len(rules.map):
        yield from _check_match(kind, rules.match, compiled, model)
        yield from _check_required(kind, compiled, model)


def _check_expression(key: str, row: MappingRow) -> Iterator[str]:
    try:
        parse_expression(row.expression)
    except ExpressionError as error:
        yield f"{key}: {error}"


def _check_rule(rule: Rule) -> Iterator[str]:
    if rule.row.apply in ("if empty", "add only"):
        yield from _check_keeping(rule)
    if rule.expression.is_volatile and rule.row.apply != "on create":
        yield 'gives another value at every run; use the long form with apply = "on create"'
    if rule.expression.selects and rule.row.apply != "on create":
        yield 'chooses a free value once; use the long form with apply = "on create"'
    if rule.target.is_reference and rule.row.default is not None:
        yield "is a reference to another object, which takes no default"
    if rule.target.is_reference and rule.expression.is_constant:
        yield "is a reference: write the source attribute that holds the other's id, in brackets"
    elif rule.expression.is_constant:
        try:
            rule.convert(rule.expression.evaluate({}))
        except EvaluationError as error:
            yield str(error)


def _check_keeping(rule: Rule) -> Iterator[str]:
    """Refuse to keep what an account must not keep, or cannot."""
    if rule.target.is_reference:
        yield f'is a reference to another object, which cannot be "{rule.row.apply}"'
    if rule.target.attribute.name == "active":
        yield f'decides who has access, so it cannot be "{rule.row.apply}"'


def _check_match(
    kind: Kind, match: Sequence[str], compiled: dict[str, Rule], model: ResourceModel
) -> Iterator[str]:
    for text in match:
        try:
            target = parse_target(text, model)
        except TargetError as error:
            yield f"{kind}.match: {text!r} {error}"
            continue
        rule = compiled.get(target.key)
        if rule is None:
            mapped = [row.row.target for row in compiled.values()]
            near = did_you_mean(text, mapped)
            yield f"{kind}.match: {text!r} is not mapped, so there is nothing to match with{near}"
        elif rule.expression.selects:
            yield f"{kind}.match: {text!r} cannot be matched: its value is chosen at the creation"
        elif target.is_reference or target.is_list:
            yield f"{kind}.match: {text!r} cannot be matched: it is not one plain value"
        elif rule.expression.is_constant:
            constant = rule.expression.evaluate({})
            yield (
                f"{dotted(f'{kind}.map', rule.row.target)}: {constant!r} is a constant, which "
                f"cannot tell objects apart in {kind}.match; for an attribute write [{constant}]"
            )


def _check_required(kind: Kind, compiled: dict[str, Rule], model: ResourceModel) -> Iterator[str]:
    mapped = {(rule.target.urn, rule.target.attribute.name) for rule in compiled.values()}
    for attribute in model.core.attributes:
        if attribute.required and (None, attribute.name) not in mapped:
            yield f"{kind}.map: {attribute.name} is missing; every {model.name} must have one"


def used_columns(kind: Kind, parts: Parts) -> dict[str, str]:
    """Return each source attribute that a job uses for one kind, with the key that names it."""
    rules = parts.rules(kind)
    used: dict[str, str] = {parts.source.anchor: "source.anchor"}
    for row in rules.map if rules else ():
        for name in sorted(parse_expression(row.expression).attributes - {IS_SOFT_DELETED}):
            used.setdefault(name, dotted(f"{kind}.map", row.target))
    for name in sorted(names_of(parts.scope, kind)):
        used.setdefault(name, f"scope.{kind}")
    if kind == "groups" and parts.scope.users_in_groups:
        used.setdefault("displayName", "scope.users_in_groups")
        used.setdefault("members", "scope.users_in_groups")
    return used


def _check_columns(parts: Parts, catalog: Catalog) -> Iterator[str]:
    """Compare with what the source has now; one that cannot be read says so when it is read."""
    source = open_kind(parts.source, {})
    for kind in MODELS:
        try:
            columns = source.columns(kind)
            used = used_columns(kind, parts)
        except ScopeError:
            continue
        if hint := other_delimiter(columns or ()):
            yield f"source.{kind}: {hint}"
            continue
        for name, key in used.items() if columns is not None else ():
            if columns and name not in columns:
                near = did_you_mean(name, columns)
                yield f"{key}: the source of {kind} has no attribute {name!r}{near}"
        yield from _check_constants(kind, parts.rules(kind), columns or ())
        yield from _check_lists(kind, parts, catalog.models[MODELS[kind]])


def _check_constants(
    kind: Kind, rules: ObjectRules | None, columns: Sequence[str]
) -> Iterator[str]:
    """Find the constant that was meant as an attribute: a column's name without brackets."""
    for row in rules.map if rules else ():
        if row.expression.strip() in columns:
            name = row.expression.strip()
            yield (
                f"{dotted(f'{kind}.map', row.target)}: {name} is a constant text here, and the "
                f"source has an attribute of that name; write [{name}]"
            )


def _check_lists(kind: Kind, parts: Parts, model: ResourceModel) -> Iterator[str]:
    """Find the column of references that a CSV file would give as one long text."""
    if not isinstance(parts.source, CsvSettings):
        return
    rules, lists = parts.rules(kind), parts.source.list_columns
    for row in rules.map if rules else ():
        target, name = parse_target(row.target, model), parse_expression(row.expression).direct
        if target.is_reference and target.is_list and name is not None and name not in lists:
            yield (
                f"{dotted(f'{kind}.map', row.target)}: takes a list, and the column {name!r} is "
                "not among source.list_columns; add it there"
            )
    if kind == "groups" and parts.scope.users_in_groups and "members" not in lists:
        yield "scope.users_in_groups: needs the column 'members' among source.list_columns"
