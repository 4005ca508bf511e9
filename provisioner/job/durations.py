"""Times as people write them: 30s, 40m, 6h, 2d."""

import re
from typing import Final

MINUTE: Final = 60.0
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

_LONGEST: Final = 36_500 * DAY  # A date so far away can still be written.
_UNITS: Final = {"s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY}


def seconds(text: str) -> float:
    """Return how many seconds a text such as 40m is; a bare number is seconds.

    :raises ValueError: when it is no time above zero, or longer than a century.
    """
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text.strip())
    if match is None or int(match[1]) == 0:
        raise ValueError(f'"{text}" is no time such as 30s, 40m, 6h or 2d')
    found = int(match[1]) * _UNITS[match[2] or "s"]
    if found > _LONGEST:
        raise ValueError(f'"{text}" is longer than {words(_LONGEST)}, which is the longest time')
    return found


def words(duration: float) -> str:
    """Write a number of seconds as people read it, in its largest whole unit."""
    for unit, size in reversed(_UNITS.items()):
        if duration >= size and duration % size == 0:
            return f"{duration / size:.0f}{unit}"
    return f"{duration:.0f}s"
