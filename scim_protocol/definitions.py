"""Schemas and resource types: frozen values read from their JSON documents (RFC 7643 §6, §7).

Everything else in this package is derived from these: what a resource may hold, how a filter
compares, what a PATCH may change, what an answer shows. A schema of one's own is one more document.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Self

from scim_protocol import urns
from scim_protocol.datatypes import CAN_BE_UNIQUE, fold, fold_name
from scim_protocol.filter import AttributePath, parse_attribute_path

Document = Mapping[str, Any]

TYPES: Final = frozenset(
    {"string", "boolean", "decimal", "integer", "dateTime", "binary", "reference", "complex"}
)


class UnknownAttribute(LookupError):
    """No schema of the resource type defines the attribute."""


# Definitions are compared by identity: each is read once, and what is compiled from it is kept.
@dataclass(frozen=True, eq=False)
class Attribute:
    """An attribute or sub-attribute with its characteristics (RFC 7643 §2.2, §7)."""

    name: str
    type: str = "string"
    multi_valued: bool = False
    description: str = ""
    required: bool = False
    canonical_values: tuple[str, ...] = ()
    case_exact: bool = False
    mutability: str = "readWrite"
    returned: str = "default"
    uniqueness: str = "none"
    reference_types: tuple[str, ...] = ()
    sub_attributes: tuple["Attribute", ...] = ()
    profile: str | None = None  # of PRECIS, that its values are prepared and compared by

    @cached_property
    def _subs(self) -> dict[str, "Attribute"]:
        return {sub.name.lower(): sub for sub in self.sub_attributes}

    def sub(self, name: str) -> "Attribute | None":
        """Return the sub-attribute of that name, in any letter case (RFC 7643 §2.1)."""
        return self._subs.get(name.lower())

    @cached_property
    def fold(self) -> Callable[[str], str]:
        """Puts a text value into the form in which values are compared, sorted and indexed."""
        if self.case_exact:
            return _unchanged
        return fold_name if self.profile == USERNAME else fold

    @property
    def is_complex(self) -> bool:
        """Tell whether the values are objects with sub-attributes."""
        return self.type == "complex"

    @classmethod
    def from_json(cls, document: Document) -> Self:
        """Read the attribute definition of a schema document (RFC 7643 §7).

        :raises ValueError: the type is none of RFC 7643 §2.3.
        """
        kind = document.get("type", "string")
        if kind not in TYPES:
            kinds = ", ".join(sorted(TYPES))
            raise ValueError(f"{document['name']}: {kind!r} is no type; there are {kinds}.")
        mutability = document.get("mutability", "readWrite")
        # Of text that is writeOnly a hash is kept, and nobody knows what of.
        can_be_unique = kind in CAN_BE_UNIQUE and (kind, mutability) != ("string", "writeOnly")
        return cls(
            name=document["name"],
            type=kind,
            multi_valued=document.get("multiValued", False),
            description=document.get("description", ""),
            required=document.get("required", False),
            canonical_values=tuple(document.get("canonicalValues", ())),
            # References and binary values have no letter case to ignore (RFC 7643 §2.3.6, §2.3.7).
            case_exact=document.get("caseExact", kind in ("reference", "binary")),
            mutability=mutability,
            # What is writeOnly is never returned (§7), whatever else the document says.
            returned="never" if mutability == "writeOnly" else document.get("returned", "default"),
            uniqueness=document.get("uniqueness", "none") if can_be_unique else "none",
            reference_types=tuple(document.get("referenceTypes", ())),
            sub_attributes=tuple(map(cls.from_json, document.get("subAttributes", ()))),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the definition as a schema document holds it (RFC 7643 §7)."""
        document: dict[str, Any] = {
            "name": self.name,
            "type": self.type,
            "multiValued": self.multi_valued,
            "description": self.description,
            "required": self.required,
            "caseExact": self.case_exact,
            "mutability": self.mutability,
            "returned": self.returned,
            "uniqueness": self.uniqueness,
        }
        if self.canonical_values:
            document["canonicalValues"] = list(self.canonical_values)
        if self.reference_types:
            document["referenceTypes"] = list(self.reference_types)
        if self.sub_attributes:
            document["subAttributes"] = [sub.to_json() for sub in self.sub_attributes]
        return document


@dataclass(frozen=True, eq=False)
class Schema:
    """A schema: a URN and the attributes that it defines (RFC 7643 §7)."""

    id: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]

    @cached_property
    def _by_name(self) -> dict[str, Attribute]:
        return {attribute.name.lower(): attribute for attribute in self.attributes}

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute of that name, in any letter case (RFC 7643 §2.1)."""
        return self._by_name.get(name.lower())

    @classmethod
    def from_json(cls, document: Document) -> Self:
        """Read a schema document."""
        urn: str = document["id"]
        return cls(
            id=urn,
            name=document.get("name", urn),
            description=document.get("description", ""),
            attributes=tuple(
                _with_profile(urn, Attribute.from_json(one)) for one in document["attributes"]
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the schema document, without `meta`."""
        return {
            "schemas": [urns.SCHEMA],
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "attributes": [attribute.to_json() for attribute in self.attributes],
        }


USERNAME: Final = "UsernameCaseMapped"
PASSWORD: Final = "OpaqueString"

# RFC 7644 §5 asks it of these two; no schema document can say it.
_PROFILES: Final = {
    (urns.USER.lower(), "username"): USERNAME,
    (urns.USER.lower(), "password"): PASSWORD,
}


def _with_profile(urn: str, attribute: Attribute) -> Attribute:
    profile = _PROFILES.get((urn.lower(), attribute.name.lower()))
    return replace(attribute, profile=profile) if profile else attribute


def _unchanged(text: str) -> str:
    return text


@dataclass(frozen=True)
class SchemaExtension:
    """The URN of an extension schema, and whether every resource must use it (RFC 7643 §6)."""

    schema: str
    required: bool = False


@dataclass(frozen=True)
class ResourceType:
    """A kind of resource: its endpoint, its core schema and its extensions (RFC 7643 §6)."""

    id: str
    name: str
    endpoint: str
    schema: str
    description: str = ""
    extensions: tuple[SchemaExtension, ...] = ()

    @classmethod
    def from_json(cls, document: Document) -> Self:
        """Read a resource type document."""
        return cls(
            id=document.get("id", document["name"]),
            name=document["name"],
            endpoint=document["endpoint"],
            schema=document["schema"],
            description=document.get("description", ""),
            extensions=tuple(
                SchemaExtension(extension["schema"], extension["required"])
                for extension in document.get("schemaExtensions", ())
            ),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the resource type document, without `meta`."""
        return {
            "schemas": [urns.RESOURCE_TYPE],
            "id": self.id,
            "name": self.name,
            "endpoint": self.endpoint,
            "description": self.description,
            "schema": self.schema,
            "schemaExtensions": [
                {"schema": extension.schema, "required": extension.required}
                for extension in self.extensions
            ],
        }


@dataclass(frozen=True, slots=True)
class Target:
    """What an attribute path names in a resource: an attribute, perhaps one of its parts.

    `urn` is that of the extension whose object in the resource holds the attribute; None for the
    resource's own attributes, also when the path was written with the core schema's URN.
    """

    urn: str | None
    attribute: Attribute
    sub: Attribute | None = None

    @property
    def leaf(self) -> Attribute:
        """The sub-attribute if there is one, else the attribute."""
        return self.sub or self.attribute

    def __str__(self) -> str:
        return str(
            AttributePath(self.urn, self.attribute.name, self.sub.name if self.sub else None)
        )


@dataclass(frozen=True, eq=False)
class ResourceModel:
    """A resource type with its schemas at hand: all that can be known of its resources.

    `endpoints` are those of all types that are served with it, by name: its references lead there.
    """

    type: ResourceType
    core: Schema
    extensions: tuple[Schema, ...] = ()
    endpoints: Mapping[str, str] = field(default_factory=dict, repr=False)
    _found: dict[AttributePath, Target] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        """The resource type's name, such as "User"."""
        return self.type.name

    @property
    def endpoint(self) -> str:
        """The endpoint relative to the base URL, such as "/Users"."""
        return self.type.endpoint

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """The attributes at the top of a resource by lower-case name, common ones included."""
        own = (*COMMON_ATTRIBUTES, *self.core.attributes)
        return {attribute.name.lower(): attribute for attribute in own}

    @cached_property
    def extension_by_urn(self) -> dict[str, Schema]:
        """The extension schemas by lower-case URN: URNs are compared in any case (RFC 8141)."""
        return {schema.id.lower(): schema for schema in self.extensions}

    @cached_property
    def extension_objects(self) -> dict[str, Attribute]:
        """Each extension's object in a resource, seen as one complex attribute named by its URN."""
        return {
            schema.id: Attribute(
                schema.id,
                "complex",
                description=schema.description,
                sub_attributes=schema.attributes,
            )
            for schema in self.extensions
        }

    def extension(self, urn: str) -> Schema | None:
        """Return the extension schema of that URN, in any letter case."""
        return self.extension_by_urn.get(urn.lower())

    def find(self, path: AttributePath) -> Target:
        """Return what a path names in resources of this type (RFC 7644 §3.10).

        An extension's URN alone names the extension's object, as an attribute of that name.

        :raises UnknownAttribute: when no schema of this type defines it.
        """
        if path in self._found:
            return self._found[path]
        target = self._look_up(path)
        if len(self._found) < 4096:  # Paths come from requests: what is remembered is bounded.
            self._found[path] = target
        return target

    def resolve(self, text: str) -> Target:
        """Return what `[URN:]name[.sub]`, or an extension's URN alone, names in resources.

        :raises InvalidPath: the text is neither.
        :raises UnknownAttribute: no schema of this type defines it.
        """
        whole = self.extension(text)
        if whole is not None:
            return Target(None, self.extension_objects[whole.id])
        return self.find(parse_attribute_path(text))

    def _look_up(self, path: AttributePath) -> Target:
        if whole := self.extension(str(path)):
            return Target(None, self.extension_objects[whole.id])
        urn, attribute = self._top(path)
        if attribute is None:
            raise UnknownAttribute(f"{self.name} has no attribute {path}.")
        if path.sub is None:
            return Target(urn, attribute)
        sub = attribute.sub(path.sub)
        if sub is None:
            raise UnknownAttribute(f"{attribute.name} has no sub-attribute {path.sub}.")
        return Target(urn, attribute, sub)

    def _top(self, path: AttributePath) -> tuple[str | None, Attribute | None]:
        if path.urn is None or path.urn.lower() == self.core.id.lower():
            return None, self.attributes.get(path.name.lower())
        schema = self.extension(path.urn)
        return (schema.id, schema.attribute(path.name)) if schema else (None, None)

    def every_attribute(self) -> Iterator[Target]:
        """Yield every attribute, the extensions' included, without sub-attributes."""
        for attribute in self.attributes.values():
            yield Target(None, attribute)
        for schema in self.extensions:
            for attribute in schema.attributes:
                yield Target(schema.id, attribute)


# RFC 7643 §3.1: every resource has these, whatever its schema says. `id` is required of answers,
# never of requests, as it is readOnly; `schemas` is returned always as no answer is one without.
COMMON_ATTRIBUTES: Final = (
    Attribute(
        "schemas",
        type="reference",
        reference_types=("uri",),
        multi_valued=True,
        required=True,
        case_exact=True,
        returned="always",
        description="The URNs of the schemas that the resource uses.",
    ),
    Attribute(
        "id",
        case_exact=True,
        mutability="readOnly",
        returned="always",
        uniqueness="server",
        description="The identifier that the service provider gave the resource.",
    ),
    Attribute(
        "externalId",
        case_exact=True,
        description="The identifier that the client gave the resource.",
    ),
    Attribute(
        "meta",
        type="complex",
        mutability="readOnly",
        description="What the service provider knows of the resource itself.",
        sub_attributes=(
            Attribute("resourceType", case_exact=True, mutability="readOnly"),
            Attribute("created", type="dateTime", mutability="readOnly"),
            Attribute("lastModified", type="dateTime", mutability="readOnly"),
            Attribute(
                "location",
                type="reference",
                reference_types=("uri",),
                case_exact=True,
                mutability="readOnly",
            ),
            Attribute("version", case_exact=True, mutability="readOnly"),
        ),
    ),
)
