"""What a server repeats of a request never shows the credentials that it was sent with."""

import base64

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scim_client import Basic, ClientCredentials, ClientError, ScimClient, ScimError, TokenRefused

TOKEN = "s3cret-token"


def echo(request: Request, status: int, content_type: str) -> Response:
    said = f"your header was {request.headers['Authorization']}"
    text = f'{{"detail": "{said}"}}' if "json" in content_type else said
    return Response(text, status, content_type=content_type)


@pytest.mark.parametrize(
    ("status", "content_type"),
    [(200, "text/plain")]
    + [
        (status, content_type)
        for status in (302, 400, 401, 403, 404, 429, 500, 501)
        for content_type in ("application/scim+json", "text/plain")
    ],
)
def test_an_echoed_token_is_hidden(httpserver: HTTPServer, scim, status: int, content_type) -> None:
    httpserver.expect_request("/scim/v2/Users/1").respond_with_handler(
        lambda request: echo(request, status, content_type)
    )

    with pytest.raises((ScimError, ClientError)) as caught:
        scim.users.get("1")

    assert TOKEN not in f"{caught.value!r} {caught.value} {caught.value.__dict__}"


def test_the_rest_of_what_was_echoed_is_shown(httpserver: HTTPServer, scim) -> None:
    httpserver.expect_request("/scim/v2/Users/1").respond_with_handler(
        lambda request: echo(request, 400, "application/scim+json")
    )

    with pytest.raises(ScimError, match=r"your header was Bearer \(hidden\)"):
        scim.users.get("1")


def test_an_unknown_outcome_hides_the_token(httpserver: HTTPServer, scim) -> None:
    httpserver.expect_request("/scim/v2/Users").respond_with_handler(
        lambda request: echo(request, 500, "text/plain")
    )

    with pytest.raises(ClientError, match=r"Bearer \(hidden\)"):
        scim.users.create({"userName": "ada"})


def test_a_token_in_a_redirection_is_hidden(httpserver: HTTPServer, scim) -> None:
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data(
        status=307, headers={"Location": f"https://elsewhere.example/{TOKEN}"}
    )

    with pytest.raises(ClientError, match=r"elsewhere.example/\(hidden\)"):
        scim.users.get("1")


def test_a_token_in_a_bulk_answer_is_hidden(httpserver: HTTPServer, scim: ScimClient) -> None:
    failed = {"method": "DELETE", "status": "400", "response": {"detail": f"Bearer {TOKEN}?"}}
    httpserver.expect_request("/scim/v2/Bulk").respond_with_json({"Operations": [failed]})
    bulk = scim.bulk()
    bulk.delete("/Users", "1")

    (result,) = bulk.send()

    assert "Bearer (hidden)?" == str(result.error)


def test_an_echoed_password_is_hidden(httpserver: HTTPServer, connect) -> None:
    sent = base64.b64encode(b"ada:pass-word").decode()
    httpserver.expect_request("/scim/v2/Users/1").respond_with_json(
        {"detail": f"not ada:pass-word, {sent} nor pass-word"}, status=400
    )

    with pytest.raises(ScimError, match=r"not \(hidden\), \(hidden\) nor \(hidden\)"):
        connect(httpserver.url_for("/scim/v2"), auth=Basic("ada", "pass-word")).users.get("1")


@pytest.mark.parametrize("in_body", [True, False])
def test_a_client_secret_in_a_token_refusal_is_hidden(
    httpserver: HTTPServer, connect, in_body: bool
) -> None:
    httpserver.expect_request("/token").respond_with_json(
        {"error": "invalid_client", "error_description": "no client very+secret/1"}, status=401
    )
    auth = ClientCredentials(
        httpserver.url_for("/token"), "id", "very+secret/1", secret_in_body=in_body
    )

    with pytest.raises(TokenRefused, match=r"invalid_client: no client \(hidden\)"):
        connect(httpserver.url_for("/scim/v2"), auth=auth).users.get("1")
