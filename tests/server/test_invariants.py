"""The checker of databases sees what is wrong: each kind of damage, done on purpose."""

import sqlite3

import pytest

from tests.server.invariants import broken

DAMAGE = {
    "a counter that is wrong": "UPDATE counters SET resources = 7 WHERE type = 'User'",
    "a member that is not there": "DELETE FROM resources WHERE type = 'User'",
    "a group that is not there": "DELETE FROM resources WHERE type = 'Group'",
    "a value that is not indexed": "DELETE FROM lookups",
    "a unique value that is not indexed": "DELETE FROM uniques WHERE value = 'ada'",
    "a value that is not there": "INSERT INTO uniques VALUES (1, 'User.userName', 'x', 1)",
    "a document of another id": "UPDATE resources SET id = 'other' WHERE type = 'User'",
    "a document changed alone": "UPDATE resources SET document = replace(document, 'ada', 'bob')",
    "a membership of another type": "UPDATE memberships SET member_type = 'Group'",
    "a membership between tenants": "UPDATE resources SET tenant = 2 WHERE type = 'User'",
    "a version that is none": "UPDATE resources SET version = 0",
    "a time before its creation": "UPDATE resources SET last_modified = '1999'",
    "a tenant that is not there": "DELETE FROM tenants",
}


@pytest.fixture
def database(make_api, tmp_path):
    name = str(tmp_path / "scim.db")
    api = make_api(database=name)
    api.group("Sales", api.user("ada", externalId="e1"))
    api.close()
    return name


def test_nothing_is_wrong_with_what_a_server_wrote(database):
    assert [] == broken(database)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_seen(database, damage):
    with sqlite3.connect(database) as connection:
        connection.execute(DAMAGE[damage])
    connection.close()

    assert broken(database)
