"""The values that a run leaves: a result per check, and their report."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from conformance.check import Check, Status
from conformance.profiles.step import Step
from conformance.report.verdict import Verdict
from conformance.wire.exchange import Exchange

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

    @property
    def requests(self) -> int:
        """How many requests the check sent, without those that cleaned up."""
        return len(self.exchanges)

    @property
    def seconds(self) -> float:
        """How long the endpoint took to answer them."""
        return sum(exchange.seconds for exchange in self.exchanges)

    @property
    def consequence(self) -> str | None:
        """What an administrator will see; known of the steps of profiles that were not met."""
        unmet = self.status in (Status.FAIL, Status.WARN, Status.NOTE)
        return self.check.consequence if unmet and isinstance(self.check, Step) else None

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

    @property
    def verdicts(self) -> list[Verdict]:
        """What the run says of each identity provider whose traffic was replayed."""
        lives: dict[str, list[Result]] = {}
        for result in self.results:
            if isinstance(result.check, Step):
                lives.setdefault(result.check.profile, []).append(result)
        return [_verdict(results) for results in lives.values()]

    def exit_code(self, *, should: bool = False, accepted: Collection[str] = ()) -> int:
        """Return 1 when a MUST failed, 2 when not everything could be judged, else 0.

        :param should: let an unmet SHOULD count like an unmet MUST.
        :param accepted: ids of checks whose failure is known and does not count.
        """
        counted = {result.status for result in self.results if result.check.id not in accepted}
        if Status.FAIL in counted or (should and Status.WARN in counted):
            return 1
        return 2 if self.stopped or Status.ERROR in counted else 0

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
                "profiles": {verdict.profile: verdict.to_json() for verdict in self.verdicts},
            },
        }


def _verdict(results: list[Result]) -> Verdict:
    step = results[0].check
    assert isinstance(step, Step)
    by_status: dict[Status, list[str]] = {status: [] for status in Status}
    for result in results:
        by_status[result.status].append(result.consequence or "")
    return Verdict(
        step.profile,
        step.title,
        len(results),
        tuple(dict.fromkeys(by_status[Status.FAIL])),
        tuple(dict.fromkeys(by_status[Status.WARN])),
        len(by_status[Status.FAIL]),
        len(by_status[Status.SKIP]) + len(by_status[Status.ERROR]),
    )
