"""Credentials: where they go, where they never go, and when a token is fetched anew."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scim_client import (
    Basic,
    Bearer,
    ClientCredentials,
    NotScim,
    TokenRefused,
    Unreachable,
    UsageError,
)
from scim_protocol import errors, urns

ADA = {"schemas": [urns.USER], "userName": "ada"}
SECRET = "very-secret"


class TokenServer:
    """Gives out tokens t1, t2, ... and takes only those that are not revoked."""

    def __init__(self, httpserver: HTTPServer, expires_in: object = 3600) -> None:
        self.issued = 0
        self.expires_in = expires_in
        self.revoked: set[str] = set()
        self.asked: list[Request] = []
        httpserver.expect_request("/token", method="POST").respond_with_handler(self.token)
        httpserver.expect_request("/scim/v2/Users/1").respond_with_handler(self.user)

    def token(self, request: Request) -> Response:
        request.get_data()
        self.asked.append(request)
        self.issued += 1
        return Response(
            f'{{"access_token": "t{self.issued}", "token_type": "Bearer",'
            f' "expires_in": {self.expires_in}}}'
        )

    def user(self, request: Request) -> Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        return Response("{}", status=401) if token in self.revoked else Response('{"id": "1"}')


@pytest.fixture
def token_url(httpserver: HTTPServer) -> str:
    return httpserver.url_for("/token")


@pytest.fixture
def oauth(token_url: str, clock) -> ClientCredentials:
    return ClientCredentials(token_url, "client:1", SECRET, scope="scim", clock=clock)


@pytest.mark.parametrize(
    "auth",
    [
        Bearer(SECRET),
        Basic("ada", SECRET),
        ClientCredentials("https://idp.example/token", "id", SECRET),
    ],
)
def test_no_credential_shows_its_secret(auth: object):
    assert SECRET not in repr(auth)
    assert base64.b64encode(f"ada:{SECRET}".encode()).decode() not in repr(auth)


def test_a_token_read_from_a_file_may_end_in_a_new_line(httpserver: HTTPServer, connect):
    httpserver.expect_request("/Users/1").respond_with_json(ADA)

    connect(httpserver.url_for("/"), auth=Bearer("abc\r\n")).users.get("1")

    assert httpserver.log[0][0].headers["Authorization"] == "Bearer abc"


@pytest.mark.parametrize("token", ["", "  \n", "a\nb", "schlüssel"])
def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token: str):
    with pytest.raises(UsageError) as caught:
        Bearer(token)

    assert not token.strip() or token not in str(caught.value)


def test_basic_sends_user_and_password_as_utf8(httpserver: HTTPServer, connect):
    httpserver.expect_request("/Users/1").respond_with_json(ADA)

    connect(httpserver.url_for("/"), auth=Basic("ada", "pä:ss")).users.get("1")

    sent = httpserver.log[0][0].headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == "ada:pä:ss"


def test_a_colon_in_a_basic_user_name_is_refused():
    with pytest.raises(UsageError, match="colon"):
        Basic("a:b", "c")


@pytest.mark.parametrize("auth", [Bearer("from-us"), None])
def test_netrc_never_replaces_the_credentials(auth, httpserver, connect, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login eve password evil\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    httpserver.expect_request("/Users/1").respond_with_json(ADA)

    connect(httpserver.url_for("/"), auth=auth).users.get("1")

    expected = "Bearer from-us" if auth else None
    assert httpserver.log[0][0].headers.get("Authorization") == expected


def test_a_redirect_to_another_host_is_not_followed(httpserver: HTTPServer, connect, scripted):
    elsewhere = scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    httpserver.expect_request("/Users/1").respond_with_data(
        status=307, headers={"Location": f"{elsewhere.url}/Users/1?code=x"}
    )

    with pytest.raises(NotScim, match=r"redirected .307. to http://127.* not followed"):
        connect(httpserver.url_for("/")).users.get("1")

    assert elsewhere.requests == []


def test_a_redirect_on_the_same_server_is_followed_with_method_and_body(
    httpserver: HTTPServer, connect
):
    httpserver.expect_request("/old/Users").respond_with_data(
        status=308, headers={"Location": "/new/Users"}
    )
    httpserver.expect_request("/new/Users", method="POST", json=ADA).respond_with_json(ADA)

    assert connect(httpserver.url_for("/old")).users.create(ADA) == ADA


def test_a_redirect_that_would_turn_a_post_into_a_get_is_not_followed(
    httpserver: HTTPServer, connect
):
    httpserver.expect_request("/Users").respond_with_data(
        status=302, headers={"Location": "/login"}
    )

    with pytest.raises(NotScim, match="302"):
        connect(httpserver.url_for("/")).users.create(ADA)

    assert len(httpserver.log) == 1


@pytest.mark.parametrize("location", ["http://[bad", "mailto:ada@example", "", "//", "\x7f"])
def test_a_broken_redirect_is_the_servers_fault(location: str, scripted, connect):
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"

    with pytest.raises(NotScim):
        connect(scripted(*[answer.encode()] * 9).url).users.get("1")


def test_redirects_in_a_circle_end(httpserver: HTTPServer, connect):
    httpserver.expect_request("/Users/1").respond_with_data(
        status=302, headers={"Location": "/Users/1"}
    )

    with pytest.raises(NotScim, match="more than 5 times"):
        connect(httpserver.url_for("/")).users.get("1")


def test_one_token_serves_many_requests(httpserver: HTTPServer, connect, oauth):
    server = TokenServer(httpserver)
    scim = connect(httpserver.url_for("/scim/v2"), auth=oauth)

    scim.users.get("1")
    scim.users.get("1")

    assert server.issued == 1


def test_id_and_secret_go_into_the_header_of_the_token_request(httpserver, connect, oauth):
    server = TokenServer(httpserver)

    connect(httpserver.url_for("/scim/v2"), auth=oauth).users.get("1")

    sent = server.asked[0].headers["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == "client%3A1:very-secret"
    assert server.asked[0].form.to_dict() == {
        "grant_type": "client_credentials",
        "scope": "scim",
    }


def test_id_and_secret_can_go_into_the_form(httpserver: HTTPServer, connect, token_url):
    server = TokenServer(httpserver)
    auth = ClientCredentials(token_url, "client", SECRET, secret_in_body=True)

    connect(httpserver.url_for("/scim/v2"), auth=auth).users.get("1")

    assert "Authorization" not in server.asked[0].headers
    assert server.asked[0].form["client_secret"] == SECRET


def test_a_token_is_fetched_anew_before_it_expires(httpserver, connect, oauth, clock):
    server = TokenServer(httpserver, expires_in=100)
    scim = connect(httpserver.url_for("/scim/v2"), auth=oauth)

    scim.users.get("1")
    clock.now += 75
    scim.users.get("1")

    assert server.issued == 2


def test_a_token_without_an_end_is_kept(httpserver: HTTPServer, connect, oauth, clock):
    server = TokenServer(httpserver, expires_in="null")
    scim = connect(httpserver.url_for("/scim/v2"), auth=oauth)

    scim.users.get("1")
    clock.now += 1e9
    scim.users.get("1")

    assert server.issued == 1


def test_a_token_that_the_server_refuses_is_replaced_once(httpserver, connect, oauth):
    server = TokenServer(httpserver)
    server.revoked = {"t1"}

    assert connect(httpserver.url_for("/scim/v2"), auth=oauth).users.get("1") == {"id": "1"}
    assert server.issued == 2


def test_a_server_that_refuses_every_token_is_not_asked_for_ever(httpserver, connect, oauth):
    server = TokenServer(httpserver)
    server.revoked = {"t1", "t2"}

    with pytest.raises(errors.Unauthorized):
        connect(httpserver.url_for("/scim/v2"), auth=oauth).users.get("1")

    assert server.issued == 2


def test_a_bearer_token_that_is_refused_is_not_sent_again(httpserver: HTTPServer, connect):
    httpserver.expect_request("/Users/1").respond_with_json({}, status=401)

    with pytest.raises(errors.Unauthorized):
        connect(httpserver.url_for("/")).users.get("1")

    assert len(httpserver.log) == 1


def test_a_refused_client_says_what_the_token_endpoint_said(httpserver, connect, oauth):
    httpserver.expect_request("/token").respond_with_json(
        {"error": "invalid_client", "error_description": "unknown client"}, status=401
    )

    with pytest.raises(TokenRefused, match="invalid_client: unknown client; check") as caught:
        connect(httpserver.url_for("/scim/v2"), auth=oauth).users.create(ADA)

    assert SECRET not in str(caught.value)


def test_a_token_endpoint_that_answers_html_gives_no_token(httpserver, connect, oauth):
    httpserver.expect_request("/token").respond_with_data("<p>hello</p>")

    with pytest.raises(TokenRefused, match="no reason given"):
        connect(httpserver.url_for("/scim/v2"), auth=oauth).users.get("1")


def test_a_lost_token_answer_does_not_put_the_creation_in_doubt(scripted, connect, clock):
    tokens = scripted(b"", b"", b"")
    auth = ClientCredentials(f"{tokens.url}/token", "id", SECRET, clock=clock)

    with pytest.raises(Unreachable) as caught:
        connect("http://127.0.0.1:9/scim/v2", auth=auth).users.create(ADA)

    assert not caught.value.sent


def test_many_threads_share_one_client_and_one_token(httpserver: HTTPServer, connect, oauth):
    server = TokenServer(httpserver)
    scim = connect(httpserver.url_for("/scim/v2"), auth=oauth)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: scim.users.get("1"), range(64)))

    assert answers == [{"id": "1"}] * 64
    assert server.issued == 1


def test_a_proxy_of_the_environment_is_used(scripted, connect, monkeypatch):
    proxy = scripted(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"id": "1"}')
    monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/scim/v2"))
    monkeypatch.delenv("NO_PROXY", raising=False)

    connect("http://app.test/scim/v2").users.get("1")

    assert proxy.requests[0].startswith(b"GET http://app.test/scim/v2/Users/1 HTTP/1.1")
