"""What the defects of resources share: bodies bent before they are stored, errors forgiven."""

from collections.abc import Callable
from typing import Any, Final

from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    asking,
    telling,
)

DISCOVERY: Final = ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas")


def storing(
    change: Callable[[Document], Document | None], *, method: str = "POST PUT", path: str = ""
) -> Breakage:
    """Store something else than what was sent."""

    def bend(asked: Asked) -> None:
        body = asked.json
        if isinstance(body, dict) and "Operations" not in body and ".search" not in asked.path:
            asked.json = change(dict(body)) or body

    return asking(bend, method=method, path=path)


def without(*names: str) -> Callable[[Document], Document]:
    """Leave members out."""
    return lambda one: {name: value for name, value in one.items() if name not in names}


def each_text(change: Callable[[str], str]) -> Callable[[Any], Any]:
    """Change every text in a value, names aside."""

    def bent(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: bent(one) for name, one in value.items() if name != "schemas"} | (
                {"schemas": value["schemas"]} if "schemas" in value else {}
            )
        if isinstance(value, list):
            return [bent(one) for one in value]
        return change(value) if isinstance(value, str) else value

    return bent


def status(old: int, new: int, *, method: str = "", path: str = "") -> Breakage:
    """Answer with another status."""
    return telling(
        lambda asked, told: setattr(told, "status", new), method=method, path=path, status=old
    )


def answering(
    when: Callable[[Asked], object], make: Callable[[Asked], Told], *, method: str = ""
) -> Breakage:
    """Answer some requests without asking the server."""

    def breakage(asked: Asked, server: Server) -> Told:
        is_meant = (not method or asked.method in method.split()) and when(asked)
        return make(asked) if is_meant else server(asked)

    return breakage


def failing(when: Callable[[Asked], object], *, method: str = "", status: int = 500) -> Breakage:
    """Crash on some requests."""
    return answering(when, lambda asked: Told.error(status), method=method)


def repaired(
    fix: Callable[[Document], Document | None], *, method: str = "POST PUT", status: int = 400
) -> Breakage:
    """Where the server refuses, do what it would have been without the offence."""

    def breakage(asked: Asked, server: Server) -> Told:
        body = asked.json
        told = server(asked)
        if (
            asked.method not in method.split()
            or told.status != status
            or not isinstance(body, dict)
        ):
            return told
        fixed = fix(dict(body))
        return told if fixed is None else server(asked.other(asked.method, asked.path, fixed))

    return breakage


def is_one(asked: Asked) -> bool:
    """Whether a request is about one resource, and not about a list or discovery."""
    parts = asked.path.strip("/").split("/")
    return len(parts) == 2 and not asked.path.startswith(DISCOVERY) and parts[1] != ".search"


def listed(change: Callable[[Document], Document]) -> Breakage:
    """Bend what lists show, and nothing else."""

    def edit(asked: Asked, told: Told) -> None:
        document = told.document
        if "totalResults" in document and not asked.path.startswith(DISCOVERY):
            told.json = document | {"Resources": [change(o) for o in document.get("Resources", [])]}

    return telling(edit)


def read(change: Callable[[Document], Document], type: str = "") -> Breakage:
    """Bend what the read of one resource shows, and nothing else."""

    def edit(asked: Asked, told: Told) -> None:
        document = told.document
        kind = (document.get("meta") or {}).get("resourceType")
        if is_one(asked) and told.status == 200 and type in ("", kind):
            told.json = change(document)

    return telling(edit, method="GET")
