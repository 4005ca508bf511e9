"""`scim-server run` as a user starts it: a process of its own."""

import os
import re
import signal
import socket

import pytest
import requests
from click.testing import CliRunner

from scim_protocol import urns
from scim_server.commands.cli import main
from tests.server.processes import Process, processes


@pytest.fixture
def run():
    with processes() as start:
        yield start


def test_it_announces_its_url_and_the_token_it_made(run):
    server = run("--database", ":memory:")

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/scim/v2", server.url)
    assert len(server.token) >= 20
    assert ":memory:" == server.said["Database:"]
    assert 200 == server.request("GET", "/Users").status_code


def test_the_token_stands_for_the_user_that_is_named_as_me(run):
    server = run("--database", ":memory:", "--me", "ada")
    server.request("POST", "/Users", {"schemas": [urns.USER], "userName": "Ada"})

    assert "Ada" == server.request("GET", "/Me").json()["userName"]


def test_an_optional_dialect_is_switched_on_by_name(run):
    server = run("--database", ":memory:", "--dialect", "unquoted-value")

    assert 200 == server.request("GET", "/Users?filter=userName+eq+ada").status_code


def test_two_starts_make_two_tokens(run):
    assert run("--database", ":memory:").token != run("--database", ":memory:").token


def test_a_token_that_was_given_is_not_printed(run):
    server = run("--database", ":memory:", "--token", "mine")

    assert server.token is None
    assert 200 == server.request("GET", "/Users", token="mine").status_code


def test_a_token_may_come_from_the_environment(run):
    server = run("--database", ":memory:", "--token-env", "MY_TOKEN", MY_TOKEN="mine")

    assert 200 == server.request("GET", "/Users", token="mine").status_code


def test_no_token_is_made_where_the_database_has_one(run, tmp_path):
    database = str(tmp_path / "scim.db")
    added = CliRunner().invoke(main, ["token", "add", "mine", "--database", database])
    token = added.stdout.strip()

    server = run("--database", database)

    assert server.token is None
    assert 200 == server.request("GET", "/Users", token=token).status_code


def test_without_a_database_it_keeps_a_file_in_the_users_data_directory(run, tmp_path):
    server = run(XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path))

    assert server.said["Database:"].startswith(str(tmp_path))
    assert 0o600 == os.stat(server.said["Database:"]).st_mode & 0o777


def test_what_it_stored_is_there_after_a_restart(run, tmp_path):
    arguments = ("--database", str(tmp_path / "scim.db"), "--token", "mine")
    first = run(*arguments)
    body = {"schemas": [urns.USER], "userName": "ada"}
    user = first.request("POST", "/Users", body, token="mine").json()
    first.stop()

    assert user["id"] in run(*arguments).request("GET", "/Users", token="mine").text


def test_what_it_acknowledged_survives_being_killed(run, tmp_path):
    arguments = ("--database", str(tmp_path / "scim.db"), "--token", "mine")
    first = run(*arguments)
    body = {"schemas": [urns.USER], "userName": "ada"}
    first.request("POST", "/Users", body, token="mine")
    first.stop(signal.SIGKILL)

    assert 1 == run(*arguments).request("GET", "/Users", token="mine").json()["totalResults"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(run, number):
    server = run("--database", ":memory:")
    with requests.Session() as kept_alive:
        kept_alive.get(server.url + "/Users", timeout=10)

        assert (0, "") == server.stop(number)


def refused(*arguments):
    """Run a server that cannot start; return its exit code and its message."""
    return Process(*arguments).stop_by_itself()


def test_a_port_in_use_is_said_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, message = refused("--database", ":memory:", "--port", str(port))

    assert 2 == code
    assert (
        f"scim-server: Cannot listen on 127.0.0.1 port {port}: Address already in use.\n" == message
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--database", "/nowhere/scim.db"], "the folder /nowhere does not exist"),
        (["--database", "/"], "is a folder"),
        (["--database", ":memory:", "--host", "256.0.0.1"], "Cannot listen on 256.0.0.1"),
        (["--database", ":memory:", "--host", "a..b"], "Cannot listen on a..b: that is no name"),
        (["--database", ":memory:", "--token", "with space"], "printable ASCII"),
        (["--database", ":memory:", "--token", ""], "a token cannot be empty"),
        (["--database", ":memory:", "--token-env", "UNSET_TOKEN"], "UNSET_TOKEN is not set"),
        (["--token", "a", "--token-env", "B"], "not both"),
        (["--port", "70000"], "70000"),
        (["--database", ":memory:", "--access-log", "/nowhere/log"], "/nowhere/log"),
        (["--database", ":memory:", "--workers", "2"], "--workers: several workers cannot share"),
        (["--config", "/nowhere/scim.toml"], "--config: /nowhere/scim.toml cannot be read"),
    ],
)
def test_what_it_cannot_run_with_is_one_clear_message_and_exit_code_2(arguments, said):
    code, message = refused(*arguments)

    assert 2 == code
    assert said in message
    assert "Traceback" not in message


def test_a_secret_that_is_refused_is_not_repeated():
    _, message = refused("--database", ":memory:", "--token", "hush hush")

    assert "hush" not in message
