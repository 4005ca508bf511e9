"""No request of one tenant sees or changes another's data: every route of the table is tried.

What a route is tried with is looked up by its pattern, so that a new one fails here until it is
said how to attack it.
"""

import json

import pytest

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_server.routes import every_route

ROUTES = [
    pytest.param(path, kind, route, id=f"{route.method} {path}")
    for path, kind, route in every_route(Catalog.standard())
]
EVERY_ROUTE = pytest.mark.parametrize(("path", "kind", "route"), ROUTES)
NEEDLE = "needle"


@pytest.fixture
def tenants(make_api):
    """Two tenants; the first has a user and a group, whose texts all say `needle`."""
    api = make_api()
    return api.tenant("acme"), api.tenant("rival")


@pytest.fixture
def target(tenants):
    """The ids of the first tenant's user and group, and all that can be read of it."""
    acme, _ = tenants
    return Target(acme)


class Target:
    def __init__(self, acme):
        self.acme = acme
        user = acme.user("needle-user", displayName=NEEDLE, externalId="needle-id")
        group = acme.group("needle-group", user)
        self.ids = {"User": user.rpartition("/")[2], "Group": group.rpartition("/")[2]}

    def everything(self):
        return self.acme.get("/").text


def document(kind, target):
    """A resource with references to the first tenant's."""
    id = target.ids["User"]
    if kind == "Group":
        return {"schemas": [urns.GROUP], "displayName": "x", "members": [{"value": id}]}
    manager = {"manager": {"value": id}}
    schemas = [urns.USER, urns.ENTERPRISE_USER]
    return {"schemas": schemas, "userName": "x", urns.ENTERPRISE_USER: manager}


def search(_, target):
    found = f'id eq "{target.ids["User"]}" or displayName co "{NEEDLE}"'
    return {"schemas": [urns.SEARCH_REQUEST], "filter": found}


def patch(kind, target):
    path = "members" if kind == "Group" else "displayName"
    value = [{"value": target.ids["User"]}] if kind == "Group" else "x"
    operations = [{"op": "replace", "path": path, "value": value}]
    return {"schemas": [urns.PATCH_OP], "Operations": operations}


def bulk(_, target):
    paths = [f"/{name}s/{id}" for name, id in target.ids.items()]
    operations = [{"method": "DELETE", "path": path} for path in paths]
    operations += [
        {"method": "PATCH", "path": path, "data": patch(path[1:-38].rstrip("s"), target)}
        for path in paths
    ]
    group = document("Group", target)
    operations.append({"method": "POST", "path": "/Groups", "bulkId": "1", "data": group})
    return {"schemas": [urns.BULK_REQUEST], "Operations": operations}


# By method and the end of the pattern: what is sent.
BODIES = {
    ("POST", ""): document,
    ("GET", ""): None,
    ("POST", urns.SEARCH): search,
    ("GET", "/{id}"): None,
    ("PUT", "/{id}"): document,
    ("PATCH", "/{id}"): patch,
    ("DELETE", "/{id}"): None,
    ("GET", urns.SERVICE_PROVIDER_CONFIGS): None,
    ("GET", urns.RESOURCE_TYPES): None,
    ("GET", urns.RESOURCE_TYPES + "/{id}"): None,
    ("GET", urns.SCHEMAS): None,
    ("GET", urns.SCHEMAS + "/{id}"): None,
    ("POST", urns.BULK): bulk,
    ("GET", "/"): None,
    ("GET", urns.ME): None,
    ("POST", urns.ME): document,
    ("PUT", urns.ME): document,
    ("PATCH", urns.ME): patch,
    ("DELETE", urns.ME): None,
}


def attack(api, path, kind, route, target, **options):
    make = BODIES[route.method, route.pattern]
    body = make(kind, target) if make else None
    place = path.replace("{id}", target.ids.get(kind or "", "User"))
    return api.request(route.method, place, body, **options)


@EVERY_ROUTE
def test_the_token_of_another_tenant_is_a_wrong_token(tenants, target, path, kind, route):
    acme, rival = tenants
    before = target.everything()

    answer = attack(acme, path, kind, route, target, token=rival.token)

    wrong = attack(acme, path, kind, route, target, token="wrong")
    assert (401, wrong.text) == (answer.status, answer.text)
    assert wrong.headers["WWW-Authenticate"] == answer.headers["WWW-Authenticate"]
    assert before == target.everything()


@EVERY_ROUTE
def test_a_tenant_that_there_is_not_answers_as_a_wrong_token_does(
    tenants, target, path, kind, route
):
    acme, rival = tenants
    nobody = attack(unknown(acme), path, kind, route, target, token=rival.token)

    wrong = attack(acme, path, kind, route, target, token="wrong")
    assert (401, wrong.text) == (nobody.status, nobody.text)
    assert wrong.headers["WWW-Authenticate"] == nobody.headers["WWW-Authenticate"]


@EVERY_ROUTE
def test_without_a_token_a_tenant_is_not_told_from_one_that_there_is_not(
    tenants, target, path, kind, route
):
    acme, _ = tenants
    there = attack(acme, path, kind, route, target, token=None)
    nobody = attack(unknown(acme), path, kind, route, target, token=None)

    assert (401, there.text) == (nobody.status, nobody.text)
    assert 401 == there.status
    assert dict(there.headers) == dict(nobody.headers)


@EVERY_ROUTE
def test_ids_of_another_tenant_name_nothing(tenants, target, path, kind, route):
    _, rival = tenants
    before = target.everything()

    answer = attack(rival, path, kind, route, target)

    assert NEEDLE not in answer.text
    assert answer.status not in (500, 401, 403)
    assert before == target.everything()
    if "{id}" in path and kind is not None:
        assert 404 == answer.status


def unknown(api):
    """The same requests to a tenant that there is not."""
    other = type(api).__new__(type(api))
    other.__dict__ |= api.__dict__ | {"base": "/tenants/nobody/scim/v2"}
    return other


def test_a_resource_of_another_tenant_cannot_become_a_member(tenants, target):
    _, rival = tenants
    group = rival.group("x")
    member = {"value": target.ids["User"]}

    answer = rival.patch(group, {"op": "add", "path": "members", "value": [member]})

    assert (400, "invalidValue") == answer.error
    assert set() == rival.members(group)


def test_members_of_another_tenants_group_cannot_be_removed_by_name(tenants, target):
    acme, rival = tenants
    path = f'members[value eq "{target.ids["User"]}"]'

    rival.patch(rival.group("x"), {"op": "remove", "path": path})

    assert {f"/Users/{target.ids['User']}"} == acme.members(f"/Groups/{target.ids['Group']}")


@pytest.mark.parametrize(
    "filter",
    [
        'id eq "{user}"', 'userName eq "needle-user"', 'externalId eq "needle-id"',
        'displayName eq "needle"', 'displayName co "needle"', 'groups.value eq "{group}"',
        'userName pr', 'not (userName eq "x")', 'meta.resourceType eq "User"',
    ],
)  # fmt: skip
def test_filters_find_nothing_of_another_tenant(tenants, target, filter):
    _, rival = tenants
    ids = {name.lower(): id for name, id in target.ids.items()}

    assert [] == rival.find(filter.format(**ids))


def test_a_filter_on_members_finds_no_group_of_another_tenant(tenants, target):
    _, rival = tenants

    assert [] == rival.find(f'members.value eq "{target.ids["User"]}"', "/Groups")


def test_a_manager_of_another_tenant_is_not_shown_and_does_not_go_with_it(tenants, target):
    acme, rival = tenants
    manager = {urns.ENTERPRISE_USER: {"manager": {"value": target.ids["User"]}}}
    user = rival.user("x", **manager)

    acme.delete(f"/Users/{target.ids['User']}")

    assert target.ids["User"] == rival.get(user)[urns.ENTERPRISE_USER]["manager"]["value"]


def test_a_cursor_of_another_tenant_is_refused(tenants):
    acme, rival = tenants
    for api in tenants:
        api.user("a"), api.user("b")
    cursor = acme.get("/Users", cursor="", count=1)["nextCursor"]

    assert 200 == acme.get("/Users", cursor=cursor).status
    assert (400, "invalidCursor") == rival.get("/Users", cursor=cursor).error


def test_two_tenants_may_have_the_same_names(tenants):
    acme, rival = tenants

    assert [201, 201] == [
        api.post("/Users", {"schemas": [urns.USER], "userName": "ada"}).status for api in tenants
    ]
    assert acme.names("userName pr") == rival.names("userName pr")


def test_the_total_is_that_of_the_tenant(tenants, target):
    _, rival = tenants
    rival.user("x")

    assert 1 == rival.get("/Users")["totalResults"]
    assert 1 == rival.get("/")["totalResults"]


def test_me_is_looked_for_in_the_tenant_of_the_token(make_api):
    api = make_api()
    acme, rival = api.tenant("acme"), api.tenant("rival")
    acme.user("ada")
    token = api.admit("ada's", "rival", subject="ada")

    assert (404, None) == rival.get("/Me", token=token).error


def test_an_admin_may_enter_every_tenant_that_there_is(make_api):
    api = make_api()
    acme = api.tenant("acme")
    acme.user("ada")
    token = api.admit("operator", scope="admin")

    assert 1 == acme.get("/Users", token=token)["totalResults"]
    assert 0 == api.get("/Users", token=token)["totalResults"]
    assert 401 == unknown(acme).get("/Users", token=token).status


def test_an_admin_of_another_tenant_is_nobodys_user(make_api):
    api = make_api()
    acme = api.tenant("acme")
    acme.user("ada")
    token = api.admit("operator", scope="admin", subject="ada")

    assert (501, None) == acme.get("/Me", token=token).error


def test_every_route_is_in_the_table_of_the_app(make_api):
    rules = {str(rule) for rule in make_api().app.url_map.iter_rules()}
    routes = {
        "/scim/v2" + path.replace("{id}", "<id:id>")
        for path, _, _ in every_route(Catalog.standard())
    }

    assert {"/oauth/token"} == rules - routes
    assert set() == routes - rules


def test_bodies_of_errors_do_not_tell_the_tenants_name(tenants, target):
    _, rival = tenants
    answer = rival.get(f"/Users/{target.ids['User']}")

    assert "acme" not in json.dumps(answer.json)
