"""The cycle: read -> scope -> map -> compare -> match -> diff -> PLAN -> guard -> apply -> record.

Everything up to the plan only reads. Carrying a plan out reads nothing but the plan.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from provisioner.apply import Applier, Progress
from provisioner.decisions import (
    Circumstances,
    leaver,
    linked,
    settled_before_asking,
    unchanged,
    unlinked,
    waiting,
)
from provisioner.guards import refuse_if_tripped
from provisioner.job import Job
from provisioner.matching import Hit, Match, Matcher
from provisioner.outcome import Outcome, Result
from provisioner.plan import Action, Edge, Plan, PlanError
from provisioner.population import (
    Population,
    Rules,
    Wanted,
    match_values,
    out_of_scope_counts,
    rules_of,
    select,
    without_duplicates,
)
from provisioner.record import Kind
from provisioner.recovery import Recovery
from provisioner.references import reference_actions, resolver
from provisioner.snapshot import Snapshot, read_source
from provisioner.sources import open_source
from provisioner.state import Link
from provisioner.state.sqlite import SqliteState
from provisioner.target_path import TargetError
from provisioner.targets.connection import Target
from provisioner.targets.trouble import Trouble

FIRST_CYCLE = "This is the first cycle, which takes nothing away."
# Below so many memberships, losing most of them is an ordinary day.
_FEW_EDGES = 50

Written = dict[tuple[str, str], dict[Edge, bool]]


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
    return _Planning(job, state, target, options or Options()).plan()


def apply_plan(
    plan: Plan,
    job: Job,
    state: SqliteState,
    target: Target,
    *,
    approved: bool = False,
    fresh: bool = False,
    progress: Progress = lambda outcome: None,
) -> Result:
    """Carry a plan out, and record what came of it.

    :param fresh: the plan was made by this process just now.
    :raises GuardTripped: when the plan is over a limit and not approved; nothing is sent.
    :raises PlanError: when it is the plan of another job or target.
    :raises TargetUnusable: when the target does not answer as one; nothing is sent.
    """
    if (plan.job, plan.target) != (job.name, job.target.url):
        raise PlanError(
            f"This plan is of the job {plan.job} for {plan.target}, "
            f"not of {job.name} for {job.target.url}."
        )
    rules = rules_of(job)
    if not fresh:
        _refuse_unknown_places(plan, rules)
    base: dict[str, int] = {kind: active_links(state.links(kind)) for kind in rules}
    refuse_if_tripped(replace(plan, base=base), job.policy, approved=approved)
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
    ).run()
    _assert_adds_up(result)
    return result


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


def active_links(links: Mapping[str, Link]) -> int:
    """Count the accounts that the job holds as active: what guards take their percentage of."""
    return sum(link.active for link in links.values())


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
    approved: bool = False,
    planned: Callable[[Plan], None] = lambda plan: None,
    progress: Callable[[Outcome], None] = lambda outcome: None,
) -> Result:
    """Run one cycle from the source to the record; `planned` sees the plan before the first write.

    Raises what `make_plan` and `apply_plan` raise.
    """
    settle(job, state, target)
    plan = make_plan(job, state, target, options)
    planned(plan)
    return apply_plan(plan, job, state, target, approved=approved, fresh=True, progress=progress)


def _assert_adds_up(result: Result) -> None:
    for account in result.accounts():
        assert account.adds_up, f"the account of the run does not add up: {account}"


class _Planning:
    """One plan in the making: its steps read from top to bottom in `plan`."""

    def __init__(self, job: Job, state: SqliteState, target: Target, options: Options) -> None:
        self.job = job
        self.state = state
        self.target = target
        self.options = options
        self.rules = rules_of(job)
        self.links: dict[Kind, dict[str, Link]] = {kind: state.links(kind) for kind in self.rules}
        self.initial = not any(cycle.ended for cycle in state.cycles())

    def plan(self) -> Plan:
        snapshot = self._read()
        population = self._population(snapshot)
        written = {kind: self._written_edges(kind, population) for kind in self.rules}
        doubts = (*snapshot.doubts, *self._lost_edges(population, written))
        brake = FIRST_CYCLE if self.initial else " ".join(doubts)
        circumstances = Circumstances(self.job.policy, brake, self._now())
        mains = {kind: self._decide(kind, population, circumstances) for kind in self.rules}
        actions = tuple(self._assemble(population, mains, written, brake))
        return Plan(
            job=self.job.name,
            target=self.job.target.url,
            initial=self.initial,
            doubts=doubts,
            source=snapshot.counts,
            in_scope={kind: self._meant(kind, population) for kind in self.rules},
            out_of_scope=out_of_scope_counts(population),
            base={kind: active_links(self.links[kind]) for kind in self.rules},
            actions=actions,
            person=self.options.only,
        )

    def _now(self) -> float:
        return float("inf") if self.options.retry else time.time()

    # read, scope, map --------------------------------------------------------------------------

    def _read(self) -> Snapshot:
        linked = {kind: len(links) for kind, links in self.links.items()}
        last_good = self.state.last_good_cycle()
        return read_source(open_source(self.job), self.job, last_good, linked)

    def _population(self, snapshot: Snapshot) -> Population:
        population = select(snapshot, self.job, self.rules)
        wanted = {
            kind: without_duplicates(population.wanted[kind], rules, self.links[kind])
            for kind, rules in self.rules.items()
        }
        return replace(population, wanted=wanted)

    def _written_edges(self, kind: Kind, population: Population) -> Written:
        items = population.wanted[kind].values()
        paths = dict.fromkeys(path for item in items for path in item.references)
        return self.state.edges_of(kind, paths)

    def _lost_edges(self, population: Population, written: Mapping[Kind, Written]) -> Iterator[str]:
        """Doubt a source that has suddenly lost most memberships: a column may have been lost."""
        ratio = self.job.policy.min_source_ratio
        for kind, edges in written.items():
            items = population.wanted[kind]
            before = sum(len(each) for (anchor, _), each in edges.items() if anchor in items)
            after = sum(len(found) for item in items.values() for found in item.references.values())
            if before >= _FEW_EDGES and after < ratio * before:
                yield (
                    f"The source names {after} references of {kind}; {before} were written, and "
                    f"less than {ratio:.0%} of that is not believed (policy.min_source_ratio)."
                )

    # compare, match, diff ----------------------------------------------------------------------

    def _decide(
        self, kind: Kind, population: Population, circumstances: Circumstances
    ) -> dict[str, Action]:
        """Decide for every object of a kind: those in scope in the source's order, then leavers."""
        decided: dict[str, Action | None] = {}
        failures = {failure.anchor: failure for failure in self.state.failures(kind)}
        for anchor, item in population.wanted[kind].items():
            if self._is_meant(item.anchor, item.name, item):
                pause = waiting(item, failures.get(anchor), circumstances)
                decided[anchor] = pause or self._without_asking(item, circumstances)
        open_items = [population.wanted[kind][each] for each, made in decided.items() if not made]
        asked = self._ask(kind, open_items)
        mains = {anchor: made or asked[anchor] for anchor, made in decided.items()}
        return mains | self._leavers(kind, population, circumstances)

    def _without_asking(self, item: Wanted, circumstances: Circumstances) -> Action | None:
        link = self.links[item.kind].get(item.anchor)
        if link is None:
            match = match_values(item, self.rules[item.kind])
            return settled_before_asking(item, bool(match))
        if item.trouble is None and item.digest == link.digest:
            return unchanged(item, link)
        written = self.state.written(item.kind, item.anchor)
        return linked(item, link, written, circumstances)

    def _ask(self, kind: Kind, items: list[Wanted]) -> dict[str, Action]:
        """Match at the target, several at once, and decide for each by what was found."""
        matcher = Matcher(self.target, self.rules[kind])
        with ThreadPoolExecutor(self.job.target.concurrency, "matching") as pool:
            try:
                matches = list(pool.map(matcher.find, items))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        matches = _one_each(items, matches)
        owners = {link.target_id: link for link in self.links[kind].values()}
        return {
            item.anchor: unlinked(item, match, _owner(match, owners), self.rules[kind])
            for item, match in zip(items, matches, strict=True)
        }

    def _leavers(
        self, kind: Kind, population: Population, circumstances: Circumstances
    ) -> dict[str, Action]:
        decided = {}
        for anchor, link in self.links[kind].items():
            if anchor not in population.wanted[kind] and self._is_meant(anchor, link.name, None):
                record = population.out_of_scope[kind].get(anchor)
                written = self.state.written(kind, anchor)
                decided[anchor] = leaver(link, record, written, self.rules[kind], circumstances)
        return decided

    def _meant(self, kind: Kind, population: Population) -> int:
        items = population.wanted[kind].values()
        return sum(self._is_meant(item.anchor, item.name, item) for item in items)

    def _is_meant(self, anchor: str, name: str, item: Wanted | None) -> bool:
        only = self.options.only
        if only is None:
            return True
        names = [anchor, name]
        if item is not None:
            names += [value for _, value in match_values(item, self.rules[item.kind])]
        return only.casefold() in {each.casefold() for each in names}

    # plan --------------------------------------------------------------------------------------

    def _assemble(
        self,
        population: Population,
        mains: Mapping[Kind, dict[str, Action]],
        written: Mapping[Kind, Written],
        brake: str,
    ) -> Iterator[Action]:
        resolve = resolver(self._known(mains))
        references = [
            action
            for kind, rules in self.rules.items()
            for action in reference_actions(
                population.wanted[kind],
                mains[kind],
                written[kind],
                self.links[kind],
                rules,
                resolve,
                brake,
            )
        ]
        touched = {action.key for action in references}
        for actions in mains.values():
            for action in actions.values():
                # An object whose references alone change is not an unchanged one.
                if action.verb != "unchanged" or action.key not in touched:
                    yield action
        yield from references

    def _known(self, mains: Mapping[Kind, dict[str, Action]]) -> dict[Kind, set[str]]:
        """Return the anchors that have an account, or will have one by the time of references."""
        return {
            kind: {
                anchor
                for anchor in {**self.links[kind], **mains[kind]}
                if _has_account(mains[kind].get(anchor), self.links[kind].get(anchor))
            }
            for kind in self.rules
        }


def _has_account(action: Action | None, link: Link | None) -> bool:
    if action is None or link is not None:
        return link is not None and (action is None or action.verb != "delete")
    return action.verb in ("create", "adopt")


def _owner(match: Match, owners: Mapping[str, Link]) -> Link | None:
    return owners.get(match.id) if isinstance(match, Hit) else None


def _one_each(items: list[Wanted], matches: list[Match]) -> list[Match]:
    """Let no two objects take the same account: both are parked, as nobody knows whose it is."""
    finders: dict[str, list[Wanted]] = {}
    for item, match in zip(items, matches, strict=True):
        if isinstance(match, Hit):
            finders.setdefault(match.id, []).append(item)
    return [
        _contested(match, finders[match.id])
        if isinstance(match, Hit) and len(finders[match.id]) > 1
        else match
        for match in matches
    ]


def _contested(hit: Hit, finders: list[Wanted]) -> Trouble:
    places = ", ".join(item.where for item in finders)
    return Trouble(
        "DuplicateSourceEntries",
        f"The target's {hit.id} matches more than one object of the source: {places}.",
        "Give each its own value, or take the surplus ones out of scope.",
    )
