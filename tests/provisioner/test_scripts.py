"""G15: whatever happens and whatever goes wrong, once it stops, two cycles put it right."""

import random

import pytest

from provisioner import GuardTripped, Job, Options, StateError, TargetUnusable
from tests.rig.scripts import Day, script
from tests.rig.world import FAMILY, World, often

AGAIN = Options(retry=True)
DAYS = 4


def survive(world: World, day: Day) -> None:
    """Run one cycle amid the faults of a day, to whatever end."""
    world.target.change(faults=day.faults)
    if day.killed_at is not None:
        world.run("--retry", kill_at_write=day.killed_at)
        return
    try:
        Job.load(world.job_file).run(AGAIN)
    except (GuardTripped, TargetUnusable, StateError):
        return


@pytest.mark.parametrize("leavers", ["disable", "delete"])
@pytest.mark.parametrize("seed", range(often(20, 1_000)))
def test_once_the_faults_stop_two_cycles_put_everything_right(
    world: World, seed: int, leavers: str
) -> None:
    chance = random.Random(seed)
    world.begin(FAMILY, seed, leavers=leavers, concurrency=1)
    for day in script(seed, DAYS):
        survive(world, day)
        world.target.change(faults=[])
        world.live(day.edits, chance)
    for _ in range(2):
        Job.load(world.job_file).run(AGAIN)

    third = world.requests_of(lambda: Job.load(world.job_file).run(AGAIN))

    assert [] == [each for each in third if each.writes]
    assert {} == world.wrong(from_the_log=True)
