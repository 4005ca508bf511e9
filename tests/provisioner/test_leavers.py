import time
from typing import Any

import pytest

from provisioner import JobError
from provisioner.job.durations import DAY

GRACE = 'delete_after = "30d"'


class Calendar:
    """Moves the clock of the leaver chain."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = time.time()
        monkeypatch.setattr("provisioner.planning.leavers.clock", lambda: self._now)

    def pass_days(self, days: float) -> None:
        self._now += days * DAY


@pytest.fixture
def calendar(monkeypatch, company) -> Calendar:
    company.settings["more_policy"] = GRACE
    company.run()
    return Calendar(monkeypatch)


def names(server: Any) -> set[str]:
    return {user["userName"].partition("@")[0] for user in server.users()}


def test_a_leaver_is_disabled_first(calendar, company, by_name) -> None:
    company.leave("ada")

    company.run()

    assert not by_name("ada")["active"]


def test_when_the_grace_is_over_the_account_is_deleted(calendar, company, server) -> None:
    company.leave("ada")
    company.run()
    calendar.pass_days(31)

    result = company.run()

    assert {"bob", "eve"} == names(server)
    assert {"deleted": 1} == dict(result.accounts()[0].leavers)


def test_before_that_it_stays(calendar, company, server) -> None:
    company.leave("ada")
    company.run()
    calendar.pass_days(29)

    company.run()

    assert {"ada", "bob", "eve"} == names(server)


def test_who_was_blocked_long_before_has_the_whole_grace(calendar, company, server) -> None:
    company.person("ada", accountEnabled="False")
    company.run()
    calendar.pass_days(365)
    company.leave("ada")
    company.run()
    calendar.pass_days(29)

    company.run()

    assert {"ada", "bob", "eve"} == names(server)


def test_who_comes_back_starts_anew(calendar, company, server) -> None:
    company.person("ada", userType="Guest")
    company.run()
    calendar.pass_days(29)
    company.person("ada", userType="Employee")
    company.run()
    company.person("ada", userType="Guest")
    company.run()
    calendar.pass_days(2)

    company.run()

    assert {"ada", "bob", "eve"} == names(server)


def test_without_a_grace_nobody_is_deleted(calendar, company, server) -> None:
    company.settings["more_policy"] = ""
    company.leave("ada")
    company.run()
    calendar.pass_days(3_650)

    company.run()

    assert {"ada", "bob", "eve"} == names(server)


def test_deletions_after_the_grace_are_held_against_the_guards(calendar, company, server) -> None:
    company.leave("ada")
    company.run()
    calendar.pass_days(31)
    company.settings |= {"on_guard": "hold", "max_leavers": 0}

    company.run()

    assert {"ada", "bob", "eve"} == names(server)


def test_on_an_incomplete_read_nobody_is_deleted(calendar, company, server) -> None:
    company.leave("ada")
    company.run()
    calendar.pass_days(31)
    company.people.clear()

    company.run()

    assert {"ada", "bob", "eve"} == names(server)


def test_the_protected_are_not_deleted_after_the_grace(calendar, company, server) -> None:
    company.leave("ada")
    company.run()
    calendar.pass_days(31)
    company.settings["more_policy"] = GRACE + '\nprotected = ["ada"]'

    company.run()

    assert {"ada", "bob", "eve"} == names(server)


def test_a_plan_names_who_is_deleted_and_why(calendar, company) -> None:
    company.leave("ada")
    company.run()
    calendar.pass_days(31)

    (action,) = [each for each in company.plan().actions if each.kind == "users"]

    assert "delete" == action.verb
    assert "longer than 30d (policy.delete_after)" in action.reason


def test_deleted_is_deleted(calendar, company, server) -> None:
    company.leave("ada")
    company.run()
    calendar.pass_days(31)
    company.run()

    result = company.run()

    assert () == result.plan.actions


def test_who_returns_after_the_deletion_is_made_anew(calendar, company, by_name) -> None:
    person = company.people["ada"]
    company.leave("ada")
    company.run()
    calendar.pass_days(31)
    company.run()
    company.people["ada"] = person

    company.run()

    assert by_name("ada")["active"]


def test_a_grace_without_disabling_is_refused(company) -> None:
    company.settings |= {"leavers": "delete", "more_policy": GRACE}

    with pytest.raises(JobError, match=r"policy\.delete_after: needs leavers"):
        company.job()
