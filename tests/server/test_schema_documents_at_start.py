"""A folder of schema documents at the start of a server: what stops it, and what has changed."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_server.commands.cli import main
from scim_server.config import ConfigError
from scim_server.store.contract import StoreError

EXAMPLES = Path(__file__).parents[2] / "examples" / "schemas"
URN = "urn:example:2.0:Thing"


def schema(*attributes, id=URN):
    return {"schemas": [urns.SCHEMA], "id": id, "name": "Thing", "attributes": list(attributes)}


def kind(**members):
    document = {"schemas": [urns.RESOURCE_TYPE], "name": "Thing", "endpoint": "/Things"}
    return document | {"schema": URN} | members


NAME = {"name": "name"}


@pytest.fixture
def start(make_api, tmp_path):
    """Start a server on documents; those of the last start are gone."""

    def start(*documents, **settings):
        folder = tmp_path / "schemas"
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            file.unlink()
        for number, document in enumerate(documents):
            text = document if isinstance(document, str) else json.dumps(document)
            (folder / f"{number}.json").write_text(text, encoding="utf-8")
        return make_api(schemas=str(folder), **settings)

    return start


@pytest.fixture
def refused(start, tmp_path):
    """Return the lines of the error that documents end a start with, without the folder."""

    def refused(*documents):
        with pytest.raises(ConfigError) as caught:
            start(*documents)
        return str(caught.value).replace(f"{tmp_path}/schemas/", "").splitlines()

    return refused


def test_a_folder_of_well_made_documents_is_served(start):
    assert 200 == start(schema(NAME), kind()).get("/Things").status


def test_an_empty_folder_adds_nothing(start):
    assert 2 == start().get("/ResourceTypes")["totalResults"]


def test_a_folder_that_is_not_there_is_named(make_api, tmp_path):
    with pytest.raises(ConfigError, match=r"schemas: .*nowhere: No such file"):
        make_api(schemas=str(tmp_path / "nowhere"))


def test_other_files_are_left_alone(start, tmp_path):
    api = start(schema(NAME), kind())
    (tmp_path / "schemas" / "README.md").write_text("not JSON")

    assert 200 == api.get("/Things").status


def test_a_file_may_hold_a_list_or_a_saved_answer(start):
    for documents in ([schema(NAME), kind()], {"Resources": [schema(NAME), kind()]}):
        assert 200 == start(documents).get("/Things").status


def test_the_standard_schemas_may_be_among_them(start):
    standard = [one.to_json() for one in Catalog.standard().schemas.values()]

    assert 200 == start({"Resources": standard}, schema(NAME), kind()).get("/Things").status


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "0.json: is not JSON: "),
        ("", "0.json: is not JSON: "),
        ('{"id": 1, "id": 2}', "0.json: is not JSON: 'id' is given twice in one object."),
        ("[" * 100_000, "0.json: is "),
        ("3", "0.json: a document must be a JSON object."),
    ],
)
def test_a_file_that_is_not_json_is_named(refused, text, told):
    (line,) = refused(text)

    assert line.startswith(told)


def test_all_that_is_wrong_with_all_files_is_told(refused):
    assert [
        '0.json: attributes[0].type: "String" is no type; did you mean "string"?',
        "1.json: [1].endpoint: is missing.",
        "1.json: [1].schema: is missing.",
    ] == refused(
        schema({"name": "a", "type": "String"}),
        [kind(), {"schemas": [urns.RESOURCE_TYPE], "name": "Other"}],
    )


@pytest.mark.parametrize(
    ("documents", "told"),
    [
        (
            [kind()],
            f'0.json: schema: there is no schema "{URN}". Add the document of that schema.',
        ),
        (
            [schema(NAME), kind(schema="urn:example:2.0:Thong")],
            f'1.json: schema: there is no schema "urn:example:2.0:Thong". Did you mean "{URN}"?',
        ),
        (
            [schema(NAME), kind(endpoint="/users")],
            '1.json: endpoint: /users is that of "User": choose another.',
        ),
        (
            [schema(NAME), kind(endpoint="/Schemas")],
            '1.json: endpoint: "/Schemas" is an endpoint of the protocol\'s own.',
        ),
        (
            [schema(NAME), kind(schemaExtensions=[{"schema": URN, "required": False}])],
            f"1.json: schemaExtensions[0].schema: {URN} is the type's own schema already.",
        ),
        (
            [schema(NAME, id=urns.USER)],
            f"0.json: id: {urns.USER} is another schema already, a standard one: give this schema"
            " a URN of its own.",
        ),
        (
            [{"schemas": [urns.RESOURCE_TYPE], "name": "Usr", "schemaExtensions":
              [{"schema": urns.ENTERPRISE_USER, "required": True}]}],
            '0.json: name: there is no resource type "Usr". Did you mean "User"?',
        ),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told(refused, documents, told):
    assert told in refused(*documents)


def test_a_schema_without_a_use_is_told(refused):
    (line,) = refused(schema(NAME))

    assert line.startswith(f"0.json: id: {URN} is used by no resource type")


def test_two_schemas_of_one_urn_are_told_with_the_other_file(refused):
    assert [
        f"1.json: id: {URN} is another schema already, defined in 0.json: give this schema a URN of"
        " its own."
    ] == refused(schema(NAME), schema({"name": "b"}), kind())


def test_a_type_that_is_defined_twice_in_two_ways_is_told(refused):
    (line,) = refused(schema(NAME), kind(), kind(endpoint="/Others"))

    assert line.startswith('2.json: name: "Thing" is a resource type already')


def test_a_reference_to_a_type_in_another_letter_case_is_told(refused):
    reference = {"name": "a", "type": "reference", "referenceTypes": ["user"]}

    assert [
        '0.json: attributes[0].referenceTypes[0]: "user" is no resource type; did you mean "User"?'
    ] == refused(schema(reference), kind())


def test_a_standard_type_is_extended_by_its_name_and_may_require_it(start):
    extending = {"schemas": [urns.RESOURCE_TYPE], "name": "Group", "schemaExtensions":
                 [{"schema": URN, "required": True}]}  # fmt: skip
    api = start(schema(NAME), extending)
    group = {"schemas": [urns.GROUP], "displayName": "Sales"}

    assert (400, "invalidValue") == api.post("/Groups", group).error
    assert 201 == api.post("/Groups", group | {URN: {"name": "x"}}).status


def test_a_required_extension_is_required_of_a_new_type(start):
    extension = "urn:example:2.0:More"
    listed = [{"schema": extension, "required": True}]
    api = start(schema(NAME), schema(NAME, id=extension), kind(schemaExtensions=listed))

    assert (400, "invalidValue") == api.post("/Things", {"schemas": [URN], "name": "x"}).error


# --- a database and other schemas than it was written with -------------------------------------


def test_a_type_that_is_not_served_stays_in_the_database(start, make_api, tmp_path):
    database = str(tmp_path / "scim.db")
    first = start(schema(NAME), kind(), database=database)
    id = first.post("/Things", {"schemas": [URN], "name": "x"})["id"]
    first.close()
    between = make_api(database=database)
    status = between.get(f"/Things/{id}").status
    between.user("ada")
    between.close()

    assert 404 == status
    assert "x" == start(schema(NAME), kind(), database=database).get(f"/Things/{id}")["name"]


def test_members_of_a_type_that_is_not_served_stay_and_are_not_shown(start, tmp_path):
    database = str(tmp_path / "scim.db")
    members = json.loads((EXAMPLES / "entitlement.json").read_text())
    types = json.loads((EXAMPLES / "entitlement_type.json").read_text())
    devices = [json.loads((EXAMPLES / f).read_text()) for f in ("device.json", "device_type.json",
               "device_lease.json")]  # fmt: skip
    first = start(members, types, *devices, database=database)
    device = first.post("/Devices", {"schemas": [devices[0]["id"]], "displayName": "D",
                                     "serial": "1"})["id"]  # fmt: skip
    body = {"schemas": [members["id"]], "displayName": "E", "members": [{"value": device}]}
    path = f"/Entitlements/{first.post('/Entitlements', body)['id']}"
    first.close()
    second = start(members, types, database=database)
    between = second.get(path).json
    found = second.find("members pr", "/Entitlements")
    second.close()

    assert "members" not in between
    assert [] == found
    assert 1 == len(start(members, types, *devices, database=database).get(path)["members"])


def test_values_that_are_unique_from_now_on_are_indexed(start, tmp_path):
    database = str(tmp_path / "scim.db")
    first = start(schema(NAME), kind(), database=database)
    first.post("/Things", {"schemas": [URN], "name": "x"})
    first.close()
    second = start(schema(NAME | {"uniqueness": "server"}), kind(), database=database)

    assert (409, "uniqueness") == second.post("/Things", {"schemas": [URN], "name": "X"}).error


def test_a_letter_case_that_counts_from_now_on_is_indexed(start, tmp_path):
    database = str(tmp_path / "scim.db")
    unique = NAME | {"uniqueness": "server"}
    first = start(schema(unique), kind(), database=database)
    first.post("/Things", {"schemas": [URN], "name": "X"})
    first.close()
    second = start(schema(unique | {"caseExact": True}), kind(), database=database)

    assert 1 == len(second.find('name eq "X"', "/Things"))
    assert [] == second.find('name eq "x"', "/Things")


def test_an_extension_that_is_gone_is_not_shown_and_comes_back_with_its_schema(start, tmp_path):
    database, badge = str(tmp_path / "scim.db"), "urn:example:badge:2.0:User"
    first = start(schema(NAME, id=badge), database=database)
    user = first.user("ada", **{badge: {"name": "7"}})
    first.close()
    second = start(database=database)
    between = second.get(user).json
    second.patch(user, {"op": "add", "path": "title", "value": "Countess"})
    second.close()
    after = start(schema(NAME, id=badge), database=database).get(user).json

    assert [urns.USER] == between["schemas"]
    assert badge not in between
    assert {"name": "7"} == after[badge]
    assert ("Countess", [urns.USER, badge]) == (after["title"], after["schemas"])


def test_resources_that_do_not_fit_a_changed_schema_stop_the_start(start, tmp_path):
    database = str(tmp_path / "scim.db")
    first = start(schema(NAME), kind(), database=database)
    id = first.post("/Things", {"schemas": [URN], "name": "x"})["id"]
    first.close()

    with pytest.raises(StoreError, match=f"Thing {id} does not fit its schema: name: expected an "):
        start(schema(NAME | {"type": "integer"}), kind(), database=database)


# --- the command -------------------------------------------------------------------------------


def check(*arguments):
    return CliRunner().invoke(main, ["schema", "check", *map(str, arguments)])


def test_check_says_that_all_is_well():
    result = check(EXAMPLES)

    assert 0 == result.exit_code
    assert f"{EXAMPLES}/device_type.json: resource type Device at /Devices" in result.output
    assert result.output.endswith("All well.\n")


def test_check_takes_one_schema_alone():
    assert 0 == check(EXAMPLES / "device.json").exit_code


def test_check_tells_all_that_is_wrong(tmp_path):
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(schema({"name": "id"}, {"name": "b", "type": "text"})))
    result = check(file)

    assert 1 == result.exit_code
    assert [
        f'{file}: attributes[0].name: "id" is an attribute of every resource (RFC 7643 §3.1).',
        f'{file}: attributes[1].type: "text" is no type; there are binary, boolean, complex,'
        " dateTime, decimal, integer, reference, string.",
        "2 things are wrong.",
    ] == result.output.splitlines()


def test_check_answers_programs_in_json(tmp_path):
    file = tmp_path / "broken.json"
    file.write_text("{")
    result = check(file, EXAMPLES / "badge.json", "--json")
    answer = json.loads(result.output)

    assert 1 == result.exit_code
    assert answer["ok"] is False
    assert [False, True] == [one["ok"] for one in answer["files"]]
    assert "" == answer["files"][0]["problems"][0]["place"]
    assert answer["files"][0]["problems"][0]["message"].startswith("is not JSON")


def test_check_cannot_read_what_is_not_there(tmp_path):
    result = check(tmp_path / "nowhere.json")

    assert 2 == result.exit_code
    assert "nowhere.json: No such file" in result.output


def test_run_ends_with_each_message_and_exit_code_2(tmp_path):
    (tmp_path / "broken.json").write_text(json.dumps(schema({"name": "c d"}, {"name": "c e"})))
    arguments = ["run", "--port", "0", "--database", ":memory:", "--schemas", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)

    assert 2 == result.exit_code
    assert 2 == result.output.count("broken.json: attributes[")
