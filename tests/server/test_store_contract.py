"""The promises of `scim_server.store.contract.Store`, held against every store that there is."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import orjson
import pytest

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.errors import InvalidValue, Uniqueness
from scim_protocol.filter import parse_filter
from scim_server.store.contract import Link, Query, Selection
from scim_server.store.databases import open_database
from scim_server.store.lookups import references

NOW, LATER = "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"
CATALOG = Catalog.standard()
USER, GROUP = CATALOG.models["User"], CATALOG.models["Group"]

STORES = ["SQLite in a file", "SQLite in memory", "PostgreSQL"]


@pytest.fixture(params=STORES)
def name(request, tmp_path):
    """The name of an empty database."""
    if request.param == "PostgreSQL":
        return request.getfixturevalue("postgres_url")
    return ":memory:" if request.param == "SQLite in memory" else str(tmp_path / "scim.db")


@pytest.fixture
def database(name):
    made = open_database(name, CATALOG)
    yield made
    made.close()


@pytest.fixture
def store(database):
    return database.store()


def user(name, **attributes):
    return {"schemas": [urns.USER], "id": f"id-{name}", "userName": name, **attributes}


def group(name):
    return {"schemas": [urns.GROUP], "id": f"id-{name}", "displayName": name}


def add(store, model, document):
    with store.write() as tx:
        return tx.insert(model, document, NOW)


def get(store, model, name):
    with store.read() as tx:
        return tx.get(model, f"id-{name}")


def found(store, filter, model=USER):
    with store.read() as tx:
        records = tx.query(Query([Selection(model, parse_filter(filter))], "http://x")).records
    return [record.id.removeprefix("id-") for record in records]


def members(store, record):
    with store.read() as tx:
        return [link.id for link in tx.members([record.key]).get(record.key, ())]


def test_what_was_inserted_can_be_read(store):
    record = add(store, USER, user("ada"))

    assert record == get(store, USER, "ada")
    assert (1, NOW, NOW) == (record.version, record.created, record.last_modified)


def test_going_on_where_a_part_ended_gives_each_resource_once_though_it_is_gone(store):
    ada, *_ = [add(store, USER, user(name)) for name in ("ada", "bob", "carol")]
    query = Query([Selection(USER)], "http://x", limit=1)
    with store.read() as tx:
        first = tx.query(query)
    with store.write() as tx:
        tx.delete(ada, LATER)

    with store.read() as tx:
        second = tx.query(replace(query, after=first.end))
        third = tx.query(replace(query, after=second.end))

    assert ["id-ada", "id-bob", "id-carol"] == [
        record.id for part in (first, second, third) for record in part.records
    ]
    assert [True, True, False] == [first.more, second.more, third.more]


def test_a_page_deep_in_a_list_is_that_of_the_list(store):
    with store.write() as tx:
        added = [tx.insert(USER, user(f"{n}"), NOW) for n in range(3_000)]
        tx.insert(GROUP, group("between"), NOW)
        for record in added[500:1_700]:
            tx.delete(record, LATER)
    there = added[:500] + added[1_700:]
    query = Query([Selection(USER)], "http://x", limit=2)

    with store.read() as tx:
        pages = {
            offset: tx.query(replace(query, offset=offset))
            for offset in (0, 499, 1_023, 1_024, 1_025, 1_700, 1_799, 1_800, 9_999)
        }

    assert {1_800} == {page.total for page in pages.values()}
    assert {offset: there[offset : offset + 2] for offset in pages} == {
        offset: list(page.records) for offset, page in pages.items()
    }


def test_resources_of_several_types_are_in_one_order(store):
    add(store, USER, user("b"))
    add(store, GROUP, group("a"))
    add(store, USER, user("c"))
    selections = [Selection(model, None, model.resolve("id")) for model in (USER, GROUP)]

    with store.read() as tx:
        found = tx.query(Query(selections, "http://x", descending=True))

    assert ["id-c", "id-b", "id-a"] == [record.id for record in found.records]
    assert 3 == found.total


def test_text_that_cannot_be_stored_equals_nothing(store):
    add(store, USER, user("ada"))

    assert [] == found(store, 'userName eq "ada\\u0000"')
    assert ["ada"] == found(store, 'not (userName eq "ada\\u0000")')
    assert ["ada"] == found(store, 'externalId eq "\\u0000" or userName eq "ADA"')
    assert get(store, USER, "\x00") is None


def test_long_values_are_unique_and_found(store):
    add(store, USER, user("ada") | {"userName": "a" * 5000 + "1"})
    add(store, USER, user("bob") | {"userName": "a" * 5000 + "2"})

    assert ["bob"] == found(store, f'userName eq "{"A" * 5000}2"')
    with pytest.raises(Uniqueness):
        add(store, USER, user("carol") | {"userName": "A" * 5000 + "1"})


def test_a_database_has_a_secret_of_its_own_that_stays(tmp_path):
    first, second, other = (
        open_database(str(tmp_path / name), CATALOG) for name in ("a.db", "a.db", "b.db")
    )
    secrets = [store.secret for store in (first, second, other)]
    for store in (first, second, other):
        store.close()

    assert secrets[0] == secrets[1] != secrets[2]
    assert len(secrets[0]) >= 32


def test_a_resource_is_of_one_type_only(store):
    add(store, USER, user("ada"))

    assert get(store, GROUP, "ada") is None


def test_an_error_undoes_the_whole_transaction(store):
    def fail():
        with store.write() as tx:
            tx.insert(USER, user("ada"), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert get(store, USER, "ada") is None
    assert [] == found(store, 'userName eq "ada"')


def test_an_error_in_a_savepoint_undoes_that_part_alone(store):
    def fail(tx):
        with tx.savepoint():
            tx.insert(USER, user("eve"), NOW)
            raise RuntimeError

    with store.write() as tx:
        tx.insert(USER, user("ada"), NOW)
        with pytest.raises(RuntimeError):
            fail(tx)
        tx.insert(USER, user("bob"), NOW)

    assert ["ada", "bob"] == found(store, "id pr")
    assert add(store, USER, user("eve"))


def test_a_savepoint_may_hold_others(store):
    def fail(tx):
        with tx.savepoint():
            with tx.savepoint():
                tx.insert(USER, user("eve"), NOW)
            raise RuntimeError

    with store.write() as tx, tx.savepoint():
        with tx.savepoint():
            tx.insert(USER, user("ada"), NOW)
        with pytest.raises(RuntimeError):
            fail(tx)

    assert ["ada"] == found(store, "id pr")


def test_what_a_savepoint_kept_goes_with_the_transaction(store):
    def fail():
        with store.write() as tx:
            with tx.savepoint():
                tx.insert(USER, user("ada"), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert [] == found(store, "id pr")


def test_a_transaction_that_failed_lets_the_next_one_in(store):
    with pytest.raises(RuntimeError), store.write():
        raise RuntimeError

    assert add(store, USER, user("ada"))


def test_a_unique_value_is_refused_to_a_second_resource_in_any_letter_case(store):
    add(store, USER, user("Straße"))

    with pytest.raises(Uniqueness, match="userName"):
        add(store, USER, user("other") | {"userName": "STRASSE"})


def test_a_unique_value_is_refused_to_an_update(store):
    add(store, USER, user("ada"))
    bob = add(store, USER, user("bob"))

    with pytest.raises(Uniqueness), store.write() as tx:
        tx.update(bob, user("bob") | {"userName": "ADA"}, LATER)

    assert bob == get(store, USER, "bob")


def test_a_unique_value_is_free_when_its_resource_has_another(store):
    record = add(store, USER, user("ada"))
    with store.write() as tx:
        tx.update(record, user("ada") | {"userName": "eve"}, LATER)

    assert add(store, USER, user("new") | {"userName": "ada"})


def test_several_resources_are_inserted_at_once_in_their_order(store):
    documents = [user(name, externalId=f"x-{name}") for name in ("cy", "ada", "bob")]
    with store.write() as tx:
        records = tx.insert_all([(USER, one, None) for one in documents], NOW)

    assert records == [get(store, USER, name) for name in ("cy", "ada", "bob")]
    assert sorted(record.key for record in records) == [record.key for record in records]
    assert ["ada"] == found(store, 'externalId eq "x-ada"')


ODD = ['"', "\\", "{", "}", ",", "NULL", "null", " a ", "é😀", "'", "$1", "?", "a\nb", "\\x41"]


def test_texts_of_any_characters_are_kept_as_they_are(store):
    documents = [user(f"u{n}", title=text, externalId=text) for n, text in enumerate(ODD)]
    with store.write() as tx:
        tx.insert_all([(USER, one, None) for one in documents], NOW)
    with store.read() as tx:
        kept = [orjson.loads(tx.get(USER, one["id"]).document) for one in documents]

    assert documents == kept


@pytest.mark.parametrize("names", [["ada"], ["bob", "ada", "cy"], ["bob", "cy", "BOB"]])
def test_of_several_resources_each_must_have_unique_values_of_its_own(store, names):
    add(store, USER, user("ada"))
    many = [(USER, user(name) | {"id": f"id-{n}"}, None) for n, name in enumerate(names)]

    with (
        pytest.raises(Uniqueness, match=r"userName '(ada|bob)' is in use already"),
        store.write() as tx,
    ):
        tx.insert_all(many, NOW)

    assert ["ada"] == found(store, "userName pr")


def test_unique_values_are_of_their_type_alone(store):
    add(store, USER, user("ada", displayName="Sales"))

    assert add(store, GROUP, group("Sales"))


def test_every_write_makes_the_next_version(store):
    record = add(store, USER, user("ada"))
    with store.write() as tx:
        record = tx.update(record, user("ada", title="x"), LATER)
        record = tx.touch(record, LATER)

    assert record == get(store, USER, "ada")
    assert (3, NOW, LATER) == (record.version, record.created, record.last_modified)


def test_an_index_follows_an_update(store):
    record = add(store, USER, user("ada", externalId="1"))
    with store.write() as tx:
        tx.update(record, user("ada", externalId="2"), LATER)

    assert ([], ["ada"]) == (found(store, 'externalId eq "1"'), found(store, 'externalId eq "2"'))


def test_a_deleted_resource_leaves_nothing(store):
    record = add(store, USER, user("ada", externalId="1"))
    with store.write() as tx:
        tx.delete(record, LATER)

    assert get(store, USER, "ada") is None
    assert [] == found(store, 'externalId eq "1" or userName eq "ada"')


def test_members_are_added_once(store):
    ada, sales = add(store, USER, user("ada")), add(store, GROUP, group("sales"))
    member = {"value": ada.id}

    with store.write() as tx:
        counts = [tx.add_members(sales, [member, member]), tx.add_members(sales, [member])]

    assert [1, 0] == counts
    assert [ada.id] == members(store, sales)


def test_no_member_is_added_when_one_does_not_exist(store):
    ada, sales = add(store, USER, user("ada")), add(store, GROUP, group("sales"))

    with pytest.raises(InvalidValue, match="nobody"), store.write() as tx:
        tx.add_members(sales, [{"value": ada.id}, {"value": "nobody"}])

    assert [] == members(store, sales)


def test_members_are_removed_by_id_or_all_at_once(store):
    sales = add(store, GROUP, group("sales"))
    ids = [add(store, USER, user(name)).id for name in "abc"]
    with store.write() as tx:
        tx.add_members(sales, [{"value": id} for id in ids])

    with store.write() as tx:
        assert 1 == tx.remove_members(sales, [ids[0], "nobody"])
        assert ids[1:] == [link.id for link in tx.members([sales.key])[sales.key]]
        assert 2 == tx.remove_members(sales)
        assert {} == tx.members([sales.key])


def test_members_among_some_ids_are_those_that_are_in_the_group_each_once(store):
    sales, support = add(store, GROUP, group("sales")), add(store, GROUP, group("support"))
    ids = [add(store, USER, user(name)).id for name in "abc"]
    with store.write() as tx:
        tx.add_members(sales, [{"value": id, "display": id} for id in ids[:2]])
        tx.add_members(support, [{"value": id} for id in ids])

    with store.read() as tx:
        among = tx.members_among(sales, [ids[1], ids[2], "nobody", ids[1]])

    assert [Link(ids[1], "User", ids[1])] == among


def test_more_members_than_fit_one_statement_are_added_and_removed(store):
    sales = add(store, GROUP, group("sales"))
    with store.write() as tx:
        ids = [tx.insert(USER, user(f"u{number}"), NOW).id for number in range(1200)]
        tx.add_members(sales, [{"value": id} for id in ids])

    assert ids == members(store, sales)
    with store.read() as tx:
        assert 1200 == len(tx.members_among(sales, ids))


def test_groups_are_those_of_each_resource_asked_for(store):
    ada, bob = add(store, USER, user("ada")), add(store, USER, user("bob"))
    sales, all_of_us = add(store, GROUP, group("sales")), add(store, GROUP, group("all"))
    with store.write() as tx:
        tx.add_members(sales, [{"value": ada.id}])
        tx.add_members(all_of_us, [{"value": sales.id}, {"value": bob.id}])

    with store.read() as tx:
        groups = tx.groups([tx.get(USER, record.id) for record in (ada, bob)])

    assert {("sales", True), ("all", False)} == {(g.display, g.direct) for g in groups[ada.key]}
    assert {("all", True)} == {(g.display, g.direct) for g in groups[bob.key]}


def test_a_deletion_makes_a_new_version_of_the_groups_that_lost_a_member(store):
    ada, sales = add(store, USER, user("ada")), add(store, GROUP, group("sales"))
    with store.write() as tx:
        tx.add_members(sales, [{"value": ada.id}])
        tx.delete(ada, LATER)

    assert [] == members(store, sales)
    assert (2, LATER) == (
        get(store, GROUP, "sales").version,
        get(store, GROUP, "sales").last_modified,
    )


def test_resources_that_refer_to_an_id_are_found(store):
    manager = {urns.ENTERPRISE_USER: {"manager": {"value": "id-boss"}}}
    ada = add(store, USER, user("ada", **manager))
    (target,) = references(USER)
    with store.read() as tx:
        assert [ada] == tx.referrers(USER, target, "id-boss")
        assert [] == tx.referrers(USER, target, "id-other")


def test_a_reader_sees_one_moment(store, request):
    if "memory" in request.node.callspec.id:
        pytest.skip("readers and writers of a database in memory take turns")
    add(store, USER, user("ada"))

    with store.read() as tx:
        before = tx.query(Query([Selection(USER)], "http://x")).total
        with ThreadPoolExecutor(1) as pool:
            pool.submit(add, store, USER, user("bob")).result()
        after = tx.query(Query([Selection(USER)], "http://x")).total

    assert (1, 1) == (before, after)
    assert 2 == len(found(store, "id pr"))


def test_writers_in_many_threads_follow_one_another(store):
    record = add(store, USER, user("ada", title="0"))
    start = threading.Barrier(8)

    def count_up():
        start.wait()
        for _ in range(10):
            with store.write() as tx:
                current = tx.get(USER, record.id)
                tx.update(current, user("ada", title=str(current.version)), LATER)

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(count_up) for _ in range(8)]:
            done.result()

    assert 81 == get(store, USER, "ada").version
