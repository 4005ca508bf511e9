import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from provisioner.job.durations import seconds, words
from provisioner.watching.schedule import STOPPED, Schedule, Stopper, Watchdog, again_and_again


@pytest.mark.parametrize(
    ("text", "number"), [("30s", 30), ("40m", 2_400), ("2h", 7_200), ("28d", 2_419_200), ("7", 7)]
)
def test_a_time_is_a_number_and_a_unit(text: str, number: float) -> None:
    assert number == seconds(text)


@pytest.mark.parametrize("text", ["", "0", "0s", "-1s", "1.5h", "soon", "10 m", "1w"])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no time such as"):
        seconds(text)


@pytest.mark.parametrize("text", ["30s", "40m", "2h", "28d", "90s"])
def test_a_time_is_written_as_it_was_read(text: str) -> None:
    assert text == words(seconds(text))


def test_cycles_are_an_interval_apart() -> None:
    schedule = Schedule(2_400, "contoso")
    first = schedule.after(1_000_000.0)

    assert first + 2_400 == schedule.after(first)


def test_the_times_of_a_job_stay_the_same_after_a_restart() -> None:
    one, other = Schedule(2_400, "contoso"), Schedule(2_400, "contoso")

    assert one.after(1_000_000.0) == other.after(1_000_000.0)


def test_jobs_that_are_started_together_do_not_run_together() -> None:
    times = {Schedule(2_400, f"job {n}").after(1_000_000.0) for n in range(50)}

    assert 50 == len(times)


@pytest.mark.parametrize("now", [1_000_000.0 + 100 * n for n in range(48)])
def test_the_next_cycle_is_half_an_interval_away_at_least(now: float) -> None:
    pause = Schedule(2_400, "contoso").after(now) - now

    assert 1_200 <= pause <= 3_600


def test_a_cycle_that_took_longer_than_the_interval_is_not_made_up_for() -> None:
    schedule = Schedule(60, "contoso")
    first = schedule.after(1_000_000.0)

    assert first + 660 == schedule.after(first + 600)


def test_asked_to_stop_no_further_cycle_is_run() -> None:
    stopper, ran = Stopper(), []

    def cycle() -> None:
        ran.append(1)
        stopper.applying()
        stopper.ask()

    again_and_again(Schedule(60, "contoso"), cycle, stopper)

    assert [1] == ran


def test_before_the_first_write_a_cycle_is_broken_off() -> None:
    stopper, ran = Stopper(), []

    def cycle() -> None:
        stopper.ask()
        ran.append("the rest of the cycle")

    again_and_again(Schedule(60, "contoso"), cycle, stopper)

    assert [] == ran


def test_while_objects_are_worked_on_no_further_one_is_begun() -> None:
    stopper = Stopper()
    stopper.applying()
    stopper.ask()

    assert STOPPED == stopper.reason()


def test_asked_twice_it_stops_at_once() -> None:
    stopper = Stopper()
    stopper.applying()
    stopper.ask()

    with pytest.raises(KeyboardInterrupt):
        stopper.ask()


def ticking(*times: float) -> Any:
    steps: Iterator[float] = iter(times)
    return lambda: next(steps)


def test_a_run_without_progress_is_ended() -> None:
    dog = Watchdog(60, ticking(0, 61))

    assert "No object was finished for 1m" in str(dog.reason())


def test_a_run_with_progress_may_take_as_long_as_it_takes() -> None:
    dog = Watchdog(60, ticking(0, 50, 100, 150, 200))
    dog.beat()
    dog.beat()

    assert dog.reason() is None


def test_a_run_that_stalls_says_so_and_ends(company, monkeypatch) -> None:
    monkeypatch.setattr(
        "provisioner.api.Watchdog", lambda limit: Watchdog(0, ticking(*range(10_000)))
    )

    result = company.run()

    assert "No object was finished" in str(result.halted)
    assert {"not attempted": 3} == dict(result.accounts()[0].words)


def test_sigterm_ends_a_service_in_its_pause(company, server) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "provisioner", "run", str(company.write()), "--every", "1h"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while len(server.groups()) < 1 and time.monotonic() < deadline:
        os.sched_yield()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)

    assert (0, b"") == (process.returncode, said)


def test_a_service_goes_on_after_a_cycle_that_could_not_run(company, server, monkeypatch) -> None:
    from click.testing import CliRunner

    from provisioner.commands.cli import main

    company.people, people = {}, dict(company.people)
    file = company.write()
    (company.folder / "people.csv").unlink()
    pauses: list[float] = []

    def pause(self: Stopper, length: float) -> None:
        pauses.append(length)
        company.people = people
        company.write()
        if len(pauses) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(Stopper, "wait", pause)

    result = CliRunner().invoke(main, ["run", str(file), "--every", "40m"])

    assert 0 == result.exit_code
    assert "people.csv" in result.stderr
    assert 3 == len(server.users())
