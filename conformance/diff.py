"""What changed between two runs, as their JSON reports tell it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.report.json_file import read_statuses

_WORSE = {"pass": 0, "note": 0, "warn": 1, "fail": 2}
"""How bad a verdict is. A note says that nothing is wrong; skip and error say nothing at all."""


@dataclass(frozen=True, slots=True)
class Change:
    """One check whose verdict is another than before."""

    id: str
    old: str | None
    new: str | None

    def to_json(self) -> dict[str, str | None]:
        """Return the change for a machine."""
        return {"id": self.id, "old": self.old, "new": self.new}


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changed."""

    regressions: tuple[Change, ...]
    mended: tuple[Change, ...]
    untried: tuple[Change, ...]
    tried: tuple[Change, ...]
    new: tuple[Change, ...]
    gone: tuple[Change, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the difference for a machine."""
        return {
            name: [change.to_json() for change in getattr(self, name)]
            for name in ("regressions", "mended", "untried", "tried", "new", "gone")
        }


def compare(old: Path, new: Path) -> Difference:
    """Compare two JSON reports.

    :raises CannotRun: when one of the files is none.
    """
    before, after = read_statuses(old), read_statuses(new)
    both = [Change(id, before[id], after[id]) for id in before if id in after]
    ranked = [c for c in both if c.old in _WORSE and c.new in _WORSE]
    return Difference(
        regressions=tuple(c for c in ranked if _rank(c.new) > _rank(c.old)),
        mended=tuple(c for c in ranked if _rank(c.new) < _rank(c.old)),
        untried=tuple(c for c in both if c.old in _WORSE and c.new not in _WORSE),
        tried=tuple(c for c in both if c.old not in _WORSE and c.new in _WORSE),
        new=tuple(Change(id, None, after[id]) for id in after if id not in before),
        gone=tuple(Change(id, before[id], None) for id in before if id not in after),
    )


def _rank(status: str | None) -> int:
    return _WORSE[status or "pass"]
