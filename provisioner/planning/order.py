"""Who comes first where new objects refer to each other: a manager before the people managed."""

from collections.abc import Iterable, Iterator
from typing import Final

from provisioner.on_disk import temporary, writing

# In a longer chain it is quicker to make all at once, and to write the references afterwards.
DEEPEST: Final = 32

_TABLES: Final = (
    "create table names (number integer primary key, name text unique, level integer)",
    "create table above (name integer, other integer, primary key (name, other)) without rowid",
)
_INDEXES: Final = (
    "create index below on above (other)",
    "create index levels on names (level)",
)
_ABOVE: Final = (
    "insert or ignore into above select n.number, o.number from names n, names o "
    "where n.name = ? and o.name = ?"
)
_UNPLACED: Final = "names.level is null"
_FIRST: Final = "names.number = (select min(number) from names where level is null)"
# Those who wait for nobody that is not placed.
_FREE: Final = (
    "names.level is null and not exists (select 1 from above a join names o on o.number = a.other "
    "where a.name = names.number and o.level is null)"
)
_BELOW: Final = (
    "names.number in "
    "(select a.name from names p join above a on a.other = p.number where p.level = {})"
)
_WAITING: Final = (
    "select names.name, o.name from names join above a on a.name = names.number "
    "join names o on o.number = a.other where o.level is null and {}"
)


class Order:
    """The levels in which objects can be made, so that those referred to are there already.

    It is worked out in a temporary file, as a first plan may have a million of them. `cut` has the
    references that cannot wait: those that close a circle, or lead too deep.

    :param names: the number and the name of each object to be made, in the source's order
    :param above: who refers to whom; others than those that are to be made do not count
    """

    def __init__(self, names: Iterable[tuple[int, str]], above: Iterable[tuple[str, str]]) -> None:
        self.cut: set[tuple[str, str]] = set()
        self._db = temporary(self)
        with writing():
            self._make(names, above)

    def _make(self, names: Iterable[tuple[int, str]], above: Iterable[tuple[str, str]]) -> None:
        for statement in _TABLES:
            self._db.execute(statement)
        self._db.execute("begin")
        self._db.executemany("insert into names (number, name) values (?, ?)", names)
        self._db.executemany(_ABOVE, above)
        for statement in _INDEXES:
            self._db.execute(statement)
        self.depth = self._place()
        self._db.execute("commit")

    def at(self, level: int) -> Iterator[int]:
        """Yield the numbers of those at a level, in the source's order."""
        sql = "select number from names where level = ? order by number"
        for (number,) in self._db.execute(sql, [level]):
            yield number

    def _place(self) -> int:
        """Place level after level those that wait for nobody; where all wait, the first goes on.

        Return the number of levels.
        """
        level, free = 0, _FREE
        while self._is_anybody_left():
            if level == DEEPEST:
                self._go_on(level, _UNPLACED)
            elif not self._update(level, free):
                self._go_on(level, _FIRST)
            free = f"{_FREE} and {_BELOW.format(level)}"
            level += 1
        return level

    def _is_anybody_left(self) -> bool:
        sql = f"select exists (select 1 from names where {_UNPLACED})"
        return bool(self._db.execute(sql).fetchone()[0])

    def _update(self, level: int, which: str) -> int:
        return self._db.execute(f"update names set level = {level} where {which}").rowcount

    def _go_on(self, level: int, which: str) -> None:
        """Let some go on without those that are not placed yet."""
        self.cut.update(self._db.execute(_WAITING.format(which)).fetchall())
        self._update(level, which)
