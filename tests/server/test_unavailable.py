"""What a client is told while the database cannot do what it asks: 503, and when to come again."""

import sqlite3
from contextlib import closing

import pytest

from scim_protocol import urns
from scim_server.store import connections, sqlite

ADA = {"schemas": [urns.USER], "userName": "ada"}


@pytest.fixture
def name(tmp_path):
    return str(tmp_path / "scim.db")


def test_a_lock_that_is_held_for_too_long_is_503(make_api, name, monkeypatch):
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.05)
    api = make_api(database=name)
    with closing(sqlite3.connect(name, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = api.post("/Users", ADA)
        read = api.get("/Users")

    assert (503, "5") == (answer.status, answer.headers["Retry-After"])
    assert 200 == read.status
    assert 201 == api.post("/Users", ADA).status


def test_a_writer_of_the_same_process_that_takes_too_long_is_503(make_api, name, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.05)
    api = make_api(database=name)
    with api.database.engine._writing:
        answer = api.post("/Users", ADA)

    assert 503 == answer.status


@pytest.fixture
def full(make_api, name):
    """A server whose database cannot grow."""
    api = make_api(database=name)
    with api.database.engine.alone() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
    yield api
    with api.database.engine.alone() as connection:
        connection.execute("PRAGMA max_page_count = 100000")


def large(name):
    return {**ADA, "userName": name, "title": "x" * 100_000}


def test_a_disk_without_room_is_503_and_reading_goes_on(full):
    answer = full.post("/Users", large("ada"))

    assert (503, "60") == (answer.status, answer.headers["Retry-After"])
    assert 0 == full.get("/Users")["totalResults"]


def test_a_bulk_request_without_room_is_undone(full):
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": name, "data": large(name)}
        for name in ("ada", "bob")
    ]
    answer = full.post("/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": operations})

    assert 503 == answer.status
    assert 0 == full.get("/Users")["totalResults"]


def test_there_is_room_again_later(full):
    full.post("/Users", large("ada"))
    with full.database.engine.alone() as connection:
        connection.execute("PRAGMA max_page_count = 100000")

    assert 201 == full.post("/Users", large("ada")).status
