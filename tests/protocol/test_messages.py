"""The protocol's messages, read and written (RFC 7644 §3.4.2, §3.4.3, §3.5.2, §3.7)."""

from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.errors import InvalidSyntax, InvalidValue
from scim_protocol.messages import (
    BulkOperation,
    BulkRequest,
    Query,
    bulk_response,
    list_response,
    parse_bulk,
    parse_patch,
    parse_search,
    patch_request,
)
from scim_protocol.patch import Operation

Body = dict[str, Any]


def patch_body(*operations: Any) -> Body:
    return {"schemas": [urns.PATCH_OP], "Operations": list(operations)}


# --- PATCH -------------------------------------------------------------------------------------


def test_operations_are_read_in_their_order() -> None:
    body = patch_body(
        {"op": "add", "path": "members", "value": [{"value": "u1"}]},
        {"op": "remove", "path": "title"},
        {"op": "replace", "value": {"active": False}},
    )

    assert [
        Operation("add", "members", [{"value": "u1"}]),
        Operation("remove", "title"),
        Operation("replace", None, {"active": False}),
    ] == parse_patch(body)


def test_names_are_taken_in_any_letter_case_and_others_passed_over() -> None:
    body = {
        "Schemas": [urns.PATCH_OP.upper(), "urn:example:more"],
        "operations": [{"OP": "add", "Path": "title", "VALUE": "x", "note": 1}],
        "more": 1,
    }

    assert [Operation("add", "title", "x")] == parse_patch(body)


def test_a_value_may_be_null_and_a_path_too() -> None:
    body = patch_body(
        {"op": "replace", "path": None, "value": {}}, {"op": "add", "path": "a", "value": None}
    )

    assert [Operation("replace", None, {}), Operation("add", "a", None)] == parse_patch(body)


def test_the_operation_is_not_judged_here() -> None:
    assert [Operation("Move", "a")] == parse_patch(patch_body({"op": "Move", "path": "a"}))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "The body must be a JSON object"),
        ([], "The body must be a JSON object"),
        ({}, "schemas: is missing"),
        ({"schemas": [urns.PATCH_OP]}, "Operations: is missing"),
        ({"Operations": [{"op": "remove", "path": "a"}]}, "schemas: is missing"),
        ({"schemas": urns.PATCH_OP, "Operations": []}, "schemas: must be a list"),
        ({"schemas": [1], "Operations": [{"op": "remove"}]}, r"schemas\[0\]: must be text"),
        (
            {"schemas": [urns.BULK_REQUEST], "Operations": [{"op": "remove", "path": "a"}]},
            f"schemas must hold {urns.PATCH_OP}",
        ),
        (patch_body(), "Operations: must hold one operation at least"),
        (patch_body("add"), r"Operations\[0\]: must be an object"),
        (patch_body({}), r"Operations\[0\].op: is missing"),
        (patch_body({"op": None}), r"Operations\[0\].op: must be text, not null"),
        (patch_body({"op": 1}), r"Operations\[0\].op: must be text"),
        (
            patch_body({"op": "remove", "path": "a"}, {"op": "remove", "path": 1}),
            r"Operations\[1\].path: must be text",
        ),
        (patch_body({"op": "add", "OP": "remove", "path": "a"}), "op is given twice"),
        ({"schemas": [urns.PATCH_OP], "Schemas": []}, "^schemas is given twice"),
    ],
)
def test_a_malformed_patch_is_refused(body: Any, reason: str) -> None:
    with pytest.raises(InvalidSyntax, match=reason):
        parse_patch(body)


@pytest.mark.parametrize("op", ["add", "replace", "Add", "REPLACE"])
def test_an_operation_that_sets_something_needs_a_value(op: str) -> None:
    with pytest.raises(InvalidValue, match=f"An operation {op} needs a value"):
        parse_patch(patch_body({"op": op, "path": "title"}))


def test_a_patch_request_is_written_as_it_is_read() -> None:
    operations = [
        Operation("add", "members", [{"value": "u1"}]),
        Operation("remove", 'members[value eq "u2"]'),
        Operation("replace", None, {"active": False}),
        Operation("replace", "title", None),
    ]
    request = patch_request(operations)

    assert operations == parse_patch(request)
    assert [urns.PATCH_OP] == request["schemas"]
    assert {"op": "remove", "path": 'members[value eq "u2"]'} == request["Operations"][1]


# --- queries -----------------------------------------------------------------------------------


def test_a_search_is_read() -> None:
    body = {
        "schemas": [urns.SEARCH_REQUEST],
        "attributes": ["displayName", "userName"],
        "filter": 'displayName sw "smith"',
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": 1,
        "Count": 10,
        "cursor": "c",
    }

    assert Query(
        filter='displayName sw "smith"',
        attributes=["displayName", "userName"],
        sort_by="userName",
        sort_order="descending",
        start_index=1,
        count=10,
        cursor="c",
    ) == parse_search(body)


def test_a_search_may_be_for_anything() -> None:
    assert Query() == parse_search({"schemas": [urns.SEARCH_REQUEST]})


def test_a_search_may_hold_nulls() -> None:
    names = ("attributes", "excludedAttributes", "filter", "sortBy", "sortOrder", "count", "cursor")

    assert Query() == parse_search({"schemas": [urns.SEARCH_REQUEST]} | dict.fromkeys(names))


def test_a_queries_parameters_are_read() -> None:
    parameters = {
        "filter": "a pr",
        "excludedAttributes": "members",
        "startIndex": "2",
        "count": "x",
    }

    assert Query(
        filter="a pr", excluded_attributes="members", start_index="2", count="x"
    ) == Query.from_parameters(parameters)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("x", "The body must be a JSON object"),
        ({"filter": "a pr"}, "schemas: is missing"),
        ({"schemas": [urns.PATCH_OP]}, f"schemas must hold {urns.SEARCH_REQUEST}"),
        ({"schemas": [urns.SEARCH_REQUEST], "filter": 1}, "filter: must be text"),
        ({"schemas": [urns.SEARCH_REQUEST], "attributes": "a,b"}, "attributes: must be a list"),
        (
            {"schemas": [urns.SEARCH_REQUEST], "attributes": [1]},
            r"attributes\[0\]: must be text",
        ),
    ],
)
def test_a_malformed_search_is_refused(body: Any, reason: str) -> None:
    with pytest.raises(InvalidSyntax, match=reason):
        parse_search(body)


def test_a_list_counts_what_it_holds() -> None:
    assert {
        "schemas": [urns.LIST_RESPONSE],
        "totalResults": 2,
        "startIndex": 1,
        "itemsPerPage": 2,
        "Resources": [{"id": "1"}, {"id": "2"}],
    } == list_response([{"id": "1"}, {"id": "2"}])


def test_a_page_of_a_list_tells_the_total() -> None:
    page = list_response([{"id": "3"}], total=5, start_index=3)

    assert (5, 3, 1) == (page["totalResults"], page["startIndex"], page["itemsPerPage"])


def test_an_empty_list_has_no_resources_but_names_them() -> None:
    empty = list_response([], total=0)

    assert (0, 0, []) == (empty["totalResults"], empty["itemsPerPage"], empty["Resources"])


# --- bulk --------------------------------------------------------------------------------------


def test_a_bulk_request_is_read() -> None:
    body = {
        "schemas": [urns.BULK_REQUEST],
        "failOnErrors": 1,
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "q", "data": {"userName": "a"}},
            {"METHOD": "DELETE", "path": "/Users/1", "version": 'W/"1"'},
        ],
    }

    assert BulkRequest(
        (
            BulkOperation("POST", "/Users", bulk_id="q", data={"userName": "a"}),
            BulkOperation("DELETE", "/Users/1", version='W/"1"'),
        ),
        1,
    ) == parse_bulk(body)


def test_a_bulk_request_has_no_limit_of_errors_unless_given() -> None:
    body = {"schemas": [urns.BULK_REQUEST], "Operations": []}

    assert BulkRequest((), None) == parse_bulk(body)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, "Operations: is missing"),
        ({"Operations": {}}, "Operations: must be a list"),
        ({"Operations": [{"path": "/Users"}]}, r"Operations\[0\].method: is missing"),
        ({"Operations": [{"method": "POST"}]}, r"Operations\[0\].path: is missing"),
        (
            {"Operations": [{"method": "POST", "path": "/Users", "data": []}]},
            r"Operations\[0\].data: must be an object",
        ),
        ({"Operations": [], "failOnErrors": "1"}, "failOnErrors: must be an integer"),
        (
            {"Operations": [], "failOnErrors": -1},
            "failOnErrors: must not be below 0",
        ),
        ({"Operations": [], "schemas": []}, f"schemas must hold {urns.BULK_REQUEST}"),
    ],
)
def test_a_malformed_bulk_request_is_refused(more: Body, reason: str) -> None:
    with pytest.raises(InvalidSyntax, match=reason):
        parse_bulk({"schemas": [urns.BULK_REQUEST]} | more)


def test_a_bulk_response_is_written() -> None:
    done = {"method": "DELETE", "status": "204"}

    assert {"schemas": [urns.BULK_RESPONSE], "Operations": [done]} == bulk_response(iter([done]))
