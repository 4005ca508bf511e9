"""A token that is about to expire is told of before the target refuses it."""

import base64
import json
import time
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pytest_httpserver import HTTPServer

from provisioner.commands.cli import main

DAY = 86_400.0
URL_VARIABLE = "COMPANY_ALERTS_URL"


@pytest.fixture
def expiring(company, monkeypatch) -> Any:
    """Run commands on a job whose token expires at the end of January 2031."""

    def at(days_before: float, *words: str, value: str = "2031-01-31", alerts: str = "") -> Result:
        end = 1_927_584_000.0  # 2031-01-31 00:00 UTC
        monkeypatch.setattr("provisioner.watching.condition.clock", lambda: end - days_before * DAY)
        company.settings["more_policy"] = alerts
        file = company.write()
        text = file.read_text(encoding="utf-8")
        line = f"concurrency = 2\ntoken_expires = {value}"
        file.write_text(text.replace("concurrency = 2", line, 1), encoding="utf-8")
        return CliRunner().invoke(main, [words[0], str(file), *words[1:]])

    return at


def test_status_check_tells_of_a_token_that_expires_in_less_than_two_weeks(expiring) -> None:
    result = expiring(9.5, "status", "--check")

    assert (1, True) == (
        result.exit_code,
        "The token for the target expires at 2031-01-31 00:00:00 UTC, in 9 days" in result.stdout,
    )


def test_status_check_says_nothing_before_that(expiring) -> None:
    assert 0 == expiring(15, "status", "--check").exit_code


def test_a_token_that_has_expired_is_told_so(expiring) -> None:
    assert "expired at 2031-01-31" in expiring(-1, "status", "--check").stdout


@pytest.mark.parametrize(
    "value", ["2031-01-31", '"2031-01-31"', "2031-01-31T00:00:00Z", '"2031-01-31T01:00:00+01:00"']
)
def test_the_day_may_be_written_as_toml_does_or_in_quotes(expiring, value: str) -> None:
    assert "at 2031-01-31 00:00:00 UTC" in expiring(1, "status", "--check", value=value).stdout


@pytest.mark.parametrize("value", ['"soon"', '"2031-02-30"', "20310131", "true"])
def test_what_is_no_day_is_refused(expiring, value: str) -> None:
    result = expiring(1, "check", value=value)

    assert (2, True) == (result.exit_code, "target.token_expires: must be a date" in result.stderr)


def test_how_long_before_is_the_jobs_to_say(expiring) -> None:
    result = expiring(15, "status", "--check", alerts='[alerts]\ntoken_notice = "30d"')

    assert 1 == result.exit_code


def test_it_is_told_of_once_and_again_when_it_has_expired(
    expiring, httpserver: HTTPServer, monkeypatch
) -> None:
    httpserver.expect_request("/alerts").respond_with_data("")
    monkeypatch.setenv(URL_VARIABLE, httpserver.url_for("/alerts"))
    alerts = f'[alerts]\nheartbeat = "9999d"\nwebhook_env = "{URL_VARIABLE}"'

    for days in (20, 10, 9, -1, -2):
        expiring(days, "run", alerts=alerts)

    told = [json.loads(request.get_data()) for request, _ in httpserver.log]
    assert [("opened", "soon"), ("changed", "expired")] == [
        (each["change"], each["cause"]) for each in told if each["event"] == "expiring token"
    ]


def web_token(claims: object) -> str:
    parts = ({"alg": "none"}, claims)
    texts = [base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in parts]
    return ".".join([*(text.rstrip("=") for text in texts), "c2ln"])


def test_a_web_token_says_itself_when_it_expires(company, monkeypatch) -> None:
    token = web_token({"exp": time.time() + 3.5 * DAY})
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", token)

    result = CliRunner().invoke(main, ["status", str(company.write()), "--check"])

    assert (1, True, False) == (
        result.exit_code,
        "in 3 days" in result.stdout,
        token in result.output,
    )


@pytest.mark.parametrize("claims", [{}, [], {"exp": "soon"}, {"exp": True}, {"exp": 1e300}, None])
def test_a_web_token_that_says_no_time_is_passed_over(company, monkeypatch, claims: object) -> None:
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", web_token(claims))

    result = CliRunner().invoke(main, ["status", str(company.write()), "--check"])

    assert 0 == result.exit_code
