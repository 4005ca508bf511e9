"""Entra ID's flow types: `apply = "if empty"` and `apply = "add only"`."""

from typing import Any

import pytest
from click.testing import CliRunner

from provisioner.commands.cli import main
from scim_client import add, replace

IF_EMPTY = """
[users.map.nickName]
from  = "[department]"
apply = "if empty"
"""
NONE = """
[users.map.nickName]
from  = "Newcomer"
apply = "if empty"
"""
ADD_ONLY = """
[users.map.nickName]
from  = "[department]"
apply = "add only"
"""
LISTED = """
[users.map.title]
from  = "[department]"
[users.map.'entitlements']
from  = 'Split([department], ";")'
apply = "add only"
"""


@pytest.fixture
def mapped(company) -> Any:
    def with_rows(rows: str) -> Any:
        company.settings["more_mappings"] = rows
        return company

    return with_rows


def entitlements(user: Any) -> set[str]:
    return {each["value"] for each in user.get("entitlements", ())}


def test_if_empty_is_sent_with_a_creation(mapped, by_name) -> None:
    mapped(IF_EMPTY).run()

    assert "R&D" == by_name("ada")["nickName"]


def test_if_empty_is_not_sent_again_when_the_source_changes(mapped, by_name) -> None:
    company = mapped(IF_EMPTY)
    company.run()
    company.person("ada", department="Sales")

    company.run()

    assert "R&D" == by_name("ada")["nickName"]


def test_if_empty_is_not_cleared_when_the_source_has_no_value_any_more(mapped, by_name) -> None:
    company = mapped(IF_EMPTY)
    company.run()
    company.person("ada", department="")

    company.run()

    assert "R&D" == by_name("ada")["nickName"]


def test_if_empty_leaves_the_value_of_an_account_that_is_taken_over(mapped, scim, by_name) -> None:
    scim.users.create({"userName": "ada@example.com", "nickName": "Countess"})

    mapped(IF_EMPTY).run()

    assert "Countess" == by_name("ada")["nickName"]


def test_if_empty_fills_what_an_account_that_is_taken_over_lacks(mapped, scim, by_name) -> None:
    scim.users.create({"userName": "ada@example.com"})

    mapped(IF_EMPTY).run()

    assert "R&D" == by_name("ada")["nickName"]


def test_if_empty_leaves_what_somebody_has_written_before_the_source_had_a_value(
    mapped, scim, by_name
) -> None:
    company = mapped(IF_EMPTY)
    company.person("ada", department="")
    company.run()
    scim.users.patch(by_name("ada")["id"], add("nickName", "Countess"))
    company.person("ada", department="R&D")

    company.run()

    assert "Countess" == by_name("ada")["nickName"]


def test_if_empty_is_sent_when_the_source_has_its_first_value_and_nobody_was_quicker(
    mapped, by_name
) -> None:
    company = mapped(IF_EMPTY)
    company.person("ada", department="")
    company.run()
    company.person("ada", department="Sales")

    company.run()

    assert "Sales" == by_name("ada")["nickName"]


def test_the_type_none_writes_its_default_again_once_an_audit_finds_it_empty(
    mapped, scim, by_name
) -> None:
    company = mapped(NONE)
    company.run()
    scim.users.patch(by_name("ada")["id"], replace("nickName", ""))

    CliRunner().invoke(main, ["audit", str(company.write()), "--repair"])

    assert "Newcomer" == by_name("ada")["nickName"]


def test_what_somebody_has_written_there_is_no_drift(mapped, scim, by_name) -> None:
    company = mapped(NONE)
    company.run()
    scim.users.patch(by_name("ada")["id"], replace("nickName", "Countess"))

    result = CliRunner().invoke(main, ["audit", str(company.write())])

    assert (0, "Countess") == (result.exit_code, by_name("ada")["nickName"])


def test_an_unchanged_person_is_not_asked_for(mapped, flaky) -> None:
    company = mapped(IF_EMPTY)
    company.run()
    company.person("ada", displayName="Countess")
    flaky.seen.clear()

    company.run()

    assert ["PATCH"] == [
        method for method, path, _ in flaky.seen if method != "GET" or "/Users/" in path
    ]


def test_add_only_writes_another_value_over_the_one_before(mapped, by_name) -> None:
    company = mapped(ADD_ONLY)
    company.run()
    company.person("ada", department="Sales")

    company.run()

    assert "Sales" == by_name("ada")["nickName"]


def test_add_only_does_not_clear_a_value(mapped, by_name) -> None:
    company = mapped(ADD_ONLY)
    company.run()
    company.person("ada", department="")

    company.run()

    assert "R&D" == by_name("ada")["nickName"]


def test_add_only_takes_nothing_out_of_a_list(mapped, by_name) -> None:
    company = mapped(LISTED)
    company.person("ada", department="a;b")
    company.run()
    company.person("ada", department="b;c")

    company.run()

    assert {"a", "b", "c"} == entitlements(by_name("ada"))


def test_add_only_keeps_the_list_of_an_account_that_is_taken_over(mapped, scim, by_name) -> None:
    scim.users.create({"userName": "ada@example.com", "entitlements": [{"value": "own"}]})

    mapped(LISTED).run()

    assert {"own", "R&D"} == entitlements(by_name("ada"))


def test_what_was_kept_costs_no_request_in_the_next_cycle(mapped, flaky) -> None:
    company = mapped(LISTED)
    company.run()
    company.person("ada", department="b;c")
    company.run()
    flaky.seen.clear()

    company.run()

    assert [] == flaky.seen


@pytest.mark.parametrize("apply", ["if empty", "add only"])
@pytest.mark.parametrize(
    ("target", "source", "problem"),
    [
        ("active", "Not([IsSoftDeleted])", "decides who has access"),
        (
            '"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"',
            "[manager]",
            "is a reference to another object",
        ),
    ],
)
def test_what_must_follow_the_source_cannot_be_kept(
    company, target: str, source: str, problem: str, apply: str
) -> None:
    file = company.write()
    text = "\n".join(
        line for line in file.read_text().splitlines() if not line.startswith(f"{target} ")
    )
    row = f"[users.map.{target}]\nfrom = '{source}'\napply = '{apply}'\n[groups]"
    file.write_text(text.replace("[groups]", row, 1))

    result = CliRunner().invoke(main, ["check", str(file)])

    assert (2, True) == (result.exit_code, problem in result.stderr)


def test_if_empty_leaves_the_value_of_an_account_that_a_conflict_has_shown(
    mapped, flaky, scim, by_name
) -> None:
    own = {"userName": "ada@example.com", "nickName": "Countess"}

    result = mapped(IF_EMPTY).job().run(planned=lambda _: scim.users.create(own))

    tried = [method for method, _, body in flaky.seen if b"ada@example.com" in body]
    assert ("POST", True, "Countess") == (tried[0], result.ok, by_name("ada")["nickName"])
