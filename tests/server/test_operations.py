"""What operators see of a running server: health, logs, ids of requests."""

import json
import re

import pytest

from scim_protocol import urns
from tests.server.processes import processes

LOGGED = {
    "time", "request_id", "client", "tenant", "token", "method", "path", "query", "status", "ms",
    "bytes",
}  # fmt: skip


class Logged:
    """A server, and what it has logged since last asked."""

    def __init__(self, server, file):
        self.server = server
        self._file = file
        self._read = 0

    def lines(self):
        text = self._file.read_text()
        new, self._read = text[self._read :], len(text)
        return [json.loads(line) for line in new.splitlines()]


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    log = tmp_path_factory.mktemp("operations") / "access.log"
    arguments = ("--database", ":memory:", "--access-log", str(log))
    with processes() as start:
        yield Logged(start(*arguments, "--trusted-proxy", "127.0.0.1"), log)


@pytest.fixture
def logged(started):
    started.lines()
    return started


@pytest.mark.parametrize(("path", "text"), [("/healthz", "alive\n"), ("/readyz", "ready\n")])
def test_a_server_that_is_well_says_so_to_anybody(started, path, text):
    answer = started.server.page(path)

    assert (200, text) == (answer.status_code, answer.text)
    assert "no-store" == answer.headers["Cache-Control"]


def test_health_is_not_below_the_base_path(started):
    assert 404 == started.server.request("GET", "/healthz").status_code


def test_a_line_of_json_is_logged_for_each_request(logged):
    logged.server.request("GET", "/Users/nobody")

    (line,) = logged.lines()
    assert LOGGED == set(line)
    assert ("GET", "/scim/v2/Users/nobody", 404) == (line["method"], line["path"], line["status"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert line["ms"] > 0
    assert line["bytes"] > 0


def test_the_log_tells_the_tenant_and_the_name_of_the_token(logged):
    logged.server.request("GET", "/Users")

    (line,) = logged.lines()
    assert ("default", "configuration") == (line["tenant"], line["token"])


def test_no_token_and_nothing_that_was_asked_for_is_logged(logged):
    logged.server.request("GET", '/Users?filter=userName+eq+"ada"&access_token=hush&secret')

    (line,) = logged.lines()
    assert ["filter", "…", "…"] == line["query"]
    assert not re.search(f"ada|hush|secret|{logged.server.token}", json.dumps(line))


def test_a_line_of_the_log_cannot_be_forged(logged):
    logged.server.request("DELETE", "/Users/%0A%7B%7D%0A")

    assert ["/scim/v2/Users/\n{}\n"] == [line["path"] for line in logged.lines()]


def test_probes_are_not_logged(logged):
    for path in ("/healthz", "/readyz", "/metrics"):
        logged.server.page(path)

    assert [] == logged.lines()


def test_the_log_names_the_client_behind_a_named_proxy(logged):
    logged.server.request("GET", "/Users", headers={"X-Forwarded-For": "192.0.2.7"})

    assert ["192.0.2.7"] == [line["client"] for line in logged.lines()]


def test_behind_a_named_proxy_locations_are_those_of_the_outside(started):
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "scim.example"}
    body = {"schemas": [urns.USER], "userName": "behind"}

    answer = started.server.request("POST", "/Users", body, headers=headers)

    assert answer.json()["meta"]["location"].startswith("https://scim.example/scim/v2/Users/")
    assert answer.json()["meta"]["location"] == answer.headers["Location"]


def test_each_answer_has_an_id_of_its_own(logged):
    ids = [logged.server.request("GET", "/Users").headers["X-Request-Id"] for _ in range(2)]

    assert 2 == len(set(ids))
    assert ids == [line["request_id"] for line in logged.lines()]


@pytest.mark.parametrize("id", ["7f3a-1", "Root=1-67891233-abcdef012345678912345678", "a" * 128])
def test_a_sane_id_of_the_client_is_kept(logged, id):
    answer = logged.server.request("GET", "/Users", headers={"X-Request-Id": id})

    assert id == answer.headers["X-Request-Id"]
    assert [id] == [line["request_id"] for line in logged.lines()]


@pytest.mark.parametrize("id", ["", "a b", "<script>", "a" * 129, 'x"y'])
def test_any_other_id_is_replaced(started, id):
    answer = started.server.request("GET", "/Users", headers={"X-Request-Id": id})

    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_the_access_log_is_for_its_owner_alone(started):
    assert 0o600 == started._file.stat().st_mode & 0o777
