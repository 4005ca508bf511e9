"""The database as a file: kept, recognised, and refused where it cannot be used."""

import sqlite3

import pytest

from scim_protocol import urns
from scim_server.store.contract import StoreError


def test_resources_outlive_the_server(make_api, tmp_path):
    database = str(tmp_path / "scim.db")
    first = make_api(database=database)
    user = first.user("ada")
    first.close()

    assert "ada" == make_api(database=database).get(user)["userName"]


def test_two_servers_share_a_file(make_api, tmp_path):
    one, two = (make_api(database=str(tmp_path / "scim.db")) for _ in range(2))
    user = one.user("ada")

    assert "ada" == two.get(user)["userName"]
    assert 409 == two.post("/Users", {"schemas": [urns.USER], "userName": "ada"}).status


def test_a_database_of_a_newer_version_is_refused(make_api, tmp_path):
    path = tmp_path / "scim.db"
    make_api(database=str(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(StoreError, match="newer version"):
        make_api(database=str(path))


def test_a_database_of_another_program_is_left_alone(make_api, tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()

    with pytest.raises(StoreError, match="some other program"):
        make_api(database=str(path))


def test_a_file_that_is_no_database_is_refused(make_api, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, " * 100)

    with pytest.raises(StoreError, match=r"notes\.txt"):
        make_api(database=str(path))


def test_a_folder_that_does_not_exist_is_named(make_api, tmp_path):
    with pytest.raises(StoreError, match="does not exist"):
        make_api(database=str(tmp_path / "nowhere" / "scim.db"))


def test_a_folder_is_not_a_database(make_api, tmp_path):
    with pytest.raises(StoreError, match="is a folder"):
        make_api(database=str(tmp_path))


def test_what_is_indexed_may_change_between_runs(make_api, tmp_path):
    database = str(tmp_path / "scim.db")
    first = make_api(database=database)
    first.user("ada", title="Countess", externalId="1")
    first.close()
    second = make_api(database=database, indexed=["title"])

    assert ["ada"] == second.names('title eq "countess"')
    assert ["ada"] == second.names('externalId eq "1"')


def test_names_that_repeat_are_refused_when_they_are_to_be_unique(make_api, tmp_path):
    database = str(tmp_path / "scim.db")
    first = make_api(database=database, unique_group_names=False)
    first.group("Sales")
    first.group("sales")
    first.close()

    with pytest.raises(StoreError, match="'sales' is stored more than once"):
        make_api(database=database)


def test_writes_wait_for_the_disk(make_api, tmp_path):
    api = make_api(database=str(tmp_path / "scim.db"))
    with api.app.extensions["scim_server"].store.read() as tx:
        (synchronous,) = tx._db.execute("PRAGMA synchronous").fetchone()
        (journal,) = tx._db.execute("PRAGMA journal_mode").fetchone()

    assert (2, "wal") == (synchronous, journal)
