import json

from werkzeug import Response

import conformance
from conformance.check import Status


def spoil_location(tiny):
    tiny.spoil(lambda request, response: response.headers.pop("Location", None) and None)


def test_the_report_has_the_shape_of_version_1(tiny):
    document = tiny.run("rfc7644/3.3/location", seed=5).to_json()

    assert ["version", "endpoint", "seed", "results", "summary"] == list(document)
    assert 1 == document["version"]
    assert tiny.url == document["endpoint"]
    assert 5 == document["seed"]


def test_a_result_has_the_shape_of_version_1(tiny):
    result = tiny.run("rfc7644/3.3/location").to_json()["results"][0]

    assert ["id", "level", "section", "status", "message", "exchanges"] == list(result)
    assert ["rfc7644/3.3/location", "MUST", "rfc7644/3.3", "pass", ""] == list(result.values())[:5]


def test_every_exchange_of_a_check_is_evidence(tiny):
    exchange = tiny.run("rfc7644/3.3/location").to_json()["results"][0]["exchanges"][0]

    assert "POST" == exchange["request"]["method"]
    assert 201 == exchange["response"]["status"]
    assert "userName" in exchange["request"]["body"]


def test_the_summary_counts_each_verdict(tiny):
    summary = tiny.run("rfc7644/3.3").to_json()["summary"]

    assert summary["checks"] == sum(summary[status.value] for status in Status)
    assert summary["requests"] == len(tiny.server.log)


def test_the_token_is_nowhere_in_a_report(tiny, token):
    tiny.spoil(lambda request, response: response.headers.set("X-Echo", token))
    text = json.dumps(tiny.run().to_json())

    assert token not in text
    assert "Bearer ***" in text


def test_a_report_is_well_when_no_must_failed(tiny):
    assert tiny.run("rfc7644/3.3").ok


def test_a_report_is_not_well_when_a_must_failed(tiny):
    spoil_location(tiny)

    assert not tiny.run("rfc7644/3.3").ok


def test_the_console_shows_expected_actual_and_a_curl_line(tiny, command):
    spoil_location(tiny)
    output = command("run", tiny.url, "rfc7644/3.3/location").stdout

    assert "RFC 7644 §3.3  1 fail" in output
    assert "expected a header Location" in output
    assert "actual   none" in output
    assert "try      curl -i -X POST" in output


def test_the_console_names_passed_checks_when_asked(tiny, command):
    assert "3.3/location" not in command("run", tiny.url, "rfc7644/3.3/location").stdout
    assert (
        "✓ pass  rfc7644/3.3/location"
        in command("run", tiny.url, "rfc7644/3.3/location", "-v").stdout
    )


def test_the_console_says_why_a_check_was_skipped(tiny, command):
    output = command("run", tiny.url, "rfc7644/3.4.2.2/eq").stdout

    assert "ServiceProviderConfig says filter.supported is false" in output


def test_the_console_says_what_was_left_behind(tiny, command):
    tiny.guard(lambda request: Response(status=403) if request.method == "DELETE" else None)

    assert "left behind: " in command("run", tiny.url, "rfc7644/3.3/created").stdout


def test_the_public_names_are_these():
    assert ["CannotRun", "Report", "Result", "UnknownCheck", "run"] == conformance.__all__
