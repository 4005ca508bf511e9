"""Pages and order of results (RFC 7644 §3.4.2.3, §3.4.2.4)."""

from typing import Any

import pytest

from scim_protocol import urns
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import InvalidValue
from scim_protocol.listing import Page, sort_key, sort_resources, sort_target

EMPLOYEE = urns.ENTERPRISE_USER


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (None, None, Page(1, 100)),
        ("1", "10", Page(1, 10)),
        (5, 2, Page(5, 2)),
        (0, 1, Page(1, 1)),
        ("-3", None, Page(1, 100)),
        ("2", "+3", Page(2, 3)),
        (1, 0, Page(1, 0)),
        (1, -1, Page(1, 0)),
        (1, 5000, Page(1, 1000)),
        ("9" * 40, None, Page(2**53 - 1, 100)),
    ],
)
def test_a_page_is_read(start: Any, count: Any, expected: Page) -> None:
    assert expected == Page.parse(start, count)


def test_a_page_has_the_servers_default_and_most() -> None:
    assert Page(1, 20) == Page.parse(None, None, default=20)
    assert Page(1, 50) == Page.parse(None, 60, most=50)
    assert Page(1, 50) == Page.parse(None, None, default=100, most=50)


@pytest.mark.parametrize(
    "value", ["", "x", "1.5", 1.5, True, [], {}, "1 2", "٣", "９", "--1", float("nan"), 1e-30]
)
@pytest.mark.parametrize("name", ["startIndex", "count"])
def test_what_is_no_integer_is_refused(name: str, value: Any) -> None:
    start, count = (value, 1) if name == "startIndex" else (1, value)

    with pytest.raises(InvalidValue, match=f"{name} must be an integer"):
        Page.parse(start, count)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Page(1, 2), ["a", "b"]),
        (Page(2, 2), ["b", "c"]),
        (Page(3, 2), ["c"]),
        (Page(4, 2), []),
        (Page(2**62, 2), []),
        (Page(1, 0), []),
        (Page(1, 100), ["a", "b", "c"]),
    ],
)
def test_a_page_is_cut_out(page: Page, expected: list[str]) -> None:
    assert expected == page.of(["a", "b", "c"])


def names(resources: list[dict[str, Any]]) -> list[str]:
    return [resource["id"] for resource in resources]


USERS = [
    {
        "id": "1",
        "userName": "bob",
        "active": True,
        "meta": {"created": "2011-01-01T00:00:00+02:00"},
    },
    {
        "id": "2",
        "userName": "Ann",
        "name": {"familyName": "Zed"},
        "emails": [{"value": "z@x"}, {"value": "0@x", "primary": True}],
        "meta": {"created": "2010-12-31T23:00:00Z"},
        EMPLOYEE: {"employeeNumber": "9", "manager": {"value": "m2"}},
    },
    {
        "id": "3",
        "userName": "césar",
        "name": {"familyName": "abel"},
        "emails": [{"value": "A@x"}, {"value": "c@x"}],
        EMPLOYEE: {"employeeNumber": "10", "manager": {"value": "m1"}},
    },
    {"id": "4", "userName": "Ce\u0301line", "active": False, "emails": [{"type": "work"}]},
]


@pytest.mark.parametrize(
    ("sort_by", "expected"),
    [
        ("userName", "2143"),
        ("USERNAME", "2143"),
        (f"{urns.USER}:userName", "2143"),
        ("name.familyName", "3214"),
        ("emails", "2314"),  # of several values the primary one counts, else the first
        ("emails.value", "2314"),
        ("emails.type", "4123"),
        ("active", "4123"),
        ("meta.created", "1234"),
        (f"{EMPLOYEE}:employeeNumber", "3214"),
        (f"{EMPLOYEE}:manager", "3214"),
        (f"{EMPLOYEE}:manager.value", "3214"),
        ("title", "1234"),
        ("schemas", "1234"),
    ],
)
def test_resources_are_sorted_and_those_without_a_value_come_last(
    user_model: ResourceModel, sort_by: str, expected: str
) -> None:
    assert list(expected) == names(sort_resources(USERS, sort_by, user_model))


@pytest.mark.parametrize(
    ("sort_by", "expected"), [("userName", "3412"), ("name.familyName", "1423")]
)
def test_descending_those_without_a_value_come_first(
    user_model: ResourceModel, sort_by: str, expected: str
) -> None:
    ordered = sort_resources(USERS, sort_by, user_model, descending=True)

    assert list(expected) == names(ordered)


def test_equal_values_keep_their_order(user_model: ResourceModel) -> None:
    same = [{"id": "1", "title": "A"}, {"id": "2", "title": "a"}, {"id": "3", "title": "A"}]

    assert ["1", "2", "3"] == names(sort_resources(same, "title", user_model))
    assert ["1", "2", "3"] == names(sort_resources(same, "title", user_model, descending=True))


def test_numbers_and_exact_text_are_sorted_as_they_are(device_model: ResourceModel) -> None:
    devices = [
        {"id": "1", "scores": [9], "serial": "b"},
        {"id": "2", "scores": [10], "serial": "C"},
        {"id": "3", "scores": [], "serial": "a"},
    ]

    assert ["1", "2", "3"] == names(sort_resources(devices, "scores", device_model))
    assert ["2", "3", "1"] == names(sort_resources(devices, "serial", device_model))


@pytest.mark.parametrize(
    ("sort_by", "reason"),
    [
        ("nonsense", "sortBy: User has no attribute nonsense"),
        ("a b", "sortBy: 'a b' is not an attribute path"),
        ("name", "sortBy: name is complex; name one of its sub-attributes"),
        (EMPLOYEE, "is complex; name one of its sub-attributes"),
        ("password", "sortBy: password is never returned"),
    ],
)
def test_what_has_no_order_is_refused(user_model: ResourceModel, sort_by: str, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        sort_resources([], sort_by, user_model)


def test_a_part_that_is_never_returned_gives_no_order(device_model: ResourceModel) -> None:
    with pytest.raises(InvalidValue, match=r"keys\.secret is never returned"):
        sort_target("keys.secret", device_model)


def test_a_key_is_none_without_a_value(user_model: ResourceModel) -> None:
    assert sort_key(sort_target("name.familyName", user_model))({}) is None
