"""Bulk requests gone wrong (RFC 7644 §3.7)."""

from collections.abc import Callable

from scim_server.testing.defects.bulk_messages import (
    asking,
    define,
    failed,
    instead,
    less,
    operations,
    pop,
    results,
    some_failed,
    telling,
    untrue,
)
from scim_server.testing.defects.mechanism import Asked, Document, Server, Told


def _status(told: Told, status: int) -> Told:
    told.status = status
    return told


def _is(method: str) -> Callable[[Document], bool]:
    return lambda one: one.get("method") == method


define(
    "answers-201",
    "A bulk request is answered 201.",
    instead(lambda told: _status(told, 201), lambda t: t.ok),
)
define(
    "answers-207",
    "A bulk request is answered 207.",
    instead(lambda told: _status(told, 207), lambda t: t.ok),
)
define(
    "fails-as-a-whole",
    "One failed operation makes the whole a 400.",
    instead(lambda told: Told.error(400), some_failed),
)
define(
    "without-schema",
    "The answer is no BulkResponse.",
    telling(lambda body: body.update(schemas=[])),
)
define("plain-json", "The answer is application/json.", instead(lambda told: _plain(told)))
define("bare-array", "The answer is an array of results.", telling(lambda body: body["Operations"]))
define(
    "last-result-lost",
    "The last result is left out.",
    telling(lambda body: body["Operations"].pop() and None),
)
define(
    "successes-left-out",
    "Only failures are told.",
    telling(lambda body: body.update(Operations=[o for o in body["Operations"] if failed(o)])),
)
define(
    "failures-left-out",
    "Failures are not told.",
    telling(lambda body: body.update(Operations=[o for o in body["Operations"] if not failed(o)])),
)
define("without-bulk-id", "Results have no bulkId.", results(pop("bulkId")))
define(
    "bulk-ids-exchanged",
    "Results have each other's bulkId.",
    telling(lambda body: _exchange(body["Operations"], "bulkId")),
)
define("without-location", "Results have no location.", results(pop("location")))
define(
    "without-location-of-changes",
    "Only creations have a location.",
    results(pop("location", lambda o: o["method"] != "POST")),
)
define(
    "without-location-of-failures",
    "Failed operations have no location.",
    results(pop("location", failed)),
)
define(
    "location-is-the-type",
    "A location is that of the type.",
    results(lambda o: "location" in o and o.update(location=o["location"].rpartition("/")[0])),
)
define(
    "locations-exchanged",
    "Results have each other's location.",
    telling(lambda body: _exchange(body["Operations"], "location")),
)
define(
    "location-is-relative",
    "A location is a path.",
    results(
        lambda o: (
            "location" in o and o.update(location="/" + "/".join(o["location"].split("/")[-2:]))
        )
    ),
)
define("without-method", "Results have no method.", results(pop("method")))
define("without-status", "Results have no status.", results(pop("status")))
define(
    "status-is-a-number",
    "The status of an operation is a number.",
    results(lambda o: o.update(status=int(o["status"]))),
)
define(
    "status-is-always-200",
    "Every operation has status 200.",
    results(lambda o: o.update(status="200")),
)
define(
    "created-has-200",
    "A creation has status 200.",
    results(lambda o: o["status"] == "201" and o.update(status="200")),
)
define(
    "deleted-has-200",
    "A deletion has status 200.",
    results(lambda o: o["method"] == "DELETE" and o["status"] == "204" and o.update(status="200")),
)
define(
    "conflict-has-400",
    "A taken name has status 400.",
    results(lambda o: o["status"] == "409" and o.update(status="400")),
)
define(
    "failure-has-500",
    "Every failure has status 500.",
    results(lambda o: failed(o) and o.update(status="500")),
)
define(
    "missing-has-204",
    "To delete what is not there has status 204.",
    results(
        lambda o: (
            o["method"] == "DELETE"
            and o["status"] == "404"
            and [o.update(status="204"), o.pop("response", None)]
        )
    ),
)
define("without-response", "A failure has no response.", results(pop("response")))
define(
    "response-is-text",
    "The response of a failure is text.",
    results(lambda o: "response" in o and o.update(response=str(o["response"].get("detail")))),
)
define(
    "response-has-another-status",
    "The response of a failure has another status.",
    results(lambda o: "response" in o and o["response"].update(status="500")),
)
define(
    "response-has-no-schema",
    "The response of a failure has no schema.",
    results(lambda o: "response" in o and o["response"].pop("schemas")),
)
define("without-version", "Results have no version.", results(pop("version")))
define(
    "version-is-another",
    "The version in a result is another one.",
    results(lambda o: "version" in o and o.update(version='W/"0"')),
)
define(
    "versions-ignored",
    "`version` of an operation is ignored.",
    operations(lambda all: [less(o, "version") for o in all]),
)
define(
    "versions-refused",
    "An operation with a version fails.",
    operations(lambda all: [o | {"version": '"-"'} if "version" in o else o for o in all]),
)
define(
    "fail-on-errors-ignored",
    "failOnErrors is ignored.",
    asking(lambda message: message.pop("failOnErrors", None)),
)
define(
    "fail-on-errors-one-late",
    "failOnErrors stops one error late.",
    asking(lambda m: "failOnErrors" in m and m.update(failOnErrors=m["failOnErrors"] + 1)),
)
define(
    "fail-on-errors-is-a-switch",
    "Any failOnErrors stops at the first error.",
    asking(lambda m: "failOnErrors" in m and m.update(failOnErrors=1)),
)
define(
    "stops-at-first-error",
    "Without failOnErrors the first error ends it.",
    asking(lambda m: m.setdefault("failOnErrors", 1)),
)
define(
    "stops-at-third-error",
    "Without failOnErrors the third error ends it.",
    asking(lambda m: m.setdefault("failOnErrors", 3)),
)
define(
    "reversed", "Operations are carried out from last to first.", operations(lambda all: all[::-1])
)
define(
    "creations-first",
    "All creations come first.",
    operations(
        lambda all: sorted(
            all, key=lambda o: o.get("method") != "POST" if isinstance(o, dict) else 0
        )
    ),
)
define(
    "deletions-last",
    "Deletions come last.",
    operations(
        lambda all: sorted(
            all, key=lambda o: o.get("method") == "DELETE" if isinstance(o, dict) else 0
        )
    ),
)
for _verb in ("POST", "PUT", "PATCH", "DELETE"):
    define(f"does-no-{_verb.lower()}", f"A {_verb} is told as done, and not done.", untrue(_verb))
define("first-only", "Only the first operation is carried out.", operations(lambda all: all[:1]))
define(
    "users-only",
    "Operations on groups fail.",
    operations(
        lambda all: [
            o | {"path": "/Nothing"} if "/Groups" in str(o.get("path")) else o for o in all
        ]
    ),
)
define("get-is-taken", "A GET is taken as an operation.", lambda a, s: _reading(a, s))
define(
    "unknown-methods-succeed",
    "Unknown methods are told as done.",
    results(
        lambda o: o["method"] not in ("POST", "PUT", "PATCH", "DELETE") and o.update(status="200")
    ),
)
define(
    "unknown-paths-succeed",
    "Operations on unknown paths are told as done.",
    results(lambda o: o["status"] == "404" and o["method"] == "POST" and o.update(status="201")),
)
define(
    "without-data-succeeds",
    "Operations without data are told as done.",
    results(
        lambda o: (
            o["status"] == "400" and o["method"] in ("PUT", "PATCH") and o.update(status="200")
        )
    ),
)
define(
    "malformed-is-500",
    "A malformed bulk request is a 500.",
    instead(lambda told: Told.error(500), lambda t: t.status == 400),
)
define(
    "malformed-is-nothing",
    "A malformed bulk request does nothing, with success.",
    instead(
        lambda told: Told.of(
            200,
            {"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"], "Operations": []},
        ),
        lambda t: t.status == 400,
    ),
)
define(
    "can-be-read",
    "GET /Bulk is a success.",
    lambda a, s: Told.of(200, {}) if (a.method, a.path) == ("GET", "/Bulk") else s(a),
)
define(
    "no-limit-of-operations",
    "More than maxOperations are taken.",
    instead(
        lambda told: Told.of(200, {"schemas": [], "Operations": []}),
        lambda t: t.status == 413 and b"maxOperations" in t.body,
    ),
)
define(
    "no-limit-of-size",
    "More than maxPayloadSize is taken.",
    instead(
        lambda told: Told.of(200, {"schemas": [], "Operations": []}),
        lambda t: t.status == 413 and b"maxPayloadSize" in t.body,
    ),
)
define(
    "limit-is-400",
    "What exceeds a limit is 400.",
    instead(lambda told: Told.error(400), lambda t: t.status == 413),
)
define(
    "limit-has-no-body",
    "A 413 has no body.",
    instead(lambda told: Told.of(413), lambda t: t.status == 413),
)
define(
    "limit-is-lower",
    "maxOperations are one too many.",
    lambda a, s: _stricter(a, s),
)
define(
    "limit-is-not-named",
    "A 413 does not say which limit it is.",
    instead(lambda told: Told.error(413, detail="Too large."), lambda t: t.status == 413),
)
define(
    "cuts-what-is-too-much",
    "Of too many operations the first are carried out.",
    operations(lambda all: all[:1000]),
)


def _plain(told: Told) -> Told:
    told.headers["Content-Type"] = "application/json"
    return told


def _exchange(results: list[Document], name: str) -> None:
    named = [one for one in results if name in one]
    values = [one[name] for one in named]
    for one, value in zip(named, values[1:] + values[:1], strict=True):
        one[name] = value


def _reading(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if asked.path == "/Bulk" and told.status == 200:
        message = told.document
        for one in message["Operations"]:
            if one["method"] in ("GET", "HEAD"):
                one["status"] = "200"
                one.pop("response", None)
        told.json = message
    return told


def _stricter(asked: Asked, server: Server) -> Told:
    message = asked.json if asked.path == "/Bulk" else None
    listed = message.get("Operations") if isinstance(message, dict) else None
    too_many = isinstance(listed, list) and len(listed) >= 1000
    return Told.error(413, detail="maxOperations") if too_many else server(asked)
