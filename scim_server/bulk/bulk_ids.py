"""References to what a bulk request creates, wherever an id may stand (RFC 7644 §3.7.2).

`bulkId:qwerty` stands for the id of the resource that the POST with that bulkId creates: as the id
in a path, and in the data wherever the schema says that an attribute refers to resources. That is
the `value` or `$ref` of one that has a `$ref` (members, a manager), or whatever has the types of
resources as its `referenceTypes`. All other text is text, a displayName of `bulkId:x` too.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from scim_protocol.definitions import Attribute, ResourceModel
from scim_protocol.patch import Operation
from scim_protocol.relaxing import place_of, qualify_path

Resolve = Callable[[str], str]  # the id that a bulkId stands for

PREFIX: Final = "bulkId:"
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def mentions_bulk_id(data: Any) -> bool:
    """Tell whether `bulkId:` stands anywhere in JSON; most has none, and need not be walked."""
    return PREFIX in str(data)


def resolve_id(text: str, resolve: Resolve) -> str:
    """Return an id, or a URL that ends in one, with what a reference stands for in its place."""
    if text.startswith(PREFIX):
        return resolve(text.removeprefix(PREFIX))
    head, slash, id = text.rpartition("/")
    return head + slash + resolve(id.removeprefix(PREFIX)) if id.startswith(PREFIX) else text


def resolve_data(data: Any, model: ResourceModel, resolve: Resolve) -> Any:
    """Return a resource with ids for its references."""
    if not isinstance(data, dict):
        return data
    return {name: _resolve_at(name, part, model, resolve) for name, part in data.items()}


def resolve_patch(message: Any, model: ResourceModel, resolve: Resolve) -> Any:
    """Return a PatchOp message with ids for its references, in values and in paths."""
    if isinstance(message, list):
        return [_resolve_operation(one, model, resolve) for one in message]
    return {
        name: resolve_patch(part, model, resolve)
        if name.lower() == "operations" and isinstance(part, list)
        else part
        for name, part in message.items()
    }


def _resolve_operation(operation: Any, model: ResourceModel, resolve: Resolve) -> Any:
    if not isinstance(operation, dict):
        return operation
    given = {name.lower(): part for name, part in operation.items()}
    path = given.get("path")
    resolved = dict(operation)
    for name, part in operation.items():
        if name.lower() == "value" and isinstance(path, str):
            resolved[name] = _resolve_at(path, part, model, resolve)
        elif name.lower() == "value":
            resolved[name] = resolve_data(part, model, resolve)
        elif name.lower() == "path" and isinstance(part, str):
            resolved[name] = _resolve_path(part, model, resolve)
    return resolved


def _resolve_at(path: str, value: Any, model: ResourceModel, resolve: Resolve) -> Any:
    """Resolve a value for what a path, or the name of an attribute, leads to."""
    if path.lower() == model.core.id.lower():
        return resolve_data(value, model, resolve)
    place = place_of(Operation("add", qualify_path(path, model)), model)
    if place is None:
        return value  # Whoever reads it says what is wrong with it.
    target = place.target
    return _resolve_value(value, target.leaf, target.attribute if target.sub else None, resolve)


def _resolve_value(
    value: Any, attribute: Attribute, whole: Attribute | None, resolve: Resolve
) -> Any:
    """Resolve a value of an attribute, which may be a part of a whole."""
    if isinstance(value, list):
        return [_resolve_value(one, attribute, whole, resolve) for one in value]
    if isinstance(value, str):
        return resolve_id(value, resolve) if _is_reference(attribute, whole) else value
    if not isinstance(value, dict):
        return value
    subs = {name: attribute.sub(name) for name in value}
    return {
        name: _resolve_value(part, sub, attribute, resolve) if (sub := subs[name]) else part
        for name, part in value.items()
    }


def _is_reference(attribute: Attribute, whole: Attribute | None = None) -> bool:
    """Tell whether text for an attribute is an id, or the URL of a resource."""
    if attribute.is_complex:  # A bare id is the `value` of a reference.
        return attribute.sub("$ref") is not None
    if whole is not None and whole.sub("$ref") and attribute.name.lower() in ("value", "$ref"):
        return True
    return bool(set(attribute.reference_types) - {"uri", "external"})


def _resolve_path(path: str, model: ResourceModel, resolve: Resolve) -> str:
    """Resolve the quoted values of a path's filter: `members[value eq "bulkId:qwerty"]`."""
    place = place_of(Operation("add", qualify_path(path, model)), model)
    if place is None or not _is_reference(place.target.attribute):
        return path
    return _QUOTED.sub(lambda quoted: _resolve_quoted(quoted[0], resolve), path)


def _resolve_quoted(literal: str, resolve: Resolve) -> str:
    text = json.loads(literal)
    return json.dumps(resolve_id(text, resolve)) if PREFIX in text else literal
