"""What the endpoint says of itself, read once; what cannot be read is unknown, never fatal."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from conformance.wire.endpoint import Endpoint, Unanswered
from scim_protocol.urns import (
    ENTERPRISE_USER,
    GROUP,
    GROUPS,
    RESOURCE_TYPES,
    SCHEMAS,
    SERVICE_PROVIDER_CONFIGS,
    USER,
    USERS,
)

Document = dict[str, Any]

KNOWN_TYPES = {"User": (USER, USERS), "Group": (GROUP, GROUPS)}
EXTENSIONS = {"EnterpriseUser": ENTERPRISE_USER}
COMMON = frozenset({"id", "externalid", "meta", "schemas"})
"""Attributes of every resource, whether or not a schema lists them (RFC 7643 §3.1)."""


class Claims:
    """The three discovery documents of an endpoint, and what they let a check expect."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    @cached_property
    def config(self) -> Document | None:
        """The ServiceProviderConfig, or None when it cannot be read."""
        return self._document(SERVICE_PROVIDER_CONFIGS)

    @cached_property
    def types(self) -> list[Document]:
        """The resource types that name a schema; none when they cannot be read."""
        return [t for t in self._listed(RESOURCE_TYPES) if isinstance(t.get("schema"), str)]

    @cached_property
    def schemas(self) -> dict[str, Document]:
        """The schemas by their URN; none when they cannot be read."""
        return {s["id"]: s for s in self._listed(SCHEMAS) if isinstance(s.get("id"), str)}

    def missing(self, need: str) -> str | None:
        """Say what the endpoint does not claim of a need, or None when it claims it.

        A need is a feature ("patch"), a type ("Group"), an extension ("EnterpriseUser"), or an
        attribute that a client may write ("User.emails.type").
        """
        name, _, attribute = need.partition(".")
        if attribute:
            return self.missing(name) or self._missing_attribute(name, attribute)
        if name in EXTENSIONS:
            return self._missing_extension(name)
        return self._missing_type(name) if name in KNOWN_TYPES else self._missing_feature(name)

    def claims(self, feature: str) -> bool | None:
        """Whether a feature is claimed; None when the endpoint does not say."""
        section = (self.config or {}).get(feature)
        supported = section.get("supported") if isinstance(section, dict) else None
        return supported if isinstance(supported, bool) else None

    @cached_property
    def type_names(self) -> list[str]:
        """The types that are served: User and Group under these names, others under their own."""
        known = {urn.lower(): name for name, (urn, _) in KNOWN_TYPES.items()}
        named = [known.get(str(t["schema"]).lower(), t.get("name")) for t in self.types]
        return [name for name in dict.fromkeys(named) if isinstance(name, str)]

    def type_of(self, name: str) -> Document | None:
        """Return the resource type whose schema is that of User or Group, or that has the name."""
        if name not in KNOWN_TYPES:
            return next((t for t in self.types if t.get("name") == name), None)
        urn = KNOWN_TYPES[name][0]
        return next((t for t in self.types if _same(t.get("schema"), urn)), None)

    def urn_of(self, name: str) -> str:
        """Return the URN of a type's own schema."""
        if name in KNOWN_TYPES:
            return KNOWN_TYPES[name][0]
        return str((self.type_of(name) or {}).get("schema"))

    def path_of(self, name: str) -> str:
        """Return where the resources of a type live: /Users, if the endpoint says nothing else."""
        endpoint = (self.type_of(name) or {}).get("endpoint")
        if not isinstance(endpoint, str) or not endpoint:
            return KNOWN_TYPES[name][1] if name in KNOWN_TYPES else f"/{name}s"
        # RFC 7643 §6 writes "Users", RFC 7644 §4 "/Users"; that some write the base URL or its path
        # before it is a finding of one check, not the end of all others.
        base = self._endpoint.url.rstrip("/")
        for prefix in (base, urlsplit(base).path):
            endpoint = endpoint.removeprefix(f"{prefix}/") if prefix else endpoint
        return "/" + endpoint.strip("/")

    def schemas_of(self, name: str, *, required: bool = False) -> Iterator[tuple[str, Document]]:
        """Yield the URN and schema of a type, then those of its extensions.

        :param required: leave out the extensions that a resource need not have.
        """
        core = self.urn_of(name)
        yield core, self.schemas.get(core, {})
        for extension in _objects((self.type_of(name) or {}).get("schemaExtensions")):
            urn = extension.get("schema")
            if isinstance(urn, str) and (extension.get("required") is True or not required):
                yield urn, self.schemas.get(urn, {})

    def attribute(self, name: str, path: str) -> Document | None:
        """Return the definition of an attribute of a type's own schema, as "emails.type"."""
        found: Document | None = self.schemas.get(_urn(name))
        children = "attributes"
        for step in path.split("."):
            listed = _objects((found or {}).get(children))
            found = next((a for a in listed if _same(a.get("name"), step)), None)
            children = "subAttributes"
        return found

    def case_exact(self, name: str, path: str) -> bool:
        """Whether the case of an attribute's value counts; false unless the schema says so."""
        return (self.attribute(name, path) or {}).get("caseExact") is True

    def _missing_feature(self, feature: str) -> str | None:
        if feature == "index":  # RFC 9865 §4: an endpoint may page by cursors alone
            pagination = (self.config or {}).get("pagination")
            only_cursor = isinstance(pagination, dict) and pagination.get("index") is False
            return "ServiceProviderConfig says pagination.index is false" if only_cursor else None
        if self.claims(feature) is False:
            return f"ServiceProviderConfig says {feature}.supported is false"
        return None

    def _missing_type(self, name: str) -> str | None:
        if self.types and self.type_of(name) is None:
            return f"ResourceTypes lists no {name}"
        return None

    def _missing_extension(self, name: str) -> str | None:
        urns = {urn for urn, _ in self.schemas_of("User")}
        return None if EXTENSIONS[name] in urns else f"ResourceTypes does not give User {name}"

    def _missing_attribute(self, name: str, path: str) -> str | None:
        known = self.schemas.get(_urn(name))
        if not known or not known.get("attributes") or path.lower() in COMMON:
            return None
        found = self.attribute(name, path)
        if found is None:
            return f"the schema of {name} has no {path}"
        if found.get("returned") == "request":
            return f"the schema of {name} says that {path} is shown on request alone"
        if found.get("mutability") in ("readOnly", "immutable"):
            return f"the schema of {name} says that {path} is {found['mutability']}"
        return None

    def _document(self, path: str) -> Document | None:
        try:
            answer = self._endpoint.send("GET", path)
        except Unanswered:
            return None
        return answer.document if answer.ok else None

    def _listed(self, path: str) -> list[Document]:
        return list(_objects((self._document(path) or {}).get("Resources")))


def _urn(name: str) -> str:
    return EXTENSIONS.get(name) or KNOWN_TYPES[name][0]


def _objects(value: object) -> Iterator[Document]:
    """Yield the objects of what should be an array of them."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def _same(value: object, name: str) -> bool:
    return isinstance(value, str) and value.lower() == name.lower()
