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
from scim_protocol.errors import InvalidValue
from scim_protocol.resource import holds_undefined, schemas_of
from scim_server.store.contract import StoreError, UnknownTenant
from scim_server.store.dialect import Connection, Engine, Executor
from scim_server.store.indexes import index
from scim_server.store.transactions import Rules, shown_as

FORMAT: Final = "scim-toolkit"
VERSION: Final = 1
_AT_ONCE: Final = 500
# How a hash begins that is kept inside a document, as of a secret in a complex attribute.
_HASH: Final = "$argon2"

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
    types = connection.execute("SELECT type FROM counters WHERE tenant = ?", (tenant,)).fetchall()
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
    if _HASH.encode() not in document:
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
    return isinstance(value, str) and value.startswith(_HASH)


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


Numbered = tuple[int, dict[str, Any]]


def _numbered(lines: Iterable[bytes]) -> Iterator[Numbered]:
    for number, text in enumerate(lines, 1):
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise StoreError(
                f"line {number}: is not JSON: the file is cut off or no export."
            ) from None
        if not isinstance(value, dict):
            raise StoreError(f"line {number}: is not a JSON object: the file is no export.")
        yield number, value


class _Import:
    """An import on its way: lines in, some hundred at a time."""

    def __init__(self, connection: Connection, catalog: Catalog, rules: Rules, tenant: int) -> None:
        self._db = connection
        self._models = catalog.models
        self._rules = rules
        self._tenant = tenant
        self._moved = Moved()
        self._counts: dict[str, int] = {}

    def read(self, lines: Iterator[Numbered]) -> Moved:
        """Read all lines, from the head to the end."""
        _check_head(*next(lines, (1, {})))
        for kind, some in itertools.groupby(lines, key=lambda line: _kind(line[1])):
            if kind == "end":
                self._end(list(some))
                return self._moved
            take = self._take_resources if kind == "resource" else self._take_members
            while chunk := list(itertools.islice(some, _AT_ONCE if kind == "resource" else 1)):
                take(chunk)
        raise StoreError("The file ends before its last line: it is cut off.")

    def _end(self, lines: Sequence[Numbered]) -> None:
        number, line = lines[0]
        if line["end"] != self._moved.to_json():
            raise StoreError(f"line {number}: tells of {line['end']}, but lines are missing.")
        self._db.load(
            "counters",
            ("tenant", "type", "resources"),
            [(self._tenant, kind, count) for kind, count in self._counts.items()],
        )

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
            self._counts[kind] = self._counts.get(kind, 0) + len(of_kind)
        self._moved.resources += len(rows)

    def _row(self, number: int, line: dict[str, Any]) -> tuple[Any, ...]:
        """Return the row of a resource.

        :raises StoreError: the line is not what an export has, or does not fit the schemas.
        """
        try:
            model, document = self._models[line["type"]], line["document"]
            if holds_undefined(document, model) or document["schemas"] != schemas_of(
                document, model
            ):
                # What no schema defines is looked for when a server starts.
                sql = "DELETE FROM settings WHERE name = ?"
                self._db.execute(sql, (f"schemas of {model.name}",))
            if document["id"] != line["id"]:
                raise StoreError(f"line {number}: its id is not that of its document.")
            hashes = orjson.dumps(line["secrets"]).decode() if "secrets" in line else None
            times = line["version"], line["created"], line["lastModified"]
            text = orjson.dumps(document).decode()
            return self._tenant, model.name, line["id"], *times, shown_as(document), hashes, text
        except KeyError as error:
            raise StoreError(f"line {number}: {_missing(error, line)}") from None
        except InvalidValue as error:
            raise StoreError(f"line {number}: does not fit the schemas: {error.detail}") from None

    def _take_members(self, lines: Sequence[Numbered]) -> None:
        for number, line in lines:
            ids = [id for id, _ in line["members"]]
            keys = self._keys([line["group"], *ids])
            if unknown := [id for id in (line["group"], *ids) if id not in keys]:
                raise StoreError(f"line {number}: there is no resource with id {unknown[0]!r}.")
            group = keys[line["group"]][0]
            columns = ("group_key", "member_key", "member_id", "member_type", "display")
            rows = [
                (group, keys[id][0], id, keys[id][1], display) for id, display in line["members"]
            ]
            self._db.load("memberships", columns, rows)
            self._moved.memberships += len(rows)

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
            f"line 1: the export has format {line.get('version')}, this scim-server knows"
            f" {VERSION}: upgrade scim-toolkit."
        )


def _kind(line: dict[str, Any]) -> str:
    return "end" if "end" in line else "members" if "group" in line else "resource"


def _grouped(lines: Iterable[dict[str, Any]]) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        by_kind.setdefault(line["type"], []).append(line)
    return by_kind.items()


def _missing(error: KeyError, line: dict[str, Any]) -> str:
    (name,) = error.args
    if name == line.get("type"):
        return f"there is no resource type {name!r} here: give its schemas with --schemas."
    return f"has no {name!r}: the file is no export."
