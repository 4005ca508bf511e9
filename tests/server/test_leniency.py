"""SCIM-Leniency: what of a request a strict server would have refused, told on request."""

import pytest

from scim_protocol import urns

ASK = {"SCIM-Leniency": "tell"}
HEADER = "SCIM-Leniency"
TITLE = {"op": "replace", "path": "title", "value": "Engineer"}


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (TITLE, "none"),
        (TITLE | {"op": "Replace"}, "operation-in-any-case"),
        ({"op": "replace", "value": {"active": False}}, "none"),
        ({"op": "replace", "value": {"name.givenName": "A"}}, "paths-as-keys"),
        ({"op": "replace", "path": "active", "value": "False"}, "text-for-values"),
        (
            {"op": "Add", "path": 'emails[type eq "work"].value', "value": "a@example.com"},
            "operation-in-any-case, unmatched-value",
        ),
    ],
)
def test_an_answer_names_the_dialects_that_a_patch_needed(api, operation, expected):
    answer = api.patch(api.user(), operation, headers=ASK)

    assert expected == answer.headers[HEADER]


def test_the_removal_of_an_absent_member_is_named(api):
    group = api.group("Eng")
    removal = {"op": "remove", "path": 'members[value eq "nobody"]'}

    assert "absent-member" == api.patch(group, removal, headers=ASK).headers[HEADER]


def test_text_for_a_boolean_in_a_body_is_named(api):
    body = {"schemas": [urns.USER], "userName": "ada", "active": "True"}
    answer = api.post("/Users", body, headers=ASK)

    assert "text-for-values" == answer.headers[HEADER]


def test_text_for_a_boolean_in_a_filter_is_named(api):
    answer = api.get("/Users", filter='active eq "true"', headers=ASK)

    assert "text-for-values" == answer.headers[HEADER]


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
