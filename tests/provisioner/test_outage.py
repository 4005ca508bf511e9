"""G12: a target that is down, and an object that it will not have."""

import random

import pytest

from tests.rig.oracle import State
from tests.rig.world import TEAM, World

WITHOUT_END = 1_000_000
DOWN = {"do": "answer", "status": 503, "headers": {"Retry-After": "0"}, "times": WITHOUT_END}
EVERYTHING = "GET POST PATCH PUT DELETE"
ATTEMPTS = 5  # of one request, before a run gives up


@pytest.fixture
def day_two(world: World) -> World:
    world.begin(concurrency=4)
    world.run()
    assert {} == world.wrong()
    return world


def go_down(world: World) -> None:
    world.target.change(faults=[{**DOWN, "method": EVERYTHING}])


def test_a_run_in_an_outage_stops_after_a_few_attempts(day_two: World) -> None:
    day_two.live(30, random.Random(1))
    go_down(day_two)

    log = day_two.requests_of(lambda: day_two.run("--retry"))

    in_flight = 4
    assert len(log) <= ATTEMPTS * 2 * in_flight


def test_an_outage_is_probed_by_one_request_at_a_time(day_two: World) -> None:
    day_two.live(30, random.Random(1))
    go_down(day_two)

    log = day_two.requests_of(lambda: day_two.run("--retry"))

    in_flight = 4
    assert len(log) <= in_flight + ATTEMPTS


def test_ten_edits_to_one_person_in_an_outage_are_one_change_after_it(day_two: World) -> None:
    go_down(day_two)
    for number in range(10):
        day_two.company.people["p1"]["jobTitle"] = f"Title {number}"
        day_two.export()
        day_two.run("--retry")
    day_two.target.change(faults=[])

    log = day_two.requests_of(lambda: day_two.run("--retry"))

    assert 1 == len([each for each in log if each.writes])
    assert {} == day_two.wrong()


def test_what_piled_up_in_an_outage_is_done_in_one_cycle(day_two: World) -> None:
    go_down(day_two)
    for day in range(5):
        day_two.live(10, random.Random(day))
        day_two.run("--retry")
    day_two.target.change(faults=[])

    ended = day_two.run("--retry")

    assert 0 == ended.code
    assert {} == day_two.wrong(from_the_log=True)


@pytest.mark.parametrize("status", [400, 409, 413, 422, 500])
def test_one_object_that_is_always_refused_holds_up_no_other(world: World, status: int) -> None:
    world.begin(TEAM)
    world.target.fault(
        "answer", status=status, method="POST PATCH", part='"externalId":"p3"', times=WITHOUT_END
    )

    ended = world.run()

    assert 1 == ended.code
    assert {("users", "p3")} == without_its_edges(world)


def without_its_edges(world: World) -> set[tuple[str, str]]:
    """Return what is wrong beside the references to somebody who is missing."""
    wanted, held = world.wanted(), world.held()
    missing = wanted.users.keys() - held.users.keys()
    for user in wanted.users.values():
        if user.get("manager") in missing:
            user["manager"] = None
    for group in wanted.groups.values():
        group["members"] -= missing
    return set(State(wanted.users, wanted.groups).differences(held))


def test_a_member_that_is_always_refused_holds_up_no_other_member(world: World) -> None:
    world.begin(TEAM)
    world.run()
    poisoned = next(
        user["id"] for user in world.target.store()["Users"] if user["externalId"] == "p3"
    )
    for group in world.company.groups.values():
        group["members"] = ";".join(world.company.people)
    world.export()
    world.target.fault("answer", status=400, method="PATCH", part=poisoned, times=WITHOUT_END)

    world.run()

    held, wanted = world.held(), world.wanted()
    lacking = {
        member
        for anchor, group in wanted.groups.items()
        for member in group["members"] - held.groups[anchor]["members"]
    }
    assert lacking <= {"p3"}


def test_a_target_that_limits_the_rate_gets_everything_in_the_end(world: World) -> None:
    world.begin(TEAM)
    world.target.change(buckets=[{"rate": 100.0, "burst": 10.0}])

    ended = world.run()

    assert 0 == ended.code, ended.text
    assert {} == world.wrong()
