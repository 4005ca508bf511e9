"""What `scim_server.testing` gives to the tests of others."""

import json
import socket
import subprocess
import sys
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest
import requests

from scim_protocol import urns
from scim_server.testing import LiveServer


def get(server, path="/Users", method="GET"):
    headers = {"Authorization": f"Bearer {server.token}"}
    return requests.request(method, server.url + path, headers=headers, timeout=10)


def create(server, user_name):
    body = {"schemas": [urns.USER], "userName": user_name}
    headers = {"Authorization": f"Bearer {server.token}"}
    return requests.post(server.url + "/Users", json=body, headers=headers, timeout=10)


def test_the_fixture_is_a_server_that_answers(scim_server):
    assert 200 == get(scim_server).status_code


def test_its_url_holds_the_base_path(scim_server):
    assert scim_server.url.startswith("http://127.0.0.1:")
    assert scim_server.url.endswith("/scim/v2")


def test_it_shows_what_is_stored(scim_server):
    created = create(scim_server, "ada").json()

    assert [created] == scim_server.users()
    assert [] == scim_server.groups()


def test_it_remembers_requests(scim_server):
    create(scim_server, "ada")
    get(scim_server, "/Users/x?attributes=id")

    assert [("POST", "/Users", 201), ("GET", "/Users/x", 404)] == scim_server.requests


def test_a_fault_is_answered_as_often_as_asked(scim_server):
    scim_server.fault("/Users", status=429, retry_after=7, times=2)

    answers = [get(scim_server) for _ in range(3)]

    assert [429, 429, 200] == [answer.status_code for answer in answers]
    assert "7" == answers[0].headers["Retry-After"]
    assert [urns.ERROR] == answers[0].json()["schemas"]


def test_a_fault_is_of_its_path_and_method(scim_server):
    scim_server.fault("/Users", status=503, method="POST")

    statuses = [get(scim_server), get(scim_server, "/Groups"), create(scim_server, "ada")]

    assert [200, 200, 503] == [answer.status_code for answer in statuses]


def test_a_fault_also_holds_below_its_path(scim_server):
    scim_server.fault("/Users", status=500)

    assert 500 == get(scim_server, "/Users/1").status_code


def test_a_request_that_met_a_fault_changed_nothing(scim_server):
    scim_server.fault("/Users", status=500)
    create(scim_server, "ada")

    assert [] == scim_server.users()


def test_settings_are_those_of_the_server():
    with LiveServer(strict=True, tokens=["mine"], page_size=1) as server:
        create(server, "ada")
        create(server, "bob")

        assert "mine" == server.token
        assert 1 == get(server).json()["itemsPerPage"]


def test_a_stopped_server_answers_no_more():
    with LiveServer() as server:
        url = server.url

    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_stopping_twice_does_no_harm():
    with LiveServer() as server:
        server.stop()


def test_the_plugin_loads_the_server_only_for_who_asks():
    code = "import sys, scim_server.testing.pytest_plugin; print('flask' in sys.modules)"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "False" == found.stdout.strip()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 300_000 + b"\r\n\r\n", 431),
        (b"GET /scim/v2/ServiceProviderConfig HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
        (b"GET /scim/v2/ServiceProviderConfig HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
    ],
)
def test_what_is_no_right_http_is_refused_in_scim_form(scim_server, sent, status):
    port = urlsplit(scim_server.url).port
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        answer = HTTPResponse(connection)
        answer.begin()
        body = json.loads(answer.read())

    assert (status, urns.SCIM_JSON) == (answer.status, answer.headers["Content-Type"])
    assert ([urns.ERROR], str(status)) == (body["schemas"], body["status"])
