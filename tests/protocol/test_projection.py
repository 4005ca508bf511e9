"""What an answer shows: attributes, excludedAttributes and the four kinds of `returned`."""

from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel, UnknownAttribute
from scim_protocol.errors import InvalidPath, InvalidValue
from scim_protocol.projection import Projection

Resource = dict[str, Any]
EMPLOYEE = urns.ENTERPRISE_USER
WARRANTY = "urn:example:params:scim:schemas:extension:2.0:Warranty"
LEASE = "urn:example:lease:1.0"


def asking(names: Any, resource: Resource, model: ResourceModel) -> Resource:
    return Projection.parse(names, None, model).apply(resource)


def excluding(names: Any, resource: Resource, model: ResourceModel) -> Resource:
    return Projection.parse(None, names, model).apply(resource)


def without(resource: Resource, *names: str) -> Resource:
    return {name: value for name, value in resource.items() if name not in names}


def test_without_parameters_all_of_a_user_but_the_password_is_shown(
    user: Resource, user_model: ResourceModel
) -> None:
    assert without(user, "password") == asking(None, user, user_model)


@pytest.mark.parametrize("nothing", [None, "", [], " , ", ["", " "]])
def test_no_names_ask_for_nothing_in_particular(
    user: Resource, user_model: ResourceModel, nothing: Any
) -> None:
    shown = Projection.parse(nothing, nothing, user_model).apply(user)

    assert without(user, "password") == shown


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        ("userName", {"userName"}),
        ("USERNAME", {"userName"}),
        (f"{urns.USER}:userName", {"userName"}),
        ("userName,emails", {"userName", "emails"}),
        (" userName , emails ", {"userName", "emails"}),
        (["userName", "emails"], {"userName", "emails"}),
        (EMPLOYEE, {EMPLOYEE}),
        (EMPLOYEE.upper(), {EMPLOYEE}),
        ("meta", {"meta"}),
        ("id", set()),
        ("schemas", set()),
        ("password", set()),
        ("nonsense", set()),
        ("not a name[", set()),
        ("name.nonsense", set()),
    ],
)
def test_what_is_asked_for_is_shown_with_what_is_always(
    user: Resource, user_model: ResourceModel, names: Any, parts: set[str]
) -> None:
    assert {"schemas", "id"} | parts == set(asking(names, user, user_model))


def test_a_part_is_asked_for(user: Resource, user_model: ResourceModel) -> None:
    assert {"familyName": "Jensen"} == asking("name.FAMILYNAME", user, user_model)["name"]


def test_several_parts_are_asked_for(user: Resource, user_model: ResourceModel) -> None:
    shown = asking("emails.type,emails.primary", user, user_model)

    assert [{"type": "work", "primary": True}, {"type": "home"}] == shown["emails"]


@pytest.mark.parametrize("names", ["name,name.familyName", "name.familyName,name"])
def test_the_whole_is_more_than_its_part(
    user: Resource, user_model: ResourceModel, names: str
) -> None:
    assert user["name"] == asking(names, user, user_model)["name"]


def test_values_without_the_part_asked_for_are_left_out(
    user: Resource, user_model: ResourceModel
) -> None:
    assert [{"primary": True}] == asking("emails.primary", user, user_model)["emails"]
    assert "emails" not in asking("emails.display", user, user_model)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (f"{EMPLOYEE}:department", {"department": "Tour Operations"}),
        (f"{EMPLOYEE.lower()}:DEPARTMENT", {"department": "Tour Operations"}),
        (f"{EMPLOYEE}:manager.displayName", {"manager": {"displayName": "John Smith"}}),
        (f"{EMPLOYEE}:manager", {"manager": {"value": "26118915", "displayName": "John Smith"}}),
    ],
)
def test_an_extension_attribute_is_asked_for(
    user: Resource, user_model: ResourceModel, names: str, expected: Resource
) -> None:
    assert expected == asking(names, user, user_model)[EMPLOYEE]


def test_an_extension_attribute_needs_its_schemas_name(
    user: Resource, user_model: ResourceModel
) -> None:
    assert EMPLOYEE not in asking("department", user, user_model)


@pytest.mark.parametrize(
    ("names", "gone"),
    [
        ("emails", {"emails"}),
        ("EMAILS,title", {"emails", "title"}),
        (["emails", "title"], {"emails", "title"}),
        (EMPLOYEE, {EMPLOYEE}),
        ("id", set()),
        ("schemas", set()),
        ("nonsense", set()),
        (f"{urns.USER}:meta", {"meta"}),
    ],
)
def test_what_is_excluded_is_left_out_unless_it_is_always_shown(
    user: Resource, user_model: ResourceModel, names: Any, gone: set[str]
) -> None:
    assert without(user, "password", *gone) == excluding(names, user, user_model)


def test_a_part_is_excluded(user: Resource, user_model: ResourceModel) -> None:
    shown = excluding("name.formatted,emails.primary,emails.type", user, user_model)

    assert without(user["name"], "formatted") == shown["name"]
    assert [{"value": one["value"]} for one in user["emails"]] == shown["emails"]


def test_excluding_an_extension_attribute_leaves_the_others(
    user: Resource, user_model: ResourceModel
) -> None:
    shown = excluding(f"{EMPLOYEE}:manager", user, user_model)

    assert without(user[EMPLOYEE], "manager") == shown[EMPLOYEE]


def test_excluding_a_core_attribute_leaves_the_extensions(
    user: Resource, user_model: ResourceModel
) -> None:
    assert user[EMPLOYEE] == excluding("title", user, user_model)[EMPLOYEE]


def test_members_are_excluded(group: Resource, group_model: ResourceModel) -> None:
    assert without(group, "members") == excluding("members", group, group_model)


def test_both_parameters_exclude_each_other(user_model: ResourceModel) -> None:
    with pytest.raises(InvalidValue, match="Give attributes or excludedAttributes, not both"):
        Projection.parse("userName", "emails", user_model)


# --- the four kinds of `returned`, in a schema of our own ---------------------------------------


def test_by_default_what_is_never_or_on_request_is_left_out(
    device: Resource, device_model: ResourceModel
) -> None:
    shown = asking(None, device, device_model)

    assert set(device) - {"pin", "notes"} == set(shown)
    assert [{"value", "type", "slot"}, {"value", "type", "slot", "primary"}] == [
        set(key) for key in shown["keys"]
    ]


def test_what_is_returned_on_request_is_shown_when_asked_for(
    device: Resource, device_model: ResourceModel
) -> None:
    assert "heavy" == asking("notes", device, device_model)["notes"]
    assert [{"slot": "1", "note": "worn"}, {"slot": "2"}] == asking(
        "keys.note", device, device_model
    )["keys"]


@pytest.mark.parametrize("names", ["label", "nonsense", "tags"])
def test_what_is_always_returned_is_shown_whatever_is_asked_for(
    device: Resource, device_model: ResourceModel, names: str
) -> None:
    shown = asking(names, device, device_model)

    assert "bay 4" == shown["anchor"]
    assert [{"slot": "1"}, {"slot": "2"}] == shown["keys"]


@pytest.mark.parametrize("names", ["anchor", "keys", "keys.slot", "anchor,keys.slot,id,schemas"])
def test_what_is_always_returned_cannot_be_excluded(
    device: Resource, device_model: ResourceModel, names: str
) -> None:
    shown = excluding(names, device, device_model)

    assert "bay 4" == shown["anchor"]
    assert ["1", "2"] == [key["slot"] for key in shown["keys"]]


def test_a_part_of_what_is_always_returned_can_be_excluded(
    device: Resource, device_model: ResourceModel
) -> None:
    assert {"site": "Oslo"} == excluding("home.shelf", device, device_model)["home"]
    assert device["home"] == excluding("home", device, device_model)["home"]
    assert device["home"] == asking("label", device, device_model)["home"]


@pytest.mark.parametrize("names", ["pin", "keys.secret", "keys", "pin,keys.secret,keys.value"])
def test_what_is_never_returned_is_not_shown_though_asked_for(
    device: Resource, device_model: ResourceModel, names: str
) -> None:
    shown = asking(names, device, device_model)

    assert "pin" not in shown
    assert not [key for key in shown["keys"] if "secret" in key]


def test_an_extension_whose_urn_ends_in_a_version_is_asked_for(
    device: Resource, device_model: ResourceModel
) -> None:
    held = device | {LEASE: {"lender": "x"}}

    assert {"lender": "x"} == asking(LEASE, held, device_model)[LEASE]
    assert LEASE not in excluding(LEASE, held, device_model)


def test_what_no_schema_defines_is_not_shown(user_model: ResourceModel) -> None:
    odd = {"id": "1", "nonsense": 1, "urn:example:x": {"a": 1}, EMPLOYEE: {"nonsense": 1}}

    assert {"id": "1"} == asking(None, odd, user_model)


# --- what need not be read ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "excluded", "path", "shown"),
    [
        (None, None, "members", True),
        (None, "members", "members", False),
        (None, "members.display", "members", True),
        ("displayName", None, "members", False),
        ("members.value", None, "members", True),
        ("displayName", None, "id", True),
        ("displayName", None, "displayname", True),
    ],
)
def test_it_tells_whether_an_attribute_is_shown(
    group_model: ResourceModel, attributes: Any, excluded: Any, path: str, shown: bool
) -> None:
    assert shown == Projection.parse(attributes, excluded, group_model).shows(path)


def test_it_tells_so_of_extension_attributes(user_model: ResourceModel) -> None:
    projection = Projection.parse(f"{EMPLOYEE}:department", None, user_model)

    assert projection.shows(f"{EMPLOYEE}:department")
    assert not projection.shows(f"{EMPLOYEE}:manager")


def test_asking_whether_it_shows_the_unknown_is_a_mistake(user_model: ResourceModel) -> None:
    projection = Projection.parse(None, None, user_model)

    with pytest.raises(UnknownAttribute):
        projection.shows("nonsense")
    with pytest.raises(InvalidPath):
        projection.shows("a b")
