"""The client drives an app of this process as if it were remote."""

import json

import pytest

from scim_client import ScimClient, ScimError, WsgiAdapter, replace


class App:
    """Echoes what it is asked."""

    def __init__(self, status: str = "200 OK") -> None:
        self.status = status
        self.closed = False

    def __call__(self, environ, start_response):
        length = int(environ.get("CONTENT_LENGTH") or 0)
        start_response(self.status, [("Content-Type", "application/json"), ("ETag", 'W/"1"')])
        self.answer = json.dumps(
            {
                "method": environ["REQUEST_METHOD"],
                "path": environ["PATH_INFO"].encode("latin-1").decode(),
                "query": environ["QUERY_STRING"],
                "host": environ["HTTP_HOST"],
                "accept": environ["HTTP_ACCEPT"],
                "body": environ["wsgi.input"].read(length).decode(),
            }
        ).encode()
        return self

    def __iter__(self):
        yield self.answer[:5]
        yield self.answer[5:]

    def close(self):
        self.closed = True


def client(app) -> ScimClient:
    return ScimClient("http://app.test/scim/v2", adapter=WsgiAdapter(app))


def test_a_request_reaches_the_app_whole():
    answer = client(App()).users.patch("ä/1", replace("active", False), attributes="id")

    assert answer["method"] == "PATCH"
    assert answer["path"] == "/scim/v2/Users/ä/1"
    assert answer["query"] == "attributes=id"
    assert answer["host"] == "app.test"
    assert answer["accept"] == "application/scim+json"
    assert '"active"' in answer["body"]


def test_the_answers_headers_are_read():
    assert client(App()).users.get("1")["meta"]["version"] == 'W/"1"'


def test_an_error_of_the_app_is_the_same_error_as_over_http():
    with pytest.raises(ScimError) as caught:
        client(App("404 NOT FOUND")).users.get("1")

    assert caught.value.status == 404


def test_the_answer_is_closed():
    app = App()

    client(app).users.get("1")

    assert app.closed


def test_what_the_app_raises_is_raised_here():
    def broken(environ, start_response):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client(broken).users.get("1")


def test_an_app_may_write_its_answer():
    def old_fashioned(environ, start_response):
        write = start_response("200 OK", [("X-A", "1"), ("X-A", "2")])
        write(b'{"id": ')
        return [b'"1"}']

    assert client(old_fashioned).users.get("1") == {"id": "1"}
