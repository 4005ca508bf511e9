"""Each way in which nothing can be judged gives one clear message and exit code 2."""

import socket

import pytest
from werkzeug import Response

from conformance.wire.connections import canonical


def refusal(result):
    assert 2 == result.exit_code
    assert "" == result.stdout

    return result.stderr.strip()


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_an_endpoint_that_is_down(command):
    url = f"http://127.0.0.1:{closed_port()}/scim/v2"

    said = refusal(command("run", url))

    assert said.startswith(f"Error: {url} does not answer: the connection failed (")
    assert "Connection refused" in said
    assert said.endswith("Check the address, and that the server runs.")


def test_a_host_that_does_not_exist(command):
    said = refusal(command("run", "http://scim.invalid/v2"))

    assert "http://scim.invalid/v2 does not answer" in said


def test_an_endpoint_that_answers_too_late(command, tiny):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"

        assert "no answer within 0.2 s" in refusal(command("run", url, "--timeout", "0.2"))


def test_a_web_page_at_the_base(command, httpserver):
    page = Response("<!doctype html><title>Sign in</title>", content_type="text/html")
    httpserver.expect_request("/ServiceProviderConfig").respond_with_response(page)
    httpserver.expect_request("/Users").respond_with_response(page)
    httpserver.expect_request("/ResourceTypes").respond_with_response(page)

    said = refusal(command("run", httpserver.url_for("")))

    assert "answers with a web page (200), not with SCIM" in said
    assert "/scim/v2" in said


def test_a_base_where_nothing_is_served(command, httpserver):
    said = refusal(command("run", httpserver.url_for("/elsewhere")))

    assert "answers 500 to every request" in said


def test_a_base_url_without_its_path(command, tiny, httpserver):
    said = refusal(command("run", httpserver.url_for("/other")))

    assert "serves none of /ServiceProviderConfig, /Users and /ResourceTypes" in said
    assert "404" in said


def test_a_token_that_is_refused(command, tiny):
    said = refusal(command("run", tiny.url, SCIM_TOKEN="wrong-token"))

    assert "Error: the endpoint refuses the token: 401 for GET" in said
    assert "wrong-token" not in said


def test_a_token_that_opens_discovery_alone(command, tiny):
    def no_users(request, response):
        return Response(status=401) if request.path.endswith("/Users") else None

    tiny.spoil(no_users)

    assert "the endpoint refuses the token" in refusal(command("run", tiny.url))


def test_no_token_where_one_is_wanted(command, tiny):
    said = refusal(command("run", tiny.url, SCIM_TOKEN=None))

    assert "the endpoint wants a token" in said
    assert "SCIM_TOKEN" in said


def test_an_endpoint_that_has_moved(command, tiny, httpserver):
    moved = Response(status=301, headers={"Location": f"{tiny.url}/ServiceProviderConfig"})
    tiny.spoil(lambda request, _: moved if request.path.startswith("/old") else None)

    assert f"redirects to {tiny.url}" in refusal(command("run", httpserver.url_for("/old")))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("app.example/scim", "is not an http or https URL"),
        ("ftp://app.example/scim", "is not an http or https URL"),
        ("https://app.example/scim?x=1", "has a query or a fragment"),
        ("https://me:secret@app.example/scim", "holds a user name or password"),
        ("https://@app.example/scim", "holds a user name or password"),
        ("https://app.example/scim?", "has a query or a fragment"),
        ("https://app.example/scim#", "has a query or a fragment"),
        ("https://[::1/scim", "is not a URL"),
        ("https://app.example:99999/scim", "is not a URL"),
        ("https://app.example:port/scim", "is not a URL"),
        ("https:///scim", "is not an http or https URL"),
    ],
)
def test_a_url_that_is_none(command, url, message):
    said = refusal(command("run", url))

    assert message in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "written",
    [
        lambda url: url.replace("localhost", "LOCALHOST"),
        lambda url: url.replace("/scim", "/./scim/x/.."),
        lambda url: f" {url}// ",
    ],
)
def test_a_url_may_be_written_in_another_way(command, tiny, written):
    assert 0 == command("run", written(tiny.url), "rfc7644/3.3/location-works").exit_code


def test_the_port_that_goes_without_saying_is_not_said():
    assert "https://app.example/scim" == canonical("HTTPS://App.Example:443/scim")
    assert "https://app.example:80/scim" == canonical("https://app.example:80/scim")


def test_a_check_that_does_not_exist(command, tiny):
    said = refusal(command("run", tiny.url, "rfc7644/3.3/locaton"))

    assert "no check or section is called 'rfc7644/3.3/locaton'; the nearest is" in said


def test_a_run_of_which_all_is_skipped_is_none(command, tiny):
    said = refusal(command("run", tiny.url, "rfc7644/3.3", "--skip", "rfc7644"))

    assert "no check is left to run" in said
    assert not tiny.server.log


@pytest.mark.parametrize(
    ("name", "message"),
    [("none/report.json", "there is no directory"), ("a" * 300, "File name too long")],
)
def test_a_report_that_cannot_be_written(command, tiny, tmp_path, name, message):
    said = refusal(command("run", tiny.url, "--json", str(tmp_path / name)))

    assert message in said
    assert not tiny.server.log


def test_two_reports_in_one_file(command, tiny, tmp_path):
    path = str(tmp_path / "report")
    said = refusal(command("run", tiny.url, "--json", path, "--html", path))

    assert "--json and --html are both to be written to" in said
    assert not tiny.server.log
