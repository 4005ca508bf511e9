"""What a client is told while the database cannot do what it asks: 503, and when to come again."""

import sqlite3
from contextlib import closing
from pathlib import Path

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


def test_a_file_that_was_removed_is_503_and_is_not_made_anew(make_api, name):
    api = make_api(database=name)
    Path(name).rename(f"{name}.away")
    answers = [api.post("/Users", ADA), api.get("/Users")]
    made = Path(name).exists()
    Path(f"{name}.away").rename(name)

    assert [503, 503] == [answer.status for answer in answers]
    assert not made
    assert 201 == api.post("/Users", ADA).status


def test_a_file_that_was_put_in_its_place_is_503(make_api, name, tmp_path):
    api, other = make_api(database=name), str(tmp_path / "other.db")
    make_api(database=other).close()
    Path(other).rename(name)

    assert 503 == api.post("/Users", ADA).status


def test_a_file_that_is_damaged_is_503(make_api, name):
    api = make_api(database=name)
    api.close()
    api = make_api(database=name)
    with Path(name).open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 200_000)

    assert 503 == api.get("/Users", filter='userName eq "ada"').status


def test_tables_that_are_gone_for_a_while_are_503(make_api, postgres):
    api = make_api(database=postgres.new())
    with api.database.engine.alone() as connection:
        connection.execute("ALTER TABLE resources RENAME TO away")
        answer = api.post("/Users", ADA)
        connection.execute("ALTER TABLE away RENAME TO resources")

    assert 503 == answer.status
    assert 201 == api.post("/Users", ADA).status


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


def test_why_it_was_503_is_in_the_log(full, caplog):
    full.post("/Users", large("ada"))

    (message,) = caplog.messages
    assert "POST /scim/v2/Users: The database cannot be used now: database or disk" in message


def test_there_is_room_again_later(full):
    full.post("/Users", large("ada"))
    with full.database.engine.alone() as connection:
        connection.execute("PRAGMA max_page_count = 100000")

    assert 201 == full.post("/Users", large("ada")).status
