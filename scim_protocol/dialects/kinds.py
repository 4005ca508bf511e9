"""What a dialect is: a deviation with a name, who sends it, and what rewrites it."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Any

from scim_protocol.definitions import Attribute, ResourceModel
from scim_protocol.patch import Operation
from scim_protocol.resource import Resource

Body = Callable[[Resource, ResourceModel], Resource]
Value = Callable[[Any, Attribute], Any]
Rewrite = Callable[[Operation, ResourceModel], Iterable[Operation]]
Settle = Callable[[Operation, Resource, ResourceModel], Iterable[Operation]]
Noted = set[str]
Spoken = Set[str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A deviation from the RFC that is understood.

    A unit may rewrite a resource in a body, each value in bodies and in operations, an operation as
    it came, an operation when its turn comes. One that does none of these is met in the filter, the
    path or the headers of a request.

    :param sent_by: who sends it.
    :param source: where that is told.
    :param by_default: it is understood unless it is switched off; else only if it is switched on.
    """

    name: str
    sent_by: str
    source: str
    body: Body | None = None
    value: Value | None = None
    rewrite: Rewrite | None = None
    settle: Settle | None = None
    by_default: bool = True


def note(name: str, needed: bool, noted: Noted | None) -> None:
    """Add the name of a dialect to those that were needed."""
    if needed and noted is not None:
        noted.add(name)
