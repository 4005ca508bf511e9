"""A job as an object: what programs use, and what the commands are made of."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioner import job as definition
from provisioner.applying.apply import Progress, Stop
from provisioner.cycle import Options, apply_plan, make_plan, run_cycle, settle
from provisioner.planning.drift import Drift, audit, note_drift, note_rewriting
from provisioner.planning.outcome import Outcome, Result
from provisioner.planning.plan import Plan
from provisioner.planning.population import rules_of
from provisioner.planning.snapshot import Reading
from provisioner.sources import open_source
from provisioner.state.binding import bind, check_binding
from provisioner.state.lease import lease
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target
from provisioner.watching.condition import Condition
from provisioner.watching.schedule import Watchdog


def _unseen(_: Outcome) -> None:
    return None


def _unshown(_: Plan) -> None:
    return None


def _unstopped() -> None:
    return None


log = logging.getLogger("provisioner")
Warn = Callable[[str], None]


class Job(definition.Job):
    """A job file that was read and checked: `Job.load("contoso.toml")`."""

    @classmethod
    def load(cls, path: str | Path) -> "Job":
        """Read and check a job file.

        :raises JobError: with every problem at once, each as ``file: key: what is wrong``.
        """
        loaded = super().load(path)
        assert isinstance(loaded, cls)
        return loaded

    def check(self) -> Reading:
        """Read the source and ask the target, change nothing; return what was read.

        :raises SourceError: :raises JobError: :raises TargetUnusable: :raises StateError:
            whichever is not well.
        """
        reading = Reading(open_source(self), self, None, {})
        reading.read_through()
        with self.memory(), Target.connect(self) as target:
            for kind, rules in rules_of(self).items():
                target.probe(kind, rules.match[0], rules.places)
        return reading

    def plan(self, options: Options | None = None) -> Plan:
        """Make a plan; changes nothing, neither here nor at the target.

        :raises SourceError: :raises JobError: :raises TargetUnusable: whichever is not well.
        """
        with self.memory() as state, Target.connect(self) as target:
            target.learned.recall(state)
            return make_plan(self, state, target, options)

    def audit(self, *, members: bool = False) -> tuple[Plan, Drift]:
        """Read the whole target; return what differs from what was written, and what mends it.

        Changes nothing.

        :param members: read the members of all groups, not only of those that have changed.
        :raises SourceError: :raises JobError: :raises TargetUnusable: whichever is not well.
        """
        with self._working() as (state, target):
            settle(self, state, target)
            return audit(self, state, target, members=members)

    def note_drift(self, *, members: bool = False) -> Drift:
        """Do the same, and remember what differs: the next run mends it."""
        with self._working() as (state, target):
            settle(self, state, target)
            with state.atomic():
                return note_drift(self, state, target, members=members)

    def note_rewriting(self, found: Drift) -> int:
        """Look at what was written again after a drift; return of how many objects the target made
        something else. Audits take that for what was written from then on.
        """
        with self._working() as (state, target):
            return note_rewriting(self, state, target, found)

    def apply(
        self,
        plan: Plan,
        *,
        approve: bool = False,
        progress: Progress = _unseen,
        warn: Warn = log.warning,
    ) -> Result:
        """Carry a plan out; what is no longer true of it is refused, object by object.

        :param approve: carry it out although it is over the job's limits. Without, what it takes
            away is held back.
        :param progress: told of each outcome as it comes about, from several threads.
        :raises GuardTripped: when it is over a limit, not approved, and the policy refuses such a
            plan; nothing was sent.
        :raises PlanError: when it is another job's plan.
        """
        with self._working() as (state, target):
            run = _Run(self, Condition(self, state, warn), progress, _unstopped)
            with run.condition.watching():
                settle(self, state, target)
                result = apply_plan(
                    plan,
                    self,
                    state,
                    target,
                    approved=approve,
                    progress=run.progress,
                    stop=run.stop,
                )
            run.condition.note(result)
            return result

    def run(
        self,
        options: Options | None = None,
        *,
        approve: bool | Callable[[Plan], bool] = False,
        now: bool = True,
        planned: Callable[[Plan], None] = _unshown,
        progress: Progress = _unseen,
        stop: Stop = _unstopped,
        warn: Warn = log.warning,
    ) -> Result:
        """Run one cycle: plan, guard, apply, record; `planned` sees the plan before it is applied.

        Raises what `plan` and `apply` raise.

        :param approve: carry it out although it is over a limit; or what says so of the plan.
        :param now: False: in quarantine not before its time.
        :param progress: as of `apply`.
        :param stop: asked before each object; where it answers why, the rest is not attempted.
        :param warn: takes one line for each alert that could not be delivered.
        :raises Quarantined: when the job is in quarantine, and it is not time or it was given up.
        """
        with self._working() as (state, target):
            run = _Run(self, Condition(self, state, warn), progress, stop, planned)
            run.condition.admit(now=now)
            with run.condition.watching():
                if run.condition.quarantine is not None:
                    self._ask_once(target)
                result = run_cycle(
                    self,
                    state,
                    target,
                    options,
                    approved=approve if callable(approve) else lambda plan: approve is True,
                    planned=run.planned,
                    progress=run.progress,
                    stop=run.stop,
                )
            run.condition.note(result)
            return result

    def resume(self, *, warn: Warn = log.warning) -> bool:
        """Lift the quarantine of the job, and return whether it was in one.

        :raises StateError: when another process runs the job.
        """
        with lease(self.state_path), SqliteState.open(self.state_path) as state:
            check_binding(self, state)
            return Condition(self, state, warn).resume()

    def _ask_once(self, target: Target) -> None:
        """Ask one question, before anything else is asked of a target that was not well."""
        target.probe("users", self.users.match[0], rules_of(self)["users"].places)

    @contextmanager
    def memory(self) -> Iterator[SqliteState]:
        """Open what the job remembers, to read it.

        :raises StateError: when it is damaged, or not this job's.
        """
        with SqliteState.open_to_read(self.state_path) as state:
            check_binding(self, state)
            yield state

    @contextmanager
    def _working(self) -> Iterator[tuple[SqliteState, Target]]:
        # The token is asked for first: without it, no file is made.
        with (
            Target.connect(self) as target,
            lease(self.state_path),
            SqliteState.open(self.state_path) as state,
        ):
            bind(self, state)
            with target.learned.kept_in(state):
                yield state, target


class _Run:
    """What accompanies one run: it counts what comes of it, and says when it is to end."""

    def __init__(
        self,
        job: Job,
        condition: Condition,
        progress: Progress,
        stop: Stop,
        planned: Callable[[Plan], None] = _unshown,
    ) -> None:
        self._planned = planned
        self.condition = condition
        self.watchdog = Watchdog(job.policy.stalled_after)
        self._progress = progress
        self._stop = stop

    def planned(self, plan: Plan) -> None:
        """Let the plan be seen; from here on objects get finished."""
        self._planned(plan)
        self.watchdog.beat()

    def progress(self, outcome: Outcome) -> None:
        """Take note of one outcome."""
        self.condition.count(outcome)
        self.watchdog.beat()
        self._progress(outcome)

    def stop(self) -> str | None:
        """Say why no further object is begun, if so."""
        return self._stop() or self.watchdog.reason() or self.condition.stop()
