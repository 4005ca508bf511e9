"""PATCH replace, bullet by bullet (RFC 7644 §3.5.2.3)."""

from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import InvalidPath, InvalidValue, Mutability, NoTarget
from scim_protocol.patch import Operation, apply_patch

Resource = dict[str, Any]
EMPLOYEE = urns.ENTERPRISE_USER
WARRANTY = "urn:example:params:scim:schemas:extension:2.0:Warranty"


def replace(resource: Resource, model: ResourceModel, path: str | None, value: Any) -> Resource:
    return apply_patch(resource, [Operation("replace", path, value)], model)


def without(resource: Resource, *names: str) -> Resource:
    return {name: value for name, value in resource.items() if name not in names}


# --- the RFC's own examples --------------------------------------------------------------------


def test_all_members_are_replaced(group: Resource, group_model: ResourceModel) -> None:
    new = [{"display": "Babs Jensen", "value": "u1"}, {"display": "James Smith", "value": "u9"}]

    assert group | {"members": new} == replace(group, group_model, "members", new)


def test_a_whole_address_is_replaced_and_primary_reset(
    user: Resource, user_model: ResourceModel
) -> None:
    address = {
        "type": "work",
        "streetAddress": "911 Universal City Plaza",
        "postalCode": "91608",
        "formatted": "911 Universal City Plaza\nHollywood, CA 91608 US",
        "primary": True,
    }
    patched = replace(user, user_model, 'addresses[type eq "work"]', address)

    assert [address, user["addresses"][1] | {"primary": False}] == patched["addresses"]


def test_one_part_of_an_address_is_replaced(user: Resource, user_model: ResourceModel) -> None:
    path = 'addresses[type eq "work"].streetAddress'
    patched = replace(user, user_model, path, "1010 Broadway Ave")

    changed = user["addresses"][0] | {"streetAddress": "1010 Broadway Ave"}
    assert [changed, user["addresses"][1]] == patched["addresses"]


def test_attributes_are_replaced_without_a_path(user: Resource, user_model: ResourceModel) -> None:
    emails = [
        {"value": "bjensen@example.com", "type": "work", "primary": True},
        {"value": "babs@jensen.org", "type": "home"},
    ]
    patched = replace(user, user_model, None, {"emails": emails, "nickname": "Babs"})

    assert user | {"emails": emails, "nickName": "Babs"} == patched


# --- the bullets -------------------------------------------------------------------------------


def test_a_single_value_is_replaced(user: Resource, user_model: ResourceModel) -> None:
    assert user | {"active": False} == replace(user, user_model, "active", False)


def test_all_values_are_replaced(device: Resource, device_model: ResourceModel) -> None:
    assert ["blue"] == replace(device, device_model, "tags", ["blue"])["tags"]


def test_one_value_may_come_without_a_list(device: Resource, device_model: ResourceModel) -> None:
    assert ["blue"] == replace(device, device_model, "tags", "blue")["tags"]


def test_what_does_not_exist_is_added(user: Resource, user_model: ResourceModel) -> None:
    phones = [{"value": "tel:1", "type": "work"}]

    assert user | {"phoneNumbers": phones} == replace(user, user_model, "phoneNumbers", phones)


def test_parts_of_a_complex_value_that_are_not_given_stay(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = replace(user, user_model, "name", {"givenName": "Babs"})

    assert user["name"] | {"givenName": "Babs"} == patched["name"]


def test_a_part_given_as_null_goes(user: Resource, user_model: ResourceModel) -> None:
    patched = replace(user, user_model, "name", {"givenName": "Babs", "formatted": None})

    assert {"familyName": "Jensen", "givenName": "Babs"} == patched["name"]


def test_one_value_of_many_is_replaced(device: Resource, device_model: ResourceModel) -> None:
    assert ["blue", "heavy"] == replace(device, device_model, 'tags[value eq "red"]', "blue")[
        "tags"
    ]


def test_a_value_that_becomes_another_is_there_once(
    device: Resource, device_model: ResourceModel
) -> None:
    assert ["heavy"] == replace(device, device_model, 'tags[value eq "red"]', "heavy")["tags"]


def test_all_values_that_match_are_replaced(user: Resource, user_model: ResourceModel) -> None:
    patched = replace(user, user_model, "emails[value pr].display", "Babs")

    assert ["Babs", "Babs"] == [one["display"] for one in patched["emails"]]


def test_a_replaced_value_keeps_what_the_filter_fixes_of_it_and_no_more(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = replace(user, user_model, 'emails[type eq "work"]', {"value": "new@example.com"})

    assert [{"type": "work", "value": "new@example.com"}, user["emails"][1]] == patched["emails"]


def test_all_equalities_joined_by_and_fix_their_parts(
    user: Resource, user_model: ResourceModel
) -> None:
    path = 'emails[type eq "work" and primary eq true and value co "b"]'
    patched = replace(user, user_model, path, {"display": "x"})

    assert {"type": "work", "primary": True, "display": "x"} == patched["emails"][0]


@pytest.mark.parametrize(
    "path",
    ['emails[type sw "w"]', 'emails[not (type eq "home")]', 'emails[type eq "work" or a pr]'],
)
def test_no_other_filter_fixes_a_part(user: Resource, user_model: ResourceModel, path: str) -> None:
    path = path.replace("a pr", "display pr")
    patched = replace(user, user_model, path, {"value": "new"})

    assert {"value": "new"} == patched["emails"][0]


def test_a_replacement_may_change_what_the_filter_fixes(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = replace(user, user_model, 'emails[type eq "work"]', {"type": "other", "value": "x"})

    assert {"type": "other", "value": "x"} == patched["emails"][0]


def test_the_new_value_may_come_in_a_list_of_one(user: Resource, user_model: ResourceModel) -> None:
    patched = replace(user, user_model, 'emails[type eq "work"]', [{"value": "x"}])

    assert {"type": "work", "value": "x"} == patched["emails"][0]


def test_a_chosen_value_is_not_replaced_by_several(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(InvalidValue, match="expected an object, not a list"):
        replace(user, user_model, 'emails[type eq "work"]', [{"value": "x"}, {"value": "y"}])


@pytest.mark.parametrize("path", ['emails[type eq "other"]', 'emails[type eq "other"].value'])
def test_a_filter_that_matches_nothing_has_no_target(
    user: Resource, user_model: ResourceModel, path: str
) -> None:
    with pytest.raises(NoTarget, match="matches no value"):
        replace(user, user_model, path, "x" if path.endswith("value") else {"value": "x"})


def test_a_part_of_values_that_are_not_there_has_no_target(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(NoTarget, match="photos has no such value"):
        replace(user, user_model, "photos.value", "x")


# --- null, extensions, primary -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "gone"),
    [
        ("title", None, "title"),
        ("emails", [], "emails"),
        ("emails", None, "emails"),
        ("emails", [{}], "emails"),
        ("name", None, "name"),
        (EMPLOYEE, None, EMPLOYEE),
        ("emails[value pr]", None, "emails"),
        (None, {"title": None}, "title"),
    ],
)
def test_an_attribute_set_to_nothing_is_removed(
    user: Resource, user_model: ResourceModel, path: str | None, value: Any, gone: str
) -> None:
    assert without(user, gone, "schemas") == without(
        replace(user, user_model, path, value), "schemas"
    )


@pytest.mark.parametrize("value", [None, {}, []])
def test_a_chosen_value_set_to_nothing_is_removed(
    user: Resource, user_model: ResourceModel, value: Any
) -> None:
    patched = replace(user, user_model, 'emails[type eq "work"]', value)

    assert user["emails"][1:] == patched["emails"]


def test_a_complex_attribute_set_to_no_parts_stays(
    user: Resource, user_model: ResourceModel
) -> None:
    assert user == replace(user, user_model, "name", {})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{EMPLOYEE}:department", "Sales"),
        (EMPLOYEE, {"department": "Sales"}),
        (None, {EMPLOYEE: {"department": "Sales"}}),
        (None, {f"{EMPLOYEE}:department": "Sales"}),
    ],
)
def test_an_extension_attribute_is_replaced_however_it_is_written(
    user: Resource, user_model: ResourceModel, path: str | None, value: Any
) -> None:
    assert (
        user[EMPLOYEE] | {"department": "Sales"} == replace(user, user_model, path, value)[EMPLOYEE]
    )


def test_a_manager_is_replaced_and_the_rest_of_the_extension_stays(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = replace(user, user_model, f"{EMPLOYEE}:manager.value", "m2")

    assert "m2" == patched[EMPLOYEE]["manager"]["value"]
    assert "Tour Operations" == patched[EMPLOYEE]["department"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{WARRANTY}:codes", ["w2"]),
        (WARRANTY, {"codes": ["w2"]}),
        (None, {WARRANTY: {"codes": ["w2"]}}),
    ],
)
def test_an_extensions_values_are_replaced_all(
    device: Resource, device_model: ResourceModel, path: str | None, value: Any
) -> None:
    assert ["w2"] == replace(device, device_model, path, value)[WARRANTY]["codes"]


def test_a_value_of_an_extension_is_chosen_by_a_filter(
    device: Resource, device_model: ResourceModel
) -> None:
    path = f'{WARRANTY}:contacts[type eq "phone"].value'
    patched = replace(device, device_model, path, "c2")

    assert [{"value": "c2", "type": "phone", "primary": True}] == patched[WARRANTY]["contacts"]


def test_a_part_of_all_values_is_replaced(user: Resource, user_model: ResourceModel) -> None:
    patched = replace(user, user_model, "emails.type", "other")

    assert ["other", "other"] == [one["type"] for one in patched["emails"]]


def test_values_that_become_equal_are_one(user_model: ResourceModel) -> None:
    emails = [{"value": "a", "type": "work"}, {"value": "b", "type": "work"}]
    user = {"schemas": [urns.USER], "userName": "a", "emails": emails}

    assert [{"value": "q", "type": "work"}] == replace(user, user_model, "emails.value", "q")[
        "emails"
    ]


def test_two_chosen_values_cannot_both_be_primary(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(InvalidValue, match="Only one value can be primary"):
        replace(user, user_model, "emails[value pr]", {"value": "x", "primary": True})


def test_a_list_with_two_primaries_is_refused(user: Resource, user_model: ResourceModel) -> None:
    both = [{"value": "a", "primary": True}, {"value": "b", "primary": True}]

    with pytest.raises(InvalidValue, match="only one value can be primary"):
        replace(user, user_model, "emails", both)


def test_a_primary_set_to_false_resets_nothing(user: Resource, user_model: ResourceModel) -> None:
    patched = replace(user, user_model, 'emails[type eq "home"].primary', False)

    assert [True, False] == [one["primary"] for one in patched["emails"]]


@pytest.mark.parametrize("street", ["1010 Broadway Ave", "a.b:c", 'x "y" [z]', " "])
def test_the_whole_of_a_text_is_kept(
    user: Resource, user_model: ResourceModel, street: str
) -> None:
    patched = replace(user, user_model, 'addresses[type eq "work"].streetAddress', street)

    assert street == patched["addresses"][0]["streetAddress"]


@pytest.mark.parametrize(
    "value", ["x.y@z.org", "urn:a:b", "a]b[c", 'say "x"', "a and b or not (c)"]
)
def test_syntax_inside_a_quoted_value_is_text(user_model: ResourceModel, value: str) -> None:
    quoted = value.replace('"', '\\"')
    user = {"schemas": [urns.USER], "userName": "a", "emails": [{"value": value}]}
    patched = replace(user, user_model, f'emails[value eq "{quoted}"].display', "found")

    assert [{"value": value, "display": "found"}] == patched["emails"]


def test_replacing_by_a_filter_a_second_time_finds_the_value_again(
    user: Resource, user_model: ResourceModel
) -> None:
    once = replace(user, user_model, 'emails[type eq "work"]', {"value": "new"})

    assert once == replace(once, user_model, 'emails[type eq "work"]', {"value": "new"})


# --- paths -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nonsense", "User has no attribute nonsense"),
        ("name.nonsense", "name has no sub-attribute nonsense"),
        ("userName.value", "userName has no sub-attribute value"),
        ("urn:example:x:title", "User has no attribute urn:example:x:title"),
        ("department", "User has no attribute department"),
        ('title[value eq "x"]', "title has one value only"),
        ('name[givenName eq "x"]', "name has one value only"),
        ('emails[type eq "work"].nonsense', "emails has no sub-attribute nonsense"),
        ("", "is not an attribute path"),
        ("a b", "is not an attribute path"),
    ],
)
def test_a_path_that_names_nothing_is_refused(
    user: Resource, user_model: ResourceModel, path: str, reason: str
) -> None:
    with pytest.raises(InvalidPath, match=reason):
        replace(user, user_model, path, "x")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"nonsense": 1}, "User has no attribute nonsense"),
        ({"name.givenName": "x"}, "'name.givenName' is not the name of an attribute"),
        ({f"{EMPLOYEE}:manager.value": "x"}, "is not the name of an attribute"),
        ({'emails[type eq "work"]': {}}, "is not the name of an attribute"),
        ({"a b": 1}, "is not an attribute path"),
        ({"": 1}, "is not an attribute path"),
    ],
)
def test_a_key_that_names_no_attribute_is_refused(
    user: Resource, user_model: ResourceModel, value: Any, reason: str
) -> None:
    with pytest.raises(InvalidPath, match=reason):
        replace(user, user_model, None, value)


# --- mutability --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "id",
        "meta",
        "meta.version",
        "groups",
        "groups.display",
        'groups[value eq "g1"].display',
        f"{EMPLOYEE}:manager.displayName",
    ],
)
def test_what_is_read_only_cannot_be_replaced(
    user: Resource, user_model: ResourceModel, path: str
) -> None:
    with pytest.raises(Mutability, match="is readOnly"):
        replace(user, user_model, path, "x")


@pytest.mark.parametrize("name", ["id", "meta", "groups"])
def test_nor_without_a_path(user: Resource, user_model: ResourceModel, name: str) -> None:
    with pytest.raises(Mutability, match=f"{name} is readOnly"):
        replace(user, user_model, None, {"title": "x", name: user[name]})


def test_read_only_parts_that_are_given_are_refused(
    user: Resource, user_model: ResourceModel
) -> None:
    manager = {"value": "26118915", "displayName": "Somebody else"}

    with pytest.raises(Mutability):
        replace(user, user_model, f"{EMPLOYEE}:manager", manager)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("serial", "S-2"),
        ("serial", None),
        ("badge", {"number": "9"}),
        ("badge", None),
        ("badge.colour", "blue"),
        ("locks", []),
        ("locks", [{"value": "new"}]),
        ('locks[type eq "front"]', {"value": "new"}),
        ('locks[type eq "front"].value', "new"),
        ("locks.value", "new"),
        ("casing.mould", "m2"),
        ("casing", {"mould": "m2"}),
        ("casing", {"mould": None}),
        ("ports[number eq 1].kind", "lan"),
        ("ports[number eq 1]", {"number": 1, "kind": "lan"}),
    ],
)
def test_an_immutable_value_cannot_be_replaced(
    device: Resource, device_model: ResourceModel, path: str, value: Any
) -> None:
    with pytest.raises(Mutability, match="immutable"):
        replace(device, device_model, path, value)


def test_an_immutable_part_stays_when_its_value_is_replaced(
    device: Resource, device_model: ResourceModel
) -> None:
    patched = replace(device, device_model, "ports[number eq 1]", {"number": 5})

    assert {"number": 5, "kind": "usb"} == patched["ports"][0]


def test_an_immutable_value_may_be_replaced_by_itself(
    device: Resource, device_model: ResourceModel
) -> None:
    assert device == replace(device, device_model, "serial", "S-1")


def test_elements_with_immutable_parts_may_be_replaced_by_others(
    group: Resource, group_model: ResourceModel
) -> None:
    new = [{"value": "u9", "display": "x"}]

    assert new == replace(group, group_model, "members", new)["members"]


def test_what_is_required_cannot_be_set_to_nothing(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(Mutability, match="userName is required and cannot be removed"):
        replace(user, user_model, "userName", None)


def test_what_is_required_cannot_be_set_to_empty_text(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(InvalidValue, match="userName is required"):
        replace(user, user_model, "userName", "")


def test_a_password_is_replaced(user: Resource, user_model: ResourceModel) -> None:
    assert user | {"password": "new"} == replace(user, user_model, "password", "new")
