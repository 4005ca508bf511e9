"""HTTP at its edges, over sockets, on each of the servers that the app is run on."""

import json
import socket
from contextlib import ExitStack, closing, suppress
from http.client import HTTPResponse
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from scim_protocol import urns
from scim_server.testing import LiveServer
from tests.server.processes import processes


@pytest.fixture(scope="module", params=["granian", "waitress"])
def server(request):
    """A server: `scim-server run`, or the one that tests have on a thread."""
    with ExitStack() as stack:
        if request.param == "granian":
            yield stack.enter_context(processes())("--database", ":memory:")
        else:
            yield stack.enter_context(LiveServer())


@pytest.fixture
def wire(server):
    """A connection: `send` bytes, `read` answers."""
    place = urlsplit(server.url)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        head = f"Host: {place.netloc}\r\nAuthorization: Bearer {server.token}\r\n"
        yield SimpleNamespace(
            head=head + "Content-Type: application/scim+json\r\n",
            place=place,
            send=lambda text: connection.sendall(text.encode("latin-1")),
            read=lambda method="GET": read(connection, method),
            closed=lambda: is_closed(connection),
            rest=lambda: b"".join(iter(lambda: connection.recv(65536), b"")),
        )


def read(connection, method):
    with closing(HTTPResponse(connection, method=method)) as answer:
        answer.begin()
        answer.text = answer.read()
    return answer


def is_closed(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def a_user(name):
    return json.dumps({"schemas": [urns.USER], "userName": name})


CONFIG = "GET /scim/v2/ServiceProviderConfig HTTP/1.1\r\n"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ("GARBAGE\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA\x00: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: " + "a" * 1_000_000 + "\r\n\r\n", 431),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", 400),
    ],
)
def test_what_is_no_right_http_is_refused_and_the_connection_closed(wire, sent, status):
    with suppress(ConnectionError):  # It may be refused before it was all sent.
        wire.send(sent)
    try:
        answer = wire.read()
    except ConnectionError:
        return

    assert status == answer.status
    assert "Traceback" not in answer.text.decode()
    assert wire.closed()


@pytest.mark.parametrize("hosts", ["", "Host: x\r\nHost: x\r\n", "Host:\r\n", "Host: a b\r\n"])
def test_without_one_right_host_nothing_is_answered_but_an_error_in_scim_form(wire, hosts):
    wire.send(f"{CONFIG}Connection: close\r\n{hosts}\r\n")
    answer = wire.read()

    body = json.loads(answer.text)
    assert (400, urns.SCIM_JSON) == (answer.status, answer.headers["Content-Type"])
    assert ([urns.ERROR], "400") == (body["schemas"], body["status"])


def test_a_request_that_has_two_lengths_is_not_taken_for_two_requests(wire):
    inner = f"GET /scim/v2/Users HTTP/1.1\r\n{wire.head}\r\n"
    wire.send(
        f"POST /scim/v2/Users HTTP/1.1\r\n{wire.head}Content-Length: 5\r\n"
        f"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"
    )

    assert 400 == wire.read().status


@pytest.mark.parametrize("size", ["zz", "-1", "0x5"])
def test_a_chunk_of_a_wrong_size_is_refused(wire, size):
    wire.send(
        f"POST /scim/v2/Users HTTP/1.1\r\n{wire.head}Transfer-Encoding: chunked\r\n\r\n"
        f"{size}\r\nabc\r\n0\r\n\r\n"
    )

    assert 400 == wire.read().status


def test_a_body_may_come_in_chunks(wire):
    body = a_user("in chunks")
    parts = "".join(f"{len(part):x}\r\n{part}\r\n" for part in (body[:9], body[9:]))
    wire.send(
        f"POST /scim/v2/Users HTTP/1.1\r\n{wire.head}Transfer-Encoding: chunked\r\n\r\n"
        f"{parts}0\r\n\r\n"
    )

    answer = wire.read()

    assert 201 == answer.status
    assert "in chunks" == json.loads(answer.text)["userName"]


def test_a_body_in_chunks_that_is_too_large_is_413(wire):
    part = f"{1 << 20:x}\r\n{'x' * (1 << 20)}\r\n"
    wire.send(f"POST /scim/v2/Users HTTP/1.1\r\n{wire.head}Transfer-Encoding: chunked\r\n\r\n")
    try:
        wire.send(part * 9 + "0\r\n\r\n")
        answer = wire.read()
    except ConnectionError:
        return  # It does not read to the end what it does not take.

    assert 413 == answer.status


def test_who_asks_first_whether_to_send_a_body_is_told_to(wire):
    body = a_user("expected")
    wire.send(
        f"POST /scim/v2/Users HTTP/1.1\r\n{wire.head}Content-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    wire.send(body)

    # HTTPResponse passes over 100.
    assert 201 == wire.read().status


def test_who_speaks_http_1_0_need_not_name_the_host(wire):
    wire.send("GET /scim/v2/ServiceProviderConfig HTTP/1.0\r\n\r\n")
    answer = wire.read()

    expected = f"http://{wire.place.netloc}/scim/v2/ServiceProviderConfig"
    assert expected == answer.headers["Location"]
    assert wire.closed()


def test_head_has_no_body_and_the_connection_goes_on(wire):
    wire.send(CONFIG.replace("GET", "HEAD") + wire.head + "\r\n")
    head = wire.read("HEAD")
    wire.send(CONFIG + wire.head + "\r\n")
    get = wire.read()

    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.text))


def test_requests_that_come_at_once_are_answered_in_order(wire):
    wire.send(
        f"GET /scim/v2/Users/one HTTP/1.1\r\n{wire.head}\r\n"
        f"{CONFIG}{wire.head}Connection: close\r\n\r\n"
    )

    text = wire.rest()
    assert 2 == text.count(b"HTTP/1.1 ")
    assert text.index(b"HTTP/1.1 404") < text.index(b"HTTP/1.1 200")


def test_who_goes_away_harms_nobody_else(server, wire):
    body = a_user("gone")
    for number in range(20):
        with socket.create_connection((wire.place.hostname, wire.place.port)) as gone:
            gone.sendall(
                f"POST /scim/v2/Users HTTP/1.1\r\n{wire.head}"
                f"Content-Length: {len(body) + number}\r\n\r\n{body}".encode()
            )

    wire.send(CONFIG + wire.head + "\r\n")
    assert 200 == wire.read().status


def test_a_thousand_silent_connections_keep_nobody_waiting(wire):
    address = (wire.place.hostname, wire.place.port)
    with ExitStack() as stack:
        for _ in range(1050):
            stack.enter_context(socket.create_connection(address, timeout=10))
        wire.send(CONFIG + wire.head + "\r\n")

        assert 200 == wire.read().status


def test_a_path_of_raw_bytes_is_answered(wire):
    wire.send("GET /scim/v2/Users/caf\xc3\xa9\xff HTTP/1.1\r\n" + wire.head + "\r\n")

    assert wire.read().status in (400, 404)


def test_a_header_of_raw_bytes_is_no_failure(wire):
    wire.send(CONFIG + wire.head + "If-None-Match: \xff\xfe\r\n\r\n")

    assert 200 == wire.read().status
