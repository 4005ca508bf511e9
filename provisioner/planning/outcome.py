"""What came of a plan: one outcome for each action, and the account that must add up."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from provisioner.planning.plan import Action, Plan, Verb
from provisioner.record import Kind
from provisioner.targets.trouble import Trouble

Status = Literal["done", "failed", "refused", "held back", "not attempted"]

_DONE: Final[Mapping[str, str]] = {
    "create": "created",
    "adopt": "adopted",
    "update": "updated",
    "enable": "enabled",
    "disable": "disabled",
    "delete": "deleted",
    "set reference": "updated",
    "add members": "updated",
    "remove members": "updated",
    "skip": "skipped",
    "park": "parked",
}
# What stands for a whole object when its actions ended differently: the worst of them.
_WORST: Final[tuple[Status, ...]] = ("failed", "refused", "held back", "not attempted")
WORDS: Final = (
    *("unchanged", "created", "adopted", "updated", "enabled", "disabled"),
    *("skipped", "parked", "failed", "refused", "held back", "not attempted"),
)
LEAVER_WORDS: Final = (
    *("disabled", "deleted", "kept"),
    *("failed", "refused", "held back", "not attempted"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one action; `verb` is what was done in the end, `target_id` to what."""

    action: Action
    status: Status
    verb: Verb
    target_id: str | None = None
    trouble: Trouble | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Account:
    """Objects counted once each: those in scope, and those that have left it."""

    kind: Kind
    in_scope: int
    words: Mapping[str, int]
    leavers: Mapping[str, int]

    @property
    def adds_up(self) -> bool:
        """Tell whether every object in scope has exactly one fate."""
        return self.in_scope == sum(self.words.values())

    def __str__(self) -> str:
        parts = [f"{self.words[word]} {word}" for word in WORDS if self.words.get(word)]
        text = f"{self.kind}: {self.in_scope} in scope = {' + '.join(parts) or '0'}"
        gone = [f"{self.leavers[word]} {word}" for word in LEAVER_WORDS if self.leavers.get(word)]
        return f"{text}; leavers: {', '.join(gone)}" if gone else text


@dataclass(frozen=True)
class Result:
    """A plan that was carried out; `halted` says why the rest was not attempted, if so."""

    plan: Plan
    cycle: int
    outcomes: tuple[Outcome, ...]
    halted: str | None = None

    @property
    def troubles(self) -> list[Outcome]:
        """The outcomes that somebody should look at: failed, refused and held back."""
        return [outcome for outcome in self.outcomes if outcome.trouble is not None]

    @property
    def ok(self) -> bool:
        """Tell whether every action was carried out."""
        return self.halted is None and all(each.status == "done" for each in self.outcomes)

    def accounts(self) -> list[Account]:
        """Count the fates of all objects, kind by kind."""
        return accounts(self.plan, self.outcomes)


def accounts(plan: Plan, outcomes: Iterable[Outcome]) -> list[Account]:
    """Count what came of each object, once, and compare with the objects of the plan."""
    by_object: dict[tuple[Kind, str], list[Outcome]] = {}
    for outcome in outcomes:
        by_object.setdefault(outcome.action.key, []).append(outcome)
    kinds: tuple[Kind, ...] = ("users", "groups")
    return [_account(kind, plan, by_object) for kind in kinds if kind in plan.in_scope]


def _account(
    kind: Kind, plan: Plan, by_object: Mapping[tuple[Kind, str], list[Outcome]]
) -> Account:
    words = _some({"unchanged": plan.unchanged.get(kind, 0)})
    leavers = _some({"kept": plan.kept.get(kind, 0)})
    for (of_kind, _), outcomes in by_object.items():
        if of_kind == kind:
            gone = outcomes[0].action.leaver
            (leavers if gone else words)[_fate(outcomes, gone=gone)] += 1
    return Account(kind, plan.in_scope[kind], words, leavers)


def _fate(outcomes: list[Outcome], *, gone: bool) -> str:
    statuses = {outcome.status for outcome in outcomes}
    for status in _WORST:
        if status in statuses:
            return status
    word = _DONE[outcomes[0].verb]
    return "kept" if gone and word == "skipped" else word


def _some(counts: Mapping[str, int]) -> Counter[str]:
    return Counter({word: number for word, number in counts.items() if number})
