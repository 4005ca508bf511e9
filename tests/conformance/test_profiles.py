"""The replays of what identity providers send."""

import json

import pytest

from conformance import UnknownProfile, run
from conformance.check import Level
from conformance.profiles import all_profiles, find_profile
from scim_server.testing.live import LiveServer

NAMES = [
    *["authentik", "cyberark", "entra", "entra-legacy", "jumpcloud", "keycloak", "okta-aiw"],
    *["okta-oin", "onelogin", "pingfederate", "sailpoint", "ssosync"],
]
STEPS = [step for profile in all_profiles() for step in profile.steps]
LIFE = {"create", "match", "update", "rename", "disable", "enable", "create-group", "add-members"}


def test_the_profiles_are_these():
    assert NAMES == [profile.name for profile in all_profiles()]


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.name)
def test_our_server_works_with_every_provider(profile, whole_server):
    report = run(whole_server.url, token=whole_server.token, only=[profile.name])

    assert [] == [(r.check.id, r.message) for r in report.results if str(r.status) != "pass"]
    assert [True] == [verdict.works for verdict in report.verdicts]


def test_the_lives_leave_nothing():
    with LiveServer() as server:
        run(server.url, token=server.token, profiles=["all"], only=["entra"], parallel=4)

        assert [] == server.users()
        assert [] == server.groups()


@pytest.mark.parametrize("profile", all_profiles(), ids=lambda profile: profile.name)
def test_a_profile_is_a_whole_life(profile):
    missing = LIFE - {step.id.rpartition("/")[2] for step in profile.steps}

    # Keycloak and JumpCloud create without looking, and say nothing of a match.
    assert missing <= ({"match"} if profile.name == "keycloak" else set())


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_a_step_says_what_it_is_known_from_and_what_follows(step):
    assert step.requirement.endswith(".")
    assert step.origin
    assert step.consequence
    assert not step.consequence.endswith(".")


def test_a_conjecture_never_fails():
    assert {Level.MAY} == {step.level for step in STEPS if step.conjecture}


def test_ids_are_taken_once():
    ids = [step.id for step in STEPS]

    assert len(ids) == len(set(ids))


def test_a_profile_that_is_like_another_has_its_steps_in_its_order():
    entra, legacy = find_profile("entra"), find_profile("entra-legacy")

    of_entra, of_legacy = (
        [step.id.partition("/")[2] for step in profile.steps] for profile in (entra, legacy)
    )

    assert of_entra == [step for step in of_legacy if step in of_entra]


def test_an_unknown_profile_is_answered_with_the_nearest(tiny):
    with pytest.raises(UnknownProfile, match="the nearest is entra"):
        tiny.run(profiles=["entr"])


def test_all_is_every_profile(whole_server):
    report = run(
        whole_server.url, token=whole_server.token, only=["rfc7644/3.6/gone"], profiles=["all"]
    )

    assert {"rfc7644/3.6", *NAMES} == {result.check.section for result in report.results}


def test_a_step_that_is_asked_for_alone_is_prepared_by_those_before_it(whole_server):
    report = run(whole_server.url, token=whole_server.token, only=["entra/disable"])

    assert [("entra/disable", "pass")] == [(r.check.id, str(r.status)) for r in report.results]


# --- what goes wrong is seen, and its consequence told -------------------------------------------


def ignores_activity(answer_to):
    """Bend PATCH requests so that they no longer change `active`."""

    def request(message):
        if message.method == "PATCH" and answer_to in message.body.decode():
            message.body = message.body.replace(b'"path": "active"', b'"path": "title"')
            message.body = message.body.replace(b'"False"', b'"x"').replace(b"false", b'"x"')

    return request


@pytest.mark.parametrize(
    ("step", "sent", "consequence"),
    [
        ("entra/disable", "false", "the leaver stays active"),
        ("entra-legacy/disable", '"False"', "the leaver stays active"),
    ],
)
def test_a_leaver_who_stays_active_is_seen(bent, step, sent, consequence):
    result = bent.report(step, request=ignores_activity(sent)).results[-1]

    assert "fail" == str(result.status)
    assert consequence in result.consequence


def finds_nobody(question, answer):
    if question.method == "GET" and "filter" in question.query:
        answer.json = answer.json | {"totalResults": 0, "Resources": []}


@pytest.mark.parametrize(
    ("step", "consequence"),
    [
        ("entra/match", "Entra ID will create a duplicate"),
        ("okta-oin/match", "Okta will create a duplicate"),
        ("onelogin/match", "OneLogin will create a duplicate"),
        ("pingfederate/match", "PingFederate will create a duplicate"),
    ],
)
def test_a_match_that_finds_nobody_is_seen(bent, step, consequence):
    report = bent.report(step, answer=finds_nobody)

    assert consequence == report.results[-1].consequence
    assert [False] == [verdict.works for verdict in report.verdicts]


def empties_the_group(message):
    """Removal by a list removes all: what many servers make of it."""
    if message.method == "PATCH" and b'"members", "value"' in message.body:
        sent = message.json
        if sent["Operations"][0]["op"].lower() == "remove":
            del sent["Operations"][0]["value"]
            message.json = sent


@pytest.mark.parametrize("profile", ["entra-legacy", "authentik", "ssosync"])
def test_a_removal_that_empties_the_group_is_seen(bent, profile):
    result = bent.report(f"{profile}/remove-member", request=empties_the_group).results[-1]

    assert "fail" == str(result.status)
    assert "empties the whole group" in result.consequence


def test_a_refused_creation_skips_what_needs_the_user(tiny, edit):
    tiny.guard(lambda request: None)
    tiny.spoil(edit("POST", "/Users$", lambda body: body.pop("id") and None))
    report = tiny.run("entra")
    by_id = {result.check.id: result for result in report.results}

    assert "fail" == str(by_id["entra/create"].status)
    assert "an earlier step of the profile was to give the user" in by_id["entra/read"].message


def test_an_id_is_written_as_a_url_wants_it(tiny):
    def odd(request, response):
        if request.method == "POST" and response.status_code == 201:
            made = json.loads(response.data)
            user = tiny.users.pop(made["id"])
            made["id"] = user["id"] = f"a b/{made['id']}"
            tiny.users[made["id"]] = user
            response.data = json.dumps(made)

    tiny.spoil(odd)
    by_id = {result.check.id: result for result in tiny.run("sailpoint").results}

    assert "pass" == str(by_id["sailpoint/read"].status)
    assert {} == tiny.users


def test_groups_are_skipped_where_there_are_none(tiny):
    by_id = {result.check.id: result for result in tiny.run("jumpcloud").results}

    assert "ResourceTypes lists no Group" == by_id["jumpcloud/create-group"].message


def test_the_consequence_is_in_the_message_and_the_summary(bent):
    document = json.loads(json.dumps(bent.report("entra", answer=finds_nobody).to_json()))
    match = next(result for result in document["results"] if result["id"] == "entra/match")

    assert "; Entra ID will create a duplicate" in match["message"]
    assert document["summary"]["profiles"]["entra"]["works"] is False
    assert (
        "Entra ID will create a duplicate"
        in (document["summary"]["profiles"]["entra"]["consequences"])
    )


def test_the_profiles_can_be_listed(command):
    lines = command("profiles", "list").stdout.splitlines()

    assert NAMES == [line.split()[0] for line in lines]
    assert "evidence" in lines[0]


def test_the_list_of_profiles_can_be_json(command):
    listed = json.loads(command("profiles", "list", "--json").stdout)

    assert NAMES == [each["name"] for each in listed]
    assert all(each["evidence"] > 0 for each in listed)


def test_the_steps_of_a_profile_can_be_listed_and_explained(command):
    assert "entra/disable" in command("list", "entra").stdout
    explained = command("explain", "entra/disable").stdout

    assert "Evidence: Microsoft Learn" in explained
    assert "Otherwise: the leaver stays active" in explained
    assert '"path":"active","value":false' in explained


def test_the_command_names_the_consequences(command, bent):
    bent.answer = finds_nobody
    result = command("run", bent.url, "onelogin", SCIM_TOKEN=bent._token)

    assert 1 == result.exit_code
    assert "OneLogin will not work: 1 of 15 steps fail" in result.stdout
    assert "means    OneLogin will create a duplicate" in result.stdout
