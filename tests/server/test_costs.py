"""What an operation costs must not grow with what it is not about.

Cost is counted in steps of SQLite's machine, which no load of the test's computer changes.
"""

import pytest

from scim_protocol import urns
from scim_server.store.connections import Connection

FEW, MANY = 10, 3000


def fill(api, number):
    """Put users into the store directly; return the paths to them."""
    service = api.app.extensions["scim_server"]
    model = service.catalog.models["User"]
    ids = [f"user-{n}" for n in range(number)]
    with service.store.write() as tx:
        for id in ids:
            mail = {"value": f"{id}@x.org", "type": "work"}
            user = {"userName": id, "externalId": id, "displayName": id, "emails": [mail]}
            tx.insert(model, {"schemas": [urns.USER], "id": id, **user}, service.now())
    return [f"/Users/{id}" for id in ids]


@pytest.fixture(scope="module")
def small(open_api):
    api = open_api()
    fill(api, FEW)
    return api


@pytest.fixture(scope="module")
def large(open_api):
    """A server of many users; its group Large holds all but one of them, Small a few."""
    api = open_api()
    paths = fill(api, MANY)
    api.small, api.large = api.group("Small", *paths[1:FEW]), api.group("Large", *paths[1:])
    return api


@pytest.fixture
def steps(monkeypatch):
    """Count, in hundreds, the steps that SQLite takes while something is done."""

    def count(act):
        counted = 0

        def tick():
            nonlocal counted
            counted += 1
            return 0

        def execute(self, *arguments):
            self.set_progress_handler(tick, 100)
            return super(Connection, self).execute(*arguments)

        with monkeypatch.context() as patched:
            patched.setattr(Connection, "execute", execute, raising=False)
            answer = act()
        assert answer.status in (200, 201, 204), answer.text
        return counted

    return count


def add(id):
    return {"op": "add", "path": "members", "value": [{"value": id}]}


def remove(id):
    return {"op": "remove", "path": f'members[value eq "{id}"]'}


def remove_by(filter):
    return {"op": "remove", "path": f"members[{filter}]"}


@pytest.mark.parametrize(
    "operation",
    [
        add("user-0"),
        remove("user-5"),
        remove("user-0"),
        remove_by('value eq "user-6" or value eq "user-7"'),
        remove_by('value eq "user-8" and type eq "User"'),
        remove_by('type eq "Group" and (value eq "user-1" or value eq "user-2")'),
        remove_by('(value eq "user-1" or value eq "user-2") and not (display pr) and type eq "x"'),
    ],
)
def test_changing_one_member_costs_the_same_in_a_small_and_a_large_group(large, steps, operation):
    few = steps(lambda: large.patch(large.small, operation))
    many = steps(lambda: large.patch(large.large, operation))

    # Noise is a few; to look at each of the members would be a hundred at least.
    assert many <= few + 10


@pytest.fixture
def statements(monkeypatch):
    """Gather the statements that are executed while something is done."""

    def gather(act):
        executed = []

        def execute(self, sql, *arguments):
            executed.append(sql)
            return super(Connection, self).execute(sql, *arguments)

        with monkeypatch.context() as patched:
            patched.setattr(Connection, "execute", execute, raising=False)
            act()
        return executed

    return gather


def test_a_user_in_no_group_is_read_by_one_statement(small, statements):
    executed = statements(lambda: small.get("/Users/user-5"))

    assert ["BEGIN", "SELECT", "COMMIT"] == [sql.split()[0] for sql in executed]


@pytest.mark.parametrize(
    "filter", ['userName eq "user-5"', 'emails[type eq "work" and value eq "user-5@x.org"]']
)
def test_what_one_look_up_finds_is_read_by_one_statement(small, statements, filter):
    executed = statements(lambda: small.get("/Users", filter=filter))

    assert ["BEGIN", "SELECT", "COMMIT"] == [sql.split()[0] for sql in executed]


def test_the_groups_of_a_whole_page_are_read_by_one_statement(make_api, statements):
    api = make_api()
    users = [api.user(f"user-{n}") for n in range(5)]
    for number, user in enumerate(users):
        api.group(f"group-{number}", user, users[0])

    executed = statements(lambda: api.get("/Users"))

    # The page, the total, the groups.
    assert 3 == sum(sql.startswith("SELECT") for sql in executed)


def test_many_removals_by_any_filter_read_the_members_once(large, statements):
    operations = [remove_by(f'display sw "x{n}"') for n in range(20)]

    one = statements(lambda: large.patch(large.large, operations[0], remove("user-0")))
    many = statements(lambda: large.patch(large.large, *operations, remove("user-0")))

    assert one == many


def test_removals_that_look_at_too_many_members_are_refused(large):
    terms = " or ".join(f'display sw "x{n}"' for n in range(200))
    before = large.get(large.large, excludedAttributes="members").headers["ETag"]

    answer = large.patch(large.large, remove("user-9"), *[remove_by(terms)] * 4)

    assert (400, "tooMany") == answer.error
    assert before == large.get(large.large, excludedAttributes="members").headers["ETag"]
    assert "/Users/user-9" in large.members(large.large)


def test_reading_a_group_without_its_members_costs_the_same_at_any_size(large, steps):
    few = steps(lambda: large.get(large.small, excludedAttributes="members"))
    many = steps(lambda: large.get(large.large, excludedAttributes="members"))

    assert many <= few + 2


LOOKUPS = [
    'userName eq "USER-5"',
    'externalId eq "user-5"',
    'id eq "user-5"',
    'displayName eq "user-5"',
    'emails.value eq "user-5@x.org"',
    'emails[type eq "work" and value eq "user-5@x.org"]',
    'emails[type eq "work"].value eq "user-5@x.org"',
    'active eq true and userName eq "user-5"',
    'userName eq "user-5" or externalId eq "user-6"',
]


@pytest.mark.parametrize("filter", LOOKUPS)
def test_looking_up_what_is_indexed_costs_the_same_among_few_and_many(small, large, steps, filter):
    few = steps(lambda: small.get("/Users", filter=filter, excludedAttributes="groups"))
    many = steps(lambda: large.get("/Users", filter=filter, excludedAttributes="groups"))

    assert many <= few + 2


def test_finding_the_groups_of_a_user_costs_the_same_among_large_groups(small, large, steps):
    filter = 'members.value eq "user-5"'

    few = steps(lambda: small.get("/Groups", filter=filter, excludedAttributes="members"))
    many = steps(lambda: large.get("/Groups", filter=filter, excludedAttributes="members"))

    assert many <= few + 2


def test_a_first_page_costs_the_same_among_few_and_many(small, large, steps):
    few = steps(lambda: small.get("/Users", count=5, excludedAttributes="groups"))
    many = steps(lambda: large.get("/Users", count=5, excludedAttributes="groups"))

    assert many <= few + 2


@pytest.mark.parametrize("path", ["/Users", "/"])
def test_a_late_page_by_cursor_costs_what_the_first_does(large, steps, path):
    middle = large.get(path, cursor="", count=MANY // 2)["nextCursor"]
    late = large.get(path, cursor=middle, count=MANY // 2 - 10)["nextCursor"]

    first = steps(lambda: large.get(path, cursor="", count=5, excludedAttributes="groups"))
    last = steps(lambda: large.get(path, cursor=late, count=5, excludedAttributes="groups"))

    assert last <= first + 2


def test_looking_up_over_the_root_costs_the_same_among_few_and_many(small, large, steps):
    query = {"filter": 'userName eq "user-5"', "excludedAttributes": "groups"}

    few = steps(lambda: small.get("/", **query))
    many = steps(lambda: large.get("/", **query))

    assert many <= few + 2


def test_what_is_not_indexed_is_seen_to_cost_more(small, large, steps):
    few = steps(lambda: small.get("/Users", filter='title eq "x"'))
    many = steps(lambda: large.get("/Users", filter='title eq "x"'))

    assert many > 10 * (few + 1)
