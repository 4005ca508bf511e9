"""Where the text of the RFCs leaves it open: what docs/supported.md says was chosen."""

import pytest

from scim_protocol import urns

E = urns.ENTERPRISE_USER
MANAGER = f"{E}:manager"
WORK = {"type": "work", "value": "ada@work", "display": "Ada"}
HOME = {"type": "home", "value": "ada@home"}


@pytest.fixture(params=[False, True], ids=["lenient", "strict"])
def any_api(request, make_api):
    """A server of either kind: what is chosen here holds for both."""
    return make_api(strict=request.param)


def add(path, value):
    return {"op": "add", "path": path, "value": value}


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def remove(path):
    return {"op": "remove", "path": path}


@pytest.mark.parametrize("op", ["add", "replace"])
def test_a_change_of_a_complex_value_is_merged(any_api, op):
    ada = any_api.user(name={"givenName": "Ada", "familyName": "Byron"})
    change = {"op": op, "path": "name", "value": {"familyName": "King"}}

    assert {"givenName": "Ada", "familyName": "King"} == any_api.patch(ada, change)["name"]


def test_a_replacement_of_a_chosen_value_keeps_what_the_filter_says_and_no_more(any_api):
    ada = any_api.user(emails=[WORK, HOME])

    answer = any_api.patch(ada, replace('emails[type eq "work"]', {"value": "new"}))

    assert [{"type": "work", "value": "new"}, HOME] == answer["emails"]


@pytest.mark.parametrize("path", ['emails[type eq "other"]', 'emails[type eq "other"].display'])
def test_a_removal_of_chosen_values_that_are_not_there_has_no_target(any_api, path):
    assert (400, "noTarget") == any_api.patch(any_api.user(emails=[HOME]), remove(path)).error


@pytest.mark.parametrize("path", ["title", "emails", "name.givenName", "emails.value", MANAGER])
def test_a_removal_of_an_attribute_that_is_not_there_changes_nothing(any_api, path):
    ada = any_api.user()
    before = any_api.get(ada).json

    assert before == any_api.patch(ada, remove(path)).json


def test_a_part_of_a_list_without_a_filter_is_that_of_each_value(any_api):
    answer = any_api.patch(any_api.user(emails=[WORK, HOME]), replace("emails.display", "x"))

    assert ["x", "x"] == [email["display"] for email in answer["emails"]]


@pytest.mark.parametrize("op", ["add", "replace"])
def test_a_part_of_a_list_without_values_has_no_target(any_api, op):
    change = {"op": op, "path": "emails.display", "value": "x"}

    assert (400, "noTarget") == any_api.patch(any_api.user(), change).error


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('title ne "x"', ["ada"]),
        ('title ne "countess"', ["ada", "bob"]),
        ("title eq null", ["ada"]),
        ("title ne null", ["bob"]),
        ('title gt "a"', ["bob"]),
        ('title  eq   "x"', ["bob"]),
        (' ( title  eq "x" ) ', ["bob"]),
    ],
)
def test_what_is_unassigned_is_compared_as_null_and_spaces_count_once(any_api, text, names):
    any_api.user("ada")
    any_api.user("bob", title="x")

    assert names == any_api.names(text)


def test_a_structural_fault_of_a_patch_is_invalid_syntax(any_api):
    assert (400, "invalidSyntax") == any_api.patch(any_api.user(), {"path": "title"}).error


def test_the_urn_of_an_extension_leaves_schemas_with_its_last_attribute(any_api):
    ada = any_api.user(**{E: {"department": "Sums", "costCenter": "1"}})

    one = any_api.patch(ada, remove(f"{E}:department"))["schemas"]
    none = any_api.patch(ada, remove(f"{E}:costCenter"))["schemas"]

    assert ([urns.USER, E], [urns.USER]) == (one, none)


def test_a_group_needs_a_display_name_and_its_schema_says_so(any_api):
    attributes = any_api.get(f"/Schemas/{urns.GROUP}")["attributes"]
    (name,) = (one for one in attributes if one["name"] == "displayName")

    assert name["required"] is True
    assert (400, "invalidValue") == any_api.post("/Groups", {"schemas": [urns.GROUP]}).error


def test_a_member_has_a_display_and_its_schema_says_so(any_api):
    ada = any_api.user().rpartition("/")[2]
    group = any_api.group("Sales", members=[{"value": ada, "display": "Ada"}])
    attributes = any_api.get(f"/Schemas/{urns.GROUP}")["attributes"]
    (members,) = (one for one in attributes if one["name"] == "members")

    assert "Ada" == any_api.get(group)["members"][0]["display"]
    assert "display" in [sub["name"] for sub in members["subAttributes"]]


def test_a_reference_may_be_named_in_filters_paths_and_projections(any_api):
    ada = any_api.user("ada")
    group, url = any_api.group("Sales", ada), f"http://localhost/scim/v2{ada}"

    assert 1 == len(any_api.find(f'members.$ref eq "{url}"', "/Groups"))
    assert [{"$ref": url}] == any_api.get(group, attributes="members.$ref")["members"]
    assert 204 == any_api.patch(group, remove(f'members[$ref ew "{ada}"]')).status
    assert set() == any_api.members(group)
