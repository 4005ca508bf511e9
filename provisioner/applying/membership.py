"""References at the target: members in chunks, added and removed by difference; managers whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from provisioner.applying.journal import Journal
from provisioner.applying.proofs import Proofs
from provisioner.applying.vanishing import Vanishing
from provisioner.applying.writing import Unsafe, Writer
from provisioner.language.places import Place
from provisioner.planning.action import Action, Change, Edge
from provisioner.planning.population import Rules
from provisioner.record import Kind
from provisioner.state import Link
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target, unread
from provisioner.targets.trouble import (
    INCOMPATIBLE,
    RequestFailed,
    TargetUnusable,
    Trouble,
    trouble_of,
)
from scim_client import Operation, OutcomeUnknown, ScimError, add, remove
from scim_protocol.errors import NotFound
from scim_protocol.filter import AttributePath, Comparison

# A chunk that is refused for one of its members is halved until that one is found. A 404 is for
# one of them where the object itself is still there.
_PERHAPS_ONE_OF_THEM: Final = frozenset({400, 404, 409, 413, 422})
TOO_LARGE: Final = 413

_MEMBERS: Final = "members"
# Larger groups are not read back: that would cost more than it can prove.
_READ_BACK: Final = 1000


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
        self,
        state: SqliteState,
        target: Target,
        rules: Mapping[Kind, Rules],
        journal: Journal,
        writers: Mapping[Kind, Writer],
        proofs: Proofs,
    ) -> None:
        self._state = state
        self._target = target
        self._rules = rules
        self._journal = journal
        self._writers = writers
        self._proofs = proofs
        self._size = target.profile.members.chunk
        self._vanishing = Vanishing(state, target, rules)
        self._sizes: dict[tuple[Kind, str], int] = {}  # as known of each that is changed
        self.forgotten: set[tuple[Kind, str]] = set()

    def change(self, action: Action, link: Link) -> Trouble | None:
        """Carry out one reference action; return what went wrong with part of it."""
        path = action.path or ""
        place = self._rules[action.kind].places.at(path)
        present = self._state.edges(action.kind, action.anchor, path)
        self._sizes[action.key] = len(present)
        work = _Work(action, link, place, path, self._ids(action.edges))
        if action.verb == "set reference":
            return self._set(work, present)
        if action.verb == "add members":
            edges = [edge for edge in action.edges if edge in work.ids and not present.get(edge)]
        else:
            edges = [edge for edge in action.edges if edge in work.ids and edge in present]
        return self._in_chunks(work, edges)

    def known_ids(self, action: Action) -> set[str]:
        """Return the ids of those that an object is known to refer to, as its members."""
        written = self._state.edges(*action.key, _MEMBERS)
        return set(self._ids([edge for edge, sure in written.items() if sure]).values())

    def _in_chunks(self, work: _Work, edges: list[Edge]) -> Trouble | None:
        """Send what is to be added or removed, so much at once as the target has shown to take."""
        troubles, start = [], 0
        while start < len(edges):
            size = self._chunk_size(work)
            troubles.append(self._chunk(work, edges[start : start + size]))
            start += size
        return next((trouble for trouble in troubles if trouble is not None), None)

    def _chunk_size(self, work: _Work) -> int:
        """Return how many members go into one request; each that is removed may be an operation."""
        if self._target.member_style() == "put":
            return len(work.action.edges)
        most = self._target.profile.groups.max_operations
        by_filter = self._target.member_style() == "filter"
        if most and by_filter and work.action.verb == "remove members":
            return min(self._size, most)
        return self._size

    def _ids(self, edges: Sequence[Edge]) -> dict[Edge, str]:
        """Return the target ids of those that have an account; the others wait for theirs."""
        ids = self._state.target_ids(edges)
        return {edge: ids[edge] for edge in edges if edge in ids}

    def _set(self, work: _Work, present: Mapping[Edge, bool]) -> Trouble | None:
        if work.action.edges and not work.ids:
            return None  # The one referred to did not come about: it is seen to next time.
        identifier = next(iter(work.ids.values()), None)
        value: Any = {"value": identifier} if work.place.sub is None else identifier
        operation = Operation("replace" if present else "add", work.path, value)
        if identifier is None:
            operation = remove(work.place.holder)
        return self._send(
            work,
            [operation],
            [*work.action.edges, *present],
            list(work.ids),
            (Change(work.path, None, identifier),),
        )

    def _chunk(self, work: _Work, edges: list[Edge]) -> Trouble | None:
        if work.action.verb == "add members":
            value = [{"value": work.ids[edge]} for edge in edges]
            return self._send(work, [add(work.path, value)], edges, edges)
        return self._send(work, self._removals(work, edges), edges, [])

    def _removals(self, work: _Work, edges: list[Edge]) -> list[Operation]:
        if self._target.member_style() == "list":
            return [remove(work.path, [{"value": work.ids[edge]} for edge in edges])]
        tests = [Comparison(AttributePath(None, "value"), "eq", work.ids[edge]) for edge in edges]
        return [remove(f"{work.path}[{test}]") for test in tests]

    def _send(
        self,
        work: _Work,
        operations: list[Operation],
        touched: list[Edge],
        kept: list[Edge],
        changed: tuple[Change, ...] = (),
    ) -> Trouble | None:
        """Send one request; `touched` are the edges it is about, `kept` those that then exist.

        :param changed: the same as the operations, for a target that takes whole resources.
        """
        action = work.action
        with self._journal.intent(replace(action, edges=tuple(touched))) as end:
            try:
                self._write(work, operations, touched, changed)
            except Unsafe as error:
                end("refused")
                return error.trouble
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
            untrue = self._untrue(work, touched, kept)
            with self._state.atomic():
                self._state.drop_edges(*action.key, work.path, set(touched) - set(kept) - untrue)
                self._state.save_edges(*action.key, work.path, set(kept) - untrue)
                self._state.save_edges(*action.key, work.path, untrue, sure=False)
                end("done")
            self._sizes[action.key] += len(kept) or -len(touched)
        return _lied(work, untrue, self._target) if untrue else None

    def _write(
        self,
        work: _Work,
        operations: list[Operation],
        touched: list[Edge],
        changed: tuple[Change, ...],
    ) -> None:
        action, identifier = work.action, work.link.target_id
        writer = self._writers[action.kind]
        if action.verb == "set reference":
            if self._target.update_verb(action.kind) == "put":
                writer.put(identifier, changed, lambda: self.known_ids(action))
                return
        elif self._target.member_style() == "put":
            writer.put(
                identifier,
                (),
                lambda: self.known_ids(action),
                lambda now: _after(work, now, touched),
            )
            return
        self._target.endpoint(action.kind).patch(
            identifier,
            *operations,
            excluded_attributes=unread(action.kind),
            read_back=False,
        )

    # Whether it is true -------------------------------------------------------------------------

    def _untrue(self, work: _Work, touched: list[Edge], kept: list[Edge]) -> set[Edge]:
        """Read back a sample; return the edges that are not as the target accepted them."""
        action = work.action
        if action.verb == "set reference" or self._target.profile.members.readable is False:
            return set()
        if self._sizes[action.key] + len(touched) > _READ_BACK or not self._proofs.due(action.verb):
            return set()
        wrong: set[Edge] = set()
        for _ in settling(self._target):
            there = self._ids_there(work)
            if there is None or (not there and kept and not self._target.profile.members.readable):
                self._proofs.give_up(action.verb)  # It may be one that never shows them.
                return set()
            wrong = {each for each in touched if (work.ids[each] in there) != (each in kept)}
            if not wrong:
                self._proofs.proven(action.verb)
                return set()
        self._proofs.caught(action.verb)
        return wrong

    def _ids_there(self, work: _Work) -> set[str] | None:
        """Return the ids that the target shows; None if it cannot be asked for them."""
        try:
            found = self._target.endpoint(work.action.kind).get(work.link.target_id)
        except RequestFailed:
            return None
        listed = work.place.whole(found)
        if not isinstance(listed, list):
            return set()
        return {str(each.get("value")) for each in listed if isinstance(each, dict)}

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
        if len(touched) > 1 and self._target.member_style() != "put":
            return self._in_halves(work, touched, error)
        return self._refused_one(work, touched, error)

    def _in_halves(self, work: _Work, touched: list[Edge], error: ScimError) -> Trouble | None:
        """Send half and half; if their number was the matter, send no more at once from now on."""
        middle = (len(touched) + 1) // 2
        if error.status == TOO_LARGE:
            self._size = min(self._size, middle)
        first = self._chunk(work, touched[:middle])
        second = self._chunk(work, touched[middle:])
        if first is None and second is None:
            self._size = min(self._size, middle)
        return first or second

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
            is_gone = self._vanishing.forgotten(edge.kind, edge.anchor, identifier)
        except (*RequestFailed, TargetUnusable):
            return False  # Nobody knows: the refusal itself is what is reported.
        if is_gone:
            self.forgotten.add((edge.kind, edge.anchor))
        return is_gone


def settling(target: Target) -> Iterator[int]:
    """Give a target the time that its profile says it takes until it shows what it has done."""
    yield 0
    for second in range(1, int(target.profile.settle_seconds) + 1):
        target.clock.sleep(1)
        yield second


def _after(work: _Work, now: list[dict[str, Any]], touched: list[Edge]) -> list[dict[str, Any]]:
    """Return the whole list of members as it is to be."""
    meant = {work.ids[edge] for edge in touched}
    others = [each for each in now if str(each.get("value")) not in meant]
    if work.action.verb == "remove members":
        return others
    return [*others, *({"value": each} for each in sorted(meant))]


def _lied(work: _Work, untrue: set[Edge], target: Target) -> Trouble:
    names = ", ".join(sorted(edge.anchor for edge in untrue)[:3])
    what = "took them out of" if work.action.verb == "remove members" else "put them into"
    return Trouble(
        INCOMPATIBLE,
        f"The target accepted a change of {len(untrue)} {work.path} of {work.action.name}, and "
        f"what it has afterwards is something else ({target.client.url}): it never {what} the "
        f"group ({names}).",
        "It is written again in the next cycle. Report this to the maker of the target; a smaller "
        "target.quirks.members.chunk, or members.style, may help.",
    )
