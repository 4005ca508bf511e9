"""Targets that make something else of what they are given: a trimmed name, a number in one form.

It is found out by a look right after a repair: what differs then was not changed by anybody else.
From then on the same value in the place of the same value is no drift.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

import orjson

from provisioner.record import Kind
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target, unread
from provisioner.targets.learned import Learned
from provisioner.targets.trouble import RequestFailed

# Whether somebody has access is never a matter of form.
_NEVER: Final = frozenset({"active"})

Differences = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, object]]


class Rewriting:
    """What is known of one kind of object; kept in what is learned of the target."""

    def __init__(self, learned: Learned, kind: Kind) -> None:
        self._learned = learned
        self._subject = f"rewrites {kind}"
        self._known: dict[str, dict[str, str]] = learned.get(self._subject)

    def among(
        self, anchor: str, written: Mapping[str, object], found: Mapping[str, object]
    ) -> set[str]:
        """Return the paths at which an object has what the target makes of what was written."""
        known = self._known.get(anchor)
        if not isinstance(known, dict):
            return set()
        return {
            path
            for path, value in found.items()
            if known.get(path) == _fingerprint(written.get(path), value)
        }

    def learn(
        self,
        state: SqliteState,
        target: Target,
        kind: Kind,
        anchors: Iterable[str],
        differences: Differences,
    ) -> int:
        """Look at objects that were written just now, and return how many were rewritten."""
        number = 0
        for anchor in anchors:
            link = state.link(kind, anchor)
            if link is None:
                continue
            written = state.written(kind, anchor)
            found = _once_settled(target, kind, link.target_id, written, differences)
            paths = {
                path: _fingerprint(written.get(path), value)
                for path, value in found.items()
                if path not in _NEVER
            }
            if paths:
                self._known[anchor] = paths
                number += 1
        if number:
            self._learned.put(self._subject, self._known)
        return number


def _once_settled(
    target: Target, kind: Kind, identifier: str, written: dict[str, Any], differences: Differences
) -> dict[str, object]:
    """Return what differs when the target has had its time to show what it has done."""
    found: dict[str, object] = {}
    for second in range(int(target.profile.settle_seconds) + 1):
        target.clock.sleep(min(1, second))
        try:
            resource = target.endpoint(kind).get(identifier, excluded_attributes=unread(kind))
        except RequestFailed:
            return {}  # Nobody knows: it is looked at after the next repair.
        found = differences(written, resource)
        if not found:
            break
    return found


def _fingerprint(written: object, found: object) -> str:
    return blake2b(orjson.dumps([written, found]), digest_size=8).hexdigest()
