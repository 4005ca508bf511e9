"""References at the target: members in chunks, added and removed by difference; managers whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from provisioner.journal import Journal
from provisioner.places import Place
from provisioner.plan import Action, Edge
from provisioner.population import Rules
from provisioner.record import Kind
from provisioner.state import Link
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target, unread
from provisioner.targets.trouble import RequestFailed, Trouble, trouble_of
from scim_client import Operation, OutcomeUnknown, ScimError, add, remove
from scim_protocol.errors import NotFound
from scim_protocol.filter import AttributePath, Comparison

# A chunk that is refused for one of its members is halved until that one is found. A 404 is for
# one of them where the object itself is still there.
_PERHAPS_ONE_OF_THEM: Final = frozenset({400, 404, 409, 413, 422})


@dataclass(frozen=True)
class _Work:
    action: Action
    link: Link
    place: Place
    path: str
    ids: Mapping[Edge, str]


class Membership:
    """Writes edges, and remembers each chunk as soon as the target has taken it.

    `forgotten` has the objects whose accounts were found to be gone.
    """

    def __init__(
        self, state: SqliteState, target: Target, rules: Mapping[Kind, Rules], journal: Journal
    ) -> None:
        self._state = state
        self._target = target
        self._rules = rules
        self._journal = journal
        self.forgotten: set[tuple[Kind, str]] = set()

    def change(self, action: Action, link: Link) -> Trouble | None:
        """Carry out one reference action; return what went wrong with part of it."""
        path = action.path or ""
        place = self._rules[action.kind].places.at(path)
        present = self._state.edges(action.kind, action.anchor, path)
        work = _Work(action, link, place, path, self._ids(action.edges))
        if action.verb == "set reference":
            return self._set(work, present)
        if action.verb == "add members":
            edges = [edge for edge in action.edges if edge in work.ids and not present.get(edge)]
        else:
            edges = [edge for edge in action.edges if edge in work.ids and edge in present]
        size = self._target.profile.members_per_request
        chunks = [edges[start : start + size] for start in range(0, len(edges), size)]
        troubles = [self._chunk(work, chunk) for chunk in chunks]
        return next((trouble for trouble in troubles if trouble is not None), None)

    def _ids(self, edges: Sequence[Edge]) -> dict[Edge, str]:
        """Return the target ids of those that have an account; the others wait for theirs."""
        links = {edge: self._state.link(edge.kind, edge.anchor) for edge in edges}
        return {edge: link.target_id for edge, link in links.items() if link is not None}

    def _set(self, work: _Work, present: Mapping[Edge, bool]) -> Trouble | None:
        if work.action.edges and not work.ids:
            return None  # The one referred to did not come about: it is seen to next time.
        if work.ids:
            identifier = next(iter(work.ids.values()))
            value: Any = {"value": identifier} if work.place.sub is None else identifier
            operation = Operation("replace" if present else "add", work.path, value)
        else:
            operation = remove(work.place.holder)
        return self._send(work, [operation], [*work.action.edges, *present], list(work.ids))

    def _chunk(self, work: _Work, edges: list[Edge]) -> Trouble | None:
        if work.action.verb == "add members":
            value = [{"value": work.ids[edge]} for edge in edges]
            return self._send(work, [add(work.path, value)], edges, edges)
        return self._send(work, self._removals(work, edges), edges, [])

    def _removals(self, work: _Work, edges: list[Edge]) -> list[Operation]:
        if self._target.profile.remove_members == "value":
            return [remove(work.path, [{"value": work.ids[edge]} for edge in edges])]
        tests = [Comparison(AttributePath(None, "value"), "eq", work.ids[edge]) for edge in edges]
        return [remove(f"{work.path}[{test}]") for test in tests]

    def _send(
        self, work: _Work, operations: list[Operation], touched: list[Edge], kept: list[Edge]
    ) -> Trouble | None:
        """Send one PATCH; `touched` are the edges it is about, `kept` those that then exist."""
        action = work.action
        with self._journal.intent(replace(action, edges=tuple(touched))) as end:
            try:
                self._target.endpoint(action.kind).patch(
                    work.link.target_id,
                    *operations,
                    excluded_attributes=unread(action.kind),
                    read_back=False,
                )
            except OutcomeUnknown as error:
                with self._state.atomic():
                    self._state.save_edges(*action.key, work.path, touched, sure=False)
                    end("unknown")
                return trouble_of(error)
            except NotFound as error:
                if self._vanished(Edge(*action.key), work.link.target_id):
                    end("gone")
                    return trouble_of(error)
                end("refused")
                return self._refused(work, touched, kept, error)
            except ScimError as error:
                end("refused")
                return self._refused(work, touched, kept, error)
            with self._state.atomic():
                self._state.drop_edges(*action.key, work.path, set(touched) - set(kept))
                self._state.save_edges(*action.key, work.path, kept)
                end("done")
        return None

    def _refused(
        self, work: _Work, touched: list[Edge], kept: list[Edge], error: ScimError
    ) -> Trouble | None:
        trouble = trouble_of(error)
        if error.status not in _PERHAPS_ONE_OF_THEM:
            if trouble.fatal:
                raise error
            return trouble
        if work.action.verb == "set reference":
            return self._first_vanished(work, kept) or trouble
        if len(touched) > 1:
            middle = len(touched) // 2
            halves = self._chunk(work, touched[:middle]), self._chunk(work, touched[middle:])
            return halves[0] or halves[1]
        return self._refused_one(work, touched, error)

    def _refused_one(self, work: _Work, edges: list[Edge], error: ScimError) -> Trouble | None:
        removing = work.action.verb == "remove members"
        if removing and error.scim_type == "noTarget":
            self._state.drop_edges(*work.action.key, work.path, edges)
            return None  # It is no member any more: as the plan wants it.
        gone = self._first_vanished(work, edges)
        if gone is None:
            return trouble_of(error)
        return None if removing else gone

    def _first_vanished(self, work: _Work, edges: Sequence[Edge]) -> Trouble | None:
        """Look whether those referred to still exist, and forget the links of those that do not."""
        gone = [edge for edge in edges if self._vanished(edge, work.ids[edge])]
        if not gone:
            return None
        return Trouble(
            "InvalidAnchor",
            f"The target no longer has the {gone[0].kind[:-1]} {gone[0].anchor} "
            f"({work.ids[gone[0]]}), whom {work.path} refers to.",
            "It is matched again in the next cycle, made anew if there is none, and referred to.",
        )

    def _vanished(self, edge: Edge, identifier: str) -> bool:
        """Ask the target for a resource by its id; forget its link if there is none any more."""
        try:
            endpoint = self._target.endpoint(edge.kind)
            endpoint.get(identifier, excluded_attributes=unread(edge.kind))
        except NotFound:
            self._state.unlink(edge.kind, edge.anchor)
            self.forgotten.add((edge.kind, edge.anchor))
            return True
        except RequestFailed:
            return False  # Nobody knows: the refusal itself is what is reported.
        return False
