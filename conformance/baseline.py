"""Failures that are known and accepted, so that a build breaks only for new ones.

A baseline is a JSON report of an earlier run, whose unmet checks are accepted, or a text file with
an id a line; what follows a `#` is for its readers.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from conformance.check import Status
from conformance.choosing import find_any
from conformance.problems import CannotRun
from conformance.report import Report
from conformance.report.json_file import statuses

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
        try:
            text = path.read_text("utf-8")
        except OSError as problem:
            raise CannotRun(f"--baseline {path}: {problem.strerror or problem}") from problem
        except UnicodeDecodeError as problem:
            raise CannotRun(f"--baseline {path} is neither a report nor a text file") from problem
        if text.lstrip().startswith("{"):
            return cls(_unmet(text, path))
        lines = (line.partition("#")[0].strip() for line in text.splitlines())
        return cls(frozenset(find_any(line).id for line in lines if line))

    def mended(self, report: Report) -> list[str]:
        """Return the accepted checks that the endpoint meets by now."""
        return [
            result.check.id
            for result in report.results
            if result.check.id in self.accepted and result.status is Status.PASS
        ]


def _unmet(text: str, path: Path) -> frozenset[str]:
    try:
        document = json.loads(text)
    except ValueError as problem:
        raise CannotRun(f"--baseline {path} is no JSON report: {problem}") from problem
    found = statuses(document, path)
    return frozenset(check_id for check_id, status in found.items() if status in _UNMET)
