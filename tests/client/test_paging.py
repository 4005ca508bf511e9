"""All pages are read, once each, and no server can hold the client in a loop."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from scim_client import IncompleteList, NotScim, Results, ScimClient

EVERYONE = [{"id": str(number)} for number in range(1, 8)]


class Directory:
    """A server's side of paging, with what it may get wrong."""

    def __init__(self, size=7, largest=3, total=True, ignores_start=False, lies=0):
        self.everyone = [{"id": str(number)} for number in range(1, size + 1)]
        self.largest = largest
        self.total = total
        self.ignores_start = ignores_start
        self.lies = lies
        self.queries: list[dict] = []

    def fetch(self, query: dict) -> dict:
        self.queries.append(query)
        assert len(self.queries) < 1000, "the client asks for ever"
        start = 0 if self.ignores_start else int(query.get("startIndex", 1)) - 1
        count = min(int(query.get("count", self.largest)), self.largest)
        body: dict = {"Resources": self.everyone[start : start + count]}
        if self.total:
            body["totalResults"] = len(self.everyone) + self.lies
        return body

    def results(self, **query: object) -> Results:
        return Results(self.fetch, query)


class Cursors:
    """A server with cursor pages: what it answers to each cursor."""

    def __init__(self, **pages: tuple[list[str], str | None]) -> None:
        self.pages = pages
        self.queries: list[dict] = []

    def fetch(self, query: dict) -> dict:
        self.queries.append(query)
        assert len(self.queries) < 1000, "the client asks for ever"
        ids, cursor = self.pages[query.get("cursor") or "start"]
        body: dict = {"Resources": [{"id": each} for each in ids], "itemsPerPage": len(ids)}
        if cursor:
            body["nextCursor"] = cursor
        return body

    def ids(self, **query: object) -> list[str]:
        return [each["id"] for each in Results(self.fetch, query)]


@given(st.integers(0, 25), st.integers(1, 10), st.booleans(), st.integers(1, 12) | st.none())
def test_every_resource_comes_once_and_in_order(size, largest, total, count):
    directory = Directory(size, largest, total)
    query = {} if count is None else {"count": count}

    assert list(directory.results(**query)) == directory.everyone


def test_the_next_page_starts_after_what_has_come_not_after_what_was_asked_for():
    directory = Directory(largest=3)

    list(directory.results(count=5, startIndex=1))

    assert [query["startIndex"] for query in directory.queries] == [1, 4, 7]


def test_the_total_ends_the_reading_without_one_more_request():
    directory = Directory(size=6, largest=3)

    list(directory.results())

    assert len(directory.queries) == 2


def test_a_query_can_start_in_the_middle():
    assert list(Directory().results(startIndex=6)) == [{"id": "6"}, {"id": "7"}]


def test_a_count_of_zero_asks_for_the_total_alone():
    directory = Directory()

    pages = list(directory.results(count=0).pages())

    assert [page.total for page in pages] == [7]
    assert len(directory.queries) == 1


def test_a_server_that_ignores_start_index_is_found_out():
    with pytest.raises(IncompleteList, match="ignore startIndex; only 3 of 7"):
        list(Directory(ignores_start=True).results())


def test_a_server_without_totals_that_ignores_start_index_is_found_out():
    with pytest.raises(IncompleteList):
        list(Directory(ignores_start=True, total=False).results())


def test_a_total_that_is_too_high_is_found_out():
    with pytest.raises(IncompleteList, match=r"says that 9 match, and gives nothing from .* 8 on"):
        list(Directory(lies=2).results())


def test_what_came_before_a_contradiction_has_been_yielded():
    seen = []

    with pytest.raises(IncompleteList):
        seen.extend(Directory(lies=2).results())

    assert seen == EVERYONE


def test_a_list_that_shrinks_while_it_is_read_simply_ends():
    directory = Directory(size=6, largest=3)
    results = directory.results()
    seen = []

    for page in results.pages():
        seen += page.resources
        del directory.everyone[3:]

    assert len(seen) == 3


def test_cursors_are_followed_to_the_end():
    server = Cursors(start=(["a", "b"], "c1"), c1=(["c"], "c2"), c2=(["d"], None))

    assert server.ids(cursor="") == ["a", "b", "c", "d"]


def test_cursors_that_come_unasked_are_followed_without_start_index():
    server = Cursors(start=(["a"], "c1"), c1=(["b"], None))

    assert server.ids(startIndex=1, filter="x pr") == ["a", "b"]
    assert server.queries[1] == {"cursor": "c1", "filter": "x pr"}


def test_an_empty_cursor_page_is_not_the_end():
    server = Cursors(start=(["a"], "c1"), c1=([], "c2"), c2=(["b"], None))

    assert server.ids(cursor="") == ["a", "b"]


def test_a_cursor_that_comes_again_is_found_out():
    server = Cursors(start=(["a"], "c1"), c1=(["b"], "c2"), c2=(["c"], "c1"))

    with pytest.raises(IncompleteList, match="circles"):
        server.ids(cursor="")


def test_new_cursors_that_never_lead_anywhere_are_given_up():
    def fetch(query: dict) -> dict:
        number = int(query["cursor"] or 0) + 1
        assert number < 1000
        return {"Resources": [], "nextCursor": str(number), "totalResults": 5}

    with pytest.raises(IncompleteList):
        list(Results(fetch, {"cursor": ""}))


@pytest.mark.parametrize(
    "body",
    [{}, {"Resources": {}}, {"Resources": ["x"]}, {"Resources": "x"}, {"id": "1"}],
)
def test_what_is_no_list_response_is_not_scim(body: dict):
    with pytest.raises(NotScim, match="not a ListResponse"):
        list(Results(lambda query: body, {}))


def test_a_total_written_as_text_is_understood():
    results = Results(lambda query: {"totalResults": "1", "Resources": [{"id": "1"}]}, {})

    assert list(results) == [{"id": "1"}]


def test_results_can_be_iterated_twice():
    results = Directory().results()

    assert list(results) == list(results)


def test_pages_are_asked_for_only_as_they_are_needed():
    directory = Directory()

    next(iter(directory.results()))

    assert len(directory.queries) == 1


def test_pages_travel_over_http(httpserver: HTTPServer, scim: ScimClient):
    directory = Directory()

    def answer(request: Request) -> Response:
        return Response(json.dumps(directory.fetch(request.args.to_dict())))

    httpserver.expect_request("/scim/v2/Users").respond_with_handler(answer)

    assert list(scim.users.search('userName sw "a"', count=2)) == EVERYONE
    assert directory.queries[-1] == {
        "filter": 'userName sw "a"', "count": "2", "startIndex": "7",
    }  # fmt: skip
