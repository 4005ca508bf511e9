"""What has not changed costs nothing: it is not mapped, not compared, not asked for, not listed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provisioner import Plan, PlanError
from provisioner.language.mapping import Mapper
from provisioner.record import Record
from provisioner.sources.csv_file import CsvSource
from provisioner.state.sqlite import SqliteState
from scim_server.testing.live import LiveServer

Find = Callable[[str], dict[str, Any]]
Members = Callable[[str], set[str]]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def mapped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The anchors of the records that were mapped."""
    seen: list[str] = []
    real = Mapper.map

    def watched(self: Mapper, record: Record, *, soft_deleted: bool) -> Any:
        seen.append(record.anchor)
        return real(self, record, soft_deleted=soft_deleted)

    monkeypatch.setattr(Mapper, "map", watched)
    return seen


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds that were read."""
    seen: list[str] = []
    real = CsvSource.read

    def watched(self: CsvSource, kind: Any) -> Iterator[Record]:
        seen.append(kind)
        return real(self, kind)

    monkeypatch.setattr(CsvSource, "read", watched)
    return seen


def test_a_source_that_tells_that_nothing_has_changed_is_not_read(company, read) -> None:
    company.run()
    read.clear()

    result = company.run()

    assert [] == read
    assert "users: 3 in scope = 3 unchanged" == str(result.accounts()[0])


def test_only_the_record_that_has_changed_is_mapped(company, mapped: list[str]) -> None:
    company.run()
    company.person("ada", department="Sales")
    mapped.clear()

    company.run()

    assert ["ada"] == mapped


def test_the_plan_lists_nobody_who_is_unchanged(company) -> None:
    company.run()
    company.person("ada", department="Sales")

    plan = company.plan()

    assert ["ada"] == [action.anchor for action in plan.actions]
    assert {"users": 2, "groups": 1} == plan.unchanged


def test_who_is_blocked_and_has_no_account_is_skipped_in_every_cycle(company, read) -> None:
    company.person("max", accountEnabled="False")
    company.run()
    read.clear()

    again = company.run()
    company.person("ada", department="Sales")
    third = company.run()

    assert ["users", "groups"] == read
    assert "users: 4 in scope = 3 unchanged + 1 skipped" == str(again.accounts()[0])
    assert "users: 4 in scope = 2 unchanged + 1 updated + 1 skipped" == str(third.accounts()[0])


def test_who_was_blocked_and_is_active_now_gets_an_account(company, by_name: Find) -> None:
    company.person("max", accountEnabled="False")
    company.run()
    company.person("max", accountEnabled="True")

    company.run()

    assert by_name("max")["active"] is True


def test_a_leaver_of_an_earlier_cycle_is_only_counted(company, read) -> None:
    company.run()
    company.leave("bob")
    company.group("staff", "ada", "eve")
    company.run()
    read.clear()

    again = company.run()
    company.person("ada", department="Sales")
    third = company.run()

    assert ["users", "groups"] == read
    assert {"kept": 1} == again.accounts()[0].leavers == third.accounts()[0].leavers
    assert ["ada"] == [action.anchor for action in third.plan.actions]


@pytest.mark.parametrize("leavers", ["delete", "disable"])
def test_another_policy_looks_at_the_leavers_again(company, server, leavers: str) -> None:
    company.settings["leavers"] = "keep"
    company.run()
    company.leave("bob")
    company.run()
    company.settings["leavers"] = leavers

    company.run()

    active = [user["displayName"] for user in server.users() if user["active"]]
    assert ["Ada", "Eve"] == sorted(active)


def test_another_mapping_evaluates_everybody_and_sends_what_differs(
    company, server: LiveServer, mapped: list[str]
) -> None:
    company.run()
    company.settings["more_mappings"] = "title = '[userType]'"
    mapped.clear()

    company.run()

    assert {"ada", "bob", "eve"} == {*mapped}
    assert ["Employee"] * 3 == [user["title"] for user in server.users()]


def test_a_value_that_depends_on_the_time_is_mapped_in_every_cycle(company, mapped) -> None:
    company.settings["more_mappings"] = "title = 'Left(Now(), 1)'"
    company.run()
    mapped.clear()

    company.run()

    assert {"ada", "bob", "eve"} == {*mapped}


def test_a_member_who_comes_into_scope_is_added_though_the_group_is_unchanged(
    company, members: Members, mapped: list[str]
) -> None:
    company.person("zoe", userType="Guest")
    company.group("staff", "ada", "bob", "eve", "zoe")
    company.run()
    company.person("zoe", userType="Employee")
    mapped.clear()

    company.run()

    assert ["zoe"] == mapped
    assert {"ada", "bob", "eve", "zoe"} == members("staff")


def test_a_member_whose_account_is_gone_is_added_again_though_the_group_is_unchanged(
    company, scim, by_name: Find, members: Members
) -> None:
    company.run()
    scim.users.delete(by_name("bob")["id"])
    company.person("bob", department="Sales")
    company.run()

    company.run()
    after = company.run()

    assert {"ada", "bob", "eve"} == members("staff")
    assert after.plan.empty


def test_a_member_who_failed_is_added_when_the_account_is_made(company, flaky, members) -> None:
    from werkzeug import Response

    flaky.refuse("POST", "bob@", Response('{"detail": "No."}', 400))
    company.run()

    company.run()

    assert {"ada", "bob", "eve"} == members("staff")


def test_who_is_deleted_while_the_group_still_names_him_is_no_member(company, members) -> None:
    company.settings["leavers"] = "delete"
    company.run()
    company.person("bob", userType="Guest")
    company.run()
    without = members("staff")
    company.person("bob", userType="Employee")
    company.run()

    assert {"ada", "eve"} == without
    assert {"ada", "bob", "eve"} == members("staff")


def test_one_who_takes_the_name_of_an_unchanged_one_is_parked(company) -> None:
    company.run()
    company.person("ada2", userPrincipalName="ＡDA@example.com")

    plan = company.plan()

    assert ["DuplicateSourceEntries"] == [each.code for each in plan.actions]
    assert "people.csv line 2" in plan.actions[0].reason


def test_who_gets_into_a_group_of_the_scope_gets_an_account(company, server) -> None:
    company.group("app", "ada", name="App")
    company.settings["users_in_groups"] = '"App"'
    company.run()
    company.group("app", "ada", "bob", name="App")

    company.run()

    assert ["Ada", "Bob"] == sorted(user["displayName"] for user in server.users())


def test_a_saved_plan_leaves_it_to_the_next_cycle_to_settle(company, tmp_path: Path, read) -> None:
    company.plan().save(tmp_path / "plan.json")
    company.job().apply(Plan.load(tmp_path / "plan.json"))
    second = company.run()
    read.clear()

    company.run()

    assert second.plan.empty
    assert [] == read


def test_what_a_brake_holds_back_is_looked_at_again(company, members: Members) -> None:
    for number in range(60):
        company.person(f"p{number}")
    company.group("staff", *(f"p{number}" for number in range(60)))
    company.run()
    company.group("staff", "p1")
    company.run()
    company.settings["max_leavers"] = 0
    company.group("staff", *(f"p{number}" for number in range(40)))

    company.run()

    assert 40 == len(members("staff"))


def test_a_plan_of_an_older_program_is_refused_by_name(company, tmp_path: Path) -> None:
    document = company.plan().to_json() | {"format": "scim-provisioner plan 1"}
    (tmp_path / "plan.json").write_text(json.dumps(document))

    with pytest.raises(PlanError, match=r"another version .* \"scim-provisioner plan 1\".*again"):
        Plan.load(tmp_path / "plan.json")


def test_making_a_plan_writes_nothing_to_the_state(company) -> None:
    company.run()
    path = company.job().state_path
    with SqliteState.open(path) as state:
        state.query("pragma wal_checkpoint(truncate)")
    before = path.read_bytes()
    company.person("ada", department="Sales")
    company.leave("bob")

    company.plan()

    assert before == path.read_bytes()
