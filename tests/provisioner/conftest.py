"""A small company as CSV files, and targets to provision it into: a good one, a bad one."""

import csv
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from provisioner import Job, Options, Plan, Result
from provisioner.targets.profile import MembersProfile, Profile
from scim_client import Bearer, ScimClient
from scim_server.testing.live import LiveServer
from tests.rig.fixtures import rig_target, world

__all__ = ["rig_target", "world"]  # fixtures that come from the rig

TOKEN_VARIABLE = "COMPANY_SCIM_TOKEN"

JOB = """
version = 1
name = "company"
[source]
kind = "csv"
users = "people.csv"
groups = "groups.csv"
[target]
url = "{url}"
token_env = "COMPANY_SCIM_TOKEN"
concurrency = {concurrency}
[scope]
users = '{scope}'
users_in_groups = [{users_in_groups}]
[users]
match = ["userName"]
[users.map]
userName = "[userPrincipalName]"
externalId = "[objectId]"
active = "Not([IsSoftDeleted])"
displayName = "[displayName]"
'emails[type eq "work"].value' = "[mail]"
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" = "[department]"
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager" = "[manager]"
{more_mappings}
[groups]
match = ["displayName"]
map = {{ displayName = "[displayName]", externalId = "[objectId]", members = "[members]" }}
[policy]
leavers = "{leavers}"
max_leavers = {max_leavers}
on_guard = "{on_guard}"
{more_policy}
"""
COLUMNS = (
    *("objectId", "userPrincipalName", "displayName", "mail", "department", "manager"),
    *("accountEnabled", "userType"),
)


class Company:
    """People and groups that come, change and go; `run` provisions them as they are."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.people: dict[str, dict[str, str]] = {}
        self.groups: dict[str, dict[str, str]] = {}
        self.settings: dict[str, Any] = {
            "url": url,
            "concurrency": 2,
            "leavers": "disable",
            "max_leavers": 20,
            "on_guard": "refuse",
            "more_policy": "",
            "scope": 'userType eq "Employee"',
            "users_in_groups": "",
            "more_mappings": "",
        }

    def person(self, anchor: str, **attributes: str) -> None:
        known = self.people.get(anchor) or {
            "objectId": anchor,
            "userPrincipalName": f"{anchor}@example.com",
            "displayName": anchor.title(),
            "accountEnabled": "True",
            "userType": "Employee",
        }
        self.people[anchor] = {**known, **attributes}

    def group(self, anchor: str, *members: str, name: str | None = None) -> None:
        known = self.groups.get(anchor, {"objectId": anchor, "displayName": anchor.title()})
        name = name or known["displayName"]
        self.groups[anchor] = {**known, "displayName": name, "members": ";".join(members)}

    def leave(self, *anchors: str) -> None:
        for anchor in anchors:
            del self.people[anchor]

    def write(self) -> Path:
        self._table("people.csv", COLUMNS, self.people)
        self._table("groups.csv", ("objectId", "displayName", "members"), self.groups)
        file = self.folder / "company.toml"
        file.write_text(JOB.format(**self.settings), encoding="utf-8")
        return file

    def _table(
        self, name: str, columns: tuple[str, ...], rows: Mapping[str, dict[str, str]]
    ) -> None:
        with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows.values())

    def job(self) -> Job:
        return Job.load(self.write())

    def plan(self, **options: Any) -> Plan:
        return self.job().plan(Options(**options))

    def run(self, **options: Any) -> Result:
        approve = options.pop("approve", False)
        return self.job().run(Options(**options), approve=approve)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    with LiveServer() as live:
        monkeypatch.setenv(TOKEN_VARIABLE, live.token)
        yield live


@pytest.fixture
def company(tmp_path: Path, server: LiveServer) -> Company:
    company = Company(tmp_path, server.url)
    for name in ("ada", "bob", "eve"):
        company.person(name, department="R&D")
    company.group("staff", "ada", "bob", "eve")
    return company


@pytest.fixture
def scim(server: LiveServer) -> Iterator[ScimClient]:
    """Somebody else who works on the same target."""
    client = ScimClient(server.url, auth=Bearer(server.token))
    yield client
    client.close()


@pytest.fixture
def by_name(server: LiveServer) -> Callable[[str], dict[str, Any]]:
    """Find a user or group as the server has it, by the first part of its name."""

    def find(name: str) -> dict[str, Any]:
        found = {user["userName"].partition("@")[0]: user for user in server.users()}
        found |= {group["displayName"].lower(): group for group in server.groups()}
        return found[name]

    return find


@pytest.fixture
def members(server: LiveServer) -> Callable[[str], set[str]]:
    """Return the names of a group's members."""

    def names(group: str) -> set[str]:
        known = {user["id"]: user["userName"].partition("@")[0] for user in server.users()}
        known |= {each["id"]: each["displayName"].lower() for each in server.groups()}
        found = {each["displayName"].lower(): each for each in server.groups()}
        return {known[member["value"]] for member in found[group].get("members", [])}

    return names


class Flaky:
    """Stands before a server, passes everything on, and does to it what a test asks for.

    `spoil(method, path, answer, times)`: the answer of the next such requests is replaced by
    `answer(response)`; the server behind has carried them out. `refuse` does not pass them on.
    """

    def __init__(self, httpserver: HTTPServer, behind: LiveServer) -> None:
        self.url = httpserver.url_for("/scim/v2")
        self.seen: list[tuple[str, str, bytes]] = []
        self.most_at_once = 0
        self._on_their_way: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._behind = behind
        self._spoils: list[list[Any]] = []
        httpserver.expect_request(_Anything()).respond_with_handler(self._handle)

    def spoil(
        self, method: str, part: str, answer: Callable[[Response], Response], times: int = 1
    ) -> None:
        self._spoils.append([method, part, answer, times, True])

    def refuse(self, method: str, part: str, answer: Response, times: int = 1) -> None:
        self._spoils.append([method, part, lambda _: answer, times, False])

    def _take(self, request: Request) -> list[Any] | None:
        text = request.full_path + request.get_data(as_text=True)
        for spoil in self._spoils:
            if spoil[0] == request.method and spoil[1] in text and spoil[3] > 0:
                spoil[3] -= 1
                return spoil
        return None

    def _handle(self, request: Request) -> Response:
        with self._lock:
            self.seen.append((request.method, request.full_path, request.get_data()))
            spoil = self._take(request)
            self._count(request, 1)
        if spoil is not None and not spoil[4]:
            return spoil[2](Response())
        answer = self._pass_on(request)
        with self._lock:
            self._count(request, -1)
        return spoil[2](answer) if spoil else answer

    def _count(self, request: Request, change: int) -> None:
        """Count how many changes of one and the same resource are on their way at once."""
        if request.method in ("PATCH", "DELETE"):
            self._on_their_way[request.path] += change
            self.most_at_once = max(self.most_at_once, self._on_their_way[request.path])

    def _pass_on(self, request: Request) -> Response:
        path = request.full_path.removeprefix("/scim/v2").removesuffix("?")
        headers = {
            name: value
            for name, value in request.headers
            if name in ("Authorization", "Content-Type", "Accept")
        }
        answer = requests.request(
            request.method,
            self._behind.url + path,
            data=request.get_data(),
            headers=headers,
            timeout=100,  # A machine may be busy; a time-out here would be a fault of the target.
        )
        content_type = answer.headers.get("Content-Type", "application/scim+json")
        return Response(answer.content, answer.status_code, content_type=content_type)


class _Anything(str):
    """A path that equals every path, for the server's list of expectations."""

    def __new__(cls) -> "_Anything":
        return super().__new__(cls, "/")

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


def cut(response: Response) -> Response:
    """Let an answer break off in its middle: nobody can tell what became of the request."""
    response.headers["Content-Length"] = str(len(response.get_data()) + 100)
    return response


@pytest.fixture
def cut_off() -> Callable[[Response], Response]:
    return cut


@pytest.fixture(scope="session")
def make_httpserver() -> Iterator[HTTPServer]:
    """Serve each request on a thread of its own, as a real target does."""
    with HTTPServer(threaded=True) as httpserver:
        yield httpserver


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the target take two members in a request."""
    small = Profile(members=MembersProfile(chunk=2))
    monkeypatch.setattr("provisioner.targets.connection.load_profile", lambda *_: small)


@pytest.fixture
def flaky(httpserver: HTTPServer, server: LiveServer, company: Company) -> Flaky:
    """The server of the company, seen through something that a test can spoil."""
    flaky = Flaky(httpserver, server)
    company.settings["url"] = flaky.url
    return flaky
