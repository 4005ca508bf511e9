"""A load of requests over one connection, opened anew where the server closes it, and its cost."""

import os
import socket
import time
from collections.abc import Container, Iterable
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
        length = _header(answer, b"content-length")
        # An answer of HTTP/1.0 without a length ends where the connection does.
        if _header(answer, b"transfer-encoding") == b"chunked":
            body = self._chunks(body)
        elif length or not answer.startswith(b"HTTP/1.0"):
            body = self._whole(body, int(length or 0))
        else:
            while more := self._socket.recv(1 << 20):
                body += more
        if _header(answer, b"connection") == b"close" or answer.startswith(b"HTTP/1.0"):
            self._socket.close()
            self._open()
        return int(answer[9:12]), body

    def _whole(self, begun: bytes, length: int) -> bytes:
        parts, missing = [begun], length - len(begun)
        while missing > 0:
            parts.append(self._receive())
            missing -= len(parts[-1])
        return b"".join(parts)

    def _chunks(self, received: bytes) -> bytes:
        body = b""
        while True:
            while b"\r\n" not in received:
                received += self._receive()
            size, _, received = received.partition(b"\r\n")
            length = int(size, 16) + 2
            received = self._whole(received, length)
            body += received[: length - 2]
            received = received[length:]
            if length == 2:
                return body

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


class Unexpected(Exception):
    """A request was not answered as it had to be."""


def measure(
    connection: Connection, pid: int, requests: Iterable[Request], expected: Container[int]
) -> Cost:
    """Send requests one after another; each must be answered with one of the statuses expected.

    :raises Unexpected: one was not.
    """
    waiting = list(requests)
    times = []
    before = _processor_time(pid)
    for request in waiting:
        start = time.perf_counter()
        status, body = connection.send(request)
        times.append(time.perf_counter() - start)
        if status not in expected:
            raise Unexpected(f"{request.method} {request.path}: {status} {body[:300]!r}")
    processor = (_processor_time(pid) - before) / len(waiting)
    cuts = quantiles(times, n=100)
    return Cost(cuts[49], cuts[98], sum(times) / len(times), processor)


def _processor_time(pid: int) -> float:
    """Return the seconds of processor time that a process and those below it have used.

    0 where the system does not say.
    """
    return sum(_own_time(one) for one in _family(pid))


def _own_time(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> float:
    """Return the megabytes that the largest of a process and those below it has in memory."""
    return max(map(_own_memory, _family(pid)))


def _own_memory(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)


def _family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = dict(filter(None, map(_parent, Path("/proc").glob("[0-9]*/stat"))))
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _parent(stat: Path) -> tuple[int, int] | None:
    """Return a process and its parent, of its file in /proc."""
    try:
        return int(stat.parent.name), int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None
