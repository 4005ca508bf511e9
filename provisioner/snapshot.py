"""One read of the source, and how far it can be trusted.

What is missing from the source is taken for gone only if the read carries its proof: it came to its
end without an error, it is not empty, and it is not suspiciously smaller than the last good one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from provisioner.job import Job
from provisioner.record import Kind, Record, SourceError
from provisioner.sources import Source
from provisioner.state import Cycle

KINDS: tuple[Kind, ...] = ("users", "groups")


@dataclass(frozen=True)
class Snapshot:
    """The records of the directory, and the reasons to doubt that they are all of them."""

    records: Mapping[Kind, list[Record]]
    doubts: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many records of each kind were read."""
        return {kind: len(records) for kind, records in self.records.items()}


def read_source(
    source: Source, job: Job, last_good: Cycle | None, linked: Mapping[Kind, int]
) -> Snapshot:
    """Read everything that the job needs.

    :param linked: how many objects of each kind the target holds for this job by now.
    :raises SourceError: when nothing at all can be read of a kind.
    """
    records: dict[Kind, list[Record]] = {}
    doubts: list[str] = []
    for kind in wanted_kinds(job):
        records[kind], doubt = _read(source, kind)
        if doubt is None:
            before = last_good.source.get(kind, 0) if last_good else 0
            number = len(records[kind])
            doubt = _too_few(kind, number, before, job.policy.min_source_ratio)
            if number == 0 and (kind == "users" or linked.get(kind)):
                doubt = f"The source has no {kind} at all."
        if doubt:
            doubts.append(doubt)
    doubts += _missing_groups(records.get("groups", []), job)
    return Snapshot(records, tuple(doubts))


def wanted_kinds(job: Job) -> list[Kind]:
    """Return the kinds that the job reads: groups also where they only decide who is in scope."""
    groups = job.groups is not None or bool(job.scope.users_in_groups)
    return [kind for kind in KINDS if kind == "users" or groups]


def _read(source: Source, kind: Kind) -> tuple[list[Record], str | None]:
    records: list[Record] = []
    try:
        for record in source.read(kind):
            records.append(record)
    except SourceError as error:
        if not records:
            raise
        return records, f"The {kind} were read only in part: {error}"
    return records, None


def _too_few(kind: Kind, number: int, before: int, ratio: float) -> str | None:
    if number < ratio * before:
        return (
            f"The source has {number} {kind}; at the last good read it had {before}, and less "
            f"than {ratio:.0%} of that is not believed (policy.min_source_ratio)."
        )
    return None


def _missing_groups(groups: list[Record], job: Job) -> list[str]:
    names = {str(record.attributes.get("displayName")).casefold() for record in groups}
    return [
        f'The group "{name}" of scope.users_in_groups is not in the source.'
        for name in job.scope.users_in_groups
        if name.casefold() not in names
    ]
