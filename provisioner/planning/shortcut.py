"""Nothing has changed: where the source can tell that, and nothing is open, it need not be read."""

import hashlib
from collections.abc import Iterator, Mapping

from provisioner.job import Job
from provisioner.planning.action import Action
from provisioner.planning.actions import Actions
from provisioner.planning.decisions import blocked_without_account
from provisioner.planning.leavers import is_anybody_due
from provisioner.planning.outcome import Result
from provisioner.planning.plan import Plan
from provisioner.planning.population import Rules
from provisioner.record import Kind
from provisioner.sources import Source
from provisioner.state import GoodRead
from provisioner.state.sqlite import SqliteState


class Shortcut:
    """The fingerprint of a source before it is read, held against that of the last good read."""

    def __init__(
        self, job: Job, state: SqliteState, source: Source, rules: Mapping[Kind, Rules]
    ) -> None:
        self._job = job
        self._state = state
        self._source = source
        self._rules = rules
        steady = all(each.steady for each in rules.values())
        self._fingerprint = source.fingerprint() if steady else None

    def plan(self) -> Plan | None:
        """Return the plan of a cycle without changes; None if the source has to be read."""
        before = self._state.good_read()
        if before is None or self._fingerprint is None:
            return None
        if (before.fingerprint, before.configuration) != (self._fingerprint, self._configuration()):
            return None
        if self._something_is_open() or is_anybody_due(self._state, self._job.policy):
            return None
        skipped = Actions(self._blocked())
        unchanged = {
            kind: number - skipped.number(kind=kind) for kind, number in before.in_scope.items()
        }
        return Plan(
            job=self._job.name,
            target=self._job.target.url,
            initial=False,
            doubts=(),
            source=before.source,
            in_scope=before.in_scope,
            out_of_scope=before.out_of_scope,
            base={kind: self._state.held(kind)["active"] for kind in self._rules},
            actions=skipped,
            unchanged=unchanged,
            kept=before.kept,
        )

    def remember(self, result: Result) -> None:
        """Note the read that a plan came from, if nothing of it is left to do."""
        plan = result.plan
        good = result.ok and plan.complete and not self._something_is_open()
        if not good or self._fingerprint is None or self._source.fingerprint() != self._fingerprint:
            self._state.save_good_read(None)
            return
        read = GoodRead(
            self._fingerprint,
            self._configuration(),
            plan.source,
            plan.in_scope,
            plan.out_of_scope,
            {kind: plan.kept.get(kind, 0) + _left(plan, kind) for kind in self._rules},
        )
        if read != self._state.good_read():
            self._state.save_good_read(read)

    def _something_is_open(self) -> bool:
        state = self._state
        return bool(
            state.has_open_records()
            or state.has_due_edges()
            or state.failures()
            or state.open_intents()
        )

    def _configuration(self) -> str:
        digest = hashlib.blake2b(repr(self._job.source).encode(), digest_size=16)
        for rules in self._rules.values():
            digest.update(rules.configuration)
        return digest.hexdigest()

    def _blocked(self) -> Iterator[Action]:
        for kind in self._rules:
            for anchor, name in self._state.blocked(kind):
                action = blocked_without_account(kind, anchor, name).action
                if action is not None:
                    yield action


def _left(plan: Plan, kind: Kind) -> int:
    """Count those who left in this cycle and whose accounts are still there."""
    left = plan.actions.number(kind=kind, leaver=True)
    return left - plan.actions.number(kind=kind, leaver=True, verb="delete")
