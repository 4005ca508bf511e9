"""Schema and resource type documents checked: everything wrong with one, each with its place.

`definitions` reads documents that are right. This says of any JSON whether it is one (RFC 7643 §6,
§7), and of what is not, where and why, so that a schema of one's own is soon one that works:

    attributes[3].subAttributes[0].type: "String" is no type; did you mean "string"?

A characteristic that is left out has its default (§2.2). Beyond the RFC's own rules, a name that
means nothing is refused: it is a slip more often than a remark, and would do nothing in silence.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from marshmallow import Schema as Check
from marshmallow import ValidationError, fields, validates_schema

from scim_protocol import urns
from scim_protocol.definitions import COMMON_ATTRIBUTES, TYPES, ResourceType, Schema
from scim_protocol.errors import InvalidPath
from scim_protocol.filter import parse_attribute_path


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document: where, and what; `place` is empty for all of it."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class DocumentError(ValueError):
    """A document is neither a schema nor a resource type; `problems` says all that is wrong."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Extending:
    """A resource type document that only adds extensions to a resource type defined elsewhere."""

    name: str
    extensions: Mapping[str, bool]


def read_document(document: object) -> Schema | ResourceType | Extending:
    """Return the schema or the resource type that a document defines.

    A resource type document without `endpoint` and `schema` adds its `schemaExtensions` to the
    type of its name.

    :raises DocumentError: it defines neither; all that is wrong with it is told.
    """
    if not isinstance(document, dict):
        raise DocumentError([Problem("", "a document must be a JSON object.")])
    check = _check_for(document)
    if check is None:
        raise DocumentError([Problem("", _NEITHER)])
    try:
        check().load(document)
    except ValidationError as error:
        raise DocumentError(_problems(error.messages)) from None
    if check is _Schema:
        return Schema.from_json(document)
    if "schema" not in document:
        listed = document["schemaExtensions"]
        return Extending(document["name"], {one["schema"]: one["required"] for one in listed})
    kind = document | {"endpoint": "/" + document["endpoint"].removeprefix("/")}
    return ResourceType.from_json(kind)


_NEITHER: Final = (
    "is neither a schema nor a resource type: its `schemas` must list"
    f" {urns.SCHEMA} or {urns.RESOURCE_TYPE}."
)


def _check_for(document: dict[str, Any]) -> type["_Members"] | None:
    """Return what checks a document; what it says of itself counts, else what it looks like."""
    named = document.get("schemas")
    lower = [one.lower() for one in named if isinstance(one, str)] if _is_list(named) else []
    if urns.SCHEMA.lower() in lower or (not lower and "attributes" in document):
        return _Schema
    looks_like = "endpoint" in document or "schemaExtensions" in document
    if urns.RESOURCE_TYPE.lower() in lower or (not lower and looks_like):
        return _ResourceType
    return None


# --- what a document may hold ------------------------------------------------------------------

# RFC 7643 §2.1, figure 1; the RFC itself names a sub-attribute beside that rule: $ref.
_NAME: Final = re.compile(r"[A-Za-z][$A-Za-z0-9_-]*")
_REF: Final = "$ref"
_COMMON: Final = {attribute.name.lower(): attribute.name for attribute in COMMON_ATTRIBUTES}
# RFC 7643 §2.3 says of each of the other types that it has no uniqueness, or none that is kept.
_CAN_BE_UNIQUE: Final = frozenset({"string", "reference", "integer", "decimal"})
# RFC 7643 §2.4: these mean the same in every multi-valued attribute.
_PREDEFINED: Final = {
    "type": "string",
    "primary": "boolean",
    "display": "string",
    "$ref": "reference",
}
_ENDPOINT: Final = re.compile(r"/?[A-Za-z0-9_~-][A-Za-z0-9._~-]*")
_RESERVED: Final = frozenset(
    part.strip("/").lower()
    for part in (
        *(urns.SERVICE_PROVIDER_CONFIGS, urns.RESOURCE_TYPES, urns.SCHEMAS, urns.BULK, urns.ME),
        "/ServiceProviderConfigs",
    )
)


class _Text(fields.Field[str]):
    """Text that is not empty."""

    default_error_messages = {"required": "is missing."}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"expected text, not {_shown(value)}.")
        if not value.strip() or not value.isprintable():
            raise ValidationError("must not be empty, nor hold what cannot be printed.")
        return value


class _Prose(_Text):
    """Text for people, which may be empty or have lines."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"expected text, not {_shown(value)}.")
        return value


class _Flag(fields.Field[bool]):
    """True or false, and nothing that looks like it."""

    default_error_messages = {"required": "is missing: true or false."}  # noqa: RUF012

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if not isinstance(value, bool):
            word = str(value).lower()
            hint = f"; write {word}, without quotes." if word in ("true", "false") else "."
            raise ValidationError(f"expected true or false, not {_shown(value)}{hint}")
        return value


class _Keyword(_Text):
    """One word of several, in their letter case."""

    def __init__(self, what: str, words: Iterable[str]) -> None:
        super().__init__()
        self._what, self._words = what, sorted(words)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str) or value not in self._words:
            hint = _did_you_mean(value, self._words)
            raise ValidationError(f"{_shown(value)} is no {self._what}; {hint}")
        return value


class _Urn(_Text):
    """A URN with a last part that is not taken for an attribute's name (RFC 7644 §3.10)."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            known = parse_attribute_path(f"{text}:x").urn == text
        except InvalidPath:
            known = False
        if not known or not re.match(r"urn:[a-z0-9][a-z0-9-]*:.", text, re.IGNORECASE):
            raise ValidationError(f'{_shown(text)} is no URN such as "urn:example:2.0:Device".')
        return text


class _Listed(fields.List[Any]):
    """A list whose faulty elements are all told."""

    default_error_messages = {"required": "is missing: a list."}  # noqa: RUF012

    def __init__(self, inner: fields.Field[Any], *, required: bool = False, least: int = 0) -> None:
        super().__init__(inner, required=required)
        self._least = least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError(f"expected a list, not {_shown(value)}.")
        if len(value) < self._least:
            raise ValidationError("must not be empty.")
        return super()._deserialize(value, attr, data, **kwargs)


class _Members(Check):
    """The members of an object: known names, each with its value."""

    error_messages: dict[str, str] = {  # noqa: RUF012
        "unknown": _UNKNOWN if (_UNKNOWN := "means nothing here") else "",
        "type": "expected an object.",
    }


class _Attribute(_Members):
    """The definition of an attribute (RFC 7643 §7)."""

    name = _Text(required=True)
    type = _Keyword("type", TYPES)
    multiValued = _Flag()
    description = _Prose()
    required = _Flag()
    canonicalValues = _Listed(_Prose())
    caseExact = _Flag()
    mutability = _Keyword("mutability", ("readOnly", "readWrite", "immutable", "writeOnly"))
    returned = _Keyword("rule of when it is returned", ("always", "never", "default", "request"))
    uniqueness = _Keyword("uniqueness", ("none", "server", "global"))
    referenceTypes = _Listed(_Text())

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _together(self, _data: Any, given: Any, **_: Any) -> None:
        if isinstance(given, dict):
            _raise_all(_contradictions(given))


class _SubAttribute(_Attribute):
    """The definition of a sub-attribute, which has none of its own (RFC 7643 §2.3.8)."""

    subAttributes = fields.Raw()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _as_part(self, _data: Any, given: Any, **_: Any) -> None:
        if not isinstance(given, dict):
            return
        problems = list(_name_problems(given, (*_COMMON, _REF)))
        if given.get("type") == "complex":
            problems.append(("type", "a sub-attribute cannot be complex (RFC 7643 §2.3.8)."))
        if given.get("subAttributes"):
            no_more = "a sub-attribute has no sub-attributes of its own (RFC 7643 §2.3.8)."
            problems.append(("subAttributes", no_more))
        _raise_all(problems)


class _TopAttribute(_Attribute):
    """The definition of an attribute of a schema."""

    subAttributes = _Listed(fields.Nested(_SubAttribute))

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _as_whole(self, _data: Any, given: Any, **_: Any) -> None:
        if isinstance(given, dict):
            _raise_all((*_name_problems(given, ()), *_part_problems(given)))


class _Document(_Members):
    """What every document may hold beside what it is about."""

    schemas = _Listed(_Text())
    meta = fields.Raw()
    description = _Prose()


class _Schema(_Document):
    """A schema document (RFC 7643 §7)."""

    id = _Urn(required=True)
    name = _Text()
    attributes = _Listed(fields.Nested(_TopAttribute), required=True, least=1)
    externalId = fields.Raw()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _together(self, _data: Any, given: Any, **_: Any) -> None:
        _raise_all(_repeated(given.get("attributes"), "attributes", "name"))


class _Extension(_Members):
    """One of a resource type's extensions (RFC 7643 §6)."""

    schema = _Urn(required=True)
    required = _Flag(required=True)


class _ResourceType(_Document):
    """A resource type document (RFC 7643 §6), or one that only adds extensions to a type."""

    id = _Text()
    name = _Text(required=True)
    endpoint = _Text()
    schema = _Urn()
    schemaExtensions = _Listed(fields.Nested(_Extension))

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _together(self, _data: Any, given: Any, **_: Any) -> None:
        listed = given.get("schemaExtensions")
        problems = list(_repeated(listed, "schemaExtensions", "schema"))
        problems += _endpoint_problems(given.get("endpoint"))
        problems += ((n, 'must not hold "/".') for n in ("id", "name") if "/" in str(given.get(n)))
        missing = [name for name in ("endpoint", "schema") if name not in given]
        if len(missing) == 1 or (missing and not listed):
            problems += ((name, "is missing.") for name in missing)
        _raise_all(problems)


# --- rules on several members at once ----------------------------------------------------------

_Found = tuple[str, str]  # A place below the object, and what is wrong there.


def _raise_all(problems: Iterable[_Found]) -> None:
    errors: dict[str, Any] = {}
    for place, message in problems:
        errors.setdefault(place, []).append(message)
    if errors:
        raise ValidationError(errors)


def _name_problems(given: dict[str, Any], also: Iterable[str]) -> Iterator[_Found]:
    name = given.get("name")
    if not isinstance(name, str) or not name.strip() or name.lower() in also:
        return
    if name.lower() in _COMMON:
        yield "name", f"{_shown(name)} is an attribute of every resource (RFC 7643 §3.1)."
    elif not _NAME.fullmatch(name):
        rule = "a letter, then letters, digits, $, - and _"
        yield "name", f"{_shown(name)} is no name of an attribute: {rule} (RFC 7643 §2.1)."


def _contradictions(given: dict[str, Any]) -> Iterator[_Found]:
    kind = given.get("type", "string")
    if not isinstance(kind, str) or kind not in TYPES:
        return  # What else the type allows cannot be said of one that is none.
    if given.get("uniqueness") in ("server", "global") and kind not in _CAN_BE_UNIQUE:
        yield "uniqueness", f"a {kind} has no uniqueness (RFC 7643 §2.3)."
    if kind == "reference" and not given.get("referenceTypes"):
        hint = 'such as ["User"], ["external"] or ["uri"]'
        yield "referenceTypes", f"a reference says what it may refer to, {hint}."
    if kind != "reference" and given.get("referenceTypes"):
        yield "referenceTypes", f"only a reference has them, and this is a {kind}."
    if given.get("mutability") == "writeOnly" and given.get("returned", "never") != "never":
        yield "returned", 'what is writeOnly is never returned: say "never", or nothing.'


def _part_problems(given: dict[str, Any]) -> Iterator[_Found]:
    kind, parts = given.get("type", "string"), given.get("subAttributes")
    if kind == "complex" and (parts is None or parts == []):
        yield "subAttributes", "a complex attribute needs sub-attributes."
    elif kind != "complex" and kind in sorted(TYPES) and parts:
        yield "subAttributes", f'a {kind} has none; its type would be "complex".'
    yield from _repeated(parts, "subAttributes", "name")
    for number, part in enumerate(parts if _is_list(parts) else ()):
        if given.get("multiValued") is True and isinstance(part, dict):
            meant = _PREDEFINED.get(str(part.get("name")).lower())
            if meant and part.get("type", "string") != meant and part.get("type") in TYPES:
                name = str(part.get("name")).lower()
                yield f"subAttributes.{number}.type", f"{name} is a {meant} (RFC 7643 §2.4)."


def _endpoint_problems(endpoint: Any) -> Iterator[_Found]:
    if not isinstance(endpoint, str):
        return
    if not _ENDPOINT.fullmatch(endpoint):
        yield "endpoint", f'{_shown(endpoint)} is no endpoint such as "/Devices".'
    elif endpoint.strip("/").lower() in _RESERVED:
        yield "endpoint", f"{_shown(endpoint)} is an endpoint of the protocol's own."


def _repeated(listed: Any, place: str, key: str) -> Iterator[_Found]:
    """Tell of elements that are called like an earlier one in any letter case (RFC 7643 §2.1)."""
    first: dict[str, int] = {}
    for number, one in enumerate(listed if _is_list(listed) else ()):
        name = one.get(key) if isinstance(one, dict) else None
        if isinstance(name, str) and first.setdefault(name.lower(), number) != number:
            earlier = f"{place}[{first[name.lower()]}]"
            yield f"{place}.{number}.{key}", f"{_shown(name)} is that of {earlier} already."


# --- telling of it -----------------------------------------------------------------------------


def _problems(messages: Any, place: str = "") -> Iterator[Problem]:
    """Yield each of marshmallow's nested messages with its place, in the order of the document."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _problems(inner, _below(place, key))
        return
    for message in dict.fromkeys(messages):
        yield Problem(place, _unknown(place) if message == _UNKNOWN else str(message))


def _below(place: str, key: Any) -> str:
    if key == "_schema":
        return place
    if isinstance(key, int):
        return f"{place}[{key}]"
    # A rule on several members names a place below its own object: subAttributes.0.type
    path = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", str(key))
    return f"{place}.{path}" if place else path


def _unknown(place: str) -> str:
    below, _, name = place.rpartition(".")
    check = _Schema if not below else _Extension if "Extensions" in below else _TopAttribute
    known = {*check._declared_fields} | ({*_ResourceType._declared_fields} if not below else set())
    close = get_close_matches(name.lower(), {k.lower(): k for k in known}, n=1)
    meant = next((k for k in known if close and k.lower() == close[0]), None)
    return f"is not known here; did you mean {_shown(meant)}?" if meant else "is not known here."


def _did_you_mean(wrong: Any, words: Iterable[str]) -> str:
    folded = {word.lower(): word for word in words}
    close = get_close_matches(str(wrong).lower(), folded, n=1)
    if close:
        return f"did you mean {_shown(folded[close[0]])}?"
    return f"there are {', '.join(sorted(words))}."


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
