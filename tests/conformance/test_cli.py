import json
import subprocess
import sys

import pytest

from conformance.check import all_checks


def spoil(tiny, edit):
    tiny.spoil(edit("POST", "/Users$", lambda body: body["meta"].clear()))


def spoil_should(tiny, edit):
    tiny.spoil(edit("POST", "/Users$", lambda body: body.__setitem__("userName", "other")))


def test_exit_code_0_when_no_must_failed(command, tiny):
    assert 0 == command("run", tiny.url, "rfc7644/3.3/location").exit_code


def test_exit_code_1_when_a_must_failed(command, tiny, edit):
    spoil(tiny, edit)

    assert 1 == command("run", tiny.url, "rfc7644/3.3/location").exit_code


def test_exit_code_0_when_only_a_should_is_unmet(command, tiny, edit):
    spoil_should(tiny, edit)

    assert 0 == command("run", tiny.url, "rfc7644/3.3/body").exit_code


def test_exit_code_1_for_an_unmet_should_when_asked(command, tiny, edit):
    spoil_should(tiny, edit)

    assert 1 == command("run", tiny.url, "rfc7644/3.3/body", "--should").exit_code


def test_the_token_may_be_given_as_an_option(command, tiny, token):
    arguments = ["run", tiny.url, "rfc7644/3.3/created", "--token", token]

    assert 0 == command(*arguments, SCIM_TOKEN=None).exit_code


def test_the_token_may_be_in_any_variable(command, tiny, token):
    arguments = ["run", tiny.url, "rfc7644/3.3/created", "--token-env", "CONTOSO"]

    assert 0 == command(*arguments, SCIM_TOKEN=None, CONTOSO=token).exit_code


def test_the_report_is_written_as_json(command, tiny, tmp_path):
    path = tmp_path / "report.json"
    result = command("run", tiny.url, "rfc7644/3.3", "--json", str(path))

    assert 1 == json.loads(path.read_text())["version"]
    assert f"report written to {path}" in result.stderr


def test_a_report_may_go_to_standard_output(command, tiny):
    result = command("run", tiny.url, "rfc7644/3.3/created", "--json", "-")

    assert 1 == json.loads(result.stdout)["version"]
    assert "1 pass" in result.stderr


def test_a_report_takes_the_place_of_no_link(command, tiny, tmp_path):
    link, path = tmp_path / "link", tmp_path / "report.json"
    path.touch()
    link.symlink_to(path)
    command("run", tiny.url, "rfc7644/3.3/created", "--json", str(link))

    assert link.is_symlink()
    assert 1 == json.loads(path.read_text())["version"]


def test_the_longest_file_name_is_long_enough(command, tiny, tmp_path):
    path = tmp_path / ("a" * 255)

    assert 0 == command("run", tiny.url, "rfc7644/3.3/created", "--json", str(path)).exit_code
    assert [path] == list(tmp_path.iterdir())


def test_checks_can_be_chosen_by_a_pattern(command):
    lines = command("list", "rfc7644/3.3/locat*", "*/GONE").stdout.splitlines()

    assert {"rfc7644/3.3/location", "rfc7644/3.6/gone"} <= {line.split()[0] for line in lines}
    assert all("/3.3/locat" in line or "/gone " in line for line in lines)


def test_checks_can_be_left_out_by_a_pattern(command, tiny):
    result = command("run", tiny.url, "rfc7644/3.6/gone", "rfc7644/3.6/deleted", "--skip", "*/gone")

    assert "(1 checks" in result.stdout


def test_the_last_part_of_an_id_hints_at_the_whole(command):
    assert "the nearest is rfc7644/3.6/gone" in command("run", "http://x", "gone").stderr


def test_a_section_is_not_explained_but_listed(command):
    result = command("explain", "rfc7644/3.6")

    assert 2 == result.exit_code
    assert "`list rfc7644/3.6` shows them" in result.stderr


def test_the_seed_may_be_given(command, tiny):
    assert "seed 42)" in command("run", tiny.url, "rfc7644/3.3/created", "--seed", "42").stdout


def test_the_list_names_every_check(command):
    output = command("list").stdout

    assert len(all_checks()) == len(output.splitlines())


def test_the_list_can_be_of_a_section(command):
    lines = command("list", "rfc7644/2").stdout.splitlines()

    assert lines
    assert all(line.startswith("rfc7644/2/") for line in lines)


def test_the_list_can_be_json(command):
    listed = json.loads(command("list", "rfc7644/3.3/location", "--json").stdout)

    assert "MUST" == listed[0]["level"]


def test_a_check_is_explained(command):
    output = command("explain", "rfc7644/3.3/location").stdout

    assert "https://www.rfc-editor.org/rfc/rfc7644#section-3.3" in output
    assert "created.must.have_status" in output or "have_header" in output
    assert "Needs: User" in output


def test_an_explanation_can_be_json(command):
    assert "reason" in json.loads(command("explain", "rfc7644/3.3/location", "--json").stdout)


@pytest.mark.parametrize("name", ["list", "explain"])
def test_an_unknown_check_is_exit_code_2(command, name):
    result = command(name, "rfc7644/3.3/locaton")

    assert 2 == result.exit_code
    assert "the nearest is rfc7644/3.3/location" in result.stderr


def test_bad_usage_is_exit_code_2(command):
    assert 2 == command("run").exit_code


@pytest.mark.parametrize("arguments", [[], ["run"], ["list"], ["explain"]])
def test_every_command_has_help(command, arguments):
    result = command(*arguments, "--help")

    assert 0 == result.exit_code
    assert "Usage:" in result.stdout


def test_the_package_is_a_command(tiny, token):
    result = subprocess.run(
        [sys.executable, "-m", "conformance", "run", tiny.url, "rfc7644/3.3/created"],
        env={"SCIM_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert 0 == result.returncode
    assert "1 pass" in result.stdout
    assert "" == result.stderr
