"""Carries out a plan, action by action: users, groups, references, members, deletions.

Within a stage several objects are worked on at once, and one object by one thread alone: there are
never two requests in flight for the same resource of the target. Each action is

    intent recorded -> request -> result recorded

and both records are on disk before the next step. An answer that never came is looked into before
anything is repeated; an object that fails never holds up the others.
"""

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import chain, groupby, islice
from typing import Final

from provisioner.applying.batches import Batches
from provisioner.applying.crew import Crew
from provisioner.applying.exchange import Exchanges
from provisioner.applying.execution import Execution
from provisioner.applying.journal import Journal
from provisioner.applying.log import event_of, without_hidden
from provisioner.applying.making import Made
from provisioner.applying.troubles import Failed, NothingToDo, Stale, refused
from provisioner.planning.action import STAGES, Action
from provisioner.planning.actions import Actions
from provisioner.planning.outcome import Outcome, Outcomes, Result
from provisioner.planning.plan import Plan
from provisioner.planning.population import Rules
from provisioner.planning.retries import next_failure
from provisioner.record import Kind
from provisioner.state import StateError
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target
from provisioner.targets.trouble import RequestFailed, TargetUnusable, Trouble, trouble_of

Progress = Callable[[Outcome], None]
# Why an action is not to be carried out, and why the whole run is to end; None: nothing is wrong.
Withhold = Callable[[Action], Trouble | None]
Stop = Callable[[], str | None]

log = logging.getLogger("provisioner")

_LAST_EVENT: Final = (
    "select action, coalesce(code, ''), json_extract(document, '$.reason') from events "
    "where kind = ? and anchor = ? order by id desc limit 1"
)
_REPORT_IT: Final = "This is a fault of the provisioner: please report it."
CONFLICT: Final = 409
_AT_ONCE: Final = 500


class Applier:
    """One run of a plan. `fresh` is a plan just made: its matching need not be repeated."""

    def __init__(
        self,
        plan: Plan,
        state: SqliteState,
        target: Target,
        rules: Mapping[Kind, Rules],
        *,
        concurrency: int,
        fresh: bool,
        progress: Progress,
        withhold: Withhold = lambda action: None,
        stop: Stop = lambda: None,
        retry_for: float = math.inf,
    ) -> None:
        self._plan = plan
        self._state = state
        self._rules = rules
        self._concurrency = concurrency
        self._progress = progress
        self._withhold = withhold
        self._stop = stop
        self._retry_for = retry_for
        self._journal = Journal(state)
        self._execution = Execution(state, target, rules, self._journal, rematch=not fresh)
        self._batches = Batches(
            state,
            self._journal,
            self._execution.making,
            concurrency,
            prevented=self._prevented,
            attempt=self._attempted,
            notice=self._notice_made,
            record=self._record_made,
        )
        self._outcomes = Outcomes()
        self._failed_keys: set[tuple[Kind, str]] = set()
        self._open: set[tuple[Kind, str]] = set()
        self._cycle = 0
        self._halted: str | None = None

    def run(self) -> Result:
        """Carry everything out, and return what came of it."""
        plan = self._plan
        self._cycle = self._state.begin_cycle(
            initial=plan.initial, complete=plan.complete, source=plan.source
        )
        self._journal.cycle = self._cycle
        self._execution.compare(plan.actions)
        # What came of a request waits for the next intent that has to be on disk: one that is lost
        # leaves its own intent open, which is looked into.
        with self._state.unhurried():
            self._without_requests(plan.stage(0))
            for stage, name in STAGES.items():
                self._stage(plan.actions, stage)
                if name == "references":
                    # In the cycle that the plan is of: those that could not be made with theirs.
                    self._stage(self._execution.making.left, stage)
        result = Result(plan, self._cycle, self._outcomes, self._halted)
        self._close(result)
        return result

    def _close(self, result: Result) -> None:
        counts: Counter[str] = Counter()
        for account in result.accounts():
            for word, number in (*account.words.items(), *account.leavers.items()):
                counts[f"{account.kind} {word}"] += number
        self._state.end_cycle(self._cycle, counts, self._halted)

    def _without_requests(self, actions: Iterable[Action]) -> None:
        self._open = {(failure.kind, failure.anchor) for failure in self._state.failures()}
        rest = iter(actions)
        while some := list(islice(rest, _AT_ONCE)):
            outcomes = [Outcome(each, "done", each.verb, target_id=each.target_id) for each in some]
            with self._state.atomic():
                for outcome in outcomes:
                    self._note(outcome, known=outcome.action.key in self._open)
            self._outcomes.extend(outcomes)
            for outcome in outcomes:
                self._progress(outcome)
        self._forget_the_gone()

    def _forget_the_gone(self) -> None:
        """Close what is open about objects that are no longer in scope and have no account."""
        if self._plan.complete and self._plan.person is None:
            with self._state.atomic():
                for key in self._open:
                    if self._plan.actions.name_of(*key) is None:
                        self._state.clear_failure(*key)

    def _note(self, outcome: Outcome, *, known: bool) -> None:
        action = outcome.action
        if action.verb == "park":
            trouble = Trouble(action.code or "", action.reason, action.hint)
            self._keep_parked(action, trouble)
        elif known:
            self._state.clear_failure(*action.key)
        if action.verb in ("park", "skip") and self._is_news(action):
            self._log(outcome)

    def _is_news(self, action: Action) -> bool:
        """Tell whether the log does not end with the same about an object.

        It would grow with each cycle: by all who are blocked, and all who are parked.
        """
        last = self._state.query(_LAST_EVENT, action.key)
        return last != [(action.verb, action.code or "", action.reason)]

    def _keep_parked(self, action: Action, trouble: Trouble) -> None:
        before = self._state.failure(*action.key)
        if before is not None and (before.code, before.reason) == (trouble.code, trouble.reason):
            return  # The same as before: it keeps its count of attempts and its next time.
        failure = next_failure(None, action, trouble, action.version, time.time())
        self._state.save_failure(replace(failure, attempts=0))

    def _stage(self, actions: Actions, stage: int) -> None:
        conflicts: list[Outcome] = []
        others = self._at_once(actions.where(stage=stage, creates=False))
        # Closed in any case: an error here ends what is at work there.
        with closing(others), closing(self._made(actions, stage)) as made:
            for outcome in chain(others, made):
                if _is_conflict(outcome):
                    conflicts.append(outcome)
                else:
                    self._outcomes.append(outcome)
        self._outcomes.extend(self._unstuck(conflicts))

    def _unstuck(self, conflicts: list[Outcome]) -> Iterator[Outcome]:
        exchanges = Exchanges(self._state, self._rules, self._aside)
        while conflicts:
            # A name may be free now that was still taken when it was asked for: in a chain of
            # renamed people each round frees at least one.
            found = list(self._at_once(each.action for each in conflicts))
            yield from (each for each in found if not _is_conflict(each))
            still = [each for each in found if _is_conflict(each)]
            if len(still) == len(conflicts):
                freed = exchanges.begun(still)
                if freed is None:
                    exchanges.undo(still)
                    for outcome in still:
                        self._settle(outcome)
                    yield from still
                    return
                still = freed
            conflicts = still

    def _aside(self, action: Action) -> Outcome:
        """Carry out a step that no plan has, and log it."""
        outcome = self._prevented(action) or self._attempt(action)
        if outcome.status != "not attempted":
            self._log(outcome)
        return outcome

    def _at_once(self, actions: Iterable[Action]) -> Generator[Outcome, None, None]:
        """Carry actions out, those of one object one after the other, by the same thread."""
        at_work: set[tuple[Kind, str]] = set()

        def finished(left: int) -> Iterator[Outcome]:
            for outcomes in crew.finished(left):
                at_work.discard(outcomes[0].action.key)
                yield from outcomes

        with Crew(self._concurrency, self._unit) as crew, self._halting():
            for key, unit in groupby(actions, lambda action: action.key):
                if key in at_work:
                    yield from finished(0)
                at_work.add(key)
                crew.give(list(unit))
                if crew.at_work >= 2 * self._concurrency:
                    yield from finished(self._concurrency)
            yield from finished(0)

    def _made(self, actions: Actions, stage: int) -> Generator[Outcome, None, None]:
        with self._halting():
            yield from self._batches.outcomes(actions, stage)

    @contextmanager
    def _halting(self) -> Iterator[None]:
        """Let the workers end with what they are at, if something ends the whole run."""
        try:
            yield
        except BaseException as error:
            self._halted = f"interrupted: {error}"
            raise

    def _unit(self, actions: list[Action]) -> list[Outcome]:
        return [self._one(action) for action in actions]

    def _one(self, action: Action) -> Outcome:
        outcome = self._prevented(action)
        if outcome is None:
            start = time.perf_counter()
            outcome = self._attempt(action)
            outcome = replace(outcome, seconds=time.perf_counter() - start)
        elif outcome.status == "not attempted":
            return outcome
        if not _is_conflict(outcome):
            self._settle(outcome)
        return outcome

    def _prevented(self, action: Action) -> Outcome | None:
        """Return what came of an action that is not to be carried out."""
        if self._halted is None:
            self._halted = self._stop()
        if self._halted is not None:
            return Outcome(action, "not attempted", action.verb)
        if (trouble := self._withhold(action)) is not None:
            return Outcome(action, "held back", action.verb, action.target_id, trouble)
        return None

    def _settle(self, outcome: Outcome) -> None:
        self._record(outcome)
        self._progress(outcome)

    def _notice_made(self, outcome: Outcome) -> None:
        if not _is_conflict(outcome) and outcome.status != "not attempted":
            self._progress(outcome)

    def _record_made(self, outcome: Outcome) -> None:
        if not _is_conflict(outcome) and outcome.status != "not attempted":
            self._record(outcome)

    def _record(self, outcome: Outcome) -> None:
        action = outcome.action
        self._log(outcome)
        if outcome.trouble is not None and outcome.status == "failed":
            self._failed_keys.add(action.key)
            self._fail(action, outcome.trouble)
        elif outcome.trouble is not None and outcome.status == "held back":
            self._keep_parked(action, outcome.trouble)
        elif outcome.status == "done" and self._was_open(action):
            self._state.clear_failure(*action.key)

    def _was_open(self, action: Action) -> bool:
        """Tell whether something was open about an object before this run, and nothing since."""
        return action.key in self._open and action.key not in self._failed_keys

    def _attempt(self, action: Action) -> Outcome:
        outcome = self._attempted(action, lambda: self._execution.carry_out(action))
        assert isinstance(outcome, Outcome)
        return outcome

    def _attempted(self, action: Action, act: Callable[[], Made | Outcome]) -> Made | Outcome:
        try:
            return act()
        except Stale as error:
            return refused(action, str(error))
        except Failed as error:
            return self._failed(action, error.trouble)
        except NothingToDo:
            return Outcome(action, "not attempted", action.verb)
        except TargetUnusable as error:
            return self._failed(action, error.trouble)
        except RequestFailed as error:
            return self._failed(action, trouble_of(error))
        except StateError:
            raise  # Without a place to record results, nothing more is sent.
        except Exception as error:  # One object that nobody has thought of holds up no other.
            log.exception("%s of %r failed", action.verb, action.anchor)
            return self._failed(action, Trouble("InternalError", repr(error), _REPORT_IT))

    def _failed(self, action: Action, trouble: Trouble) -> Outcome:
        # A target may repeat what it was sent: its words are shown, and kept.
        reason = without_hidden(trouble.reason, action, self._rules[action.kind].mapper.redacted)
        trouble = replace(trouble, reason=reason)
        if trouble.halts:
            self._halted = str(trouble)
        return Outcome(action, "failed", action.verb, trouble=trouble)

    def _fail(self, action: Action, trouble: Trouble) -> None:
        before = self._state.failure(*action.key)
        failure = next_failure(
            before, action, trouble, action.version, time.time(), self._retry_for
        )
        self._state.save_failure(failure)

    def _log(self, outcome: Outcome) -> None:
        mapper = self._rules[outcome.action.kind].mapper
        self._state.log(self._cycle, event_of(outcome, mapper.redacted))


def _is_conflict(outcome: Outcome) -> bool:
    return outcome.trouble is not None and outcome.trouble.status == CONFLICT
