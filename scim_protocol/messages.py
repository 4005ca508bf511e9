"""The messages of the protocol, read and written (RFC 7644 §3.4.2, §3.4.3, §3.5.2, §3.7)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from scim_protocol import urns
from scim_protocol.errors import InvalidSyntax, InvalidValue
from scim_protocol.patch import Operation


def _said(expected: str) -> dict[str, Any]:
    """Return what is said of a member that is not what was expected."""
    wrong = f"must be {expected}."
    return {"required": "is missing.", "null": f"must be {expected}, not null.", "invalid": wrong}


def _text(*, required: bool = False, allow_none: bool = False) -> fields.String:
    messages = _said("text")
    return fields.String(required=required, allow_none=allow_none, error_messages=messages)


def _listed(inner: fields.Field[Any], **options: Any) -> fields.List[Any]:
    return fields.List(inner, error_messages=_said("a list"), **options)


class _Message(Schema):
    """A message: names in any letter case (RFC 7643 §2.1), unknown ones passed over."""

    # marshmallow declares it of instances, and reads it from the class.
    error_messages: dict[str, str] = {"type": "must be an object."}  # noqa: RUF012

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def _names(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        canonical = {name.lower(): name for name in self.fields}
        named: dict[str, Any] = {}
        for key, value in data.items():
            name = canonical.get(str(key).lower(), str(key))
            if name in named:
                raise ValidationError(f"{name} is given twice.")
            named[name] = value
        return named


class _PatchOperation(_Message):
    op = _text(required=True)
    path = _text(allow_none=True)
    value = fields.Raw(allow_none=True)


class _PatchOp(_Message):
    schemas = _listed(_text(), required=True)
    Operations = _listed(
        fields.Nested(_PatchOperation, error_messages=_said("an object")),
        required=True,
        validate=validate.Length(min=1, error="must hold one operation at least."),
    )


class _Number(fields.Field[Any]):
    """A number; what is none stays JSON text, which `listing` refuses as it does that of a URL."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if is_number else json.dumps(value)


class _SearchRequest(_Message):
    schemas = _listed(_text(), required=True)
    attributes = _listed(_text(), allow_none=True)
    excludedAttributes = _listed(_text(), allow_none=True)
    filter = _text(allow_none=True)
    sortBy = _text(allow_none=True)
    sortOrder = _text(allow_none=True)
    startIndex = _Number(allow_none=True)
    count = _Number(allow_none=True)
    cursor = _text(allow_none=True)


class _BulkOperation(_Message):
    method = _text(required=True)
    path = _text(required=True)
    bulkId = _text(allow_none=True)
    version = _text(allow_none=True)
    data = fields.Dict(keys=_text(), allow_none=True, error_messages=_said("an object"))


class _BulkRequest(_Message):
    schemas = _listed(_text(), required=True)
    failOnErrors = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(min=0, error="must not be below 0."),
        error_messages=_said("an integer"),
    )
    Operations = _listed(
        fields.Nested(_BulkOperation, error_messages=_said("an object")), required=True
    )


_PATCH_OP: Final = _PatchOp()
_SEARCH_REQUEST: Final = _SearchRequest()
_BULK_REQUEST: Final = _BulkRequest()


# Of a URL or of a search message; a client gives each once.
PARAMETERS: Final = (
    "filter",
    "attributes",
    "excludedAttributes",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
)


@dataclass(frozen=True, slots=True)
class Query:
    """What a client asks of a list: a GET's parameters or a SearchRequest (§3.4.2, §3.4.3)."""

    filter: str | None = None
    attributes: str | Sequence[str] | None = None
    excluded_attributes: str | Sequence[str] | None = None
    sort_by: str | None = None
    sort_order: str | None = None
    start_index: Any = None
    count: Any = None
    cursor: str | None = None

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> "Query":
        """Read a URL's parameters, or a search message, whose names are the same."""
        return cls(
            filter=parameters.get("filter"),
            attributes=parameters.get("attributes"),
            excluded_attributes=parameters.get("excludedAttributes"),
            sort_by=parameters.get("sortBy"),
            sort_order=parameters.get("sortOrder"),
            start_index=parameters.get("startIndex"),
            count=parameters.get("count"),
            cursor=parameters.get("cursor"),
        )


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """One operation of a bulk request (RFC 7644 §3.7)."""

    method: str
    path: str
    bulk_id: str | None = None
    version: str | None = None
    data: Any = None


@dataclass(frozen=True, slots=True)
class BulkRequest:
    """The operations of a bulk request, and after how many errors to stop."""

    operations: tuple[BulkOperation, ...]
    fail_on_errors: int | None = None


def parse_patch(body: object) -> list[Operation]:
    """Read a PatchOp message (RFC 7644 §3.5.2).

    :raises InvalidSyntax: it lacks its schema or operations, or one of these is malformed.
    :raises InvalidValue: an operation that sets something lacks its value.
    """
    if (plain := _plain_patch(body)) is not None:
        return plain
    message = _load(_PATCH_OP, body, urns.PATCH_OP)
    for one in message["Operations"]:
        if "value" not in one and one["op"].lower() in ("add", "replace"):
            raise InvalidValue(f"An operation {one['op']} needs a value.")
    return [
        Operation(one["op"], one.get("path"), one.get("value")) for one in message["Operations"]
    ]


def _plain_patch(body: object) -> list[Operation] | None:
    """Read a message that is written just as the RFC has it; None if it is not."""
    if not isinstance(body, dict) or body.keys() != _PLAIN_MESSAGE:
        return None
    given = body["Operations"]
    if body["schemas"] != [urns.PATCH_OP] or not isinstance(given, list) or not given:
        return None
    read = []
    for one in given:
        if not isinstance(one, dict) or not _PLAIN_OPERATION.issuperset(one) or "op" not in one:
            return None
        op, path = one["op"], one.get("path", "")
        if not isinstance(op, str) or not isinstance(path, str):
            return None
        if "value" not in one and op != "remove":
            return None
        read.append(Operation(op, one.get("path"), one.get("value")))
    return read


_PLAIN_MESSAGE: Final = {"schemas", "Operations"}
_PLAIN_OPERATION: Final = frozenset({"op", "path", "value"})


def patch_request(operations: Iterable[Operation]) -> dict[str, Any]:
    """Write a PatchOp message."""
    return {
        "schemas": [urns.PATCH_OP],
        "Operations": [operation.to_json() for operation in operations],
    }


def parse_search(body: object) -> Query:
    """Read a SearchRequest message (RFC 7644 §3.4.3).

    :raises InvalidSyntax: it lacks its schema or is malformed.
    """
    return Query.from_parameters(_load(_SEARCH_REQUEST, body, urns.SEARCH_REQUEST))


def parse_bulk(body: object) -> BulkRequest:
    """Read a BulkRequest message (RFC 7644 §3.7).

    :raises InvalidSyntax: it lacks its schema or operations, or one of these is malformed.
    """
    if (plain := _plain_bulk(body)) is not None:
        return plain
    message = _load(_BULK_REQUEST, body, urns.BULK_REQUEST)
    operations = (
        BulkOperation(
            one["method"], one["path"], one.get("bulkId"), one.get("version"), one.get("data")
        )
        for one in message["Operations"]
    )
    return BulkRequest(tuple(operations), message.get("failOnErrors"))


def _plain_bulk(body: object) -> BulkRequest | None:
    """Read a message that is written just as the RFC has it; None if it is not."""
    if not isinstance(body, dict) or body.keys() != _PLAIN_MESSAGE:
        return None
    given = body["Operations"]
    if body["schemas"] != [urns.BULK_REQUEST] or not isinstance(given, list) or not given:
        return None
    read = []
    for one in given:
        if not isinstance(one, dict) or not _PLAIN_STEP.keys() >= one.keys() >= _NEEDED:
            return None
        if any(type(part) is not _PLAIN_STEP[name] for name, part in one.items()):
            return None
        parts = (one.get("bulkId"), one.get("version"), one.get("data"))
        read.append(BulkOperation(one["method"], one["path"], *parts))
    return BulkRequest(tuple(read))


_PLAIN_STEP: Final = {"method": str, "path": str, "bulkId": str, "version": str, "data": dict}
_NEEDED: Final = {"method", "path"}


def bulk_response(operations: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Write a BulkResponse message (RFC 7644 §3.7.3)."""
    return {"schemas": [urns.BULK_RESPONSE], "Operations": list(operations)}


def list_response(
    resources: Sequence[Any], total: int | None = None, start_index: int = 1
) -> dict[str, Any]:
    """Write a ListResponse: a page of resources out of `total` (RFC 7644 §3.4.2).

    `itemsPerPage` is the number of resources on this page, which the definition asks for; the
    RFC's own example contradicts it, and Okta checks it.
    """
    return {
        "schemas": [urns.LIST_RESPONSE],
        "totalResults": len(resources) if total is None else total,
        "startIndex": start_index,
        "itemsPerPage": len(resources),
        "Resources": list(resources),
    }


def _load(schema: Schema, body: object, urn: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    try:
        message: dict[str, Any] = schema.load(body)
    except ValidationError as error:
        raise InvalidSyntax(_explain(error.messages)) from None
    if urn.lower() not in (name.lower() for name in message["schemas"]):
        raise InvalidSyntax(f"schemas must hold {urn}.")
    return message


def _explain(messages: Any, where: str = "") -> str:
    if isinstance(messages, list):
        return f"{where}: {messages[0]}" if where else str(messages[0])
    key, inner = next(iter(messages.items()))
    if key == "_schema":
        return _explain(inner, where)
    place = f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}" if where else str(key)
    return _explain(inner, place)
