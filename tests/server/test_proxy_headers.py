"""What proxies say of a request is believed of those that are named, and of no others."""

import pytest
from werkzeug.test import Client

from scim_server.serving.proxies import behind_proxies, read_networks

CONFIG = "/scim/v2/ServiceProviderConfig"


@pytest.fixture
def behind(api):
    """Sends a request from an address to a server that trusts 10.0.0.0/8; returns its Location."""
    client = Client(behind_proxies(api.app, read_networks(["10.0.0.0/8", "fd00::/8"])))

    def send(headers, address="10.0.0.1", path=CONFIG):
        answer = client.get(path, headers=headers, environ_overrides={"REMOTE_ADDR": address})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.headers["Location"].removesuffix(CONFIG)

    return send


@pytest.mark.parametrize(
    ("headers", "origin"),
    [
        ({}, "http://localhost"),
        ({"X-Forwarded-Proto": "https"}, "https://localhost"),
        ({"X-Forwarded-Proto": "HTTPS"}, "https://localhost"),
        ({"X-Forwarded-Proto": "javascript"}, "http://localhost"),
        ({"X-Forwarded-Host": "scim.example"}, "http://scim.example"),
        ({"X-Forwarded-Host": "scim.example:8443"}, "http://scim.example:8443"),
        (
            {"X-Forwarded-Host": "scim.example", "X-Forwarded-Port": "8443"},
            "http://scim.example:8443",
        ),
        ({"X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"}, "https://localhost"),
        ({"X-Forwarded-Port": "8443"}, "http://localhost:8443"),
        ({"X-Forwarded-Port": "x"}, "http://localhost"),
        ({"X-Forwarded-Prefix": "/idm"}, "http://localhost/idm"),
        ({"X-Forwarded-Prefix": "/idm/"}, "http://localhost/idm"),
        ({"X-Forwarded-Prefix": "//evil"}, "http://localhost"),
        ({"X-Forwarded-Prefix": "evil"}, "http://localhost"),
        ({"Forwarded": "proto=https;host=scim.example"}, "https://scim.example"),
        ({"Forwarded": 'for=1.2.3.4;proto=https;host="a.example:8443"'}, "https://a.example:8443"),
        ({"Forwarded": 'For="[2001:db8::1]:4711";Proto=https'}, "https://localhost"),
        (
            {"Forwarded": "proto=https;host=a.example", "X-Forwarded-Host": "b.example"},
            "https://a.example",
        ),
    ],
)
def test_urls_are_those_that_the_named_proxy_tells(behind, headers, origin):
    assert origin == behind(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Prefix": "/evil", "X-Forwarded-Port": "666"},
        {"Forwarded": "proto=https;host=evil.example"},
    ],
)
@pytest.mark.parametrize("address", ["192.0.2.1", "11.0.0.1", "::1", ""])
def test_nothing_is_believed_of_an_unnamed_one(behind, headers, address):
    assert "http://localhost" == behind(headers, address)


def test_a_proxy_of_ipv4_is_known_on_a_socket_of_ipv6(behind):
    assert "https://localhost" == behind({"X-Forwarded-Proto": "https"}, "::ffff:10.1.2.3")


def test_of_two_named_proxies_the_outer_one_is_believed(behind):
    headers = {"X-Forwarded-For": "192.0.2.7, 10.0.0.9", "X-Forwarded-Proto": "https, http"}

    assert "https://localhost" == behind(headers)


def test_what_a_client_wrote_before_the_named_proxy_is_not_believed(behind):
    headers = {
        "X-Forwarded-For": "10.9.9.9, 192.0.2.7",
        "X-Forwarded-Host": "evil.example, scim.example",
    }

    assert "http://scim.example" == behind(headers)


def test_of_elements_of_forwarded_the_one_of_the_outermost_named_proxy_is_believed(behind):
    header = "for=10.9.9.9;host=evil.example, for=192.0.2.7;host=a.example, for=10.0.0.9;host=b"

    assert "http://a.example" == behind({"Forwarded": header})


def test_a_forwarded_that_the_proxy_passed_on_from_its_client_is_not_believed(behind):
    headers = {"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=127.0.0.1;host=evil.example"}

    assert "http://localhost" == behind(headers)


def test_a_forwarded_that_is_long_and_senseless_is_passed_over(behind):
    assert "http://localhost" == behind({"Forwarded": "a" * 60_000})


def test_a_prefix_that_the_proxy_left_in_the_path_is_taken_off(behind):
    assert "http://localhost/idm" == behind({"X-Forwarded-Prefix": "/idm"}, path="/idm" + CONFIG)


def test_the_app_does_not_see_headers_of_proxies(api):
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        start_response("200 OK", [])
        return [b""]

    Client(behind_proxies(app, ())).get("/", headers={"X-Forwarded-For": "1.2.3.4"})

    assert "HTTP_X_FORWARDED_FOR" not in seen


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("203.0.113.1, 192.0.2.7, 10.0.0.9", "192.0.2.7"),
        ("10.0.0.8, 10.0.0.9", "10.0.0.8"),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_named_proxy(chain, client):
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        start_response("200 OK", [])
        return [b""]

    behind = behind_proxies(app, read_networks(["10.0.0.0/8"]))
    Client(behind).get(
        "/", headers={"X-Forwarded-For": chain}, environ_overrides={"REMOTE_ADDR": "10.0.0.1"}
    )

    assert client == seen["REMOTE_ADDR"]
