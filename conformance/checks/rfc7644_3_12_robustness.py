"""RFC 7644 §3.12 and table 8: a client's mistake is a 4xx, however odd it is; never a 5xx."""

import json
from typing import Any

from conformance.check import MUST, check
from conformance.expect import require
from conformance.material.operations import replace
from conformance.scim import Scim
from scim_protocol.urns import PATCH_OP, SCHEMAS, SEARCH

SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

PATCHES = ["patch", "User"]
_DEEP = b"[" * 5000 + b"]" * 5000


@check(
    "rfc7644/3.12/empty-body",
    MUST,
    "A request that lacks its body is refused.",
    needs=["User"],
    catches=["robust-empty-body-is-500"],
)
def empty_body(scim: Scim) -> None:
    """POST and PUT need one."""
    user = scim.new_user()
    for method, path in (("POST", scim.users), ("PUT", user.path)):
        for raw in (b"", b"   "):
            scim.send(method, path, raw=raw).must.be_refused()


@check(
    "rfc7644/3.12/empty-object",
    MUST,
    "An empty object is no user.",
    needs=["User"],
    catches=["robust-empty-object-succeeds", "robust-malformed-put-is-500"],
)
def empty_object(scim: Scim) -> None:
    """It lacks userName, which is required."""
    user = scim.new_user()
    scim.post(scim.users, {}).must.be_refused()
    scim.put(user.path, {}).must.be_refused()
    scim.read(user).must.have("userName", equal_to=user["userName"])


@check(
    "rfc7644/3.12/malformed-put",
    MUST,
    "A malformed body of a PUT is refused.",
    needs=["User"],
    catches=["robust-no-json-in-put-is-500", "robust-no-json-is-ignored"],
)
def malformed_put(scim: Scim) -> None:
    """With 400, and nothing is changed."""
    user = scim.new_user()
    for raw in (b'{"userName": ', b"{]", b"{'userName': 'x'}", b"userName=x"):
        scim.send("PUT", user.path, raw=raw).must.be_error(
            400, None, "invalidSyntax", "invalidValue"
        )
    scim.read(user).must.have("userName", equal_to=user["userName"])


@check(
    "rfc7644/3.12/malformed-patch",
    MUST,
    "A malformed PATCH is refused.",
    needs=PATCHES,
    catches=[
        "robust-no-json-in-patch-is-500",
        "robust-operation-null-is-500",
        "robust-operations-null-is-500",
        "robust-operations-object-succeeds",
        "robust-patch-of-nothing-succeeds",
    ],
)
def malformed_patch(scim: Scim) -> None:
    """What is no JSON, no object, or has no list of operations: 400."""
    user = scim.new_user()
    for raw in (
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"Operations": {}}',
        b'{"Operations": "replace"}',
        b'{"Operations": null}',
        b'{"Operations": [null]}',
        b'{"Operations": ["replace"]}',
    ):
        scim.send("PATCH", user.path, raw=_with_schema(raw)).must.be_error(
            400, None, "invalidSyntax", "invalidValue", "invalidPath", "noTarget"
        )
    scim.read(user).must.have("userName", equal_to=user["userName"])


@check(
    "rfc7644/3.12/malformed-operation",
    MUST,
    "A malformed operation is refused.",
    needs=PATCHES,
    catches=[
        "robust-op-number-is-500",
        "robust-path-number-is-500",
        "robust-unknown-op-succeeds",
        "robust-value-without-path-is-500",
        "robust-without-op-succeeds",
    ],
)
def malformed_operation(scim: Scim) -> None:
    """No op, an op that is none, a path or value of the wrong type: 400, and nothing is changed."""
    user = scim.new_user()
    for operation in (
        {"path": "userName", "value": "x"},
        {"op": "move", "path": "userName", "value": "x"},
        {"op": 7, "path": "userName", "value": "x"},
        {"op": None, "path": "userName", "value": "x"},
        {"op": "replace", "path": 7, "value": "x"},
        {"op": "replace", "path": ["userName"], "value": "x"},
        {"op": "replace", "path": "userName", "value": {"x": "y"}},
        {"op": "replace", "value": "x"},
        {"op": "add", "value": [1]},
        {"op": "remove"},
    ):
        scim.patch(user.path, operation).must.be_error(400)
    scim.read(user).must.have("userName", equal_to=user["userName"])


@check(
    "rfc7644/3.12/deep",
    MUST,
    "A body that is nested very deep is no 5xx.",
    needs=["User"],
    catches=[
        "robust-deep-in-patch-is-500",
        "robust-deep-is-500",
        "robust-deep-objects-are-500",
        "robust-no-json-in-post-is-500",
    ],
)
def deep(scim: Scim) -> None:
    """Parsers that recurse run out of stack."""
    body = json.dumps(scim.smallest_user() | {"displayName": "@"}).encode()
    scim.send("POST", scim.users, raw=body.replace(b'"@"', _DEEP)).must.be_no_failure()
    objects = b'{"a":' * 2000 + b"1" + b"}" * 2000
    scim.send("POST", scim.users, raw=body.replace(b'"@"', objects)).must.be_no_failure()
    flat = b'{"a":' * 60 + b"1" + b"}" * 60
    scim.send("POST", scim.users, raw=body.replace(b'"@"', flat)).must.be_no_failure()
    change = json.dumps({"schemas": [PATCH_OP], "Operations": [replace("displayName", "@")]})
    path = scim.new_user().path
    for nested in (_DEEP, objects):
        raw = change.encode().replace(b'"@"', nested)
        scim.send("PATCH", path, raw=raw).must.be_no_failure()


@check(
    "rfc7644/3.12/long",
    MUST,
    "A very long value is no 5xx.",
    needs=["User"],
    catches=[
        "robust-long-is-500",
        "robust-long-user-name-is-500",
        "robust-many-values-are-500",
        "robust-odd-name-is-500",
    ],
)
def long(scim: Scim) -> None:
    """It may be kept or refused; so may very many values, and odd names of members."""
    scim.post(scim.users, scim.smallest_user(displayName="x" * 200_000)).must.be_no_failure()
    emails = [{"value": f"{number}@example.com"} for number in range(1000)]
    scim.post(scim.users, scim.smallest_user(emails=emails)).must.be_no_failure()
    for name in ("x" * 10_000, "", "__proto__", "a.b", "$ref", "userName "):
        scim.post(scim.users, scim.smallest_user() | {name: "x"}).must.be_no_failure()
    for length in (300, 5000, 70_000):
        name = scim.name() + "x" * length
        scim.post(scim.users, scim.smallest_user(userName=name)).must.be_no_failure()


@check(
    "rfc7644/3.12/odd-text",
    MUST,
    "Odd characters are no 5xx.",
    needs=["User"],
    catches=["robust-half-pairs-are-500", "robust-nul-in-filter-is-500", "robust-nul-is-500"],
)
def odd_text(scim: Scim) -> None:
    """NUL, half of a surrogate pair, controls, a mark that turns text round."""
    for text in ("\\u0000", "\\ud800", "\\u0007\\u001b", "\\u202eabc", "\\uffff", "\\ud83e\\udd8a"):
        body = json.dumps(scim.smallest_user(displayName="@")).replace("@", text).encode()
        scim.send("POST", scim.users, raw=body).must.be_no_failure()
    user = scim.new_user()
    for text in ("a\x00b", "\x07", "🦊"):
        scim.get(scim.users, filter=f'userName eq "{text}"').must.be_no_failure()
    scim.get(user.path).must.have_status(200)


@check(
    "rfc7644/3.12/not-utf-8",
    MUST,
    "A body that is not UTF-8 is refused.",
    needs=["User"],
    catches=["robust-bytes-are-500", "robust-bytes-are-taken", "robust-utf-16-is-500"],
)
def not_utf8(scim: Scim) -> None:
    """Bytes of another encoding are no JSON (§3.8); UTF-16 may be read, and is no failure."""
    body = json.dumps(scim.smallest_user(displayName="@")).encode()
    for wrong in (b"\xff\xfe", b"caf\xe9", b"\xc3("):
        scim.send("POST", scim.users, raw=body.replace(b"@", wrong)).must.be_refused()
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32"):
        scim.send("POST", scim.users, raw=body.decode().encode(encoding)).must.be_no_failure()


@check(
    "rfc7644/3.12/twice",
    MUST,
    "A member that is there twice is no 5xx.",
    needs=["User"],
    catches=["robust-malformed-post-is-500", "robust-twice-is-500"],
)
def twice(scim: Scim) -> None:
    """In the same spelling or another; JSON leaves open which counts."""
    name = scim.name()
    body = json.dumps(scim.smallest_user(userName=name))[:-1]
    for more in (f', "userName": "{name}"}}', f', "USERNAME": "{name}"}}'):
        scim.send("POST", scim.users, raw=(body + more).encode()).must.be_no_failure()


@check(
    "rfc7644/3.12/numbers",
    MUST,
    "Huge numbers are no 5xx.",
    needs=["User"],
    catches=[
        "page-count-no-number-is-500",
        "page-start-no-number-is-500",
        "robust-display-name-number-is-500",
        "robust-empty-count-is-500",
        "robust-fraction-is-500",
        "robust-huge-count-is-500",
        "robust-huge-number-is-500",
        "robust-huge-start-is-500",
        "robust-nan-is-500",
    ],
)
def numbers(scim: Scim) -> None:
    """In bodies, in pages, in filters."""
    body = json.dumps(scim.smallest_user(displayName="@"))
    for number in ("1e400", "-1e400", "9" * 400, "1.5", "-0", "NaN"):
        scim.send("POST", scim.users, raw=body.replace('"@"', number).encode()).must.be_no_failure()
    for text in ("9" * 400, "-" + "9" * 400, "1e400", "0x10", "1.5", "٣", " 1", ""):
        scim.get(scim.users, startIndex=text, count=1).must.be_no_failure()
        scim.get(scim.users, count=text, filter=f'userName eq "{scim.name()}"').must.be_no_failure()


@check(
    "rfc7644/3.12/unknown-members",
    MUST,
    "Unknown members of a body are no 5xx.",
    needs=["User"],
    catches=["robust-unknown-attribute-is-500", "robust-unknown-schema-is-500"],
)
def unknown_members(scim: Scim) -> None:
    """They may be ignored or refused: attributes that no schema has, schemas that nobody knows."""
    urn = "urn:example:scim:schemas:none"
    scim.post(scim.users, scim.smallest_user(noSuchAttribute={"x": [1, None]})).must.be_no_failure()
    body = scim.smallest_user(**{urn: {"x": "y"}})
    scim.post(scim.users, body).must.be_no_failure()
    scim.post(scim.users, body | {"schemas": [*body["schemas"], urn]}).must.be_no_failure()


@check(
    "rfc7644/3.12/media-types",
    MUST,
    "Odd media types are no 5xx.",
    needs=["User"],
    catches=[
        "media-accept-html-500",
        "media-accept-xml-500",
        "media-json-500",
        "media-other-type-500",
    ],
)
def media_types(scim: Scim) -> None:
    """Neither those that a client accepts nor those that it says it sends."""
    user = scim.new_user()
    for accept in (
        "text/html",
        "application/xml",
        "x",
        "application/*",
        ";q=1",
        "*/*;q=0",
        "*/*;q=x",
        "application/json",
    ):
        scim.send("GET", user.path, headers={"Accept": accept}).must.be_no_failure()
    body = scim.smallest_user()
    for kind in ("text/xml", "x", "application/json", "multipart/form-data", None):
        answer = scim.send("PUT", user.path, body=body, headers={"Content-Type": kind})
        answer.must.be_no_failure()


@check(
    "rfc7644/3.12/malformed-elsewhere",
    MUST,
    "A malformed body is no 5xx, wherever it is sent.",
    needs=["User"],
    catches=["robust-malformed-group-is-500", "robust-malformed-search-is-500"],
)
def malformed_elsewhere(scim: Scim) -> None:
    """Groups, searches, and a PATCH without a body."""
    paths = [("POST", f"{scim.users}{SEARCH}"), ("POST", SEARCH), ("PATCH", scim.new_user().path)]
    if not scim.claims.missing("Group"):
        paths += [("POST", scim.groups), ("PUT", scim.new_group().path)]
    for method, path in paths:
        for raw in (b"", b"{", b"[]", b"null", b'"x"', b"7"):
            scim.send(method, path, raw=raw).must.be_no_failure()


_ODD_SEARCHES: tuple[dict[str, Any], ...] = (
    {"filter": 7},
    {"filter": ["x"]},
    {"filter": None},
    {"filter": "userName"},
    {"count": "x"},
    {"count": "1"},
    {"count": -1},
    {"startIndex": "1"},
    {"startIndex": 1.5},
    {"sortBy": 7},
    {"sortBy": ["userName"], "sortOrder": 1},
    {"attributes": "userName"},
    {"attributes": [7]},
    {"attributes": {}},
    {"excludedAttributes": [None]},
)


@check(
    "rfc7644/3.12/odd-searches",
    MUST,
    "A search whose members are of a wrong type is no 5xx.",
    needs=["User"],
    catches=["robust-odd-search-is-500", "robust-search-without-schemas-is-500"],
)
def odd_searches(scim: Scim) -> None:
    """Numbers as text, text as numbers, what is missing."""
    schemas: dict[str, Any] = {"schemas": [SEARCH_REQUEST]}
    for members in _ODD_SEARCHES:
        search = schemas | {"count": 1} | members
        scim.post(f"{scim.users}{SEARCH}", search).must.be_no_failure()
    for body in ({}, {"count": 1}, {"schemas": "x", "count": 1}):
        scim.post(f"{scim.users}{SEARCH}", body).must.be_no_failure()


@check(
    "rfc7644/3.12/odd-methods",
    MUST,
    "A method that nobody knows is no 5xx.",
    needs=["User"],
    catches=["robust-head-is-500", "robust-odd-method-is-500"],
)
def odd_methods(scim: Scim) -> None:
    """It is refused: 405, or 501."""
    user = scim.new_user()
    for method in ("HEAD", "OPTIONS", "PROPFIND", "QUERY", "FOO"):
        for path in (scim.users, user.path):
            scim.send(method, path).must.be_no_failure()
    for method in ("PUT", "PATCH", "DELETE"):
        scim.send(method, scim.users, body={}).must.be_no_failure()
        scim.send(method, SCHEMAS, body={}).must.be_no_failure()
    scim.get(user.path).must.have_status(200)


@check("rfc7644/3.12/still-there", MUST, "After all that the endpoint still works.", needs=["User"])
def still_there(scim: Scim) -> None:
    """What was refused has left nothing behind that breaks a list."""
    user = scim.new_user()
    answer = scim.get(scim.users, count=1)

    require(answer.status < 500, "a list", answer.summary, answer.exchange)
    scim.get(user.path).must.have_status(200)


def _with_schema(raw: bytes) -> bytes:
    """Name the message's schema, so that its lack is not what is refused."""
    if raw[:1] != b"{" or raw == b"{":
        return raw
    document: dict[str, Any] = json.loads(raw)
    return json.dumps({"schemas": [PATCH_OP], **document}).encode()
