"""Each combination of an attribute's characteristics is served, and /Schemas says what is true."""

import json
from itertools import product

import pytest
from click.testing import CliRunner

from scim_protocol import urns
from scim_server.commands.cli import main

URN = "urn:example:2.0:Thing"
VALUES = {
    "string": "x",
    "boolean": True,
    "decimal": 1.5,
    "integer": 1,
    "dateTime": "2026-01-01T00:00:00Z",
    "binary": "eA==",
    "reference": "urn:example:x",
    "complex": {"part": "x"},
}
MUTABILITIES = ("readOnly", "readWrite", "immutable", "writeOnly")
RETURNED = ("always", "never", "default", "request")
UNIQUENESS = ("none", "server")


def attribute(kind, mutability, returned, uniqueness):
    """An attribute with these characteristics, which its name tells."""
    document = {
        "name": f"{kind}_{mutability}_{returned}_{uniqueness}",
        "type": kind,
        "mutability": mutability,
        "returned": returned,
        "uniqueness": uniqueness,
    }
    if kind == "reference":
        document["referenceTypes"] = ["external"]
    if kind == "complex":
        document["subAttributes"] = [{"name": "part"}]
    return document


ATTRIBUTES = {
    one["name"]: one
    for one in (attribute(*each) for each in product(VALUES, MUTABILITIES, RETURNED, UNIQUENESS))
}
WRITABLE = sorted(name for name, one in ATTRIBUTES.items() if one["mutability"] != "readOnly")
SCHEMA = {"schemas": [urns.SCHEMA], "id": URN, "attributes": list(ATTRIBUTES.values())}
TYPE = {"schemas": [urns.RESOURCE_TYPE], "name": "Thing", "endpoint": "/Things", "schema": URN}


@pytest.fixture(scope="module")
def api(open_api, tmp_path_factory):
    folder = tmp_path_factory.mktemp("schemas")
    for name, document in (("schema", SCHEMA), ("type", TYPE)):
        (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    return open_api(schemas=str(folder))


@pytest.fixture(scope="module")
def shown(api):
    """The attributes as /Schemas shows them, by name."""
    return {one["name"]: one for one in api.get(f"/Schemas/{URN}")["attributes"]}


def thing(name):
    return {"schemas": [URN], name: VALUES[ATTRIBUTES[name]["type"]]}


@pytest.mark.parametrize("name", WRITABLE)
def test_an_attribute_is_as_unique_as_its_schema_says(api, shown, name):
    first, second = (api.post("/Things", thing(name)) for _ in range(2))
    for made in (first, second):
        if made.status == 201:
            api.delete(f"/Things/{made['id']}")

    assert (201, 409 if shown[name]["uniqueness"] == "server" else 201) == (
        first.status,
        second.status,
    )


@pytest.mark.parametrize("name", WRITABLE)
def test_an_attribute_is_returned_as_its_schema_says(api, shown, name):
    created = api.post("/Things", thing(name))
    path = f"/Things/{created['id']}"
    read, asked = api.get(path), api.get(path, attributes=name)
    api.delete(path)
    expected = {
        "always": [True, True, True],
        "default": [True, True, True],
        "request": [True, False, True],
        "never": [False, False, False],
    }[shown[name]["returned"]]

    assert expected == [name in answer.json for answer in (created, read, asked)]


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_what_does_not_hold_is_not_shown(shown, name):
    given, seen = ATTRIBUTES[name], shown[name]
    is_write_only = given["mutability"] == "writeOnly"
    has_none = given["type"] in ("boolean", "dateTime", "binary", "complex")
    is_hash = is_write_only and given["type"] == "string"

    assert ("never" if is_write_only else given["returned"]) == seen["returned"]
    assert ("none" if has_none or is_hash else given["uniqueness"]) == seen["uniqueness"]


def check(tmp_path, *attributes, options=()):
    file = tmp_path / "thing.json"
    document = SCHEMA | {"attributes": list(attributes)}
    file.write_text(json.dumps([document, TYPE]), encoding="utf-8")
    return CliRunner().invoke(main, ["schema", "check", *options, str(file)])


@pytest.mark.parametrize(
    ("characteristics", "warning"),
    [
        (
            ("boolean", "readWrite", "default", "server"),
            '.uniqueness: a boolean has none (RFC 7643 §2.3): it means "none".',
        ),
        (
            ("string", "writeOnly", "never", "server"),
            '.uniqueness: text that is writeOnly is stored as a hash: it means "none".',
        ),
        (
            ("integer", "writeOnly", "request", "none"),
            '.returned: what is writeOnly is never returned (RFC 7643 §7): it means "never".',
        ),
    ],
)
def test_a_check_tells_of_what_does_not_hold_and_is_well(tmp_path, characteristics, warning):
    result = check(tmp_path, attribute(*characteristics))

    assert 0 == result.exit_code
    assert f"[0].attributes[0]{warning}" in result.output
    assert "All well." in result.output


def test_a_check_tells_programs_of_what_does_not_hold(tmp_path):
    doubtful = attribute("binary", "readWrite", "default", "global")

    report = json.loads(check(tmp_path, doubtful, options=["--json"]).output)

    assert report["ok"]
    assert ["[0].attributes[0].uniqueness"] == [
        one["place"] for one in report["files"][0]["warnings"]
    ]
