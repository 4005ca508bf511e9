"""People who exchange their names in one export: renamed in one run, whatever comes between."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from werkzeug import Response

from provisioner import Result
from provisioner.commands.cli import main
from tests.rig.world import FAMILY, World, often

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def refusal(status: int) -> Response:
    text = json.dumps({"schemas": [ERROR], "status": str(status), "detail": "No."})
    return Response(text, status, content_type="application/scim+json")


def called(company: Any, **names: str) -> None:
    for anchor, name in names.items():
        company.person(anchor, userPrincipalName=f"{name}@example.com")


@pytest.fixture
def named(server) -> Any:
    """Return the user names at the target, by the external ids."""
    return lambda: {each["externalId"]: each["userName"] for each in server.users()}


def accounts(result: Result) -> dict[str, int]:
    return dict(result.accounts()[0].words)


def test_two_people_who_exchange_their_names_are_renamed_in_one_run(company, named) -> None:
    company.run()
    called(company, ada="bob", bob="ada")

    result = company.run()

    assert (True, "bob@example.com", "ada@example.com") == (
        result.ok,
        named()["ada"],
        named()["bob"],
    )


def test_each_of_them_is_counted_once(company) -> None:
    company.run()
    called(company, ada="bob", bob="ada")

    assert {"unchanged": 1, "updated": 2} == accounts(company.run())


def test_three_people_in_a_circle_are_renamed_in_one_run(company, named) -> None:
    company.run()
    called(company, ada="bob", bob="eve", eve="ada")

    company.run()

    assert {
        "ada": "bob@example.com",
        "bob": "eve@example.com",
        "eve": "ada@example.com",
    } == named()


def test_two_pairs_are_renamed_in_one_run(company, named) -> None:
    company.person("sam")
    company.run()
    called(company, ada="bob", bob="ada", eve="sam", sam="eve")

    company.run()

    assert ["bob", "ada", "sam", "eve"] == [
        named()[anchor].partition("@")[0] for anchor in ("ada", "bob", "eve", "sam")
    ]


def test_names_that_differ_by_letter_case_alone_are_the_same_name(company, named) -> None:
    company.run()
    called(company, ada="BOB", bob="Ada")

    company.run()

    assert ("BOB@example.com", "Ada@example.com") == (named()["ada"], named()["bob"])


def test_what_else_has_changed_of_them_is_written_too(company, by_name) -> None:
    company.run()
    called(company, ada="bob", bob="ada")
    company.person("ada", displayName="Countess")

    company.run()

    assert "Countess" == by_name("bob")["displayName"]


def test_the_next_run_has_nothing_to_do(company, flaky) -> None:
    company.run()
    called(company, ada="bob", bob="ada")
    company.run()
    flaky.seen.clear()

    company.run()

    assert [] == flaky.seen


def test_the_log_tells_of_the_name_for_the_moment(company) -> None:
    company.run()
    called(company, ada="bob", bob="ada")
    company.run()

    result = CliRunner().invoke(main, ["log", str(company.write()), "--json"])

    reasons = [
        step["description"]
        for event in json.loads(result.stdout)
        for step in event["provisioningSteps"]
    ]
    assert any("has another one for the moment" in each for each in reasons)


def test_who_cannot_be_renamed_after_all_has_his_own_name_again(
    company, flaky, named, by_name
) -> None:
    company.run()
    called(company, ada="bob", bob="ada")
    flaky.refuse("PATCH", f"/Users/{by_name('bob')['id']}", refusal(409), times=99)

    result = company.run()

    assert (False, "ada@example.com", "bob@example.com") == (
        result.ok,
        named()["ada"],
        named()["bob"],
    )


def test_a_run_that_ends_in_between_is_gone_on_with(company, flaky, named) -> None:
    company.settings["concurrency"] = 1
    company.run()
    called(company, ada="bob", bob="ada")
    # Both ask twice in vain, then one is given a name for the moment: what follows is refused.
    seen = len(flaky.seen)
    answers = flaky._take

    def take(request: Any) -> Any:
        patches = [each for each in flaky.seen[seen:] if each[0] == "PATCH"]
        if request.method == "PATCH" and len(patches) > 5:
            return ["PATCH", "", lambda _: refusal(401), 1, False]
        return answers(request)

    flaky._take = take
    halted = company.run()
    between = sorted(named().values())
    flaky._take = answers

    company.run(retry=True)

    assert (True, True) == (
        halted.halted is not None,
        "ada@example.com" not in between or "bob@example.com" not in between,
    )
    assert ("bob@example.com", "ada@example.com") == (named()["ada"], named()["bob"])


def test_a_conflict_that_is_no_exchange_is_a_failure_as_before(company, scim, named) -> None:
    company.run()
    scim.users.create({"userName": "taken@example.com", "externalId": "x"})
    called(company, ada="taken")

    result = company.run()

    assert (False, "ada@example.com") == (result.ok, named()["ada"])


def test_groups_exchange_their_names_too(company, server) -> None:
    company.group("team", "ada")
    company.run()
    company.group("staff", "ada", "bob", "eve", name="Team")
    company.group("team", "ada", name="Staff")

    company.run()

    assert {"staff": "Team", "team": "Staff"} == {
        each["externalId"]: each["displayName"] for each in server.groups()
    }


def exchanged(world: World) -> None:
    """Let two people exchange their names after a good day, at a target of unique names."""
    world.begin(FAMILY, concurrency=1)
    world.target.reset(unique=True, pid_file=str(world.engine.pid_file))
    world.run()
    world.wanted()
    one, other = [
        each for each in world.company.people.values() if each["accountEnabled"] == "true"
    ][:2]
    name = "userPrincipalName"
    one[name], other[name] = other[name], one[name]
    world.export()


@pytest.mark.parametrize("place", ["before", "after", "answered"])
@pytest.mark.parametrize("number", range(0, 8, often(2, 1)))
def test_a_kill_at_any_request_of_an_exchange_is_made_up_for(
    world: World, number: int, place: str
) -> None:
    exchanged(world)
    world.target.fault(f"kill {place}", method="PATCH", skip=number)
    world.run()
    world.target.change(faults=[])

    world.run("--retry")

    assert {} == world.wrong()


@pytest.mark.parametrize("number", range(1, 30, often(4, 1)))
def test_a_kill_at_any_change_of_the_state_in_an_exchange_is_made_up_for(
    world: World, number: int
) -> None:
    exchanged(world)
    world.run(kill_at_write=number)

    world.run("--retry")

    assert {} == world.wrong()
