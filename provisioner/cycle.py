"""The cycle: read -> stage -> scope -> map -> compare -> match -> diff -> PLAN -> guard -> apply
-> record.

Everything up to the plan only reads. Carrying a plan out reads nothing but the plan. What is in
memory is what there is something to say about, however large the directory.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from provisioner.applying.apply import Applier, Progress, Stop, Withhold
from provisioner.applying.recovery import Recovery
from provisioner.applying.settling import settle_records
from provisioner.job import Job
from provisioner.language.target_path import TargetError
from provisioner.planning.action import Action, PlanError
from provisioner.planning.actions import Actions
from provisioner.planning.assignment import Assignment
from provisioner.planning.comparison import Comparison
from provisioner.planning.decisions import Circumstances
from provisioner.planning.drafts import Drafts
from provisioner.planning.evaluation import evaluate
from provisioner.planning.guards import sizes, withheld
from provisioner.planning.leavers import due, note_leavers
from provisioner.planning.nesting import flattened
from provisioner.planning.outcome import Outcome, Result
from provisioner.planning.plan import Plan
from provisioner.planning.population import Rules, rules_of
from provisioner.planning.protection import CODE as PROTECTED
from provisioner.planning.protection import REASON, Protection
from provisioner.planning.references import References
from provisioner.planning.shortcut import Shortcut
from provisioner.planning.snapshot import Reading, wanted_kinds
from provisioner.planning.staging import Staging
from provisioner.record import Kind
from provisioner.sources import open_source
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target
from provisioner.targets.trouble import Trouble

FIRST_CYCLE = "This is the first cycle, which takes nothing away."
# Below so many memberships, losing most of them is an ordinary day.
_FEW_EDGES = 50


@dataclass(frozen=True)
class Options:
    """How a plan is made: for one person only; trying again what is waiting for its time."""

    only: str | None = None
    retry: bool = False


def make_plan(job: Job, state: SqliteState, target: Target, options: Options | None = None) -> Plan:
    """Make the plan of a cycle; changes nothing, neither here nor at the target.

    :raises SourceError: when the source cannot be read.
    :raises TargetUnusable: when the target has to be asked and does not answer as one.
    """
    return Planning(job, state, target, options or Options()).plan()


def apply_plan(
    plan: Plan,
    job: Job,
    state: SqliteState,
    target: Target,
    *,
    approved: bool = False,
    fresh: bool = False,
    progress: Progress = lambda outcome: None,
    stop: Stop = lambda: None,
) -> Result:
    """Carry a plan out, and record what came of it.

    :param fresh: the plan was made by this process just now.
    :param stop: asked before each action; where it answers why, the rest is not attempted.
    :raises GuardTripped: when the plan is over a limit and not approved, and the policy refuses
        such a plan; nothing is sent. Else what it takes away is held back.
    :raises PlanError: when it is the plan of another job or target.
    :raises TargetUnusable: when the target does not answer as one; nothing is sent.
    """
    _refuse_foreign(plan, job)
    rules = rules_of(job)
    if not fresh:
        _refuse_unknown_places(plan, rules)
    withhold = _withholding(_counted_anew(plan, state, rules), job, state, approved=approved)
    if not fresh and not plan.empty:
        target.probe("users", job.users.match[0], rules["users"].places)
    result = Applier(
        plan,
        state,
        target,
        rules,
        concurrency=job.target.concurrency,
        fresh=fresh,
        progress=progress,
        withhold=withhold,
        stop=stop,
        retry_for=job.policy.retry_for,
    ).run()
    _assert_adds_up(result)
    return result


def _refuse_foreign(plan: Plan, job: Job) -> None:
    if (plan.job, plan.target) != (job.name, job.target.url):
        raise PlanError(
            f"This plan is of the job {plan.job} for {plan.target}, "
            f"not of {job.name} for {job.target.url}."
        )


def _counted_anew(plan: Plan, state: SqliteState, rules: Mapping[Kind, Rules]) -> Plan:
    """Return the plan with what guards take their shares of, as the state has it now."""
    base: dict[str, int] = {kind: state.held(kind)["active"] for kind in rules}
    return replace(plan, base=base, members=_members(plan.actions, state, rules))


def _withholding(plan: Plan, job: Job, state: SqliteState, *, approved: bool) -> Withhold:
    """Return what says of an action why it is held back: by a guard, or as it is protected."""
    held = withheld(plan, job.policy, approved=approved)
    protection = Protection(job.policy, state.written)

    def withhold(action: Action) -> Trouble | None:
        if held is not None and action.takes_away:
            return held
        if action.ends and protection.covers(*action.key, action.name):
            return Trouble(PROTECTED, REASON)
        return None

    return withhold


def _members(actions: Actions, state: SqliteState, rules: Mapping[Kind, Rules]) -> dict[str, int]:
    """Count the members of all groups, and of those that lose some, as guards want to know."""
    paths = rules["groups"].references if "groups" in rules else []
    return sizes(
        actions,
        lambda action: len(state.edges(*action.key, action.path or "")),
        lambda: state.count_edges("groups", paths),
    )


def _refuse_unknown_places(plan: Plan, rules: Mapping[Kind, Rules]) -> None:
    """Refuse a plan that speaks of what the job does not provision, or no schema has."""
    for action in plan.actions:
        if action.kind not in rules:
            raise PlanError(f"The plan has {action.kind}, which the job does not provision.")
        for path in _paths_sent(action):
            try:
                rules[action.kind].places.at(path)
            except TargetError as error:
                raise PlanError(
                    f"The plan is damaged near the actions of {action.name!r}: {path!r} {error}. "
                    "Make it again."
                ) from None


def _paths_sent(action: Action) -> Iterator[str]:
    yield from (change.path for change in action.changes)
    if action.verb in ("create", "adopt"):
        yield from {**action.values, **action.once}
    if action.path is not None:
        yield action.path


def settle(job: Job, state: SqliteState, target: Target) -> int:
    """Look into what an earlier run left open, and return how many requests that were.

    :raises TargetUnusable: when the target cannot be asked.
    """
    return Recovery(state, target, rules_of(job)).settle_all()


def run_cycle(
    job: Job,
    state: SqliteState,
    target: Target,
    options: Options | None = None,
    *,
    approved: Callable[[Plan], bool] = lambda plan: False,
    planned: Callable[[Plan], None] = lambda plan: None,
    progress: Callable[[Outcome], None] = lambda outcome: None,
    stop: Stop = lambda: None,
) -> Result:
    """Run one cycle from the source to the record; `planned` sees the plan before the first write.

    `approved` is asked whether the plan may be over a limit. Raises what `make_plan` and
    `apply_plan` raise.
    """
    settle(job, state, target)
    planning = Planning(job, state, target, options or Options())
    plan = planning.plan()
    planned(plan)
    result = apply_plan(
        plan, job, state, target, approved=approved(plan), fresh=True, progress=progress, stop=stop
    )
    planning.settle(result)
    return result


def _assert_adds_up(result: Result) -> None:
    for account in result.accounts():
        assert account.adds_up, f"the account of the run does not add up: {account}"


class Planning:
    """One plan in the making: its steps read from top to bottom in `plan`.

    `staging` holds what was read and worked out; None if the source did not have to be read.
    `left` has the leavers whom the plan of one person is about.
    """

    def __init__(self, job: Job, state: SqliteState, target: Target, options: Options) -> None:
        self.job = job
        self.state = state
        self.target = target
        self.options = options
        self.rules = rules_of(job)
        self.source = open_source(job)
        self.shortcut = Shortcut(job, state, self.source, self.rules)
        self.staging: Staging | None = None
        self.left: list[tuple[Kind, str]] = []
        self.held = {kind: state.held(kind) for kind in self.rules}
        self.initial = not state.has_finished()

    def plan(self) -> Plan:
        """Make the plan.

        :raises SourceError: :raises TargetUnusable: as `make_plan` does.
        """
        nothing_changed = self.shortcut.plan() if self.options.only is None else None
        return nothing_changed or self._full_plan()

    def settle(self, result: Result) -> None:
        """Note what needs no more attention, now that the plan was carried out."""
        if self.staging is not None and self.options.only is None:
            settle_records(self.staging, result, self.rules.values(), complete=result.plan.complete)
            for kind in self.rules if result.plan.complete else ():
                note_leavers(self.state, kind)
            self.shortcut.remember(result)

    def _full_plan(self) -> Plan:
        self.staging = staging = Staging(self.state, everything=self.options.only is not None)
        reading = self._read(staging)
        for rules in self.rules.values():
            evaluate(staging, rules)
        doubts = (*reading.doubts, *self._lost_edges(staging))
        brake = FIRST_CYCLE if self.initial else " ".join(doubts)
        drafts = Drafts(self.state)
        in_scope: dict[str, int] = {}
        for kind in self.rules:
            comparison = self._comparison(kind, staging, drafts, brake)
            comparison.decide()
            drafts.leave(kind, self._leaving(comparison, brake))
            self.left += ((kind, anchor) for anchor in comparison.left)
            in_scope[kind] = self._in_scope(staging, comparison)
        self._refer(staging, drafts, brake)
        actions = self._spared(staging, drafts)
        return Plan(
            job=self.job.name,
            target=self.job.target.url,
            initial=self.initial,
            doubts=doubts,
            source=reading.counts,
            in_scope=in_scope,
            out_of_scope={kind: staging.count(kind, in_scope=False) for kind in self.rules},
            base={kind: self.held[kind]["active"] for kind in self.rules},
            members=_members(actions, self.state, self.rules),
            actions=actions,
            unchanged=_without_actions(in_scope, actions, leavers=False),
            kept=self._kept(staging, actions),
            person=self.options.only,
        )

    # read, stage -------------------------------------------------------------------------------

    def _read(self, staging: Staging) -> Reading:
        linked = {kind: self.held[kind]["linked"] for kind in self.rules}
        reading = Reading(self.source, self.job, self.state.last_good_cycle(), linked)
        assignment = Assignment(self.state, self.job.scope)
        for kind in wanted_kinds(self.job):
            records = reading.records(kind)
            if kind == "groups":
                records = assignment.noting(records)
                if self.job.groups is not None and self.job.groups.nested == "flatten":
                    records = flattened(self.state, records)
            staging.stage(kind, self.rules.get(kind), records, assignment)
            if kind == "groups":
                assignment.close()
        staging.index()
        return reading

    def _lost_edges(self, staging: Staging) -> Iterator[str]:
        """Doubt a source that has suddenly lost most memberships: a column may have been lost."""
        ratio = self.job.policy.min_source_ratio
        for kind, rules in self.rules.items():
            after, paths = staging.count_references(kind), rules.references
            before = self.state.count_edges(kind, paths)
            if before >= _FEW_EDGES and after < ratio * before:
                before = staging.count_written(kind, paths)  # Those of leavers do not count.
            if before >= _FEW_EDGES and after < ratio * before:
                yield (
                    f"The source names {after} references of {kind}; {before} were written, and "
                    f"less than {ratio:.0%} of that is not believed (policy.min_source_ratio)."
                )

    # compare, match, diff ----------------------------------------------------------------------

    def _comparison(self, kind: Kind, staging: Staging, drafts: Drafts, brake: str) -> Comparison:
        now = float("inf") if self.options.retry else time.time()
        return Comparison(
            staging,
            drafts,
            self.target,
            self.rules[kind],
            Circumstances(self.job.policy, brake, now),
            concurrency=self.job.target.concurrency,
            only=self.options.only,
        )

    def _leaving(self, comparison: Comparison, brake: str) -> Iterator[Action]:
        """Yield what is to be done about leavers; who is overdue is deleted, whatever else."""
        overdue = self._overdue(comparison.kind, brake)
        for action in comparison.leaving():
            yield overdue.pop(action.anchor, action)
        yield from overdue.values()

    def _overdue(self, kind: Kind, brake: str) -> dict[str, Action]:
        """Return the deletions of leavers whose grace is over, of those that the plan is about."""
        found = due(self.state, kind, self.job.policy, brake)
        only = self.options.only and self.options.only.casefold()
        return {
            anchor: action
            for anchor, action in found.items()
            if only is None or only in (anchor.casefold(), action.name.casefold())
        }

    # plan --------------------------------------------------------------------------------------

    def _refer(self, staging: Staging, drafts: Drafts, brake: str) -> None:
        references = References(staging, drafts, self.rules, brake, self.target.learned)
        for kind in self.rules:
            references.draft(kind, unchanged=self.options.only is None)

    def _spared(self, staging: Staging, drafts: Drafts) -> Actions:
        """Return what was drafted, without what would take something from the protected."""
        protection = Protection(self.job.policy, self.state.written)
        cut: list[Action] = []
        actions = Actions(protection.spared(drafts.actions(), cut.append))
        staging.leave_open(each.key for each in cut)
        return actions

    def _in_scope(self, staging: Staging, comparison: Comparison) -> int:
        if self.options.only is not None:
            return comparison.meant
        return staging.count(comparison.kind, in_scope=True)

    def _kept(self, staging: Staging, actions: Actions) -> dict[str, int]:
        if self.options.only is not None:
            return dict.fromkeys(self.rules, 0)
        leavers: dict[str, int] = {kind: staging.count_leavers(kind) for kind in self.rules}
        return _without_actions(leavers, actions, leavers=True)


def _without_actions(
    counts: Mapping[str, int], actions: Actions, *, leavers: bool
) -> dict[str, int]:
    """Count the objects of each kind that no action is about."""
    acted = actions.objects(leaver=leavers)
    return {kind: number - acted.get(kind, 0) for kind, number in counts.items()}
