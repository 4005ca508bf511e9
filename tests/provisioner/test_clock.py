"""A clock that was wrong for a while: what was put off until then is not waited for."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from provisioner.commands.cli import main

YEAR = 365 * 86_400.0
Turn = Callable[[float], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Turn:
    """Let the clock be so many seconds ahead."""
    real = time.time

    def turn(ahead: float) -> None:
        monkeypatch.setattr(time, "time", lambda: real() + ahead)

    return turn


def command(company: Any, *words: str) -> Any:
    return CliRunner().invoke(main, [words[0], str(company.write()), *words[1:]])


def test_who_failed_when_the_clock_was_ahead_is_tried_at_once_when_it_is_right(
    company, server, clock: Turn
) -> None:
    server.fault("/Users", status=403, method="POST", times=6)
    clock(YEAR)
    for _ in range(2):
        company.run(retry=True)
    clock(0)

    company.run()

    assert 3 == len(server.users())


def test_who_failed_at_the_right_time_still_waits(company, server, clock: Turn) -> None:
    server.fault("/Users", status=403, method="POST", times=6)
    for _ in range(2):
        company.run(retry=True)

    company.run()

    assert [] == server.users()


def test_a_quarantine_of_when_the_clock_was_ahead_does_not_last_until_then(
    company, server, clock: Turn, monkeypatch
) -> None:
    clock(YEAR)
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", "expired")
    command(company, "run")
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", server.token)
    clock(0)

    assert 0 == command(company, "run").exit_code


def test_a_good_cycle_that_is_still_to_come_is_told_of(company, clock: Turn) -> None:
    clock(YEAR)
    company.run()
    clock(0)

    result = command(company, "status", "--check")

    assert (1, True) == (result.exit_code, "the clock was wrong then" in result.stdout)


def test_the_next_good_cycle_puts_that_right(company, clock: Turn) -> None:
    clock(YEAR)
    company.run()
    clock(0)
    company.person("sam")

    company.run()

    assert 0 == command(company, "status", "--check").exit_code


def test_nobody_is_deleted_early_by_a_clock_that_was_behind(company, server, clock: Turn) -> None:
    company.settings["more_policy"] = 'delete_after = "30d"'
    company.run()
    company.leave("eve")
    clock(YEAR)
    company.run()
    clock(0)

    company.run()

    assert 3 == len(server.users())
