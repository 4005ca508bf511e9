"""The leaver chain: an account is disabled at once, and deleted when its grace is over.

The grace is counted from the first cycle that saw a disabled account of a leaver. Somebody who was
blocked for a year and then leaves has the whole of it; somebody who comes back starts anew.
"""

import time
from typing import Final

from provisioner.job.durations import words
from provisioner.job.settings import Policy
from provisioner.moments import moment
from provisioner.planning.action import Action
from provisioner.record import Kind
from provisioner.state.sqlite import SqliteState

_GONE: Final = (
    "links l left join staged s on s.kind = l.kind and s.anchor = l.anchor "
    "where l.kind = ?1 and l.active = 0 and coalesce(s.in_scope, 0) = 0"
)


def clock() -> float:
    """Return the time in seconds since 1970."""
    return time.time()


def note_leavers(state: SqliteState, kind: Kind) -> None:
    """Note since when accounts of leavers are disabled, after a cycle on a complete read."""
    with state.atomic():
        state.run(
            f"insert or ignore into leaving select l.kind, l.anchor, ?2 from {_GONE}", kind, clock()
        )
        state.run(
            f"delete from leaving where kind = ?1 and anchor not in (select l.anchor from {_GONE})",
            kind,
        )


def is_anybody_due(state: SqliteState, policy: Policy) -> bool:
    """Tell whether the grace of somebody is over, though nothing else has changed."""
    if policy.delete_after is None:
        return False
    sql = "select exists(select 1 from leaving where since <= ?)"
    return bool(state.number(sql, [clock() - policy.delete_after]))


def due(state: SqliteState, kind: Kind, policy: Policy, brake: str) -> dict[str, Action]:
    """Return what deletes the accounts whose grace is over; nothing while the brake is on."""
    if policy.delete_after is None or brake:
        return {}
    sql = (
        "select l.anchor, v.since from leaving v join links l on l.kind = v.kind "
        "and l.anchor = v.anchor left join staged s on s.kind = l.kind and s.anchor = l.anchor "
        "where v.kind = ? and v.since <= ? and l.active = 0 and coalesce(s.in_scope, 0) = 0 "
        "order by l.anchor"
    )
    rows = state.query(sql, [kind, clock() - policy.delete_after])
    found = (_deletion(state, kind, anchor, since, policy.delete_after) for anchor, since in rows)
    return {action.anchor: action for action in found if action is not None}


def _deletion(
    state: SqliteState, kind: Kind, anchor: str, since: float, grace: float
) -> Action | None:
    link = state.link(kind, anchor)
    if link is None:
        return None
    return Action(
        "delete",
        kind,
        anchor,
        link.name,
        target_id=link.target_id,
        leaver=True,
        basis=link.fingerprint,
        reason=f"It has left, and is disabled since {moment(since)}: longer than {words(grace)} "
        "(policy.delete_after).",
    )
