from typing import Any

from click.testing import CliRunner

from provisioner import Action, Trouble
from provisioner.commands.cli import main
from provisioner.job.durations import DAY, HOUR
from provisioner.planning.retries import NEVER, next_failure, when

ADA = Action("update", "users", "ada", "Ada")
NO = Trouble("Conflict", "No.")


def tries(retry_for: float, most: int = 100) -> list[float]:
    """Return when an object is tried that always fails, in hours after its first failure."""
    now, found = 0.0, []
    failure = next_failure(None, ADA, NO, "v1", now, retry_for)
    while failure.retry_at != NEVER and len(found) < most:
        now = failure.retry_at or now + 0.5 * HOUR
        found.append(now / HOUR)
        failure = next_failure(failure, ADA, NO, "v1", now, retry_for)
    return found


def test_it_is_tried_in_the_next_cycle_then_after_6_and_12_hours_then_daily() -> None:
    assert [0.5, 6.5, 18.5, 42.5] == tries(28 * DAY)[:4]


def test_after_its_time_it_is_no_longer_tried_by_itself() -> None:
    assert 28 * 24 - 24 < tries(28 * DAY)[-1] <= 28 * 24


def test_what_has_changed_in_the_source_starts_anew() -> None:
    failure = next_failure(None, ADA, NO, "v1", 0.0, DAY)
    for day in range(9):
        failure = next_failure(failure, ADA, NO, "v1", day * DAY, DAY)

    again = next_failure(failure, ADA, NO, "v2", 9 * DAY, DAY)

    assert (1, "next cycle") == (again.attempts, when(again))


def test_given_up_it_is_said_to_be(company, server) -> None:
    company.settings["more_policy"] = 'retry_for = "1s"'
    server.fault("/Users", status=403, method="POST", times=9)
    for _ in range(3):
        company.run(retry=True)

    status = CliRunner().invoke(main, ["status", str(company.write())])

    assert "only with" in status.stdout


def test_given_up_it_is_tried_on_demand(company, server, by_name: Any) -> None:
    company.settings["more_policy"] = 'retry_for = "1s"'
    server.fault("/Users", status=403, method="POST", times=9)
    for _ in range(3):
        company.run(retry=True)
    company.run()
    before = {user["userName"] for user in server.users()}

    company.run(retry=True)

    assert set() == before
    assert by_name("ada")["active"]
