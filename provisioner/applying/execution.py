"""One action at the target: the requests that it takes, and what is remembered of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from provisioner.applying.journal import End, Journal
from provisioner.applying.making import Making, link_of
from provisioner.applying.membership import Membership, settling
from provisioner.applying.proofs import Proofs
from provisioner.applying.recovery import Recovery
from provisioner.applying.troubles import Failed, NothingToDo, Stale, gone, still_active
from provisioner.applying.vanishing import Vanishing, untrue
from provisioner.applying.writing import Unsafe, Writer
from provisioner.language.places import Places
from provisioner.planning.action import Action, Change, Verb
from provisioner.planning.actions import Actions
from provisioner.planning.diff import changes
from provisioner.planning.outcome import Outcome
from provisioner.planning.population import Rules
from provisioner.planning.references import fingerprint
from provisioner.record import Kind
from provisioner.state import Link, Owner
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target, unread
from provisioner.targets.trouble import (
    RequestFailed,
    Trouble,
    trouble_of,
)
from scim_client import OutcomeUnknown
from scim_protocol.errors import NoTarget, NotFound

_DISABLING: Final = "disabling"


class Execution:
    """Carries out single actions; `rematch` looks again before it creates what an old plan says."""

    def __init__(
        self,
        state: SqliteState,
        target: Target,
        rules: Mapping[Kind, Rules],
        journal: Journal,
        *,
        rematch: bool,
    ) -> None:
        self._state = state
        self._target = target
        self._rules = rules
        self._journal = journal
        self._stale: set[tuple[Kind, str, str | None]] = set()
        self._recovery = Recovery(state, target, rules)
        self._proofs = Proofs(target.learned)
        self._vanishing = Vanishing(state, target, rules)
        self._writers = {kind: Writer(target, of_kind) for kind, of_kind in rules.items()}
        self._membership = Membership(state, target, rules, journal, self._writers, self._proofs)
        self.making = Making(
            state, target, rules, journal, self._writers, self._adopt, rematch=rematch
        )

    def compare(self, actions: Actions) -> None:
        """Note which references have changed since the plan, before the first action changes any.

        What the plan's own actions change later, as an account that is found to be gone takes the
        references to it along, does not make it stale.
        """
        self._stale = {
            (*action.key, action.path)
            for action in actions.of_references()
            if fingerprint(self._state.edges(*action.key, action.path or "")) != action.basis
        }

    def carry_out(self, action: Action) -> Outcome:
        """Do it, and remember that it is done.

        :raises Stale: :raises Failed: :raises NothingToDo: as they say.
        """
        return self._HOW[action.verb](self, action)

    def _create(self, action: Action) -> Outcome:
        return self.making.make(action)

    # What exists -------------------------------------------------------------------------------

    def _adopt(self, action: Action, owner: Owner = "adopted") -> Outcome:
        identifier = action.target_id or ""
        if self._state.link(*action.key) or self._state.link_to(action.kind, identifier):
            raise Stale("The account has been linked since the plan was made.")
        self._patch(action, lambda: self._link(action, identifier, owner))
        return Outcome(action, "done", "adopt", target_id=identifier)

    def _update(self, action: Action) -> Outcome:
        link = self._linked(action)
        self._patch(action, lambda: self._link(action, link.target_id, link.owner))
        return Outcome(action, "done", action.verb, target_id=link.target_id)

    def _delete(self, action: Action) -> Outcome:
        if action.key in self._membership.forgotten:
            return Outcome(action, "done", "delete", target_id=action.target_id)
        link = self._linked(action)
        with self._journal.intent(action) as end:
            try:
                self._target.endpoint(action.kind).delete(link.target_id)
            except NotFound:
                self._believe_gone(action, end)  # By somebody else: it is as the plan wants it.
            with self._state.atomic():
                end("done")
                self._state.unlink(*action.key)
        return Outcome(action, "done", "delete", target_id=link.target_id)

    def _adopt_references(self, action: Action) -> Outcome:
        """Remember the references that an adopted account has already: nothing is sent."""
        link = self._referring(action)
        ids = self._state.target_ids(action.edges)
        there = [edge for edge in action.edges if edge in ids]
        self._state.save_edges(*action.key, action.path or "", there)
        return Outcome(action, "done", action.verb, target_id=link.target_id)

    def _refer(self, action: Action) -> Outcome:
        link = self._referring(action)
        trouble = self._membership.change(action, link)
        if trouble is not None:
            raise Failed(trouble)
        return Outcome(action, "done", action.verb, target_id=link.target_id)

    def _referring(self, action: Action) -> Link:
        """Return the link of an object whose references are as they were for the plan."""
        link = self._state.link(*action.key)
        if link is None:
            raise NothingToDo
        if action.target_id not in (None, link.target_id):
            raise Stale("It has another account than when the plan was made.")
        if (*action.key, action.path) in self._stale:
            raise Stale("Its references have changed since the plan was made.")
        return link

    # Steps -------------------------------------------------------------------------------------

    def _patch(self, action: Action, keep: Callable[[], None]) -> None:
        """Send the changes of an action, if there are any; `keep` remembers what is there then.

        That it is done and what is there are one transaction: else an edit that is undone between
        the two would never be undone at the target.
        """
        if not action.changes:
            keep()
            return
        with self._journal.intent(action) as end:
            is_gone = action.verb == "disable" and self._disabled_for_good(action, end)
            if action.verb != "disable":
                self._changed(action, end)
            with self._state.atomic():
                end("done")
                if is_gone:
                    self._state.unlink(*action.key)
                else:
                    keep()

    def _disabled_for_good(self, action: Action, end: End) -> bool:
        """Take an account out of use, and tell whether it is gone by that."""
        answer = self._changed(action, end)
        try:
            return self._is_gone(action, answer)
        except Failed:
            end("untrue")
            raise

    def _changed(self, action: Action, end: End) -> dict[str, Any]:
        """Send the changes of an action, and return what the target answers."""
        try:
            return self._send(action, action.changes)
        except NotFound:
            self._believe_gone(action, end)
            raise Failed(gone(action)) from None
        except NoTarget:
            # Somebody has changed the resource: look at it, and send what is missing now.
            return self._send(action, self._still_missing(action))
        except OutcomeUnknown as error:
            return self._after_unknown_change(action, trouble_of(error), end)

    def _believe_gone(self, action: Action, end: End) -> None:
        """Forget an account that a change was not found for, once that is certain.

        :raises Failed: when it is there, or cannot be asked for.
        """
        end("not found")
        identifier = action.target_id or ""
        if not self._vanishing.forgotten(*action.key, identifier):
            raise Failed(untrue(action.name, identifier, self._target))

    def _send(self, action: Action, changed: Sequence[Change]) -> dict[str, Any]:
        identifier, writer = action.target_id or "", self._writers[action.kind]
        try:
            if action.verb == "disable":
                return writer.disable(identifier, changed, action.values)
            return writer.change(
                identifier, changed, action.values, lambda: self._membership.known_ids(action)
            )
        except Unsafe as error:
            raise Failed(error.trouble) from None

    def _is_gone(self, action: Action, answer: Mapping[str, Any]) -> bool:
        """Tell whether an account that was disabled is gone, by the profile or as it is read back.

        :raises Failed: when it is still active.
        """
        if _is_active(answer):
            self._proofs.caught(_DISABLING)
            raise Failed(still_active(action, self._target.client.url))
        expected = self._target.profile.kind(action.kind).deactivated == "gone"
        if not self._proofs.due(_DISABLING):
            return expected
        found = self._read_once_settled(action)
        if found is None:
            self._proofs.proven(_DISABLING)
            return True
        if _is_active(found):
            self._proofs.caught(_DISABLING)
            raise Failed(still_active(action, self._target.client.url))
        if "active" in found:
            self._proofs.proven(_DISABLING)
            return False
        return expected

    def _read_once_settled(self, action: Action) -> dict[str, Any] | None:
        """Read an account back until it is no longer active, or there was time enough for that."""
        endpoint = self._target.endpoint(action.kind)
        for _ in settling(self._target):
            try:
                found = endpoint.get(
                    action.target_id or "", excluded_attributes=unread(action.kind)
                )
            except NotFound:
                return None
            except RequestFailed:
                return {}  # Nobody knows: what it accepted is believed.
            if not _is_active(found):
                break
        return found

    def _still_missing(self, action: Action) -> tuple[Change, ...]:
        resource = self._target.endpoint(action.kind).get(
            action.target_id or "", excluded_attributes=unread(action.kind)
        )
        cleared = {change.path: None for change in action.changes if change.after is None}
        wanted = {**action.values, **cleared}
        return changes(self._places(action).read(resource, wanted), wanted)

    def _after_unknown_change(self, action: Action, trouble: Trouble, end: End) -> dict[str, Any]:
        try:
            actual = self._recovery.look(action)
        except RequestFailed as error:
            raise Failed(trouble_of(error)) from None  # The intent stays open.
        end("looked up")
        if actual is None:
            raise Failed(gone(action))
        if changes(actual, {change.path: change.after for change in action.changes}):
            raise Failed(trouble)
        return actual

    def _linked(self, action: Action) -> Link:
        link = self._state.link(*action.key)
        known = (action.basis, action.target_id)
        if link is None or (link.fingerprint, link.target_id) != known:
            raise Stale("What was last written to it has changed since the plan was made.")
        return link

    def _link(self, action: Action, identifier: str, owner: Owner) -> None:
        self._state.save_link(link_of(action, identifier, owner), action.values)

    def _places(self, action: Action) -> Places:
        return self._rules[action.kind].places

    _HOW: Final[Mapping[Verb, Callable[["Execution", Action], Outcome]]] = {
        "create": _create,
        "adopt": _adopt,
        "update": _update,
        "enable": _update,
        "disable": _update,
        "delete": _delete,
        "adopt references": _adopt_references,
        "set reference": _refer,
        "add members": _refer,
        "remove members": _refer,
    }


def _is_active(resource: Mapping[str, Any]) -> bool:
    return str(resource.get("active")).lower() == "true"
