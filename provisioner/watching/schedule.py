"""Cycles again and again: when the next one is, how to stop in time, and what no progress means."""

import hashlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from provisioner.job.durations import words

STOPPED: Final = "Stopped by a signal; the next run goes on from here."


class Schedule:
    """Times that are an interval apart, and shifted by the job's name.

    Jobs that are started together, or many of them by one machine, so do not all ask at once. The
    shift is the same after a restart.
    """

    def __init__(self, interval: float, name: str) -> None:
        self.interval = interval
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        self.shift = int.from_bytes(digest) / 2**64 * interval

    def after(self, now: float) -> float:
        """Return the next time; the cycle just run is never followed at once by another."""
        earliest = now + self.interval / 2
        passed = (earliest - self.shift) // self.interval
        return self.shift + (passed + 1) * self.interval


class Stopper:
    """A request to stop: during a pause it ends the pause, during a cycle what is under way ends.

    While objects are worked on, no further one is begun. Before that nothing has been sent, and
    the cycle is broken off.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._applying = False

    @property
    def asked(self) -> bool:
        """Tell whether to stop."""
        return self._asked.is_set()

    def applying(self, *_: object) -> None:
        """Note that objects are worked on from now on."""
        self._applying = True

    def reason(self) -> str | None:
        """Say why no further object is begun, if so."""
        return STOPPED if self.asked else None

    def wait(self, seconds: float) -> None:
        """Pause, unless it is time to stop."""
        self._applying = False
        self._asked.wait(max(seconds, 0.0))

    def ask(self, *_: object) -> None:
        """Ask to stop, as a signal does; for the second time, at once."""
        again = self.asked
        self._asked.set()
        if again or not self._applying:
            raise KeyboardInterrupt

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let SIGTERM and Ctrl-C ask to stop, for the time of the block."""
        if threading.current_thread() is not threading.main_thread():
            yield  # Only a main thread gets signals.
            return
        before: dict[signal.Signals, Any] = {}
        for each in (signal.SIGTERM, signal.SIGINT):
            before[each] = signal.signal(each, self._handle)
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _handle(self, _: int, __: FrameType | None) -> None:
        self.ask()


def again_and_again(
    schedule: Schedule,
    cycle: Callable[[], None],
    stopper: Stopper,
    clock: Callable[[], float] = time.time,
) -> None:
    """Run a cycle at each time of a schedule, the first at once, until it is time to stop."""
    try:
        while not stopper.asked:
            cycle()
            stopper.wait(schedule.after(clock()) - clock())
    except KeyboardInterrupt:
        return


class Watchdog:
    """Notices a run in which nothing gets finished any more, however long it takes as a whole."""

    def __init__(self, limit: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._last = clock()

    def beat(self, *_: object) -> None:
        """Note that an object is finished, or that there is something to do from now on."""
        self._last = self._clock()

    def reason(self) -> str | None:
        """Say why the run is to end, if nothing was finished for too long."""
        if self._clock() - self._last <= self._limit:
            return None
        return (
            f"No object was finished for {words(self._limit)} (policy.stalled_after); "
            "the next run goes on from here."
        )
