"""Bulk requests: what is sent, and whose answer is whose."""

import pytest
from pytest_httpserver import HTTPServer

from scim_client import NotScim, OutcomeUnknown, ScimClient, UsageError, add, replace
from scim_protocol import errors, urns


def respond(httpserver: HTTPServer, *operations: dict) -> None:
    httpserver.expect_request("/scim/v2/Bulk", method="POST").respond_with_json(
        {"schemas": [urns.BULK_RESPONSE], "Operations": list(operations)}
    )


def test_operations_travel_in_the_order_they_were_added(httpserver: HTTPServer, scim: ScimClient):
    respond(httpserver)
    bulk = scim.bulk(fail_on_errors=1)
    ada = bulk.create("/Users", {"userName": "ada"})
    bulk.patch("/Groups", "g 1", add("members", [{"value": ada}]))
    bulk.replace("/Users", "2", {"userName": "bob"}, etag='W/"2"')
    bulk.delete("/Users", "3")

    bulk.send()

    assert httpserver.log[0][0].get_json(force=True) == {
        "schemas": [urns.BULK_REQUEST],
        "failOnErrors": 1,
        "Operations": [
            {"method": "POST", "bulkId": "1", "path": "/Users", "data": {"userName": "ada"}},
            {
                "method": "PATCH",
                "path": "/Groups/g%201",
                "data": {
                    "schemas": [urns.PATCH_OP],
                    "Operations": [
                        {"op": "add", "path": "members", "value": [{"value": "bulkId:1"}]}
                    ],
                },
            },
            {
                "method": "PUT",
                "path": "/Users/2",
                "data": {"userName": "bob"},
                "version": 'W/"2"',
            },
            {"method": "DELETE", "path": "/Users/3"},
        ],
    }


def test_each_answer_finds_its_operation_in_any_order(httpserver: HTTPServer, scim: ScimClient):
    base = "https://app.example/scim/v2"
    respond(
        httpserver,
        {"method": "DELETE", "location": f"{base}/Users/9", "status": "204"},
        {"method": "DELETE", "location": f"{base}/Users/8", "status": "404", "response": {}},
        {"method": "POST", "bulkId": "b", "location": f"{base}/Users/22", "status": 201},
        {"method": "POST", "bulkId": "a", "status": {"code": "409"}, "response": {"detail": "no"}},
    )
    bulk = scim.bulk()
    bulk.create("/Users", {"userName": "a"}, bulk_id="a")
    bulk.create("/Users", {"userName": "b"}, bulk_id="b")
    bulk.delete("/Users", "8")
    bulk.delete("/Users", "9")

    taken, created, missing, deleted = bulk.send()

    assert isinstance(taken.error, errors.Conflict)
    assert created.ok
    assert created.location == f"{base}/Users/22"
    assert isinstance(missing.error, errors.NotFound)
    assert deleted.ok


def test_an_operation_the_server_did_not_come_to_has_no_status(httpserver: HTTPServer, scim):
    respond(httpserver, {"method": "POST", "bulkId": "1", "status": "400", "response": {}})
    bulk = scim.bulk(fail_on_errors=1)
    bulk.create("/Users", {})
    bulk.create("/Users", {})

    first, second = bulk.send()

    assert first.status == 400
    assert second.status is None
    assert not second.ok


def test_an_answer_without_a_location_stands_for_the_next_of_its_method(httpserver, scim):
    respond(httpserver, {"method": "PATCH", "status": "200"}, {"method": "PATCH", "status": "204"})
    bulk = scim.bulk()
    bulk.patch("/Users", "1", replace("active", True))
    bulk.patch("/Users", "2", replace("active", True))

    assert [result.status for result in bulk.send()] == [200, 204]


def test_an_empty_bulk_request_is_not_sent(scim: ScimClient):
    assert scim.bulk().send() == []


def test_a_bulk_id_cannot_be_used_twice(scim: ScimClient):
    bulk = scim.bulk()
    bulk.create("/Users", {}, bulk_id="x")

    with pytest.raises(UsageError, match="twice"):
        bulk.create("/Users", {}, bulk_id="x")


def test_a_lost_bulk_request_has_an_unknown_outcome(scripted, connect):
    bulk = connect(scripted(b"").url).bulk()
    bulk.delete("/Users", "1")

    with pytest.raises(OutcomeUnknown):
        bulk.send()


def test_an_answer_without_operations_is_not_a_bulk_response(httpserver: HTTPServer, scim):
    httpserver.expect_request("/scim/v2/Bulk").respond_with_json({"ok": True})
    bulk = scim.bulk()
    bulk.delete("/Users", "1")

    with pytest.raises(NotScim, match="not a BulkResponse"):
        bulk.send()
