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
