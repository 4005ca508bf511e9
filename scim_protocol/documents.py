"""Schema and resource type documents checked: everything wrong with one, each with its place.

`definitions` reads documents that are right. This says of any JSON whether it is one (RFC 7643 §6,
§7), and of what is not, where and why, so that a schema of one's own is soon one that works:

    attributes[3].subAttributes[0].type: "String" is no type; did you mean "string"?

A characteristic that is left out has its default (§2.2). Beyond the RFC's own rules, a name that
means nothing is refused: it is a slip more often than a remark, and would do nothing in silence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import ValidationError, fields, validates_schema

from scim_protocol import urns
from scim_protocol.datatypes import CAN_BE_UNIQUE
from scim_protocol.definitions import (
    COMMON_ATTRIBUTES,
    TYPES,
    ResourceType,
    Schema,
)
from scim_protocol.document_shapes import (
    Flag,
    Found,
    Keyword,
    Listed,
    Members,
    Object,
    Prose,
    Text,
    Urn,
    as_list,
    raise_all,
    shown,
)


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


def doubts(document: Mapping[str, Any]) -> list[Problem]:
    """Return what a schema document that can be read says and what does not hold of its attributes.

    They are served, and shown, as what is true of them.
    """
    return [
        Problem(f"{place}.{name}", message)
        for place, attribute in _every_attribute(document.get("attributes"), "attributes")
        for name, message in _untrue(attribute)
    ]


def _every_attribute(listed: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, one in enumerate(as_list(listed)):
        yield f"{place}[{number}]", one
        yield from _every_attribute(one.get("subAttributes"), f"{place}[{number}].subAttributes")


def _untrue(given: dict[str, Any]) -> Iterator[Found]:
    kind, is_write_only = given.get("type", "string"), given.get("mutability") == "writeOnly"
    if is_write_only and given.get("returned", "never") != "never":
        yield "returned", 'what is writeOnly is never returned (RFC 7643 §7): it means "never".'
    if given.get("uniqueness", "none") == "none":
        return
    if kind not in CAN_BE_UNIQUE:
        article = "an" if kind[0] in "aeiou" else "a"
        yield "uniqueness", f'{article} {kind} has none (RFC 7643 §2.3): it means "none".'
    elif is_write_only and kind == "string":
        yield "uniqueness", 'text that is writeOnly is stored as a hash: it means "none".'


_NEITHER: Final = (
    "is neither a schema nor a resource type: its `schemas` must list"
    f" {urns.SCHEMA} or {urns.RESOURCE_TYPE}."
)


def _check_for(document: dict[str, Any]) -> type["Members"] | None:
    """Return what checks a document; what it says of itself counts, else what it looks like."""
    named = document.get("schemas")
    lower = [one.lower() for one in as_list(named) if isinstance(one, str)]
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


class _Attribute(Members):
    """The definition of an attribute (RFC 7643 §7)."""

    name = Text(required=True)
    type = Keyword("type", TYPES)
    multiValued = Flag()
    description = Prose()
    required = Flag()
    canonicalValues = Listed(Prose())
    caseExact = Flag()
    mutability = Keyword("mutability", ("readOnly", "readWrite", "immutable", "writeOnly"))
    returned = Keyword("rule of when it is returned", ("always", "never", "default", "request"))
    uniqueness = Keyword("uniqueness", ("none", "server", "global"))
    referenceTypes = Listed(Text())

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _together(self, _data: Any, given: Any, **_: Any) -> None:
        raise_all(_contradictions(given))


class _SubAttribute(_Attribute):
    """The definition of a sub-attribute, which has none of its own (RFC 7643 §2.3.8)."""

    subAttributes = fields.Raw()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _as_part(self, _data: Any, given: Any, **_: Any) -> None:
        problems = list(_name_problems(given, is_part=True))
        if given.get("type") == "complex":
            problems.append(("type", "a sub-attribute cannot be complex (RFC 7643 §2.3.8)."))
        if given.get("subAttributes"):
            no_more = "a sub-attribute has no sub-attributes of its own (RFC 7643 §2.3.8)."
            problems.append(("subAttributes", no_more))
        raise_all(problems)


class _TopAttribute(_Attribute):
    """The definition of an attribute of a schema."""

    subAttributes = Listed(Object(_SubAttribute))

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _as_whole(self, _data: Any, given: Any, **_: Any) -> None:
        raise_all((*_name_problems(given), *_part_problems(given)))


class _Document(Members):
    """What every document may hold beside what it is about."""

    schemas = Listed(Text())
    meta = fields.Raw()
    description = Prose()


class _Schema(_Document):
    """A schema document (RFC 7643 §7)."""

    id = Urn(required=True)
    name = Text()
    attributes = Listed(Object(_TopAttribute), required=True, least=1)
    externalId = fields.Raw()

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _together(self, _data: Any, given: Any, **_: Any) -> None:
        raise_all(_repeated(given.get("attributes"), "attributes", "name"))


class _Extension(Members):
    """One of a resource type's extensions (RFC 7643 §6)."""

    schema = Urn(required=True)
    required = Flag(required=True)


class _ResourceType(_Document):
    """A resource type document (RFC 7643 §6), or one that only adds extensions to a type."""

    id = Text()
    name = Text(required=True)
    endpoint = Text()
    schema = Urn()
    schemaExtensions = Listed(Object(_Extension))

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def _together(self, _data: Any, given: Any, **_: Any) -> None:
        listed = given.get("schemaExtensions")
        problems = list(_repeated(listed, "schemaExtensions", "schema"))
        problems += _endpoint_problems(given.get("endpoint"))
        problems += ((n, 'must not hold "/".') for n in ("id", "name") if "/" in str(given.get(n)))
        missing = [name for name in ("endpoint", "schema") if name not in given]
        if len(missing) == 1 or (missing and not listed):
            problems += ((name, "is missing.") for name in missing)
        raise_all(problems)


# --- rules on several members at once ----------------------------------------------------------


def _name_problems(given: dict[str, Any], *, is_part: bool = False) -> Iterator[Found]:
    name = given.get("name")
    if not isinstance(name, str) or not name.strip() or (is_part and name == _REF):
        return
    if name.lower() in _COMMON and not is_part:
        yield "name", f"{shown(name)} is an attribute of every resource (RFC 7643 §3.1)."
    elif not _NAME.fullmatch(name):
        rule = "a letter, then letters, digits, $, - and _"
        yield "name", f"{shown(name)} is no name of an attribute: {rule} (RFC 7643 §2.1)."


def _contradictions(given: dict[str, Any]) -> Iterator[Found]:
    kind = given.get("type", "string")
    if not isinstance(kind, str) or kind not in TYPES:
        return  # What else the type allows cannot be said of one that is none.
    if kind == "reference" and not given.get("referenceTypes"):
        hint = 'such as ["User"], ["external"] or ["uri"]'
        yield "referenceTypes", f"a reference says what it may refer to, {hint}."
    if kind != "reference" and given.get("referenceTypes"):
        yield "referenceTypes", f"only a reference has them, and this is a {kind}."


def _part_problems(given: dict[str, Any]) -> Iterator[Found]:
    kind, parts = given.get("type", "string"), given.get("subAttributes")
    if kind == "complex" and (parts is None or parts == []):
        yield "subAttributes", "a complex attribute needs sub-attributes."
    elif kind != "complex" and kind in sorted(TYPES) and parts:
        yield "subAttributes", f'a {kind} has none; its type would be "complex".'
    yield from _repeated(parts, "subAttributes", "name")
    for number, part in enumerate(as_list(parts)):
        if given.get("multiValued") is True and isinstance(part, dict):
            meant = _PREDEFINED.get(str(part.get("name")).lower())
            if meant and meant != str(part.get("type", "string")):
                name = str(part.get("name")).lower()
                yield f"subAttributes.{number}.type", f"{name} is a {meant} (RFC 7643 §2.4)."


def _endpoint_problems(endpoint: Any) -> Iterator[Found]:
    if not isinstance(endpoint, str):
        return
    if not _ENDPOINT.fullmatch(endpoint):
        yield "endpoint", f'{shown(endpoint)} is no endpoint such as "/Devices".'
    elif endpoint.strip("/").lower() in _RESERVED:
        yield "endpoint", f"{shown(endpoint)} is an endpoint of the protocol's own."


def _repeated(listed: Any, place: str, key: str) -> Iterator[Found]:
    """Tell of elements that are called like an earlier one in any letter case (RFC 7643 §2.1)."""
    first: dict[str, int] = {}
    for number, one in enumerate(as_list(listed)):
        name = one.get(key) if isinstance(one, dict) else None
        if isinstance(name, str) and first.setdefault(name.lower(), number) != number:
            earlier = f"{place}[{first[name.lower()]}]"
            yield f"{place}.{number}.{key}", f"{shown(name)} is that of {earlier} already."


# --- telling of it -----------------------------------------------------------------------------


def _problems(messages: Any) -> list[Problem]:
    """Return marshmallow's nested messages, each with its place, in the order of the document."""
    found = dict.fromkeys(_flattened(messages, ""))
    return sorted(found, key=lambda problem: [int(n) for n in _NUMBERS.findall(problem.place)])


_NUMBERS: Final = re.compile(r"\[(\d+)\]")


def _flattened(messages: Any, place: str) -> Iterator[Problem]:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            yield from _flattened(inner, _below(place, key))
    else:
        yield from (Problem(place, str(message)) for message in messages)


def _below(place: str, key: Any) -> str:
    if key == "_schema":
        return place
    if isinstance(key, int):
        return f"{place}[{key}]"
    # A rule on several members names a place below its own object: subAttributes.0.type
    path = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", str(key))
    return f"{place}.{path}" if place else path
