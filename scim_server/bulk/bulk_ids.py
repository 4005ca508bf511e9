"""References to what a bulk request creates, wherever they stand (RFC 7644 §3.7.2).

`bulkId:qwerty` stands for the id of the resource that the POST with that bulkId creates: as the id
in a path, as any value in the data, and in the filter of a PATCH path.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

Resolve = Callable[[str], str]  # the id that a bulkId stands for

PREFIX: Final = "bulkId:"
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def resolve_id(text: str, resolve: Resolve) -> str:
    """Return an id with the one it stands for in its place, if it is a reference."""
    return resolve(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else text


def resolve_data(data: Any, resolve: Resolve) -> Any:
    """Return a resource, or a part of one, with ids for its references."""
    if isinstance(data, str):
        return resolve_id(data, resolve)
    if isinstance(data, list):
        return [resolve_data(one, resolve) for one in data]
    if isinstance(data, dict):
        return {name: _resolve_part(name, part, resolve) for name, part in data.items()}
    return data


def resolve_patch(message: Any, resolve: Resolve) -> Any:
    """Return a PatchOp message with ids for its references, in values and in paths."""
    if isinstance(message, list):
        return [resolve_patch(one, resolve) for one in message]
    if not isinstance(message, dict):
        return message
    resolved: dict[str, Any] = {}
    for name, part in message.items():
        if name.lower() == "operations":
            resolved[name] = resolve_patch(part, resolve)
        elif name.lower() == "path" and isinstance(part, str):
            resolved[name] = _resolve_path(part, resolve)
        else:
            resolved[name] = resolve_data(part, resolve)
    return resolved


def _resolve_part(name: str, part: Any, resolve: Resolve) -> Any:
    if name.lower() == "$ref" and isinstance(part, str):
        # A URL, whose last segment is the id.
        head, slash, id = part.rpartition("/")
        return head + slash + resolve_id(id, resolve)
    return resolve_data(part, resolve)


def _resolve_path(path: str, resolve: Resolve) -> str:
    """Resolve the quoted values of a path's filter: `members[value eq "bulkId:qwerty"]`."""
    return _QUOTED.sub(lambda quoted: _resolve_quoted(quoted[0], resolve), path)


def _resolve_quoted(literal: str, resolve: Resolve) -> str:
    try:
        text = json.loads(literal)
    except ValueError:
        return literal  # Whoever reads the path says what is wrong with it.
    return json.dumps(resolve_id(text, resolve)) if text.startswith(PREFIX) else literal
