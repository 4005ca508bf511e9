"""SCIM-Leniency: what of a request a strict server would have refused, told on request."""

import json
from pathlib import Path

import pytest

from scim_protocol import urns
from scim_protocol.dialects import DIALECTS, OPTIONAL

ASK = {"SCIM-Leniency": "tell"}
HEADER = "SCIM-Leniency"
TITLE = {"op": "replace", "path": "title", "value": "Engineer"}
ADA = {"schemas": [urns.USER], "userName": "ada"}
EXT = urns.ENTERPRISE_USER
PAGE = Path(__file__).parents[2] / "docs" / "supported.md"
JSON_ROLE = '{"value":"Admin","display":"Administrator"}'


# --- every unit: a request that needs it alone -------------------------------------------------


def patch(operation):
    """A PATCH of a user who has one e-mail, for home."""

    def send(api, **options):
        user = api.user("eve", emails=[{"value": "e@x.org", "type": "home"}])
        return api.patch(user, operation, **options)

    return send


def create(**more):
    return lambda api, **options: api.post("/Users", ADA | more, **options)


def find(filter):
    return lambda api, **options: api.get("/Users", filter=filter, **options)


def add_a_member_of_another_type(api, **options):
    member = {"value": api.user("bob").rpartition("/")[2], "type": "Group"}
    operation = {"op": "add", "path": "members", "value": [member]}
    return api.patch(api.group("Eng"), operation, **options)


def delete_by_a_bare_tag(api, headers=None):
    return api.delete(api.user(), headers={**(headers or {}), "If-Match": "1"})


def create_in_bulk(api, **options):
    operation = {"method": "Post", "path": "/Users", "bulkId": "a", "data": ADA}
    message = {"schemas": [urns.BULK_REQUEST], "Operations": [operation]}
    return api.post("/Bulk", message, **options)


# Each unit, a request that no other is needed for, and what a strict server says of it.
NEEDED = {
    "operation-in-any-case": (patch(TITLE | {"op": "Replace"}), (400, "invalidSyntax")),
    "ids-in-value": (
        patch({"op": "replace", "value": {"id": "x", "title": "y"}}),
        (400, "mutability"),
    ),
    "bare-extension-name": (
        patch({"op": "add", "path": "department", "value": "x"}),
        (400, "invalidPath"),
    ),
    "paths-as-keys": (
        patch({"op": "replace", "value": {"name.givenName": "A"}}),
        (400, "invalidPath"),
    ),
    "wrapped-value": (
        patch({"op": "replace", "path": "title", "value": [{"$ref": None, "value": "x"}]}),
        (400, "invalidValue"),
    ),
    "json-in-value": (create(roles=[{"value": JSON_ROLE}]), 201),
    "unknown-attributes": (create(shoeSize=43), (400, "invalidValue")),
    "read-only-parts": (
        patch({"op": "add", "path": f"{EXT}:manager", "value": {"displayName": "x"}}),
        (400, "mutability"),
    ),
    "empty-reference": (
        create(**{"schemas": [urns.USER, EXT], EXT: {"manager": ""}}),
        (400, "invalidValue"),
    ),
    "text-for-boolean": (create(active="True"), (400, "invalidValue")),
    "bare-reference": (
        patch({"op": "add", "path": f"{EXT}:manager", "value": "m"}),
        (400, "invalidValue"),
    ),
    "foreign-schemas": (
        create(schemas=[urns.USER, "urn:scim:schemas:core:2.0"]),
        (400, "invalidSyntax"),
    ),
    "repeated-schemas": (create(schemas=[urns.USER, urns.USER]), (400, "invalidSyntax")),
    "unlisted-schemas": (create(**{EXT: {"department": "x"}}), (400, "invalidSyntax")),
    "removal-of-listed-values": (
        patch({"op": "remove", "path": "emails", "value": [{"value": "e@x.org"}]}),
        (400, "invalidValue"),
    ),
    "unmatched-value": (
        patch({"op": "add", "path": 'emails[type eq "work"].value', "value": "a@x.org"}),
        (400, "noTarget"),
    ),
    "mistaken-member-type": (add_a_member_of_another_type, (400, "invalidValue")),
    "unprepared-text": (create(userName="Ada Lovelace"), (400, "invalidValue")),
    "compared-value-path": (
        find('emails[type eq "work"].value eq "a@x.org"'),
        (400, "invalidFilter"),
    ),
    "unquoted-value": (find("userName eq ada"), (400, "invalidFilter")),
    "extra-slashes": (lambda api, **options: api.get("//Users/", **options), (404, None)),
    "untyped-body": (
        lambda api, **options: api.post("/Users", ADA, content_type="", **options),
        (415, None),
    ),
    "unquoted-tag": (delete_by_a_bare_tag, (412, None)),
    "method-in-any-case": (create_in_bulk, 200),  # The operation alone is 405.
}
MODES = pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
EACH = pytest.mark.parametrize("name", NEEDED)


def test_every_dialect_is_in_the_table():
    assert {dialect.name for dialect in DIALECTS} == set(NEEDED)


@EACH
def test_its_name_is_in_the_documentation(name):
    assert f"| `{name}` |" in PAGE.read_text(encoding="utf-8")


@EACH
def test_a_lenient_server_understands_it_and_tells_its_name(make_api, name):
    api = make_api(dialects=[name] if name in OPTIONAL else [])
    send, _ = NEEDED[name]

    answer = send(api, headers=ASK)

    assert answer.status < 300, answer.text
    assert name == answer.headers[HEADER]


@EACH
def test_a_strict_server_refuses_it_and_tells_of_nothing(strict_api, name):
    send, refusal = NEEDED[name]

    answer = send(strict_api, headers=ASK)

    assert refusal == (answer.status if answer.status < 300 else answer.error)
    assert "none" == answer.headers[HEADER]


@pytest.mark.parametrize("name", sorted(OPTIONAL))
def test_an_optional_dialect_is_not_understood_unless_it_is_switched_on(api, name):
    send, refusal = NEEDED[name]

    answer = send(api, headers=ASK)

    assert refusal == (answer.status if answer.status < 300 else answer.error)
    assert "none" == answer.headers[HEADER]


def test_a_role_in_json_text_stays_text_by_default(api):
    user = api.user(roles=[{"value": JSON_ROLE}])

    assert [{"value": JSON_ROLE}] == api.get(user)["roles"]


def test_a_role_in_json_text_is_decoded_where_that_is_switched_on(make_api):
    api = make_api(dialects=["json-in-value"])
    user = api.user()

    api.patch(user, {"op": "Add", "path": "roles", "value": [{"value": JSON_ROLE}]})

    assert [{"value": "Admin", "display": "Administrator"}] == api.get(user)["roles"]


def test_a_value_without_quotes_finds_what_is_meant(make_api):
    api = make_api(dialects=["unquoted-value"])
    api.user("ada")
    api.user("bob")

    assert ["ada"] == api.names("userName eq ada and active eq null")


def test_a_refusal_tells_what_was_understood_until_then(api):
    api.user("ada")

    answer = api.post("/Users/", ADA | {"active": "True"}, headers=ASK)

    assert (409, "uniqueness") == answer.error
    assert "extra-slashes, text-for-boolean" == answer.headers[HEADER]


def test_what_a_bulk_operation_needs_is_told_of_the_whole(api):
    operations = [{"method": "POST", "path": "/Users", "bulkId": "a", "data": ADA | {"x": 1}}]
    answer = api.post(
        "/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": operations}, headers=ASK
    )

    assert "unknown-attributes" == answer.headers[HEADER]


WITHOUT_ITS_OWN = pytest.mark.parametrize(
    "schemas", [[urns.GROUP], ["urn:nobody:knows"], ["x", urns.GROUP], [EXT], [f"{urns.USER}s"]]
)


@MODES
@WITHOUT_ITS_OWN
def test_a_body_without_the_urn_of_its_type_is_refused(make_api, strict, schemas):
    api = make_api(strict=strict)

    assert (400, "invalidSyntax") == api.post("/Users", ADA | {"schemas": schemas}).error


@MODES
@WITHOUT_ITS_OWN
def test_a_replacement_without_the_urn_of_its_type_is_refused(make_api, strict, schemas):
    api = make_api(strict=strict)

    answer = api.put(api.user("ada"), ADA | {"schemas": schemas})

    assert (400, "invalidSyntax") == answer.error


@MODES
def test_urns_in_schemas_are_compared_in_any_letter_case(make_api, strict):
    api = make_api(strict=strict)
    body = ADA | {"schemas": [urns.USER.upper(), EXT.lower()], EXT: {"department": "x"}}

    answer = api.post("/Users", body, headers=ASK)

    assert (201, "none") == (answer.status, answer.headers[HEADER])
    assert [urns.USER, EXT] == answer["schemas"]


@pytest.mark.parametrize("extra", [EXT.replace("2.0:User", "2.0User"), urns.GROUP, "urn:x"])
def test_a_foreign_urn_beside_the_right_one_is_passed_over_and_told(api, extra):
    answer = api.post("/Users", ADA | {"schemas": [extra, urns.USER]}, headers=ASK)

    assert (201, "foreign-schemas") == (answer.status, answer.headers[HEADER])
    assert [urns.USER] == answer["schemas"]


def test_oneLogins_urns_of_a_draft_are_those_of_a_user(api):
    schemas = ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"]

    answer = api.post("/Users", ADA | {"schemas": schemas}, headers=ASK)

    assert (201, "foreign-schemas") == (answer.status, answer.headers[HEADER])
    assert [urns.USER] == answer["schemas"]


ADSCIM = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM"


@pytest.mark.parametrize(
    "schemas",
    [[f"{ADSCIM}/Group"], [f"{ADSCIM}/2.0/Group"], [urns.GROUP, f"{ADSCIM}/2.0/Group"]],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_entras_urns_for_groups_are_those_of_a_group(api, method, schemas):
    path = "/Groups" if method == "POST" else api.group("Old")

    answer = api.request(method, path, {"schemas": schemas, "displayName": "x"}, headers=ASK)

    assert ("x", [urns.GROUP]) == (answer["displayName"], answer["schemas"])
    assert "foreign-schemas" == answer.headers[HEADER]


@pytest.mark.parametrize("urn", [f"{ADSCIM}/Group", f"{ADSCIM}/2.0/Group"])
def test_entras_urns_for_groups_are_refused_by_a_strict_server(strict_api, urn):
    body = {"schemas": [urn], "displayName": "x"}

    assert (400, "invalidSyntax") == strict_api.post("/Groups", body).error


def test_entras_urn_for_groups_is_none_of_a_user(api):
    answer = api.post("/Users", ADA | {"schemas": [f"{ADSCIM}/Group"]})

    assert (400, "invalidSyntax") == answer.error


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    "given",
    [{"userName": [{"value": "x"}]}, {"userName": "x", "name": [{"familyName": "X"}]}],
)
def test_a_single_value_in_a_list_is_refused_in_a_body(api, method, given):
    path = "/Users" if method == "POST" else api.user()

    answer = api.request(method, path, {"schemas": [urns.USER], **given}, headers=ASK)

    assert (400, "invalidValue") == answer.error
    assert "none" == answer.headers[HEADER]


@pytest.mark.parametrize(
    ("role", "stored"),
    [
        ({"id": "1", "value": "V", "displayName": "D"}, {"value": "V", "display": "D"}),
        (
            {"value": "V", "display": "D", "displayName": "other"},
            {"value": "V", "display": "D"},
        ),
    ],
)
def test_the_name_of_a_role_in_json_text_is_kept(make_api, role, stored):
    api = make_api(dialects=["json-in-value"])

    user = api.user(roles=[{"value": json.dumps(role)}])

    assert [stored] == api.get(user)["roles"]


EMPTIED = {
    "a key with the URN": {"value": {f"{EXT}:manager": {"value": ""}}},
    "an object of the extension": {"value": {EXT: {"manager": {"value": ""}}}},
    "the extension as path": {"path": EXT, "value": {"manager": {"value": ""}}},
    "the attribute as path": {"path": f"{EXT}:manager", "value": {"value": ""}},
    "a text": {"path": f"{EXT}:manager", "value": ""},
    "a list": {"path": f"{EXT}:manager", "value": []},
    "a wrapped value": {"path": f"{EXT}:manager", "value": [{"value": ""}]},
    "the sub-attribute as path": {"path": f"{EXT}:manager.value", "value": ""},
    "the sub-attribute as key": {"value": {f"{EXT}:manager.value": ""}},
    "the bare name": {"path": "manager", "value": {"value": ""}},
}


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize("spelling", EMPTIED)
def test_a_manager_set_to_nothing_is_removed_however_it_is_written(api, op, spelling):
    user = api.user(**{EXT: {"department": "x", "manager": {"value": "m"}}})

    answer = api.patch(user, {"op": op, **EMPTIED[spelling]}, headers=ASK)

    assert 200 == answer.status, answer.text
    assert {"department": "x"} == answer[EXT]
    assert "empty-reference" in answer.headers[HEADER]


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("nothing", ["", {"value": ""}, {"value": None}, [{"value": ""}]])
def test_a_body_with_a_reference_to_nothing_stores_none(api, method, nothing):
    body = ADA | {"schemas": [urns.USER, EXT], EXT: {"manager": nothing}}
    path = "/Users" if method == "POST" else api.user("ada")

    answer = api.request(method, path, body)

    assert answer.status < 300, answer.text
    assert EXT not in answer.json


def test_a_manager_replaced_by_an_empty_object_stays_as_a_patch_merges(api):
    user = api.user(**{EXT: {"manager": {"value": "boss"}}})

    answer = api.patch(user, {"op": "replace", "path": f"{EXT}:manager", "value": {}})

    assert 200 == answer.status
    assert "boss" == api.get(user)[EXT]["manager"]["value"]


def test_a_manager_that_is_an_empty_object_in_a_body_is_none(api):
    user = api.user(**{EXT: {"manager": {"value": "boss"}, "department": "d"}})
    body = {"schemas": [urns.USER, EXT], "userName": "ada", EXT: {"manager": {}, "department": "d"}}

    assert {"department": "d"} == api.put(user, body)[EXT]


def test_what_else_is_set_with_an_emptied_manager_is_set(api):
    user = api.user(**{EXT: {"manager": {"value": "m"}}})
    value = {EXT: {"manager": {"value": ""}, "department": "x"}, "title": "T"}

    answer = api.patch(user, {"op": "replace", "value": value})

    assert ({"department": "x"}, "T") == (answer[EXT], answer["title"])


BARE = pytest.mark.parametrize(
    ("parameter", "shown"),
    [("attributes", True), ("excludedAttributes", False)],
)


@BARE
def test_a_bare_name_of_an_extension_is_understood_in_a_projection(api, parameter, shown):
    user = api.user(**{EXT: {"department": "x"}})

    answer = api.get(user, headers=ASK, **{parameter: "department"})

    assert shown == (EXT in answer.json)
    assert "bare-extension-name" == answer.headers[HEADER]


def test_a_bare_name_of_an_extension_is_understood_in_a_list(api):
    for name, department in (("ada", "2"), ("bob", "1")):
        api.user(name, **{EXT: {"department": department}})

    answer = api.get("/Users", sortBy="department", attributes="department", headers=ASK)

    assert ["1", "2"] == [user[EXT]["department"] for user in answer["Resources"]]
    assert "bare-extension-name" == answer.headers[HEADER]


def test_a_strict_server_knows_no_bare_name_of_an_extension(strict_api):
    user = strict_api.user(**{EXT: {"department": "x"}})

    assert EXT not in strict_api.get(user, attributes="department").json
    assert (400, "invalidValue") == strict_api.get("/Users", sortBy="department").error


@pytest.mark.parametrize(("strict", "status"), [(False, "201"), (True, "405")])
def test_the_method_of_a_bulk_operation_is_in_capitals_for_a_strict_server(
    make_api, strict, status
):
    (result,) = create_in_bulk(make_api(strict=strict))["Operations"]

    assert status == result["status"]


def test_members_that_are_left_out_are_told_of(make_api):
    api = make_api(skip_unknown_members=True)
    group = api.group("Eng", api.user())
    operation = {"op": "add", "path": "members", "value": [{"value": "nobody"}]}

    assert "unknown-members" == api.patch(group, operation, headers=ASK).headers[HEADER]


def test_what_entra_and_okta_send_within_the_rfc_needs_no_leniency(api):
    body = ADA | {
        "schemas": [urns.USER, EXT],
        "title": None,
        "roles": [],
        "groups": [],
        "meta": {"resourceType": "User", "nonsense": 1},
        "password": "r4nd0m-Pass",
        "emails": [{"primary": True, "value": "a@x.org", "type": "work", "display": "a"}],
    }

    assert "none" == api.post("/Users", body, headers=ASK).headers[HEADER]


def test_a_member_in_the_least_form_needs_no_leniency(api):
    member = {"value": api.user().removeprefix("/Users/"), "$ref": None}
    operation = {"op": "add", "path": "members", "value": [member]}

    assert "none" == api.patch(api.group("Eng"), operation, headers=ASK).headers[HEADER]


@pytest.mark.parametrize("query", ["", "?", "?&", "?aadOptscim062020", "?aadOptscim062020&"])
def test_loose_ends_and_flags_in_a_query_need_no_leniency(strict_api, query):
    answer = strict_api.get("/Users" + query, headers=ASK)

    assert (200, "none") == (answer.status, answer.headers[HEADER])


def test_plus_stands_for_a_space_in_a_query(strict_api):
    strict_api.user("ada")

    assert 1 == strict_api.get("/Users?filter=userName+eq+%22ada%22&")["totalResults"]


# --- one by one --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (TITLE, "none"),
        (TITLE | {"op": "Replace"}, "operation-in-any-case"),
        ({"op": "replace", "value": {"active": False}}, "none"),
        ({"op": "replace", "value": {"name.givenName": "A"}}, "paths-as-keys"),
        ({"op": "replace", "path": "active", "value": "False"}, "text-for-boolean"),
        (
            {"op": "Add", "path": 'emails[type eq "work"].value', "value": "a@example.com"},
            "operation-in-any-case, unmatched-value",
        ),
    ],
)
def test_an_answer_names_the_dialects_that_a_patch_needed(api, operation, expected):
    answer = api.patch(api.user(), operation, headers=ASK)

    assert expected == answer.headers[HEADER]


def test_the_removal_of_an_absent_member_is_within_the_rfc(api):
    group = api.group("Eng")
    removal = {"op": "remove", "path": 'members[value eq "nobody"]'}

    assert "none" == api.patch(group, removal, headers=ASK).headers[HEADER]


def test_text_for_a_boolean_in_a_body_is_named(api):
    body = {"schemas": [urns.USER], "userName": "ada", "active": "True"}
    answer = api.post("/Users", body, headers=ASK)

    assert "text-for-boolean" == answer.headers[HEADER]


def test_text_for_a_boolean_in_a_filter_is_named(api):
    answer = api.get("/Users", filter='active eq "true"', headers=ASK)

    assert "text-for-boolean" == answer.headers[HEADER]


def test_nothing_is_told_that_was_not_asked_for(api):
    assert HEADER not in api.get("/Users").headers


def test_a_removal_of_an_empty_value_leaves_the_members_where_they_are(api):
    user = api.user()
    group = api.group("Eng", user)

    api.patch(group, {"op": "Remove", "path": "members", "value": ""})

    assert {user} == api.members(group)


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Add", "path": "manager", "value": [{"$ref": "http://x/Users/m", "value": "m"}]},
        {"op": "replace", "value": {"manager": "m"}},
    ],
)
def test_a_manager_is_set_without_the_urn_of_his_extension(api, operation):
    user = api.user()

    api.patch(user, operation)

    assert "m" == api.get(user)[urns.ENTERPRISE_USER]["manager"]["value"]
    assert ["ada"] == api.names('userName eq "ada" and manager eq "m"')


def test_a_role_is_created_by_a_replacement_as_its_types_are_free(api):
    user = api.user()
    operation = {"op": "replace", "path": 'roles[type eq "Entra"].value', "value": "Admin"}

    api.patch(user, operation)

    assert [{"type": "Entra", "value": "Admin"}] == api.get(user)["roles"]


@pytest.mark.parametrize("urn", ["urn:example:none", urns.GROUP])
def test_a_strict_server_takes_no_schema_that_is_not_of_the_type(strict_api, urn):
    body = {"schemas": [urns.USER, urn], "userName": "ada"}

    assert (400, "invalidSyntax") == strict_api.post("/Users", body).error


def test_a_list_of_too_many_values_is_refused(api):
    emails = [{"value": f"{number}@example.com"} for number in range(1001)]
    body = {"schemas": [urns.USER], "userName": "ada", "emails": emails}

    assert (400, "invalidValue") == api.post("/Users", body).error
