"""How an action can end other than by being done, and what is said of it then."""

from typing import Final

from provisioner.planning.action import Action
from provisioner.planning.outcome import Outcome
from provisioner.targets.trouble import INCOMPATIBLE, Trouble

STALE: Final = "StalePlan"


class Stale(Exception):
    """What the plan says of the object is no longer true; nothing was sent."""


class NothingToDo(Exception):
    """What the action stands on did not come about, and that has been reported already."""


class Failed(Exception):
    """The action did not go through."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


def refused(action: Action, reason: str) -> Outcome:
    """Return what came of an action of which the plan is no longer true."""
    trouble = Trouble(STALE, reason, "Make a new plan.")
    return Outcome(action, "refused", action.verb, trouble=trouble)


def without_id(action: Action) -> Trouble:
    """Return what to say of a target that made an account and keeps its id to itself."""
    return Trouble(
        INCOMPATIBLE,
        f"The target created {action.name} and did not answer with its id.",
        "It is matched in the next cycle; report this to the maker of the target.",
    )


def anothers(action: Action, identifier: str, owner: str) -> Trouble:
    """Return what to say of a target that gives somebody the account of somebody else."""
    return Trouble(
        INCOMPATIBLE,
        f"The target answered the creation of {action.name} with {identifier}, which is the "
        f"account of {owner}: they do not share it.",
        "See whether the target takes the two for one, and give each its own values; else report "
        "this to its maker. It is matched in the next cycle.",
    )


def gone(action: Action) -> Trouble:
    """Return what to say of an account that is no longer there."""
    return Trouble(
        "InvalidAnchor",
        f"The target no longer has {action.name} ({action.target_id}).",
        "It is matched again in the next cycle, and made anew if there is none.",
    )


def still_active(action: Action, url: str) -> Trouble:
    """Return what to say of a target that accepts that an account is disabled, and does nothing."""
    return Trouble(
        INCOMPATIBLE,
        f"The target accepted that {action.name} is disabled and answered that it is active "
        f"({url}).",
        "Disable the account by hand, and report this to the maker of the target; if it takes its "
        "time, set target.quirks.settle_seconds.",
    )
