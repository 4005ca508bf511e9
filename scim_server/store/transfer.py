"""A tenant as JSON Lines, out of a database and into another, of whichever engine.

    {"export": "scim-toolkit", "version": 1, "tenant": …, "exported": …, "secrets": …}
    {"type": …, "id": …, "version": …, "created": …, "lastModified": …, "document": {…}, "secrets"?}
    {"group": id, "members": [[id, display or null], …]}
    {"end": {"resources": …, "memberships": …}}

Resources come by age, then members, a few hundred to a line; so neither side holds more than that.
An import is one transaction: it is there as a whole or not at all, and whatever stops it can be
followed by another try.
"""

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import orjson

from scim_protocol.catalog import Catalog
from scim_server.store.contract import StoreError, UnknownTenant
from scim_server.store.counting import COUNT_TENANT
from scim_server.store.dialect import Connection, Engine, Executor
from scim_server.store.indexes import index
from scim_server.store.transactions import Rules, shown_as
from scim_server.store.transfer_lines import (
    HASH,
    Line,
    check_members,
    check_resource,
    read_line,
)

FORMAT: Final = "scim-toolkit"
VERSION: Final = 1
_AT_ONCE: Final = 500

_COLUMNS: Final = (
    *("tenant", "type", "id", "version", "created", "last_modified"),
    *("display", "secrets", "document"),
)
_MEMBERSHIPS: Final = (
    "SELECT m.group_key, g.id, m.member_id, m.display FROM memberships m"
    " {join} resources g ON g.key = m.group_key WHERE g.tenant = ?"
    " ORDER BY m.group_key, m.member_key"
)


@dataclass(slots=True)
class Moved:
    """How much was written or read."""

    resources: int = 0
    memberships: int = 0

    def to_json(self) -> dict[str, int]:
        """Return it as the last line has it."""
        return {"resources": self.resources, "memberships": self.memberships}


# --- out -----------------------------------------------------------------------------------------


def export(
    engine: Engine, tenant: str, write: Callable[[bytes], Any], now: str, *, secrets: bool
) -> Moved:
    """Write a tenant as it is at one moment.

    :param secrets: with the hashes of passwords and other secrets; they are left out otherwise.
    :raises UnknownTenant: there is no such tenant.
    """
    moved = Moved()
    with engine.reading() as connection:
        number = _number(connection, tenant)
        head = {"export": FORMAT, "version": VERSION, "tenant": tenant, "exported": now}
        write(_line(head | {"secrets": secrets}))
        for text in _resources(connection, number, engine, secrets=secrets):
            write(text)
            moved.resources += 1
        for line in _memberships(connection, number, engine):
            write(_line(line))
            moved.memberships += len(line["members"])
    write(_line({"end": moved.to_json()}))
    return moved


def _number(connection: Executor, tenant: str) -> int:
    sql = "SELECT number FROM tenants WHERE name = ?"
    row = connection.execute(sql, (tenant,)).fetchone()
    if row is None:
        raise UnknownTenant(f"There is no tenant {tenant!r}.")
    number: int = row[0]
    return number


def _resources(
    connection: Connection, tenant: int, engine: Engine, *, secrets: bool
) -> Iterator[bytes]:
    # Of each type there is an index by age: so nothing is sorted.
    sql = (
        "SELECT key, type, id, version, created, last_modified, secrets,"
        f" {engine.dialect.document} FROM resources WHERE tenant = ? AND type = ? ORDER BY key"
    )
    types = connection.execute(
        "SELECT DISTINCT type FROM counters WHERE tenant = ?", (tenant,)
    ).fetchall()
    streams = [connection.stream(sql, (tenant, kind)) for (kind,) in types]
    for _, kind, id, version, created, modified, hashes, document in heapq.merge(
        *streams, key=itemgetter(0)
    ):
        head = {"type": kind, "id": id, "version": version, "created": created}
        if secrets and hashes:
            head["secrets"] = orjson.loads(hashes)
        text = document if secrets else _without_hashes(document)
        start = orjson.dumps(head | {"lastModified": modified})
        yield start[:-1] + b',"document":' + text + b"}\n"


def _without_hashes(document: bytes) -> bytes:
    if HASH.encode() not in document:
        return document
    return orjson.dumps(_bare(orjson.loads(document)))


def _bare(value: Any) -> Any:
    """Return a value without the hashes that are in it."""
    if isinstance(value, dict):
        return {name: _bare(part) for name, part in value.items() if not _is_hash(part)}
    if isinstance(value, list):
        return [_bare(part) for part in value if not _is_hash(part)]
    return value


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(HASH)


def _memberships(connection: Connection, tenant: int, engine: Engine) -> Iterator[dict[str, Any]]:
    sql = _MEMBERSHIPS.format(join=engine.dialect.ordered_join)
    rows = connection.stream(sql, (tenant,))
    for (_, group), of_group in itertools.groupby(rows, key=itemgetter(0, 1)):
        while some := list(itertools.islice(of_group, _AT_ONCE)):
            yield {"group": group, "members": [[id, display] for _, _, id, display in some]}


def _line(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


# --- in ------------------------------------------------------------------------------------------


def import_(
    engine: Engine, catalog: Catalog, rules: Rules, tenant: str, lines: Iterable[bytes]
) -> Moved:
    """Read what `export` wrote into a tenant that has no resources; all of it or nothing.

    :raises UnknownTenant: there is no such tenant.
    :raises StoreError: it has resources, or a line cannot be taken; the message names it.
    """
    with engine.alone() as connection:
        number = _number(connection, tenant)
    with engine.writing(number) as connection:
        if _number(connection, tenant) != number or _holds_any(connection, number):
            raise StoreError(
                f"The tenant {tenant!r} has resources already: an import is for an empty one."
            )
        return _Import(connection, catalog, rules, number).read(_numbered(lines))


def _holds_any(connection: Connection, tenant: int) -> bool:
    sql = "SELECT 1 FROM resources WHERE tenant = ? LIMIT 1"
    return connection.execute(sql, (tenant,)).fetchone() is not None


Numbered = tuple[int, Line]


def _numbered(lines: Iterable[bytes]) -> Iterator[Numbered]:
    return ((number, read_line(number, text)) for number, text in enumerate(lines, 1))


class _Import:
    """An import on its way: lines in, some hundred at a time."""

    def __init__(self, connection: Connection, catalog: Catalog, rules: Rules, tenant: int) -> None:
        self._db = connection
        self._catalog = catalog
        self._rules = rules
        self._tenant = tenant
        self._moved = Moved()
        self._is_over = False

    def read(self, lines: Iterator[Numbered]) -> Moved:
        """Read all lines, from the head to the end."""
        _check_head(*next(lines, (1, {})))
        take = {"resource": self._take_resources, "members": self._take_members, "end": self._end}
        for kind, some in itertools.groupby(lines, key=lambda line: _kind(line[1])):
            while chunk := list(itertools.islice(some, _AT_ONCE if kind == "resource" else 1)):
                if self._is_over:
                    raise StoreError(f"line {chunk[0][0]}: comes after the end of the export.")
                take[kind](chunk)
        if not self._is_over:
            raise StoreError("The file ends before its last line: it is cut off.")
        return self._moved

    def _end(self, lines: Sequence[Numbered]) -> None:
        number, line = lines[0]
        if line["end"] != self._moved.to_json():
            raise StoreError(f"line {number}: tells of {line['end']}, but lines are missing.")
        self._is_over = True
        self._db.execute(COUNT_TENANT, (self._tenant,))

    def _take_resources(self, lines: Sequence[Numbered]) -> None:
        rows = [self._row(number, line) for number, line in lines]
        by_id = {row[2]: number for row, (number, _) in zip(rows, lines, strict=True)}
        if len(by_id) < len(rows) or self._keys(list(by_id)):
            raise StoreError(f"lines {lines[0][0]} to {lines[-1][0]}: an id is there twice.")
        columns = [
            "tenant",
            "type",
            "id",
            "version",
            "created",
            "last_modified",
            "display",
            "secrets",
            "document",
        ]
        self._db.load("resources", columns, rows)
        keys = self._keys(list(by_id))
        for kind, of_kind in _grouped(line for _, line in lines):
            documents = [(self._tenant, keys[one["id"]][0], one["document"]) for one in of_kind]
            if double := index(self._db, self._rules.lookups[kind], documents):
                name = double[0].partition(".")[2]
                where = f"lines {lines[0][0]} to {lines[-1][0]}"
                raise StoreError(f"{where}: {name} {double[1]!r} must be unique, and is not.")
        self._moved.resources += len(rows)

    def _row(self, number: int, line: Line) -> tuple[Any, ...]:
        """Return the row of a resource.

        :raises StoreError: the line is not what an export has, or does not fit the schemas.
        """
        holds_more = check_resource(number, line, self._catalog)
        kind, document = line["type"], line["document"]
        if holds_more:
            # What no schema defines is looked for when a server starts.
            sql = "DELETE FROM settings WHERE name = ?"
            self._db.execute(sql, (f"schemas of {kind}",))
        hashes = orjson.dumps(line["secrets"]).decode() if line.get("secrets") else None
        times = line["version"], line["created"], line["lastModified"]
        text = orjson.dumps(document).decode()
        return self._tenant, kind, line["id"], *times, shown_as(document), hashes, text

    def _take_members(self, lines: Sequence[Numbered]) -> None:
        for number, line in lines:
            check_members(number, line)
            members = iter(line["members"])
            while some := list(itertools.islice(members, _AT_ONCE)):
                self._add_members(number, line["group"], some)

    def _add_members(self, number: int, group: str, members: Sequence[tuple[str, str]]) -> None:
        ids = [id for id, _ in members]
        keys = self._keys([group, *ids])
        if unknown := [id for id in (group, *ids) if id not in keys]:
            raise StoreError(f"line {number}: there is no resource with id {unknown[0]!r}.")
        key, kind = keys[group]
        allowed = self._rules.member_types.get(kind, frozenset())
        if wrong := [id for id in ids if keys[id][1] not in allowed]:
            raise StoreError(f"line {number}: {wrong[0]!r} cannot be a member of a {kind}.")
        if len(set(ids)) < len(ids) or self._has_any(key, [keys[id][0] for id in ids]):
            raise StoreError(f"line {number}: a member is there twice.")
        columns = ("group_key", "member_key", "member_id", "member_type", "display")
        rows = [(key, keys[id][0], id, keys[id][1], display) for id, display in members]
        self._db.load("memberships", columns, rows)
        self._moved.memberships += len(rows)

    def _has_any(self, group: int, members: Sequence[int]) -> bool:
        marks = ",".join("?" * len(members))
        sql = f"SELECT 1 FROM memberships WHERE group_key = ? AND member_key IN ({marks}) LIMIT 1"
        return self._db.execute(sql, (group, *members)).fetchone() is not None

    def _keys(self, ids: Sequence[str]) -> dict[str, tuple[int, str]]:
        marks = ",".join("?" * len(ids))
        sql = f"SELECT id, key, type FROM resources WHERE tenant = ? AND id IN ({marks})"
        rows = self._db.execute(sql, (self._tenant, *ids)).fetchall()
        return {id: (key, kind) for id, key, kind in rows}


def _check_head(number: int, line: dict[str, Any]) -> None:
    if line.get("export") != FORMAT:
        raise StoreError("line 1: is not the head of an export of scim-server.")
    if line.get("version") != VERSION:
        raise StoreError(
            f"line 1: the export has format {line.get('version')!r}, this scim-server knows"
            f" {VERSION}: upgrade scim-toolkit."
        )


def _kind(line: dict[str, Any]) -> str:
    return "end" if "end" in line else "members" if "group" in line else "resource"


def _grouped(lines: Iterable[dict[str, Any]]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        by_kind.setdefault(line["type"], []).append(line)
    return by_kind.items()
