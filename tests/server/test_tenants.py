"""Tenants: each a whole SCIM endpoint under a base URL of its own."""

import json
from copy import copy

import pytest
from click.testing import CliRunner

from scim_protocol import urns
from scim_server.commands.tenants import tenant
from scim_server.commands.tokens import token
from scim_server.store.contract import UnknownTenant
from scim_server.tenants import FRESH_SECONDS, Tenants

BASE = "http://localhost/tenants/acme/scim/v2"


@pytest.fixture
def acme(api):
    return api.tenant("acme")


def test_location_and_meta_are_of_the_tenants_base_url(acme):
    answer = acme.post("/Users", {"schemas": [urns.USER], "userName": "ada"})

    assert f"{BASE}/Users/{answer['id']}" == answer.headers["Location"]
    assert answer.headers["Location"] == answer["meta"]["location"]


def test_references_are_of_the_tenants_base_url(acme):
    group = acme.group("g", acme.user())

    (member,) = acme.get(group)["members"]
    assert f"{BASE}/Users/{member['value']}" == member["$ref"]


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/ResourceTypes/User", "/Schemas"])
def test_discovery_is_of_the_tenants_base_url(acme, path):
    assert BASE in acme.get(path).text


def test_discovery_of_a_tenant_needs_its_token(acme):
    assert 401 == acme.get("/ServiceProviderConfig", token=None).status
    assert 200 == acme.get("/ServiceProviderConfig").status


def test_the_results_of_a_bulk_request_are_of_the_tenants_base_url(acme):
    user = {"schemas": [urns.USER], "userName": "ada"}
    operation = {"method": "POST", "path": "/Users", "bulkId": "1", "data": user}
    answer = acme.post("/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": [operation]})

    assert answer["Operations"][0]["location"].startswith(f"{BASE}/Users/")


def test_a_filter_on_location_is_of_the_tenants_base_url(acme):
    path = acme.user("ada")

    assert ["ada"] == acme.names(f'meta.location eq "{BASE}{path}"')


def test_etags_work_in_a_tenant(acme):
    user = acme.user()
    tag = acme.get(user).headers["ETag"]

    assert 304 == acme.get(user, headers={"If-None-Match": tag}).status


def test_tenants_are_served_beside_an_empty_base_path(make_api):
    api = make_api(base_path="")

    assert 200 == api.tenant("acme").get("/Users").status


def test_a_tenant_searches_and_pages(acme):
    for name in "abc":
        acme.user(name)
    first = acme.get("/Users", cursor="", count=2)

    rest = acme.get("/Users", cursor=first["nextCursor"], count=2)
    assert ["c"] == [user["userName"] for user in rest["Resources"]]
    search = {"schemas": [urns.SEARCH_REQUEST], "filter": 'userName eq "b"'}
    assert 1 == acme.post("/Users/.search", search)["totalResults"]


def test_me_is_the_user_of_the_tenants_token(api, acme):
    user = acme.user("ada")
    answer = acme.get("/Me", token=api.admit("ada's", "acme", subject="ada"))

    assert f"{BASE}{user}" == answer.headers["Location"]


def test_an_error_names_the_path_as_it_was_sent(acme):
    assert "/tenants/acme/scim/v2/nothing" in acme.get("/nothing")["detail"]


def test_a_tenant_is_served_below_where_the_app_is_mounted(api, acme):
    answer = api.client.get(
        "/tenants/acme/scim/v2/ServiceProviderConfig",
        headers={"Authorization": f"Bearer {acme.token}"},
        environ_overrides={"SCRIPT_NAME": "/under"},
    )

    base = "http://localhost/under/tenants/acme/scim/v2"
    assert f"{base}/ServiceProviderConfig" == answer.headers["Location"]


def test_the_version_may_be_left_out_in_a_tenant_too(api, acme):
    acme.base = "/tenants/acme/scim"

    assert 200 == acme.get("/Users").status


@pytest.mark.parametrize(
    "path", ["/tenants", "/tenants/", "/tenants//scim/v2/Users", "/tenants/acme"]
)
def test_what_is_no_path_of_a_tenant_does_not_tell_what_there_is(api, acme, path):
    api.base = ""

    assert 401 == api.get(path, token="wrong").status
    assert api.get(path, token=acme.token).status in (401, 404)


def test_the_default_tenant_has_no_second_address(api):
    for given in (None, "wrong", api.token, api.admit(scope="admin")):
        assert 401 == tenant_at(api, "default").get("/ServiceProviderConfig", token=given).status


def tenant_at(api, name):
    other = copy(api)
    other.base = f"/tenants/{name}/scim/v2"
    return other


@pytest.mark.parametrize("name", ["nobody", "%2e%2e", "a%2Fb", "%00", "%ff", "'--", "x" * 5000])
def test_a_tenant_that_there_is_not_is_401_even_with_a_right_token(api, name):
    for given in (api.token, api.admit(scope="admin")):
        assert (401, None) == tenant_at(api, name).get("/Users", token=given).error


def test_a_tenant_that_is_removed_during_a_request_is_401(api, acme, monkeypatch):
    def gone(self, *_):
        raise UnknownTenant("The tenant was removed.")

    monkeypatch.setattr(type(api.app.extensions["scim_server"].store), "read", gone)

    assert (401, None) == acme.get("/Users").error


def test_the_token_of_the_configuration_is_of_the_default_tenant(api, acme):
    assert 401 == acme.get("/Users", token=api.token).status


def test_a_tenant_that_was_removed_is_gone_within_seconds(api):
    now = [0.0]
    service = api.app.extensions["scim_server"]
    database = api.database
    database.add_tenant("acme")
    tenants = Tenants(service.config, service.catalog, database, monotonic=lambda: now[0])
    tenants.service("acme")
    database.remove_tenant("acme")
    now[0] = FRESH_SECONDS

    with pytest.raises(UnknownTenant):
        tenants.service("acme")
    assert FRESH_SECONDS <= 5


# --- the commands -------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path):
    """Runs `scim-server tenant …` on a file."""

    def call(*arguments, code=0, group=tenant, **options):
        given = [*arguments, "--database", str(tmp_path / "scim.db")]
        done = CliRunner().invoke(group, given, **options)
        assert code == done.exit_code, done.output
        return done.output

    return call


def test_tenants_are_listed(run):
    run("add", "acme")

    assert "default\nacme\n" == run("list")
    assert ["default", "acme"] == json.loads(run("list", "--json"))


def test_a_tenant_that_is_added_answers(run, tmp_path, make_api):
    run("add", "acme")
    secret = run("add", "entra", "--tenant", "acme", group=token).strip()
    api = make_api(database=str(tmp_path / "scim.db"))

    assert 200 == tenant_at(api, "acme").get("/Users", token=secret).status


def test_a_second_tenant_of_a_name_is_refused(run):
    run("add", "acme")

    assert "'acme'" in run("add", "acme", code=1)


@pytest.mark.parametrize("name", ["a/b", "..", "", "-x y", "ä"])
def test_a_name_that_cannot_be_in_a_url_is_refused(run, name):
    run("add", name, code=2)


def test_a_tenant_goes_with_its_users_and_tokens(run, tmp_path, make_api):
    run("add", "acme")
    run("add", "entra", "--tenant", "acme", group=token)
    run("remove", "acme", "--yes")

    assert "default\n" == run("list")
    assert "[]\n" == run("list", "--json", group=token)


def test_a_tenant_is_only_removed_when_that_is_confirmed(run):
    run("add", "acme")
    run("remove", "acme", code=1, input="n\n")

    assert "default\nacme\n" == run("list")


def test_the_default_tenant_stays(run):
    run("remove", "default", "--yes", code=2)


def test_what_is_not_there_cannot_be_removed(run):
    assert "'acme'" in run("remove", "acme", "--yes", code=1)
