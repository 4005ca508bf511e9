"""What a bulk answer says of an operation (RFC 7644 §3.7, §3.7.3)."""

from typing import Any

from scim_protocol.errors import ScimError
from scim_server.bulk.steps import Step
from scim_server.representation import location
from scim_server.service import Answer


def result(step: Step, outcome: Answer | ScimError, base_url: str) -> dict[str, Any]:
    """Return the result of an operation that was carried out, or that failed."""
    shown: dict[str, Any] = {"method": step.method}
    if step.operation.bulk_id is not None:
        shown["bulkId"] = step.operation.bulk_id
    if isinstance(outcome, ScimError):
        shown["response"] = outcome.to_json()
    elif version := outcome.headers.get("ETag"):
        shown["version"] = version
    if "response" not in shown or step.method != "POST":
        shown["location"] = _location(step, base_url)
    shown["status"] = str(outcome.status)
    return shown


def _location(step: Step, base_url: str) -> str:
    """Return the URL of the operation's resource; as it was sent, where that is all there is."""
    if step.kind is not None and step.id:
        return location(step.kind.model, step.id, base_url)
    return f"{base_url}/{step.operation.path.lstrip('/')}"
