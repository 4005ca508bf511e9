"""What clients send and other servers misread, beside the faults of `test_corner_cases_*.py`."""

from urllib.parse import quote

import pytest

from scim_protocol import urns

E = urns.ENTERPRISE_USER
WORK = {"type": "work", "value": "a@work"}
HOME = {"type": "home", "value": "a@home"}


def op(kind, path=None, value=None):
    operation = {"op": kind}
    if path is not None:
        operation["path"] = path
    if value is not None:
        operation["value"] = value
    return operation


# id: (the user before, operations, what must be of it afterwards)
PATCHES = {
    "id and schemas in a path-less value": (
        {},
        [op("replace", None, {"id": "other", "schemas": [], "title": "x"})],
        {"title": "x", "schemas": [urns.USER]},
    ),
    "a manager in a list of one object": (
        {},
        [op("Add", f"{E}:manager", [{"value": "1"}])],
        {E: {"manager": {"value": "1"}}},
    ),
    "a manager removed by an empty value": (
        {E: {"manager": {"value": "1"}, "department": "R&D"}},
        [op("replace", f"{E}:manager", {"value": ""})],
        {E: {"department": "R&D"}},
    ),
    "a second primary value replaces the first": (
        {"emails": [WORK | {"primary": True}, HOME]},
        [op("replace", 'emails[type eq "home"].primary', True)],
        {"emails": [WORK | {"primary": False}, HOME | {"primary": True}]},
    ),
}


@pytest.mark.parametrize("name", PATCHES)
def test_a_patch_does_what_was_meant(api, name):
    before, operations, after = PATCHES[name]
    answer = api.patch(api.user("ada", **before), *operations)

    assert 200 == answer.status, answer.text
    assert after == {key: answer.json.get(key) for key in after}


# id: (the user before, operations, scimType)
REFUSALS = {
    "text that is no boolean": ({}, [op("replace", "active", "yes")], "invalidValue"),
    "a removal without a path": ({}, [op("remove")], "noTarget"),
    "a replacement of a value that no type suggests": (
        {},
        [op("replace", 'emails[value eq "x"].display', "y")],
        "noTarget",
    ),
    "a removal of a value that is not there": (
        {},
        [op("remove", 'emails[type eq "work"]')],
        "noTarget",
    ),
    "a bad filter in a path": ({}, [op("remove", "emails[type eq]")], "invalidFilter"),
    "no bracket at the end of a path": ({}, [op("remove", 'emails[type eq "x"')], "invalidFilter"),
    "a required attribute removed": ({}, [op("remove", "userName")], "mutability"),
    "two primary values added": (
        {},
        [op("add", "emails", [WORK | {"primary": True}, HOME | {"primary": True}])],
        "invalidValue",
    ),
    "groups of a user changed": ({}, [op("add", "groups", [{"value": "1"}])], "mutability"),
    "meta changed": ({}, [op("replace", "meta.resourceType", "Robot")], "mutability"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_patch_that_cannot_be_meant_is_refused_and_changes_nothing(api, name):
    before, operations, scim_type = REFUSALS[name]
    user = api.user("ada", **before)
    shown = api.get(user).json

    assert (400, scim_type) == api.patch(user, *operations).error
    assert shown == api.get(user).json


BODIES = {
    "unknown schemas and attributes": (
        {"schemas": [urns.USER, "urn:example:2.0:User"], "colour": "red"},
        {"colour": None, "schemas": [urns.USER]},
    ),
    "an extension that is named and not given": (
        {"schemas": [urns.USER, E], "active": True},
        {"schemas": [urns.USER], "active": True},
    ),
    "explicit nulls and empty lists": (
        {"title": None, "roles": [], "name": {}},
        {"title": None, "roles": None, "name": None},
    ),
    "names in another letter case": (
        {"DISPLAYNAME": "Ada", "Name": {"GivenName": "Ada"}},
        {"displayName": "Ada", "name": {"givenName": "Ada"}},
    ),
    "booleans as text": (
        {"active": "True", "emails": [WORK | {"primary": "false"}]},
        {"active": True, "emails": [WORK | {"primary": False}]},
    ),
    "a read-only display name of a manager": (
        {E: {"manager": {"value": "1", "displayName": "Boss"}}},
        {E: {"manager": {"value": "1"}}},
    ),
    "text as it was sent": (
        {"phoneNumbers": [{"value": " +1 (555) 0100 ", "type": "work"}]},
        {"phoneNumbers": [{"value": " +1 (555) 0100 ", "type": "work"}]},
    ),
    "a value listed twice": ({"emails": [WORK, WORK]}, {"emails": [WORK]}),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_is_read_as_it_was_meant(api, name):
    sent, stored = BODIES[name]
    answer = api.post("/Users", {"schemas": [urns.USER], "userName": "ada", **sent})

    assert 201 == answer.status, answer.text
    assert stored == {key: answer.json.get(key) for key in stored}


def test_a_group_of_entra_id_with_its_own_schema_and_no_members_is_created(api):
    body = {
        "schemas": [
            urns.GROUP,
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ],
        "externalId": "8aa1a0c0",
        "displayName": "Sales",
        "meta": {"resourceType": "Group"},
    }

    answer = api.post("/Groups", body)

    assert 201 == answer.status
    assert [urns.GROUP] == answer["schemas"]


def test_excluded_members_take_nothing_else_along(api):
    group = api.group("Sales", api.user(), externalId="1")

    shown = api.get(group, excludedAttributes="members").json

    assert {"schemas", "id", "displayName", "externalId", "meta"} == set(shown)


def test_a_qualified_sub_attribute_can_be_asked_for(api):
    user = api.user("ada", **{E: {"manager": {"value": "1"}, "department": "R&D"}})

    shown = api.get(user, attributes=f"{E}:manager.value").json

    assert {"manager": {"value": "1"}} == shown[E]


def test_an_inactive_user_stays_readable_and_matchable(api):
    user = api.user("ada")
    api.patch(user, op("replace", "active", False))

    assert 200 == api.get(user).status
    assert ["ada"] == api.names('userName eq "ada"')


FILTERS = {
    "userName  eq   \"or\"": ["or"],
    ' userName eq "or" ': ["or"],
    '( userName eq "or" )  and  not  ( title pr )': ["or"],
}  # fmt: skip


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_is_read_as_it_is_written(api, text):
    api.user("or")
    api.user("and", title="x", roles=[{"value": "a", "primary": True}])

    assert FILTERS[text] == api.names(text)


def test_a_filter_comes_encoded_in_any_way_that_urls_have(api):
    api.user("ada@x.org")
    encoded = quote('userName eq "ada@x.org"')

    for query in (encoded, encoded.replace("%20", "+"), 'userName+eq+"ada@x.org"'):
        assert 1 == api.get(f"/Users?filter={query}")["totalResults"]
