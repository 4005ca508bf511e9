"""When the next request may leave, for all threads of one client together."""

import threading

from scim_client.clock import Clock
from scim_client.errors import UsageError


class Pace:
    """Spaces requests evenly at a rate, and holds all of them back while the server is busy.

    A 429 or 503 speaks of the server, not of the one request that met it: the pause is shared.
    """

    def __init__(self, requests_per_second: float | None, clock: Clock) -> None:
        if requests_per_second is not None and not requests_per_second > 0:
            raise UsageError(f"requests_per_second must be above 0, not {requests_per_second}")
        self._interval = 1 / requests_per_second if requests_per_second else 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._next_slot = 0.0
        self._paused_until = 0.0

    def wait(self) -> None:
        """Return when the calling thread may send one request."""
        while (delay := self._take_slot()) > 0:
            self._clock.sleep(delay)

    def pause(self, seconds: float) -> None:
        """Hold back every request for so long; a shorter pause never cuts a longer one."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)

    def _take_slot(self) -> float:
        with self._lock:
            now = self._clock.monotonic()
            delay = max(self._next_slot, self._paused_until) - now
            if delay <= 0:
                # Counted from the slot, or each late wake-up would lower the rate; but after an
                # idle time from now, or the slots missed would be made up for by a burst.
                late = now - self._next_slot
                start = self._next_slot if late < self._interval else now
                self._next_slot = start + self._interval
            return delay
