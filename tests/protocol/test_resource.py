"""Resources in POST and PUT bodies brought to the one form (RFC 7643 §2, RFC 7644 §3.3, §3.5.1)."""

import copy
from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import InvalidSyntax, InvalidValue, Mutability
from scim_protocol.resource import check_create, check_replace, check_value, schemas_of

Resource = dict[str, Any]
EMPLOYEE = urns.ENTERPRISE_USER
WARRANTY = "urn:example:params:scim:schemas:extension:2.0:Warranty"


def a_user(**more: Any) -> Resource:
    return {"schemas": [urns.USER, *(n for n in more if n == EMPLOYEE)], "userName": "ann"} | more


def a_device(model: ResourceModel, **more: Any) -> Resource:
    used = [model.core.id, *(n for n in more if n == WARRANTY)]
    return {"schemas": used, "label": "Drill"} | more


# --- creation ----------------------------------------------------------------------------------


def test_the_least_of_a_user_is_its_user_name(user_model: ResourceModel) -> None:
    assert a_user() == check_create(a_user(), user_model)


def test_what_is_in_the_one_form_stays_as_it_is(user: Resource, user_model: ResourceModel) -> None:
    writable = {k: v for k, v in user.items() if k not in ("id", "meta", "groups")}
    writable[EMPLOYEE]["manager"] = {"value": "26118915"}

    assert writable == check_create(writable, user_model)


def test_names_are_taken_in_any_letter_case(user_model: ResourceModel) -> None:
    body = {
        "SCHEMAS": [urns.USER.upper(), EMPLOYEE],
        "username": "ann",
        "NAME": {"givenname": "Ann"},
        "Emails": [{"VALUE": "a@b", "Primary": True}],
        EMPLOYEE.upper(): {"DEPARTMENT": "x", "Manager": {"Value": "m"}},
    }

    assert {
        "schemas": [urns.USER, EMPLOYEE],
        "userName": "ann",
        "name": {"givenName": "Ann"},
        "emails": [{"value": "a@b", "primary": True}],
        EMPLOYEE: {"department": "x", "manager": {"value": "m"}},
    } == check_create(body, user_model)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"USERNAME": "bob"}, "userName"),
        ({EMPLOYEE: {"title": 1}, EMPLOYEE.upper(): {"a": 1}}, EMPLOYEE),
    ],
)
def test_an_attribute_given_twice_is_refused(
    user_model: ResourceModel, more: Resource, name: str
) -> None:
    with pytest.raises(InvalidValue, match=f"{name} is given twice"):
        check_create(a_user(**more), user_model)


@pytest.mark.parametrize(
    "more",
    [
        {"id": "mine"},
        {"meta": {"resourceType": "User", "created": "long ago"}},
        {"meta": "x"},
        {"groups": [{"value": "g1"}]},
        {"groups": []},
        {EMPLOYEE: {"manager": {"displayName": "Somebody"}}},
    ],
)
def test_what_is_read_only_is_passed_over(user_model: ResourceModel, more: Resource) -> None:
    assert a_user() == check_create(a_user(**more), user_model)


@pytest.mark.parametrize(
    "more",
    [
        {"title": None},
        {"name": {}},
        {"name": {"givenName": None}},
        {"emails": []},
        {"emails": [{}]},
        {"emails": [{"value": None}]},
        {"roles": []},
        {EMPLOYEE: {}},
        {EMPLOYEE: None},
        {EMPLOYEE: {"department": None, "manager": {}}},
    ],
)
def test_null_and_what_is_empty_are_unassigned(user_model: ResourceModel, more: Resource) -> None:
    assert a_user() == check_create(a_user(**more), user_model)


def test_false_zero_and_empty_text_are_values(
    user_model: ResourceModel, device_model: ResourceModel
) -> None:
    user = a_user(active=False, title="")
    device = a_device(device_model, floor=0, scores=[0], portable=False)

    assert user == check_create(user, user_model)
    assert device == check_create(device, device_model)


def test_a_value_listed_twice_is_stored_once(user_model: ResourceModel) -> None:
    twice = [{"value": "a", "type": "work"}, {"value": "b"}, {"TYPE": "work", "value": "a"}]

    assert twice[:2] == check_create(a_user(emails=twice), user_model)["emails"]


def test_values_that_only_look_alike_are_kept(device_model: ResourceModel) -> None:
    body = a_device(device_model, tags=["1", "a", "A", "1"])

    assert ["1", "a", "A"] == check_create(body, device_model)["tags"]


def test_two_primaries_are_refused(user_model: ResourceModel) -> None:
    both = [{"value": "a", "primary": True}, {"value": "b", "primary": True}]

    with pytest.raises(InvalidValue, match="emails: only one value can be primary"):
        check_create(a_user(emails=both), user_model)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"urn:example:x": {"a": 1}}, "urn:example:x"),
        ({"name": {"nonsense": 1}}, "name.nonsense"),
        ({"emails": [{"value": "a"}, {"nonsense": 1}]}, r"emails\[1\].nonsense"),
        ({EMPLOYEE: {"nonsense": 1}}, f"{EMPLOYEE}.nonsense"),
    ],
)
def test_what_no_schema_defines_is_refused_with_its_place(
    user_model: ResourceModel, more: Resource, place: str
) -> None:
    with pytest.raises(InvalidValue, match=f"^{place}: no schema defines this attribute"):
        check_create(a_user(**more), user_model)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"userName": 5}, "userName: expected a string, not 5"),
        ({"userName": ["a"]}, "userName: expected a string, not a list"),
        ({"userName": {"a": 1}}, "userName: expected a string, not an object"),
        ({"userName": "a\x00b"}, "userName: text must hold neither NUL nor"),
        ({"userName": "\ud800"}, "userName: text must hold neither NUL nor"),
        ({"profileUrl": "x\x00"}, "profileUrl: "),
        ({"x509Certificates": [{"value": "?" * 50}]}, r"\?…"),
        ({"active": "True"}, 'active: expected true or false, not "True"'),
        ({"active": 1}, "active: expected true or false, not 1"),
        ({"profileUrl": 1}, "profileUrl: expected a URI as a string, not 1"),
        ({"name": "Ann"}, 'name: expected an object, not "Ann"'),
        ({"name": ["Ann"]}, "name: expected an object, not a list"),
        ({"name": {"givenName": 1}}, "name.givenName: expected a string, not 1"),
        ({"emails": "a@b"}, 'emails: expected a list, not "a@b"'),
        ({"emails": {"value": "a@b"}}, "emails: expected a list, not an object"),
        ({"emails": ["a@b"]}, r'emails\[0\]: expected an object, not "a@b"'),
        (
            {"emails": [{"value": "a"}, {"value": True}]},
            r"emails\[1\].value: expected a string, not true",
        ),
        (
            {"x509Certificates": [{"value": "?"}]},
            r"x509Certificates\[0\].value: expected base64 text",
        ),
        ({EMPLOYEE: "x"}, f'{EMPLOYEE}: expected an object, not "x"'),
        ({EMPLOYEE: {"manager": "m1"}}, f'{EMPLOYEE}.manager: expected an object, not "m1"'),
        ({"schemas": urns.USER}, "schemas: expected a list"),
        ({"schemas": [1]}, r"schemas\[0\]: expected a URI as a string, not 1"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_place(
    user_model: ResourceModel, more: Resource, reason: str
) -> None:
    with pytest.raises(InvalidValue, match=reason):
        check_create(a_user(**more), user_model)


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("floor", 2**63 - 1, True),
        ("floor", -(2**63), True),
        ("floor", 2**63, False),
        ("floor", 1.0, False),
        ("floor", True, False),
        ("weight", 1, True),
        ("weight", -1.5e300, True),
        ("weight", True, False),
        ("weight", 2**63, False),
        ("weight", float("inf"), False),
        ("weight", float("nan"), False),
        ("weight", "1", False),
        ("built", "2011-05-13T04:42:34Z", True),
        ("built", "2011-05-13T04:42:34.123456789+14:00", True),
        ("built", "2011-05-13T04:42:34", True),
        ("built", "2011-05-13T24:00:00Z", True),
        ("built", "2011-12-31T24:00:00.000-14:00", True),
        ("built", "2011-05-13T24:00:01Z", False),
        ("built", "2011-05-13T24:00:00.001Z", False),
        ("built", "9999-12-31T24:00:00Z", False),
        ("built", "2011-05-13T04:42:34+14:01", False),
        ("built", "2011-05-13", False),
        ("built", "2011-05-13 04:42:34Z", False),
        ("built", "2011-02-30T00:00:00Z", False),
        ("built", "2011-05-13T04:42:34+25:00", False),
        ("built", "2011-05-13T04:42:34z", False),
        ("built", "٢٠١١-05-13T04:42:34Z", False),
        ("built", 1305261754, False),
        ("firmware", "YQ==", True),
        ("firmware", "YQ", True),
        ("firmware", "-_-_", True),
        ("firmware", "YW\nJj", True),
        ("firmware", "", True),
        ("firmware", "Y", False),
        ("firmware", "é", False),
        ("firmware", "Y*==", False),
        ("firmware", 1, False),
        ("manual", "relative/path", True),
        ("manual", 1, False),
        ("portable", False, True),
        ("portable", "false", False),
    ],
)
def test_each_type_admits_its_json_values(
    device_model: ResourceModel, name: str, value: Any, fits: bool
) -> None:
    body = a_device(device_model, **{name: value})
    if fits:
        assert value == check_create(body, device_model)[name]
    else:
        with pytest.raises(InvalidValue, match=f"{name}: expected"):
            check_create(body, device_model)


@pytest.mark.parametrize("value", [48151623, "s3cret\x00", ["s3cret"]])
def test_a_secret_is_not_repeated_by_a_refusal(user_model: ResourceModel, value: Any) -> None:
    with pytest.raises(InvalidValue, match=r"^password: ") as caught:
        check_create(a_user(password=value), user_model)

    assert "48151623" not in caught.value.detail
    assert "s3cret" not in caught.value.detail


@pytest.mark.parametrize("body", [None, [], "x", 1, [{"userName": "a"}]])
def test_a_body_that_is_no_object_is_refused(user_model: ResourceModel, body: Any) -> None:
    with pytest.raises(InvalidSyntax, match="The body must be a JSON object"):
        check_create(body, user_model)


@pytest.mark.parametrize("schemas", [None, []])
def test_a_body_without_schemas_is_refused(user_model: ResourceModel, schemas: Any) -> None:
    with pytest.raises(InvalidSyntax, match="`schemas` must list the URNs"):
        check_create(a_user(schemas=schemas), user_model)


def test_the_schema_of_an_extension_without_data_is_left_out(user_model: ResourceModel) -> None:
    body = a_user(schemas=[EMPLOYEE, urns.USER], title="x")

    assert [urns.USER] == check_create(body, user_model)["schemas"]


@pytest.mark.parametrize(
    ("schemas", "fault"),
    [
        ([EMPLOYEE], f"must hold {urns.USER}"),
        ([urns.USER], f"must hold {EMPLOYEE}"),
        ([urns.USER, EMPLOYEE, "urn:example:other"], "no schema of User"),
        ([urns.USER, EMPLOYEE, urns.GROUP], "no schema of User"),
        ([urns.USER, EMPLOYEE, urns.USER], "more than once"),
        ([urns.USER, EMPLOYEE, EMPLOYEE.upper()], "more than once"),
    ],
)
def test_schemas_names_what_the_body_uses_and_nothing_else(
    user_model: ResourceModel, schemas: list[str], fault: str
) -> None:
    body = a_user(schemas=schemas, **{EMPLOYEE: {"department": "x"}})

    with pytest.raises(InvalidSyntax, match=f"`schemas` .*{fault}"):
        check_create(body, user_model)


@pytest.mark.parametrize("value", [None, "", []])
def test_what_is_required_must_be_there(user_model: ResourceModel, value: Any) -> None:
    with pytest.raises(InvalidValue, match="userName"):
        check_create(a_user(userName=value), user_model)


def test_required_parts_must_be_there(device_model: ResourceModel) -> None:
    body = a_device(device_model, ports=[{"number": 1}, {"kind": "usb"}])

    with pytest.raises(InvalidValue, match=r"ports\.number is required"):
        check_create(body, device_model)


def test_a_required_attribute_of_an_extension_is_required_where_the_extension_is(
    device_model: ResourceModel,
) -> None:
    assert check_create(a_device(device_model), device_model)
    with pytest.raises(InvalidValue, match="Warranty:level is required"):
        check_create(a_device(device_model, **{WARRANTY: {"codes": ["x"]}}), device_model)


@pytest.mark.parametrize("value", [None, {}, {"level": None}])
def test_a_required_extension_must_be_there(leased_model: ResourceModel, value: Any) -> None:
    assert check_create(a_device(leased_model, **{WARRANTY: {"level": "x"}}), leased_model)
    with pytest.raises(InvalidValue, match="Warranty is required"):
        check_create(a_device(leased_model, **{WARRANTY: value}), leased_model)


def test_immutable_and_write_only_values_may_be_created(device_model: ResourceModel) -> None:
    body = a_device(device_model, serial="S", pin="1", badge={"number": "1"}, marks=["a"])

    assert body == check_create(body, device_model)


def test_a_member_needs_neither_type_nor_reference(group_model: ResourceModel) -> None:
    body = {"schemas": [urns.GROUP], "displayName": "x", "members": [{"value": "u1", "$ref": None}]}

    assert [{"value": "u1"}] == check_create(body, group_model)["members"]


def test_the_body_is_not_changed(user: Resource, user_model: ResourceModel) -> None:
    before = copy.deepcopy(user)
    check_create(user, user_model)["emails"][0]["value"] = "changed"

    assert before == user


# --- replacement -------------------------------------------------------------------------------


def test_what_a_replacement_leaves_out_is_cleared(
    user: Resource, user_model: ResourceModel
) -> None:
    kept = {name: user[name] for name in ("id", "meta", "groups", "password")}

    assert a_user() | kept == check_replace(a_user(), user, user_model)


def test_what_is_read_only_stays_whatever_is_sent(
    user: Resource, user_model: ResourceModel
) -> None:
    body = a_user(id="x", meta={"version": "x"}, groups=[{"value": "other"}])
    replaced = check_replace(body, user, user_model)

    assert [user[n] for n in ("id", "meta", "groups")] == [
        replaced[n] for n in ("id", "meta", "groups")
    ]


def test_a_read_only_part_stays_with_its_value(user: Resource, user_model: ResourceModel) -> None:
    body = a_user(**{EMPLOYEE: {"manager": {"value": "26118915", "displayName": "x"}}})

    assert user[EMPLOYEE]["manager"] == check_replace(body, user, user_model)[EMPLOYEE]["manager"]


def test_a_password_stays_unless_it_is_sent(user: Resource, user_model: ResourceModel) -> None:
    assert "new" == check_replace(a_user(password="new"), user, user_model)["password"]


def test_an_immutable_value_stays_when_it_is_left_out(
    device: Resource, device_model: ResourceModel
) -> None:
    replaced = check_replace(a_device(device_model), device, device_model)

    assert [device[n] for n in ("serial", "badge", "locks")] == [
        replaced[n] for n in ("serial", "badge", "locks")
    ]


def test_an_immutable_value_may_be_sent_again(
    device: Resource, device_model: ResourceModel
) -> None:
    writable = {k: v for k, v in device.items() if k not in ("id", "status")}

    assert device == check_replace(writable, device, device_model)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"serial": "S-2"}, "serial"),
        ({"badge": {"number": "17"}}, "badge"),
        ({"locks": [{"value": "l1", "type": "front"}]}, "locks"),
        ({"casing": {"mould": "m2"}}, "casing.mould"),
    ],
)
def test_an_immutable_value_cannot_be_changed(
    device: Resource, device_model: ResourceModel, more: Resource, place: str
) -> None:
    with pytest.raises(Mutability, match=f"{place} is immutable and has another value already"):
        check_replace(a_device(device_model, **more), device, device_model)


def test_an_immutable_part_stays_when_it_is_left_out(
    device: Resource, device_model: ResourceModel
) -> None:
    body = a_device(device_model, casing={"colour": "blue"})
    replaced = check_replace(body, device, device_model)

    assert {"mould": "m1", "colour": "blue"} == replaced["casing"]


def test_an_immutable_value_that_was_not_there_may_come(device_model: ResourceModel) -> None:
    current = a_device(device_model, id="d1")

    assert (
        "S-1"
        == check_replace(a_device(device_model, serial="S-1"), current, device_model)["serial"]
    )


def test_members_are_replaced_though_their_parts_are_immutable(
    group: Resource, group_model: ResourceModel
) -> None:
    body = {
        "schemas": [urns.GROUP],
        "displayName": "x",
        "members": [{"value": "u2"}, {"value": "u9"}],
    }

    assert body["members"] == check_replace(body, group, group_model)["members"]


def test_an_extension_that_is_left_out_goes_with_its_schema(
    user: Resource, user_model: ResourceModel
) -> None:
    replaced = check_replace(a_user(), user, user_model)

    assert EMPLOYEE not in replaced
    assert [urns.USER] == replaced["schemas"]


def test_what_is_required_must_be_sent_again(user: Resource, user_model: ResourceModel) -> None:
    with pytest.raises(InvalidValue, match="userName is required"):
        check_replace({"schemas": [urns.USER]}, user, user_model)


def test_a_replacement_changes_neither_the_body_nor_the_current_resource(
    user: Resource, user_model: ResourceModel
) -> None:
    body, before = a_user(title="x"), copy.deepcopy(user)
    check_replace(body, user, user_model)

    assert a_user(title="x") == body
    assert before == user


def test_a_replacement_refuses_what_no_schema_defines(
    user: Resource, user_model: ResourceModel
) -> None:
    with pytest.raises(InvalidValue, match="nonsense: no schema defines this attribute"):
        check_replace(a_user(nonsense=1), user, user_model)


# --- single values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("title", None, None),
        ("title", "x", "x"),
        ("name", {"GIVENNAME": "Ann", "familyName": None}, {"givenName": "Ann"}),
        ("name", {}, None),
        ("emails", [], None),
        ("emails", [{"value": "a"}, {}], [{"value": "a"}]),
        ("groups", [{"value": "g"}], None),
    ],
)
def test_a_value_is_brought_to_the_one_form(
    user_model: ResourceModel, name: str, value: Any, expected: Any
) -> None:
    assert expected == check_value(value, user_model.attributes[name])


def test_an_element_is_brought_to_the_one_form(user_model: ResourceModel) -> None:
    emails = user_model.attributes["emails"]

    assert {"value": "a"} == check_value({"VALUE": "a"}, emails, element=True)
    with pytest.raises(InvalidValue, match="emails: expected an object, not a list"):
        check_value([{"value": "a"}], emails, element=True)


def test_schemas_lists_the_extensions_that_hold_data(user_model: ResourceModel) -> None:
    assert [urns.USER, EMPLOYEE] == schemas_of({EMPLOYEE: {"department": "x"}}, user_model)
    assert [urns.USER] == schemas_of({EMPLOYEE: {}}, user_model)
