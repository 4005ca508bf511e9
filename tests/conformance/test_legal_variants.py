"""Where the RFCs leave a choice, no choice is a failure."""

import json

import pytest


def patch_answers_204(request, answer):
    """RFC 7644 §3.5.2 allows it, unless `attributes` are asked for."""
    if request.method == "PATCH" and answer.status == 200 and "attributes" not in request.query:
        answer.status, answer.body = 204, b""


def creates_without_a_body(request, answer):
    """RFC 7644 §3.3: the body of a 201 is a SHOULD."""
    if answer.status == 201:
        answer.body = b""


def names_the_charset(request, answer):
    if answer.body:
        answer.headers["Content-Type"] = "application/scim+json; charset=utf-8"


def no_dates(request, answer):
    """RFC 7643 §3.1 fixes their type; a client may not see them."""
    if answer.ok_object and "meta" in answer.json:
        kept = {k: v for k, v in answer.json["meta"].items() if k in ("resourceType", "location")}
        answer.json = answer.json | {"meta": kept}


def dates_with_an_offset(request, answer):
    answer.body = answer.body.replace(b'Z"', b'+00:00"')


def adds_attributes_of_its_own(request, answer):
    if answer.ok_object and "userName" in answer.json:
        answer.json = {"nickName": "ours", "roles": [{"value": "member"}]} | answer.json


def says_of_a_page_only_what_is_required(request, answer):
    """RFC 7644 §3.4.2: startIndex and itemsPerPage are required of partial results alone."""
    body = answer.json if answer.ok_object else {}
    if "totalResults" in body and len(body.get("Resources", [])) == body["totalResults"]:
        kept = ("schemas", "totalResults") + (("Resources",) if body["totalResults"] else ())
        answer.json = {name: body[name] for name in kept}


def writes_locations_relative(request, answer):
    """RFC 7231 §7.1.2 allows it."""
    if "Location" in answer.headers:
        answer.headers["Location"] = "/" + answer.headers["Location"].split("/", 3)[3]


def says_nothing_beyond_the_status(request, answer):
    """RFC 7644 §3.12: scimType and detail are optional where no rule asks for the keyword."""
    if answer.status in (404, 401):
        body = answer.json
        answer.json = {"schemas": body["schemas"], "status": body["status"]}


def ignores_filters_on_discovery(request, answer):
    """RFC 7644 §4: the 403 is a SHOULD."""
    if answer.status == 403:
        answer.status = 200


def writes_endpoints_without_a_slash(request, answer):
    """RFC 7643 §6 writes "Users", RFC 7644 §4 "/Users"."""
    if request.path.endswith("/ResourceTypes"):
        body = answer.json
        for resource_type in body["Resources"]:
            resource_type["endpoint"] = resource_type["endpoint"].lstrip("/")
        answer.json = body


def supports_no_option(request, answer):
    if request.path.endswith("/ServiceProviderConfig") and answer.ok_object:
        body = answer.json
        for feature in ("patch", "bulk", "filter", "sort", "etag", "changePassword"):
            body[feature]["supported"] = False
        answer.json = body
    elif request.method == "PATCH" or "filter" in request.query:
        answer.status, answer.json = 501, {"schemas": [], "status": "501"}


def has_few_attributes(request, answer):
    """An endpoint may serve a part of the schemas (RFC 7644 §3.1)."""
    if request.path.endswith("/Schemas") and answer.ok_object and "Resources" in answer.json:
        body = answer.json
        for schema in body["Resources"]:
            schema["attributes"] = [
                a for a in schema["attributes"] if a["name"] in ("userName", "displayName")
            ]
        answer.json = body


def small_pages(request):
    """RFC 7644 §3.4.2.4: a page may hold fewer resources than asked for."""
    if request.method == "GET" and request.path.endswith(("/Users", "/Groups")):
        asked = int(request.query.get("count", 2))
        request.query["count"] = str(min(asked, 2))


def refuses_value_paths(request, answer):
    """RFC 7644 table 5: an endpoint MAY support them."""
    if "emails[" in request.query.get("filter", ""):
        answer.status = 400
        answer.json = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "400",
            "scimType": "invalidFilter",
        }


ANSWERS = [
    (patch_answers_204, ["rfc7644/3.5.2"]),
    (creates_without_a_body, ["rfc7643/3.1", "rfc7644/3.3", "rfc7644/3.4.1", "rfc7644/3.6"]),
    (names_the_charset, ["rfc7644/3.8", "rfc7644/3.12"]),
    (no_dates, ["rfc7643/3.1", "rfc7644/3.4.2.2"]),
    (dates_with_an_offset, ["rfc7643/3.1", "rfc7644/3.4.2.2/dates"]),
    (adds_attributes_of_its_own, ["rfc7643/3", "rfc7644/3.3", "rfc7644/3.5.1"]),
    (says_of_a_page_only_what_is_required, ["rfc7644/3.4.2", "rfc7644/4"]),
    (writes_locations_relative, ["rfc7644/3.3"]),
    (says_nothing_beyond_the_status, ["rfc7644/3.12", "rfc7644/3.4.1", "rfc7644/3.6"]),
    (ignores_filters_on_discovery, ["rfc7644/4"]),
    (writes_endpoints_without_a_slash, ["rfc7643/6", "rfc7644/3.3"]),
    (supports_no_option, []),
    (has_few_attributes, ["rfc7643", "rfc7644/3.4.2", "rfc7644/3.5"]),
    (refuses_value_paths, ["rfc7644/3.4.2.2"]),
]


def failures(report):
    return [f"{r.check.id}: {r.message}" for r in report.results if r.status in ("fail", "error")]


@pytest.mark.parametrize(("variant", "sections"), ANSWERS)
def test_a_legal_answer_is_no_failure(bent, variant, sections):
    def object_aware(request, answer):
        answer.ok_object = answer.status in (200, 201) and answer.body[:1] == b"{"
        variant(request, answer)

    assert [] == failures(bent.report(*sections, answer=object_aware))


def test_small_pages_are_no_failure(bent):
    assert [] == failures(bent.report("rfc7644/3.4.2", "rfc7644/3.6", request=small_pages))


def test_names_in_another_case_are_only_noted(bent):
    def shout(request, answer):
        if answer.status == 201:
            answer.body = json.dumps({k.upper(): v for k, v in answer.json.items()}).encode()

    report = bent.report("rfc7643/2.1", "rfc7643/3", "rfc7644/3.3", answer=shout)

    assert [] == failures(report)
    assert ["note"] == [str(r.status) for r in report.results if r.status not in ("pass", "skip")]


def test_a_search_that_tells_where_it_is_has_made_nothing(bent):
    def located(request, answer):
        if request.path.endswith("/.search"):
            answer.headers["Location"] = f"{bent.url}/Users/.search"

    report = bent.report("rfc7644/3.4.3", answer=located)

    assert [] == report.left_behind
