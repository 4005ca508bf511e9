"""PATCH against what a schema demands: what is required, immutable, readOnly or unknown.

RFC 7644 §3.5.2, RFC 7643 §2.2, §6 and §7; each in both modes where they may differ.
"""

import json

import pytest

from scim_protocol import urns

E = urns.ENTERPRISE_USER
DESK = "urn:ietf:params:scim:schemas:example:2.0:Desk"
SEAT = {"code": "s1", "serial": "1"}
ASK = {"SCIM-Leniency": "tell"}


def operation(op):
    return lambda path, *value: {"op": op, "path": path} | ({"value": value[0]} if value else {})


add, replace, remove = map(operation, ("add", "replace", "remove"))


def without_path(value, op="replace"):
    return {"op": op, "value": value}


def attribute(name, **more):
    return {"name": name, "type": "string", "multiValued": False, "description": name, **more}


SCHEMA = {
    "schemas": [urns.SCHEMA],
    "id": DESK,
    "name": "Desk",
    "description": "Where somebody sits",
    "attributes": [
        attribute("floor"),
        attribute("building", required=True),
        attribute(
            "seat",
            type="complex",
            subAttributes=[
                attribute("code", required=True),
                attribute("serial", mutability="immutable"),
                attribute("state", mutability="readOnly"),
                attribute("note"),
            ],
        ),
        attribute(
            "keys",
            type="complex",
            multiValued=True,
            subAttributes=[attribute("value", required=True), attribute("display")],
        ),
    ],
}
USER = {
    "schemas": [urns.RESOURCE_TYPE],
    "id": "User",
    "name": "User",
    "endpoint": "/Users",
    "description": "Users with a desk",
    "schema": urns.USER,
    "schemaExtensions": [
        {"schema": DESK, "required": True},
        {"schema": E, "required": False},
    ],
}


@pytest.fixture(params=[False, True], ids=["lenient", "strict"])
def desk(make_api, tmp_path, request):
    """A server of either mode whose users must have a desk; Ada has one, with a seat."""
    (tmp_path / "desk.json").write_text(json.dumps([SCHEMA, USER]))
    api = make_api(schemas=str(tmp_path), strict=request.param)
    api.ada = api.user("ada", **{DESK: {"building": "A", "seat": SEAT}})
    return api


@pytest.fixture(params=[False, True], ids=["lenient", "strict"])
def either(make_api, request):
    """A server of either mode."""
    return make_api(strict=request.param)


# --- what is required --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        [remove(DESK)],
        [remove(f"{DESK}:building")],
        [remove(f"{DESK}:seat.code")],
        [replace(f"{DESK}:building", None)],
        [without_path({DESK: None})],
        [without_path({DESK: {"building": None}})],
    ],
)
def test_what_an_extension_requires_cannot_be_removed(desk, changes):
    before = desk.get(desk.ada).json

    assert (400, "mutability") == desk.patch(desk.ada, *changes).error
    assert before == desk.get(desk.ada).json


def test_a_required_extension_may_go_and_come_back_in_one_request(desk):
    back = add(DESK, {"building": "B"})
    ada = desk.user("bob", **{DESK: {"building": "A"}})

    assert {"building": "B"} == desk.patch(ada, remove(DESK), back)[DESK]


@pytest.mark.parametrize(
    "change",
    [
        replace(f"{DESK}:seat.code", ""),
        replace(f"{DESK}:seat", {"code": ""}),
        without_path({DESK: {"seat": {"code": ""}}}),
        add(f"{DESK}:keys", [{"value": ""}]),
        replace(f"{DESK}:building", ""),
    ],
)
def test_a_required_part_is_never_empty_text_in_a_patch(desk, change):
    assert (400, "invalidValue") == desk.patch(desk.ada, change).error


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_required_part_is_never_empty_text_in_a_body(desk, method):
    extension = {"building": "A", "seat": SEAT | {"code": ""}}
    body = {"schemas": [urns.USER, DESK], "userName": "eve", DESK: extension}

    answer = desk.request(method, "/Users" if method == "POST" else desk.ada, body)

    assert (400, "invalidValue") == answer.error


# --- what is immutable -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        remove(f"{DESK}:seat"),
        replace(f"{DESK}:seat", None),
        replace(DESK, {"seat": None}),
        replace(f"{DESK}:seat", {"serial": "2"}),
    ],
)
def test_an_immutable_part_does_not_go_with_its_whole(desk, change):
    assert (400, "mutability") == desk.patch(desk.ada, change).error
    assert SEAT == desk.get(desk.ada)[DESK]["seat"]


def test_a_whole_goes_while_its_immutable_part_has_no_value(desk):
    bob = desk.user("bob", **{DESK: {"building": "A", "seat": {"code": "s2"}}})

    assert {"building": "A"} == desk.patch(bob, remove(f"{DESK}:seat"))[DESK]


# --- what is readOnly --------------------------------------------------------------------------

ECHO = {"value": "42", "displayName": "The boss"}
ECHOES = [
    replace(f"{E}:manager", ECHO),
    add(E, {"manager": ECHO}),
    without_path({E: {"manager": ECHO}}),
]


@pytest.mark.parametrize("change", ECHOES)
def test_a_read_only_part_that_is_repeated_is_passed_over_and_noted(api, change):
    answer = api.patch(api.user(), change, headers=ASK)

    assert {"manager": {"value": "42"}} == answer[E]
    assert "read-only-parts" == answer.headers["SCIM-Leniency"]


@pytest.mark.parametrize("change", ECHOES)
def test_a_strict_server_refuses_a_read_only_part_in_a_value(strict_api, change):
    assert (400, "mutability") == strict_api.patch(strict_api.user(), change).error


def test_a_read_only_part_is_refused_by_its_path(desk):
    change = replace(f"{DESK}:seat.state", "new")

    assert (400, "mutability") == desk.patch(desk.ada, change).error


@pytest.mark.parametrize(
    "change",
    [
        remove('groups[value eq "x"]'),
        remove("groups"),
        remove("id"),
        add('groups[value eq "x"].display', "y"),
    ],
)
def test_what_is_read_only_is_never_removed_or_set(either, change):
    assert (400, "mutability") == either.patch(either.user(), change).error


@pytest.mark.parametrize("op", [add, replace])
@pytest.mark.parametrize("value", ["x", 1, {}, ["not a urn of this type"], [1]])
def test_schemas_cannot_be_set_to_what_they_are_not(either, op, value):
    assert (400, "invalidValue") == either.patch(either.user(), op("schemas", value)).error


@pytest.mark.parametrize("value", [[urns.USER], [urns.USER, E], urns.USER])
def test_setting_schemas_to_those_of_the_type_changes_nothing(either, value):
    assert [urns.USER] == either.patch(either.user(), replace("schemas", value))["schemas"]


# --- what no schema defines --------------------------------------------------------------------

UNKNOWN = [
    add("name", {"givenName": "Ada", "bogus": 1}),
    add("emails", [{"value": "q", "bogus": 1}]),
    without_path({E: {"bogus": 1}}),
    add(E, {"bogus": 1}),
]


@pytest.mark.parametrize("change", UNKNOWN)
def test_a_part_that_no_schema_defines_is_left_out_and_noted(api, change):
    answer = api.patch(api.user(), change, headers=ASK)

    assert 200 == answer.status
    assert "bogus" not in answer.text
    assert "unknown-attributes" == answer.headers["SCIM-Leniency"]


@pytest.mark.parametrize("change", UNKNOWN)
def test_a_strict_server_refuses_a_part_that_no_schema_defines(strict_api, change):
    assert (400, "invalidValue") == strict_api.patch(strict_api.user(), change).error


@pytest.mark.parametrize("name", ["unknownX", "name.unknownX", "urn:x:y:2.0:User", "X Y"])
@pytest.mark.parametrize("op", ["add", "replace"])
def test_an_unknown_attribute_in_a_value_without_a_path_is_left_out(api, op, name):
    value = {"displayName": "Ada", name: {"a": 1}}

    answer = api.patch(api.user(), without_path(value, op), headers=ASK)

    assert "Ada" == answer["displayName"]
    assert "unknown-attributes" == answer.headers["SCIM-Leniency"]


def test_a_strict_server_refuses_an_unknown_attribute_in_a_value_without_a_path(strict_api):
    change = without_path({"displayName": "Ada", "unknownX": 1})

    assert (400, "invalidPath") == strict_api.patch(strict_api.user(), change).error


# --- the core schema's URN ---------------------------------------------------------------------

CORE = [
    replace(urns.USER, {"title": "Countess"}),
    replace(urns.USER.upper(), {"title": "Countess"}),
    without_path({urns.USER: {"title": "Countess"}}),
    without_path({urns.USER: {"title": "Countess"}, "nickName": "A"}),
]


@pytest.mark.parametrize("change", CORE)
def test_the_core_schemas_urn_names_the_resource_itself(either, change):
    answer = either.patch(either.user(displayName="Ada"), change, headers=ASK)

    assert ("Countess", "Ada") == (answer["title"], answer["displayName"])
    assert "none" == answer.headers["SCIM-Leniency"]


def test_members_may_be_named_under_the_core_schemas_urn(either):
    ada, group = either.user(), either.group("Sales")
    members = [{"value": ada.rpartition("/")[2]}]

    either.patch(group, without_path({urns.GROUP: {"members": members}}, "add"))

    assert {ada} == either.members(group)


def test_a_removal_of_the_core_schema_has_no_target(either):
    assert (400, "noTarget") == either.patch(either.user(), remove(urns.USER)).error


def test_the_core_schemas_urn_asks_for_all_that_is_in_no_extension(either):
    ada = either.user(title="Countess", **{E: {"department": "Sums"}})

    shown = either.get(ada, attributes=urns.USER).json

    assert ("ada", "Countess") == (shown["userName"], shown["title"])
    assert E not in shown


def test_the_core_schemas_urn_leaves_out_all_that_may_be_and_is_in_no_extension(either):
    ada = either.user(title="Countess", **{E: {"department": "Sums"}})

    shown = either.get(ada, excludedAttributes=urns.USER).json

    assert {"schemas", "id", E} == shown.keys()


# --- the grammar, and removals with a value ----------------------------------------------------


@pytest.mark.parametrize(
    "filter",
    ['type eq"work"', 'type eq "work"and(value pr)', '(type eq "x")or(type eq "work")'],
)
def test_a_space_that_nothing_hangs_on_may_be_left_out(either, filter):
    ada = either.user(emails=[{"type": "work", "value": "a"}])
    spaced = filter.replace('"and(', '" and(').replace(")or(", ") or(")

    assert "emails" not in either.patch(ada, remove(f"emails [{spaced}]")).json


def test_a_filter_may_have_no_space_before_its_text_and_some_before_its_bracket(either):
    either.user(emails=[{"type": "work", "value": "a"}])

    assert ["ada"] == either.names('emails  [type eq"work"] and not(userName eq"bob")')


@pytest.mark.parametrize("value", ["keep", "Keep", ["keep"], [{"value": "keep"}]])
def test_a_removal_with_the_value_that_is_there_removes_it(api, value):
    assert "title" not in api.patch(api.user(title="keep"), remove("title", value)).json


@pytest.mark.parametrize("value", ["zzz", "", ["zzz"], 1])
def test_a_removal_with_another_value_than_is_there_changes_nothing(api, value):
    answer = api.patch(api.user(title="keep"), remove("title", value), headers=ASK)

    assert "keep" == answer["title"]
    assert "removal-of-listed-values" == answer.headers["SCIM-Leniency"]


@pytest.mark.parametrize(("value", "left"), [("a", {"type": "work"}), ("b", None)])
def test_a_removal_with_a_value_by_a_value_path_asks_for_the_same(api, value, left):
    email = {"type": "work", "value": "a"}
    ada = api.user(emails=[email])

    answer = api.patch(ada, remove('emails[type eq "work"].value', value))

    assert [left or email] == answer["emails"]


@pytest.mark.parametrize(("value", "is_left"), [({"value": "1"}, False), ({"value": "2"}, True)])
def test_a_manager_is_removed_by_his_id_alone(api, value, is_left):
    ada = api.user(**{E: {"manager": {"value": "1"}}})

    assert is_left == (E in api.patch(ada, remove(f"{E}:manager", value)).json)


def test_a_strict_server_refuses_a_removal_with_a_value(strict_api):
    ada = strict_api.user(title="keep")

    assert (400, "invalidValue") == strict_api.patch(ada, remove("title", "keep")).error


# --- null --------------------------------------------------------------------------------------


def test_adding_null_adds_nothing_and_takes_nothing(either):
    ada = either.user(title="keep", nickName="A")

    answer = either.patch(ada, add("title", None), without_path({"nickName": None}, "add"))

    assert ("keep", "A") == (answer["title"], answer["nickName"])


def test_replacing_by_null_unassigns(either):
    ada = either.user(title="x", nickName="A")

    answer = either.patch(ada, replace("title", None), without_path({"nickName": None}))

    assert not {"title", "nickName"} & answer.json.keys()
