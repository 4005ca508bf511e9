"""PATCH as a whole: order, atomicity, operations, messages (RFC 7644 §3.5.2)."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import InvalidFilter, InvalidSyntax, InvalidValue, ScimError
from scim_protocol.patch import Operation, apply_patch
from scim_protocol.place import find_place

Resource = dict[str, Any]
EMPLOYEE = urns.ENTERPRISE_USER


def test_each_operation_sees_what_those_before_it_did(
    user: Resource, user_model: ResourceModel
) -> None:
    operations = [
        Operation("add", "phoneNumbers", [{"type": "work", "value": "1"}]),
        Operation("replace", 'phoneNumbers[type eq "work"].value', "2"),
        Operation("add", 'phoneNumbers[value eq "2"].display', "two"),
    ]
    patched = apply_patch(user, operations, user_model)

    assert [{"type": "work", "value": "2", "display": "two"}] == patched["phoneNumbers"]


def test_what_is_required_may_be_away_between_two_operations(
    user: Resource, user_model: ResourceModel
) -> None:
    operations = [Operation("remove", "userName"), Operation("add", "userName", "new")]

    assert "new" == apply_patch(user, operations, user_model)["userName"]


@pytest.mark.parametrize(
    "failing",
    [
        Operation("replace", "nonsense", 1),
        Operation("replace", "active", "False"),
        Operation("remove", None),
        Operation("remove", 'emails[type eq "other"]'),
        Operation("replace", "id", "x"),
        Operation("move", "title"),
        Operation("replace", "emails[type eq", "x"),
        Operation("replace", None, {"title": "y", "active": 3}),
    ],
)
def test_one_failing_operation_leaves_the_resource_as_it_was(
    user: Resource, user_model: ResourceModel, failing: Operation
) -> None:
    before = copy.deepcopy(user)
    operations = [
        Operation("replace", "title", "x"),
        Operation("remove", "emails"),
        Operation("add", f"{EMPLOYEE}:costCenter", "1"),
        failing,
    ]

    with pytest.raises(ScimError):
        apply_patch(user, operations, user_model)
    assert before == user


def test_the_result_shares_nothing_with_the_input(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = apply_patch(user, [Operation("replace", "title", "x")], user_model)
    patched["emails"][0]["value"] = patched["name"]["givenName"] = "changed"

    assert "bjensen@example.com" == user["emails"][0]["value"]
    assert "Barbara" == user["name"]["givenName"]


def test_no_operations_change_nothing(user: Resource, user_model: ResourceModel) -> None:
    assert user == apply_patch(user, [], user_model)


@pytest.mark.parametrize("op", ["move", "", "Replace", "ADD", "test"])
def test_an_unknown_operation_is_refused(
    user: Resource, user_model: ResourceModel, op: str
) -> None:
    with pytest.raises(InvalidSyntax, match="is not an operation: add, remove, replace are"):
        apply_patch(user, [Operation(op, "title", "x")], user_model)


@pytest.mark.parametrize(
    "path",
    ['emails[nonsense eq "x"]', "emails[primary gt true]", 'emails[primary eq "True"]',
     "emails[type eq 5].value", "emails[0]", 'userName[type eq "x"'],
)  # fmt: skip
def test_a_filter_that_does_not_fit_is_an_invalid_filter(
    user: Resource, user_model: ResourceModel, path: str
) -> None:
    with pytest.raises(InvalidFilter):
        apply_patch(user, [Operation("replace", path, "x")], user_model)


def test_a_settling_function_sees_the_resource_as_it_then_is(
    user: Resource, user_model: ResourceModel
) -> None:
    seen = []

    def settle(one: Operation, resource: Resource, _: ResourceModel) -> Iterator[Operation]:
        seen.append(resource["title"])
        yield one
        yield Operation("replace", "nickName", resource["title"])

    operations = [Operation("replace", "title", "x"), Operation("replace", "title", "y")]
    patched = apply_patch(user, operations, user_model, settle=settle)

    assert ["Tour Guide", "x"] == seen
    assert ("y", "y") == (patched["title"], patched["nickName"])


def test_schemas_is_made_right_whatever_it_was(user: Resource, user_model: ResourceModel) -> None:
    user["schemas"] = ["urn:example:wrong"]

    assert [urns.USER, EMPLOYEE] == apply_patch(user, [], user_model)["schemas"]


@pytest.mark.parametrize(
    ("operation", "document"),
    [
        (Operation("add", "title", "x"), {"op": "add", "path": "title", "value": "x"}),
        (Operation("replace", None, {"a": 1}), {"op": "replace", "value": {"a": 1}}),
        (Operation("replace", "title", None), {"op": "replace", "path": "title", "value": None}),
        (Operation("remove", "title"), {"op": "remove", "path": "title"}),
        (
            Operation("remove", "members", [{"value": "x"}]),
            {"op": "remove", "path": "members", "value": [{"value": "x"}]},
        ),
    ],
)
def test_an_operation_is_written_as_a_message_holds_it(
    operation: Operation, document: dict[str, Any]
) -> None:
    assert document == operation.to_json()


@pytest.mark.parametrize(
    ("path", "printed"),
    [
        ("USERNAME", "userName"),
        ("Name.GIVENNAME", "name.givenName"),
        (f"{urns.USER}:title", "title"),
        (f"{EMPLOYEE.lower()}:Manager.Value", f"{EMPLOYEE}:manager.value"),
        ('EMAILS[type eq "work"].VALUE', 'emails[type eq "work"].value'),
        ('emails[type eq "work"]', 'emails[type eq "work"]'),
        (EMPLOYEE.upper(), EMPLOYEE),
    ],
)
def test_a_place_prints_as_its_path_under_the_schemas_names(
    user_model: ResourceModel, path: str, printed: str
) -> None:
    assert printed == str(find_place(path, user_model))


def test_error_types_are_those_of_table_9(user: Resource, user_model: ResourceModel) -> None:
    found = {}
    for operation in (
        Operation("remove"),
        Operation("replace", "nonsense", 1),
        Operation("replace", "id", "x"),
        Operation("replace", "active", "x"),
        Operation("replace", 'emails[x eq "y"]', "x"),
        Operation("move", "title"),
    ):
        with pytest.raises(ScimError) as caught:
            apply_patch(user, [operation], user_model)
        found[str(operation.path)] = (caught.value.status, caught.value.scim_type)

    assert {
        "None": (400, "noTarget"),
        "nonsense": (400, "invalidPath"),
        "id": (400, "mutability"),
        "active": (400, "invalidValue"),
        'emails[x eq "y"]': (400, "invalidFilter"),
        "title": (400, "invalidSyntax"),
    } == found


def test_many_members_are_added_without_losing_one(
    group: Resource, group_model: ResourceModel
) -> None:
    members = [{"value": f"m{number}"} for number in range(3500)]
    patched = apply_patch(group, [Operation("add", "members", members)], group_model)

    assert 3502 == len(patched["members"])


def test_a_secret_is_not_repeated_by_a_refusal(user: Resource, user_model: ResourceModel) -> None:
    with pytest.raises(InvalidValue) as caught:
        apply_patch(user, [Operation("replace", "password", 48151623)], user_model)

    assert "48151623" not in caught.value.detail
