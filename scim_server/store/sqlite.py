"""The embedded store: a SQLite database, in a file or in memory."""

import itertools
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

import orjson

from scim_protocol.catalog import Catalog
from scim_protocol.definitions import ResourceModel, Target
from scim_protocol.errors import InvalidValue, Uniqueness
from scim_server.representation import member_types
from scim_server.store import search
from scim_server.store.connections import Connection, open_connections
from scim_server.store.contract import Document, Found, Link, Query, Record, StoreError
from scim_server.store.fitting import types_with_more
from scim_server.store.indexes import rebuild_if_changed
from scim_server.store.lookups import Lookups, Pairs, lookups_of
from scim_server.store.tables import prepare, secret_of

T = TypeVar("T")

_COLUMNS: Final = "key, type, id, version, created, last_modified, CAST(document AS BLOB), secrets"
_MEMBERS: Final = (
    "SELECT group_key, member_id, member_type, display FROM memberships"
    " WHERE group_key IN ({marks}) ORDER BY group_key, member_key"
)
_NAMED_MEMBERS: Final = (
    "SELECT m.group_key, m.member_id, m.member_type, coalesce(m.display, r.display)"
    " FROM memberships m CROSS JOIN resources r ON r.key = m.member_key"
    " WHERE m.group_key IN ({marks}) ORDER BY m.group_key, m.member_key"
)
_GROUPS_OF: Final = """
WITH RECURSIVE above(origin, key, direct) AS (
    SELECT member_key, group_key, 1 FROM memberships WHERE member_key IN ({marks})
    UNION
    SELECT origin, group_key, 0 FROM memberships JOIN above ON member_key = above.key
)
SELECT origin, g.id, g.type, g.display, max(direct)
FROM above JOIN resources g ON g.key = above.key
GROUP BY origin, g.key
"""


@dataclass(frozen=True, slots=True)
class MembershipRules:
    """The types of which a group of each type may have members; whether unknown ids are skipped."""

    types: Mapping[str, frozenset[str]]
    skip_unknown: bool


class SqliteStore:
    """A store in one SQLite database; see `contract.Store` for what it promises."""

    def __init__(
        self,
        database: str,
        catalog: Catalog,
        indexed: Iterable[str] = (),
        *,
        skip_unknown_members: bool = False,
    ) -> None:
        self._lookups = lookups_of(catalog, indexed)
        self._membership = MembershipRules(
            {name: member_types(m) for name, m in catalog.models.items()}, skip_unknown_members
        )
        self._connections = open_connections(database)
        # Writers of one process queue here, where waiting is cheap and fair; SQLite's own lock,
        # which is polled, is left to writers of other processes.
        self._writing = threading.Lock()
        try:
            with self._transaction("BEGIN IMMEDIATE") as connection:
                prepare(connection, database)
                self._with_more = types_with_more(connection, catalog)
                rebuild_if_changed(connection, self._lookups)
                self._secret = secret_of(connection)
        except BaseException as error:
            self._connections.close()
            if isinstance(error, sqlite3.Error):
                raise StoreError(f"{database} cannot be used as a database: {error}.") from None
            raise

    @property
    def types_with_more(self) -> frozenset[str]:
        """The types of which resources hold what no schema defines, written with other schemas."""
        return self._with_more

    @property
    def secret(self) -> bytes:
        """Random bytes that stay as long as the database, the same for all who open it."""
        return self._secret

    @contextmanager
    def read(self) -> Iterator["SqliteTransaction"]:
        """Begin a transaction that only reads."""
        with self._transaction("BEGIN") as connection:
            yield SqliteTransaction(connection, self._lookups, self._membership)

    @contextmanager
    def write(self) -> Iterator["SqliteTransaction"]:
        """Begin a transaction that may write; it is kept when the block ends without an error."""
        with self._writing, self._transaction("BEGIN IMMEDIATE") as connection:
            yield SqliteTransaction(connection, self._lookups, self._membership)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self._connections.connection() as connection:
            connection.execute(begin)
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close the database in all threads."""
        self._connections.close()


class SqliteTransaction:
    """What an operation works in; see `contract.Transaction`."""

    def __init__(
        self,
        connection: Connection,
        lookups: Mapping[str, Lookups],
        membership: MembershipRules,
    ) -> None:
        self._db = connection
        self._lookups = lookups
        self._membership = membership

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Begin a part that an exception inside undoes alone; parts may hold parts."""
        # Of savepoints of one name SQLite means the innermost.
        self._db.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK TO part")
            raise
        finally:
            self._db.execute("RELEASE part")

    # --- reading ---

    def get(self, model: ResourceModel, id: str) -> Record | None:
        """Return the resource of that type and id."""
        row = self._db.execute(f"SELECT {_COLUMNS} FROM resources WHERE id = ?", (id,)).fetchone()
        return Record(*row) if row and row[1] == model.name else None

    def query(self, query: Query) -> Found:
        """Return a page of the resources that match, each once."""
        part = search.find(self._db, query, self._lookups)
        return Found(part.total, self._records(part.keys), part.end, part.more)

    def members(self, keys: Sequence[int], *, named: bool = False) -> Mapping[int, Sequence[Link]]:
        """Return the members of each of the groups; a group without any may be missing."""
        return self._links(_NAMED_MEMBERS if named else _MEMBERS, keys)

    def members_among(self, group: Record, ids: Sequence[str]) -> Sequence[Link]:
        """Return the members of a group that have one of the ids, each once."""
        found: dict[str, Link] = {}
        for some in _chunks(ids):
            rows = self._db.execute(
                "SELECT m.member_id, m.member_type, coalesce(m.display, r.display) FROM resources r"
                " CROSS JOIN memberships m ON m.group_key = ? AND m.member_key = r.key"
                f" WHERE r.id IN ({_marks(some)})",
                (group.key, *some),
            )
            found.update((row[0], Link(*row)) for row in rows if row[1] in self._lookups)
        return list(found.values())

    def groups(self, keys: Sequence[int]) -> Mapping[int, Sequence[Link]]:
        """Return the groups that each of the resources is in, directly or through other groups."""
        return self._links(_GROUPS_OF, keys)

    def referrers(self, model: ResourceModel, target: Target, id: str) -> Sequence[Record]:
        """Return the resources whose reference attribute holds the id."""
        lookup = self._lookups[model.name].find(target)
        if lookup is None:
            return ()
        rows = self._db.execute(
            "SELECT resource_key FROM lookups WHERE attribute = ? AND value = ?",
            (lookup.name, lookup.fold(id)),
        )
        return self._records([key for (key,) in rows.fetchall()])

    def _records(self, keys: Sequence[int]) -> list[Record]:
        found: dict[int, Record] = {}
        for some in _chunks(keys):
            sql = f"SELECT {_COLUMNS} FROM resources WHERE key IN ({_marks(some)})"
            found.update((row[0], Record(*row)) for row in self._db.execute(sql, some))
        return [found[key] for key in keys]

    def _links(self, sql: str, keys: Sequence[int]) -> dict[int, list[Link]]:
        links: defaultdict[int, list[Link]] = defaultdict(list)
        for some in _chunks(keys):
            for key, *link in self._db.execute(sql.format(marks=_marks(some)), some):
                if link[1] in self._lookups:  # Types no longer served stay, but are not shown.
                    links[key].append(Link(*link))
        return links

    # --- writing ---

    def insert(
        self, model: ResourceModel, document: Document, now: str, secrets: str | None = None
    ) -> Record:
        """Add a resource, which has its `id` already."""
        text = orjson.dumps(document)
        cursor = self._db.execute(
            "INSERT INTO resources (type, id, version, created, last_modified, display, secrets,"
            " document) VALUES (?, ?, 1, ?, ?, ?, ?, ?)",
            (model.name, document["id"], now, now, _display(document), secrets, text.decode()),
        )
        key = cursor.lastrowid or 0
        lookups = self._lookups[model.name]
        self._index(key, lookups.unique_values(document), lookups.values(document))
        self._count(model.name, 1)
        return Record(key, model.name, document["id"], 1, now, now, text, secrets)

    def update(
        self, record: Record, document: Document, now: str, secrets: str | None = None
    ) -> Record:
        """Put another document in the place of the one stored, as the next version."""
        self._reindex(record, document)
        text = orjson.dumps(document)
        self._db.execute(
            "UPDATE resources SET version = version + 1, last_modified = ?, display = ?,"
            " secrets = ?, document = ? WHERE key = ?",
            (now, _display(document), secrets, text.decode(), record.key),
        )
        return _next(record, now, text, secrets)

    def touch(self, record: Record, now: str) -> Record:
        """Make the next version of a resource whose document did not change."""
        self._touch([record.key], now)
        return _next(record, now, record.document, record.secrets)

    def delete(self, record: Record, now: str) -> None:
        """Remove a resource, its memberships both ways and all that was indexed of it."""
        groups = self._db.execute(
            "SELECT group_key FROM memberships WHERE member_key = ?", (record.key,)
        )
        self._touch([key for (key,) in groups.fetchall()], now)
        self._db.execute("DELETE FROM memberships WHERE group_key = ?", (record.key,))
        self._db.execute("DELETE FROM memberships WHERE member_key = ?", (record.key,))
        document, lookups = orjson.loads(record.document), self._lookups[record.type]
        self._unindex(record.key, lookups.unique_values(document), lookups.values(document))
        self._db.execute("DELETE FROM resources WHERE key = ?", (record.key,))
        self._count(record.type, -1)

    def add_members(self, group: Record, members: Sequence[Document]) -> int:
        """Add members `{value, display?}`; return how many came, or got a `display`."""
        known = self._keys([member["value"] for member in members])
        allowed = self._membership.types[group.type]
        if self._membership.skip_unknown:
            members = [member for member in members if member["value"] in known]
        for member in members:
            _, kind = known.get(member["value"], (0, None))
            if kind not in self._lookups:
                raise InvalidValue(f"members: there is no resource with id {member['value']!r}.")
            if kind not in allowed:
                names = " or ".join(sorted(allowed))
                raise InvalidValue(f"members: {member['value']!r} is a {kind}, not a {names}.")
        rows = [
            (group.key, *known[member["value"]], member["value"], member.get("display"))
            for member in members
        ]
        return self._db.executemany(
            "INSERT INTO memberships (group_key, member_key, member_type, member_id, display)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET display = excluded.display"
            " WHERE memberships.display IS NULL AND excluded.display IS NOT NULL",
            rows,
        ).rowcount

    def remove_members(self, group: Record, ids: Sequence[str] | None = None) -> int:
        """Remove the members of those ids, or all; return how many were in the group."""
        if ids is None:
            sql = "DELETE FROM memberships WHERE group_key = ?"
            return self._db.execute(sql, (group.key,)).rowcount
        return self._db.executemany(
            "DELETE FROM memberships WHERE group_key = ?"
            " AND member_key = (SELECT key FROM resources WHERE id = ?)",
            [(group.key, id) for id in ids],
        ).rowcount

    def _keys(self, ids: Sequence[str]) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        for some in _chunks(ids):
            sql = f"SELECT id, key, type FROM resources WHERE id IN ({_marks(some)})"
            found.update((id, (key, kind)) for id, key, kind in self._db.execute(sql, some))
        return found

    def _touch(self, keys: Sequence[int], now: str) -> None:
        self._db.executemany(
            "UPDATE resources SET version = version + 1, last_modified = ? WHERE key = ?",
            [(now, key) for key in keys],
        )

    def _count(self, kind: str, change: int) -> None:
        self._db.execute(
            "INSERT INTO counters (type, resources) VALUES (?, ?)"
            " ON CONFLICT (type) DO UPDATE SET resources = resources + excluded.resources",
            (kind, change),
        )

    # --- indexes ---

    def _reindex(self, record: Record, document: Document) -> None:
        before, lookups = orjson.loads(record.document), self._lookups[record.type]
        unique, unique_before = lookups.unique_values(document), lookups.unique_values(before)
        values, values_before = lookups.values(document), lookups.values(before)
        self._unindex(record.key, unique_before - unique, values_before - values)
        self._index(record.key, unique - unique_before, values - values_before)

    def _index(self, key: int, unique: Pairs, values: Pairs) -> None:
        for name, value in unique:
            try:
                self._db.execute("INSERT INTO uniques VALUES (?, ?, ?)", (name, value, key))
            except sqlite3.IntegrityError:
                attribute = name.partition(".")[2]
                raise Uniqueness(f"{attribute} {value!r} is in use already.") from None
        self._db.executemany(
            "INSERT INTO lookups VALUES (?, ?, ?)", [(name, value, key) for name, value in values]
        )

    def _unindex(self, key: int, unique: Pairs, values: Pairs) -> None:
        self._db.executemany("DELETE FROM uniques WHERE attribute = ? AND value = ?", list(unique))
        self._db.executemany(
            "DELETE FROM lookups WHERE attribute = ? AND value = ? AND resource_key = ?",
            [(name, value, key) for name, value in values],
        )


def _next(record: Record, now: str, document: bytes, secrets: str | None) -> Record:
    return Record(
        record.key,
        record.type,
        record.id,
        record.version + 1,
        record.created,
        now,
        document,
        secrets,
    )


def _display(document: Document) -> str | None:
    """Return what a resource is called where others show it: displayName, else userName."""
    name = document.get("displayName") or document.get("userName")
    return name if isinstance(name, str) else None


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def _chunks(values: Sequence[T], size: int = 500) -> Iterator[tuple[T, ...]]:
    """Yield the values in runs that fit into one statement."""
    remaining = iter(values)
    while some := tuple(itertools.islice(remaining, size)):
        yield some
