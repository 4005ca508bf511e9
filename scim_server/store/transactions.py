"""What an operation works in, over the tables that SQLite and PostgreSQL have alike."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import orjson

from scim_protocol.definitions import ResourceModel, Target
from scim_protocol.errors import InvalidValue
from scim_server.store import search
from scim_server.store.contract import Document, Found, Link, Query, Record, UnknownTenant
from scim_server.store.counting import count
from scim_server.store.dialect import Addition, Connection, Dialect
from scim_server.store.lookups import Lookups, Pairs, in_use
from scim_server.store.records import by_id, by_keys, chunks, marks

_MEMBERS: Final = (
    "SELECT group_key, member_id, member_type, display FROM memberships"
    " WHERE group_key IN ({marks}) ORDER BY group_key, member_key"
)
_NAMED_MEMBERS: Final = (
    "SELECT m.group_key, m.member_id, m.member_type, coalesce(m.display, r.display)"
    " FROM memberships m {join} resources r ON r.key = m.member_key"
    " WHERE m.group_key IN ({marks}) ORDER BY m.group_key, m.member_key"
)
_MEMBERS_AMONG: Final = (
    "SELECT m.member_id, m.member_type, coalesce(m.display, r.display) FROM resources r"
    " {join} memberships m ON m.group_key = ? AND m.member_key = r.key"
    " WHERE r.tenant = ? AND r.id IN ({marks})"
)
_GROUPS_OF: Final = """
WITH RECURSIVE above(origin, key, direct) AS (
    SELECT member_key, group_key, 1 FROM memberships WHERE member_key IN ({marks})
    UNION
    SELECT origin, group_key, 0 FROM memberships JOIN above ON member_key = above.key
)
SELECT origin, g.id, g.type, g.display, max(direct)
FROM above JOIN resources g ON g.key = above.key
GROUP BY origin, g.key, g.id, g.type, g.display ORDER BY origin, g.key
"""
# Only while the tenant is there: another process may have removed it a moment ago.
_INSERT: Final = (
    "INSERT INTO resources (tenant, type, id, version, created, last_modified, display, secrets,"
    " document) SELECT number, ?, ?, 1, ?, ?, ?, ?, ? FROM tenants WHERE number = ? RETURNING key"
)
_ADD_MEMBER: Final = (
    "INSERT INTO memberships (group_key, member_key, member_type, member_id, display)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (group_key, member_key)"
    " DO UPDATE SET display = excluded.display"
    " WHERE memberships.display IS NULL AND excluded.display IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for all tenants.

    :param lookups: what is indexed of each type.
    :param member_types: the types of which a group of each type may have members.
    :param skip_unknown: members of unknown ids are left out.
    """

    lookups: Mapping[str, Lookups]
    member_types: Mapping[str, frozenset[str]]
    skip_unknown: bool


class SqlTransaction:
    """What an operation works in; see `contract.Transaction`.

    Keys are of one tenant, as its ids and records are what they are found by.
    """

    def __init__(self, connection: Connection, dialect: Dialect, rules: Rules, tenant: int) -> None:
        self._db = connection
        self._dialect = dialect
        self._rules = rules
        self._lookups = rules.lookups
        self._tenant = tenant
        # Whether the groups that came along with rows may be others by now.
        self._has_moved = False

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Begin a part that an exception inside undoes alone; parts may hold parts."""
        # Of savepoints of one name the innermost is meant.
        self._db.execute("SAVEPOINT part")
        try:
            yield
        except BaseException as error:
            try:
                self._db.execute("ROLLBACK TO part")
                self._db.execute("RELEASE part")
            except Exception:
                # The database has ended the transaction: what it said first says why.
                raise error from None
            raise
        self._db.execute("RELEASE part")

    # --- reading ---

    def get(self, model: ResourceModel, id: str) -> Record | None:
        """Return the resource of that type and id."""
        found = by_id(self._db, self._dialect, self._tenant, id)
        return found if found and found.type == model.name else None

    def query(self, query: Query) -> Found:
        """Return a page of the resources that match, each once."""
        return search.find(self._db, query, self._lookups, self._tenant, self._dialect)

    def members(self, keys: Sequence[int], *, named: bool = False) -> Mapping[int, Sequence[Link]]:
        """Return the members of each of the groups; a group without any may be missing."""
        return self._links(_NAMED_MEMBERS if named else _MEMBERS, keys)

    def members_among(self, group: Record, ids: Sequence[str]) -> Sequence[Link]:
        """Return the members of a group that have one of the ids, each once."""
        found: dict[str, Link] = {}
        for some in chunks(ids):
            sql = _MEMBERS_AMONG.format(join=self._dialect.ordered_join, marks=marks(some))
            rows = self._db.execute(sql, (group.key, self._tenant, *some))
            found.update((row[0], Link(*row)) for row in rows if row[1] in self._lookups)
        return list(found.values())

    def groups(self, records: Sequence[Record]) -> Mapping[int, Sequence[Link]]:
        """Return the groups that each of the resources is in, directly or through other groups."""
        if not self._has_moved:
            if not any(record.groups for record in records):
                return {}
            told = self._dialect.told(self._db, records, self._lookups)
            if told is not None:
                return told
        return self._links(_GROUPS_OF, [record.key for record in records])

    def referrers(self, model: ResourceModel, target: Target, id: str) -> Sequence[Record]:
        """Return the resources whose reference attribute holds the id."""
        lookup = self._lookups[model.name].find(target)
        if lookup is None:
            return ()
        rows = self._db.execute(
            "SELECT resource_key FROM lookups WHERE tenant = ? AND attribute = ? AND value = ?",
            (self._tenant, lookup.name, lookup.fold(id)),
        )
        keys = [key for (key,) in rows.fetchall()]
        return by_keys(self._db, self._dialect, keys)

    def _links(self, sql: str, keys: Sequence[int]) -> dict[int, list[Link]]:
        links: defaultdict[int, list[Link]] = defaultdict(list)
        for some in chunks(keys):
            asked = sql.format(join=self._dialect.ordered_join, marks=marks(some))
            for key, id, kind, display, *direct in self._db.execute(asked, some):
                if kind in self._lookups:  # Types no longer served stay, but are not shown.
                    links[key].append(Link(id, kind, display, *map(bool, direct)))
        return links

    # --- writing ---

    def insert(
        self, model: ResourceModel, document: Document, now: str, secrets: str | None = None
    ) -> Record:
        """Add a resource, which has its `id` already."""
        return self.insert_all([(model, document, secrets)], now)[0]

    def insert_all(
        self, resources: Sequence[tuple[ResourceModel, Document, str | None]], now: str
    ) -> list[Record]:
        """Add resources, which have their `id`s already: all, or with an error some of them."""
        added = [self._addition(*each, now) for each in resources]
        if self._dialect.add is not None:
            keys = self._dialect.add(self._db, self._tenant, added)
        else:
            keys = list(map(self._add, added))
        return [
            Record(key, one.type, one.id, 1, now, now, one.document, one.secrets)
            for key, one in zip(keys, added, strict=True)
        ]

    def _addition(
        self, model: ResourceModel, document: Document, secrets: str | None, now: str
    ) -> Addition:
        text, lookups = orjson.dumps(document), self._lookups[model.name]
        indexed = lookups.unique_values(document), lookups.values(document)
        shown = shown_as(document)
        return Addition(model.name, document["id"], now, shown, secrets, text, *indexed)

    def _add(self, one: Addition) -> int:
        shown = one.display, one.secrets, one.document.decode()
        values = (one.type, one.id, one.now, one.now, *shown, self._tenant)
        row = self._db.execute(_INSERT, values).fetchone()
        if row is None:
            raise UnknownTenant("The tenant was removed.")
        key: int = row[0]
        self._index(key, one.unique, one.searched)
        count(self._db, self._tenant, one.type, key, 1)
        return key

    def update(
        self, record: Record, document: Document, now: str, secrets: str | None = None
    ) -> Record:
        """Put another document in the place of the one stored, as the next version."""
        if self._rules.member_types[record.type]:  # It may be in itself, under its new name now.
            self._has_moved = True
        self._reindex(record, document)
        text = orjson.dumps(document)
        self._db.execute(
            "UPDATE resources SET version = version + 1, last_modified = ?, display = ?,"
            " secrets = ?, document = ? WHERE key = ? AND tenant = ?",
            (now, shown_as(document), secrets, text.decode(), record.key, self._tenant),
        )
        return _next(record, now, text, secrets)

    def touch(self, record: Record, now: str) -> Record:
        """Make the next version of a resource whose document did not change."""
        self._touch([record.key], now)
        return _next(record, now, record.document, record.secrets)

    def delete(self, record: Record, now: str) -> None:
        """Remove a resource, its memberships both ways and all that was indexed of it."""
        self._has_moved = True
        key = (record.key,)
        groups = self._db.execute("SELECT group_key FROM memberships WHERE member_key = ?", key)
        self._touch([group for (group,) in groups.fetchall()], now)
        sql = "DELETE FROM resources WHERE key = ? AND tenant = ?"
        self._db.execute(sql, (record.key, self._tenant))
        self._db.execute("DELETE FROM memberships WHERE group_key = ?", key)
        self._db.execute("DELETE FROM memberships WHERE member_key = ?", key)
        document, lookups = orjson.loads(record.document), self._lookups[record.type]
        self._unindex(record.key, lookups.unique_values(document), lookups.values(document))
        count(self._db, self._tenant, record.type, record.key, -1)

    def add_members(self, group: Record, members: Sequence[Document]) -> int:
        """Add members `{value, display?}`; return how many came, or got a `display`."""
        self._has_moved = True
        known = self._keys([member["value"] for member in members])
        allowed = self._rules.member_types[group.type]
        if self._rules.skip_unknown:
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
        return self._db.executemany(_ADD_MEMBER, rows).rowcount

    def remove_members(self, group: Record, ids: Sequence[str] | None = None) -> int:
        """Remove the members of those ids, or all; return how many were in the group."""
        self._has_moved = True
        if ids is None:
            sql = "DELETE FROM memberships WHERE group_key = ?"
            return self._db.execute(sql, (group.key,)).rowcount
        return self._db.executemany(
            "DELETE FROM memberships WHERE group_key = ?"
            " AND member_key = (SELECT key FROM resources WHERE tenant = ? AND id = ?)",
            [(group.key, self._tenant, id) for id in ids],
        ).rowcount

    def _keys(self, ids: Sequence[str]) -> dict[str, tuple[int, str]]:
        found: dict[str, tuple[int, str]] = {}
        for some in chunks(ids):
            sql = f"SELECT id, key, type FROM resources WHERE tenant = ? AND id IN ({marks(some)})"
            rows = self._db.execute(sql, (self._tenant, *some))
            found.update((id, (key, kind)) for id, key, kind in rows)
        return found

    def _touch(self, keys: Sequence[int], now: str) -> None:
        self._db.executemany(
            "UPDATE resources SET version = version + 1, last_modified = ?"
            " WHERE key = ? AND tenant = ?",
            [(now, key, self._tenant) for key in keys],
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
            # A conflict that is no error leaves the transaction as it is, in PostgreSQL too.
            sql = "INSERT INTO uniques VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            if not self._db.execute(sql, (self._tenant, name, value, key)).rowcount:
                raise in_use(name, value)
        self._db.executemany(
            "INSERT INTO lookups VALUES (?, ?, ?, ?)",
            [(self._tenant, name, value, key) for name, value in values],
        )

    def _unindex(self, key: int, unique: Pairs, values: Pairs) -> None:
        self._db.executemany(
            "DELETE FROM uniques WHERE tenant = ? AND attribute = ? AND value = ?",
            [(self._tenant, name, value) for name, value in unique],
        )
        self._db.executemany(
            "DELETE FROM lookups"
            " WHERE tenant = ? AND attribute = ? AND value = ? AND resource_key = ?",
            [(self._tenant, name, value, key) for name, value in values],
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
        record.groups,
    )


def shown_as(document: Document) -> str | None:
    """Return what a resource is called where others show it: displayName, else userName."""
    name = document.get("displayName") or document.get("userName")
    return name if isinstance(name, str) else None
