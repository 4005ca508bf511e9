"""`/Me`: the user that the token stands for (RFC 7644 §3.11)."""

import pytest

from scim_protocol import urns
from scim_server import Config, ConfigError

BASE = "http://localhost/scim/v2"


@pytest.fixture
def mine(make_api):
    """A server on which the first token stands for Ada, the second for nobody."""
    return make_api(tokens=["s3cret", "other"], subjects={"s3cret": "Ada"})


@pytest.fixture
def ada(mine):
    """The path to Ada."""
    mine.user("bob")
    return mine.user("ada", title="Countess")


def body(name, **attributes):
    return {"schemas": [urns.USER], "userName": name, **attributes}


def set_title(title):
    return {"op": "replace", "path": "title", "value": title}


def test_reading_gives_the_user_with_its_permanent_location(mine, ada):
    answer = mine.get("/Me")

    assert mine.get(ada).json == answer.json
    assert BASE + ada == answer.headers["Location"] == answer["meta"]["location"]
    assert mine.get(ada).headers["ETag"] == answer.headers["ETag"]


def test_reading_takes_attributes(mine, ada):
    assert {"schemas", "id", "title"} == set(mine.get("/Me", attributes="title").json)


def test_replacing_replaces_the_user(mine, ada):
    answer = mine.put("/Me", body("ada", title="Mathematician"))

    assert (200, BASE + ada) == (answer.status, answer.headers["Location"])
    assert "Mathematician" == mine.get(ada)["title"]


def test_patching_patches_the_user(mine, ada):
    answer = mine.patch("/Me", set_title("Dame"))

    assert (200, BASE + ada) == (answer.status, answer.headers["Location"])
    assert "Dame" == mine.get(ada)["title"]


def test_deleting_deletes_the_user_and_tells_where_it_was(mine, ada):
    answer = mine.delete("/Me")

    assert (204, BASE + ada) == (answer.status, answer.headers["Location"])
    assert 404 == mine.get(ada).status
    assert (404, None) == mine.get("/Me").error


def test_preconditions_hold(mine, ada):
    etag = mine.get("/Me").headers["ETag"]
    unchanged = mine.get("/Me", headers={"If-None-Match": etag})
    stale = mine.patch("/Me", set_title("x"), headers={"If-Match": 'W/"0"'})

    assert (304, BASE + ada) == (unchanged.status, unchanged.headers["Location"])
    assert (412, None) == stale.error
    assert BASE + ada == stale.headers["Location"]


def test_an_error_tells_the_permanent_location_too(mine, ada):
    answer = mine.patch("/Me", {"op": "replace", "path": "colour", "value": "red"})

    assert (400, "invalidPath") == answer.error
    assert BASE + ada == answer.headers["Location"]


def test_other_tokens_are_not_that_user(mine, ada):
    assert (501, None) == mine.get("/Me", token="other").error


def test_each_token_stands_for_a_user_of_its_own(make_api):
    api = make_api(tokens=["s3cret", "other"], subjects={"s3cret": "ada", "other": "bob"})
    api.user("ada")
    api.user("bob")

    assert "ada" == api.get("/Me")["userName"]
    assert "bob" == api.get("/Me", token="other")["userName"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_token_that_stands_for_nobody_gets_501(api, method):
    assert (501, None) == api.request(method, "/Me", {} if method != "GET" else None).error


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_user_that_does_not_exist_is_404(mine, method):
    assert (404, None) == mine.request(method, "/Me", body("ada")).error


def test_without_a_token_nobody_is_asked_for(mine, ada):
    assert (401, None) == mine.get("/Me", token=None).error


def test_posting_creates_the_user_that_the_token_stands_for(mine):
    answer = mine.post("/Me", body("ada"))

    assert 201 == answer.status
    assert f"{BASE}/Users/{answer['id']}" == answer.headers["Location"]
    assert answer.json == mine.get("/Me").json


def test_posting_another_user_is_forbidden(mine):
    assert (403, None) == mine.post("/Me", body("bob")).error
    assert (403, None) == mine.post("/Me", {"schemas": [urns.USER], "USERNAME": "bob"}).error
    assert 0 == mine.get("/Users")["totalResults"]


def test_posting_a_user_that_exists_is_a_conflict(mine, ada):
    assert (409, "uniqueness") == mine.post("/Me", body("ADA")).error


def test_the_conflict_tells_where_the_user_is(mine, ada):
    assert BASE + ada == mine.post("/Me", body("ada")).headers["Location"]


@pytest.mark.parametrize("body", [{}, [], {"schemas": [urns.USER]}, body(5), "{"])
def test_posting_what_is_no_user_is_refused_as_anywhere(mine, body):
    assert 400 == mine.post("/Me", body).error[0]


def test_a_name_that_needs_quotes_is_found(make_api):
    api = make_api(subjects={"s3cret": 'O"Hara'})
    api.user('O"Hara')

    assert 200 == api.get("/Me").status


@pytest.mark.parametrize(
    ("subjects", "message"),
    [
        ({"hidden": "ada"}, "subjects: every token in it must be one of tokens."),
        ({"s3cret": ""}, "subjects: a userName cannot be empty."),
        ("ada", "subjects: "),
    ],
)
def test_subjects_that_make_no_sense_are_refused_without_telling_a_token(subjects, message):
    with pytest.raises(ConfigError) as caught:
        Config.load({"tokens": ["s3cret"], "subjects": subjects})

    assert str(caught.value).startswith(message)
    assert "s3cret" not in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_the_tokens_of_subjects_are_in_no_description():
    config = Config.load({"tokens": ["s3cret"], "subjects": {"s3cret": "ada"}})

    assert "s3cret" not in repr(config)
