import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from provisioner.commands.cli import main
from scim_server.testing.live import LiveServer


class Shell:
    """Runs commands on the company's job file."""

    def __init__(self, company: Any) -> None:
        self.company = company

    def __call__(self, command: str, *arguments: str) -> Result:
        file = str(self.company.write())
        return CliRunner().invoke(main, [command, file, *arguments])

    def json(self, command: str, *arguments: str) -> Any:
        return json.loads(self(command, *arguments, "--json").stdout)


@pytest.fixture
def shell(company) -> Shell:
    return Shell(company)


def test_check_says_that_all_is_well(shell: Shell) -> None:
    result = shell("check")

    assert 0 == result.exit_code
    assert "The source has 3 users, 1 groups; the target answers." in result.stdout


def test_plan_shows_counts_and_the_first_rows(shell: Shell, company) -> None:
    for number in range(20):
        company.person(f"p{number}")

    result = shell("plan")

    assert 0 == result.exit_code
    assert "18 more users" in result.stdout


def test_plan_shows_everything_on_demand(shell: Shell, company) -> None:
    for number in range(20):
        company.person(f"p{number}")

    assert "p19@example.com" in shell("plan", "--all").stdout


def test_plan_as_json_has_the_requests_to_come(shell: Shell, company) -> None:
    company.run()
    company.person("ada", displayName="Countess")

    (action,) = shell.json("plan")["actions"]

    assert ["PATCH"] == [each["method"] for each in action["requests"]]


def test_plan_as_json_names_every_action(shell: Shell) -> None:
    document = shell.json("plan")

    assert 5 == len(document["actions"])


def test_a_plan_over_the_limit_is_a_no(shell: Shell, company) -> None:
    company.run()
    company.settings["max_leavers"] = 0
    company.person("bob", userType="Guest")

    result = shell("plan")

    assert 1 == result.exit_code
    assert "Over the limit: 1 of 3 active users" in result.stdout


def test_run_ends_with_an_account_that_adds_up(shell: Shell) -> None:
    result = shell("run")

    assert 0 == result.exit_code
    assert "users: 3 in scope = 3 created" in result.stdout


def test_run_as_json_gives_the_account(shell: Shell) -> None:
    account = shell.json("run")["accounts"][0]

    assert {"kind": "users", "inScope": 3, "fates": {"created": 3}, "leavers": {}} == account


def test_a_saved_plan_is_applied(shell: Shell, tmp_path: Path, server: LiveServer) -> None:
    shell("plan", "--out", str(tmp_path / "p.json"))

    result = shell("apply", str(tmp_path / "p.json"))

    assert 0 == result.exit_code
    assert 3 == len(server.users())


def test_a_tripped_guard_says_how_to_approve(shell: Shell, company) -> None:
    company.run()
    company.settings["max_leavers"] = 0
    company.person("bob", userType="Guest")

    refused = shell("apply")
    approval = re.search(r"approve it with `apply --approve ([0-9a-f]{12})`", refused.stderr)
    assert approval is not None
    approved = shell("apply", "--approve", approval[1])

    assert (1, 0) == (refused.exit_code, approved.exit_code)


@pytest.fixture
def slip(shell: Shell, company) -> None:
    """A plan that is over its limit: bob leaves, and nobody may."""
    company.run()
    company.settings["max_leavers"] = 0
    company.person("bob", userType="Guest")


def test_a_plan_is_approved_by_its_file(slip, shell: Shell, tmp_path: Path, by_name) -> None:
    shell("plan", "--out", str(tmp_path / "p.json"))

    result = shell("apply", "--approve", str(tmp_path / "p.json"))

    assert 0 == result.exit_code
    assert not by_name("bob")["active"]


def test_the_approval_of_one_plan_is_not_that_of_another(slip, shell: Shell, company) -> None:
    digest = shell.json("plan")["digest"]
    company.person("eve", userType="Guest")

    result = shell("apply", "--approve", digest)

    assert 1 == result.exit_code
    assert f"{digest} approves another plan than this one." in " ".join(result.stderr.split())


def test_an_approval_outlives_what_takes_nothing_away(slip, shell: Shell, company) -> None:
    digest = shell.json("plan")["digest"]
    company.person("zoe")

    assert 0 == shell("apply", "--approve", digest).exit_code


def test_an_approval_that_is_not_needed_does_no_harm(shell: Shell) -> None:
    assert 0 == shell("apply", "--approve", "000000000000").exit_code


def test_what_is_held_back_is_a_no_and_counted(slip, shell: Shell, company) -> None:
    company.settings["on_guard"] = "hold"

    result = shell("run")

    assert 1 == result.exit_code
    assert "leavers: 1 held back" in result.stdout


def test_a_run_with_failures_is_a_no(shell: Shell, server: LiveServer) -> None:
    server.fault("/Users", status=403, method="POST")

    result = shell("run")

    assert 1 == result.exit_code
    assert "InsufficientRights" in result.stdout


def test_status_shows_what_is_held_and_what_is_open(shell: Shell, company) -> None:
    company.person("nobody", userPrincipalName="")
    shell("run")

    document = shell.json("status")

    assert 3 == document["held"]["users"]["active"]
    assert ["ImportSkipped"] == [each["code"] for each in document["open"]]


def test_status_before_the_first_run_makes_no_file(shell: Shell, tmp_path: Path) -> None:
    result = shell("status")

    assert 0 == result.exit_code
    assert [] == list(tmp_path.glob("*.db*"))


def test_what_went_through_is_no_longer_open(shell: Shell, server: LiveServer) -> None:
    server.fault("/Users", status=403, method="POST")
    shell("run")
    shell("run")

    assert [] == shell.json("status")["open"]


def test_who_leaves_the_scope_without_an_account_is_no_longer_open(shell: Shell, company) -> None:
    company.person("nobody", userPrincipalName="")
    shell("run")
    company.person("nobody", userType="Guest")
    shell("run")

    assert [] == shell.json("status")["open"]


def test_the_log_has_an_event_with_five_steps_for_each_action(shell: Shell) -> None:
    shell("run")

    events = shell.json("log")

    assert {"create", "update"} == {event["provisioningAction"] for event in events}
    assert ["import", "scoping", "matching", "processing", "export"] == [
        step["provisioningStepType"] for step in events[0]["provisioningSteps"]
    ]


def test_an_event_as_json_has_the_members_of_entras(shell: Shell, server: LiveServer) -> None:
    server.fault("/Users", status=403, method="POST")
    shell("run")

    event = shell.json("log", "--failures")[0]

    assert {
        *("id", "activityDateTime", "jobId", "cycleId", "changeId", "provisioningAction"),
        *("durationInMilliseconds", "initiatedBy", "sourceSystem", "targetSystem"),
        *("sourceIdentity", "targetIdentity", "provisioningStatusInfo", "provisioningSteps"),
        "modifiedProperties",
    } == event.keys()
    error = event["provisioningStatusInfo"]["errorInformation"]
    assert ("InsufficientRights", "credentials") == (error["errorCode"], error["errorCategory"])


def test_a_disabling_that_is_held_back_is_logged_as_staged(slip, shell: Shell, company) -> None:
    company.settings["on_guard"] = "hold"
    shell("run")

    assert "stagedDelete" == shell.json("log")[0]["provisioningAction"]


def test_the_log_shows_failures_alone(shell: Shell, server: LiveServer) -> None:
    server.fault("/Users", status=403, method="POST")
    shell("run")

    events = shell.json("log", "--failures")

    assert ["failure"] == [each["provisioningStatusInfo"]["status"] for each in events]


def test_explain_walks_a_person_through_the_five_steps(shell: Shell) -> None:
    result = shell("explain", "ada@example.com")

    assert 0 == result.exit_code
    for line in ("1. import: success.", "3. match: success.", "Next cycle: create."):
        assert line in result.stdout


def test_explain_says_why_somebody_is_left_out(shell: Shell, company) -> None:
    company.person("gus", userType="Guest")

    steps = shell.json("explain", "gus")[0]["steps"]

    assert "the job's scope leaves it out" in steps[1]["text"]


def test_explain_knows_whom_it_does_not_know(shell: Shell) -> None:
    result = shell("explain", "zorro")

    assert 1 == result.exit_code
    assert 'goes by "zorro"' in result.stderr


def test_a_missing_token_is_one_message(shell: Shell, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.delenv("COMPANY_SCIM_TOKEN")

    result = shell("run")

    assert 2 == result.exit_code
    assert "COMPANY_SCIM_TOKEN is not set" in result.stderr
    assert [] == list(tmp_path.glob("*.db*"))


def test_a_wrong_token_is_one_message(shell: Shell, monkeypatch) -> None:
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", "wrong")

    result = shell("run")

    assert 2 == result.exit_code
    assert 1 == len(result.stderr.strip().splitlines())
    assert "wrong" not in result.stderr


def test_a_broken_job_is_one_message_for_each_problem(shell: Shell, company) -> None:
    company.settings["leavers"] = "fire"
    company.settings["max_leavers"] = -1

    result = shell("plan")

    assert 2 == result.exit_code
    assert all(line.startswith("error: ") for line in result.stderr.strip().splitlines())


def test_a_missing_job_file_is_one_message() -> None:
    result = CliRunner().invoke(main, ["plan", "nowhere.toml"])

    assert 2 == result.exit_code
    assert "nowhere.toml" in result.stderr


def test_a_time_that_is_none_is_refused(shell: Shell) -> None:
    result = shell("run", "--every", "soon")

    assert 2 == result.exit_code


@pytest.mark.parametrize(
    "command", ["check", "plan", "apply", "run", "resume", "status", "log", "explain"]
)
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = CliRunner().invoke(main, [command, "--help"])

    assert "Example" in result.output
    assert f"scim-provisioner {command} contoso.toml" in result.output


def test_it_is_a_module_too() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "provisioner", "--help"], capture_output=True, text=True, check=True
    )

    assert "explain" in result.stdout


def test_check_tells_of_a_source_without_people(shell: Shell, company) -> None:
    company.people.clear()

    result = shell("check")

    assert 1 == result.exit_code
    assert "The source has no users at all." in result.stdout


def test_a_password_is_sent_and_never_shown(shell: Shell, company, tmp_path: Path) -> None:
    company.settings["more_mappings"] = (
        "[users.map.password]\nfrom = 'Append([objectId], \"-secret\")'\napply = 'on create'"
    )
    texts = [shell("plan", "--all").output, shell("plan", "--json").output]
    texts += [shell(*words).output for words in (["run"], ["log", "--json"], ["explain", "ada"])]

    assert not [text for text in texts if "ada-secret" in text]


def test_again_and_again_is_run_until_it_is_stopped(shell: Shell, monkeypatch, server) -> None:
    def impatient(self: object, seconds: float) -> None:
        assert 1200 <= seconds <= 3600
        raise KeyboardInterrupt

    monkeypatch.setattr("provisioner.watching.schedule.Stopper.wait", impatient)

    result = shell("run", "--every", "40m")

    assert 0 == result.exit_code
    assert 3 == len(server.users())


def test_status_log_and_explain_are_readable(shell: Shell, company, server: LiveServer) -> None:
    company.person("nobody", userPrincipalName="")
    server.fault("/Users", status=403, method="POST", times=9)
    shell("run")
    shell("run")

    status, log, explained = shell("status"), shell("log"), shell("explain", "bob")

    assert "InsufficientRights: The" in status.stdout
    assert "(tried 2 times)" in status.stdout
    assert "has a value" in log.stdout
    assert "The last try failed: InsufficientRights" in explained.stdout


def test_an_unknown_profile_is_one_message(shell: Shell, company) -> None:
    company.settings["url"] += '"\nprofile = "slak'

    result = shell("run")

    assert 2 == result.exit_code
    assert "target.profile" in result.stderr


def test_a_plan_for_nobody_is_a_no(shell: Shell) -> None:
    result = shell("plan", "--person", "zorro")

    assert 1 == result.exit_code
    assert 'goes by "zorro"' in result.stderr


def test_a_plan_leaves_other_files_as_they_are(shell: Shell, company) -> None:
    result = shell("plan", "--out", str(company.folder / "company.toml"))

    assert 2 == result.exit_code
    assert "is not a plan" in result.stderr


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("plan", ["--all"]),
        ("run", ["--all"]),
        ("explain", ["ada"]),
        ("status", []),
        ("log", []),
    ],
)
def test_no_cell_of_the_source_steers_the_terminal(
    shell: Shell, company, command: str, more: list[str]
) -> None:
    nasty = "\x1b[31mred\x1b[0m\x9b2J\r\u202e\x00"
    company.person("ada", displayName=nasty.replace("\x00", ""), department="\x1b]0;x\x07")
    company.person("bob", userPrincipalName="\x1b[2Jbob")
    company.person("eve", userPrincipalName="\x1b[2Jbob")
    company.group("staff", "ada", name="\x1b[31mStaff")
    if command in ("explain", "status", "log"):
        shell("run")

    result = shell(command, *more)

    shown = result.stdout + result.stderr
    assert not {*shown} & {*"\x1b\x9b\x07\r\u202e"}
    assert command == "status" or "\\x1b" in shown


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_target_that_fails_at_every_question_could_not_run(
    shell: Shell, server: LiveServer, monkeypatch, command: str
) -> None:
    monkeypatch.setattr("scim_client.clock.Clock.sleep", lambda self, seconds: None)
    server.fault("/Users", status=500, times=10_000)

    result = shell(command)

    assert 2 == result.exit_code
    assert 1 == result.stderr.count("error: ")
    assert "Nothing to do" not in result.stdout


def test_with_parked_objects_the_target_is_not_said_to_be_right(shell: Shell, company) -> None:
    shell("run")
    company.person("nobody", userPrincipalName="")

    result = shell("plan")

    assert "Nothing to send: 1 parked" in result.stdout


def test_explain_says_what_would_be_sent(shell: Shell) -> None:
    (explained,) = shell.json("explain", "ada@example.com")

    request = explained["steps"][4]["details"]["requests"][0]
    assert ("POST", "/Users", "ada@example.com") == (
        request["method"],
        request["path"],
        request["body"]["userName"],
    )


def test_explain_shows_the_operations_of_a_change(shell: Shell, company) -> None:
    company.run()
    company.person("ada", displayName="Countess")

    (explained,) = shell.json("explain", "ada@example.com")

    (request,) = explained["steps"][4]["details"]["requests"]
    assert ["replace"] == [each["op"] for each in request["body"]["Operations"]]


def test_explain_says_when_it_was_tried_and_when_it_is_next(shell: Shell, server) -> None:
    server.fault("/Users", status=403, method="POST", times=9)
    shell("run")
    shell("run")

    details = shell.json("explain", "ada")[0]["steps"][4]["details"]

    assert details["last tried"] < details["next attempt"]


def test_explain_shows_no_secret_in_what_would_be_sent(shell: Shell, company) -> None:
    company.settings["more_mappings"] = (
        "[users.map.password]\nfrom = 'Append([objectId], \"-secret\")'\napply = 'on create'"
    )

    assert "ada-secret" not in shell("explain", "ada@example.com").stdout


def test_explain_carries_it_out_for_one_person(shell: Shell, server: LiveServer) -> None:
    result = shell("explain", "ada@example.com", "--apply")

    assert 0 == result.exit_code
    assert ["ada@example.com"] == [user["userName"] for user in server.users()]
