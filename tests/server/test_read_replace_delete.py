"""GET, PUT and DELETE of one resource (RFC 7644 §3.4.1, §3.5.1, §3.6)."""

import pytest

from scim_protocol import urns


def put(api, path, **attributes):
    return api.put(path, {"schemas": [urns.USER], "userName": "ada", **attributes})


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_an_unknown_id_is_404_in_scim_form_for_every_method(api, method):
    body = {"schemas": [urns.PATCH_OP], "Operations": [{"op": "add", "value": {"title": "x"}}]}
    if method == "PUT":
        body = {"schemas": [urns.USER], "userName": "ada"}

    answer = api.request(method, "/Users/unknown", body if method in ("PUT", "PATCH") else None)

    assert (404, None) == answer.error


def test_a_user_is_not_found_among_groups(api):
    id = api.user().removeprefix("/Users/")

    assert 404 == api.get(f"/Groups/{id}").status


def test_attributes_narrows_an_answer_and_keeps_what_is_always_returned(api):
    user = api.user("ada", title="Countess", nickName="A")

    assert {"schemas", "id", "title"} == set(api.get(user, attributes="title").json)


def test_excluded_attributes_leave_an_answer(api):
    user = api.user("ada", title="Countess", nickName="A")

    shown = api.get(user, excludedAttributes="title,id,meta.created").json

    assert "title" not in shown
    assert "created" not in shown["meta"]
    assert {"id", "nickName"} <= set(shown)


def test_a_replacement_clears_what_it_leaves_out(api):
    user = api.user("ada", title="Countess", active=False)

    answer = put(api, user, nickName="A")

    assert 200 == answer.status
    assert "A" == answer["nickName"]
    assert "title" not in answer.json


def test_a_replacement_without_active_does_not_activate(api):
    user = api.user("ada", active=False)

    assert put(api, user).json.get("active") is not True


def test_a_replacement_keeps_id_and_creation_time(api):
    user = api.user()
    before = api.get(user).json

    after = put(api, user, id="other", meta={"created": "1999-01-01T00:00:00Z"}, title="x").json

    assert before["id"] == after["id"]
    assert before["meta"]["created"] == after["meta"]["created"]


def test_a_replacement_may_not_take_the_name_of_another(api):
    api.user("bob")
    user = api.user("ada")

    assert (409, "uniqueness") == put(api, user, userName="BOB").error


def test_a_replacement_may_change_the_case_of_its_own_name(api):
    user = api.user("ada")

    assert "ADA" == put(api, user, userName="ADA")["userName"]


def test_a_replacement_that_changes_nothing_makes_no_new_version(api):
    user = api.user("ada", title="x")

    assert 'W/"1"' == put(api, user, title="x").headers["ETag"]


def test_a_replaced_group_has_just_the_members_given(api):
    ada, bob, eve = api.user("ada"), api.user("bob"), api.user("eve")
    group = api.group("Sales", ada, bob)
    members = [{"value": path.removeprefix("/Users/")} for path in (bob, eve)]

    api.put(group, {"schemas": [urns.GROUP], "displayName": "Sales", "members": members})

    assert {bob, eve} == api.members(group)


def test_a_group_replaced_without_members_has_none(api):
    group = api.group("Sales", api.user("ada"))

    api.put(group, {"schemas": [urns.GROUP], "displayName": "Sales"})

    assert set() == api.members(group)


def test_a_group_replaced_with_an_unknown_member_stays_as_it_was(api):
    ada = api.user("ada")
    group = api.group("Sales", ada)
    body = {"schemas": [urns.GROUP], "displayName": "New", "members": [{"value": "nobody"}]}

    answer = api.put(group, body)

    assert (400, "invalidValue") == answer.error
    assert {ada} == api.members(group)
    assert "Sales" == api.get(group)["displayName"]


def test_a_deletion_answers_204_without_a_body(api):
    answer = api.delete(api.user())

    assert (204, "") == (answer.status, answer.text)


def test_what_was_deleted_is_gone(api):
    user = api.user()
    api.delete(user)

    assert 404 == api.get(user).status
    assert 404 == api.delete(user).status
    assert [] == api.find('userName eq "ada"')


def test_a_deleted_manager_is_no_longer_referred_to(api):
    boss = api.user("boss")
    manager = {"value": boss.removeprefix("/Users/")}
    user = api.user("ada", **{urns.ENTERPRISE_USER: {"manager": manager}})

    api.delete(boss)

    assert urns.ENTERPRISE_USER not in api.get(user).json
    assert [urns.USER] == api.get(user)["schemas"]


def test_a_deleted_manager_leaves_the_rest_of_the_extension(api):
    boss = api.user("boss")
    manager = {"value": boss.removeprefix("/Users/")}
    extension = {"manager": manager, "department": "R&D"}
    user = api.user("ada", **{urns.ENTERPRISE_USER: extension})

    api.delete(boss)

    assert {"department": "R&D"} == api.get(user)[urns.ENTERPRISE_USER]
