"""Every error that SCIM answers with (RFC 7644 §3.12, tables 8 and 9; RFC 9865 §4).

ScimError
├── BadRequest 400: InvalidFilter, TooMany, Mutability, InvalidSyntax, InvalidPath, NoTarget,
│                   InvalidValue, InvalidVersion, Sensitive, InvalidCursor, ExpiredCursor,
│                   InvalidCount
├── Unauthorized 401, Forbidden 403, NotFound 404, MethodNotAllowed 405
├── Conflict 409: Uniqueness
├── PreconditionFailed 412, PayloadTooLarge 413, UnsupportedMediaType 415
└── InternalError 500, NotImplementedByServer 501
"""

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from scim_protocol import urns

_MOST_DETAIL: Final = 600
_LONG_WORD: Final = re.compile(r"\S{101,}")


def shortened(text: str, most: int = 100) -> str:
    """Return what was sent as an error quotes it: of long text the beginning and the end."""
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


class ScimError(Exception):
    """An error with the HTTP status and the scimType that it is answered with."""

    status: int = 500
    scim_type: str | None = None
    title: ClassVar[str] = "The request failed."

    def __init__(self, detail: str | None = None) -> None:
        text = detail if detail is not None else self.title
        # What a client sent may be quoted, and half of a surrogate pair could not be answered.
        self.detail = text.encode("utf-8", "backslashreplace").decode()
        super().__init__(self.detail)

    def to_json(self) -> dict[str, Any]:
        """Return the error message of RFC 7644 §3.12; its `status` is a string."""
        body: dict[str, Any] = {"schemas": [urns.ERROR], "status": str(self.status)}
        if self.scim_type is not None:
            body["scimType"] = self.scim_type
        # What stands in it may be of any length: the text of a filter, of an id.
        detail = _LONG_WORD.sub(lambda word: shortened(word[0]), self.detail)
        body["detail"] = shortened(detail, _MOST_DETAIL)
        return body


class BadRequest(ScimError):
    """The request cannot be understood or carried out as it stands (400)."""

    status = 400
    title = "The request is not valid."


class InvalidFilter(BadRequest):
    """The filter breaks the grammar, or compares what cannot be compared."""

    scim_type = "invalidFilter"
    title = "The filter is not valid."


class TooMany(BadRequest):
    """The filter yields more results than the server is willing to process."""

    scim_type = "tooMany"
    title = "The filter yields too many results."


class Mutability(BadRequest):
    """The change is not compatible with the attribute's mutability or present state."""

    scim_type = "mutability"
    title = "The attribute cannot be changed."


class InvalidSyntax(BadRequest):
    """The body is not JSON, or does not have the shape of the request's message schema."""

    scim_type = "invalidSyntax"
    title = "The request body does not have the expected shape."


class InvalidPath(BadRequest):
    """A PATCH path is malformed or names an attribute that does not exist."""

    scim_type = "invalidPath"
    title = "The path is not valid."


class NoTarget(BadRequest):
    """A PATCH path's filter matches nothing, or a removal has no path."""

    scim_type = "noTarget"
    title = "The path has no target."


class InvalidValue(BadRequest):
    """A required value is missing, or a value does not fit its attribute."""

    scim_type = "invalidValue"
    title = "A value is not valid."


class InvalidVersion(BadRequest):
    """The protocol version is not supported."""

    scim_type = "invalidVers"
    title = "The SCIM protocol version is not supported."


class Sensitive(BadRequest):
    """The request would put sensitive information in a URI."""

    scim_type = "sensitive"
    title = "The request carries sensitive information in its URI."


class InvalidCursor(BadRequest):
    """The cursor is not one that this server gave (RFC 9865 §4)."""

    scim_type = "invalidCursor"
    title = "The cursor is not valid."


class ExpiredCursor(BadRequest):
    """The cursor is no longer held by the server (RFC 9865 §4)."""

    scim_type = "expiredCursor"
    title = "The cursor has expired; start the query again."


class InvalidCount(BadRequest):
    """The count is not one that this server takes with a cursor (RFC 9865 §4)."""

    scim_type = "invalidCount"
    title = "The count is not valid."


class Unauthorized(ScimError):
    """The credentials are missing or not accepted (401)."""

    status = 401
    title = "Authentication is required."


class Forbidden(ScimError):
    """The operation is not permitted (403)."""

    status = 403
    title = "The operation is not permitted."


class NotFound(ScimError):
    """The resource or endpoint does not exist (404)."""

    status = 404
    title = "There is no such resource."


class MethodNotAllowed(ScimError):
    """The endpoint does not take this HTTP method (405)."""

    status = 405
    title = "The endpoint does not take this method."


class Conflict(ScimError):
    """The version does not match, or the resource may not be created again (409)."""

    status = 409
    title = "The request conflicts with the present state."


class Uniqueness(Conflict):
    """A value is in use already that must be unique."""

    scim_type = "uniqueness"
    title = "A value that must be unique is in use already."


class PreconditionFailed(ScimError):
    """The resource has changed since the version the client named (412)."""

    status = 412
    title = "The resource has changed since; read it again."


class PayloadTooLarge(ScimError):
    """The body is larger than the server takes (413)."""

    status = 413
    title = "The request body is too large."


class UnsupportedMediaType(ScimError):
    """The body is not in a media type of SCIM (415)."""

    status = 415
    title = "The body must be application/scim+json or application/json."


class InternalError(ScimError):
    """The server failed; the request may be sound (500)."""

    title = "The server met an unexpected condition."


class NotImplementedByServer(ScimError):
    """The server does not offer this operation (501)."""

    status = 501
    title = "The server does not offer this operation."


def _leaves(kind: type[ScimError]) -> Iterator[type[ScimError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _leaves(child)


_BY_SCIM_TYPE = {kind.scim_type: kind for kind in _leaves(ScimError) if kind.scim_type}
_BY_STATUS = {kind.status: kind for kind in _leaves(ScimError) if not kind.scim_type}


def error_from(status: int, body: object) -> ScimError:
    """Return the error that an answer stands for; one unknown to the RFC keeps its status.

    The body may be anything at all: real endpoints answer errors with HTML, with nothing, or with
    a `status` and `scimType` of their own. The HTTP status wins over the one in the body.
    """
    message = body if isinstance(body, dict) else {}
    scim_type = message.get("scimType")
    detail = message.get("detail")
    known = _BY_SCIM_TYPE.get(scim_type) if isinstance(scim_type, str) else None
    kind = known if known and known.status == status else _BY_STATUS.get(status, ScimError)
    error = kind(detail if isinstance(detail, str) and detail else None)
    error.status = status
    if isinstance(scim_type, str):
        error.scim_type = scim_type
    return error
