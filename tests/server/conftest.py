"""What every test of the server starts from: a server without a socket, and how to talk to it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from scim_protocol import urns
from scim_server import Config, create_app

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

    def close(self) -> None:
        self.app.extensions["scim_server"].store.close()

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        content_type: str = urns.SCIM_JSON,
        token: str | None = TOKEN,
        **query: Any,
    ) -> Answer:
        sent = dict(headers or {})
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
