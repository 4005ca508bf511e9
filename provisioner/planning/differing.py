"""What a resource has where something else was written: the comparison of an audit."""

from collections.abc import Mapping
from typing import Any, Final

from provisioner.language.places import Place
from provisioner.planning.action import Change
from provisioner.planning.diff import changes
from provisioner.planning.population import Rules
from provisioner.planning.staying import has_value

_SHOWN: Final = frozenset({"always", "default"})


class Differing:
    """Compares resources of one kind with what was written to them."""

    def __init__(self, rules: Rules) -> None:
        self._places = rules.places
        self._mapper = rules.mapper

    def __call__(
        self, written: Mapping[str, Any], resource: Mapping[str, Any]
    ) -> dict[str, object]:
        """Return the paths at which a resource has something else, and what that is."""
        shown = {
            path: value
            for path, value in written.items()
            if self._places.at(path).target.leaf.returned in _SHOWN
        }
        found = changes(shown, self._places.read(resource, shown))
        return {
            each.path: each.after
            for each in found
            if not _alike(self._places.at(each.path), each.before, each.after)
            and not self._is_its_own(each)
        }

    def _is_its_own(self, change: Change) -> bool:
        """Tell whether the job lets the account have what it has: a value of its own, or more."""
        if change.path in self._mapper.if_empty:
            return has_value(change.after)
        if change.path not in self._mapper.growing or not isinstance(change.after, list):
            return False
        return isinstance(change.before, list) and all(
            each in change.after for each in change.before
        )


def _alike(place: Place, one: object, other: object) -> bool:
    """Tell whether two texts differ in letter case alone, where that counts for nothing."""
    return isinstance(one, str) and isinstance(other, str) and place.same_text(one, other)
