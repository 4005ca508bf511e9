"""G14: somebody else works on the same target while a cycle runs."""

import random
from typing import Any

import pytest

from tests.rig.world import TEAM, World, often

Edit = list[Any]


def patched(path: str, *operations: tuple[str, str, Any]) -> Edit:
    listed = [{"op": verb, "path": name, "value": value} for verb, name, value in operations]
    return ["PATCH", path, {"Operations": listed}]


def amid(world: World, skip: int, *edits: Edit) -> None:
    """Have somebody else do this just before a change of the engine is carried out."""
    world.target.fault("edit", skip=skip, edits=list(edits))


def user(world: World, anchor: str) -> dict[str, Any]:
    found = [each for each in world.target.store()["Users"] if each.get("externalId") == anchor]
    return found[0]


@pytest.fixture
def day_two(world: World) -> World:
    world.begin(concurrency=2)
    world.run()
    world.wanted()
    for anchor in ("p1", "p2", "p3"):
        world.company.people[anchor]["jobTitle"] = "Promoted"
        world.company.people[anchor]["mail"] = f"{anchor}@new.example"
    world.export()
    return world


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_what_the_job_does_not_map_is_left_as_somebody_else_has_set_it(
    day_two: World, skip: int
) -> None:
    theirs = patched(
        "/Users/{p1}", ("add", "nickName", "Nick"), ("add", "phoneNumbers", [{"value": "+1"}])
    )
    amid(day_two, skip, theirs)

    day_two.run()

    assert ("Nick", [{"value": "+1"}]) == (
        user(day_two, "p1").get("nickName"),
        user(day_two, "p1").get("phoneNumbers"),
    )
    assert {} == day_two.wrong()


@pytest.mark.parametrize("skip", [0, 1, 2])
def test_another_value_of_a_list_is_left_where_it_is(day_two: World, skip: int) -> None:
    theirs = [{"value": "p1@home.example", "type": "home"}]
    amid(day_two, skip, patched("/Users/{p1}", ("add", "emails", theirs)))

    day_two.run()

    assert theirs[0] in user(day_two, "p1")["emails"]
    assert {} == day_two.wrong()


def test_members_that_somebody_else_has_added_stay(day_two: World) -> None:
    stranger = day_two.target.edit("POST", "/Users", {"userName": "stranger"})["id"]
    for group in day_two.company.groups.values():
        group["members"] = group["members"].partition(";")[2] + ";p1"
    day_two.export()
    amid(day_two, 2, patched("/Groups/{g0}", ("add", "members", [{"value": stranger}])))

    day_two.run()

    group = next(each for each in day_two.target.store()["Groups"] if each["externalId"] == "g0")
    assert {"value": stranger} in group["members"]
    assert {} == day_two.wrong()


def test_accounts_that_the_job_did_not_make_are_never_touched(day_two: World) -> None:
    made = [
        day_two.target.edit("POST", "/Users", {"userName": f"theirs{number}", "active": True})
        for number in range(5)
    ]
    day_two.live(20, random.Random(4))

    day_two.run()

    held = {each["id"]: each for each in day_two.target.store()["Users"]}
    assert made == [held[each["id"]] for each in made]


@pytest.mark.parametrize("skip", range(often(3, 8)))
def test_who_is_deleted_amid_a_cycle_is_made_again_within_two(day_two: World, skip: int) -> None:
    amid(day_two, skip, ["DELETE", "/Users/{p2}", None])
    for day in range(3):
        day_two.run("--retry")
        for anchor in ("p1", "p2", "p3"):
            day_two.company.people[anchor]["jobTitle"] = f"Promoted {day}"
        day_two.export()
    day_two.run("--retry")

    assert 1 == sum(each.get("externalId") == "p2" for each in day_two.target.store()["Users"])
    assert "Promoted 2" == user(day_two, "p2")["title"]


@pytest.mark.parametrize("seed", range(often(3, 200)))
def test_another_writer_all_the_time_costs_nobody_an_account(world: World, seed: int) -> None:
    chance = random.Random(seed)
    world.begin(TEAM, seed)
    for _ in range(3):
        edits = [
            patched(f"/Users/{{p{chance.randrange(40)}}}", ("add", "nickName", f"N{number}"))
            for number in range(5)
        ]
        world.target.fault("edit", chance=0.3, times=10, edits=edits)
        world.run("--retry")
        world.target.change(faults=[])
        assert {} == world.wrong()
        world.live(10, chance)
