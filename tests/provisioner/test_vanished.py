"""Accounts that somebody deleted at the target: they come back, and so do references to them."""

from collections.abc import Callable
from typing import Any

import pytest

from scim_client import ScimClient
from scim_server.testing.live import LiveServer

Find = Callable[[str], dict[str, Any]]
Members = Callable[[str], set[str]]
MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
def delete(scim: ScimClient, by_name: Find) -> Callable[[str], None]:
    """Delete somebody at the target, behind the provisioner's back."""

    def behind_our_back(name: str) -> None:
        found = by_name(name)
        (scim.users if "userName" in found else scim.groups).delete(found["id"])

    return behind_our_back


def test_a_vanished_member_is_made_again_within_two_cycles(company, delete, members) -> None:
    company.person("zoe")
    company.run()
    delete("zoe")
    company.group("staff", "ada", "bob", "eve", "zoe")

    first, second = company.run(), company.run()

    assert ["InvalidAnchor"] == [each.trouble.code for each in first.troubles]
    assert second.ok
    assert {"ada", "bob", "eve", "zoe"} == members("staff")


def test_a_vanished_member_does_not_keep_out_the_others(company, delete, members) -> None:
    names = [f"p{number}" for number in range(7)]
    for name in names:
        company.person(name)
    company.run()
    delete("p3")
    company.group("staff", "ada", "bob", "eve", *names)

    company.run()

    assert {"ada", "bob", "eve", *names} - {"p3"} == members("staff")


def test_a_vanished_manager_is_made_again_within_two_cycles(
    company, flaky, delete, by_name
) -> None:
    company.run()
    delete("bob")
    company.person("ada", manager="bob")
    flaky.refuse("PATCH", "manager", _scim(400, '{"detail": "manager: nobody has this id"}'))

    first, second = company.run(), company.run()

    assert "no longer has the user bob" in str(first.troubles[0].trouble)
    assert second.ok
    assert by_name("bob")["id"] == by_name("ada")[MANAGER]["manager"]["value"]


def test_a_vanished_nested_group_is_made_again_with_its_members(company, delete, members) -> None:
    company.group("team", "eve")
    company.run()
    delete("team")
    company.group("staff", "ada", "team")

    company.run()
    second = company.run()

    assert second.ok
    assert ({"ada", "team"}, {"eve"}) == (members("staff"), members("team"))


def test_a_vanished_group_with_a_vanished_member_is_whole_again(company, delete, members) -> None:
    company.run()
    delete("staff")
    delete("bob")
    company.group("staff", "ada", "bob", "eve", name="Staff")
    company.person("ada", department="Sales")
    company.group("staff", "ada", "bob")

    for _ in range(3):
        result = company.run()

    assert result.ok
    assert {"ada", "bob"} == members("staff")


def test_a_404_for_a_member_does_not_cost_the_group_its_link(company, flaky, members) -> None:
    company.person("zoe")
    company.run()
    company.group("staff", "ada", "bob", "eve", "zoe")
    error = '{"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "404"}'
    flaky.refuse("PATCH", "members", _scim(404, error))

    company.run()
    second = company.run()

    assert 1 == second.accounts()[1].words["updated"]
    assert {"ada", "bob", "eve", "zoe"} == members("staff")


def _scim(status: int, text: str) -> Any:
    from werkzeug import Response

    return Response(text, status, content_type="application/scim+json")


def test_a_member_that_is_refused_and_exists_keeps_its_account(company, flaky, server) -> None:
    company.person("zoe")
    company.run()
    company.group("staff", "ada", "bob", "eve", "zoe")
    flaky.refuse("PATCH", "members", _scim(400, '{"detail": "Not her."}'), times=9)

    result = company.run()

    assert "Not her." in str(result.troubles[0].trouble)
    assert [] == [method for method, _, _ in flaky.seen if method == "DELETE"]
    assert company.plan().actions[0].target_id is not None


def test_a_run_does_not_find_its_own_plan_stale(company, delete, members) -> None:
    company.person("zoe")
    company.run()
    delete("bob")
    company.leave("bob")
    company.group("staff", "ada", "eve", "zoe")

    result = company.run()

    assert ["InvalidAnchor"] == [each.trouble.code for each in result.troubles]
    assert {"ada", "eve", "zoe"} == members("staff")


def test_a_leaver_found_gone_as_a_member_counts_as_deleted(
    company, delete, server: LiveServer
) -> None:
    company.settings["leavers"] = "delete"
    company.person("zoe")
    company.run()
    delete("zoe")
    company.leave("zoe")
    company.group("staff", "ada", "bob", "eve", "zoe")

    company.run()
    second = company.run()

    assert second.ok
    assert {"ada", "bob", "eve"} == {user["displayName"].lower() for user in server.users()}
