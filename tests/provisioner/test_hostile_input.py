"""Input that has no end, cannot be, or cannot be written: one message, and exit code 2."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from provisioner.commands.cli import main

ENDLESS = Path("/dev/zero")
needs_devices = pytest.mark.skipif(not ENDLESS.exists(), reason="there is no /dev/zero here")


def check(company: Any, before: str, after: str) -> Result:
    file = company.write()
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    return CliRunner().invoke(main, ["check", str(file)])


def refused(result: Result) -> str:
    assert (2, 1) == (result.exit_code, result.stderr.count("error: "))
    return result.stderr


@needs_devices
def test_a_job_file_without_an_end_is_given_up() -> None:
    assert "has more than" in refused(CliRunner().invoke(main, ["check", str(ENDLESS)]))


@needs_devices
def test_a_token_file_without_an_end_is_given_up(company) -> None:
    result = check(company, 'token_env = "COMPANY_SCIM_TOKEN"', f'token_file = "{ENDLESS}"')

    assert "target.token_file" in refused(result)


@needs_devices
def test_a_device_is_no_source(company) -> None:
    result = check(company, '"people.csv"', f'"{ENDLESS}"')

    assert "it is a device or a pipe, not a file" in refused(result)


def test_a_pipe_is_no_source_and_is_not_waited_for(company) -> None:
    os.mkfifo(company.folder / "pipe")

    assert "not a file" in refused(check(company, '"people.csv"', '"pipe"'))


@needs_devices
def test_a_schema_of_entra_without_an_end_is_given_up() -> None:
    assert "has more than" in refused(CliRunner().invoke(main, ["import-entra", str(ENDLESS)]))


def test_a_zero_byte_in_a_file_name_is_refused_by_its_key(company) -> None:
    result = check(company, '"people.csv"', '"\\u0000"')

    assert "source.users: must not have a zero byte" in refused(result)


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1/scim",
        "http://app.example:99999/scim",
        "http://app.example:x/scim",
        "http://:80/scim",
        "http://two words/scim",
        "http://app.example/a\\tb",
    ],
)
def test_a_url_that_cannot_be_is_refused_by_its_key(company, url: str) -> None:
    result = check(company, company.settings["url"], url)

    assert "target.url: must be a URL such as" in refused(result)


@pytest.mark.parametrize("token", ["Bearer abc", "two\nlines", "caf\u00e9", "\x1b[31m"])
def test_what_is_no_token_is_told_by_the_key_that_names_it(company, token: str) -> None:
    (company.folder / "token.txt").write_text(token, encoding="utf-8")

    said = refused(check(company, 'token_env = "COMPANY_SCIM_TOKEN"', 'token_file = "token.txt"'))

    assert "target.token_file: what it names is no bearer token" in said


def test_a_token_that_cannot_be_one_is_not_shown(company, monkeypatch) -> None:
    monkeypatch.setenv("COMPANY_SCIM_TOKEN", "hunter2 secret")

    said = refused(CliRunner().invoke(main, ["check", str(company.write())]))

    assert "hunter2" not in said


@pytest.mark.parametrize("command", [["plan", "--json"], ["plan"], ["status"], ["explain", "ada"]])
def test_output_that_cannot_be_written_is_one_message(company, tmp_path, command) -> None:
    company.run()
    file = str(company.write())
    read_only = tmp_path / "out.txt"
    read_only.touch()

    with read_only.open(encoding="utf-8") as out:
        ended = subprocess.run(
            [sys.executable, "-m", "provisioner", command[0], file, *command[1:]],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert (2, "error: the output: cannot be written: Bad file descriptor\n") == (
        ended.returncode,
        ended.stderr,
    )


def test_a_priority_that_is_no_number_is_no_reason_to_stop(tmp_path: Path) -> None:
    mapping = {
        "matchingPriority": "first",
        "targetAttributeName": "userName",
        "source": {"type": "Attribute", "name": "mail"},
    }
    rule = {"objectMappings": [{"sourceObjectName": "user", "attributeMappings": [mapping]}]}
    file = tmp_path / "schema.json"
    file.write_text(json.dumps({"synchronizationRules": [rule]}), encoding="utf-8")

    result = CliRunner().invoke(main, ["import-entra", str(file)])

    assert (1, True) == (result.exit_code, "nothing to match by" in result.stderr)


@pytest.mark.parametrize("command", [["plan"], ["explain", "ada"], ["run"], ["log"]])
def test_a_name_that_the_output_cannot_show_ends_no_run(company, command: list[str]) -> None:
    company.run()
    company.person("ada", displayName="Zoë → Łucja")

    ended = subprocess.run(
        [sys.executable, "-m", "provisioner", command[0], str(company.write()), *command[1:]],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )

    assert (0, b"") == (ended.returncode, ended.stderr)


def test_an_imported_job_gets_no_name_that_no_job_can_have(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text("{}", encoding="utf-8")

    result = CliRunner().invoke(main, ["import-entra", str(file), "--name", "../x"])

    assert (2, True) == (result.exit_code, "must be made of letters" in result.stderr)


def test_a_job_file_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    file.write_text(f"a = {'[' * 5000}{']' * 5000}", encoding="utf-8")

    assert "nested too deeply" in refused(CliRunner().invoke(main, ["check", str(file)]))


def test_a_schema_file_that_is_nested_without_end_is_refused(company) -> None:
    deep = "[" * 50_000 + "]" * 50_000
    (company.folder / "deep.json").write_text(deep, encoding="utf-8")

    result = check(company, "concurrency = 2", 'concurrency = 2\nschemas = ["deep.json"]')

    assert "deep.json" in refused(result)


@needs_devices
def test_a_schema_file_without_an_end_is_given_up(company) -> None:
    result = check(company, "concurrency = 2", f'concurrency = 2\nschemas = ["{ENDLESS}"]')

    assert "has more than" in refused(result)


@needs_devices
def test_a_device_is_no_plan(company) -> None:
    result = CliRunner().invoke(main, ["apply", str(company.write()), str(ENDLESS)])

    assert "it is a device or a pipe, not a file" in refused(result)
