"""The command: what it prints, where, and with which exit code."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pytest_httpserver import HTTPServer

from scim_client.cli import main
from scim_protocol import urns

ADA = {"schemas": [urns.USER], "id": "1", "userName": "ada", "active": True}
BOB = {"schemas": [urns.USER], "id": "22", "userName": "bob 北京", "displayName": "Bob"}

Run = Callable[..., Result]


@pytest.fixture
def run(httpserver: HTTPServer, monkeypatch) -> Run:
    monkeypatch.setenv("SCIM_URL", httpserver.url_for("/scim/v2"))
    monkeypatch.setenv("SCIM_TOKEN", "s3cret-token")

    def run(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(main, list(arguments), input=input)

    return run


@pytest.fixture
def people(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/scim/v2/Users").respond_with_json(
        {"totalResults": 2, "Resources": [ADA, BOB]}
    )


def test_list_prints_a_table(run: Run, people):
    result = run("users", "list")

    assert result.stdout.splitlines() == [
        "id  userName  displayName  active",
        "1   ada                    true",
        "22  bob 北京  Bob",
    ]


def test_list_prints_json_lines(run: Run, people):
    result = run("users", "list", "--json")

    assert [json.loads(line) for line in result.stdout.splitlines()] == [ADA, BOB]


def test_list_sends_its_options_to_the_server(run: Run, people, httpserver: HTTPServer):
    run(
        "users", "list", "--filter", 'userName eq "ada"', "--attributes", "userName,title",
        "--excluded-attributes", "groups", "--count", "50", "--sort-by", "userName",
    )  # fmt: skip

    assert httpserver.log[0][0].args.to_dict() == {
        "filter": 'userName eq "ada"',
        "attributes": "userName,title",
        "excludedAttributes": "groups",
        "count": "50",
        "sortBy": "userName",
        "startIndex": "1",
    }


def test_the_attributes_asked_for_are_the_columns(run: Run, httpserver: HTTPServer):
    work = {**ADA, "name": {"givenName": "Ada"}, "emails": [{"value": "a@x"}, {"value": "b@x"}]}
    work[urns.ENTERPRISE_USER] = {"department": "R&D"}
    work["schemas"] = [urns.USER, urns.ENTERPRISE_USER]
    httpserver.expect_request("/scim/v2/Users").respond_with_json(
        {"totalResults": 1, "Resources": [work]}
    )
    names = f"name.givenname,emails,{urns.USER}:userName,{urns.ENTERPRISE_USER}:department"

    row = run("users", "list", "--attributes", names).stdout.splitlines()[1]

    assert row.split() == ["1", "Ada", "a@x,", "b@x", "ada", "R&D"]


def test_limit_stops_the_list(run: Run, people):
    result = run("users", "list", "--json", "--limit", "1")

    assert [json.loads(line) for line in result.stdout.splitlines()] == [ADA]


def test_an_empty_list_leaves_stdout_empty(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Users").respond_with_json({"totalResults": 0})

    result = run("users", "list")

    assert (result.stdout, result.stderr, result.exit_code) == ("", "nothing found\n", 0)


def test_a_list_that_breaks_off_shows_what_came_and_fails(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Users").respond_with_json(
        {"totalResults": 9, "Resources": [ADA]}
    )

    result = run("users", "list")

    assert "ada" in result.stdout
    assert "ignore startIndex" in result.stderr
    assert result.exit_code == 2


def test_what_a_server_says_cannot_steer_the_terminal(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Users").respond_with_json(
        {"totalResults": 1, "Resources": [{"id": "1", "userName": "a\x1b[2Jb\n"}]}
    )

    assert "\x1b" not in run("users", "list").stdout


def test_get_prints_the_resource(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Groups/7").respond_with_json({"id": "7"})

    assert json.loads(run("groups", "get", "7").stdout) == {"id": "7"}


def test_any_endpoint_can_be_named(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Devices/7").respond_with_json({"id": "7"})

    assert json.loads(run("resource", "/Devices", "get", "7").stdout) == {"id": "7"}


SENT = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}


def test_create_reads_a_file(run: Run, httpserver: HTTPServer, tmp_path):
    file = tmp_path / "ada.json"
    file.write_text('{"userName": "ada"}')
    httpserver.expect_request("/scim/v2/Users", json=SENT).respond_with_json(ADA, status=201)

    assert json.loads(run("users", "create", str(file)).stdout) == ADA


def test_create_reads_standard_input(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Users", json=SENT).respond_with_json(ADA, status=201)

    result = run("users", "create", "-", input='{"userName": "ada"}')

    assert json.loads(result.stdout) == ADA


def test_replace_sends_the_etag(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Users/1", method="PUT").respond_with_json(ADA)

    run("users", "replace", "1", "-", "--etag", 'W/"1"', input="{}")

    assert httpserver.log[0][0].headers["If-Match"] == 'W/"1"'


OPERATIONS = [{"op": "Replace", "path": "active", "value": "False"}]


@pytest.mark.parametrize(
    "document", [OPERATIONS, {"schemas": [urns.PATCH_OP], "Operations": OPERATIONS}]
)
def test_patch_takes_a_list_of_operations_or_a_whole_message(document, run: Run, httpserver):
    message = {"schemas": [urns.PATCH_OP], "Operations": OPERATIONS}
    httpserver.expect_request("/scim/v2/Users/1", json=message).respond_with_json(ADA)

    result = run("users", "patch", "1", "-", input=json.dumps(document))

    assert json.loads(result.stdout) == ADA


def test_delete_prints_nothing(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Users/1", method="DELETE").respond_with_data(status=204)

    result = run("users", "delete", "1")

    assert (result.stdout, result.stderr, result.exit_code) == ("", "", 0)


def test_discovery_is_shown(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/ServiceProviderConfig").respond_with_json({"a": 1})
    for path in ("Schemas", "ResourceTypes"):
        httpserver.expect_request(f"/scim/v2/{path}").respond_with_json(
            {"totalResults": 1, "Resources": [{"id": "User", "name": "User"}]}
        )

    assert json.loads(run("config").stdout) == {"a": 1}
    assert json.loads(run("schemas", "--json").stdout) == {"id": "User", "name": "User"}
    assert run("resource-types").stdout.splitlines() == ["id    name", "User  User"]


@pytest.mark.parametrize(
    ("status", "code"), [(404, 1), (409, 1), (403, 1), (501, 1), (401, 2), (429, 2)]
)
def test_the_exit_code_tells_a_no_from_could_not_run(status, code, run: Run, httpserver):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_json(
        {"detail": "Not\nso."}, status=status, headers={"Retry-After": "9999"}
    )

    result = run("users", "get", "1")

    assert result.exit_code == code
    assert result.stderr.startswith(f"scim-client: {status}: Not so (GET http://")
    assert result.stderr.count("\n") == 1


def test_a_refused_token_says_what_to_check(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data(status=401)

    result = run("users", "get", "1")

    assert "check --token" in result.stderr
    assert "s3cret" not in result.stderr


def test_an_html_answer_says_to_check_the_url(run: Run, httpserver: HTTPServer):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data("<p>Welcome</p>")

    result = run("users", "get", "1")

    assert "Welcome" in result.stderr
    assert "check the base URL" in result.stderr
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "standard input is not JSON"),
        ("\xff", "is not JSON"),
        ("[]", "a resource is a JSON object"),
        ('"x"', "a resource is a JSON object"),
    ],
)
def test_an_input_that_is_no_resource_is_refused(content: str, words: str, run: Run):
    result = run("users", "create", "-", input=content)

    assert words in result.stderr
    assert result.exit_code == 2


def test_an_object_without_operations_is_no_patch(run: Run):
    result = run("users", "patch", "1", "-", input='{"active": false}')

    assert "neither a PatchOp message nor a list of operations" in result.stderr
    assert result.exit_code == 2


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_named(name: str, run: Run, tmp_path):
    result = run("users", "create", str(tmp_path / name))

    assert "cannot be read" in result.stderr
    assert result.exit_code == 2


def test_without_a_url_the_command_says_how_to_give_one(monkeypatch):
    monkeypatch.delenv("SCIM_URL", raising=False)

    result = CliRunner().invoke(main, ["users", "list"])

    assert result.stderr == "scim-client: which server? give --url, or set the variable SCIM_URL\n"
    assert result.exit_code == 2


def test_help_of_a_command_needs_no_url(monkeypatch):
    monkeypatch.delenv("SCIM_URL", raising=False)

    assert CliRunner().invoke(main, ["groups", "patch", "--help"]).exit_code == 0


def test_a_token_can_come_from_a_named_variable(run: Run, httpserver, people, monkeypatch):
    monkeypatch.setenv("CONTOSO_TOKEN", "other")

    run("--token-env", "CONTOSO_TOKEN", "users", "list")

    assert httpserver.log[0][0].headers["Authorization"] == "Bearer other"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--token-env", "NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE named by --token-env is not set"),
        (["--token-env", "A", "--token", "b"], "not both"),
        (["--url", "app.example"], "is not a base URL"),
        (["--timeout", "0"], "timeout must be seconds above 0"),
        (["--token", "a\nb"], "characters that an HTTP header cannot carry"),
    ],
)
def test_bad_options_give_one_line(options: list[str], words: str, run: Run):
    result = run(*options, "users", "list")

    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.exit_code == 2


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "scim_client", "--help"], capture_output=True, text=True, check=True
    )

    assert done.stdout.startswith("Usage: scim-client [OPTIONS]")


def test_a_byte_order_mark_before_the_document_is_skipped(run: Run, httpserver: HTTPServer):
    httpserver.expect_request(
        "/scim/v2/Users", method="POST", json={"userName": "ada"} | {"schemas": [urns.USER]}
    ).respond_with_json(ADA, status=201)

    result = run("users", "create", "-", input='\ufeff{"userName": "ada"}')

    assert result.exit_code == 0


def test_a_timeout_that_is_none_is_told(run: Run):
    result = run("--timeout", "inf", "users", "list")

    assert result.exit_code == 2
    assert "timeout must be seconds above 0" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no ulimit")
def test_output_that_cannot_be_written_is_no_success(run: Run, people, tmp_path: Path):
    command = [sys.executable, "-B", "-m", "scim_client", "users", "list"]
    with (tmp_path / "list").open("w") as file:
        ended = subprocess.run(
            ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *command],
            stdout=file,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert ended.returncode == 2
    assert b"scim-client: the output cannot be written: File too large" in ended.stderr
