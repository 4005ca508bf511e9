"""Bulk requests and their answers, for the checks of RFC 7644 §3.7."""

from typing import Any
from urllib.parse import urlsplit

from conformance.answer import Answer
from conformance.claims import Document
from conformance.expect import Node
from conformance.scim import Resource, Scim
from scim_protocol.urns import BULK, PATCH_OP

REQUEST = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


class Results:
    """The answer to a bulk request, each operation's result found by what it was about."""

    def __init__(self, scim: Scim, answer: Answer) -> None:
        answer.must.have_status(200)
        self.answer = answer
        self._scim = scim
        self._all = answer.body.items_of("Operations")

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Any:
        return iter(self._all)

    def of_post(self, bulk_id: str) -> Node:
        """Return the result of the POST with that bulkId."""
        for one in self._all:
            told = one.get("bulkId")
            if told is not None and told == bulk_id:
                return one
        return self.answer.body.fail(f"a result with bulkId {bulk_id!r}", "none")

    def of(self, method: str, resource: Resource) -> Node:
        """Return the result of the operation on a resource, which its location tells."""
        for one in self._all:
            told = one.get("location")
            same = told is not None and str(told).rpartition("/")[2] == resource.id
            if same and str(one["method"]).upper() == method:
                return one
        return self.answer.body.fail(f"a result of {method} with the location of its user", "none")

    def created(self, bulk_id: str) -> Answer:
        """Return what the POST with that bulkId made, as it is read at its location."""
        result = self.of_post(bulk_id)
        must_have_status(result, 201)
        made = self._scim.follow(self.answer.resolve(str(result["location"])))
        made.must.have_status(200)
        return made


def send(scim: Scim, *operations: Document, **more: Any) -> Answer:
    """Send operations in one request."""
    return scim.post(BULK, {"schemas": [REQUEST], **more, "Operations": list(operations)})


def done(scim: Scim, *operations: Document, **more: Any) -> Results:
    """Send operations, and demand that the request as a whole is answered."""
    return Results(scim, send(scim, *operations, **more))


def post(path: str, bulk_id: str, data: Document) -> Document:
    """Return an operation that creates."""
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def put(resource: Resource, data: Document, **more: Any) -> Document:
    """Return an operation that replaces."""
    return {"method": "PUT", "path": resource.path, "data": data, **more}


def patch(resource: Resource, *changes: Document, **more: Any) -> Document:
    """Return an operation that changes."""
    data = {"schemas": [PATCH_OP], "Operations": list(changes)}
    return {"method": "PATCH", "path": resource.path, "data": data, **more}


def delete(resource: Resource, **more: Any) -> Document:
    """Return an operation that deletes."""
    return {"method": "DELETE", "path": resource.path, **more}


def status_of(result: Node) -> int:
    """Return the status of a result: text, or an object with its code (§3.7.3 has both)."""
    told = result["status"]
    if isinstance(told.value, dict):
        told = told["code"]
    told.must.match("a status as a string of three digits", lambda text: len(text) == 3)
    return int(str(told)) if str(told).isdecimal() else told.fail("three digits", str(told))


def must_have_status(result: Node, *codes: int) -> None:
    """Demand that an operation has one of these statuses."""
    found = status_of(result)
    if found not in codes:
        wanted = " or ".join(map(str, codes))
        result.fail(f"status {wanted}", f"{found} {result.value.get('response', '')}")


def must_have_failed(result: Node) -> None:
    """Demand that an operation was refused as the client's mistake."""
    found = status_of(result)
    if not 400 <= found < 500:
        result.fail("a status from 400 to 499", str(found))


def is_about(location: str, resource: Resource) -> bool:
    """Whether a location is that of a resource."""
    return urlsplit(location).path.endswith(resource.path)
