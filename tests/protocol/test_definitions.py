"""Schema and resource type documents (RFC 7643 §6, §7, §8.7)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import scim_protocol
from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.definitions import (
    TYPES,
    Attribute,
    ResourceModel,
    ResourceType,
    Schema,
    SchemaExtension,
    Target,
    UnknownAttribute,
)
from scim_protocol.errors import InvalidPath
from scim_protocol.filter import AttributePath, parse_attribute_path

EMPLOYEE = urns.ENTERPRISE_USER
LEASE = "urn:example:lease:1.0"
ROOM = Path(scim_protocol.__file__).parent
SCHEMA_FILES = sorted((ROOM / "schemas").glob("*.json"))
TYPE_FILES = sorted((ROOM / "resource_types").glob("*.json"))


def every(attributes: tuple[Attribute, ...]) -> Iterator[Attribute]:
    for attribute in attributes:
        yield attribute
        yield from every(attribute.sub_attributes)


def keep_defaults_out(document: Any) -> Any:
    """Leave out what a document may leave out, so that two forms of one definition compare."""
    defaults: dict[str, Any] = {
        "multiValued": False, "required": False, "caseExact": False, "mutability": "readWrite",
        "returned": "default", "uniqueness": "none", "type": "string", "description": "",
    }  # fmt: skip
    if isinstance(document, list):
        return [keep_defaults_out(one) for one in document]
    if not isinstance(document, dict):
        return document
    return {
        name: keep_defaults_out(value)
        for name, value in document.items()
        if name not in defaults or defaults[name] != value
    }


@pytest.mark.parametrize("file", SCHEMA_FILES, ids=lambda file: file.stem)
def test_a_schema_document_is_written_as_it_was_read(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    written = Schema.from_json(document).to_json()

    assert keep_defaults_out(document) == keep_defaults_out(written)
    assert written == Schema.from_json(written).to_json()


@pytest.mark.parametrize("file", TYPE_FILES, ids=lambda file: file.stem)
def test_a_resource_type_document_is_written_as_it_was_read(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))

    assert document == ResourceType.from_json(document).to_json()


def test_the_standard_schemas_are_all_there(standard: Catalog) -> None:
    assert {
        urns.USER,
        urns.GROUP,
        urns.ENTERPRISE_USER,
        urns.SERVICE_PROVIDER_CONFIG,
        urns.RESOURCE_TYPE,
        urns.SCHEMA,
    } == set(standard.schemas)


@pytest.mark.parametrize("file", SCHEMA_FILES, ids=lambda file: file.stem)
def test_every_attribute_is_described_and_has_known_characteristics(file: Path) -> None:
    schema = Schema.from_json(json.loads(file.read_text(encoding="utf-8")))

    assert schema.description
    for attribute in every(schema.attributes):
        assert attribute.description, attribute.name
        assert attribute.type in TYPES
        assert attribute.mutability in ("readOnly", "readWrite", "immutable", "writeOnly")
        assert attribute.returned in ("always", "never", "default", "request")
        assert attribute.uniqueness in ("none", "server", "global")
        assert bool(attribute.sub_attributes) == attribute.is_complex
        assert bool(attribute.reference_types) == (attribute.type == "reference")


@pytest.mark.parametrize(
    ("urn", "name", "characteristics"),
    [
        (urns.USER, "userName", {"required": True, "uniqueness": "server", "case_exact": False}),
        (urns.USER, "password", {"mutability": "writeOnly", "returned": "never"}),
        (urns.USER, "groups", {"mutability": "readOnly", "multi_valued": True}),
        (urns.USER, "active", {"type": "boolean"}),
        (urns.GROUP, "members", {"multi_valued": True, "mutability": "readWrite"}),
        (urns.ENTERPRISE_USER, "manager", {"type": "complex", "multi_valued": False}),
    ],
)
def test_characteristics_are_those_of_the_rfc(
    standard: Catalog, urn: str, name: str, characteristics: dict[str, Any]
) -> None:
    attribute = standard.schemas[urn].attribute(name)

    assert characteristics == {key: getattr(attribute, key) for key in characteristics}


def test_an_attribute_has_the_defaults_of_the_rfc() -> None:
    attribute = Attribute.from_json({"name": "x"})

    assert ("string", False, False, "readWrite", "default", "none") == (
        attribute.type,
        attribute.required,
        attribute.case_exact,
        attribute.mutability,
        attribute.returned,
        attribute.uniqueness,
    )


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="x: 'String' is no type; there are binary, boolean"):
        Attribute.from_json({"name": "x", "type": "String"})


def test_a_definition_is_written_in_full() -> None:
    document = {
        "name": "x",
        "type": "complex",
        "multiValued": True,
        "description": "d",
        "required": True,
        "caseExact": True,
        "mutability": "immutable",
        "returned": "request",
        "uniqueness": "global",
        "canonicalValues": ["a"],
        "referenceTypes": ["User"],
    }
    part = document | {"name": "y", "type": "reference"}
    with_sub = document | {"uniqueness": "none", "subAttributes": [part]}

    assert with_sub == Attribute.from_json(with_sub).to_json()


@pytest.mark.parametrize("kind", ["boolean", "dateTime", "binary", "complex"])
def test_what_has_no_uniqueness_is_not_said_to_have_one(kind: str) -> None:
    attribute = Attribute.from_json({"name": "x", "type": kind, "uniqueness": "server"})

    assert "none" == attribute.uniqueness


@pytest.mark.parametrize("returned", ["always", "default", "request"])
def test_what_is_write_only_is_never_returned_whatever_its_document_says(returned: str) -> None:
    given = {"name": "x", "mutability": "writeOnly", "returned": returned, "uniqueness": "server"}
    attribute = Attribute.from_json(given)

    assert ("never", "none") == (attribute.returned, attribute.uniqueness)


def test_names_are_found_in_any_letter_case(standard: Catalog) -> None:
    user = standard.schemas[urns.USER]
    name = user.attribute("NAME")

    assert name is not None
    assert name is user.attribute("name")
    assert name.sub("GIVENNAME") is name.sub("givenName") is not None
    assert user.attribute("nonsense") is None
    assert name.sub("nonsense") is None


def test_a_schema_needs_no_more_than_its_id_and_attributes() -> None:
    schema = Schema.from_json({"id": "urn:example:x", "attributes": []})

    assert ("urn:example:x", "", ()) == (schema.name, schema.description, schema.attributes)


def test_a_resource_type_needs_no_id_and_no_extensions() -> None:
    kind = ResourceType.from_json({"name": "X", "endpoint": "/Xs", "schema": "urn:example:x"})

    assert ("X", "", ()) == (kind.id, kind.description, kind.extensions)


def test_a_resource_type_keeps_its_extensions() -> None:
    kind = ResourceType("X", "X", "/Xs", "urn:x", "d", (SchemaExtension("urn:y", required=True),))

    assert kind == ResourceType.from_json(kind.to_json())


# --- the catalogue -----------------------------------------------------------------------------


def test_the_standard_catalogue_is_read_once() -> None:
    assert Catalog.standard() is Catalog.standard()


def test_models_are_found_by_their_endpoint(standard: Catalog) -> None:
    assert standard.models["User"] is standard.model_at("/Users")
    assert standard.models["Group"] is standard.model_at("/Groups")
    assert standard.model_at("/users") is None


def test_a_resource_type_without_its_schema_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="urn:example:x"):
        Catalog.of([], [ResourceType("X", "X", "/Xs", "urn:example:x")])


def test_an_extension_without_its_schema_is_a_mistake() -> None:
    schema = Schema("urn:example:x", "X", "", ())
    kind = ResourceType("X", "X", "/Xs", "urn:example:x", "", (SchemaExtension("urn:example:y"),))

    with pytest.raises(KeyError, match="urn:example:y"):
        Catalog.of([schema], [kind])


def test_a_model_knows_its_name_and_endpoint(user_model: ResourceModel) -> None:
    assert ("User", "/Users") == (user_model.name, user_model.endpoint)


@pytest.mark.parametrize(
    ("path", "urn", "names"),
    [
        ("userName", None, ("userName", None)),
        ("USERNAME", None, ("userName", None)),
        ("id", None, ("id", None)),
        ("meta.lastmodified", None, ("meta", "lastModified")),
        (f"{urns.USER}:id", None, ("id", None)),
        (f"{urns.USER}:name.familyname", None, ("name", "familyName")),
        (f"{EMPLOYEE}:department", EMPLOYEE, ("department", None)),
        (f"{EMPLOYEE.upper()}:MANAGER.$REF", EMPLOYEE, ("manager", "$ref")),
        (EMPLOYEE, None, (EMPLOYEE, None)),
        (EMPLOYEE.lower(), None, (EMPLOYEE, None)),
    ],
)
def test_a_path_is_found(
    user_model: ResourceModel, path: str, urn: str | None, names: tuple[str, str | None]
) -> None:
    for target in (user_model.find(parse_attribute_path(path)), user_model.resolve(path)):
        assert urn == target.urn
        assert names == (target.attribute.name, target.sub.name if target.sub else None)
        assert (target.sub or target.attribute) is target.leaf


@pytest.mark.parametrize(
    "path",
    ["nonsense", "name.nonsense", "department", "urn:example:x:userName", f"{EMPLOYEE}:nonsense",
     f"{EMPLOYEE}:manager.nonsense", f"{EMPLOYEE}.department", urns.USER],
)  # fmt: skip
def test_an_unknown_path_is_told(user_model: ResourceModel, path: str) -> None:
    with pytest.raises(UnknownAttribute, match="has no "):
        user_model.find(parse_attribute_path(path))


def test_a_malformed_path_is_told(user_model: ResourceModel) -> None:
    with pytest.raises(InvalidPath):
        user_model.resolve("a b")


def test_an_extension_whose_urn_ends_in_a_version_is_found(device_model: ResourceModel) -> None:
    assert LEASE == device_model.resolve(LEASE.upper()).attribute.name
    assert LEASE == device_model.resolve(f"{LEASE}:lender").urn


def test_a_path_is_found_after_any_number_of_other_spellings(user_model: ResourceModel) -> None:
    for number in range(5000):
        bits = iter(f"{number:040b}"[::-1])
        urn = "".join(
            letter.upper() if letter.isalpha() and next(bits) == "1" else letter
            for letter in urns.USER.lower()
        )
        assert "title" == user_model.find(AttributePath(urn, "title")).attribute.name


def test_every_attribute_of_a_model_is_listed(group_model: ResourceModel) -> None:
    names = [str(target) for target in group_model.every_attribute()]

    assert ["schemas", "id", "externalId", "meta", "displayName", "members"] == names


def test_extension_attributes_are_listed_with_their_urn(user_model: ResourceModel) -> None:
    assert f"{EMPLOYEE}:manager" in [str(target) for target in user_model.every_attribute()]


def test_a_target_prints_as_its_path(user_model: ResourceModel) -> None:
    manager = user_model.resolve(f"{EMPLOYEE}:manager.value")

    assert f"{EMPLOYEE}:manager.value" == str(manager)
    assert "name" == str(Target(None, user_model.attributes["name"]))
