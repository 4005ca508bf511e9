"""Bulk requests that are cut, ordered or refused as they should not be (RFC 7644 §3.7)."""

from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bulk_messages import asking, define, failed, operations, results
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told


def _crashing(test: Callable[[Document], object]) -> Breakage:
    """Fail as a whole on an operation that passes a test."""

    def breakage(asked: Asked, server: Server) -> Told:
        return Told.error(500) if any(map(test, _operations(asked))) else server(asked)

    return breakage


def _operations(asked: Asked) -> list[Document]:
    message = asked.json if asked.path == "/Bulk" else None
    listed = message.get("Operations") if isinstance(message, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def _sorted(key: Callable[[Document], Any]) -> Breakage:
    return operations(lambda all: sorted(all, key=lambda o: isinstance(o, dict) and key(o)))


define(
    "deletions-first",
    "Deletions come first.",
    _sorted(lambda one: one.get("method") != "DELETE"),
)
define(
    "users-first",
    "Operations on users come first.",
    _sorted(lambda one: not str(one.get("path")).startswith("/Users")),
)
define(
    "missing-is-no-error",
    "failOnErrors does not count what is not there.",
    asking(lambda message: _accept_missing(message)),
)
define(
    "location-of-failed-creation",
    "A creation that failed has a location.",
    results(
        lambda o: (
            failed(o)
            and o["method"] == "POST"
            and o.update(location="https://scim.example/Users/none")
        )
    ),
)
define(
    "response-has-another-keyword",
    "The error in a response has another scimType than alone.",
    results(lambda o: failed(o) and o["response"].update(scimType="noTarget")),
)
define(
    "response-has-no-keyword",
    "The error in a response has no scimType.",
    results(lambda o: failed(o) and o["response"].pop("scimType", None)),
)
define(
    "odd-path-is-500",
    "A path that is a number is a 500.",
    _crashing(lambda one: isinstance(one.get("path"), int)),
)
define(
    "odd-data-is-500",
    "Data that is text is a 500.",
    _crashing(lambda one: isinstance(one.get("data"), str)),
)
define(
    "unknown-path-reference-is-500",
    "A bulkId in a path that nobody has is a 500.",
    _crashing(lambda one: "bulkId:nobody" in str(one.get("path"))),
)
define(
    "fail-on-errors-text-is-500",
    "failOnErrors that is text is a 500.",
    lambda a, s: (
        Told.error(500)
        if a.path == "/Bulk" and isinstance(a.json, dict) and a.json.get("failOnErrors") == "x"
        else s(a)
    ),
)


define(
    "groups-are-only-created",
    "Operations on groups fail, but for creations.",
    operations(
        lambda all: [
            one | {"path": "/Nothing/1"}
            if isinstance(one, dict) and str(one.get("path")).startswith("/Groups/")
            else one
            for one in all
        ]
    ),
)


def _accept_missing(message: Document) -> None:
    limit = message.get("failOnErrors")
    if isinstance(limit, int):
        deletions = [one for one in message["Operations"] if one.get("method") == "DELETE"]
        message["failOnErrors"] = limit + len(deletions)
