"""A kill amid the record of a change, and then the edit behind that change is undone."""

import pytest

from tests.rig.world import FAMILY, World


@pytest.mark.parametrize("column", ["jobTitle"])
@pytest.mark.parametrize("number", range(1, 12))
def test_an_edit_that_is_undone_after_a_kill_is_undone_at_the_target_too(
    world: World, number: int, column: str
) -> None:
    world.begin(FAMILY, concurrency=1)
    world.run()
    before = world.company.people["p1"][column]
    world.company.people["p1"][column] = "false" if before == "true" else "Passing title"
    world.export()
    world.run(kill_at_write=number)
    world.company.people["p1"][column] = before
    world.export()

    world.run("--retry")

    assert {} == world.wrong()
