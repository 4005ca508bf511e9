"""Filters built from values read back as the same filter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_client import filters
from scim_client.filters import all_of, any_of, co, eq, negation, present, sw
from scim_protocol.errors import InvalidPath
from scim_protocol.filter import parse_filter


@given(st.text(st.characters(codec="utf-8"), max_size=50))
def test_no_value_breaks_out_of_its_quotes(value: str):
    tree = eq("userName", value)

    assert parse_filter(str(tree)) == tree


@pytest.mark.parametrize("operator", ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
def test_each_operator_has_a_function(operator: str):
    assert (
        str(getattr(filters, operator)("name.givenName", "x")) == f'name.givenName {operator} "x"'
    )


def test_filters_combine():
    tree = all_of(eq("active", True), any_of(sw("title", "M"), present("manager")))

    assert str(tree) == 'active eq true and (title sw "M" or manager pr)'


def test_a_filter_can_be_negated():
    assert str(negation(co("title", "x"))) == 'not (title co "x")'


def test_a_path_that_is_none_is_refused():
    with pytest.raises(InvalidPath):
        eq("user name", "x")
