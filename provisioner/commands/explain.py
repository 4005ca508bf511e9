"""One person walked through a cycle: the five steps, and what they say."""

from dataclasses import dataclass
from typing import Any

from provisioner.applying.log import STEPS, modified, shown
from provisioner.commands.causes import category_of
from provisioner.commands.preview import known_ids, requests_of
from provisioner.cycle import Options, Planning
from provisioner.job import Job
from provisioner.moments import moment
from provisioner.planning.plan import Action, Plan
from provisioner.planning.population import Rules, Wanted, match_values
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
    planning = Planning(job, state, target, Options(only=person, retry=True))
    plan = planning.plan()
    keys = [*(action.key for action in plan.actions), *planning.left]
    found: dict[tuple[Kind, str], Found] = {key: (None, None) for key in keys}
    for kind, rules in planning.rules.items():
        for record, item in planning.staging.everyone(kind) if planning.staging else ():
            if (kind, record.anchor) in found or _goes_by(record, person, item, rules):
                found[kind, record.anchor] = record, item
    return [
        _explain(key, *read, plan, state, planning.rules[key[0]]) for key, read in found.items()
    ]


def _goes_by(record: Record, person: str, item: Wanted | None, rules: Rules) -> bool:
    names = [record.anchor, *record.attributes.values()]
    if item is not None:
        names += [value for _, value in match_values(item, rules)]
    folded = person.casefold()
    return any(isinstance(name, str) and name.casefold() == folded for name in names)


def _explain(
    key: tuple[Kind, str],
    record: Record | None,
    item: Wanted | None,
    plan: Plan,
    state: SqliteState,
    rules: Rules,
) -> Explanation:
    kind, anchor = key
    actions = [action for action in plan.actions if action.key == key]
    link = state.link(kind, anchor)
    steps = (
        _import(record),
        _scope(item, record),
        _match(item, actions, link.target_id if link else None, rules),
        _evaluate(item, actions, rules),
        _provision(actions, state, key, link, rules),
    )
    name = actions[0].name if actions else item.name if item else link.name if link else anchor
    return Explanation(kind, anchor, name, steps, tuple(state.events(anchor=anchor, limit=5)))


def _import(record: Record | None) -> Step:
    if record is None:
        return Step(STEPS[0], "skipped", "It is not in the source.", {})
    read = {name: value for name, value in record.attributes.items() if value is not None}
    return Step(STEPS[0], "success", f"Read from {record.where}.", dict(read))


def _scope(item: Wanted | None, record: Record | None) -> Step:
    if item is not None:
        blocked = " It is blocked in the source." if item.disabled else ""
        return Step(STEPS[1], "success", f"It is in scope.{blocked}", {})
    why = "It is in the source, and the job's scope leaves it out." if record else "It is gone."
    return Step(STEPS[1], "skipped", why, {})


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


def _provision(
    actions: list[Action],
    state: SqliteState,
    key: tuple[Kind, str],
    link: Link | None,
    rules: Rules,
) -> Step:
    verbs = [action.verb for action in actions]
    text = f"Next cycle: {', '.join(verbs) or ('unchanged' if link else 'nothing')}."
    reasons = [action.reason for action in actions if action.reason]
    sent = [each for action in actions for each in requests_of(action, rules, known_ids(state))]
    details: dict[str, Any] = {"actions": verbs, "reasons": reasons, "requests": sent}
    tried = [event for event in state.events(anchor=key[1]) if event["kind"] == key[0]]
    if tried:
        details["last tried"] = moment(tried[0]["time"])
    failure = state.failure(*key)
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
