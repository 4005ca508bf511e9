"""Who is in scope, and what the target should hold of them: scoping and mapping of a snapshot."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from provisioner.job import Job
from provisioner.mapping import Mapped, Mapper, MappingError
from provisioner.places import Places
from provisioner.record import Attributes, Kind, Record
from provisioner.scope import compile_scope
from provisioner.snapshot import Snapshot
from provisioner.state import digest_of
from provisioner.targets.trouble import Trouble
from scim_protocol.matching import fold

MODEL_NAMES: Mapping[Kind, str] = {"users": "User", "groups": "Group"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object in scope: what the target should hold of it, or the trouble that keeps it out.

    `where` is the place in the source. `digest` covers the values.
    """

    kind: Kind
    anchor: str
    name: str
    where: str
    values: Mapping[str, object] = field(default_factory=dict)
    once: Mapping[str, object] = field(default_factory=dict)
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    digest: str = ""
    trouble: Trouble | None = None

    @property
    def version(self) -> str:
        """A fingerprint of all that the source says of it: the values and the references."""
        listed = {path: sorted(anchors) for path, anchors in self.references.items()}
        return digest_of({**listed, "": self.digest})

    @property
    def disabled(self) -> bool:
        """Tell whether the account should exist only in its disabled state."""
        return self.values.get("active") is False


@dataclass(frozen=True)
class Rules:
    """What the job says of one kind, made ready: how to choose, map and match."""

    kind: Kind
    mapper: Mapper
    places: Places
    match: tuple[str, ...]
    in_scope: Callable[[Attributes], bool]

    @classmethod
    def of(cls, job: Job, kind: Kind) -> "Rules | None":
        """Return the rules of a kind; None if the job does not provision it."""
        rules = job.rules(kind)
        if rules is None:
            return None
        model = job.catalog.models[MODEL_NAMES[kind]]
        text = job.scope.users if kind == "users" else job.scope.groups
        chosen: Callable[[Attributes], bool] = compile_scope(text) if text else _everyone
        return cls(kind, Mapper(rules, model), Places(model), rules.match, chosen)


def rules_of(job: Job) -> dict[Kind, Rules]:
    """Return the rules of every kind that the job provisions, users first."""
    kinds: tuple[Kind, ...] = ("users", "groups")
    found = {kind: Rules.of(job, kind) for kind in kinds}
    return {kind: rules for kind, rules in found.items() if rules is not None}


@dataclass(frozen=True)
class Population:
    """The objects in scope by kind and anchor, and those that the source has but the scope not."""

    wanted: Mapping[Kind, Mapping[str, Wanted]]
    out_of_scope: Mapping[Kind, Mapping[str, Record]]


def select(snapshot: Snapshot, job: Job, rules: Mapping[Kind, Rules]) -> Population:
    """Scope and map a snapshot; what cannot be mapped, or is there twice, has its trouble noted."""
    granted = _granted_by_groups(snapshot.records.get("groups", []), job)
    wanted: dict[Kind, dict[str, Wanted]] = {}
    outside: dict[Kind, dict[str, Record]] = {}
    for kind, of_kind in rules.items():
        chosen, outside[kind] = _scope(snapshot.records[kind], of_kind, granted)
        wanted[kind] = _map(chosen, of_kind, _places(snapshot.records[kind]))
    return Population(wanted, outside)


def _scope(
    records: list[Record], rules: Rules, granted: set[str] | None
) -> tuple[list[Record], dict[str, Record]]:
    chosen: list[Record] = []
    outside: dict[str, Record] = {}
    for record in records:
        by_group = rules.kind != "users" or granted is None or record.anchor in granted
        if by_group and rules.in_scope(record.attributes):
            chosen.append(record)
        else:
            outside[record.anchor] = record
    # An anchor that is both in scope and out of it is a duplicate, and never a leaver.
    for record in chosen:
        outside.pop(record.anchor, None)
    return chosen, outside


def _places(records: list[Record]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = defaultdict(list)
    for record in records:
        places[record.anchor].append(record.where)
    return places


def _map(records: list[Record], rules: Rules, places: Mapping[str, list[str]]) -> dict[str, Wanted]:
    found: dict[str, Wanted] = {}
    for record in records:
        if len(places[record.anchor]) > 1:
            found[record.anchor] = _twice(record, places[record.anchor])
        else:
            found[record.anchor] = _wanted(record, rules)
    return found


def _twice(record: Record, places: list[str]) -> Wanted:
    trouble = Trouble(
        "DuplicateSourceEntries",
        f'The source has "{record.anchor}" {len(places)} times: {", ".join(places)}.',
        "Leave one of them; the anchor names one object for life.",
    )
    return Wanted(record.kind, record.anchor, _source_name(record), record.where, trouble=trouble)


def _wanted(record: Record, rules: Rules) -> Wanted:
    try:
        mapped = rules.mapper.map(record, soft_deleted=blocked(record))
    except MappingError as error:
        trouble = Trouble("InvalidMapping", f"{error}.", "Correct the source, or the expression.")
        name = _source_name(record)
        return Wanted(record.kind, record.anchor, name, record.where, trouble=trouble)
    return _of_mapped(record, mapped)


def _of_mapped(record: Record, mapped: Mapped) -> Wanted:
    values = {path: value for path, value in mapped.values.items() if path not in mapped.on_create}
    once = {path: mapped.values.get(path) for path in mapped.on_create}
    references = {path: tuple(anchors) for path, anchors in mapped.references.items()}
    return Wanted(
        kind=record.kind,
        anchor=record.anchor,
        name=_name(mapped.values, record),
        where=record.where,
        values=values,
        once={path: value for path, value in once.items() if value is not None},
        references=references,
        digest=digest_of(values),
    )


def blocked(record: Record) -> bool:
    """Tell whether the directory itself has blocked the account: Entra's accountEnabled."""
    return str(record.attributes.get("accountEnabled")).strip().lower() in ("false", "0")


def _name(values: Mapping[str, object], record: Record) -> str:
    name = values.get("userName" if record.kind == "users" else "displayName")
    return str(name) if name else _source_name(record)


def _source_name(record: Record) -> str:
    for attribute in ("userPrincipalName", "displayName"):
        if value := record.attributes.get(attribute):
            return str(value)
    return record.anchor


def match_values(wanted: Wanted, rules: Rules) -> list[tuple[str, str]]:
    """Return the target paths and values to match by, in the job's order of precedence."""
    everything = {**wanted.values, **wanted.once}
    found = ((path, everything.get(path)) for path in rules.match)
    return [(path, str(value)) for path, value in found if value not in (None, "")]


def without_duplicates(
    wanted: Mapping[str, Wanted], rules: Rules, linked: Iterable[str]
) -> dict[str, Wanted]:
    """Mark the objects that share a match value: none of them is made; a linked one works on."""
    known = set(linked)
    sharers: dict[tuple[str, str], list[Wanted]] = defaultdict(list)
    for item in wanted.values():
        if item.trouble is None and (item.anchor in known or not item.disabled):
            for path, value in match_values(item, rules):
                sharers[path, _comparable(value, path, rules)].append(item)
    result = dict(wanted)
    for (path, _), items in sharers.items():
        for item in items if len(items) > 1 else ():
            if item.anchor not in known and result[item.anchor].trouble is None:
                result[item.anchor] = replace(item, trouble=_shared(path, item, items))
    return result


def _comparable(value: str, path: str, rules: Rules) -> str:
    return value if rules.places.at(path).target.leaf.case_exact else fold(value)


def _shared(path: str, item: Wanted, items: list[Wanted]) -> Trouble:
    others = ", ".join(other.where for other in items if other is not item)
    value: Any = {**item.values, **item.once}.get(path)
    return Trouble(
        "DuplicateSourceEntries",
        f'{item.where}: {path} is "{value}", as it is in {others}.',
        "Give each its own value, or take the surplus ones out of scope.",
    )


def _everyone(_: Attributes) -> bool:
    return True


def _granted_by_groups(groups: list[Record], job: Job) -> set[str] | None:
    """Return the anchors that scope.users_in_groups reaches, nested groups included."""
    if not job.scope.users_in_groups:
        return None
    names = {name.casefold() for name in job.scope.users_in_groups}
    members = {record.anchor: _members(record) for record in groups}
    open_groups = [
        record.anchor
        for record in groups
        if str(record.attributes.get("displayName")).casefold() in names
    ]
    granted: set[str] = set()
    while open_groups:
        for anchor in members.get(open_groups.pop(), ()):
            if anchor not in granted:  # Groups may hold each other: each is opened once.
                granted.add(anchor)
                open_groups.append(anchor)
    return granted


def _members(record: Record) -> list[str]:
    value = record.attributes.get("members")
    if value is None:
        return []
    return value if isinstance(value, list) else [str(value)]


def out_of_scope_counts(population: Population) -> dict[str, int]:
    """Count what the source has beyond the scope."""
    return dict(Counter({kind: len(found) for kind, found in population.out_of_scope.items()}))
