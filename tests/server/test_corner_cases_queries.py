"""Filters, pages and projections that other servers got wrong; docs/corner-cases.md has the table
of all."""

import pytest

from scim_protocol import urns

E = urns.ENTERPRISE_USER
FUTURE, PAST = "2999-01-01T00:00:00Z", "2000-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def people(open_api):
    """Users of whom some are called like operators, and groups, one in the other."""
    api = open_api()
    api.user("ada", title="Countess", active=True, displayName="Ada B", externalId="e1")
    api.user("or", name={"familyName": "OR"}, active=False, emails=[{"value": "or@x"}])
    api.user("and", name={"familyName": "AND"}, roles=[{"value": "r", "primary": True}])
    eve = {"department": "Sums", "manager": {"value": "boss"}}
    member = api.user("eve", title="Earl", displayName="Eve", emails=[{"type": "work"}], **{E: eve})
    sales = api.group("Sales", member, externalId="g1")
    api.group("All", sales)
    return api


def check(people, filters, text):
    assert filters[text] == people.names(text)


# --- the grammar -------------------------------------------------------------------------------

GROUPED = {
    'not(userName eq "ada")': ["or", "and", "eve"],
    "not(title pr)": ["or", "and"],
    'title pr and userName sw "a" and active eq true or userName eq "or"': ["ada", "or"],
    'userName eq "or" or title pr and userName sw "a" and active eq true': ["ada", "or"],
    '(userName eq "or" or userName eq "ada") and title pr': ["ada"],
    '(userName eq "ada" or userName eq "or") and title pr': ["ada"],
    'title pr and (userName eq "or" or userName eq "ada")': ["ada"],
    '((userName eq "or") or (userName eq "ada")) and not (active eq false)': ["ada"],
    'not (title pr) and userName eq "or"': ["or"],
    'not (title pr) or userName eq "ada"': ["ada", "or", "and"],
    'not (title pr and active eq true) and title pr': ["eve"],
}  # fmt: skip


@pytest.mark.parametrize("text", GROUPED)
def test_operators_bind_as_the_rfc_has_it_and_groups_before_them(people, text):
    check(people, GROUPED, text)


ANY_CASE = {
    'title pr AND userName eq "eve"': ["eve"],
    'userName eq "ada" OR userName eq "eve"': ["ada", "eve"],
    'userName eq "or" Or NOT (title pr)': ["or", "and"],
    'USERNAME EQ "ada"': ["ada"],
    'username Eq "ada" And TITLE PR': ["ada"],
    'EMAILS[TYPE EQ "work"]': ["eve"],
    'Name.FamilyName eq "and"': ["and"],
}


@pytest.mark.parametrize("text", ANY_CASE)
def test_operators_and_attributes_are_read_in_any_letter_case(people, text):
    check(people, ANY_CASE, text)


@pytest.mark.parametrize("word", ["OR", "AND", "or", "and"])
def test_a_quoted_word_is_a_value_whatever_it_says(people, word):
    assert [word.lower()] == people.names(f'name.familyName eq "{word}"')
    assert [word.lower()] == people.names(f'name.familyName eq "{word}" and userName pr')


@pytest.mark.parametrize("operator", ["eq", "sw", "co", "ew"])
def test_a_display_name_is_compared_in_any_letter_case(people, operator):
    assert ["ada"] == people.names(f'displayName {operator} "aDA b"')


TYPED = {
    "emails.value eq null": ["ada", "and", "eve"],
    "emails[primary eq false]": ["or", "eve"],
    "roles[primary eq true]": ["and"],
    f'meta.lastModified ge "{PAST}"': ["ada", "or", "and", "eve"],
    f'meta.lastModified ge "{FUTURE}"': [],
    f'meta.lastModified lt "{FUTURE}" and active eq false': ["or"],
}


@pytest.mark.parametrize("text", TYPED)
def test_null_booleans_and_dates_are_compared_as_what_they_are(people, text):
    check(people, TYPED, text)


def test_a_boolean_compared_with_text_is_meant_as_a_boolean(people):
    assert ["and"] == people.names('roles[primary eq "True"]')


def test_a_strict_server_refuses_to_compare_a_boolean_with_text(strict_api):
    answer = strict_api.get("/Users", filter='roles[primary eq "True"]')

    assert (400, "invalidFilter") == answer.error


@pytest.mark.parametrize(
    "text",
    [
        'active eq true and userName eq "nobody"',
        'userName eq "nobody" and active eq true',
        'title pr and title pr and userName eq "nobody"',
        'active eq true and not (userName eq "ada")',
    ],
)
def test_every_clause_of_a_filter_counts(people, text):
    assert [] == people.names(text)


@pytest.mark.parametrize(
    "text",
    ['userName eq "ada" and', 'userName eq "ada" junk', 'userName eq "ada" title pr', "userName=x"],
)
@pytest.mark.parametrize("path", ["/Users", "/Groups", "/"])
def test_a_filter_that_cannot_be_read_whole_is_refused_and_never_widened(people, path, text):
    assert (400, "invalidFilter") == people.get(path, filter=text).error


@pytest.mark.parametrize("text", ["externalId eq e1", "userName eq ada", "userName sw O"])
def test_a_value_without_quotes_is_refused_by_any_server(people, strict_api, text):
    assert (400, "invalidFilter") == people.get("/Users", filter=text).error
    assert (400, "invalidFilter") == strict_api.get("/Users", filter=text).error


@pytest.mark.parametrize("operator", ["xx", "gte", "like", "=", "equals", "eqq", "regex"])
@pytest.mark.parametrize("path", ["/Users", "/Groups"])
def test_an_operator_that_there_is_not_is_an_invalid_filter(people, path, operator):
    answer = people.get(path, filter=f'displayName {operator} "x"')

    assert (400, "invalidFilter") == answer.error


@pytest.mark.parametrize("operator", ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"])
def test_every_operator_of_the_rfc_is_answered(people, operator):
    assert 200 == people.get("/Users", filter=f'title {operator} "x"').status


# --- which resources ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "text", "total"),
    [
        ("/Users", 'externalId eq "e1"', 1),
        ("/Users", 'externalId eq "g1"', 0),
        ("/Groups", 'externalId eq "g1"', 1),
        ("/Groups", 'externalId eq "e1"', 0),
        ("/Groups", 'displayName eq "sales"', 1),
        ("/Groups", 'displayName eq "Sale"', 0),
        ("/Groups", 'displayName eq "Sales" and externalId eq "none"', 0),
    ],
)
def test_a_filter_finds_what_matches_and_no_more(people, path, text, total):
    assert total == people.get(path, filter=text)["totalResults"]


@pytest.mark.parametrize(
    "text",
    [f'{E}:department eq "sums"', f'{E}:manager.value eq "boss"', f"{E}:department pr"],
)
def test_users_are_found_by_attributes_of_an_extension(people, text):
    assert ["eve"] == people.names(text)


@pytest.mark.parametrize("name", ["userName", "name.familyName", "emails.value"])
def test_a_core_attribute_may_be_qualified_in_a_filter(people, name):
    bare = people.names(f'{name} sw "o"')

    assert ["or"] == bare == people.names(f'{urns.USER}:{name} sw "o"')


@pytest.mark.parametrize("name", ["urn:example:User:userName", f"{urns.GROUP}:userName"])
def test_an_unknown_urn_in_a_filter_is_refused(people, name):
    assert (400, "invalidFilter") == people.get("/Users", filter=f'{name} eq "ada"').error


@pytest.mark.parametrize("path", ["/Users", "/"])
def test_a_resource_that_matches_in_several_ways_is_counted_once(api, path):
    same = "ada@x.org"
    api.user(same, emails=[{"value": same, "type": "work"}, {"value": same, "type": "home"}])

    answer = api.get(path, filter=f'userName eq "{same}" or emails.value eq "{same}"').json

    assert (1, 1, 1) == (answer["totalResults"], answer["itemsPerPage"], len(answer["Resources"]))


# --- pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "count", "number"), [(1, 100, 4), (3, 100, 2), (1, 3, 3), (9, 2, 0)]
)
def test_items_per_page_is_the_number_that_came(people, start, count, number):
    answer = people.get("/Users", startIndex=start, count=count).json

    assert (number, number) == (answer["itemsPerPage"], len(answer["Resources"]))


@pytest.mark.parametrize("count", [0, 1, 2, 9])
def test_a_page_of_groups_is_as_long_as_was_asked_for(people, count):
    answer = people.get("/Groups", count=count).json

    assert (2, min(count, 2)) == (answer["totalResults"], len(answer["Resources"]))


# --- projections -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["members", "MEMBERS", f"{urns.GROUP}:members"])
def test_a_list_of_groups_leaves_out_its_members_on_request(people, name):
    shown = people.find("members pr", "/Groups", excludedAttributes=name)

    assert ["Sales", "All"] == [group["displayName"] for group in shown]
    assert [] == [group for group in shown if "members" in group]


def test_leaving_out_an_attribute_leaves_the_extensions_in(people):
    (eve,) = people.find('userName eq "eve"', excludedAttributes="title")

    assert "title" not in eve
    assert {"department": "Sums", "manager": {"value": "boss"}} == eve[E]


def test_leaving_out_an_attribute_of_an_extension_leaves_its_others_in(people):
    (eve,) = people.find('userName eq "eve"', excludedAttributes=f"{E}:department")

    assert {"manager": {"value": "boss"}} == eve[E]
    assert "Earl" == eve["title"]
