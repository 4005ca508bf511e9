"""The log does not grow by what stays as it is: who is blocked, and who is parked."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from provisioner.commands.cli import main


def events(company: Any) -> list[tuple[str, str]]:
    result = CliRunner().invoke(main, ["log", str(company.write()), "--json"])
    return [
        (each["sourceIdentity"]["id"], each["provisioningStatusInfo"]["status"])
        for each in json.loads(result.stdout)
    ]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"accountEnabled": "False"}, "skipped"),
        ({"userPrincipalName": ""}, "skipped"),
        ({"userPrincipalName": "bob@example.com"}, "failure"),
    ],
    ids=["blocked", "without a value to match by", "parked"],
)
def test_who_stays_as_he_is_has_one_line(company, changed: dict[str, str], status: str) -> None:
    company.person("sam", **changed)
    for number in range(3):
        company.person("ada", displayName=f"Ada {number}")
        company.run(retry=True)

    assert [("sam", status)] == [each for each in events(company) if each[0] == "sam"]


def test_who_is_parked_for_another_reason_has_another_line(company) -> None:
    company.person("sam", userPrincipalName="ada@example.com")
    company.run()
    company.person("sam", userPrincipalName="bob@example.com")
    company.run()

    assert 2 == [anchor for anchor, _ in events(company)].count("sam")


def test_who_was_blocked_and_is_blocked_again_has_a_line_each_time(company) -> None:
    for enabled in ("False", "True", "False"):
        company.person("sam", accountEnabled=enabled)
        company.run()

    assert 3 == [anchor for anchor, _ in events(company)].count("sam")
