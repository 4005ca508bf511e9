import json
import signal
import subprocess
import sys
import threading

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

import conformance
from conformance import Access, Bearer
from conformance import check as checks
from conformance.check import MUST, Check, find
from conformance.report import Result


def statuses(report):
    return [str(result.status) for result in report.results]


def test_what_a_check_made_is_removed(tiny):
    report = tiny.run("rfc7644/3.3/location")

    assert ["pass"] == statuses(report)
    assert {} == tiny.users
    assert any(entry[0].method == "DELETE" for entry in tiny.server.log)


def test_what_a_failed_check_made_is_removed(tiny, edit):
    tiny.spoil(edit("POST", "/Users$", lambda body: body["meta"].clear()))

    assert ["fail"] == statuses(tiny.run("rfc7644/3.3/location"))
    assert {} == tiny.users


def test_a_creation_answered_with_500_is_looked_for_and_removed(tiny):
    def fails_after_creating(request, _):
        return Response(status=500) if request.method == "POST" else None

    tiny.spoil(fails_after_creating)

    assert ["fail"] == statuses(tiny.run("rfc7644/3.3/created"))
    assert {} == tiny.users


def test_a_creation_that_ends_after_we_hung_up_is_removed(tiny, token):
    looked_for, created = threading.Event(), threading.Event()

    def late(request):
        if request.method == "POST":
            looked_for.wait(10)
        elif "filter" in request.args and not looked_for.is_set():
            looked_for.set()
            return Response('{"Resources": []}')
        elif "filter" in request.args:
            created.wait(10)
        return None

    with HTTPServer(threaded=True) as server:
        busy = type(tiny)(server)
        busy.guard(late)
        busy.spoil(lambda request, _: (request.method == "POST" and created.set()) or None)
        access = Access(Bearer(token), timeout=1)
        report = conformance.run(busy.url, access=access, only=["rfc7644/3.3/created"])

    assert ["error"] == statuses(report)
    assert created.is_set()
    assert {} == busy.users


def test_only_what_the_run_made_is_removed(tiny):
    tiny.users["1"] = {"id": "1", "userName": "ada"}
    tiny.spoil(lambda request, _: Response(status=500) if request.method == "POST" else None)
    tiny.run("rfc7644/3.3/created")

    assert ["ada"] == [user["userName"] for user in tiny.users.values()]


def test_what_would_not_go_is_told(tiny):
    tiny.guard(lambda request: Response(status=403) if request.method == "DELETE" else None)
    report = tiny.run("rfc7644/3.3/created")

    assert [f"{tiny.url}/Users/{key}" for key in tiny.users] == report.left_behind


def test_what_would_not_go_is_tried_once_more_at_the_end(tiny):
    refused = []

    def once(request):
        if request.method == "DELETE" and not refused:
            refused.append(request)
            return Response(status=500)
        return None

    tiny.guard(once)
    report = tiny.run("rfc7644/3.3/created")

    assert refused
    assert [] == report.left_behind
    assert {} == tiny.users


def test_everything_made_bears_a_recognisable_name(tiny):
    tiny.run("rfc7644/3.3")
    sent = [json.loads(r.data) for r, _ in tiny.server.log if r.method == "POST"]

    assert sent
    assert all(body["userName"].lower().startswith("scim-conformance-") for body in sent)


def names_sent(tiny, seed):
    tiny.server.clear_log()
    tiny.run("rfc7644/3.3", seed=seed)
    return [json.loads(r.data)["userName"] for r, _ in tiny.server.log if r.method == "POST"]


def test_one_text_is_a_list_of_one(tiny, token):
    report = conformance.run(tiny.url, token=token, only="rfc7644/3.3/created", require="title=x")

    assert ["pass"] == statuses(report)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"access": Access()}, "give a token or an access, not both"),
        ({"parallel": 0}, "parallel is 1 or more"),
    ],
)
def test_what_cannot_be_asked_for_is_one_message(tiny, token, given, message):
    with pytest.raises(conformance.CannotRun, match=message):
        conformance.run(tiny.url, token=token, **given)


def test_a_seed_gives_the_same_names_again(tiny):
    assert names_sent(tiny, 7) == names_sent(tiny, 7)


def test_another_seed_gives_other_names(tiny):
    assert names_sent(tiny, 7) != names_sent(tiny, 8)


def test_the_seed_is_in_the_report(tiny):
    assert 7 == tiny.run("rfc7644/3.3/created", seed=7).seed


def test_an_interruption_ends_the_run_and_not_the_clean_up(tiny):
    def interrupt(event: Check | Result) -> None:
        if isinstance(event, Result):
            raise KeyboardInterrupt

    report = tiny.run("rfc7644/3.3", listener=interrupt)

    assert "interrupted" == report.stopped
    assert 2 == report.exit_code()
    assert {} == tiny.users


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_middle_of_a_creation_leaves_nothing(tiny, token, number):
    process = None

    def interrupt(request, _):
        if request.method == "POST":
            process.send_signal(number)

    tiny.spoil(interrupt)
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", "run", tiny.url, "rfc7644/3.3"],
        env={"SCIM_TOKEN": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    output, _ = process.communicate(timeout=60)

    assert "stopped early: interrupted" in output
    assert 2 == process.returncode
    assert {} == tiny.users


def test_a_failed_preparation_skips_the_rule(tiny):
    tiny.guard(lambda request: Response(status=403) if request.method == "POST" else None)
    result = tiny.run("rfc7644/3.4.1/found").results[0]

    assert "skip" == result.status
    assert result.message.startswith("prerequisite: POST")
    assert "403" in result.message


def test_what_is_not_claimed_is_skipped(tiny):
    result = tiny.run("rfc7644/3.4.2.2/eq").results[0]

    assert "skip" == result.status
    assert "ServiceProviderConfig says filter.supported is false" == result.message


def test_a_type_that_is_not_listed_is_skipped(tiny):
    assert "ResourceTypes lists no Group" == tiny.message("rfc7644/3.3/group")


def test_an_attribute_that_the_schema_lacks_is_skipped(tiny):
    tiny.config["patch"] = {"supported": True}

    assert "the schema of User has no title" == tiny.message("rfc7644/3.5.2.3/absent")


def test_an_attribute_that_may_not_be_written_is_skipped(tiny):
    tiny.config["patch"] = {"supported": True}
    tiny.schemas[0]["attributes"].append({"name": "title", "mutability": "readOnly"})

    assert "title is readOnly" in tiny.message("rfc7644/3.5.2.3/absent")


@pytest.mark.parametrize("path", ["ServiceProviderConfig", "ResourceTypes", "Schemas"])
@pytest.mark.parametrize("text", ["", "null", "[]", '{"Resources": [1, {"id": 2}]}', "<html>"])
def test_a_broken_discovery_answer_does_not_end_a_run(tiny, path, text):
    def broken(request, _):
        return Response(text) if request.path.endswith(path) else None

    tiny.spoil(broken)

    assert "pass" == tiny.verdict("rfc7644/3.3/location")


def test_a_feature_of_which_discovery_is_silent_may_be_unsupported(tiny):
    tiny.config = {}
    tiny.schemas = []
    tiny.guard(lambda request: Response(status=501) if request.method == "PATCH" else None)

    assert "answers 501" in tiny.message("rfc7644/3.5.2/answer")


def test_a_feature_that_is_claimed_has_to_be_there(tiny):
    tiny.config["patch"] = {"supported": True}
    tiny.schemas[0]["attributes"].append({"name": "displayName"})
    tiny.guard(lambda request: Response(status=501) if request.method == "PATCH" else None)

    assert "fail" == tiny.verdict("rfc7644/3.5.2/answer")


def test_a_required_attribute_of_the_endpoint_is_sent(tiny):
    tiny.schemas[0]["attributes"] += [
        {"name": "badge", "type": "integer", "required": True},
        {"name": "mails", "type": "complex", "required": True, "multiValued": True}
        | {"subAttributes": [{"name": "value", "type": "string"}]},
        {"name": "serial", "type": "string", "required": True, "mutability": "readOnly"},
    ]
    tiny.run("rfc7644/3.3/created")
    sent = next(json.loads(r.data) for r, _ in tiny.server.log if r.method == "POST")

    assert 1 == sent["badge"]
    assert sent["mails"][0]["value"].endswith("@example.com")
    assert "serial" not in sent


def test_an_endpoint_that_says_slow_down_is_waited_for(tiny):
    refused = []

    def once(request):
        if request.method == "POST" and not refused:
            refused.append(request)
            return Response(status=429, headers={"Retry-After": "0"})
        return None

    tiny.guard(once)

    assert "pass" == tiny.verdict("rfc7644/3.3/created")


def test_a_crash_of_a_check_is_not_blamed_on_the_endpoint(tiny, monkeypatch):
    def crash(scim):
        raise ZeroDivisionError("oops")

    broken = Check("rfc7644/3.3/crash", MUST, "It crashes.", (), crash)
    monkeypatch.setitem(checks._registry, broken.id, broken)
    report = tiny.run(broken.id)

    assert ["error"] == statuses(report)
    assert "the check itself crashed (ZeroDivisionError: oops)" in report.results[0].message
    assert 2 == report.exit_code()


def test_an_endpoint_that_stops_answering_ends_the_run(mortal):
    def die(event: Check | Result) -> None:
        if mortal.server.is_running():
            mortal.server.stop()

    report = mortal.run("rfc7643/5", listener=die)

    assert ["error"] * 3 == [status for status in statuses(report) if status != "skip"]
    assert "the endpoint stopped answering" in report.stopped
    assert 2 == report.exit_code()


def test_a_location_on_another_host_is_not_followed(tiny):
    def elsewhere(request, response):
        if request.method == "POST":
            response.headers["Location"] = "http://localhost.invalid/Users/1"

    tiny.spoil(elsewhere)
    result = tiny.run("rfc7644/3.3/location-works").results[0]

    assert "skip" == result.status
    assert "is on another host" in result.message


def test_levels_decide_how_bad_an_unmet_rule_is(tiny, edit):
    tiny.spoil(edit("POST", "/Users$", lambda body: {"id": body["id"], "meta": body["meta"]}))

    assert "SHOULD" == find("rfc7644/3.3/body").level
    assert "warn" == tiny.verdict("rfc7644/3.3/body")


def test_an_endpoint_told_from_the_root_is_one_finding_that_hides_no_other(tiny):
    tiny.types[0]["endpoint"] = "/scim/v2/Users"
    report = tiny.run("rfc7643/6/endpoints", "rfc7644/3.3/created")
    verdicts = {result.check.id: str(result.status) for result in report.results}

    assert {"rfc7643/6/endpoints": "fail", "rfc7644/3.3/created": "pass"} == verdicts
