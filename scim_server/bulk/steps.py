"""What each operation of a bulk request means, found out before any is carried out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.dialects import Noted, relax_method
from scim_protocol.errors import (
    InvalidSyntax,
    InvalidValue,
    MethodNotAllowed,
    NotFound,
    ScimError,
    shortened,
)
from scim_protocol.messages import BulkOperation
from scim_server.bulk.bulk_ids import mentions_bulk_id, resolve_data, resolve_id, resolve_patch
from scim_server.operations import New
from scim_server.service import Kind, Service

METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")


@dataclass(eq=False, slots=True)
class Step:
    """An operation with its path read and its references resolved.

    `id` is that of its resource, for a POST the one it will have. `needs` are the numbers of the
    POSTs that it refers to. Where there is a `fault`, it cannot be carried out. `new` is what a
    POST adds, once that is checked.
    """

    operation: BulkOperation
    method: str
    kind: Kind | None = None
    id: str = ""
    data: Any = None
    needs: frozenset[int] = frozenset()
    fault: ScimError | None = None
    new: New | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Created:
    """What a bulkId stands for: the POST with it, and the id of what that creates."""

    number: int
    id: str


def bare(error: ScimError) -> ScimError:
    """Return an error that is to be kept, without what it would keep: all that its frames held."""
    error.__context__ = error.__cause__ = None
    return error.with_traceback(None)


def read_steps(service: Service, operations: Sequence[BulkOperation], noted: Noted) -> list[Step]:
    """Find out what each operation means; what is wrong with one is its step's fault."""
    spoken = service.spoken
    steps = [Step(each, relax_method(each.method, noted, spoken)) for each in operations]
    created = _created(steps, service.new_id)
    for step in steps:
        try:
            _read(step, service.kinds, created)
        except ScimError as fault:
            step.fault = bare(fault)
    return steps


def _created(steps: Iterable[Step], new_id: Callable[[], str]) -> dict[str, _Created]:
    """Say what each bulkId stands for; of POSTs with the same one, none is to be carried out."""
    created: dict[str, _Created] = {}
    firsts: dict[str, Step] = {}
    for number, step in enumerate(steps):
        bulk_id = step.operation.bulk_id
        if step.method != "POST" or not bulk_id:
            continue
        if bulk_id in created:
            detail = f"The bulkId {shortened(bulk_id)!r} is that of several POSTs."
            firsts[bulk_id].fault = InvalidValue(detail)
            step.fault = InvalidValue(detail)
        else:
            created[bulk_id], firsts[bulk_id] = _Created(number, new_id()), step
    return created


def _read(step: Step, kinds: Iterable[Kind], created: Mapping[str, _Created]) -> None:
    """Read what an operation is about.

    :raises ScimError: it cannot be carried out.
    """
    needs: set[int] = set()

    def resolve(bulk_id: str) -> str:
        known = created.get(bulk_id)
        if known is None:
            raise InvalidValue(
                f"bulkId:{shortened(bulk_id)}: no POST of this request has that bulkId."
            )
        needs.add(known.number)
        return known.id

    if step.method not in METHODS:
        raise MethodNotAllowed(
            f"A bulk operation's method is {', '.join(METHODS)}, not {shortened(step.method)!r}."
        )
    step.kind, id = _place(step.operation.path, kinds)
    _check_shape(step, step.kind, id)
    if step.method == "POST":
        step.id = created[step.operation.bulk_id or ""].id
    else:
        step.id = resolve_id(id, resolve)
    step.data = _data(step, step.kind.model, resolve)
    step.needs = frozenset(needs)


def _place(path: str, kinds: Iterable[Kind]) -> tuple[Kind, str]:
    """Return the resource type that a path is about, and the id in it, if there is one."""
    place = "/" + path.strip("/")
    for kind in kinds:
        endpoint = kind.model.endpoint
        if place == endpoint or place.startswith(endpoint + "/"):
            return kind, unquote(place[len(endpoint) + 1 :])
    raise NotFound(f"{shortened(path)!r} is no path to resources, such as /Users or /Users/{{id}}.")


def _check_shape(step: Step, kind: Kind, id: str) -> None:
    """Refuse an operation that lacks what its method needs (§3.7)."""
    endpoint = kind.model.endpoint
    if step.method == "POST":
        if id:
            raise MethodNotAllowed(f"A POST is to {endpoint}, without an id.")
        if not step.operation.bulk_id:
            raise InvalidSyntax("A POST needs a `bulkId`.")
    elif not id:
        raise MethodNotAllowed(f"A {step.method} is of one resource: {endpoint}/{{id}}.")
    if step.operation.data is None and step.method != "DELETE":
        raise InvalidSyntax(f"A {step.method} needs `data`.")


def _data(step: Step, model: ResourceModel, resolve: Callable[[str], str]) -> Any:
    data = step.operation.data
    if step.method != "PATCH":
        return resolve_data(data, model, resolve) if mentions_bulk_id(data) else data
    # The RFC's own example of a PATCH in a bulk request has no `schemas` (§3.7.3).
    named = any(name.lower() == "schemas" for name in data)
    message = data if named else {"schemas": [urns.PATCH_OP]} | data
    return resolve_patch(message, model, resolve) if mentions_bulk_id(data) else message
