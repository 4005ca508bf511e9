"""Which requests are sent again, when, and what is said when that did not help.

what happened                       GET, PUT, DELETE        POST, PATCH
429, or 503 with Retry-After        wait, again             wait, again: nothing was done
503 without Retry-After, other 5xx  again                   OutcomeUnknown
no connection                       again                   again: nothing was sent
connection lost, no answer          again                   OutcomeUnknown
certificate not trusted             Unreachable             Unreachable

What a 429 or a 503 asks for, all requests of the client wait for. A server that asks for more than
the longest wait is sent nothing until then: its refusal is repeated to whoever asks. Requests that
are refused at the same time share their attempts: a server that is down is not asked by each.
"""

import logging
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from itertools import count

from scim_client.answers import words_of
from scim_client.clock import Clock
from scim_client.errors import OutcomeUnknown, Unreachable
from scim_client.pace import Down, Pace, is_down
from scim_client.transport import Answer, Request
from scim_client.waiting import TOO_MANY_REQUESTS, UNAVAILABLE, retry_after

log = logging.getLogger("scim_client")

# Refusals that another attempt does not change, though they are in the 500s.
FINAL_5XX = frozenset({501, 505})


@dataclass(frozen=True)
class Retry:
    """How often and how patiently requests are sent again; `Retry(attempts=1)` never does.

    Waits double from `first_wait` up to `longest_wait`, less a random part so that many clients
    do not come back together. A server that asks for more than `longest_wait` is not waited for.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 120
    jitter: Callable[[], float] = random.random

    def wait_before(self, attempt: int) -> float:
        """Return the seconds to wait before the given attempt, counted from 2."""
        ceiling: float = min(self.longest_wait, self.first_wait * 2.0 ** (attempt - 2))
        return ceiling * (1 - self.jitter() / 2)


class Next(Enum):
    """What to do about the outcome of one attempt."""

    DONE = auto()
    PAUSE = auto()
    AGAIN = auto()
    GIVE_UP = auto()


Outcome = Answer | Unreachable


def judge(request: Request, outcome: Outcome) -> Next:
    """Decide by the table at the top of this module."""
    if isinstance(outcome, Unreachable):
        safe = request.repeatable or not outcome.sent
        return Next.AGAIN if safe and outcome.temporary else Next.GIVE_UP
    status = outcome.status
    if status == TOO_MANY_REQUESTS or (status == UNAVAILABLE and "Retry-After" in outcome.headers):
        return Next.PAUSE
    if status < 500 or status in FINAL_5XX:
        return Next.DONE
    return Next.AGAIN if request.repeatable else Next.GIVE_UP


def may_have_happened(request: Request, outcome: Outcome) -> bool:
    """Tell whether the server may have carried out a change without saying so."""
    if request.reading or judge(request, outcome) in (Next.DONE, Next.PAUSE):
        return False
    return outcome.sent if isinstance(outcome, Unreachable) else True


class Sender:
    """Sends a request until there is an answer to give back, or nothing more to be tried."""

    def __init__(
        self, exchange: Callable[[Request], Answer], retry: Retry, pace: Pace, clock: Clock
    ) -> None:
        self._exchange = exchange
        self._retry = retry
        self._pace = pace
        self._clock = clock

    def send(self, request: Request) -> Answer:
        """Return the last answer, also one that says no.

        :raises Unreachable: no answer, and no change either
        :raises OutcomeUnknown: a change may or may not have been carried out
        """
        doubt: Outcome | None = None
        for attempt in count(1):
            rounds = self._retry.attempts if attempt > 1 else math.inf
            try:
                refusal = self._pace.wait(request, self._retry.longest_wait, rounds)
            except Down:
                break  # with what came of the last attempt
            if refusal is not None:
                return _conclude(request, refusal, doubt)
            outcome = self._attempt(request)
            if may_have_happened(request, outcome):
                doubt = outcome
            if not self._comes_again(request, outcome, attempt):
                break
        return _conclude(request, outcome, doubt)

    def _attempt(self, request: Request) -> Outcome:
        outcome: Outcome
        with self._pace.sending() as outcomes:
            try:
                outcome = self._exchange(request)
            except Unreachable as error:
                outcome = error
            outcomes.append(outcome)
        return outcome

    def _comes_again(self, request: Request, outcome: Outcome, attempt: int) -> bool:
        """Wait for the next attempt and return True, or return False when this was the last."""
        verdict, down = judge(request, outcome), is_down(outcome)
        if verdict is Next.DONE and not down:
            return False
        wait = self._wait(outcome, attempt)
        if down:
            self._pace.pause(wait, outcome if isinstance(outcome, Answer) else None)
        if verdict in (Next.DONE, Next.GIVE_UP):
            return False
        if attempt >= self._retry.attempts or wait > self._retry.longest_wait:
            return False
        log.info("%s: %s; again in %.1f s", request, _words(outcome), wait)
        if not down:
            self._clock.sleep(wait)
        return True

    def _wait(self, outcome: Outcome, attempt: int) -> float:
        asked = retry_after(outcome, self._clock) if isinstance(outcome, Answer) else None
        return self._retry.wait_before(attempt + 1) if asked is None else asked


def _conclude(request: Request, outcome: Outcome, doubt: Outcome | None) -> Answer:
    """Weigh the last outcome together with an earlier attempt that may have been carried out."""
    if doubt is None:
        if isinstance(outcome, Unreachable):
            raise outcome
        return outcome
    if isinstance(outcome, Answer):
        if request.method == "DELETE" and outcome.status == 404:
            return Answer(204, outcome.headers, b"")  # the attempt before has deleted it
        # A 412 may be the fault of our own first attempt, which has made a new version.
        if judge(request, outcome) is Next.DONE and outcome.status != 412:
            return outcome
    status = doubt.status if isinstance(doubt, Answer) else None
    raise OutcomeUnknown(
        f"{_words(doubt, request)}; the change may or may not have been carried out:"
        " look at the resource before repeating it",
        status=status,
    ) from (doubt if isinstance(doubt, Unreachable) else None)


def _words(outcome: Outcome, request: Request | None = None) -> str:
    if isinstance(outcome, Unreachable):
        return str(outcome)
    words = words_of(outcome)
    said = f"answered {outcome.status}" + (f' ("{words}")' if words else "")
    return f"{request}: {said}" if request else said
