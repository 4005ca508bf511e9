"""RFC 7644 §3.7: bulk requests that are none, and operations that are none."""

from conformance.check import MUST, check
from conformance.claims import Document
from conformance.material import bulk
from conformance.scim import Scim
from scim_protocol.urns import BULK

BULKS = ["bulk", "User"]


@check(
    "rfc7644/3.7/methods",
    MUST,
    "Only POST, PUT, PATCH and DELETE are operations.",
    needs=BULKS,
    catches=[
        "bulk-get-is-taken",
        "bulk-status-is-always-200",
        "bulk-unknown-methods-succeed",
        "bulk-without-status",
    ],
)
def methods(scim: Scim) -> None:
    """Another method is refused, the operation or the request, and is not told as done."""
    user = scim.new_user()
    for method in ("GET", "HEAD", "FETCH"):
        answer = bulk.send(scim, {"method": method, "path": user.path})
        if answer.status == 200:
            for result in answer.body.items_of("Operations"):
                bulk.must_have_failed(result)
        else:
            answer.must.be_refused()


@check(
    "rfc7644/3.7/paths",
    MUST,
    "A path that leads nowhere fails its operation.",
    needs=BULKS,
    catches=["bulk-does-no-post", "bulk-failure-has-500", "bulk-unknown-paths-succeed"],
)
def paths(scim: Scim) -> None:
    """A POST goes to a resource type, all else to one resource."""
    user = scim.new_user()
    body = scim.smallest_user()
    for operation in (
        bulk.post(f"/{scim.name()}", "x", body),
        {"method": "DELETE", "path": scim.users},
        {"method": "PUT", "path": scim.users, "data": body},
        bulk.post(user.path, "x", body),
    ):
        answer = bulk.send(scim, operation)
        if answer.status == 200:
            for result in answer.body.items_of("Operations"):
                bulk.must_have_failed(result)
        else:
            answer.must.be_refused()
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.7/without-data",
    MUST,
    "A POST, PUT or PATCH without data fails.",
    needs=BULKS,
    catches=["bulk-does-no-put", "bulk-status-is-a-number", "bulk-without-data-succeeds"],
)
def without_data(scim: Scim) -> None:
    """`data` is required of them; and the resource stays what it was."""
    user = scim.new_user()
    for method in ("PUT", "PATCH"):
        answer = bulk.send(scim, {"method": method, "path": user.path})
        if answer.status == 200:
            for result in answer.body.items_of("Operations"):
                bulk.must_have_failed(result)
        else:
            answer.must.be_refused()
    scim.read(user).must.have("userName", equal_to=user["userName"])


@check(
    "rfc7644/3.7/malformed",
    MUST,
    "A bulk request that is none is refused.",
    needs=BULKS,
    catches=["bulk-malformed-is-500", "bulk-malformed-is-nothing"],
)
def malformed(scim: Scim) -> None:
    """No JSON, no object, no Operations, Operations that are no list of objects: 400."""
    schema = f'"schemas": ["{bulk.REQUEST}"]'
    for raw in (
        "{",
        "[]",
        f"{{{schema}}}",
        f'{{{schema}, "Operations": {{}}}}',
        f'{{{schema}, "Operations": "POST"}}',
        f'{{{schema}, "Operations": null}}',
    ):
        scim.send("POST", BULK, raw=raw.encode()).must.be_error(
            400, None, "invalidSyntax", "invalidValue"
        )


@check(
    "rfc7644/3.7/only-post",
    MUST,
    "/Bulk takes POST alone.",
    needs=BULKS,
    catches=["bulk-can-be-read"],
)
def only_post(scim: Scim) -> None:
    """There is nothing to read there, nor to replace."""
    for method in ("GET", "PUT", "DELETE"):
        body = {"schemas": [bulk.REQUEST], "Operations": []} if method == "PUT" else None
        answer = scim.send(method, BULK, body=body)
        refused = 400 <= answer.status < 500 or answer.status == 501
        scim.require(refused, "404, 405 or 501", answer.summary)


_ODD_OPERATIONS: tuple[Document, ...] = (
    {},
    {"method": "DELETE"},
    {"method": 7, "path": "/Users/1"},
    {"method": "DELETE", "path": 7},
    {"method": "DELETE", "path": ""},
    {"method": "PATCH", "path": "/Users/bulkId:nobody", "data": {"Operations": []}},
    {"method": "DELETE", "path": "/Users/1", "version": 7},
    {"method": "POST", "path": "/Users", "bulkId": ["x"], "data": {}},
    {"method": "POST", "path": "/Users", "bulkId": "x", "data": "x"},
    {"method": "POST", "path": "/Users", "bulkId": "x", "data": [1]},
)


@check(
    "rfc7644/3.7/odd-operations",
    MUST,
    "An odd operation is the client's mistake, never a 5xx.",
    needs=BULKS,
    catches=[
        "bulk-fail-on-errors-text-is-500",
        "bulk-odd-data-is-500",
        "bulk-odd-path-is-500",
        "bulk-unknown-path-reference-is-500",
    ],
)
def odd_operations(scim: Scim) -> None:
    """Members that are missing or of a wrong type; the whole may be refused, or the operation."""
    for operation in _ODD_OPERATIONS:
        answer = bulk.send(scim, operation)
        if answer.status != 200:
            answer.must.be_refused()
            continue
        for result in answer.body.items_of("Operations"):
            bulk.must_have_failed(result)
    user = scim.new_user()
    for limit in ("x", 0, -1, 1.5, None):
        bulk.send(scim, bulk.delete(user), failOnErrors=limit).must.be_no_failure()
