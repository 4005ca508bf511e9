"""A tiny SCIM endpoint for the suite to judge: just enough to be right, and easy to spoil."""

import json
import random
import re
from collections.abc import Callable, Iterator

import pytest
import requests
from click.testing import CliRunner, Result
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from conformance import Report, run
from conformance.check import all_checks
from conformance.commands import cli
from scim_server.testing.live import LiveServer

TOKEN = "s3cr3t/token+value"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
NO_OPTION = dict.fromkeys(("patch", "bulk", "filter", "changePassword", "sort", "etag"))

Spoiler = Callable[[Request, Response], Response | None]


class TinyEndpoint:
    """Users without filters and PATCH, and the discovery documents that say so."""

    def __init__(self, server: HTTPServer) -> None:
        self.server = server
        self.url = server.url_for("/scim/v2")
        self.users: dict[str, dict] = {}
        self.config = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            **{feature: {"supported": False} for feature in NO_OPTION},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
            "filter": {"supported": False, "maxResults": 100},
            "authenticationSchemes": [
                {"type": "oauthbearertoken", "name": "Token", "description": "A bearer token"}
            ],
        }
        self.types = [{"id": "User", "name": "User", "endpoint": "/Users", "schema": USER}]
        self.schemas = [{"id": USER, "name": "User", "attributes": [{"name": "userName"}]}]
        self.spoilers: list[Spoiler] = []
        self.guards: list[Callable[[Request], Response | None]] = []
        server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    def spoil(self, spoiler: Spoiler) -> None:
        """Change answers before they are sent: in place, or by returning another one."""
        self.spoilers.append(spoiler)

    def guard(self, guard: Callable[[Request], Response | None]) -> None:
        """Answer requests before anything is done; None lets one through."""
        self.guards.append(guard)

    def run(self, *only: str, **options: object) -> Report:
        return run(self.url, token=TOKEN, only=only, **options)

    def verdict(self, check_id: str) -> str:
        """Run one check and say what came of it."""
        return str(self.run(check_id).results[0].status)

    def message(self, check_id: str) -> str:
        return self.run(check_id).results[0].message

    def _answer(self, request: Request) -> Response:
        for guard in self.guards:
            if (refused := guard(request)) is not None:
                return refused
        response = self._right(request)
        for spoiler in self.spoilers:
            response = spoiler(request, response) or response
        return response

    def _right(self, request: Request) -> Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            challenge = {"WWW-Authenticate": "Bearer"}
            return scim_json(401, {"schemas": [ERROR], "status": "401"}, **challenge)
        _, _, path = request.path.partition("/scim/v2/")
        kind, _, key = path.partition("/")
        if kind == "Users":
            return self._users(request, key)
        listed = {"ResourceTypes": self.types, "Schemas": self.schemas}.get(kind)
        if kind == "ServiceProviderConfig":
            return scim_json(200, self.config)
        return missing() if listed is None or key else scim_json(200, listing(listed))

    def _users(self, request: Request, key: str) -> Response:
        if request.method == "POST":
            return self._create(request)
        if not key:
            return scim_json(200, listing(list(self.users.values())))
        if key not in self.users:
            return missing()
        if request.method == "DELETE":
            del self.users[key]
            return Response(status=204)
        return scim_json(200, self.users[key])

    def _create(self, request: Request) -> Response:
        sent = json.loads(request.get_data())
        name = sent["userName"].lower()
        if any(name == user["userName"].lower() for user in self.users.values()):
            taken = {"schemas": [ERROR], "status": "409", "scimType": "uniqueness"}
            return scim_json(409, taken)
        key = f"{random.getrandbits(64):x}"
        location = f"{self.url}/Users/{key}"
        meta = {"resourceType": "User", "location": location, "created": "2024-01-01T00:00:00Z"}
        self.users[key] = sent | {"id": key, "meta": meta}
        return scim_json(201, self.users[key], Location=location)


def scim_json(status: int, body: object, **headers: str) -> Response:
    text = json.dumps(body)
    return Response(text, status, headers, content_type="application/scim+json")


def missing() -> Response:
    return scim_json(404, {"schemas": [ERROR], "status": "404"})


def listing(resources: list[dict]) -> dict:
    return {"schemas": [LIST], "totalResults": len(resources), "Resources": resources}


@pytest.fixture
def tiny(httpserver: HTTPServer) -> TinyEndpoint:
    return TinyEndpoint(httpserver)


@pytest.fixture
def mortal() -> Iterator[TinyEndpoint]:
    """A tiny endpoint of its own server, which the test may stop."""
    server = HTTPServer()
    server.start()
    yield TinyEndpoint(server)
    if server.is_running():
        server.stop()


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
def command() -> Iterator[Callable[..., Result]]:
    """Run `scim-conformance` in this process; the token is in its usual variable."""

    def invoke(*arguments: str, **environment: str | None) -> Result:
        settings: dict[str, str | None] = {"SCIM_TOKEN": TOKEN, "COLUMNS": "200"}
        return CliRunner().invoke(cli.main, arguments, env=settings | environment)

    return invoke


@pytest.fixture
def edit() -> Callable[..., Spoiler]:
    """Make a spoiler that changes the JSON body of the answers to one method on one path."""

    def make(method: str, path: str, change: Callable[[dict], object]) -> Spoiler:
        def spoiler(request: Request, response: Response) -> None:
            if request.method == method and re.search(path, request.path) and response.data:
                body = json.loads(response.data)
                changed = change(body)
                response.data = json.dumps(body if changed is None else changed)

        return spoiler

    return make


class Message:
    """A request on its way to a server, or an answer on its way back: both can be bent."""

    def __init__(self, request: Request, status: int = 0, body: bytes = b"") -> None:
        self.method = request.method
        self.query = dict(request.args)
        self.path = request.path
        self.status = status
        self.body = body
        self.headers: dict[str, str] = {}

    @property
    def json(self) -> dict:
        return json.loads(self.body) if self.body else {}

    @json.setter
    def json(self, value: object) -> None:
        self.body = json.dumps(value).encode()


class BentServer:
    """A right server behind a proxy that bends what it is asked, or what it answers."""

    def __init__(self, proxy: HTTPServer, server: LiveServer, session: requests.Session) -> None:
        self.url = proxy.url_for("").rstrip("/")
        self.request = self.answer = None
        self._behind = server.url
        self._token = server.token
        self._session = session
        proxy.expect_request(re.compile(".*")).respond_with_handler(self._pass)

    def verdict(self, rule: str, *, request: object = None, answer: object = None) -> str:
        """Run one check, named by the end of its id, against the bent server."""
        (check_id,) = (c.id for c in all_checks() if re.search(rf"[/.]{re.escape(rule)}$", c.id))
        return str(self.report(check_id, request=request, answer=answer).results[0].status)

    def report(self, *only: str, request: object = None, answer: object = None) -> Report:
        self.request, self.answer = request, answer
        return run(self.url, token=self._token, only=only)

    def _pass(self, request: Request) -> Response:
        asked = Message(request, body=request.get_data())
        if self.request:
            self.request(asked)
        got = self._session.request(
            asked.method,
            self._behind + request.path,
            params=asked.query,
            data=asked.body,
            headers={name: value for name, value in request.headers if name.lower() in FORWARDED},
        )
        text = got.text.replace(self._behind, self.url).encode()
        answer = Message(request, got.status_code, text)
        answer.headers = {
            name: value for name, value in got.headers.items() if name.lower() in FORWARDED
        }
        if "Location" in answer.headers:
            answer.headers["Location"] = got.headers["Location"].replace(self._behind, self.url)
        if self.answer:
            self.answer(asked, answer)
        return Response(answer.body, answer.status, answer.headers)


FORWARDED = {"authorization", "accept", "content-type", "location", "www-authenticate", "etag"}


@pytest.fixture(scope="session")
def whole_server() -> Iterator[LiveServer]:
    """Our own server, which has everything."""
    with LiveServer() as server:
        yield server


@pytest.fixture
def bent(httpserver: HTTPServer, whole_server: LiveServer) -> Iterator[BentServer]:
    with requests.Session() as session:
        yield BentServer(httpserver, whole_server, session)
