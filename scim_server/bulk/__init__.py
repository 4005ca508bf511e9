"""/Bulk: many operations in one request (RFC 7644 §3.7).

    request -> steps (what each operation means) -> order -> execution -> results

Chosen where the text leaves a choice:

- Each operation happens as a whole or not at all, for itself. They are committed together: nothing
  is acknowledged before the answer, so that a hundred operations wait for the disk once.
- What an operation refers to by a bulkId is created right before it; all else keeps its order.
- POSTs that refer to each other in a circle are one whole: all are created, or none.
- A bulkId that no POST of the request has is 400 invalidValue, one that several have too; what
  refers to an operation that failed is 409.
- `failOnErrors` of 0 and of 1 mean the same: the first error is the last.
- Bodies of resources are left out of the answer, as §3.7 lets one do; those of errors are in it.
"""

from typing import Any

import orjson

from scim_protocol.errors import PayloadTooLarge
from scim_protocol.messages import BulkRequest, bulk_response, parse_bulk
from scim_server.bulk.execution import Execution
from scim_server.bulk.results import result
from scim_server.bulk.steps import read_steps
from scim_server.service import Answer, Call, Service


def bulk(service: Service, call: Call) -> Answer:
    """POST /Bulk: carry out operations, and tell of each what became of it."""
    request = _read(service, call)
    steps = read_steps(service, request.operations, call.noted)
    outcomes = Execution(service, call, steps, _most_errors(request)).run()
    results = [
        result(step, outcomes[number], call.base_url)
        for number, step in enumerate(steps)
        if number in outcomes
    ]
    return Answer(200, orjson.dumps(bulk_response(results)))


def _read(service: Service, call: Call) -> BulkRequest:
    """Read the request within the limits that /ServiceProviderConfig tells of (§3.7.4)."""
    most = service.config.bulk_payload
    try:
        body = call.read_body(most)
    except PayloadTooLarge:
        raise PayloadTooLarge(
            f"The bulk request is larger than maxPayloadSize ({most} bytes); send several."
        ) from None
    # Counted before each is checked: refusing many must not be much work.
    number, most = _count(body), service.config.max_bulk_operations
    if number > most:
        raise PayloadTooLarge(
            f"The bulk request has {number} operations, more than maxOperations ({most});"
            " send several."
        )
    return parse_bulk(body)


def _count(body: Any) -> int:
    named = body.items() if isinstance(body, dict) else ()
    lists = [v for name, v in named if name.lower() == "operations" and isinstance(v, list)]
    return sum(map(len, lists))


def _most_errors(request: BulkRequest) -> int:
    """Return after how many errors to stop; without a limit, all may fail."""
    given = request.fail_on_errors
    return len(request.operations) + 1 if given is None else max(given, 1)
