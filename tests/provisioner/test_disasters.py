"""G17: whatever goes wrong around the engine, nobody loses anything, and the cause is named."""

import shutil
from pathlib import Path

import pytest

from tests.rig.control import FakeTarget
from tests.rig.disasters import DISASTERS
from tests.rig.world import VILLAGE, World

LIMITED = {"max_leavers": 5}
NAMED = {disaster.name: disaster for disaster in DISASTERS}
PLANNED = [name for name, disaster in NAMED.items() if disaster.code != 2]


@pytest.fixture(scope="module")
def day_one(rig_target: FakeTarget, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A first day that went well: the files of it, and a target that keeps it."""
    world = World(tmp_path_factory.mktemp("day_one"), rig_target)
    world.begin(VILLAGE, **LIMITED)
    world.run()
    assert {} == world.wrong()
    rig_target.keep()
    return world.folder


@pytest.fixture
def day_two(day_one: Path, world: World) -> World:
    """The day after it."""
    world.begin(VILLAGE, **LIMITED)
    shutil.copytree(day_one, world.folder, dirs_exist_ok=True)
    world.write_job()
    world.target.restore(unique=False, page_size=1_000, pid_file=str(world.engine.pid_file))
    return world


@pytest.mark.parametrize("name", NAMED)
def test_a_disaster_destroys_nothing_and_its_cause_is_named(day_two: World, name: str) -> None:
    disaster = NAMED[name]
    disaster.happens(day_two)
    before = day_two.target.count()

    ended = day_two.run("--all", **disaster.circumstances)

    assert [] == [each for each in day_two.target.log(before) if each.destroys]
    assert disaster.code == ended.code, ended.text
    assert [] == [word for word in disaster.says if word not in ended.text], ended.text


@pytest.mark.parametrize("name", PLANNED)
def test_what_a_saved_plan_says_after_a_disaster_destroys_nothing_either(
    day_two: World, name: str
) -> None:
    disaster = NAMED[name]
    disaster.happens(day_two)
    before = day_two.target.count()
    day_two.engine.command("plan", "job.toml", "--out", "plan.json", **disaster.circumstances)

    day_two.engine.command("apply", "job.toml", "plan.json", **disaster.circumstances)

    assert [] == [each for each in day_two.target.log(before) if each.destroys]


def test_a_second_engine_on_the_same_job_stops_at_once_and_sends_nothing(day_two: World) -> None:
    day_two.company.people.popitem()
    day_two.export()
    day_two.target.fault("slow", method="PATCH", seconds=1.0, times=100)
    first = day_two.engine.start("run", "job.toml")
    while not day_two.target.count():
        first.join(0.01)
    second = day_two.engine.command("run", "job.toml")
    day_two.engine.ended(first)

    assert 2 == second.code
    assert "another process" in second.text


def test_the_wrong_byte_order_mark_and_line_ends_change_nothing(day_two: World) -> None:
    people = day_two.folder / "people.csv"
    text = people.read_text(encoding="utf-8").replace("\n", "\r\n")
    people.write_text(text, encoding="utf-8-sig", newline="")

    assert [] == day_two.requests_of(day_two.run)
