"""Values of the wrong JSON type are refused in POST, PUT and PATCH (RFC 7643 §2.3)."""

import pytest

from scim_protocol import urns

ENT = urns.ENTERPRISE_USER
MODES = ("default", "strict")
METHODS = ("POST", "PUT", "add", "replace")


@pytest.fixture(scope="module")
def apis(open_api):
    """A server of each mode, with a path to a user."""
    made = {mode: open_api(strict=mode == "strict") for mode in MODES}
    return {mode: (api, api.user("kept", active=True)) for mode, api in made.items()}


def send(apis, mode, method, given):
    """Send attributes in the body of a POST or PUT, or as the operation of a PATCH."""
    api, path = apis[mode]
    if method in ("add", "replace"):
        return api.patch(path, {"op": method, "value": given})
    schemas = [urns.USER, *(name for name in given if name.startswith("urn:"))]
    body = {"schemas": schemas, "userName": "kept", **given}
    if method == "PUT":
        return api.put(path, body)
    answer = api.post("/Users", body | {"userName": "new"})
    if answer.status == 201:
        api.delete(f"/Users/{answer['id']}")
    return answer


TEXT, FLAG, NUMBER, NOTHING, LIST, OBJECT = "x", False, 1, None, [], {}
# Of each attribute, in which attributes it is sent, and the JSON values that it takes.
PLACES = {
    "text": (lambda value: {"displayName": value}, [TEXT, NOTHING]),
    "secret": (lambda value: {"password": value}, [TEXT, NOTHING]),
    "boolean": (lambda value: {"active": value}, [FLAG, NOTHING]),
    "complex": (lambda value: {"name": value}, [NOTHING, OBJECT]),
    "part": (lambda value: {"name": {"givenName": value}}, [TEXT, NOTHING]),
    "values": (lambda value: {"emails": value}, [NOTHING, LIST]),
    "part of a value": (lambda value: {"emails": [{"value": value}]}, [TEXT, NOTHING]),
    "extension": (lambda value: {ENT: value}, [NOTHING, OBJECT]),
    "text of an extension": (lambda value: {ENT: {"department": value}}, [TEXT, NOTHING]),
}
VALUES = {
    "text": TEXT,
    "false": FLAG,
    "number": NUMBER,
    "null": NOTHING,
    "empty list": LIST,
    "empty object": OBJECT,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("place", PLACES)
def test_an_attribute_takes_values_of_its_own_type_alone(apis, mode, method, place, value):
    given, taken = PLACES[place]

    answer = send(apis, mode, method, given(VALUES[value]))

    if any(VALUES[value] is one for one in taken):
        assert answer.status < 300, answer.text
    else:
        assert (400, "invalidValue") == answer.error


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("emails", [[None], [{"value": "a"}, None], [[]], [{"value": {}}], ["x"]])
def test_a_list_takes_values_of_its_own_type_alone(apis, mode, method, emails):
    assert (400, "invalidValue") == send(apis, mode, method, {"emails": emails}).error


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize("value", [{}, [None], "x"])
def test_a_path_to_a_list_takes_its_values_alone(apis, mode, op, value):
    api, path = apis[mode]

    answer = api.patch(path, {"op": op, "path": "emails", "value": value})

    assert (400, "invalidValue") == answer.error


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("members", [{}, [None], "x", [""]])
def test_members_come_in_a_list_of_objects(apis, mode, members):
    api, _ = apis[mode]
    body = {"schemas": [urns.GROUP], "displayName": f"{mode} {members}", "members": members}

    assert (400, "invalidValue") == api.post("/Groups", body).error


def test_what_is_no_list_is_told_as_what_it_is(apis):
    api, _ = apis["default"]
    body = {"schemas": [urns.GROUP], "displayName": "x", "members": "x"}

    assert 'members: expected a list, not "x".' == api.post("/Groups", body)["detail"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("first", [True, False])
def test_a_value_that_is_primary_once_and_once_not_is_stored_once_as_primary(apis, mode, first):
    twice = [{"value": "a@x.org", "type": "work", "primary": is_it} for is_it in (first, not first)]

    answer = send(apis, mode, "PUT", {"emails": twice})

    assert [{"value": "a@x.org", "type": "work", "primary": True}] == answer["emails"]
