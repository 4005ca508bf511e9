"""How fast a server lets requests through that refuses some with 429, and names no rate.

Between two refusals a server has let through just what its limit allows in that time, for it had
nothing left at the first and nothing at the second: it is the second refusal that shows the rate.
What is sent is a little less; where nothing is refused, a little more from time to time, and then
ever more. Time in which nothing was to be sent does not count.
"""

import math
from typing import Final

_FIRST: Final = 0.5  # of the rate that met the first refusal: a burst may have been let through
_BELOW: Final = 0.95  # of the rate that refusals show
_MORE: Final = 0.02  # of the rate is added where nothing was refused for so many seconds:
_QUIET: Final = 10.0
_QUICK: Final = 0.25  # of the rate is added each second from the first refusal to the second
_MOST: Final = 0.5  # of the rate is added at once, when it has been doubled often enough
_IDLE: Final = 1.0  # seconds; a longer silence is one that nobody has asked for
_FEW: Final = 3  # requests; what refuses sooner may have been busy with those of others
_LEAST: Final = 0.75  # of the rate: no refusal takes more of it
_SLOWEST: Final = 1 / 60  # requests a second


class Guess:
    """The rate to keep to, from the first refusal on; None as long as there was none."""

    def __init__(self) -> None:
        self.rate: float | None = None
        self._since: float | None = None  # when requests began to be counted
        self._granted = 0
        self._changed = 0.0
        self._step = _MORE
        self._next = -math.inf
        self._busy_until = -math.inf  # by what was sent, or while all was held back

    def set(self, rate: float, now: float) -> None:
        """Begin with a rate that was found out before."""
        self.rate, self._changed = rate, now

    def delay(self, now: float) -> float:
        """Return the seconds until the next request may leave."""
        return self._next - now if self.rate is not None else -math.inf

    def take(self, now: float) -> None:
        """Count a request that leaves."""
        if self._since is None:
            self._since = now
        idle = now - max(self._busy_until, self._next)
        if idle > _IDLE:
            self._since += min(idle, now - self._since)
        self._busy_until = now
        if self.rate is not None:
            interval = 1 / self.rate
            late = now - self._next
            self._next = (self._next if late < interval else now) + interval

    def held(self, until: float) -> None:
        """Note that all requests are held back: that time does count."""
        self._busy_until = max(self._busy_until, until)

    def granted(self, now: float) -> None:
        """Count a request that was let through."""
        self._granted += 1
        searching = self._step == _QUICK
        if self.rate is not None and now - self._changed > (1.0 if searching else _QUIET):
            self.rate, self._changed = self.rate * (1 + self._step), now
            self._step = _QUICK if searching else min(2 * self._step, _MOST)

    def refused(self, now: float) -> None:
        """Learn from the first refusal of several at once."""
        elapsed = now - (now if self._since is None else self._since)
        if self.rate is None and self._granted < _FEW:
            return
        if elapsed > 0 and self._granted > 0:
            shown = self._granted / elapsed
            if self.rate is None:
                self.rate, self._step = max(_SLOWEST, _FIRST * shown), _QUICK
            else:
                least = max(_SLOWEST, _LEAST * self.rate)
                self.rate, self._step = max(least, min(self.rate, _BELOW * shown)), _MORE
            self._changed = now
        self._since, self._granted = now, 0
