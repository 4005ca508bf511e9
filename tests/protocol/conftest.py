"""What the tests of the protocol share: the standard models, a model of our own, random resources.

The model of our own has one attribute for each characteristic that User and Group lack: immutable
ones, simple multi-valued ones, each type, each `returned`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import strategies as st

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.definitions import (
    Attribute,
    ResourceModel,
    ResourceType,
    Schema,
    SchemaExtension,
    Target,
)

DEVICE = "urn:example:params:scim:schemas:core:2.0:Device"
WARRANTY = "urn:example:params:scim:schemas:extension:2.0:Warranty"
LEASE = "urn:example:lease:1.0"


def _device() -> Schema:
    return Schema(
        DEVICE,
        "Device",
        "A thing that people hold.",
        (
            Attribute("serial", mutability="immutable", case_exact=True),
            Attribute("label", required=True),
            Attribute("pin", mutability="writeOnly", returned="never"),
            Attribute("notes", returned="request"),
            Attribute("anchor", returned="always"),
            Attribute("status", mutability="readOnly"),
            Attribute(
                "home",
                "complex",
                returned="always",
                sub_attributes=(Attribute("site"), Attribute("shelf")),
            ),
            Attribute("tags", multi_valued=True),
            Attribute("marks", multi_valued=True, mutability="immutable"),
            Attribute("scores", "integer", multi_valued=True),
            Attribute("floor", "integer"),
            Attribute("weight", "decimal"),
            Attribute("portable", "boolean"),
            Attribute("built", "dateTime"),
            Attribute("firmware", "binary", case_exact=True),
            Attribute("manual", "reference", case_exact=True),
            Attribute(
                "owner",
                "complex",
                sub_attributes=(
                    Attribute("value", case_exact=True),
                    Attribute("$ref", "reference", case_exact=True),
                    Attribute("display", mutability="readOnly"),
                ),
            ),
            Attribute(
                "badge",
                "complex",
                mutability="immutable",
                sub_attributes=(Attribute("number"), Attribute("colour")),
            ),
            Attribute(
                "casing",
                "complex",
                sub_attributes=(
                    Attribute("mould", mutability="immutable"),
                    Attribute("colour"),
                    Attribute("finishes", multi_valued=True),
                ),
            ),
            Attribute(
                "locks",
                "complex",
                multi_valued=True,
                mutability="immutable",
                sub_attributes=(Attribute("value"), Attribute("type")),
            ),
            Attribute(
                "keys",
                "complex",
                multi_valued=True,
                sub_attributes=(
                    Attribute("value"),
                    Attribute("type"),
                    Attribute("slot", returned="always"),
                    Attribute("note", returned="request"),
                    Attribute("secret", mutability="writeOnly", returned="never"),
                    Attribute("primary", "boolean"),
                ),
            ),
            Attribute(
                "ports",
                "complex",
                multi_valued=True,
                sub_attributes=(
                    Attribute("number", "integer", required=True),
                    Attribute("kind", mutability="immutable"),
                    Attribute("speed", "decimal"),
                    Attribute("seen", "dateTime"),
                ),
            ),
        ),
    )


def _warranty() -> Schema:
    return Schema(
        WARRANTY,
        "Warranty",
        "Until when a device is mended.",
        (
            Attribute("level", required=True),
            Attribute("expires", "dateTime"),
            Attribute("codes", multi_valued=True),
            Attribute(
                "contacts",
                "complex",
                multi_valued=True,
                sub_attributes=(
                    Attribute("value"),
                    Attribute("type"),
                    Attribute("primary", "boolean"),
                ),
            ),
        ),
    )


def _lease() -> Schema:
    return Schema(
        LEASE, "Lease", "Who lends it.", (Attribute("lender"), Attribute("fee", "decimal"))
    )


@pytest.fixture(scope="session")
def standard() -> Catalog:
    return Catalog.standard()


@pytest.fixture(scope="session")
def user_model(standard: Catalog) -> ResourceModel:
    return standard.models["User"]


@pytest.fixture(scope="session")
def group_model(standard: Catalog) -> ResourceModel:
    return standard.models["Group"]


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    optional = (SchemaExtension(WARRANTY), SchemaExtension(LEASE))
    required = (SchemaExtension(WARRANTY, required=True),)
    return Catalog.of(
        [_device(), _warranty(), _lease()],
        [
            ResourceType("Device", "Device", "/Devices", DEVICE, "Devices.", optional),
            ResourceType("Leased", "Leased", "/Leased", DEVICE, "Mended ones.", required),
        ],
    )


@pytest.fixture(scope="session")
def device_model(catalog: Catalog) -> ResourceModel:
    return catalog.models["Device"]


@pytest.fixture(scope="session")
def leased_model(catalog: Catalog) -> ResourceModel:
    return catalog.models["Leased"]


@pytest.fixture
def user() -> dict[str, Any]:
    """A stored user in the one form that every module relies on."""
    return {
        "schemas": [urns.USER, urns.ENTERPRISE_USER],
        "id": "2819c223-7f76-453a-919d-413861904646",
        "externalId": "701984",
        "userName": "bjensen@example.com",
        "name": {
            "formatted": "Ms. Barbara J Jensen",
            "familyName": "Jensen",
            "givenName": "Barbara",
        },
        "displayName": "Babs Jensen",
        "title": "Tour Guide",
        "active": True,
        "password": "t1meMa$heen",
        "emails": [
            {"value": "bjensen@example.com", "type": "work", "primary": True},
            {"value": "babs@jensen.org", "type": "home"},
        ],
        "addresses": [
            {"type": "work", "streetAddress": "100 Universal City Plaza", "locality": "Hollywood"},
            {"type": "home", "streetAddress": "456 Hollywood Blvd", "primary": True},
        ],
        "groups": [{"value": "g1", "display": "Tour Guides", "type": "direct"}],
        "meta": {
            "resourceType": "User",
            "created": "2010-01-23T04:56:22Z",
            "lastModified": "2011-05-13T04:42:34Z",
            "version": 'W/"3"',
            "location": "https://example.com/v2/Users/2819c223-7f76-453a-919d-413861904646",
        },
        urns.ENTERPRISE_USER: {
            "employeeNumber": "701984",
            "department": "Tour Operations",
            "manager": {"value": "26118915", "displayName": "John Smith"},
        },
    }


@pytest.fixture
def group() -> dict[str, Any]:
    return {
        "schemas": [urns.GROUP],
        "id": "e9e30dba",
        "displayName": "Tour Guides",
        "members": [
            {"value": "u1", "display": "Babs Jensen", "type": "User"},
            {"value": "u2", "display": "Mandy Pepperidge", "type": "User"},
        ],
        "meta": {"resourceType": "Group"},
    }


@pytest.fixture
def device() -> dict[str, Any]:
    return {
        "schemas": [DEVICE, WARRANTY],
        "id": "d1",
        "serial": "S-1",
        "label": "Drill",
        "pin": "4711",
        "notes": "heavy",
        "anchor": "bay 4",
        "status": "in use",
        "home": {"site": "Oslo", "shelf": "4"},
        "tags": ["red", "heavy"],
        "scores": [3, 5],
        "floor": 2,
        "weight": 1.5,
        "portable": True,
        "built": "2011-05-13T04:42:34Z",
        "firmware": "aGVsbG8=",
        "manual": "https://example.com/Manual",
        "owner": {"value": "u1", "display": "Babs"},
        "badge": {"number": "17", "colour": "red"},
        "casing": {"mould": "m1", "colour": "grey", "finishes": ["matt"]},
        "locks": [{"value": "l1", "type": "front"}, {"value": "l2", "type": "back"}],
        "keys": [
            {"value": "k1", "type": "steel", "slot": "1", "note": "worn", "secret": "s1"},
            {"value": "k2", "type": "brass", "slot": "2", "secret": "s2", "primary": True},
        ],
        "ports": [{"number": 1, "kind": "usb"}, {"number": 2, "kind": "lan", "speed": 2.5}],
        WARRANTY: {
            "level": "gold",
            "expires": "2030-01-01T00:00:00Z",
            "codes": ["w1"],
            "contacts": [{"value": "c1", "type": "phone", "primary": True}],
        },
    }


# --- random resources --------------------------------------------------------------------------

# Few values, so that filters match and values meet: the same letters in other cases and forms,
# text that is syntax elsewhere, instants that are equal in other zones.
TEXTS = (
    "a",
    "A",
    "b",
    "ab",
    "Ba",
    "é",
    "e\u0301",
    "É",
    "ß",
    "SS",
    "",
    " ",
    'q"u',
    "back\\",
    "a.b:c]",
    "work",
)
WORDS = ("work", "home", "Work", "a", "b")
MOMENTS = (
    "2011-05-13T04:42:34Z",
    "2011-05-13T06:42:34+02:00",
    "2011-05-13T04:42:34",
    "2011-05-13T04:42:34.5Z",
    "2012-01-01T00:00:00-05:00",
)
POOLS: dict[str, tuple[Any, ...]] = {
    "string": TEXTS,
    "reference": TEXTS,
    "binary": ("", "YQ==", "YWI", "yq=="),
    "boolean": (True, False),
    "integer": (0, 1, 2, -5, 10**12),
    "decimal": (0, 1, 1.0, 2.5, -0.5, 1e20),
    "dateTime": MOMENTS,
}

Draw = Callable[..., Any]


def simple_values(attribute: Attribute) -> st.SearchStrategy[Any]:
    kind = attribute.name in ("type", "value") and attribute.type == "string"
    return st.sampled_from(WORDS if kind else POOLS[attribute.type])


@st.composite
def attribute_values(draw: Draw, attribute: Attribute) -> Any:
    """Draw a value in the form in which a resource stores it; None for unassigned."""
    if not attribute.multi_valued:
        return draw(element_values(attribute))
    values: list[Any] = []
    primary = False
    for _ in range(draw(st.integers(0, 3))):
        one = draw(element_values(attribute))
        if isinstance(one, dict) and one.get("primary"):
            one["primary"] = not primary
            primary = True
        if one is not None and _bare(one) not in map(_bare, values):
            values.append(one)
    return values or None


def _bare(value: Any) -> Any:
    """A value without `primary`: two that differ in that alone are stored as one."""
    return {k: v for k, v in value.items() if k != "primary"} if isinstance(value, dict) else value


@st.composite
def element_values(draw: Draw, attribute: Attribute) -> Any:
    if not attribute.is_complex:
        return draw(simple_values(attribute))
    chosen = draw(st.integers(0, 2 ** len(attribute.sub_attributes) - 1))
    value = {}
    for place, sub in enumerate(attribute.sub_attributes):
        if sub.required or chosen >> place & 1:
            part = draw(attribute_values(sub))
            if part is not None:
                value[sub.name] = part
    return value or None


@st.composite
def stored_resources(
    draw: Draw, model: ResourceModel, about: Sequence[Target] | None = None
) -> dict[str, Any]:
    """Draw a resource as a store would hold it, readOnly attributes included.

    It has the attributes that it is about, or a few; and those that are required.
    """
    targets = [t for t in model.every_attribute() if t.attribute.name not in ("schemas", "id")]
    if about is None:
        about = draw(st.lists(st.sampled_from(targets), max_size=5))
    resource: dict[str, Any] = {"schemas": [model.core.id], "id": "r1"}
    for target in targets:
        used = any(target.urn and target.urn == one.urn for one in about)
        needed = target.attribute.required and (used or not target.urn)
        if needed or any(target is one or target == one for one in about):
            value = draw(attribute_values(target.attribute))
            if target.attribute.required and isinstance(value, str) and not value.strip():
                value = "a"
            if value is not None:
                holder = resource.setdefault(target.urn, {}) if target.urn else resource
                holder[target.attribute.name] = value
    resource["schemas"] += [schema.id for schema in model.extensions if schema.id in resource]
    return resource


@pytest.fixture(scope="session")
def resources_of() -> Callable[..., st.SearchStrategy[dict[str, Any]]]:
    """Random stored resources of a model."""
    return stored_resources


@pytest.fixture(scope="session")
def values_of() -> Callable[[Attribute], st.SearchStrategy[Any]]:
    """Random values of an attribute in the stored form."""
    return attribute_values


@pytest.fixture(scope="session")
def elements_of() -> Callable[[Attribute], st.SearchStrategy[Any]]:
    """Random single values of an attribute, multi-valued or not."""
    return element_values


@pytest.fixture(scope="session")
def literals_of() -> Callable[[Attribute], st.SearchStrategy[Any]]:
    """Random values of a simple attribute, the same ones that random resources hold."""
    return simple_values
