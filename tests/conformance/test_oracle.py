"""The oracle knows what a filter has to find, and where the RFC leaves it open."""

import pytest

from conformance.material.oracle import comparison, is_ordered, one_value, sort_key, values_at

ADA = {
    "userName": "Ada",
    "active": True,
    "name": {"familyName": "Lovelace"},
    "emails": [
        {"type": "work", "value": "zoe@example.com"},
        {"type": "home", "value": "ada@example.org", "primary": True},
    ],
    "meta": {"created": "2024-01-01T12:00:00Z"},
    "urn:example:2.0:User": {"department": "tools"},
}


def where(path, operator, literal=None, *, exact=False, is_date=False):
    return comparison(path, operator, literal, exact=exact, is_date=is_date)


@pytest.mark.parametrize(
    ("path", "operator", "literal", "holds"),
    [
        ("userName", "eq", "ada", True),
        ("userName", "ne", "ada", False),
        ("USERNAME", "co", "d", True),
        ("userName", "sw", "d", False),
        ("userName", "ew", "DA", True),
        ("userName", "gt", "ad", True),
        ("userName", "ge", "ada", True),
        ("userName", "lt", "ada", False),
        ("userName", "le", "b", True),
        ("title", "pr", None, False),
        ("name", "pr", None, True),
        ("name.familyName", "eq", "lovelace", True),
        ("emails.value", "sw", "ada@", True),
        ("emails.type", "eq", "other", False),
        ("active", "eq", True, True),
        ("title", "gt", "a", False),
        ("urn:example:2.0:User:department", "eq", "tools", True),
        ("urn:example:core:2.0:Other:userName", "eq", "ada", True),
    ],
)
def test_a_comparison_means_what_table_3_says(path, operator, literal, holds):
    assert holds == where(path, operator, literal).holds(ADA)


@pytest.mark.parametrize(("path", "literal"), [("title", "x"), ("emails.type", "work")])
def test_what_ne_means_of_no_value_or_of_several_is_open(path, literal):
    assert where(path, "ne", literal).holds(ADA) is None


def test_the_case_counts_where_the_schema_says_so():
    assert not where("userName", "eq", "ada", exact=True).holds(ADA)


def test_dates_are_compared_in_time():
    later = where("meta.created", "lt", "2024-01-01T02:00:00-12:00", is_date=True)

    assert later.holds(ADA)


def test_what_is_open_stays_open_unless_the_other_side_decides():
    is_open, true, false = where("title", "ne", "x"), where("userName", "pr"), where("title", "pr")

    assert [None, True, False, None] == [
        condition.holds(ADA)
        for condition in (is_open & true, is_open | true, is_open & false, ~is_open)
    ]


def test_a_condition_has_the_text_of_its_parts():
    one, two = where("userName", "eq", 'a"b'), where("title", "pr")

    assert 'not (userName eq "a\\"b" and title pr)' == (~(one & two)).text


@pytest.mark.parametrize(("ending", "holds"), [("com", True), ("org", False)])
def test_a_value_path_is_about_one_value(ending, holds):
    inside = where("type", "eq", "work") & where("value", "ew", ending)

    assert holds == one_value("emails", inside).holds(ADA)


def test_the_primary_value_is_sorted_by_or_else_the_first():
    first = {"emails": [{"value": "b"}, {"value": "a"}]}

    assert ["ada@example.org", "b"] == [sort_key(one, "emails.value") for one in (ADA, first)]


@pytest.mark.parametrize(
    ("keys", "descending", "ordered"),
    [
        (["a", "b", "b", None], False, True),
        ([None, "a"], False, False),
        ([None, "b", "a"], True, True),
        (["b", "a", None], True, False),
        (["b", "a"], False, False),
    ],
)
def test_what_has_no_value_is_last_and_first_when_descending(keys, descending, ordered):
    assert ordered == is_ordered(keys, descending=descending)


def test_a_member_that_is_no_object_has_no_parts():
    assert [] == values_at({"name": "ada"}, "name.familyName")
