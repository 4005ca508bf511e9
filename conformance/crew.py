"""Does pieces of work one after the other, or on several threads at a time."""

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor, as_completed
from typing import Protocol, TypeVar

Piece = TypeVar("Piece")
Outcome = TypeVar("Outcome")


class Haltable(Protocol):
    """What the work goes through, and can be stopped at."""

    def halt(self) -> None:
        """Let nothing more through."""

    def resume(self) -> None:
        """Let things through again."""


def at_once(
    pieces: Sequence[Piece],
    work: Callable[[Piece], Outcome],
    parallel: int,
    gate: Haltable,
) -> Generator[tuple[int, Outcome], None, None]:
    """Yield the place and the outcome of each piece, in the order in which they are done.

    Closing it ends the work: what has begun comes to the gate and no further.
    """
    if parallel == 1:
        yield from ((place, work(piece)) for place, piece in enumerate(pieces))
        return
    floor = _Floor()
    pool = ThreadPoolExecutor(parallel, "scim-conformance")
    try:
        # The last ones first: profiles stand at the end, and take longest.
        places = reversed(range(len(pieces)))
        begun = {pool.submit(floor.do, work, pieces[place]): place for place in places}
        for future in as_completed(begun):
            yield begun[future], future.result()
    finally:
        gate.halt()
        floor.clear()
        pool.shutdown(wait=True, cancel_futures=True)
        gate.resume()


class _Floor:
    """Where the work is done: it knows when nobody is on it any more.

    The pool does not: a thread that was just being started when Ctrl-C came is not waited for.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._busy = 0
        self._closed = False

    def do(self, work: Callable[[Piece], Outcome], piece: Piece) -> Outcome:
        """Do a piece of work, unless the floor was cleared."""
        with self._changed:
            if self._closed:
                raise CancelledError
            self._busy += 1
        try:
            return work(piece)
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def clear(self) -> None:
        """Let nobody begin any more, and wait for those who have."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._busy)
