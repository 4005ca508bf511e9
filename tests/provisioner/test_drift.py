"""G3, G14: what somebody has changed at the target by hand is found, and mended by one audit."""

import pytest

from tests.rig.company import Size
from tests.rig.oracle import State
from tests.rig.world import FAMILY, World

TITLE = {"Operations": [{"op": "replace", "path": "title", "value": "Hacked"}]}
NICKNAME = {"Operations": [{"op": "replace", "path": "nickName", "value": "Bob"}]}


@pytest.fixture
def day_two(world: World) -> World:
    world.begin(FAMILY)
    world.run()
    assert {} == world.wrong()
    return world


def audit(world: World, *options: str) -> int | None:
    return world.engine.command("audit", "job.toml", *options).code


def test_a_target_that_is_as_it_was_written_is_well(day_two: World) -> None:
    log = day_two.requests_of(lambda: audit(day_two, "--repair"))

    assert [] == [each for each in log if each.writes]
    assert 0 == audit(day_two)


def test_a_mapped_attribute_is_written_again(day_two: World) -> None:
    day_two.target.edit("PATCH", "/Users/{p1}", TITLE)

    audit(day_two, "--repair")

    assert {} == day_two.wrong()


def test_an_audit_alone_changes_nothing_and_shows_what_differs(day_two: World) -> None:
    day_two.target.edit("PATCH", "/Users/{p1}", TITLE)

    log = day_two.requests_of(lambda: audit(day_two))

    assert [] == [each for each in log if each.writes]
    assert 1 == audit(day_two)
    assert "Hacked" in day_two.engine.command("audit", "job.toml").text


def test_what_is_not_mapped_is_let_be(day_two: World) -> None:
    day_two.target.edit("PATCH", "/Users/{p1}", NICKNAME)

    log = day_two.requests_of(lambda: audit(day_two, "--repair"))

    assert [] == [each for each in log if each.writes]


def test_an_account_that_was_deleted_is_made_anew(day_two: World) -> None:
    day_two.target.edit("DELETE", "/Users/{p1}")

    audit(day_two, "--repair", "--members")

    assert {} == day_two.wrong()


def test_an_account_that_is_not_ours_is_counted_and_not_touched(day_two: World) -> None:
    day_two.target.edit("POST", "/Users", {"userName": "stranger", "externalId": "zzz"})

    log = day_two.requests_of(lambda: audit(day_two, "--repair", "--members"))

    assert [] == [each for each in log if each.writes]
    assert "1 of the target's are not ours" in day_two.engine.command("audit", "job.toml").text


def group_of(world: World) -> tuple[str, str, str]:
    """Return a group with somebody who is in it, and somebody who is not."""
    held: State = world.held()
    for anchor, group in held.groups.items():
        outside = sorted(set(held.users) - group["members"])
        if group["members"] and outside:
            return anchor, min(group["members"]), outside[0]
    raise AssertionError("no such group")


def change_members(world: World, operation: str, group: str, member: str) -> None:
    users = {each["externalId"]: each["id"] for each in world.target.store()["Users"]}
    found = {each["externalId"]: each["id"] for each in world.target.store()["Groups"]}
    path = f'members[value eq "{users[member]}"]' if operation == "remove" else "members"
    value = {} if operation == "remove" else {"value": [{"value": users[member]}]}
    world.target.edit(
        "PATCH",
        f"/Groups/{found[group]}",
        {"Operations": [{"op": operation, "path": path, **value}]},
    )


def test_a_member_whom_somebody_has_taken_out_comes_back(day_two: World) -> None:
    group, member, _ = group_of(day_two)
    change_members(day_two, "remove", group, member)

    audit(day_two, "--repair", "--members")

    assert {} == day_two.wrong()


@pytest.mark.parametrize(("policy", "stays"), [("additive", True), ("exact", False)])
def test_a_foreign_member_stays_unless_the_policy_is_exact(
    day_two: World, policy: str, stays: bool
) -> None:
    group, _, other = group_of(day_two)
    change_members(day_two, "add", group, other)
    file = day_two.job_file
    file.write_text(file.read_text().replace("[policy]", f'[policy]\nmembers = "{policy}"'))

    audit(day_two, "--repair", "--members")

    assert stays == (other in day_two.held().groups[group]["members"])


def test_an_audit_takes_one_read_a_page(world: World) -> None:
    world.begin(Size(250, 3, 30))
    world.run()
    held = world.target.store()

    log = world.requests_of(lambda: audit(world))

    users, groups = len(held["Users"]), len(held["Groups"])
    pages = -(-users // 100) + -(-groups // 100)
    assert len([each for each in log if "count=" in each.path]) <= pages + 1


def test_the_members_of_an_unchanged_group_are_not_read_again(company) -> None:
    company.run()
    company.job().note_drift()

    _, drift = company.job().audit()

    assert 0 == drift.members_read
