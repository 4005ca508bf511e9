"""When an object that failed is tried again: next cycle, then 6, 12 and 24 hours, then daily."""

import math
from dataclasses import replace
from typing import Final

from provisioner.moments import moment
from provisioner.planning.action import Action
from provisioner.state import Failure
from provisioner.targets.trouble import Trouble

_HOUR: Final = 3600.0
_DELAYS: Final = (0.0, 6 * _HOUR, 12 * _HOUR)
_DAILY: Final = 24 * _HOUR
# The end of the year 9999 stands for an object that is no longer tried by itself.
NEVER: Final = 253_402_300_799.0


def retry_at(attempts: int, now: float) -> float | None:
    """Return the time of the next try; None is the next cycle."""
    delay = _DELAYS[attempts - 1] if attempts <= len(_DELAYS) else _DAILY
    return now + delay if delay else None


def is_due(failure: Failure, now: float) -> bool:
    """Tell whether it is time to try again.

    It is, too, if that is further away than any try is put off: the clock has been set back since.
    """
    if failure.retry_at is None or failure.retry_at <= now:
        return True
    return failure.retry_at < NEVER and failure.retry_at > now + _DAILY + _HOUR


def when(failure: Failure) -> str:
    """Say when an object that failed is tried again."""
    if failure.retry_at is None:
        return "next cycle"
    return "only with --retry" if failure.retry_at >= NEVER else moment(failure.retry_at)


def next_failure(
    before: Failure | None,
    action: Action,
    trouble: Trouble,
    digest: str,
    now: float,
    retry_for: float = math.inf,
) -> Failure:
    """Return what is kept of an object that did not go through, once more or for the first time.

    :param retry_for: seconds after the first failure in which it is tried again.
    """
    first = Failure(
        kind=action.kind,
        anchor=action.anchor,
        name=action.name,
        code=trouble.code,
        reason=trouble.reason,
        hint=trouble.hint,
        digest=digest,
        attempts=1,
        first=now,
        retry_at=None,
    )
    if before is None:
        return first
    if before.digest != digest:
        return first
    attempts = before.attempts + 1
    due = retry_at(attempts, now)
    if (due or now) - before.first > retry_for:
        due = NEVER
    return replace(first, attempts=attempts, first=before.first, retry_at=due)
