"""PATCH /Users/{id} over HTTP (RFC 7644 §3.5.2); the rules themselves are tests/protocol's."""

import pytest

from scim_protocol import urns


@pytest.fixture
def user(api):
    return api.user("ada", title="Countess", emails=[{"value": "a@x.org", "type": "work"}])


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def test_the_answer_is_the_changed_user(api, user):
    answer = api.patch(user, replace("title", "Duchess"))

    assert 200 == answer.status
    assert "Duchess" == answer["title"]
    assert 'W/"2"' == answer["meta"]["version"] == answer.headers["ETag"]


def test_a_change_is_stored(api, user):
    api.patch(user, {"op": "add", "path": "nickName", "value": "A"})

    assert "A" == api.get(user)["nickName"]


def test_a_change_moves_last_modified_and_leaves_created(api, user):
    before = api.get(user)["meta"]

    after = api.patch(user, replace("title", "x"))["meta"]

    assert before["created"] == after["created"]
    assert before["lastModified"] <= after["lastModified"]


def test_a_patch_that_changes_nothing_makes_no_new_version(api, user):
    before = api.get(user).json

    assert before == api.patch(user, replace("title", "Countess")).json


def test_one_bad_operation_undoes_the_others(api, user):
    before = api.get(user).json

    answer = api.patch(user, replace("title", "x"), replace("colour", "red"))

    assert (400, "invalidPath") == answer.error
    assert before == api.get(user).json


def test_a_name_in_use_is_refused(api, user):
    api.user("bob")

    assert (409, "uniqueness") == api.patch(user, replace("userName", "Bob")).error


@pytest.mark.parametrize("path", ["id", "meta.version", "groups"])
def test_what_is_read_only_is_refused(api, user, path):
    assert (400, "mutability") == api.patch(user, replace(path, "x")).error


def test_an_extension_brings_its_schema_and_takes_it_along(api, user):
    department = f"{urns.ENTERPRISE_USER}:department"

    added = api.patch(user, {"op": "add", "path": department, "value": "R&D"})["schemas"]
    removed = api.patch(user, {"op": "remove", "path": department})["schemas"]

    assert ([urns.USER, urns.ENTERPRISE_USER], [urns.USER]) == (added, removed)


@pytest.mark.parametrize("value", ["False", "false", False])
def test_active_in_quotes_switches_a_user_off(api, user, value):
    assert api.patch(user, {"op": "Replace", "path": "active", "value": value})["active"] is False


def test_a_strict_server_refuses_active_in_quotes(strict_api):
    user = strict_api.user("ada", active=True)

    answer = strict_api.patch(user, replace("active", "False"))

    assert (400, "invalidValue") == answer.error
    assert strict_api.get(user)["active"] is True


def test_a_manager_sent_as_text_becomes_a_reference(api, user):
    manager = f"{urns.ENTERPRISE_USER}:manager"

    answer = api.patch(user, {"op": "add", "path": manager, "value": "42"})

    assert {"value": "42"} == answer[urns.ENTERPRISE_USER]["manager"]


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"schemas": [urns.PATCH_OP]},
        {"schemas": [urns.PATCH_OP], "Operations": []},
        {"schemas": [urns.PATCH_OP], "Operations": {}},
        {"schemas": [urns.PATCH_OP], "Operations": [{"path": "title"}]},
        {"schemas": [urns.PATCH_OP], "Operations": [{"op": "jump", "path": "title", "value": 1}]},
        {"schemas": [urns.USER], "Operations": [{"op": "remove", "path": "title"}]},
        [],
        "text",
    ],
)
def test_a_malformed_message_is_refused(api, user, message):
    assert (400, "invalidSyntax") == api.request("PATCH", user, message).error


def test_the_answer_is_projected(api, user):
    answer = api.patch(user, replace("title", "x"), attributes="title")

    assert {"schemas", "id", "title"} == set(answer.json)
