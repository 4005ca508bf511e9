"""What is demanded of answers, and what is said when a demand is not met."""

import pytest

from conformance.expect import Node, Unmet
from conformance.wire.exchange import Exchange

SENT = Exchange("GET", "https://app.example/Users/1", {}, None)


def node(value, path="user"):
    return Node(value, path, SENT)


def said(demand, *arguments):
    with pytest.raises(Unmet) as caught:
        demand(*arguments)
    return str(caught.value)


def test_a_member_that_is_not_there_is_an_unmet_demand_and_no_crash():
    message = said(lambda: node({"id": "1"})["meta"]["location"])

    assert "expected a member user.meta; got none: it has id" == message


def test_a_member_of_what_is_no_object_is_an_unmet_demand():
    assert 'expected user.meta: an object; got "text"' == said(
        lambda: node({"meta": "text"})["meta"]["location"]
    )


def test_items_of_what_is_no_array_are_an_unmet_demand():
    assert "an array" in said(lambda: list(node({"a": 1})["a"]))


def test_null_is_as_good_as_absent():
    assert node({"title": None}).get("title") is None


def test_a_member_is_read_whatever_its_case():
    assert node({"username": "ada"})["userName"] == "ada"


def test_a_member_of_the_exact_name_comes_first():
    assert node({"USERNAME": "x", "userName": "ada"})["userName"] == "ada"


def test_true_is_not_one():
    assert "expected user.active: true; got 1" == said(
        node({"active": 1})["active"].must.equal, True
    )


def test_a_node_equals_what_it_holds():
    node({"id": "1"})["id"].must.equal(node("1", "other"))


def test_an_empty_array_is_no_value():
    node({"members": []}).must.lack("members")


def test_a_value_that_should_not_be_there_is_shown():
    assert "no value for 'title'" in said(node({"title": "x"}).must.lack, "title")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *[("string", ""), ("string", 1), ("integer", True), ("integer", "1")],
        *[("boolean", "true"), ("array", []), ("array", {}), ("object", {}), ("object", [])],
    ],
)
def test_a_value_of_another_type_is_an_unmet_demand(kind, value):
    assert f"is {'an' if kind[0] in 'aio' else 'a'} {kind}" in said(node(value).must.be, kind)


def test_long_values_are_shortened():
    assert len(said(node("x" * 5000).must.equal, "y")) < 500


def test_an_item_is_named_by_its_place():
    second = list(node({"emails": [1, 2]})["emails"])[1]

    assert "user.emails[1]" == second.path
