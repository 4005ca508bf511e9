"""Who is in scope, and what the target should hold of them: scoping and mapping of one record."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version as version_of
from typing import Any, Final

import orjson

from provisioner.job import Job
from provisioner.language.expressions import EvaluationError
from provisioner.language.mapping import Mapped, Mapper, MappingError
from provisioner.language.places import Places
from provisioner.language.scope import scope_of
from provisioner.record import Attributes, Kind, Record
from provisioner.state import digest_of
from provisioner.targets.trouble import Trouble

MODEL_NAMES: Mapping[Kind, str] = {"users": "User", "groups": "Group"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One object in scope: what the target should hold of it, or the trouble that keeps it out.

    `where` is the place in the source. `digest` covers the values. Of an unchanged record only the
    references are known, and its `known_version`, which is worked out once.
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
    known_version: str = ""

    @property
    def version(self) -> str:
        """A fingerprint of all that the source says of it: the values and the references."""
        if self.known_version:
            return self.known_version
        return _version(self.references, self.digest)

    def with_trouble(self, trouble: Trouble) -> "Wanted":
        """Return the same object with what keeps it out."""
        return replace(self, trouble=trouble)

    @property
    def disabled(self) -> bool:
        """Tell whether the account should exist only in its disabled state."""
        return self.values.get("active") is False


@dataclass(frozen=True)
class Rules:
    """What the job says of one kind, made ready: how to choose, map and match.

    `configuration` is a digest of all that an evaluation depends on beside the record; `steady` is
    what gives the same whenever it is evaluated.
    """

    kind: Kind
    mapper: Mapper
    places: Places
    match: tuple[str, ...]
    in_scope: Callable[[Attributes], bool]
    configuration: bytes
    steady: bool

    @classmethod
    def of(cls, job: Job, kind: Kind) -> "Rules | None":
        """Return the rules of a kind; None if the job does not provision it."""
        rules = job.rules(kind)
        if rules is None:
            return None
        model = job.catalog.models[MODEL_NAMES[kind]]
        mapper = Mapper(rules, model)
        return cls(
            kind=kind,
            mapper=mapper,
            places=Places(model),
            match=rules.match,
            in_scope=scope_of(job.scope, kind),
            configuration=_configuration(job, kind),
            steady=not any(
                rule.expression.is_moving for rule in mapper.rules if rule.row.apply != "on create"
            ),
        )

    @property
    def references(self) -> list[str]:
        """The target paths that refer to other objects."""
        return [rule.row.target for rule in self.mapper.rules if rule.target.is_reference]

    @cached_property
    def required(self) -> frozenset[str]:
        """The target paths that no object of the kind may be without, by its schema."""
        targets = (rule.target for rule in self.mapper.rules)
        return frozenset(
            each.text
            for each in targets
            if each.attribute.required and each.urn is None and each.sub is None
        )

    @property
    def gone(self) -> bytes:
        """What stands for the source's word on an object that is no longer there."""
        return hashlib.blake2b(key=self.configuration, digest_size=_SIZE).digest()

    def fingerprint(self, attributes: bytes) -> bytes:
        """Return the fingerprint of a record under these rules: equal means nothing to evaluate."""
        return hashlib.blake2b(attributes, key=self.configuration, digest_size=_SIZE).digest()

    def keys(self, wanted: Wanted) -> list[bytes]:
        """Return what two objects of the kind must not share: their values to match by."""
        return [self._key(path, value) for path, value in match_values(wanted, self)]

    def shared_path(self, wanted: Wanted, key: bytes) -> str:
        """Return the target path that a key of the object is of."""
        return next(
            path for path, value in match_values(wanted, self) if self._key(path, value) == key
        )

    def _key(self, path: str, value: str) -> bytes:
        # Compared as the target compares them.
        form = self.places.at(path).target.leaf.fold
        return hashlib.blake2b(f"{path}\0{form(value)}".encode(), digest_size=_SIZE).digest()


_SIZE: Final = 16  # bytes of a fingerprint


def _configuration(job: Job, kind: Kind) -> bytes:
    """Return a digest of all that a record's evaluation depends on beside the record itself."""
    rules = job.rules(kind)
    leavers = [job.policy.leavers, repr(job.policy.protected), repr(job.policy.delete_after)]
    said = [version_of("scim-toolkit"), repr(rules), repr(job.scope), *leavers]
    schemas = [hashlib.blake2b(file.read_bytes()).hexdigest() for file in job.target.schemas]
    return hashlib.blake2b(orjson.dumps([said, schemas]), digest_size=32).digest()


def rules_of(job: Job) -> dict[Kind, Rules]:
    """Return the rules of every kind that the job provisions, users first."""
    kinds: tuple[Kind, ...] = ("users", "groups")
    found = {kind: Rules.of(job, kind) for kind in kinds}
    return {kind: rules for kind, rules in found.items() if rules is not None}


def is_in_scope(record: Record, rules: Rules, *, granted: bool) -> bool | Trouble:
    """Tell whether a record is provisioned; trouble is what keeps that from being told."""
    try:
        return granted and rules.in_scope(record.attributes)
    except EvaluationError as error:
        return Trouble(
            "InvalidScope", f"{record.where}: {error}.", "Correct the source, or [scope]."
        )


def twice(record: Record, name: str, places: list[str]) -> Wanted:
    """Return what is made of an anchor that the source has more than once."""
    trouble = Trouble(
        "DuplicateSourceEntries",
        f'The source has "{record.anchor}" {len(places)} times: {", ".join(places)}.',
        "Leave one of them; the anchor names one object for life.",
    )
    return Wanted(record.kind, record.anchor, name, record.where, trouble=trouble)


def wanted_of(record: Record, rules: Rules) -> Wanted:
    """Map one record; what cannot be mapped has its trouble noted."""
    try:
        mapped = rules.mapper.map(record, soft_deleted=blocked(record))
    except MappingError as error:
        trouble = Trouble("InvalidMapping", f"{error}.", "Correct the source, or the expression.")
        return troubled(record, trouble)
    return _of_mapped(record, mapped)


def troubled(record: Record, trouble: Trouble) -> Wanted:
    """Return what stands for a record that nothing can be made of."""
    return Wanted(record.kind, record.anchor, source_name(record), record.where, trouble=trouble)


def _of_mapped(record: Record, mapped: Mapped) -> Wanted:
    values = {path: value for path, value in mapped.values.items() if path not in mapped.on_create}
    once = {path: mapped.values.get(path) for path in mapped.on_create}
    references = {path: tuple(anchors) for path, anchors in mapped.references.items()}
    digest = digest_of(values)
    return Wanted(
        kind=record.kind,
        anchor=record.anchor,
        name=_name(mapped.values, record),
        where=record.where,
        values=values,
        once={path: value for path, value in once.items() if value is not None},
        references=references,
        digest=digest,
        known_version=_version(references, digest),
    )


def _version(references: Mapping[str, tuple[str, ...]], digest: str) -> str:
    listed = {path: sorted(anchors) for path, anchors in references.items()}
    return digest_of({**listed, "": digest})


def packed(item: Wanted) -> str:
    """Return a wanted object as text, for `unpacked`."""
    trouble = item.trouble
    return orjson.dumps(
        {
            "name": item.name,
            "values": item.values,
            "once": item.once,
            "references": item.references,
            "digest": item.digest,
            "version": item.version,
            "trouble": trouble and [trouble.code, trouble.reason, trouble.hint],
        }
    ).decode()


def unpacked(kind: Kind, anchor: str, where: str, text: str) -> Wanted:
    """Return the wanted object that `packed` made a text of."""
    document = orjson.loads(text)
    trouble = document["trouble"]
    return Wanted(
        kind=kind,
        anchor=anchor,
        name=document["name"],
        where=where,
        values=document["values"],
        once=document["once"],
        references={path: tuple(anchors) for path, anchors in document["references"].items()},
        digest=document["digest"],
        trouble=Trouble(*trouble) if trouble else None,
        known_version=document["version"],
    )


def blocked(record: Record) -> bool:
    """Tell whether the directory itself has blocked the account: Entra's accountEnabled."""
    return str(record.attributes.get("accountEnabled")).strip().lower() in ("false", "0")


def _name(values: Mapping[str, object], record: Record) -> str:
    name = values.get("userName" if record.kind == "users" else "displayName")
    return str(name) if name else source_name(record)


def source_name(record: Record) -> str:
    """Return what the source itself calls a record."""
    for attribute in ("userPrincipalName", "displayName"):
        if value := record.attributes.get(attribute):
            return str(value)
    return record.anchor


def match_values(wanted: Wanted, rules: Rules) -> list[tuple[str, str]]:
    """Return the target paths and values to match by, in the job's order of precedence."""
    everything = {**wanted.values, **wanted.once}
    found = ((path, everything.get(path)) for path in rules.match)
    return [(path, str(value)) for path, value in found if value not in (None, "")]


def shared(path: str, item: Wanted, others: list[str]) -> Trouble:
    """Return the trouble of one whose value to match by others have as well."""
    value: Any = {**item.values, **item.once}.get(path)
    return Trouble(
        "DuplicateSourceEntries",
        f'{item.where}: {path} is "{value}", as it is in {", ".join(others)}.',
        "Give each its own value, or take the surplus ones out of scope.",
    )
