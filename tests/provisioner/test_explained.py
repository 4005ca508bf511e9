"""G21: whatever at the target is not as the source wants it has one reason in `status`."""

import random
from collections import Counter

import pytest

from tests.rig.world import TEAM, World, often

WITHOUT_END = 1_000_000
POISONS = {
    "refuses a creation": {"status": 400, "method": "POST"},
    "has the name already": {"status": 409, "method": "POST"},
    "fails at a creation": {"status": 500, "method": "POST"},
    "refuses a change": {"status": 400, "method": "PATCH"},
    "fails at a change": {"status": 500, "method": "PATCH"},
}
Key = tuple[str, str]


def reasons(world: World) -> Counter[Key]:
    """Count the open reasons of each object, and see that each of them has words."""
    failures = world.engine.status()["open"]
    assert all(each["reason"] and each["code"] for each in failures)
    return Counter((each["kind"], each["anchor"]) for each in failures)


def unexplained(world: World, *, from_the_log: bool = False) -> set[Key]:
    """Return what is wrong without a reason.

    Who lacks a reference to somebody that has no account himself is explained by him.
    """
    wanted, held = world.wanted(from_the_log=from_the_log), world.held()
    missing = wanted.users.keys() - held.users.keys()
    for user in wanted.users.values():
        if user.get("manager") in missing:
            user["manager"] = None
    for group in wanted.groups.values():
        group["members"] -= missing
    return set(wanted.differences(held)) - set(reasons(world))


@pytest.mark.parametrize("poison", POISONS)
@pytest.mark.parametrize("seed", range(often(1, 30)))
def test_every_difference_has_a_reason_at_a_target_that(
    world: World, poison: str, seed: int
) -> None:
    chance = random.Random(seed)
    world.begin(TEAM, seed)
    fault = {"do": "answer", "chance": 0.3, "times": WITHOUT_END, **POISONS[poison]}
    world.run()
    world.wanted()
    world.live(20, chance)
    world.target.change(faults=[fault], dice=seed)

    world.run()

    assert set() == unexplained(world)


@pytest.mark.parametrize("poison", POISONS)
def test_nobody_has_two_reasons_at_a_target_that(world: World, poison: str) -> None:
    world.target.change(
        faults=[{"do": "answer", "chance": 0.3, "times": WITHOUT_END, **POISONS[poison]}]
    )

    world.run()

    assert [] == [key for key, number in reasons(world).items() if number > 1]


def test_two_new_records_with_one_name_have_a_reason_each(world: World) -> None:
    for anchor in ("p41", "p42"):
        row = world.company.people["p1"] | {
            "objectId": anchor,
            "userPrincipalName": "both@x.example",
        }
        world.company.people[anchor] = row
    world.export()

    world.run()

    assert {("users", "p41"), ("users", "p42")} == set(reasons(world))


def test_who_takes_a_name_that_is_taken_has_a_reason(world: World) -> None:
    world.run()
    world.wanted()
    name = world.company.people["p1"]["userPrincipalName"]
    world.company.people["p2"]["userPrincipalName"] = name
    world.export()
    taken = {"status": "409", "scimType": "uniqueness", "detail": f"{name} is taken"}
    world.target.fault(
        "answer", status=409, body=taken, method="PATCH", part=name, times=WITHOUT_END
    )

    world.run()

    assert {("users", "p2")} == set(reasons(world))


def test_who_matches_two_accounts_has_a_reason(world: World) -> None:
    name = world.company.people["p1"]["userPrincipalName"]
    for _ in range(2):
        world.target.edit("POST", "/Users", {"userName": name})

    world.run()

    assert ("users", "p1") in reasons(world)
    assert set() == unexplained(world)


def test_a_target_that_ignores_the_disabling_is_told_on(world: World) -> None:
    world.run()
    world.wanted()
    world.target.change(quirks=["ignores active"])
    world.company.people["p1"]["accountEnabled"] = "false"
    world.export()

    world.run()

    assert {("users", "p1")} == set(world.wrong()) & set(reasons(world))


def test_a_reason_is_gone_once_what_it_was_about_is_well(world: World) -> None:
    world.target.fault("answer", status=400, method="POST", times=10)
    world.run()
    world.target.change(faults=[])
    assert reasons(world)

    world.run("--retry")

    assert Counter() == reasons(world)
    assert {} == world.wrong()
