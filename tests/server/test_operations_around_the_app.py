"""What stands around the app in production, seen from WSGI."""

import logging
import os
from io import BytesIO

import pytest
from werkzeug.test import Client

from scim_protocol import urns
from scim_server.serving.access_log import AccessLog
from scim_server.serving.health import readiness
from scim_server.serving.logs import log_configuration
from scim_server.serving.production import Surroundings, production
from scim_server.serving.request_ids import WithRequestId
from scim_server.store.contract import StoreError


def surrounded(app, **more):
    """Put an app into its surroundings; return what sends requests to it."""
    return Client(
        production(app, Surroundings(**{"places": 2, "max_body": 1000, "pages": {}} | more))
    )


class Broken:
    """A database that cannot be used."""

    def check(self):
        raise StoreError("postgresql://scim:hush@db/scim: connection refused")


def test_a_database_that_cannot_be_used_makes_it_not_ready(caplog):
    client = surrounded(lambda *_: [], pages={"/readyz": readiness(Broken())})

    answer = client.get("/readyz")

    assert (503, "the database cannot be used\n") == (answer.status_code, answer.text)
    assert "connection refused" in caplog.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_pages_are_only_read(method):
    client = surrounded(lambda *_: [], pages={"/readyz": readiness(Broken())})

    answer = client.open("/readyz", method=method)

    assert (405, "GET, HEAD") == (answer.status_code, answer.headers["Allow"])


def test_head_of_a_page_has_no_body():
    client = surrounded(lambda *_: [], pages={"/readyz": readiness(Broken())})

    answer = client.head("/readyz")

    assert (503, b"", "28") == (answer.status_code, answer.data, answer.headers["Content-Length"])


def test_what_is_logged_in_a_request_has_its_id():
    records = []

    def app(environ, start_response):
        record = logging.LogRecord("x", logging.ERROR, "", 0, "went wrong", (), None)
        WithRequestId().filter(record)
        records.append(record.request_id)
        start_response("200 OK", [])
        return [b""]

    surrounded(app).get("/", headers={"X-Request-Id": "mine"})

    assert ["mine"] == records
    assert "%(request_id)s" in log_configuration("warning")["formatters"]["line"]["format"]


@pytest.mark.parametrize("headers", [{}, {"Transfer-Encoding": "chunked"}])
def test_a_body_is_whole_when_the_app_gets_it(api, headers):
    client = surrounded(api.app, max_body=8_000_000)
    body = b'{"schemas": ["%s"], "userName": "ada"}' % urns.USER.encode()

    answer = client.post(
        "/scim/v2/Users",
        input_stream=BytesIO(body),
        content_length=None if headers else len(body),
        content_type=urns.SCIM_JSON,
        headers={"Authorization": "Bearer s3cret", **headers},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert 201 == answer.status_code, answer.text


def test_a_log_that_cannot_be_written_fails_no_request(tmp_path):
    def app(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    os.mkfifo(tmp_path / "log")
    reader = os.open(tmp_path / "log", os.O_RDONLY | os.O_NONBLOCK)
    log = AccessLog(str(tmp_path / "log"))
    os.close(reader)
    answer = surrounded(app, observers=(log,)).get("/")
    log.close()

    assert 200 == answer.status_code


class Endless:
    """A body that does not end, and counts what is taken of it."""

    taken = 0

    def read(self, size):
        self.taken += size
        return b"x" * size


@pytest.mark.parametrize("length", ["", "2000000"])
def test_no_more_of_a_body_is_read_than_shows_that_it_is_too_large(make_api, length):
    api, body = make_api(max_body=2000), Endless()
    client = surrounded(api.app, max_body=2000)
    environ = {"wsgi.input": body, "CONTENT_LENGTH": length, "wsgi.input_terminated": True}
    if not length:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"

    answer = client.post(
        "/scim/v2/Users",
        content_type=urns.SCIM_JSON,
        headers={"Authorization": "Bearer s3cret"},
        environ_overrides=environ,
    )

    assert 413 == answer.status_code
    assert body.taken <= 4002
