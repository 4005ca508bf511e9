"""What happens to one object: the decision table, one function for each kind of case.

in the source          linked  at the target  action
in scope, active       no      none           create
in scope, active       no      one            adopt: send the differences, `active` included
in scope, active       no      several        park: DuplicateTargetEntries
in scope, blocked      no      not asked      skip: an account is made when it is active
no value to match by   no      not asked      park: ImportSkipped
the same value twice   no      not asked      park: DuplicateSourceEntries
in scope, changed      yes     not asked      update, enable or disable
in scope, as written   yes     not asked      nothing: it is counted as unchanged
out of scope, or gone  yes     not asked      disable, delete or keep, as the policy says
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.job.settings import Policy
from provisioner.language.mapping import MappingError
from provisioner.planning.action import Action, Change, Verb
from provisioner.planning.diff import changes, changes_at_target
from provisioner.planning.matching import Hit, Match
from provisioner.planning.population import Rules, Wanted
from provisioner.planning.retries import NEVER, is_due, when
from provisioner.planning.staying import with_kept
from provisioner.record import Kind, Record
from provisioner.state import Failure, Fate, Link
from provisioner.targets.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done about one object, and how it stands if that goes through.

    No action: it is as the source wants it.
    """

    action: Action | None
    fate: Fate


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all decisions of a plan share: the brake is why nothing may be taken away, or ""."""

    policy: Policy
    brake: str
    now: float


def park(item: Wanted, trouble: Trouble, link: Link | None = None) -> Decision:
    """Leave an object as it is, with the reason; it is looked at again in every cycle."""
    action = Action(
        "park",
        item.kind,
        item.anchor,
        item.name,
        target_id=link.target_id if link else None,
        version=item.version,
        code=trouble.code,
        reason=trouble.reason,
        hint=trouble.hint,
    )
    return Decision(action, Fate.OPEN)


def waiting(item: Wanted, failure: Failure | None, circumstances: Circumstances) -> Decision | None:
    """Park an object that failed before, until its time has come or its source has changed."""
    if failure is None or failure.retry_at is None or failure.digest != item.version:
        return None
    if is_due(failure, circumstances.now):
        return None
    trouble = Trouble(
        failure.code,
        failure.reason,
        f"{failure.hint} Tried {failure.attempts} times; next {_when(failure)}.".strip(),
    )
    return park(item, trouble)


def _when(failure: Failure) -> str:
    is_given_up = failure.retry_at is not None and failure.retry_at >= NEVER
    return when(failure) if is_given_up else f"at {when(failure)}, or with --retry"


def linked(
    item: Wanted, link: Link, written: Mapping[str, Any], circumstances: Circumstances
) -> Decision:
    """Decide for an object that has its account: compare with what was last written."""
    if item.trouble is not None:
        return park(item, item.trouble, link)
    changed = changes(written, item.values)
    if not changed:
        return Decision(None, Fate.WRITTEN)
    verb = _verb(changed)
    if verb == "disable" and circumstances.brake:
        return _held_back(link, circumstances.brake)
    values = {
        path: value for path, value in {**written, **item.values}.items() if value is not None
    }
    action = Action(
        verb,
        item.kind,
        item.anchor,
        item.name,
        target_id=link.target_id,
        changes=changed,
        values=values,
        basis=link.fingerprint,
        version=item.version,
        reason=_because(item, verb),
    )
    return Decision(action, Fate.WRITTEN)


def _verb(changed: tuple[Change, ...]) -> Verb:
    for change in changed:
        if change.path == "active":
            if change.after is False:
                return "disable"
            return "enable" if change.before is False else "update"
    return "update"


def _because(item: Wanted, verb: Verb) -> str:
    if verb == "disable":
        return f"The source has blocked it ({item.where})."
    if verb == "enable":
        return f"It is active in the source again ({item.where})."
    return f"The source has changed ({item.where})."


def blocked_without_account(kind: Kind, anchor: str, name: str) -> Decision:
    """Skip who is blocked in the source and has no account."""
    reason = "It is blocked in the source and has no account: one is made when it is active."
    return Decision(Action("skip", kind, anchor, name, reason=reason), Fate.BLOCKED)


def settled_before_asking(item: Wanted, has_match_value: bool) -> Decision | None:
    """Decide for an object without an account, where the target need not be asked."""
    if item.trouble is not None:
        return park(item, item.trouble)
    if item.disabled:
        return blocked_without_account(item.kind, item.anchor, item.name)
    if not has_match_value:
        trouble = Trouble(
            "ImportSkipped",
            f"{item.where}: none of the attributes to match by has a value.",
            "Complete the source, or match by another attribute.",
        )
        return park(item, trouble)
    return None


def unlinked(item: Wanted, match: Match, owner: Link | None, rules: Rules) -> Decision:
    """Decide for an object without an account, once the target has been asked for one.

    :param owner: the link that the account found already has, if any.
    """
    if isinstance(match, Trouble):
        return park(item, match)
    if match is None:
        return _create(item)
    if owner is not None:
        return park(item, _taken(match, owner))
    return adopt(item, match, rules)


def _create(item: Wanted) -> Decision:
    values = {path: value for path, value in item.values.items() if value is not None}
    reason = f"In scope, and the target has none ({item.where})."
    action = Action(
        "create",
        item.kind,
        item.anchor,
        item.name,
        values=values,
        once=item.once,
        version=item.version,
        reason=reason,
    )
    return Decision(action, Fate.WRITTEN)


def adopt(item: Wanted, hit: Hit, rules: Rules) -> Decision:
    """Take over the account that matches; only what differs is sent."""
    item = with_kept(item, rules.places.read(hit.resource, item.values), rules.mapper)
    action = Action(
        "adopt",
        item.kind,
        item.anchor,
        item.name,
        target_id=hit.id,
        version=item.version,
        changes=changes_at_target(hit.resource, item.values, rules.places),
        values={path: value for path, value in item.values.items() if value is not None},
        reason=f"In scope, and the target has one with this {hit.by} ({item.where}).",
    )
    return Decision(action, Fate.WRITTEN)


def _taken(hit: Hit, owner: Link) -> Trouble:
    return Trouble(
        "DuplicateSourceEntries",
        f"The target's {hit.id}, found by {hit.by}, already stands for {owner.name} "
        f"({owner.anchor}).",
        "Give each its own value, or take one of them out of the source.",
    )


def leaver(
    link: Link,
    record: Record | None,
    written: Mapping[str, Any],
    rules: Rules,
    circumstances: Circumstances,
) -> Decision:
    """Decide for an account whose object is no longer in scope, or no longer in the source."""
    policy = circumstances.policy.leavers
    if policy == "keep":
        return _kept(link, "It has left the scope; policy.leavers keeps it as it is.")
    if policy == "delete":
        if circumstances.brake:
            return _held_back(link, circumstances.brake, leaver=True)
        return _leaving("delete", link, record)
    wanted = _disabled_values(record, rules)
    changed = changes(written, wanted)
    if not wanted:
        return _kept(link, "It has left the scope; what cannot be disabled is kept.")
    if not changed:
        return Decision(None, Fate.LEFT)
    if circumstances.brake:
        return _held_back(link, circumstances.brake, leaver=True)
    return _leaving("disable", link, record, changed, {**written, **wanted})


def _leaving(
    verb: Verb,
    link: Link,
    record: Record | None,
    changed: tuple[Change, ...] = (),
    values: Mapping[str, object] | None = None,
) -> Decision:
    reason = (
        f"It is no longer in scope ({record.where})." if record else "It is gone from the source."
    )
    action = Action(
        verb,
        link.kind,
        link.anchor,
        link.name,
        target_id=link.target_id,
        changes=changed,
        values={path: value for path, value in (values or {}).items() if value is not None},
        leaver=True,
        basis=link.fingerprint,
        reason=reason,
    )
    return Decision(action, Fate.LEFT)


def _disabled_values(record: Record | None, rules: Rules) -> dict[str, object]:
    """Return what makes an account a disabled one: the values that IsSoftDeleted decides."""
    if not any(rule.row.target.lower() == "active" for rule in rules.mapper.rules):
        return {}
    if record is None:
        return {"active": False}
    try:
        present = rules.mapper.map(record, soft_deleted=False).values
        gone = rules.mapper.map(record, soft_deleted=True).values
    except MappingError:
        return {"active": False}
    decided = {path: value for path, value in gone.items() if present.get(path) != value}
    return decided or {"active": False}


def _kept(link: Link, reason: str) -> Decision:
    return Decision(_skip(link, reason, leaver=True), Fate.LEFT)


def _held_back(link: Link, brake: str, *, leaver: bool = False) -> Decision:
    reason = f"It would be taken away. {brake}"
    return Decision(_skip(link, reason, leaver=leaver), Fate.OPEN)


def _skip(link: Link, reason: str, *, leaver: bool) -> Action:
    return Action(
        "skip",
        link.kind,
        link.anchor,
        link.name,
        target_id=link.target_id,
        leaver=leaver,
        reason=reason,
    )
