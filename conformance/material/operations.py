"""Operations of a PATCH, and values to try them on."""

from typing import Any, Final

from conformance.claims import Document
from scim_protocol.urns import ENTERPRISE_USER, USER

DEPARTMENT: Final = f"{ENTERPRISE_USER}:department"
CORE_NAME: Final = f"{USER}:displayName"

WORK: Final[Document] = {"value": "work@example.com", "type": "work"}
HOME: Final[Document] = {"value": "home@example.com", "type": "home"}
OTHER: Final[Document] = {"value": "other@example.org", "type": "other"}


def add(path: str | None, value: Any) -> Document:
    """Return an `add`; without a path the value holds attributes."""
    return _operation("add", path) | {"value": value}


def replace(path: str | None, value: Any) -> Document:
    """Return a `replace`; without a path the value holds attributes."""
    return _operation("replace", path) | {"value": value}


def remove(path: str | None) -> Document:
    """Return a `remove`."""
    return _operation("remove", path)


def _operation(op: str, path: str | None) -> Document:
    return {"op": op} if path is None else {"op": op, "path": path}
