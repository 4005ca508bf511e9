"""How targets want to be spoken to: what each key of a profile does to the requests."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug import Response

from provisioner import TargetUnusable
from provisioner.targets import load_profile, profile_names
from scim_client import replace
from scim_client.clock import Clock
from scim_server.testing.live import LiveServer

PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
CONFIG = "ServiceProviderConfig"


def error(status: int, detail: str = "No.", **extra: Any) -> Response:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "detail": detail}
    text = json.dumps({**body, "status": str(status), **extra})
    return Response(text, status, content_type="application/scim+json")


def answer(document: Any, status: int = 200) -> Response:
    return Response(json.dumps(document), status, content_type="application/scim+json")


def quirks(company, text: str, profile: str = "generic") -> None:
    """Give the job quirks of its target, as TOML below `target.quirks`."""
    company.settings["concurrency"] = f'2\nprofile = "{profile}"\n{text}'


def sent(flaky, method: str, part: str = "") -> list[Any]:
    """Return the bodies of the requests with a method, and with a text in their path."""
    return [
        json.loads(body) if body else None
        for verb, path, body in flaky.seen
        if verb == method and part in path
    ]


def operations(flaky) -> list[dict[str, Any]]:
    return [each for body in sent(flaky, "PATCH", "/Users") for each in body["Operations"]]


def says(**config: Any):
    """Change what the target says of itself."""
    return lambda response: answer({**json.loads(response.get_data()), **config})


def parked(result) -> list[Any]:
    return [each.action for each in result.outcomes if each.verb == "park"]


def settled(company, flaky) -> None:
    """Let the company have its accounts, and forget the requests for them."""
    company.run()
    flaky.seen.clear()


# PUT ---------------------------------------------------------------------------------------------


def test_a_target_without_patch_is_sent_what_it_has_with_the_change_laid_over(
    company, flaky, scim, by_name
):
    flaky.spoil("GET", CONFIG, says(patch={"supported": False}), times=9)
    settled(company, flaky)
    ada = by_name("ada")
    scim.users.patch(ada["id"], replace("nickName", "Countess"))
    company.person("ada", department="Sales")

    result = company.run()

    assert result.ok
    assert [] == sent(flaky, "PATCH")
    assert "Countess" == by_name("ada")["nickName"]
    assert "Sales" in str(by_name("ada"))


def test_the_profile_is_believed_over_what_the_target_says_of_itself(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\nupdate = 'put'")
    settled(company, flaky)
    company.person("ada", department="Sales")

    company.run()

    assert 1 == len(sent(flaky, "PUT", "/Users"))
    assert [] == sent(flaky, "PATCH")


def test_nothing_that_the_target_sets_itself_is_put_back(company, flaky):
    quirks(company, "[target.quirks.users]\nupdate = 'put'")
    settled(company, flaky)
    company.person("ada", department="Sales")

    company.run()

    assert not {"meta", "groups"} & sent(flaky, "PUT")[0].keys()


def test_a_put_names_the_version_that_was_read(company, flaky, httpserver):
    quirks(company, "[target.quirks.users]\nupdate = 'put'")
    settled(company, flaky)
    company.person("ada", department="Sales")

    company.run()

    [put] = [request for request, _ in httpserver.log if request.method == "PUT"]
    assert put.headers["If-Match"].startswith('W/"')


def test_a_put_that_somebody_was_quicker_than_is_made_anew(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\nupdate = 'put'")
    settled(company, flaky)
    company.person("ada", department="Sales")
    flaky.refuse("PUT", "/Users", error(412))

    result = company.run()

    assert result.ok
    assert ["GET", "PUT", "GET", "PUT"] == [
        method for method, path, _ in flaky.seen if by_name("ada")["id"] in path
    ]


def test_a_value_that_is_cleared_is_left_out_of_a_put(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\nupdate = 'put'")
    company.person("ada", mail="ada@work.example")
    settled(company, flaky)
    company.person("ada", mail="", department="")

    company.run()

    assert "emails" not in by_name("ada")
    assert "department" not in str(by_name("ada"))


# PATCH -------------------------------------------------------------------------------------------


def test_without_filters_in_paths_a_list_is_sent_whole(company, flaky, scim, by_name):
    quirks(company, "[target.quirks.users]\npaths = 'plain'")
    company.person("ada", mail="ada@work.example")
    settled(company, flaky)
    mails = [*by_name("ada")["emails"], {"value": "ada@home.example", "type": "home"}]
    scim.users.patch(by_name("ada")["id"], replace("emails", mails))
    company.person("ada", mail="countess@work.example")

    company.run()

    [operation] = operations(flaky)
    assert ("replace", "emails") == (operation["op"], operation["path"])
    assert {"countess@work.example", "ada@home.example"} == {
        each["value"] for each in by_name("ada")["emails"]
    }


def test_without_paths_all_is_in_one_operation(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\npaths = 'none'")
    settled(company, flaky)
    company.person("ada", department="Sales", displayName="Countess")

    company.run()

    [operation] = operations(flaky)
    assert "path" not in operation
    assert "Countess" == operation["value"]["displayName"]
    assert "Sales" in str(by_name("ada"))


def test_without_paths_what_is_cleared_still_has_one(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\npaths = 'none'")
    settled(company, flaky)
    company.person("ada", displayName="")

    company.run()

    assert [{"op": "remove", "path": "displayName"}] == operations(flaky)


def test_more_operations_than_the_target_takes_are_sent_one_after_the_other(company, flaky):
    quirks(company, "[target.quirks.users]\nmax_operations = 1")
    settled(company, flaky)
    company.person("ada", department="Sales", displayName="Countess")

    company.run()

    assert [1, 1] == [len(body["Operations"]) for body in sent(flaky, "PATCH")]


# Deactivation ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["patch", "pathless", "put"])
def test_however_a_leaver_is_disabled_he_is(how, company, flaky, by_name):
    quirks(company, f"[target.quirks.users]\ndeactivate = '{how}'")
    settled(company, flaky)
    company.leave("bob")

    company.run()

    assert by_name("bob")["active"] is False
    assert (how == "put") == bool(sent(flaky, "PUT"))
    assert (how == "pathless") == (
        {"op": "replace", "value": {"active": False}} in operations(flaky)
    )


def test_a_leaver_whose_account_is_gone_with_it_is_created_anew_when_he_returns(
    company, flaky, server: LiveServer
):
    quirks(company, "[target.quirks.users]\ndeactivate = 'delete'\ndeactivated = 'gone'")
    settled(company, flaky)
    company.leave("bob")
    company.run()
    assert 2 == len(server.users())
    company.person("bob")

    result = company.run()

    assert result.ok
    assert 3 == len(server.users())
    assert 1 == result.accounts()[0].words["created"]


def test_after_an_account_is_gone_nothing_is_left_to_do(company, flaky):
    quirks(company, "[target.quirks.users]\ndeactivate = 'delete'\ndeactivated = 'gone'")
    settled(company, flaky)
    company.person("bob", accountEnabled="False")
    company.run()
    flaky.seen.clear()

    result = company.run()

    assert result.ok
    assert [] == flaky.seen


def test_a_target_that_only_says_that_it_disabled_is_found_out(company, flaky, httpserver):
    settled(company, flaky)
    company.leave("bob")
    flaky.refuse("PATCH", '"active"', Response("", 204))

    result = company.run()

    [trouble] = [each.trouble for each in result.troubles]
    assert "accepted that bob@example.com is disabled" in trouble.reason
    assert httpserver.url_for("/scim/v2") in trouble.reason


def test_where_one_answer_was_untrue_all_are_read_back(company, flaky):
    settled(company, flaky)
    company.person("bob", accountEnabled="False")
    company.person("eve", accountEnabled="False")
    flaky.refuse("PATCH", '"active"', Response("", 204), times=2)

    result = company.run()

    assert 2 == len(result.troubles)


def test_only_the_first_disabling_of_a_run_is_read_back(company, flaky):
    settled(company, flaky)
    company.settings["concurrency"] = 1
    company.person("bob", accountEnabled="False")
    company.person("eve", accountEnabled="False")

    company.run()

    assert 1 == sum(method == "GET" and "/Users/" in path for method, path, _ in flaky.seen)


class Patient(Clock):
    def __init__(self) -> None:
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def monotonic(self) -> float:
        return self.slept

    def wall(self) -> float:
        return self.slept


def test_a_target_is_given_its_time_until_it_shows_what_it_did(
    company, flaky, by_name, monkeypatch
):
    clock = Patient()
    monkeypatch.setattr("provisioner.targets.connection.Clock", lambda: clock)
    quirks(company, "[target.quirks]\nsettle_seconds = 5")
    settled(company, flaky)
    bob = by_name("bob")
    company.leave("bob")
    flaky.spoil("GET", bob["id"], lambda _: answer({**bob, "active": True}), times=3)

    result = company.run()

    assert result.ok
    assert 3 == clock.slept


# What is never sent ------------------------------------------------------------------------------


def test_a_change_of_what_is_immutable_is_parked_and_not_sent(company, flaky):
    quirks(company, "[target.quirks.users]\nimmutable = ['userName']")
    settled(company, flaky)
    company.person("ada", userPrincipalName="countess@example.com")

    result = company.run()

    [action] = parked(result)
    assert "ImmutableAtTarget" == action.code
    assert "does not let userName be changed" in action.reason
    assert [] == sent(flaky, "PATCH")


def test_what_else_changes_is_not_held_up_by_what_is_immutable(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\nimmutable = ['userName']")
    settled(company, flaky)
    company.person("ada", userPrincipalName="countess@example.com", displayName="Countess")

    company.run()

    assert "Countess" == by_name("ada")["displayName"]
    assert ["park"] == [action.verb for action in company.plan().actions]


def test_a_leaver_is_disabled_where_nothing_else_can_be_changed(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\nupdate = 'none'\ndeactivate = 'patch'")
    settled(company, flaky)
    company.leave("bob")
    company.person("ada", displayName="Countess")

    company.run()

    assert by_name("bob")["active"] is False
    assert "Ada" == by_name("ada")["displayName"]


def test_a_change_of_letter_case_of_what_is_immutable_is_not_worth_a_word(company, flaky):
    quirks(company, "[target.quirks.users]\nimmutable = ['userName']")
    settled(company, flaky)
    company.person("ada", userPrincipalName="Ada@example.com")

    result = company.run()

    assert result.ok
    assert [] == sent(flaky, "PATCH")
    assert [] == list(company.plan().actions)


def test_what_the_target_s_schemas_call_immutable_is_so(company, flaky):
    schema = {
        "id": "urn:ietf:params:scim:schemas:core:2.0:User",
        "attributes": [{"name": "userName", "mutability": "immutable"}],
    }
    flaky.refuse("GET", "/Schemas", answer({"totalResults": 1, "Resources": [schema]}), times=9)
    settled(company, flaky)
    company.person("ada", userPrincipalName="countess@example.com")

    assert ["park"] == [action.verb for action in company.plan().actions]


def test_what_is_stripped_is_never_sent(company, flaky):
    quirks(company, "[target.quirks.users]\nstrip = ['emails']")
    company.person("ada", mail="ada@work.example")
    settled(company, flaky)
    company.person("ada", mail="countess@work.example")

    company.run()

    assert [] == [method for method, _, _ in flaky.seen if method != "GET"]


def test_of_a_list_of_one_only_the_first_mapped_value_is_sent(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\nsingle_value = ['emails']\nprimary = ['emails']")
    company.settings["more_mappings"] = "'emails[type eq \"home\"].value' = '[userPrincipalName]'"
    company.person("ada", mail="ada@work.example")

    company.run()

    [mail] = by_name("ada")["emails"]
    assert ("ada@work.example", True) == (mail["value"], mail["primary"])


def test_of_a_whole_list_only_the_first_value_is_sent(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\nsingle_value = ['ims']")
    company.settings["more_mappings"] = "ims = 'Split([department], \"-\")'"
    company.person("ada", department="a-b-c")

    company.run()

    assert ["a"] == [each["value"] for each in by_name("ada")["ims"]]


def test_a_group_that_cannot_be_made_is_parked(company, flaky):
    quirks(company, "[target.quirks.groups]\ncreate = false")

    result = company.run()

    [action] = parked(result)
    assert "does not let one be made over SCIM" in action.reason
    assert [] == sent(flaky, "POST", "/Groups")


# Asking ------------------------------------------------------------------------------------------


def test_a_target_without_filters_is_matched_by_its_list(company, flaky, scim, server):
    flaky.spoil("GET", CONFIG, says(filter={"supported": False}), times=9)
    scim.users.create({"userName": "BOB@example.com"})

    result = company.run()

    assert 1 == result.accounts()[0].words["adopted"]
    assert 3 == len(server.users())
    assert [] == [path for _, path, _ in flaky.seen if "filter=" in path]


def test_a_list_is_read_page_by_page_at_the_size_of_the_profile(company, flaky, scim):
    quirks(company, "[target.quirks.users]\nfilter = false\n[target.quirks.page]\nsize = 2")
    for number in range(5):
        scim.users.create({"userName": f"u{number}"})

    company.plan()

    pages = [path for _, path, _ in flaky.seen if "/Users?" in path]
    assert 3 == len(pages)
    assert all("count=2" in page for page in pages)


def test_a_list_is_read_by_cursor_where_the_profile_says_so(company, flaky):
    quirks(company, "[target.quirks.users]\nfilter = false\n[target.quirks.page]\nmode = 'cursor'")

    company.plan()

    assert any("cursor=" in path for _, path, _ in flaky.seen if "/Users?" in path)


def test_nobody_is_created_on_the_word_of_a_list_that_is_not_whole(company, flaky, server):
    quirks(company, "[target.quirks.users]\nfilter = false")
    twice = [{"id": "1", "userName": "x"}, {"id": "1", "userName": "x"}]
    listed = {"totalResults": 2, "Resources": twice}
    flaky.refuse("GET", "/Users?", answer(listed), times=99)

    with pytest.raises(TargetUnusable, match="listed 1 different ones"):
        company.run()

    assert [] == server.users()


def test_a_value_that_the_target_s_filters_cannot_hold_is_looked_for_in_its_list(company, flaky):
    quirks(company, "[target.quirks.users]\nunfilterable = ','")
    company.person("ada", userPrincipalName="ada,countess@example.com")

    company.plan()

    assert 1 == sum("/Users?" in path and "filter" not in path for _, path, _ in flaky.seen)


def test_a_filter_has_the_name_that_the_target_has_for_a_path(company, flaky):
    quirks(company, "[target.quirks.users.filter_names]\nuserName = 'email'")
    flaky.refuse("GET", "/Users?", answer({"totalResults": 0, "Resources": []}), times=9)

    company.plan()

    assert any("filter=email%20eq" in path for _, path, _ in flaky.seen)


@pytest.mark.parametrize(
    ("compare", "found", "verb"),
    [
        ("trust", "core-team", "adopt"),
        ("schema", "core-team", "park"),
        ("ignore case", "CORE TEAM", "adopt"),
        ("exact", "CORE TEAM", "park"),
    ],
)
def test_what_is_found_is_compared_as_the_profile_says(compare, found, verb, company, flaky):
    quirks(company, f"[target.quirks.groups]\ncompare = '{compare}'")
    company.groups.clear()
    company.group("core", name="Core Team")
    hit = {"totalResults": 1, "Resources": [{"id": "7", "displayName": found}]}
    nothing = answer({"totalResults": 0, "Resources": []})
    flaky.refuse("GET", "Core", answer(hit))
    flaky.refuse("GET", "/Groups?", nothing)

    plan = company.plan()

    assert [verb] == [action.verb for action in plan.actions if action.kind == "groups"]


def test_the_target_is_asked_what_it_can_do_once_a_run(company, flaky):
    company.run()

    assert 1 == sum(CONFIG in path for _, path, _ in flaky.seen)


def test_a_cycle_without_changes_asks_nothing(company, flaky):
    settled(company, flaky)

    company.run()

    assert [] == flaky.seen


def test_where_the_profile_says_so_the_target_is_never_asked_what_it_can_do(company, flaky):
    quirks(company, "[target.quirks]\ndiscovery = false")
    settled(company, flaky)
    company.person("ada", displayName="Countess")

    company.run()

    assert [] == [path for _, path, _ in flaky.seen if CONFIG in path or "Schemas" in path]


@pytest.mark.parametrize("status", [404, 403, 501])
def test_a_target_that_does_not_say_what_it_can_do_is_taken_for_a_good_one(status, company, flaky):
    flaky.refuse("GET", CONFIG, error(status), times=9)
    flaky.refuse("GET", "/Schemas", error(status), times=9)

    assert company.run().ok


# Members -----------------------------------------------------------------------------------------


def test_members_are_removed_by_a_list_where_the_profile_says_so(company, flaky):
    quirks(company, "[target.quirks.members]\nstyle = 'list'")
    settled(company, flaky)
    company.group("staff", "ada")
    flaky.refuse("PATCH", "/Groups", Response("", 204))

    company.run()

    [operation] = sent(flaky, "PATCH", "/Groups")[0]["Operations"]
    assert ("remove", "members", 2) == (
        operation["op"],
        operation["path"],
        len(operation["value"]),
    )


def test_members_are_put_with_those_that_somebody_else_has_added(
    company, flaky, scim, by_name, members
):
    quirks(company, "[target.quirks.groups]\nupdate = 'put'")
    settled(company, flaky)
    guest = scim.users.create({"userName": "guest"})
    now = [*by_name("staff")["members"], {"value": guest["id"]}]
    scim.groups.patch(by_name("staff")["id"], replace("members", now))
    company.group("staff", "ada")

    result = company.run()

    assert result.ok
    assert [] == sent(flaky, "PATCH", "/Groups")
    assert {"ada", "guest"} == members("staff")


def test_a_group_is_renamed_by_put_with_all_its_members(company, flaky, members):
    quirks(company, "[target.quirks.groups]\nupdate = 'put'")
    settled(company, flaky)
    company.group("staff", "ada", "bob", "eve", name="Crew")

    company.run()

    assert {"ada", "bob", "eve"} == members("crew")


def test_a_group_whose_members_are_not_all_shown_is_never_replaced(company, flaky, members):
    quirks(company, "[target.quirks.groups]\nupdate = 'put'")
    settled(company, flaky)
    company.group("staff", "ada")

    def hide(response: Response) -> Response:
        group = json.loads(response.get_data())
        return answer({**group, "members": group.get("members", [])[:2]})

    flaky.spoil("GET", "/Groups/", hide, times=9)

    result = company.run()

    assert "answered without 1 of the members" in result.troubles[0].trouble.reason
    assert {"ada", "bob", "eve"} == members("staff")


def test_a_manager_is_put_where_there_is_no_patch(company, flaky, by_name):
    quirks(company, "[target.quirks.users]\nupdate = 'put'")
    settled(company, flaky)
    company.person("ada", manager="bob")

    company.run()

    assert by_name("bob")["id"] in str(by_name("ada"))


def test_the_size_of_a_chunk_is_learned_from_a_refusal(company, flaky):
    quirks(company, "[target.quirks.members]\nchunk = 4\nreadable = false")
    for number in range(13):
        company.person(f"p{number}")
    company.group("staff", *company.people)
    flaky.refuse("PATCH", "/Groups", error(413))

    result = company.run()

    sizes = [len(body["Operations"][0]["value"]) for body in sent(flaky, "PATCH", "/Groups")]
    assert result.ok
    assert [4] + [2] * 8 == sizes


def test_removals_by_filter_keep_to_the_most_operations(company, flaky):
    quirks(company, "[target.quirks.groups]\nmax_operations = 2")
    settled(company, flaky)
    company.group("staff")

    company.run()

    assert [2, 1] == [len(body["Operations"]) for body in sent(flaky, "PATCH", "/Groups")]


def test_a_target_that_only_says_that_it_added_members_is_found_out(company, flaky, members):
    quirks(company, "[target.quirks.members]\nreadable = true")
    flaky.refuse("PATCH", "/Groups", Response("", 204))

    result = company.run()

    [trouble] = [each.trouble for each in result.troubles]
    assert "accepted a change of 3 members of Staff" in trouble.reason
    assert company.run().ok
    assert {"ada", "bob", "eve"} == members("staff")


def test_a_target_that_only_says_that_it_removed_members_is_found_out(company, flaky, members):
    settled(company, flaky)
    company.group("staff", "ada")
    flaky.refuse("PATCH", "/Groups", Response("", 204))

    result = company.run()

    assert "it never took them out of" in result.troubles[0].trouble.reason
    company.run()
    assert {"ada"} == members("staff")


def test_a_group_without_members_may_be_one_that_does_not_show_them(company, flaky):
    flaky.refuse("PATCH", "/Groups", Response("", 204))

    assert company.run().ok


def test_a_group_that_does_not_show_its_members_is_not_read_back(company, flaky):
    quirks(company, "[target.quirks.members]\nreadable = false")

    company.run()

    assert [] == [path for method, path, _ in flaky.seen if method == "GET" and "/Groups/" in path]


# Conflicts and headers ---------------------------------------------------------------------------


def test_a_status_of_its_own_may_mean_that_somebody_exists(company, flaky, server):
    quirks(company, "[target.quirks.conflict]\nstatuses = [409, 400]")
    flaky.spoil("POST", "bob@", lambda _: error(400, "Duplicate."))

    result = company.run()

    assert result.ok
    assert 1 == result.accounts()[0].words["adopted"]


def test_after_a_conflict_somebody_is_looked_up_by_more_than_the_match(company, flaky, scim):
    quirks(company, "[target.quirks.conflict]\nlook_up = ['externalId']")
    scim.users.create({"userName": "robert", "externalId": "bob"})
    flaky.refuse("POST", "bob@", error(409))

    result = company.run()

    assert result.ok
    assert 1 == result.accounts()[0].words["adopted"]


def test_the_headers_of_a_profile_are_sent(company, flaky, httpserver):
    quirks(
        company,
        "[target.quirks]\nuser_agent = 'me'\naccept = 'application/json'\n"
        "content_type = 'application/json'",
    )

    company.run()

    headers = next(request.headers for request, _ in httpserver.log if request.method == "POST")
    names = ("User-Agent", "Accept", "Content-Type")
    assert ["me", "application/json", "application/json"] == [headers[name] for name in names]


def test_the_published_limits_of_an_app_are_kept(company, flaky, monkeypatch):
    clock = Patient()
    monkeypatch.setattr("provisioner.targets.connection.Clock", lambda: clock)
    quirks(
        company,
        "[target.quirks.rate]\nshare = 0.5\n"
        "[[target.quirks.rate.limits]]\nrequests = 6\nseconds = 60\nmethods = ['POST']\n"
        "path = '/Users'",
    )

    company.run()

    assert 40 < clock.slept < 42


def busy(seconds: int) -> Response:
    response = error(429, "Slow down.")
    response.headers["Retry-After"] = str(seconds)
    return response


def test_a_busy_target_is_waited_for_and_everything_goes_through(company, flaky, monkeypatch):
    clock = Patient()
    monkeypatch.setattr("provisioner.targets.connection.Clock", lambda: clock)
    flaky.refuse("POST", "bob@", busy(30))

    assert company.run().ok
    assert clock.slept >= 30


def test_a_target_that_asks_for_an_hour_ends_the_run_and_is_sent_nothing_more(company, flaky):
    for number in range(20):
        company.person(f"p{number}")
    flaky.refuse("POST", "/Users", busy(3600), times=99)

    result = company.run()

    assert result.halted
    assert len(sent(flaky, "POST")) <= 2  # those that were on their way at once


# Profiles ----------------------------------------------------------------------------------------

MORE = """
"name.givenName" = "[displayName]"
"name.familyName" = "[displayName]"
nickName = "[objectId]"
'entitlements[primary eq "True"].value' = "profile"
"""


def without_groups(file: Path) -> Path:
    """Rewrite the job for an app that has no groups, and finds users by nothing but externalId."""
    text = file.read_text(encoding="utf-8")
    text = re.sub(r"\[groups\].*?(?=\[policy\])", "", text, flags=re.DOTALL)
    file.write_text(text.replace('match = ["userName"]', 'match = ["externalId"]'))
    return file


def failed(result) -> list[Any]:
    return [each for each in result.outcomes if each.status == "failed"]


@pytest.mark.parametrize("profile", profile_names())
def test_with_every_profile_people_come_change_and_leave(profile, company, flaky, monkeypatch):
    clock = Patient()
    monkeypatch.setattr("provisioner.targets.connection.Clock", lambda: clock)
    quirks(company, "", profile)
    company.settings["more_mappings"] = MORE
    for name in ("ada", "bob", "eve"):
        company.person(name, mail=f"{name}@work.example")
    if not load_profile(profile).groups.offered:
        write = company.write
        monkeypatch.setattr(company, "write", lambda: without_groups(write()))
    assert [] == failed(company.run())
    company.person("ada", department="Sales")
    company.leave("bob")

    assert [] == failed(company.run())
    flaky.seen.clear()
    company.run()
    assert [] == [method for method, _, _ in flaky.seen if method != "GET"]


# Unchanged ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "quirk",
    [
        *("lower-cases names", "drops attributes", "adds defaults", "trims texts", "cuts texts"),
        *("reorders", "echoes only the id", "echoes upper case", "adds values", "hides members"),
        *("echoes texts for booleans", "echoes empty values", "dresses members", "echoes nothing"),
    ],
)
def test_an_unchanged_source_writes_nothing_to_a_quirky_target(quirk, world):
    world.begin()
    world.target.change(quirks=[quirk])
    world.run()
    world.run()
    before = world.target.count()

    for _ in range(3):
        world.run()

    assert [] == [each for each in world.target.log(before) if each.writes]
