"""Checks are seen to fail on a whole server with exactly the defect that they are for.

Each defect is a wrong turn between the suite and a right server: a request is bent before the
server reads it (a filter that is ignored, an `add` that is done as a `replace`), or an answer
before the suite does.
"""

import pytest


def query(name, change):
    """Bend a query parameter; None leaves it out."""

    def bend(request):
        if name in request.query:
            changed = change(request.query.pop(name))
            request.query |= {} if changed is None else {name: changed}

    return bend


def patch(change):
    """Bend each operation of a PATCH; None leaves it out."""

    def bend(request):
        if request.method == "PATCH":
            body = request.json
            bent = [change(dict(operation)) for operation in body["Operations"]]
            request.json = body | {"Operations": [operation for operation in bent if operation]}

    return bend


def sent(method, change):
    """Bend the body of a request."""

    def bend(request):
        if request.method == method and request.body:
            request.json = change(request.json)

    return bend


def without(*names):
    return lambda body: {key: value for key, value in body.items() if key not in names}


def op(old, new):
    return lambda operation: operation | {"op": new if operation["op"] == old else operation["op"]}


def unfiltered(operation):
    return operation | {"path": operation.get("path", "").partition("[")[0] or None}


def every_path(name):
    return lambda operation: operation | {"path": name}


REQUESTS = {
    "ignores filters": (query("filter", lambda _: None), ["eq", "eq-part", "invalid"]),
    "knows eq as co": (query("filter", lambda f: f.replace(" eq ", " co ")), ["eq-part"]),
    "knows sw as co": (query("filter", lambda f: f.replace(" sw ", " co ")), ["sw-inside"]),
    "knows ew as co": (query("filter", lambda f: f.replace(" ew ", " co ")), ["ew"]),
    "knows co as eq": (query("filter", lambda f: f.replace(" co ", " eq ")), ["co"]),
    "knows ne as eq": (query("filter", lambda f: f.replace(" ne ", " eq ")), ["ne"]),
    "knows gt as ge": (query("filter", lambda f: f.replace(" gt ", " ge ")), ["order"]),
    "knows le as lt": (query("filter", lambda f: f.replace(" le ", " lt ")), ["order"]),
    "knows and as or": (query("filter", lambda f: f.replace(" and ", " or ")), ["and", "grouping"]),
    "knows or as and": (query("filter", lambda f: f.replace(" or ", " and ")), ["or"]),
    "stops after and": (query("filter", lambda f: f.partition(" and ")[0]), ["and"]),
    "stops after or": (query("filter", lambda f: f.partition(" or ")[0]), ["or"]),
    "drops what AND OR say": (
        query("filter", lambda f: f.partition(" OR ")[0]),
        ["2.2/names-case"],
    ),
    "forgets not": (query("filter", lambda f: f.replace("not (", "(")), ["not"]),
    "forgets brackets": (
        query("filter", lambda f: f.replace("(", "").replace(")", "")),
        ["grouping"],
    ),
    "folds case where it counts": (query("filter", str.lower), ["2.2/external-id"]),
    "takes a value path apart": (
        query(
            "filter",
            lambda f: f.replace(
                'emails[type eq "work" and value ew "@example.com"]',
                'emails.type eq "work" and emails.value ew "@example.com"',
            ),
        ),
        ["value-path"],
    ),
    "ignores count": (query("count", lambda _: None), ["count", "count-zero"]),
    "reads count 0 as none": (query("count", lambda c: None if c == "0" else c), ["count-zero"]),
    "reads a negative count as none": (
        query("count", lambda c: None if c.startswith("-") else c),
        ["count-negative"],
    ),
    "ignores startIndex": (query("startIndex", lambda _: None), ["pages", "past-the-end"]),
    "counts from 0": (query("startIndex", lambda i: str(int(i) + 1)), ["pages"]),
    "ignores attributes": (query("attributes", lambda _: None), ["3.9/attributes", "3.9/lists"]),
    "ignores excludedAttributes": (
        query("excludedAttributes", lambda _: None),
        ["3.9/excluded", "3.9/members"],
    ),
    "does add as replace": (patch(op("add", "replace")), ["2.1/list", "2.1/member"]),
    "does replace as add": (patch(op("replace", "add")), ["2.3/list", "2.3/members"]),
    "ignores adds": (patch(lambda o: None if o["op"] == "add" else o), ["2.1/single"]),
    "removes more than matches": (patch(unfiltered), ["2.2/matching", "2.2/member"]),
    "sends the last operation first": (
        lambda request: sent(
            "PATCH", lambda body: body | {"Operations": list(reversed(body["Operations"]))}
        )(request),
        ["3.5.2/sequence"],
    ),
    "does not store what PUT sends": (sent("PUT", without("displayName")), ["3.5.1/stored"]),
    "does not store members": (sent("POST", without("members")), ["3.4.1/group", "4.2/members"]),
    "does not store externalId": (sent("POST", without("externalId")), ["3.1/external-id"]),
    "folds externalId": (
        sent("POST", lambda b: b | {"externalId": b.get("externalId", "x").lower()}),
        ["3.1/external-id"],
    ),
}


def answered(change, method="GET", status=200):
    """Bend the JSON body of answers of one status."""

    def bend(request, answer):
        if request.method == method and answer.status == status and answer.body:
            answer.json = change(answer.json)

    return bend


def each(change):
    """Bend every resource of a list."""
    return lambda body: body | {"Resources": [change(one) for one in body.get("Resources", [])]}


def status(old, new):
    def bend(request, answer):
        answer.status = new if answer.status == old else answer.status

    return bend


def error(name, value):
    def bend(request, answer):
        if answer.status >= 400 and answer.body:
            answer.json = {k: v for k, v in answer.json.items() if k != name} | (
                {} if value is None else {name: value}
            )

    return bend


ANSWERS = {
    "counts the page only": (
        answered(lambda b: b | {"totalResults": len(b["Resources"])} if "Resources" in b else b),
        ["3.4.2/total"],
    ),
    "finds nothing with 404": (
        lambda request, answer: (
            setattr(answer, "status", 404) if answer.json.get("totalResults") == 0 else None
        ),
        ["3.4.2/nothing"],
    ),
    "says nothing of its page": (
        answered(without("startIndex", "itemsPerPage")),
        ["page-members"],
    ),
    "shows passwords": (answered(lambda b: b | {"password": "***"}), ["4.1.1/password"]),
    "leaves members out": (answered(without("members")), ["3.4.1/group"]),
    "creates with 200": (status(201, 200), ["3.3/created"]),
    "deletes with 200": (status(204, 200), ["3.6/deleted"]),
    "knows no 404": (status(404, 400), ["3.4.1/not-found", "3.6/gone", "3.5.2/not-found"]),
    "takes duplicates for 400": (status(409, 400), ["3.3/uniqueness"]),
    "gives no scimType": (
        error("scimType", None),
        ["no-match", "2.2/without-path", "2.2/required", "unknown-operator", "3.3/uniqueness"],
    ),
    "gives status as a number": (error("status", 404), ["3.12/message"]),
    "has no error schema": (error("schemas", []), ["3.12/message", "3.12/malformed"]),
    "fails on malformed bodies": (status(400, 500), ["3.12/malformed", "3.12/wrong-shape"]),
    "makes meta.created up": (
        answered(lambda b: b | {"meta": b.get("meta", {}) | {"created": "2020-01-01T00:00:00Z"}}),
        ["dates-kept"],
    ),
    "names extensions always": (
        answered(lambda b: b | {"schemas": [*b["schemas"], "urn:example:x"]}, "POST", 201),
        ["schemas-known"],
    ),
}


def rows(table):
    return [
        pytest.param(bend, rule, id=f"{name}: {rule}")
        for name, (bend, rules) in table.items()
        for rule in rules
    ]


@pytest.mark.parametrize(("bend", "rule"), rows(REQUESTS))
def test_a_server_that_misreads_a_request_is_found(bent, bend, rule):
    assert "fail" == bent.verdict(rule, request=bend)


@pytest.mark.parametrize(("bend", "rule"), rows(ANSWERS))
def test_a_server_that_answers_wrongly_is_found(bent, bend, rule):
    assert "fail" == bent.verdict(rule, answer=bend)


@pytest.mark.parametrize(
    "rule", sorted({rule for _, rules in [*REQUESTS.values(), *ANSWERS.values()] for rule in rules})
)
def test_the_server_without_a_defect_passes(bent, rule):
    assert "pass" == bent.verdict(rule)
