"""A WSGI server under measurement: its processes, their processor time and their memory."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.wsgi_apps import DATABASE

TICKS = os.sysconf("SC_CLK_TCK")
TOKEN = secrets.token_urlsafe(12)


@dataclass
class Running:
    """A started server."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def connect(self, timeout: float = 5) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def workers(self) -> list[int]:
        """The processes that serve: those below the first, or it alone."""
        return children(self.process.pid) or [self.process.pid]

    def processor_time(self) -> float:
        return sum(map(processor_time, [self.process.pid, *children(self.process.pid)]))

    def megabytes(self) -> float:
        """What a worker has for itself (PSS), in the mean."""
        sizes = [proportional(pid) for pid in self.workers()]
        return sum(sizes) / len(sizes) / 1024


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for pid in map(int, found) for one in (pid, *children(pid))]


def processor_time(pid: int) -> float:
    """Return the seconds of processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def proportional(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


@contextmanager
def running(server: str, app: str, workers: int, folder: Path) -> Iterator[Running]:
    """Start a server; stop it at the end, and kill it if it does not want to."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"BENCH_TOKEN": TOKEN, "BENCH_DATABASE": str(folder / DATABASE)}
    log = folder / f"{server}-{app}.log"
    command = [sys.executable, "-m", "benchmarks.wsgi_start", server, app, str(port), str(workers)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    found = Running(process, port, log)
    try:
        _wait(found, workers)
        yield found
    finally:
        left = children(process.pid) if process.poll() is None else []
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        # Not all of them look after their workers.
        for pid in (*left, *([] if process.poll() is not None else [process.pid])):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait(20)


def _wait(running: Running, workers: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            with running.connect() as connection:
                connection.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                if connection.recv(100) and (workers == 1 or len(running.workers()) >= workers):
                    time.sleep(0.5)  # The others may be importing yet.
                    return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit(f"the server did not start: {running.log.read_text()}")
