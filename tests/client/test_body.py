"""Answers without end: neither their time nor their size is."""

import gzip

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from scim_client import Bearer, Clock, NotScim, OutcomeUnknown, ScimClient, Unreachable, UsageError


class Hasty(Clock):
    """A clock on which every look is a minute later."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 60
        return self.now


@pytest.fixture
def hasty(httpserver: HTTPServer) -> ScimClient:
    pieces = Response((b" " for _ in range(20)), content_type="application/scim+json")
    httpserver.expect_request("/scim/v2/Users").respond_with_response(pieces)
    url = httpserver.url_for("/scim/v2")
    return ScimClient(url, auth=Bearer("token"), timeout=10, clock=Hasty())


def test_an_answer_that_drips_is_given_up(hasty: ScimClient) -> None:
    with hasty, pytest.raises(Unreachable, match="too slowly to be waited for"):
        hasty.users.search().first_page()


def test_a_creation_whose_answer_drips_has_an_unknown_outcome(hasty: ScimClient) -> None:
    with hasty, pytest.raises(OutcomeUnknown, match="too slowly"):
        hasty.users.create({"userName": "ada"})


def test_an_answer_that_is_too_large_is_not_read_to_its_end(
    httpserver: HTTPServer, scim: ScimClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scim_client.body.LARGEST", 1000)
    bomb = gzip.compress(b" " * 100_000)
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data(
        bomb, headers={"Content-Encoding": "gzip"}
    )

    with pytest.raises(NotScim, match="is larger than"):
        scim.users.get("1")


def test_a_packed_answer_is_unpacked(httpserver: HTTPServer, scim: ScimClient) -> None:
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data(
        gzip.compress(b'{"id": "1"}'), headers={"Content-Encoding": "gzip"}
    )

    assert {"id": "1"} == scim.users.get("1")


def test_an_answer_that_is_packed_wrongly_is_a_lost_one(
    httpserver: HTTPServer, scim: ScimClient
) -> None:
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data(
        b"no gzip", headers={"Content-Encoding": "gzip"}
    )

    with pytest.raises(Unreachable):
        scim.users.get("1")


@pytest.mark.parametrize("timeout", [float("inf"), 1e20, float("nan"), (5, 1e20), 0, -1])
def test_a_timeout_that_no_socket_takes_is_refused(timeout: float) -> None:
    with pytest.raises(UsageError, match="timeout must be seconds above 0"):
        ScimClient("http://app.test", timeout=timeout)
