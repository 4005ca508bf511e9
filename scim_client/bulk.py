"""Many operations in one request, and what became of each (RFC 7644 §3.7)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from scim_client.answers import Resource
from scim_client.errors import NotScim, ScimError, UsageError
from scim_client.hiding import hide
from scim_client.operations import Operation
from scim_protocol import urns
from scim_protocol.errors import error_from
from scim_protocol.messages import patch_request

if TYPE_CHECKING:
    from scim_client.client import ScimClient


@dataclass(frozen=True)
class BulkResult:
    """What became of one operation; `status` is None where the server did not come to it."""

    method: str
    path: str
    bulk_id: str | None
    status: int | None
    location: str | None = None
    version: str | None = None
    error: ScimError | None = None

    @property
    def ok(self) -> bool:
        """Whether the operation was carried out."""
        return self.status is not None and self.error is None


@dataclass
class Bulk:
    """A bulk request: filled operation by operation, then sent once.

    bulk = scim.bulk()
    ada = bulk.create("/Users", {"userName": "ada"})
    bulk.patch("/Groups", "g1", add("members", [{"value": ada}]))
    results = bulk.send()
    """

    client: "ScimClient" = field(repr=False)
    fail_on_errors: int | None = None
    operations: list[dict[str, Any]] = field(default_factory=list)

    def create(self, path: str, resource: Resource, bulk_id: str | None = None) -> str:
        """Create a resource; returns `bulkId:...`, by which later operations can refer to it."""
        bulk_id = bulk_id or str(len(self.operations) + 1)
        if any(each.get("bulkId") == bulk_id for each in self.operations):
            raise UsageError(f"the bulk id {bulk_id!r} is used twice")
        self._append({"method": "POST", "bulkId": bulk_id, "path": path, "data": resource})
        return f"bulkId:{bulk_id}"

    def replace(self, path: str, id: str, resource: Resource, *, etag: str | None = None) -> None:
        """Replace a whole resource."""
        self._append({"method": "PUT", "path": _path(path, id), "data": resource}, etag)

    def patch(self, path: str, id: str, *operations: Operation, etag: str | None = None) -> None:
        """Change a resource."""
        data = patch_request(operations)
        self._append({"method": "PATCH", "path": _path(path, id), "data": data}, etag)

    def delete(self, path: str, id: str, *, etag: str | None = None) -> None:
        """Delete a resource."""
        self._append({"method": "DELETE", "path": _path(path, id)}, etag)

    def send(self) -> list[BulkResult]:
        """Send the request; return a result for each operation, in the order they were added.

        :raises OutcomeUnknown: no answer came, and any of the operations may have been carried out
        """
        if not self.operations:
            return []
        message: dict[str, Any] = {"schemas": [urns.BULK_REQUEST], "Operations": self.operations}
        if self.fail_on_errors is not None:
            message["failOnErrors"] = self.fail_on_errors
        answer, found = self.client.exchange("POST", urns.BULK, body=message)
        body = found or {}
        answered = body.get("Operations")
        if not isinstance(answered, list):
            raise NotScim("POST /Bulk: the answer is not a BulkResponse: it has no Operations")
        left = [each for each in answered if isinstance(each, dict)]
        return [
            _result(operation, _take(operation, left), answer.secrets)
            for operation in self.operations
        ]

    def _append(self, operation: dict[str, Any], etag: str | None = None) -> None:
        self.operations.append(operation | ({"version": etag} if etag else {}))


def _path(path: str, id: str) -> str:
    # A bulkId reference names a resource of this very request: it stays as it is.
    return f"{path.rstrip('/')}/{quote(id, safe=':')}"


def _take(operation: dict[str, Any], left: list[dict[str, Any]]) -> dict[str, Any]:
    """Find the answer to an operation: by bulkId, else by method and address."""
    for answer in _candidates(operation, left):
        left.remove(answer)
        return answer
    return {}


def _candidates(operation: dict[str, Any], left: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    same = [each for each in left if str(each.get("method", "")).upper() == operation["method"]]
    if "bulkId" in operation:
        yield from (each for each in same if each.get("bulkId") == operation["bulkId"])
        return
    for answer in same:
        location = urlsplit(str(answer.get("location") or "")).path
        if location.endswith(operation["path"]):
            yield answer
    # An answer that names no location can only stand for the next operation of its method.
    yield from (each for each in same if not each.get("location"))


def _result(
    operation: dict[str, Any], answer: dict[str, Any], secrets: tuple[str, ...]
) -> BulkResult:
    status = _status(answer.get("status"))
    failed = status is not None and not 200 <= status < 300
    return BulkResult(
        method=operation["method"],
        path=operation["path"],
        bulk_id=operation.get("bulkId"),
        status=status,
        location=answer.get("location"),
        version=answer.get("version"),
        error=_error(status, answer.get("response"), secrets) if failed and status else None,
    )


def _error(status: int, response: object, secrets: tuple[str, ...]) -> ScimError:
    if isinstance(response, dict) and isinstance(response.get("detail"), str):
        response = {**response, "detail": hide(response["detail"], secrets)}
    return error_from(status, response)


def _status(value: object) -> int | None:
    """Read "201", 201, or the `{"code": "201"}` of drafts that some servers still follow."""
    if isinstance(value, dict):
        value = value.get("code")
    try:
        return int(str(value))
    except ValueError:
        return None
