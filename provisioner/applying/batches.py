"""Many new accounts: while those of one batch are being made, the next is written down.

One thread does all that concerns the state: it takes in what was made, and writes the intents of a
batch, in one transaction that waits for the disk once. The threads of the crew do nothing but send.
No more than two batches are ever open, so that a crash leaves no more than these to be looked into.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

from provisioner.applying.crew import Crew
from provisioner.applying.journal import Journal
from provisioner.applying.making import HAS_ONE, Ids, Made, Making
from provisioner.applying.troubles import anothers, refused
from provisioner.planning.action import Action, Edge
from provisioner.planning.actions import Actions
from provisioner.planning.order import Order
from provisioner.planning.outcome import Outcome
from provisioner.state.sqlite import SqliteState

# Fewer at once would wait for the disk more often than for the target.
_LEAST: Final = 16

Attempt = Callable[[Action, Callable[[], Made | Outcome]], Made | Outcome]


@dataclass(frozen=True, slots=True)
class _Task:
    """One account to make: its intent is written down, and the ids it refers to are known."""

    action: Action
    intent: int
    ids: Ids


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of a task."""

    intent: int
    made: Made | Outcome
    seconds: float

    @property
    def outcome(self) -> Outcome:
        """What is told of it."""
        if isinstance(self.made, Made):
            return self.made.outcome(self.seconds)
        return replace(self.made, seconds=self.seconds)


class Batches:
    """Makes the accounts of a stage.

    :param prevented: tells of an action what came of it, if it is not to be carried out
    :param attempt: carries an action out, and makes an outcome of what goes wrong
    :param notice: told of an outcome at once, by the thread that it came about in
    :param record: keeps an outcome, within the transaction that it came about in
    """

    def __init__(
        self,
        state: SqliteState,
        journal: Journal,
        making: Making,
        concurrency: int,
        *,
        prevented: Callable[[Action], Outcome | None],
        attempt: Attempt,
        notice: Callable[[Outcome], None],
        record: Callable[[Outcome], None],
    ) -> None:
        self._state = state
        self._journal = journal
        self._making = making
        self._concurrency = concurrency
        self._size = max(_LEAST, concurrency)
        self._prevented = prevented
        self._attempt = attempt
        self._notice = notice
        self._record = record

    def outcomes(self, actions: Actions, stage: int) -> Iterator[Outcome]:
        """Make the accounts of a stage, those first to whom others refer, and yield what came of
        each."""
        for wave in _waves(actions, stage):
            yield from self._wave(wave)

    def _wave(self, actions: Iterable[Action]) -> Iterator[Outcome]:
        waiting = iter(actions)
        with Crew(self._concurrency, self._make) as crew:
            batch = list(islice(waiting, self._size))
            ended: list[_Done] = []
            while batch or ended or crew.at_work:
                outcomes, tasks = self._turn(ended, batch)
                for task in tasks:
                    crew.give(task)
                yield from outcomes
                batch = list(islice(waiting, self._size))
                ended = crew.finished(self._size if batch else 0)

    def _turn(self, ended: list[_Done], batch: list[Action]) -> tuple[list[Outcome], list[_Task]]:
        """Write down what came of some and what is about to be sent; return both."""
        with self._state.atomic(now=bool(batch)):
            ended = self._each_its_own(ended)
            outcomes = [each.outcome for each in ended]
            self._state.save_created(
                [each.made.created(each.intent) for each in ended if isinstance(each.made, Made)]
            )
            prevented, tasks = self._begun(batch)
            outcomes += prevented
            for outcome in outcomes:
                self._record(outcome)
        return outcomes, tasks

    def _each_its_own(self, ended: list[_Done]) -> list[_Done]:
        """Let no creation end with an account that is somebody else's: it would be of both."""
        made = [each.made for each in ended if isinstance(each.made, Made)]
        owners = self._state.owners([(each.action.kind, each.identifier) for each in made])
        found: list[_Done] = []
        for each in ended:
            if isinstance(each.made, Made):
                action, identifier = each.made.action, each.made.identifier
                owner = owners.setdefault((action.kind, identifier), action.anchor)
                if owner != action.anchor:
                    trouble = anothers(action, identifier, owner)
                    failed = Outcome(action, "failed", action.verb, trouble=trouble)
                    each = replace(each, made=failed)
                    self._notice(failed)
            found.append(each)
        return found

    def _begun(self, batch: list[Action]) -> tuple[list[Outcome], list[_Task]]:
        """Write intents; return what is not to be made, and what is."""
        if not batch:
            return [], []
        owned = self._state.target_ids(Edge(*action.key) for action in batch)
        prevented: list[Outcome] = []
        ready: list[Action] = []
        for action in batch:
            outcome = self._prevented(action)
            if outcome is None and Edge(*action.key) in owned:
                outcome = refused(action, HAS_ONE)
            if outcome is None:
                ready.append(action)
            else:
                prevented.append(outcome)
                self._notice(outcome)
        ids = self._state.target_ids(e for action in ready for e in action.references.values())
        intents = self._journal.begin(ready)
        return prevented, [_Task(a, n, ids) for a, n in zip(ready, intents, strict=True)]

    def _make(self, task: _Task) -> _Done:
        start = time.perf_counter()
        made = self._attempt(task.action, lambda: self._sent(task))
        done = _Done(task.intent, made, time.perf_counter() - start)
        # Before the next one of this thread: enough may have failed by now.
        self._notice(done.outcome)
        return done

    def _sent(self, task: _Task) -> Made | Outcome:
        with self._journal.resumed(task.intent) as end:
            outcome = self._prevented(task.action)
            if outcome is not None:
                end("not sent")
                return outcome
            return self._making.journaled(task.action, task.ids, end)


def _waves(actions: Actions, stage: int) -> Iterator[Iterable[Action]]:
    """Yield new objects so that those come first to whom others refer."""
    above = actions.carried(stage)
    first = next(above, None)
    if first is None:
        yield actions.where(stage=stage, creates=True)
        return
    order = Order(actions.creations(stage), chain([first], above))
    for level in range(order.depth):
        yield actions.at(order.at(level))
