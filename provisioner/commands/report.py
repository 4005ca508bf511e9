"""What people read: plans, results, the state of a job and its log, as tables and as JSON."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape as without_markup
from rich.table import Table

from provisioner.applying.log import modified, shown
from provisioner.commands.causes import category_of
from provisioner.job.settings import Policy
from provisioner.moments import moment
from provisioner.planning.action import Action
from provisioner.planning.drift import Drift
from provisioner.planning.guards import digest, verdicts
from provisioner.planning.outcome import Outcome, Result
from provisioner.planning.plan import Plan
from provisioner.planning.retries import when
from provisioner.record import Kind
from provisioner.state import Cycle, Failure
from provisioner.visible import visible

ROWS: Final = 5
_KINDS: Final[tuple[Kind, ...]] = ("users", "groups")
_VALUE: Final = 40  # characters of a value in a table
_ORDER: Final = (
    *("create", "adopt", "update", "enable", "disable", "delete"),
    *("adopt references", "set reference", "add members", "remove members", "skip", "park"),
)
_COLOURS: Final = {
    "create": "green",
    "adopt": "green",
    "enable": "green",
    "adopt references": "green",
    "add members": "green",
    "update": "yellow",
    "set reference": "yellow",
    "disable": "red",
    "delete": "red",
    "remove members": "red",
    "park": "magenta",
}

Redacted = Mapping[str, frozenset[str]]
Names = Callable[[Kind, str], str | None]  # what those are called that the plan is about


def escape(text: str) -> str:
    """Return a text as it is shown, whatever is in it."""
    return without_markup(visible(text))


def show_plan(
    console: Console, plan: Plan, policy: Policy, redacted: Redacted, *, everything: bool = False
) -> None:
    """Show the counts of a plan, then the first objects of each action, or all of them."""
    _say(console, f"Plan of {escape(plan.job)} for {escape(plan.target)}")
    console.print(_counts_table(plan))
    details = _details_table(plan, redacted, everything)
    if details.row_count:
        console.print(details)
    for doubt in plan.doubts:
        _say(console, f"[red]Incomplete read:[/] {escape(doubt)}")
    if plan.doubts:
        _say(console, "[red]Nothing is disabled, deleted or removed on such a read.[/]")
    over = [verdict for verdict in verdicts(plan, policy) if verdict.tripped]
    for verdict in over:
        _say(console, f"[red]Over the limit:[/] {escape(str(verdict))}")
    if over:
        _say(console, f"Approval: `apply --approve {digest(plan)}`")
    if plan.empty:
        _say(console, _nothing_to_do(plan))


def show_drift(console: Console, drift: Drift) -> None:
    """Say what an audit has found."""
    for kind, number in drift.compared.items():
        _say(
            console,
            f"Audit of {kind}: {number} compared, {drift.differing[kind]} differ, "
            f"{drift.vanished[kind]} are gone; {drift.not_ours[kind]} of the target's are not ours",
        )
    if drift.members_read:
        _say(
            console,
            f"Members of {drift.members_read} groups read: {drift.members_missing} of ours are "
            f"missing, {drift.members_foreign} were put there by somebody else",
        )

    for path, number in sorted(drift.rewritten.items()):
        _say(console, f"The target makes something else of {escape(path)}: {number}, as is known")


def show_rewriting(console: Console, number: int) -> None:
    """Say that the target has made something else of what it was given just now."""
    if number:
        _say(
            console,
            f"The target makes something else of what it is given: of {number} objects, found out "
            "just now. Audits take that for what was written from now on.",
        )


def _nothing_to_do(plan: Plan) -> str:
    parked = plan.actions.number(verb="park")
    if parked:
        return f"Nothing to send: {parked} parked, the rest is as the source wants it."
    return "Nothing to do: the target is as the source wants it."


def _say(console: Console, text: str) -> None:
    """Print a sentence: only a table is fitted to the width of the terminal."""
    console.print(text, soft_wrap=True)


def _counts_table(plan: Plan) -> Table:
    acted = {kind for kind, _ in plan.counts()}
    kinds: list[Kind] = [each for each in _KINDS if each in acted or plan.in_scope.get(each)]
    kinds = kinds or ["users"]
    table = Table("action", box=SIMPLE_HEAD)
    for kind in kinds:
        table.add_column(kind, justify="right")
    counts = plan.counts()
    for verb in _ORDER:
        _add_counts(table, verb, [counts.get((kind, verb), 0) for kind in kinds])
    _add_counts(table, "unchanged", [plan.unchanged.get(kind, 0) for kind in kinds])
    _add_counts(table, "left before", [plan.kept.get(kind, 0) for kind in kinds])
    table.add_section()
    table.add_row("out of scope", *[str(plan.out_of_scope.get(kind, 0)) for kind in kinds])
    table.add_row("in the source", *[str(plan.source.get(kind, 0)) for kind in kinds])
    return table


def _add_counts(table: Table, word: str, numbers: list[int]) -> None:
    if any(numbers):
        table.add_row(_coloured(word), *[str(number or "") for number in numbers])


def _details_table(plan: Plan, redacted: Redacted, everything: bool) -> Table:
    table = Table(box=SIMPLE_HEAD)
    table.add_column("action", no_wrap=True)
    table.add_column("name", overflow="fold", max_width=36)
    table.add_column("what", overflow="fold")
    counts = sorted(plan.counts().items(), key=lambda each: _ORDER.index(each[0][1]))
    for (kind, verb), number in counts:
        actions = plan.actions.where(kind=kind, verb=verb)
        for action in actions if everything else islice(actions, ROWS):
            text = what(action, redacted, plan.actions.name_of, everything=everything)
            table.add_row(_coloured(verb), escape(action.name), escape(text))
        if number > ROWS and not everything:
            table.add_row("", f"… {number - ROWS} more {kind}", "--all shows them")
        table.add_section()
    return table


def what(action: Action, redacted: Redacted, names: Names, *, everything: bool) -> str:
    """Say in a line what an action does, or why it does nothing."""
    if action.verb in ("park", "skip"):
        return f"{action.code}: {action.reason}" if action.code else action.reason
    parts = _parts(action, redacted.get(action.kind, frozenset()), names)
    shown_parts = parts if everything else parts[:ROWS]
    extra = f" and {len(parts) - ROWS} more" if len(parts) > len(shown_parts) else ""
    return ", ".join(shown_parts) + extra or action.reason


def _parts(action: Action, hidden: frozenset[str], names: Names) -> list[str]:
    if action.path is not None:
        others = [names(edge.kind, edge.anchor) or edge.anchor for edge in action.edges]
        first, *rest = others or ["(none)"]
        return [f"{_short(action.path)}: {first}", *rest]
    if action.verb == "create":
        pairs = {**action.values, **action.once}.items()
        named = [
            f"{_short(path)}: {names(edge.kind, edge.anchor) or edge.anchor}"
            for path, edge in action.references.items()
        ]
        return [f"{_short(path)}={_text(path, value, hidden)}" for path, value in pairs] + named
    return [
        f"{_short(change.path)}: {_text(change.path, change.before, hidden)}"
        f" → {_text(change.path, change.after, hidden)}"
        for change in action.changes
    ]


def _short(path: str) -> str:
    """Leave out the URN of an extension: the attribute's own name tells people enough."""
    return path.rpartition(":")[2] if path.startswith("urn:") else path


def _text(path: str, value: object, hidden: frozenset[str]) -> str:
    value = shown(path, value, hidden)
    if value is None:
        return "(none)"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _VALUE else text[: _VALUE - 1] + "…"


def _coloured(verb: str) -> str:
    colour = _COLOURS.get(verb)
    return f"[{colour}]{verb}[/]" if colour else verb


def show_result(console: Console, result: Result, *, everything: bool = False) -> None:
    """Show the account of a run, and what did not go through."""
    for account in result.accounts():
        _say(console, escape(str(account)))
    troubles = result.troubles
    if troubles:
        console.print(_troubles_table(troubles if everything else troubles[: 4 * ROWS]))
        if not everything and len(troubles) > 4 * ROWS:
            _say(console, f"and {len(troubles) - 4 * ROWS} more: see `scim-provisioner status`")
    parked = result.plan.actions.number(verb="park")
    if parked:
        _say(console, f"{parked} parked: `scim-provisioner status` says why.")
    if result.halted:
        _say(console, f"[red]Stopped:[/] {escape(result.halted)}")


def _troubles_table(outcomes: Iterable[Outcome]) -> Table:
    table = Table(title="Did not go through", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("action", no_wrap=True)
    table.add_column("name", overflow="fold", max_width=30)
    table.add_column("reason and what to do", overflow="fold")
    for outcome in outcomes:
        trouble = outcome.trouble
        if trouble is not None:
            action = outcome.action
            text = f"{trouble.code}: {trouble}"
            table.add_row(_coloured(action.verb), escape(action.name), escape(text))
    return table


def result_json(result: Result) -> dict[str, Any]:
    """Return the account of a run as a document."""
    return {
        "job": result.plan.job,
        "cycle": result.cycle,
        "complete": result.plan.complete,
        "doubts": list(result.plan.doubts),
        "halted": result.halted,
        "ok": result.ok,
        "accounts": [
            {
                "kind": account.kind,
                "inScope": account.in_scope,
                "fates": dict(account.words),
                "leavers": dict(account.leavers),
            }
            for account in result.accounts()
        ],
        "troubles": [_trouble_json(outcome) for outcome in result.troubles],
    }


def _trouble_json(outcome: Outcome) -> dict[str, Any]:
    action, trouble = outcome.action, outcome.trouble
    assert trouble is not None
    return {
        "kind": action.kind,
        "anchor": action.anchor,
        "name": action.name,
        "action": action.verb,
        "status": outcome.status,
        "code": trouble.code,
        "category": category_of(trouble.code),
        "reason": trouble.reason,
        "hint": trouble.hint,
    }


def plan_json(plan: Plan, redacted: Redacted) -> dict[str, Any]:
    """Return a plan as a document to read: a saved plan to apply has the hidden values too."""
    document = plan.to_json() | {"digest": digest(plan)}
    for action, entry in zip(plan.actions, document["actions"], strict=True):
        hidden = redacted.get(action.kind, frozenset())
        for name in ("values", "once"):
            if name in entry:
                entry[name] = {k: shown(k, v, hidden) for k, v in entry[name].items()}
        if "changes" in entry:
            entry["changes"] = modified(action, hidden)
    return document


def show_failures(console: Console, failures: list[Failure]) -> None:
    """Show what is open, with its reason and the time of the next try."""
    if not failures:
        _say(console, "Nothing is open: every object is as the source wants it.")
        return
    table = Table(title=f"Open: {len(failures)}", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("name", overflow="fold", max_width=30)
    table.add_column("reason and what to do", overflow="fold")
    table.add_column("next try", overflow="fold")
    for failure in failures:
        cause = f"Cause: {category_of(failure.code)}."
        text = f"{failure.code}: {failure.reason} {failure.hint} {cause}"
        tried = f" (tried {failure.attempts} times)" if failure.attempts > 1 else ""
        table.add_row(escape(failure.name), escape(text), when(failure) + tried)
    console.print(table)


def show_cycles(console: Console, cycles: list[Cycle]) -> None:
    """Show the last runs."""
    table = Table(title="Cycles", title_justify="left", box=SIMPLE_HEAD)
    for heading in ("cycle", "started", "seconds", "read", "counts"):
        table.add_column(heading, overflow="fold")
    for cycle in cycles:
        seconds = f"{cycle.ended - cycle.started:.1f}" if cycle.ended else "not ended"
        read = "complete" if cycle.complete else "incomplete"
        counts = _by_kind(cycle.counts)
        what_came = escape(counts or cycle.error or "")
        table.add_row(str(cycle.id), moment(cycle.started), seconds, read, what_came)
    console.print(table)


def _by_kind(counts: Mapping[str, int]) -> str:
    """Turn "users created": 3 into text, kind by kind."""
    kinds: dict[str, list[str]] = {}
    for name, number in counts.items():
        kind, _, word = name.partition(" ")
        kinds.setdefault(kind, []).append(f"{number} {word}")
    return "; ".join(f"{kind}: {', '.join(words)}" for kind, words in kinds.items())


def show_events(console: Console, events: list[dict[str, Any]]) -> None:
    """Show events of the provisioning log, newest first."""
    table = Table(box=SIMPLE_HEAD)
    for heading in ("time (UTC)", "cycle", "status", "action", "name", "what"):
        table.add_column(heading, overflow="fold")
    for event in events:
        text = f"{event['code']}: {event['reason']}" if event["code"] else event["reason"]
        table.add_row(
            moment(event["time"]).removesuffix(" UTC"),
            str(event["cycle"]),
            event["status"],
            event["action"],
            escape(event["name"]),
            escape(text),
        )
    console.print(table)
