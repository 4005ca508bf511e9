"""Endpoints that know few filters are not blamed for it; those that forget one of many are."""

import re

import pytest

ERROR = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
    "status": "400",
    "scimType": "invalidFilter",
}
ONE_EQ = re.compile(r'[\w.:-]+ (?i:eq) ("(?:[^"\\]|\\.)*"|true|false)')


def refusing(test):
    def bend(request, answer):
        given = request.query.get("filter")
        if request.path.endswith("/.search") and b'"filter"' in request.body:
            given = request.json.get("filter")
        if isinstance(given, str) and test(given):
            answer.status, answer.json = 400, ERROR

    return bend


def failures(report):
    return [f"{r.check.id}: {r.message}" for r in report.results if r.status in ("fail", "error")]


@pytest.mark.parametrize(
    "is_refused",
    [
        pytest.param(lambda text: not ONE_EQ.fullmatch(text), id="eq alone"),
        pytest.param(lambda text: re.search(r"\b(title|nickName)\b", text), id="few attributes"),
        pytest.param(lambda text: "[" in re.sub(r'"[^"]*"', "", text), id="no value paths"),
    ],
)
def test_who_knows_few_filters_is_not_blamed(bent, is_refused):
    report = bent.report("rfc7644/3.4.2", "rfc7644/3.4.3", "rfc9865", answer=refusing(is_refused))

    assert [] == failures(report)


def test_who_forgets_one_operator_is_blamed(bent):
    report = bent.report("rfc7644/3.4.2.2/ew", answer=refusing(lambda text: " ew " in text))

    assert ["fail"] == [str(r.status) for r in report.results]


def test_who_knows_value_paths_is_blamed_for_refusing_one_form(bent):
    refused = refusing(lambda text: "[not" in text)
    report = bent.report("rfc7644/3.4.2.2/value-path-or", answer=refused)

    assert ["fail"] == [str(r.status) for r in report.results]


def test_who_loses_the_filter_is_found_out_where_nobody_else_lives(bent):
    def unfiltered(request):
        if "sortBy" in request.query:
            request.query.pop("filter", None)

    report = bent.report("rfc7644/3.4.2.3/hidden", request=unfiltered)

    assert ["fail"] == [str(r.status) for r in report.results]


def test_who_lists_a_match_twice_is_blamed(bent):
    def doubled(request, answer):
        if "filter" in request.query and "Resources" in answer.json:
            found = answer.json
            found["Resources"] = found["Resources"] * 2
            found["totalResults"] = len(found["Resources"])
            answer.json = found

    report = bent.report("rfc7644/3.4.2.2/eq", answer=doubled)

    assert ["fail"] == [str(r.status) for r in report.results]
