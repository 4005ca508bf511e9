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
