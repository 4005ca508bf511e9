"""What an app does not let be done is never planned: it is parked, with the reason.

Taking somebody out of use is never held up by what else cannot be changed.
"""

from dataclasses import replace

from provisioner.planning.action import Action, Change
from provisioner.targets.connection import Target
from provisioner.targets.trouble import Trouble

IMMUTABLE = "ImmutableAtTarget"
NOT_OFFERED = "NotOfferedByTarget"


def permitted(action: Action, target: Target) -> Action:
    """Return an action without what its target does not take; parked if nothing is left of it.

    :raises TargetUnusable: when the target cannot be asked what it takes.
    """
    if action.verb == "create":
        if target.profile.kind(action.kind).create:
            return action
        return parked(action, _no_creation(action))
    fixed = [each for each in action.changes if target.is_immutable(action.kind, each.path)]
    if not fixed:
        return action
    rest = tuple(each for each in action.changes if each not in fixed)
    real = [each for each in fixed if not _alike(each.before, each.after)]
    if real and not rest and action.verb != "adopt":
        return replace(parked(action, _immutable(real[0])), changes=tuple(real))
    held = {each.path: each.before for each in real}
    values = {**action.values, **held}
    return replace(
        action,
        changes=rest,
        values={path: value for path, value in values.items() if value is not None},
    )


def _alike(before: object, after: object) -> bool:
    """Tell whether a change is one of letter case alone: it is not worth a word."""
    texts = isinstance(before, str) and isinstance(after, str)
    return texts and str(before).casefold() == str(after).casefold()


def parked(action: Action, trouble: Trouble) -> Action:
    """Return an action that leaves the object as it is, and says why."""
    return replace(
        action,
        verb="park",
        changes=(),
        values={},
        once={},
        basis="",
        code=trouble.code,
        reason=trouble.reason,
        hint=trouble.hint,
    )


def _immutable(change: Change) -> Trouble:
    return Trouble(
        IMMUTABLE,
        f"The target does not let {change.path} be changed, and the source says another value.",
        f"Change it at the target by hand and in the source back, or map {change.path} with "
        'apply = "on create".',
    )


def _no_creation(action: Action) -> Trouble:
    return Trouble(
        NOT_OFFERED,
        f"The target has no {action.name} among its {action.kind}, and does not let one be made "
        "over SCIM.",
        "Make it in the target's own administration; it is adopted in the next cycle.",
    )
