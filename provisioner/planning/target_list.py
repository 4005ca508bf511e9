"""All resources of a kind that a target has: listed once, proven to be whole, kept out of memory.

The proof: every id once, as many as the target says there are, and the same number on every page.
"""

import threading
from collections.abc import Iterator
from typing import Any, Final, Self

import orjson

from provisioner.language.places import Place
from provisioner.on_disk import temporary
from provisioner.record import Kind
from provisioner.targets.connection import Target, unread
from scim_client import IncompleteList, Page
from scim_protocol.datatypes import fold

_TABLES: Final = (
    "create table resources (id text primary key, document blob) without rowid",
    "create table keys (path text, key text, id text, primary key (path, key, id)) without rowid",
)
_AT_ONCE: Final = 500
# Servers that name the length of a page as their total have pages of a round number.
# One whose total was more than its page, and true, is none of them.
_ROUND: Final = 10
_TOTALS: Final = "totals"


class TooLong(Exception):
    """The list has more pages than it is worth."""


class TargetList:
    """Resources by their id and by their values, in a temporary file; safe to share by threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._db = temporary(self)
        self._paths: set[str] = set()
        self._number = 0
        for statement in _TABLES:
            self._db.execute(statement)

    @classmethod
    def read(
        cls, target: Target, kind: Kind, most_pages: float = float("inf"), members: float = 0
    ) -> Self:
        """List everything of a kind.

        :param members: list groups with their members, about so many of each.
        :raises IncompleteList: when the list is not whole.
        :raises TooLong: after the first page, when there are more than so many.
        """
        found = cls()
        total: int | None = None
        pages = 0
        for page in target.listing(kind, members).pages():
            if pages and page.total != total:
                raise IncompleteList(f"the target's number of {kind} changes from page to page")
            pages, total = pages + 1, page.total
            found._add(page)
            if pages == 1 and total and total > most_pages * max(1, len(page.resources)):
                raise TooLong
        if total is not None and total != len(found):
            raise IncompleteList(
                f"the target says that it has {total} {kind}, and listed {len(found)} "
                "different ones"
            )
        if pages > 1 and total:
            target.learned.put(_TOTALS, {"true": True})
        elif pages == 1 and total and total % _ROUND == 0 and not target.learned.get(_TOTALS):
            _refuse_more(target, kind, total)
        return found

    def __len__(self) -> int:
        return self._number

    def _add(self, page: Page) -> None:
        rows = [(str(each.get("id")), orjson.dumps(_reduced(each))) for each in page.resources]
        with self._lock:
            self._db.execute("begin")
            self._db.executemany("insert or replace into resources values (?, ?)", rows)
            self._db.execute("commit")
            found = self._db.execute("select count(*) from resources").fetchone()
            self._number = int(found[0])

    def get(self, identifier: str) -> dict[str, Any] | None:
        """Return one resource by its id."""
        sql = "select document from resources where id = ?"
        with self._lock:
            row = self._db.execute(sql, [identifier]).fetchone()
        return None if row is None else orjson.loads(row[0])

    def with_value(self, path: str, place: Place, value: str) -> list[dict[str, Any]]:
        """Return those that may have a value at a path, letter case aside."""
        sql = (
            "select document from keys join resources using (id) where path = ? and key = ? "
            "order by id"
        )
        if not len(self):
            return []
        with self._lock:
            if path not in self._paths:
                self._index(path, place)
            rows = self._db.execute(sql, [path, fold(value)]).fetchall()
        return [orjson.loads(document) for (document,) in rows]

    def _index(self, path: str, place: Place) -> None:
        self._paths.add(path)
        self._db.execute("begin")
        for rows in self._batches():
            keys = [(path, fold(str(place.read(each))), identifier) for identifier, each in rows]
            self._db.executemany("insert or ignore into keys values (?, ?, ?)", keys)
        self._db.execute("commit")

    def _batches(self) -> Iterator[list[tuple[str, dict[str, Any]]]]:
        sql = f"select id, document from resources where id > ? order by id limit {_AT_ONCE}"
        last = ""
        while rows := self._db.execute(sql, [last]).fetchall():
            last = rows[-1][0]
            yield [(identifier, orjson.loads(document)) for identifier, document in rows]


def _reduced(resource: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is never needed: groups of users, and all of members but their ids."""
    kept = {name: value for name, value in resource.items() if name != "groups"}
    if isinstance(members := kept.get("members"), list):
        kept["members"] = [
            {"value": each["value"]}
            for each in members
            if isinstance(each, dict) and "value" in each
        ]
    return kept


def _refuse_more(target: Target, kind: Kind, total: int) -> None:
    """Look whether there is another page, though the target says that there is none."""
    search = target.endpoint(kind).search(
        excluded_attributes=unread(kind), count=1, start_index=total + 1
    )
    if search.first_page().resources:
        raise IncompleteList(f"the target says that it has {total} {kind}, and has more")
