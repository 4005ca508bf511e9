"""`report`: what a job has done in a period, drawn from its own log."""

import csv
import json
import time
from typing import Any

import pytest
from click.testing import CliRunner, Result

from provisioner.commands.cli import main


@pytest.fixture
def report(company) -> Any:
    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["report", str(company.write()), *words])

    return run


@pytest.fixture
def week(company, server) -> Any:
    """Three days: all join; one moves, one is blocked; one of two new ones is refused."""
    company.run()
    company.person("ada", displayName="Countess")
    company.person("bob", accountEnabled="False")
    company.group("staff", "ada")
    company.run()
    company.person("sam")
    server.fault("/Users", status=403, method="POST", times=1)
    company.run()
    return company


def anchors(document: Any, kind: str, word: str) -> list[str]:
    return sorted(each["anchor"] for each in document["objects"][kind].get(word, ()))


@pytest.mark.parametrize(
    ("word", "expected"),
    [("joined", ["ada", "bob", "eve"]), ("moved", ["ada"]), ("disabled", ["bob"])],
)
def test_joiners_movers_and_leavers_are_named(report, week, word: str, expected: list[str]) -> None:
    assert expected == anchors(json.loads(report("--json").stdout), "users", word)


def test_members_are_counted(report, week) -> None:
    assert {"members added": 3, "members removed": 2} == json.loads(report("--json").stdout)[
        "members"
    ]


def test_a_failure_has_its_cause_the_targets_words_and_a_hint(report, week) -> None:
    (failure,) = json.loads(report("--json").stdout)["failures"]

    assert ("credentials", "InsufficientRights", ["sam"], True) == (
        failure["category"],
        failure["code"],
        [each["anchor"] for each in failure["objects"]],
        bool(failure["reason"] and failure["hint"]),
    )


def test_equal_failures_of_several_people_are_one_cause(report, company, server) -> None:
    server.fault("/Users", status=403, method="POST", times=3)
    company.run()

    (failure,) = json.loads(report("--json").stdout)["failures"]

    assert 3 == len(failure["objects"])


def test_cycles_are_counted_good_and_stopped(report, week) -> None:
    assert {"all": 3, "good": 3, "stopped": 0} == json.loads(report("--json").stdout)["cycles"]


def test_what_was_before_the_period_is_not_in_it(report, week, monkeypatch) -> None:
    later = time.time() + 90_000
    monkeypatch.setattr("provisioner.commands.telling.time.time", lambda: later)

    document = json.loads(report("--last", "24h", "--json").stdout)

    assert (0, {}) == (document["cycles"]["all"], document["objects"])


def test_a_period_may_be_given_by_its_days(report, week) -> None:
    document = json.loads(report("--since", "2001-01-01", "--until", "2002-01-01", "--json").stdout)

    assert ("2001-01-01 00:00:00 UTC", 0) == (document["since"], document["cycles"]["all"])


def test_the_text_says_what_to_do(report, week) -> None:
    text = report().stdout

    assert "users joined: 3 (ada@example.com" in text
    assert "1 object failed, cause credentials, InsufficientRights: " in text
    assert "What to do: Give the token the right" in text


def test_a_page_has_a_table_of_counts(report, week) -> None:
    assert "| joined | 3 | 1 |" in report("--markdown").stdout


def test_a_name_cannot_be_markup_of_the_page(report, company) -> None:
    company.person("ada", userPrincipalName="<b>|[x](y)")
    company.run()

    assert "- &lt;b>\\|\\[x\\](y)" in report("--markdown").stdout


def test_each_event_is_a_row_of_the_table(report, week) -> None:
    rows = list(csv.DictReader(report("--csv").stdout.splitlines()))

    assert {("sam@example.com", "failure", "credentials")} <= {
        (row["name"], row["status"], row["category"]) for row in rows
    }


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_no_cell_is_a_formula(report, company, name: str) -> None:
    company.person("ada", userPrincipalName=name)
    company.run()

    rows = list(csv.DictReader(report("--csv").stdout.splitlines()))

    assert f"'{name}" in {row["name"] for row in rows}


def test_no_control_character_of_a_name_is_printed(report, company) -> None:
    company.person("ada", userPrincipalName="\x1b[31mred")
    company.run()

    outputs = [report(*words).stdout for words in ((), ("--markdown",), ("--csv",))]

    assert [] == [text for text in outputs if "\x1b" in text]


def test_hidden_values_stay_hidden(report, company) -> None:
    company.person("ada", department="hunter2")
    company.settings["more_mappings"] = "nickName = 'Redact([department])'\n"
    company.run()

    changes = [row["changes"] for row in csv.DictReader(report("--csv").stdout.splitlines())]

    assert any("nickName: None -> (hidden)" in each for each in changes)


@pytest.mark.parametrize(
    "words",
    [
        ["--last", "soon"],
        ["--last", "999999999d"],
        ["--since", "yesterday"],
        ["--since", "2031-01-01", "--until", "2030-01-01"],
        ["--json", "--csv"],
    ],
)
def test_a_period_that_cannot_be_is_refused(report, words: list[str]) -> None:
    result = report(*words)

    assert (2, 1) == (result.exit_code, result.stderr.count("Error: "))


def test_a_job_that_never_ran_has_an_empty_report(report) -> None:
    assert "0 cycles, 0 good, 0 stopped on the way." in report().stdout
