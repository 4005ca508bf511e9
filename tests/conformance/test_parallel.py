"""Many checks at a time: the same verdicts, in the same order, and nothing left."""

import json
import signal
import subprocess
import sys
import threading

import pytest
from werkzeug import Response

from conformance import check as checks
from conformance import run
from conformance.check import MUST, Check
from conformance.report import Result
from scim_server.testing.live import LiveServer

SOME = ["rfc7644/3.3", "rfc7644/3.6", "rfc7643/5", "ssosync"]


def verdicts(report):
    return [(result.check.id, str(result.status)) for result in report.results]


def judged(server, parallel, **options):
    return run(server.url, token=server.token, only=SOME, parallel=parallel, **options)


def test_the_verdicts_are_those_of_a_run_in_turn(whole_server):
    assert verdicts(judged(whole_server, 1)) == verdicts(judged(whole_server, 8))


def test_a_check_sends_the_same_names_alone_and_in_company(whole_server):
    one, many = judged(whole_server, 1, seed=5), judged(whole_server, 8, seed=5)

    def names(report):
        return {
            json.loads(exchange.request_body)["userName"]
            for result in report.results
            for exchange in result.exchanges
            if exchange.request_body
            and '"userName": "scim-' in exchange.request_body
            and exchange.method == "POST"
            and exchange.url.endswith("/Users")
        }

    assert names(one) == names(many)


def test_nothing_is_left_by_a_run_at_once():
    with LiveServer() as server:
        report = judged(server, 8)

        assert [] == server.users() + server.groups() + report.left_behind


def test_every_connection_has_a_thread_of_its_own(tiny):
    threads = set()

    def remember(event):
        threads.add(threading.current_thread().name)

    run(tiny.url, token="s3cr3t/token+value", only=["rfc7644/3.3"], parallel=4, listener=remember)

    assert len(threads) > 1


def test_what_company_spoiled_is_tried_again_alone(tiny, monkeypatch):
    tries = []

    def fails_first(scim):
        tries.append(scim)
        scim.require(len(tries) > 1, "to be alone", "company")

    shy = Check("rfc7644/3.3/shy", MUST, "It is tried alone.", (), fails_first)
    monkeypatch.setitem(checks._registry, shy.id, shy)

    assert [(shy.id, "pass")] == verdicts(tiny.run(shy.id, parallel=4))
    assert 2 == len(tries)


def test_what_fails_alone_too_fails(tiny, edit):
    tiny.spoil(edit("POST", "/Users$", lambda body: body["meta"].clear()))

    assert [("rfc7644/3.3/location", "fail")] == verdicts(
        tiny.run("rfc7644/3.3/location", parallel=4)
    )


def test_a_time_limit_ends_a_run(tiny):
    report = tiny.run("rfc7644/3.3", time_limit=1e-9)

    assert report.stopped.startswith("the time limit of 1e-09 s is over; ")
    assert 2 == report.exit_code()
    assert [] == report.results


@pytest.mark.parametrize("parallel", [1, 4])
def test_an_endpoint_that_dies_ends_the_run(mortal, parallel):
    def die(event: Check | Result) -> None:
        if mortal.server.is_running():
            mortal.server.stop()

    report = mortal.run("rfc7643/5", "rfc7643/6", "rfc7643/7", listener=die, parallel=parallel)

    assert "the endpoint stopped answering" in report.stopped
    assert 2 == report.exit_code()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing_of_a_run_at_once(tiny, token, number):
    process = None
    begun = threading.Semaphore(0)

    def interrupt(request, _):
        if request.method == "POST" and begun.acquire(blocking=False):
            process.send_signal(number)

    tiny.spoil(interrupt)
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", "run", tiny.url, "rfc7644/3.3", "--parallel", "4"],
        env={"SCIM_TOKEN": token},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    begun.release()
    output, errors = process.communicate(timeout=60)

    assert "" == errors
    assert "stopped early: interrupted" in output
    assert {} == tiny.users
    assert process.returncode in (1, 2)


def test_skipped_checks_are_not_run(tiny):
    report = tiny.run("rfc7644/3.3", skip=["rfc7644/3.3/location", "rfc7644/3.3.1"])
    ids = {result.check.id for result in report.results}

    assert ids
    assert "rfc7644/3.3/location" not in ids
    assert not any(check_id.startswith("rfc7644/3.3.1/") for check_id in ids)


def test_a_type_that_is_left_out_is_not_touched(whole_server):
    report = run(
        whole_server.url, token=whole_server.token, only=["rfc7644/3.3"], leave_out=["Group"]
    )
    told = [r.message for r in report.results if "Group" in r.check.needs]

    assert told
    assert {"Group is left out of this run"} == set(told)
    assert not any(
        exchange.method == "POST" and exchange.url.endswith("/Groups")
        for result in report.results
        for exchange in result.exchanges
    )


def test_a_type_that_does_not_exist_cannot_be_left_out(tiny, command):
    result = command("run", tiny.url, "--leave-out", "Gruop")

    assert 2 == result.exit_code
    assert "--leave-out Gruop: there is no such resource type; the nearest is Group" in (
        result.stderr
    )


def test_the_requests_of_each_check_are_told(tiny, command):
    output = command("run", tiny.url, "rfc7644/3.3/location", "-v").stdout

    assert "in Location and in meta.location.  (1 request)" in output


def test_a_bulk_request_is_cleaned_up_after(monkeypatch):
    def makes(scim):
        data = scim.smallest_user()
        operation = {"method": "POST", "path": "/Users", "bulkId": "1", "data": data}
        urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
        scim.post("/Bulk", {"schemas": [urn], "Operations": [operation]}).must.have_status(200)

    bulky = Check("rfc7644/3.7/makes", MUST, "It makes.", (), makes)
    monkeypatch.setitem(checks._registry, bulky.id, bulky)
    with LiveServer() as server:
        report = run(server.url, token=server.token, only=[bulky.id])

        assert [(bulky.id, "pass")] == verdicts(report)
        assert [] == server.users()


def test_a_bulk_request_without_an_answer_is_looked_for(monkeypatch, tiny):
    def makes(scim):
        data = scim.smallest_user()
        tiny.users["7"] = data | {"id": "7"}
        operation = {"method": "POST", "path": "/Users", "bulkId": "1", "data": data}
        scim.post("/Bulk", {"Operations": [operation]})

    bulky = Check("rfc7644/3.7/makes", MUST, "It makes.", (), makes)
    monkeypatch.setitem(checks._registry, bulky.id, bulky)
    tiny.guard(lambda request: Response(status=500) if request.path.endswith("/Bulk") else None)
    tiny.run(bulky.id)

    assert {} == tiny.users


def test_cleaning_up_costs_one_request_for_each_thing_made(whole_server):
    report = run(whole_server.url, token=whole_server.token, only=["rfc7644/3.6"])
    sent = sum(result.requests for result in report.results)
    made = sum(
        exchange.method == "POST" and exchange.status == 201
        for result in report.results
        for exchange in result.exchanges
    )
    discovery = 6

    assert report.requests - sent <= made + discovery


def test_a_creation_from_raw_bytes_is_looked_for(tiny, monkeypatch):
    def makes(scim):
        raw = json.dumps(scim.smallest_user()).encode()
        scim.send("POST", scim.users, raw=raw)

    rude = Check("rfc7644/3.3/raw", MUST, "It makes.", (), makes)
    monkeypatch.setitem(checks._registry, rude.id, rude)
    tiny.spoil(lambda request, _: Response(status=500) if request.method == "POST" else None)
    tiny.run(rude.id)

    assert {} == tiny.users
