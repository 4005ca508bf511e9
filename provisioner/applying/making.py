"""New accounts: one request each, what is known of them afterwards, and what if that went wrong.

A person is made with the reference to a manager who has an account by then. What could not be made
with it is `left`: it is written by a request of its own, once everybody has an account.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from provisioner.applying.journal import End, Journal
from provisioner.applying.troubles import Failed, Stale, anothers, without_id
from provisioner.applying.writing import Writer
from provisioner.planning.action import Action, Edge, Verb
from provisioner.planning.actions import Actions
from provisioner.planning.diff import changes_at_target
from provisioner.planning.matching import Hit, Match, Matcher
from provisioner.planning.outcome import Outcome
from provisioner.planning.population import Rules
from provisioner.planning.references import CARRYING, alone
from provisioner.planning.staying import kept_in
from provisioner.record import Kind
from provisioner.state import Link, Owner
from provisioner.state.creations import Created
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target
from provisioner.targets.trouble import TargetUnusable, Trouble, trouble_of
from scim_client import OutcomeUnknown, ScimError

# What a target may say of a creation because of somebody whom it refers to.
_PERHAPS_THE_REFERENCE: Final = frozenset({400, 404, 422})
# So many refusals of references, and none taken: this target takes none in a creation.
_ENOUGH: Final = 3

HAS_ONE: Final = "It has got an account since the plan was made."

Ids = Mapping[Edge, str]
Adopt = Callable[[Action, Owner], Outcome]


@dataclass(frozen=True, slots=True)
class Made:
    """An account that the target has made just now, with whom it refers to from the beginning."""

    action: Action
    identifier: str
    references: Mapping[str, Edge]

    def outcome(self, seconds: float = 0.0) -> Outcome:
        """Return what is told of it, and how long it took."""
        return Outcome(self.action, "done", "create", self.identifier, seconds=seconds)

    def created(self, intent: int) -> Created:
        """Return what the state keeps of it."""
        return Created(
            intent, link_of(self.action, self.identifier), self.action.values, self.references
        )


class Making:
    """Makes accounts; `rematch` looks again before it makes what an old plan says."""

    def __init__(
        self,
        state: SqliteState,
        target: Target,
        rules: Mapping[Kind, Rules],
        journal: Journal,
        writers: Mapping[Kind, Writer],
        adopt: Adopt,
        *,
        rematch: bool,
    ) -> None:
        self._state = state
        self._target = target
        self._rules = rules
        self._journal = journal
        self._writers = writers
        self._adopt = adopt
        self._rematch = rematch
        self._matchers = {kind: Matcher(target, of_kind) for kind, of_kind in rules.items()}
        self._taken = self._refused = 0
        self.left = Actions()

    def make(self, action: Action) -> Outcome:
        """Make one account and remember it.

        :raises Stale: :raises Failed: as they say.
        """
        if self._state.link(*action.key):
            raise Stale(HAS_ONE)
        ids = self._state.target_ids(action.references.values())
        with self._journal.intent(action) as end:
            made = self.journaled(action, ids, end)
            if isinstance(made, Outcome):
                return made
            if owner := self._state.link_to(action.kind, made.identifier):
                raise Failed(anothers(action, made.identifier, owner.anchor))
            with self._state.atomic():
                end("done")
                self._state.save_link(link_of(action, made.identifier), action.values)
                for path, edge in made.references.items():
                    self._state.save_edges(*action.key, path, [edge])
        return made.outcome()

    def journaled(self, action: Action, ids: Ids, end: End) -> Made | Outcome:
        """Make one account whose intent is written down; who calls remembers what was made.

        :param ids: of the accounts of those referred to who have one.
        """
        if self._rematch and self._match(action) is not None:
            end("not sent")
            raise Stale("An account that matches has appeared since the plan was made.")
        carried = {path: edge for path, edge in action.references.items() if edge in ids}
        made = self._made(action, {} if self._takes_none else carried, ids, end)
        if isinstance(made, Made):
            self.left.extend(
                alone(action, p) for p in action.references if p not in made.references
            )
        return made

    @property
    def _takes_none(self) -> bool:
        return self._refused >= _ENOUGH and not self._taken

    def _made(
        self, action: Action, carried: Mapping[str, Edge], ids: Ids, end: End
    ) -> Made | Outcome:
        try:
            identifier = self._sent(action, {path: ids[edge] for path, edge in carried.items()})
        except ScimError as error:
            if carried and error.status in _PERHAPS_THE_REFERENCE:
                return self._without_references(action, ids, end)
            if error.status not in self._target.profile.conflict.statuses:
                raise
            end("conflict")
            return self._after_conflict(action, ids, trouble_of(error))
        except OutcomeUnknown as error:
            return self._after_unknown(action, ids, trouble_of(error), end)
        self._taken += bool(carried)
        return Made(action, identifier, carried)

    def _sent(self, action: Action, references: Mapping[str, str]) -> str:
        values = {**action.everything, **references}
        created = self._target.endpoint(action.kind).create(self._writers[action.kind].body(values))
        identifier = created.get("id")
        if not isinstance(identifier, str) or not identifier:
            raise Failed(without_id(action))  # The intent stays open: it is matched next time.
        return identifier

    def _without_references(self, action: Action, ids: Ids, end: End) -> Made | Outcome:
        """Make one whom the target has refused, perhaps because of somebody referred to."""
        made = self._made(action, {}, ids, end)
        if isinstance(made, Made):
            self._refused += 1
            if self._takes_none:
                self._target.learned.put(CARRYING, {"refused": True})
        return made

    # What else may come of it ------------------------------------------------------------------

    def _after_conflict(self, action: Action, ids: Ids, trouble: Trouble) -> Outcome:
        match = self._match(action, self._target.profile.conflict.look_up)
        if not isinstance(match, Hit):
            raise Failed(match or trouble)
        return self._take_over(action, match, "adopted", ids, trouble)

    def _after_unknown(self, action: Action, ids: Ids, trouble: Trouble, end: End) -> Outcome:
        try:
            match = self._match(action)
        except TargetUnusable as error:
            raise Failed(error.trouble) from None  # The intent stays open, for the next start.
        end("looked up")
        if not isinstance(match, Hit):
            raise Failed(match or trouble)
        return self._take_over(action, match, "created", ids, trouble)

    def _take_over(
        self, action: Action, hit: Hit, owner: Owner, ids: Ids, trouble: Trouble
    ) -> Outcome:
        if self._state.link_to(action.kind, hit.id):
            raise Failed(trouble)
        places, mapper = self._rules[action.kind].places, self._rules[action.kind].mapper
        values = kept_in(action.values, places.read(hit.resource, action.values), mapper)
        missing = changes_at_target(hit.resource, values, places)
        found = replace(action, target_id=hit.id, changes=missing, values=values)
        outcome = self._adopt(found, owner)
        for path, edge in action.references.items():
            if edge in ids and places.at(path).read(hit.resource) == ids[edge]:
                self._state.save_edges(*action.key, path, [edge])
            else:
                self.left.append(alone(action, path))
        verb: Verb = "create" if owner == "created" else "adopt"
        return replace(outcome, action=action, verb=verb)

    def _match(self, action: Action, more: Iterable[str] = ()) -> Match:
        matcher = self._matchers[action.kind]
        return matcher.find_by(matcher.values(action.everything, more), anew=True)


def link_of(action: Action, identifier: str, owner: Owner = "created") -> Link:
    """Return the link of an account that is as an action has it."""
    active = action.values.get("active") is not False
    return Link(action.kind, action.anchor, identifier, action.name, owner, active, "")
