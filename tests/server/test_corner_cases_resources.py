"""Users, groups and the protocol's edges that other servers got wrong; docs/corner-cases.md has the
table of all."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from scim_protocol import urns
from scim_server.testing import LiveServer

MANY = 3500


def user(name, **attributes):
    return {"schemas": [urns.USER], "userName": name, **attributes}


def id_of(path):
    return path.rpartition("/")[2]


def replace(path, value):
    return {"op": "replace", "path": path, "value": value}


def add(path, value):
    return {"op": "add", "path": path, "value": value}


# --- users -------------------------------------------------------------------------------------


def test_an_e_mail_address_may_be_that_of_several_users(api):
    email = [{"value": "team@example.org", "type": "work"}]
    api.user("ada", emails=email)

    assert 201 == api.post("/Users", user("bob", emails=email)).status
    assert ["ada", "bob"] == api.names('emails.value eq "team@example.org"')


def test_a_user_that_was_switched_off_is_switched_on_again_as_the_same(api):
    ada = api.user("ada", externalId="1", active=True)

    api.patch(ada, replace("active", False))
    (found,) = api.find('externalId eq "1"')
    again = api.patch(f"/Users/{found['id']}", replace("active", True))

    assert (id_of(ada), True) == (again["id"], again["active"])
    assert 1 == api.get("/Users")["totalResults"]


def test_a_user_that_was_switched_off_is_shown_and_listed(api):
    ada = api.user("ada", active=True)

    api.patch(ada, replace("active", False))

    assert api.get(ada)["active"] is False
    assert [api.get(ada).json] == api.get("/Users")["Resources"]


def test_a_user_that_was_switched_off_stays_in_its_groups(api):
    ada = api.user("ada", active=True)
    group = api.group("Sales", ada)

    api.patch(ada, replace("active", False))

    assert {ada} == api.members(group)


# --- groups ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["User", "Group", None])
def test_a_nested_group_is_a_group_whatever_is_said_of_it(api, kind):
    inner = api.group("Inner")
    member = {"value": id_of(inner)} | ({"type": kind} if kind else {})

    (shown,) = api.get(api.group("Outer", members=[member]))["members"]

    assert ("Group", f"http://localhost/scim/v2{inner}") == (shown["type"], shown["$ref"])


@pytest.mark.parametrize("member", [{}, {"display": "Ada"}, {"type": "User"}, {"$ref": "../Users"}])
def test_a_member_is_known_by_its_value_whatever_else_is_given(api, member):
    ada, group = api.user("ada"), api.group("Sales")

    assert 204 == api.patch(group, add("members", [{"value": id_of(ada), **member}])).status
    assert {ada} == api.members(group)


def test_the_indirect_groups_of_a_user_follow_a_change_far_above_it(api):
    ada = api.user("ada")
    sales = api.group("Sales", ada)
    europe = api.group("Europe", sales)
    world = api.group("World", europe)

    api.patch(world, {"op": "remove", "path": f'members[value eq "{id_of(europe)}"]'})
    one = {group["display"] for group in api.get(ada)["groups"]}
    api.patch(europe, {"op": "remove", "path": "members"})
    two = {group["display"] for group in api.get(ada)["groups"]}

    assert ({"Sales", "Europe"}, {"Sales"}) == (one, two)


def test_a_group_of_thousands_is_written_changed_and_read_whole(api):
    ids = []
    for start in range(0, MANY, 500):
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": str(n), "data": user(f"user{n}")}
            for n in range(start, start + 500)
        ]
        answer = api.post("/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": operations})
        ids += [id_of(result["location"]) for result in answer["Operations"]]
    group = api.group("Everybody", *ids[1:])

    answer = api.patch(group, add("members", [{"value": ids[0]}]))

    assert 204 == answer.status
    assert set(ids) == {member["value"] for member in api.get(group)["members"]}


def test_every_token_sees_the_same_resources(make_api):
    api = make_api(tokens=["s3cret", "other"])
    ada = api.user("ada")
    group = api.group("Sales", ada)

    assert api.get(group).json == api.get(group, token="other").json
    assert api.get(ada).json == api.get(ada, token="other").json


# --- the protocol ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Users/none", 404),
        ("DELETE", "/Users", 405),
        ("GET", "/Me", 501),
        ("GET", "/Schemas?filter=id+pr", 403),
    ],
)
def test_only_bad_requests_and_conflicts_have_a_scim_type(api, method, path, status):
    answer = api.request(method, path)

    assert (status, None) == answer.error
    assert "scimType" not in answer.json


def test_a_request_needs_no_user_agent():
    with LiveServer() as server:
        address = urlsplit(server.url)
        connection = HTTPConnection(address.hostname, address.port, timeout=30)
        headers = {"Authorization": f"Bearer {server.token}"}
        connection.request("GET", f"{address.path}/Users", headers=headers)
        status = connection.getresponse().status
        connection.close()

    assert 200 == status
