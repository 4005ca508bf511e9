"""What to do about a request whose result nobody knows: look, and only then go on."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from provisioner.applying.vanishing import Vanishing
from provisioner.planning.action import Action, PlanError
from provisioner.planning.matching import Hit, Matcher
from provisioner.planning.population import Rules
from provisioner.record import Kind
from provisioner.state import Intent, Link, StateError
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target, unread
from provisioner.targets.trouble import RequestFailed, TargetUnusable, trouble_of
from scim_protocol.errors import NotFound


def _action_of(intent: Intent) -> Action:
    try:
        return Action.from_json(intent.action)
    except PlanError as error:
        raise StateError(f"The journal of the state cannot be read: {error}") from None


class Recovery:
    """Finds out what became of actions, and makes the state agree with the target again."""

    def __init__(
        self,
        state: SqliteState,
        target: Target,
        rules: Mapping[Kind, Rules],
    ) -> None:
        self._state = state
        self._target = target
        self._rules = rules
        self._vanishing = Vanishing(state, target, rules)

    def settle_all(self) -> int:
        """Settle the intents that an earlier process left open, and return how many there were.

        :raises TargetUnusable: when the target cannot be asked; what is open stays open.
        """
        intents = self._state.open_intents()
        for intent in intents:
            action = _action_of(intent)
            with suppress(NotFound):  # It is said to be gone and is not: it is looked up again.
                if intent.kind in self._rules:
                    self._settle(action)
                self._state.end_intent(intent.id, "looked up")
        return len(intents)

    def _settle(self, action: Action) -> None:
        if action.path is not None:
            self._doubt(action)
        elif action.verb == "create":
            self._settle_creation(action)
        else:
            try:
                self.look(action)
            except NotFound:
                raise
            except RequestFailed as error:
                raise TargetUnusable(trouble_of(error)) from None

    def _settle_creation(self, action: Action) -> None:
        """Link the account if the creation went through; what differs is seen to by the plan."""
        matcher = Matcher(self._target, self._rules[action.kind])
        match = matcher.find_by(matcher.values(action.everything))
        if not isinstance(match, Hit) or self._state.link(*action.key):
            return
        if self._state.link_to(action.kind, match.id) is None:
            link = Link(action.kind, action.anchor, match.id, action.name, "created", True, "")
            self._keep(link, match.resource, action)
            self._keep_references(match.resource, action)

    def _keep_references(self, resource: Mapping[str, Any], action: Action) -> None:
        """Remember whom a new account refers to; what it does not show, it has perhaps."""
        ids = self._state.target_ids(action.references.values())
        for path, edge in action.references.items():
            there = self._rules[action.kind].places.at(path).read(resource)
            sure = edge in ids and there == ids[edge]
            self._state.save_edges(*action.key, path, [edge], sure=sure)

    def look(self, action: Action) -> dict[str, Any] | None:
        """Read the action's resource, remember what it truly has, and return that.

        None: there is no such resource any more, and its link is forgotten.

        :raises RequestFailed: when it cannot be read; NotFound if it is there all the same.
        """
        link = self._state.link(*action.key)
        identifier = link.target_id if link else action.target_id or ""
        endpoint = self._target.endpoint(action.kind)
        try:
            resource = endpoint.get(identifier, excluded_attributes=unread(action.kind))
        except NotFound:
            if not self._vanishing.forgotten_unless_found(*action.key, identifier):
                raise
            return None
        paths = {*action.values, *(change.path for change in action.changes)}
        if link is not None:
            self._keep(link, resource, action)
        return self._rules[action.kind].places.read(resource, sorted(paths))

    def _keep(self, link: Link, resource: Mapping[str, Any], action: Action) -> None:
        before = self._state.written(link.kind, link.anchor)
        paths = {**before, **action.values}
        written = self._rules[link.kind].places.read(resource, paths)
        active = written.get("active") is not False
        self._state.save_link(replace(link, active=active), written)

    def _doubt(self, action: Action) -> None:
        """Remember references as perhaps written: the next plan writes or removes them again."""
        if action.path is None or self._state.link(*action.key) is None:
            return
        edges = set(action.edges)
        if action.verb == "set reference":
            edges |= self._state.edges(action.kind, action.anchor, action.path).keys()
        self._state.save_edges(action.kind, action.anchor, action.path, edges, sure=False)
