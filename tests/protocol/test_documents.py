"""Schema and resource type documents: what is wrong with one is told, all of it, with its place."""

import json
from importlib import resources
from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceType, Schema
from scim_protocol.documents import DocumentError, Extending, read_document

URN = "urn:example:2.0:Device"


def schema(*attributes: Any, **members: Any) -> dict[str, Any]:
    return {"schemas": [urns.SCHEMA], "id": URN, "attributes": list(attributes), **members}


def kind(**members: Any) -> dict[str, Any]:
    return {"schemas": [urns.RESOURCE_TYPE], "name": "Device", **members}


def wrong(document: object) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        read_document(document)
    return [str(problem) for problem in caught.value.problems]


def wrong_attribute(**characteristics: Any) -> list[str]:
    """What is wrong with an attribute, below its own place."""
    told = wrong(schema({"name": "a", **characteristics}))
    assert all(line.startswith("attributes[0].") for line in told)
    return [line.removeprefix("attributes[0].") for line in told]


def test_a_schema_is_read() -> None:
    found = read_document(schema({"name": "serial"}))

    assert isinstance(found, Schema)
    assert (URN, ["serial"]) == (found.id, [one.name for one in found.attributes])


def test_what_is_left_out_has_the_default_of_the_rfc() -> None:
    found = read_document(schema({"name": "serial"}))

    assert isinstance(found, Schema)
    (serial,) = found.attributes
    assert ("string", False, False, False) == (
        serial.type, serial.multi_valued, serial.required, serial.case_exact,
    )  # fmt: skip
    assert ("readWrite", "default", "none") == (
        serial.mutability, serial.returned, serial.uniqueness,
    )  # fmt: skip


@pytest.mark.parametrize("file", ["user.json", "group.json", "enterprise_user.json"])
def test_the_schemas_of_the_rfc_are_well(file: str) -> None:
    text = resources.files("scim_protocol").joinpath("schemas", file).read_text(encoding="utf-8")

    assert isinstance(read_document(json.loads(text)), Schema)


def test_a_resource_type_is_read_with_or_without_a_slash_before_its_endpoint() -> None:
    for endpoint in ("Devices", "/Devices"):
        found = read_document(kind(endpoint=endpoint, schema=URN))

        assert isinstance(found, ResourceType)
        assert "/Devices" == found.endpoint


def test_a_resource_type_without_endpoint_and_schema_extends_another() -> None:
    found = read_document(kind(schemaExtensions=[{"schema": URN, "required": True}]))

    assert Extending("Device", {URN: True}) == found


def test_a_document_that_does_not_say_what_it_is_is_known_by_what_it_has() -> None:
    assert isinstance(read_document({"id": URN, "attributes": [{"name": "a"}]}), Schema)
    assert isinstance(
        read_document({"name": "Device", "endpoint": "/Devices", "schema": URN}), ResourceType
    )


@pytest.mark.parametrize("document", [[], 3, "x", None])
def test_a_document_is_an_object(document: object) -> None:
    assert ["a document must be a JSON object."] == wrong(document)


def test_a_document_is_a_schema_or_a_resource_type() -> None:
    (told,) = wrong({"schemas": [urns.USER], "userName": "ada"})

    assert urns.SCHEMA in told
    assert urns.RESOURCE_TYPE in told


def test_everything_wrong_is_told_in_the_order_of_the_document() -> None:
    told = wrong(
        schema(
            {"name": "a", "type": "String", "required": "true"},
            {"name": "b", "type": "complex"},
            *({"name": f"c{n}"} for n in range(9)),
            {"name": "c d"},
            nmae="Device",
        )
    )

    assert ["nmae", "attributes[0]", "attributes[0]", "attributes[1]", "attributes[11]"] == [
        line.partition(":")[0].rpartition(".")[0] or line.partition(":")[0] for line in told
    ]


@pytest.mark.parametrize(
    ("characteristics", "told"),
    [
        ({"type": "String"}, 'type: "String" is no type; did you mean "string"?'),
        (
            {"type": 3},
            "type: 3 is no type; there are binary, boolean, complex, dateTime, decimal, integer,"
            " reference, string.",
        ),
        (
            {"required": "true"},
            'required: expected true or false, not "true"; write true, without quotes.',
        ),
        ({"multiValued": 1}, "multiValued: expected true or false, not 1."),
        (
            {"mutability": "readonly"},
            'mutability: "readonly" is no mutability; did you mean "readOnly"?',
        ),
        (
            {"returned": "alway"},
            'returned: "alway" is no rule of when it is returned; did you mean "always"?',
        ),
        ({"uniqueness": "Global"}, 'uniqueness: "Global" is no uniqueness; did you mean "global"?'),
        ({"canonicalValues": "a"}, 'canonicalValues: expected a list, not "a".'),
        ({"canonicalValues": ["a", 1]}, "canonicalValues[1]: expected text, not 1."),
        ({"description": []}, "description: expected text, not a list."),
        ({"mutable": True}, 'mutable: means nothing here; did you mean "mutability"?'),
        ({"colour": True}, "colour: means nothing here; leave it out."),
        (
            {"subAttributes": [{"name": "x"}]},
            'subAttributes: a string has none; its type would be "complex".',
        ),
        ({"type": "complex"}, "subAttributes: a complex attribute needs sub-attributes."),
        (
            {"type": "complex", "subAttributes": []},
            "subAttributes: a complex attribute needs sub-attributes.",
        ),
        (
            {"type": "reference"},
            'referenceTypes: a reference says what it may refer to, such as ["User"], ["external"]'
            ' or ["uri"].',
        ),
        (
            {"referenceTypes": ["User"]},
            "referenceTypes: only a reference has them, and this is a string.",
        ),
    ],
)
def test_a_characteristic_that_is_wrong_is_explained(
    characteristics: dict[str, Any], told: str
) -> None:
    assert [told] == wrong_attribute(**characteristics)


@pytest.mark.parametrize("name", ["c d", "1a", "ä", "a.b", "$ref", "a:b"])
def test_a_name_breaks_the_rule_of_names(name: str) -> None:
    (told,) = wrong_attribute(name=name)

    assert told.startswith("name: ")
    assert "RFC 7643 §2.1" in told


@pytest.mark.parametrize("name", ["id", "ID", "meta", "schemas", "externalid"])
def test_a_common_attribute_is_not_defined_again(name: str) -> None:
    (told,) = wrong_attribute(name=name)

    assert "is an attribute of every resource (RFC 7643 §3.1)" in told


def test_parts_may_be_called_id_and_ref() -> None:
    parts = [{"name": "id"}, {"name": "$ref", "type": "reference", "referenceTypes": ["User"]}]

    assert read_document(schema({"name": "a", "type": "complex", "subAttributes": parts}))


def test_names_repeat_in_any_letter_case() -> None:
    assert ['attributes[2].name: "SERIAL" is that of attributes[0] already.'] == wrong(
        schema({"name": "serial"}, {"name": "b"}, {"name": "SERIAL"})
    )


def test_names_of_parts_repeat_in_any_letter_case() -> None:
    parts = [{"name": "x"}, {"name": "X"}]

    assert ['subAttributes[1].name: "X" is that of subAttributes[0] already.'] == wrong_attribute(
        type="complex", subAttributes=parts
    )


def test_parts_have_no_parts() -> None:
    inner = {"name": "x", "type": "complex", "subAttributes": [{"name": "y"}]}

    assert [
        "subAttributes[0].type: a sub-attribute cannot be complex (RFC 7643 §2.3.8).",
        "subAttributes[0].subAttributes: a sub-attribute has no sub-attributes of its own"
        " (RFC 7643 §2.3.8).",
    ] == wrong_attribute(type="complex", subAttributes=[inner])


def test_what_is_predefined_in_multi_valued_attributes_has_its_type() -> None:
    parts = [{"name": "value"}, {"name": "primary"}]

    assert ["subAttributes[1].type: primary is a boolean (RFC 7643 §2.4)."] == wrong_attribute(
        type="complex", multiValued=True, subAttributes=parts
    )


@pytest.mark.parametrize("id", ["Device", "urn:device", "http://example.org/x", "urn:a b:c"])
def test_a_schema_is_called_by_a_urn(id: str) -> None:
    (told,) = wrong(schema({"name": "a"}, id=id))

    assert f'id: "{id}" is no URN such as "urn:example:2.0:Device".' == told


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({}, ["endpoint: is missing.", "schema: is missing."]),
        ({"endpoint": "/Devices"}, ["schema: is missing."]),
        (
            {"endpoint": "a/b", "schema": URN},
            ['endpoint: "a/b" is no endpoint such as "/Devices".'],
        ),
        (
            {"endpoint": "/bulk", "schema": URN},
            ['endpoint: "/bulk" is an endpoint of the protocol\'s own.'],
        ),
        (
            {"schemaExtensions": [{"schema": URN}]},
            ["schemaExtensions[0].required: is missing: true or false."],
        ),
        ({"schemaExtensions": [3]}, ["schemaExtensions[0]: expected an object, not 3."]),
    ],
)
def test_a_resource_type_that_is_wrong_is_explained(
    members: dict[str, Any], told: list[str]
) -> None:
    assert told == wrong(kind(**members))


def test_any_json_is_answered() -> None:
    for value in (None, True, 0, 1.5, "x", [], [1], {}, {"a": 1}, [[]], [{}]):
        for name in ("id", "schemas", "attributes", "endpoint", "schemaExtensions", "schema"):
            assert wrong(schema({"name": "c d"}) | {name: value})
            assert wrong(kind(name="a/b", endpoint="/x", schema=URN) | {name: value})
        for name in ("name", "type", "subAttributes", "uniqueness", "referenceTypes", "required"):
            assert wrong(schema({"name": "a"}, {"type": "complex", name: value}))
