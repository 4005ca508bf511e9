"""G10: the engine is killed anywhere, and started again until it is done.

The target takes two accounts with one name, so that a creation sent twice would show.
"""

import random

import pytest

from tests.rig.company import SIZES
from tests.rig.killing import Killer
from tests.rig.world import FAMILY, VILLAGE, World, often

SEEDS = range(often(4, 20))
KILLS = 25  # in each of them


def live_and_die(world: World, killer: Killer, kills: int, chance: random.Random) -> None:
    """Live through days of edits, each with kills until its cycle is done."""
    while True:
        killer.run_until_done()
        wrong = world.wrong()
        if wrong or killer.kills >= kills:
            assert {} == wrong
            return
        world.live(6, chance)


@pytest.mark.parametrize("leavers", ["disable", "delete"])
@pytest.mark.parametrize("seed", SEEDS)
def test_after_kills_anywhere_nothing_is_lost_and_nothing_is_there_twice(
    world: World, seed: int, leavers: str
) -> None:
    chance = random.Random(seed)
    world.begin(VILLAGE, seed, leavers=leavers)

    live_and_die(world, Killer(world, chance, reach=30), KILLS, chance)


@pytest.mark.skipif(often(1, 0) == 1, reason="takes half an hour: make soak")
def test_a_thousand_kills_of_a_thousand_people_lose_nothing_and_make_nothing_twice(
    world: World,
) -> None:
    chance = random.Random(10)
    world.begin(SIZES["S"], 10)

    live_and_die(world, Killer(world, chance, reach=120), 1_000, chance)


@pytest.mark.parametrize("number", range(1, often(40, 400), often(3, 1)))
def test_a_kill_at_any_change_of_the_state_is_made_up_for(world: World, number: int) -> None:
    world.begin(FAMILY)
    world.run(kill_at_write=number)

    world.run("--retry")

    assert {} == world.wrong()


@pytest.mark.parametrize("place", ["before", "after", "answered"])
@pytest.mark.parametrize("number", range(0, often(24, 60), often(4, 1)))
def test_a_kill_at_any_request_is_made_up_for(world: World, number: int, place: str) -> None:
    world.begin(FAMILY)
    world.target.fault(f"kill {place}", method="GET POST PATCH", skip=number)
    world.run()
    world.target.change(faults=[])

    world.run("--retry")

    assert {} == world.wrong()


@pytest.mark.parametrize("seed", range(often(3, 20)))
def test_a_kill_repeats_no_more_changes_than_were_on_their_way(world: World, seed: int) -> None:
    world.begin(VILLAGE, seed, concurrency=4)
    undisturbed = [each for each in world.requests_of(world.run) if each.writes]
    world.begin(VILLAGE, seed, concurrency=4)
    killer = Killer(world, random.Random(seed), reach=40)

    sent = [each for each in world.requests_of(killer.run_until_done) if each.writes]

    assert len(undisturbed) + 4 * killer.kills >= len(sent)


def test_no_two_changes_of_one_object_are_on_their_way_at_once(world: World) -> None:
    world.begin(VILLAGE, concurrency=16)
    world.target.change(latency=0.005)
    for day in range(3):
        world.run()
        world.live(20, random.Random(day))

    assert 0 == world.target.overlaps()
