import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner import Action, Change, Edge, Plan, PlanError
from scim_server.testing.live import LiveServer

Find = Callable[[str], dict[str, Any]]


def test_a_plan_reads_only(company, server: LiveServer) -> None:
    company.plan()

    assert {"GET"} == {request.method for request in server.requests}
    assert [] == list(company.folder.glob("*.db*"))


def test_a_plan_is_the_same_to_the_byte_when_nothing_has_changed(company) -> None:
    first, second = company.plan(), company.plan()

    assert json.dumps(first.to_json()) == json.dumps(second.to_json())


def test_a_plan_is_the_same_when_read_back_from_its_file(company, tmp_path: Path) -> None:
    company.run()
    company.person("ada", department="Sales", manager="bob")
    company.group("staff", "bob")
    plan = company.plan()
    plan.save(tmp_path / "plan.json")

    assert plan == Plan.load(tmp_path / "plan.json")


def test_a_saved_plan_does_what_it_says(company, by_name: Find, tmp_path: Path) -> None:
    company.plan().save(tmp_path / "plan.json")
    company.person("ada", displayName="Too late")

    result = company.job().apply(Plan.load(tmp_path / "plan.json"))

    assert result.ok
    assert "Ada" == by_name("ada")["displayName"]


def test_a_stale_plan_is_refused_object_by_object(company, by_name: Find) -> None:
    company.run()
    company.person("ada", department="Sales")
    company.person("bob", department="Sales")
    stale = company.plan()
    company.person("ada", department="Legal")
    company.person("bob", department="R&D")
    company.run()

    result = company.job().apply(stale)

    assert {"ada@example.com": "refused", "bob@example.com": "done"} == {
        each.action.name: each.status for each in result.outcomes if each.action.verb == "update"
    }


def test_a_stale_creation_is_refused_when_there_is_one_by_now(company, server: LiveServer) -> None:
    stale = company.plan()
    company.run()
    for file in company.folder.glob("company.state.db*"):
        file.unlink()

    result = company.job().apply(stale)

    assert 3 == result.accounts()[0].words["refused"]
    assert 3 == len(server.users())


def test_stale_members_are_refused(company, members: Callable[[str], set[str]]) -> None:
    company.run()
    company.group("staff", "ada")
    stale = company.plan()
    company.run()
    company.group("staff", "ada", "bob", "eve")
    company.run()
    company.group("staff", "bob", "eve")
    company.run()

    company.job().apply(stale)

    assert {"bob", "eve"} == members("staff")


def test_a_plan_of_another_target_is_refused(company) -> None:
    plan = company.plan()
    company.settings["url"] += "/other"

    with pytest.raises(PlanError, match="This plan is of the job company for"):
        company.job().apply(plan)


@pytest.mark.parametrize("text", ["", "[]", '{"format": "x"}', '{"format": 1}'])
def test_a_file_that_is_no_plan_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text)

    with pytest.raises(PlanError, match=r"plan\.json"):
        Plan.load(file)


def test_a_damaged_plan_is_refused(company, tmp_path: Path) -> None:
    document = company.plan().to_json()
    del document["actions"][0]["verb"]
    (tmp_path / "plan.json").write_text(json.dumps(document))

    with pytest.raises(PlanError, match=r"damaged near actions\[0\]\.verb: is missing"):
        Plan.load(tmp_path / "plan.json")


def test_a_plan_for_one_person_leaves_out_the_others(company) -> None:
    plan = company.plan(only="ADA@example.com")

    assert {"ada"} == {action.anchor for action in plan.actions}


def test_references_come_after_what_they_point_at(company) -> None:
    plan = company.plan()

    stages = [action.stage for action in sorted(plan.actions, key=lambda action: action.stage)]
    assert [1, 1, 1, 2, 4] == stages


def test_an_action_reads_back_as_it_was_written() -> None:
    action = Action(
        "update",
        "users",
        "a1",
        "ada",
        target_id="t1",
        changes=(Change("active", True, False), Change("title", None, "x")),
        values={"active": False},
        edges=(Edge("users", "b"),),
        path="manager",
        basis="t1@0",
        leaver=True,
    )

    assert action == Action.from_json(json.loads(json.dumps(action.to_json())))


def test_two_processes_never_run_the_same_job(company) -> None:
    from provisioner import StateError
    from provisioner.state.lease import lease

    job = company.job()
    with lease(job.state_path), pytest.raises(StateError, match=f"process {os.getpid()}"):
        job.run()


def test_a_lease_ends_with_the_process_that_held_it(company) -> None:
    job = company.job()
    script = (
        "import os, pathlib, sys; from provisioner.state.lease import lease\n"
        "with lease(pathlib.Path(sys.argv[1])): os._exit(9)"
    )
    died = subprocess.run([sys.executable, "-c", script, str(job.state_path)], check=False)

    assert 9 == died.returncode
    assert job.run().ok
