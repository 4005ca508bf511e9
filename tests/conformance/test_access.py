"""Every way of getting in, and what of it may be seen afterwards."""

import json
import re
import ssl

import pytest
import trustme
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import conformance
from conformance import Access, Basic, ClientCredentials, Verbatim

CHECK = "rfc7644/3.3/location"


@pytest.fixture
def seen(tiny):
    """Let every request in that bears the header, and note its headers."""
    headers = []

    def remember(request: Request) -> None:
        headers.append(dict(request.headers))

    tiny.guard(remember)
    return headers


@pytest.fixture
def open_tiny(tiny, monkeypatch):
    """The tiny endpoint, which lets everybody in."""
    right = tiny._right

    def let_in(request: Request) -> Response:
        request.environ["HTTP_AUTHORIZATION"] = "Bearer s3cr3t/token+value"
        return right(request)

    monkeypatch.setattr(tiny, "_right", let_in)
    return tiny


def run(tiny, access, *only):
    return conformance.run(tiny.url, access=access, only=only or [CHECK])


def test_basic_is_sent_with_every_request(seen, open_tiny):
    run(open_tiny, Access(Basic("ada", "pa55word")))

    assert {"Basic YWRhOnBhNTV3b3Jk"} == {headers["Authorization"] for headers in seen}


def test_a_password_is_in_no_report(seen, open_tiny):
    text = json.dumps(run(open_tiny, Access(Basic("ada", "pa55word"))).to_json())

    assert "pa55word" not in text
    assert "YWRhOnBhNTV3b3Jk" not in text
    assert '-u \\"$SCIM_USERNAME:$SCIM_PASSWORD\\"' in text


def test_headers_are_sent_and_masked(seen, open_tiny):
    report = run(open_tiny, Access(headers={"X-Api-Key": "k3y-k3y"}))

    assert {"k3y-k3y"} == {headers["X-Api-Key"] for headers in seen}
    assert "k3y-k3y" not in json.dumps(report.to_json())


def test_an_authorization_of_another_scheme_is_sent_as_it_is(seen, open_tiny):
    report = run(open_tiny, Access(Verbatim("Token t0p")))

    assert {"Token t0p"} == {headers["Authorization"] for headers in seen}
    assert "t0p" not in json.dumps(report.to_json())


def test_nothing_that_lets_us_in_is_sent_on_to_another_host(tiny, token):
    sent = []

    def redirect(request: Request) -> Response | None:
        if request.host.startswith("127.0.0.1"):
            sent.append(dict(request.headers))
            return Response(status=404)
        if request.method == "GET" and "/Users/" in request.path:
            elsewhere = request.url.replace("localhost", "127.0.0.1")
            return Response(status=307, headers={"Location": elsewhere})
        return None

    tiny.guard(redirect)
    access = Access(conformance.Bearer(token), {"X-Api-Key": "k3y"})
    run(tiny, access, "rfc7644/3.3/location-works")

    assert sent
    assert not [headers for headers in sent if {"Authorization", "X-Api-Key"} & set(headers)]


def test_nothing_that_lets_us_in_is_sent_to_a_url_that_an_answer_names_elsewhere(tiny, token):
    sent = []

    def elsewhere(request: Request) -> Response | None:
        if request.host.startswith("127.0.0.1"):
            sent.append(dict(request.headers))
            return Response(status=404)
        return None

    def refer(request: Request, response: Response) -> None:
        if request.method != "DELETE" and "/Users" in request.path:
            text = response.get_data(as_text=True)
            response.data = text.replace("//localhost", "//127.0.0.1")
            response.headers["Location"] = f"{tiny.url}/Users/1".replace("localhost", "127.0.0.1")

    tiny.guard(elsewhere)
    tiny.spoil(refer)
    access = Access(conformance.Bearer(token), {"X-Api-Key": "k3y"})
    run(tiny, access, "rfc7643/3.1", "rfc7644/3.3", "rfc7644/4")

    assert sent
    assert not [headers for headers in sent if {"Authorization", "X-Api-Key"} & set(headers)]


def test_no_cookie_of_an_answer_is_sent(tiny, token):
    tiny.spoil(lambda request, response: response.set_cookie("session", "1"))
    tiny.run("rfc7644/3.3/location")

    assert not [request for request, _ in tiny.server.log if request.cookies]


def test_secrets_that_the_endpoint_repeats_are_in_no_report(open_tiny):
    def repeat(request: Request, response: Response) -> None:
        if request.method == "POST":
            said = ["Token t0p/t0p", request.headers["X-Api-Key"], request.headers["X-Tenant"]]
            response.status_code = 400
            response.data = json.dumps({"detail": " ".join(said)}).replace("/", "\\/")

    open_tiny.spoil(repeat)
    headers = {"X-Api-Key": "k3y/k3y", "X-Tenant": "t3n/t3n"}
    access = Access(Verbatim("Token t0p/t0p"), headers, hidden=("t3n/t3n",))
    report = run(open_tiny, access, "rfc7644/3.3/created")
    text = json.dumps(report.to_json())

    assert "*** *** ***" in text
    assert not re.search("k3y|t3n|t0p", text)


@pytest.fixture
def token_endpoint(tiny):
    """Give the endpoint a token endpoint, which notes what it was asked."""
    asked = []

    def answer(request: Request) -> Response | None:
        if request.path != "/token":
            return None
        asked.append((request.authorization, request.form.to_dict()))
        if request.authorization is None and "client_id" not in request.form:
            return Response(status=401)
        fetched = {"access_token": "s3cr3t/token+value", "token_type": "Bearer"}
        return Response(json.dumps(fetched | {"expires_in": 3600}), mimetype="application/json")

    tiny.guards.insert(0, answer)
    return asked


@pytest.fixture
def client(httpserver):
    return ClientCredentials(httpserver.url_for("/token"), "app", "cl1ent-secret", "scim")


def test_a_token_is_fetched_with_client_credentials(tiny, token_endpoint, client):
    assert run(tiny, Access(client)).ok


def test_a_token_is_fetched_once(tiny, token_endpoint, client):
    run(tiny, Access(client))

    assert 1 == len(token_endpoint)


def test_a_token_is_asked_for_with_basic_and_the_scope(tiny, token_endpoint, client):
    run(tiny, Access(client))
    authorization, form = token_endpoint[0]

    assert ("app", "cl1ent-secret") == (authorization.username, authorization.password)
    assert {"grant_type": "client_credentials", "scope": "scim"} == form


def test_a_token_endpoint_that_wants_the_secret_in_the_form_gets_it(tiny, token_endpoint, client):
    tiny.guards.insert(0, lambda request: Response(status=401) if request.authorization else None)
    tiny.guards.insert(
        0, lambda request: None if request.path == "/token" else tiny._right(request)
    )
    run(tiny, Access(client))

    assert "cl1ent-secret" == token_endpoint[0][1]["client_secret"]


def test_a_fetched_token_is_in_no_report(tiny, token_endpoint, client):
    text = json.dumps(run(tiny, Access(client)).to_json())

    assert "s3cr3t/token" not in text
    assert "cl1ent-secret" not in text


def test_a_token_endpoint_that_refuses_is_one_message(tiny, client):
    tiny.guard(
        lambda request: (
            Response('{"error": "invalid_client"}', 401) if request.path == "/token" else None
        )
    )

    with pytest.raises(conformance.CannotRun, match=r"gives no access token \(401, inv"):
        run(tiny, Access(client))


def test_nothing_is_changed_by_a_run_that_only_reads(tiny, token):
    access = Access(conformance.Bearer(token), read_only=True)
    report = run(tiny, access, "rfc7644/3.3", "rfc7643/5")

    assert {"GET"} == {request.method for request, _ in tiny.server.log}
    assert any("the run is read-only" in result.message for result in report.results)
    assert "pass" in {str(result.status) for result in report.results}


def test_a_ca_file_that_is_not_there_is_one_message(tiny, tmp_path):
    with pytest.raises(conformance.CannotRun, match="there is no file"):
        run(tiny, Access(ca_file=tmp_path / "none.pem"))


def test_credentials_do_not_show_themselves():
    shown = [Basic("ada", "s3cr3t"), Verbatim("s3cr3t"), ClientCredentials("u", "i", "s3cr3t")]

    assert "s3cr3t" not in repr(shown) + repr(Access(headers={"X": "s3cr3t"}))


# --- the same by the command ---------------------------------------------------------------------


def test_the_command_sends_basic(command, open_tiny, seen):
    arguments = ["run", open_tiny.url, CHECK, "--username", "ada"]

    assert 0 == command(*arguments, SCIM_TOKEN=None, SCIM_PASSWORD="pa55word").exit_code
    assert "Basic YWRhOnBhNTV3b3Jk" == seen[0]["Authorization"]


def test_the_command_fetches_a_token(command, tiny, token_endpoint, client):
    arguments = ["run", tiny.url, CHECK, "--oauth-token-url", client.token_url]
    arguments += ["--oauth-client-id", "app"]

    assert 0 == command(*arguments, SCIM_TOKEN=None, SCIM_CLIENT_SECRET="x").exit_code


def test_the_command_reads_a_header_from_a_variable(command, open_tiny, seen):
    arguments = ["run", open_tiny.url, CHECK, "--header", "X-Api-Key: $API_KEY"]

    assert 0 == command(*arguments, API_KEY="k3y").exit_code
    assert "k3y" == seen[0]["X-Api-Key"]


def test_the_command_reads_a_header_from_a_variable_in_braces(command, open_tiny, seen):
    command("run", open_tiny.url, CHECK, "--header", "X-Api-Key: ${API_KEY}", API_KEY="k3y")

    assert "k3y" == seen[0]["X-Api-Key"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "'nonsense' is not an http or https URL"),
        ("http://me:s3cr3t@127.0.0.1/token", "the URL holds a user name or password"),
    ],
)
def test_a_token_url_that_is_none_is_one_message(tiny, url, message):
    with pytest.raises(conformance.CannotRun, match=message):
        run(tiny, Access(ClientCredentials(url, "app", "secret")))


@pytest.fixture
def behind_tls(tiny):
    """The tiny endpoint behind TLS, and the file of the CA that signed its certificate."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("localhost").configure_cert(context)
    ca.configure_trust(context)
    with HTTPServer(ssl_context=context) as server:
        server.expect_request(re.compile(".*")).respond_with_handler(tiny._answer)
        tiny.url = server.url_for("/scim/v2")
        yield tiny, ca, context


def test_a_certificate_of_a_ca_that_is_not_known_is_one_message(command, behind_tls):
    result = command("run", behind_tls[0].url, CHECK)

    assert 2 == result.exit_code
    assert "the TLS certificate is not accepted (" in result.stderr


def test_an_endpoint_without_tls_is_one_message(command, tiny):
    result = command("run", tiny.url.replace("http:", "https:"), CHECK)

    assert "TLS does not come about (" in result.stderr


def test_a_ca_file_may_be_given(command, behind_tls, tmp_path):
    tiny, ca, _ = behind_tls
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    assert 0 == command("run", tiny.url, CHECK, "--ca-file", str(tmp_path / "ca.pem")).exit_code


def test_any_certificate_may_be_accepted(command, behind_tls):
    assert 0 == command("run", behind_tls[0].url, CHECK, "--insecure").exit_code


def test_a_certificate_of_the_client_is_shown(command, behind_tls, tmp_path):
    tiny, ca, context = behind_tls
    context.verify_mode = ssl.CERT_REQUIRED
    own = ca.issue_cert("client.example")
    own.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    own.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    given = ["--client-cert", str(tmp_path / "cert.pem"), "--client-key", str(tmp_path / "key.pem")]

    assert 0 == command("run", tiny.url, CHECK, "--insecure", *given).exit_code


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--username", "ada"], "environment variable SCIM_PASSWORD: set it"),
        (["--username", "ada", "--token", "t"], "give one of --token, --username"),
        (["--oauth-token-url", "http://x/"], "--oauth-token-url needs --oauth-client-id"),
        (["--header", "nonsense"], "--header is written 'NAME: VALUE'"),
        (["--oauth-client-id", "app"], "need --oauth-token-url"),
        (["--token-env", "NOT_SET"], "environment variable NOT_SET: set it"),
        (["--header", "X: $NOT_SET"], "environment variable NOT_SET: set it"),
        (["--header", "X: $"], "$ is no name of a variable, like $KEY"),
        (["--client-key", __file__], "--client-key needs --client-cert"),
        (["--timeout", "0"], "0.0 is not in the range 0<x<=3600"),
        (["--rate", "0"], "0.0 is not in the range x>0"),
    ],
)
def test_options_that_cannot_be_are_one_message(command, tiny, options, message):
    result = command("run", tiny.url, *options)

    assert 2 == result.exit_code
    assert message in result.stderr


def test_no_more_requests_than_agreed_on(tiny, monkeypatch):
    pauses = []
    monkeypatch.setattr("conformance.wire.pace.time.sleep", pauses.append)
    report = run(tiny, Access(conformance.Bearer("s3cr3t/token+value"), rate=0.5))

    assert report.requests <= len(pauses) + 1
    assert max(pauses) > 1.0
