"""References between objects: managers and members, as differences of sets of edges.

An edge is written once both of its ends have an account; until then it is left out, and it is
caught up with in the first cycle in which they do, whatever else has changed. Who is made after the
one referred to has the reference from the beginning: it costs no request of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import Final

from provisioner.planning.action import Action, Edge, Verb
from provisioner.planning.drafts import Drafts, Reference
from provisioner.planning.order import Order
from provisioner.planning.population import Rules, Wanted
from provisioner.planning.staged import Candidate
from provisioner.planning.staging import Staging
from provisioner.record import Kind
from provisioner.state import Fate, digest_of
from provisioner.targets.learned import Learned

# Finds the object that an anchor names: a user, else a group, with an account.
Resolve = Callable[[str], Edge | None]

# With one of these, or with none at all, the object has its account at the end of the plan.
PRESENT: Final = frozenset({"create", "adopt", "update", "enable", "disable"})
_NOBODY: Final[Mapping[str, set[Edge]]] = {}
# What is learned of a target that refuses to make an object with its references.
CARRYING: Final = "references in creations"


class References:
    """The reference actions of a plan, once it is decided what is done about the accounts."""

    def __init__(
        self,
        staging: Staging,
        drafts: Drafts,
        rules: Mapping[Kind, Rules],
        brake: str,
        learned: Learned,
    ) -> None:
        self._staging = staging
        self._drafts = drafts
        self._refuses = bool(learned.get(CARRYING).get("refused"))
        self._rules = rules
        self._brake = brake
        drafts.index()

    def draft(self, kind: Kind, *, unchanged: bool) -> None:
        """Work out the reference actions of a kind.

        :param unchanged: look also at objects that are unchanged and refer to somebody who is not.
        """
        if not self._rules[kind].references:
            return
        for found in self._of_changed(kind):
            self._drafts.refer(kind, found)
        self._part(kind)
        if unchanged:
            for found in self._of_unchanged(kind):
                self._drafts.refer(kind, found)

    def _of_changed(self, kind: Kind) -> Iterator[list[Reference]]:
        for batch in self._staging.candidates(kind, decided=True):
            verbs = self._drafts.verbs(kind, [each.item.anchor for each in batch])
            present = [each for each in batch if _is_present(verbs.get(each.item.anchor))]
            resolve = self._resolver(each.item for each in present)
            there = self._there(kind, present, verbs, resolve)
            held: list[int] = []
            found: list[Reference] = []
            for each in present:
                target_id = each.link.target_id if each.link else None
                written = self._written(each.item) if each.link else {}
                actions = reference_actions(
                    each.item,
                    written,
                    target_id,
                    self._rules[kind],
                    resolve,
                    self._brake,
                    there.get(each.ord, {}),
                )
                found += (Reference(each.ord, part, a) for part, a in enumerate(actions))
                if held_back(each.item, written, resolve, self._brake):
                    held.append(each.ord)
            self._staging.save_fates((Fate.OPEN, number) for number in held)
            yield found if self._refuses else list(self._carried(kind, found, verbs))

    def _carried(
        self, kind: Kind, found: list[Reference], verbs: Mapping[str, Verb]
    ) -> Iterator[Reference]:
        """Tell of each reference whether its object is made with it, and after whom."""

        def single(action: Action) -> Edge | None:
            is_made = action.verb == "set reference" and verbs.get(action.anchor) == "create"
            return action.edges[0] if is_made and action.edges else None

        new = self._made(edge for each in found if (edge := single(each.action)) is not None)
        for each in found:
            edge = single(each.action)
            if edge is None:
                yield each
            elif edge in new and edge.kind == kind:
                yield replace(each, carried=True, after=edge.anchor)
            else:
                # Users are made before groups: none can be made with a group that is none yet.
                yield replace(each, carried=edge not in new or edge.kind == "users")

    def _there(
        self,
        kind: Kind,
        present: Iterable[Candidate],
        verbs: Mapping[str, Verb],
        resolve: Resolve,
    ) -> dict[int, dict[str, set[Edge]]]:
        """Return which of their references those have already who are adopted, by their numbers."""
        seen: dict[int, dict[str, set[Edge]]] = {}
        for each in present:
            if verbs.get(each.item.anchor) == "adopt" and (
                known := self._drafts.seen(kind, each.ord)
            ):
                wanted = {path: desired(each.item, path, resolve) for path in known}
                ids = self._ids(edge for edges in wanted.values() for edge in edges)
                seen[each.ord] = {
                    path: {edge for edge in wanted[path] if ids.get(edge) in known[path]}
                    for path in known
                }
        return seen

    def _ids(self, edges: Iterable[Edge]) -> dict[Edge, str]:
        """Return the ids of those referred to: of their accounts, or of those that they adopt."""
        of_kind: dict[Kind, list[str]] = {}
        found = list(edges)
        for edge in found:
            of_kind.setdefault(edge.kind, []).append(edge.anchor)
        adopted = {
            Edge(kind, anchor): identifier
            for kind, anchors in of_kind.items()
            for anchor, identifier in self._drafts.adopted(kind, anchors).items()
        }
        return self._staging.state.target_ids(found) | adopted

    def _made(self, edges: Iterable[Edge]) -> set[Edge]:
        """Return those of some objects that are to be made."""
        anchors: dict[Kind, list[str]] = {}
        for edge in edges:
            anchors.setdefault(edge.kind, []).append(edge.anchor)
        return {
            Edge(kind, anchor)
            for kind, names in anchors.items()
            for anchor, verb in self._drafts.verbs(kind, names).items()
            if verb == "create"
        }

    def _part(self, kind: Kind) -> None:
        """Part the references that close a circle of new objects from these."""
        above = self._drafts.following(kind)
        if (first := next(above, None)) is not None:
            order = Order(self._drafts.made(kind), chain([first], above))
            self._drafts.part(kind, order.cut)

    def _of_unchanged(self, kind: Kind) -> Iterator[list[Reference]]:
        for number, item, target_id in self._staging.referring(kind):
            actions = list(
                reference_actions(
                    item,
                    self._written(item),
                    target_id,
                    self._rules[kind],
                    self._resolver([item]),
                    self._brake,
                )
            )
            if actions and all(action.edges and _adds(action) for action in actions):
                self._staging.touch(item)  # Any other is evaluated anew: what it waits for is kept.
            yield [Reference(number, part, action) for part, action in enumerate(actions)]

    def _written(self, item: Wanted) -> Mapping[str, Mapping[Edge, bool]]:
        return self._staging.state.edges_from(item.kind, item.anchor)

    def _resolver(self, items: Iterable[Wanted]) -> Resolve:
        """Return what finds the object that an anchor names: a user, else a group."""
        wanted = {a for item in items for anchors in item.references.values() for a in anchors}
        known: dict[str, Edge] = {}
        for kind in reversed(list(self._rules)):
            verbs = self._drafts.verbs(kind, wanted)
            there = self._staging.accounts(kind, wanted)
            there -= {anchor for anchor, verb in verbs.items() if verb == "delete"}
            there |= {anchor for anchor, verb in verbs.items() if verb in ("create", "adopt")}
            known |= {anchor: Edge(kind, anchor) for anchor in there}
        return known.get


def _is_present(verb: Verb | None) -> bool:
    return verb is None or verb in PRESENT


def _adds(action: Action) -> bool:
    return action.verb != "remove members"


def reference_actions(
    item: Wanted,
    written: Mapping[str, Mapping[Edge, bool]],
    target_id: str | None,
    rules: Rules,
    resolve: Resolve,
    brake: str,
    there: Mapping[str, set[Edge]] = _NOBODY,
) -> Iterator[Action]:
    """Yield what is to be done about the references of one object.

    :param target_id: its account; None if there is none yet.
    :param there: what it refers to already at the target, by path, if it is adopted.
    """
    for path in item.references:
        before = written.get(path, {})
        after = desired(item, path, resolve)
        several = rules.places.at(path).target.is_list
        present = there.get(path, set())
        if present:
            yield _action(
                "adopt references", item, path, sorted(present), target_id, fingerprint(before)
            )
        known = {**before, **dict.fromkeys(present, True)}
        found = _members(known, after, brake) if several else _single(known, after, brake)
        for verb, edges in found:
            yield _action(verb, item, path, edges, target_id, fingerprint(before))


def alone(action: Action, path: str) -> Action:
    """Return what writes a reference by itself that an object was to be made with."""
    return Action(
        "set reference",
        *action.key,
        action.name,
        path=path,
        edges=(action.references[path],),
        basis=fingerprint({}),
        version=action.version,
    )


def held_back(
    item: Wanted, written: Mapping[str, Mapping[Edge, bool]], resolve: Resolve, brake: str
) -> bool:
    """Tell whether a brake keeps references that the source no longer wants."""
    return bool(brake) and any(
        written.get(path, {}).keys() - desired(item, path, resolve) for path in item.references
    )


def desired(item: Wanted, path: str, resolve: Resolve) -> set[Edge]:
    """Return the edges that the source wants and that can be written."""
    found = (resolve(anchor) for anchor in item.references.get(path, ()))
    return {edge for edge in found if edge is not None}


def _members(
    before: Mapping[Edge, bool], after: set[Edge], brake: str
) -> Iterator[tuple[Verb, list[Edge]]]:
    removed = [] if brake else sorted(before.keys() - after)
    added = sorted(edge for edge in after if not before.get(edge))
    if removed:
        yield "remove members", removed
    if added:
        yield "add members", added


def _single(
    before: Mapping[Edge, bool], after: set[Edge], brake: str
) -> Iterator[tuple[Verb, list[Edge]]]:
    certain = all(before.values())
    if (certain and set(before) == after) or (brake and not after):
        return
    yield "set reference", sorted(after)


# What `fingerprint` gives for those who refer to nobody: most of those whom a first plan is about.
_NOTHING: Final = digest_of({"edges": []})


def fingerprint(edges: Mapping[Edge, bool]) -> str:
    """Return what a plan notes of the references that it found, to be told later if they change."""
    if not edges:
        return _NOTHING
    found = sorted([edge.kind, edge.anchor, str(sure)] for edge, sure in edges.items())
    return digest_of({"edges": found})


def _action(
    verb: Verb, item: Wanted, path: str, edges: list[Edge], target_id: str | None, basis: str
) -> Action:
    return Action(
        verb,
        item.kind,
        item.anchor,
        item.name,
        target_id=target_id,
        path=path,
        edges=tuple(edges),
        basis=basis,
        version=item.version,
        reason=f"The source has changed ({item.where})." if target_id else "",
    )
