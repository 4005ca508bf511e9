"""Client and server of this project, over HTTP and over a plain call."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from scim_client import Bearer, ScimClient, WsgiAdapter, add, remove, replace
from scim_client.filters import eq
from scim_protocol import urns
from scim_protocol.errors import NotFound, PreconditionFailed, Unauthorized, Uniqueness
from scim_server.app import create_app
from scim_server.config import Config
from scim_server.testing.live import LiveServer

NAMES = ["ada", "Zoë O'Hara", 'quo"te', "back\\slash", "北京", "a&b=c+d"]


@pytest.fixture(params=["http", "wsgi"])
def scim(request: pytest.FixtureRequest) -> Iterator[ScimClient]:
    if request.param == "wsgi":
        app = create_app(Config.load({"tokens": ["t"]}))
        yield ScimClient("http://app.test/scim/v2", Bearer("t"), adapter=WsgiAdapter(app))
        return
    with LiveServer() as server, ScimClient(server.url, Bearer(server.token)) as client:
        yield client


def user(name: str, **more: object) -> dict:
    return {"schemas": [urns.USER], "userName": name, **more}


def test_a_user_is_created_read_changed_replaced_and_deleted(scim: ScimClient):
    ada = scim.users.create(user("ada"))
    patched = scim.users.patch(ada["id"], replace("active", False), add("title", "Countess"))
    replaced = scim.users.replace(ada["id"], user("ada", nickName="A"))
    scim.users.delete(ada["id"])

    assert patched["active"] is False
    assert patched["title"] == "Countess"
    assert replaced["nickName"] == "A"
    assert "title" not in replaced
    with pytest.raises(NotFound):
        scim.users.get(ada["id"])


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_found_by_a_filter_built_from_it(name: str, scim: ScimClient):
    created = scim.users.create(user(name))
    scim.users.create(user("somebody else"))

    assert [created["id"]] == [each["id"] for each in scim.users.search(eq("userName", name))]


def test_all_pages_are_read(scim: ScimClient):
    names = [f"u{number}" for number in range(11)]
    for name in names:
        scim.users.create(user(name))

    found = scim.users.search('userName sw "u"', count=3, sort_by="userName")

    assert sorted(names) == [each["userName"] for each in found]


def test_members_are_added_and_removed(scim: ScimClient):
    ada, bob = (scim.users.create(user(name))["id"] for name in ("ada", "bob"))
    group = scim.groups.create({"schemas": [urns.GROUP], "displayName": "G"})["id"]

    scim.groups.patch(group, add("members", [{"value": ada}, {"value": bob}]), read_back=False)
    scim.groups.patch(group, remove(f"members[{eq('value', ada)}]"), read_back=False)

    assert [bob] == [member["value"] for member in scim.groups.get(group)["members"]]


def test_a_name_that_is_taken_raises_uniqueness(scim: ScimClient):
    scim.users.create(user("ada"))

    with pytest.raises(Uniqueness):
        scim.users.create(user("ADA"))


def test_a_version_that_is_old_changes_nothing(scim: ScimClient):
    ada = scim.users.create(user("ada"))
    scim.users.patch(ada["id"], replace("active", False))

    with pytest.raises(PreconditionFailed):
        scim.users.patch(ada["id"], replace("active", True), etag=ada["meta"]["version"])


def test_discovery_names_users_and_groups(scim: ScimClient):
    assert {"User", "Group"} <= {each["name"] for each in scim.resource_types()}
    assert urns.USER in {each["id"] for each in scim.schemas()}
    assert scim.service_provider_config()["patch"]["supported"] is True


def test_a_wrong_token_raises_unauthorized(scim_server: LiveServer, connect):
    with pytest.raises(Unauthorized):
        connect(scim_server.url, auth=Bearer("wrong")).users.get("1")


def test_a_wrong_path_says_so(scim_server: LiveServer, connect):
    with pytest.raises(NotFound):
        connect(scim_server.url + "/nowhere", auth=Bearer(scim_server.token)).users.get("1")


def test_a_busy_server_is_waited_for(scim_server: LiveServer, connect, clock):
    scim_server.fault("/Users", status=429, retry_after=7, times=2)

    connect(scim_server.url, auth=Bearer(scim_server.token)).users.create(user("ada"))

    assert [each["userName"] for each in scim_server.users()] == ["ada"]
    assert clock.slept == [7, 7]


def test_many_threads_create_through_one_client(scim_server: LiveServer, connect):
    scim = connect(scim_server.url, auth=Bearer(scim_server.token))

    with ThreadPoolExecutor(16) as pool:
        created = list(pool.map(lambda n: scim.users.create(user(f"u{n}")), range(48)))

    assert {each["id"] for each in created} == {each["id"] for each in scim.users.search()}
