"""G22: the state is deleted, and made again from the source and the target."""

import random

import pytest

from tests.rig.world import TEAM, World, often


def lose_the_state(world: World) -> None:
    for file in world.folder.glob("*.state.db*"):
        file.unlink()


@pytest.fixture
def day_three(world: World) -> World:
    """A company after two good days, without its state."""
    world.begin(TEAM)
    for day in range(2):
        world.run()
        assert {} == world.wrong()
        world.live(10, random.Random(day))
    world.run()
    world.wanted()
    lose_the_state(world)
    return world


def test_nothing_is_made_a_second_time(day_three: World) -> None:
    log = day_three.requests_of(day_three.run)

    assert [] == [each for each in log if each.method == "POST"]
    assert {} == day_three.wrong()


def test_nothing_is_taken_from_anybody(day_three: World) -> None:
    log = day_three.requests_of(day_three.run)

    assert [] == [each for each in log if each.destroys]


def test_the_cycle_after_it_sends_nothing(day_three: World) -> None:
    day_three.run()

    assert [] == day_three.requests_of(day_three.run)


def test_what_happens_afterwards_is_carried_out_as_ever(day_three: World) -> None:
    day_three.run()
    day_three.company.people["p1"]["accountEnabled"] = "false"
    day_three.company.move(random.Random(1))
    day_three.export()

    day_three.run()

    assert {} == day_three.wrong()


@pytest.mark.parametrize("seed", range(often(3, 100)))
def test_a_state_that_is_lost_amid_a_cycle_makes_nobody_twice(world: World, seed: int) -> None:
    chance = random.Random(seed)
    world.begin(TEAM, seed)
    world.target.fault("kill after", skip=chance.randrange(60))
    world.run()
    world.target.change(faults=[])
    lose_the_state(world)

    world.run("--retry")
    world.run("--retry")

    assert {} == world.wrong()


def writes(world: World) -> list[str]:
    """Return what one run changes at the target."""
    return [each.body for each in world.requests_of(world.run) if each.writes]


def test_references_that_the_target_has_are_not_written_again(day_three: World) -> None:
    assert [] == writes(day_three)


def test_only_what_is_missing_of_them_is_written(day_three: World) -> None:
    held = day_three.held()
    removal = {"op": "remove", "path": 'members[value eq "{p6}"]'}
    day_three.target.edit("PATCH", "/Groups/{g0}", {"Operations": [removal]})

    (sent,) = writes(day_three)

    assert 1 == sent.count('"value":"')
    assert held == day_three.held()


def test_members_that_a_target_does_not_list_are_written_again(day_three: World) -> None:
    day_three.target.change(quirks=["hides members"])

    assert [] != writes(day_three)


def test_a_target_that_cannot_list_members_is_asked_without_them(day_three: World) -> None:
    fault = {"method": "GET", "part": "Groups?count", "status": 400, "times": 9}
    day_three.target.fault("answer", **fault)

    day_three.run()

    assert {} == day_three.wrong()


def test_a_plan_says_what_is_taken_over_of_references(day_three: World) -> None:
    plan = day_three.engine.command("plan", "job.toml", "--json").json
    verbs = {each["verb"] for each in plan["actions"] if "path" in each}

    assert {"adopt references"} == verbs
