"""Finding the account that somebody already has: by the job's match attributes, first hit wins.

Several hits are never chosen from: that parks the object. A hit is believed only if it has the
value that was asked for, as there are targets that ignore a filter they do not understand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from provisioner.places import Places
from provisioner.population import Rules, Wanted
from provisioner.record import Kind
from provisioner.targets.connection import Target, unread
from provisioner.targets.trouble import (
    INCOMPATIBLE,
    RequestFailed,
    TargetUnusable,
    Trouble,
    trouble_of_question,
)
from scim_client import Page


@dataclass(frozen=True, slots=True)
class Hit:
    """The one resource of the target that matches, and what it was found by."""

    id: str
    resource: dict[str, Any]
    by: str


# None: there is no such account yet. Trouble: it cannot be told.
Match = Hit | Trouble | None


class Matcher:
    """Looks objects of one kind up at the target."""

    def __init__(self, target: Target, rules: Rules) -> None:
        self._target = target
        self._kind: Kind = rules.kind
        self._places: Places = rules.places
        self._rules = rules
        self._probed = False

    def find(self, wanted: Wanted) -> Match:
        """Look one object up.

        :raises TargetUnusable: when the trouble is the target's and not the object's.
        """
        return self.find_by(self.values({**wanted.values, **wanted.once}))

    def values(self, values: Mapping[str, object]) -> list[tuple[str, str]]:
        """Return what to match by, in the job's order, out of mapped values."""
        found = ((path, values.get(path)) for path in self._rules.match)
        return [(path, str(value)) for path, value in found if value not in (None, "")]

    def find_by(self, values: Iterable[tuple[str, str]]) -> Match:
        """Look an object up by target paths and values, in their order.

        :raises TargetUnusable: as `find` does.
        """
        for path, value in values:
            try:
                page = self._ask(path, value)
            except RequestFailed as error:
                trouble = trouble_of_question(error)
                if trouble.fatal:
                    raise TargetUnusable(trouble) from None
                return self._of_this_object(trouble)
            found = self._judge(page, path, value)
            if isinstance(found, Trouble):
                return self._of_this_object(found)
            if found is not None:
                return found
        return None

    def _of_this_object(self, trouble: Trouble) -> Trouble:
        """Return the trouble if the target answers well where it is asked for another object.

        :raises TargetUnusable: when it does not: that is no matter of one object.
        """
        if not self._probed:
            self._target.probe(self._kind, self._rules.match[0], self._places)
            self._probed = True
        return trouble

    def _ask(self, path: str, value: str) -> Page:
        question = self._places.at(path).equals(value)
        endpoint = self._target.endpoint(self._kind)
        return endpoint.search(question, excluded_attributes=unread(self._kind)).first_page()

    def _judge(self, page: Page, path: str, value: str) -> Match:
        hits = {str(resource.get("id") or ""): resource for resource in page.resources}
        number = max(len(page.resources), page.total or 0)
        if number == 0:
            return None
        if number > 1:
            return Trouble(
                "DuplicateTargetEntries",
                f'The target has {number} {self._kind} whose {path} is "{value}".',
                "Leave one of them, or match by an attribute that is unique.",
            )
        identifier, resource = next(iter(hits.items()), ("", {}))
        if not identifier:
            return Trouble(
                INCOMPATIBLE,
                f'The target found one of the {self._kind} whose {path} is "{value}" '
                "and did not answer with its id.",
                "Report this to the maker of the target.",
            )
        return self._believed(Hit(identifier, resource, path), value)

    def _believed(self, hit: Hit, value: str) -> Match:
        place = self._places.at(hit.by)
        has = place.read(hit.resource)
        if has is None or (isinstance(has, str) and place.same_text(has, value)):
            return hit
        return Trouble(
            INCOMPATIBLE,
            f'Asked for {hit.by} "{value}", the target answered with one that has "{has}".',
            "The target does not filter by this attribute; match by another one.",
        )
