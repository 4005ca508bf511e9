"""Each check is seen to fail on an endpoint with exactly its defect, and to pass without it."""

import json

import pytest
from werkzeug import Response


def rename(old, new):
    return lambda body: body.__setitem__(new, body.pop(old))


def put(name, value):
    return lambda body: body.__setitem__(name, value)


def bare_list(body):
    return body["Resources"]


def number_status(body):
    body["status"] = int(body["status"])


BODIES = [
    ("rfc7643/3/schemas", "POST", "/Users$", lambda body: body.pop("schemas") and None),
    (
        "rfc7643/3/schemas",
        "POST",
        "/Users$",
        lambda body: put("schemas", body["schemas"] * 2)(body),
    ),
    ("rfc7643/3.1/id", "POST", "/Users$", put("id", 7)),
    ("rfc7643/3.1/id", "POST", "/Users$", put("id", "")),
    ("rfc7643/3.1/id", "POST", "/Users$", put("id", "bulkId:1")),
    ("rfc7643/3.1/dates", "POST", "/Users$", lambda body: put("created", 12)(body["meta"])),
    ("rfc7643/3.1/dates", "POST", "/Users$", lambda body: put("created", "today")(body["meta"])),
    ("rfc7643/5/schemas", "GET", "Config$", lambda body: body["schemas"].clear()),
    ("rfc7643/5/features", "GET", "Config$", lambda body: body.pop("sort") and None),
    ("rfc7643/5/features", "GET", "Config$", lambda body: put("supported", "yes")(body["etag"])),
    ("rfc7643/5/filter-limit", "GET", "Config$", lambda body: body["filter"].pop("maxResults")),
    ("rfc7643/5/authentication-schemes", "GET", "Config$", put("authenticationSchemes", {})),
    (
        "rfc7643/6/attributes",
        "GET",
        "Types$",
        lambda body: rename("name", "n")(body["Resources"][0]),
    ),
    (
        "rfc7643/6/schemas-listed",
        "GET",
        "Schemas$",
        lambda b: put("id", "urn:x")(b["Resources"][0]),
    ),
    (
        "rfc7643/6/endpoints",
        "GET",
        "Types$",
        lambda b: put("endpoint", "/People")(b["Resources"][0]),
    ),
    ("rfc7644/3.3/location", "POST", "/Users$", lambda body: put("location", "x")(body["meta"])),
    ("rfc7644/3.3/uniqueness", "POST", "/Users$", lambda body: body.pop("scimType", 0) and None),
    ("rfc7644/3.4.1/found", "GET", "/Users/.", put("id", "other")),
    ("rfc7644/3.4.2/list", "GET", "/Users$", bare_list),
    ("rfc7644/3.4.2/list", "GET", "/Users$", rename("totalResults", "total")),
    ("rfc7644/3.4.2/list", "GET", "/Users$", put("totalResults", "1")),
    ("rfc7644/3.4.2/list", "GET", "/Users$", put("totalResults", 0)),
    ("rfc7644/3.12/message", "GET", "/Users/.", lambda body: number_status(body)),
    ("rfc7644/3.12/message", "GET", "/Users/.", lambda body: {"error": body}),
    ("rfc7644/4/resource-types", "GET", "Types$", bare_list),
    ("rfc7644/4/schemas", "GET", "Schemas$", bare_list),
    ("rfc7644/4/service-provider-config", "GET", "Config$", lambda body: [body]),
]


@pytest.mark.parametrize(("check_id", "method", "path", "change"), BODIES)
def test_a_wrong_body_is_found(tiny, edit, check_id, method, path, change):
    tiny.spoil(edit(method, path, change))

    assert "fail" == tiny.verdict(check_id)


@pytest.mark.parametrize("check_id", sorted({row[0] for row in BODIES}))
def test_a_right_body_passes(tiny, check_id):
    assert "pass" == tiny.verdict(check_id)


def without_location(request, response):
    response.headers.pop("Location", None)


def creates_with_200(request, response):
    if response.status_code == 201:
        response.status_code = 200


def answers_200(request, response):
    if response.status_code in (204, 404, 409):
        response.status_code = 200


def plain_json(request, response):
    response.content_type = "application/json"


def lets_everybody_in(request, response):
    return Response("{}", 200) if response.status_code == 401 else None


def no_challenge(request, response):
    response.headers.pop("WWW-Authenticate", None)


def keeps_the_deleted(request, response):
    if request.method == "GET" and response.status_code == 404:
        return Response(json.dumps({"id": "1"}), 200)
    return None


STATUSES = [
    ("rfc7644/3.3/location", without_location),
    ("rfc7644/3.3/created", creates_with_200),
    ("rfc7644/3.3/uniqueness", answers_200),
    ("rfc7644/3.4.1/not-found", answers_200),
    ("rfc7644/3.6/deleted", answers_200),
    ("rfc7644/3.6/gone", keeps_the_deleted),
    ("rfc7644/3.6/not-found", answers_200),
    ("rfc7644/3.8/scim-json", plain_json),
    ("rfc7644/2/without-token", lets_everybody_in),
    ("rfc7644/2/wrong-token", lets_everybody_in),
    ("rfc7644/2/challenge", no_challenge),
]


@pytest.mark.parametrize(("check_id", "spoiler"), STATUSES)
def test_a_wrong_answer_is_found(tiny, check_id, spoiler):
    assert "pass" == tiny.verdict(check_id)

    tiny.spoil(spoiler)

    assert "fail" == tiny.verdict(check_id)
