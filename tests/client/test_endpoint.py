"""What each operation sends, and what it makes of the answer."""

import json
import re

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scim_client import (
    NotScim,
    OutcomeUnknown,
    ScimClient,
    ScimError,
    UsageError,
    add,
    remove,
    replace,
)
from scim_protocol import errors, urns

ADA = {"schemas": [urns.USER], "id": "1", "userName": "ada"}
UGLY_IDS = ["a/b", "a b", "ä€😀", "a?b#c", "100%", "a%2Fb", "..x", "+", "a;b=c", "x:y@z", "\\"]


def last(httpserver: HTTPServer) -> Request:
    return httpserver.log[-1][0]


def test_create_posts_the_resource_as_scim_json(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users", method="POST").respond_with_json(ADA, status=201)

    created = scim.users.create({"userName": "ada"})

    assert created == ADA
    assert last(httpserver).headers["Content-Type"] == "application/scim+json"
    assert last(httpserver).get_json(force=True) == {"schemas": [urns.USER], "userName": "ada"}


def test_the_token_travels_in_the_authorization_header(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_json(ADA)

    scim.users.get("1")

    assert last(httpserver).headers["Authorization"] == "Bearer s3cret-token"


def test_an_extra_header_wins_over_the_clients_own(httpserver: HTTPServer, connect):
    httpserver.expect_request("/Users/1").respond_with_json(ADA)

    connect(httpserver.url_for("/"), headers={"Accept": "application/json"}).users.get("1")

    assert last(httpserver).headers["Accept"] == "application/json"


@pytest.mark.parametrize("identifier", UGLY_IDS)
def test_any_id_arrives_as_one_path_segment(identifier: str, httpserver: HTTPServer, scim):
    seen = []

    def answer(request: Request) -> Response:
        seen.append(request.environ["REQUEST_URI"] + "|" + request.path)
        return Response(json.dumps({"id": identifier}))

    httpserver.expect_request(re.compile(r"/scim/v2/Users/.*", re.DOTALL)).respond_with_handler(
        answer
    )

    scim.users.get(identifier)

    raw, decoded = seen[0].split("|", 1)
    assert raw.count("/") == 4
    assert decoded == f"/scim/v2/Users/{identifier}"


@pytest.mark.parametrize("identifier", ["", ".", ".."])
def test_an_id_that_would_name_another_address_is_refused(identifier: str, scim: ScimClient):
    with pytest.raises(UsageError, match="cannot be the id"):
        scim.users.delete(identifier)


def test_get_asks_for_the_attributes_named(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_json(ADA)

    scim.users.get("1", attributes=["userName", "name.givenName"], excluded_attributes="groups")

    assert last(httpserver).args["attributes"] == "userName,name.givenName"
    assert last(httpserver).args["excludedAttributes"] == "groups"


def test_the_etag_header_becomes_the_version_where_the_body_has_none(
    httpserver: HTTPServer, scim: ScimClient
):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_json(ADA, headers={"ETag": 'W/"7"'})

    assert scim.users.get("1")["meta"]["version"] == 'W/"7"'


def test_patch_sends_a_patch_op_message(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users/1", method="PATCH").respond_with_json(ADA)

    scim.users.patch("1", add(None, {"title": "x"}), replace("active", False), remove("nickName"))

    assert last(httpserver).get_json(force=True) == {
        "schemas": [urns.PATCH_OP],
        "Operations": [
            {"op": "add", "value": {"title": "x"}},
            {"op": "replace", "path": "active", "value": False},
            {"op": "remove", "path": "nickName"},
        ],
    }


def test_patch_without_operations_is_refused(scim: ScimClient):
    with pytest.raises(UsageError, match="at least one operation"):
        scim.users.patch("1")


def test_a_patch_answered_without_a_body_reads_the_resource(httpserver: HTTPServer, scim):
    httpserver.expect_request("/scim/v2/Users/1", method="PATCH").respond_with_data(status=204)
    httpserver.expect_request("/scim/v2/Users/1", method="GET").respond_with_json(ADA)

    assert scim.users.patch("1", replace("active", False)) == ADA


def test_a_patch_can_do_without_reading_back(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Groups/1", method="PATCH").respond_with_data(status=204)

    assert scim.groups.patch("1", add("members", [{"value": "2"}]), read_back=False) == {}
    assert len(httpserver.log) == 1


def test_a_change_whose_result_cannot_be_read_is_not_reported_as_refused(
    httpserver: HTTPServer, scim: ScimClient
):
    httpserver.expect_request("/scim/v2/Users/1", method="PATCH").respond_with_data(status=204)
    httpserver.expect_request("/scim/v2/Users/1", method="GET").respond_with_data(status=403)

    with pytest.raises(OutcomeUnknown, match="the change was accepted"):
        scim.users.patch("1", replace("active", False))


def test_a_creation_answered_with_a_location_alone_is_read(httpserver: HTTPServer, scim):
    httpserver.expect_request("/scim/v2/Users", method="POST").respond_with_data(
        status=201, headers={"Location": "https://elsewhere.example/scim/v2/Users/1"}
    )
    httpserver.expect_request("/scim/v2/Users/1", method="GET").respond_with_json(ADA)

    assert scim.users.create({"userName": "ada"}) == ADA


def test_a_creation_answered_with_nothing_at_all_has_an_unknown_outcome(
    httpserver: HTTPServer, scim: ScimClient
):
    httpserver.expect_request("/scim/v2/Users", method="POST").respond_with_data(status=201)

    with pytest.raises(OutcomeUnknown, match="look before creating it again"):
        scim.users.create({"userName": "ada"})


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_etag_travels_as_if_match(method: str, httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users/1", method=method).respond_with_json(ADA)

    {
        "PUT": lambda: scim.users.replace("1", ADA, etag='W/"3"'),
        "PATCH": lambda: scim.users.patch("1", replace("active", True), etag='W/"3"'),
        "DELETE": lambda: scim.users.delete("1", etag='W/"3"'),
    }[method]()

    assert last(httpserver).headers["If-Match"] == 'W/"3"'


def test_a_stale_etag_raises_precondition_failed(httpserver: HTTPServer, scim: ScimClient):
    error = errors.PreconditionFailed().to_json()
    httpserver.expect_request("/scim/v2/Users/1").respond_with_json(error, status=412)

    with pytest.raises(errors.PreconditionFailed):
        scim.users.replace("1", ADA, etag='W/"3"')


def test_a_filter_arrives_as_it_was_written(httpserver: HTTPServer, scim: ScimClient):
    text = 'userName eq "a+b & c%20d=é\\"#"'
    httpserver.expect_request("/scim/v2/Users").respond_with_json(
        {"totalResults": 0, "schemas": [urns.LIST_RESPONSE]}
    )

    list(scim.users.search(text))

    assert last(httpserver).args["filter"] == text
    assert b"+" not in last(httpserver).query_string


def test_first_returns_none_where_nothing_is_found(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users").respond_with_json({"totalResults": 0})

    assert scim.users.first('userName eq "nobody"') is None


def test_a_search_by_post_keeps_the_filter_out_of_the_address(httpserver: HTTPServer, scim):
    httpserver.expect_request("/scim/v2/Users/.search", method="POST").respond_with_json(
        {"totalResults": 1, "Resources": [ADA]}
    )

    found = list(scim.users.search('userName eq "ada"', attributes=["id", "userName"], post=True))

    assert found == [ADA]
    assert last(httpserver).get_json(force=True) == {
        "schemas": [urns.SEARCH_REQUEST],
        "filter": 'userName eq "ada"',
        "attributes": ["id", "userName"],
        "startIndex": 1,
    }


def test_discovery_reads_the_three_endpoints(httpserver: HTTPServer, scim: ScimClient):
    config = {"schemas": [urns.SERVICE_PROVIDER_CONFIG]}
    httpserver.expect_request("/scim/v2/ServiceProviderConfig").respond_with_json(config)
    for path in ("Schemas", "ResourceTypes"):
        httpserver.expect_request(f"/scim/v2/{path}").respond_with_json(
            {"totalResults": 1, "Resources": [{"id": path}]}
        )

    assert scim.service_provider_config() == config
    assert scim.schemas() == [{"id": "Schemas"}]
    assert scim.resource_types() == [{"id": "ResourceTypes"}]


def test_discovery_sends_no_parameters(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Schemas").respond_with_json({"totalResults": 0})

    scim.schemas()

    assert last(httpserver).query_string == b""


def test_a_scim_error_keeps_status_type_and_detail(httpserver: HTTPServer, scim: ScimClient):
    body = {
        "schemas": [urns.ERROR],
        "status": "409",
        "scimType": "uniqueness",
        "detail": "ada is taken",
    }
    httpserver.expect_request("/scim/v2/Users").respond_with_json(body, status=409)

    with pytest.raises(errors.Uniqueness, match="ada is taken"):
        scim.users.create({"userName": "ada"})


def test_an_error_in_another_shape_keeps_the_servers_words(httpserver: HTTPServer, scim):
    body = {"Errors": {"description": "invalid_email", "code": 400}}
    httpserver.expect_request("/scim/v2/Users").respond_with_json(body, status=400)

    with pytest.raises(ScimError, match="invalid_email"):
        scim.users.create({"userName": "ada"})


def test_an_html_page_is_not_taken_for_a_missing_resource(httpserver: HTTPServer, scim):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data(
        "<html><title>Oops</title><style>p {}</style><p>Page not found</p></html>",
        status=404,
        content_type="text/html; charset=utf-8",
    )

    with pytest.raises(NotScim) as caught:
        scim.users.get("1")

    assert caught.value.status == 404
    assert caught.value.content_type == "text/html"
    assert caught.value.words == "Oops Page not found"
    assert "check the base URL" in str(caught.value)


def test_a_login_page_with_status_200_is_not_scim(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users").respond_with_data(
        "<p>Sign in</p>", content_type="text/html"
    )

    with pytest.raises(NotScim, match='status 200, text/html that says "Sign in"'):
        list(scim.users.search())


def test_a_401_page_in_html_is_still_unauthorized(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data("<h1>No</h1>", status=401)

    with pytest.raises(errors.Unauthorized):
        scim.users.get("1")


@pytest.mark.parametrize("body", ["[]", '"x"', "{", '{"a": NaN}', "\x00"])
def test_an_answer_that_is_no_json_object_is_not_scim(body: str, httpserver: HTTPServer, scim):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data(body)

    with pytest.raises(NotScim):
        scim.users.get("1")


def test_an_empty_answer_to_get_is_not_scim(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_data("")

    with pytest.raises(NotScim, match="an empty answer"):
        scim.users.get("1")


def test_a_body_that_json_cannot_hold_is_the_callers_fault(scim: ScimClient):
    with pytest.raises(UsageError, match="cannot be written as JSON"):
        scim.users.create({"userName": object()})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("app.example/scim", "is not a base URL"),
        ("ftp://app.example", "is not a base URL"),
        ("https://", "is not a base URL"),
        ("https://app.example:port/", "not valid"),
        ("https://app.example/scim?x=1", "before \\?"),
        ("https://u:geheim@app.example/scim", "must not have a user or password"),
    ],
)
def test_a_broken_base_url_is_refused_before_anything_is_sent(url: str, words: str):
    with pytest.raises(UsageError, match=words) as caught:
        ScimClient(url)

    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://a..b/x", "http://" + "a" * 70 + ".example", "http://ex ample", "http://.x"]
)
def test_a_host_that_cannot_exist_is_refused(url: str, connect):
    with pytest.raises(UsageError, match="cannot be sent"):
        connect(url).users.get("1")


@pytest.mark.parametrize("value", ["ge\nheim", "geheim ü", "geheim\x00"])
def test_a_header_that_http_cannot_carry_is_refused_without_showing_it(value: str, connect):
    with pytest.raises(UsageError, match="a header has characters") as caught:
        connect("http://app.test", headers={"X-Api-Key": value}).users.get("1")

    assert "geheim" not in str(caught.value)


def test_an_etag_that_http_cannot_carry_is_refused(scim: ScimClient):
    with pytest.raises(UsageError, match="a header has characters"):
        scim.users.delete("1", etag='W/"1"\r\nX: y')


def test_a_ca_bundle_that_does_not_exist_is_refused(connect):
    with pytest.raises(UsageError, match=r"bundle /nowhere\.pem does not exist"):
        connect("https://app.test", verify="/nowhere.pem").users.get("1")


@pytest.mark.parametrize("path", ["", "/", "/Users?x=1", "/Users#", "/My Users"])
def test_what_is_no_endpoint_path_is_refused(path: str, scim: ScimClient):
    with pytest.raises(UsageError, match="not the path of an endpoint"):
        scim.resource(path)


@pytest.mark.parametrize("seconds", [0, -1, (1, 0), None, (None, 5)])
def test_a_timeout_is_always_set(seconds):
    with pytest.raises(UsageError, match="timeout must be seconds"):
        ScimClient("http://app.test", timeout=seconds)


def test_a_rate_must_be_above_nothing():
    with pytest.raises(UsageError, match="requests_per_second"):
        ScimClient("http://app.test", requests_per_second=0)


def test_cookies_are_not_kept(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users/1").respond_with_json(
        ADA, headers={"Set-Cookie": "session=other-user"}
    )

    scim.users.get("1")
    scim.users.get("1")

    assert "Cookie" not in last(httpserver).headers


def test_a_user_is_given_the_schemas_of_what_it_holds(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users").respond_with_json(ADA, status=201)
    sent = {"userName": "ada", urns.ENTERPRISE_USER: {"department": "R&D"}}

    scim.users.create(sent)

    schemas = [urns.USER, urns.ENTERPRISE_USER]
    assert {"schemas": schemas} | sent == last(httpserver).get_json(force=True)


def test_schemas_that_are_given_are_sent_as_they_are(httpserver: HTTPServer, scim: ScimClient):
    httpserver.expect_request("/scim/v2/Users").respond_with_json(ADA, status=201)
    sent = {"schemas": ["urn:example:own"], "userName": "ada"}

    scim.users.create(sent)

    assert sent == last(httpserver).get_json(force=True)
