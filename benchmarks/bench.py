"""What the measurements of the engine stand on: the command as a process, a target, and rows."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tests.rig.company import SIZES, Size, write_size
from tests.rig.control import FakeTarget, Request, fake_target
from tests.rig.engine import TOKEN_VARIABLE, write_job

ROOT = Path(__file__).parents[1]
MEGABYTE = 1024  # of the kilobytes that Linux counts in


@dataclass(frozen=True)
class Row:
    """One line of what is printed: a goal, the number to reach, the number reached."""

    goal: str
    what: str
    wanted: str
    reached: str
    well: bool | None


@dataclass(frozen=True)
class Cost:
    """What one run of the command has cost."""

    seconds: float
    megabytes: float
    code: int
    processor: float  # seconds, of the system's as well


class Bench:
    """A folder, a target, and the command."""

    def __init__(self, folder: Path, target: FakeTarget, size: str) -> None:
        self.folder = folder
        self.target = target
        self.name = size
        self.size = SIZES[size]
        self.rows: list[Row] = []

    def begin(self, size: Size, **settings: Any) -> None:
        """Write a company's files, and empty the target."""
        for file in self.folder.glob("*.state.db*"):
            file.unlink()
        self.target.reset(page_size=settings.pop("page_size", 100))
        write_size(self.folder, size)
        write_job(self.folder, self.target.url, match='"userName"', **settings)

    def command(self, *arguments: str) -> Cost:
        """Run `scim-provisioner` in a process of its own."""
        return measured([sys.executable, "-m", "provisioner", *arguments], self.folder)

    def run(self) -> Cost:
        """Run one cycle."""
        return self.command("run", "job.toml")

    def counted(self, act: Callable[[], Cost]) -> tuple[Cost, list[Request]]:
        """Do something; return what it has cost and the requests that it has sent."""
        before = self.target.count()
        return act(), self.target.log(before)

    def report(
        self, goal: str, what: str, wanted: str, reached: str, well: bool | None = None
    ) -> None:
        """Note a line."""
        self.rows.append(Row(goal, what, wanted, reached, well))
        click.echo(f"{goal}: {what}: {reached} (to reach: {wanted})", err=True)


def measured(command: list[str], folder: Path) -> Cost:
    """Run a command to its end; return its times and its greatest memory."""
    environment = os.environ | {TOKEN_VARIABLE: "bench-token"}
    environment["PYTHONPATH"] = os.pathsep.join(
        filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)])
    )
    started = time.perf_counter()
    with (folder / "command.out").open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)
        megabytes = _greatest_memory(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    processor = usage.ru_utime + usage.ru_stime
    return Cost(seconds, megabytes, process.returncode, processor)


def _greatest_memory(pid: int) -> float:
    """Wait for the end of a process; return its greatest memory.

    Not ru_maxrss: that is never less than what the process that starts it has in use itself.
    """
    kilobytes = 0
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        told = Path(f"/proc/{pid}/status").read_text()
        found = re.search(r"VmHWM:\s*(\d+) kB", told)
        kilobytes = max(kilobytes, int(found[1]) if found else 0)
        time.sleep(0.01)
    return kilobytes / MEGABYTE


BARE = """
import sys, threading, time, requests
url, workers, each = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def send(worker):
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = "Bearer x"
    for number in range(each):
        session.post(url, json={"userName": f"{worker}-{number}", "displayName": "Somebody",
            "emails": [{"value": f"{worker}-{number}@contoso.example", "type": "work"}]})
threads = [threading.Thread(target=send, args=(number,)) for number in range(workers)]
start = time.perf_counter()
for thread in threads: thread.start()
for thread in threads: thread.join()
print(workers * each / (time.perf_counter() - start), time.process_time() / (workers * each))
"""


def bare_ceiling(bench: Bench) -> tuple[float, float]:
    """Return what bare `requests` reaches, by one thread or by eight, whichever is better.

    The most requests a second, and the least seconds of processor time for a request.
    """
    rates, costs = [], []
    for workers in (1, 8):
        bench.target.reset()
        command = [sys.executable, "-c", BARE, f"{bench.target.url}/Users", str(workers)]
        said = subprocess.run(
            [*command, str(3_000 // workers)], check=True, capture_output=True, text=True
        )
        rate, cost = map(float, said.stdout.split())
        rates.append(rate)
        costs.append(cost)
    return max(rates), min(costs)


@contextmanager
def a_bench(size: str) -> Iterator[Bench]:
    """Make everything ready, and put it away again."""
    with tempfile.TemporaryDirectory() as folder, fake_target() as target:
        yield Bench(Path(folder), target, size)
