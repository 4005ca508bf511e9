"""Groups: members, nesting, and what a change of them costs (RFC 7643 §4.1.2, §4.2)."""

import pytest

from scim_protocol import urns

GROUP = {"schemas": [urns.GROUP], "displayName": "Everyone"}


def id_of(path):
    return path.rpartition("/")[2]


def add(*paths):
    return {"op": "add", "path": "members", "value": [{"value": id_of(path)} for path in paths]}


def remove(path):
    return {"op": "remove", "path": f'members[value eq "{id_of(path)}"]'}


def remove_by(filter):
    return {"op": "remove", "path": f"members[{filter}]"}


def replace_by(members):
    return {"op": "replace", "path": "members", "value": members}


def groups_of(api, user):
    return {g["display"]: g["type"] for g in api.get(user).json.get("groups", [])}


@pytest.fixture
def ada(api):
    return api.user("ada")


@pytest.fixture
def bob(api):
    return api.user("bob")


def test_a_member_is_shown_with_its_type_and_url(api, ada):
    (member,) = api.get(api.group("Sales", ada))["members"]

    url = f"http://localhost/scim/v2{ada}"
    assert {"value": id_of(ada), "type": "User", "$ref": url, "display": "ada"} == member


def test_a_member_without_a_display_is_shown_by_its_own_name(api, ada):
    bob, nested = api.user("bob", displayName="Bob B."), api.group("Nested")

    members = api.get(api.group("Sales", ada, bob, nested))["members"]

    assert ["Bob B.", "Nested", "ada"] == sorted(member["display"] for member in members)


def test_the_name_that_a_member_is_shown_by_is_the_one_it_has_now(api, ada):
    group = api.group("Sales", ada)

    api.patch(ada, {"op": "add", "path": "displayName", "value": "Ada L."})

    assert "Ada L." == api.get(group)["members"][0]["display"]


def test_putting_back_a_group_as_it_was_read_keeps_no_name_of_a_member(api, ada):
    group = api.group("Sales", ada)
    body = api.get(group).json

    assert 'W/"1"' == api.put(group, body).headers["ETag"]

    api.patch(ada, {"op": "add", "path": "displayName", "value": "Ada L."})
    assert "Ada L." == api.get(group)["members"][0]["display"]


def test_filters_find_members_by_the_name_that_they_are_shown_by(api, ada, bob):
    sales = api.group("Sales", members=[{"value": id_of(ada), "display": "boss"}])
    support = api.group("Support", ada, bob)

    api.patch(support, remove_by('display eq "ada"'))

    found = api.find('members.display eq "boss"', "/Groups")
    assert [id_of(sales)] == [group["id"] for group in found]
    assert {bob} == api.members(support)


def test_the_display_of_a_member_is_kept_as_sent(api, ada):
    group = api.group("Sales", members=[{"value": id_of(ada), "display": "Ada B."}])

    assert "Ada B." == api.get(group)["members"][0]["display"]


def test_the_type_of_a_member_is_what_it_is_whatever_was_sent(api, ada):
    group = api.group("Sales", members=[{"value": id_of(ada), "type": "Group"}])

    assert "User" == api.get(group)["members"][0]["type"]


@pytest.mark.parametrize("kind", ["Group", "group", "direct"])
@pytest.mark.parametrize(
    "send",
    [
        lambda api, _, members: api.post("/Groups", GROUP | {"members": members}),
        lambda api, group, members: api.put(group, GROUP | {"members": members}),
        lambda api, group, members: api.patch(group, replace_by(members)),
        lambda api, group, members: api.patch(group, replace_by(members) | {"op": "add"}),
    ],
)
def test_a_strict_server_refuses_a_member_of_another_type_than_it_is(strict_api, send, kind):
    member, group = {"value": id_of(strict_api.user())}, strict_api.group("Sales")

    assert (400, "invalidValue") == send(strict_api, group, [member | {"type": kind}]).error
    assert send(strict_api, group, [member | {"type": "user"}]).status < 300


def test_a_patch_of_a_group_answers_204_without_a_body(api, ada):
    answer = api.patch(api.group("Sales"), add(ada))

    assert (204, "") == (answer.status, answer.text)


def test_a_patch_of_a_group_tells_where_the_group_is(api, ada):
    group = api.group("Sales")

    answer = api.patch(group, {"op": "add", "path": "members", "value": [{"value": ada[7:]}]})

    assert api.get(group)["meta"]["location"] == answer.headers["Location"]


def test_a_patch_of_a_group_answers_with_the_attributes_that_are_asked_for(api, ada):
    answer = api.patch(api.group("Sales"), add(ada), attributes="displayName")

    assert (200, "Sales") == (answer.status, answer["displayName"])


def test_members_are_added(api, ada, bob):
    group = api.group("Sales", ada)

    api.patch(group, add(bob))

    assert {ada, bob} == api.members(group)


def test_a_member_added_twice_is_a_member_once(api, ada):
    group = api.group("Sales", ada)

    answer = api.patch(group, add(ada, ada))

    assert 204 == answer.status
    assert 1 == len(api.get(group)["members"])


def test_adding_who_is_a_member_makes_no_new_version(api, ada):
    group = api.group("Sales", ada)

    assert 'W/"1"' == api.patch(group, add(ada)).headers["ETag"]


def test_a_member_added_again_gets_the_display_that_it_lacks(api, ada):
    group = api.group("Sales", ada)
    again = [{"value": id_of(ada), "display": "Ada B."}]

    answer = api.patch(group, replace_by(again) | {"op": "add"})

    assert 'W/"2"' == answer.headers["ETag"]
    assert "Ada B." == api.get(group)["members"][0]["display"]


def test_a_member_added_again_keeps_the_display_that_it_has_as_it_is_immutable(api, ada):
    group = api.group("Sales", members=[{"value": id_of(ada), "display": "Ada B."}])
    again = [{"value": id_of(ada), "display": "Somebody"}]

    answer = api.patch(group, replace_by(again) | {"op": "add"})

    assert 'W/"1"' == answer.headers["ETag"]
    assert "Ada B." == api.get(group)["members"][0]["display"]


def test_a_change_of_members_makes_a_new_version(api, ada):
    group = api.group("Sales")

    api.patch(group, add(ada))

    assert 'W/"2"' == api.get(group)["meta"]["version"]


def test_a_member_is_removed_by_its_value(api, ada, bob):
    group = api.group("Sales", ada, bob)

    api.patch(group, remove(ada))

    assert {bob} == api.members(group)


def test_members_are_removed_by_a_filter_of_several_values(api, ada, bob):
    eve = api.user("eve")
    group = api.group("Sales", ada, bob, eve)
    path = f'members[value eq "{id_of(ada)}" or value eq "{id_of(bob)}"]'

    api.patch(group, {"op": "remove", "path": path})

    assert {eve} == api.members(group)


def test_members_are_removed_by_a_list_as_entra_id_sends_it(api, ada, bob):
    group = api.group("Sales", ada, bob)
    operation = {
        "op": "Remove",
        "path": "members",
        "value": [{"$ref": None, "value": id_of(ada)}],
    }

    assert 204 == api.patch(group, operation).status
    assert {bob} == api.members(group)


def test_a_strict_server_refuses_a_removal_with_a_list(strict_api):
    ada = strict_api.user("ada")
    group = strict_api.group("Sales", ada)
    operation = {"op": "remove", "path": "members", "value": [{"value": id_of(ada)}]}

    assert (400, "invalidValue") == strict_api.patch(group, operation).error
    assert {ada} == strict_api.members(group)


def test_removing_who_is_no_member_succeeds(api, ada, bob):
    group = api.group("Sales", ada)

    answer = api.patch(group, remove(bob))

    assert 204 == answer.status
    assert 'W/"1"' == answer.headers["ETag"]


def test_removing_who_is_no_member_succeeds_on_a_strict_server_too(strict_api):
    answer = strict_api.patch(strict_api.group("Sales"), remove("/Users/x"))

    assert (204, 'W/"1"') == (answer.status, answer.headers["ETag"])


@pytest.mark.parametrize("strict", [False, True])
def test_removing_what_is_no_value_of_another_attribute_has_no_target(make_api, strict):
    api = make_api(strict=strict)
    removal = {"op": "remove", "path": 'emails[type eq "work"]'}

    assert (400, "noTarget") == api.patch(api.user(), removal).error


def test_all_members_are_removed_by_the_path_alone(api, ada, bob):
    group = api.group("Sales", ada, bob)

    api.patch(group, {"op": "remove", "path": "members"})

    assert set() == api.members(group)


def test_members_are_replaced(api, ada, bob):
    group = api.group("Sales", ada)

    api.patch(group, {"op": "replace", "path": "members", "value": [{"value": id_of(bob)}]})

    assert {bob} == api.members(group)


def test_members_are_replaced_by_none(api, ada):
    group = api.group("Sales", ada)

    api.patch(group, {"op": "replace", "path": "members", "value": []})

    assert set() == api.members(group)


def test_a_value_without_a_path_carries_members_and_other_attributes(api, ada, bob):
    group = api.group("Sales", ada)
    value = {"displayName": "Sales EU", "members": [{"value": id_of(bob)}]}

    api.patch(group, {"op": "add", "value": value})

    assert {ada, bob} == api.members(group)
    assert "Sales EU" == api.get(group)["displayName"]


def test_a_value_without_a_path_is_taken_apart_by_a_strict_server_too(strict_api):
    ada = strict_api.user("ada")
    group = strict_api.group("Sales")
    value = {"displayName": "Sales EU", "members": [{"value": id_of(ada)}]}

    strict_api.patch(group, {"op": "add", "value": value})

    assert {ada} == strict_api.members(group)


def test_a_rename_leaves_the_members(api, ada):
    group = api.group("Sales", ada)

    api.patch(group, {"op": "replace", "value": {"displayName": "Sales EU"}})

    assert {ada} == api.members(group)


def test_operations_on_members_happen_in_their_order(api, ada, bob):
    group = api.group("Sales")

    api.patch(group, add(ada, bob), remove(ada))

    assert {bob} == api.members(group)


@pytest.mark.parametrize(
    "operations",
    [
        lambda ada, bob: [add(bob), remove(bob)],
        lambda ada, bob: [remove(ada), add(ada)],
        lambda ada, bob: [add(bob), remove(ada), add(ada), remove(bob)],
        lambda ada, bob: [remove_by(f'value eq "{id_of(ada)}" and type eq "User"'), add(ada)],
        lambda ada, bob: [remove_by('type eq "User"'), add(ada)],
        lambda ada, bob: [{"op": "remove", "path": "members"}, add(ada)],
        lambda ada, bob: [replace_by([]), add(ada, bob), remove(bob)],
    ],
)
def test_operations_on_members_that_undo_each_other_make_no_new_version(api, ada, bob, operations):
    group = api.group("Sales", ada)

    answer = api.patch(group, *operations(ada, bob))

    assert {ada} == api.members(group)
    assert 'W/"1"' == answer.headers["ETag"] == api.get(group).headers["ETag"]


def test_a_member_that_comes_back_with_another_display_makes_a_new_version(api, ada):
    group = api.group("Sales", ada)
    back = {"op": "add", "path": "members", "value": [{"value": id_of(ada), "display": "Ada"}]}

    assert 'W/"2"' == api.patch(group, remove(ada), back).headers["ETag"]


def test_one_who_comes_and_one_who_goes_make_a_new_version(api, ada, bob):
    group = api.group("Sales", ada)

    assert 'W/"2"' == api.patch(group, add(bob), remove(ada)).headers["ETag"]


def test_a_filter_sees_the_members_that_came_before_it_in_the_same_request(api, ada, bob):
    group = api.group("Sales", ada)

    api.patch(group, add(bob), remove_by('type eq "User"'))

    assert set() == api.members(group)


def test_filters_that_follow_one_another_are_asked_of_who_is_left(strict_api):
    ada = strict_api.user("ada")
    group = strict_api.group("Sales", ada)
    filter = f'value eq "{id_of(ada)}" and type eq "User"'

    answer = strict_api.patch(group, remove_by(filter), remove_by(filter))

    assert (204, set()) == (answer.status, strict_api.members(group))


@pytest.mark.parametrize(
    ("filter", "left"),
    [
        ('value eq "{ada}" and type eq "User"', "bob"),
        ('type eq "User" and value eq "{ada}"', "bob"),
        ('value eq "{ada}" and type eq "Group"', "ada bob"),
        ('value eq "{ada}" or type eq "User"', ""),
        ('value eq "{ada}" or type eq "Group"', "bob"),
        ('value eq "{ada}" and value eq "{bob}"', "ada bob"),
        ('not (value eq "{ada}")', "ada"),
        ('(value eq "{ada}" or value eq "{bob}") and display eq "bob"', "ada"),
        ('value ne "{ada}"', "ada"),
    ],
)
def test_members_are_chosen_by_what_filters_say_of_ids(api, ada, bob, filter, left):
    members = [{"value": id_of(ada), "display": "ada"}, {"value": id_of(bob), "display": "bob"}]
    group = api.group("Sales", members=members)

    api.patch(group, remove_by(filter.format(ada=id_of(ada), bob=id_of(bob))))

    shown = api.get(group).json.get("members", [])
    assert left.split() == sorted(member["display"] for member in shown)


def test_members_are_chosen_by_any_filter(api, ada):
    nested = api.group("Nested")
    group = api.group("Sales", ada, nested)

    api.patch(group, {"op": "remove", "path": 'members[type eq "Group"]'})

    assert {ada} == api.members(group)


def test_a_member_that_does_not_exist_is_refused_and_nothing_changes(api, ada, bob):
    group = api.group("Sales", ada)
    rename = {"op": "replace", "path": "displayName", "value": "New"}

    answer = api.patch(group, rename, add(bob), add("/Users/nobody"))

    assert (400, "invalidValue") == answer.error
    assert {ada} == api.members(group)
    assert "Sales" == api.get(group)["displayName"]


def test_a_replacement_of_members_by_an_unknown_one_changes_nothing(api, ada):
    group = api.group("Sales", ada)

    answer = api.patch(group, {"op": "replace", "path": "members", "value": [{"value": "x"}]})

    assert (400, "invalidValue") == answer.error
    assert {ada} == api.members(group)


def test_a_bad_operation_beside_one_on_members_changes_nothing(api, ada):
    group = api.group("Sales")

    answer = api.patch(group, add(ada), {"op": "replace", "path": "colour", "value": "red"})

    assert (400, "invalidPath") == answer.error
    assert set() == api.members(group)


def test_a_user_shows_the_groups_it_is_in(api, ada):
    api.group("Sales", ada)

    assert {"Sales": "direct"} == groups_of(api, ada)


def test_a_user_shows_groups_it_is_in_through_others_as_indirect(api, ada):
    api.group("Everyone", api.group("Europe", api.group("Sales", ada)))

    assert {"Sales": "direct", "Europe": "indirect", "Everyone": "indirect"} == groups_of(api, ada)


def test_a_group_reached_in_both_ways_is_direct_and_shown_once(api, ada):
    sales = api.group("Sales", ada)
    api.group("Everyone", sales, ada)

    assert 2 == len(api.get(ada)["groups"])
    assert {"Sales": "direct", "Everyone": "direct"} == groups_of(api, ada)


def test_a_users_groups_follow_a_removal_and_a_rename(api, ada):
    sales, europe = api.group("Sales", ada), api.group("Europe", ada)

    api.patch(sales, remove(ada))
    api.patch(europe, {"op": "replace", "path": "displayName", "value": "EMEA"})

    assert {"EMEA": "direct"} == groups_of(api, ada)


def test_groups_in_a_circle_do_no_harm(api, ada):
    sales = api.group("Sales", ada)
    europe = api.group("Europe", sales)
    api.patch(sales, add(europe), add(sales))

    assert {"Sales": "direct", "Europe": "indirect"} == groups_of(api, ada)
    assert ["ada"] == api.names(f'groups.value eq "{id_of(europe)}"')
    assert 204 == api.delete(sales).status


def test_a_deleted_user_leaves_its_groups(api, ada, bob):
    group = api.group("Sales", ada, bob)

    api.delete(ada)

    assert {bob} == api.members(group)
    assert 'W/"2"' == api.get(group)["meta"]["version"]


def test_a_deleted_group_leaves_its_members_and_its_parents(api, ada):
    sales = api.group("Sales", ada)
    europe = api.group("Europe", sales)

    api.delete(sales)

    assert {} == groups_of(api, ada)
    assert set() == api.members(europe)


def test_members_are_left_out_on_request(api, ada):
    group = api.group("Sales", ada)

    shown = api.get(group, excludedAttributes="members").json

    assert "members" not in shown
    assert "Sales" == shown["displayName"]


def test_a_list_shows_members_as_a_single_read_does(api, ada):
    group = api.group("Sales", ada)

    assert [api.get(group).json] == api.find('displayName eq "Sales"', "/Groups")


@pytest.mark.parametrize(
    "filter",
    ['members eq "{ada}"', 'members.value eq "{ada}"', 'members[value eq "{ada}"]'],
)
def test_groups_are_found_by_a_member(api, ada, bob, filter):
    api.group("Sales", ada)
    api.group("Support", bob)

    found = api.find(filter.format(ada=id_of(ada)), "/Groups")

    assert ["Sales"] == [group["displayName"] for group in found]


def test_groups_are_found_by_what_their_members_are(api, ada):
    api.group("Europe", api.group("Sales", ada))

    found = api.find('members.type eq "Group"', "/Groups")

    assert ["Europe"] == [group["displayName"] for group in found]


def test_groups_without_members_are_found(api, ada):
    api.group("Sales", ada)
    api.group("Empty")

    found = api.find("not (members pr)", "/Groups")

    assert ["Empty"] == [group["displayName"] for group in found]


def test_users_are_found_by_a_group_that_holds_them_through_another(api, ada, bob):
    europe = api.group("Europe", api.group("Sales", ada))

    assert ["ada"] == api.names(f'groups.value eq "{id_of(europe)}"')
    assert ["ada"] == api.names('groups[type eq "indirect" and display eq "europe"]')


def test_an_unknown_member_is_left_out_where_the_server_is_told_so(make_api):
    api = make_api(skip_unknown_members=True)
    user, group = api.user(), api.group("Eng")
    members = [{"value": "nobody"}, {"value": id_of(user)}]

    api.patch(group, {"op": "add", "path": "members", "value": members})

    assert {user} == api.members(group)
