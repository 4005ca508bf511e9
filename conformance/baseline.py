"""Failures that are known and accepted, so that a build breaks only for new ones.

A baseline is a JSON report of an earlier run, whose unmet checks are accepted, or a text file with
an id a line; what follows a `#` is for its readers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.check import Status, UnknownCheck
from conformance.choosing import find_any
from conformance.report import Report
from conformance.report.json_file import parsed_statuses, read

_UNMET = (Status.FAIL, Status.WARN)


@dataclass(frozen=True, slots=True)
class Baseline:
    """Ids of the checks whose failure is accepted."""

    accepted: frozenset[str] = frozenset()

    @classmethod
    def read(cls, path: Path) -> "Baseline":
        """Read a baseline.

        :raises CannotRun: when the file is none.
        :raises UnknownCheck: when a line of it names no check.
        """
        text = read(path)
        if text.lstrip()[:1] in ("{", "["):
            found = parsed_statuses(text, path)
            return cls(frozenset(id for id, status in found.items() if status in _UNMET))
        return cls(frozenset(_ids(text, path)))

    def mended(self, report: Report) -> list[str]:
        """Return the accepted checks that the endpoint meets by now."""
        return [
            result.check.id
            for result in report.results
            if result.check.id in self.accepted and result.status is Status.PASS
        ]


def _ids(text: str, path: Path) -> Iterator[str]:
    for number, line in enumerate(text.splitlines(), 1):
        name = line.partition("#")[0].strip()
        try:
            if name:
                yield find_any(name).id
        except UnknownCheck as problem:
            raise UnknownCheck(f"{path}, line {number}: {problem}") from problem
