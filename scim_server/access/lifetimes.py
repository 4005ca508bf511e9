"""How long a token is good, as people write it: `90d`, `12h`, `never`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_FORM: Final = re.compile(r"([1-9][0-9]{0,5})([smhdwy])")
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
NEVER: Final = "never"


def end_of(lifetime: str, now: datetime) -> str | None:
    """Return when a token that is made now ends; None if it never does.

    :raises ValueError: the lifetime is not one, or the end is beyond what a date can say.
    """
    if lifetime == NEVER:
        return None
    found = _FORM.fullmatch(lifetime)
    if found is None:
        raise ValueError(f"{lifetime!r} is no lifetime: write 12h, 90d, 4w, 1y, or never.")
    try:
        return text_of(now + int(found[1]) * _UNITS[found[2]])
    except OverflowError:
        raise ValueError(f"{lifetime!r} ends after the last day there is.") from None


def text_of(moment: datetime) -> str:
    """Return a moment as tokens hold it."""
    utc = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return utc.replace("+00:00", "Z")


def seconds_of(time: str | None) -> float:
    """Return a moment that a token holds in seconds; None is never."""
    return datetime.fromisoformat(time).timestamp() if time else float("inf")
