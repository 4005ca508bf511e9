"""Requests find their way whether it is looked up or walked: the answers are of one form."""

import json

import pytest

from scim_protocol import urns


@pytest.fixture(scope="module")
def server(open_api):
    api = open_api()
    api.ada = api.user("ada")
    return api


def test_head_is_answered_as_get_is_but_for_the_body(server):
    asked, told = server.get(server.ada), server.request("HEAD", server.ada)

    assert (200, "") == (told.status, told.text)
    assert dict(asked.headers) == dict(told.headers)


@pytest.mark.parametrize("id", ["nobody", "n\u00f6body", "n%20body", "%22", "..%2e"])
def test_any_text_may_be_asked_for_as_an_id(server, id):
    answer = server.get(f"/Users/{id}")

    assert 404 == answer.status
    assert "There is no User with id" in answer.json["detail"]


def test_search_is_no_id(server):
    answer = server.get("/Users/.search")

    assert (405, "OPTIONS, POST") == (answer.status, answer.headers["Allow"])


@pytest.mark.parametrize("path", ["/Users", "/Users/4711", "/Bulk", "/Schemas/x"])
def test_what_is_taken_at_a_path_is_told(server, path):
    answer = server.request("OPTIONS", path)

    assert (200, "") == (answer.status, answer.text)
    assert "OPTIONS" in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/Users", "/Users/4711", "/Nothing", "/Users/1/2"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "BREW"])
def test_nobody_is_told_what_there_is_without_a_token(server, method, path):
    answer = server.request(method, path, headers={"Authorization": ""})

    assert 401 == answer.status
    assert "WWW-Authenticate" in answer.headers


def test_ids_that_json_must_escape_are_shown_as_they_are(make_api):
    api = make_api()
    service = api.app.extensions["scim_server"]
    odd = ['a"b', "a\\b", "\u00e4", "plain-1"]
    with service.store.write() as tx:
        for number, id in enumerate(odd):
            user = {"schemas": [urns.USER], "id": id, "userName": f"u{number}"}
            tx.insert(service.catalog.models["User"], user, service.now())

    shown = json.loads(api.get("/Users").text)["Resources"]

    assert odd == [user["id"] for user in shown]
    assert odd == [user["meta"]["location"].rpartition("/")[2] for user in shown]


def test_a_page_shows_of_each_user_the_groups_that_the_user_alone_shows(make_api):
    api = make_api()
    users = [api.user(f"user-{n}") for n in range(6)]
    for number, some in enumerate([users[:4], users[1:3], users[2:], users[5:], []]):
        api.group(f"group-{number}", *some)

    page = api.get("/Users")["Resources"]

    assert [api.get(path).json for path in users] == page
    assert [1, 2, 3, 2, 1, 2] == [len(user["groups"]) for user in page]


def test_a_group_that_is_left_is_shown_no_more(make_api):
    api = make_api()
    ada = api.user("ada")
    groups = [api.group(name, ada) for name in ("one", "two", "three")]

    api.patch(groups[1], {"op": "remove", "path": f'members[value eq "{ada[7:]}"]'})
    api.delete(groups[2])

    assert ["one"] == [group["display"] for group in api.get(ada)["groups"]]
    assert [["one"]] == [
        [group["display"] for group in user["groups"]] for user in api.get("/Users")["Resources"]
    ]
