"""Queries over the server root: GET on the base URL and POST /.search (RFC 7644 §3.4.2.1)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.errors import InvalidFilter
from scim_protocol.filter import And, Comparison, Not, Or, Present, ValuePath, parse_filter
from scim_protocol.matching import compile_filter

MODELS = Catalog.standard().models


@pytest.fixture(scope="module")
def world(open_api):
    """Three users and three groups, made in turn."""
    api = open_api()
    ada = api.user("ada", displayName="Ada", externalId="x1", emails=[{"value": "a@x.org"}])
    sales = api.group("Sales", ada, externalId="x1")
    bob = api.user("bob", active=False, displayName="sales")
    api.group("All", bob, sales)
    api.user("carol", **{urns.ENTERPRISE_USER: {"department": "Sales"}})
    api.group("Empty")
    return api


ORDER = ["ada", "Sales", "bob", "All", "carol", "Empty"]


def name(resource):
    return resource["userName"] if urns.USER in resource["schemas"] else resource["displayName"]


def names(page):
    return [name(resource) for resource in page["Resources"]]


@pytest.mark.parametrize("path", ["", "/", "?", "/?count=6"])
def test_the_base_url_lists_resources_of_all_types_in_the_order_of_creation(world, path):
    answer = world.get(path)

    assert [urns.LIST_RESPONSE] == answer["schemas"]
    assert (6, ORDER) == (answer["totalResults"], names(answer))


def test_the_base_url_may_be_that_of_the_host(make_api):
    api = make_api(base_path="")
    api.user("ada")

    assert ["ada"] == names(api.get("/"))
    assert ["ada"] == names(api.post("/.search", {"schemas": [urns.SEARCH_REQUEST]}))


def test_the_base_url_needs_a_token(world):
    assert 401 == world.get("/", token=None).status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_base_url_is_for_queries_alone(world, method):
    answer = world.request(method, "/", {})

    assert (405, None) == answer.error
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.headers["Allow"].split(", "))


def test_a_server_without_resources_lists_none(api):
    assert (0, []) == (api.get("/")["totalResults"], api.get("/")["Resources"])


def test_resources_are_shown_as_a_single_read_shows_them(world):
    for resource in world.get("/")["Resources"]:
        path = resource["meta"]["location"].removeprefix("http://localhost/scim/v2")
        assert resource == world.get(path).json


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ('meta.resourceType eq "User"', ["ada", "bob", "carol"]),
        ('meta.resourceType eq "Group"', ["Sales", "All", "Empty"]),
        ('(meta.resourceType eq "User") or (meta.resourceType eq "Group")', ORDER),
        ('not (meta.resourceType eq "User")', ["Sales", "All", "Empty"]),
        ('meta.resourceType eq "Robot"', []),
        ('displayName eq "sales"', ["Sales", "bob"]),
        ('externalId eq "x1"', ["ada", "Sales"]),
        ('meta.resourceType eq "Group" and externalId eq "x1"', ["Sales"]),
        ('meta.resourceType eq "Group" or externalId eq "x1"', ["ada", "Sales", "All", "Empty"]),
        # what a type lacks is unassigned in it
        ('userName eq "ADA"', ["ada"]),
        ('userName sw "b"', ["bob"]),
        ("userName pr", ["ada", "bob", "carol"]),
        ("not (userName pr)", ["Sales", "All", "Empty"]),
        ("userName eq null", ["Sales", "All", "Empty"]),
        ('userName ne "ada"', ["Sales", "bob", "All", "carol", "Empty"]),
        ("members pr", ["Sales", "All"]),
        ('emails[value eq "a@x.org"]', ["ada"]),
        ('not (emails[value eq "a@x.org"])', ORDER[1:]),
        (f'{urns.USER}:displayName eq "sales"', ["bob"]),
        (f'{urns.GROUP}:displayName eq "sales"', ["Sales"]),
        (f'{urns.ENTERPRISE_USER}:department eq "sales"', ["carol"]),
        ('userName eq "ada" or members pr', ["ada", "Sales", "All"]),
        ("active eq false", ["bob"]),
        ('active eq "False"', ["bob"]),
        # what all of them lack
        ("colour pr", []),
        ('colour eq "red"', []),
        ('colour eq "red" or userName eq "ada"', ["ada"]),
        (f'{urns.USER}:colour.shade sw "r"', []),
        ('colour[shade eq "dark"]', []),
    ],
)
def test_a_filter_takes_what_a_type_lacks_as_unassigned(world, filter, found):
    answer = world.get("/", filter=filter)

    assert 200 == answer.status, answer.text
    assert (found, len(found)) == (names(answer), answer["totalResults"])


@pytest.mark.parametrize(
    "filter",
    ["", "userName", 'password eq "x"', "active gt true", 'name eq "x"', 'emails[x eq "y"]'],
)
def test_a_filter_that_cannot_be_answered_of_a_type_is_refused(world, filter):
    assert (400, "invalidFilter") == world.get("/", filter=filter).error


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ({"sortBy": "displayName"}, ["ada", "All", "Empty", "Sales", "bob", "carol"]),
        ({"sortBy": "userName"}, ["ada", "bob", "carol", "Sales", "All", "Empty"]),
        (
            {"sortBy": "userName", "sortOrder": "descending"},
            ["Sales", "All", "Empty", "carol", "bob", "ada"],
        ),
        (
            {"sortBy": "meta.resourceType"},
            ["Sales", "All", "Empty", "ada", "bob", "carol"],
        ),
    ],
)
def test_resources_of_all_types_are_in_one_order(world, sort, order):
    assert order == names(world.get("/", **sort))


@pytest.mark.parametrize("attribute", ["colour", "password", "name"])
def test_an_order_that_no_type_has_is_refused(world, attribute):
    assert (400, "invalidValue") == world.get("/", sortBy=attribute).error


@pytest.mark.parametrize("sort", [{}, {"sortBy": "displayName"}, {"filter": "id pr"}])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_pages_by_index_make_up_the_whole(world, sort, count):
    whole = names(world.get("/", **sort))
    pages = [world.get("/", startIndex=n, count=count, **sort) for n in range(1, 7, count)]

    assert whole == [one for page in pages for one in names(page)]
    assert {6} == {page["totalResults"] for page in pages}


@pytest.mark.parametrize("sort", [{}, {"sortBy": "userName", "sortOrder": "descending"}])
def test_pages_by_cursor_make_up_the_whole(world, sort):
    whole, met, cursor = names(world.get("/", **sort)), [], ""
    while cursor is not None:
        page = world.get("/", cursor=cursor, count=2, **sort).json
        met, cursor = met + names(page), page.get("nextCursor")

    assert whole == met


def test_each_type_is_projected_by_its_own_schema(world):
    ada, sales = world.get("/", attributes="userName,members.value", count=2)["Resources"]

    assert {"schemas", "id", "userName"} == set(ada)
    assert {"schemas", "id", "members"} == set(sales)
    assert [{"value": ada["id"]}] == sales["members"]


def test_what_is_excluded_is_left_out_of_each_type(world):
    for resource in world.get("/", excludedAttributes="members,groups,meta")["Resources"]:
        assert not {"members", "groups", "meta"} & set(resource)


def test_a_search_message_is_answered_as_a_query_is(world):
    query = {"filter": "externalId pr", "sortBy": "displayName", "count": 1, "startIndex": 2}
    message = {"schemas": [urns.SEARCH_REQUEST], **query}

    answer = world.post("/.search", message)

    assert 200 == answer.status
    assert world.get("/", **query).json == answer.json
    assert (["Sales"], 2, 2) == (names(answer), answer["totalResults"], answer["startIndex"])


def test_a_search_message_takes_cursors(world):
    message = {"schemas": [urns.SEARCH_REQUEST], "count": 4}

    first = world.post("/.search", message | {"cursor": ""}).json
    second = world.post("/.search", message | {"cursor": first["nextCursor"]}).json

    assert names(first) + names(second) == ORDER


def test_a_search_message_needs_its_schema(world):
    assert (400, "invalidSyntax") == world.post("/.search", {"count": 1}).error


# --- against an oracle ---------------------------------------------------------------------------


PATHS = [
    "userName", "displayName", "externalId", "id", "emails", "emails.value", "active", "members",
    "members.value", "members.type", "groups.display", "meta.resourceType", "schemas", "colour",
    "colour.shade", f"{urns.USER}:displayName", f"{urns.GROUP}:displayName",
    f"{urns.ENTERPRISE_USER}:department",
]  # fmt: skip
LITERALS = ["ada", "Sales", "x1", "User", "Group", "a@x.org", "a", urns.USER, True, None]


def path(text):
    return parse_filter(f"{text} pr").path


def filters():
    paths = st.sampled_from(PATHS).map(path)
    compared = st.builds(
        Comparison,
        paths,
        st.sampled_from(["eq", "eq", "ne", "co", "gt"]),
        st.sampled_from(LITERALS),
    )
    inside = st.builds(
        ValuePath,
        st.sampled_from(["emails", "members", "colour"]).map(path),
        st.builds(Comparison, st.just(path("value")), st.just("eq"), st.sampled_from(LITERALS[:6])),
    )
    return st.recursive(
        compared | st.builds(Present, paths) | inside,
        lambda one: st.builds(And, one, one) | st.builds(Or, one, one) | st.builds(Not, one),
        max_leaves=5,
    )


@settings(max_examples=200, deadline=None)
@given(tree=filters())
def test_the_server_finds_what_the_filter_matches_of_either_type(world, tree):
    answer = world.get("/", filter=str(tree))

    try:
        matches = {
            kind: compile_filter(tree, model, across_types=True) for kind, model in MODELS.items()
        }
    except InvalidFilter:
        assert (400, "invalidFilter") == answer.error
    else:
        everything = world.get("/")["Resources"]
        expected = [one for one in everything if matches[one["meta"]["resourceType"]](one)]
        assert expected == answer["Resources"]
        assert len(expected) == answer["totalResults"]
