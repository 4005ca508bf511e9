"""G9: what is in memory does not grow with the company; a plan is a sequence all the same."""

import json
import tracemalloc
from pathlib import Path

import pytest

from provisioner import Job
from tests.rig.company import Size, write_size
from tests.rig.control import FakeTarget
from tests.rig.engine import TOKEN_VARIABLE, write_job

MEGABYTE = 1024 * 1024


def greatest_memory(folder: Path, target: FakeTarget, people: int) -> int:
    """Return how much Python has in use at most while so many accounts are made."""
    folder.mkdir()
    target.reset()
    write_size(folder, Size(people, people // 50, 4 * people))
    job = Job.load(write_job(folder, target.url))
    tracemalloc.start()
    try:
        assert job.run().ok
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_an_initial_load_of_three_times_the_people_takes_no_more_memory(
    rig_target: FakeTarget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "secret")
    few = greatest_memory(tmp_path / "few", rig_target, 600)
    many = greatest_memory(tmp_path / "many", rig_target, 1_800)
    print(few, many)

    assert few + MEGABYTE > many


def test_the_actions_of_a_plan_can_be_read_again_and_by_their_place(company) -> None:
    plan = company.plan()
    actions = list(plan.actions)

    assert actions == plan.actions
    assert (actions[0], actions[-1], actions[1:3]) == (
        plan.actions[0],
        plan.actions[-1],
        plan.actions[1:3],
    )


@pytest.mark.parametrize("people", [0, 3])
def test_a_saved_plan_is_its_document(company, tmp_path: Path, people: int) -> None:
    if not people:
        company.run()
    plan = company.plan()

    plan.save(tmp_path / "plan.json")

    document = json.dumps(plan.to_json(), ensure_ascii=False, indent=1)
    assert f"{document}\n" == (tmp_path / "plan.json").read_text(encoding="utf-8")
