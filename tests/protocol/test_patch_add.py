"""PATCH add, bullet by bullet (RFC 7644 §3.5.2.1)."""

from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import InvalidValue, Mutability, NoTarget
from scim_protocol.patch import Operation, apply_patch

Resource = dict[str, Any]
EMPLOYEE = urns.ENTERPRISE_USER
WARRANTY = "urn:example:params:scim:schemas:extension:2.0:Warranty"
LEASE = "urn:example:lease:1.0"


def add(resource: Resource, model: ResourceModel, path: str | None, value: Any) -> Resource:
    return apply_patch(resource, [Operation("add", path, value)], model)


# --- the RFC's own examples --------------------------------------------------------------------


def test_a_member_is_added(group: Resource, group_model: ResourceModel) -> None:
    babs = {"display": "Babs Jensen", "$ref": "https://example.com/v2/Users/u3", "value": "u3"}
    patched = add(group, group_model, "members", [babs])

    assert [*group["members"], babs] == patched["members"]


def test_a_member_who_is_in_already_changes_nothing(
    group: Resource, group_model: ResourceModel
) -> None:
    assert group == add(group, group_model, "members", [{"value": "u1"}])


def test_attributes_are_added_without_a_path(user: Resource, user_model: ResourceModel) -> None:
    value = {"emails": [{"value": "b@jensen.org", "type": "other"}], "nickname": "Babs"}
    patched = add(user, user_model, None, value)

    assert [*user["emails"], {"value": "b@jensen.org", "type": "other"}] == patched["emails"]
    assert "Babs" == patched["nickName"]


# --- the bullets -------------------------------------------------------------------------------


def test_an_attribute_without_a_value_gets_it(user: Resource, user_model: ResourceModel) -> None:
    assert "Babs" == add(user, user_model, "nickName", "Babs")["nickName"]


def test_a_single_value_is_replaced(user: Resource, user_model: ResourceModel) -> None:
    assert "Guide" == add(user, user_model, "title", "Guide")["title"]


def test_the_value_that_is_there_changes_nothing(user: Resource, user_model: ResourceModel) -> None:
    assert user == add(user, user_model, "title", user["title"])


def test_a_sub_attribute_is_set(user: Resource, user_model: ResourceModel) -> None:
    patched = add(user, user_model, "name.middleName", "Jane")

    assert user["name"] | {"middleName": "Jane"} == patched["name"]


def test_a_sub_attribute_of_nothing_makes_the_complex_value(
    user_model: ResourceModel,
) -> None:
    patched = add({"schemas": [urns.USER], "userName": "a"}, user_model, "name.givenName", "Ann")

    assert {"givenName": "Ann"} == patched["name"]


def test_a_complex_attribute_is_merged(user: Resource, user_model: ResourceModel) -> None:
    patched = add(user, user_model, "name", {"GIVENNAME": "Babs", "middleName": "J"})

    assert {
        "formatted": "Ms. Barbara J Jensen",
        "familyName": "Jensen",
        "givenName": "Babs",
        "middleName": "J",
    } == patched["name"]


def test_a_complex_attribute_takes_an_object_only(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(InvalidValue, match='name: expected an object, not "Babs"'):
        add(user, user_model, "name", "Babs")


@pytest.mark.parametrize("value", ["blue", ["blue"]])
def test_one_value_or_a_list_is_appended(
    device: Resource, device_model: ResourceModel, value: Any
) -> None:
    assert ["red", "heavy", "blue"] == add(device, device_model, "tags", value)["tags"]


def test_simple_values_are_kept_once(device: Resource, device_model: ResourceModel) -> None:
    patched = add(device, device_model, "tags", ["red", "blue", "blue"])

    assert ["red", "heavy", "blue"] == patched["tags"]


def test_the_same_value_with_another_type_is_another(
    user: Resource, user_model: ResourceModel
) -> None:
    other = {"value": "babs@jensen.org", "type": "other"}

    assert 3 == len(add(user, user_model, "emails", other)["emails"])


def test_the_same_value_and_type_are_merged(user: Resource, user_model: ResourceModel) -> None:
    again = {"value": "babs@jensen.org", "type": "home", "display": "Babs"}
    patched = add(user, user_model, "emails", [again])

    assert [user["emails"][0], again] == patched["emails"]


def test_values_without_a_value_are_the_same_when_all_is(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = add(user, user_model, "addresses", [dict(user["addresses"][0]), {"type": "other"}])

    assert [*user["addresses"], {"type": "other"}] == patched["addresses"]


def test_a_reference_is_the_same_by_its_value_alone(
    group: Resource, group_model: ResourceModel
) -> None:
    patched = add(group, group_model, "members", [{"value": "u1", "$ref": "/Users/u1"}])

    assert group["members"][0] | {"$ref": "/Users/u1"} == patched["members"][0]
    assert 2 == len(patched["members"])


def test_what_is_immutable_of_a_member_stays(group: Resource, group_model: ResourceModel) -> None:
    again = {"value": "u1", "type": "Group", "display": "Somebody else"}

    assert group == add(group, group_model, "members", [again])


def test_a_value_chosen_by_a_filter_gets_a_part(user: Resource, user_model: ResourceModel) -> None:
    patched = add(user, user_model, 'emails[type eq "home"].display', "Babs")

    assert user["emails"][1] | {"display": "Babs"} == patched["emails"][1]


def test_all_values_chosen_by_a_filter_get_it(user: Resource, user_model: ResourceModel) -> None:
    patched = add(user, user_model, "emails[value pr].display", "Babs")

    assert ["Babs", "Babs"] == [one["display"] for one in patched["emails"]]


def test_without_a_filter_all_values_get_it(user: Resource, user_model: ResourceModel) -> None:
    patched = add(user, user_model, "emails.display", "Babs")

    assert ["Babs", "Babs"] == [one["display"] for one in patched["emails"]]


def test_a_part_of_values_that_are_not_there_has_no_target(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(NoTarget, match=r"photos\.value: photos has no such value"):
        add(user, user_model, "photos.value", "https://example.com/p")


def test_a_filter_that_matches_nothing_has_no_target(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(NoTarget, match=r'emails\[type eq "other"\].value matches no value'):
        add(user, user_model, 'emails[type eq "other"].value', "x")


# --- null, nothing, extensions, schemas --------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("title", None),
        ("emails", None),
        ("emails", []),
        ("name", {}),
        ("name", None),
        (None, {}),
        (None, {"title": None, "emails": []}),
        (None, {EMPLOYEE: {"manager": {}}}),
    ],
)
def test_adding_nothing_changes_nothing(
    user: Resource, user_model: ResourceModel, path: str | None, value: Any
) -> None:
    assert user == add(user, user_model, path, value)


@pytest.mark.parametrize(
    "value",
    [
        {EMPLOYEE: {"costCenter": "4130"}},
        {f"{EMPLOYEE}:costCenter": "4130"},
        {EMPLOYEE.upper(): {"COSTCENTER": "4130"}},
    ],
)
def test_an_extension_is_merged_without_a_path(
    user: Resource, user_model: ResourceModel, value: Any
) -> None:
    patched = add(user, user_model, None, value)

    assert user[EMPLOYEE] | {"costCenter": "4130"} == patched[EMPLOYEE]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{EMPLOYEE}:costCenter", "4130"),
        (EMPLOYEE, {"costCenter": "4130"}),
        (None, {EMPLOYEE: {"costCenter": "4130"}}),
    ],
)
def test_the_first_attribute_of_an_extension_adds_its_schema(
    user_model: ResourceModel, path: str | None, value: Any
) -> None:
    patched = add({"schemas": [urns.USER], "userName": "a"}, user_model, path, value)

    assert {"costCenter": "4130"} == patched[EMPLOYEE]
    assert [urns.USER, EMPLOYEE] == patched["schemas"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{WARRANTY}:codes", "w2"),
        (f"{WARRANTY}:codes", ["w2"]),
        (WARRANTY, {"codes": ["w2"]}),
        (None, {WARRANTY: {"codes": ["w2"]}}),
        (None, {f"{WARRANTY}:codes": ["w2"]}),
    ],
)
def test_an_extensions_values_are_appended_however_it_is_written(
    device: Resource, device_model: ResourceModel, path: str | None, value: Any
) -> None:
    assert ["w1", "w2"] == add(device, device_model, path, value)[WARRANTY]["codes"]


@pytest.mark.parametrize(
    ("path", "value"), [("casing.finishes", ["gloss"]), ("casing", {"finishes": ["gloss"]})]
)
def test_the_values_of_a_multi_valued_part_are_appended(
    device: Resource, device_model: ResourceModel, path: str, value: Any
) -> None:
    patched = add(device, device_model, path, value)

    assert ["matt", "gloss"] == patched["casing"]["finishes"]
    assert patched == add(patched, device_model, path, value)


@pytest.mark.parametrize(
    ("path", "value"),
    [(LEASE, {"lender": "x"}), (None, {LEASE: {"lender": "x"}}), (f"{LEASE}:lender", "x")],
)
def test_an_extension_whose_urn_ends_in_a_version_is_found(
    device: Resource, device_model: ResourceModel, path: str | None, value: Any
) -> None:
    patched = add(device, device_model, path, value)

    assert {"lender": "x"} == patched[LEASE]


@pytest.mark.parametrize("value", [[urns.USER], [], None, urns.USER.upper()])
def test_schemas_is_the_service_providers_to_keep(
    user: Resource, user_model: ResourceModel, value: Any
) -> None:
    assert user == add(user, user_model, "schemas", value)


# --- primary -----------------------------------------------------------------------------------


def test_a_new_primary_resets_the_others(user: Resource, user_model: ResourceModel) -> None:
    patched = add(user, user_model, "emails", [{"value": "new", "primary": True}])

    assert [False, None, True] == [one.get("primary") for one in patched["emails"]]


def test_a_value_that_becomes_primary_resets_the_others(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = add(user, user_model, 'emails[type eq "home"].primary', True)

    assert [False, True] == [one.get("primary") for one in patched["emails"]]


def test_a_value_without_primary_does_not_become_it(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = add(user, user_model, "emails", [{"value": "new", "type": "other"}])

    assert [True, None, None] == [one.get("primary") for one in patched["emails"]]


def test_two_new_primaries_are_refused(user: Resource, user_model: ResourceModel) -> None:
    both = [{"value": "a", "primary": True}, {"value": "b", "primary": True}]

    with pytest.raises(InvalidValue, match="only one value can be primary"):
        add(user, user_model, "emails", both)


def test_several_values_cannot_be_made_primary(user: Resource, user_model: ResourceModel) -> None:
    with pytest.raises(InvalidValue, match="Only one value can be primary"):
        add(user, user_model, "emails.primary", True)


# --- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("active", "False", 'active: expected true or false, not "False"'),
        ("active", 1, "active: expected true or false, not 1"),
        ("userName", 5, "userName: expected a string, not 5"),
        ("userName", ["a"], "userName: expected a string, not a list"),
        ("userName", {"value": "a"}, "userName: expected a string, not an object"),
        ("emails", "a@example.com", 'expected an object, not "a@example.com"'),
        ("emails", [{"value": 1}], r"emails\[0\]\.value: expected a string, not 1"),
        ("emails", [{"primary": "yes"}], "expected true or false"),
        ("name.givenName", 1, "givenName: expected a string, not 1"),
        (f"{EMPLOYEE}:manager", "26118915", 'manager: expected an object, not "26118915"'),
        ("title", "x" * 5 + "\x00", "title: text must hold neither NUL nor"),
        (None, "title", "Without a path, the value must be an object of attributes"),
        (None, [{"title": "x"}], "Without a path, the value must be an object of attributes"),
        (None, None, "Without a path, the value must be an object of attributes"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    user: Resource, user_model: ResourceModel, path: str | None, value: Any, reason: str
) -> None:
    with pytest.raises(InvalidValue, match=reason):
        add(user, user_model, path, value)


def test_a_value_without_its_required_part_is_refused(
    device: Resource, device_model: ResourceModel
) -> None:
    with pytest.raises(InvalidValue, match=r"ports.number is required"):
        add(device, device_model, "ports", [{"speed": 1.0}])


def test_what_no_schema_defines_of_a_complex_value_is_refused(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(InvalidValue, match="nonsense: no schema defines this attribute"):
        add(user, user_model, "name", {"givenName": "Ann", "nonsense": 1})


# --- mutability --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value"),
    [("serial", "S-9"), ("badge", {"number": "9"}), ("marks", ["a"]), ("locks", {"value": "l"})],
)
def test_an_immutable_attribute_without_a_value_may_get_one(
    device_model: ResourceModel, path: str, value: Any
) -> None:
    bare = {"schemas": [device_model.core.id], "label": "x"}
    patched = add(bare, device_model, path, value)

    assert value == (patched[path][0] if path == "locks" else patched[path])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("serial", "S-2"),
        ("badge", {"colour": "blue"}),
        ("badge.colour", "blue"),
        ("locks", {"value": "new"}),
        ('locks[type eq "front"].value', "new"),
        ("locks.value", "new"),
        ("casing.mould", "m2"),
        ("casing", {"mould": "m2"}),
        ("ports[number eq 1].kind", "lan"),
    ],
)
def test_an_immutable_attribute_with_a_value_stays(
    device: Resource, device_model: ResourceModel, path: str, value: Any
) -> None:
    with pytest.raises(Mutability, match="immutable"):
        add(device, device_model, path, value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("serial", "S-1"),
        ("badge", {"number": "17"}),
        ("badge.number", "17"),
        ("locks", [{"value": "l1", "type": "front"}]),
        ("casing", {"mould": "m1"}),
    ],
)
def test_an_immutable_attribute_may_be_given_its_own_value(
    device: Resource, device_model: ResourceModel, path: str, value: Any
) -> None:
    assert device == add(device, device_model, path, value)
