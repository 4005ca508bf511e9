from typing import Any

import pytest

from provisioner.language.places import Places
from provisioner.planning.diff import changes, changes_at_target, operations
from scim_protocol.catalog import Catalog
from scim_protocol.messages import parse_patch
from scim_protocol.patch import apply_patch

MODEL = Catalog.standard().models["User"]
PLACES = Places(MODEL)
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
WORK = 'emails[type eq "work"]'
STREET, CITY = ('addresses[type eq "work"].streetAddress', 'addresses[type eq "work"].locality')


def ops(before: dict[str, Any], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    values = {k: v for k, v in {**before, **wanted}.items() if v is not None}
    return operations(changes(before, wanted), values, PLACES)


@pytest.mark.parametrize(
    ("before", "wanted", "expected"),
    [
        ({}, {"title": "x"}, [{"op": "add", "path": "title", "value": "x"}]),
        ({"title": "x"}, {"title": "y"}, [{"op": "replace", "path": "title", "value": "y"}]),
        ({"title": "x"}, {"title": "X"}, [{"op": "replace", "path": "title", "value": "X"}]),
        ({"title": "x"}, {"title": None}, [{"op": "remove", "path": "title"}]),
        ({"title": "x"}, {"title": "x"}, []),
        ({}, {"title": None}, []),
        ({"title": "x"}, {}, []),
        (
            {"active": True},
            {"active": False},
            [{"op": "replace", "path": "active", "value": False}],
        ),
        (
            {},
            {f"{WORK}.value": "a"},
            [{"op": "add", "path": "emails", "value": [{"type": "work", "value": "a"}]}],
        ),
        (
            {f"{WORK}.value": "a"},
            {f"{WORK}.value": "b"},
            [{"op": "replace", "path": f"{WORK}.value", "value": "b"}],
        ),
        ({f"{WORK}.value": "a"}, {f"{WORK}.value": None}, [{"op": "remove", "path": WORK}]),
        (
            {},
            {STREET: "s", CITY: "c"},
            [
                {
                    "op": "add",
                    "path": "addresses",
                    "value": [{"type": "work", "streetAddress": "s", "locality": "c"}],
                }
            ],
        ),
        ({STREET: "s"}, {STREET: "s", CITY: "c"}, [{"op": "replace", "path": CITY, "value": "c"}]),
        ({STREET: "s", CITY: "c"}, {CITY: None}, [{"op": "remove", "path": CITY}]),
        (
            {},
            {f"{ENTERPRISE}:department": "R"},
            [{"op": "add", "path": f"{ENTERPRISE}:department", "value": "R"}],
        ),
    ],
)
def test_a_difference_becomes_operations(before, wanted, expected) -> None:
    assert expected == ops(before, wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        {"title": "x", "name.givenName": "Ada", f"{WORK}.value": "a", f"{WORK}.display": "A"},
        {STREET: "s", CITY: "c", f"{ENTERPRISE}:department": "R"},
        {"title": None, f"{WORK}.value": "b", STREET: None},
    ],
)
def test_a_strict_target_takes_the_operations_and_then_has_what_is_wanted(wanted) -> None:
    before = {"title": "old", f"{WORK}.value": "old", STREET: "old"}
    resource: dict[str, Any] = {
        "schemas": [MODEL.core.id],
        "userName": "ada",
        "title": "old",
        "emails": [{"type": "work", "value": "old"}, {"type": "home", "value": "hers"}],
        "addresses": [{"type": "work", "streetAddress": "old"}],
    }
    body = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": ops(before, wanted),
    }

    patched = apply_patch(resource, parse_patch(body), MODEL)

    assert wanted == PLACES.read(patched, wanted)
    assert {"type": "home", "value": "hers"} in patched["emails"]


def test_the_order_of_a_list_is_no_difference() -> None:
    assert () == changes({"schemas": ["a", "b"]}, {"schemas": ["b", "a"]})


def test_one_is_not_true() -> None:
    assert 1 == len(changes({"active": 1}, {"active": True}))


def test_adoption_sends_only_what_differs_at_the_target() -> None:
    resource = {"USERNAME": "ada", "title": "hers", "emails": [{"type": "Work", "value": "a"}]}
    wanted = {"userName": "ada", "title": None, f"{WORK}.value": "a", "active": True}

    found = changes_at_target(resource, wanted, PLACES)

    assert ["active"] == [change.path for change in found]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("userName", "a@b.c", 'userName eq "a@b.c"'),
        ("userName", 'o"b\\r', 'userName eq "o\\"b\\\\r"'),
        (f"{WORK}.value", "a", 'emails[type eq "work" and value eq "a"]'),
        (f"{ENTERPRISE}:employeeNumber", "7", f'{ENTERPRISE}:employeeNumber eq "7"'),
    ],
)
def test_a_match_value_becomes_a_filter(path: str, value: str, expected: str) -> None:
    assert expected == PLACES.at(path).equals(value)
