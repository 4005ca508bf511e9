"""What a WSGI server does with what is not the plain case: each probe returns a few words."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from benchmarks.wsgi_processes import TOKEN, Running, running

HEAD = f"Host: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\nContent-Type: application/scim+json"
CONFIG = f"GET /scim/v2/ServiceProviderConfig HTTP/1.1\r\n{HEAD}\r\n\r\n"
Probe = Callable[[Running], str]


def exchange(server: Running, *parts: str | bytes, answers: int = 1, wait: float = 5) -> list[str]:
    """Send parts over one connection; return the status lines of the answers."""
    with server.connect(wait) as connection:
        for part in parts:
            connection.sendall(part.encode() if isinstance(part, str) else part)
        return statuses(connection, answers)


def statuses(connection: socket.socket, answers: int) -> list[str]:
    """Read up to so many answers; return the status of each, `closed` or `nothing`."""
    received, found = b"", list[str]()
    while len(found) < answers:
        head, end, rest = received.partition(b"\r\n\r\n")
        length = _length(head)
        if end and len(rest) >= length:
            found.append(head.split(b" ")[1].decode())
            received = rest[length:]
            continue
        try:
            more = connection.recv(65536)
        except TimeoutError:
            return [*found, "nothing"]
        except ConnectionResetError:
            return [*found, "reset"]
        if not more:
            return [*found, "closed"]
        received += more
    return found


def _length(head: bytes) -> int:
    lines = head.lower().split(b"\r\n")
    return next(
        (int(v) for n, _, v in (x.partition(b":") for x in lines) if n == b"content-length"), 0
    )


def user(name: str, more: str = "") -> tuple[str, str]:
    body = f'{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{name}{more}"}}'
    return f"POST /scim/v2/Users HTTP/1.1\r\n{HEAD}", body


def plain(name: str) -> str:
    head, body = user(name)
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}"


def after_204(server: Running) -> str:
    delete = f"DELETE /scim/v2/Users/u1 HTTP/1.1\r\n{HEAD}\r\n\r\n"
    return " ".join(exchange(server, delete, CONFIG, answers=2))


def after_304(server: Running) -> str:
    get = f"GET /scim/v2/Users/u2 HTTP/1.1\r\nIf-None-Match: *\r\n{HEAD}\r\n\r\n"
    return " ".join(exchange(server, get, CONFIG, answers=2))


def malformed(server: Running) -> str:
    with server.connect() as connection:
        connection.sendall(b"GARBAGE\r\n\r\n")
        answer = connection.recv(65536).lower()
    kind = "SCIM" if b"scim+json" in answer else "plain" if b"\r\n\r\n" in answer else "nothing"
    return f"{answer[9:12].decode()} {kind}"


def smuggling(server: Running) -> str:
    head, _ = user("x")
    inner = "GET /scim/v2/Schemas HTTP/1.1\r\nHost: x\r\n\r\n"
    request = f"{head}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"
    return " ".join(exchange(server, request, answers=2, wait=2))


def two_lengths(server: Running) -> str:
    head, body = user("y")
    lengths = f"Content-Length: {len(body)}\r\nContent-Length: 3"
    return exchange(server, f"{head}\r\n{lengths}\r\n\r\n{body}")[0]


def bare_chunk(server: Running) -> str:
    head, _ = user("z")
    request = f"{head}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"
    return exchange(server, request, wait=2)[0]


def huge_header(server: Running) -> str:
    request = f"GET / HTTP/1.1\r\nA: {'a' * 1_000_000}\r\n{HEAD}\r\n\r\n"
    try:
        return exchange(server, request)[0]
    except OSError:
        return "reset"


def chunked(server: Running) -> str:
    head, body = user("chunked")
    half = len(body) // 2
    parts = "".join(f"{len(p):x}\r\n{p}\r\n" for p in (body[:half], body[half:]))
    return exchange(server, f"{head}\r\nTransfer-Encoding: chunked\r\n\r\n{parts}0\r\n\r\n")[0]


def http_1_0(server: Running) -> str:
    get = f"GET /scim/v2/Users/u3 HTTP/1.0\r\n{HEAD}\r\n\r\n"
    return " ".join(exchange(server, get, answers=2, wait=2))


def expect(server: Running) -> str:
    head, body = user("expect")
    with server.connect() as connection:
        length = f"Content-Length: {len(body)}\r\nExpect: 100-continue"
        connection.sendall(f"{head}\r\n{length}\r\n\r\n".encode())
        first = statuses(connection, 1)
        connection.sendall(body.encode())
        return " ".join(first + statuses(connection, 1))


def head(server: Running) -> str:
    get = CONFIG.replace("GET", "HEAD", 1)
    with server.connect() as connection:
        connection.sendall(get.encode())
        time.sleep(0.3)
        answer = connection.recv(65536)
    top, _, body = answer.partition(b"\r\n\r\n")
    return (
        f"{top[9:12].decode()}, length {'told' if _length(top) else 'not told'}, {len(body)} bytes"
    )


def pipelined(server: Running) -> str:
    return " ".join(exchange(server, CONFIG + CONFIG, answers=2, wait=2))


def no_host(server: Running) -> str:
    return exchange(server, "GET /scim/v2/Users HTTP/1.1\r\n\r\n", wait=2)[0]


def gone(server: Running) -> str:
    before = server.log.stat().st_size
    for number in range(20):
        connection = server.connect()
        connection.sendall(plain(f"gone{number}").encode())
        connection.close()
    time.sleep(0.5)
    quiet = server.log.stat().st_size == before
    return f"{exchange(server, CONFIG)[0]}, log {'quiet' if quiet else 'not quiet'}"


def _held(server: Running, sent: str, count: int = 64) -> str:
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(server.connect())
            connection.sendall(sent.encode())
        time.sleep(0.3)
        began = time.monotonic()
        answer = exchange(server, CONFIG, wait=3)[0]
        return f"{answer} in {time.monotonic() - began:.1f} s"


def slow_heads(server: Running) -> str:
    return _held(server, f"GET / HTTP/1.1\r\n{HEAD}\r\n")


def slow_bodies(server: Running) -> str:
    head, _ = user("slow")
    return _held(server, f"{head}\r\nContent-Length: 500\r\n\r\n{{")


def silent(server: Running) -> str:
    return _held(server, "", 1000)


SCIM_PROBES: dict[str, Probe] = {
    "keep-alive after 204": after_204,
    "keep-alive after 304": after_304,
    "no HTTP at all": malformed,
    "Content-Length and Transfer-Encoding": smuggling,
    "two Content-Lengths": two_lengths,
    "a chunk of no size": bare_chunk,
    "a header of 1 MB": huge_header,
    "no Host": no_host,
    "chunked body": chunked,
    "HTTP/1.0": http_1_0,
    "Expect: 100-continue": expect,
    "HEAD": head,
    "two requests at once": pipelined,
    "20 clients go away": gone,
    "1,000 silent connections": silent,
    "64 halves of a head": slow_heads,
    "64 halves of a body": slow_bodies,
}


def stopped(server: Running) -> str:
    """Ask for four answers that take a second, and stop the server meanwhile."""
    with ExitStack() as stack:
        asked = [stack.enter_context(server.connect(10)) for _ in range(4)]
        idle = stack.enter_context(server.connect(10))
        idle.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        statuses(idle, 1)
        for connection in asked:
            connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        try:
            refused = "nothing"
            with server.connect(0.3) as late:
                late.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
                refused = statuses(late, 1)[0]
        except OSError as error:
            refused = "refused" if isinstance(error, ConnectionRefusedError) else "reset"
        answered = sum(statuses(one, 1) == ["200"] for one in asked)
        try:
            code = str(server.process.wait(15))
        except subprocess.TimeoutExpired:
            code = "never"
        seconds = time.monotonic() - began
    return f"{answered} of 4, new ones {refused}, exit {code} in {seconds:.1f} s"


def killed(server: Running) -> str:
    before = server.workers()
    os.kill(before[0], signal.SIGKILL)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with suppress(OSError):
            now = server.workers()
            if len(now) == len(before) and before[0] not in now:
                return "replaced"
        time.sleep(0.1)
    return "not replaced"


def behaviour(server: str, folder: Path) -> dict[str, str]:
    """Return what a server does, by probe."""
    found = {}
    with running(server, "scim", 1, folder) as started:
        for name, probe in SCIM_PROBES.items():
            try:
                found[name] = probe(started)
            except OSError as error:
                found[name] = type(error).__name__
    with running(server, "hello", 1, folder) as started:
        found["stopped while it answers"] = stopped(started)
    with running(server, "hello", 2, folder) as started:
        found["a worker killed"] = killed(started)
    return found
