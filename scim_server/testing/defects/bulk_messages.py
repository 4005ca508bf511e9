"""What defects of bulk requests are made of: messages bent on their way."""

from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect

_OK = ("200", "201", "204")


def define(name: str, what: str, breakage: Breakage) -> None:
    """Register a defect of bulk requests."""
    defect(f"bulk-{name}", "bulk", what)(breakage)


def asking(change: Callable[[Document], Any]) -> Breakage:
    """Bend the request: `change` edits the message."""

    def breakage(asked: Asked, server: Server) -> Told:
        if asked.path == "/Bulk" and isinstance(asked.json, dict):
            message = asked.json
            change(message)
            asked.json = message
        return server(asked)

    return breakage


def operations(change: Callable[[list[Any]], list[Any]]) -> Breakage:
    """Carry out other operations."""

    def edit(message: Document) -> None:
        if isinstance(message.get("Operations"), list):
            message["Operations"] = change(message["Operations"])

    return asking(edit)


def telling(change: Callable[[Document], Any]) -> Breakage:
    """Bend the answer: `change` edits the message."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if asked.path == "/Bulk" and told.status == 200:
            message = told.document
            changed = change(message)
            told.json = message if changed is None else changed
        return told

    return breakage


def results(change: Callable[[Document], Any]) -> Breakage:
    """Bend the result of each operation."""

    def edit(message: Document) -> None:
        for one in message["Operations"]:
            change(one)

    return telling(edit)


def failed(one: Document) -> bool:
    """Whether an operation failed."""
    return one.get("status") not in _OK


def instead(answer: Callable[[Told], Told], test: Callable[[Told], object] = bool) -> Breakage:
    """Answer otherwise."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        return answer(told) if asked.path == "/Bulk" and test(told) else told

    return breakage


def some_failed(told: Told) -> bool:
    """Whether any operation failed."""
    return any(map(failed, told.document.get("Operations") or []))


def pop(name: str, test: Callable[[Document], object] = bool) -> Callable[[Document], Any]:
    """Leave a member out of results that pass a test."""
    return lambda one: one.pop(name, None) if test(one) else None


def untrue(verb: str) -> Breakage:
    """Let the operations of one method have no effect, and tell of a success."""

    def breakage(asked: Asked, server: Server) -> Told:
        message = asked.json if asked.path == "/Bulk" else None
        listed = message.get("Operations") if isinstance(message, dict) else None
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            return server(asked)
        done = [one for one in listed if one.get("method") != verb]
        asked.json = {**asked.json, "Operations": done}
        told = server(asked)
        told_of = told.document.get("Operations") or []
        lies = [_lie(asked, one) for one in listed if one.get("method") == verb]
        told.json = told.document | {"Operations": [*told_of, *lies]}
        return told

    return breakage


def _lie(asked: Asked, operation: Document) -> Document:
    """Return the result of an operation that was not carried out."""
    verb = str(operation["method"])
    location = f"{asked.base_url}{operation.get('path')}" + ("/1" if verb == "POST" else "")
    status = {"POST": "201", "DELETE": "204"}.get(verb, "200")
    return less(operation, "data", "path") | {"location": location, "status": status}


def less(operation: Document, *names: str) -> Document:
    """Return an operation without some of its members."""
    return {key: value for key, value in operation.items() if key not in names}
