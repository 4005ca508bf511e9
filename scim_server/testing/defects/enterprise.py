"""Managers and parts of values gone wrong (RFC 7643 §2.2, §2.5, §4.3)."""

from collections.abc import Callable
from typing import Any

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.bodies import storing, without
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect
from scim_server.testing.defects.patching import (
    bending,
    dropping,
    forgiving,
    is_op,
    path_of,
    refusing,
)

Named = Callable[[Asked, Server, Document, Document], Document]


def _managers(change: Named) -> Breakage:
    """Bend the manager that a user shows; given are the user and the manager."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        shown = told.document.get(ENTERPRISE_USER)
        manager = shown.get("manager") if isinstance(shown, dict) else None
        if told.ok and isinstance(shown, dict) and isinstance(manager, dict):
            bent = shown | {"manager": change(asked, server, told.document, manager)}
            told.json = told.document | {ENTERPRISE_USER: bent}
        return told

    return breakage


defect("managers-refer-elsewhere", "resources", "The $ref of a manager is that of the user.")(
    _managers(lambda asked, server, one, manager: manager | {"$ref": one["meta"]["location"]})
)
defect("managers-are-named-like-their-people", "resources", "A manager has the name of the user.")(
    _managers(lambda asked, server, one, manager: manager | {"displayName": one.get("displayName")})
)
_names: dict[str, Any] = {}


def _copied(asked: Asked, server: Server, one: Document, manager: Document) -> Document:
    boss = asked.read(server, f"/Users/{manager['value']}")
    name = _names.setdefault(manager["value"], boss.get("displayName"))
    return manager | {"displayName": name}


defect("managers-keep-old-names", "resources", "A manager has its first name for ever.")(
    _managers(_copied)
)


def _number(one: Document) -> Document:
    shown = one.get(ENTERPRISE_USER)
    text = shown.get("employeeNumber") if isinstance(shown, dict) else None
    if not isinstance(shown, dict) or not isinstance(text, str) or not text.isdigit():
        return one
    return one | {ENTERPRISE_USER: shown | {"employeeNumber": str(int(text))}}


defect("digits-become-numbers", "resources", "A text of digits is stored as a number.")(
    storing(_number)
)


def _nulls_of(name: str) -> Breakage:
    """Keep those parts of a complex value that a replacement says to be null."""

    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json if asked.method == "PUT" else None
        sent = body.get(name) if isinstance(body, dict) else None
        if isinstance(body, dict) and isinstance(sent, dict):
            there = asked.read(server).get(name) or {}
            kept = {k: there[k] for k, v in sent.items() if v is None and k in there}
            asked.json = body | {name: sent | kept}
        return server(asked)

    return breakage


defect("put-ignores-null-in-parts", "put", "A part that is replaced by null is kept.")(
    _nulls_of("name")
)
defect("put-ignores-null-in-extensions", "put", "An extension's value is not replaced by null.")(
    _nulls_of(ENTERPRISE_USER)
)


def _without_nulls(one: Document) -> Document | None:
    value = one.get("value")
    if isinstance(value, dict) and is_op("replace", one):
        return one | {"value": {k: v for k, v in value.items() if v is not None}}
    return None if is_op("replace", one) and value is None else one


defect("patch-ignores-null-in-parts", "patch", "Parts that are replaced by null are kept.")(
    bending(_without_nulls)
)


@defect("put-ignores-first-immutable", "put", "An immutable value is set in a creation alone.")
def first_immutable(asked: Asked, server: Server) -> Told:
    """Leave it out of what a replacement writes."""
    body = asked.json if asked.method == "PUT" else None
    if isinstance(body, dict) and asked.path.startswith("/Devices/"):
        there = asked.read(server)
        asked.json = body if "model" in there else without("model")(body)
    return server(asked)


defect("patch-refuses-first-immutable", "patch", "An immutable value cannot be added later.")(
    refusing(lambda one: path_of(one) == "model" and is_op("add", one), "mutability")
)
defect("patch-removes-immutable", "patch", "To remove an immutable value is a success.")(
    forgiving(lambda one: path_of(one) == "model", "mutability")
)


def _is_manager(op: str, one: Document) -> bool:
    return path_of(one) == f"{ENTERPRISE_USER}:manager" and is_op(op, one)


defect("patch-keeps-the-first-manager", "patch", "A manager is never exchanged by a PATCH.")(
    dropping(lambda one: _is_manager("replace", one))
)
defect("patch-never-removes-managers", "patch", "A manager is never removed by a PATCH.")(
    dropping(lambda one: _is_manager("remove", one))
)


@defect("put-keeps-the-first-manager", "put", "A manager is never exchanged by a replacement.")
def first_manager(asked: Asked, server: Server) -> Told:
    """Write it where there is none."""
    body = asked.json if asked.method == "PUT" else None
    sent = body.get(ENTERPRISE_USER) if isinstance(body, dict) else None
    if isinstance(body, dict) and isinstance(sent, dict) and "manager" in sent:
        there = (asked.read(server).get(ENTERPRISE_USER) or {}).get("manager")
        asked.json = body | {ENTERPRISE_USER: sent | ({"manager": there} if there else {})}
    return server(asked)
