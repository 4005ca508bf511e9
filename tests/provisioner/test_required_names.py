"""userName is required (RFC 7643 4.1.1): nobody may be made without one, or lose it."""

from tests.rig.world import World


def test_nobody_is_made_without_a_user_name(world: World) -> None:
    world.company.people["p41"] = world.company.people["p1"] | {
        "objectId": "p41",
        "userPrincipalName": "",
    }
    world.export()

    log = world.requests_of(world.run)

    assert [] == [each.body for each in log if each.method == "POST" and each.name == "p41"]
    assert "p41" in {each["anchor"] for each in world.engine.status()["open"]}


def test_a_user_name_that_is_emptied_in_the_source_is_not_removed_at_the_target(
    world: World,
) -> None:
    world.run()
    world.company.people["p1"]["userPrincipalName"] = ""
    world.export()

    log = world.requests_of(world.run)

    assert [] == [each.body for each in log if each.writes]
    assert "p1" in {each["anchor"] for each in world.engine.status()["open"]}
