"""The operations on resources, each as a few named steps (RFC 7644 §3.3 to §3.6).

Chosen where the text leaves a choice:

- PUT clears what the body leaves out (§3.5.1), members too; a password is kept.
- A change that changes nothing is answered as done, and makes no new version.
- PATCH of a user answers 200 with the user; of a group 204, unless `attributes` are asked for:
  its answer would otherwise list 100,000 members to say that one was added.
- A version is that of a resource's own attributes; a user's `groups` are derived, and change
  without one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import orjson

from scim_protocol.dialects import (
    relax_operations,
    relax_preconditions,
    relax_resource,
    settle_operation,
)
from scim_protocol.errors import NotFound, PayloadTooLarge, shortened
from scim_protocol.etag import Preconditions, format_version
from scim_protocol.messages import parse_patch
from scim_protocol.patch import Operation, apply_patch, by_core_urn
from scim_protocol.projection import Projection
from scim_protocol.resource import Resource, check_create, check_replace
from scim_server.membership import Add, Become, Terms, take_members
from scim_server.membership import split as split_members
from scim_server.passwords import hashed, take_secrets, with_hashes
from scim_server.preparation import opaque, prepare
from scim_server.references import drop_references
from scim_server.representation import MEMBERS, beside, location
from scim_server.service import UNCONDITIONAL, Answer, Call, Kind, Service
from scim_server.store.contract import Record, Transaction


@dataclass(frozen=True, slots=True)
class New:
    """A resource that is checked and ready to be added: first itself, then its members."""

    kind: Kind
    document: Resource
    members: Add
    secrets: str | None = field(repr=False)

    def insert(self, tx: Transaction, now: str) -> Record:
        """Add the resource, as yet without members.

        :raises Uniqueness: a value that must be unique is in use.
        """
        return tx.insert(self.kind.model, self.document, now, self.secrets)

    def add_members(self, tx: Transaction, record: Record) -> None:
        """Give it its members.

        :raises InvalidValue: one of them does not exist.
        """
        if self.members.members:
            self.members.apply(tx, record)


def read_new(service: Service, kind: Kind, call: Call, id: str) -> New:
    """Read and check what a POST is to add, and hash its secrets: all that needs no transaction.

    :raises BadRequest: the body is not such a resource.
    """
    relax = partial(relax_resource, model=kind.model, noted=call.noted, spoken=service.spoken)
    resource = check_create(_read(service, kind, call), kind.model, relax=relax)
    members = take_members(resource) if kind.has_members else ()
    prepare(resource, kind.model, {}, noted=call.noted, spoken=service.spoken)
    secrets = take_secrets(resource, kind.secrets, None)
    coming = Add(members, _terms(service, call))
    return New(kind, _with_id(resource, id), coming, secrets)


def create(service: Service, kind: Kind, call: Call) -> Answer:
    """POST /Users: add a resource (RFC 7644 §3.3)."""
    projection = _projection(service, kind, call)
    new = read_new(service, kind, call, service.new_id())
    projection = _after(projection, kind, [(None, new.document)])
    with service.store.write() as tx:
        record = new.insert(tx, service.now())
        new.add_members(tx, record)
        return _shown(service, tx, kind, record, projection, call, status=201)


def read(service: Service, kind: Kind, call: Call, id: str) -> Answer:
    """GET /Users/{id}: one resource (RFC 7644 §3.4.1)."""
    projection = _projection(service, kind, call)
    with service.store.read() as tx:
        record = _existing(tx, kind, id)
        if _preconditions(service, call).not_modified(record.version):
            return Answer(304, headers={"ETag": format_version(record.version)})
        return _shown(service, tx, kind, record, projection, call)


def replace(service: Service, kind: Kind, call: Call, id: str) -> Answer:
    """PUT /Users/{id}: put another resource in its place (RFC 7644 §3.5.1)."""
    projection = _projection(service, kind, call)
    body = _body(service, kind, call)
    projection = _after(projection, kind, [(None, body)])
    _hash_ahead(kind, call, [body])
    with service.store.write() as tx:
        record = _existing(tx, kind, id)
        _preconditions(service, call).require(record.version)
        before = orjson.loads(record.document)
        current = with_hashes(before, record.secrets)
        resource = check_replace(body, current, kind.model)
        members = take_members(resource) if kind.has_members else ()
        become = Become(members, _terms(service, call))
        changed = become.apply(tx, record) if kind.has_members else 0
        record = _save(service, tx, kind, record, before, resource, call, changed)
        return _shown(service, tx, kind, record, projection, call)


def patch(service: Service, kind: Kind, call: Call, id: str) -> Answer:
    """PATCH /Users/{id}: apply operations, all or none (RFC 7644 §3.5.2)."""
    projection = _projection(service, kind, call)
    operations = _operations(service, kind, call)
    projection = _after(projection, kind, [(one.path, one.value) for one in operations])
    named = [{one.path: one.value} if one.path else one.value for one in operations]
    _hash_ahead(kind, call, named)
    with service.store.write() as tx:
        record = _existing(tx, kind, id)
        _preconditions(service, call).require(record.version)
        change = _patch_group if kind.has_members else _patch_document
        record = change(service, tx, kind, record, operations, call)
        if kind.has_members and projection.requested is None:
            url = location(kind.model, id, call.base_url)
            headers = {"ETag": format_version(record.version), "Location": url}
            return Answer(204, headers=headers)
        return _shown(service, tx, kind, record, projection, call)


def delete(service: Service, kind: Kind, call: Call, id: str) -> Answer:
    """DELETE /Users/{id}: remove a resource and all that refers to it (RFC 7644 §3.6)."""
    with service.store.write() as tx:
        record = _existing(tx, kind, id)
        _preconditions(service, call).require(record.version)
        now = service.now()
        tx.delete(record, now)
        drop_references(service, tx, id, now)
    return Answer(204)


# --- steps of the operations that write --------------------------------------------------------


def _patch_document(
    service: Service,
    tx: Transaction,
    kind: Kind,
    record: Record,
    operations: Sequence[Operation],
    call: Call,
) -> Record:
    before = orjson.loads(record.document)
    current = with_hashes(before, record.secrets)
    resource = _patched(service, kind, current, operations, call)
    return _save(service, tx, kind, record, before, resource, call)


def _patch_group(
    service: Service,
    tx: Transaction,
    kind: Kind,
    record: Record,
    operations: Sequence[Operation],
    call: Call,
) -> Record:
    """Change members in their table alone where the operations allow it."""
    terms = _terms(service, call)
    split = split_members(operations, kind.model, terms, call.base_url, call.effort)
    before = orjson.loads(record.document)
    current = with_hashes(before, record.secrets)
    if split is not None:
        others = split.others
        resource = _patched(service, kind, current, others, call) if others else current
        changed = sum(change.apply(tx, record) for change in split.changes)
    else:
        links = tx.members([record.key]).get(record.key, ())
        members = beside(record, kind.model, call.base_url, links).get(MEMBERS, [])
        resource = _patched(service, kind, current | {MEMBERS: members}, operations, call)
        changed = Become(take_members(resource), terms).apply(tx, record)
    return _save(service, tx, kind, record, before, resource, call, changed)


def _patched(
    service: Service,
    kind: Kind,
    current: Resource,
    operations: Sequence[Operation],
    call: Call,
) -> Resource:
    settle = partial(settle_operation, noted=call.noted, spoken=service.spoken)
    return apply_patch(current, operations, kind.model, settle=settle, effort=call.effort)


def _save(
    service: Service,
    tx: Transaction,
    kind: Kind,
    record: Record,
    before: Resource,
    resource: Resource,
    call: Call,
    changed_members: int = 0,
) -> Record:
    """Store what has become of a resource, if anything has."""
    stored = with_hashes(before, record.secrets)
    prepare(resource, kind.model, stored, noted=call.noted, spoken=service.spoken)
    secrets = take_secrets(resource, kind.secrets, record.secrets, call.hashes)
    if resource != before or secrets != record.secrets:
        return tx.update(record, _with_id(resource, record.id), service.now(), secrets)
    return tx.touch(record, service.now()) if changed_members else record


def _hash_ahead(kind: Kind, call: Call, values: Iterable[Any]) -> None:
    """Hash the secrets that a request seems to set: that takes long, and writers wait in line."""
    names, last = {name.lower() for name in kind.secrets}, dict[str, str]()
    for value in values if names else ():
        for name, secret in value.items() if isinstance(value, dict) else ():
            if name.lower() in names and isinstance(secret, str):
                last[name.lower()] = opaque(secret)
    call.hashes.update((secret, hashed(secret)) for secret in last.values())


def _existing(tx: Transaction, kind: Kind, id: str) -> Record:
    record = tx.get(kind.model, id)
    if record is None:
        raise NotFound(f"There is no {kind.model.name} with id {shortened(id)!r}.")
    return record


def _with_id(resource: Resource, id: str) -> Resource:
    """Return the resource as it is stored: `schemas` and `id` before all else."""
    return {"schemas": resource["schemas"], "id": id} | resource


# --- steps of the operations that read a request -----------------------------------------------


def _body(service: Service, kind: Kind, call: Call) -> Any:
    body = _read(service, kind, call)
    return relax_resource(body, kind.model, call.noted, service.spoken)


def _operations(service: Service, kind: Kind, call: Call) -> Sequence[Operation]:
    operations = list(by_core_urn(parse_patch(_read(service, kind, call)), kind.model))
    most = service.config.max_operations
    if sum(map(_weight, operations)) > most:
        raise PayloadTooLarge(f"A PATCH may change {most} attributes at most; send several.")
    if sum(len(path) for operation in operations for path in _paths(operation)) > _MOST_OF_PATHS:
        raise PayloadTooLarge(
            f"The paths of a PATCH may have {_MOST_OF_PATHS} characters in all; send several."
        )
    return relax_operations(operations, kind.model, call.noted, service.spoken)


def _weight(operation: Operation) -> int:
    """Return how many attributes an operation is about: without a path, each key names one."""
    several = operation.path is None and isinstance(operation.value, dict)
    return len(operation.value) if several else 1


# Filters in paths are read and compared: a megabyte of them is work for seconds.
_MOST_OF_PATHS: Final = 256 * 1024


def _paths(operation: Operation) -> Sequence[str]:
    if operation.path is not None:
        return [operation.path]
    return list(operation.value) if isinstance(operation.value, dict) else ()


def _read(service: Service, kind: Kind, call: Call) -> Any:
    # Only a list of members is ever long; the work on anything else is bounded by its size.
    return call.read_body(None if kind.has_members else service.config.max_resource)


def _terms(service: Service, call: Call) -> Terms:
    return Terms(service.spoken, call.noted)


def _preconditions(service: Service, call: Call) -> Preconditions:
    if call.preconditions is UNCONDITIONAL:
        return UNCONDITIONAL
    return relax_preconditions(call.preconditions, call.noted, service.spoken)


def _projection(service: Service, kind: Kind, call: Call) -> Projection:
    parameters = call.parameters
    if not parameters:
        return kind.unasked
    attributes, excluded = parameters.get("attributes"), parameters.get("excludedAttributes")
    return service.projection(kind, attributes, excluded, call.noted)


def _after(
    projection: Projection, kind: Kind, changes: Sequence[tuple[str | None, Any]]
) -> Projection:
    """Let the answer show what is returned on request, where the request names it."""
    return projection if kind.shown_whole else projection.after(changes)


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
