"""What an interrupted run left is removed, and nothing else."""

import json

import pytest
from werkzeug import Response

from conformance import Access, Bearer, CannotRun
from conformance.clean import clean
from scim_client import Bearer as ClientBearer
from scim_client import ScimClient
from scim_server.testing.live import LiveServer

OURS = "scim-conformance-0123456789ab"


@pytest.fixture
def server():
    with LiveServer(page_size=5) as server:
        yield server


@pytest.fixture
def client(server):
    with ScimClient(server.url, auth=ClientBearer(server.token)) as client:
        yield client


def cleaned(server, **options):
    return clean(server.url, Access(Bearer(server.token)), **options)


def test_what_bears_a_name_of_ours_is_removed(server, client):
    client.users.create({"userName": OURS})
    client.groups.create({"displayName": OURS})
    cleaned(server)

    assert [] == server.users() + server.groups()


def test_everything_else_stays(server, client):
    for name in ("ada", f"not-{OURS}"):
        client.users.create({"userName": name})
    cleaned(server)

    assert ["ada", f"not-{OURS}"] == [user["userName"] for user in server.users()]


@pytest.mark.parametrize("name", ["scim-conformance-bot", "scim-conformance-suite@corp.example"])
def test_an_account_that_only_sounds_like_ours_stays(server, client, name):
    client.users.create({"userName": name})
    cleaned(server)

    assert [name] == [user["userName"] for user in server.users()]


def test_all_pages_are_cleaned(server, client):
    for number in range(12):
        client.users.create({"userName": f"scim-conformance-{number:012x}"})

    assert 12 == len(cleaned(server).removed)
    assert [] == server.users()


def test_a_dry_run_removes_nothing(server, client):
    client.users.create({"userName": OURS})

    assert 1 == len(cleaned(server, dry_run=True).removed)
    assert 1 == len(server.users())


def test_an_endpoint_without_filters_is_looked_through(tiny, token):
    tiny.users |= {
        "1": {"id": "1", "userName": "ada"},
        "2": {"id": "2", "userName": OURS.title()},
    }
    clean(tiny.url, Access(Bearer(token)))

    assert ["1"] == list(tiny.users)


def test_an_endpoint_that_refuses_filters_is_looked_through(tiny, token):
    tiny.users |= {
        "1": {"id": "1", "userName": "ada"},
        "2": {"id": "2", "userName": OURS},
    }
    tiny.guard(lambda request: Response(status=400) if "filter" in request.args else None)
    clean(tiny.url, Access(Bearer(token)))

    assert ["1"] == list(tiny.users)


def test_the_command_says_what_it_removes(command, server, client):
    made = client.users.create({"userName": OURS})
    result = command("clean", server.url, SCIM_TOKEN=server.token)

    assert 0 == result.exit_code
    assert f"removing /Users/{made['id']}  {OURS}\n1 removed\n" == result.stdout


def test_the_command_says_what_would_be_removed(command, server, client):
    client.users.create({"userName": OURS})
    result = command("clean", server.url, "--dry-run", SCIM_TOKEN=server.token)

    assert "would remove /Users/" in result.stdout
    assert "1 found" in result.stdout


def test_what_would_not_go_is_exit_code_1(command, tiny):
    tiny.users["2"] = {"id": "2", "userName": OURS}
    tiny.guard(lambda request: Response(status=403) if request.method == "DELETE" else None)
    result = command("clean", tiny.url)

    assert 1 == result.exit_code
    assert "left behind: /Users/2 could not be deleted" in result.stderr


def test_resources_that_cannot_be_listed_are_exit_code_2(command, tiny):
    tiny.guard(lambda request: Response(status=500) if request.path.endswith("/Users") else None)
    result = command("clean", tiny.url)

    assert 2 == result.exit_code
    assert "/Users: its resources cannot be listed" in result.stderr


@pytest.mark.parametrize(
    ("listing", "message"),
    [
        ({"Resources": 7, "totalResults": 7}, ""),
        ({"Resources": [1, None], "totalResults": "many"}, ""),
        ({"Resources": [{"id": "..", "userName": OURS}, {"id": 7, "userName": OURS}]}, ""),
        ({"Resources": [{"id": "1"}], "totalResults": 9}, "its pages show the same again"),
        ({"Resources": [{"id": "1"}], "nextCursor": "x"}, "its pages show the same again"),
        ({"Resources": [], "nextCursor": "x"}, "its pages show the same again"),
    ],
)
def test_a_list_that_is_none_is_no_crash(command, tiny, listing, message):
    def odd(request, response):
        if request.method == "GET" and request.path.endswith("/Users"):
            response.data = json.dumps(listing)

    tiny.spoil(odd)
    result = command("clean", tiny.url)

    assert (2 if message else 0) == result.exit_code
    assert message in result.stderr
    assert {"GET"} == {request.method for request, _ in tiny.server.log}


def test_what_was_seen_of_a_list_without_end_is_removed(command, tiny, edit):
    tiny.users["2"] = {"id": "2", "userName": OURS}
    tiny.spoil(edit("GET", "/Users$", lambda body: body.__setitem__("totalResults", 10**9)))

    assert 2 == command("clean", tiny.url).exit_code
    assert {} == tiny.users


def test_an_endpoint_told_from_the_root_is_cleaned_once(command, tiny):
    tiny.users["2"] = {"id": "2", "userName": OURS}
    tiny.types[0]["endpoint"] = "/scim/v2/Users"
    result = command("clean", tiny.url)

    assert 0 == result.exit_code
    assert f"removing /Users/2  {OURS}\n1 removed\n" == result.stdout


def test_a_name_steers_no_terminal(command, tiny):
    tiny.users["2"] = {"id": "2", "userName": f"{OURS}\x1b[2J\n1 removed"}

    assert f"{OURS}\\x1b[2J\\n1 removed\n" in command("clean", tiny.url).stdout


def test_an_endpoint_that_is_none_is_one_message(token):
    with pytest.raises(CannotRun, match="is not an http or https URL"):
        clean("app.example", Access(Bearer(token)))
