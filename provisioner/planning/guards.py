"""Brakes before the first write: a plan that takes too much away is held back, or refused whole."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from provisioner.job.settings import Limit, Policy
from provisioner.planning.action import Action
from provisioner.planning.actions import Actions
from provisioner.planning.plan import Plan
from provisioner.record import Kind
from provisioner.targets.trouble import Trouble

CODE: Final = "TooManyDeletes"
_KINDS: Final[tuple[Kind, ...]] = ("users", "groups")
_DIGEST: Final = 12  # hexadecimal digits: short enough to be copied by hand
ALL_MEMBERS: Final = ""  # the key of Plan.members under which they are all counted


class GuardTripped(Exception):
    """The plan is over a limit and nothing of it was carried out; the message says how to go on."""


class NotApproved(GuardTripped):
    """The plan is over a limit, and what was approved is another one; nothing was carried out."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much a plan takes away, of how much, and whether that is more than `key` allows."""

    key: str
    kind: Kind
    number: int
    base: int
    limit: str
    tripped: bool
    what: str = "would be disabled or deleted"
    of: str = ""

    def __str__(self) -> str:
        return (
            f"{self.number} of {self.base} {self.of or f'active {self.kind}'} {self.what}; "
            f"the limit is {self.limit} ({self.key})"
        )


@dataclass(frozen=True, slots=True)
class _Guard:
    """A kind of loss that a job may set a limit of its own for."""

    kind: Kind
    counts: Callable[[Action], bool]
    what: str


_GUARDS: Final[Mapping[str, _Guard]] = {
    "users_disabled": _Guard(
        "users", lambda action: _disables(action) and action.leaver, "would be disabled"
    ),
    "users_deactivated": _Guard(
        "users",
        lambda action: _disables(action) and not action.leaver,
        "would be disabled, as the source has blocked them",
    ),
    "users_deleted": _Guard("users", lambda action: action.verb == "delete", "would be deleted"),
    "groups_deleted": _Guard("groups", lambda action: action.verb == "delete", "would be deleted"),
}


def _ends(action: Action) -> bool:
    return action.ends


def _disables(action: Action) -> bool:
    return action.verb != "delete" and action.ends


def verdicts(plan: Plan, policy: Policy) -> list[Verdict]:
    """Hold the whole plan against the job's limits: all who lose the account, then each guard."""
    found = [
        _verdict(plan, "policy.max_leavers", kind, _ends, policy.max_leavers)
        for kind in _KINDS
        if kind in plan.base
    ]
    for name, guard in _GUARDS.items():
        limit: Limit | None = getattr(policy.guards, name)
        if limit is not None and guard.kind in plan.base:
            key = f"policy.guards.{name}"
            found.append(_verdict(plan, key, guard.kind, guard.counts, limit, guard.what))
    return [*found, *_of_members(plan, policy)]


def tripped(plan: Plan, policy: Policy) -> list[Verdict]:
    """Return the limits that a plan is over."""
    return [verdict for verdict in verdicts(plan, policy) if verdict.tripped]


def _verdict(
    plan: Plan,
    key: str,
    kind: Kind,
    counts: Callable[[Action], bool],
    limit: Limit,
    what: str = "would be disabled or deleted",
) -> Verdict:
    losses = plan.actions.where(kind=kind, takes_away=True)
    number = len({each.key for each in losses if counts(each)})
    base = plan.base[kind]
    return Verdict(key, kind, number, base, str(limit), _is_over(limit, number, base), what)


def _is_over(limit: Limit, number: int, base: int) -> bool:
    # A percentage of a handful would refuse every single leaver: one is always allowed, unless
    # the job says that none is.
    single = number == 1 and limit.count is None and bool(limit.percent)
    return limit.exceeded(number, base) and not single


def _of_members(plan: Plan, policy: Policy) -> Iterator[Verdict]:
    removed = Counter[str]()
    names: dict[str, str] = {}
    for action in plan.actions.where(verb="remove members"):
        removed[action.anchor] += len(action.edges)
        names[action.anchor] = action.name
    limit = policy.guards.members_removed
    if removed and limit is not None:
        number, base = removed.total(), plan.members.get(ALL_MEMBERS, 0)
        yield _removals("policy.guards.members_removed", number, base, limit)
    limit = policy.guards.members_removed_per_group
    if limit is not None:
        for anchor, number in removed.items():
            key, size = "policy.guards.members_removed_per_group", plan.members.get(anchor, 0)
            verdict = _removals(key, number, size, limit, names[anchor])
            if verdict.tripped:
                yield verdict


def _removals(key: str, number: int, base: int, limit: Limit, whose: str = "groups") -> Verdict:
    over = base >= limit.minimum and _is_over(limit, number, base)
    of = f"members of {whose}"
    return Verdict(key, "groups", number, base, str(limit), over, "would be removed", of)


def digest(plan: Plan) -> str:
    """Return what approves exactly this plan: a digest of all that it takes away, and from where.

    Two plans that take the same away have the same, whatever else has changed in between.
    """
    losses = sorted(
        [each.verb, *each.key, each.target_id or "", each.path or "", *_ends_of(each)]
        for each in plan.actions.where(takes_away=True)
    )
    text = orjson.dumps([plan.job, plan.target, losses])
    return hashlib.blake2b(text, digest_size=_DIGEST // 2).hexdigest()


def _ends_of(action: Action) -> list[str]:
    return sorted(f"{edge.kind} {edge.anchor}" for edge in action.edges)


def withheld(plan: Plan, policy: Policy, *, approved: bool) -> Trouble | None:
    """Let a plan pass; or say why what it takes away is held back, where the policy holds back.

    :raises GuardTripped: where the policy refuses, with the numbers, and how to approve.
    """
    over = tripped(plan, policy)
    if not over or approved:
        return None
    numbers = "; ".join(map(str, over))
    if policy.on_guard == "refuse":
        raise GuardTripped(f"{numbers}. Nothing was sent. {how_to_approve(plan)}")
    return Trouble(CODE, f"Held back: {numbers}.", how_to_approve(plan))


def how_to_approve(plan: Plan) -> str:
    """Say how a plan over a limit is let pass."""
    return (
        f"If this is what you want, approve it with `apply --approve {digest(plan)}`, "
        "or raise the limit; if not, look at the source and at the scope of the job."
    )


def sizes(
    actions: Actions, size: Callable[[Action], int], total: Callable[[], int]
) -> dict[str, int]:
    """Return how many members all groups have, and each that loses some."""
    losing = {each.anchor: each for each in actions.where(verb="remove members")}
    if not losing:
        return {}
    return {ALL_MEMBERS: total()} | {anchor: size(each) for anchor, each in losing.items()}
