"""What happens to one object: the decision table, one function for each kind of case.

in the source          linked  at the target  action
in scope, active       no      none           create
in scope, active       no      one            adopt: send the differences, `active` included
in scope, active       no      several        park: DuplicateTargetEntries
in scope, blocked      no      not asked      skip: an account is made when it is active
no value to match by   no      not asked      park: ImportSkipped
the same value twice   no      not asked      park: DuplicateSourceEntries
in scope, changed      yes     not asked      update, enable or disable
in scope, as written   yes     not asked      unchanged
out of scope, or gone  yes     not asked      disable, delete or keep, as the policy says
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from provisioner.diff import changes, changes_at_target
from provisioner.mapping import MappingError
from provisioner.matching import Hit, Match
from provisioner.plan import Action, Change, Verb
from provisioner.population import Rules, Wanted
from provisioner.record import Record
from provisioner.settings import Policy
from provisioner.state import Failure, Link
from provisioner.targets.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What all decisions of a plan share: the brake is why nothing may be taken away, or ""."""

    policy: Policy
    brake: str
    now: float


def _park(item: Wanted, trouble: Trouble, link: Link | None = None) -> Action:
    return Action(
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


def waiting(item: Wanted, failure: Failure | None, circumstances: Circumstances) -> Action | None:
    """Park an object that failed before, until its time has come or its source has changed."""
    if failure is None or failure.retry_at is None or failure.digest != item.version:
        return None
    if failure.retry_at <= circumstances.now:
        return None
    when = datetime.fromtimestamp(failure.retry_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    trouble = Trouble(
        failure.code,
        failure.reason,
        f"{failure.hint} Tried {failure.attempts} times; next at {when}, or with --retry.".strip(),
    )
    return _park(item, trouble)


def linked(
    item: Wanted, link: Link, written: Mapping[str, Any], circumstances: Circumstances
) -> Action:
    """Decide for an object that has its account: compare with what was last written."""
    if item.trouble is not None:
        return _park(item, item.trouble, link)
    changed = changes(written, item.values)
    if not changed:
        return unchanged(item, link)
    verb = _verb(changed)
    if verb == "disable" and circumstances.brake:
        return _held_back(link, circumstances.brake)
    values = {
        path: value for path, value in {**written, **item.values}.items() if value is not None
    }
    return Action(
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


def unchanged(item: Wanted, link: Link) -> Action:
    """Say that nothing is to be done."""
    return Action("unchanged", item.kind, item.anchor, item.name, target_id=link.target_id)


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


def settled_before_asking(item: Wanted, has_match_value: bool) -> Action | None:
    """Decide for an object without an account, where the target need not be asked."""
    if item.trouble is not None:
        return _park(item, item.trouble)
    if item.disabled:
        reason = "It is blocked in the source and has no account: one is made when it is active."
        return Action("skip", item.kind, item.anchor, item.name, reason=reason)
    if not has_match_value:
        trouble = Trouble(
            "ImportSkipped",
            f"{item.where}: none of the attributes to match by has a value.",
            "Complete the source, or match by another attribute.",
        )
        return _park(item, trouble)
    return None


def unlinked(item: Wanted, match: Match, owner: Link | None, rules: Rules) -> Action:
    """Decide for an object without an account, once the target has been asked for one.

    :param owner: the link that the account found already has, if any.
    """
    if isinstance(match, Trouble):
        return _park(item, match)
    if match is None:
        return _create(item)
    if owner is not None:
        return _park(item, _taken(match, owner))
    return adopt(item, match, rules)


def _create(item: Wanted) -> Action:
    values = {path: value for path, value in item.values.items() if value is not None}
    reason = f"In scope, and the target has none ({item.where})."
    return Action(
        "create",
        item.kind,
        item.anchor,
        item.name,
        values=values,
        once=item.once,
        version=item.version,
        reason=reason,
    )


def adopt(item: Wanted, hit: Hit, rules: Rules) -> Action:
    """Take over the account that matches; only what differs is sent."""
    return Action(
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
) -> Action:
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
        return _kept(link, "It has left the scope and is disabled.", "unchanged")
    if circumstances.brake:
        return _held_back(link, circumstances.brake, leaver=True)
    return _leaving("disable", link, record, changed, {**written, **wanted})


def _leaving(
    verb: Verb,
    link: Link,
    record: Record | None,
    changed: tuple[Change, ...] = (),
    values: Mapping[str, object] | None = None,
) -> Action:
    reason = (
        f"It is no longer in scope ({record.where})." if record else "It is gone from the source."
    )
    return Action(
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


def _kept(link: Link, reason: str, verb: Verb = "skip") -> Action:
    return Action(
        verb,
        link.kind,
        link.anchor,
        link.name,
        target_id=link.target_id,
        leaver=True,
        reason=reason,
    )


def _held_back(link: Link, brake: str, *, leaver: bool = False) -> Action:
    return Action(
        "skip",
        link.kind,
        link.anchor,
        link.name,
        target_id=link.target_id,
        leaver=leaver,
        reason=f"It would be taken away. {brake}",
    )
