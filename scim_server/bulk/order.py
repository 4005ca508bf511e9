"""In which order operations that refer to each other are carried out (RFC 7644 §3.7, §3.7.1)."""

from collections.abc import Iterable, Iterator, Sequence


def batches(needs: Sequence[Iterable[int]]) -> list[list[int]]:
    """Return the numbers of operations in an order in which each comes after what it needs.

    Operations that need each other are one batch, every other is one by itself. What is needed is
    drawn forward; all else stays in its order.

    :param needs: for each operation, the numbers of those that it refers to.
    """
    search = _Search(needs)
    for number in range(len(needs)):
        search.follow(number)
    return search.found


class _Search:
    """Gabow's path-based search for strongly connected components.

    Without recursion: a chain of references may be as long as the request.
    """

    def __init__(self, needs: Sequence[Iterable[int]]) -> None:
        self.found: list[list[int]] = []
        self._needs = needs
        self._placed: set[int] = set()
        self._waiting: list[int] = []  # come upon, and not yet placed
        self._at: dict[int, int] = {}  # where in `_waiting` each was put
        self._starts: list[int] = []  # where in it begins what may yet prove to be one batch

    def follow(self, root: int) -> None:
        """Place an operation, and what it needs before it."""
        path = [] if root in self._at else [self._enter(root)]
        while path:
            number, rest = path[-1]
            need = next((n for n in rest if n not in self._placed), None)
            if need is None:
                path.pop()
                self._leave(number)
            elif need in self._at:
                self._join(need)
            else:
                path.append(self._enter(need))

    def _enter(self, number: int) -> tuple[int, Iterator[int]]:
        self._at[number] = len(self._waiting)
        self._starts.append(len(self._waiting))
        self._waiting.append(number)
        return number, iter(sorted(self._needs[number]))

    def _join(self, need: int) -> None:
        """Make one batch of all that was come upon since what is needed, as that needs it too."""
        while self._starts[-1] > self._at[need]:
            self._starts.pop()

    def _leave(self, number: int) -> None:
        start = self._at[number]
        if self._starts[-1] == start:
            self._starts.pop()
            batch = self._waiting[start:]
            del self._waiting[start:]
            self._placed.update(batch)
            self.found.append(sorted(batch))
