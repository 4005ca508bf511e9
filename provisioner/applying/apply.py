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
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from provisioner.applying.batches import Batches
from provisioner.applying.crew import Crew
from provisioner.applying.exchange import Exchanges
from provisioner.applying.execution import Execution
from provisioner.applying.journal import Journal
from provisioner.applying.log import event_of, without_hidden
from provisioner.applying.making import Made
from provisioner.applying.troubles import Failed, NothingToDo, Stale, refused
from provisioner.planning.outcome import Outcome, Result
from provisioner.planning.plan import STAGES, Action, Plan
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
            outcomes = self._without_requests(plan.stage(0))
            for stage, name in STAGES.items():
                outcomes += self._stage(plan.stage(stage))
                if name == "references":
                    # In the cycle that the plan is of: those that could not be made with theirs.
                    outcomes += self._stage(self._execution.making.left)
        result = Result(plan, self._cycle, tuple(outcomes), self._halted)
        self._close(result)
        return result

    def _close(self, result: Result) -> None:
        counts: Counter[str] = Counter()
        for account in result.accounts():
            for word, number in (*account.words.items(), *account.leavers.items()):
                counts[f"{account.kind} {word}"] += number
        self._state.end_cycle(self._cycle, counts, self._halted)

    def _without_requests(self, actions: Iterable[Action]) -> list[Outcome]:
        outcomes = [
            Outcome(action, "done", action.verb, target_id=action.target_id) for action in actions
        ]
        self._open = {(failure.kind, failure.anchor) for failure in self._state.failures()}
        with self._state.atomic():
            for outcome in outcomes:
                self._note(outcome, known=outcome.action.key in self._open)
            self._forget_the_gone(self._open)
        for outcome in outcomes:
            self._progress(outcome)
        return outcomes

    def _forget_the_gone(self, open_failures: set[tuple[Kind, str]]) -> None:
        """Close what is open about objects that are no longer in scope and have no account."""
        if self._plan.complete and self._plan.person is None:
            for key in open_failures - {action.key for action in self._plan.actions}:
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

    def _stage(self, actions: Iterable[Action]) -> list[Outcome]:
        units: dict[tuple[Kind, str], list[Action]] = {}
        creations: list[Action] = []
        for action in actions:
            if action.verb == "create":
                creations.append(action)
            else:
                units.setdefault(action.key, []).append(action)
        settled, conflicts = _parted(self._at_once(units.values()) + self._made(creations))
        exchanges = Exchanges(self._state, self._rules, self._aside)
        while conflicts:
            # A name may be free now that was still taken when it was asked for: in a chain of
            # renamed people each round frees at least one.
            done, still = _parted(self._at_once([each.action] for each in conflicts))
            settled += done
            if len(still) == len(conflicts):
                freed = exchanges.begun(still)
                if freed is None:
                    exchanges.undo(still)
                    for outcome in still:
                        self._settle(outcome)
                    return settled + still
                still = freed
            conflicts = still
        return settled

    def _aside(self, action: Action) -> Outcome:
        """Carry out a step that no plan has, and log it."""
        outcome = self._prevented(action) or self._attempt(action)
        if outcome.status != "not attempted":
            self._log(outcome)
        return outcome

    def _at_once(self, units: Iterable[list[Action]]) -> list[Outcome]:
        found: list[list[Outcome]] = []
        with Crew(self._concurrency, self._unit) as crew, self._halting():
            for unit in units:
                crew.give(unit)
                if crew.at_work >= 2 * self._concurrency:
                    found += crew.finished(self._concurrency)
            found += crew.finished(0)
        return [outcome for outcomes in found for outcome in outcomes]

    def _made(self, creations: list[Action]) -> list[Outcome]:
        with self._halting():
            return list(self._batches.outcomes(creations))

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


def _parted(outcomes: list[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """Part what is settled from the conflicts, which are worth another try."""
    conflicts = [each for each in outcomes if _is_conflict(each)]
    return [each for each in outcomes if not _is_conflict(each)], conflicts


def _is_conflict(outcome: Outcome) -> bool:
    return outcome.trouble is not None and outcome.trouble.status == CONFLICT
