"""What bulk requests made, and their versions, gone wrong (RFC 7644 §3.7 and §3.14)."""

from scim_server.testing.defects.bulk_messages import define, less, operations, results
from scim_server.testing.defects.mechanism import Asked, Server, Told

define(
    "version-of-put-ignored",
    "`version` of a PUT is ignored.",
    operations(
        lambda all: [less(o, "version") if o.get("method") == "PUT" else o for o in all],
    ),
)
define(
    "version-of-changes-is-old",
    "The version in the result of a change is the one before.",
    results(
        lambda o: o["method"] in ("PUT", "PATCH") and "version" in o and o.update(version='W/"0"')
    ),
)
define(
    "changes-keep-the-version",
    "What a bulk request changes keeps its version.",
    lambda a, s: _kept(a, s),
)
define(
    "created-without-meta",
    "What a bulk request creates has no meta.created.",
    lambda a, s: _bare(a, s),
)

_versions: dict[str, str] = {}
_made: set[str] = set()


def _kept(asked: Asked, server: Server) -> Told:
    for path in _changed(asked):
        tag = server(asked.other("GET", path)).headers.get("ETag")
        _versions.setdefault(path, tag or "")
    told = server(asked)
    if asked.method == "GET" and _versions.get(asked.path) and "ETag" in told.headers:
        told.headers["ETag"] = _versions[asked.path]
    return told


def _changed(asked: Asked) -> list[str]:
    message = asked.json if asked.path == "/Bulk" else None
    listed = message.get("Operations") if isinstance(message, dict) else None
    changes = [one for one in listed or [] if isinstance(one, dict)]
    return [str(one.get("path")) for one in changes if one.get("method") in ("PUT", "PATCH")]


def _bare(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if asked.path == "/Bulk" and told.ok:
        _made.update(
            str(one["location"]).rpartition("/")[2]
            for one in told.document["Operations"]
            if one["status"] == "201"
        )
    if told.document.get("id") in _made:
        told.json = told.document | {"meta": less(told.document["meta"], "created")}
    return told
