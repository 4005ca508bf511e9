"""How requests travel: over connections that stay open, and each in one piece."""

import socket
import threading
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scim_client import ScimClient

ANSWER = b'HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n{"id": "1"}'


class Listener:
    """Takes what comes in the first piece of each request, and answers it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/scim/v2"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        self.connections += 1
        with connection:
            while piece := connection.recv(65_536):
                self.pieces.append(piece)
                connection.sendall(ANSWER)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def test_head_and_body_arrive_together(listener: Listener) -> None:
    with ScimClient(listener.url) as scim:
        scim.users.create({"userName": "ada"})

    assert listener.pieces[0].startswith(b"POST /scim/v2/Users HTTP/1.1\r\n")
    assert listener.pieces[0].endswith(b'"userName":"ada"}')


def test_a_connection_serves_one_request_after_another(listener: Listener) -> None:
    with ScimClient(listener.url) as scim:
        for _ in range(3):
            scim.users.create({"userName": "ada"})

    assert (3, 1) == (len(listener.pieces), listener.connections)


def test_a_closed_client_can_be_used_again(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/scim/v2/Users/1").respond_with_json({"id": "1"})
    scim = ScimClient(httpserver.url_for("/scim/v2"))
    scim.users.get("1")
    scim.close()

    assert {"id": "1"} == scim.users.get("1")
    scim.close()


@pytest.mark.parametrize("identifier", ["1", "a b", "ü", "a/b", "~x", ".hidden", "100%", "a?b#c"])
def test_an_id_arrives_as_it_was_given(listener: Listener, identifier: str) -> None:
    with ScimClient(listener.url) as scim:
        scim.users.get(identifier)

    path = listener.pieces[0].split(b" ")[1].decode()
    assert identifier == unquote(path.removeprefix("/scim/v2/Users/"))


def test_no_cookie_comes_back(httpserver: HTTPServer) -> None:
    cookies: list[str | None] = []

    def answer(request: Request) -> Response:
        cookies.append(request.headers.get("Cookie"))
        return Response('{"id": "1"}', headers={"Set-Cookie": "session=1"})

    httpserver.expect_request("/scim/v2/Users/1").respond_with_handler(answer)
    with ScimClient(httpserver.url_for("/scim/v2")) as scim:
        scim.users.get("1")
        scim.users.get("1")

    assert [None, None] == cookies
