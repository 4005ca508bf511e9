"""Any SQL database, through a SQLAlchemy URL and a query for each kind (extra ``sql``)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from provisioner.job.settings import JobError
from provisioner.nearest import did_you_mean
from provisioner.record import Kind, Record, SourceError, Value
from provisioner.sources.settings import SqlSettings

if TYPE_CHECKING:
    from sqlalchemy import Connection

ROWS_AT_ONCE = 1000


class SqlSource:
    """Reads the queries of a `[source]` with kind = "sql", a thousand rows at a time.

    Each column of a row is an attribute; NULL and "" are no value, numbers and dates become text.
    The columns in `list_columns` hold lists, parted by `list_separator`; columns that are arrays in
    the database need not be named. `members` is asked once for each group, with its anchor as
    ``:anchor``, and its first column gives the group's attribute `members`.
    """

    def __init__(
        self, settings: SqlSettings, needed: Mapping[Kind, frozenset[str]] | None = None
    ) -> None:
        self.settings = settings
        self.needed = needed or {}

    def columns(self, kind: Kind) -> Sequence[str] | None:
        """Return the columns of a query; None if the database cannot be asked."""
        try:
            with self._connected() as connection:
                return self._columns(connection, kind)
        except (SourceError, JobError):
            return None

    def fingerprint(self) -> str | None:
        """Return None: a database does not tell whether anything has changed."""

    def read(self, kind: Kind) -> Iterator[Record]:
        """Yield the records of one kind, in the order of the query.

        :raises SourceError: at the first thing that is wrong.
        """
        query = self._query(kind)
        if query is None:
            return
        with self._connected() as connection, self._connected() as second:
            rows = _run(connection, query)
            names = list(rows.keys())
            members = kind == "groups" and self.settings.members is not None
            self._check(kind, [*names, "members"] if members else names)
            for number, row in enumerate(rows, 1):
                record = self._record(kind, dict(zip(names, row, strict=True)), number)
                yield self._with_members(record, second) if members else record

    def _query(self, kind: Kind) -> str | None:
        return self.settings.users if kind == "users" else self.settings.groups

    def _columns(self, connection: "Connection", kind: Kind) -> list[str] | None:
        query = self._query(kind)
        if query is None:
            return None
        rows = _run(connection, query)
        names = list(rows.keys())
        rows.close()
        return [*names, "members"] if kind == "groups" and self.settings.members else names

    def _check(self, kind: Kind, names: Sequence[str]) -> None:
        where = f"source.{kind}"
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise SourceError(f"{where}: the query gives {twice[0]!r} twice; name one differently")
        wanted = {self.settings.anchor, *self.needed.get(kind, ())}
        missing = [f"{each!r}{did_you_mean(each, names)}" for each in sorted(wanted - set(names))]
        if missing:
            raise SourceError(f"{where}: the query gives no column {', '.join(missing)}")

    def _record(self, kind: Kind, row: Mapping[str, object], number: int) -> Record:
        where = f"row {number} of source.{kind}"
        anchor = as_text(row[self.settings.anchor])
        if not anchor:
            raise SourceError(
                f"{where}: the column {self.settings.anchor!r} is empty; every row needs its "
                "unchangeable id (source.anchor)"
            )
        return Record(
            kind, anchor, {name: self._value(name, cell) for name, cell in row.items()}, where
        )

    def _value(self, name: str, cell: object) -> Value:
        if isinstance(cell, bool):
            return cell
        if isinstance(cell, list | tuple):
            return [as_text(item) for item in cell if item is not None] or None
        text = as_text(cell)
        if name not in self.settings.list_columns:
            return text or None
        values = [value.strip() for value in text.split(self.settings.list_separator)]
        return [value for value in values if value] or None

    def _with_members(self, record: Record, connection: "Connection") -> Record:
        found = _run(connection, self.settings.members or "", anchor=record.anchor)
        members = [as_text(row[0]) for row in found if row[0] is not None]
        attributes = {**record.attributes, "members": members or None}
        return Record(record.kind, record.anchor, attributes, record.where)

    @contextmanager
    def _connected(self) -> Iterator["Connection"]:
        """Connect for one read; whatever the database says becomes one message without a secret."""
        try:
            from sqlalchemy import create_engine, make_url
            from sqlalchemy.exc import SQLAlchemyError
            from sqlalchemy.pool import NullPool
        except ImportError:
            raise SourceError(
                'source.kind: "sql" needs SQLAlchemy: pip install "scim-toolkit[sql]"'
            ) from None
        try:
            url = make_url(self.settings.address())
            with create_engine(url, poolclass=NullPool).connect() as connection:
                yield connection.execution_options(stream_results=True, yield_per=ROWS_AT_ONCE)
        except ModuleNotFoundError as error:
            raise SourceError(f"the database's driver is not installed: {error}") from None
        except SQLAlchemyError as error:
            raise SourceError(f"the database says: {_said(error, self.settings)}") from None


def _run(connection: "Connection", query: str, **values: object) -> Any:
    from sqlalchemy import text

    return connection.execute(text(query), values)


def as_text(cell: object) -> str:
    """Return a cell as text: dates as ISO 8601, sixteen bytes as a UUID, NULL as nothing."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, bytes | memoryview):
        data = bytes(cell)
        return str(UUID(bytes=data)) if len(data) == 16 else data.hex()
    return str(cell)


def _said(error: Exception, settings: SqlSettings) -> str:
    """Return the driver's own words, in one line and without the password of the URL."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    words = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
    try:
        password = make_url(settings.address()).password
    except ArgumentError:
        return "source.url_env does not hold a SQLAlchemy URL such as sqlite:///people.db"
    return words.replace(str(password), "(hidden)") if password else words
