"""The attributes that a format without a header turned out to have.

CSV and SQL name their columns first. In JSON Lines and LDIF an attribute is there when somebody has
it, so only the end of a read tells that one which the job needs is nowhere: it was renamed, or the
export was cut down, and taking that for "nobody has one" would clear it for everybody.
"""

from collections.abc import Iterable

from provisioner.nearest import did_you_mean
from provisioner.record import SourceError


class SeenAttributes:
    """Collects the names of attributes, and says at the end of a read which needed one is amiss."""

    def __init__(self, needed: Iterable[str]) -> None:
        self._missing = set(needed)
        self._names: set[str] = set()
        self._records = 0

    def note(self, names: Iterable[str]) -> None:
        """Note the names of one record."""
        self._records += 1
        self._missing.difference_update(names)
        if len(self._names) < 500:
            self._names.update(names)

    def refuse_missing(self, where: str) -> None:
        """Refuse a read in which no record at all had a needed attribute.

        :raises SourceError: with the nearest names that there were.
        """
        if self._records and self._missing:
            lacks = ", ".join(
                f"{name!r}{did_you_mean(name, self._names)}" for name in sorted(self._missing)
            )
            raise SourceError(
                f"{where}: no record has an attribute {lacks}; correct the job, or the export"
            )
