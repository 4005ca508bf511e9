"""Time as the client sees it: replaced in tests, so that waiting costs nothing."""

import time


class Clock:
    """The machine's clocks; a subclass with a made-up time makes every wait instant."""

    def wall(self) -> float:
        """Return the seconds since 1970, to compare with dates that a server names."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never jump, to measure waits with."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let the calling thread wait."""
        time.sleep(seconds)
