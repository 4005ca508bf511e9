"""A job as an object: what programs use, and what the commands are made of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from provisioner import job as definition
from provisioner.apply import Progress
from provisioner.binding import bind, check_binding
from provisioner.cycle import Options, apply_plan, make_plan, run_cycle, settle
from provisioner.outcome import Outcome, Result
from provisioner.plan import Plan
from provisioner.population import rules_of
from provisioner.snapshot import Snapshot, read_source
from provisioner.sources import open_source
from provisioner.state.lease import lease
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target


def _unseen(_: Outcome) -> None:
    return None


def _unshown(_: Plan) -> None:
    return None


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

    def check(self) -> Snapshot:
        """Read the source and ask the target, change nothing; return what was read.

        :raises SourceError: :raises JobError: :raises TargetUnusable: :raises StateError:
            whichever is not well.
        """
        snapshot = read_source(open_source(self), self, None, {})
        with self.memory(), Target.connect(self) as target:
            for kind, rules in rules_of(self).items():
                target.probe(kind, rules.match[0], rules.places)
        return snapshot

    def plan(self, options: Options | None = None) -> Plan:
        """Make a plan; changes nothing, neither here nor at the target.

        :raises SourceError: :raises JobError: :raises TargetUnusable: whichever is not well.
        """
        with self.memory() as state, Target.connect(self) as target:
            return make_plan(self, state, target, options)

    def apply(self, plan: Plan, *, approve: bool = False, progress: Progress = _unseen) -> Result:
        """Carry a plan out; what is no longer true of it is refused, object by object.

        :param approve: carry it out although it is over the job's limit.
        :raises GuardTripped: when it is over the limit and not approved; nothing was sent.
        :raises PlanError: when it is another job's plan.
        """
        with self._working() as (state, target):
            settle(self, state, target)
            return apply_plan(plan, self, state, target, approved=approve, progress=progress)

    def run(
        self,
        options: Options | None = None,
        *,
        approve: bool = False,
        planned: Callable[[Plan], None] = _unshown,
        progress: Progress = _unseen,
    ) -> Result:
        """Run one cycle: plan, guard, apply, record; `planned` sees the plan before it is applied.

        Raises what `plan` and `apply` raise.
        """
        with self._working() as (state, target):
            return run_cycle(
                self, state, target, options, approved=approve, planned=planned, progress=progress
            )

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
            yield state, target
