"""Mapped values before and after, and the PATCH operations that lead from one to the other.

Values are compared as text: a change of letter case is a change, also where the target's schema
says that case does not matter, as it is the source's spelling that people want to see. What the
target has beside the mapped values is never mentioned in a request, and so is left alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from provisioner.language.mapping import build_resource
from provisioner.language.places import Place, Places
from provisioner.planning.action import Change

Operation = dict[str, Any]


def changes(before: Mapping[str, object], wanted: Mapping[str, object]) -> tuple[Change, ...]:
    """Return what differs at the wanted paths; what we never wrote is not cleared."""
    pairs = ((path, before.get(path), after) for path, after in wanted.items())
    return tuple(Change(path, old, new) for path, old, new in pairs if not _same(old, new))


def changes_at_target(
    resource: Mapping[str, Any], wanted: Mapping[str, object], places: Places
) -> tuple[Change, ...]:
    """Return what differs in a resource that was read: for adoption, and for a second look.

    A wanted None is no wish: somebody else's value stays where the source has nothing to say.
    """
    spoken = {path: value for path, value in wanted.items() if value is not None}
    return changes(places.read(resource, spoken), spoken)


def operations(
    changed: Sequence[Change], values: Mapping[str, object], places: Places
) -> list[Operation]:
    """Return the PATCH operations for changes, one for each target path (RFC 7644 §3.5.2).

    :param values: all that the target holds of ours afterwards, to know which values exist by now.
    """
    found: list[Operation] = []
    done: set[str] = set()
    for change in changed:
        where = places.at(change.path)
        element = where.element
        if element is None:
            found.append(_plain(change, where, places))
        elif element not in done:
            done.add(element)
            found.extend(_element(where, changed, values, places))
    return found


def _plain(change: Change, where: Place, places: Places) -> Operation:
    if change.after is None:
        return {"op": "remove", "path": change.path}
    # `add` to a multi-valued attribute leaves its other values, which may be somebody else's.
    verb = "add" if change.before is None else "replace"
    value = change.after
    if where.sub is None and where.target.attribute.is_complex:
        value = _built(where, {change.path: value}, places)
    return {"op": verb, "path": change.path, "value": value}


def _element(
    where: Place, changed: Sequence[Change], values: Mapping[str, object], places: Places
) -> list[Operation]:
    """Change one value of a multi-valued attribute: make it, mend it or take it away.

    A path with a filter that matches nothing is an error for a strict target (RFC 7644 §3.5.2.3),
    so a value that is not there yet is added whole, to the attribute.
    """
    mine = [change for change in changed if places.at(change.path).element == where.element]
    touched = {change.path for change in mine}
    others = _in_element(values.keys() - touched, where, places)
    if not others and all(change.before is None for change in mine):
        after = {change.path: change.after for change in mine}
        return [{"op": "add", "path": where.holder, "value": _built(where, after, places)}]
    if not others and all(change.after is None for change in mine):
        return [{"op": "remove", "path": where.element}]
    return [_mended(change) for change in mine]


def _mended(change: Change) -> Operation:
    # The value exists: replacing a sub-attribute that it lacks adds it (RFC 7644 §3.5.2.3).
    if change.after is None:
        return {"op": "remove", "path": change.path}
    return {"op": "replace", "path": change.path, "value": change.after}


def _in_element(paths: Iterable[str], where: Place, places: Places) -> bool:
    return any(places.at(path).element == where.element for path in paths)


def _built(where: Place, after: Mapping[str, object], places: Places) -> Any:
    resource = build_resource(after, places.model)
    urn = where.target.urn
    holder = resource[urn] if urn else resource
    return holder[where.target.attribute.name]


def _same(before: object, after: object) -> bool:
    if isinstance(before, list) and isinstance(after, list):
        # Multi-valued attributes have no order (RFC 7643 §2.4).
        return len(before) == len(after) and all(item in after for item in before)
    # True == 1 in Python; a target that answers 1 for true has not got it right.
    return type(before) is type(after) and before == after
