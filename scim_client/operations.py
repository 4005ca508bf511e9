"""The operations of a PATCH request, as functions (RFC 7644 §3.5.2).

scim.users.patch(id, replace("active", False), remove('emails[type eq "home"]'))
"""

from typing import Any

from scim_protocol.patch import Operation

__all__ = ["Operation", "add", "remove", "replace"]


def add(path: str | None, value: Any) -> Operation:
    """Add a value to an attribute; with `None` for a path, `value` is an object of attributes."""
    return Operation("add", path, value)


def replace(path: str | None, value: Any) -> Operation:
    """Replace an attribute's value; with `None` for a path, `value` is an object of attributes."""
    return Operation("replace", path, value)


def remove(path: str, value: Any = None) -> Operation:
    """Remove an attribute, or what a path with a filter selects.

    A value is not in the RFC; it is there for servers that want the members to remove listed.
    """
    return Operation("remove", path, value)
