"""G11: requests are carried out, and the answer never comes."""

import random
from typing import NamedTuple

import pytest

from tests.rig.wire import CUT
from tests.rig.world import TEAM, World, often

WITHOUT_END = 1_000_000
DAYS = 4


class Played(NamedTuple):
    requests: int
    faults: int


def play(world: World, seed: int, leavers: str, do: str | None, **details: float) -> Played:
    """Live through some days under a fault, and a last cycle without it."""
    chance = random.Random(seed)
    world.begin(TEAM, seed, leavers=leavers)
    for day in range(DAYS):
        faults = [{"do": do, "chance": 0.1, "times": WITHOUT_END, **details}] if do else []
        world.target.change(faults=faults, dice=1 + seed * DAYS + day)
        world.run("--retry")
        world.target.change(faults=[])
        world.run("--retry")
        assert {} == world.wrong()
        world.live(8, chance)
    log = world.target.log()
    return Played(len(log), sum(each.status in (CUT, 500) for each in log))


@pytest.mark.parametrize("leavers", ["disable", "delete"])
@pytest.mark.parametrize("do", ["cut after", "cut before", "garbage", "answer"])
@pytest.mark.parametrize("seed", range(often(1, 30)))
def test_lost_answers_lose_nothing_and_make_nothing_twice(
    world: World, seed: int, do: str, leavers: str
) -> None:
    play(world, seed, leavers, do)

    assert [] == world.engine.status()["open"]


@pytest.mark.parametrize("seed", range(often(2, 30)))
def test_a_lost_answer_costs_two_requests_more_at_most(world: World, seed: int) -> None:
    undisturbed = play(world, seed, "disable", None)

    disturbed = play(world, seed, "disable", "cut after", chance=0.2)

    assert disturbed.faults > 0
    assert undisturbed.requests + 2 * disturbed.faults >= disturbed.requests


def test_every_second_answer_lost_still_ends_well(world: World) -> None:
    play(world, 1, "disable", "cut after", chance=0.5)
