"""Targets that misbehave: the object concerned fails or is seen to, and the others go through."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug import Response

from provisioner import StateError, TargetUnusable
from provisioner.applying.making import Making
from provisioner.state.sqlite import SqliteState
from scim_client import remove
from scim_server.testing.live import LiveServer

Find = Callable[[str], dict[str, Any]]
Members = Callable[[str], set[str]]


def error(status: int, detail: str = "No.", **extra: Any) -> Response:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": detail}
    text = json.dumps({**body, "status": str(status), **extra})
    return Response(text, status, content_type="application/scim+json")


def test_one_refused_object_does_not_hold_up_the_others(company, flaky, server) -> None:
    flaky.refuse("POST", "bob@", error(400, "No Bobs here."))

    result = company.run()

    assert ["bob@example.com"] == [each.action.name for each in result.troubles]
    assert "No Bobs here." in result.troubles[0].trouble.reason
    assert 2 == len(server.users())


def test_a_failed_object_is_made_up_for_in_the_next_cycle(company, flaky, members) -> None:
    flaky.refuse("POST", "bob@", error(400))
    company.run()

    result = company.run()

    assert result.ok
    assert {"ada", "bob", "eve"} == members("staff")


def test_an_object_that_fails_twice_waits_for_its_time(company, flaky) -> None:
    flaky.refuse("POST", "bob@", error(400), times=9)
    company.run()
    company.run()
    flaky.seen.clear()

    plan = company.plan()

    assert ["park"] == [action.verb for action in plan.actions if action.anchor == "bob"]
    assert [] == flaky.seen


def test_what_waits_is_tried_at_once_when_its_source_changes(company, flaky, by_name) -> None:
    flaky.refuse("POST", "bob@", error(400), times=2)
    company.run()
    company.run()
    company.person("bob", displayName="Robert")

    company.run()

    assert "Robert" == by_name("bob")["displayName"]


def test_what_waits_is_tried_at_once_on_demand(company, flaky, by_name: Find) -> None:
    flaky.refuse("POST", "bob@", error(400), times=2)
    company.run()
    company.run()

    company.run(retry=True)

    assert by_name("bob")


def test_a_server_error_that_did_nothing_is_a_failure(company, flaky) -> None:
    flaky.refuse("POST", "bob@", Response("<h1>Oops</h1>", 500, content_type="text/html"))

    result = company.run()

    assert ["InternalServerError"] == [each.trouble.code for each in result.troubles]


def test_a_creation_whose_answer_is_lost_is_not_repeated(company, flaky, server, cut_off) -> None:
    flaky.spoil("POST", "bob@", cut_off)

    result = company.run()

    assert result.ok
    assert 1 == sum(1 for method, _, body in flaky.seen if method == "POST" and b"bob@" in body)
    assert 3 == len(server.users())


def test_an_update_whose_answer_is_lost_is_looked_into(company, flaky, by_name, cut_off) -> None:
    company.run()
    company.person("bob", department="Sales")
    flaky.spoil("PATCH", "Sales", cut_off)

    result = company.run()

    assert result.ok
    assert ["GET"] == [method for method, _, _ in flaky.seen][-1:]


def test_members_whose_answer_is_lost_are_written_again(company, flaky, members, cut_off) -> None:
    flaky.spoil("PATCH", "members", cut_off)
    company.run()

    result = company.run()

    assert result.ok
    assert {"ada", "bob", "eve"} == members("staff")


def test_a_conflict_is_answered_by_adopting_who_is_there(company, flaky, server) -> None:
    flaky.spoil("POST", "bob@", lambda _: error(409, "There is one.", scimType="uniqueness"))

    result = company.run()

    assert 1 == result.accounts()[0].words["adopted"]
    assert 3 == len(server.users())


def test_a_conflict_with_nobody_to_be_found_is_a_failure(company, flaky) -> None:
    flaky.refuse("POST", "bob@", error(409, "The e-mail is taken."), times=2)

    result = company.run()

    assert ["Conflict"] == [each.trouble.code for each in result.troubles]
    assert "The e-mail is taken." in result.troubles[0].trouble.reason


def test_an_account_that_vanished_is_made_again_in_the_next_cycle(company, scim, server, by_name):
    company.run()
    scim.users.delete(by_name("bob")["id"])
    company.person("bob", department="Sales")

    first = company.run()
    company.run()

    assert ["InvalidAnchor"] == [each.trouble.code for each in first.troubles]
    assert by_name("bob")


def test_a_made_again_account_is_a_member_again(company, scim, server, by_name, members) -> None:
    company.run()
    scim.users.delete(by_name("bob")["id"])
    company.person("bob", department="Sales")
    company.run()

    company.run()

    assert {"ada", "bob", "eve"} == members("staff")


def test_a_busy_target_is_waited_for(company, flaky, server: LiveServer) -> None:
    busy = error(429)
    busy.headers["Retry-After"] = "0"
    flaky.refuse("POST", "bob@", busy, times=2)

    result = company.run()

    assert result.ok


def test_one_bad_member_does_not_keep_out_the_others(company, flaky, members, by_name) -> None:
    company.run()
    for name in ("p1", "p2", "p3"):
        company.person(name)
    company.run()
    bad = by_name("p2")["id"]
    company.group("staff", "ada", "bob", "eve", "p1", "p2", "p3")
    flaky.refuse("PATCH", bad, error(400, "No such user."), times=9)

    result = company.run()

    assert {"ada", "bob", "eve", "p1", "p3"} == members("staff")
    assert 1 == result.accounts()[1].words["failed"]


def test_a_member_that_is_gone_already_counts_as_removed(company, flaky, members) -> None:
    company.run()
    company.group("staff", "ada")
    flaky.refuse("PATCH", "members%5B", error(400))
    flaky.refuse("PATCH", "members[value", error(400, scimType="noTarget"), times=9)

    result = company.run()

    assert result.ok


def test_a_value_that_somebody_removed_is_written_anew(
    company, scim, server, by_name: Find
) -> None:
    company.person("ada", mail="ada@example.com")
    company.run()
    scim.users.patch(by_name("ada")["id"], remove("emails"))
    company.person("ada", mail="king@example.com")

    result = company.run()

    assert result.ok
    assert ["king@example.com"] == [email["value"] for email in by_name("ada")["emails"]]


def test_a_path_without_a_target_is_looked_at_and_sent_anew(company, flaky, by_name) -> None:
    company.person("ada", mail="ada@example.com")
    company.run()
    company.person("ada", mail="king@example.com")
    flaky.refuse("PATCH", "king@", error(400, scimType="noTarget"))

    result = company.run()

    assert result.ok
    assert ["PATCH", "GET", "PATCH"] == [method for method, _, _ in flaky.seen][-3:]


def test_a_target_that_ignores_the_filter_is_found_out(company, flaky, server) -> None:
    company.run()
    company.person("zoe")
    flaky.spoil("GET", "zoe", lambda _: _listing(server.users()[:1]))

    plan = company.plan()

    assert [True] == [a.verb == "park" for a in plan.actions if a.anchor == "zoe"]


def test_several_accounts_that_match_are_never_chosen_from(company, flaky, server) -> None:
    company.run()
    company.person("zoe")
    flaky.spoil("GET", "zoe", lambda _: _listing(server.users()[:2]))

    plan = company.plan()

    assert ["DuplicateTargetEntries"] == [a.code for a in plan.actions if a.anchor == "zoe"]


def _listing(resources: list[dict[str, Any]]) -> Response:
    schemas = ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    body = {"schemas": schemas, "totalResults": len(resources), "Resources": resources}
    return Response(json.dumps(body), content_type="application/scim+json")


def test_a_target_that_keeps_the_account_active_is_found_out(company, flaky, by_name) -> None:
    company.run()
    bob = by_name("bob")
    company.leave("bob")
    flaky.refuse("PATCH", "active", Response(json.dumps(bob), content_type="application/scim+json"))

    result = company.run()

    assert ["bob@example.com"] == [each.action.name for each in result.troubles]


def test_a_lost_token_stops_the_run(company, flaky, server) -> None:
    flaky.refuse("POST", "/Users", error(401, "Expired."), times=99)

    result = company.run()

    assert "Expired." in str(result.halted)
    assert result.accounts()[0].words["not attempted"] > 0


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Response("<h1>Welcome</h1>", content_type="text/html"), "not SCIM|not a JSON"),
        (error(401, "Who are you?"), "Who are you?"),
        (error(404, "Nothing here."), "404.*Check target.url"),
        (error(403, "Not you."), "Give the token the right"),
    ],
)
def test_a_target_that_is_none_is_said_in_one_message(company, flaky, answer, message) -> None:
    flaky.refuse("GET", "/", answer, times=99)

    with pytest.raises(TargetUnusable) as caught:
        company.run()

    assert re.search(message, str(caught.value))


def test_a_target_that_cannot_be_reached_is_said_in_one_message(company, monkeypatch) -> None:
    company.settings["url"] = "http://127.0.0.1:9/scim/v2"
    monkeypatch.setattr("scim_client.clock.Clock.sleep", lambda self, seconds: None)

    with pytest.raises(TargetUnusable, match="refused"):
        company.plan()


def test_no_two_requests_are_on_their_way_for_one_object(company, flaky, small_chunks) -> None:
    company.settings["concurrency"] = 8
    for name in (names := [f"p{number}" for number in range(12)]):
        company.person(name, manager="ada")
    company.group("staff", *names)
    company.run()

    assert 1 == flaky.most_at_once


def test_a_failure_stays_open_when_the_object_s_references_go_through(company, flaky) -> None:
    company.run()
    company.person("bob", department="Sales", manager="ada")
    flaky.refuse("PATCH", "Sales", error(400))

    result = company.run()

    with SqliteState.open(company.job().state_path) as state:
        assert ["bob"] == [failure.anchor for failure in state.failures()]
    assert 1 == result.accounts()[0].words["failed"]


def test_a_name_that_is_freed_in_the_same_cycle_can_be_taken(company, server, by_name) -> None:
    company.settings["concurrency"] = 1
    company.run()
    company.person("ada", userPrincipalName="bob@example.com")
    company.person("bob", userPrincipalName="robert@example.com")

    result = company.run()

    assert result.ok
    assert ("Ada", "Bob") == (by_name("bob")["displayName"], by_name("robert")["displayName"])


def test_a_chain_of_names_that_are_freed_one_by_one_is_gone_through(company, server) -> None:
    company.settings["concurrency"] = 1
    names = [f"p{number}" for number in range(6)]
    for name in names:
        company.person(name)
    company.run()
    for name, next_name in zip(names, [*names[1:], "last"], strict=True):
        company.person(name, userPrincipalName=f"{next_name}@example.com")

    result = company.run()

    assert result.ok


def test_a_state_that_cannot_be_written_stops_the_run(
    company, monkeypatch, server, members
) -> None:
    company.run()
    for name in (names := [f"p{number}" for number in range(5)]):
        company.person(name)
    company.group("staff", *names)

    def full(self: SqliteState, *arguments: Any) -> int:
        raise StateError("disk full")

    monkeypatch.setattr(SqliteState, "begin_intent", full)

    with pytest.raises(StateError):
        company.run()

    assert 8 == len(server.users())
    assert {"ada", "bob", "eve"} == members("staff")


def test_no_account_is_made_where_its_intent_cannot_be_written(
    company, monkeypatch, server
) -> None:
    def full(self: SqliteState, *arguments: Any) -> int:
        raise StateError("disk full")

    monkeypatch.setattr(SqliteState, "begin_intents", full)

    with pytest.raises(StateError):
        company.run()

    assert [] == server.users()


def test_a_result_that_cannot_be_written_stops_the_run_and_is_made_up_for(
    company, monkeypatch, server
) -> None:
    def full(self: SqliteState, *arguments: Any) -> None:
        if arguments[0]:
            raise StateError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(SqliteState, "save_created", full)
        with pytest.raises(StateError):
            company.run()

    assert company.run().ok
    assert 3 == len(server.users())


def test_a_fault_of_ours_concerns_its_object_alone(company, monkeypatch, server) -> None:
    real = Making.journaled

    def surprise(self: Making, action: Any, *arguments: Any) -> Any:
        if action.anchor == "bob":
            raise ZeroDivisionError
        return real(self, action, *arguments)

    monkeypatch.setattr(Making, "journaled", surprise)

    result = company.run()

    assert ["InternalError"] == [each.trouble.code for each in result.troubles]
    assert 2 == len(server.users())


def test_a_group_that_vanished_is_made_again_with_its_members(company, scim, members, by_name):
    company.run()
    scim.groups.delete(by_name("staff")["id"])
    company.group("staff", "ada")

    first = company.run()
    company.run()

    assert ["InvalidAnchor"] == [each.trouble.code for each in first.troubles]
    assert {"ada"} == members("staff")


def test_a_leaver_that_is_gone_already_counts_as_deleted(company, scim, by_name) -> None:
    company.settings["leavers"] = "delete"
    company.run()
    scim.users.delete(by_name("bob")["id"])
    company.leave("bob")

    result = company.run()

    assert result.ok
    assert 1 == result.accounts()[0].leavers["deleted"]


def test_a_creation_without_an_id_is_matched_next_time(company, flaky, server, members) -> None:
    flaky.spoil("POST", "bob@", lambda _: Response("{}", 201, content_type="application/json"))
    company.run()

    result = company.run()

    assert result.ok
    assert 3 == len(server.users())


def test_an_update_that_a_server_error_prevented_is_a_failure(company, flaky, by_name) -> None:
    company.run()
    company.person("bob", department="Sales")
    flaky.refuse("PATCH", "Sales", Response("", 500))

    result = company.run()

    assert ["InternalServerError"] == [each.trouble.code for each in result.troubles]
    assert "Sales" not in str(by_name("bob"))


def test_an_account_that_vanished_while_an_answer_was_lost_is_noticed(
    company, scim, flaky, by_name, cut_off
) -> None:
    company.run()
    bob = by_name("bob")["id"]
    company.person("bob", department="Sales")

    def vanish(response: Response) -> Response:
        scim.users.delete(bob)
        return cut_off(response)

    flaky.spoil("PATCH", "Sales", vanish)

    result = company.run()

    assert ["InvalidAnchor"] == [each.trouble.code for each in result.troubles]


def test_two_who_match_the_same_account_are_both_parked(company, flaky, by_name: Find) -> None:
    company.run()
    for file in company.folder.glob("company.state.db*"):
        file.unlink()
    first = by_name("ada")
    flaky.refuse("GET", "count=", error(403))  # No whole list: each has to be asked for.
    flaky.spoil("GET", "bob", lambda _: _listing([{"id": first["id"]}]))

    plan = company.plan()

    assert ["DuplicateSourceEntries"] * 2 == [a.code for a in plan.actions if a.verb == "park"]


def test_a_name_that_a_leaver_still_holds_is_not_taken_over(company) -> None:
    company.run()
    company.leave("bob")
    company.person("robert", userPrincipalName="bob@example.com")

    plan = company.plan()

    assert ["DuplicateSourceEntries"] == [a.code for a in plan.actions if a.anchor == "robert"]


def test_a_record_that_cannot_be_mapped_is_parked_and_no_leaver(company) -> None:
    company.run()
    company.settings["more_mappings"] = "timezone = 'Mid([displayName], [userType], 2)'"

    plan = company.plan()

    assert {"park"} == {action.verb for action in plan.actions if action.kind == "users"}


@pytest.mark.parametrize("listing", [{"Resources": None, "totalResults": "1"}, None])
def test_a_target_that_finds_anybody_is_none(company, flaky, server, listing) -> None:
    company.run()
    company.person("zoe")
    answer = _listing(server.users()) if listing is None else Response(json.dumps(listing))
    answer.headers["Content-Type"] = "application/scim+json"
    flaky.refuse("GET", "/Users", answer, times=9)

    with pytest.raises(TargetUnusable, match="a value that nobody can have"):
        company.plan()


def test_a_question_that_fails_for_one_object_concerns_it_alone(
    company, flaky, server, monkeypatch
) -> None:
    monkeypatch.setattr("scim_client.clock.Clock.sleep", lambda self, seconds: None)
    flaky.refuse("GET", "count=", error(403))  # No whole list: each has to be asked for.
    flaky.refuse("GET", "bob", error(500), times=99)

    company.run()

    assert {"Ada", "Eve"} == {user["displayName"] for user in server.users()}
