"""A directory of any size, imported into a database, and requests to measure."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import orjson

from benchmarks.load import Connection, Request
from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.messages import patch_request
from scim_protocol.patch import Operation
from scim_server.store.contract import DEFAULT_TENANT
from scim_server.store.databases import open_database
from scim_server.store.transfer import FORMAT, VERSION, import_

GROUP_SIZES = (10, 1_000, 10_000, 100_000)
NOW = "2026-01-01T00:00:00Z"
PAGE = 100
BULK = 100
# So many members are told of by a line of an export.
LINE = 500


@dataclass(frozen=True)
class Population:
    """What a database was filled with."""

    users: int
    groups: dict[int, str]

    @property
    def outsiders(self) -> range:
        """The numbers of the users that are in none of the groups."""
        return range(self.users - self.users // 2, self.users)


@dataclass(frozen=True)
class Load:
    """Requests of one sort, the status that answers them, and the ratio to be reached.

    `parts` is how many operations each request holds; the figures are of one operation.
    """

    name: str
    requests: list[Request]
    status: int = 200
    goal: str = ""
    parts: int = 1


def user(number: int) -> dict[str, object]:
    """Return a user as directories have them."""
    name = f"user{number}@contoso.example"
    return {
        "schemas": [urns.USER, urns.ENTERPRISE_USER],
        "userName": name,
        "externalId": f"external-{number}",
        "active": True,
        "displayName": f"Person {number}",
        "title": "Engineer",
        "name": {"givenName": "Person", "familyName": str(number)},
        "emails": [{"value": name, "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "+1 555 0100", "type": "work"}],
        urns.ENTERPRISE_USER: {"employeeNumber": str(number), "department": "Research"},
    }


def fill(database: str, users: int) -> Population:
    """Write users and groups into a database, as an import does."""
    catalog = Catalog.standard()
    opened = open_database(database, catalog)
    import_(opened.engine, catalog, opened.rules, DEFAULT_TENANT, exported(users))
    opened.close()
    return Population(users, {size: f"g{size}" for size in group_sizes(users)})


def group_sizes(users: int) -> Sequence[int]:
    """Return how many members the groups have; half of the users are in none."""
    return [size for size in GROUP_SIZES if size <= users // 2]


def exported(users: int) -> Iterator[bytes]:
    """Yield a directory as the lines of an export."""
    sizes, count = group_sizes(users), 0
    yield _line({"export": FORMAT, "version": VERSION, "tenant": DEFAULT_TENANT, "exported": NOW})
    for number in range(users):
        yield _resource("User", {"id": f"u{number}", **user(number)})
    for size in sizes:
        named = {"displayName": f"Group of {size}"}
        yield _resource("Group", {"id": f"g{size}", "schemas": [urns.GROUP], **named})
    for size in sizes:
        count += size
        for first in range(0, size, LINE):
            some = range(first, min(first + LINE, size))
            yield _line({"group": f"g{size}", "members": [[f"u{n}", None] for n in some]})
    yield _line({"end": {"resources": users + len(sizes), "memberships": count}})


def _resource(kind: str, document: dict[str, object]) -> bytes:
    head = {"type": kind, "id": document["id"], "version": 1, "created": NOW, "lastModified": NOW}
    return _line({**head, "document": document})


def _line(value: dict[str, object]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def loads(population: Population, count: int, connection: Connection) -> Iterator[Load]:
    """Yield what is measured, in an order in which nothing spoils what comes after it."""
    step = max(1, population.users // count)
    some = [n % population.users for n in range(0, count * step, step)]
    yield Load("GET a user by id", [_get(f"/Users/u{n}") for n in some], goal="0.75")
    yield from _filters(some)
    yield from _groups(population, count)
    yield from _pages(population, count, connection)
    yield from _writes(population, some)
    yield from _memberships(population, count)


def _filters(some: Iterable[int]) -> Iterator[Load]:
    filters = {
        "userName": 'userName eq "user{}@contoso.example"',
        "externalId": 'externalId eq "external-{}"',
        "emails.value": 'emails.value eq "user{}@contoso.example"',
        "emails[type and value]": ('emails[type eq "work" and value eq "user{}@contoso.example"]'),
    }
    for name, text in filters.items():
        asked = [_get(f"/Users?filter={quote(text.format(n))}") for n in some]
        yield Load(f"filter by {name}", asked, goal="0.6")


def _groups(population: Population, count: int) -> Iterator[Load]:
    for size, id in population.groups.items():
        asked = [_get(f"/Groups/{id}?excludedAttributes=members")] * count
        yield Load(f"GET a group of {size:,} without its members", asked, goal="flat")


def _pages(population: Population, count: int, connection: Connection) -> Iterator[Load]:
    few = max(20, count // 20)
    yield Load(f"page of {PAGE}", [_get(f"/Users?count={PAGE}")] * few, goal="0.3")
    depth = min(1_000, population.users // PAGE - 1)
    start = depth * PAGE + 1
    deep = [_get(f"/Users?count={PAGE}&startIndex={start}")] * few
    yield Load(f"page {depth:,} deep by startIndex", deep, goal="2x page 1")
    cursor = _deep_cursor(connection, depth)
    by_cursor = [_get(f"/Users?count={PAGE}&cursor={quote(cursor)}")] * few
    yield Load(f"page {depth:,} deep by cursor", by_cursor, goal="2x page 1")


def _deep_cursor(connection: Connection, depth: int) -> str:
    cursor = ""
    for _ in range(depth):
        path = f"/Users?count={PAGE}&cursor={quote(cursor)}&attributes=userName"
        _, body = connection.send(_get(path))
        cursor = json.loads(body)["nextCursor"]
    return cursor


def _writes(population: Population, some: list[int]) -> Iterator[Load]:
    users, count = population.users, len(some)
    new = [Request("POST", "/scim/v2/Users", _json(user(users + n))) for n in range(count)]
    yield Load("create a user", new, 201, goal="0.3")
    patches = [_patch(f"/Users/u{n}", Operation("replace", "title", f"Title {n}")) for n in some]
    yield Load("PATCH a user", patches, goal="0.3")
    bulks = [
        _bulk(range(users + count + n * BULK, users + count + (n + 1) * BULK))
        for n in range(max(5, count // BULK))
    ]
    yield Load(f"create in bulks of {BULK}", bulks, goal="4x create", parts=BULK)


def _memberships(population: Population, count: int) -> Iterator[Load]:
    for size, id in population.groups.items():
        asked = [
            _patch(f"/Groups/{id}", Operation("add", "members", [{"value": f"u{n}"}]))
            for n in population.outsiders[:count]
        ]
        name = f"PATCH one member into a group of {size:,}"
        yield Load(name, asked, 204, goal="flat; PATCH / 1.5")


def _get(path: str) -> Request:
    return Request("GET", f"/scim/v2{path}")


def _patch(path: str, operation: Operation) -> Request:
    return Request("PATCH", f"/scim/v2{path}", _json(patch_request([operation])))


def _bulk(numbers: Iterable[int]) -> Request:
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": f"b{n}", "data": user(n)} for n in numbers
    ]
    return Request(
        "POST", "/scim/v2/Bulk", _json({"schemas": [urns.BULK_REQUEST], "Operations": operations})
    )


def _json(document: object) -> bytes:
    return json.dumps(document).encode()
