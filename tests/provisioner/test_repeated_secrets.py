"""A target that repeats what it was sent in its refusal: what is hidden stays hidden."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug import Response

from provisioner.commands.cli import main

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
ROWS = {
    "a password": "[users.map.password]\nfrom = '[department]'\napply = 'on create'",
    "a redacted value": "nickName = 'Redact([department])'",
}


@pytest.fixture(params=list(ROWS))
def repeating(company, flaky, request) -> Any:
    """The company, at a target that refuses ada and says of what."""
    company.settings["more_mappings"] = ROWS[request.param]
    company.person("ada", department="hunter2-secret")
    file = company.write()
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    others = [line for line in lines if ':User:department" = ' not in line]
    file.write_text("".join(others), encoding="utf-8")
    detail = "The value 'hunter2-secret' is too weak."
    answer = json.dumps({"schemas": [ERROR], "status": "400", "detail": detail})
    refusal = Response(answer, 400, content_type="application/scim+json")
    flaky.refuse("POST", "ada@example.com", refusal, times=9)
    return file


@pytest.mark.parametrize(
    "command",
    [
        *(("run", "--retry"), ("run", "--json", "--retry"), ("status",), ("status", "--json")),
        *(("log", "--json"), ("report",), ("report", "--csv"), ("explain", "ada@example.com")),
    ],
    ids=" ".join,
)
def test_no_command_shows_it(repeating, command: tuple[str, ...]) -> None:
    CliRunner().invoke(main, ["run", str(repeating)])

    result = CliRunner().invoke(main, [command[0], str(repeating), *command[1:]])

    assert "hunter2" not in result.output


def test_the_rest_of_the_targets_words_is_shown(repeating) -> None:
    CliRunner().invoke(main, ["run", str(repeating)])

    result = CliRunner().invoke(main, ["report", str(repeating)])

    assert "The value '(hidden)' is too weak." in result.stdout
