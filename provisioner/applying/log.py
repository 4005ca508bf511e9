"""Events of the provisioning log: one for each action, with the five steps that led to it."""

import time
from collections.abc import Mapping
from typing import Any, Final

from provisioner.planning.action import Action
from provisioner.planning.outcome import Outcome

STEPS: Final = ("import", "scope", "match", "evaluate", "provision")
# success, warning, failure, skipped: the words of Entra ID's provisioning log.
_STATUS: Final[Mapping[str, str]] = {
    "done": "success",
    "failed": "failure",
    "refused": "warning",
    "held back": "warning",
    "not attempted": "skipped",
}
_HOW_MATCHED: Final[Mapping[str, str]] = {
    "create": "No account of the target matches.",
    "adopt": "One account of the target matches.",
    "park": "",
}
HIDDEN: Final = "(hidden)"


def event_of(outcome: Outcome, redacted: frozenset[str]) -> dict[str, Any]:
    """Return the event of one outcome; values of redacted paths are never in it."""
    action = outcome.action
    trouble = outcome.trouble
    return {
        "time": time.time(),
        "kind": action.kind,
        "anchor": action.anchor,
        "name": action.name,
        "action": outcome.verb,
        "status": status_of(outcome),
        "code": trouble.code if trouble else action.code,
        "reason": trouble.reason if trouble else action.reason,
        "hint": trouble.hint if trouble else action.hint,
        "targetId": outcome.target_id,
        "durationMs": round(outcome.seconds * 1000),
        "steps": steps_of(outcome),
        "modifiedProperties": modified(action, redacted),
    }


def status_of(outcome: Outcome) -> str:
    """Return the status word of an outcome."""
    if outcome.action.verb == "park":
        return "skipped" if outcome.action.code == "ImportSkipped" else "failure"
    if outcome.action.verb == "skip":
        return "skipped"
    return _STATUS[outcome.status]


def steps_of(outcome: Outcome) -> list[dict[str, str]]:
    """Return the five steps with their status, as far as they are known from the outcome."""
    action = outcome.action
    scope = "The object has left the scope." if action.leaver else "The object is in scope."
    matched = _HOW_MATCHED.get(action.verb, "The account is known from an earlier cycle.")
    parked = action.verb == "park"
    texts = {
        "import": ("success", "The object was read from the source."),
        "scope": ("success", scope),
        "match": ("failure" if parked else "success", action.reason if parked else matched),
        "evaluate": ("skipped" if parked else "success", "" if parked else action.reason),
        "provision": (status_of(outcome), outcome.trouble.reason if outcome.trouble else ""),
    }
    return [
        {"name": step, "status": texts[step][0], "description": texts[step][1]} for step in STEPS
    ]


def modified(action: Action, redacted: frozenset[str]) -> list[dict[str, Any]]:
    """Return what an action changes, attribute by attribute."""
    if action.verb == "create":
        everything = action.everything
        pairs: list[tuple[str, object, object]] = [
            (path, None, value) for path, value in everything.items()
        ]
    else:
        pairs = [(change.path, change.before, change.after) for change in action.changes]
    found = [
        {
            "name": path,
            "oldValue": shown(path, before, redacted),
            "newValue": shown(path, after, redacted),
        }
        for path, before, after in pairs
    ]
    found += [
        {"name": path, "oldValue": None, "newValue": [edge.anchor]}
        for path, edge in action.references.items()
    ]
    if action.edges and action.verb != "adopt references":
        anchors = [edge.anchor for edge in action.edges]
        key = "oldValue" if action.verb == "remove members" else "newValue"
        found.append({"name": action.path, "oldValue": None, "newValue": None, key: anchors})
    return found


def shown(path: str, value: object, redacted: frozenset[str]) -> object:
    """Return a value as it may be shown."""
    hidden = path in redacted or path.lower() == "password"
    return HIDDEN if hidden and value is not None else value


def without_hidden(text: str, action: Action, redacted: frozenset[str]) -> str:
    """Return a text without the values of an action that are never shown."""
    pairs = [*action.values.items(), *action.once.items()]
    pairs += [(each.path, each.after) for each in action.changes]
    secrets = {str(value) for path, value in pairs if shown(path, value, redacted) == HIDDEN}
    for secret in sorted(secrets - {HIDDEN, ""}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text
