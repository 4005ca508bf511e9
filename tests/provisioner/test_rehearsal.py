"""What `plan` and `explain` show of the requests to come is what is sent, in the target's form."""

import json
from typing import Any

import pytest
from click.testing import CliRunner

from provisioner.commands.cli import main

URL = 'url = "{url}"\ntoken_env'
WAYS = {
    "as the RFC has it": "{}",
    "PUT": '{ users = { update = "put" }, groups = { update = "put" } }',
    "plain paths": '{ users = { paths = "plain" } }',
    "no paths": '{ users = { paths = "none" }, groups = { paths = "none" } }',
    "one operation at a time": "{ users = { max_operations = 1 } }",
    "disabled without a path": '{ users = { deactivate = "pathless" } }',
    "disabled by DELETE": '{ users = { deactivate = "delete" } }',
    "disabled by PUT": '{ users = { deactivate = "put" } }',
    "members as a list": '{ members = { style = "list" } }',
    "members one by one": "{ members = { chunk = 1 } }",
    "members by PUT": '{ members = { style = "put" } }',
}
Sent = tuple[str, str, Any]


@pytest.fixture
def changed(flaky, company) -> Any:
    """A company of yesterday, in which everything that can change has changed."""
    for name in ("ada", "bob", "eve", "sam", "pat"):
        company.person(name, mail=f"{name}@example.com", department="R&D")
    company.person("bob", manager="ada")
    company.group("staff", "ada", "bob")
    assert company.run().ok
    company.person("ada", displayName="Countess", mail="", department="Sales")
    company.person("bob", manager="", mail="bob@elsewhere.example")
    company.person("eve", accountEnabled="False")
    company.person("sam", manager="ada")
    company.leave("pat")
    company.group("staff", "bob", "sam", name="Crew")
    return company


def command(company: Any, way: str, *words: str) -> Any:
    file = company.write()
    text = file.read_text(encoding="utf-8")
    text = text.replace("concurrency = 2", f"concurrency = 1\nquirks = {way}", 1)
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, [words[0], str(file), *words[1:]])


def shown(document: Any) -> list[Sent]:
    return [
        (each["method"], each["path"].partition("?")[0], each.get("body"))
        for action in document["actions"]
        for each in action.get("requests", ())
    ]


def told(flaky: Any) -> list[Sent]:
    """Return what was sent, but for what the target was asked and what proves its word."""
    return [
        (method, path.partition("?")[0].removeprefix("/scim/v2"), json.loads(body))
        if body
        else (method, path.partition("?")[0].removeprefix("/scim/v2"), None)
        for method, path, body in flaky.seen
        if method != "GET"
    ]


def comparable(requests: list[Sent]) -> list[str]:
    """Leave out what a PUT keeps of what only the target knows, and the order of objects."""
    return sorted(json.dumps(each, sort_keys=True) for each in map(_ours, requests) if each)


def _ours(request: Sent) -> Any:
    method, path, body = request
    if method == "GET":
        return None
    return (method, path, body if method != "PUT" else None)


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_a_plan_shows_the_very_requests_that_a_run_sends(changed, flaky, way: str) -> None:
    expected = shown(json.loads(command(changed, way, "plan", "--json").stdout))
    flaky.seen.clear()

    command(changed, way, "run")

    assert comparable(expected) == comparable(told(flaky))


def test_a_put_is_shown_with_the_read_before_it(changed) -> None:
    document = json.loads(command(changed, WAYS["PUT"], "plan", "--json").stdout)

    requests = next(each["requests"] for each in document["actions"] if each["anchor"] == "ada")
    assert ["GET", "PUT"] == [each["method"] for each in requests]


def test_a_put_shows_what_is_mapped_and_says_that_the_rest_stays(changed) -> None:
    document = json.loads(command(changed, WAYS["PUT"], "plan", "--json").stdout)

    put = next(each["requests"] for each in document["actions"] if each["anchor"] == "ada")[1]
    assert ("Countess", "laid over what the target has at that moment") == (
        put["body"]["displayName"],
        put["note"],
    )


def test_explain_shows_the_form_that_the_profile_asks_for(changed) -> None:
    (found,) = json.loads(command(changed, WAYS["no paths"], "explain", "ada", "--json").stdout)

    sent = found["steps"][4]["details"]["requests"]
    request = next(each for each in sent if each["method"] == "PATCH")
    assert "path" not in request["body"]["Operations"][0]


def test_showing_requests_changes_nothing_at_the_target(changed, flaky) -> None:
    flaky.seen.clear()

    command(changed, WAYS["PUT"], "plan", "--json")

    assert {"GET"} >= {method for method, _, _ in flaky.seen}


def test_an_account_that_is_yet_to_come_stands_with_its_name(company, flaky) -> None:
    document = json.loads(command(company, "{}", "plan", "--json").stdout)

    members = next(each for each in document["actions"] if each["verb"] == "add members")
    (request,) = members["requests"]
    assert {"value": "(the id of ada)"} in request["body"]["Operations"][0]["value"]


def test_a_target_that_is_down_does_not_keep_a_plan_from_being_shown(
    changed, flaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    flaky.refuse("GET", "ServiceProviderConfig", _unwell(), times=9)

    result = command(changed, "{ settle_seconds = 1 }", "plan", "--json")

    assert "PATCH" in result.stdout


def _unwell() -> Any:
    from werkzeug import Response

    return Response("", 401)


def test_what_only_a_hidden_value_is_made_of_is_not_shown_as_it_was_read(company) -> None:
    company.settings["more_mappings"] = "password = '[userType]'"
    company.settings["scope"] = "userType pr"
    company.person("ada", userType="hunter2-secret")

    assert "hunter2-secret" not in command(company, "{}", "explain", "ada").stdout
