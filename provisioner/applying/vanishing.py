"""Whether an account that the target says it has not is truly gone: it is asked more than once.

A replica that lags, or a router that sends a request astray, answers 404 for what is there. Whoever
is forgotten because of that, and is a leaver, keeps his account for good.
"""

from collections.abc import Mapping

from provisioner.planning.matching import Hit, Matcher
from provisioner.planning.population import Rules
from provisioner.record import Kind
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target, unread
from provisioner.targets.trouble import INCOMPATIBLE, Trouble
from scim_protocol.errors import NotFound


class Vanishing:
    """Asks for accounts that a request did not find, and forgets those that are gone."""

    def __init__(self, state: SqliteState, target: Target, rules: Mapping[Kind, Rules]) -> None:
        self._state = state
        self._target = target
        self._rules = rules

    def forgotten(self, kind: Kind, anchor: str, identifier: str) -> bool:
        """Look for an account by its id and by its match values; unlink it if it is not there.

        :raises RequestFailed: :raises TargetUnusable: when the target cannot be asked.
        """
        if self._is_shown(kind, identifier):
            return False
        return self.forgotten_unless_found(kind, anchor, identifier)

    def forgotten_unless_found(self, kind: Kind, anchor: str, identifier: str) -> bool:
        """Do the same for one that was not found by its id already."""
        if self._is_found(kind, anchor, identifier):
            return False
        self._state.unlink(kind, anchor)
        return True

    def _is_shown(self, kind: Kind, identifier: str) -> bool:
        try:
            self._target.endpoint(kind).get(identifier, excluded_attributes=unread(kind))
        except NotFound:
            return False
        return True

    def _is_found(self, kind: Kind, anchor: str, identifier: str) -> bool:
        """Ask for what was written; where that cannot be told, the account is taken to be there."""
        if kind not in self._rules:
            return False
        matcher = Matcher(self._target, self._rules[kind])
        values = matcher.values(self._state.written(kind, anchor))
        asked = [each for each in values if self._target.can_filter(kind, *each)]
        match = matcher.find_by(asked)
        return match.id == identifier if isinstance(match, Hit) else match is not None


def untrue(name: str, identifier: str, target: Target) -> Trouble:
    """Return what to say of a target that answered 404 for what it has."""
    return Trouble(
        INCOMPATIBLE,
        f"The target answered 404 to a change of {name} ({identifier}), and has it all the same "
        f"({target.client.url}).",
        "It is tried again in the next cycle; if that goes on, report it to the maker of the "
        "target.",
    )
