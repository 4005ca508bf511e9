"""One read of the source, record by record, and how far it can be trusted.

What is missing from the source is taken for gone only if the read carries its proof: it came to its
end without an error, it is not empty, and it is not suspiciously smaller than the last good one.
"""

from collections.abc import Iterator, Mapping

from provisioner.job import Job
from provisioner.record import Kind, Record, SourceError
from provisioner.sources import Source
from provisioner.state import Cycle

KINDS: tuple[Kind, ...] = ("users", "groups")


class Reading:
    """A source that is being read once: what it yields is counted, and not kept.

    :param linked: how many objects of each kind the target holds for this job by now.
    """

    def __init__(
        self, source: Source, job: Job, last_good: Cycle | None, linked: Mapping[Kind, int]
    ) -> None:
        self._source = source
        self._job = job
        self._before = last_good.source if last_good else {}
        self._linked = linked
        self._broken: dict[Kind, str] = {}
        self._missing = {name.casefold(): name for name in job.scope.users_in_groups}
        self._counts: dict[Kind, int] = {}

    def records(self, kind: Kind) -> Iterator[Record]:
        """Yield the records of one kind; where the read breaks off, that is a doubt.

        :raises SourceError: when nothing at all can be read of the kind.
        """
        self._counts[kind] = 0
        try:
            for record in self._source.read(kind):
                self._counts[kind] += 1
                if kind == "groups" and self._missing:
                    self._missing.pop(display_name(record), None)
                yield record
        except SourceError as error:
            if not self._counts[kind]:
                raise
            self._broken[kind] = f"The {kind} were read only in part: {error}"

    def read_through(self) -> None:
        """Read everything that the job needs, to count it.

        :raises SourceError: as `records` does.
        """
        for kind in wanted_kinds(self._job):
            for _ in self.records(kind):
                pass

    @property
    def counts(self) -> dict[str, int]:
        """How many records of each kind were read."""
        return {kind: self._counts[kind] for kind in KINDS if kind in self._counts}

    @property
    def doubts(self) -> tuple[str, ...]:
        """The reasons to doubt that these are all records there are."""
        found = [self._broken.get(kind) or self._too_few(kind) for kind in KINDS]
        missing = [
            f'The group "{name}" of scope.users_in_groups is not in the source.'
            for name in self._missing.values()
        ]
        return tuple(doubt for doubt in [*found, *missing] if doubt)

    def _too_few(self, kind: Kind) -> str | None:
        number, before = self._counts.get(kind), self._before.get(kind, 0)
        if number is None:
            return None
        if number == 0 and (kind == "users" or self._linked.get(kind)):
            return f"The source has no {kind} at all."
        ratio = self._job.policy.min_source_ratio
        if number < ratio * before:
            return (
                f"The source has {number} {kind}; at the last good read it had {before}, and less "
                f"than {ratio:.0%} of that is not believed (policy.min_source_ratio)."
            )
        return None


def wanted_kinds(job: Job) -> list[Kind]:
    """Return the kinds that the job reads: groups also where they only decide who is in scope.

    Then they come first, so that each person's scope is known when the person is read.
    """
    if job.scope.users_in_groups:
        return ["groups", "users"]
    return ["users"] if job.groups is None else ["users", "groups"]


def display_name(record: Record) -> str:
    """Return the name that scope.users_in_groups knows a group by."""
    return str(record.attributes.get("displayName")).casefold()
