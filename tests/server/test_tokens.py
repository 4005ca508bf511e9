"""Tokens of the database: scopes, ends, revocation, and the commands that make them."""

import json
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_server.access.known import FRESH_SECONDS, KnownTokens
from scim_server.access.lifetimes import end_of, text_of
from scim_server.access.secrets import digest_of
from scim_server.commands.tenants import tenant
from scim_server.commands.tokens import token
from scim_server.routes import every_route

READING = [
    (route.method, path)
    for path, _, route in every_route(Catalog.standard())
    if route.scope == "read"
]
WRITING = [
    (route.method, path)
    for path, _, route in every_route(Catalog.standard())
    if route.scope == "write"
]


@pytest.fixture
def reader(api):
    """The server, spoken to with a token that may only read."""
    api.token = api.admit(scope="read")
    return api


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_a_token_to_read_changes_nothing(reader, method, path):
    answer = reader.request(method, path.replace("{id}", "1"), {})

    assert (403, None) == answer.error
    challenge = 'Bearer realm="scim", error="insufficient_scope", scope="write"'
    assert challenge == answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path"), READING)
def test_a_token_to_read_may_get_and_search(reader, method, path):
    message = {"schemas": [urns.SEARCH_REQUEST]} if method == "POST" else None
    answer = reader.request(method, path.replace("{id}", "1"), message)

    assert answer.status in (200, 404, 501)


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_a_token_to_read_may_ask_for_the_options(reader, method, path):
    assert 200 == reader.request("OPTIONS", path.replace("{id}", "1")).status


def test_get_and_search_are_all_that_only_reads():
    assert {"GET", "POST"} == {method for method, _ in READING}
    assert all(path.endswith("/.search") for method, path in READING if method == "POST")


@pytest.mark.parametrize("scope", ["write", "admin"])
def test_a_token_to_write_may_do_all_of_scim(api, scope):
    api.token = api.admit(scope=scope)

    assert 204 == api.delete(api.user()).status


def test_a_token_that_has_expired_is_401_and_says_so(api):
    past = text_of(datetime.now(UTC) - timedelta(seconds=1))
    answer = api.get("/Users", token=api.admit(expires=past))

    assert (401, None) == answer.error
    assert "expired" in answer["detail"]
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_that_has_not_expired_is_let_in(api):
    soon = text_of(datetime.now(UTC) + timedelta(minutes=1))

    assert 200 == api.get("/Users", token=api.admit(expires=soon)).status


def test_that_a_token_has_expired_is_told_to_its_tenant_alone(api):
    acme = api.tenant("acme")
    past = text_of(datetime.now(UTC) - timedelta(seconds=1))
    token = api.admit(expires=past)

    assert acme.get("/Users", token="wrong").text == acme.get("/Users", token=token).text


def test_a_token_that_was_revoked_is_a_wrong_token(api):
    token = api.admit("guest")
    api.database.tokens.revoke("default", "guest", text_of(datetime.now(UTC)))

    assert api.get("/Users", token="wrong").text == api.get("/Users", token=token).text


def test_a_token_in_the_url_lets_nobody_in(api):
    answer = api.get("/Users", token=None, access_token=api.token)

    assert (401, None) == answer.error


@pytest.mark.parametrize(
    "headers", ["Bearer {0}, Bearer {0}", "Bearer {0},Bearer x", "Basic eA==, Bearer {0}"]
)
def test_several_authorization_headers_are_refused(api, headers):
    # This is how WSGI servers hand them over.
    answer = api.get("/Users", headers={"Authorization": headers.format(api.token)})

    assert (400, None) == answer.error
    assert 'error="invalid_request"' in answer.headers["WWW-Authenticate"]


def test_the_subject_of_a_token_is_its_me(api):
    user = api.user("ada")
    token = api.admit(subject="ada")

    assert user.endswith(api.get("/Me", token=token)["id"])


def test_a_client_secret_is_no_token(api):
    secret = api.admit(kind="client")

    assert api.get("/Users", token="wrong").text == api.get("/Users", token=secret).text


# --- what is remembered of tokens ---------------------------------------------------------------


class Shelf:
    """Tokens that count how often they are asked for."""

    def __init__(self, *tokens):
        self.tokens = {one.digest: one for one in tokens}
        self.asked = 0

    def find(self, digest):
        self.asked += 1
        return self.tokens.get(digest)

    def used(self, digest, when):
        pass


@pytest.fixture
def shelf(api):
    api.admit("guest")
    return Shelf(*api.database.tokens.list())


@pytest.fixture
def digest(shelf):
    return next(iter(shelf.tokens))


def test_a_token_is_looked_up_once_in_some_seconds(shelf, digest):
    known, now = remembering(shelf)
    for seconds in (0, 1, FRESH_SECONDS - 0.01):
        now[0] = seconds
        assert known.grant(digest, "default")

    assert 1 == shelf.asked


def test_a_revocation_by_another_process_is_seen_within_seconds(shelf, digest):
    known, now = remembering(shelf)
    known.grant(digest, "default")
    shelf.tokens.clear()
    now[0] = FRESH_SECONDS

    assert known.grant(digest, "default") is None
    assert FRESH_SECONDS <= 5


def test_a_token_that_was_not_found_is_looked_up_again(shelf, digest):
    known, _ = remembering(shelf)
    kept, shelf.tokens = shelf.tokens, {}
    known.grant(digest, "default")
    shelf.tokens = kept

    assert known.grant(digest, "default")


def remembering(shelf):
    now = [0.0]
    return KnownTokens(shelf, monotonic=lambda: now[0]), now


def test_many_threads_share_what_is_remembered(shelf, digest):
    known, _ = remembering(shelf)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(known.grant(digest, "default")))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 16 == len(found)
    assert None not in found


# --- how long a token is good -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("90d", "2026-04-01T00:00:00.000Z"),
        ("12h", "2026-01-01T12:00:00.000Z"),
        ("2w", "2026-01-15T00:00:00.000Z"),
        ("30m", "2026-01-01T00:30:00.000Z"),
        ("10s", "2026-01-01T00:00:10.000Z"),
        ("1y", "2027-01-01T00:00:00.000Z"),
        ("never", None),
    ],
)
def test_a_lifetime_ends_at(text, end):
    assert end == end_of(text, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("text", ["", "90", "0d", "-1d", "1.5h", "d", "90 d", "999999y", "1Y"])
def test_what_is_no_lifetime_is_refused(text):
    with pytest.raises(ValueError, match=r"lifetime|last day"):
        end_of(text, datetime(2026, 1, 1, tzinfo=UTC))


# --- the commands -------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path):
    return tmp_path / "scim.db"


@pytest.fixture
def scim_server(database):
    """Runs `scim-server token …` and `scim-server tenant …` on a file."""

    def run(group, *arguments, code=0, **options):
        given = [*arguments, "--database", str(database)]
        done = CliRunner().invoke({"token": token, "tenant": tenant}[group], given, **options)
        assert code == done.exit_code, done.output
        return done.output

    return run


def test_a_token_is_printed_once_and_kept_as_a_hash(scim_server, database):
    secret = scim_server("token", "add", "entra").strip()

    listed = scim_server("token", "list")
    assert secret.startswith("scim_")
    assert secret not in listed
    with sqlite3.connect(database) as connection:
        (kept,) = connection.execute("SELECT digest FROM tokens").fetchone()
        assert secret not in "\n".join(connection.iterdump())
    connection.close()
    assert digest_of(secret) == kept


def test_a_token_lets_in_who_has_it(scim_server, database, make_api):
    secret = scim_server("token", "add", "entra").strip()

    assert 200 == make_api(database=str(database)).get("/Users", token=secret).status


def test_two_tokens_have_256_bits_that_differ(scim_server):
    first, second = (scim_server("token", "add", name).strip() for name in "ab")

    assert first != second
    assert len("scim_") + 43 == len(first)


def test_a_second_token_of_a_name_is_refused(scim_server):
    scim_server("token", "add", "entra")

    assert "already" in scim_server("token", "add", "entra", code=1)


def test_a_token_of_a_tenant_that_there_is_not_is_refused(scim_server):
    assert "'acme'" in scim_server("token", "add", "entra", "--tenant", "acme", code=1)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101])
def test_a_name_that_cannot_be_read_is_refused(scim_server, name):
    assert "NAME" in scim_server("token", "add", name, code=2)


@pytest.mark.parametrize("name", ["a b", "a:b", "ä", "a+b", "a%b"])
def test_a_client_has_a_name_that_all_write_alike(scim_server, name):
    assert "letters" in scim_server("token", "add", name, "--client", code=2)


def test_a_client_is_told_its_token_endpoint(scim_server):
    scim_server("tenant", "add", "acme")
    told = scim_server("token", "add", "entra", "--client", "--tenant", "acme").splitlines()

    assert "client_id: entra" == told[0]
    assert told[1].startswith("client_secret: scim_cs_")
    assert "token endpoint: /tenants/acme/oauth/token" == told[2]


def test_a_lifetime_that_is_none_is_refused(scim_server):
    assert "--expires" in scim_server("token", "add", "x", "--expires", "soon", code=2)


def test_the_list_in_json_has_everything_but_the_secret(scim_server):
    arguments = ("--scope", "read", "--subject", "ada", "--expires", "never")
    scim_server("token", "add", "entra", *arguments)

    (shown,) = json.loads(scim_server("token", "list", "--json"))
    assert "2" == shown.pop("created")[0]
    assert {
        "name": "entra", "tenant": "default", "kind": "token", "scope": "read", "state": "active",
        "expires": None, "lastUsed": None, "revoked": None, "subject": "ada",
    } == shown  # fmt: skip


def test_the_list_is_of_a_tenant_where_one_is_named(scim_server):
    scim_server("tenant", "add", "acme")
    scim_server("token", "add", "one")
    scim_server("token", "add", "two", "--tenant", "acme")

    listed = json.loads(scim_server("token", "list", "--json", "--tenant", "acme"))
    assert ["two"] == [one["name"] for one in listed]


def test_an_empty_list_says_so(scim_server):
    assert "There are no tokens.\n" == scim_server("token", "list")


def test_a_token_is_revoked_by_its_name(scim_server, database, make_api):
    secret = scim_server("token", "add", "entra").strip()
    scim_server("token", "revoke", "entra")

    assert 401 == make_api(database=str(database)).get("/Users", token=secret).status
    (shown,) = json.loads(scim_server("token", "list", "--json"))
    assert "revoked" == shown["state"]


def test_a_name_is_free_again_when_its_token_is_revoked(scim_server):
    scim_server("token", "add", "entra")
    scim_server("token", "revoke", "entra")
    scim_server("token", "add", "entra")

    assert 2 == len(json.loads(scim_server("token", "list", "--json")))


def test_what_is_not_there_cannot_be_revoked(scim_server):
    assert "'entra'" in scim_server("token", "revoke", "entra", code=1)


def test_the_last_use_of_a_token_is_listed(scim_server, database, make_api):
    secret = scim_server("token", "add", "entra").strip()
    api = make_api(database=str(database))
    api.get("/Users", token=secret)
    api.close()

    (shown,) = json.loads(scim_server("token", "list", "--json"))
    assert shown["lastUsed"] is not None


def test_a_database_that_cannot_be_opened_is_told_in_a_line(scim_server, database):
    database.write_text("no database at all, but text of some length")

    assert 1 == len(scim_server("token", "list", code=2).splitlines())


def test_a_database_in_memory_has_no_tokens_to_keep():
    done = CliRunner().invoke(token, ["list", "--database", ":memory:"])

    assert 2 == done.exit_code
    assert ":memory:" in done.output
