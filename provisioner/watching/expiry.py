"""When the target's credential comes to its end: as the job says, or as a token says of itself."""

import base64
import binascii
from typing import Any, Final

import orjson

from provisioner.job.durations import DAY
from provisioner.job.settings import JobError, TargetSettings
from provisioner.moments import moment
from provisioner.watching.alerts.incidents import Sighting

EVENT: Final = "expiring token"
_LATEST: Final = 253_402_300_800.0  # the year 10000: no date after it can be written


def expiry_of(target: TargetSettings) -> float | None:
    """Return when the target's token expires, in epoch seconds; None if nobody says.

    Without `target.token_expires`, a JSON Web Token says it in its claim `exp` (RFC 7519 §4.1.4).
    """
    if target.token_expires is not None:
        return target.token_expires
    try:
        return _of_web_token(target.token())
    except JobError:
        return None  # Whoever needs the token says that there is none.


def expiring(target: TargetSettings, notice: float, now: float) -> Sighting | None:
    """Return what to say of a token that expires in less than `notice` seconds, or has expired."""
    end = expiry_of(target)
    if end is None or end - now > notice:
        return None
    days = int((end - now) // DAY)
    if end <= now:
        cause, when = "expired", f"expired at {moment(end)}"
    else:
        cause, when = "soon", f"expires at {moment(end)}, in {days} day{'s' * (days != 1)}"
    where = "target.token_file" if target.token_file is not None else "target.token_env"
    return Sighting(
        EVENT,
        cause,
        f"The token for the target {when}. Put a new one where {where} says"
        f"{', and its date into target.token_expires' * (target.token_expires is not None)}.",
    )


def _of_web_token(token: str) -> float | None:
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    end = claims.get("exp") if isinstance(claims, dict) else None
    if isinstance(end, bool) or not isinstance(end, int | float) or not 0 < end < _LATEST:
        return None
    return float(end)
