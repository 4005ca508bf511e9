"""Who comes first where new objects refer to each other: a manager before the people managed."""

from collections.abc import Iterable, Mapping
from typing import Final

# In a longer chain it is quicker to make all at once, and to write the references afterwards.
DEEPEST: Final = 32

Referrers = Mapping[str, Iterable[str]]


class Order:
    """The levels in which objects can be made, so that those referred to are there already.

    `cut` has the references that cannot wait: those that close a circle, or lead too deep.

    :param above: whom each object refers to, of those that are to be made, in the source's order
    """

    def __init__(self, above: Referrers) -> None:
        self.levels: dict[str, int] = {}
        self.cut: set[tuple[str, str]] = set()
        self._above = {name: tuple(dict.fromkeys(others)) for name, others in above.items()}
        self._waits = {name: len(others) for name, others in self._above.items()}
        self._below: dict[str, list[str]] = {}
        for name, others in self._above.items():
            for other in others:
                self._waits.setdefault(other, 0)
                self._below.setdefault(other, []).append(name)
        self._place()

    def _place(self) -> None:
        """Place level after level those that wait for nobody; where all wait, the first goes on."""
        turn = iter(self._waits)
        free = [name for name, number in self._waits.items() if not number]
        level = 0
        while len(self.levels) < len(self._waits):
            if not free:
                free = [next(name for name in turn if name not in self.levels)]
                self._cut_from(free[0])
            self.levels.update(dict.fromkeys(free, level))
            free = [each for name in free for each in self._released(name)]
            level += 1
            if level == DEEPEST:
                free = [name for name in self._waits if name not in self.levels]
                for name in free:
                    self._cut_from(name)

    def _cut_from(self, name: str) -> None:
        """Let one go on without those that are not placed yet."""
        others = self._above.get(name, ())
        self.cut.update((name, other) for other in others if other not in self.levels)

    def _released(self, name: str) -> Iterable[str]:
        for each in self._below.get(name, ()):
            self._waits[each] -= 1
            if not self._waits[each] and each not in self.levels:
                yield each
