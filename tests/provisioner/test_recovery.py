"""Runs that were killed: an intent is on disk, and nobody knows whether its request was sent."""

from collections.abc import Callable
from typing import Any

from provisioner import Action, Plan
from provisioner.state.sqlite import SqliteState
from scim_protocol.urns import USER
from scim_server.testing.live import LiveServer

Find = Callable[[str], dict[str, Any]]
Members = Callable[[str], set[str]]


def leave_open(company, action: Action) -> None:
    """Leave the state as a process does that is killed between an intent and its result."""
    with SqliteState.open(company.job().state_path) as state:
        state.begin_intent(1, *action.key, action.to_json())


def of(plan: Plan, anchor: str, verb: str) -> Action:
    return next(a for a in plan.actions if (a.anchor, a.verb) == (anchor, verb))


def test_a_creation_that_went_through_is_linked_and_not_repeated(company, scim, server) -> None:
    leave_open(company, of(company.plan(), "ada", "create"))
    scim.users.create({"schemas": [USER], "userName": "ada@example.com", "displayName": "Ada"})

    result = company.run()

    assert result.ok
    assert 3 == len(server.users())
    with SqliteState.open(company.job().state_path) as state:
        assert "created" == state.link("users", "ada").owner


def test_a_creation_that_did_not_go_through_is_made(company, server: LiveServer) -> None:
    leave_open(company, of(company.plan(), "ada", "create"))

    company.run()

    assert 3 == len(server.users())


def test_an_update_that_went_through_and_was_taken_back_is_noticed(
    company, scim, by_name: Find
) -> None:
    company.run()
    company.person("ada", displayName="Changed")
    leave_open(company, of(company.plan(), "ada", "update"))
    scim.users.patch(by_name("ada")["id"], *_replace("displayName", "Changed"))
    company.person("ada", displayName="Ada")

    company.run()

    assert "Ada" == by_name("ada")["displayName"]


def test_an_addition_that_went_through_and_was_taken_back_is_removed(
    company, scim, by_name: Find, members: Members
) -> None:
    company.person("zoe")
    company.run()
    company.group("staff", "ada", "bob", "eve", "zoe")
    leave_open(company, of(company.plan(), "staff", "add members"))
    company.group("staff", "ada", "bob", "eve")
    _add_member(scim, by_name("staff")["id"], by_name("zoe")["id"])

    company.run()

    assert {"ada", "bob", "eve"} == members("staff")


def test_a_manager_that_went_through_and_was_taken_back_is_removed(
    company, scim, by_name: Find
) -> None:
    company.run()
    company.person("ada", manager="bob")
    leave_open(company, of(company.plan(), "ada", "set reference"))
    company.person("ada", manager="")
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    scim.users.patch(
        by_name("ada")["id"], *_replace(f"{urn}:manager", {"value": by_name("bob")["id"]})
    )

    company.run()

    assert "manager" not in by_name("ada").get(urn, {})


def test_a_deletion_that_went_through_is_remembered(company, scim, by_name: Find, server) -> None:
    company.settings["leavers"] = "delete"
    company.run()
    bob = company.people["bob"]
    company.leave("bob")
    leave_open(company, of(company.plan(), "bob", "delete"))
    scim.users.delete(by_name("bob")["id"])
    company.people["bob"] = bob

    result = company.run()

    assert result.ok
    assert 1 == result.accounts()[0].words["created"]


def test_what_was_settled_is_not_looked_into_again(company, server: LiveServer) -> None:
    leave_open(company, of(company.plan(), "ada", "create"))
    company.run()
    server.requests.clear()

    company.run()

    assert [] == server.requests


def _replace(path: str, value: object) -> list[Any]:
    from scim_client import replace

    return [replace(path, value)]


def _add_member(scim: Any, group: str, user: str) -> None:
    from scim_client import add

    scim.groups.patch(group, add("members", [{"value": user}]))
