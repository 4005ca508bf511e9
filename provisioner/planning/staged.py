"""The rows of a staging as values: what is read, what is to be decided for, who has left."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from provisioner.planning.action import Edge
from provisioner.planning.population import Rules, Wanted, unpacked
from provisioner.record import Kind, Record
from provisioner.state import Link
from provisioner.state.database import Row

_REFERENCES_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Staged:
    """One record to be scoped and mapped; `linked` tells whether its object has an account."""

    ord: int
    record: Record
    granted: bool
    linked: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One object in scope to decide for; `written` is the text of what its account holds."""

    ord: int
    item: Wanted
    link: Link | None
    written: str


@dataclass(frozen=True, slots=True)
class Leaver:
    """One account whose object is not in scope; `record` is what the source has of it, if any."""

    link: Link
    written: Mapping[str, Any]
    record: Record | None


def row_of(
    record: Record, rules: Rules, settled: Mapping[str, Row], granted: set[str]
) -> tuple[object, ...]:
    """Return the row of a record: without its content where it is as it was."""
    content = orjson.dumps(record.attributes, option=orjson.OPT_SORT_KEYS)
    fingerprint = rules.fingerprint(content)
    is_granted = record.anchor in granted
    before = settled.get(record.anchor)
    key = (rules.kind, record.anchor, record.where, fingerprint)
    if before is not None and (before[0], before[2]) == (fingerprint, is_granted):
        return (*key, 0, is_granted, before[1], None)
    return (*key, 1, is_granted, None, content)


def record_of(kind: Kind, anchor: str, place: str, content: bytes | None) -> Record:
    """Return the record that a row was made of."""
    return Record(kind, anchor, orjson.loads(content) if content else {}, place)


def anchors_of(edges: Iterable[Edge]) -> tuple[str, ...]:
    """Return the anchors that references name, each once."""
    return tuple(dict.fromkeys(edge.anchor for edge in edges))


def references_in(item: Wanted) -> int:
    """Count the references of an object."""
    return sum(map(len, item.references.values()))


def by_references(found: list[Candidate]) -> Iterator[list[Candidate]]:
    """Cut a batch where it would bring too many references at once."""
    part: list[Candidate] = []
    number = 0
    for each in found:
        part.append(each)
        number += references_in(each.item)
        if number > _REFERENCES_AT_ONCE:
            yield part
            part, number = [], 0
    if part:
        yield part


def leaver_of(kind: Kind, row: Row) -> Leaver:
    """Return the leaver of a row."""
    anchor, target_id, name, owner, active, digest, written, number, place, content = row
    link = Link(kind, anchor, target_id, name, owner, bool(active), digest)
    record = None if number is None else record_of(kind, anchor, place, content)
    return Leaver(link, json.loads(written or "{}"), record)


def candidate_of(kind: Kind, row: Row) -> Candidate:
    """Return the candidate of a row."""
    number, anchor, place, mapped, _, target_id, name, owner, active, digest, written = row
    link = None
    if target_id is not None:
        link = Link(kind, anchor, target_id, name, owner, bool(active), digest)
    return Candidate(number, unpacked(kind, anchor, place, mapped), link, written or "{}")
