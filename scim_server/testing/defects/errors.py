"""Errors of a wrong form or status (RFC 7644 §3.12)."""

from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    defect,
    telling,
)


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"error-{name}", "error", what)(breakage)


def _form(change: Callable[[Document], Any], *, status: int = 0) -> Breakage:
    """Bend the body of errors."""

    def edit(asked: Asked, told: Told) -> None:
        if told.status >= 400 and told.document:
            document = told.document
            changed = change(document)
            told.json = document if changed is None else changed

    return telling(edit, status=status)


def _status(old: int, new: int, *, method: str = "") -> Breakage:
    return telling(lambda asked, told: setattr(told, "status", new), method=method, status=old)


def _kind(kind: str, body: bytes | None = None) -> Breakage:
    def edit(asked: Asked, told: Told) -> None:
        if told.status >= 400:
            told.headers["Content-Type"] = kind
            told.body = told.body if body is None else body

    return telling(edit)


def _both(told: Told, status: int) -> None:
    told.status = status
    told.json = told.document | {"status": str(status)}


_define(
    "status-is-a-number",
    "`status` is a number.",
    _form(lambda body: body.update(status=int(body["status"]))),
)
_define("status-missing", "There is no `status`.", _form(lambda body: body.pop("status") and None))
_define(
    "status-is-another",
    "`status` is always 400.",
    _form(lambda body: body.update(status="400"), status=404),
)
_define(
    "schemas-missing", "There is no `schemas`.", _form(lambda body: body.pop("schemas") and None)
)
_define(
    "schemas-is-text",
    "`schemas` is a string.",
    _form(lambda body: body.update(schemas=body["schemas"][0])),
)
_define(
    "schemas-is-another",
    "`schemas` is that of SCIM 1.",
    _form(lambda body: body.update(schemas=["urn:scim:schemas:core:1.0"])),
)
_define("wrapped", "The error is inside another object.", _form(lambda body: {"error": body}))
_define(
    "listed",
    "The error is inside `Errors`, as in SCIM 1.",
    _form(lambda body: {"Errors": [{"code": body["status"], "description": "x"}]}),
)
_define("bare-array", "The error is an array.", _form(lambda body: [body]))
_define(
    "detail-is-a-list",
    "`detail` is a list.",
    _form(lambda body: body.update(detail=[body.get("detail")])),
)
_define(
    "detail-is-an-object",
    "`detail` is an object.",
    _form(lambda body: body.update(detail={"message": body.get("detail")})),
)
_define(
    "unknown-keyword",
    "scimType is a keyword of its own.",
    _form(lambda body: body.update(scimType="invalid_request")),
)
_define(
    "keyword-of-404",
    "A 404 has a scimType.",
    _form(lambda body: body.update(scimType="noTarget"), status=404),
)
_define("as-plain-json", "Errors are application/json.", _kind("application/json"))
_define("as-html", "Errors are web pages.", _kind("text/html", b"<html><body>error</body></html>"))
_define("as-text", "Errors are plain text.", _kind("text/plain", b"error"))
_define("empty", "Errors have no body.", _kind("application/scim+json", b""))
_define(
    "malformed-in-another-form",
    "A body that is no JSON is refused in another form.",
    _form(lambda body: {"message": "bad"}, status=400),
)
_define(
    "malformed-is-invalid-value",
    "A body that is no JSON is invalidValue.",
    telling(
        lambda asked, told: _keyword(asked, told, "invalidValue"),
        method="POST",
        status=400,
    ),
)
_define(
    "404-in-another-form",
    "A 404 has another form.",
    _form(lambda body: {"message": "Not Found"}, status=404),
)
_define(
    "409-in-another-form",
    "A 409 has another form.",
    _form(lambda body: {"message": "Conflict"}, status=409),
)
_define(
    "401-in-another-form",
    "A 401 has another form.",
    _form(lambda body: {"error": "unauthorized"}, status=401),
)
_define(
    "404-is-400",
    "What is not there is 400.",
    telling(lambda asked, told: _both(told, 400), status=404),
)
_define(
    "404-is-500",
    "What is not there is 500.",
    telling(lambda asked, told: _both(told, 500), status=404),
)
_define(
    "404-is-410",
    "What is not there is 410.",
    telling(lambda asked, told: _both(told, 410), status=404),
)
_define("404-of-get-is-200", "To read what is not there is a success.", lambda a, s: _nothing(a, s))
_define(
    "404-of-patch-is-204",
    "To change what is not there is a success.",
    telling(lambda asked, told: vars(told).update(vars(Told.of(204))), method="PATCH", status=404),
)
_define("404-of-put-makes", "A PUT of what is not there creates it.", lambda a, s: _creating(a, s))
_define(
    "unknown-path-is-200", "A path that does not exist is a success.", lambda a, s: _welcoming(a, s)
)
_define(
    "malformed-is-422",
    "A body that is no JSON is 422.",
    telling(lambda asked, told: _both(told, 422), method="POST PUT", status=400),
)
_define("user-found-as-group", "A user is read as a group.", lambda a, s: _as_group(a, s, "GET"))
_define(
    "user-deleted-as-group", "A user is deleted as a group.", lambda a, s: _as_group(a, s, "DELETE")
)
_define(
    "other-methods-succeed",
    "What a path does not take is a success.",
    telling(lambda asked, told: vars(told).update(vars(Told.of(204))), status=405),
)
_define("post-to-a-user", "A POST to a user replaces it.", lambda a, s: _posting(a, s))
_define(
    "required-is-mutability",
    "What is missing is refused as mutability.",
    _form(lambda body: body.update(scimType="mutability"), status=400),
)

_define(
    "405-without-allow",
    "A 405 has no Allow.",
    telling(lambda asked, told: told.headers.pop("Allow", None) and None, status=405),
)


def _keyword(asked: Asked, told: Told, keyword: str) -> None:
    if asked.json is None:
        told.json = told.document | {"scimType": keyword}


def _nothing(asked: Asked, server: Server) -> Told:
    told = server(asked)
    return Told.of(200, {}) if asked.method == "GET" and told.status == 404 else told


def _creating(asked: Asked, server: Server) -> Told:
    told = server(asked)
    if asked.method == "PUT" and told.status == 404:
        return server(asked.other("POST", asked.path.rpartition("/")[0], asked.json))
    return told


def _welcoming(asked: Asked, server: Server) -> Told:
    told = server(asked)
    is_unknown = told.status in (404, 405) and not asked.path.startswith(("/Users", "/Groups"))
    return Told.of(200, {"message": "welcome"}) if is_unknown else told


def _as_group(asked: Asked, server: Server, method: str) -> Told:
    told = server(asked)
    if asked.method == method and told.status == 404 and asked.path.startswith("/Groups/"):
        return server(asked.other(method, asked.path.replace("/Groups", "/Users")))
    return told


def _posting(asked: Asked, server: Server) -> Told:
    is_of_one = asked.path.startswith("/Users/") and asked.path.count("/") == 2
    if asked.method == "POST" and is_of_one and not asked.path.endswith("/.search"):
        return server(asked.other("PUT", asked.path, asked.json))
    return server(asked)
