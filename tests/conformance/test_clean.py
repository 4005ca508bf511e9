"""What an interrupted run left is removed, and nothing else."""

import pytest
from werkzeug import Response

from conformance import Access, Bearer, CannotRun
from conformance.clean import clean
from scim_client import Bearer as ClientBearer
from scim_client import ScimClient
from scim_server.testing.live import LiveServer


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


def test_what_bears_the_prefix_is_removed(server, client):
    client.users.create({"userName": "scim-conformance-1"})
    client.groups.create({"displayName": "scim-conformance-2"})
    cleaned(server)

    assert [] == server.users() + server.groups()


def test_everything_else_stays(server, client):
    for name in ("ada", "not-scim-conformance-1"):
        client.users.create({"userName": name})
    cleaned(server)

    assert ["ada", "not-scim-conformance-1"] == [user["userName"] for user in server.users()]


def test_all_pages_are_cleaned(server, client):
    for number in range(12):
        client.users.create({"userName": f"scim-conformance-{number}"})

    assert 12 == len(cleaned(server).removed)
    assert [] == server.users()


def test_a_dry_run_removes_nothing(server, client):
    client.users.create({"userName": "scim-conformance-1"})

    assert 1 == len(cleaned(server, dry_run=True).removed)
    assert 1 == len(server.users())


def test_an_endpoint_without_filters_is_looked_through(tiny, token):
    tiny.users |= {
        "1": {"id": "1", "userName": "ada"},
        "2": {"id": "2", "userName": "Scim-Conformance-x"},
    }
    clean(tiny.url, Access(Bearer(token)))

    assert ["1"] == list(tiny.users)


def test_an_endpoint_that_refuses_filters_is_looked_through(tiny, token):
    tiny.users |= {
        "1": {"id": "1", "userName": "ada"},
        "2": {"id": "2", "userName": "scim-conformance-x"},
    }
    tiny.guard(lambda request: Response(status=400) if "filter" in request.args else None)
    clean(tiny.url, Access(Bearer(token)))

    assert ["1"] == list(tiny.users)


def test_the_command_says_what_it_removes(command, server, client):
    made = client.users.create({"userName": "scim-conformance-1"})
    result = command("clean", server.url, SCIM_TOKEN=server.token)

    assert 0 == result.exit_code
    assert f"removing /Users/{made['id']}  scim-conformance-1\n1 removed\n" == result.stdout


def test_the_command_says_what_would_be_removed(command, server, client):
    client.users.create({"userName": "scim-conformance-1"})
    result = command("clean", server.url, "--dry-run", SCIM_TOKEN=server.token)

    assert "would remove /Users/" in result.stdout
    assert "1 found" in result.stdout


def test_what_would_not_go_is_exit_code_1(command, tiny):
    tiny.users["2"] = {"id": "2", "userName": "scim-conformance-x"}
    tiny.guard(lambda request: Response(status=403) if request.method == "DELETE" else None)
    result = command("clean", tiny.url)

    assert 1 == result.exit_code
    assert "left behind: /Users/2 could not be deleted" in result.stderr


def test_resources_that_cannot_be_listed_are_exit_code_2(command, tiny):
    tiny.guard(lambda request: Response(status=500) if request.path.endswith("/Users") else None)
    result = command("clean", tiny.url)

    assert 2 == result.exit_code
    assert "/Users: its resources cannot be listed" in result.stderr


def test_an_endpoint_that_is_none_is_one_message(token):
    with pytest.raises(CannotRun, match="is not an http or https URL"):
        clean("app.example", Access(Bearer(token)))
