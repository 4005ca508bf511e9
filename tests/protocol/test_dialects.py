"""What clients send beyond the RFC: read with the dialects, refused by the strict core.

Requests are those that Entra ID, Okta, authentik and others are known to send.
"""

import copy
from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.dialects import (
    BY_DEFAULT,
    DIALECTS,
    NONE,
    OPTIONAL,
    read_filter,
    relax_filter,
    relax_media_type,
    relax_operations,
    relax_path,
    relax_preconditions,
    relax_resource,
    settle_operation,
)
from scim_protocol.errors import InvalidFilter, InvalidValue, NoTarget, ScimError
from scim_protocol.etag import Preconditions
from scim_protocol.filter import parse_filter
from scim_protocol.matching import compile_filter
from scim_protocol.messages import parse_patch
from scim_protocol.patch import Operation, apply_patch
from scim_protocol.resource import check_create

Resource = dict[str, Any]
EMPLOYEE = urns.ENTERPRISE_USER


def strict(resource: Resource, model: ResourceModel, *operations: dict[str, Any]) -> Resource:
    body = {"schemas": [urns.PATCH_OP], "Operations": list(operations)}
    return apply_patch(resource, parse_patch(body), model)


def lenient(resource: Resource, model: ResourceModel, *operations: dict[str, Any]) -> Resource:
    """Patch as a server that speaks all dialects does."""
    body = {"schemas": [urns.PATCH_OP], "Operations": list(operations)}
    relaxed = relax_operations(parse_patch(body), model)
    return apply_patch(resource, relaxed, model, settle=settle_operation)


def op(name: str, path: str | None = None, *value: Any) -> dict[str, Any]:
    """Write an operation as JSON; without path or value when these are left out."""
    document: dict[str, Any] = {"op": name}
    if path is not None:
        document["path"] = path
    if value:
        document["value"] = value[0]
    return document


def refused(resource: Resource, model: ResourceModel, *operations: dict[str, Any]) -> str | None:
    with pytest.raises(ScimError) as caught:
        strict(resource, model, *operations)
    return caught.value.scim_type


def test_every_dialect_is_named_once_and_says_who_sends_it() -> None:
    names = [dialect.name for dialect in DIALECTS]

    assert len(set(names)) == len(names)
    assert all(dialect.sent_by for dialect in DIALECTS)
    assert all(dialect.source for dialect in DIALECTS)
    assert {"json-in-value", "unquoted-value"} == OPTIONAL


# --- Entra ID ----------------------------------------------------------------------------------


def test_entras_update_in_its_old_form(user: Resource, user_model: ResourceModel) -> None:
    operations = [
        op("Replace", "displayName", "Ada King"),
        op("Replace", 'emails[type eq "work"].value', "ada.king@example.com"),
        op("Replace", "name.familyName", "King"),
        op("Replace", f"{EMPLOYEE}:employeeNumber", "18"),
        op("Add", f"{EMPLOYEE}:department", "Retail"),
        op("Add", "nickName", "Ada"),
    ]
    patched = lenient(user, user_model, *operations)

    assert "Ada King" == patched["displayName"]
    assert user["emails"][0] | {"value": "ada.king@example.com"} == patched["emails"][0]
    assert "King" == patched["name"]["familyName"]
    assert user[EMPLOYEE] | {"employeeNumber": "18", "department": "Retail"} == patched[EMPLOYEE]
    assert "Ada" == patched["nickName"]
    assert "invalidSyntax" == refused(user, user_model, operations[0])


def test_entras_update_in_its_new_form(user: Resource, user_model: ResourceModel) -> None:
    value = {
        "displayName": "Ada King",
        "name.givenName": "Ada",
        "name.familyName": "King",
        f"{EMPLOYEE}:employeeNumber": "18",
        f"{EMPLOYEE}:manager.value": "m9",
    }
    patched = lenient(user, user_model, op("replace", None, value))

    assert "Ada King" == patched["displayName"]
    assert user["name"] | {"givenName": "Ada", "familyName": "King"} == patched["name"]
    assert "18" == patched[EMPLOYEE]["employeeNumber"]
    assert "m9" == patched[EMPLOYEE]["manager"]["value"]
    assert "invalidPath" == refused(user, user_model, op("replace", None, value))


def test_an_extensions_object_without_a_path_stays_one(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = lenient(
        user, user_model, op("add", None, {EMPLOYEE: {"costCenter": "1"}, "title": "x"})
    )

    assert user[EMPLOYEE] | {"costCenter": "1"} == patched[EMPLOYEE]
    assert "x" == patched["title"]


@pytest.mark.parametrize("value", ["False", "false", "FALSE", False])
@pytest.mark.parametrize("name", ["Replace", "replace", "Add"])
def test_entra_disables_a_user(
    user: Resource, user_model: ResourceModel, name: str, value: Any
) -> None:
    assert lenient(user, user_model, op(name, "active", value))["active"] is False


@pytest.mark.parametrize(("value", "active"), [("True", True), ({"active": "False"}, False)])
def test_active_as_text_is_refused_by_the_core(
    user: Resource, user_model: ResourceModel, value: Any, active: bool
) -> None:
    one = op("replace", None, value) if isinstance(value, dict) else op("replace", "active", value)

    assert active is lenient(user, user_model, one)["active"]
    assert "invalidValue" == refused(user, user_model, one)


@pytest.mark.parametrize("value", ["yes", "0", "", "Falsch", 0, "true "])
def test_other_text_for_a_boolean_stays_refused(
    user: Resource, user_model: ResourceModel, value: Any
) -> None:
    with pytest.raises(InvalidValue, match="active: expected true or false"):
        lenient(user, user_model, op("replace", "active", value))


@pytest.mark.parametrize(
    "one",
    [
        op("Add", f"{EMPLOYEE}:manager", [{"$ref": "https://x.example/Users/m9", "value": "m9"}]),
        op("add", f"{EMPLOYEE}:manager", "m9"),
        op("replace", f"{EMPLOYEE}:manager", {"value": "m9"}),
        op("replace", f"{EMPLOYEE}:manager.value", "m9"),
        op("replace", None, {f"{EMPLOYEE}:manager": "m9"}),
        op("replace", None, {EMPLOYEE: {"manager": "m9"}}),
        op("Add", f"{EMPLOYEE}:manager", [{"$ref": None, "value": "m9"}]),
    ],
)
def test_a_manager_is_set_in_every_form(
    user: Resource, user_model: ResourceModel, one: dict[str, Any]
) -> None:
    assert "m9" == lenient(user, user_model, one)[EMPLOYEE]["manager"]["value"]


@pytest.mark.parametrize("value", ["m9", [{"value": "m9"}]])
def test_a_manager_that_is_no_object_is_refused_by_the_core(
    user: Resource, user_model: ResourceModel, value: Any
) -> None:
    assert "invalidValue" == refused(user, user_model, op("add", f"{EMPLOYEE}:manager", value))


@pytest.mark.parametrize(
    "one",
    [
        op("replace", f"{EMPLOYEE}:manager", {"value": ""}),
        op("replace", f"{EMPLOYEE}:manager", {"value": None}),
        op("replace", f"{EMPLOYEE}:manager", ""),
        op("Add", f"{EMPLOYEE}:manager", ""),
        op("replace", f"{EMPLOYEE}:manager", [{"value": ""}]),
        op("replace", f"{EMPLOYEE}:manager", None),
        op("Remove", f"{EMPLOYEE}:manager"),
        op("replace", None, {f"{EMPLOYEE}:manager": ""}),
    ],
)
def test_a_manager_is_taken_away_in_every_form(
    user: Resource, user_model: ResourceModel, one: dict[str, Any]
) -> None:
    assert "manager" not in lenient(user, user_model, one)[EMPLOYEE]


@pytest.mark.parametrize("name", ["Add", "Replace"])
def test_entra_creates_the_value_that_a_path_speaks_of(
    user: Resource, user_model: ResourceModel, name: str
) -> None:
    one = op(name, 'phoneNumbers[type eq "mobile"].value', "+1 555 0101")

    assert [{"type": "mobile", "value": "+1 555 0101"}] == lenient(user, user_model, one)[
        "phoneNumbers"
    ]
    assert "noTarget" == refused(user, user_model, one | {"op": name.lower()})


def test_several_parts_of_the_value_that_is_not_there_make_one(
    user_model: ResourceModel,
) -> None:
    user = {"schemas": [urns.USER], "userName": "a"}
    patched = lenient(
        user,
        user_model,
        op("Add", 'addresses[type eq "work"].streetAddress', "1 Main St"),
        op("Add", 'addresses[type eq "work"].postalCode', "00000"),
        op("Add", 'addresses[type eq "work"].country', "US"),
    )

    address = {"type": "work", "streetAddress": "1 Main St", "postalCode": "00000", "country": "US"}
    assert [address] == patched["addresses"]


@pytest.mark.parametrize(
    ("one", "created"),
    [
        (op("add", 'roles[primary eq "True"].value', "Admin"), {"primary": True, "value": "Admin"}),
        (op("replace", 'roles[primary eq "True"].value', "x"), {"primary": True, "value": "x"}),
        (
            op("add", 'roles[value eq "a" and type eq "b"].display', "c"),
            {"value": "a", "type": "b", "display": "c"},
        ),
        (op("add", 'roles[type eq "b"]', {"value": "a"}), {"type": "b", "value": "a"}),
        (op("add", 'roles[type eq "b"]', [{"value": "a"}]), {"type": "b", "value": "a"}),
        (op("add", 'roles[TYPE eq "b"]', {"type": "b", "value": "a"}), {"type": "b", "value": "a"}),
    ],
)
def test_a_value_is_created_of_what_equalities_describe(
    user: Resource, user_model: ResourceModel, one: dict[str, Any], created: Resource
) -> None:
    assert [created] == lenient(user, user_model, one)["roles"]


@pytest.mark.parametrize(
    "one",
    [
        op("replace", 'members[value eq "u9"].display', "x"),
        op("replace", 'members[type eq "User" and value eq "u9"].display', "x"),
        op("add", 'members[value sw "z"].display', "x"),
        op("add", "members[not (value pr)].display", "x"),
        op("add", 'members[value eq "z" or value eq "y"].display', "x"),
        op("add", 'members[value eq "z" and display pr].display', "x"),
    ],
)
def test_no_other_unmatched_path_creates(
    group: Resource, group_model: ResourceModel, one: dict[str, Any]
) -> None:
    with pytest.raises(NoTarget):
        lenient(group, group_model, one)


@pytest.mark.parametrize("kind", ["invented", "Arbeit"])
def test_a_replacement_creates_only_the_types_that_the_schema_suggests(
    user: Resource, user_model: ResourceModel, kind: str
) -> None:
    path = f'phoneNumbers[type eq "{kind}"].value'

    assert lenient(user, user_model, op("add", path, "1"))["phoneNumbers"]
    with pytest.raises(NoTarget):
        lenient(user, user_model, op("replace", path, "1"))


@pytest.mark.parametrize("name", ["add", "replace"])
def test_null_creates_nothing(user: Resource, user_model: ResourceModel, name: str) -> None:
    assert user == lenient(user, user_model, op(name, 'photos[type eq "photo"].value', None))


def test_settling_alone_takes_the_new_value_in_a_list_of_one(
    user: Resource, user_model: ResourceModel
) -> None:
    add = Operation("add", 'roles[type eq "b"]', [{"value": "a"}])
    patched = apply_patch(user, [add], user_model, settle=settle_operation)

    assert [{"type": "b", "value": "a"}] == patched["roles"]


def test_a_value_that_is_there_is_not_created_again(
    user: Resource, user_model: ResourceModel
) -> None:
    patched = lenient(user, user_model, op("Replace", 'emails[type eq "WORK"].value', "new@x"))

    assert ["new@x", "babs@jensen.org"] == [one["value"] for one in patched["emails"]]


@pytest.mark.parametrize(
    "filter_text",
    ['primary eq "True"', 'primary eq "true" and type eq "work"',
     'primary eq "True" or display eq "x"',
     'not (primary eq "False") and primary pr', 'display eq "true" or primary eq "True"',
     'display eq "İ" or primary eq "True"'],
)  # fmt: skip
def test_text_is_compared_with_a_boolean_in_a_path(
    user: Resource, user_model: ResourceModel, filter_text: str
) -> None:
    one = op("replace", f"emails[{filter_text}].display", "found")

    assert "found" == lenient(user, user_model, one)["emails"][0]["display"]
    assert "invalidFilter" == refused(user, user_model, one)


@pytest.mark.parametrize(
    "path",
    ['emails[primary eq "maybe"].display', "emails[primary eq 1].display",
     'emails[nonsense eq "True"]',
     'nonsense[primary eq "True"]', 'emails[primary eq "True"].nonsense', 'name[primary eq "True"]',
     "emails[", "nonsense"],
)  # fmt: skip
def test_what_no_dialect_knows_is_left_to_the_core(
    user: Resource, user_model: ResourceModel, path: str
) -> None:
    with pytest.raises(ScimError) as caught:
        lenient(user, user_model, op("replace", path, "x"))

    assert refused(user, user_model, op("replace", path, "x")) == caught.value.scim_type


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("displayName", [{"$ref": None, "value": "User X"}], "User X"),
        ("displayName", "User X", "User X"),
    ],
)
def test_a_single_text_comes_wrapped_in_a_list(
    user: Resource, user_model: ResourceModel, path: str, value: Any, expected: str
) -> None:
    assert expected == lenient(user, user_model, op("Replace", path, value))[path]


@pytest.mark.parametrize("value", [["a"], [{"other": "a"}], [{"value": "a"}, {"value": "b"}], []])
def test_other_lists_for_a_single_text_stay_refused(
    user: Resource, user_model: ResourceModel, value: Any
) -> None:
    with pytest.raises(InvalidValue, match="displayName: expected a string"):
        lenient(user, user_model, op("replace", "displayName", value))


def test_a_list_of_values_is_not_unwrapped(user: Resource, user_model: ResourceModel) -> None:
    patched = lenient(user, user_model, op("replace", "roles", [{"value": "x"}]))

    assert [{"value": "x"}] == patched["roles"]


def test_json_text_in_a_value_stays_text(user: Resource, user_model: ResourceModel) -> None:
    text = '{"id":"1","value":"Admin","displayName":"Admin"}'
    patched = lenient(user, user_model, op("Add", "roles", [{"value": text}]))

    assert [{"value": text}] == patched["roles"]


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({f"{urns.USER}:active": "False"}, "active", False),
        ({f"{urns.USER}:userName": "x"}, "userName", "x"),
        ({"ACTIVE": "False", "name.givenName": "x"}, "active", False),
    ],
)
def test_a_key_by_its_full_name_is_read_as_the_attribute(
    user: Resource, user_model: ResourceModel, value: Any, path: str, expected: Any
) -> None:
    assert expected == lenient(user, user_model, op("replace", None, value))[path]


# --- groups ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", [[{"$ref": None, "value": "u9"}], [{"value": "u9"}], {"value": "u9"}, ["u9"], "u9"]
)
def test_a_member_is_added_in_every_form(
    group: Resource, group_model: ResourceModel, value: Any
) -> None:
    patched = lenient(group, group_model, op("Add", "members", value))

    assert [*group["members"], {"value": "u9"}] == patched["members"]


@pytest.mark.parametrize(
    "value",
    [[{"$ref": None, "value": "u1"}], [{"value": "u1"}], {"value": "u1"}, ["u1"], "u1",
     [{"value": "u1"}, {"value": "gone already"}]],
)  # fmt: skip
def test_removing_listed_members_leaves_the_others(
    group: Resource, group_model: ResourceModel, value: Any
) -> None:
    one = op("Remove", "members", value)

    assert group["members"][1:] == lenient(group, group_model, one)["members"]
    assert "invalidValue" == refused(group, group_model, one | {"op": "remove"})


@pytest.mark.parametrize("value", [[], [{"value": "nobody"}]])
def test_removing_no_member_that_is_there_removes_none(
    group: Resource, group_model: ResourceModel, value: Any
) -> None:
    assert group == lenient(group, group_model, op("remove", "members", value))


@pytest.mark.parametrize("value", [[{"display": "Babs Jensen"}], [None], [[]], [{"value": None}]])
def test_removing_by_what_is_no_value_is_refused(
    group: Resource, group_model: ResourceModel, value: Any
) -> None:
    with pytest.raises(InvalidValue, match="A removal takes no value"):
        lenient(group, group_model, op("remove", "members", value))


def test_a_removal_without_a_value_removes_all(group: Resource, group_model: ResourceModel) -> None:
    assert "members" not in lenient(group, group_model, op("Remove", "members"))


def test_listed_simple_values_are_removed(device: Resource, device_model: ResourceModel) -> None:
    patched = lenient(
        device, device_model, op("Remove", "tags", ["red"]), op("Remove", "scores", 3)
    )

    assert ["heavy"] == patched["tags"]
    assert [5] == patched["scores"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("title", "tour guide"),
        ("name.givenName", "Barbara"),
        ("active", "True"),
        ('emails[type eq "work"]', "whatever it was"),
        ('emails[type eq "work"].primary', True),
    ],
)
def test_a_removal_of_one_thing_may_repeat_its_value(
    user: Resource, user_model: ResourceModel, path: str, value: Any
) -> None:
    removed = strict(user, user_model, op("remove", path))

    assert removed == lenient(user, user_model, op("Remove", path, value))


@pytest.mark.parametrize("path", ["title", "name.givenName", 'emails[type eq "work"].primary'])
def test_a_removal_of_one_thing_that_has_another_value_removes_nothing(
    user: Resource, user_model: ResourceModel, path: str
) -> None:
    assert user == lenient(user, user_model, op("Remove", path, "another"))


def test_okta_and_entra_remove_a_member_who_has_gone(
    group: Resource, group_model: ResourceModel
) -> None:
    one = op("remove", 'members[value eq "gone already"]')

    assert group == lenient(group, group_model, one) == strict(group, group_model, one)


def test_an_email_that_has_gone_is_not_a_member(user: Resource, user_model: ResourceModel) -> None:
    with pytest.raises(NoTarget):
        lenient(user, user_model, op("remove", 'emails[type eq "other"]'))


def test_okta_changes_members_in_one_request(group: Resource, group_model: ResourceModel) -> None:
    patched = lenient(
        group,
        group_model,
        op("remove", 'members[value eq "u2"]'),
        op("add", "members", [{"value": "u3", "display": "ann@x.test"}]),
    )

    assert [group["members"][0], {"value": "u3", "display": "ann@x.test"}] == patched["members"]


@pytest.mark.parametrize("value", [[], [{"value": "u7"}]])
def test_okta_pushes_all_members(
    group: Resource, group_model: ResourceModel, value: list[Any]
) -> None:
    patched = lenient(group, group_model, op("replace", "members", value))

    assert value == patched.get("members", [])


# --- Okta, authentik ---------------------------------------------------------------------------


def test_okta_repeats_the_id_when_it_renames_a_group(
    group: Resource, group_model: ResourceModel
) -> None:
    one = op("replace", None, {"id": "e9e30dba", "displayName": "Eng"})

    assert group | {"displayName": "Eng"} == lenient(group, group_model, one)
    assert "mutability" == refused(group, group_model, one)


def test_authentik_sends_the_whole_group(group: Resource, group_model: ResourceModel) -> None:
    whole = {
        "id": "x",
        "schemas": [urns.GROUP],
        "meta": {},
        "displayName": "Eng",
        "externalId": "e",
    }
    patched = lenient(group, group_model, op("replace", None, whole))

    assert group | {"displayName": "Eng", "externalId": "e"} == patched


@pytest.mark.parametrize("value", [{"id": "x"}, {"ID": "x", "Schemas": []}, {}])
def test_nothing_but_what_is_repeated_changes_nothing(
    group: Resource, group_model: ResourceModel, value: Any
) -> None:
    assert group == lenient(group, group_model, op("replace", None, value))


def test_an_id_with_a_path_stays_refused(group: Resource, group_model: ResourceModel) -> None:
    with pytest.raises(ScimError, match="id is readOnly"):
        lenient(group, group_model, op("replace", "id", "x"))


@pytest.mark.parametrize("one", [op("remove"), op("Remove", None, {"title": "x"})])
def test_a_removal_without_a_path_stays_without_target(
    user: Resource, user_model: ResourceModel, one: dict[str, Any]
) -> None:
    with pytest.raises(NoTarget):
        lenient(user, user_model, one)


@pytest.mark.parametrize("value", ["x", None, ["x"], 5])
def test_a_value_without_a_path_that_is_no_object_stays_refused(
    user: Resource, user_model: ResourceModel, value: Any
) -> None:
    with pytest.raises(InvalidValue, match="Without a path, the value must be an object"):
        lenient(user, user_model, op("replace", None, value))


@pytest.mark.parametrize("name", ["move", "Move", "test", ""])
def test_unknown_operations_stay_refused(
    user: Resource, user_model: ResourceModel, name: str
) -> None:
    with pytest.raises(ScimError, match="is not an operation"):
        lenient(user, user_model, op(name, "title", "x"))


def test_what_the_rfc_says_itself_means_the_same_with_dialects(
    user: Resource, user_model: ResourceModel
) -> None:
    operations = [
        op("replace", "title", "x"),
        op("add", "emails", [{"value": "n@x", "type": "other"}]),
        op("remove", 'emails[type eq "work"]'),
        op("replace", None, {"nickName": "B", EMPLOYEE: {"division": "d"}}),
    ]

    assert strict(user, user_model, *operations) == lenient(user, user_model, *operations)


@pytest.mark.parametrize(
    ("one", "needed"),
    [
        (op("replace", "title", "x"), set()),
        (op("replace", None, {"title": "x"}), set()),
        (op("add", "emails", [{"value": "n@x"}]), set()),
        (op("replace", 'emails[type  eq  "work"].value', "n@x"), set()),
        (op("Replace", "title", "x"), {"operation-in-any-case"}),
        (op("replace", None, {"id": "x", "title": "x"}), {"ids-in-value"}),
        (op("replace", None, {"name.givenName": "x"}), {"paths-as-keys"}),
        (op("replace", "title", [{"value": "x"}]), {"wrapped-value"}),
        (op("replace", f"{EMPLOYEE}:manager", {"value": ""}), {"empty-reference"}),
        (op("replace", f"{EMPLOYEE}:manager", None), set()),
        (op("replace", "name", {"givenName": "x", "nonsense": None}), set()),
        (op("replace", "active", "False"), {"text-for-boolean"}),
        (op("replace", f"{EMPLOYEE}:manager", "m9"), {"bare-reference"}),
        (op("replace", 'emails[primary eq "True"].value', "x"), {"text-for-boolean"}),
        (op("replace", "name", {"givenName": "x", "nonsense": 1}), {"unknown-attributes"}),
        (op("add", None, {"emails": [{"value": "n@x", "nonsense": 1}]}), {"unknown-attributes"}),
        (op("add", "manager", "m9"), {"bare-extension-name", "bare-reference"}),
        (op("remove", "emails", [{"value": "babs@jensen.org"}]), {"removal-of-listed-values"}),
        (op("remove", "title", "another"), {"removal-of-listed-values"}),
        (op("replace", None, {"title": "x", "nonsense": 1}), {"unknown-attributes"}),
        (op("add", f"{EMPLOYEE}:manager", {"displayName": "x"}), {"read-only-parts"}),
        (op("add", f"{EMPLOYEE}:manager", {"displayName": None}), set()),
        (op("add", 'roles[type eq "b"].value', "x"), {"unmatched-value"}),
        (op("Add", "active", "True"), {"operation-in-any-case", "text-for-boolean"}),
    ],
)
def test_the_dialects_that_were_needed_are_noted(
    user: Resource, user_model: ResourceModel, one: dict[str, Any], needed: set[str]
) -> None:
    noted: set[str] = set()
    body = {"schemas": [urns.PATCH_OP], "Operations": [one]}
    for relaxed in relax_operations(parse_patch(body), user_model, noted):
        settle_operation(relaxed, user, user_model, noted)

    assert needed == noted
    assert noted <= {dialect.name for dialect in DIALECTS}


def test_a_body_and_a_filter_that_were_relaxed_are_noted(user_model: ResourceModel) -> None:
    noted: set[str] = set()
    relax_resource({"active": True}, user_model, noted)
    relax_filter(parse_filter("active eq true"), user_model, noted)
    assert set() == noted

    relax_resource({"active": "True"}, user_model, noted)
    assert {"text-for-boolean"} == noted

    noted.clear()
    relax_filter(parse_filter('active eq "True"'), user_model, noted)
    assert {"text-for-boolean"} == noted


def test_rewriting_leaves_the_operations_as_they_came(user_model: ResourceModel) -> None:
    came = [Operation("Replace", None, {"active": "False", "id": "x", "name.givenName": "A"})]
    before = copy.deepcopy(came)
    relax_operations(came, user_model)

    assert before == came


# --- bodies ------------------------------------------------------------------------------------


def test_entras_creation_is_read(user_model: ResourceModel) -> None:
    body = {
        "schemas": [urns.USER, EMPLOYEE],
        "externalId": "ada",
        "userName": "ada@example.com",
        "active": "True",
        "title": None,
        "emails": [{"primary": True, "type": "work", "value": "ada@example.com"}],
        "roles": [{"primary": "True", "type": "WindowsAzureActiveDirectoryRole", "value": "Admin"}],
        EMPLOYEE: {"employeeNumber": "17", "manager": "m1"},
        "meta": {"resourceType": "User"},
    }

    with pytest.raises(InvalidValue):
        check_create(body, user_model)
    assert {
        "schemas": [urns.USER, EMPLOYEE],
        "externalId": "ada",
        "userName": "ada@example.com",
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": "ada@example.com"}],
        "roles": [{"primary": True, "type": "WindowsAzureActiveDirectoryRole", "value": "Admin"}],
        EMPLOYEE: {"employeeNumber": "17", "manager": {"value": "m1"}},
    } == check_create(relax_resource(body, user_model), user_model)


def test_oktas_creation_is_in_the_rfc_already(user_model: ResourceModel) -> None:
    body = {
        "schemas": [urns.USER],
        "userName": "ann@x.test",
        "name": {"givenName": "Ann", "familyName": "Lee"},
        "emails": [{"primary": True, "value": "ann@x.test", "type": "work"}],
        "locale": "en-US",
        "externalId": "00uABC",
        "groups": [],
        "password": "r4nd0m",
        "active": True,
    }

    assert body == relax_resource(body, user_model)
    assert check_create(body, user_model)


def test_entras_group_names_a_schema_of_its_own(group_model: ResourceModel) -> None:
    body = {
        "schemas": [
            urns.GROUP,
            "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
        ],
        "externalId": "o1",
        "displayName": "Sales",
        "meta": {"resourceType": "Group"},
        "members": ["u1"],
    }

    assert {
        "schemas": [urns.GROUP],
        "externalId": "o1",
        "displayName": "Sales",
        "members": [{"value": "u1"}],
    } == check_create(relax_resource(body, group_model), group_model)


@pytest.mark.parametrize("body", [None, [], "x", 5, {}, {"nonsense": None}, {"active": 5}])
def test_a_body_that_no_dialect_knows_stays_as_it_came(
    user_model: ResourceModel, body: Any
) -> None:
    assert body == relax_resource(body, user_model)


def test_parts_of_another_type_stay_as_they_came(user_model: ResourceModel) -> None:
    body = {"NAME": {"givenName": "True"}, "emails": "x", EMPLOYEE: "x", "schemas": "x"}

    assert body == relax_resource(body, user_model)


@pytest.mark.parametrize(
    ("more", "expected", "needed"),
    [
        ({"nonsense": 1}, {}, {"unknown-attributes"}),
        ({"name": {"nonsense": 1, "givenName": "A"}}, {"name": {"givenName": "A"}},
         {"unknown-attributes"}),
        ({"urn:example:x": {"a": 1}}, {}, {"unknown-attributes"}),
        ({"name.givenName": "A"}, {}, {"unknown-attributes"}),
        ({"emails": [{"value": "a", "x": 1}]}, {"emails": [{"value": "a"}]},
         {"unknown-attributes"}),
        ({"nonsense": None, "name": {"nonsense": []}}, {}, set()),
        ({"meta": {"nonsense": 1}, "groups": [{"value": "g", "nonsense": 1}]}, {}, set()),
        ({"schemas": [urns.USER, "urn:scim:schemas:core:2.0"]}, {}, {"foreign-schemas"}),
        ({"schemas": [urns.USER, urns.GROUP]}, {}, {"foreign-schemas"}),
        ({"schemas": ["urn:scim:schemas:core:2.0"]}, {}, {"foreign-schemas"}),
        ({"schemas": [urns.USER, urns.USER]}, {}, {"repeated-schemas"}),
        ({"schemas": [urns.USER, EMPLOYEE]}, {}, set()),
        ({"schemas": [urns.USER.upper()]}, {}, set()),
        ({EMPLOYEE: {"department": "x"}}, {EMPLOYEE: {"department": "x"}}, {"unlisted-schemas"}),
        ({EMPLOYEE: {"department": None}}, {}, set()),
        ({"active": "True"}, {"active": True}, {"text-for-boolean"}),
    ],
)  # fmt: skip
def test_a_body_is_read_and_what_it_needed_is_noted(
    user_model: ResourceModel, more: Resource, expected: Resource, needed: set[str]
) -> None:
    noted: set[str] = set()
    relaxed = relax_resource({"schemas": [urns.USER], "userName": "a"} | more, user_model, noted)
    checked = check_create(relaxed, user_model)

    assert needed == noted
    assert expected == {k: v for k, v in checked.items() if k not in ("schemas", "userName")}


@pytest.mark.parametrize(
    ("manager", "needed"),
    [
        ("m9", {"bare-reference"}),
        ({"value": "m9"}, set()),
        ("", {"empty-reference"}),
        ({"value": ""}, {"empty-reference"}),
    ],
)
def test_a_manager_is_created_in_every_form(
    user_model: ResourceModel, manager: Any, needed: set[str]
) -> None:
    noted: set[str] = set()
    body = {
        "schemas": [urns.USER, EMPLOYEE],
        "userName": "a",
        EMPLOYEE: {"department": "x", "manager": manager},
    }
    checked = check_create(relax_resource(body, user_model, noted), user_model)

    assert needed == noted
    assert checked[EMPLOYEE].get("manager") in ({"value": "m9"}, None)
    assert ("manager" in checked[EMPLOYEE]) == ("empty-reference" not in needed)


JSON_ROLE = '{"id":"r1","value":"Admin","display":"Administrator"}'


def test_a_role_in_json_text_is_decoded_where_that_is_spoken(
    user: Resource, user_model: ResourceModel
) -> None:
    spoken = BY_DEFAULT | {"json-in-value"}
    noted: set[str] = set()
    came = [Operation("add", "roles", [{"value": JSON_ROLE, "primary": True}])]
    relaxed = relax_operations(came, user_model, noted, spoken)

    assert {"json-in-value", "unknown-attributes"} == noted
    assert [{"value": "Admin", "display": "Administrator", "primary": True}] == relaxed[0].value


@pytest.mark.parametrize("text", ["{", "{}x", "[1]", '{"a": {}}', "{" * 5000, "Admin"])
def test_other_text_in_a_role_stays_text(user_model: ResourceModel, text: str) -> None:
    body = {"schemas": [urns.USER], "userName": "a", "roles": [{"value": text}]}

    assert body == relax_resource(body, user_model, None, BY_DEFAULT | {"json-in-value"})


def test_nothing_is_relaxed_where_nothing_is_spoken(user_model: ResourceModel) -> None:
    body = {"schemas": ["x"], "active": "True", "nonsense": 1}
    came = [Operation("Add", "active", "True")]

    assert body == relax_resource(body, user_model, None, NONE)
    assert came == relax_operations(came, user_model, None, NONE)


def test_an_empty_manager_is_none(user_model: ResourceModel) -> None:
    body = {"schemas": [urns.USER], "userName": "a", EMPLOYEE: {"manager": ""}}

    assert EMPLOYEE not in check_create(relax_resource(body, user_model), user_model)


# --- filters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "relaxed"),
    [
        ('active eq "True"', "active eq true"),
        ('active ne "FALSE"', "active ne false"),
        (f'{urns.USER}:active eq "True"', f"{urns.USER}:active eq true"),
        ('emails.primary eq "True"', "emails.primary eq true"),
        ('emails[primary eq "True"]', "emails[primary eq true]"),
        (
            'emails[type eq "work" and (primary eq "True" or not (primary eq "False"))]',
            'emails[type eq "work" and (primary eq true or not (primary eq false))]',
        ),
        (
            'userName eq "a" and active eq "True" or not (active eq "False")',
            'userName eq "a" and active eq true or not (active eq false)',
        ),
        ('userName eq "True"', 'userName eq "True"'),
        ('active eq "maybe"', 'active eq "maybe"'),
        ("active pr", "active pr"),
        ("emails[display pr]", "emails[display pr]"),
        ('nonsense eq "True"', 'nonsense eq "True"'),
        ('nonsense[primary eq "True"]', 'nonsense[primary eq "True"]'),
        ('emails[nonsense eq "True"]', 'emails[nonsense eq "True"]'),
    ],
)
def test_text_compared_with_a_boolean_is_read_as_one(
    user_model: ResourceModel, text: str, relaxed: str
) -> None:
    assert relaxed == str(relax_filter(parse_filter(text), user_model))


def test_text_compared_with_a_boolean_is_refused_by_the_core(
    user: Resource, user_model: ResourceModel
) -> None:
    tree = parse_filter('emails[primary eq "True"]')

    assert compile_filter(relax_filter(tree, user_model), user_model)(user)
    with pytest.raises(InvalidFilter, match="primary is a boolean"):
        compile_filter(tree, user_model)


@pytest.mark.parametrize(
    "text",
    ['id eq "2819c223-7f76-453a-919d-413861904646" and manager eq "26118915"',
     'emails[type eq "work"].value eq "bjensen@example.com"'],
)  # fmt: skip
def test_entras_matching_filters(user: Resource, user_model: ResourceModel, text: str) -> None:
    text = text.replace("manager", f"{EMPLOYEE}:manager")

    assert compile_filter(parse_filter(text), user_model)(user)


def test_entras_membership_check(group: Resource, group_model: ResourceModel) -> None:
    tree = parse_filter('id eq "e9e30dba" and members eq "u1"')

    assert compile_filter(tree, group_model)(group)


@pytest.mark.parametrize(
    ("text", "meant", "needed"),
    [
        ('userName eq "ada"', 'userName eq "ada"', set()),
        ("userName eq ada", 'userName eq "ada"', {"unquoted-value"}),
        ("userName EQ ada@x.org and active eq true",
         'userName eq "ada@x.org" and active eq true', {"unquoted-value"}),
        ("(title sw O) or not (title eq null)",
         '(title sw "O") or not (title eq null)', {"unquoted-value"}),
        ('emails[type eq work].value eq "a b eq c"',
         'emails[type eq "work" and value eq "a b eq c"]',
         {"unquoted-value", "compared-value-path"}),
        ('emails[type eq "work"].value eq "a"', 'emails[type eq "work" and value eq "a"]',
         {"compared-value-path"}),
        ("title eq 12 and x eq 1.5e3", "title eq 12 and x eq 1500.0", set()),
    ],
)  # fmt: skip
def test_a_filter_is_read_with_every_dialect(text: str, meant: str, needed: set[str]) -> None:
    noted: set[str] = set()
    tree = read_filter(text, noted, BY_DEFAULT | OPTIONAL)

    assert parse_filter(meant) == tree
    assert needed == noted


@pytest.mark.parametrize(
    "text", ["userName eq ada", "userName eq", 'title eq "a" and b', "x" * 9000, "a eq b c"]
)
def test_a_filter_that_nothing_explains_is_refused(text: str) -> None:
    with pytest.raises(InvalidFilter):
        read_filter(text)


def test_a_compared_value_path_is_refused_where_it_is_not_spoken() -> None:
    with pytest.raises(InvalidFilter):
        read_filter('emails[type eq "work"].value eq "a"', None, NONE)


# --- what surrounds a body ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "plain", "needed"),
    [
        ("/Users", "/Users", set()),
        ("/", "/", set()),
        ("/Users/", "/Users", {"extra-slashes"}),
        ("//scim//v2///Users//", "/scim/v2/Users", {"extra-slashes"}),
    ],
)
def test_extra_slashes_are_passed_over(path: str, plain: str, needed: set[str]) -> None:
    noted: set[str] = set()

    assert plain == relax_path(path, noted, BY_DEFAULT)
    assert needed == noted
    assert path == relax_path(path, None, NONE)


@pytest.mark.parametrize(
    ("tag", "quoted"),
    [("3", '"3"'), (" 3 ", '"3"'), ('"3"', '"3"'), ('W/"3"', 'W/"3"'), ("*", "*"), ("1, 2", "1, 2"),
     ("", ""), (None, None)],
)  # fmt: skip
def test_a_tag_without_quotes_is_put_in_them(tag: str | None, quoted: str | None) -> None:
    noted: set[str] = set()

    assert quoted == relax_preconditions(Preconditions(tag), noted, BY_DEFAULT).if_match
    assert ({"unquoted-tag"} if tag != quoted else set()) == noted
    assert tag == relax_preconditions(Preconditions(tag), None, NONE).if_match


def test_a_body_without_a_type_is_taken_for_scims() -> None:
    noted: set[str] = set()

    assert urns.SCIM_JSON == relax_media_type("", noted, BY_DEFAULT)
    assert {"untyped-body"} == noted
    assert "" == relax_media_type("", None, NONE)
    assert "text/plain" == relax_media_type("text/plain", None, BY_DEFAULT)
