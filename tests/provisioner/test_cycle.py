from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from provisioner import GuardTripped
from scim_server.testing.live import LiveServer

Find = Callable[[str], dict[str, Any]]
Members = Callable[[str], set[str]]
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def verbs(plan: Any) -> dict[str, int]:
    return dict(Counter(action.verb for action in plan.actions))


def writes(server: LiveServer) -> list[str]:
    return [request.method for request in server.requests if request.method != "GET"]


def test_joiners_get_accounts_and_memberships(company, members: Members) -> None:
    result = company.run()

    assert result.ok
    assert {"ada", "bob", "eve"} == members("staff")


def test_a_cycle_without_changes_sends_no_request(company, server: LiveServer) -> None:
    company.run()
    server.requests.clear()

    result = company.run()

    assert [] == server.requests
    assert ["3 unchanged"] == [f"{a.words['unchanged']} unchanged" for a in result.accounts()][:1]


def test_only_what_changed_of_a_mover_travels(company, by_name: Find, server: LiveServer) -> None:
    company.run()
    company.person("ada", department="Sales")
    server.requests.clear()

    company.run()

    assert ["PATCH"] == writes(server)
    assert "Sales" == by_name("ada")[ENTERPRISE]["department"]


def test_a_rename_is_an_update_of_the_same_account(company, by_name: Find) -> None:
    company.run()
    before = by_name("ada")["id"]
    company.person("ada", userPrincipalName="ada.king@example.com")

    company.run()

    assert before == by_name("ada.king")["id"]


def test_a_changed_letter_case_travels(company, by_name: Find) -> None:
    company.run()
    company.person("ada", displayName="ADA")

    company.run()

    assert "ADA" == by_name("ada")["displayName"]


def test_a_leaver_is_disabled_and_not_deleted(company, by_name: Find) -> None:
    company.run()
    company.leave("bob")

    result = company.run()

    assert by_name("bob")["active"] is False
    assert 1 == result.accounts()[0].leavers["disabled"]


def test_one_who_falls_out_of_scope_is_disabled(company, by_name: Find) -> None:
    company.run()
    company.person("bob", userType="Guest")

    company.run()

    assert by_name("bob")["active"] is False


def test_one_whom_the_source_blocks_is_disabled(company, by_name: Find) -> None:
    company.run()
    company.person("bob", accountEnabled="False")

    company.run()

    assert by_name("bob")["active"] is False


def test_a_disabled_leaver_is_left_in_peace_afterwards(company, server: LiveServer) -> None:
    company.run()
    company.leave("bob")
    company.run()
    server.requests.clear()

    company.run()

    assert [] == server.requests


def test_a_returner_is_enabled_with_what_has_changed(company, by_name: Find) -> None:
    company.run()
    bob = company.people["bob"]
    company.leave("bob")
    company.run()
    before = by_name("bob")["id"]
    company.people["bob"] = {**bob, "displayName": "Bob again"}

    result = company.run()

    assert 1 == result.accounts()[0].words["enabled"]
    assert (before, True) == (by_name("bob")["id"], by_name("bob")["active"])
    assert "Bob again" == by_name("bob")["displayName"]


def test_a_leaver_is_deleted_where_the_job_says_so(company, server: LiveServer) -> None:
    company.settings["leavers"] = "delete"
    company.run()
    company.leave("bob")

    company.run()

    assert 2 == len(server.users())


def test_a_leaver_is_kept_where_the_job_says_so(company, by_name: Find) -> None:
    company.settings["leavers"] = "keep"
    company.run()
    company.leave("bob")

    company.run()

    assert by_name("bob")["active"] is True


def test_one_who_is_blocked_from_the_start_gets_no_account(company, server: LiveServer) -> None:
    company.person("max", accountEnabled="False")

    result = company.run()

    assert 3 == len(server.users())
    assert 1 == result.accounts()[0].words["skipped"]


def test_a_vanished_value_is_cleared(company, by_name: Find) -> None:
    company.person("ada", mail="ada@example.com")
    company.run()
    company.person("ada", mail="")

    company.run()

    assert "emails" not in by_name("ada")


def test_a_manager_may_stand_after_the_people_managed(company, by_name: Find) -> None:
    company.person("ada", manager="zoe")
    company.person("zoe")

    company.run()

    assert by_name("zoe")["id"] == by_name("ada")[ENTERPRISE]["manager"]["value"]


def test_a_manager_who_comes_into_scope_later_is_caught_up_with(company, by_name: Find) -> None:
    company.person("ada", manager="zoe")
    company.person("zoe", userType="Guest")
    company.run()
    company.person("zoe", userType="Employee")

    company.run()

    assert by_name("zoe")["id"] == by_name("ada")[ENTERPRISE]["manager"]["value"]


def test_a_manager_is_replaced_and_removed(company, by_name: Find) -> None:
    company.person("ada", manager="bob")
    company.run()
    company.person("ada", manager="eve")
    company.run()
    second = by_name("ada")[ENTERPRISE]["manager"]["value"]
    company.person("ada", manager="")
    company.run()

    assert by_name("eve")["id"] == second
    assert "manager" not in by_name("ada")[ENTERPRISE]


def test_members_travel_as_differences(company, members: Members, server: LiveServer) -> None:
    company.run()
    company.person("zoe")
    company.group("staff", "ada", "eve", "zoe")
    server.requests.clear()

    company.run()

    assert {"ada", "eve", "zoe"} == members("staff")
    assert ["POST", "PATCH", "PATCH"] == writes(server)


def test_members_travel_in_chunks_of_a_hundred(company, members: Members, server) -> None:
    names = [f"p{number}" for number in range(150)]
    for name in names:
        company.person(name)
    company.group("staff", *names)

    company.run()

    assert set(names) == members("staff")
    assert 2 == Counter(writes(server))["PATCH"]


def test_a_member_from_elsewhere_is_left_alone(company, server: LiveServer, members) -> None:
    company.run()
    company.person("zoe")
    other = company.groups["staff"]
    company.group("staff", "ada")
    company.run()

    assert {"ada"} == members("staff")
    assert "staff" == other["objectId"]


def test_a_nested_group_is_a_member_of_its_group(company, members: Members) -> None:
    company.group("all", "staff", "ada")

    company.run()

    assert {"staff", "ada"} == members("all")


def test_groups_may_hold_each_other(company, members: Members) -> None:
    company.group("all", "staff")
    company.group("staff", "all")

    result = company.run()

    assert result.ok
    assert {"staff"} == members("all")


def test_the_same_match_value_twice_is_parked_and_not_pushed(company, server) -> None:
    company.person("ann", userPrincipalName="same@example.com")
    company.person("anna", userPrincipalName="SAME@example.com")

    result = company.run()

    assert 3 == len(server.users())
    assert 2 == result.accounts()[0].words["parked"]


def test_one_who_is_linked_works_on_when_a_duplicate_appears(company, by_name: Find) -> None:
    company.run()
    company.person("ada2", userPrincipalName="ADA@example.com")
    company.person("ada", displayName="Ada King")

    plan = company.plan()
    company.run()

    assert "DuplicateSourceEntries" in {action.code for action in plan.actions}
    assert "Ada King" == by_name("ada")["displayName"]


def test_the_same_anchor_twice_is_parked_and_no_leaver(company, by_name: Find) -> None:
    company.run()
    company.people["again"] = {**company.people["ada"], "displayName": "Impostor"}

    plan = company.plan()

    assert {"park": 1} == verbs(plan)
    assert {"users": 2, "groups": 1} == plan.unchanged


def test_one_without_a_value_to_match_by_is_parked(company, server: LiveServer) -> None:
    company.person("nobody", userPrincipalName="")

    plan = company.plan()

    assert "ImportSkipped" in {action.code for action in plan.actions}


def test_the_account_of_a_run_adds_up(company) -> None:
    company.person("max", accountEnabled="False")
    company.person("nobody", userPrincipalName="")

    result = company.run()

    assert "users: 5 in scope = 3 created + 1 skipped + 1 parked" == str(result.accounts()[0])


def test_too_many_leavers_stop_the_whole_plan(company, server: LiveServer) -> None:
    company.run()
    company.settings["max_leavers"] = 1
    company.person("ada", userType="Guest")
    company.person("bob", userType="Guest")
    company.person("zoe")
    server.requests.clear()

    with pytest.raises(GuardTripped, match=r"2 of 3 active users .* the limit is 1"):
        company.run()

    assert [] == writes(server)


def test_too_many_leavers_pass_when_approved(company, by_name: Find) -> None:
    company.run()
    company.settings["max_leavers"] = 1
    company.person("ada", userType="Guest")
    company.person("bob", userType="Guest")

    company.run(approve=True)

    assert by_name("ada")["active"] is False


def test_blocked_accounts_count_as_leavers(company) -> None:
    company.run()
    company.settings["max_leavers"] = '"34%"'
    company.person("ada", accountEnabled="False")
    company.person("bob", accountEnabled="False")

    with pytest.raises(GuardTripped, match="34%"):
        company.run()


def test_a_group_that_leaves_is_kept(company, by_name: Find) -> None:
    company.group("other")
    company.run()
    del company.groups["other"]

    result = company.run()

    assert by_name("other")
    assert 1 == result.accounts()[1].leavers["kept"]


def test_an_anchor_both_in_scope_and_out_of_it_is_parked(company) -> None:
    company.people["again"] = {**company.people["ada"], "userType": "Guest"}

    plan = company.plan()

    assert ["park"] == [action.verb for action in plan.actions if action.anchor == "ada"]
