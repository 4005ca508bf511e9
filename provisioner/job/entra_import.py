"""A synchronization schema exported from Entra ID, turned into a job file.

The export is what Microsoft Graph answers at ``…/synchronization/jobs/{id}/schema``, or what the
portal's schema editor downloads. What a job file cannot say is told, and left in it as a comment.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import orjson

from provisioner.job.settings import Apply, Clause, JobError, MappingRow, ScopingFilter
from provisioner.language.clauses import ClauseError, compile_filters, operator_of
from provisioner.language.expressions import EvaluationError, ExpressionError
from provisioner.language.mapping import compile_row
from provisioner.language.target_path import TargetError, parse_target
from provisioner.record import Kind
from provisioner.small_file import read_small
from provisioner.visible import visible
from scim_protocol.catalog import Catalog
from scim_protocol.definitions import ResourceModel

_OBJECTS: Final[Mapping[str, Kind]] = {"user": "users", "group": "groups"}
_MODELS: Final[Mapping[Kind, str]] = {"users": "User", "groups": "Group"}
_ALL_FLOWS: Final = ("Add", "Update", "Delete")
# Microsoft's flow types, as the job file says them.
_FLOWS: Final[Mapping[str, Apply]] = {
    "Always": "always",
    "ObjectAddOnly": "on create",
    "AttributeAddOnly": "if empty",
    "ValueAddOnly": "add only",
    "MultiValueAddOnly": "add only",
}

_HEAD: Final = """\
# Made from a synchronization schema of Entra ID. Fill in [source] and [target], then run
# `scim-provisioner check` on this file.
version = 1
name    = {name}

[source]
kind   = "csv"
users  = "people.csv"
groups = "groups.csv"

[target]
url       = "https://app.example/scim/v2"
token_env = "SCIM_TOKEN"
"""


@dataclass
class Imported:
    """A job file, and what of the schema is not in it."""

    head: str
    body: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text of the job file, with the notes as comments."""
        told = "".join(f"# - {visible(note)}\n" for note in self.notes)
        return self.head + (f"\n# Not carried over:\n{told}" if told else "") + self.body


def import_schema(path: Path, name: str) -> Imported:
    """Turn an exported schema into a job file.

    :raises JobError: when the file holds no synchronization schema.
    """
    try:
        document = orjson.loads(read_small(path))
    except OSError as error:
        raise JobError([f"{path}: cannot be read: {error.strerror}"]) from None
    except orjson.JSONDecodeError as error:
        raise JobError([f"{path}: is not JSON: {error}"]) from None
    mappings = list(_object_mappings(document))
    if not any(kind == "users" for kind, _ in mappings):
        raise JobError(
            [
                f"{path}: holds no mapping of users; export the schema of a synchronization job, "
                "with synchronizationRules and objectMappings"
            ]
        )
    return _Import(name).job(mappings)


def _object_mappings(document: object) -> Iterator[tuple[Kind, Mapping[str, Any]]]:
    for rule in _objects(document, "synchronizationRules"):
        for mapping in _objects(rule, "objectMappings"):
            kind = _OBJECTS.get(str(mapping.get("sourceObjectName")).lower())
            if kind is not None:
                yield kind, mapping


def _objects(holder: object, name: str) -> list[Mapping[str, Any]]:
    values = holder.get(name) if isinstance(holder, Mapping) else None
    if not isinstance(values, list):
        return []
    return [each for each in values if isinstance(each, Mapping)]


class _Import:
    """One schema on its way into a job file."""

    def __init__(self, name: str) -> None:
        self.made = Imported(_HEAD.format(name=_quoted(name)))
        self.models = Catalog.standard().models

    def job(self, mappings: list[tuple[Kind, Mapping[str, Any]]]) -> Imported:
        """Write all that is provisioned; of several mappings of one kind, the first."""
        chosen: dict[Kind, Mapping[str, Any]] = {}
        for kind, mapping in mappings:
            label = f"{kind} ({mapping.get('name') or 'without a name'})"
            if mapping.get("enabled") is False:
                self.note(f"{label}: is switched off in Entra ID, and left out")
            elif kind in chosen:
                self.note(f"{label}: a job has one mapping of {kind}; this second one is left out")
            else:
                chosen[kind] = mapping
        for kind, mapping in chosen.items():
            self.filters(kind, mapping.get("scope"))
        for kind, mapping in chosen.items():
            self.rules(kind, mapping)
        return self.made

    def note(self, text: str) -> None:
        self.made.notes.append(text)

    def write(self, *lines: str) -> None:
        self.made.body += "\n".join(lines) + "\n"

    # Scope -------------------------------------------------------------------------------------

    def filters(self, kind: Kind, scope: object) -> None:
        for group in _objects(scope, "groups"):
            clauses = [_clause(each) for each in _objects(group, "clauses")]
            title = str(group.get("name") or "")
            try:
                compile_filters((ScopingFilter(tuple(clauses)),))
            except ClauseError as error:
                self.note(f"scope of {kind}: {error}; the filter {title!r} is left out")
                continue
            self.write("", f"[[scope.{kind[:-1]}_filters]]", f"title   = {_quoted(title or kind)}")
            self.write("clauses = [", *(f"  {_listed(each)}," for each in clauses), "]")
        for name in ("categoryFilterGroups", "inputFilterGroups"):
            if _objects(scope, name):
                self.note(f"scope of {kind}: {name} has no counterpart, and is left out")

    # Mappings ----------------------------------------------------------------------------------

    def rules(self, kind: Kind, mapping: Mapping[str, Any]) -> None:
        flows = str(mapping.get("flowTypes") or ", ".join(_ALL_FLOWS))
        for flow in _ALL_FLOWS:
            if flow.lower() not in flows.lower():
                self.note(f"{kind}: {flow} is switched off in Entra ID; a job has no such switch")
        rows = list(self.rows(kind, mapping))
        matching = sorted((_priority(each), row.target) for each, row in rows if _priority(each))
        match = [target for _, target in matching]
        if not match:
            self.note(f"{kind}: nothing to match by; give {kind}.match at least one attribute")
        self.write("", f"[{kind}]", f"match = {_listed(match)}", "", f"[{kind}.map]")
        short = [row for _, row in rows if row.default is None and row.apply == "always"]
        for row in short:
            self.write(f"{_key(row.target)} = {_quoted(row.expression)}")
        for _, row in rows:
            if row not in short:
                self.long_row(kind, row)

    def long_row(self, kind: Kind, row: MappingRow) -> None:
        self.write("", f"[{kind}.map.{_key(row.target)}]", f"from    = {_quoted(row.expression)}")
        if row.apply != "always":
            self.write(f"apply   = {_quoted(row.apply)}")
        if row.default is not None:
            self.write(f"default = {_quoted(row.default)}")

    def rows(
        self, kind: Kind, mapping: Mapping[str, Any]
    ) -> Iterator[tuple[Mapping[str, Any], MappingRow]]:
        model, taken = self.models[_MODELS[kind]], set()
        for given in _objects(mapping, "attributeMappings"):
            target = str(given.get("targetAttributeName") or "")
            row = self.row(f"{kind}.map.{target}", target, given)
            if row is None:
                continue
            if problem := _problem(row := self.following(row, given, model), model):
                self.leave_out(f"{kind}.map.{target}", row, problem)
            elif row.target in taken:
                self.leave_out(f"{kind}.map.{target}", row, "is mapped twice")
            else:
                taken.add(row.target)
                yield given, row

    def row(self, key: str, target: str, given: Mapping[str, Any]) -> MappingRow | None:
        source, default = given.get("source"), given.get("defaultValue")
        default = None if default in (None, "") else str(default)
        if not isinstance(source, Mapping):
            if default is None:
                self.note(f"{key}: maps nothing (type None), and is left out")
                return None
            # The target is left alone; if it is ever empty, the default is written.
            return MappingRow(target, f'"{_escaped(default)}"', "if empty")
        flow = str(given.get("flowType") or "Always")
        if flow not in _FLOWS:
            self.note(f"{key}: the flow type {flow} is not known: it is written always")
        if given.get("flowBehavior") == "FlowAlways":
            self.note(f"{key}: FlowAlways has no counterpart: it is written when it changes")
        return MappingRow(target, _expression(source), _FLOWS.get(flow, "always"), default)

    def following(
        self, row: MappingRow, given: Mapping[str, Any], model: ResourceModel
    ) -> MappingRow:
        """Let what must follow the source be written always, whatever its flow type."""
        with suppress(TargetError):
            target = parse_target(row.target, model)
            must_follow = target.is_reference or target.attribute.name == "active"
            if must_follow and row.apply in ("if empty", "add only"):
                self.note(
                    f"{row.target}: {given.get('flowType')} cannot be for a reference, nor for "
                    "active: it is written always"
                )
                return replace(row, apply="always")
        return row

    def leave_out(self, key: str, row: MappingRow, problem: str) -> None:
        self.note(f"{key} = {row.expression}: {problem}; it is left out")


def _priority(given: Mapping[str, Any]) -> int:
    """Return the place of a row among those to match by; 0 is none of them."""
    text = str(given.get("matchingPriority") or 0)
    return int(text) if text.isdecimal() and len(text) < 5 else 0


def _expression(source: Mapping[str, Any]) -> str:
    """Return an expression's text: of an attribute and a constant, its own short form."""
    name, kind = str(source.get("name") or ""), source.get("type")
    if kind == "Attribute":
        return f"[{name}]"
    text = str(source.get("expression") or "")
    if kind == "Constant" and not text.startswith('"'):
        return f'"{_escaped(text or name)}"'
    return text


def _problem(row: MappingRow, model: ResourceModel) -> str | None:
    try:
        compile_row(row, model)
    except (TargetError, ExpressionError, EvaluationError) as error:
        return str(error)
    return None


def _clause(given: Mapping[str, Any]) -> Clause:
    operand = given.get("targetOperand")
    values = operand.get("values") if isinstance(operand, Mapping) else None
    value = str(values[0]) if values else ""
    operator = str(given.get("operatorName") or "")
    with suppress(ClauseError):  # It is told by whoever compiles the clause.
        operator = operator_of(operator)
    return Clause(str(given.get("sourceOperandName") or ""), operator, value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _quoted(text: str) -> str:
    """Write text as TOML does: literally, if it has no single quote and no control character."""
    if '"' in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(target: str) -> str:
    return target if target.isalnum() and target.isascii() else _quoted(target)


def _listed(values: Clause | list[str]) -> str:
    if isinstance(values, Clause):
        values = [values.attribute, values.operator, *([values.value] if values.value else [])]
    return f"[{', '.join(map(_quoted, values))}]"
