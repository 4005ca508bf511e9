"""Endpoints that misbehave in one way each, and a clock on which waiting takes no time."""

import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from pytest_httpserver import HTTPServer

from scim_client import Bearer, Clock, Retry, ScimClient

TOKEN = "s3cret-token"


class FakeClock(Clock):
    """Time that passes only by sleeping; `slept` keeps every wait."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def wall(self) -> float:
        return 1_700_000_000.0 + self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class ScriptedServer:
    """Reads one request a connection, answers with the next bytes of the script, and hangs up.

    An entry of None keeps the connection open, after the `opening` at most.
    """

    def __init__(self, script: list[bytes | None], opening: bytes = b"") -> None:
        self.requests: list[bytes] = []
        self._script = iter(script)
        self._opening = opening
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._silent: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/scim/v2"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for reply in self._script:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.requests.append(_read_request(connection))
            if reply is None:
                connection.sendall(self._opening)
                self._silent.append(connection)
                continue
            connection.sendall(reply.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            connection.shutdown(socket.SHUT_WR)
            connection.close()

    def close(self) -> None:
        self._listener.close()
        for connection in self._silent:
            connection.close()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while chunk := connection.recv(65536):
        data += chunk
        head, end, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if end and len(body) >= int(length[1] if length else 0):
            break
    return data


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def connect(clock: FakeClock) -> Iterator[Callable[..., ScimClient]]:
    """Make clients that wait on the fake clock, and close them afterwards."""
    clients: list[ScimClient] = []

    def make(url: str, **options: object) -> ScimClient:
        settings = {
            "auth": Bearer(TOKEN),
            "clock": clock,
            "retry": Retry(attempts=3, first_wait=1, jitter=lambda: 0),
            **options,
        }
        clients.append(ScimClient(url, **settings))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def scim(httpserver: HTTPServer, connect: Callable[..., ScimClient]) -> ScimClient:
    return connect(httpserver.url_for("/scim/v2"))


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedServer]]:
    servers: list[ScriptedServer] = []

    def make(*script: bytes | None, opening: bytes = b"") -> ScriptedServer:
        servers.append(ScriptedServer(list(script), opening))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def dead_url() -> str:
    """An address where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/scim/v2"
