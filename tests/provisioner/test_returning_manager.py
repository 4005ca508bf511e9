"""Who is deleted at the target and comes back is referred to again."""

from tests.rig.world import FAMILY, World


def test_who_was_deleted_and_comes_back_is_referred_to_again(world: World) -> None:
    world.begin(FAMILY, leavers="delete")
    world.run()
    world.wanted()
    row = world.company.people.pop("p0")
    world.export()
    world.run()
    world.run()
    world.wanted()
    world.company.people["p0"] = row
    world.export()

    world.run()

    assert {} == world.wrong()
