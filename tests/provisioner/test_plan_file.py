"""Plan files that were edited or damaged: one message, and nothing is sent."""

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner import GuardTripped, Plan, PlanError
from scim_server.testing.live import LiveServer

Edit = Callable[[dict[str, Any]], None]
WRONG = [5, None, True, "explode", ["x"], [["users"]], {"x": 1}]
PLAN_KEYS = (
    *("format", "job", "target", "person", "initial", "complete", "doubts", "source", "inScope"),
    *("outOfScope", "unchanged", "kept", "base", "actions"),
)
ACTION_KEYS = (
    *("verb", "kind", "anchor", "name", "targetId", "basis", "version", "changes", "values"),
    *("once", "path", "edges", "leaver", "code", "reason", "hint"),
)


@pytest.fixture
def document(company) -> dict[str, Any]:
    """A plan with actions of several verbs."""
    company.run()
    company.person("ada", department="Sales", manager="bob")
    company.person("zoe")
    company.leave("eve")
    company.group("staff", "ada", "zoe")
    return company.plan().to_json()


def applied(company: Any, document: object, folder: Path) -> Any:
    """Save what should be a plan, and apply it."""
    (folder / "plan.json").write_text(json.dumps(document))
    return company.job().apply(Plan.load(folder / "plan.json"))


@pytest.mark.parametrize("key", PLAN_KEYS)
def test_a_wrong_value_of_a_plan_is_told_and_nothing_is_sent(
    company, document, server: LiveServer, key: str, tmp_path: Path
) -> None:
    server.requests.clear()
    for wrong in WRONG:
        if key == "person" and wrong in (None, "explode"):
            continue
        if key in ("initial", "complete") and wrong is True:
            continue
        with pytest.raises(PlanError):
            applied(company, {**document, key: wrong}, tmp_path)

    assert [] == server.requests


@pytest.mark.parametrize("key", ACTION_KEYS)
@pytest.mark.parametrize("wrong", [5, ["x"], {"x": [1]}, [5], [["groups", 5]], [{"path": 5}]])
def test_a_wrong_value_of_an_action_makes_no_traceback(document, key: str, wrong) -> None:
    if key in ("values", "once") and isinstance(wrong, dict):
        return
    for action in document["actions"]:
        action[key] = wrong

    with pytest.raises(PlanError, match=rf"damaged near actions\[0\]\.{key}"):
        Plan.from_json(document)


@pytest.mark.parametrize("key", [key for key in PLAN_KEYS if key != "format"])
def test_a_plan_without_one_of_its_parts_is_refused(document, key: str) -> None:
    del document[key]

    with pytest.raises(PlanError, match=f"damaged near {key}: is missing"):
        Plan.from_json(document)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": ' * 5_000, "\xff", '{"a": NaN}'])
def test_what_no_reader_gets_through_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text, encoding="latin-1")

    with pytest.raises(PlanError, match="is not a JSON file"):
        Plan.load(tmp_path / "plan.json")


def test_a_value_that_is_nested_deeply_is_refused(document) -> None:
    value: Any = "x"
    for _ in range(500):
        value = [value]
    document["actions"][0]["values"] = {"title": value}

    with pytest.raises(PlanError, match="nested too deeply"):
        Plan.from_json(document)


def _less_in_scope(document: dict[str, Any]) -> None:
    document["inScope"]["users"] -= 1


def _doubts(document: dict[str, Any]) -> None:
    document["doubts"], document["complete"] = ["Half of it."], False


def _unknown_path(document: dict[str, Any]) -> None:
    action = next(each for each in document["actions"] if each.get("changes"))
    action["changes"][0]["path"] = "no.such.path"


def _no_path(document: dict[str, Any]) -> None:
    del next(each for each in document["actions"] if each["verb"] == "add members")["path"]


def _deleted_mover(document: dict[str, Any]) -> None:
    next(each for each in document["actions"] if each["verb"] == "update")["verb"] = "delete"


EDITS = [_less_in_scope, _doubts, _unknown_path, _no_path, _deleted_mover]


@pytest.mark.parametrize("edit", EDITS)
def test_a_plan_that_contradicts_itself_is_refused(
    company, document, tmp_path: Path, server: LiveServer, edit: Edit
) -> None:
    edit(document)
    server.requests.clear()

    with pytest.raises(PlanError, match="Make it again"):
        applied(company, document, tmp_path)

    assert [] == server.requests


def test_a_plan_of_groups_is_refused_by_a_job_without_groups(company, document, tmp_path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(document))
    job = company.job()
    object.__setattr__(job, "groups", None)

    with pytest.raises(PlanError, match="which the job does not provision"):
        job.apply(Plan.load(tmp_path / "plan.json"))


@pytest.mark.parametrize("base", [{}, {"users": 100_000, "groups": 9}])
def test_a_guard_does_not_believe_the_numbers_of_the_file(
    company, tmp_path: Path, base: dict[str, int]
) -> None:
    company.run()
    company.settings["max_leavers"] = '"34%"' if base else 0
    company.settings["min_source_ratio"] = 0.1
    company.leave("eve")
    company.person("bob", accountEnabled="False")
    document = company.plan().to_json() | {"base": base}

    with pytest.raises(GuardTripped, match="2 of 3 active users"):
        applied(company, document, tmp_path)


def test_a_disabling_by_another_name_is_counted(company, tmp_path: Path) -> None:
    company.run()
    company.settings["max_leavers"] = 0
    company.leave("eve")
    document = company.plan().to_json()
    for action in document["actions"]:
        action["verb"] = {"disable": "update"}.get(action["verb"], action["verb"])

    with pytest.raises(GuardTripped):
        applied(company, document, tmp_path)


def test_another_account_than_the_linked_one_is_not_changed(company, by_name, tmp_path) -> None:
    company.run()
    company.person("ada", department="Sales")
    document = company.plan().to_json()
    next(each for each in document["actions"] if each["verb"] == "update")["targetId"] = by_name(
        "bob"
    )["id"]

    result = applied(company, document, tmp_path)

    assert ["StalePlan"] == [each.trouble.code for each in result.troubles]


@pytest.mark.parametrize("name", ["company.toml", "people.csv", "company.state.db", "notes.txt"])
def test_a_plan_replaces_nothing_but_a_plan(company, name: str) -> None:
    company.run()
    (company.folder / "notes.txt").write_text("dear diary")
    before = (company.folder / name).read_bytes()

    with pytest.raises(PlanError, match="is not a plan, so it is left as it is"):
        company.plan().save(company.folder / name)

    assert before == (company.folder / name).read_bytes()


@pytest.mark.parametrize("before", ["", None])
def test_a_plan_replaces_an_empty_file_and_a_plan(company, tmp_path: Path, before) -> None:
    file = tmp_path / "plan.json"
    if before is None:
        company.plan().save(file)
    else:
        file.write_text(before)
    company.person("zoe")

    company.plan().save(file)

    assert 4 == Plan.load(file).in_scope["users"]


def test_a_plan_that_cannot_be_written_whole_leaves_the_one_before_it(
    company, tmp_path: Path, monkeypatch
) -> None:
    path = tmp_path / "plan.json"
    company.plan().save(path)
    before = path.read_bytes()

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("provisioner.small_file.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        company.plan().save(path)

    assert before == path.read_bytes()
    assert [path] == [each for each in tmp_path.iterdir() if "plan" in each.name]


def test_a_plan_that_is_saved_where_a_link_points_leaves_the_link(company, tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "monday.json")

    company.plan().save(tmp_path / "link.json")

    assert (tmp_path / "link.json").is_symlink()
    assert isinstance(Plan.load(tmp_path / "monday.json"), Plan)


def test_a_saved_plan_is_for_its_owner_alone(company, tmp_path: Path) -> None:
    company.plan().save(tmp_path / "plan.json")

    assert 0o600 == (tmp_path / "plan.json").stat().st_mode & 0o777
