"""Each way in which nothing can be judged gives one clear message and exit code 2."""

import socket

import pytest
from werkzeug import Response


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
    ],
)
def test_a_url_that_is_none(command, url, message):
    said = refusal(command("run", url))

    assert message in said
    assert "secret" not in said


def test_a_check_that_does_not_exist(command, tiny):
    said = refusal(command("run", tiny.url, "rfc7644/3.3/locaton"))

    assert "no check or section is called 'rfc7644/3.3/locaton'; the nearest is" in said


def test_a_report_that_cannot_be_written(command, tiny, tmp_path):
    said = refusal(command("run", tiny.url, "--json", str(tmp_path / "none" / "report.json")))

    assert "that can be written to" in said
    assert not tiny.server.log
