"""Passwords: hashed, never returned, never found (RFC 7643 §4.1.1)."""

import logging

import pytest
from argon2 import PasswordHasher

from scim_protocol import urns
from scim_server import operations, passwords
from scim_server.passwords import hashed

SECRET = "t1meMa$heen"


def stored(api, user):
    service = api.app.extensions["scim_server"]
    with service.store.read() as tx:
        record = tx.get(service.catalog.models["User"], user.removeprefix("/Users/"))
    return record.secrets


def holds(api, user, password):
    hash = stored(api, user).split('"')[3]
    return PasswordHasher().verify(hash, password)


@pytest.fixture
def user(api):
    return api.user("ada", password=SECRET)


def test_a_password_is_stored_as_an_argon2_hash(api, user):
    assert SECRET not in stored(api, user)
    assert "$argon2id$" in stored(api, user)
    assert holds(api, user, SECRET)


def test_a_password_is_in_no_answer(api):
    body = {"schemas": [urns.USER], "userName": "ada", "password": SECRET}
    created = api.post("/Users", body)
    user = f"/Users/{created['id']}"
    operation = {"op": "replace", "path": "password", "value": "n3w"}
    answers = [
        created,
        api.get(user),
        api.get(user, attributes="password"),
        api.get("/Users"),
        api.put(user, body),
        api.patch(user, operation),
    ]

    assert [] == [answer.text for answer in answers if "password" in answer.text]


def test_a_password_is_changed_by_a_patch(api, user):
    answer = api.patch(user, {"op": "replace", "path": "password", "value": "n3w"})

    assert 200 == answer.status
    assert holds(api, user, "n3w")


def test_a_password_is_removed_by_a_patch(api, user):
    api.patch(user, {"op": "remove", "path": "password"})

    assert stored(api, user) is None


def test_a_replacement_without_a_password_keeps_it(api, user):
    api.put(user, {"schemas": [urns.USER], "userName": "ada", "title": "x"})

    assert holds(api, user, SECRET)


def test_a_replacement_with_a_password_sets_it(api, user):
    api.put(user, {"schemas": [urns.USER], "userName": "ada", "password": "n3w"})

    assert holds(api, user, "n3w")


def test_another_change_leaves_the_hash_as_it_is(api, user):
    before = stored(api, user)

    api.patch(user, {"op": "add", "path": "title", "value": "x"})

    assert before == stored(api, user)


def test_a_password_is_not_logged(api, caplog):
    with caplog.at_level(logging.DEBUG):
        api.user("ada", password=SECRET)

    assert SECRET not in caplog.text


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_password_is_hashed_while_others_may_write(api, user, monkeypatch, method):
    seen = []

    def spied(secret):
        seen.append(api.database.engine._writing.locked())
        return hashed(secret)

    for module in (operations, passwords):
        monkeypatch.setattr(module, "hashed", spied)
    if method == "PUT":
        api.put(user, {"schemas": [urns.USER], "userName": "ada", "password": "n3w"})
    else:
        api.patch(user, *({"op": "replace", "path": "password", "value": n} for n in ("x", "n3w")))

    assert [False] == seen
    assert holds(api, user, "n3w")
