"""Requests that depend on a version (RFC 7644 §3.14)."""

import pytest

from scim_protocol import urns


@pytest.fixture
def user(api):
    """A user at version 2."""
    path = api.user("ada", title="x")
    api.patch(path, {"op": "replace", "path": "title", "value": "y"})
    return path


def change(api, method, path, **headers):
    bodies = {
        "PUT": {"schemas": [urns.USER], "userName": "ada", "title": "z"},
        "PATCH": {
            "schemas": [urns.PATCH_OP],
            "Operations": [{"op": "replace", "path": "title", "value": "z"}],
        },
        "DELETE": None,
    }
    return api.request(method, path, bodies[method], headers=headers)


CHANGES = pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])


def test_a_reader_who_has_the_version_gets_304_without_a_body(api, user):
    answer = api.get(user, headers={"If-None-Match": 'W/"2"'})

    assert (304, "") == (answer.status, answer.text)
    assert 'W/"2"' == answer.headers["ETag"]


def test_a_reader_who_has_another_version_gets_the_resource(api, user):
    assert 200 == api.get(user, headers={"If-None-Match": 'W/"1"'}).status


@CHANGES
@pytest.mark.parametrize("tag", ['W/"2"', '"2"', "*", 'W/"1", W/"2"'])
def test_a_change_of_the_version_that_is_there_is_made(api, user, method, tag):
    assert change(api, method, user, **{"If-Match": tag}).status in (200, 204)


MALFORMED = ["2", "W/2", '"2', '2"', '"1" "2"', 'w/"2"']


@CHANGES
@pytest.mark.parametrize("tag", MALFORMED)
def test_a_strict_server_takes_no_malformed_tag_for_the_version(strict_api, method, tag):
    user = strict_api.user("ada")
    strict_api.patch(user, {"op": "replace", "path": "title", "value": "y"})

    assert (412, None) == change(strict_api, method, user, **{"If-Match": tag}).error


def test_a_tag_without_quotes_is_understood(api, user):
    assert 304 == api.get(user, headers={"If-None-Match": "2"}).status
    assert 204 == change(api, "DELETE", user, **{"If-Match": "2"}).status


@CHANGES
@pytest.mark.parametrize("tag", ['W/"1"', 'W/"22"', "nonsense", *MALFORMED[1:]])
def test_a_change_of_another_version_is_refused(api, user, method, tag):
    before = api.get(user).json

    assert (412, None) == change(api, method, user, **{"If-Match": tag}).error
    assert before == api.get(user).json


@CHANGES
def test_a_change_only_if_there_is_nothing_is_refused(api, user, method):
    assert (412, None) == change(api, method, user, **{"If-None-Match": "*"}).error


def test_a_change_of_members_is_refused_for_a_stale_version(api):
    ada = api.user("ada")
    group = api.group("Sales")
    operation = {"op": "add", "path": "members", "value": [{"value": ada.removeprefix("/Users/")}]}
    headers = {"If-Match": 'W/"9"'}

    assert (412, None) == api.patch(group, operation, headers=headers).error
    assert set() == api.members(group)
