import json
import time
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from click.testing import Result as Ended

from provisioner.commands.cli import main
from provisioner.job.durations import DAY, HOUR
from provisioner.watching.quarantine import (
    NUMBER,
    PRESETS,
    SHARE,
    TOTAL,
    UNUSABLE,
    Figures,
    Quarantine,
    Tally,
    held,
    reason_of,
)

ENTRA = PRESETS["entra"]
SMALL = PRESETS["small"]


@pytest.mark.parametrize(
    ("tally", "reason"),
    [
        (Tally(4_000, 0, 0), None),
        (Tally(5_000, 0, 0), SHARE),
        (Tally(5_000, 0, 100_000), None),
        (Tally(45_000, 0, 1_000_000), NUMBER),
        (Tally(30_000, 0, 5_000), SHARE),
        (Tally(20_000, 0, 100_000), None),
        (Tally(40_000, 21_000, 1_000_000), TOTAL),
        (Tally(40_000, 20_000, 1_000_000), None),
    ],
)
def test_entras_figures_give_entras_verdicts(tally: Tally, reason: str | None) -> None:
    assert reason == reason_of(tally, ENTRA)


@pytest.mark.parametrize(
    ("tally", "reason"),
    [
        (Tally(19), None),
        (Tally(20), SHARE),
        (Tally(20, 0, 30), None),
        (Tally(21, 0, 30), SHARE),
        (Tally(201, 0, 10_000), NUMBER),
        (Tally(0, 301, 10_000), TOTAL),
    ],
)
def test_the_default_figures_fit_a_thousand_people(tally: Tally, reason: str | None) -> None:
    assert reason == reason_of(tally, SMALL)


def test_failures_of_references_do_not_count_for_the_share() -> None:
    assert reason_of(Tally(0, 100, 0), SMALL) is None


def test_switched_off_nothing_calls_for_quarantine() -> None:
    assert reason_of(Tally(10**6), PRESETS["off"]) is None


def attempts(figures: Figures, number: int) -> list[float]:
    """Let each attempt fail the moment it is due, and return when they were, in hours."""
    now, found = 0.0, []
    quarantine = held(None, UNUSABLE, "Unauthorized", "no", now, figures)
    while quarantine.next_attempt is not None and len(found) < number:
        now = quarantine.next_attempt
        found.append(now / HOUR)
        quarantine = held(quarantine, UNUSABLE, "Unauthorized", "no", now, figures)
    return found


def test_entra_tries_after_6_12_and_24_hours_then_daily() -> None:
    assert [6, 12, 24, 48, 72] == attempts(ENTRA, 5)


def test_by_default_the_attempts_grow_to_one_a_day() -> None:
    assert [0.25, 1, 3, 6, 12, 24, 48, 72] == attempts(SMALL, 8)


@pytest.mark.parametrize("figures", [ENTRA, SMALL])
def test_after_28_days_it_is_given_up(figures: Figures) -> None:
    assert 28 * 24 == attempts(figures, 1_000)[-1]


def test_an_attempt_between_times_does_not_put_off_the_next() -> None:
    first = held(None, UNUSABLE, "Timeout", "no", 0.0, ENTRA)

    again = held(first, UNUSABLE, "Timeout", "no", 5 * HOUR, ENTRA)

    assert 6 * HOUR == again.next_attempt


def test_a_job_that_was_not_run_for_long_is_tried_at_the_next_time_of_its_schedule() -> None:
    first = held(None, UNUSABLE, "Timeout", "no", 0.0, ENTRA)

    again = held(first, UNUSABLE, "Timeout", "no", 10 * DAY + HOUR, ENTRA)

    assert 11 * DAY == again.next_attempt


def test_another_reason_goes_on_with_the_same_series() -> None:
    first = held(None, UNUSABLE, "Timeout", "no", 0.0, ENTRA)

    again = held(first, SHARE, "Conflict", "many", 6 * HOUR, ENTRA)

    assert (0.0, 1, SHARE) == (again.began, again.count, again.reason)


def test_it_is_due_from_its_time_on() -> None:
    quarantine = held(None, UNUSABLE, "Timeout", "no", 0.0, ENTRA)

    assert [False, True] == [quarantine.due(6 * HOUR - 1), quarantine.due(6 * HOUR)]


def test_what_was_given_up_is_never_due() -> None:
    quarantine = replace(held(None, UNUSABLE, "Timeout", "no", 0.0, ENTRA), next_attempt=None)

    assert quarantine.given_up
    assert not quarantine.due(10**12)


def test_it_is_read_back_as_it_was_written() -> None:
    quarantine = held(None, UNUSABLE, "Timeout", "no", 3.0, SMALL)

    assert quarantine == Quarantine.from_json(quarantine.to_json())


class Days:
    """Runs the command of the company's job, at times that a test sets."""

    def __init__(self, company: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.company = company
        self.now = time.time()
        monkeypatch.setattr("provisioner.watching.condition.clock", lambda: self.now)

    def __call__(self, *arguments: str) -> Ended:
        command, *more = arguments or ("run",)
        return CliRunner().invoke(main, [command, str(self.company.write()), *more])

    def later(self, hours: float) -> None:
        self.now += hours * HOUR

    @property
    def quarantine(self) -> dict[str, Any] | None:
        return json.loads(self("status", "--json").stdout)["quarantine"]


@pytest.fixture
def days(company, monkeypatch) -> Days:
    return Days(company, monkeypatch)


@pytest.fixture
def quarantined(days: Days, monkeypatch) -> Days:
    """The company's job, whose token the target has refused."""
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", "expired")
    days()
    return days


def test_a_refused_credential_leads_to_quarantine(quarantined: Days) -> None:
    found = quarantined.quarantine

    assert found is not None
    assert (UNUSABLE, "Unauthorized") == (found["reason"], found["cause"])


def test_a_target_that_is_down_leads_to_quarantine(days: Days, company, server) -> None:
    company.settings["url"] = "http://127.0.0.1:9/scim"
    days()

    assert days.quarantine is not None


def test_in_quarantine_nothing_is_sent_before_its_time(quarantined: Days, server) -> None:
    before = len(server.requests)

    result = quarantined()

    assert (1, before) == (result.exit_code, len(server.requests))


def test_the_refusal_says_since_when_why_when_next_and_how_to_go_on(quarantined: Days) -> None:
    said = quarantined().stderr

    for part in (
        "in quarantine since 20",
        "401",
        "The next attempt is at",
        "run company.toml --now",
    ):
        assert part in said


def test_an_attempt_that_is_due_asks_one_question(quarantined: Days, server) -> None:
    before = len(server.requests)
    quarantined.later(1)

    result = quarantined()

    assert (2, before + 1) == (result.exit_code, len(server.requests))


def test_the_attempts_grow_further_apart(quarantined: Days) -> None:
    attempts = []
    for _ in range(12 * 4):
        quarantined.later(0.25)
        if quarantined().exit_code == 2:
            attempts.append(
                round((quarantined.now - quarantined.quarantine["seriesBegan"]) / HOUR, 2)
            )

    assert [0.25, 1, 3, 6, 12] == attempts


def test_a_good_cycle_ends_it(quarantined: Days, monkeypatch, server) -> None:
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", server.token)
    quarantined.later(1)

    result = quarantined()

    assert (0, None) == (result.exit_code, quarantined.quarantine)
    assert 3 == len(server.users())


def test_run_now_does_not_wait(quarantined: Days, monkeypatch, server) -> None:
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", server.token)

    assert 0 == quarantined("run", "--now").exit_code


def given_up(days: Days) -> None:
    days.later(28 * 24)
    days()
    days.later(24)
    days()


def test_after_28_days_it_is_given_up_also_for_now(quarantined: Days, monkeypatch, server) -> None:
    given_up(quarantined)
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", server.token)

    for arguments in (["run"], ["run", "--now"]):
        result = quarantined(*arguments)
        assert 1 == result.exit_code
        assert "scim-provisioner resume company.toml" in result.stderr


def test_resume_takes_it_up_again(quarantined: Days, monkeypatch, server) -> None:
    given_up(quarantined)
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", server.token)

    said = quarantined("resume").stdout

    assert "the quarantine is lifted" in said
    assert 0 == quarantined().exit_code


def test_resume_of_a_job_that_is_well_says_so(days: Days) -> None:
    assert "is not in quarantine" in days("resume").stdout


def crowd(company, number: int) -> None:
    for each in range(number):
        company.person(f"p{each}")


def test_too_large_a_share_of_failures_leads_to_quarantine(days: Days, company, server) -> None:
    crowd(company, 27)
    server.fault("/Users", status=403, method="POST", times=21)

    days()

    assert SHARE == (days.quarantine or {}).get("reason")


def test_a_few_failures_do_not(days: Days, company, server) -> None:
    crowd(company, 27)
    server.fault("/Users", status=403, method="POST", times=19)

    days()

    assert days.quarantine is None


def test_an_attempt_ends_when_enough_of_it_has_failed(days: Days, company, server) -> None:
    company.settings["concurrency"] = 1
    crowd(company, 97)
    server.fault("/Users", status=403, method="POST", times=10_000)
    days()
    before = sum(each.method == "POST" for each in server.requests)
    days.later(1)

    result = days()

    assert 20 == sum(each.method == "POST" for each in server.requests) - before
    assert "The rest was not attempted" in result.stdout


def test_what_waits_for_its_time_does_not_end_the_quarantine(days: Days, company, server) -> None:
    crowd(company, 27)
    server.fault("/Users", status=403, method="POST", times=10_000)
    for _ in range(4):
        days.later(3)
        days()

    assert days.quarantine is not None


def test_the_figures_are_the_jobs(days: Days, company, server) -> None:
    company.settings["more_policy"] = '[quarantine]\nmin_failures = 1\nretry_after = ["1d"]'
    server.fault("/Users", status=403, method="POST", times=3)
    days()

    found = days.quarantine

    assert found is not None
    assert DAY == found["nextAttempt"] - found["seriesBegan"]


def test_a_job_may_do_without(days: Days, company, monkeypatch) -> None:
    company.settings["more_policy"] = '[quarantine]\npreset = "off"'
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", "expired")

    assert [2, 2] == [days().exit_code, days().exit_code]


def test_a_refused_plan_leads_to_quarantine_until_it_is_approved(days: Days, company) -> None:
    days()
    company.settings["max_leavers"] = 0
    company.person("bob", userType="Guest")
    days()
    reason = (days.quarantine or {}).get("reason")

    company.run(approve=True)

    assert ("TooManyDeletes", None) == (reason, days.quarantine)


def test_what_is_held_back_leads_to_none(days: Days, company) -> None:
    days()
    company.settings |= {"max_leavers": 0, "on_guard": "hold"}
    company.person("bob", userType="Guest")
    days()

    assert days.quarantine is None


def test_monitoring_is_told_of_a_quarantine(quarantined: Days) -> None:
    result = quarantined("status", "--check")

    assert 1 == result.exit_code
    assert 1 == len(result.stdout.splitlines())


def test_monitoring_is_told_that_all_is_well(days: Days) -> None:
    days()

    result = days("status", "--check")

    assert (0, "company: all is well.\n") == (result.exit_code, result.stdout)


def test_monitoring_is_told_of_silence(days: Days) -> None:
    days()
    days.later(25)

    result = days("status", "--check")

    assert 1 == result.exit_code
    assert "The last good cycle ended" in result.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[quarantine]\npreset = "huge"', "quarantine.preset: must be one of small, entra, off"),
        ("[quarantine]\nmax_failure_share = 40", "quarantine.max_failure_share: must be a share"),
        ('[quarantine]\nretry_after = ["2h", "1h"]', "quarantine.retry_after: each time must be"),
        ('[quarantine]\nretry_after = "1h"', "quarantine.retry_after: must be a list of times"),
        ("[quarantine]\ngive_up_after = 28", "quarantine.give_up_after: must be a time in quotes"),
        ("[quarantine]\nmin_failure = 1", "did you mean 'min_failures'"),
        ('[alerts]\nevents = ["all"]', "alerts.events: must be one of quarantine"),
        ('[alerts]\nwebhook_env = "https://x"', "alerts.webhook_env: must be the name of an env"),
        ("[alerts]\ncommand = []", "alerts.command: must not be empty"),
        ('[alerts.mail]\nserver = "x"\nto = ["a@b.c"]', "alerts.mail.from: is missing"),
        ("[policy.guards]\nusers_gone = 1", "policy.guards.users_gone: is not a known key"),
        ("[policy.guards]\nusers_deleted = {}", "policy.guards.users_deleted: needs a count"),
        ('delete_after = "30"', None),
        ("delete_after = 30", "policy.delete_after: must be a time in quotes"),
        ('on_guardd = "hold"', "did you mean 'on_guard'"),
        ("protected = 7", "policy.protected: must be a list of anchors and names, or a filter"),
    ],
)
def test_a_wrong_key_is_one_line(days: Days, company, text: str, said: str | None) -> None:
    company.settings["more_policy"] = text

    result = days("plan")

    if said is None:
        assert 0 == result.exit_code
    else:
        assert 2 == result.exit_code
        assert said in result.stderr
        assert 1 == len(result.stderr.splitlines())
