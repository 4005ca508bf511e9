"""Whatever comes back on the wire, a run ends in time, with one message."""

import gzip
import socket
import threading
from collections.abc import Iterable

import pytest
from werkzeug import Response

import conformance
from conformance.wire import connections as wire
from conformance.wire.pace import asked_pause

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/scim+json\r\n"


@pytest.fixture
def raw():
    """Serve what a function yields, byte for byte, to each request."""
    ended = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    answers = []

    def talk(connection: socket.socket) -> None:
        with connection:
            connection.recv(65_536)
            try:
                for part in answers[0](ended):
                    connection.sendall(part)
            except OSError:
                pass  # the other side has heard enough

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()

    def start(answer) -> str:
        answers.append(answer if callable(answer) else lambda _: [answer])
        return f"http://127.0.0.1:{listener.getsockname()[1]}/scim"

    yield start
    ended.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def dripping(first: bytes):
    def answer(ended: threading.Event) -> Iterable[bytes]:
        yield first
        while not ended.wait(0.02):
            yield b" "

    return answer


@pytest.mark.parametrize("first", [HEAD + b"Content-Length: 10000\r\n\r\n{", HEAD + b"X-Slow: "])
def test_an_answer_that_drips_is_given_up(command, raw, first):
    result = command("run", raw(dripping(first)), "--timeout", "0.3")

    assert 2 == result.exit_code
    assert "no answer within 0.3 s" in result.stderr


def test_an_answer_without_end_is_given_up(command, raw, monkeypatch):
    monkeypatch.setattr(wire, "MOST_BYTES", 2_000_000)

    def answer(ended: threading.Event) -> Iterable[bytes]:
        yield HEAD + b"\r\n"
        while not ended.is_set():
            yield b" " * 65_536

    result = command("run", raw(answer))

    assert 2 == result.exit_code
    assert "the answer is longer than 2 MB" in result.stderr


def test_a_small_answer_that_unpacks_to_a_huge_one_is_given_up(command, raw, monkeypatch):
    monkeypatch.setattr(wire, "MOST_BYTES", 2_000_000)
    bomb = gzip.compress(b" " * 5_000_000)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)

    assert "the answer is longer than 2 MB" in command("run", raw(head + bomb)).stderr


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"\x00\x1b[2J nonsense\r\n\r\n", r"the connection failed (\x00\x1b[2J nonsense"),
        (HEAD + b"Content-Length: 9\r\n\r\n{", "the connection broke in the middle of the answer"),
        (
            HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nno gzip 9",
            "the answer is not packed as its Content-Encoding says",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n",
            "it sends us to what is no HTTP URL",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: file:///etc/hosts\r\nContent-Length: 0\r\n\r\n",
            "it sends us to what is no HTTP URL",
        ),
        (
            b"HTTP/1.1 302 Found\r\nLocation: ?again\r\nConnection: close\r\n\r\n",
            "it redirects us for ever",
        ),
        (
            b"HTTP/1.1 429 No\r\nRetry-After: 86400\r\nContent-Length: 0\r\n\r\n",
            "it answers 429, and wants us to wait for 86400 s",
        ),
        (HEAD + b"\r\n" + b"[" * 100_000, "serves none of /ServiceProviderConfig"),
        (HEAD + b"\r\n" + b"[" * 900 + b"]" * 900, "serves none of /ServiceProviderConfig"),
        (HEAD + b'\r\n{"schemas": [NaN]}', "serves none of /ServiceProviderConfig"),
    ],
)
def test_what_is_no_answer_of_scim_is_one_message(command, raw, answer, message):
    result = command("run", raw(answer))

    assert 2 == result.exit_code
    assert message in result.stderr
    assert 1 == len(result.stderr.splitlines())


def test_the_proxy_of_the_environment_is_named_when_it_fails(command, tiny):
    proxy = {"http_proxy": "http://127.0.0.1:1", "no_proxy": "", "NO_PROXY": ""}
    result = command("run", tiny.url, **proxy)

    assert "the proxy that the environment names does not let us through (" in result.stderr


@pytest.mark.parametrize(
    ("status", "retry_after", "tries", "pause"),
    [
        (200, "5", 0, None),
        (503, None, 0, None),
        (503, "5", 0, 5.0),
        (429, "5", 3, 5.0),
        (429, None, 0, 1.0),
        (429, None, 3, 8.0),
        (429, "soon", 1, 2.0),
        (429, "Wed, 21 Oct 2015 07:28:00 GMT", 0, 0.0),
    ],
)
def test_how_long_an_answer_asks_us_to_wait(status, retry_after, tries, pause):
    assert pause == asked_pause(status, retry_after, tries)


def test_an_endpoint_that_asks_for_too_much_patience_is_not_blamed(tiny):
    def tired(request):
        busy = Response(status=429, headers={"Retry-After": "86400"})
        return busy if request.method == "POST" else None

    tiny.guard(tired)
    report = tiny.run("rfc7644/3.3")

    assert ["error"] * 3 == [str(r.status) for r in report.results if r.status != "skip"]
    assert "wants us to wait for 86400 s" in report.stopped


def test_an_answer_of_many_levels_is_a_finding_and_no_crash(tiny):
    def deep(request, response):
        if request.method == "POST":
            response.data = b'{"a":' * 50_000 + b"1" + b"}" * 50_000

    tiny.spoil(deep)
    result = tiny.run("rfc7644/3.3/body").results[0]

    assert "crashed" not in result.message
    assert {} == tiny.users


def test_half_characters_are_no_crash_in_any_report(tiny, command, tmp_path):
    def half(request, response):
        if request.method == "POST":
            response.status_code = 400
            response.data = b'{"detail": "\\ud800"}'

    tiny.spoil(half)
    paths = [tmp_path / kind for kind in ("json", "junit", "html")]
    options = [part for path in paths for part in (f"--{path.name}", str(path))]
    result = command("run", tiny.url, "rfc7644/3.3/created", *options)

    assert 1 == result.exit_code
    assert all(path.exists() for path in paths)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), 1e9])
def test_a_timeout_that_is_none_is_one_message(tiny, timeout):
    with pytest.raises(conformance.CannotRun, match="the timeout is more than 0"):
        conformance.run(tiny.url, timeout=timeout)
