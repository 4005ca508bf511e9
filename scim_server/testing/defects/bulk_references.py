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

_references(
    "references-are-replaced-in-text",
    "A bulkId is replaced within another one.",
    lambda text: text.replace('"bulkId:11"', '"0123456789abcdef1"'),
)
define(
    "references-in-depth-lost",
    "A bulkId in a PATCH without a path is not replaced.",
    operations(
        lambda all: [
            o | {"data": json.loads(json.dumps(o["data"]).replace("bulkId:", "bulkid_"))}
            if o.get("method") == "PATCH" and '"path"' not in json.dumps(o.get("data"))
            else o
            for o in all
        ]
    ),
)
define(
    "references-in-paths-lost",
    "A bulkId in a path is not replaced.",
    operations(
        lambda all: [o | {"path": o["path"].replace("bulkId:", "bulkid_")} for o in all],
    ),
)
define(
    "location-has-the-bulk-id",
    "The location of what was named by bulkId holds the bulkId.",
    lambda a, s: _as_named(a, s),
)
define(
    "bulk-ids-are-remembered",
    "A bulkId is known in later requests, too.",
    lambda a, s: _remembering(a, s),
)
define(
    "circle-is-400",
    "Groups that are members of each other are refused with 400.",
    lambda a, s: _circle(a, s),
)

_known: dict[str, str] = {}


def _as_named(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if asked.path == "/Bulk" and told.ok:
        sent = asked.json["Operations"]
        shown = [
            one | {"location": asked.base_url + operation["path"]}
            if "bulkId:" in operation["path"]
            else one
            for operation, one in zip(sent, told.document["Operations"], strict=False)
        ]
        told.json = told.document | {"Operations": shown}
    return told


def _remembering(asked: Asked, server: Server) -> Told:
    if asked.path == "/Bulk" and asked.method == "POST":
        text = asked.body.decode("utf-8", "replace")
        for bulk_id, found in _known.items():
            if f'"bulkId": "{bulk_id}"' not in text:
                text = text.replace(f'"bulkId:{bulk_id}"', f'"{found}"')
        asked.body = text.encode()
    told = server(asked)
    for one in told.document.get("Operations") or [] if asked.path == "/Bulk" else []:
        if one["status"] == "201":
            _known[one["bulkId"]] = str(one["location"]).rpartition("/")[2]
    return told


def _circle(asked: Asked, server: Server) -> Told:
    text = asked.body.decode("utf-8", "replace")
    if asked.path != "/Bulk" or "bulkId:one" not in text or "bulkId:two" not in text:
        return server(asked)
    if any(one["path"] != "/Groups" for one in asked.json["Operations"]):
        return server(asked)
    refused = Told.error(400, "invalidValue").document
    listed = [
        {"method": "POST", "bulkId": one["bulkId"], "status": "400", "response": refused}
        for one in asked.json["Operations"]
    ]
    schema = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
    return Told.of(200, {"schemas": [schema], "Operations": listed})
