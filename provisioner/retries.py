"""When an object that failed is tried again: next cycle, then 6, 12 and 24 hours, then daily."""

from dataclasses import replace
from typing import Final

from provisioner.plan import Action
from provisioner.state import Failure
from provisioner.targets.trouble import Trouble

_HOUR: Final = 3600.0
_DELAYS: Final = (0.0, 6 * _HOUR, 12 * _HOUR)
_DAILY: Final = 24 * _HOUR


def retry_at(attempts: int, now: float) -> float | None:
    """Return the time of the next try; None is the next cycle."""
    delay = _DELAYS[attempts - 1] if attempts <= len(_DELAYS) else _DAILY
    return now + delay if delay else None


def next_failure(
    before: Failure | None, action: Action, trouble: Trouble, digest: str, now: float
) -> Failure:
    """Return what is kept of an object that did not go through, once more or for the first time."""
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
    same = before.digest == digest
    attempts = before.attempts + 1 if same else 1
    return replace(first, attempts=attempts, first=before.first, retry_at=retry_at(attempts, now))
