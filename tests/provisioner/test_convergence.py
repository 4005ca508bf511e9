"""Edits, lost answers, refusals and kills in any order: once they stop, the target is right.

The expected state is computed by a naive oracle that shares nothing with the engine.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug import Response

from provisioner import GuardTripped, TargetUnusable
from provisioner.state.sqlite import SqliteState
from scim_server.testing.live import LiveServer

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PEOPLE = [f"p{number}" for number in range(8)]


class Killed(BaseException):
    """Stands for a process that ends between two steps."""


class Oracle:
    """What the target should hold after a history of edits."""

    def __init__(self) -> None:
        self.ever: set[str] = set()

    def users(self, company: Any) -> dict[str, tuple[bool, Any, Any]]:
        present = company.people.values()
        active = {p["objectId"]: p for p in present if p["userType"] == "Employee"}
        expected = {}
        for anchor in active.keys() | self.ever:
            person = active.get(anchor)
            if person is None:
                expected[anchor] = (False, None, None)
            elif person["accountEnabled"] == "True":
                manager = person.get("manager") or None
                known = manager if manager in active or manager in self.ever else None
                expected[anchor] = (True, person.get("department") or None, known)
        return expected


def edit(company: Any, chance: random.Random) -> None:
    name = chance.choice(PEOPLE)
    if name not in company.people:
        company.person(name)
    action = chance.randrange(5)
    if action == 0:
        company.person(name, department=chance.choice(["", "R&D", "Sales"]))
    elif action == 1:
        company.person(name, userType=chance.choice(["Employee", "Guest"]))
    elif action == 2:
        company.person(name, manager=chance.choice(["", *PEOPLE]))
    elif action == 3:
        company.person(name, userPrincipalName=f"{name}.{chance.randrange(9)}@example.com")
    company.group("team", *chance.sample(PEOPLE, chance.randrange(len(PEOPLE))))


@contextmanager
def trouble(flaky: Any, chance: random.Random, cut_off: Any) -> Iterator[None]:
    """Lose answers, refuse requests and kill the process, each now and then."""
    real_take, real_end = flaky._take, SqliteState.end_intent

    def take(request: Any) -> Any:
        roll = chance.random()
        writes = request.method != "GET"
        if writes and roll < 0.1:
            return [None, None, cut_off, 0, True]
        if writes and roll < 0.2:
            return [None, None, lambda _: Response("", 500), 0, False]
        return real_take(request)

    def end(self: SqliteState, intent: int, result: str) -> None:
        if chance.random() < 0.05:
            raise Killed
        real_end(self, intent, result)

    flaky._take = take
    SqliteState.end_intent = end  # type: ignore[method-assign]
    try:
        yield
    finally:
        flaky._take = real_take
        SqliteState.end_intent = real_end  # type: ignore[method-assign]


def held(server: LiveServer) -> dict[str, tuple[bool, Any, Any]]:
    users = server.users()
    anchors = {user["id"]: user["externalId"] for user in users}
    assert len(anchors) == len(set(anchors.values())), "somebody has two accounts"
    found = {}
    for user in users:
        more = user.get(ENTERPRISE, {})
        manager = anchors.get(more.get("manager", {}).get("value"))
        details = (more.get("department"), manager) if user["active"] else (None, None)
        found[user["externalId"]] = (user["active"], *details)
    return found


def run_quietly(company: Any) -> None:
    try:
        company.run(retry=True)
    except (Killed, TargetUnusable, GuardTripped):
        return


@pytest.mark.parametrize("seed", range(6))
def test_the_target_is_right_once_the_trouble_is_over(
    seed: int, company, flaky, server: LiveServer, members: Callable[[str], set[str]], cut_off
) -> None:
    chance = random.Random(seed)
    oracle = Oracle()
    company.settings |= {"max_leavers": 99, "concurrency": 1}
    company.people.clear()
    company.groups.clear()
    for name in PEOPLE:
        company.person(name)
    company.group("team", *PEOPLE)
    for _ in range(6):
        with trouble(flaky, chance, cut_off):
            run_quietly(company)
        oracle.ever |= held(server).keys()
        for _ in range(4):
            edit(company, chance)

    for _ in range(2):
        company.run(retry=True)
    flaky.seen.clear()
    third = company.run(retry=True)

    assert [] == [request for request in flaky.seen if request[0] != "GET"]
    assert oracle.users(company) == held(server)
    wanted = set(company.groups["team"]["members"].split(";")) & held(server).keys()
    assert wanted == {name.partition(".")[0] for name in members("team")}
    assert third.ok
