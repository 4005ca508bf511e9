"""An endpoint that drops the connection on a request has failed at it."""

import socket
import threading
from urllib.parse import urlsplit

import pytest
from werkzeug import Response

import conformance
from scim_server.testing.live import LiveServer

CHUNK = 65536


class Gateway:
    """Stands before a server, one connection for each request, and hangs up on some requests."""

    def __init__(self, server, drops):
        self._server = urlsplit(server.url)
        self._drops = drops
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}{self._server.path}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listening.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                self._pass_on(connection)

    def _pass_on(self, connection):
        request = self._whole(connection)
        if not request or self._drops(request):
            return
        request = request.replace(b"Connection: keep-alive", b"Connection: close")
        with socket.create_connection((self._server.hostname, self._server.port)) as behind:
            behind.sendall(request)
            while part := behind.recv(CHUNK):
                connection.sendall(part)

    def _whole(self, connection):
        received = b""
        while b"\r\n\r\n" not in received:
            part = connection.recv(CHUNK)
            if not part:
                return b""
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        length = [
            line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        wanted = int(length[0].split(b":")[1]) if length else 0
        while len(body) < wanted:
            body += connection.recv(CHUNK)
        return head + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def server():
    with LiveServer() as live:
        yield live


@pytest.fixture
def judged(server):
    """Run checks through a gateway that hangs up on what passes a test."""
    opened = []

    def run(drops, *only):
        opened.append(Gateway(server, drops))
        return conformance.run(opened[-1].url, token=server.token, only=only)

    yield run
    for gateway in opened:
        gateway.stop()


def is_malformed(request):
    return request.startswith(b"POST") and request.endswith(b'{"userName": ')


def test_who_hangs_up_on_a_malformed_body_fails(judged):
    [result] = judged(is_malformed, "rfc7644/3.12/malformed-keyword").results

    assert "warn" == str(result.status)
    assert "the connection failed" in result.message


def test_who_hangs_up_on_one_thing_is_judged_on_all_others(judged):
    report = judged(lambda request: b"/Schemas" in request, "rfc7644/4")

    assert report.stopped is None
    assert "pass" in [str(r.status) for r in report.results]


def test_what_a_broken_connection_leaves_open_is_tried_again(judged):
    dropped = []

    def once(request):
        if is_malformed(request) and not dropped:
            dropped.append(request)
            return True
        return False

    [result] = judged(once, "rfc7644/3.12/malformed-keyword").results

    assert "pass" == str(result.status)


def test_who_redirects_for_ever_fails(tiny):
    def to_itself(request):
        if "Authorization" in request.headers:
            return None
        return Response(status=302, headers={"Location": request.url})

    tiny.guard(to_itself)

    assert "fail" == tiny.verdict("rfc7644/2/without-token")
