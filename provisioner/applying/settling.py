"""After a run: what needs no more attention is noted, so that the next cycle passes it by.

Whatever changes the state of an object opens it again (`SqliteState.open_again`). Here, at the end
of a cycle, those that went through are closed; one that is missed is only evaluated once more.
"""

from collections.abc import Iterable
from typing import Final

from provisioner.planning.outcome import Result
from provisioner.planning.population import Rules
from provisioner.planning.staging import Staging
from provisioner.record import Kind
from provisioner.state import EdgeStatus, Fate
from provisioner.state.edges import NUMBERS
from provisioner.state.sqlite import SqliteState

_LINKED: Final = (
    "exists (select 1 from links l where l.kind = staged.kind and l.anchor = staged.anchor)"
)
_CHANGED: Final = "staged where staged.kind = ?1 and staged.open = 1"
_HAPPENED: Final = (
    "select exists (select 1 from staged where open = 1) or exists (select 1 from staged_gone) "
    "or exists (select 1 from touched)"
)
_REFERRING: Final = (
    "staged s join texts source on source.text = s.anchor "
    "where s.kind = ?1 and s.open = 1 and s.fate = 1"
)
# References that are wanted and not written, of objects that are as they should be else.
_WAITING: Final = (
    "staged s join texts source on source.text = s.anchor "
    "join json_each(s.mapped, '$.references') p join json_each(p.value) r "
    "where s.kind = ?1 and s.open = 1 and s.fate = 1 and s.refs > (select count(*) from edges e "
    "where e.kind = ?2 and e.source = source.id and e.status = 0)"
)


def settle_records(
    staging: Staging, result: Result, rules: Iterable[Rules], *, complete: bool
) -> None:
    """Note in the state how every object of a cycle stands."""
    state = staging.state
    with state.atomic():
        staging.leave_open(result.outcomes.unfinished())
        something_happened = state.number(_HAPPENED)
        for each in rules:
            if something_happened:
                _settle_kind(state, each)
            if complete:
                _forget_the_gone(state, each.kind)


def _settle_kind(state: SqliteState, rules: Rules) -> None:
    kind = rules.kind
    # An account may have turned out to be gone after its own action was done.
    state.run(
        f"update staged set fate = 0 where kind = ?1 and open = 1 and fate = 1 and not {_LINKED}",
        kind,
    )
    state.run(
        f"update staged set fate = {Fate.OUTSIDE:d} where kind = ?1 and open = 1 "
        f"and fate = {Fate.LEFT:d} and not {_LINKED}",
        kind,
    )
    state.run(
        "insert or replace into records select kind, anchor, fingerprint, coalesce(fate, 0), "
        f"in_scope, granted, name, coalesce(refs, 0), coalesce(version, '') from {_CHANGED}",
        kind,
    )
    state.run(
        "insert or replace into records select g.kind, g.anchor, ?2, g.fate, 0, 0, g.name, 0, '' "
        "from staged_gone g join links l on l.kind = g.kind and l.anchor = g.anchor "
        "where g.kind = ?1",
        kind,
        rules.gone,
    )
    state.run(
        "update records set fate = 1 where kind = ?1 and anchor in "
        "(select anchor from touched where kind = ?1)",
        kind,
    )
    _keep_keys(state, kind)
    _keep_waiting(state, kind)


def _keep_keys(state: SqliteState, kind: Kind) -> None:
    state.run(
        "delete from keys where kind = ?1 and anchor in "
        f"(select anchor from {_CHANGED} union all select anchor from staged_gone)",
        kind,
    )
    state.run(
        # SQLite would go through all of either for each of the other.
        "insert or ignore into keys select k.kind, k.key, k.anchor from staged_keys k "
        "cross join staged s on s.kind = k.kind and s.anchor = k.anchor and s.fate = 1 "
        "where k.kind = ?",
        kind,
    )


def _keep_waiting(state: SqliteState, kind: Kind) -> None:
    number = NUMBERS[kind]
    state.run(
        f"delete from edges where kind = ?2 and status >= {EdgeStatus.PENDING:d} "
        f"and source in (select source.id from {_REFERRING})",
        kind,
        number,
    )
    # One who refers to others, and to nobody yet, may have no number.
    state.run(
        "insert or ignore into texts (text) "
        f"select anchor from {_CHANGED} and refs > 0 and fate = 1",
        kind,
    )
    state.run(
        "insert or ignore into texts (text) select p.key from "
        f"{_WAITING} union select r.value from {_WAITING}",
        kind,
        number,
    )
    state.run(
        "insert or ignore into edges select ?2, source.id, path.id, target.id, 0, "
        f"case when exists (select 1 from links l where l.anchor = r.value "
        f"and l.kind in ('users', 'groups')) then {EdgeStatus.DUE:d} "
        f"else {EdgeStatus.PENDING:d} end "
        f"from {_WAITING.replace('where', _NAMED + ' where', 1)} and not exists ("
        "select 1 from edges w where w.kind = ?2 and w.source = source.id and w.path = path.id "
        f"and w.target = target.id and w.status < {EdgeStatus.PENDING:d})",
        kind,
        number,
    )


_NAMED: Final = "join texts path on path.text = p.key join texts target on target.text = r.value"


def _forget_the_gone(state: SqliteState, kind: Kind) -> None:
    """Forget the records of those who are neither in the source nor at the target any more."""
    here = "select count(*) from {} where kind = ?"
    known = state.number(here.format("records"), [kind])
    if known > state.number(here.format("staged"), [kind]):
        gone = (
            "kind = ?1 and anchor not in (select anchor from staged where kind = ?1) "
            "and anchor not in (select anchor from links where kind = ?1)"
        )
        state.run(f"delete from records where {gone}", kind)
        state.run(f"delete from keys where {gone}", kind)
