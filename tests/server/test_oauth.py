"""OAuth 2.0 client credentials: the token endpoint (RFC 6749 §4.4) and the tokens that it gives."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from scim_client import ClientCredentials, ScimClient
from scim_server.access.access_tokens import LIFE_SECONDS, AccessTokens
from scim_server.access.lifetimes import text_of
from scim_server.testing import LiveServer

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def secret(api):
    """The secret of the client `entra`."""
    return api.admit("entra", kind="client")


def ask(api, form, *, header=None, path="/oauth/token", **options):
    headers = {} if header is None else {"Authorization": header}
    return api.client.post(path, data=form, headers=headers, **options)


def basic(name, secret):
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def posted(name, secret, **more):
    return {**GRANT, "client_id": name, "client_secret": secret, **more}


def given(api, form, **options):
    answer = ask(api, form, **options)
    assert 200 == answer.status_code, answer.text
    return answer.json


def test_a_client_gets_a_token_by_basic_authentication(api, secret):
    answer = given(api, GRANT, header=basic("entra", secret))

    assert 200 == api.get("/Users", token=answer.pop("access_token")).status
    assert {"token_type": "Bearer", "expires_in": 3600, "scope": "write"} == answer


def test_a_client_gets_a_token_by_the_form(api, secret):
    answer = given(api, posted("entra", secret))

    assert 200 == api.get("/Users", token=answer["access_token"]).status


def test_name_and_secret_in_the_header_are_form_encoded(api):
    secret = api.admit("a b:c", kind="client")

    assert given(api, GRANT, header=basic("a+b%3Ac", secret))


@pytest.mark.parametrize("form", [{}, GRANT])
def test_answers_are_not_to_be_stored(api, secret, form):
    for header in (basic("entra", secret), basic("entra", "wrong")):
        answer = ask(api, form, header=header)

        assert "no-store" == answer.headers["Cache-Control"]
        assert "no-cache" == answer.headers["Pragma"]
        assert "application/json" == answer.headers["Content-Type"]


@pytest.mark.parametrize(
    ("asked", "scope"), [("read", "read"), ("write", "write"), ("read write", "write")]
)
def test_a_token_has_the_scope_that_was_asked_for(api, secret, asked, scope):
    assert scope == given(api, posted("entra", secret, scope=asked))["scope"]


def test_a_token_to_read_changes_nothing(api, secret):
    token = given(api, posted("entra", secret, scope="read"))["access_token"]

    assert (403, None) == api.post("/Users", {}, token=token).error


@pytest.mark.parametrize("asked", ["admin", "read admin", "other", "read  write", "READ"])
def test_a_scope_that_the_client_has_not_is_refused(api, secret, asked):
    answer = ask(api, posted("entra", secret, scope=asked))

    assert (400, "invalid_scope") == (answer.status_code, answer.json["error"])


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({**GRANT, "client_id": "other"}, "invalid_request"),
        ({**GRANT, "client_secret": "x"}, "invalid_request"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=%ff", "invalid_request"),
        (b"grant_type=\xff", "invalid_request"),
        ("scope=" + "x" * 20_000, "invalid_request"),
    ],
)
def test_a_request_that_is_not_right_is_told_what_is_wrong(api, secret, form, error):
    options = {"content_type": "application/x-www-form-urlencoded"}
    answer = ask(api, form, header=basic("entra", secret), **options)

    assert (400, error) == (answer.status_code, answer.json["error"])
    assert answer.json["error_description"]


@pytest.mark.parametrize("content_type", ["application/json", "", "multipart/form-data"])
def test_a_body_that_is_no_form_is_refused(api, secret, content_type):
    form = b"grant_type=client_credentials"
    answer = ask(api, form, header=basic("entra", secret), content_type=content_type)

    assert (400, "invalid_request") == (answer.status_code, answer.json["error"])


def test_credentials_in_the_url_are_not_looked_at(api, secret):
    answer = ask(api, GRANT, path=f"/oauth/token?client_id=entra&client_secret={secret}")

    assert (401, "invalid_client") == (answer.status_code, answer.json["error"])


@pytest.mark.parametrize("name", ["entra", "nobody", ""])
@pytest.mark.parametrize("wrong", ["wrong", "", "scim_cs_" + "x" * 43])
def test_a_wrong_client_is_401_in_the_same_words(api, secret, name, wrong):
    answer = ask(api, GRANT, header=basic(name, wrong))

    assert (401, "invalid_client") == (answer.status_code, answer.json["error"])
    assert "There is no such client, or its secret is wrong." == answer.json["error_description"]
    assert 'Basic realm="scim"' == answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("header", ["Bearer x", "Basic", "Basic ????", "Basic eA==", "x"])
def test_another_header_is_401(api, secret, header):
    assert 401 == ask(api, GRANT, header=header).status_code


def test_the_secret_is_that_of_the_client_that_is_named(api, secret):
    api.admit("other", kind="client")

    assert 401 == ask(api, posted("other", secret)).status_code


def test_a_bearer_token_is_no_client_secret(api):
    token = api.admit("entra")

    assert 401 == ask(api, posted("entra", token)).status_code


def test_an_access_token_gets_no_further_one(api, secret):
    token = given(api, posted("entra", secret))["access_token"]

    assert 401 == ask(api, posted("entra", token)).status_code


def test_get_is_not_for_tokens(api):
    headers = {"Authorization": f"Bearer {api.token}"}

    assert 405 == api.client.get("/oauth/token", headers=headers).status_code


# --- access tokens ------------------------------------------------------------------------------


def test_an_access_token_ends_with_its_client(api, secret):
    token = given(api, posted("entra", secret))["access_token"]
    now = [0.0]
    api.app.gate.known._monotonic = lambda: now[0]
    api.database.tokens.revoke("default", "entra", text_of(datetime.now(UTC)))
    now[0] = 1e12

    assert 401 == api.get("/Users", token=token).status


def test_an_access_token_ends_after_an_hour(api, secret):
    client = next(iter(api.database.tokens.list()))
    later = datetime.now(UTC).timestamp() - LIFE_SECONDS
    tokens = AccessTokens(api.database.secret, api.app.gate.known, clock=lambda: later)
    answer = api.get("/Users", token=tokens.new(client, "write"))

    assert (401, None) == answer.error
    assert "expired" in answer["detail"]


def test_a_client_that_has_expired_gets_no_token(api):
    past = text_of(datetime.now(UTC) - timedelta(seconds=1))
    secret = api.admit("entra", kind="client", expires=past)

    assert 401 == ask(api, posted("entra", secret)).status_code


def test_any_process_over_the_database_takes_an_access_token(make_api, tmp_path):
    one, other = (make_api(database=str(tmp_path / "scim.db")) for _ in range(2))
    token = given(one, posted("entra", one.admit("entra", kind="client")))["access_token"]

    assert 200 == other.get("/Users", token=token).status


def test_an_access_token_of_another_server_is_a_wrong_one(make_api):
    one, other = make_api(), make_api()
    token = given(one, posted("entra", one.admit("entra", kind="client")))["access_token"]

    assert 401 == other.get("/Users", token=token).status


def test_an_access_token_cannot_be_changed(api, secret):
    token = given(api, posted("entra", secret))["access_token"]
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"

        assert 401 == api.get("/Users", token=token[:place] + other + token[place + 1 :]).status


def test_an_access_token_stands_for_the_subject_of_its_client(api):
    user = api.user("ada")
    secret = api.admit("entra", kind="client", subject="ada")
    token = given(api, posted("entra", secret))["access_token"]

    assert user.endswith(api.get("/Me", token=token)["id"])


# --- tenants ------------------------------------------------------------------------------------


def test_a_tenant_has_a_token_endpoint_of_its_own(api):
    acme = api.tenant("acme")
    secret = api.admit("entra", "acme", kind="client")
    token = given(api, posted("entra", secret), path="/tenants/acme/oauth/token")["access_token"]

    assert 200 == acme.get("/Users", token=token).status
    assert 401 == api.get("/Users", token=token).status


@pytest.mark.parametrize("path", ["/oauth/token", "/tenants/rival/oauth/token"])
def test_a_client_of_a_tenant_is_unknown_to_the_others(api, path):
    api.tenant("acme"), api.tenant("rival")
    secret = api.admit("entra", "acme", kind="client")

    assert 401 == ask(api, posted("entra", secret), path=path).status_code


def test_a_tenant_that_there_is_not_answers_as_to_a_wrong_client(api, secret):
    api.tenant("acme")
    there, nobody = (
        ask(api, posted("entra", secret), path=f"/tenants/{name}/oauth/token")
        for name in ("acme", "nobody")
    )

    assert (401, there.text) == (nobody.status_code, nobody.text)
    assert dict(there.headers) == dict(nobody.headers)


# --- what tells of it ---------------------------------------------------------------------------


def test_the_scheme_is_told_of(api):
    schemes = api.get("/ServiceProviderConfig")["authenticationSchemes"]

    assert ["oauthbearertoken", "oauth2"] == [scheme["type"] for scheme in schemes]
    assert [True, False] == [scheme["primary"] for scheme in schemes]


def test_scim_clients_oauth_works_against_it():
    with LiveServer() as server:
        secret = admit(server)
        url = server.url.replace("/scim/v2", "/oauth/token")
        for in_body in (False, True):
            auth = ClientCredentials(url, "entra", secret, secret_in_body=in_body)
            with ScimClient(server.url, auth) as scim:
                scim.users.create({"userName": f"ada-{in_body}"})

        assert ["ada-False", "ada-True"] == [user["userName"] for user in server.users()]


def admit(server):
    from scim_server.access.secrets import CLIENT_SECRET, digest_of, new_secret
    from scim_server.store.contract import Token

    secret = new_secret(CLIENT_SECRET)
    now = text_of(datetime.now(UTC))
    client = Token("entra", "default", "write", digest_of(secret), now, kind="client")
    server._app.extensions["scim_tenants"].database.tokens.add(client)
    return secret
