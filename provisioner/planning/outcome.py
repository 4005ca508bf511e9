"""What came of a plan: one outcome for each action, and the account that must add up."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Final, Literal

import orjson

from provisioner.on_disk import Column, OnDisk
from provisioner.planning.action import Action, Verb
from provisioner.planning.plan import Plan
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
    "adopt references": "adopted",
    "set reference": "updated",
    "add members": "updated",
    "remove members": "updated",
    "skip": "skipped",
    "park": "parked",
}
# What stands for a whole object when its actions ended differently: the worst of them.
_SEVERITY: Final[tuple[Status, ...]] = ("failed", "refused", "held back", "not attempted", "done")
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


class Outcomes(OnDisk[Outcome]):
    """The outcomes of a run in a temporary file, as there may be a million of them."""

    COLUMNS = ("kind", "anchor", "leaver", "sends", "verb", "status", "severity", "troubled")

    def columns_of(self, item: Outcome) -> tuple[Column, ...]:
        """Return what of an outcome can be asked for."""
        action, is_troubled = item.action, item.trouble is not None
        whose = (action.kind, action.anchor, action.leaver, action.stage > 0)
        return (*whose, item.verb, item.status, _SEVERITY.index(item.status), is_troubled)

    def written(self, item: Outcome) -> bytes:
        """Return an outcome as it is kept."""
        trouble = item.trouble and asdict(item.trouble)
        rest = [item.status, item.verb, item.target_id, trouble, item.seconds]
        return orjson.dumps([item.action.to_json(), *rest])

    def read(self, document: bytes) -> Outcome:
        """Return the outcome that `written` made a document of."""
        action, status, verb, target_id, trouble, seconds = orjson.loads(document)
        return Outcome(
            Action.built(action),
            status,
            verb,
            target_id,
            Trouble(**trouble) if trouble else None,
            seconds,
        )

    def unfinished(self) -> Iterator[tuple[Kind, str]]:
        """Yield whom outcomes are about that are not done."""
        rows = self.query("select kind, anchor from items where status <> 'done'")
        return ((kind, anchor) for kind, anchor in rows)

    def done(self) -> int:
        """Count the objects for which something was sent and done."""
        sql = "select distinct kind, anchor from items where status = 'done' and sends"
        return int(next(self.query(f"select count(*) from ({sql})"))[0])

    def is_done(self, kind: Kind, anchor: str) -> bool:
        """Tell whether something was sent for an object and done."""
        self.sort_by("kind", "anchor")
        return self.number(kind=kind, anchor=anchor, status="done", sends=True) > 0

    def fates(self) -> Iterator[tuple[Kind, bool, str, int]]:
        """Yield kind, whether it has left, and the one word for it, with the number of objects.

        What stands for an object with several outcomes is the worst, or else the first.
        """
        rows = self.query(
            "select kind, leaver, status, verb, count(chosen) from (select kind, leaver, status, "
            "verb, min(severity * 1e12 + place) as chosen from items group by kind, anchor) "
            "group by kind, leaver, status, verb"
        )
        for kind, leaver, status, verb, number in rows:
            word = _DONE[verb] if status == "done" else status
            is_kept = leaver and word == "skipped"
            yield kind, bool(leaver), "kept" if is_kept else word, number


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
    outcomes: Outcomes
    halted: str | None = None

    @property
    def troubles(self) -> list[Outcome]:
        """The outcomes that somebody should look at: failed, refused and held back."""
        return list(self.outcomes.where(troubled=True))

    @property
    def ok(self) -> bool:
        """Tell whether every action was carried out."""
        return self.halted is None and self.outcomes.number(status="done") == len(self.outcomes)

    def accounts(self) -> list[Account]:
        """Count the fates of all objects, kind by kind."""
        return self._accounts

    @cached_property
    def _accounts(self) -> list[Account]:
        return accounts(self.plan, self.outcomes)


def accounts(plan: Plan, outcomes: Outcomes) -> list[Account]:
    """Count what came of each object, once, and compare with the objects of the plan."""
    kinds: tuple[Kind, ...] = ("users", "groups")
    words = {kind: _some({"unchanged": plan.unchanged.get(kind, 0)}) for kind in kinds}
    leavers = {kind: _some({"kept": plan.kept.get(kind, 0)}) for kind in kinds}
    for kind, has_left, word, number in outcomes.fates():
        (leavers if has_left else words)[kind][word] += number
    return [
        Account(kind, plan.in_scope[kind], words[kind], leavers[kind])
        for kind in kinds
        if kind in plan.in_scope
    ]


def _some(counts: Mapping[str, int]) -> Counter[str]:
    return Counter({word: number for word, number in counts.items() if number})
