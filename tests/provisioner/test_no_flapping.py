"""G16: a target that garbles what it is given is not written to again and again."""

import random

import pytest

from tests.rig.quirks import NAMES
from tests.rig.world import TEAM, World, often

CYCLES = often(4, 100)


@pytest.mark.parametrize("quirk", NAMES)
def test_an_unchanged_source_sends_no_change_to_a_target_that(world: World, quirk: str) -> None:
    world.begin(TEAM)
    world.target.change(quirks=[quirk])
    world.run()
    world.live(10, random.Random(3))
    world.run("--retry")

    def many_cycles() -> None:
        for _ in range(CYCLES):
            world.export()
            world.run("--retry")

    log = world.requests_of(many_cycles)

    open_ones = {failure["anchor"] for failure in world.engine.status()["open"]}
    anchors = {
        each["id"]: each["externalId"] for kind in world.target.store().values() for each in kind
    }
    changed = {anchors.get(each.identifier, each.name) for each in log if each.writes}
    assert set() == changed - open_ones


@pytest.mark.parametrize("quirk", NAMES)
def test_the_state_is_lost_before_a_target_that(world: World, quirk: str) -> None:
    world.begin(TEAM)
    world.target.change(quirks=[quirk])
    world.run()
    for file in world.folder.glob("*.state.db*"):
        file.unlink()
    world.run("--retry")
    world.run("--retry")

    log = world.requests_of(lambda: world.run("--retry"))

    assert [] == [each.path for each in log if each.writes]
