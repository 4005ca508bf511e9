"""A load of requests over one connection, opened anew where the server closes it, and its cost."""

import os
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Request:
    """What to send; `body` is JSON text."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True)
class Cost:
    """Seconds a request took, by the clock and of the server's processor time."""

    p50: float
    p99: float
    mean: float
    processor: float

    @property
    def rate(self) -> float:
        """Requests a second over one connection."""
        return 1 / self.mean


class Connection:
    """One connection to a server on loopback; as little of a client as will do."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port = port
        self._open()
        self._headers = (
            f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/scim+json\r\n"
        )

    def _open(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: Request) -> tuple[int, bytes]:
        head = (
            f"{request.method} {request.path} HTTP/1.1\r\n{self._headers}"
            f"Content-Length: {len(request.body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + request.body)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        answer, _, body = received.partition(b"\r\n\r\n")
        length = int(_header(answer, b"content-length") or 0)
        parts = [body]
        missing = length - len(body)
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        if _header(answer, b"connection") == b"close":
            self._socket.close()
            self._open()
        return int(answer[9:12]), b"".join(parts)

    def _receive(self) -> bytes:
        received = self._socket.recv(1 << 20)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""


def measure(connection: Connection, pid: int, requests: Iterable[Request], expected: int) -> Cost:
    """Send requests one after another; each must be answered with the status expected."""
    waiting = list(requests)
    times = []
    before = _processor_time(pid)
    for request in waiting:
        start = time.perf_counter()
        status, body = connection.send(request)
        times.append(time.perf_counter() - start)
        if status != expected:
            raise SystemExit(f"{request.method} {request.path}: {status} {body[:300]!r}")
    processor = (_processor_time(pid) - before) / len(waiting)
    cuts = quantiles(times, n=100)
    return Cost(cuts[49], cuts[98], sum(times) / len(times), processor)


def _processor_time(pid: int) -> float:
    """Return the seconds of processor time a process has used; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
