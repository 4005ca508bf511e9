"""The main job from end to end: a company provisioned into a SCIM server, day after day.

`make demo` runs this. It uses the four commands as a user would, in a folder `.demo/` that is wiped
first, and ends with exit code 0 only if the server holds what the directory and the mappings say.
"""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests
from verify import Account, Oracle, ReadBack, differences, flat, replaced

EXAMPLES = Path(__file__).resolve().parent
COMPANY = EXAMPLES / "company"
FOLDER = EXAMPLES.parent / ".demo"
JOB = "contoso.toml"
ACCESS_LOG = "access.log"
TOKEN_NAME = "CONTOSO_SCIM_TOKEN"
WRITES = {"POST", "PUT", "PATCH", "DELETE"}
Request = tuple[str, str]


class DemoFailed(Exception):
    """Something is not as it must be; the message says what."""


class Tools:
    """The commands, run as a user runs them: with the token in the environment, never in argv."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.environment = {
            **os.environ,
            TOKEN_NAME: token,
            "PYTHONUNBUFFERED": "1",
            # As wide as the terminal, so that tables are not cut where output is not one.
            "COLUMNS": str(shutil.get_terminal_size((110, 40)).columns),
        }

    def show(self, module: str, *arguments: str, expect: Sequence[int] = (0,)) -> None:
        """Run a command and let it print to where we print."""
        print(f"\n$ {_command(module)} {' '.join(arguments)}", flush=True)
        self._judge(module, arguments, self._run(module, arguments).returncode, expect)

    def ask(self, module: str, *arguments: str) -> str:
        """Run a command and give back what it says."""
        done = self._run(module, arguments, stdout=subprocess.PIPE)
        self._judge(module, arguments, done.returncode, (0,))
        return str(done.stdout)

    def _run(
        self, module: str, arguments: Sequence[str], stdout: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=FOLDER, stdout=stdout, text=True, check=False
        )

    @staticmethod
    def _judge(module: str, arguments: Sequence[str], code: int, expect: Sequence[int]) -> None:
        if code not in expect:
            line = f"{_command(module)} {' '.join(arguments)}"
            raise DemoFailed(f"`{line}` ended with exit code {code}")


def _command(module: str) -> str:
    return "scim-" + module.removeprefix("scim_")


class Server:
    """A running `scim-server`, its URL, and what it was asked."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self.log = process, log
        self.url = self._announced()

    def _announced(self) -> str:
        until = time.monotonic() + 15
        while time.monotonic() < until and self.process.poll() is None:
            if found := re.search(r"http://127\.0\.0\.1:\d+/\S*[\w/]", self.log.read_text()):
                return found[0].rstrip("/")
            time.sleep(0.05)
        raise DemoFailed(f"the server did not start:\n{self.log.read_text()}")

    def requests(self) -> list[Request]:
        """List method and path of everything that was asked until now."""
        lines = (FOLDER / ACCESS_LOG).read_text("utf-8").splitlines()
        return [(line["method"], line["path"]) for line in map(json.loads, lines)]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the process that was started, by its id, politely first."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def running_server(tools: Tools) -> Iterator[Server]:
    """Start `scim-server` on a free port of this machine, and stop it whatever happens.

    It is told to be strict: what it forgives real clients by default, the suite does not forgive.
    """
    log = FOLDER / "server.log"
    command = [sys.executable, "-m", "scim_server", "run", "--host", "127.0.0.1", "--port", "0"]
    command += [
        "--database",
        "app.db",
        "--token-env",
        TOKEN_NAME,
        "--access-log",
        ACCESS_LOG,
        "--strict",
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=tools.environment, cwd=FOLDER, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        server = Server(process, log)
        tools.environment |= {"SCIM_URL": server.url, "SCIM_TOKEN": tools.token}
        yield server
    finally:
        stop(process)


class Demo:
    """The steps, in order, and what is known from one to the next."""

    def __init__(self, tools: Tools, server: Server) -> None:
        self.tools, self.server = tools, server
        self.oracle = Oracle([])
        self.app: ReadBack | None = None

    def fill_the_app(self) -> None:
        """Make the accounts and the group that the application had before."""
        accounts: list[Account] = []
        for file in sorted((COMPANY / "already_in_the_app").glob("*.json")):
            kind = f"{file.name.partition('-')[0]}s"
            self.tools.ask("scim_client", kind, "create", str(file))
            if kind == "users":
                accounts.append(flat(json.loads(file.read_text("utf-8")), {}))
        self.oracle = Oracle(accounts)

    def write_the_job(self) -> None:
        """Put the company's job file into the folder, with the URL of this server."""
        text = (COMPANY / "contoso.toml").read_text("utf-8")
        text, count = re.subn(r"(?m)^(url\s*= ).*$", rf'\1"{self.server.url}"', text)
        if count != 1:
            raise DemoFailed("contoso.toml has no line with the target's url")
        (FOLDER / JOB).write_text(text.replace('"day1/', '"export/'), "utf-8")

    def take_export(self, day: int) -> set[str]:
        """Swap in the export of a day; give the ids of the objects that it changes."""
        before = self.oracle.objects()
        shutil.copytree(COMPANY / f"day{day}", FOLDER / "export", dirs_exist_ok=True)
        self.oracle.next_day(FOLDER / "export")
        after = self.oracle.objects()
        return {anchor for anchor in after if after[anchor] != before.get(anchor)}

    def verify(self) -> None:
        """Read everything back over SCIM and compare it with what the CSV files say."""
        app = ReadBack(self.server.url, self.tools.token)
        found = differences(self.oracle, app)
        if self.app is not None:
            found += replaced(self.app, app)
        if found:
            rest = [f"... and {len(found) - 40} more"] if len(found) > 40 else []
            raise DemoFailed("\n".join(["the app differs:", *found[:40], *rest]))
        self.app = app
        held = f"{len(app.users)} users and {len(app.groups)} groups"
        print(f"\nRead back over SCIM: {held}, each exactly as it should be.", flush=True)

    def verify_traffic(self, asked: Sequence[Request], before: ReadBack, changed: set[str]) -> None:
        """Check that nothing was asked or sent for the objects that did not change."""
        taken_over = self.oracle.taken_over
        same = {before.ids[key] for key in before.ids.keys() - changed - taken_over}
        needless = [f"{method} {path}" for method, path in asked if _last_part(path) in same]
        if needless:
            listed = "\n".join(needless[:20])
            raise DemoFailed(f"{len(needless)} requests for unchanged objects:\n{listed}")
        writes = [method for method, _ in asked if method in WRITES]
        new = len(changed - before.ids.keys()) - len(taken_over)
        if writes.count("POST") != new or (writes and not changed):
            raise DemoFailed(f"{new} objects are new, and the writes were {Counter(writes)}")
        text = (
            f"{len(changed)} objects changed: {len(asked)} requests, {len(writes)} of them writes."
        )
        print(text, flush=True)

    def first_cycle(self) -> None:
        """Plan, apply, compare."""
        step("2", "The first morning: provision the company's directory.")
        self.write_the_job()
        self.take_export(1)
        self.tools.show("provisioner", "check", JOB)
        step("3", "Show the plan, apply it, read everything back.")
        self.tools.show("provisioner", "plan", JOB, "--out", "plan.json")
        self.tools.show("provisioner", "apply", JOB, "plan.json")
        self.verify()
        if len(self.server.requests()) < len(self.oracle.objects()):
            raise DemoFailed("the server's log does not show the requests: nothing can be counted")

    def later_cycle(self, day: int, *commands: str) -> None:
        """Swap the export, run the cycle, compare; only what changed may have travelled."""
        assert self.app is not None
        before, changed = self.app, self.take_export(day)
        since = len(self.server.requests())
        for command in commands:
            self.tools.show("provisioner", command, JOB)
        asked = self.server.requests()[since:]
        self.verify()
        self.verify_traffic(asked, before, changed)

    def judge_the_server(self) -> None:
        """Run the conformance suite, and see that it left nothing behind."""
        step("5", "Is the server right by the RFCs? Ask the conformance suite.")
        arguments = (self.server.url, "--token-env", TOKEN_NAME, "--json", "conformance.json")
        self.tools.show("conformance", "run", *arguments)
        self.verify()


def _last_part(path: str) -> str:
    return path.partition("?")[0].rpartition("/")[2]


def step(number: str, text: str) -> None:
    """Announce a step with one line."""
    print(f"\n=== {number}. {text}", flush=True)


NEXT = """
  Read   .demo/plan.json           what was going to happen, before anything did
         .demo/conformance.json    every check, with its requests and answers
         .demo/access.log          every request of the three mornings
         examples/company/         who is who, and the job file

  Try    cd .demo && export PATH="$PWD/../.venv/bin:$PATH"
         export CONTOSO_SCIM_TOKEN=choose-something-long SCIM_URL={url}
         export SCIM_TOKEN=$CONTOSO_SCIM_TOKEN
         scim-server run --port {port} --database app.db --token-env SCIM_TOKEN &
         scim-provisioner explain contoso.toml anna.mueller@contoso.example
         scim-client users list --filter 'active eq false'

         Change a line of .demo/export/people.csv, then
         scim-provisioner plan contoso.toml
"""


def run(tools: Tools) -> None:
    """Go through the six steps."""
    step("1", "Start scim-server: its own process, a free port, a random token, SQLite, strict.")
    with running_server(tools) as server:
        print(f"It serves {server.url} and writes a line for each request to .demo/{ACCESS_LOG}.")
        demo = Demo(tools, server)
        demo.fill_the_app()
        demo.first_cycle()
        step("4", "The next morning: joiners, movers, leavers, a returner. Only changes travel.")
        demo.later_cycle(2, "run")
        step("4b", "The same export again: nothing is sent.")
        demo.later_cycle(2, "run")
        step("4c", "The third morning: one who left and one who was disabled are back.")
        demo.later_cycle(3, "run", "status")
        demo.judge_the_server()
    step("6", "All is as the directory says. What to try next:")
    port = server.url.split(":")[2].partition("/")[0]
    print(NEXT.format(port=port, url=server.url))


def main() -> int:
    """Wipe the folder, run, and say in one line what went wrong if something did."""
    # A polite end from outside stops the server, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    begun = time.monotonic()
    try:
        run(Tools(secrets.token_urlsafe(32)))
    except KeyboardInterrupt:
        return 130
    except (DemoFailed, requests.RequestException) as failure:
        print(f"\nThe demo failed: {failure}", file=sys.stderr)
        print(f"What the tools left is in {FOLDER}.", file=sys.stderr)
        return 1
    print(f"The demo took {time.monotonic() - begun:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
