"""The promises of `scim_server.store.contract.Database`: tenants and tokens, on every store."""

from dataclasses import replace

import pytest

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_server.store.contract import (
    DEFAULT_TENANT,
    NameTaken,
    StoreError,
    Token,
    Unavailable,
    UnknownTenant,
)
from scim_server.store.databases import engine_at, open_database, open_registry

NOW, SOON = "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:30.000Z"
LATER, LATEST = "2026-01-01T00:01:00.000Z", "2026-01-02T00:00:00.000Z"
CATALOG = Catalog.standard()
USER, GROUP = CATALOG.models["User"], CATALOG.models["Group"]
ADA = {"schemas": [urns.USER], "id": "ada", "userName": "ada", "externalId": "e"}
KEY = Token("okta", DEFAULT_TENANT, "write", b"1" * 32, NOW)


@pytest.fixture(params=["SQLite in a file", "SQLite in memory", "PostgreSQL"])
def name(request, tmp_path):
    if request.param == "PostgreSQL":
        return request.getfixturevalue("postgres_url")
    return ":memory:" if request.param == "SQLite in memory" else str(tmp_path / "scim.db")


@pytest.fixture
def database(name):
    made = open_database(name, CATALOG)
    yield made
    made.close()


def add(store, model=USER, document=ADA):
    with store.write() as tx:
        return tx.insert(model, document, NOW)


def get(store, id="ada"):
    with store.read() as tx:
        return tx.get(USER, id)


# --- tenants -------------------------------------------------------------------------------------


def test_the_default_tenant_is_always_there(database):
    assert [DEFAULT_TENANT] == list(database.tenants())


def test_tenants_are_listed_by_age(database):
    for name in ("b", "a"):
        database.add_tenant(name)

    assert [DEFAULT_TENANT, "b", "a"] == list(database.tenants())


def test_two_tenants_may_have_the_same_ids_and_names(database):
    database.add_tenant("acme")
    one, other = add(database.store()), add(database.store("acme"))

    assert one.key != other.key
    assert ("ada", "ada") == (get(database.store()).id, get(database.store("acme")).id)


def test_what_one_tenant_does_another_does_not_see(database):
    database.add_tenant("acme")
    mine, theirs = database.store(), database.store("acme")
    add(mine)
    add(theirs)
    with mine.write() as tx:
        tx.delete(tx.get(USER, "ada"), LATER)

    assert get(mine) is None
    assert get(theirs) is not None


def test_a_member_of_another_tenant_is_unknown(database):
    database.add_tenant("acme")
    add(database.store("acme"))
    group = {"schemas": [urns.GROUP], "id": "g", "displayName": "Sales"}

    with pytest.raises(Exception, match="no resource with id 'ada'"):  # noqa: SIM117
        with database.store().write() as tx:
            tx.add_members(tx.insert(GROUP, group, NOW), [{"value": "ada"}])


def test_a_tenant_that_is_not_there_has_no_store(database):
    with pytest.raises(UnknownTenant, match="no tenant 'acme'"):
        database.store("acme")


@pytest.mark.parametrize("name_of_tenant", ["", "a/b", "ä", "-a", "x" * 64, "a b", "."])
def test_a_tenant_has_a_name_that_a_url_can_have(database, name_of_tenant):
    with pytest.raises(StoreError, match="cannot be the name of a tenant"):
        database.add_tenant(name_of_tenant)


def test_a_tenant_is_made_once(database):
    database.add_tenant("acme")

    with pytest.raises(NameTaken):
        database.add_tenant("acme")


def test_a_tenant_goes_with_all_that_it_has(database):
    database.add_tenant("acme")
    add(database.store("acme"))
    database.tokens.add(replace(KEY, tenant="acme"))
    database.remove_tenant("acme")
    gone = [DEFAULT_TENANT] == list(database.tenants()), database.tokens.find(KEY.digest)
    database.add_tenant("acme")

    assert (True, None) == gone
    assert get(database.store("acme")) is None


def test_a_store_of_a_removed_tenant_takes_nothing(database):
    database.add_tenant("acme")
    store = database.store("acme")
    database.remove_tenant("acme")

    with pytest.raises(UnknownTenant):
        add(store)


def test_a_new_tenant_has_nothing_of_a_removed_one_of_its_name(database):
    database.add_tenant("acme")
    old = database.store("acme")
    database.remove_tenant("acme")
    database.add_tenant("acme")
    add(database.store("acme"))

    assert get(old) is None


def test_the_default_tenant_stays(database):
    with pytest.raises(StoreError, match="cannot be removed"):
        database.remove_tenant(DEFAULT_TENANT)


# --- tokens --------------------------------------------------------------------------------------


def test_a_token_is_found_as_it_was_added(database):
    token = replace(KEY, expires=LATEST, subject="ada", kind="client", client="other")
    database.tokens.add(token)

    assert token == database.tokens.find(KEY.digest)
    assert database.tokens.find(b"2" * 32) is None


def test_tokens_are_listed_by_tenant_and_age(database):
    database.add_tenant("acme")
    tokens = [
        replace(KEY, name="b", digest=b"b"),
        replace(KEY, name="a", digest=b"a", created=LATER),
        replace(KEY, name="c", digest=b"c", tenant="acme"),
    ]
    for token in reversed(tokens):
        database.tokens.add(token)

    assert ["b", "a", "c"] == [token.name for token in database.tokens.list()]
    assert ["c"] == [token.name for token in database.tokens.list("acme")]


def test_the_name_of_a_token_is_taken_until_it_is_revoked(database):
    database.tokens.add(KEY)
    another = replace(KEY, digest=b"2" * 32)
    with pytest.raises(NameTaken, match="default has a token 'okta' already"):
        database.tokens.add(another)
    database.tokens.revoke(DEFAULT_TENANT, "okta", LATER)
    database.tokens.add(another)

    assert [LATER, None] == sorted(
        (token.revoked for token in database.tokens.list()), key=lambda when: when is None
    )


def test_a_token_needs_its_tenant(database):
    with pytest.raises(UnknownTenant):
        database.tokens.add(replace(KEY, tenant="acme"))


def test_it_is_told_whether_there_was_a_token_to_revoke(database):
    database.tokens.add(KEY)

    assert database.tokens.revoke(DEFAULT_TENANT, "okta", LATER)
    assert not database.tokens.revoke(DEFAULT_TENANT, "okta", LATER)


def test_a_client_is_revoked_with_the_tokens_that_it_got(database):
    database.tokens.add(replace(KEY, kind="client"))
    database.tokens.add(replace(KEY, name="okta-1", digest=b"2" * 32, client="okta"))
    database.tokens.revoke(DEFAULT_TENANT, "okta", LATER)

    assert [LATER, LATER] == [token.revoked for token in database.tokens.list()]


def last_use(name):
    registry = open_registry(name)
    found = registry.tokens.find(KEY.digest).last_used
    registry.close()
    return found


@pytest.mark.parametrize(
    ("uses", "noted"), [([NOW], NOW), ([NOW, SOON], NOW), ([NOW, SOON, LATER], LATER)]
)
def test_the_last_use_is_noted_once_a_minute_at_most(tmp_path, uses, noted):
    name = str(tmp_path / "scim.db")
    database = open_database(name, CATALOG)
    database.tokens.add(KEY)
    for when in uses:
        database.tokens.used(KEY.digest, when)
    database.close()

    assert noted == last_use(name)


def test_what_one_opening_of_a_database_does_another_sees(tmp_path):
    one, other = (open_database(str(tmp_path / "scim.db"), CATALOG) for _ in range(2))
    one.add_tenant("acme")
    one.tokens.add(KEY)
    other.tokens.revoke(DEFAULT_TENANT, "okta", LATER)
    found = list(other.tenants()), one.tokens.find(KEY.digest).revoked
    one.close()
    other.close()

    assert ([DEFAULT_TENANT, "acme"], LATER) == found


def test_tokens_that_ended_are_forgotten(database):
    database.tokens.add(replace(KEY, name="expired", digest=b"1", expires=LATER))
    database.tokens.add(replace(KEY, name="revoked", digest=b"2"))
    database.tokens.add(replace(KEY, name="valid", digest=b"3", expires=LATEST))
    database.tokens.add(replace(KEY, name="for ever", digest=b"4"))
    database.tokens.revoke(DEFAULT_TENANT, "revoked", NOW)

    assert 2 == database.tokens.purge(LATEST)
    assert {"valid", "for ever"} == {token.name for token in database.tokens.list()}


def test_a_digest_is_not_in_the_repr_of_a_token():
    assert "111" not in repr(KEY)


# --- the rest ------------------------------------------------------------------------------------


def test_a_database_that_answers_passes_its_check(database):
    database.check()


def test_a_closed_database_is_unavailable(name):
    database = open_database(name, CATALOG)
    database.close()

    with pytest.raises(Unavailable):
        database.check()


def test_a_registry_leaves_the_indexes_as_they_are(tmp_path):
    name = str(tmp_path / "scim.db")
    database = open_database(name, CATALOG, ["title"])
    add(database.store(), document=ADA | {"title": "Countess"})
    database.close()
    registry = open_registry(name)
    registry.add_tenant("acme")
    registry.close()

    with engine_at(name) as engine, engine.reading() as connection:
        sql = "SELECT value FROM lookups WHERE attribute = 'User.title'"
        assert [("countess",)] == connection.execute(sql).fetchall()
