"""PATCH requests that other servers got wrong; docs/corner-cases.md has the table of all."""

import json

import pytest

from scim_protocol import urns

E = urns.ENTERPRISE_USER
NOTE = "urn:ietf:params:scim:schemas:example:2.0:Note"
WORK = {"type": "work", "value": "ada@work"}
HOME = {"type": "home", "value": "ada@home"}


def add(path, value):
    return {"op": "add", "path": path, "value": value}


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def remove(path, **more):
    return {"op": "remove", "path": path, **more}


def id_of(path):
    return path.rpartition("/")[2]


@pytest.fixture
def note(make_api, tmp_path):
    """A server whose users have `labels`, an attribute of several simple values; Ada has two."""

    def attribute(name):
        return {"name": name, "type": "string", "multiValued": True, "description": name}

    schema = {"schemas": [urns.SCHEMA], "id": NOTE, "name": "Note", "description": "Labels"}
    user = {
        "schemas": [urns.RESOURCE_TYPE],
        "id": "User",
        "name": "User",
        "endpoint": "/Users",
        "description": "Users with labels",
        "schema": urns.USER,
        "schemaExtensions": [{"schema": NOTE, "required": False}],
    }
    documents = [schema | {"attributes": [attribute("labels")]}, user]
    (tmp_path / "note.json").write_text(json.dumps(documents))
    api = make_api(schemas=str(tmp_path))
    api.ada = api.user("ada", **{NOTE: {"labels": ["red", "green"]}})
    return api


# --- what an operation is ----------------------------------------------------------------------


@pytest.mark.parametrize("op", ["replace", "Replace", "REPLACE"])
def test_an_operation_is_named_in_any_letter_case(api, op):
    answer = api.patch(api.user(), replace("title", "Countess") | {"op": op})

    assert "Countess" == answer["title"]


def test_a_strict_server_takes_operations_in_lower_case_alone(strict_api):
    change = replace("title", "Countess") | {"op": "Replace"}

    assert (400, "invalidSyntax") == strict_api.patch(strict_api.user(), change).error


@pytest.mark.parametrize("op", ["increment", "", "replaces"])
def test_an_operation_that_there_is_not_is_refused(api, op):
    change = replace("title", "Countess") | {"op": op}

    assert (400, "invalidSyntax") == api.patch(api.user(), change).error


def test_a_patch_without_operations_is_refused(api):
    assert (400, "invalidSyntax") == api.patch(api.user()).error


@pytest.mark.parametrize("op", ["add", "replace", "remove"])
@pytest.mark.parametrize("path", ["colour", "name.colour", f"{E}:colour", "urn:example:User:title"])
def test_a_path_that_names_nothing_is_refused_and_never_ignored(api, op, path):
    change = {"op": op, "path": path} | ({} if op == "remove" else {"value": "red"})

    assert (400, "invalidPath") == api.patch(api.user(), change).error


# --- removals with a value ---------------------------------------------------------------------

OTHERS = {
    "a list of one who is no member": [{"value": "somebody"}],
    "one who is no member, without a list": {"value": "somebody"},
    "the bare id of one who is no member": "somebody",
    "an empty list": [],
    "an empty object": {},
    "a list of nothing": [None],
    "a member without its id": [{"display": "somebody"}],
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_removal_with_a_value_never_takes_who_is_not_in_it(api, name):
    ada = api.user()
    group = api.group("Sales", ada)

    api.patch(group, remove("members", value=OTHERS[name]))

    assert {ada} == api.members(group)


def test_a_removal_of_a_listed_value_leaves_the_same_value_of_another_type(api):
    same = [{"type": kind, "value": "ada@x.org"} for kind in ("work", "home")]
    ada = api.user(emails=same)

    answer = api.patch(ada, remove("emails", value=[same[0]]))

    assert [same[1]] == answer["emails"]


def test_a_removal_of_a_listed_value_takes_none_of_another_type(api):
    ada = api.user(emails=[WORK])

    api.patch(ada, remove("emails", value=[WORK | {"type": "home"}]))

    assert [WORK] == api.get(ada)["emails"]


def test_a_removal_of_a_listed_value_without_a_type_takes_it_of_any(api):
    ada = api.user(emails=[WORK, HOME])

    assert [HOME] == api.patch(ada, remove("emails", value=[{"value": "ada@work"}]))["emails"]


@pytest.mark.parametrize("strict", [False, True])
def test_a_member_is_removed_by_its_url(make_api, strict):
    api = make_api(strict=strict)
    ada, bob = api.user(), api.user("bob")
    group = api.group("Sales", ada, bob)

    api.patch(group, remove(f'members[$ref eq "http://localhost/scim/v2{ada}"]'))

    assert {bob} == api.members(group)


# --- value paths -------------------------------------------------------------------------------


def test_an_addition_to_a_value_that_is_not_there_creates_it_with_its_type(api):
    answer = api.patch(api.user(), add('emails[type eq "work"].value', "ada@work"))

    assert [WORK] == answer["emails"]


def test_an_addition_to_a_value_that_is_not_there_may_say_its_type_in_any_letter_case(api):
    change = add('emails[type eq "work"]', {"TYPE": "work", "VALUE": "ada@work"})

    assert [WORK] == api.patch(api.user(), change)["emails"]


def test_a_strict_server_finds_no_target_for_an_addition_to_a_value_that_is_not_there(strict_api):
    change = add('emails[type eq "work"].value', "ada@work")

    assert (400, "noTarget") == strict_api.patch(strict_api.user(), change).error


@pytest.mark.parametrize("op", ["add", "replace"])
def test_three_changes_of_one_value_that_is_not_there_create_one_value(api, op):
    parts = {"locality": "London", "region": "Greater London", "country": "GB"}
    changes = [
        {"op": op, "path": f'addresses[type eq "work"].{name}', "value": value}
        for name, value in parts.items()
    ]

    assert [{"type": "work", **parts}] == api.patch(api.user(), *changes)["addresses"]


@pytest.mark.parametrize(
    ("path", "value"),
    [('emails[type eq "work"]', WORK | {"value": "new"}), ('emails[type eq "work"].value', "new")],
)
def test_a_replacement_of_one_value_leaves_the_others(api, path, value):
    other = {"type": "other", "value": "ada@other"}
    ada = api.user(emails=[HOME, WORK, other])

    answer = api.patch(ada, replace(path, value))

    assert [HOME, WORK | {"value": "new"}, other] == answer["emails"]


def test_a_value_of_several_words_and_lines_is_kept_whole(api):
    ada = api.user(addresses=[{"type": "work", "streetAddress": "old"}])
    street = "100 Universal City Plaza,\nBuilding 5 (rear)"

    answer = api.patch(ada, replace('addresses[type eq "work"].streetAddress', street))

    assert [{"type": "work", "streetAddress": street}] == answer["addresses"]


@pytest.mark.parametrize("text", ["a.b.c", "urn:x:2.0:User", "a]b[c", 'a"b', "a and b", "(a)"])
def test_what_is_quoted_in_a_path_is_no_syntax(api, text):
    ada = api.user(roles=[{"value": text}, {"value": "other"}])

    answer = api.patch(ada, replace(f"roles[value eq {json.dumps(text)}].display", "x"))

    assert [{"value": text, "display": "x"}, {"value": "other"}] == answer["roles"]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("value", "new"), [({"display": "x"}, {"display": "x"}), ({}, {})])
def test_an_addition_to_a_chosen_value_takes_nothing_from_it(make_api, strict, value, new):
    api = make_api(strict=strict)
    work = WORK | {"primary": True}
    ada = api.user(emails=[work, HOME])

    answer = api.patch(ada, add('emails[type eq "work"]', value))

    assert [work | new, HOME] == answer["emails"]


def test_an_addition_is_merged_into_each_value_that_is_chosen(api):
    ada = api.user(emails=[WORK, HOME])

    answer = api.patch(ada, add("emails[value pr]", {"display": "x"}))

    assert [WORK | {"display": "x"}, HOME | {"display": "x"}] == answer["emails"]


def test_an_addition_may_have_a_value_path(api):
    ada = api.user(emails=[WORK, HOME])

    answer = api.patch(ada, add('emails[type eq "home"].display', "At home"))

    assert [WORK, HOME | {"display": "At home"}] == answer["emails"]


def test_a_qualified_path_may_have_a_filter_behind_the_dot_of_its_version(api):
    ada = api.user(emails=[WORK, HOME])

    answer = api.patch(ada, replace(f'{urns.USER}:emails[value eq "ada@work"].display', "x"))

    assert [WORK | {"display": "x"}, HOME] == answer["emails"]


@pytest.mark.parametrize("path", ["title", "name.givenName", "emails"])
def test_a_core_attribute_may_be_qualified_in_a_path(api, path):
    value = [WORK] if path == "emails" else "x"
    bare, qualified = api.user("bare"), api.user("qualified")
    name = path.partition(".")[0]

    api.patch(bare, add(path, value))
    api.patch(qualified, add(f"{urns.USER}:{path}", value))

    assert api.get(bare)[name] == api.get(qualified)[name]


def test_a_path_may_compare_a_boolean_with_text(api):
    roles = [{"value": "a", "primary": True}, {"value": "b"}]

    answer = api.patch(api.user(roles=roles), replace('roles[primary eq "True"].display', "x"))

    assert [roles[0] | {"display": "x"}, roles[1]] == answer["roles"]


def test_a_strict_server_refuses_a_path_that_compares_a_boolean_with_text(strict_api):
    ada = strict_api.user(roles=[{"value": "a", "primary": True}])
    change = replace('roles[primary eq "True"].display', "x")

    assert (400, "invalidFilter") == strict_api.patch(ada, change).error


# --- extensions --------------------------------------------------------------------------------


def test_an_extension_in_a_value_without_a_path_is_merged_and_named_in_schemas(api):
    ada = api.user(**{E: {"department": "Sums", "costCenter": "1"}})
    bob = api.user("bob")
    change = {"op": "add", "value": {E: {"department": "R&D"}}}

    assert {"department": "R&D", "costCenter": "1"} == api.patch(ada, change)[E]
    assert [urns.USER, E] == api.patch(bob, change)["schemas"]


def test_keys_of_a_value_without_a_path_may_be_paths(api):
    ada = api.user(name={"familyName": "Byron"})
    value = {"name.givenName": "Ada", f"{E}:employeeNumber": "17"}

    answer = api.patch(ada, {"op": "replace", "value": value})

    assert {"familyName": "Byron", "givenName": "Ada"} == answer["name"]
    assert {"employeeNumber": "17"} == answer[E]


def test_a_strict_server_refuses_a_dotted_key_and_never_drops_it(strict_api):
    change = {"op": "replace", "value": {"name.givenName": "Ada"}}

    assert (400, "invalidPath") == strict_api.patch(strict_api.user(), change).error


def test_a_strict_server_refuses_a_manager_that_is_text(strict_api):
    change = add(f"{E}:manager", "42")

    assert (400, "invalidValue") == strict_api.patch(strict_api.user(), change).error


@pytest.mark.parametrize(
    ("path", "value"),
    [(f"{E}:manager", {"value": "2"}), (f"{E}:manager", "2"), (f"{E}:manager.value", "2")],
)
def test_a_manager_is_shown_as_an_object_in_its_extension(api, path, value):
    ada = api.user(**{E: {"manager": {"value": "1"}}})

    answer = api.patch(ada, replace(path, value))

    assert {"manager": {"value": "2"}} == answer[E]
    assert "manager" not in answer.json


def test_a_role_keeps_json_in_its_value_as_the_text_that_it_is(api):
    text = json.dumps({"id": "18d1", "value": "WindowsAzure", "displayName": "Admin"})
    role = {"primary": "False", "type": "WindowsAzureActiveDirectoryRole", "value": text}

    answer = api.patch(api.user(), add("roles", [role]))

    assert [role | {"primary": False}] == answer["roles"]


# --- lists -------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["blue", ["blue"], ["blue", "red"]])
def test_an_addition_to_several_simple_values_appends(note, value):
    answer = note.patch(note.ada, add(f"{NOTE}:labels", value))

    assert ["red", "green", "blue"] == answer[NOTE]["labels"]


def test_an_addition_to_several_values_appends(api):
    assert [WORK, HOME] == api.patch(api.user(emails=[WORK]), add("emails", [HOME]))["emails"]


def test_a_filtered_removal_from_several_simple_values_takes_what_matches(note):
    answer = note.patch(note.ada, remove(f'{NOTE}:labels[value eq "red"]'))

    assert ["green"] == answer[NOTE]["labels"]


def test_a_filtered_removal_takes_what_matches(api):
    ada = api.user(emails=[WORK, HOME])

    assert [HOME] == api.patch(ada, remove('emails[type eq "work"]'))["emails"]


@pytest.mark.parametrize("number", [1, 101, 250])
def test_a_patch_of_a_group_larger_than_a_page_loses_no_member(make_api, number):
    api = make_api(page_size=1, max_page_size=100)
    users = [api.user(f"user{n}") for n in range(number)]
    group, late = api.group("Sales", *users), api.user("late")

    api.patch(group, add("members", [{"value": id_of(late)}]), replace("displayName", "EMEA"))

    assert {*users, late} == api.members(group)


def test_a_value_added_without_primary_is_not_primary(api):
    assert [WORK] == api.patch(api.user(), add("emails", [WORK]))["emails"]


@pytest.mark.parametrize("path", ["emails", None])
def test_a_patch_leaves_one_primary_value(api, path):
    ada = api.user(emails=[WORK | {"primary": True}])
    new = [HOME | {"primary": True}]
    change = add(path, new) if path else {"op": "add", "value": {"emails": new}}

    emails = api.patch(ada, change)["emails"]

    assert ["ada@home"] == [email["value"] for email in emails if email.get("primary")]


def test_values_that_come_to_differ_only_in_being_primary_become_one(api):
    ada = api.user(emails=[{"value": "a", "type": "work"}, {"value": "a", "primary": True}])

    answer = api.patch(ada, replace("emails.type", "work"))

    assert [{"value": "a", "type": "work", "primary": True}] == answer["emails"]


def test_an_added_value_that_differs_only_in_being_primary_is_no_other(api):
    ada = api.user(emails=[{"type": "work"}])

    answer = api.patch(ada, add("emails", [{"type": "work", "primary": True}]))

    assert [{"type": "work", "primary": True}] == answer["emails"]


def test_a_primary_value_may_be_added_in_two_parts(api):
    parts = [{"value": "a"}, {"value": "a", "display": "A", "primary": True}]

    answer = api.patch(api.user(), add("emails", parts))

    assert [{"value": "a", "display": "A", "primary": True}] == answer["emails"]


@pytest.mark.parametrize("order", [1, -1])
def test_adding_the_one_of_two_alike_that_is_there_changes_nothing(api, order):
    alike = [WORK | {"display": "Ada"}, WORK][::order]
    ada = api.user(emails=alike)

    assert alike == api.patch(ada, add("emails", [WORK | {"display": "Ada"}]))["emails"]
