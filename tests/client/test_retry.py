"""When a request is sent again, and what is said when it is not."""

import io
import random
import re
import ssl
from email.utils import formatdate
from typing import NoReturn

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from requests.adapters import BaseAdapter
from urllib3.exceptions import MaxRetryError, SSLError

from scim_client import (
    Busy,
    ClientError,
    Limit,
    OutcomeUnknown,
    Retry,
    ScimError,
    Unreachable,
    UsageError,
    replace,
)
from scim_client.pace import Pace
from scim_client.transport import Request
from scim_protocol import errors

ADA = {"id": "1", "userName": "ada"}
CUT_OFF = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"
NO_ANSWER = b""


def json_answer(status: str, body: bytes = b'{"id": "1"}') -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


CALLS = {
    "GET": lambda scim: scim.users.get("1"),
    "POST": lambda scim: scim.users.create(ADA),
    "PUT": lambda scim: scim.users.replace("1", ADA),
    "PATCH": lambda scim: scim.users.patch("1", replace("active", False)),
    "DELETE": lambda scim: scim.users.delete("1"),
}
ANY_USER = re.compile(r"/scim/v2/Users.*")
UNSAFE = ["POST", "PATCH"]
SAFE = ["GET", "PUT", "DELETE"]


def answers(httpserver: HTTPServer, *statuses: int, **headers: str) -> None:
    """Answer with these statuses, one after the other; the last is a plain success."""
    for status in statuses:
        reply = httpserver.expect_ordered_request(ANY_USER)
        if status < 300:
            reply.respond_with_json(ADA, status=status)
        else:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            reply.respond_with_json({"detail": "later"}, status=status, headers=named)


@pytest.mark.parametrize("method", CALLS)
def test_a_429_is_obeyed_for_every_method(method: str, httpserver: HTTPServer, scim, clock):
    answers(httpserver, 429, 200, Retry_After="7")

    CALLS[method](scim)

    assert clock.slept == [7]


@pytest.mark.parametrize("method", CALLS)
def test_a_503_with_retry_after_is_obeyed_for_every_method(method, httpserver, scim, clock):
    answers(httpserver, 503, 200, Retry_After="3")

    CALLS[method](scim)

    assert clock.slept == [3]


def test_retry_after_may_be_a_date_on_the_servers_clock(scripted, connect, clock):
    dates = formatdate(1000, usegmt=True), formatdate(1012, usegmt=True)
    busy = "HTTP/1.1 429 Busy\r\nDate: {}\r\nRetry-After: {}\r\nContent-Length: 0\r\n\r\n"
    server = scripted(busy.format(*dates).encode(), json_answer("200 OK"))

    connect(server.url).users.get("1")

    assert clock.slept == [12]


def test_a_date_in_the_past_asks_for_no_wait(httpserver: HTTPServer, scim, clock):
    answers(httpserver, 429, 200, Retry_After="Thu, 01 Jan 1970 00:00:09 GMT")

    scim.users.get("1")

    assert clock.slept == []


@pytest.mark.parametrize("value", ["", "soon", "nan", "inf", "1e999", "Thu, 99 Foo 2026"])
def test_a_retry_after_that_cannot_be_read_backs_off_instead(value, httpserver, scim, clock):
    answers(httpserver, 429, 200, Retry_After=value)

    scim.users.get("1")

    assert clock.slept == [1]


def test_a_rate_limit_reset_in_seconds_is_obeyed(httpserver: HTTPServer, scim, clock):
    answers(httpserver, 429, 200, X_RateLimit_Reset="4")

    scim.users.get("1")

    assert clock.slept == [4]


def test_a_rate_limit_reset_as_a_date_is_obeyed(httpserver: HTTPServer, scim, clock):
    answers(httpserver, 429, 200, X_RateLimit_Reset=str(int(clock.wall() + 5)))

    scim.users.get("1")

    assert clock.slept == [5]


def test_waits_double_from_attempt_to_attempt(httpserver: HTTPServer, connect, clock):
    answers(httpserver, 502, 502, 502, 200)
    scim = connect(
        httpserver.url_for("/scim/v2"), retry=Retry(attempts=4, first_wait=1, jitter=lambda: 0)
    )

    scim.users.get("1")

    assert clock.slept == [1, 2, 4]


@given(attempt=st.integers(2, 60), jitter=st.floats(0, 1, exclude_max=True))
def test_no_wait_is_longer_than_the_longest(attempt: int, jitter: float):
    assert 0 < Retry(longest_wait=60, jitter=lambda: jitter).wait_before(attempt) <= 60


def test_a_server_that_stays_busy_is_reported_with_its_own_wish(httpserver: HTTPServer, scim):
    answers(httpserver, 429, 429, 429, Retry_After="2")

    with pytest.raises(Busy, match="later") as caught:
        scim.users.create(ADA)

    assert caught.value.status == 429
    assert caught.value.retry_after == 2


def test_a_server_that_asks_for_an_hour_is_not_waited_for(httpserver: HTTPServer, scim, clock):
    answers(httpserver, 429, Retry_After="3600")

    with pytest.raises(Busy) as caught:
        scim.users.get("1")

    assert caught.value.retry_after == 3600
    assert clock.slept == []


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
@pytest.mark.parametrize("method", SAFE)
def test_a_server_error_is_tried_again_where_repeating_is_safe(method, status, httpserver, scim):
    answers(httpserver, status, 200)

    CALLS[method](scim)

    assert len(httpserver.log) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("method", UNSAFE)
def test_a_server_error_leaves_an_unsafe_request_in_doubt(method, status, httpserver, scim):
    answers(httpserver, status)

    with pytest.raises(OutcomeUnknown, match="may or may not") as caught:
        CALLS[method](scim)

    assert caught.value.status == status
    assert len(httpserver.log) == 1


def test_a_reading_that_keeps_failing_gives_the_servers_error(httpserver: HTTPServer, scim):
    answers(httpserver, 500, 500, 500)

    with pytest.raises(errors.InternalError, match="later"):
        scim.users.get("1")


def test_a_change_that_keeps_failing_has_an_unknown_outcome(httpserver: HTTPServer, scim):
    answers(httpserver, 500, 500, 500)

    with pytest.raises(OutcomeUnknown):
        scim.users.replace("1", ADA)


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 501])
def test_a_refusal_is_not_tried_again(status: int, method: str, httpserver: HTTPServer, scim):
    answers(httpserver, status)

    with pytest.raises(ScimError):
        CALLS[method](scim)

    assert len(httpserver.log) == 1


@pytest.mark.parametrize("lost", [NO_ANSWER, CUT_OFF])
@pytest.mark.parametrize("method", UNSAFE)
def test_a_lost_answer_leaves_an_unsafe_request_in_doubt(method, lost, scripted, connect):
    server = scripted(lost, json_answer("200 OK"))

    with pytest.raises(OutcomeUnknown, match="look at the resource before repeating"):
        CALLS[method](connect(server.url))

    assert len(server.requests) == 1


@pytest.mark.parametrize("lost", [NO_ANSWER, CUT_OFF])
@pytest.mark.parametrize("method", SAFE)
def test_a_lost_answer_is_asked_for_again_where_that_is_safe(method, lost, scripted, connect):
    server = scripted(lost, json_answer("200 OK"))

    CALLS[method](connect(server.url))

    assert len(server.requests) == 2


def test_a_search_by_post_is_safe_to_repeat(scripted, connect):
    server = scripted(NO_ANSWER, json_answer("200 OK", b'{"totalResults": 0}'))

    assert list(connect(server.url).users.search('userName eq "ada"', post=True)) == []


def test_a_silent_server_times_out(scripted, connect):
    server = scripted(None)

    with pytest.raises(Unreachable, match="no answer in time") as caught:
        connect(server.url, timeout=(1, 0.05), retry=Retry(attempts=1)).users.get("1")

    assert caught.value.sent


def test_a_creation_that_times_out_has_an_unknown_outcome(scripted, connect):
    server = scripted(None)

    with pytest.raises(OutcomeUnknown, match="no answer in time"):
        connect(server.url, timeout=(1, 0.05)).users.create(ADA)


def test_not_found_after_a_lost_deletion_means_deleted(scripted, connect):
    server = scripted(NO_ANSWER, json_answer("404 Not Found", b"{}"))

    connect(server.url).users.delete("1")

    assert len(server.requests) == 2


def test_a_first_deletion_of_what_is_not_there_is_still_not_found(scripted, connect):
    server = scripted(json_answer("404 Not Found", b"{}"))

    with pytest.raises(errors.NotFound):
        connect(server.url).users.delete("1")


def test_a_failed_precondition_after_a_lost_replacement_is_in_doubt(scripted, connect):
    server = scripted(NO_ANSWER, json_answer("412 Precondition Failed", b"{}"))

    with pytest.raises(OutcomeUnknown):
        connect(server.url).users.replace("1", ADA, etag='W/"1"')


def test_an_earlier_doubt_is_not_forgotten_when_the_server_becomes_busy(scripted, connect):
    busy = b"HTTP/1.1 429 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
    server = scripted(NO_ANSWER, busy, busy)

    with pytest.raises(OutcomeUnknown):
        connect(server.url).users.replace("1", ADA)


@pytest.mark.parametrize("method", CALLS)
def test_a_refused_connection_is_tried_again_for_every_method(method, dead_url, connect, clock):
    with pytest.raises(Unreachable, match="connection refused") as caught:
        CALLS[method](connect(dead_url))

    assert clock.slept == [1, 2]
    assert not caught.value.sent


def test_an_unknown_host_says_so(connect):
    with pytest.raises(Unreachable, match="host name is not known; check the base URL"):
        connect("http://nowhere.invalid/scim/v2").users.get("1")


def test_tls_to_a_plain_server_fails_at_once(httpserver: HTTPServer, connect, clock):
    url = httpserver.url_for("/scim/v2").replace("http://", "https://")

    with pytest.raises(Unreachable, match="TLS failed") as caught:
        connect(url).users.create(ADA)

    assert not caught.value.sent
    assert clock.slept == []


class Failing(BaseAdapter):
    """A network that fails in one way."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def send(self, *args: object, **settings: object) -> NoReturn:
        raise self.error

    def close(self) -> None:
        pass


def test_a_certificate_that_is_not_trusted_fails_at_once_and_says_why(connect, clock):
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_message = "certificate has expired"
    error = requests.exceptions.SSLError(MaxRetryError(None, "/", SSLError(cause)))

    with pytest.raises(Unreachable, match="not trusted: certificate has expired"):
        connect("https://app.test", adapter=Failing(error)).users.create(ADA)

    assert clock.slept == []


def test_a_failure_of_an_unknown_kind_may_have_been_sent(connect):
    error = requests.RequestException("something else")

    with pytest.raises(OutcomeUnknown, match="something else"):
        connect("https://app.test", adapter=Failing(error)).users.create(ADA)


def test_the_secret_is_in_no_message(dead_url: str, connect):
    with pytest.raises(ClientError) as caught:
        connect(dead_url).users.search('userName eq "private"').first_page()

    assert "s3cret" not in repr(caught.value)
    assert "private" not in repr(caught.value)


def test_a_pause_holds_back_the_requests_of_all_threads(httpserver: HTTPServer, connect, clock):
    answers(httpserver, 429, 200, Retry_After="30")
    scim = connect(httpserver.url_for("/scim/v2"), retry=Retry(attempts=1))

    with pytest.raises(Busy):
        scim.users.get("1")
    scim.users.get("2")

    assert clock.slept == [30]


def test_requests_are_spaced_at_the_rate(clock):
    pace = Pace(4, clock)

    for _ in range(9):
        pace.wait()

    assert clock.now == 1_000 + 8 * 0.25


def test_idle_time_is_not_made_up_for_by_a_burst(clock):
    pace = Pace(1, clock)
    pace.wait()
    clock.now += 100
    for _ in range(4):
        pace.wait()

    assert clock.now == 1_100 + 3


def test_a_503_without_a_time_holds_back_the_requests_of_all_threads(httpserver, connect, clock):
    answers(httpserver, 503, 200)
    scim = connect(httpserver.url_for("/scim/v2"), retry=Retry(attempts=1, jitter=lambda: 0))

    with pytest.raises(errors.ScimError):
        scim.users.get("1")
    scim.users.get("2")

    assert clock.slept == [0.5]


def test_a_server_that_asks_for_an_hour_is_sent_nothing_until_then(httpserver, scim, clock):
    answers(httpserver, 429, 200, Retry_After="3600")
    with pytest.raises(Busy):
        scim.users.get("1")
    clock.now += 600

    with pytest.raises(Busy, match="later") as caught:
        scim.users.get("2")

    assert caught.value.retry_after == 3000
    assert 1 == len(httpserver.log)


def test_after_its_time_a_server_is_asked_again(httpserver, scim, clock):
    answers(httpserver, 429, 200, Retry_After="3600")
    with pytest.raises(Busy):
        scim.users.get("1")
    clock.now += 3600

    assert ADA == scim.users.get("2")


def test_after_a_refusal_one_request_finds_out_whether_the_server_is_well(clock):
    pace, request = Pace(None, clock), Request("GET", "https://app.test/Users")
    pace.pause(5)
    pace.wait(request)
    first, began = pace.sending(), clock.now
    first.__enter__()
    sleep = clock.sleep

    def answered_in_time(seconds: float) -> None:
        sleep(seconds)
        if clock.now > began + 1 and clock.sleep is not sleep:
            clock.sleep = sleep
            first.__exit__(None, None, None)

    clock.sleep = answered_in_time
    pace.wait(request)

    assert clock.now > began + 1


# Published limits --------------------------------------------------------------------------------

USERS = "https://app.test/scim/v2/Users"


def paced(clock, requests: list[Request], *limits: Limit) -> float:
    """Return the seconds that requests take under limits."""
    pace, began = Pace(None, clock, limits), clock.now
    for request in requests:
        pace.wait(request)
        with pace.sending():
            pass
    return clock.now - began


def test_a_burst_leaves_at_once_and_the_rest_at_the_rate(clock):
    limit = Limit(60, 60, burst=8)

    assert 0 == paced(clock, [Request("GET", USERS)] * 6, limit)
    assert 9 < paced(clock, [Request("GET", USERS)] * 15, limit) < 10


def test_of_a_limit_only_the_share_is_used(clock):
    limit = Limit(60, 60, share=0.5)

    assert 20 < paced(clock, [Request("GET", USERS)] * 11, limit) < 21


@pytest.mark.parametrize(
    ("method", "url", "waits"),
    [
        ("POST", USERS, True),
        ("POST", USERS + "/1?count=2", True),
        ("GET", USERS, False),
        ("POST", "https://app.test/scim/v2/Groups", False),
        ("POST", "https://app.test/scim/v2/UsersOfOld", False),
    ],
)
def test_a_limit_counts_only_what_it_names(method, url, waits, clock):
    limit = Limit(1, 60, methods=frozenset({"POST"}), path="/Users")

    assert waits == (paced(clock, [Request(method, url)] * 2, limit) > 0)


def test_a_request_waits_for_every_limit_that_counts_it(clock):
    limits = [Limit(60, 60), Limit(6, 60, methods=frozenset({"POST"}))]

    assert 10 < paced(clock, [Request("POST", USERS)] * 2, *limits) < 11


@pytest.mark.parametrize("wrong", [{"requests": 0}, {"requests": 1, "share": 2}])
def test_a_limit_that_cannot_be_is_refused(wrong):
    with pytest.raises(UsageError, match="needs numbers above 0, and a share of 1 at most"):
        Limit(**wrong)


HEADERS = [
    {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"},
    {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700001030"},
    {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1700001030000"},
    {"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "30"},
    {"RateLimit-Limit": "100, 100;w=60", "RateLimit-Remaining": "0", "RateLimit-Reset": "30"},
    {"RateLimit": "limit=100, remaining=0, reset=30"},
    {"RateLimit": '"default";r=0;t=30'},
]


def with_headers(httpserver: HTTPServer, headers: dict[str, str], status: int = 200) -> None:
    reply = httpserver.expect_ordered_request(ANY_USER)
    reply.respond_with_json(ADA, status=status, headers=headers)


@pytest.mark.parametrize("headers", HEADERS)
def test_where_nothing_is_left_the_reset_is_waited_for(headers, httpserver, scim, clock):
    with_headers(httpserver, headers)
    with_headers(httpserver, {})

    scim.users.get("1")
    scim.users.get("2")

    assert [30] == clock.slept


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "5", "X-RateLimit-Reset": "30"},
        {"X-RateLimit-Remaining": "0"},
        {"X-RateLimit-Remaining": "none", "X-RateLimit-Reset": "30"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1600000000"},
    ],
)
def test_where_something_is_left_or_nothing_is_said_nothing_is_waited_for(
    headers, httpserver, scim, clock
):
    with_headers(httpserver, headers)
    with_headers(httpserver, {})

    scim.users.get("1")
    scim.users.get("2")

    assert [] == clock.slept


@pytest.mark.parametrize(("left", "waits"), [(51, False), (50, True)])
def test_of_what_the_headers_leave_only_the_share_is_used(left, waits, httpserver, connect, clock):
    said = {"X-RateLimit-Limit": "100", "X-RateLimit-Reset": "30"}
    with_headers(httpserver, {**said, "X-RateLimit-Remaining": str(left)})
    with_headers(httpserver, {})
    scim = connect(httpserver.url_for("/scim/v2"), share=0.5)

    scim.users.get("1")
    scim.users.get("2")

    assert waits == bool(clock.slept)


def test_a_window_that_ends_in_an_hour_is_not_waited_for(httpserver, scim):
    with_headers(httpserver, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "3600"})
    scim.users.get("1")

    with pytest.raises(Busy, match="by its headers, no more until then"):
        scim.users.get("2")

    assert 1 == len(httpserver.log)


class TokenBucket(BaseAdapter):
    """A server that lets through what it publishes, and takes its time on the fake clock."""

    def __init__(self, clock, rate: float, burst: int) -> None:
        super().__init__()
        self.clock, self.rate, self.burst = clock, rate, burst
        self.tokens, self.at = float(burst), clock.now
        self.statuses: list[int] = []
        self.chance = random.Random(8)

    def send(self, request, **_: object) -> requests.Response:
        self.clock.now += 0.05 * self.chance.random()
        now = self.clock.now
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        response = requests.Response()
        response.status_code = 201 if self.tokens >= 1 else 429
        self.tokens -= self.tokens >= 1
        self.statuses.append(response.status_code)
        response.raw = io.BytesIO(b'{"id": "1"}')
        self.clock.now += 0.05 * self.chance.random()
        return response

    def close(self) -> None:
        pass


@pytest.mark.parametrize("share", [1, 0.5])
def test_a_published_limit_is_used_up_and_not_passed(share, connect, clock):
    server, began = TokenBucket(clock, 3, 20), clock.now
    scim = connect("https://app.test", adapter=server, limits=[Limit(180, 60, 20, share=share)])

    for _ in range(1500):
        scim.users.create(ADA)

    allowed = (20 + 3 * (clock.now - began)) * share
    assert 0.97 <= 1500 / allowed <= 1
    assert {201} == set(server.statuses)


def test_an_answer_that_stops_half_way_times_out(scripted, connect):
    server = scripted(None, opening=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")

    with pytest.raises(Unreachable, match="did not come to its end in time"):
        connect(server.url, timeout=(1, 0.05), retry=Retry(attempts=1)).users.get("1")
