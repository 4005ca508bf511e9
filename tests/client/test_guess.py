"""The rate of a server that names none, as its refusals show it."""

import pytest

from scim_client.errors import Unreachable
from scim_client.pace import Pace
from scim_client.transport import Answer, Request

REQUEST = Request("POST", "https://app.example/scim/v2/Users")
GRANTED = Answer(201, {}, b"{}")


class TokenBucket:
    """Lets `rate` requests a second through, and `burst` at once; refuses for a second."""

    def __init__(self, rate: float, burst: float, **headers: str) -> None:
        self.headers = {"Retry-After": "1", **headers}
        self.rate, self.burst, self.level, self.filled = rate, burst, burst, 0.0

    def answer(self, now: float) -> Answer:
        self.level = min(self.burst, self.level + (now - self.filled) * self.rate)
        self.filled = now
        if self.level < 1:
            return Answer(429, self.headers, b"")
        self.level -= 1
        return GRANTED


def send(pace: Pace, clock, server: TokenBucket, number: int) -> list[int]:
    """Send so many requests, one after another, each a millisecond long; return the statuses."""
    statuses = []
    for _ in range(number):
        pace.wait(REQUEST)
        with pace.sending() as outcomes:
            clock.now += 0.001
            outcomes.append(server.answer(clock.now))
        if outcomes[0].status == 429:
            pace.pause(1)
        statuses.append(outcomes[0].status)
    return statuses


def test_nothing_is_guessed_of_a_server_that_refuses_nothing(clock) -> None:
    pace = Pace(None, clock)

    send(pace, clock, TokenBucket(1e9, 1e9), 100)

    assert pace.shown_rate is None


@pytest.mark.parametrize("rate", [2, 10, 50, 200])
@pytest.mark.parametrize("burst", [1, 20, 100])
def test_two_refusals_show_the_rate(clock, rate: float, burst: float) -> None:
    pace = Pace(None, clock)

    send(pace, clock, TokenBucket(rate, burst), 40 * (rate + burst))

    assert pace.shown_rate == pytest.approx(rate, rel=0.3)


@pytest.mark.parametrize("burst", [1, 20])
def test_few_requests_are_refused_once_the_rate_is_known(clock, burst: float) -> None:
    pace, server = Pace(None, clock), TokenBucket(20, burst)
    send(pace, clock, server, 500)

    statuses = send(pace, clock, server, 2_000)

    assert 10 >= statuses.count(429)


def test_a_rate_that_was_found_out_before_is_kept_to_from_the_start(clock) -> None:
    pace, server = Pace(None, clock), TokenBucket(20, 5)
    pace.shown_rate = 19

    assert 0 == send(pace, clock, server, 150).count(429)


def test_a_server_that_takes_more_later_gets_more(clock) -> None:
    pace = Pace(None, clock)
    pace.shown_rate = 5

    send(pace, clock, TokenBucket(1e9, 1e9), 2_000)

    assert pace.shown_rate > 50


def test_a_first_request_that_is_refused_shows_no_rate(clock) -> None:
    pace, server = Pace(None, clock), TokenBucket(1, 1)
    server.level = 0

    send(pace, clock, server, 1)

    assert pace.shown_rate is None


def test_silence_in_between_is_no_sign_of_a_low_rate(clock) -> None:
    pace, server = Pace(None, clock), TokenBucket(50, 10)
    send(pace, clock, server, 400)
    known = pace.shown_rate
    clock.now += 24 * 3600
    server.filled = clock.now

    send(pace, clock, server, 400)

    assert pace.shown_rate >= known / 2


def test_an_outage_is_no_sign_of_a_rate(clock) -> None:
    pace = Pace(None, clock)
    send(pace, clock, TokenBucket(1e9, 1e9), 10)
    pace.wait(REQUEST)
    with pace.sending() as outcomes:
        outcomes.append(Answer(503, {}, b""))
    pace.wait(REQUEST)
    with pace.sending() as outcomes:
        outcomes.append(Unreachable("no connection", sent=False))

    assert pace.shown_rate is None


def test_a_rate_that_is_named_is_kept_to(clock) -> None:
    pace = Pace(50, clock)

    send(pace, clock, TokenBucket(20, 5), 200)

    assert pace.shown_rate is None


def test_headers_that_say_what_is_left_are_believed_instead(clock) -> None:
    pace = Pace(None, clock)
    told = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1", "X-RateLimit-Limit": "20"}

    send(pace, clock, TokenBucket(5, 5, **told), 40)

    assert pace.shown_rate is None
