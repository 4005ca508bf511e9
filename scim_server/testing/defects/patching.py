"""What the defects of PATCH share: operations bent on their way, or carried out one by one."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    asking,
    replacing,
)

PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FILTER: Final = re.compile(r"\[.*\]")

Change = Callable[[Document], Document | None]


def operations_of(asked: Asked) -> list[Any]:
    """Return the operations of a PATCH; none when it has no list of them."""
    body = asked.json
    listed = body.get("Operations") if isinstance(body, dict) else None
    return listed if isinstance(listed, list) else []


def bending_all(change: Callable[[list[Any]], Iterable[Any]]) -> Breakage:
    """Bend the list of operations of each PATCH."""

    def bend(asked: Asked) -> None:
        if operations_of(asked):
            asked.json = asked.json | {"Operations": list(change(operations_of(asked)))}

    return asking(bend, method="PATCH")


def bending(change: Change) -> Breakage:
    """Bend each operation; None leaves it out, which the server then knows nothing of."""

    def breakage(asked: Asked, server: Server) -> Told:
        given = operations_of(asked)
        if asked.method != "PATCH" or not given:
            return server(asked)
        bent = [change(dict(one)) if isinstance(one, dict) else one for one in given]
        kept = [one for one in bent if one is not None]
        if not kept:
            return done_nothing(asked, server)
        asked.json = asked.json | {"Operations": kept}
        return server(asked)

    return breakage


def dropping(is_dropped: Callable[[Document], object]) -> Breakage:
    """Ignore some operations, and call it a success."""
    return bending(lambda one: None if is_dropped(one) else one)


def paths(change: Callable[[str], str]) -> Breakage:
    """Read the path of each operation as another one."""

    def bend(one: Document) -> Document:
        path = one.get("path")
        return one | {"path": change(path)} if isinstance(path, str) else one

    return bending(bend)


def refusing(
    is_refused: Callable[[Document], object], scim_type: str = "invalidPath", status: int = 400
) -> Breakage:
    """Refuse PATCHes with such an operation."""

    def breakage(asked: Asked, server: Server) -> Told:
        given = [one for one in operations_of(asked) if isinstance(one, dict)]
        if asked.method == "PATCH" and any(map(is_refused, given)):
            return Told.error(status, scim_type if status == 400 else None)
        return server(asked)

    return breakage


def forgiving(
    is_forgiven: Callable[[Document], object], *scim_types: str, status: int = 400
) -> Breakage:
    """Call a PATCH done that had to be refused; nothing is changed."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        given = [one for one in operations_of(asked) if isinstance(one, dict)]
        is_meant = (
            told.status == status and asked.method == "PATCH" and any(map(is_forgiven, given))
        )
        if is_meant and (not scim_types or told.document.get("scimType") in scim_types):
            return done_nothing(asked, server)
        return told

    return breakage


def done_nothing(asked: Asked, server: Server) -> Told:
    """Answer as after a success."""
    return server(asked.other("GET", asked.path))


def one_by_one(asked: Asked, server: Server, *, go_on: bool = False) -> list[Told]:
    """Carry out each operation by itself, up to the first that fails, or all of them."""
    told: list[Told] = []
    for one in operations_of(asked):
        document = {"schemas": [PATCH_OP], "Operations": [one]}
        told.append(server(asked.other("PATCH", asked.path, document)))
        if not told[-1].ok and not go_on:
            break
    return told


def seeing(change: Callable[[Document, Document], Document | None]) -> Breakage:
    """Bend each operation by what the resource is before the PATCH; None leaves it out."""

    def breakage(asked: Asked, server: Server) -> Told:
        if asked.method != "PATCH":
            return server(asked)
        before = asked.read(server)
        return bending(lambda one: change(one, before))(asked, server)

    return breakage


def patched(change: Callable[[Document, Document, list[Any]], Document]) -> Breakage:
    """Break what the server makes of a resource: given what was, what is right, and how it came."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def broken(resource: Document, operations: list[Any], *rest: Any, **named: Any) -> Document:
            return change(resource, original(resource, operations, *rest, **named), operations)

        return broken

    return replacing("scim_server.operations:apply_patch", make)


def path_of(one: Document) -> str:
    """Return an operation's path; an empty text when there is none."""
    path = one.get("path")
    return path if isinstance(path, str) else ""


def is_op(op: str, one: Document) -> bool:
    """Whether an operation is of that kind."""
    return one.get("op") == op


def without_path(one: Document) -> bool:
    """Whether an operation names its attributes in its value."""
    return "path" not in one and isinstance(one.get("value"), dict)


def has_filter(one: Document) -> bool:
    """Whether the path chooses values."""
    return "[" in path_of(one)


def attribute_of(one: Document) -> str:
    """Return the attribute that a path names, without filter and sub-attribute."""
    return re.split(r"[\[.]", path_of(one))[0]


def values_at(one: Document, resource: Document) -> list[Document]:
    """Return the values of the attribute that the path names."""
    found = resource.get(attribute_of(one))
    return [value for value in found if isinstance(value, dict)] if isinstance(found, list) else []


def chosen_by(one: Document, resource: Document) -> list[Document]:
    """Return the values that a path's filter chooses, if it is one comparison by `eq`."""
    match = re.search(r'\[(\w+) eq "([^"]*)"\]', path_of(one))
    if match is None:
        return values_at(one, resource)
    name, text = match.groups()
    return [value for value in values_at(one, resource) if value.get(name) == text]
