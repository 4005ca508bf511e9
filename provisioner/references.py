"""References between objects: managers and members, as differences of sets of edges.

An edge is written once both of its ends have an account; until then it is left out, and it is
caught up with in the first cycle in which they do, whatever else has changed.
"""

from collections.abc import Callable, Iterator, Mapping

from provisioner.plan import Action, Edge, Verb
from provisioner.population import Rules, Wanted
from provisioner.record import Kind
from provisioner.state import Link, digest_of

Resolve = Callable[[str], Edge | None]
Edges = Mapping[tuple[str, str], Mapping[Edge, bool]]

# With one of these, the object has its account at the end of the plan.
_PRESENT = frozenset({"create", "adopt", "update", "enable", "disable", "unchanged"})


def resolver(known: Mapping[Kind, set[str]]) -> Resolve:
    """Return what finds the object that an anchor names: a user, else a group, with an account."""

    def resolve(anchor: str) -> Edge | None:
        for kind, anchors in known.items():
            if anchor in anchors:
                return Edge(kind, anchor)
        return None

    return resolve


def desired(item: Wanted, path: str, resolve: Resolve) -> set[Edge]:
    """Return the edges that the source wants and that can be written."""
    found = (resolve(anchor) for anchor in item.references.get(path, ()))
    return {edge for edge in found if edge is not None}


def reference_actions(
    wanted: Mapping[str, Wanted],
    mains: Mapping[str, Action],
    written: Edges,
    links: Mapping[str, Link],
    rules: Rules,
    resolve: Resolve,
    brake: str,
) -> Iterator[Action]:
    """Yield what is to be done about the references of the objects of one kind."""
    for anchor, item in wanted.items():
        main = mains.get(anchor)
        if main is None or main.verb not in _PRESENT:
            continue
        link = links.get(anchor)
        for path in item.references:
            before = written.get((anchor, path), {})
            after = desired(item, path, resolve)
            several = rules.places.at(path).target.is_list
            found = _members(before, after, brake) if several else _single(before, after, brake)
            for verb, edges in found:
                yield _action(verb, item, path, edges, link, fingerprint(before))


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


def fingerprint(edges: Mapping[Edge, bool]) -> str:
    """Return what a plan notes of the references that it found, to be told later if they change."""
    found = sorted([edge.kind, edge.anchor, str(sure)] for edge, sure in edges.items())
    return digest_of({"edges": found})


def _action(
    verb: Verb, item: Wanted, path: str, edges: list[Edge], link: Link | None, basis: str
) -> Action:
    return Action(
        verb,
        item.kind,
        item.anchor,
        item.name,
        target_id=link.target_id if link else None,
        path=path,
        edges=tuple(edges),
        basis=basis,
        version=item.version,
        reason=f"The source has changed ({item.where})." if link else "",
    )
