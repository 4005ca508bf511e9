"""The operations on resources, each as a few named steps (RFC 7644 §3.3 to §3.6).

Chosen where the text leaves a choice:

- PUT clears what the body leaves out (§3.5.1), members too; a password is kept.
- A change that changes nothing is answered as done, and makes no new version.
- PATCH of a user answers 200 with the user; of a group 204, unless `attributes` are asked for:
  its answer would otherwise list 100,000 members to say that one was added.
- A version is that of a resource's own attributes; a user's `groups` are derived, and change
  without one.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from scim_protocol.dialects import (
    relax_filter,
    relax_operations,
    relax_resource,
    settle_operation,
)
from scim_protocol.errors import (
    InvalidValue,
    NotFound,
    NotImplementedByServer,
    PayloadTooLarge,
)
from scim_protocol.etag import format_version
from scim_protocol.filter import Filter, parse_filter
from scim_protocol.listing import Page, sort_target
from scim_protocol.messages import Query as ListQuery
from scim_protocol.messages import list_response, parse_patch, parse_search
from scim_protocol.patch import Operation, apply_patch
from scim_protocol.projection import Projection
from scim_protocol.resource import Resource, check_create, check_replace
from scim_server.membership import Become, take_members
from scim_server.membership import split as split_members
from scim_server.passwords import take_secrets, with_hashes
from scim_server.references import drop_references
from scim_server.representation import MEMBERS, beside, location
from scim_server.service import Answer, Call, Kind, Service
from scim_server.store.contract import Found, Query, Record, Transaction


def create(service: Service, kind: Kind, call: Call) -> Answer:
    """POST /Users: add a resource (RFC 7644 §3.3)."""
    projection = _projection(kind, call)
    resource = check_create(_body(service, kind, call), kind.model, strict=service.config.strict)
    members = take_members(resource)
    secrets = take_secrets(resource, kind.secrets, None)
    document = _with_id(resource, service.new_id())
    with service.store.write() as tx:
        record = tx.insert(kind.model, document, service.now(), secrets)
        if members:
            tx.add_members(record, members)
        return _shown(service, tx, kind, record, projection, call, status=201)


def read(service: Service, kind: Kind, call: Call, id: str) -> Answer:
    """GET /Users/{id}: one resource (RFC 7644 §3.4.1)."""
    projection = _projection(kind, call)
    with service.store.read() as tx:
        record = _existing(tx, kind, id)
        if call.preconditions.not_modified(record.version):
            return Answer(304, headers={"ETag": format_version(record.version)})
        return _shown(service, tx, kind, record, projection, call)


def replace(service: Service, kind: Kind, call: Call, id: str) -> Answer:
    """PUT /Users/{id}: put another resource in its place (RFC 7644 §3.5.1)."""
    projection = _projection(kind, call)
    body, strict = _body(service, kind, call), service.config.strict
    with service.store.write() as tx:
        record = _existing(tx, kind, id)
        call.preconditions.require(record.version)
        before = orjson.loads(record.document)
        current = with_hashes(before, record.secrets)
        resource = check_replace(body, current, kind.model, strict=strict)
        members = take_members(resource)
        changed = Become(members).apply(tx, record) if kind.has_members else 0
        record = _save(service, tx, kind, record, before, resource, changed)
        return _shown(service, tx, kind, record, projection, call)


def patch(service: Service, kind: Kind, call: Call, id: str) -> Answer:
    """PATCH /Users/{id}: apply operations, all or none (RFC 7644 §3.5.2)."""
    projection = _projection(kind, call)
    operations = _operations(service, kind, call)
    with service.store.write() as tx:
        record = _existing(tx, kind, id)
        call.preconditions.require(record.version)
        change = _patch_group if kind.has_members else _patch_document
        record = change(service, tx, kind, record, operations)
        if kind.has_members and projection.requested is None:
            return Answer(204, headers={"ETag": format_version(record.version)})
        return _shown(service, tx, kind, record, projection, call)


def delete(service: Service, kind: Kind, call: Call, id: str) -> Answer:
    """DELETE /Users/{id}: remove a resource and all that refers to it (RFC 7644 §3.6)."""
    with service.store.write() as tx:
        record = _existing(tx, kind, id)
        call.preconditions.require(record.version)
        now = service.now()
        tx.delete(record, now)
        drop_references(service, tx, id, now)
    return Answer(204)


def query(service: Service, kind: Kind, call: Call) -> Answer:
    """GET /Users: the resources that match (RFC 7644 §3.4.2)."""
    return _answer_query(service, kind, call, ListQuery.from_parameters(call.parameters))


def search(service: Service, kind: Kind, call: Call) -> Answer:
    """POST /Users/.search: a query whose parameters are not in the URL (RFC 7644 §3.4.3)."""
    return _answer_query(service, kind, call, parse_search(call.read_body()))


# --- steps of the operations that write --------------------------------------------------------


def _patch_document(
    service: Service, tx: Transaction, kind: Kind, record: Record, operations: Sequence[Operation]
) -> Record:
    before = orjson.loads(record.document)
    resource = _patched(service, kind, with_hashes(before, record.secrets), operations)
    return _save(service, tx, kind, record, before, resource)


def _patch_group(
    service: Service, tx: Transaction, kind: Kind, record: Record, operations: Sequence[Operation]
) -> Record:
    """Change members in their table alone where the operations allow it."""
    split = split_members(operations, kind.model, strict=service.config.strict)
    before = orjson.loads(record.document)
    if split is not None:
        resource = _patched(service, kind, before, split.others) if split.others else before
        changed = sum(change.apply(tx, record) for change in split.changes)
    else:
        links = tx.members([record.key]).get(record.key, ())
        members = beside(record, kind.model, "", links).get(MEMBERS, [])
        resource = _patched(service, kind, before | {MEMBERS: members}, operations)
        changed = Become(take_members(resource)).apply(tx, record)
    return _save(service, tx, kind, record, before, resource, changed)


def _patched(
    service: Service, kind: Kind, current: Resource, operations: Sequence[Operation]
) -> Resource:
    settle = None if service.config.strict else settle_operation
    return apply_patch(current, operations, kind.model, settle=settle)


def _save(
    service: Service,
    tx: Transaction,
    kind: Kind,
    record: Record,
    before: Resource,
    resource: Resource,
    changed_members: int = 0,
) -> Record:
    """Store what has become of a resource, if anything has."""
    secrets = take_secrets(resource, kind.secrets, record.secrets)
    if resource != before or secrets != record.secrets:
        return tx.update(record, _with_id(resource, record.id), service.now(), secrets)
    return tx.touch(record, service.now()) if changed_members else record


def _existing(tx: Transaction, kind: Kind, id: str) -> Record:
    record = tx.get(kind.model, id)
    if record is None:
        raise NotFound(f"There is no {kind.model.name} with id {id[:200]!r}.")
    return record


def _with_id(resource: Resource, id: str) -> Resource:
    """Return the resource as it is stored: `schemas` and `id` before all else."""
    return {"schemas": resource["schemas"], "id": id} | resource


# --- steps of the operations that read a request -----------------------------------------------


def _body(service: Service, kind: Kind, call: Call) -> Any:
    body = _read(service, kind, call)
    return body if service.config.strict else relax_resource(body, kind.model)


def _operations(service: Service, kind: Kind, call: Call) -> Sequence[Operation]:
    operations = parse_patch(_read(service, kind, call))
    most = service.config.max_operations
    if sum(map(_weight, operations)) > most:
        raise PayloadTooLarge(f"A PATCH may change {most} attributes at most; send several.")
    return operations if service.config.strict else relax_operations(operations, kind.model)


def _weight(operation: Operation) -> int:
    """Return how many attributes an operation is about: without a path, each key names one."""
    several = operation.path is None and isinstance(operation.value, dict)
    return len(operation.value) if several else 1


def _read(service: Service, kind: Kind, call: Call) -> Any:
    # Only a list of members is ever long; the work on anything else is bounded by its size.
    return call.read_body(None if kind.has_members else service.config.max_resource)


def _projection(kind: Kind, call: Call) -> Projection:
    parameters = call.parameters
    return Projection.parse(
        parameters.get("attributes"), parameters.get("excludedAttributes"), kind.model
    )


# --- steps of the operations that answer -------------------------------------------------------


def _shown(
    service: Service,
    tx: Transaction,
    kind: Kind,
    record: Record,
    projection: Projection,
    call: Call,
    status: int = 200,
) -> Answer:
    (text,) = service.show(tx, kind, [record], projection, call.base_url)
    url = location(kind.model, record.id, call.base_url)
    headers = {"ETag": format_version(record.version), "Location": url}
    return Answer(status, text, headers)


def _answer_query(service: Service, kind: Kind, call: Call, asked: ListQuery) -> Answer:
    if asked.cursor is not None:
        raise NotImplementedByServer("There are no cursors here; page by startIndex and count.")
    config, model = service.config, kind.model
    projection = Projection.parse(asked.attributes, asked.excluded_attributes, model)
    page = Page.parse(
        asked.start_index, asked.count, default=config.page_size, most=config.max_page_size
    )
    wanted = Query(
        model,
        call.base_url,
        filter=_filter(service, kind, asked.filter),
        sort_by=sort_target(asked.sort_by, model) if asked.sort_by else None,
        descending=_is_descending(asked.sort_order),
        offset=page.start_index - 1,
        limit=page.count,
    )
    with service.store.read() as tx:
        found = tx.query(wanted)
        texts = service.show(tx, kind, found.records, projection, call.base_url)
    return Answer(200, _list_text(found, texts, page.start_index))


def _filter(service: Service, kind: Kind, text: str | None) -> Filter | None:
    if text is None:
        return None
    tree = parse_filter(text)
    return tree if service.config.strict else relax_filter(tree, kind.model)


def _is_descending(order: str | None) -> bool:
    if order is None or order.lower() == "ascending":
        return False
    if order.lower() == "descending":
        return True
    raise InvalidValue(f"sortOrder must be ascending or descending, not {order[:40]!r}.")


def _list_text(found: Found, texts: Sequence[bytes], start_index: int) -> bytes:
    """Return a ListResponse into which the resources are put as the text that they are."""
    message = list_response([None] * len(texts), found.total, start_index)
    del message["Resources"]
    return orjson.dumps(message)[:-1] + b',"Resources":[' + b",".join(texts) + b"]}"
