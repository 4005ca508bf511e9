"""Who is made after the manager has the reference from the beginning: it costs no request."""

import json

import pytest
from werkzeug import Response

from provisioner.planning.action import Edge
from provisioner.planning.plan import Plan
from scim_protocol.urns import ENTERPRISE_USER

MANAGER = f"{ENTERPRISE_USER}:manager"


def refusal(status: int) -> Response:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status)}
    return Response(json.dumps(body), status, content_type="application/scim+json")


@pytest.fixture
def bodies(flaky):
    """Return the requests to users that were sent: each as its method and its document."""

    def found() -> list[tuple[str, dict]]:
        return [
            (method, json.loads(body))
            for method, path, body in flaky.seen
            if body and "/Users" in path
        ]

    return found


@pytest.fixture
def manager_of(by_name, server):
    """Return the name of somebody's manager, as the target has it."""

    def name(of: str) -> str | None:
        value = by_name(of).get(ENTERPRISE_USER, {}).get("manager", {}).get("value")
        names = {user["id"]: user["userName"].partition("@")[0] for user in server.users()}
        return names.get(value)

    return name


def test_the_manager_is_in_the_request_that_makes_a_person(company, bodies, manager_of) -> None:
    company.person("ada", manager="bob")

    company.run()

    assert ["POST"] * 3 == [method for method, _ in bodies()]
    assert "bob" == manager_of("ada")


def test_a_chain_of_managers_is_made_from_its_head(company, bodies, manager_of) -> None:
    company.person("ada", manager="bob")
    company.person("bob", manager="eve")

    company.run()

    assert ["eve", "bob", "ada"] == [body["externalId"] for _, body in bodies()]
    assert ["bob", "eve"] == [manager_of("ada"), manager_of("bob")]


def test_a_manager_who_has_an_account_is_in_the_request(company, bodies, manager_of) -> None:
    company.run()
    company.person("guy", manager="ada")

    company.run()

    assert "manager" in bodies()[-1][1][ENTERPRISE_USER]
    assert "ada" == manager_of("guy")


def test_a_circle_of_managers_takes_one_request_more(company, bodies, manager_of) -> None:
    company.person("ada", manager="bob")
    company.person("bob", manager="ada")

    company.run()

    assert ["POST", "POST", "POST", "PATCH"] == [method for method, _ in bodies()]
    assert ["bob", "ada"] == [manager_of("ada"), manager_of("bob")]


def test_the_plan_shows_with_whom_a_person_is_made(company) -> None:
    company.person("ada", manager="bob")

    plan = company.plan()

    made = next(action for action in plan.actions if action.anchor == "ada")
    assert {MANAGER: Edge("users", "bob")} == made.references
    assert "set reference" not in {action.verb for action in plan.actions}


def test_a_saved_plan_has_the_references(company, tmp_path) -> None:
    company.person("ada", manager="bob")
    plan = company.plan()

    plan.save(tmp_path / "plan.json")

    assert plan.to_json() == Plan.load(tmp_path / "plan.json").to_json()
    assert ["users", "bob"] == plan.to_json()["actions"][0]["references"][MANAGER]


def test_a_manager_who_cannot_be_made_is_written_when_there_is_one(
    company, flaky, manager_of
) -> None:
    company.person("ada", manager="bob")
    flaky.refuse("POST", "bob@", refusal(400))

    company.run()
    company.run()

    assert "bob" == manager_of("ada")


def test_a_target_that_makes_nobody_with_a_manager_is_told_it_afterwards(
    company, flaky, bodies, manager_of
) -> None:
    company.person("ada", manager="bob")
    flaky.refuse("POST", '"manager"', refusal(400))

    result = company.run()

    assert result.ok
    assert ["POST", "POST", "POST", "POST", "PATCH"] == [method for method, _ in bodies()]
    assert "bob" == manager_of("ada")


def test_such_a_target_is_known_in_the_next_run(company, flaky, bodies, manager_of) -> None:
    company.settings["concurrency"] = 1
    for name in ("guy", "ian", "joe"):
        company.person(name, manager="ada")
    flaky.refuse("POST", '"manager"', refusal(400), times=9)
    company.run()
    flaky.seen.clear()
    company.person("kim", manager="ada")

    company.run()

    assert ["POST", "PATCH"] == [method for method, _ in bodies()]
    assert "ada" == manager_of("kim")


def test_a_lost_answer_leaves_the_manager_as_it_was_sent(company, flaky, bodies, manager_of):
    company.person("ada", manager="bob")
    flaky.spoil("POST", "ada@", lambda _: refusal(502))

    result = company.run()

    assert result.ok
    assert ["POST"] * 3 == [method for method, _ in bodies()]
    assert "bob" == manager_of("ada")
