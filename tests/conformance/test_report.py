import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from werkzeug import Response

import conformance
from conformance.check import Status, all_checks
from conformance.report.headings import subject


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
    summary = tiny.run("rfc7644/3.3/location", "rfc7644/3.3/created").to_json()["summary"]

    assert summary["checks"] == sum(summary[status.value] for status in Status)
    assert summary["requests"] == len(tiny.server.log)


def test_the_token_is_nowhere_in_a_report(tiny, token):
    tiny.spoil(lambda request, response: response.headers.set("X-Echo", token))
    text = json.dumps(tiny.run().to_json())

    assert token not in text
    assert "Bearer ***" in text


def test_a_report_is_well_when_no_must_failed(tiny):
    assert tiny.run("rfc7644/3.3/location").ok


def test_a_report_is_not_well_when_a_must_failed(tiny):
    spoil_location(tiny)

    assert not tiny.run("rfc7644/3.3/location").ok


def test_the_console_shows_expected_actual_and_a_curl_line(tiny, command):
    spoil_location(tiny)
    output = command("run", tiny.url, "rfc7644/3.3/location").stdout

    assert "RFC 7644 §3.3 Creating resources  1 fail" in output
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


def test_every_section_says_what_it_is_about():
    assert [] == [check.id for check in all_checks() if not subject(check)]


def test_the_public_names_are_these():
    expected = ["Access", "Basic", "Bearer", "CannotRun", "ClientCredentials", "Report", "Result"]

    assert [*expected, "UnknownCheck", "UnknownProfile", "Verbatim", "run"] == conformance.__all__


# --- JUnit, HTML and the badge --------------------------------------------------------------------


def scim_json(status, body):
    return Response(json.dumps(body), status, content_type="application/scim+json")


@pytest.fixture
def written(tiny, command, tmp_path):
    """Judge the tiny endpoint, and return what was written to files: by kind."""

    def write(*arguments):
        paths = {kind: tmp_path / kind for kind in ("json", "junit", "html", "badge")}
        options = [part for kind, path in paths.items() for part in (f"--{kind}", str(path))]
        command("run", tiny.url, *(arguments or ["rfc7644/3.3/location"]), *options)
        return {kind: path.read_text("utf-8") for kind, path in paths.items()}

    return write


def cases(junit):
    return {case.get("name"): case for case in ElementTree.fromstring(junit).iter("testcase")}


def test_junit_has_a_suite_for_each_section(written):
    root = ElementTree.fromstring(written("rfc7644/3.3/location", "rfc7644/3.6/gone")["junit"])

    assert ["RFC 7644 §3.3", "RFC 7644 §3.6"] == [suite.get("name") for suite in root]


def test_junit_counts_what_it_holds(tiny, written):
    spoil_location(tiny)
    root = ElementTree.fromstring(
        written("rfc7644/3.3/location", "rfc7644/3.3/created", "rfc7644/3.4.2.2/eq")["junit"]
    )

    for element in (root, *root.iter("testsuite")):
        listed = list(element.iter("testcase"))
        assert str(len(listed)) == element.get("tests")
        for attribute, tag in (("failures", "failure"), ("skipped", "skipped")):
            assert str(sum(c.find(tag) is not None for c in listed)) == element.get(attribute)


def test_a_failed_must_is_a_failure_in_junit(tiny, written):
    spoil_location(tiny)
    failure = cases(written()["junit"])["location"].find("failure")

    assert "MUST" == failure.get("type")
    assert "expected: a header Location" in failure.text
    assert "curl -i -X POST" in failure.text


def test_an_unmet_should_is_a_failure_in_junit_when_asked(tiny, edit, written):
    tiny.spoil(edit("POST", "/Users$", lambda body: body.__setitem__("userName", "other")))

    assert cases(written("rfc7644/3.3/body")["junit"])["body"].find("failure") is None
    asked = written("rfc7644/3.3/body", "--should")["junit"]
    assert cases(asked)["body"].find("failure") is not None


def test_junit_holds_no_characters_that_xml_cannot_hold(tiny, written):
    tiny.spoil(
        lambda request, _: (
            scim_json(400, {"detail": "a\x00b\x0b\ufffe"}) if request.method == "POST" else None
        )
    )
    failure = cases(written()["junit"])["location"]

    assert failure is not None


def test_the_page_stands_for_itself(tiny, written):
    spoil_location(tiny)
    page = written()["html"]

    assert page.startswith("<!doctype html>")
    assert not re.search(r"<(script|link|img|iframe)|\bsrc=|@import|url\(", page)


def test_the_page_is_well_formed(tiny, written):
    spoil_location(tiny)
    page = written("rfc7644/3.3", "rfc7644/3.6", "entra")["html"]
    open_tags = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag != "meta":
                open_tags.append(tag)

        def handle_endtag(self, tag):
            assert tag == open_tags.pop()

    Reader().feed(page)

    assert [] == open_tags


def test_the_page_has_the_finding_with_its_request_and_answer(tiny, written):
    spoil_location(tiny)
    page = written()["html"]

    assert "A creation sends the new resource" in page
    assert "a header Location" in page
    assert "POST " + tiny.url + "/Users" in page
    assert "curl -i -X POST" in page
    assert "https://www.rfc-editor.org/rfc/rfc7644#section-3.3" in page


def test_the_page_has_a_verdict_by_provider(tiny, written):
    page = written("jumpcloud")["html"]

    assert "<h3>JumpCloud</h3>" in page
    assert "JumpCloud, Identity Management using a Custom SCIM Integration" in page


def test_nothing_of_an_answer_becomes_markup(tiny, written):
    def hostile(request, response):
        if request.method == "POST":
            return scim_json(400, {"detail": "<script>alert(1)</script>"})
        return None

    tiny.spoil(hostile)
    page = written()["html"]

    assert "<script" not in page
    assert "&lt;script&gt;" in page


RULES = ["rfc7644/3.3/created", "rfc7644/3.3/location"]


def steering(tiny):
    """Let refusals hold all that steers a terminal, and turns the direction of writing."""
    said = "\x1b[2J\x9b31m\u202e\n  ✓ pass  nothing\r\x07"

    def hostile(request, _):
        text = json.dumps({"detail": said, said: 1}, ensure_ascii=False)
        return Response(text, 400) if request.method == "POST" else None

    tiny.spoil(hostile)
    return re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")


def test_no_report_steers_a_terminal(tiny, written):
    steers = steering(tiny)

    assert not [kind for kind, text in written(*RULES).items() if steers.search(text)]


def test_the_console_steers_no_terminal(tiny, command):
    steers = steering(tiny)
    output = command("run", tiny.url, *RULES).stdout

    assert not steers.search(output)
    assert "\\x9b31m\\u202e\\n" in output
    assert "  ✓ pass" not in [line[:8] for line in output.splitlines()]


def test_the_json_report_is_ascii(tiny, written):
    tiny.spoil(
        lambda request, _: scim_json(400, {"detail": "schön"}) if request.method == "POST" else None
    )

    assert written()["json"].isascii()


def test_a_long_answer_is_cut_in_the_report(tiny, written):
    def long(request, response):
        if request.method == "POST":
            response.headers["Content-Type"] = "text/plain"
            response.data = "x" * 100_000

    tiny.spoil(long)
    document = json.loads(written()["json"])
    body = document["results"][0]["exchanges"][0]["response"]["body"]

    assert len(body) < 21_000
    assert body.endswith("(100000 characters in all)")


def test_no_report_holds_the_token(tiny, written, token):
    tiny.spoil(lambda request, response: response.headers.set("X-Echo", token))
    spoil_location(tiny)

    assert not [kind for kind, text in written().items() if token in text]


def test_a_token_that_an_error_repeats_is_in_no_report(tiny, written, token):
    detail = {"detail": f"not with {token}"}
    tiny.spoil(lambda request, _: scim_json(400, detail) if request.method == "POST" else None)
    reports = written("rfc7644/3.3/created")

    assert "not with ***" in reports["junit"]
    assert not [kind for kind, text in reports.items() if token in text]


@pytest.mark.parametrize(
    ("check", "message"),
    [("rfc7644/3.3/created", "1 of 1 pass"), ("rfc7644/3.3/location", "1 of 1 fail")],
)
def test_the_badge_says_how_it_stands(tiny, written, check, message):
    spoil_location(tiny)
    badge = ElementTree.fromstring(written(check)["badge"])

    assert f"SCIM 2.0: {message}" == badge.get("aria-label")


def test_the_badge_of_a_run_that_judged_nothing_says_so(tiny, written):
    badge = ElementTree.fromstring(written("rfc7644/3.4.2.2/eq")["badge"])

    assert "SCIM 2.0: unknown" == badge.get("aria-label")


def test_a_run_that_ended_early_is_an_error_in_junit(written):
    root = ElementTree.fromstring(written("rfc7644/3.3", "--time-limit", "1e-9")["junit"])

    assert "1" == root.get("errors")
    assert "the time limit" in cases(ElementTree.tostring(root))["to its end"][0].get("message")
