"""Pages by cursor (RFC 9865)."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_protocol import urns

NAMES = [f"user-{number}" for number in range(7)]


@pytest.fixture
def people(api):
    """Seven users, every other with a title."""
    for number, name in enumerate(NAMES):
        title = {"title": "BACD"[number // 2]} if number % 2 else {}
        api.user(name, **title)
    return api


@pytest.fixture
def cursor(people):
    """The cursor behind the first two users."""
    return people.get("/Users", cursor="", count=2)["nextCursor"]


def names(page):
    return [user["userName"] for user in page["Resources"]]


def walk(api, path="/Users", count=2, **query):
    """The pages that cursors lead through."""
    page = api.get(path, cursor="", count=count, **query)
    yield page
    while "nextCursor" in page.json:
        page = api.get(path, cursor=page["nextCursor"], count=count, **query)
        assert 200 == page.status, page.text
        yield page


def walked(api, **query):
    return [name for page in walk(api, **query) for name in names(page)]


def test_cursors_are_announced_and_counting_is_the_default(api):
    pagination = api.get("/ServiceProviderConfig")["pagination"]

    assert (True, True) == (pagination["cursor"], pagination["index"])
    assert "index" == pagination["defaultPaginationMethod"]
    assert "cursorTimeout" not in pagination


def test_without_a_cursor_pages_are_counted(people):
    page = people.get("/Users", count=2).json

    assert 1 == page["startIndex"]
    assert "nextCursor" not in page


def test_an_empty_cursor_asks_for_the_first_page(people):
    page = people.get("/Users", cursor="", count=2).json

    assert NAMES[:2] == names(page)
    assert {"schemas", "totalResults", "itemsPerPage", "nextCursor", "Resources"} == set(page)
    assert (7, 2) == (page["totalResults"], page["itemsPerPage"])


@pytest.mark.parametrize("query", ["cursor", "cursor=", "cursor&count=2", "count=2&cursor="])
def test_a_cursor_without_a_value_is_an_empty_one(people, query):
    assert "startIndex" not in people.get(f"/Users?{query}").json


def test_cursors_lead_through_all_pages(people):
    pages = list(walk(people, count=3))

    assert [NAMES[:3], NAMES[3:6], NAMES[6:]] == [names(page) for page in pages]
    assert [7, 7, 7] == [page["totalResults"] for page in pages]


def test_the_last_page_has_no_next_cursor_when_it_is_full_either(people):
    (page,) = walk(people, count=7)

    assert NAMES == names(page)


def test_a_list_of_nothing_has_no_next_cursor(api):
    page = api.get("/Users", cursor="").json

    assert (0, []) == (page["totalResults"], page["Resources"])
    assert "nextCursor" not in page


def test_a_cursor_may_be_used_again(people, cursor):
    assert (
        people.get("/Users", cursor=cursor, count=2).json
        == people.get("/Users", cursor=cursor, count=2).json
    )


def test_a_cursor_has_unreserved_characters_alone(people):
    cursors = [
        page["nextCursor"] for page in walk(people, sortBy="title") if "nextCursor" in page.json
    ]

    assert all(re.fullmatch(r"[A-Za-z0-9._~-]+", cursor) for cursor in cursors)


def test_a_cursor_does_not_show_what_it_holds(people):
    long = "readable" * 20
    people.user("last", title=long)
    page = people.get("/Users", cursor="", count=4, sortBy="title").json

    assert long == page["Resources"][-1]["title"]
    assert "cmVhZGFibG" not in page["nextCursor"]


def test_the_size_of_the_page_may_change_from_page_to_page(people, cursor):
    page = people.get("/Users", cursor=cursor, count=4).json

    assert NAMES[2:6] == names(page)


def test_a_page_is_as_large_as_the_server_allows(make_api):
    api = make_api(page_size=2, max_page_size=3)
    for name in NAMES:
        api.user(name)

    assert 2 == api.get("/Users", cursor="")["itemsPerPage"]
    assert 3 == api.get("/Users", cursor="", count=1000)["itemsPerPage"]


@pytest.mark.parametrize("count", [0, -1])
def test_a_page_of_none_tells_the_total_and_leads_on_to_what_follows(people, cursor, count):
    page = people.get("/Users", cursor=cursor, count=count).json
    start = people.get("/Users", cursor="", count=count).json

    assert ([], 7) == (page["Resources"], page["totalResults"])
    assert NAMES[2:4] == names(people.get("/Users", cursor=page["nextCursor"], count=2))
    assert NAMES[:2] == names(people.get("/Users", cursor=start["nextCursor"], count=2))


@pytest.mark.parametrize("count", ["one", "", "1.5"])
def test_a_count_that_is_no_integer_is_an_invalid_count(people, count):
    assert (400, "invalidCount") == people.get("/Users", cursor="", count=count).error


@pytest.mark.parametrize("start", ["1", "0", "x"])
def test_a_start_index_beside_a_cursor_is_refused(people, cursor, start):
    for one in ("", cursor):
        assert (400, "invalidValue") == people.get("/Users", cursor=one, startIndex=start).error


# --- what is no cursor ---------------------------------------------------------------------------


FORGED = [
    "x",
    "1",
    "VZUTiyhEQJ94IR",
    "A" * 22,
    "A" * 24,
    "A" * 100_000,
    "ä",
    "=",
    " ",
    "\x00",
    "a.b",
]


@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
def test_what_the_server_did_not_write_is_an_invalid_cursor(people, forged):
    assert (400, "invalidCursor") == people.get("/Users", cursor=forged).error


def test_a_cursor_with_any_character_changed_is_invalid(people, cursor):
    for place, character in enumerate(cursor):
        other = "A" if character != "A" else "B"
        changed = cursor[:place] + other + cursor[place + 1 :]
        assert (400, "invalidCursor") == people.get("/Users", cursor=changed).error


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: c + "A", lambda c: c + "=="])
def test_a_cursor_that_was_cut_or_grew_is_invalid(people, cursor, change):
    assert (400, "invalidCursor") == people.get("/Users", cursor=change(cursor)).error


def test_a_forged_cursor_and_one_of_another_query_are_answered_the_same(people, cursor):
    forged = people.get("/Users", cursor="A" * 40, filter="title pr")

    assert forged.json == people.get("/Users", cursor=cursor, filter="title pr").json


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "title pr"},
        {"filter": 'userName ne "X"'},
        {"sortBy": "userName"},
        {"sortBy": "title", "sortOrder": "descending"},
    ],
)
def test_a_cursor_of_one_query_is_invalid_with_another(people, query):
    own = {"filter": 'userName ne "x"', "sortBy": "title"}
    cursor = people.get("/Users", cursor="", count=2, **own)["nextCursor"]

    assert (400, "invalidCursor") == people.get("/Users", cursor=cursor, **(own | query)).error
    assert (400, "invalidCursor") == people.get("/Users", cursor=cursor).error


def test_a_cursor_of_one_type_is_invalid_with_another_and_with_all(people, cursor):
    assert (400, "invalidCursor") == people.get("/Groups", cursor=cursor).error
    assert (400, "invalidCursor") == people.get("/", cursor=cursor).error


def test_the_same_query_may_be_spelt_in_another_way(people):
    cursor = people.get(
        "/Users", cursor="", count=2, filter='userName sw "USER"', sortBy="userName"
    )["nextCursor"]

    page = people.get(
        "/Users", cursor=cursor, count=2, filter='username  SW "USER"', sortBy="USERNAME",
        sortOrder="ascending", attributes="userName",
    )  # fmt: skip

    assert NAMES[2:4] == names(page)


def test_a_cursor_of_another_server_is_invalid(people, cursor, make_api):
    assert (400, "invalidCursor") == make_api().get("/Users", cursor=cursor).error


def test_a_cursor_outlives_the_server_and_is_shared_by_all_that_serve_a_database(
    make_api, tmp_path
):
    first, second = (make_api(database=str(tmp_path / "scim.db")) for _ in range(2))
    for name in NAMES:
        first.user(name)
    cursor = first.get("/Users", cursor="", count=2)["nextCursor"]
    first.close()
    third = make_api(database=str(tmp_path / "scim.db"))

    assert NAMES[2:4] == names(second.get("/Users", cursor=cursor, count=2))
    assert NAMES[2:4] == names(third.get("/Users", cursor=cursor, count=2))


# --- with filters, orders and messages -----------------------------------------------------------


FILTERS = ["title pr", "not (title pr)", 'userName eq "user-3"', 'userName ne "x" or title pr']


@pytest.mark.parametrize("filter", FILTERS)
@pytest.mark.parametrize("count", [1, 2, 100])
def test_cursors_lead_through_what_a_filter_matches(people, filter, count):
    expected = people.names(filter)

    assert expected == walked(people, filter=filter, count=count)
    assert {len(expected)} == {
        page["totalResults"] for page in walk(people, filter=filter, count=count)
    }


SORTED = [
    "userName",
    "title",
    "id",
    "meta.created",
    "meta.lastModified",
    "active",
    "groups.display",
]


@pytest.mark.parametrize("attribute", SORTED)
@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_cursors_keep_the_order(people, attribute, order):
    people.user("Zoe", active=True, title="a")
    people.user("yan", active=False, title="É")
    query = {"sortBy": attribute, "sortOrder": order}

    assert names(people.get("/Users", **query)) == walked(people, **query)


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_cursors_lead_through_texts_that_are_very_long_and_alike(api, order):
    for number in range(5):
        api.user(f"user-{number}", title="é" * 5000)
    query = {"sortBy": "title", "sortOrder": order}

    cursor = api.get("/Users", cursor="", count=1, **query)["nextCursor"]

    assert len(cursor) < 8000
    assert NAMES[:5] == walked(api, **query)


def test_a_search_message_takes_cursors(people):
    message = {"schemas": [urns.SEARCH_REQUEST], "filter": 'userName sw "user"', "count": 4}

    first = people.post("/Users/.search", message | {"cursor": ""}).json
    second = people.post("/Users/.search", message | {"cursor": first["nextCursor"]}).json

    assert (NAMES[:4], NAMES[4:]) == (names(first), names(second))
    assert "nextCursor" not in second


@pytest.mark.parametrize(
    ("place", "scim_type"),
    [
        ({"cursor": "forged"}, "invalidCursor"),
        ({"cursor": "", "count": "x"}, "invalidCount"),
        ({"cursor": "", "startIndex": 1}, "invalidValue"),
        ({"cursor": 5}, "invalidSyntax"),
    ],
)
def test_a_search_message_is_refused_as_a_query_is(people, place, scim_type):
    answer = people.post("/Users/.search", {"schemas": [urns.SEARCH_REQUEST], **place})

    assert (400, scim_type) == answer.error


def test_a_message_with_no_cursor_at_all_is_counted(people):
    answer = people.post("/Users/.search", {"schemas": [urns.SEARCH_REQUEST], "cursor": None})

    assert 1 == answer["startIndex"]


# --- while resources come and go -----------------------------------------------------------------


def test_the_resource_at_which_a_page_ended_may_be_deleted(people, cursor):
    (last,) = people.find('userName eq "user-1"')
    people.delete(f"/Users/{last['id']}")

    assert NAMES[2:4] == names(people.get("/Users", cursor=cursor, count=2))


def test_the_total_is_that_of_the_moment(people, cursor):
    people.user("new")

    assert 8 == people.get("/Users", cursor=cursor)["totalResults"]


LETTERS = "aAbBcCäÄ"
QUERIES = [
    {},
    {"filter": 'userName ne "nobody"'},
    {"sortBy": "title"},
    {"sortBy": "title", "sortOrder": "descending"},
    {"sortBy": "title", "filter": "title pr or active eq false"},
    {"sortBy": "meta.created", "sortOrder": "descending"},
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_who_is_there_throughout_is_met_exactly_once(open_api, data):
    api = open_api()
    titles = st.one_of(st.none(), st.sampled_from(LETTERS))
    path, query = data.draw(st.sampled_from(["/Users", "/"])), data.draw(st.sampled_from(QUERIES))
    made = 0

    def add():
        nonlocal made
        title, made = data.draw(titles), made + 1
        extra = {"active": False} if title is None else {"title": title}
        if path == "/" and data.draw(st.booleans()):
            return api.group(f"group-{made}").rpartition("/")[2]
        return api.user(f"user-{made}", **extra).rpartition("/")[2]

    there = [add() for _ in range(data.draw(st.integers(0, 8)))]
    expected = {resource["id"] for resource in api.get(path, **query)["Resources"]}
    met = []
    for turn, page in enumerate(walk(api, path, count=data.draw(st.integers(1, 3)), **query)):
        met += [resource["id"] for resource in page["Resources"]]
        for _ in range(data.draw(st.integers(0, 2)) if turn < 5 else 0):
            add()
        if there and data.draw(st.booleans()):
            gone = there.pop(data.draw(st.integers(0, len(there) - 1)))
            expected.discard(gone)
            kind = "Users" if 200 == api.get(f"/Users/{gone}").status else "Groups"
            assert 204 == api.delete(f"/{kind}/{gone}").status

    assert len(met) == len(set(met))
    assert expected <= set(met)
