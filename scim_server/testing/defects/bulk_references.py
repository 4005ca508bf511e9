"""References within bulk requests gone wrong (RFC 7644 §3.7.2)."""

import json
from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bulk_messages import define, less, operations
from scim_server.testing.defects.mechanism import Asked, Server, Told


def _references(name: str, what: str, change: Callable[[str], str]) -> None:
    """Bend what follows `bulkId:` in the operations."""

    def edit(all_: list[Any]) -> list[Any]:
        return [
            less(one, "data") | ({"data": _bent(one["data"])} if "data" in one else {})
            for one in all_
        ]

    def _bent(data: Any) -> Any:
        return json.loads(change(json.dumps(data)))

    define(name, what, operations(edit))


_references(
    "references-are-text",
    "A bulkId in data is not replaced.",
    lambda text: text.replace("bulkId:", "bulkid_"),
)
_references(
    "members-by-bulk-id-lost",
    "Members that are named by bulkId are left out.",
    lambda text: _without_references(text),
)
_references(
    "manager-by-bulk-id-lost",
    "A manager who is named by bulkId is left out.",
    lambda text: text.replace('"manager": {"value": "bulkId:boss"}', '"department": "x"'),
)
_references(
    "first-reference-only",
    "Only the first of several bulkIds is replaced.",
    lambda text: text.replace('{"value": "bulkId:two"}, ', "").replace(
        ', {"value": "bulkId:two"}', ""
    ),
)
define(
    "references-in-patch-lost",
    "A bulkId in a PATCH is left out.",
    operations(
        lambda all: [
            o | {"data": json.loads(_without_references(json.dumps(o["data"])))}
            if o.get("method") == "PATCH" and "data" in o
            else o
            for o in all
        ]
    ),
)
define(
    "references-in-put-lost",
    "A bulkId in a PUT is left out.",
    operations(
        lambda all: [
            o | {"data": json.loads(_without_references(json.dumps(o["data"])))}
            if o.get("method") == "PUT" and "data" in o
            else o
            for o in all
        ]
    ),
)
define(
    "unknown-references-succeed",
    "A bulkId that nobody has is told as stored.",
    lambda a, s: _unknown(a, s),
)


def _without_references(text: str) -> str:
    document = json.loads(text)

    def cut(value: Any) -> Any:
        if isinstance(value, list):
            return [
                cut(one)
                for one in value
                if "bulkId:" not in json.dumps(one) or "members" in json.dumps(one)
            ]
        if isinstance(value, dict):
            return {key: cut(one) for key, one in value.items()}
        return value

    return json.dumps(cut(document))


def _unknown(asked: Asked, server: Server) -> Told:
    """Make the group, and show the bulkId as its member."""
    told = server(asked)
    if "bulkId:nobody" in asked.body.decode("utf-8", "replace") and asked.path == "/Bulk":
        for one in told.document.get("Operations") or []:
            group = asked.json["Operations"][0]["data"] | {"members": []}
            made = server(asked.other("POST", "/Groups", group)).document
            _strangers.add(made["id"])
            result = less(one, "response") | {
                "status": "201",
                "location": made["meta"]["location"],
            }
            told.json = told.document | {"Operations": [result]}
    if asked.method == "GET" and asked.path.rpartition("/")[2] in _strangers:
        told.json = told.document | {"members": [{"value": "bulkId:nobody"}]}
    return told


_strangers: set[str] = set()
