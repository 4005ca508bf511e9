"""The engine as a process: `scim-provisioner`, started, killed and started again.

The processes are forked from one that has imported everything, so that a thousand of them cost
seconds. What runs in them is the command itself.
"""

import http.client
import multiprocessing
import os
import signal
import sqlite3
import sys
import time
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import orjson

CHANGES_OF_STATE = ("INSERT", "UPDATE", "DELETE", "REPLACE", "COMMIT", "RELEASE")
TOKEN_VARIABLE = "RIG_SCIM_TOKEN"
JOB = """
version = 1
name = "{name}"
[source]
kind = "csv"
users = "people.csv"
groups = "groups.csv"
{source}
[target]
url = "{url}"
token_env = "RIG_SCIM_TOKEN"
concurrency = {concurrency}
{target}
[scope]
users = '{scope}'
{more_scope}
[users]
match = [{match}]
[users.map]
userName = "[userPrincipalName]"
externalId = "[objectId]"
active = "{active}"
displayName = "[displayName]"
title = "[jobTitle]"
"name.givenName" = "[givenName]"
"name.familyName" = "[surname]"
'emails[type eq "work"].value' = "ToLower([mail])"
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" = "[department]"
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager" = "[manager]"
[groups]
match = ["displayName", "externalId"]
map = {{ displayName = "[displayName]", externalId = "[objectId]", members = "[members]" }}
[quarantine]
preset = "off"
[policy]
leavers = "{leavers}"
max_leavers = {max_leavers}
"""
DEFAULTS: dict[str, Any] = {
    "name": "rig",
    "source": "",
    "target": "",
    "concurrency": 4,
    "scope": 'userType eq "Employee"',
    "more_scope": "",
    "match": '"userName", "externalId"',
    "active": "Not([IsSoftDeleted])",
    "leavers": "disable",
    "max_leavers": 1_000_000,
}


def write_job(folder: Path, url: str, **settings: Any) -> Path:
    """Write the rig's job file into a folder."""
    file = folder / "job.toml"
    file.write_text(JOB.format(**{**DEFAULTS, "url": url, **settings}), encoding="utf-8")
    return file


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code (negative for the signal that killed it) and its words."""

    code: int | None
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Tell whether it was killed."""
        return self.code == -signal.SIGKILL

    @property
    def text(self) -> str:
        """All that it has said, with its lines joined as a person reads them."""
        return " ".join((self.out + " " + self.err).split())

    @property
    def json(self) -> Any:
        """The document that it has printed."""
        return orjson.loads(self.out)


class Engine:
    """Runs `scim-provisioner` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pid_file = folder / "engine.pid"
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["provisioner.commands.cli"])

    def start(self, *arguments: str, **circumstances: Any) -> BaseProcess:
        """Start a command; see `_command` for the circumstances."""
        process = self._context.Process(
            target=_command, args=(str(self.folder), arguments, circumstances)
        )
        process.start()
        return process

    def ended(self, process: BaseProcess) -> Ended:
        """Wait until a command has ended."""
        process.join()
        out, err = (
            (self.folder / f"engine.{name}").read_text(encoding="utf-8") for name in ("out", "err")
        )
        return Ended(process.exitcode, out, err)

    def command(self, *arguments: str, **circumstances: Any) -> Ended:
        """Run a command to its end."""
        return self.ended(self.start(*arguments, **circumstances))

    def run(self, *options: str, **circumstances: Any) -> Ended:
        """Run one cycle of the job."""
        return self.command("run", "job.toml", *options, **circumstances)

    def status(self) -> Any:
        """Return what `status` tells, as a document."""
        return self.command("status", "job.toml", "--json").json


def _command(folder: str, arguments: tuple[str, ...], circumstances: dict[str, Any]) -> None:
    """Be the command, in circumstances.

    `kill_at_write` kills it at that change of its state, counted from the first change that it
    sends; `kill_at_early_write` counts from its start. Its `clock` is off by so many seconds.
    """
    os.chdir(folder)
    Path("engine.pid").write_text(str(os.getpid()))
    for name, number in (("out", 1), ("err", 2)):
        file = os.open(f"engine.{name}", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.dup2(file, number)
    os.environ.update({TOKEN_VARIABLE: "rig-token"})
    os.environ["COLUMNS"] = "200"
    if "clock" in circumstances:
        _shift_the_clock(circumstances["clock"])
    for name in ("kill_at_write", "kill_at_early_write"):
        if name in circumstances:
            _kill_at_write(circumstances[name], from_the_start="early" in name)
    from provisioner.commands.cli import main

    sys.argv = ["scim-provisioner", *arguments]
    main()


def _shift_the_clock(seconds: float) -> None:
    real = time.time
    time.time = lambda: real() + seconds


def _kill_at_write(number: int, *, from_the_start: bool) -> None:
    """Let SQLite kill this process as it begins its n-th change of a file, or ends one.

    They are counted from the start, or from the first change that is sent to the target.
    """
    real_connect, real_putrequest = sqlite3.connect, http.client.HTTPConnection.putrequest
    counting, seen = from_the_start, 0

    def trace(statement: str) -> None:
        nonlocal seen
        if counting and statement.lstrip().upper().startswith(CHANGES_OF_STATE):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = real_connect(*arguments, **options)
        if arguments[0] != "":  # The name of a temporary file: nobody reads it afterwards.
            connection.set_trace_callback(trace)
        return connection

    def putrequest(self: Any, method: str, *arguments: Any, **options: Any) -> None:
        nonlocal counting
        counting = counting or method != "GET"
        real_putrequest(self, method, *arguments, **options)

    sqlite3.connect = connect  # type: ignore[assignment]
    http.client.HTTPConnection.putrequest = putrequest  # type: ignore[method-assign]
