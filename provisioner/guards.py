"""Brakes before the first write: a plan that takes away from too many people is refused whole."""

from collections.abc import Mapping
from dataclasses import dataclass

from provisioner.plan import Action, Plan
from provisioner.record import Kind
from provisioner.settings import Policy


class GuardTripped(Exception):
    """The plan is over a limit and nothing of it was carried out; the message says how to go on."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many accounts a plan disables or deletes, of how many, and whether that is too many."""

    kind: Kind
    number: int
    base: int
    limit: str
    tripped: bool

    def __str__(self) -> str:
        return (
            f"{self.number} of {self.base} active {self.kind} would be disabled or deleted; "
            f"the limit is {self.limit} (policy.max_leavers)"
        )


def verdicts(plan: Plan, policy: Policy) -> list[Verdict]:
    """Hold the whole plan against the job's limit, each kind of object by itself."""
    return [_verdict(plan, policy, kind, base) for kind, base in _bases(plan).items()]


def _bases(plan: Plan) -> Mapping[Kind, int]:
    kinds: tuple[Kind, ...] = ("users", "groups")
    return {kind: plan.base[kind] for kind in kinds if kind in plan.base}


def _verdict(plan: Plan, policy: Policy, kind: Kind, base: int) -> Verdict:
    number = len({action.key for action in plan.actions if action.kind == kind and _ends(action)})
    # A percentage of a handful would refuse every single leaver: one is always allowed, unless
    # the job says that none is.
    limit = policy.max_leavers
    single = number == 1 and limit.percent is not None and limit.percent > 0
    return Verdict(kind, number, base, str(limit), limit.exceeded(number, base) and not single)


def _ends(action: Action) -> bool:
    """Tell whether somebody loses the account, by whatever name the plan calls it."""
    disabled = any(change.path == "active" and change.after is False for change in action.changes)
    return action.verb in ("disable", "delete") or (action.verb != "adopt" and disabled)


def refuse_if_tripped(plan: Plan, policy: Policy, *, approved: bool) -> None:
    """Let a plan pass, or refuse all of it.

    :raises GuardTripped: with the numbers, and how to approve.
    """
    tripped = [verdict for verdict in verdicts(plan, policy) if verdict.tripped]
    if tripped and not approved:
        raise GuardTripped(
            "; ".join(map(str, tripped))
            + ". Nothing was sent. If this is what you want, approve it with `apply --approve`, "
            "or raise the limit; if not, look at the source and at the scope of the job."
        )
