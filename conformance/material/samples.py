"""The smallest resources that an endpoint takes: its own schemas say what it demands."""

import random
from typing import Any

from conformance.claims import COMMON, KNOWN_TYPES, Claims, Document

PREFIX = "scim-conformance-"
"""Begins the userName and displayName of everything that a run makes."""


class Names:
    """Random names that a seed gives again."""

    def __init__(self, seed: int, check_id: str, ending: str = "") -> None:
        # Seeded by check, so that a check alone sends what it sent in a whole run.
        self._random = random.Random(f"{seed}/{check_id}")
        self._ending = ending

    def name(self) -> str:
        """Return a new name; in lower case, as a server may fold what is not case-exact."""
        return f"{PREFIX}{self._random.getrandbits(48):012x}{self._ending}"


def smallest(claims: Claims, type_name: str, name: str) -> Document:
    """Return a resource with a name and what the endpoint's schemas demand beside it."""
    core = claims.urn_of(type_name)
    resource: Document = {"schemas": [core]}
    if type_name in KNOWN_TYPES:
        resource[_name_of(type_name)] = name
    for urn, schema in claims.schemas_of(type_name, required=True):
        demanded = _demanded(schema.get("attributes"), name)
        if urn == core:
            resource = demanded | resource
        else:
            resource["schemas"].append(urn)
            resource[urn] = demanded
    return resource


def name_of(document: Document) -> str | None:
    """Return the name that a resource was given by us."""
    for attribute in ("userName", "displayName"):
        value = document.get(attribute)
        if isinstance(value, str) and value.startswith(PREFIX):
            return value
    return None


def _name_of(type_name: str) -> str:
    return "userName" if type_name == "User" else "displayName"


def _demanded(attributes: object, name: str) -> Document:
    """Return values for the attributes of a list that are required and that a client writes."""
    if not isinstance(attributes, list):
        return {}
    required = [a for a in attributes if isinstance(a, dict) and _is_demanded(a)]
    return {a["name"]: value for a in required if (value := _value(a, name)) is not None}


def _is_demanded(attribute: Document) -> bool:
    writable = attribute.get("mutability") != "readOnly"
    named = isinstance(attribute.get("name"), str) and attribute["name"].lower() not in COMMON
    return writable and named and attribute.get("required") is True


def _value(attribute: Document, name: str) -> Any:
    """Return some value of the attribute's type; None for one that must point somewhere."""
    one = _complex(attribute, name) if attribute.get("type") == "complex" else _one(attribute, name)
    return [one] if attribute.get("multiValued") is True and one is not None else one


def _complex(attribute: Document, name: str) -> Document | None:
    subs = attribute.get("subAttributes")
    listed = [s for s in subs if isinstance(s, dict)] if isinstance(subs, list) else []
    value = _demanded(listed, name)
    if value:
        return value
    # No part of it is required, but the whole is: its value, else the first part we can fill.
    listed.sort(key=lambda sub: sub.get("name") != "value")
    fillable = (s for s in listed if s.get("mutability") != "readOnly" and s.get("name"))
    first = next((s for s in fillable if _value(s, name) is not None), None)
    return None if first is None else {first["name"]: _one(_as_email(attribute, first), name)}


def _as_email(parent: Document, sub: Document) -> Document:
    return sub | {"name": "email"} if "mail" in str(parent.get("name")).lower() else sub


def _one(attribute: Document, name: str) -> Any:
    canonical = attribute.get("canonicalValues")
    if isinstance(canonical, list) and canonical:
        return canonical[0]
    if attribute.get("type") == "reference":
        outside = {"external", "uri"} & set(attribute.get("referenceTypes") or [])
        return f"https://example.com/{name}" if outside else None
    if "mail" in str(attribute.get("name")).lower():
        return f"{name}@example.com"
    return _BY_TYPE.get(str(attribute.get("type")), name)


_BY_TYPE: dict[str, Any] = {
    "boolean": True,
    "integer": 1,
    "decimal": 1.5,
    "dateTime": "2024-01-01T00:00:00Z",
    "binary": "c2NpbQ==",
}


# --- a value for any attribute -------------------------------------------------------------------

_KNOWN: dict[str, Any] = {
    "locale": "en-US",
    "preferredlanguage": "en-US",
    "timezone": "Europe/Berlin",
    "country": "DE",
    "phonenumbers": "tel:+1-201-555-0123",
    "primary": True,
}
"""Values of core attributes whose form a text fixes (RFC 7643 §4.1)."""


def is_reference(attribute: Document) -> bool:
    """Whether a value points at a resource of the endpoint, so that it cannot be made up."""
    subs = attribute.get("subAttributes")
    parts = [one for one in subs if isinstance(one, dict)] if isinstance(subs, list) else []
    kinds = [kind for one in (attribute, *parts) for kind in one.get("referenceTypes") or ()]
    is_pointing = any(str(one.get("name")).lower() == "$ref" for one in parts)
    return is_pointing or any(kind not in ("external", "uri") for kind in kinds)


def sample(attribute: Document, name: str, parent: Document | None = None) -> Any:
    """Return one value that fits; None where none can be made up, or none may be written."""
    if attribute.get("mutability") == "readOnly" or is_reference(attribute):
        return None
    if attribute.get("type") == "complex":
        subs = attribute.get("subAttributes")
        parts = [one for one in subs if isinstance(one, dict)] if isinstance(subs, list) else []
        made = {str(one.get("name")): sample(one, name, attribute) for one in parts}
        return {key: value for key, value in made.items() if value is not None} or None
    known = _KNOWN.get(str(attribute.get("name")).lower())
    if attribute.get("name") == "value" and parent is not None:
        known = _KNOWN.get(str(parent.get("name")).lower(), known)
        attribute = _as_email(parent, attribute)
    if known is not None:
        return known
    if attribute.get("type") == "reference":
        return f"https://example.com/{name}"
    return _one(attribute, name)


def wrong_sample(attribute: Document, *, is_list: bool) -> Any:
    """Return a value of another JSON type, or of the right one without any meaning."""
    if is_list:
        return "nonsense" if attribute.get("type") == "complex" else {"x": "nonsense"}
    kind = attribute.get("type")
    return "%nonsense%" if kind in _MEANT or kind == "complex" else {"x": "nonsense"}


_MEANT = ("boolean", "integer", "decimal", "dateTime", "binary")
