"""PATCH remove, bullet by bullet (RFC 7644 §3.5.2.2)."""

from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import InvalidValue, Mutability, NoTarget
from scim_protocol.patch import Operation, apply_patch

Resource = dict[str, Any]
EMPLOYEE = urns.ENTERPRISE_USER
WARRANTY = "urn:example:params:scim:schemas:extension:2.0:Warranty"


def remove(
    resource: Resource, model: ResourceModel, path: str | None, value: Any = None
) -> Resource:
    return apply_patch(resource, [Operation("remove", path, value)], model)


def without(resource: Resource, *names: str) -> Resource:
    return {name: value for name, value in resource.items() if name not in names}


# --- the RFC's own examples --------------------------------------------------------------------


def test_a_member_is_removed(group: Resource, group_model: ResourceModel) -> None:
    patched = remove(group, group_model, 'members[value eq "u1"]')

    assert group["members"][1:] == patched["members"]


def test_all_members_are_removed(group: Resource, group_model: ResourceModel) -> None:
    assert without(group, "members") == remove(group, group_model, "members")


def test_values_are_removed_by_two_of_their_parts(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = remove(user, user_model, 'emails[type eq "work" and value ew "example.com"]')

    assert user["emails"][1:] == patched["emails"]


def test_a_member_is_removed_and_another_added(group: Resource, group_model: ResourceModel) -> None:
    james = {"display": "James Smith", "$ref": "https://example.com/v2/Users/u9", "value": "u9"}
    patched = apply_patch(
        group,
        [Operation("remove", 'members[value eq "u1"]'), Operation("add", "members", [james])],
        group_model,
    )

    assert [group["members"][1], james] == patched["members"]


def test_all_members_are_removed_and_others_added(
    group: Resource, group_model: ResourceModel
) -> None:
    new = [{"value": "u8"}, {"value": "u9"}]
    patched = apply_patch(
        group, [Operation("remove", "members"), Operation("add", "members", new)], group_model
    )

    assert new == patched["members"]


# --- the bullets -------------------------------------------------------------------------------


def test_a_removal_without_a_path_has_no_target(user: Resource, user_model: ResourceModel) -> None:
    with pytest.raises(NoTarget, match="A removal needs a path"):
        remove(user, user_model, None)


def test_a_single_value_is_removed(user: Resource, user_model: ResourceModel) -> None:
    assert without(user, "title") == remove(user, user_model, "title")


def test_a_complex_value_is_removed(user: Resource, user_model: ResourceModel) -> None:
    assert without(user, "name") == remove(user, user_model, "name")


def test_a_part_is_removed(user: Resource, user_model: ResourceModel) -> None:
    patched = remove(user, user_model, "name.formatted")

    assert without(user["name"], "formatted") == patched["name"]


def test_a_complex_value_without_parts_is_unassigned(user_model: ResourceModel) -> None:
    user = {"schemas": [urns.USER], "userName": "a", "name": {"givenName": "Ann"}}

    assert "name" not in remove(user, user_model, "name.givenName")


def test_the_values_that_a_filter_matches_are_removed(
    device: Resource, device_model: ResourceModel
) -> None:
    assert ["heavy"] == remove(device, device_model, 'tags[value eq "red"]')["tags"]


def test_all_values_that_a_filter_matches_are_removed(
    device: Resource, device_model: ResourceModel
) -> None:
    assert "scores" not in remove(device, device_model, "scores[value gt 1]")


def test_an_attribute_whose_values_all_went_is_unassigned(
    user: Resource, user_model: ResourceModel
) -> None:
    assert without(user, "emails") == remove(user, user_model, "emails[value pr]")


def test_a_part_of_chosen_values_is_removed(user: Resource, user_model: ResourceModel) -> None:
    patched = remove(user, user_model, 'emails[type eq "work"].primary')

    assert without(user["emails"][0], "primary") == patched["emails"][0]


def test_a_part_of_all_values_is_removed(user: Resource, user_model: ResourceModel) -> None:
    patched = remove(user, user_model, "emails.type")

    assert [["value", "primary"], ["value"]] == [list(one) for one in patched["emails"]]


def test_a_value_that_loses_its_last_part_goes(user_model: ResourceModel) -> None:
    emails = [{"type": "work"}, {"type": "home", "value": "a@b"}]
    user = {"schemas": [urns.USER], "userName": "a", "emails": emails}

    assert [{"value": "a@b"}] == remove(user, user_model, "emails.type")["emails"]


def test_values_that_become_equal_are_one(user_model: ResourceModel) -> None:
    emails = [{"type": "work", "value": "a"}, {"value": "a"}]
    user = {"schemas": [urns.USER], "userName": "a", "emails": emails}

    assert [{"value": "a"}] == remove(user, user_model, 'emails[type eq "work"].type')["emails"]


@pytest.mark.parametrize(
    "path", ["nickName", "name.middleName", "photos", "photos.value", f"{EMPLOYEE}:costCenter"]
)
def test_removing_what_is_not_there_changes_nothing(
    user: Resource, user_model: ResourceModel, path: str
) -> None:
    assert user == remove(user, user_model, path)


@pytest.mark.parametrize("path", [EMPLOYEE, f"{EMPLOYEE}:costCenter", f"{EMPLOYEE}:manager.value"])
def test_removing_from_an_extension_that_is_not_there_changes_nothing(
    user_model: ResourceModel, path: str
) -> None:
    user = {"schemas": [urns.USER], "userName": "a"}

    assert user == remove(user, user_model, path)


@pytest.mark.parametrize("path", ['emails[type eq "other"]', 'photos[type eq "photo"]'])
def test_a_filter_that_matches_nothing_has_no_target(
    user: Resource, user_model: ResourceModel, path: str
) -> None:
    with pytest.raises(NoTarget, match="matches no value"):
        remove(user, user_model, path)


@pytest.mark.parametrize("value", [[{"value": "u1"}], "x", False, []])
def test_a_removal_takes_no_value(group: Resource, group_model: ResourceModel, value: Any) -> None:
    with pytest.raises(InvalidValue, match="A removal takes no value"):
        remove(group, group_model, "members", value)


def test_an_extension_is_removed_with_its_schema(user: Resource, user_model: ResourceModel) -> None:
    patched = remove(user, user_model, EMPLOYEE)

    assert without(user, EMPLOYEE) | {"schemas": [urns.USER]} == patched


def test_the_last_attribute_of_an_extension_takes_its_schema_away(
    user_model: ResourceModel,
) -> None:
    user = {"userName": "a", "schemas": [urns.USER, EMPLOYEE], EMPLOYEE: {"department": "x"}}

    assert {"userName": "a", "schemas": [urns.USER]} == remove(
        user, user_model, f"{EMPLOYEE}:department"
    )


# --- mutability --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["userName", "schemas", "USERNAME", f"{urns.USER}:userName"])
def test_what_is_required_cannot_be_removed(
    user: Resource, user_model: ResourceModel, path: str
) -> None:
    with pytest.raises(Mutability, match="is required and cannot be removed"):
        remove(user, user_model, path)


@pytest.mark.parametrize("path", [f"{WARRANTY}:level", "ports.number", "ports[number eq 1].number"])
def test_required_parts_cannot_be_removed(
    device: Resource, device_model: ResourceModel, path: str
) -> None:
    with pytest.raises(Mutability, match="is required and cannot be removed"):
        remove(device, device_model, path)


@pytest.mark.parametrize(
    "path", ["id", "meta", "meta.created", "groups", 'groups[value eq "g1"]', "groups.display",
             f"{EMPLOYEE}:manager.displayName"]
)  # fmt: skip
def test_what_is_read_only_cannot_be_removed(
    user: Resource, user_model: ResourceModel, path: str
) -> None:
    with pytest.raises(Mutability, match="is readOnly"):
        remove(user, user_model, path)


@pytest.mark.parametrize(
    "path",
    ["serial", "badge", "badge.colour", "locks", 'locks[type eq "front"]', "locks.value",
     'locks[type eq "front"].value', "casing.mould", "ports[number eq 1].kind"],
)  # fmt: skip
def test_what_is_immutable_cannot_be_removed(
    device: Resource, device_model: ResourceModel, path: str
) -> None:
    with pytest.raises(Mutability, match="immutable"):
        remove(device, device_model, path)


def test_an_element_goes_though_its_parts_are_immutable(
    device: Resource, device_model: ResourceModel
) -> None:
    assert device["ports"][1:] == remove(device, device_model, "ports[number eq 1]")["ports"]


def test_a_write_only_value_can_be_removed(user: Resource, user_model: ResourceModel) -> None:
    assert without(user, "password") == remove(user, user_model, "password")
