"""Protected accounts: whatever the source says, they are never disabled, deleted or removed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from provisioner.job.settings import Policy
from provisioner.language.expressions import EvaluationError
from provisioner.language.scope import compile_scope
from provisioner.planning.action import Action
from provisioner.record import Kind

Written = Callable[[Kind, str], Mapping[str, Any]]

CODE: Final = "Protected"
REASON: Final = "It is protected (policy.protected), and keeps what it has."


class Protection:
    """Whom the policy protects: a list names anchors and names, a filter looks at what was written.

    :param written: what the target was last given of an object, by kind and anchor.
    """

    def __init__(self, policy: Policy, written: Written) -> None:
        self._written = written
        listed = () if isinstance(policy.protected, str) else policy.protected
        self._names = {each.casefold() for each in listed}
        text = policy.protected if isinstance(policy.protected, str) else None
        self._filter = compile_scope(text) if text is not None else None

    def covers(self, kind: Kind, anchor: str, name: str = "") -> bool:
        """Tell whether an object is protected; one that the filter cannot be asked of is."""
        if self._filter is None:
            if not self._names:
                return False
            names = {anchor.casefold(), name.casefold(), self._name(kind, anchor).casefold()}
            return not names.isdisjoint(self._names)
        try:
            return self._filter(self._written(kind, anchor))
        except EvaluationError:
            return True

    def _name(self, kind: Kind, anchor: str) -> str:
        written = self._written(kind, anchor)
        return str(written.get("userName" if kind == "users" else "displayName") or "")

    def spared(self, actions: Iterable[Action], cut: Callable[[Action], None]) -> Iterator[Action]:
        """Yield the actions without what would take something from the protected.

        :param cut: is given each action that is left out, or done only in part.
        """
        if self._filter is None and not self._names:
            yield from actions
            return
        for action in actions:
            left = list(self._spared(action))
            if left != [action]:
                cut(action)
            yield from left

    def _spared(self, action: Action) -> Iterator[Action]:
        if action.verb == "remove members":
            left = tuple(edge for edge in action.edges if not self.covers(edge.kind, edge.anchor))
            if left:
                yield action if left == action.edges else replace(action, edges=left)
        elif action.ends and self.covers(*action.key, action.name):
            yield _without_the_end(action)
        else:
            yield action


def _without_the_end(action: Action) -> Action:
    """Keep the other changes of one whom the directory has blocked; a leaver is left as he is."""
    others = tuple(change for change in action.changes if not change.disables)
    if action.verb == "delete" or action.leaver or not others:
        return Action(
            "skip",
            action.kind,
            action.anchor,
            action.name,
            target_id=action.target_id,
            leaver=action.leaver,
            reason=REASON,
        )
    before = next(change.before for change in action.changes if change.disables)
    values = {**action.values, "active": before}
    kept = {path: value for path, value in values.items() if value is not None}
    return replace(action, verb="update", changes=others, values=kept, reason=REASON)
