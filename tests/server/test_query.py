"""GET /Users and POST /Users/.search (RFC 7644 §3.4.2, §3.4.3)."""

import pytest

from scim_protocol import urns


@pytest.fixture
def people(api):
    """Four users, of whom only some have a title."""
    api.user("ada", title="countess", emails=[{"value": "Ada@X.org", "type": "work"}])
    api.user("Bob", title="Builder", externalId="B1", displayName="Bob B")
    api.user("carol", emails=[{"value": "c@x.org", "type": "home"}, {"value": "ada@x.org"}])
    api.user("Dave", active=False, **{urns.ENTERPRISE_USER: {"department": "R&D"}})
    return api


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        # by an index
        ('userName eq "BOB"', ["Bob"]),
        ('userName eq "nobody"', []),
        ('externalId eq "B1"', ["Bob"]),
        ('externalId eq "b1"', []),
        ('displayName eq "bob b"', ["Bob"]),
        ('emails.value eq "ada@x.org"', ["ada", "carol"]),
        ('emails eq "ada@x.org"', ["ada", "carol"]),
        ('emails[value eq "ada@x.org"]', ["ada", "carol"]),
        ('emails[type eq "work" and value eq "ada@x.org"]', ["ada"]),
        ('emails[type eq "work"].value eq "ada@x.org"', ["ada"]),
        ('EMAILS[value eq "ADA@x.org" and TYPE eq "WORK"]', ["ada"]),
        ('emails[type eq "home" and value eq "ada@x.org"]', []),
        ('emails[type eq "home" and type eq "work"]', []),
        ('not (emails[type eq "work" and value eq "ada@x.org"])', ["Bob", "carol", "Dave"]),
        ('emails[type eq "work" and value eq "ada@x.org"] or userName eq "bob"', ["ada", "Bob"]),
        # by an index, with a check of what it gives
        ('emails[type eq "work" and value eq "ada@x.org" and primary eq true]', []),
        ('emails[type eq "work" and value eq "ada@x.org" and not (primary eq true)]', ["ada"]),
        ('userName eq "bob" and title sw "b"', ["Bob"]),
        ('title sw "x" and userName eq "bob"', []),
        ('userName eq "bob" or externalId eq "B1"', ["Bob"]),
        ('userName eq "bob" or userName eq "ada"', ["ada", "Bob"]),
        ('not (userName eq "bob")', ["ada", "carol", "Dave"]),
        ('not (userName eq "nobody")', ["ada", "Bob", "carol", "Dave"]),
        ('not (groups.value eq "nothing")', ["ada", "Bob", "carol", "Dave"]),
        ('userName eq "bob" or title eq "countess"', ["ada", "Bob"]),
        # by a scan
        ("title pr", ["ada", "Bob"]),
        ("title eq null", ["carol", "Dave"]),
        ('title ne "builder"', ["ada", "carol", "Dave"]),
        ("not (title pr)", ["carol", "Dave"]),
        ('userName co "a" and not (title pr)', ["carol", "Dave"]),
        ("active eq false", ["Dave"]),
        ('emails[type eq "home"]', ["carol"]),
        (f'{urns.ENTERPRISE_USER}:department eq "r&d"', ["Dave"]),
        (f'{urns.USER}:userName eq "ada"', ["ada"]),
        ('meta.created gt "2020-01-01T00:00:00Z"', ["ada", "Bob", "carol", "Dave"]),
        ('meta.resourceType eq "User" and USERNAME SW "d"', ["Dave"]),
        ('meta.location ew "/nothing"', []),
    ],
)
def test_filters_give_what_matches_in_the_order_of_creation(people, filter, names):
    assert names == people.names(filter)


def test_a_user_is_found_by_id(people):
    (ada,) = people.find('userName eq "ada"')

    assert [ada] == people.find(f'id eq "{ada["id"]}"')


def test_a_user_is_not_found_by_the_id_of_a_group(people):
    group = people.group("Sales").removeprefix("/Groups/")

    assert [] == people.find(f'id eq "{group}"')


def test_a_user_is_not_found_by_what_it_was_called_before(people):
    (bob,) = people.find('userName eq "bob"')
    people.patch(f"/Users/{bob['id']}", {"op": "replace", "path": "externalId", "value": "B2"})

    assert [] == people.find('externalId eq "B1"')
    assert ["Bob"] == people.names('externalId eq "B2"')


def test_further_attributes_can_be_indexed(make_api):
    api = make_api(indexed=["name.familyName"])
    api.user("ada", name={"familyName": "Byron"})

    assert ["ada"] == api.names('name.familyName eq "byron"')


@pytest.mark.parametrize(
    "filter",
    [
        "",
        "userName",
        "userName eq",
        "userName eq ada",
        'userName xx "a"',
        'colour eq "red"',
        'password eq "secret"',
        "password pr",
        'userName eq "a" and',
        "active gt true",
        'meta.created gt "yesterday"',
        "name eq 1",
        'userName[value eq "ada"]',
        "active[value eq true]",
        f'{urns.ENTERPRISE_USER}:department[value eq "R&D"]',
        " ",
    ],
)
def test_a_filter_that_cannot_be_answered_is_refused(people, filter):
    assert (400, "invalidFilter") == people.get("/Users", filter=filter).error


def test_no_match_is_an_empty_list(api):
    answer = api.get("/Users", filter='userName eq "nobody"')

    assert 200 == answer.status
    assert {
        "schemas": [urns.LIST_RESPONSE],
        "totalResults": 0,
        "startIndex": 1,
        "itemsPerPage": 0,
        "Resources": [],
    } == answer.json


def test_a_page_tells_the_total_of_all_pages(people):
    page = people.get("/Users", startIndex=2, count=2).json

    assert ["Bob", "carol"] == [user["userName"] for user in page["Resources"]]
    assert (4, 2, 2) == (page["totalResults"], page["startIndex"], page["itemsPerPage"])


def test_a_page_of_a_filter_tells_the_total_of_its_matches(people):
    page = people.get("/Users", filter='userName co "a"', startIndex=2, count=1).json

    assert ["carol"] == [user["userName"] for user in page["Resources"]]
    assert (3, 1) == (page["totalResults"], page["itemsPerPage"])


def test_a_page_past_the_end_is_empty(people):
    page = people.get("/Users", startIndex=10**30).json

    assert ([], 4, 0) == (page["Resources"], page["totalResults"], page["itemsPerPage"])


@pytest.mark.parametrize("start", [0, -3])
def test_a_start_below_one_is_one(people, start):
    assert 1 == people.get("/Users", startIndex=start, count=1)["startIndex"]


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_of_none_tells_the_total_alone(people, count):
    page = people.get("/Users", count=count).json

    assert ([], 4) == (page["Resources"], page["totalResults"])


def test_a_count_is_bounded_by_the_server(make_api):
    api = make_api(page_size=1, max_page_size=2)
    for name in "abc":
        api.user(name)

    assert 2 == api.get("/Users", count=1000)["itemsPerPage"]
    assert 1 == api.get("/Users")["itemsPerPage"]


@pytest.mark.parametrize("name", ["startIndex", "count"])
@pytest.mark.parametrize("value", ["", "one", "1.5", "٣", "1e30"])
def test_what_is_no_integer_is_refused(people, name, value):
    assert (400, "invalidValue") == people.get("/Users", **{name: value}).error


def test_the_total_follows_creations_and_deletions(api):
    users = [api.user(name) for name in "abc"]
    api.delete(users[0])

    assert 2 == api.get("/Users")["totalResults"]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ({}, ["ada", "Bob", "carol", "Dave"]),
        ({"sortOrder": "descending"}, ["Dave", "carol", "Bob", "ada"]),
    ],
)
def test_sorting_by_text_ignores_case_where_the_attribute_does(people, order, names):
    page = people.get("/Users", sortBy="userName", **order)

    assert names == [user["userName"] for user in page["Resources"]]


def test_sorting_puts_the_unassigned_last(people):
    page = people.get("/Users", sortBy="title")

    assert ["Bob", "ada", "carol", "Dave"] == [user["userName"] for user in page["Resources"]]


def test_sorting_downwards_puts_the_unassigned_first(people):
    page = people.get("/Users", sortBy="title", sortOrder="descending")

    assert ["carol", "Dave", "ada", "Bob"] == [user["userName"] for user in page["Resources"]]


@pytest.mark.parametrize("attribute", ["meta.created", "meta.lastModified", "id", "groups.display"])
def test_sorting_by_what_is_kept_apart_works(people, attribute):
    assert 4 == people.get("/Users", sortBy=attribute)["itemsPerPage"]


def test_sorting_by_a_date_that_changes(people):
    (bob,) = people.find('userName eq "bob"')
    people.patch(f"/Users/{bob['id']}", {"op": "add", "path": "title", "value": "x"})

    page = people.get("/Users", sortBy="meta.lastModified", sortOrder="descending", count=1)

    assert "Bob" == page["Resources"][0]["userName"]


@pytest.mark.parametrize(
    "query", [{"sortBy": "colour"}, {"sortBy": "name"}, {"sortBy": "id", "sortOrder": "up"}]
)
def test_an_order_that_there_is_not_is_refused(people, query):
    assert (400, "invalidValue") == people.get("/Users", **query).error


def test_a_list_is_projected(people):
    (bob,) = people.find('userName eq "bob"', attributes="externalId")

    assert {"schemas", "id", "externalId"} == set(bob)


def test_a_list_shows_a_user_as_a_single_read_does(people):
    (bob,) = people.find('userName eq "bob"')

    assert people.get(f"/Users/{bob['id']}").json == bob


def test_a_search_message_is_answered_as_a_query_is(people):
    message = {
        "schemas": [urns.SEARCH_REQUEST],
        "filter": 'userName co "a"',
        "attributes": ["userName"],
        "sortBy": "userName",
        "sortOrder": "descending",
        "startIndex": 1,
        "count": 2,
    }

    answer = people.post("/Users/.search", message)

    assert 200 == answer.status
    assert (3, 2) == (answer["totalResults"], answer["itemsPerPage"])
    assert ["Dave", "carol"] == [user["userName"] for user in answer["Resources"]]


HUGE = [10**30, 1e30, 2**63, 10**300]


@pytest.mark.parametrize("count", HUGE)
def test_a_huge_count_is_as_many_as_there_are(people, count):
    message = {"schemas": [urns.SEARCH_REQUEST], "count": count}

    assert 4 == people.post("/Users/.search", message)["itemsPerPage"]
    assert 4 == people.get("/Users", count=int(count))["itemsPerPage"]


@pytest.mark.parametrize("start", HUGE)
def test_a_huge_start_is_past_the_end(people, start):
    message = {"schemas": [urns.SEARCH_REQUEST], "startIndex": start}
    page = people.post("/Users/.search", message).json

    assert (0, 4) == (page["itemsPerPage"], page["totalResults"])


@pytest.mark.parametrize("name", ["count", "startIndex"])
@pytest.mark.parametrize("value", [1.5, "2", "abc", True, [], {}])
def test_a_search_message_counts_in_integers(people, name, value):
    message = {"schemas": [urns.SEARCH_REQUEST], name: value}

    assert (400, "invalidValue") == people.post("/Users/.search", message).error


@pytest.mark.parametrize(("value", "count"), [(-1e30, 0), (0, 0), (2.0, 2), (None, 4)])
def test_a_search_message_has_the_bounds_of_a_query(people, value, count):
    message = {"schemas": [urns.SEARCH_REQUEST], "count": value}

    assert count == people.post("/Users/.search", message)["itemsPerPage"]


@pytest.mark.parametrize(
    ("sort_by", "first"),
    [
        ("name.givenName", "ada"),
        ("emails", "ada"),
        ("emails.value", "ada"),
        ("active", "Dave"),
        ("ACTIVE", "Dave"),
        (f"{urns.ENTERPRISE_USER}:department", "Dave"),
        (f"{urns.USER}:userName", "ada"),
        ("meta.created", "ada"),
    ],
)
def test_sorting_by_parts_and_by_full_names_works(people, sort_by, first):
    assert first == people.get("/Users", sortBy=sort_by)["Resources"][0]["userName"]


@pytest.mark.parametrize("order", ["Descending", "DESCENDING"])
def test_the_word_for_the_order_may_be_in_any_case(people, order):
    page = people.get("/Users", sortBy="userName", sortOrder=order).json

    assert "Dave" == page["Resources"][0]["userName"]


def test_a_search_message_needs_its_schema(people):
    assert (400, "invalidSyntax") == people.post("/Users/.search", {"count": 1}).error


@pytest.mark.parametrize("query", ["?", "?&", "?filter=userName+eq+%22ada%22&"])
def test_loose_ends_of_a_query_string_do_no_harm(people, query):
    assert 200 == people.get(f"/Users{query}").status


def test_a_long_filter_is_answered(people):
    filter = " or ".join(f'title eq "{number}"' for number in range(200))

    assert 200 == people.get("/Users", filter=filter).status


def test_a_filter_with_very_many_terms_is_refused(people):
    filter = " or ".join(["title pr"] * 600)

    assert (400, "invalidFilter") == people.get("/Users", filter=filter).error


@pytest.mark.parametrize("text", ["(" * 5000, "not (" * 1000, "a[" * 500])
def test_a_filter_that_is_nested_very_deep_is_refused(people, text):
    assert (400, "invalidFilter") == people.get("/Users", filter=text).error


@pytest.mark.parametrize(
    "filter", ['userName eq "a" or userName eq "b" or userName eq "c"', f'userName eq "{"a" * 90}"']
)
def test_a_filter_beyond_what_the_configuration_lets_through_is_refused(make_api, filter):
    api = make_api(max_filter_terms=2, max_filter_length=100)

    assert (400, "invalidFilter") == api.get("/Users", filter=filter).error
    assert 200 == api.get("/Users", filter='userName eq "a" or userName eq "b"').status
