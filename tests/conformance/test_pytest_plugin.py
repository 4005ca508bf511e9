"""The checks as tests of a user's own suite."""

import json
import subprocess
import sys
from importlib.metadata import entry_points
from typing import NamedTuple

import pytest
from werkzeug import Response

from conformance.commands.run import run_command
from conformance.ways_in import WAYS

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


def test_the_token_may_be_in_any_variable(suite, tiny, token, monkeypatch):
    monkeypatch.setenv("CONTOSO", token)
    given = ["--scim-url", tiny.url, "--scim-only", CHECK, "--scim-token-env", "CONTOSO"]

    assert 0 == suite(*given).code


@pytest.fixture
def sent(tiny, monkeypatch):
    """Let every request in, and note the headers of each."""
    seen = []
    right = tiny._right

    def let_in(request):
        seen.append(dict(request.headers))
        request.environ["HTTP_AUTHORIZATION"] = "Bearer s3cr3t/token+value"
        return right(request)

    monkeypatch.setattr(tiny, "_right", let_in)
    monkeypatch.delenv("SCIM_TOKEN", raising=False)
    return seen


def test_basic_is_sent(suite, tiny, sent, monkeypatch):
    monkeypatch.setenv("SCIM_PASSWORD", "pa55word")
    suite("--scim-url", tiny.url, "--scim-only", CHECK, "--scim-username", "ada")

    assert {"Basic YWRhOnBhNTV3b3Jk"} == {headers["Authorization"] for headers in sent}


def test_a_token_is_fetched_with_client_credentials(suite, tiny, token, sent, monkeypatch):
    monkeypatch.setenv("SCIM_CLIENT_SECRET", "cl1ent")
    fetched = Response(json.dumps({"access_token": token}), mimetype="application/json")
    tiny.guard(lambda request: fetched if request.path == "/token" else None)
    result = suite(
        *["--scim-url", tiny.url, "--scim-only", CHECK, "--scim-oauth-client-id", "app"],
        *["--scim-oauth-token-url", tiny.server.url_for("/token")],
    )

    assert 0 == result.code, result.stdout
    assert {f"Bearer {token}"} == {headers["Authorization"] for headers in sent}


def test_headers_are_sent(suite, tiny, sent, monkeypatch):
    monkeypatch.setenv("API_KEY", "k3y")
    given = ["--scim-header", "X-Api-Key: $API_KEY", "--scim-header", "X-Tenant: contoso"]
    suite("--scim-url", tiny.url, "--scim-only", CHECK, *given)

    assert {("k3y", "contoso")} == {(h["X-Api-Key"], h["X-Tenant"]) for h in sent}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scim-username", "ada"], "the environment variable SCIM_PASSWORD: set it"),
        (["--scim-oauth-token-url", "http://x"], "--scim-oauth-token-url needs --scim-oauth-cl"),
        (["--scim-header", "nonsense"], "--scim-header is written 'NAME: VALUE'"),
        (["--scim-skip", "rfc7644"], "no check is left to run"),
    ],
)
def test_options_that_cannot_be_are_a_usage_error(suite, tiny, options, message, monkeypatch):
    monkeypatch.delenv("SCIM_PASSWORD", raising=False)
    result = suite("--scim-url", tiny.url, "--scim-only", CHECK, *options)

    assert 4 == result.code
    assert message in result.stdout + result.stderr


def test_what_the_command_says_of_how_to_get_in_pytest_says_too():
    given = [option.name for option in run_command.params]

    assert {way.key for way in WAYS} <= set(given)


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
