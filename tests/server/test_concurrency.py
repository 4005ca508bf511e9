"""Many clients at once, over HTTP: nothing lost, nothing twice, nobody told of a lock."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from scim_protocol import urns
from scim_server.testing import LiveServer

CLIENTS = 16


@pytest.fixture(params=["file", "memory"])
def server(request, tmp_path):
    database = str(tmp_path / "scim.db") if request.param == "file" else ":memory:"
    with LiveServer(database=database) as live:
        yield live


def request(server, method, path, body, **headers):
    headers |= {"Authorization": f"Bearer {server.token}"}
    return requests.request(method, server.url + path, json=body, headers=headers, timeout=60)


def at_once(work, items):
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, items))


def new_group(server):
    return request(
        server, "POST", "/Groups", {"schemas": [urns.GROUP], "displayName": "Sales"}
    ).json()["id"]


def new_users(server, number):
    def create(n):
        body = {"schemas": [urns.USER], "userName": f"user{n}"}
        return request(server, "POST", "/Users", body).json()["id"]

    return at_once(create, range(number))


def patch_members(server, group, op, id, **headers):
    path = "members" if op == "add" else f'members[value eq "{id}"]'
    operation = {"op": op, "path": path} | ({"value": [{"value": id}]} if op == "add" else {})
    message = {"schemas": [urns.PATCH_OP], "Operations": [operation]}
    return request(server, "PATCH", f"/Groups/{group}", message, **headers).status_code


def test_of_many_creations_of_one_name_exactly_one_succeeds(server):
    body = {"schemas": [urns.USER], "userName": "ada"}

    answers = at_once(lambda _: request(server, "POST", "/Users", body), range(CLIENTS))

    assert {201: 1, 409: CLIENTS - 1} == Counter(answer.status_code for answer in answers)
    assert ["ada"] == [user["userName"] for user in server.users()]


def test_members_added_by_many_at_once_are_all_there(server):
    group, users = new_group(server), new_users(server, 48)

    statuses = at_once(lambda id: patch_members(server, group, "add", id), users)

    assert {204} == set(statuses)
    assert set(users) == {member["value"] for member in server.groups()[0]["members"]}


def test_members_come_and_go_at_once(server):
    group, users = new_group(server), new_users(server, 32)
    leaving, coming = users[:16], users[16:]
    at_once(lambda id: patch_members(server, group, "add", id), leaving)

    work = [("remove", id) for id in leaving] + [("add", id) for id in coming]
    at_once(lambda one: patch_members(server, group, *one), work)

    assert set(coming) == {member["value"] for member in server.groups()[0]["members"]}


def test_of_racing_writers_of_one_version_exactly_one_wins(server):
    group, users = new_group(server), new_users(server, CLIENTS)

    statuses = at_once(
        lambda id: patch_members(server, group, "add", id, **{"If-Match": 'W/"1"'}), users
    )

    assert {204: 1, 412: CLIENTS - 1} == Counter(statuses)
    assert 1 == len(server.groups()[0]["members"])


def test_readers_go_on_while_there_are_writers(server):
    new_users(server, 20)

    def work(n):
        if n % 2:
            body = {"schemas": [urns.USER], "userName": f"late{n}"}
            return request(server, "POST", "/Users", body).status_code
        return request(server, "GET", '/Users?filter=title eq "x"', None).status_code

    assert {200, 201} == set(at_once(work, range(64)))
