"""One person walked through a cycle: the five steps, and what they say."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from provisioner.applying.log import HIDDEN, STEPS, modified, shown
from provisioner.commands.causes import category_of
from provisioner.commands.rehearsal import Rehearsal
from provisioner.cycle import Options, Planning
from provisioner.job import Job
from provisioner.job.settings import ScopeSettings
from provisioner.language.out_of_scope import reasons
from provisioner.moments import moment
from provisioner.planning.action import Action
from provisioner.planning.plan import Plan
from provisioner.planning.population import Rules, Wanted, match_values, source_name
from provisioner.planning.retries import when
from provisioner.record import Kind, Record
from provisioner.state import Link
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target


@dataclass(frozen=True)
class Step:
    """One of the five steps: how it ended, in words, and the values behind it."""

    name: str
    status: str
    text: str
    details: dict[str, Any]


@dataclass(frozen=True)
class Explanation:
    """Everything that is known of one object."""

    kind: Kind
    anchor: str
    name: str
    steps: tuple[Step, ...]
    events: tuple[dict[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as a document."""
        return {
            "kind": self.kind,
            "anchor": self.anchor,
            "name": self.name,
            "steps": [
                {"name": s.name, "status": s.status, "text": s.text, "details": s.details}
                for s in self.steps
            ],
            "events": list(self.events),
        }


# What the source has of an object, and what is wanted of it.
Found = tuple[Record | None, Wanted | None]


def explain(job: Job, state: SqliteState, target: Target, person: str) -> list[Explanation]:
    """Walk whoever goes by that name, anchor or match value through a cycle, changing nothing.

    :raises SourceError: :raises TargetUnusable: as `make_plan` does.
    """
    target.learned.recall(state)
    planning = Planning(job, state, target, Options(only=person, retry=True))
    plan = planning.plan()
    keys = [*(action.key for action in plan.actions), *planning.left]
    found: dict[tuple[Kind, str], Found] = {key: (None, None) for key in keys}
    others: dict[tuple[Kind, str], Found] = {}
    for kind, rules in planning.rules.items():
        for record, item in planning.staging.everyone(kind) if planning.staging else ():
            key = (kind, record.anchor)
            if key in found or _is_called(record, person, item, rules):
                found[key] = record, item
            elif not found and _has(record, person):
                others[key] = record, item
    found = found or others
    walk = _Walk(plan, state, planning.rules, Rehearsal(target, planning.rules, state), job.scope)
    return [walk.explain(key, *read) for key, read in found.items()]


def _is_called(record: Record, person: str, item: Wanted | None, rules: Rules) -> bool:
    """Tell whether that is the anchor or the name of a record, or a value to match it by."""
    names = [record.anchor, source_name(record)]
    if item is not None:
        names += [item.name, *(value for _, value in match_values(item, rules))]
    return person.casefold() in {name.casefold() for name in names}


def _has(record: Record, person: str) -> bool:
    """Tell whether that is any value of a record, such as a mail address."""
    folded = person.casefold()
    values = record.attributes.values()
    return any(isinstance(value, str) and value.casefold() == folded for value in values)


@dataclass(frozen=True)
class _Walk:
    """What the explanations of one command have in common."""

    plan: Plan
    state: SqliteState
    rules: Mapping[Kind, Rules]
    rehearsal: Rehearsal
    scope: ScopeSettings

    def explain(
        self, key: tuple[Kind, str], record: Record | None, item: Wanted | None
    ) -> Explanation:
        """Walk one object through the five steps."""
        kind, anchor = key
        rules, link = self.rules[kind], self.state.link(kind, anchor)
        actions = list(self.plan.actions.where(kind=kind, anchor=anchor))
        visible = record and _without_secrets(record, rules)
        steps = (
            _import(visible),
            _scope(item, record, visible, self.scope),
            _match(item, actions, link.target_id if link else None, rules),
            _evaluate(item, actions, rules),
            self._provision(actions, key, link),
        )
        known = actions[0] if actions else item or link
        name = known.name if known else source_name(record) if record else anchor
        events = self.state.events(anchor=anchor, limit=5)
        return Explanation(kind, anchor, name, steps, tuple(events))

    def _provision(self, actions: list[Action], key: tuple[Kind, str], link: Link | None) -> Step:
        verbs = [action.verb for action in actions]
        text = f"Next cycle: {', '.join(verbs) or ('unchanged' if link else 'nothing')}."
        reasons = [action.reason for action in actions if action.reason]
        sent = [each for action in actions for each in self.rehearsal.requests_of(action)]
        details: dict[str, Any] = {"actions": verbs, "reasons": reasons, "requests": sent}
        tried = [event for event in self.state.events(anchor=key[1]) if event["kind"] == key[0]]
        if tried:
            details["last tried"] = moment(tried[0]["time"])
        failure = self.state.failure(*key)
        if failure is not None:
            text += f" The last try failed: {failure.code}: {failure.reason}"
            details |= {
                "code": failure.code,
                "category": category_of(failure.code),
                "hint": failure.hint,
                "attempts": failure.attempts,
                "next attempt": when(failure),
            }
        failed = failure is not None or "park" in verbs
        return Step(STEPS[4], "failure" if failed else "success", text, details)


def _without_secrets(record: Record, rules: Rules) -> Record:
    """Hide the attributes that only what is never shown is made of."""
    secret: set[str] = set()
    open_: set[str] = set()
    for rule in rules.mapper.rules:
        target = rule.row.target
        is_secret = shown(target, "", rules.mapper.redacted) == HIDDEN
        (secret if is_secret else open_).update(rule.expression.attributes)
    kept = {
        name: HIDDEN if value is not None and name in secret - open_ else value
        for name, value in record.attributes.items()
    }
    return replace(record, attributes=kept)


def _import(record: Record | None) -> Step:
    if record is None:
        return Step(STEPS[0], "skipped", "It is not in the source.", {})
    read = {name: value for name, value in record.attributes.items() if value is not None}
    return Step(STEPS[0], "success", f"Read from {record.where}.", dict(read))


def _scope(
    item: Wanted | None, record: Record | None, visible: Record | None, scope: ScopeSettings
) -> Step:
    if item is not None:
        blocked = " It is blocked in the source." if item.disabled else ""
        return Step(STEPS[1], "success", f"It is in scope.{blocked}", {})
    if record is None or visible is None:
        return Step(STEPS[1], "skipped", "It is gone.", {})
    why = reasons(scope, record.kind, record.attributes, visible.attributes)
    text = f"It is in the source, and the job's scope leaves it out: {'; '.join(why)}."
    return Step(STEPS[1], "skipped", text, {})


def _match(item: Wanted | None, actions: list[Action], target_id: str | None, rules: Rules) -> Step:
    tried = dict(match_values(item, rules)) if item else {}
    if target_id is not None:
        text = f"Linked to the target's {target_id} since an earlier cycle."
        return Step(STEPS[2], "success", text, {"targetId": target_id})
    main = actions[0] if actions else None
    if main is None or main.verb in ("skip", "park"):
        return Step(STEPS[2], "skipped", main.reason if main else "It was not looked for.", tried)
    if main.verb == "adopt":
        return Step(STEPS[2], "success", f"The target's {main.target_id} matches.", tried)
    return Step(STEPS[2], "success", "No account of the target matches.", tried)


def _evaluate(item: Wanted | None, actions: list[Action], rules: Rules) -> Step:
    hidden = rules.mapper.redacted
    mapped = {**item.values, **item.once} if item else {}
    changed = [change for action in actions for change in modified(action, hidden)]
    details: dict[str, Any] = {
        "mapped": {path: shown(path, value, hidden) for path, value in mapped.items()},
        "references": {k: list(v) for k, v in item.references.items()} if item else {},
        "changes": changed,
    }
    count = len(changed)
    text = f"{count} attributes differ." if count else "Nothing differs from what was written."
    status = "skipped" if not item and not count else "success"
    return Step(STEPS[3], status, text, details)
