"""A 404 that is not true (replica lag, a router): no leaver keeps his account by it."""

import pytest

from tests.rig.world import FAMILY, World


@pytest.mark.parametrize("leavers", ["disable", "delete"])
def test_a_404_to_a_leavers_change_is_looked_into_before_it_is_believed(
    world: World, leavers: str
) -> None:
    world.begin(FAMILY, leavers=leavers)
    world.run()
    world.wanted()
    del world.company.people["p1"]
    world.export()
    what = {"method": "PATCH", "part": "active"} if leavers == "disable" else {"method": "DELETE"}
    world.target.fault("answer", status=404, **what)
    world.run()
    world.target.change(faults=[])

    world.run("--retry")
    world.run("--retry")

    assert {} == world.wrong()
