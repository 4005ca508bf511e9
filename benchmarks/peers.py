"""Measure the server beside other SCIM servers, in one run: `python -m benchmarks.peers`.

Each is started from its own packages (see examples/peers), given the same users over HTTP, and
asked the same. A cell is requests a second over one connection, and the milliseconds of processor
time that one takes; a dash where the server answers with an error. A peer that cannot run here is
named, and left out.
"""

import json
import secrets
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.load import Connection, Cost, Request, Unexpected, measure
from benchmarks.population import user
from benchmarks.server import DidNotStart, Served, running
from scim_protocol import urns
from scim_protocol.messages import patch_request
from scim_protocol.patch import Operation

START = Path(__file__).parents[1] / "examples" / "peers" / "start.py"
PEERS = ("scim2-server", "scim2-flask", "django-scim2", "scimmy")
OURS = "scim-server"
SUCCESS = range(200, 300)


class Peer:
    """A server with the users that it was given."""

    def __init__(self, served: Served, users: int, count: int) -> None:
        self._served = served
        self._count = count
        self._users = users
        self._new = users
        self.ids = [self._create(user(number)) for number in range(users)]

    def _create(self, document: dict[str, object], endpoint: str = "Users") -> str:
        status, body = self._served[0].send(_request("POST", f"/{endpoint}", document))
        if status != 201:
            raise Unexpected(f"a creation is answered {status} {body[:200]!r}")
        return str(json.loads(body)["id"])

    def cost(self, row: Callable[["Peer"], list[Request]]) -> Cost | None:
        """Measure the requests of a row; None when one of them is refused."""
        try:
            return measure(*self._served, row(self), SUCCESS)
        except Unexpected:
            return None

    def creations(self) -> list[Request]:
        """New users."""
        first, self._new = self._new, self._new + self._count
        return [_request("POST", "/Users", user(n)) for n in range(first, self._new)]

    def reads(self) -> list[Request]:
        """Users by their ids."""
        return [_request("GET", f"/Users/{self.ids[n]}") for n in self._some()]

    def filters(self, text: str) -> list[Request]:
        """Users by a filter."""
        asked = [text.format(n).replace(" ", "%20").replace('"', "%22") for n in self._some()]
        return [_request("GET", f"/Users?filter={one}") for one in asked]

    def pages(self) -> list[Request]:
        """The first hundred users."""
        return [_request("GET", "/Users?count=100")] * max(20, self._count // 20)

    def changes(self) -> list[Request]:
        """Users whose family name changes."""
        return [
            _patch(f"/Users/{self.ids[n]}", Operation("replace", "name.familyName", f"Name {n}"))
            for n in self._some()
        ]

    def memberships(self) -> list[Request]:
        """Members that join a group, one after the other."""
        document = {"schemas": [urns.GROUP], "displayName": "Everybody"}
        group = self._create(document, "Groups")
        return [
            _patch(f"/Groups/{group}", Operation("add", "members", [{"value": self.ids[n]}]))
            for n in range(min(self._count, self._users))
        ]

    def deletions(self) -> list[Request]:
        """The users that were there first."""
        return [_request("DELETE", f"/Users/{id}") for id in self.ids[: self._count]]

    def _some(self) -> range:
        return range(0, self._users, max(1, self._users // self._count))


ROWS: dict[str, Callable[[Peer], list[Request]]] = {
    "create a user": Peer.creations,
    "GET a user by id": Peer.reads,
    "filter by userName": lambda peer: peer.filters('userName eq "user{}@contoso.example"'),
    "filter by externalId": lambda peer: peer.filters('externalId eq "external-{}"'),
    "filter by emails.value": lambda peer: peer.filters('emails.value eq "user{}@contoso.example"'),
    "page of 100": Peer.pages,
    "PATCH a user": Peer.changes,
    "PATCH one member into a group": Peer.memberships,
    "DELETE a user": Peer.deletions,
}


def measured(name: str, users: int, count: int, folder: Path) -> dict[str, Cost | None]:
    """Start a server, and measure every row.

    :raises DidNotStart: it cannot run here.
    """
    token = "peer-token" if name != OURS else secrets.token_urlsafe()
    ours = ("-m", "scim_server", "run", "--port", "0", "--database", str(folder / "bench.db"))
    theirs = (str(START), name)
    command = (*ours, "--token-env", "BENCH_TOKEN") if name == OURS else theirs
    with running(*command, token=token) as (port, pid):
        peer = Peer((Connection(port, token), pid), users, count)
        return {row: peer.cost(requests) for row, requests in ROWS.items()}


def _request(method: str, path: str, document: object = None) -> Request:
    body = b"" if document is None else json.dumps(document).encode()
    return Request(method, f"/scim/v2{path}", body)


def _patch(path: str, operation: Operation) -> Request:
    return _request("PATCH", path, patch_request([operation]))


def _cell(cost: Cost | None) -> str:
    return f"{cost.rate:,.0f} ({cost.processor * 1000:.2f})" if cost else "-"


@click.command(help=__doc__)
@click.option("--users", default=1_000, show_default=True, help="Users that each is given.")
@click.option("--requests", "count", default=100, show_default=True, help="Requests of a row.")
def main(users: int, count: int) -> None:
    """Measure and print."""
    results: dict[str, dict[str, Cost | None]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in (OURS, *PEERS):
            try:
                results[name] = measured(name, users, count, Path(folder))
            except (DidNotStart, Unexpected, OSError) as problem:
                print(f"{name} is left out: {problem}", file=sys.stderr)
    table = Table(title=f"{users:,} users: requests/s (ms of processor time)", title_justify="left")
    for heading in ("operation", *results):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    for row in ROWS:
        table.add_row(row, *(_cell(costs[row]) for costs in results.values()))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
