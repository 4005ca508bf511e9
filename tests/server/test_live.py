"""What `scim_server.testing` gives to the tests of others."""

import subprocess
import sys

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
