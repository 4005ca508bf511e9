"""Threads that work on one task after another; their results come back as they are ready.

Tasks are handed out one by one and nothing is kept of them, so that a plan of a million actions
needs no more memory than what is in hand.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

Task = TypeVar("Task")
Made = TypeVar("Made")


class Crew(Generic[Task, Made]):
    """So many threads that do the same work; what one of them raises is raised to who waits.

    At the end of the block the threads end with what they are at; what nobody has begun is dropped.
    """

    def __init__(self, size: int, work: Callable[[Task], Made]) -> None:
        self._size = size
        self._work = work
        self._tasks: SimpleQueue[tuple[Task] | None] = SimpleQueue()
        self._changed = threading.Condition()
        self._made: list[Made] = []
        self._error: BaseException | None = None
        self._awaited = -1
        self._threads: list[threading.Thread] = []
        self.at_work = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(Empty):
            while True:
                self._tasks.get_nowait()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def give(self, task: Task) -> None:
        """Hand a task out; a thread more is started where all are busy."""
        self.at_work += 1
        self._tasks.put((task,))
        if len(self._threads) < min(self._size, self.at_work):
            thread = threading.Thread(target=self._run, name=f"provisioner_{len(self._threads)}")
            self._threads.append(thread)
            thread.start()

    def finished(self, left: int) -> list[Made]:
        """Wait until no more than so many tasks are left, and return what has been made by then."""
        with self._changed:
            self._awaited = left
            self._changed.wait_for(lambda: self._error or self.at_work - len(self._made) <= left)
            self._awaited = -1
            found, self._made = self._made, []
            self.at_work -= len(found)
            if self._error is not None:
                raise self._error
        return found

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            try:
                made = self._work(task[0])
            except BaseException as error:
                with self._changed:
                    self._error = error
                    self._changed.notify()
                return
            with self._changed:
                self._made.append(made)
                # Who waits is woken once, and not for each.
                if self.at_work - len(self._made) <= self._awaited:
                    self._changed.notify()
