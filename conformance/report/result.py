"""The values that a run leaves: a result per check, and their report."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from conformance.check import Check, Status
from conformance.exchange import Exchange

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class Result:
    """The verdict of one check, with every exchange that led to it."""

    check: Check
    status: Status
    message: str = ""
    expected: str | None = None
    actual: str | None = None
    exchange: Exchange | None = None
    exchanges: tuple[Exchange, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the result as the JSON report holds it."""
        return {
            "id": self.check.id,
            "level": self.check.level.value,
            "section": self.check.section,
            "status": self.status.value,
            "message": self.message,
            "exchanges": [exchange.to_json() for exchange in self.exchanges],
        }


@dataclass(slots=True)
class Report:
    """All results of a run against one endpoint."""

    endpoint: str
    seed: int
    results: list[Result] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    left_behind: list[str] = field(default_factory=list)
    stopped: str | None = None

    @property
    def counts(self) -> dict[Status, int]:
        """How many checks came to each verdict."""
        counted = Counter(result.status for result in self.results)
        return {status: counted[status] for status in Status}

    @property
    def ok(self) -> bool:
        """Whether every rule that was tried at level MUST is kept, and the run came to its end."""
        return self.exit_code() == 0

    def exit_code(self, *, should: bool = False) -> int:
        """Return 1 when a MUST failed, 2 when not everything could be judged, else 0.

        :param should: let an unmet SHOULD count like an unmet MUST.
        """
        counts = self.counts
        if counts[Status.FAIL] or (should and counts[Status.WARN]):
            return 1
        return 2 if self.stopped or counts[Status.ERROR] else 0

    def to_json(self) -> dict[str, Any]:
        """Return the report as a document of version 1."""
        return {
            "version": FORMAT_VERSION,
            "endpoint": self.endpoint,
            "seed": self.seed,
            "results": [result.to_json() for result in self.results],
            "summary": {
                **{status.value: count for status, count in self.counts.items()},
                "checks": len(self.results),
                "requests": self.requests,
                "seconds": round(self.seconds, 3),
                "left_behind": self.left_behind,
                "stopped": self.stopped,
            },
        }
