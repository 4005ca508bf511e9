"""G18: a plan is the same each time, and what is applied is what was planned, and nothing else."""

import random
from collections import Counter

import orjson
import pytest

from provisioner import Job, Options, Plan
from tests.rig.control import Request
from tests.rig.oracle import held
from tests.rig.world import World, often

METHODS = {"create": "POST", "delete": "DELETE"}
SILENT = {"unchanged", "skip", "park"}
Sent = Counter[tuple[str, str, str]]


@pytest.fixture
def day_two(world: World) -> World:
    """The second day of a company in which much has happened since the first."""
    world.begin(leavers="delete")
    world.run()
    assert {} == world.wrong()
    world.live(30, random.Random(2))
    return world


def planned(plan: Plan) -> Sent:
    """Return what a plan would send: the method, the kind, and whom it is about."""
    return Counter(
        (METHODS.get(action.verb, "PATCH"), action.kind, action.anchor)
        for action in plan.actions
        if action.verb not in SILENT
    )


def sent(log: list[Request], world: World, anchors: dict[str, str]) -> Sent:
    """Return the changes that a log shows, in the same form."""
    anchors = anchors | anchors_of(world)
    return Counter(
        (
            each.method,
            "users" if "/Users" in each.path else "groups",
            each.name if each.method == "POST" else anchors[each.identifier],
        )
        for each in log
        if each.writes
    )


def anchors_of(world: World) -> dict[str, str]:
    store = world.target.store()
    held(store)
    return {each["id"]: each["externalId"] for kind in store.values() for each in kind}


def save_plan(world: World, name: str = "plan.json") -> bytes:
    ended = world.engine.command("plan", "job.toml", "--out", name)
    assert 0 == ended.code, ended.text
    return (world.folder / name).read_bytes()


def test_the_same_source_and_state_give_the_same_plan_byte_for_byte(day_two: World) -> None:
    first = save_plan(day_two, "first.json")

    assert first == save_plan(day_two, "second.json")


def test_what_is_printed_of_a_plan_is_the_same_byte_for_byte(day_two: World) -> None:
    texts = {
        day_two.engine.command("plan", "job.toml", "--all", *options).out
        for options in ((), (), ("--json",), ("--json",))
    }

    assert 2 == len(texts)


def test_a_plan_sends_no_change(day_two: World) -> None:
    log = day_two.requests_of(lambda: save_plan(day_two))

    assert [] == [each for each in log if each.writes]


@pytest.mark.parametrize("seed", range(often(5, 200)))
def test_applying_a_saved_plan_sends_exactly_what_it_says(world: World, seed: int) -> None:
    chance = random.Random(seed)
    world.begin(seed=seed, leavers=chance.choice(["disable", "delete"]))
    for _ in range(3):
        save_plan(world)
        plan, before = Plan.load(world.folder / "plan.json"), anchors_of(world)

        log = world.requests_of(lambda: world.engine.command("apply", "job.toml", "plan.json"))

        assert planned(plan) == sent(log, world, before)
        assert {} == world.wrong()
        world.live(15, chance)


def test_run_sends_exactly_what_plan_has_shown(day_two: World) -> None:
    plan, before = Job.load(day_two.job_file).plan(), anchors_of(day_two)

    log = day_two.requests_of(day_two.run)

    assert planned(plan) == sent(log, day_two, before)


def test_the_changes_that_a_plan_shows_are_those_that_are_sent(day_two: World) -> None:
    plan, before = Job.load(day_two.job_file).plan(), anchors_of(day_two)

    log = day_two.requests_of(day_two.run)

    shown = {
        (action.anchor, change.path.partition("[")[0])
        for action in plan.actions
        if action.kind == "users" and action.verb in ("update", "enable", "disable")
        for change in action.changes
    }
    assert shown
    assert shown == {
        (before[each.identifier], operation["path"].partition("[")[0])
        for each in log
        if each.method == "PATCH" and "/Users" in each.path
        for operation in orjson.loads(each.body)["Operations"]
        if not operation["path"].endswith("manager")
    }


def test_a_plan_applied_twice_is_refused_object_by_object_and_sends_nothing(
    day_two: World,
) -> None:
    save_plan(day_two)
    day_two.engine.command("apply", "job.toml", "plan.json")

    log = day_two.requests_of(lambda: day_two.engine.command("apply", "job.toml", "plan.json"))

    assert [] == [each for each in log if each.writes]


def test_who_has_changed_since_a_plan_is_refused_and_all_others_are_carried_out(
    day_two: World,
) -> None:
    save_plan(day_two)
    plan, before = Plan.load(day_two.folder / "plan.json"), anchors_of(day_two)
    anchor = next(
        each.anchor for each in plan.actions if each.verb == "update" and each.kind == "users"
    )
    day_two.company.people[anchor]["jobTitle"] = "Changed since"
    day_two.export()
    job = Job.load(day_two.job_file)
    job.apply(job.plan(Options(only=anchor)))

    start = day_two.target.count()
    ended = day_two.engine.command("apply", "job.toml", "plan.json")
    log = day_two.target.log(start)

    assert {anchor} == {who for _, _, who in planned(plan) - sent(log, day_two, before)}
    assert "StalePlan" in ended.text


def test_a_plan_for_an_older_state_makes_nobody_twice(world: World) -> None:
    save_plan(world)
    world.run()

    log = world.requests_of(lambda: world.engine.command("apply", "job.toml", "plan.json"))

    assert [] == [each for each in log if each.writes]
    assert {} == world.wrong()


def test_an_account_that_appears_after_the_plan_is_not_made_a_second_time(world: World) -> None:
    save_plan(world)
    row = world.company.people["p1"]
    theirs = {"userName": row["userPrincipalName"], "displayName": "Made by hand"}
    world.target.edit("POST", "/Users", theirs)

    world.engine.command("apply", "job.toml", "plan.json")

    names = [user["userName"] for user in world.target.store()["Users"]]
    assert 1 == names.count(row["userPrincipalName"])
