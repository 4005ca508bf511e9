"""Clauses of RFC 9865 that no other test shows; docs/clauses.md has the table of all of them."""

import pytest


@pytest.fixture
def some(make_api):
    """Five users on pages of two."""
    api = make_api(page_size=2)
    for number in range(5):
        api.user(f"user-{number}")
    return api


def test_a_first_page_has_no_previous_cursor(some):
    assert "previousCursor" not in some.get("/Users", cursor="").json


def test_a_page_has_no_more_than_was_asked_for(some):
    assert 1 == len(some.get("/Users", cursor="", count=1)["Resources"])


def test_a_negative_count_is_none_with_cursors_too(some):
    answer = some.get("/Users", cursor="", count=-3).json

    assert (5, 0) == (answer["totalResults"], len(answer.get("Resources", [])))


def test_a_page_by_cursor_tells_the_total(some):
    assert 5 == some.get("/Users", cursor="")["totalResults"]


def test_a_query_without_parameters_is_answered_by_the_announced_method(some):
    announced = some.get("/ServiceProviderConfig")["pagination"]["defaultPaginationMethod"]
    answer = some.get("/Users").json

    assert ("index", False) == (announced, "nextCursor" in answer)


@pytest.mark.parametrize("name", ["cursor", "index"])
def test_the_configuration_tells_both_methods(some, name):
    assert some.get("/ServiceProviderConfig")["pagination"][name] is True


def test_the_configuration_tells_the_sizes_of_pages(some):
    pagination = some.get("/ServiceProviderConfig")["pagination"]

    assert 2 == pagination["defaultPageSize"] <= pagination["maxPageSize"]


def test_each_page_needs_a_token(some):
    cursor = some.get("/Users", cursor="")["nextCursor"]

    assert 401 == some.get("/Users", cursor=cursor, token=None).status
    assert 401 == some.get("/Users", cursor=cursor, token="other").status


def test_a_bad_cursor_is_refused_without_a_word_of_data(some):
    answer = some.get("/Users", cursor="user-1")

    assert (400, "invalidCursor") == answer.error
    assert "user-" not in answer["detail"]
