"""Whatever comes in, only a ScimError comes out, and it can be sent as UTF-8 JSON."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.dialects import relax_filter, relax_operations, relax_resource, settle_operation
from scim_protocol.errors import ScimError, error_from
from scim_protocol.filter import parse_attribute_path, parse_filter
from scim_protocol.listing import Page, sort_resources
from scim_protocol.matching import compile_filter
from scim_protocol.messages import parse_bulk, parse_patch, parse_search
from scim_protocol.patch import Operation, apply_patch
from scim_protocol.path import parse_patch_path
from scim_protocol.projection import Projection
from scim_protocol.resource import check_create, check_replace

FUZZ = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=100,
    suppress_health_check=list(HealthCheck),
)

# Lone surrogates too: JSON can escape them, and no text in UTF-8 can hold them.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
PIECES = (
    'userName', 'emails', 'members', 'type', 'value', 'primary', 'name.givenName', '$ref', 'eq',
    'ne', 'co', 'pr', 'gt', 'and', 'or', 'not', 'NOT', '(', ')', '[', ']', '.', ':', ' ', '  ', '"',
    '"work"', '"a.b:c]"', '"\\"', '"\\u00e9"', '"\\ud800"',
    'true', 'False', 'null', '1', '-1.5e3', '1e999',
    '\t', '\x00', '\ud800', 'é', urns.ENTERPRISE_USER, urns.USER, 'schemas', 'active', 'meta',
)  # fmt: skip
SYNTAX = st.lists(st.sampled_from(PIECES) | ANY_TEXT, max_size=14).map("".join)
SPACED = st.lists(st.sampled_from(PIECES) | ANY_TEXT, max_size=14).map(" ".join)

NAMES = st.sampled_from(
    ("schemas", "userName", "USERNAME", "id", "meta", "name", "givenName", "name.givenName",
     "emails", "value", "type", "primary", "display", "$ref", "active", "members", "displayName",
     "manager", "roles", "password", "groups", "x509Certificates", "photos", "addresses",
     urns.USER, urns.ENTERPRISE_USER, urns.ENTERPRISE_USER.upper(),
     f"{urns.ENTERPRISE_USER}:manager", f"{urns.USER}:userName")
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | ANY_TEXT
    | st.sampled_from(("True", "false", "work", "", "2011-05-13T04:42:34Z", urns.USER, "YQ=="))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(NAMES | ANY_TEXT, inner, max_size=4)
    ),
    max_leaves=10,
)
DOCUMENTS = st.dictionaries(NAMES | ANY_TEXT, VALUES, max_size=6).map(
    lambda document: {"schemas": [urns.USER], "userName": "a", "displayName": "a"} | document
)

PATHS = st.sampled_from(
    ("userName", "active", "name", "name.givenName", "NAME.FAMILYNAME", "emails", "emails.value",
     'emails[type eq "work"]', 'emails[type eq "work"].value', 'emails[Type eq "home"].primary',
     'emails[primary eq "True"].value', "emails[primary eq true]", "emails[not (value pr)]",
     "members", 'members[value eq "u1"]', 'members[value eq "u9"]', "members.display",
     'members[value eq "u1"].display', "schemas", 'schemas[value eq "x"]', "id", "meta", "password",
     "meta.created", "groups", "displayName", urns.ENTERPRISE_USER,
     f"{urns.ENTERPRISE_USER}:manager", f"{urns.ENTERPRISE_USER}:manager.value",
     f"{urns.ENTERPRISE_USER}:department", f"{urns.USER}:userName", "roles", "addresses",
     'addresses[type eq "work"].streetAddress', 'x509Certificates[value eq "YQ=="]')
)  # fmt: skip
OPS = st.sampled_from(("add", "remove", "replace", "Add", "REPLACE", "move", ""))
OPERATIONS = st.fixed_dictionaries(
    {"op": OPS}, optional={"path": PATHS | PATHS | SYNTAX | st.none(), "value": VALUES}
)


def survives(call: Callable[[], Any]) -> Any:
    """Return what a call gives; None if it refused with a ScimError that can be sent."""
    try:
        return call()
    except ScimError as error:
        refusal = error
    json.dumps(refusal.to_json(), ensure_ascii=False, allow_nan=False).encode()
    assert refusal.status == 400
    return None


@FUZZ
@given(text=SYNTAX | SPACED | ANY_TEXT)
def test_any_text_is_a_filter_or_an_invalid_filter(user_model: ResourceModel, text: str) -> None:
    tree = survives(lambda: parse_filter(text))
    if tree is not None:
        survives(lambda: compile_filter(tree, user_model)({"userName": "a"}))
        survives(lambda: compile_filter(relax_filter(tree, user_model), user_model)({}))


@FUZZ
@given(text=SYNTAX | ANY_TEXT)
def test_any_text_is_a_path_or_an_invalid_path(text: str) -> None:
    survives(lambda: parse_patch_path(text))
    survives(lambda: parse_attribute_path(text))


@FUZZ
@given(text=SYNTAX | ANY_TEXT, more=SYNTAX)
def test_any_text_can_be_asked_to_be_shown(user_model: ResourceModel, text: str, more: str) -> None:
    survives(lambda: Projection.parse(text, None, user_model).apply({"userName": "a"}))
    survives(lambda: Projection.parse(None, text, user_model).apply({"userName": "a"}))
    survives(lambda: Projection.parse([text], [more], user_model))


@FUZZ
@given(text=SYNTAX | ANY_TEXT, start=SCALARS, count=SCALARS | VALUES)
def test_any_page_can_be_asked_for(
    user_model: ResourceModel, text: str, start: Any, count: Any
) -> None:
    survives(lambda: sort_resources([{"userName": "a"}, {}], text, user_model))
    survives(lambda: Page.parse(start, count).of([1, 2, 3]))


@FUZZ
@given(document=DOCUMENTS | VALUES, relaxed=st.booleans())
def test_any_json_is_a_resource_or_refused(
    user_model: ResourceModel, document: Any, relaxed: bool
) -> None:
    before = copy.deepcopy(document)
    body = relax_resource(document, user_model) if relaxed else document
    checked = survives(lambda: check_create(body, user_model))

    assert repr(before) == repr(document)
    if checked is not None:
        assert checked == check_create(checked, user_model)
        json.dumps(checked, allow_nan=False, ensure_ascii=False).encode()


@FUZZ
@given(document=DOCUMENTS | VALUES)
def test_any_json_replaces_a_resource_or_is_refused(
    user_model: ResourceModel, user: dict[str, Any], document: Any
) -> None:
    before = copy.deepcopy(user)
    survives(lambda: check_replace(document, user, user_model))

    assert before == user


@FUZZ
@given(
    body=VALUES
    | st.fixed_dictionaries(
        {"schemas": st.just([urns.PATCH_OP]) | VALUES},
        optional={"Operations": st.lists(OPERATIONS | VALUES, max_size=3) | VALUES},
    )
)
def test_any_json_is_a_message_or_refused(body: Any) -> None:
    survives(lambda: parse_patch(body))
    survives(lambda: parse_search(body))
    survives(lambda: parse_bulk(body))
    survives(lambda: parse_search({"schemas": [urns.SEARCH_REQUEST], "filter": body}))
    survives(lambda: parse_bulk({"schemas": [urns.BULK_REQUEST], "Operations": body}))


@settings(FUZZ, max_examples=300)
@given(operations=st.lists(OPERATIONS, min_size=1, max_size=3), lenient=st.booleans())
def test_any_operations_change_a_user_or_are_refused(
    user_model: ResourceModel, user: dict[str, Any], operations: list[Any], lenient: bool
) -> None:
    _patch(user, user_model, operations, lenient)


@settings(FUZZ, max_examples=150)
@given(operations=st.lists(OPERATIONS, min_size=1, max_size=3), lenient=st.booleans())
def test_any_operations_change_a_group_or_are_refused(
    group_model: ResourceModel, group: dict[str, Any], operations: list[Any], lenient: bool
) -> None:
    _patch(group, group_model, operations, lenient)


def _patch(
    resource: dict[str, Any], model: ResourceModel, operations: list[Any], lenient: bool
) -> None:
    before, sent = copy.deepcopy(resource), repr(operations)
    parsed = survives(lambda: parse_patch({"schemas": [urns.PATCH_OP], "Operations": operations}))
    if parsed is None:
        return
    settle = settle_operation if lenient else None
    relaxed = relax_operations(parsed, model) if lenient else parsed
    patched = survives(lambda: apply_patch(resource, relaxed, model, settle=settle))

    assert before == resource
    assert sent == repr(operations)
    if patched is not None:
        json.dumps(patched, allow_nan=False, ensure_ascii=False).encode()


UNSENDABLE = "urn:\ud800:x"


@pytest.mark.parametrize(
    "call",
    [
        lambda model: compile_filter(parse_filter(f"{UNSENDABLE} pr"), model),
        lambda model: apply_patch({}, [Operation("add", UNSENDABLE, 1)], model),
        lambda model: apply_patch({}, [Operation("add", None, {UNSENDABLE: 1})], model),
        lambda model: apply_patch({}, [Operation(UNSENDABLE, "userName", 1)], model),
        lambda model: sort_resources([], UNSENDABLE, model),
        lambda model: check_create({"schemas": [urns.USER], "userName": "a", UNSENDABLE: 1}, model),
    ],
)
def test_an_error_that_names_a_lone_surrogate_can_be_sent(
    user_model: ResourceModel, call: Callable[[ResourceModel], Any]
) -> None:
    with pytest.raises(ScimError) as caught:
        call(user_model)

    assert json.dumps(caught.value.to_json(), ensure_ascii=False).encode()


@FUZZ
@given(status=st.integers(200, 599), body=VALUES | st.binary(max_size=5))
def test_any_answer_gives_an_error_with_its_status(status: int, body: Any) -> None:
    assert status == error_from(status, body).status


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("path", ["active", "emails", "name", "userName", None])
def test_a_value_nested_as_deep_as_a_json_parser_goes_is_refused(
    user_model: ResourceModel, user: dict[str, Any], path: str | None
) -> None:
    value: Any = _nested(1000) if path else {"emails": _nested(1000)}
    operations = parse_patch(
        {"schemas": [urns.PATCH_OP], "Operations": [{"op": "add", "path": path, "value": value}]}
    )

    with pytest.raises(ScimError):
        apply_patch(user, relax_operations(operations, user_model), user_model)


def test_a_resource_nested_as_deep_as_a_json_parser_goes_is_refused(
    user_model: ResourceModel,
) -> None:
    document = {"schemas": [urns.USER], "userName": "a", "emails": _nested(1000)}

    with pytest.raises(ScimError):
        check_create(relax_resource(document, user_model), user_model)
