"""How fast requests follow one another: no faster than agreed on, nor than the endpoint asks."""

import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


class Pace:
    """Spaces requests evenly, those of all threads together."""

    def __init__(self, rate: float | None) -> None:
        self._gap = 1 / rate if rate else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next request may go out."""
        if not self._gap:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        time.sleep(turn - now)


def asked_pause(status: int, retry_after: str | None, tries: int) -> float | None:
    """Return how many seconds an answer asks us to wait; None when it asks for nothing.

    503 does with Retry-After alone (RFC 7231 §7.1.3); 429 does always (RFC 6585 §4): where it does
    not say for how long, for twice as long each time.
    """
    if status == 503 and retry_after:
        return _seconds(retry_after, 1.0)
    if status == 429:
        return _seconds(retry_after or "", 2.0**tries)
    return None


def _seconds(retry_after: str, otherwise: float) -> float:
    """Read Retry-After: a number of seconds, or a date."""
    if retry_after.isascii() and retry_after.isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return otherwise
    return max((until.astimezone(UTC) - datetime.now(UTC)).total_seconds(), 0.0)
