"""One person walked through a cycle: the five steps, and what they say."""

from dataclasses import dataclass
from typing import Any

from provisioner.cycle import Options, make_plan
from provisioner.job import Job
from provisioner.log import STEPS, modified, shown
from provisioner.plan import Action, Plan
from provisioner.population import Population, Rules, Wanted, match_values, rules_of, select
from provisioner.record import Kind, Record
from provisioner.snapshot import read_source
from provisioner.sources import open_source
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


def explain(job: Job, state: SqliteState, target: Target, person: str) -> list[Explanation]:
    """Walk whoever goes by that name, anchor or match value through a cycle, changing nothing.

    :raises SourceError: :raises TargetUnusable: as `make_plan` does.
    """
    rules = rules_of(job)
    snapshot = read_source(open_source(job), job, None, {})
    population = select(snapshot, job, rules)
    plan = make_plan(job, state, target, Options(only=person, retry=True))
    found: dict[tuple[Kind, str], None] = {}
    for action in plan.actions:
        found.setdefault(action.key)
    for kind, of_kind in rules.items():
        for record in snapshot.records[kind]:
            if _goes_by(record, person, population.wanted[kind].get(record.anchor), of_kind):
                found.setdefault((kind, record.anchor))
    records = {
        (each.kind, each.anchor): each for rows in snapshot.records.values() for each in rows
    }
    return [
        _explain(key, records.get(key), population, plan, state, rules[key[0]]) for key in found
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
    population: Population,
    plan: Plan,
    state: SqliteState,
    rules: Rules,
) -> Explanation:
    kind, anchor = key
    item = population.wanted[kind].get(anchor)
    actions = [action for action in plan.actions if action.key == key]
    link = state.link(kind, anchor)
    steps = (
        _import(record),
        _scope(item, record),
        _match(item, actions, link.target_id if link else None, rules),
        _evaluate(item, actions, rules),
        _provision(actions, state, key),
    )
    name = actions[0].name if actions else item.name if item else anchor
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


def _provision(actions: list[Action], state: SqliteState, key: tuple[Kind, str]) -> Step:
    verbs = [action.verb for action in actions]
    text = f"Next cycle: {', '.join(verbs)}." if verbs else "Next cycle: nothing."
    reasons = [action.reason for action in actions if action.reason]
    details: dict[str, Any] = {"actions": verbs, "reasons": reasons}
    failure = state.failure(*key)
    if failure is not None:
        text += f" The last try failed: {failure.code}: {failure.reason}"
        details |= {"code": failure.code, "hint": failure.hint, "attempts": failure.attempts}
    failed = failure is not None or "park" in verbs
    return Step(STEPS[4], "failure" if failed else "success", text, details)
