"""What `explain` says of one person: whom it means, and why somebody is out of scope."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from provisioner.commands.cli import main

FILTERS = """
[[scope.user_filters]]
title = "Engineers"
clauses = [["department", "EQUALS", "R&D"], ["userType", "EQUALS", "Employee"]]
"""


def explained(company: Any, person: str) -> list[Any]:
    result = CliRunner().invoke(main, ["explain", str(company.write()), person, "--json"])
    found: list[Any] = json.loads(result.stdout)
    return found


def scope_of(company: Any, person: str) -> str:
    text: str = explained(company, person)[0]["steps"][1]["text"]
    return text


def test_who_is_managed_by_somebody_is_not_meant_by_his_anchor(company) -> None:
    company.person("bob", manager="ada")

    assert ["ada"] == [each["anchor"] for each in explained(company, "ada")]


def test_a_value_of_the_record_finds_who_is_called_by_nothing_else(company) -> None:
    company.person("ada", mail="countess@example.com")

    assert ["ada"] == [each["anchor"] for each in explained(company, "Countess@example.com")]


def test_the_filter_that_leaves_somebody_out_is_named_with_his_value(company) -> None:
    company.person("ada", userType="Guest")

    assert "userType eq \"Employee\" does not hold (userType is 'Guest')" in scope_of(
        company, "ada"
    )


def test_of_several_conditions_only_those_that_fail_are_named(company) -> None:
    company.settings["scope"] = 'userType eq "Employee" and department sw "Sales"'

    assert 'userType eq "Employee" does not hold' not in scope_of(company, "ada")


def test_the_clause_of_a_scoping_filter_that_fails_is_named(company) -> None:
    company.settings["more_policy"] = FILTERS
    company.person("ada", department="")

    assert "Engineers: department EQUALS R&D does not hold (department has no value)" in scope_of(
        company, "ada"
    )


def test_who_is_not_assigned_is_told_so(company) -> None:
    company.settings["users_in_groups"] = '"Staff"'
    company.group("staff", "bob")

    assert "it is not assigned" in scope_of(company, "ada")


def test_an_account_that_is_to_be_disabled_is_shown_as_not_active(company) -> None:
    company.person("ada", accountEnabled="False")

    result = CliRunner().invoke(main, ["explain", str(company.write()), "ada"])

    assert "mapped active: false" in result.stdout


@pytest.mark.parametrize("limit", ["0", "-3"])
def test_a_log_of_fewer_than_one_event_is_refused(company, limit: str) -> None:
    result = CliRunner().invoke(main, ["log", str(company.write()), "--limit", limit])

    assert 2 == result.exit_code
