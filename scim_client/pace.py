"""When the next request may leave, for all threads of one client together.

Five things hold requests back: the rates that the caller names, what a busy server asks for, what
its rate-limit headers leave, the rate that its refusals show where it names none, and, after a
refusal, that one request alone finds out whether the server is well again. A 429 or 503 speaks of
the server, not of the one request that met it.
"""

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from scim_client.clock import Clock
from scim_client.errors import Unreachable, UsageError
from scim_client.guess import Guess
from scim_client.transport import Answer, Request
from scim_client.waiting import TOO_MANY_REQUESTS, UNAVAILABLE, Budget, budget_of

# Requests overtake each other on their way: who drains a published limit to its last drop is
# refused now and then.
_OF_RATE: Final = 0.985
_OF_BURST: Final = 0.75
_NOTHING: Final = 1e-9  # seconds: less than that is an error of rounding
_GLANCE: Final = 0.02  # seconds until it is looked again whether a request has been answered
_SAME_WINDOW: Final = 1.0  # seconds; what a server says of the end of its window is rounded
_BUSY: Final = frozenset({TOO_MANY_REQUESTS, UNAVAILABLE})


class Down(Exception):
    """Requests of others have found out that the server is down: another would say the same."""


def is_down(outcome: Answer | Unreachable) -> bool:
    """Tell whether the server has no time, or is not there, for any request."""
    if isinstance(outcome, Unreachable):
        return not outcome.sent and outcome.temporary
    return outcome.status in _BUSY


@dataclass(frozen=True)
class Limit:
    """What a server lets through: `requests` in `seconds`, and `burst` of them at once.

    :param methods: the HTTP methods that it counts; none for all
    :param path: the endpoint that it counts, such as `/Users`; "" for all
    :param share: the part of it to use, above 0 and at most 1
    """

    requests: float
    seconds: float = 1
    burst: int = 1
    methods: frozenset[str] = frozenset()
    path: str = ""
    share: float = 1

    def __post_init__(self) -> None:
        if not (self.requests > 0 and self.seconds > 0 and self.burst > 0 and 0 < self.share <= 1):
            raise UsageError("a Limit needs numbers above 0, and a share of 1 at most")

    def counts(self, request: Request | None) -> bool:
        """Tell whether a request is one of those that it counts."""
        if request is None:
            return not self.methods and not self.path
        way = request.url.partition("?")[0] + "/"
        return (not self.methods or request.method in self.methods) and f"{self.path}/" in way


class Bucket:
    """Room for a burst of requests, filled again at a steady rate."""

    def __init__(self, interval: float, burst: int = 1) -> None:
        self._interval = interval
        self._ahead = (burst - 1) * interval
        self._next = -math.inf

    @classmethod
    def of(cls, limit: Limit) -> "Bucket":
        """Make the bucket of a limit, a little smaller than the limit itself."""
        interval = limit.seconds / (limit.requests * limit.share * _OF_RATE)
        return cls(interval, max(1, int(limit.burst * limit.share * _OF_BURST)))

    def delay(self, now: float) -> float:
        """Return the seconds until it has room for one more."""
        return self._next - self._ahead - now

    def take(self, now: float) -> None:
        """Count one request.

        From its slot, or each late wake-up would lower the rate; but after an idle time from now,
        or the slots missed would be made up for by more than the burst.
        """
        late = now - self._next
        self._next = (self._next if late < self._interval else now) + self._interval


class Pace:
    """Spaces requests at the rates given, and holds all of them back while the server is busy.

    :param share: the part to use of what the server's rate-limit headers allow
    """

    def __init__(
        self,
        requests_per_second: float | None,
        clock: Clock,
        limits: Sequence[Limit] = (),
        share: float = 1,
    ) -> None:
        if requests_per_second is not None and not requests_per_second > 0:
            raise UsageError(f"requests_per_second must be above 0, not {requests_per_second}")
        own = [(Limit(1), Bucket(1 / requests_per_second))] if requests_per_second else []
        self._buckets = own + [(limit, Bucket.of(limit)) for limit in limits]
        self._share = share
        self._clock = clock
        self._lock = threading.Lock()
        self._on_their_way = 0
        self._paused_until = -math.inf
        self._refusal: Answer | None = None
        self._careful = False  # one request at a time, until one is not refused
        self._rounds = 0  # of refusals in a row, whoever was refused; those at once are one
        self._left: float | None = None  # of the server's window, by its own words
        self._window_ends = -math.inf
        self._guess = Guess()

    @property
    def shown_rate(self) -> float | None:
        """The requests a second that refusals have shown to be let through, if there were any."""
        return self._guess.rate

    @shown_rate.setter
    def shown_rate(self, rate: float) -> None:
        with self._lock:
            self._guess.set(rate, self._clock.monotonic())

    def wait(
        self,
        request: Request | None = None,
        longest: float = math.inf,
        rounds: float = math.inf,
    ) -> Answer | None:
        """Return when the calling thread may send one request.

        :return: the server's refusal, if it is for more than the `longest` wait: send nothing
        :raises Down: when so many rounds of requests in a row were refused: send nothing
        """
        while (delay := self._take_slot(request, rounds)) > _NOTHING:
            with self._lock:
                held = max(self._paused_until, self._exhausted_until()) - self._clock.monotonic()
                if held > longest:
                    return self._repeated(held)
            self._clock.sleep(delay)
        return None

    def pause(self, seconds: float, refusal: Answer | None = None) -> None:
        """Hold back every request for so long; a shorter pause never cuts a longer one."""
        with self._lock:
            self._careful = True
            until = self._clock.monotonic() + seconds
            self._guess.held(until)
            if until > self._paused_until:
                self._paused_until, self._refusal = until, refusal

    @contextmanager
    def sending(self) -> Iterator[list[Answer | Unreachable]]:
        """Surround one request that `wait` let go; what comes of it goes into the list."""
        outcomes: list[Answer | Unreachable] = []
        round_of_it = self._rounds
        try:
            yield outcomes
        finally:
            with self._lock:
                self._on_their_way -= 1
                if outcomes:
                    self._count(outcomes[0], round_of_it)
                    if isinstance(outcomes[0], Answer):
                        self._heed(outcomes[0])

    def _count(self, outcome: Answer | Unreachable, round_of_it: int) -> None:
        """Count refusals in a row: what was sent before the last of them tells nothing new."""
        now = self._clock.monotonic()
        if not is_down(outcome):
            self._rounds = 0
            self._guess.granted(now)
        elif round_of_it == self._rounds:
            self._rounds += 1
            if isinstance(outcome, Answer) and self._names_no_rate(outcome):
                self._guess.refused(now)

    def _names_no_rate(self, refusal: Answer) -> bool:
        if refusal.status != TOO_MANY_REQUESTS or self._buckets:
            return False  # Where a rate is named, it is kept to: a refusal was a hair too early.
        return self._left is None and budget_of(refusal, self._clock) is None

    def _take_slot(self, request: Request | None, rounds: float) -> float:
        with self._lock:
            if self._rounds >= rounds:
                raise Down
            now = self._clock.monotonic()
            counting = [bucket for limit, bucket in self._buckets if limit.counts(request)]
            held = max(self._paused_until, self._exhausted_until())
            delays = [bucket.delay(now) for bucket in counting]
            delay = max([held - now, self._guess.delay(now), *delays])
            if delay <= _NOTHING and request is not None and not self._has_room(now):
                delay = _GLANCE
            if delay <= _NOTHING:
                for bucket in counting:
                    bucket.take(now)
                self._guess.take(now)
                if request is not None:
                    self._on_their_way += 1
            return delay

    # What the server says of its window ---------------------------------------------------------

    def _heed(self, answer: Answer) -> None:
        if answer.status not in _BUSY and self._clock.monotonic() >= self._paused_until:
            self._careful = False
        budget = budget_of(answer, self._clock)
        if budget is None:
            self._left = None
            return
        ends = self._clock.monotonic() + budget.resets_in
        left = budget.left - (1 - self._share) * self._size_of(budget)
        # Within a window it only falls: of answers that overtook each other the least is the last.
        same = self._left is not None and abs(ends - self._window_ends) <= _SAME_WINDOW
        self._left = min(left, self._left) if same and self._left is not None else left
        if not same:
            self._window_ends = ends

    def _size_of(self, budget: Budget) -> float:
        return budget.limit if budget.limit is not None else budget.left

    def _exhausted_until(self) -> float:
        return self._window_ends if self._left is not None and self._left < 1 else -math.inf

    def _has_room(self, now: float) -> bool:
        if self._on_their_way == 0:
            return True
        if self._careful:
            return False
        if self._left is None:
            return True
        if now >= self._window_ends:
            return False  # A new window begins: one request finds out how large it is.
        return self._left >= self._on_their_way + 1

    def _repeated(self, held: float) -> Answer:
        """Return what the server said when it refused, with the time that is left of it."""
        refusal = self._refusal if self._paused_until >= self._exhausted_until() else None
        status, body = TOO_MANY_REQUESTS, b'{"detail": "by its headers, no more until then"}'
        secrets: tuple[str, ...] = ()
        if refusal is not None:
            status, body, secrets = refusal.status, refusal.body, refusal.secrets
        return Answer(status, {"Retry-After": str(math.ceil(held))}, body, secrets)
