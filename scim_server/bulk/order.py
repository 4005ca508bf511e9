"""In which order operations that refer to each other are carried out (RFC 7644 §3.7, §3.7.1)."""

from collections.abc import Iterable, Iterator, Sequence


def batches(needs: Sequence[Iterable[int]]) -> list[list[int]]:
    """Return the numbers of operations in an order in which each comes after what it needs.

    Operations that need each other are one batch, every other is one by itself. What is needed is
    drawn forward; all else stays in its order.

    :param needs: for each operation, the numbers of those that it refers to.
    """
    found: list[list[int]] = []
    placed: set[int] = set()
    # Gabow's path-based search for strongly connected components, without recursion: a chain of
    # references may be as long as the request.
    seen: dict[int, int] = {}  # in which order operations were come upon
    waiting: list[int] = []  # seen, and not yet placed
    starts: list[int] = []  # of what waits: where what may yet prove to be one batch begins

    def enter(number: int) -> tuple[int, Iterator[int]]:
        seen[number] = len(seen)
        waiting.append(number)
        starts.append(number)
        return number, iter(sorted(needs[number]))

    for root in range(len(needs)):
        path = [] if root in seen else [enter(root)]
        while path:
            number, rest = path[-1]
            need = next((n for n in rest if n not in placed), None)
            if need is None:
                path.pop()
                if starts[-1] == number:
                    starts.pop()
                    at = _last_index(waiting, number)
                    placed.update(waiting[at:])
                    found.append(sorted(waiting[at:]))
                    del waiting[at:]
            elif need not in seen:
                path.append(enter(need))
            else:
                while seen[starts[-1]] > seen[need]:
                    starts.pop()
    return found


def _last_index(numbers: Sequence[int], number: int) -> int:
    return next(at for at in reversed(range(len(numbers))) if numbers[at] == number)
