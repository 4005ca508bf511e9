"""Four server processes on one database, many clients at once: nothing lost, nothing twice."""

import itertools
import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests

from scim_protocol import urns
from tests.server.invariants import broken
from tests.server.processes import processes

PROCESSES, CLIENTS = 4, 64
# How many mixed requests each client sends; with SOAK=1 as many as it can in a minute.
REQUESTS, SECONDS = (10**9, 60) if os.environ.get("SOAK") else (25, 10**9)


class Cluster:
    """Server processes on one database; each client has one that it talks to."""

    def __init__(self, name, start):
        self.name = name
        options = ("--database", name, "--token", "t")
        self.urls = [start(*options).url for _ in range(PROCESSES)]
        self.names = iter(range(10**9))

    def request(self, client, method, path, body=None, session=requests, **headers):
        headers |= {"Authorization": "Bearer t"}
        url = self.urls[client % PROCESSES] + path
        return session.request(method, url, json=body, headers=headers, timeout=60)

    def at_once(self, work):
        """Do work(client) for all clients at once; return what came of it."""
        with ThreadPoolExecutor(CLIENTS) as pool:
            return list(pool.map(work, range(CLIENTS)))

    def group(self):
        body = {"schemas": [urns.GROUP], "displayName": f"Group {next(self.names)}"}
        return self.request(0, "POST", "/Groups", body).json()["id"]

    def users(self):
        """Create a user for each client, in one request; return their ids."""
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": f"b{n}", "data": new_user(name)}
            for n, name in zip(range(CLIENTS), self.names, strict=False)
        ]
        body = {"schemas": [urns.BULK_REQUEST], "Operations": operations}
        answer = self.request(0, "POST", "/Bulk", body).json()
        return [one["location"].rpartition("/")[2] for one in answer["Operations"]]


def new_user(name):
    return {"schemas": [urns.USER], "userName": f"user{name}"}


def patch(*operations):
    return {"schemas": [urns.PATCH_OP], "Operations": list(operations)}


def add(id):
    return {"op": "add", "path": "members", "value": [{"value": id}]}


@pytest.fixture(scope="module", params=["SQLite", "PostgreSQL"])
def cluster(request, tmp_path_factory):
    if request.param == "PostgreSQL":
        name = request.getfixturevalue("postgres").new()
    else:
        name = str(tmp_path_factory.mktemp("cluster") / "scim.db")
    with ExitStack() as stack:
        yield Cluster(name, stack.enter_context(processes()))


def test_members_added_by_all_at_once_are_all_there(cluster):
    group, users = cluster.group(), cluster.users()

    answers = cluster.at_once(
        lambda n: cluster.request(n, "PATCH", f"/Groups/{group}", patch(add(users[n])))
    )
    members = cluster.request(0, "GET", f"/Groups/{group}").json()["members"]

    assert {204} == {answer.status_code for answer in answers}
    assert sorted(users) == sorted(member["value"] for member in members)


def test_of_all_creations_of_one_name_exactly_one_succeeds(cluster):
    body = new_user(next(cluster.names))

    answers = cluster.at_once(lambda n: cluster.request(n, "POST", "/Users", body))

    assert {201: 1, 409: CLIENTS - 1} == Counter(answer.status_code for answer in answers)


def test_of_racing_writers_of_one_version_exactly_one_wins(cluster):
    (user, *_) = cluster.users()

    def write(client):
        body = patch({"op": "replace", "path": "title", "value": f"Title {client}"})
        headers = {"If-Match": 'W/"1"'}
        return cluster.request(client, "PATCH", f"/Users/{user}", body, **headers)

    answers = cluster.at_once(write)
    won = [answer.json()["title"] for answer in answers if answer.status_code == 200]
    stored = cluster.request(0, "GET", f"/Users/{user}").json()

    assert {200: 1, 412: CLIENTS - 1} == Counter(answer.status_code for answer in answers)
    assert (won[0], 'W/"2"') == (stored["title"], stored["meta"]["version"])


def test_what_one_process_wrote_the_others_see_at_once(cluster):
    for n in range(3 * PROCESSES):
        id = cluster.request(n, "POST", "/Users", new_user(next(cluster.names))).json()["id"]
        assert 200 == cluster.request(n + 1, "GET", f"/Users/{id}").status_code


class Storm:
    """A client that does a bit of everything, to users and groups that it shares with others."""

    def __init__(self, cluster, number, users, groups, until, seed):
        self.cluster, self.number, self.until = cluster, number, until
        self.users, self.groups = users, groups
        self.random = random.Random(f"{seed} {number}")
        self.statuses = Counter()

    def blow(self):
        with requests.Session() as session:
            for _ in itertools.takewhile(lambda _: time.monotonic() < self.until, range(REQUESTS)):
                method, path, body = self.random.choice(ACTS)(self)
                answer = self.cluster.request(self.number, method, path, body, session)
                self.statuses[answer.status_code] += 1
                found = answer.json() if answer.content else {}
                self.statuses.update(int(one["status"]) for one in found.get("Operations", ()))
                if answer.status_code == 201:
                    self.users.append(found["id"])

    def user(self):
        return self.random.choice(self.users)

    def group(self):
        return self.random.choice(self.groups)

    def create(self):
        # Names that others take too: some of these are refused.
        return "POST", "/Users", new_user(f"-storm-{self.random.randrange(500)}")

    def rename(self):
        value = f"user-storm-{self.random.randrange(500)}"
        body = patch({"op": "replace", "path": "userName", "value": value})
        return "PATCH", f"/Users/{self.user()}", body

    def describe(self):
        emails = [{"value": f"{self.random.randrange(99)}@x.org", "type": "work"}]
        body = new_user(f"-put-{self.random.randrange(10**9)}") | {"emails": emails}
        return "PUT", f"/Users/{self.user()}", body

    def join(self):
        return "PATCH", f"/Groups/{self.group()}", patch(add(self.user()), add(self.user()))

    def leave(self):
        path = f'members[value eq "{self.user()}"]'
        return "PATCH", f"/Groups/{self.group()}", patch({"op": "remove", "path": path})

    def delete(self):
        return "DELETE", f"/Users/{self.user()}", None

    def bulk(self):
        data = new_user(f"-bulk-{self.random.randrange(500)}")
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": "new", "data": data},
            {
                "method": "PATCH",
                "path": f"/Groups/{self.group()}",
                "data": patch(add("bulkId:new")),
            },
            {"method": "DELETE", "path": f"/Users/{self.user()}"},
        ]
        return "POST", "/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": operations}

    def find(self):
        return "GET", f'/Users?filter=userName sw "user-storm-{self.random.randrange(9)}"', None

    def read(self):
        return "GET", f"/Groups/{self.group()}", None


ACTS = [
    *(Storm.create, Storm.create, Storm.rename, Storm.describe, Storm.join, Storm.join),
    *(Storm.leave, Storm.delete, Storm.bulk, Storm.find, Storm.read),
]


def test_mixed_requests_leave_every_invariant_true(cluster):
    seed = os.environ.get("SEED", "20261123")
    print(f"SEED={seed}")
    users, groups = cluster.users(), [cluster.group() for _ in range(4)]
    until = time.monotonic() + SECONDS
    storms = [Storm(cluster, n, users, groups, until, seed) for n in range(16)]

    with ThreadPoolExecutor(len(storms)) as pool:
        for done in [pool.submit(storm.blow) for storm in storms]:
            done.result()
    statuses = sum((storm.statuses for storm in storms), Counter())

    assert {200, 201, 204, 400, 404, 409} >= set(statuses), statuses
    assert min(statuses[200], statuses[201], statuses[204]) > 0
    assert [] == broken(cluster.name)
