"""Quarantine: a job that fails as a whole tries less and less often, until a cycle goes well again.

As Entra ID has it, with figures for a directory of a thousand people: counts and times come in, a
verdict comes out. Nothing here reads a clock, a state or a target.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from provisioner.job.durations import DAY, HOUR, MINUTE

# The codes are those of Entra ID's quarantine status, so that what is known about them applies.
UNUSABLE: Final = "EncounteredQuarantineException"
SHARE: Final = "EncounteredEscrowProportionThreshold"
NUMBER: Final = "EncounteredBaseEscrowThreshold"
TOTAL: Final = "EncounteredTotalEscrowThreshold"
DELETES: Final = "TooManyDeletes"


@dataclass(frozen=True, slots=True)
class Figures:
    """When a job goes into quarantine, and when it is tried again; times are seconds.

    A share above `max_failure_share` (percent) counts from `min_failures` on; more than
    `max_failures`, or more than `max_failures_with_references` with those of references, count
    always. `retry_after` is counted from the first failure and goes on with a day each.
    """

    enabled: bool = True
    min_failures: int = 20
    max_failure_share: float = 40.0
    max_failures: int = 200
    max_failures_with_references: int = 300
    retry_after: tuple[float, ...] = (15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY)
    give_up_after: float = 28 * DAY


PRESETS: Final[Mapping[str, Figures]] = {
    "small": Figures(),
    "entra": Figures(
        min_failures=5_000,
        max_failures=40_000,
        max_failures_with_references=60_000,
        retry_after=(6 * HOUR, 12 * HOUR, DAY),
    ),
    "off": Figures(enabled=False),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What a cycle has tried: objects that failed, those of references apart, and the others."""

    failures: int
    reference_failures: int = 0
    successes: int = 0


def reason_of(tally: Tally, figures: Figures) -> str | None:
    """Return why so many failures are more than those of single objects; None if they are not."""
    if not figures.enabled:
        return None
    if tally.failures > figures.max_failures:
        return NUMBER
    if tally.failures + tally.reference_failures > figures.max_failures_with_references:
        return TOTAL
    tried = tally.failures + tally.successes
    share = figures.max_failure_share
    if tally.failures >= figures.min_failures and tally.failures * 100 > share * tried:
        return SHARE
    return None


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A job that is held apart: why, since when, how often it was tried, and when it is next.

    `cause` is the class of the failure that stands behind it, `error` the words for people.
    `next_attempt` is None once it was given up.
    """

    reason: str
    cause: str
    error: str
    began: float
    evaluated: float
    count: int
    next_attempt: float | None

    @property
    def given_up(self) -> bool:
        """Tell whether nothing is tried any more until somebody resumes the job."""
        return self.next_attempt is None

    def due(self, now: float) -> bool:
        """Tell whether it is time for the next attempt.

        It is, too, if the last one is still to come: the clock has been set back since.
        """
        if self.next_attempt is None:
            return False
        return self.next_attempt <= now or self.evaluated > now + DAY

    def to_json(self) -> dict[str, Any]:
        """Return it as a document."""
        return {
            "reason": self.reason,
            "cause": self.cause,
            "error": self.error,
            "seriesBegan": self.began,
            "currentBegan": self.evaluated,
            "seriesCount": self.count,
            "nextAttempt": self.next_attempt,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls(
            reason=document["reason"],
            cause=document["cause"],
            error=document["error"],
            began=document["seriesBegan"],
            evaluated=document["currentBegan"],
            count=document["seriesCount"],
            next_attempt=document["nextAttempt"],
        )


def held(
    before: Quarantine | None, reason: str, cause: str, error: str, now: float, figures: Figures
) -> Quarantine:
    """Return the quarantine after a cycle that called for one, for the first time or again."""
    if before is None:
        first = now + figures.retry_after[0]
        return Quarantine(reason, cause, error, now, now, 0, first)
    return replace(
        before,
        reason=reason,
        cause=cause,
        error=error,
        evaluated=now,
        count=before.count + 1,
        next_attempt=next_attempt(before.began, now, figures),
    )


def next_attempt(began: float, now: float, figures: Figures) -> float | None:
    """Return the first time of the schedule after now; None when the job is given up by then."""
    offsets = figures.retry_after
    following = next((each for each in offsets if began + each > now), None)
    if following is None:
        days = (now - began - offsets[-1]) // DAY + 1
        following = offsets[-1] + days * DAY
    return began + following if following <= figures.give_up_after else None
