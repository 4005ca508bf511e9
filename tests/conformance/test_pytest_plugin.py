"""The checks as tests of a user's own suite."""

import subprocess
import sys
from importlib.metadata import entry_points
from typing import NamedTuple

import pytest

pytest_plugins = ["pytester"]

CHECK = "rfc7644/3.3/location"


@pytest.fixture
def suite(pytester, monkeypatch):
    """Run pytest as a user would, in a folder with one test of the user's own."""
    pytester.makepyfile(test_own="def test_own():\n    pass\n")
    known = {entry.value for entry in entry_points(group="pytest11")}
    plugin = [] if "conformance.pytest_plugin" in known else ["-p", "conformance.pytest_plugin"]
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments):
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-rA", *plugin, *arguments)
        return Outcome(int(result.ret), result.stdout.str(), result.stderr.str())

    return run


class Outcome(NamedTuple):
    """How a run of pytest ended, and what it said."""

    code: int
    stdout: str
    stderr: str


def test_without_a_url_nothing_happens(suite):
    result = suite()

    assert "1 passed" in result.stdout
    assert "scim" not in result.stdout.replace("scim_server", "").split("PASSES")[-1]


def test_each_check_is_a_test(suite, tiny, token):
    result = suite("--scim-url", tiny.url, "--scim-token", token, "--scim-only", CHECK)

    assert 0 == result.code
    assert "2 passed" in result.stdout
    assert f"PASSED scim::{CHECK}" in result.stdout


def test_the_token_may_be_in_the_environment(suite, tiny, token, monkeypatch):
    monkeypatch.setenv("SCIM_TOKEN", token)

    assert 0 == suite("--scim-url", tiny.url, "--scim-only", CHECK).code


def test_a_failed_must_is_a_failed_test_with_a_curl_line(suite, tiny, token, edit):
    tiny.spoil(edit("POST", "/Users$", lambda body: body["meta"].clear()))
    result = suite("--scim-url", tiny.url, "--scim-token", token, "--scim-only", CHECK)

    assert 1 == result.code
    assert f"FAILED scim::{CHECK}" in result.stdout
    assert "actual:   none" in result.stdout
    assert "try:      curl -i -X POST" in result.stdout
    assert token not in result.stdout


def test_an_unmet_should_is_an_expected_failure(suite, tiny, token, edit):
    tiny.spoil(edit("POST", "/Users$", lambda body: body.__setitem__("userName", "other")))
    given = ["--scim-url", tiny.url, "--scim-token", token, "--scim-only", "rfc7644/3.3/body"]

    assert "1 passed, 1 xfailed" in suite(*given).stdout
    assert "1 failed, 1 passed" in suite(*given, "--scim-should").stdout


def test_what_is_not_claimed_is_skipped(suite, tiny, token):
    check = "rfc7644/3.4.2.2/eq"
    result = suite("--scim-url", tiny.url, "--scim-token", token, "--scim-only", check)

    assert "1 passed, 1 skipped" in result.stdout
    assert "filter.supported is false" in result.stdout


def test_a_profile_is_lived_whatever_the_order(suite, whole_server):
    result = suite(
        *["--scim-url", whole_server.url, "--scim-token", whole_server.token],
        *["--scim-only", "ssosync", "-k", "disable or delete or own"],
    )

    assert 0 == result.code, result.stdout
    assert "PASSED scim::ssosync/disable" in result.stdout


def test_tests_can_be_chosen_by_name(suite, tiny, token):
    given = ["--scim-url", tiny.url, "--scim-token", token, "--scim-only", "rfc7644/3.3"]

    assert "1 passed" in suite(*given, "-k", "location-works").stdout


def test_an_endpoint_that_is_down_is_one_line_a_check(suite):
    result = suite("--scim-url", "http://127.0.0.1:1", "--scim-only", CHECK)

    assert 1 == result.code
    assert "does not answer: the connection failed" in result.stdout
    assert "Traceback" not in result.stdout


def test_an_unknown_check_is_a_usage_error(suite):
    result = suite("--scim-url", "http://127.0.0.1:1", "--scim-only", "rfc7644/3.3/locaton")

    assert 4 == result.code
    assert "the nearest is rfc7644/3.3/location" in result.stdout + result.stderr


def test_nothing_is_left_on_the_endpoint(suite, tiny, token):
    suite("--scim-url", tiny.url, "--scim-token", token, "--scim-only", "rfc7644/3.3.1")

    assert {} == tiny.users


def test_the_plugin_is_light_where_it_is_not_used():
    told = "import sys, conformance.pytest_plugin; print('requests' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=True
    )

    assert "False\n" == result.stdout
