"""Servers killed at random moments: what was acknowledged is there, and nothing half of it.

Every round starts two processes on one database, lets four clients write to them, kills both with
SIGKILL, and holds what is there against what the clients were told. `SOAK=1` does 100 rounds; the
seed is printed, `SEED` repeats it.
"""

import os
import random
import signal
import threading
from contextlib import ExitStack, suppress

import pytest
import requests

from scim_protocol import urns
from tests.server.invariants import broken
from tests.server.processes import Process

ROUNDS = 100 if os.environ.get("SOAK") else 3
SEED = os.environ.get("SEED", "20261123")
PROCESSES, CLIENTS, MEMBERS = 2, 4, 20


class Client(threading.Thread):
    """Writes what it can until its server is gone, and notes what it was told."""

    def __init__(self, url, name, members):
        super().__init__()
        self.url, self.name_of_all, self.members = url, name, members
        # What was acknowledged: the path of each resource, with what it is to hold.
        self.told = {}
        # What was asked for and not answered: it may be there or not, as a whole.
        self.asked = None
        self.joined = set()
        self.gone = set()
        self.problems = []

    def run(self):
        with suppress(requests.RequestException), requests.Session() as session:
            session.headers["Authorization"] = "Bearer t"
            number = 0
            while True:
                self.step(session, number)
                number += 1

    def send(self, session, method, path, body=None):
        answer = session.request(method, self.url + path, json=body, timeout=30)
        if answer.status_code not in (200, 201, 204):
            self.problems.append(f"{method} {path}: {answer.status_code} {answer.text}")
            raise requests.RequestException
        return answer.json() if answer.content else None

    def step(self, session, number):
        """Create a user and a group, change both, take one away again."""
        name = f"{self.name_of_all}-{number}"
        user = self.send(session, "POST", "/Users", {"schemas": [urns.USER], "userName": name})
        path = f"/Users/{user['id']}"
        self.told[path] = {"userName": name, "title": None, "nickName": None}
        both = [{"op": "add", "path": part, "value": name} for part in ("title", "nickName")]
        self.asked = path, {"userName": name, "title": name, "nickName": name}
        self.send(session, "PATCH", path, {"schemas": [urns.PATCH_OP], "Operations": both})
        self.told[path], self.asked = self.asked[1], None
        listed = [{"value": id} for id in self.members]
        body = {"schemas": [urns.GROUP], "displayName": name, "members": listed}
        group = f"/Groups/{self.send(session, 'POST', '/Groups', body)['id']}"
        self.joined.add((group, user["id"]))
        add = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
        self.asked = group, user["id"]
        self.send(session, "PATCH", group, {"schemas": [urns.PATCH_OP], "Operations": [add]})
        self.asked = None
        if number % 3 == 0:
            self.asked = path, None
            self.send(session, "DELETE", path)
            self.gone.add(path)
            self.asked = None


def found(url):
    """All that is there, by path."""
    with requests.Session() as session:
        session.headers["Authorization"] = "Bearer t"
        resources, start = {}, 1
        while True:
            query = {"startIndex": start, "count": 1000}
            page = session.get(f"{url}/", params=query, timeout=60).json()
            for one in page["Resources"]:
                resources[one["meta"]["location"].removeprefix(url)] = one
            start += len(page["Resources"])
            if not page["Resources"] or start > page["totalResults"]:
                return resources


def wrong(client, there, members):
    """Yield what is not as a client was told, or is half of what it asked for."""
    yield from client.problems
    for path, held in client.told.items():
        maybe = client.asked[1] if client.asked and client.asked[0] == path else held
        one = there.get(path)
        if one is None:
            if path not in client.gone and maybe is not None:
                yield f"{path}: was acknowledged and is not there"
        elif path in client.gone:
            yield f"{path}: was deleted and is there"
        else:
            seen = {name: one.get(name) for name in held}
            if seen not in (held, maybe):
                yield f"{path}: is {seen}, was told {held}"
    for group, user in client.joined:
        if group not in there:
            yield f"{group}: was acknowledged and is not there"
            continue
        ids = {member["value"] for member in there[group].get("members", ())}
        if not members <= ids:
            yield f"{group}: has {len(ids)} of the members that it was created with"
        sure = client.asked not in ((group, user), (f"/Users/{user}", None))
        if sure and (user in ids) == (f"/Users/{user}" in client.gone):
            yield f"{group}: {user} is {'' if user in ids else 'not '}in it"


def halves(there):
    """Yield what is half of a change, whoever asked for it."""
    for path, one in there.items():
        if one.get("title") != one.get("nickName"):
            yield f"{path}: has one of two values that came together"
        if path.startswith("/Groups/") and len(one.get("members", ())) not in (
            MEMBERS,
            MEMBERS + 1,
        ):
            yield f"{path}: has {len(one.get('members', ()))} members"


def start(name, stack):
    """Start the servers of a round; return them and their URLs."""
    servers = []
    for _ in range(PROCESSES):
        servers.append(Process("--database", name, "--token", "t"))
        stack.callback(servers[-1].stop, signal.SIGKILL)
    return servers, [started(server).url for server in servers]


def started(server):
    try:
        return server.start()
    except KeyError:
        pytest.fail(f"A server did not start: {server.stop()}")


def make_members(url):
    """Create the users that every group begins with; return their ids."""
    operations = [
        {
            "method": "POST",
            "path": "/Users",
            "bulkId": f"b{n}",
            "data": {"schemas": [urns.USER], "userName": f"member{n}"},
        }
        for n in range(MEMBERS)
    ]
    body = {"schemas": [urns.BULK_REQUEST], "Operations": operations}
    headers = {"Authorization": "Bearer t"}
    answer = requests.post(f"{url}/Bulk", json=body, headers=headers, timeout=60).json()
    return {one["location"].rpartition("/")[2] for one in answer["Operations"]}


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def name(request, tmp_path):
    if request.param == "PostgreSQL":
        return request.getfixturevalue("postgres_url")
    return str(tmp_path / "scim.db")


@pytest.mark.timeout(1800)
def test_what_was_acknowledged_outlives_a_kill_and_nothing_is_there_by_half(name):
    print(f"SEED={SEED}")
    chance = random.Random(SEED)
    members, clients, written = set(), [], 0
    for round in range(ROUNDS + 1):
        with ExitStack() as stack:
            servers, urls = start(name, stack)
            there = found(urls[0])
            faults = [fault for one in clients for fault in wrong(one, there, members)]
            assert [] == [*faults, *halves(there)][:10], f"after round {round} with SEED={SEED}"
            assert [] == broken(name)[:10], f"after round {round} with SEED={SEED}"
            written += sum(len(one.told) for one in clients)
            if round == ROUNDS:
                break
            members = members or make_members(urls[0])
            clients = [
                Client(urls[n % PROCESSES], f"r{round}c{n}", members) for n in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            clients[0].join(0.2 + chance.random() * 0.8)
            for server in servers:
                server.process.kill()
            for client in clients:
                client.join()
    assert written > ROUNDS
