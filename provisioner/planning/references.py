"""References between objects: managers and members, as differences of sets of edges.

An edge is written once both of its ends have an account; until then it is left out, and it is
caught up with in the first cycle in which they do, whatever else has changed. Who is made after the
one referred to has the reference from the beginning: it costs no request of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from provisioner.planning.order import Order
from provisioner.planning.plan import Action, Edge, Verb
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
# What is learned of a target that refuses to make an object with its references.
CARRYING: Final = "references in creations"

Mains = Mapping[Kind, Mapping[str, Action]]


class References:
    """The reference actions of a plan whose other actions, `mains`, are known."""

    def __init__(
        self,
        staging: Staging,
        rules: Mapping[Kind, Rules],
        mains: Mains,
        brake: str,
        learned: Learned,
    ) -> None:
        self._staging = staging
        self._refuses = bool(learned.get(CARRYING).get("refused"))
        self._rules = rules
        self._mains = mains
        self._brake = brake
        self._new = {kind: _with(mains[kind], "create", "adopt") for kind in rules}
        self._lost = {kind: _with(mains[kind], "delete") for kind in rules}
        self._carried: dict[tuple[Kind, str], dict[str, Edge]] = {}
        self._edges: dict[Kind, dict[str, Edge]] = {kind: {} for kind in rules}

    def actions(self, kind: Kind, *, unchanged: bool) -> Iterator[Action]:
        """Yield the actions of a kind in the source's order.

        :param unchanged: look also at objects that are unchanged and refer to somebody who is not.
        """
        if self._rules[kind].references:
            found = list(self._uncarried(kind, list(self._of_changed(kind))))
            if unchanged:
                found += self._of_unchanged(kind)
            yield from (action for _, action in sorted(found, key=lambda pair: pair[0]))

    def _of_changed(self, kind: Kind) -> Iterator[tuple[int, Action]]:
        for batch in self._staging.candidates(kind, decided=True):
            present = [each for each in batch if self._is_present(kind, each)]
            resolve = self._resolver(each.item for each in present)
            held: list[int] = []
            for each in present:
                target_id = each.link.target_id if each.link else None
                written = self._written(each.item) if each.link else {}
                actions = reference_actions(
                    each.item, written, target_id, self._rules[kind], resolve, self._brake
                )
                yield from ((each.ord, action) for action in actions)
                if held_back(each.item, written, resolve, self._brake):
                    held.append(each.ord)
            self._staging.save_fates((Fate.OPEN, number) for number in held)

    def carrying(self, action: Action) -> Action:
        """Return the action with the references that its object is made with; ask once, at the end.

        They are left out of what `actions` yields.
        """
        carried = self._carried.pop(action.key, None)
        return replace(action, references=carried) if carried else action

    def _uncarried(
        self, kind: Kind, found: list[tuple[int, Action]]
    ) -> Iterator[tuple[int, Action]]:
        """Note the references that new objects are made with, and yield all other actions."""
        above: dict[str, list[str]] = {}
        for _, action in found:
            if self._can_be_carried(action):
                others = above.setdefault(action.anchor, [])
                others += [e.anchor for e in action.edges if self._is_made(kind, e)]
        cut = Order(above).cut
        for number, action in found:
            if self._can_be_carried(action) and (action.anchor, action.edges[0].anchor) not in cut:
                carried = self._carried.setdefault(action.key, {})
                carried[action.path or ""] = action.edges[0]
            else:
                yield number, action

    def _can_be_carried(self, action: Action) -> bool:
        """Tell whether an object can be made with a reference that is to be set."""
        main = self._mains[action.kind].get(action.anchor)
        if action.verb != "set reference" or main is None or main.verb != "create":
            return False
        edge = action.edges[0] if action.edges else None
        if edge is None or self._refuses:
            return False
        # Users are made before groups: a user cannot be made with a group that is none yet.
        return edge.kind in (action.kind, "users") or not self._is_made(edge.kind, edge)

    def _is_made(self, kind: Kind, edge: Edge) -> bool:
        main = self._mains[edge.kind].get(edge.anchor)
        return edge.kind == kind and main is not None and main.verb == "create"

    def _of_unchanged(self, kind: Kind) -> Iterator[tuple[int, Action]]:
        turned = [
            anchor for sets in (self._new, self._lost) for each in sets.values() for anchor in each
        ]
        for number, item, target_id in self._staging.referring(kind, turned):
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
            yield from ((number, action) for action in actions)

    def _is_present(self, kind: Kind, each: Candidate) -> bool:
        main = self._mains[kind].get(each.item.anchor)
        return main is None or main.verb in PRESENT

    def _written(self, item: Wanted) -> Mapping[str, Mapping[Edge, bool]]:
        return self._staging.state.edges_from(item.kind, item.anchor)

    def _resolver(self, items: Iterable[Wanted]) -> Resolve:
        """Return what finds the object that an anchor names: a user, else a group."""
        wanted = {a for item in items for anchors in item.references.values() for a in anchors}
        known: dict[str, Edge] = {}
        for kind in reversed(list(self._rules)):
            there = self._staging.accounts(kind, wanted) - self._lost[kind]
            there |= wanted & self._new[kind]
            known |= {anchor: self._edge(kind, anchor) for anchor in there}
        return known.get

    def _edge(self, kind: Kind, anchor: str) -> Edge:
        """Return the one edge to an object: a person may be in a hundred groups."""
        edge = self._edges[kind].get(anchor)
        if edge is None:
            edge = self._edges[kind][anchor] = Edge(kind, anchor)
        return edge


def _adds(action: Action) -> bool:
    return action.verb != "remove members"


def _with(actions: Mapping[str, Action], *verbs: str) -> set[str]:
    return {anchor for anchor, action in actions.items() if action.verb in verbs}


def reference_actions(
    item: Wanted,
    written: Mapping[str, Mapping[Edge, bool]],
    target_id: str | None,
    rules: Rules,
    resolve: Resolve,
    brake: str,
) -> Iterator[Action]:
    """Yield what is to be done about the references of one object.

    :param target_id: its account; None if there is none yet.
    """
    for path in item.references:
        before = written.get(path, {})
        after = desired(item, path, resolve)
        several = rules.places.at(path).target.is_list
        found = _members(before, after, brake) if several else _single(before, after, brake)
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
