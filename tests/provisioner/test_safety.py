"""What must never happen: nothing is taken away on a read that is not to be trusted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provisioner import SourceError, StateError
from scim_protocol.urns import USER
from scim_server.testing.live import LiveServer

Find = Callable[[str], dict[str, Any]]
Members = Callable[[str], set[str]]


def all_active(server: LiveServer) -> bool:
    return all(user["active"] for user in server.users())


def test_an_empty_source_takes_nothing_away(company, server: LiveServer) -> None:
    company.run()
    company.people.clear()
    company.groups.clear()

    result = company.run()

    assert all_active(server)
    assert "The source has no users at all." in result.plan.doubts


def test_a_source_that_has_lost_most_of_its_rows_takes_nothing_away(company, server) -> None:
    company.run()
    company.leave("ada", "bob")

    result = company.run()

    assert all_active(server)
    assert not result.plan.complete


def test_a_source_that_breaks_off_takes_nothing_away(company, server: LiveServer) -> None:
    company.run()
    job = company.job()
    people = company.folder / "people.csv"
    people.write_text(people.read_text().rpartition(",")[0].rpartition("\n")[0] + '\nx,"y')

    result = job.run()

    assert all_active(server)
    assert "people.csv" in result.plan.doubts[0]


def test_a_doubtful_read_still_adds_and_updates(company, by_name: Find) -> None:
    company.run()
    company.leave("ada", "bob")
    company.person("eve", displayName="Eve Stone")

    company.run()

    assert "Eve Stone" == by_name("eve")["displayName"]


def test_a_doubtful_read_removes_no_member(company, members: Members) -> None:
    company.run()
    company.leave("ada", "bob")
    company.group("staff", "eve")

    company.run()

    assert {"ada", "bob", "eve"} == members("staff")


def test_a_lost_column_of_members_removes_no_member(company, members: Members) -> None:
    names = [f"p{number}" for number in range(60)]
    for name in names:
        company.person(name)
    company.group("staff", *names)
    company.run()
    company.group("staff", "p1")

    company.run()

    assert set(names) == members("staff")


def test_a_source_that_cannot_be_read_at_all_stops_the_run(company, server: LiveServer) -> None:
    company.run()
    job = company.job()
    (company.folder / "people.csv").unlink()
    server.requests.clear()

    with pytest.raises(SourceError, match=r"people\.csv"):
        job.run()

    assert [] == server.requests


def test_the_first_cycle_takes_nothing_away(company, by_name: Find, server) -> None:
    company.run()
    for file in company.folder.glob("company.state.db*"):
        file.unlink()
    company.leave("bob")

    company.run()

    assert by_name("bob")["active"] is True


def test_a_lost_state_is_rebuilt_without_a_second_account(company, server: LiveServer) -> None:
    company.run()
    for file in company.folder.glob("company.state.db*"):
        file.unlink()

    result = company.run()

    assert 3 == len(server.users())
    assert 3 == result.accounts()[0].words["adopted"]


def test_an_account_that_nobody_adopted_is_never_touched(
    company, scim, server, by_name: Find
) -> None:
    scim.users.create({"schemas": [USER], "userName": "guest@example.com", "active": True})
    company.run()

    company.run()

    assert by_name("guest")["active"] is True


def test_a_missing_group_of_the_scope_takes_nothing_away(company, server: LiveServer) -> None:
    company.group("app", "ada", "bob", name="App")
    company.settings["users_in_groups"] = '"App"'
    company.run()
    company.group("app", "ada", "bob", name="Renamed")

    result = company.run()

    assert all_active(server)
    assert 'The group "App" of scope.users_in_groups is not in the source.' in result.plan.doubts


def test_who_leaves_the_group_that_grants_access_is_disabled(company, by_name: Find) -> None:
    company.group("app", "ada", "team", name="App")
    company.group("team", "bob", "eve")
    company.settings["users_in_groups"] = '"App"'
    company.run()
    company.group("team", "bob")

    company.run()

    assert (True, False) == (by_name("bob")["active"], by_name("eve")["active"])


def test_an_existing_account_is_adopted_under_another_capitalisation(company, scim, server) -> None:
    document = {"userName": "ADA@Example.com", "title": "Countess", "active": False}
    scim.users.create({"schemas": [USER], **document})

    company.run()

    ada = server.users()[0]
    assert ("ada@example.com", True, "Countess") == (ada["userName"], ada["active"], ada["title"])


def test_a_state_of_another_kind_of_file_is_refused(company, tmp_path: Path) -> None:
    (tmp_path / "company.state.db").write_text("no database" * 100)

    with pytest.raises(StateError, match="cannot be used as the state"):
        company.run()
