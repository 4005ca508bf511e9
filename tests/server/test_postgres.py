"""What is PostgreSQL's alone: how it is reached, what it must keep, and what an outage does."""

import pytest
from click.testing import CliRunner
from psycopg.errors import DivisionByZero

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_server.commands.storage import migrate
from scim_server.store import postgres as engine
from scim_server.store import postgres_connections, postgres_queries, postgres_wire
from scim_server.store.contract import StoreError, Unavailable
from scim_server.store.databases import open_database

CATALOG = Catalog.standard()


def new_user(name):
    return {"schemas": [urns.USER], "userName": name}


def add_ada(store):
    with store.write() as tx:
        tx.insert(CATALOG.models["User"], new_user("ada") | {"id": "ada"}, "2026")


def get(store, id):
    with store.read() as tx:
        return tx.get(CATALOG.models["User"], id)


def test_an_outage_is_503_and_over_when_it_is_over(own_postgres, make_api):
    api = make_api(database=own_postgres.new())
    ada = api.user("ada")
    own_postgres.crash()
    during = [api.get(ada).status, api.post("/Users", new_user("bob")).status]
    own_postgres.restart()

    assert [503, 503] == during
    assert 200 == api.get(ada).status
    assert 201 == api.post("/Users", new_user("bob")).status


def test_what_was_acknowledged_outlives_a_crash_of_the_database(own_postgres, make_api):
    api = make_api(database=own_postgres.new())
    users = [api.user(f"user{n}") for n in range(50)]
    own_postgres.crash()
    own_postgres.restart()

    assert {200} == {api.get(user).status for user in users}


@pytest.mark.parametrize("given", ["off", "local", "on", "remote_apply"])
def test_waiting_for_the_disk_cannot_be_switched_off_for_the_server(postgres, postgres_url, given):
    url = postgres_url + f"%20-csynchronous_commit%3D{given}"
    database = open_database(url, CATALOG)
    with database.engine.alone() as connection:
        (used,) = connection.execute("SHOW synchronous_commit").fetchone()
    database.close()

    assert {"off": "on"}.get(given, given) == used


def test_connections_that_were_closed_meanwhile_are_passed_over(postgres, postgres_url):
    database = open_database(postgres_url, CATALOG)
    store = database.store()
    with store.read(), store.read(), store.read():
        pass  # There are three idle ones now.
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    add_ada(store)
    found = get(store, "ada")
    database.close()

    assert "ada" == found.id


@pytest.mark.parametrize("rest", ["", ' and title co "y"', ' and meta.version sw "W"'])
def test_a_result_of_many_rows_is_streamed(postgres_url, make_api, monkeypatch, rest):
    monkeypatch.setattr(postgres_queries, "_FEW", 3)
    monkeypatch.setattr(engine, "_CHUNK", 2)
    api = make_api(database=postgres_url)
    for n in range(9):
        api.user(f"user{n}", externalId="x", title="y")

    found = api.get("/Users", filter=f'externalId eq "x"{rest}', startIndex=4, count=3)

    assert 9 == found["totalResults"]
    assert ["user3", "user4", "user5"] == [user["userName"] for user in found["Resources"]]


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_pages_of_sorted_types_come_one_after_the_other(postgres_url, make_api, order):
    api = make_api(database=postgres_url)
    names = ["d", "b", "a", "c", "b2"]
    for name in names:
        api.user(name, displayName=name)
    pages = [
        api.get("/Users", sortBy="displayName", sortOrder=order, startIndex=start, count=2)
        for start in (1, 3, 5)
    ]

    found = [user["userName"] for page in pages for user in page["Resources"]]
    assert sorted(names, reverse=order == "descending") == found


def test_a_stream_that_an_error_left_unread_is_closed(postgres_url):
    database = open_database(postgres_url, CATALOG)
    streams = []

    def fail():
        with database.engine.reading() as connection:
            streams.append(connection.stream("SELECT generate_series(1, 5000)"))
            next(streams[0])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.store().write() as tx:
        tx.insert(CATALOG.models["User"], new_user("ada") | {"id": "ada"}, "2026")
        streams.clear()
    found = get(database.store(), "ada")
    database.close()

    assert "ada" == found.id


# --- journeys ------------------------------------------------------------------------------------


@pytest.fixture
def journeys(monkeypatch):
    """What was sent to the database at once, and waited for."""
    sent = []
    wait = postgres_wire.Wire.wait

    def counted(wire, outcome):
        if wire.is_unsent:
            sent.append(outcome)
        wait(wire, outcome)

    monkeypatch.setattr(postgres_wire.Wire, "wait", counted)
    return sent


@pytest.fixture
def filled(postgres_url, make_api):
    """A server with a user, who is in a group."""
    api = make_api(database=postgres_url)
    api.group("sales", api.user("ada", externalId="x", emails=[{"value": "a@b", "type": "work"}]))
    return api


READS = {
    "by id": lambda api, id: api.get(f"/Users/{id}"),
    "by userName": lambda api, id: api.get("/Users", filter='userName eq "ada"'),
    "by externalId": lambda api, id: api.get("/Users", filter='externalId eq "x"'),
    "by e-mail": lambda api, id: api.get(
        "/Users", filter='emails[type eq "work" and value eq "a@b"]'
    ),
}


@pytest.mark.parametrize("how", READS)
def test_a_user_is_found_with_all_groups_in_one_journey(filled, journeys, how):
    id = filled.find('userName eq "ada"')[0]["id"]
    journeys.clear()
    answer = READS[how](filled, id)

    assert 1 == len(journeys)
    assert '"display":"sales"' in answer.text


def test_a_creation_is_a_lock_a_journey_and_a_commit(filled, journeys):
    filled.user("bob")

    assert 3 == len(journeys)


def test_a_hundred_creations_in_a_bulk_are_one_journey(filled, journeys):
    creations = [
        {"method": "POST", "path": "/Users", "bulkId": str(n), "data": new_user(f"user{n}")}
        for n in range(100)
    ]
    answer = filled.post("/Bulk", {"schemas": [urns.BULK_REQUEST], "Operations": creations})

    assert {"201"} == {operation["status"] for operation in answer["Operations"]}
    assert 3 == len(journeys)


def run(database, *statements, error=None):
    with database.engine.writing(1) as connection:
        for sql in statements:
            connection.execute(sql)
        if error is not None:
            raise error


def test_what_nobody_waits_for_and_fails_undoes_the_transaction(postgres_url):
    database = open_database(postgres_url, CATALOG)
    with pytest.raises(DivisionByZero):
        run(database, "INSERT INTO settings VALUES ('a', 'b')", "SELECT 1 / 0")
    with database.engine.writing(1) as connection:
        found = connection.execute("SELECT 1 FROM settings WHERE name = 'a'").fetchall()
    database.close()

    assert [] == found


def test_what_failed_unseen_in_a_transaction_does_not_harm_the_next(postgres_url):
    database = open_database(postgres_url, CATALOG)
    with pytest.raises(RuntimeError):
        run(database, "SELECT 1 / 0", error=RuntimeError())
    add_ada(database.store())
    found = get(database.store(), "ada")
    database.close()

    assert "ada" == found.id


def test_statements_that_are_not_kept_prepared_are_prepared_again(postgres_url, monkeypatch):
    monkeypatch.setattr(postgres_wire, "_PREPARED", 2)
    database = open_database(postgres_url, CATALOG)
    add_ada(database.store())
    found = [get(database.store(), "ada").id for _ in range(3)]
    database.close()

    assert ["ada"] * 3 == found


def test_more_statements_than_stand_in_line_are_carried_out(postgres_url, monkeypatch):
    monkeypatch.setattr(postgres_wire, "_IN_LINE", 10)
    database = open_database(postgres_url, CATALOG)
    with database.engine.writing(1) as connection:
        rows = [(f"setting {n}",) for n in range(100)]
        connection.executemany("INSERT INTO settings SELECT ?, 'x'", rows)
        sql = "SELECT count(*) FROM settings WHERE value = 'x'"
        (count,) = connection.execute(sql).fetchone()
    database.close()

    assert 100 == count


def test_the_planner_is_told_of_a_table_that_got_many_rows(postgres_url, monkeypatch):
    monkeypatch.setattr(engine, "_MANY", 5)
    database = open_database(postgres_url, CATALOG)
    with database.engine.writing(1) as connection:
        connection.load("settings", ("name", "value"), [(f"n{n}", "x") for n in range(5)])
        (known,) = connection.execute(
            "SELECT reltuples::int FROM pg_class WHERE oid = 'settings'::regclass"
        ).fetchone()
        (there,) = connection.execute("SELECT count(*) FROM settings").fetchone()
    database.close()

    assert there == known


def test_an_outcome_is_not_to_be_had_when_its_transaction_is_over(postgres_url):
    database = open_database(postgres_url, CATALOG)
    with database.engine.reading() as connection:
        late = connection.execute("SELECT 1")
    with pytest.raises(Unavailable, match="over"):
        late.fetchone()
    database.close()


BAD = {
    "nobody listens": ("postgresql://x@127.0.0.1:1/x", "cannot be used"),
    "no such folder": ("postgresql:///x?host=/nowhere", "cannot be used"),
    "no URL": ("postgresql://x@h:port/x", "cannot be used"),
    "an unknown parameter": ("postgresql://x@h/x?colour=red", "is no URL of PostgreSQL"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_database_that_cannot_be_reached_is_told(fault):
    url, message = BAD[fault]
    with pytest.raises(StoreError, match=message):
        open_database(url, CATALOG)


def test_a_password_is_not_told():
    answer = CliRunner().invoke(
        migrate, ["--database", "postgresql://scim:hunter2@127.0.0.1:1/scim"]
    )

    assert 2 == answer.exit_code
    assert "PostgreSQL database 'scim' on 127.0.0.1 cannot be used" in answer.output
    assert "hunter2" not in answer.output


def test_a_schema_that_is_not_there_is_told(postgres):
    with pytest.raises(StoreError, match="no schema of its search_path"):
        open_database(f"{postgres.url}&options=-csearch_path%3Dnowhere", CATALOG)


def test_a_lock_that_is_held_for_too_long_is_unavailable(postgres_url, monkeypatch):
    monkeypatch.setattr(postgres_connections, "SETTINGS", "SET lock_timeout = '50ms'")
    database = open_database(postgres_url, CATALOG)
    store = database.store()
    with store.write(), pytest.raises(Unavailable), store.write():
        pass
    database.close()


def test_tenants_do_not_wait_for_each_other(postgres_url):
    database = open_database(postgres_url, CATALOG)
    database.add_tenant("acme")
    with database.store().write() as mine, database.store("acme").write() as theirs:
        for tx, name in ((mine, "ada"), (theirs, "bob")):
            tx.insert(CATALOG.models["User"], new_user(name) | {"id": name}, "2026")
    found = [get(database.store(), "ada"), get(database.store("acme"), "bob")]
    database.close()

    assert ["ada", "bob"] == [record.id for record in found]
