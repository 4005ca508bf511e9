"""The fake target as tests see it: started, programmed, read and stopped."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import requests

ROOT = Path(__file__).parents[2]


class Request(NamedTuple):
    """One line of the target's log."""

    time: float
    who: str
    method: str
    path: str
    bytes: int
    status: int
    name: str
    body: str

    @property
    def writes(self) -> bool:
        """Tell whether it asks for a change."""
        return self.method != "GET"

    @property
    def identifier(self) -> str:
        """The id of the resource that it is about, or ""."""
        return self.path.partition("?")[0].removeprefix("/scim/v2").strip("/").partition("/")[2]

    @property
    def destroys(self) -> bool:
        """Tell whether somebody loses an account, access or a membership by it."""
        if self.method == "DELETE":
            return True
        if self.method not in ("PATCH", "PUT"):
            return False
        document = orjson.loads(self.body)
        if self.method == "PUT":
            return bool(document.get("active") is False)
        return any(map(_takes_away, document["Operations"]))


def _takes_away(operation: dict[str, Any]) -> bool:
    path, value = operation.get("path") or "", operation.get("value")
    if path.startswith("members"):
        return str(operation["op"]).lower() != "add"
    if isinstance(value, dict) and not path:
        return str(value.get("active")).lower() == "false"
    removed = str(operation["op"]).lower() == "remove" and path in ("active", "userName")
    return removed or (path == "active" and str(value).lower() == "false")


class FakeTarget:
    """A running fake target."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.pid = process.pid
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/scim/v2"
        self._session = requests.Session()
        self._session.trust_env = False

    def _ask(self, method: str, name: str, document: Any = None) -> Any:
        body = None if document is None else orjson.dumps(document)
        answer = self._session.request(
            method, f"{self.root}/control/{name}", data=body, timeout=120
        )
        return orjson.loads(answer.content)

    def reset(self, **settings: Any) -> None:
        """Empty it, and begin with these settings."""
        self._ask("POST", "reset", settings)

    def change(self, **settings: Any) -> None:
        """Change settings; what it holds stays."""
        self._ask("POST", "settings", settings)

    def keep(self) -> None:
        """Have it remember what it holds."""
        self._ask("POST", "keep")

    def restore(self, **settings: Any) -> None:
        """Begin with what was kept, and these settings."""
        self._ask("POST", "restore", settings)

    def fault(self, do: str, **details: Any) -> None:
        """Have one fault, in the place of all others."""
        self.change(faults=[{"do": do, **details}])

    def edit(self, method: str, path: str, document: Any = None) -> Any:
        """Let somebody else carry out a request; `{p1}` stands for the id of the account of p1."""
        return self._ask("POST", "edit", [method, path, document])

    def store(self) -> dict[str, list[dict[str, Any]]]:
        """Return all users and groups that it holds."""
        found: dict[str, list[dict[str, Any]]] = self._ask("GET", "store")
        return found

    def count(self) -> int:
        """Return how many requests it has seen."""
        return int(self._ask("GET", "counts")["requests"])

    def overlaps(self) -> int:
        """Return how often a resource got a change before the one before was answered."""
        return int(self._ask("GET", "counts")["overlaps"])

    def log(self, since: int = 0) -> list[Request]:
        """Return the engine's requests from a number on."""
        rows = self._ask("GET", "log", {"since": since})["log"]
        return [each for each in map(Request._make, rows) if each.who == "engine"]

    def close(self) -> None:
        """Close the connection to it."""
        self._session.close()


@contextmanager
def fake_target() -> Iterator[FakeTarget]:
    """Run a fake target for a while."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.rig.target"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    target = FakeTarget(process, int(process.stdout.readline()))
    try:
        yield target
    finally:
        target.close()
        process.kill()
        process.wait()
        process.stdout.close()
        if process.stdin is not None:
            process.stdin.close()
