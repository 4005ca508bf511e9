"""`scim-server migrate`: databases of other versions, brought up to date or refused."""

import sqlite3

import pytest
from click.testing import CliRunner

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_server.commands.storage import migrate
from scim_server.store.contract import StoreError
from scim_server.store.databases import open_database

# What version 0.1.0 made, with a user, a group and her membership in it.
OLD = f"""
CREATE TABLE resources (key INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL,
  version INTEGER NOT NULL, created TEXT NOT NULL, last_modified TEXT NOT NULL, display TEXT,
  secrets TEXT, document TEXT NOT NULL);
CREATE UNIQUE INDEX idx_resources_id ON resources (id);
CREATE INDEX idx_resources_type ON resources (type);
CREATE TABLE uniques (attribute TEXT NOT NULL, value TEXT NOT NULL, resource_key INTEGER NOT NULL,
  PRIMARY KEY (attribute, value)) WITHOUT ROWID;
CREATE TABLE lookups (attribute TEXT NOT NULL, value TEXT NOT NULL, resource_key INTEGER NOT NULL,
  PRIMARY KEY (attribute, value, resource_key)) WITHOUT ROWID;
CREATE TABLE memberships (group_key INTEGER NOT NULL, member_key INTEGER NOT NULL,
  member_id TEXT NOT NULL, member_type TEXT NOT NULL, display TEXT,
  PRIMARY KEY (group_key, member_key)) WITHOUT ROWID;
CREATE INDEX idx_memberships_member_key_group_key ON memberships (member_key, group_key);
CREATE TABLE counters (type TEXT PRIMARY KEY, resources INTEGER);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT);
INSERT INTO resources VALUES
  (1, 'User', 'u1', 3, '2025-01-01T00:00:00.000Z', '2025-01-02T00:00:00.000Z', NULL, NULL,
   '{{"schemas":["{urns.USER}"],"id":"u1","userName":"ada","externalId":"e1"}}'),
  (2, 'Group', 'g1', 1, '2025-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z', 'Sales', NULL,
   '{{"schemas":["{urns.GROUP}"],"id":"g1","displayName":"Sales"}}');
INSERT INTO memberships VALUES (2, 1, 'u1', 'User', NULL);
INSERT INTO counters VALUES ('User', 1), ('Group', 1);
PRAGMA user_version = 1;
"""


@pytest.fixture
def old(tmp_path):
    """The name of a database of the first layout."""
    path = tmp_path / "scim.db"
    connection = sqlite3.connect(path)
    connection.executescript(OLD)
    connection.close()
    return str(path)


def run(*arguments):
    return CliRunner().invoke(migrate, arguments)


def test_an_older_database_is_brought_up_to_date(old):
    assert "now has layout 4; it had 1" in run("--database", old).output
    assert "is up to date (layout 4)" in run("--database", old).output


def test_whether_there_is_anything_to_do_is_told_by_the_exit_code(old):
    before = run("--database", old, "--check")
    run("--database", old)
    after = run("--database", old, "--check")

    assert (1, 0) == (before.exit_code, after.exit_code)
    assert "has layout 1; this version has 4" in before.output


def test_telling_changes_nothing(old):
    run("--database", old, "--check")

    assert 1 == run("--database", old, "--check").exit_code


@pytest.fixture(params=["by the command", "by a server that starts"])
def migrated(request, old, make_api):
    if "command" in request.param:
        run("--database", old)
    return make_api(database=old)


def test_resources_keep_their_ids_versions_and_times(migrated):
    user = migrated.get("/Users/u1").json

    assert "ada" == user["userName"]
    assert 'W/"3"' == user["meta"]["version"]
    assert "2025-01-02T00:00:00.000Z" == user["meta"]["lastModified"]


def test_members_stay_and_are_called_by_their_user_names(migrated):
    members = migrated.get("/Groups/g1")["members"]

    assert [("u1", "ada")] == [(member["value"], member["display"]) for member in members]


def test_users_stay_in_their_groups(migrated):
    groups = migrated.get("/Users/u1")["groups"]

    assert [("g1", "Sales", "direct")] == [
        (group["value"], group["display"], group["type"]) for group in groups
    ]


def test_what_was_indexed_is_indexed_anew(migrated):
    assert ["ada"] == migrated.names('externalId eq "e1"')
    assert 409 == migrated.post("/Users", {"schemas": [urns.USER], "userName": "ADA"}).status


def test_everything_belongs_to_the_default_tenant(old):
    database = open_database(old, Catalog.standard())
    found = database.tenants()
    database.close()

    assert ["default"] == list(found)


def test_a_newer_database_is_refused(old):
    with sqlite3.connect(old) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    answer = run("--database", old)

    assert 2 == answer.exit_code
    assert (
        "written by a newer version of scim-server (layout 99, this one knows 4)" in answer.output
    )


def test_a_database_that_is_not_there_is_not_made(tmp_path):
    answer = run("--database", str(tmp_path / "no.db"))

    assert 2 == answer.exit_code
    assert "There is no database" in answer.output
    assert not (tmp_path / "no.db").exists()


def test_a_new_postgresql_database_gets_its_tables(postgres_url):
    assert "now has layout 3; it had 0" in run("--database", postgres_url).output
    assert 0 == run("--database", postgres_url, "--check").exit_code


def layout_is(postgres, url, number):
    open_database(url, Catalog.standard()).close()
    schema = url.rpartition("%3D")[2]
    postgres.execute(f"UPDATE {schema}.settings SET value = '{number}' WHERE name = 'layout'")


def test_a_newer_postgresql_database_is_refused(postgres, postgres_url):
    layout_is(postgres, postgres_url, 99)

    assert "newer version of scim-server (layout 99" in run("--database", postgres_url).output


def test_a_server_asks_for_the_upgrade_of_a_postgresql_database(postgres, postgres_url):
    layout_is(postgres, postgres_url, 2)

    with pytest.raises(StoreError, match="run `scim-server migrate`"):
        open_database(postgres_url, Catalog.standard())


def test_postgresql_tables_of_another_program_are_left_alone(postgres, postgres_url):
    schema = postgres_url.rpartition("%3D")[2]
    postgres.execute(f"CREATE TABLE {schema}.resources (title text)")

    with pytest.raises(StoreError, match="some other program"):
        open_database(postgres_url, Catalog.standard())
