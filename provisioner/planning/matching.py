"""Finding the account that somebody already has: by the job's match attributes, first hit wins.

Several hits are never chosen from: that parks the object. A hit is believed only if it has the
value that was asked for, as there are targets that ignore a filter they do not understand. Where a
target cannot be asked for one object, or there are more questions than its list has pages, the
whole list is read, once.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from provisioner.language.places import Place, Places
from provisioner.planning.population import Rules, Wanted
from provisioner.planning.target_list import TargetList, TooLong
from provisioner.record import Kind
from provisioner.targets.connection import Target, unread
from provisioner.targets.trouble import (
    INCOMPATIBLE,
    RequestFailed,
    TargetUnusable,
    Trouble,
    trouble_of,
    trouble_of_question,
)
from scim_client import Page
from scim_protocol.datatypes import fold


@dataclass(frozen=True, slots=True)
class Hit:
    """The one resource of the target that matches, and what it was found by."""

    id: str
    resource: dict[str, Any]
    by: str


log = logging.getLogger("provisioner")

_FEW: Final = 3  # For fewer questions a list is not worth while.
_PAGE: Final = 100

# None: there is no such account yet. Trouble: it cannot be told.
Match = Hit | Trouble | None


class Matcher:
    """Looks objects of one kind up at the target."""

    def __init__(self, target: Target, rules: Rules) -> None:
        self._target = target
        self._kind: Kind = rules.kind
        self._places: Places = rules.places
        self._rules = rules
        self._compare = target.profile.kind(rules.kind).compare
        self._probed = False
        self._lock = threading.Lock()
        self._listed: TargetList | None = None
        self._doubted = True  # whether the list has still to be held against an answer

    def find(self, wanted: Wanted) -> Match:
        """Look one object up.

        :raises TargetUnusable: when the trouble is the target's and not the object's.
        """
        return self.find_by(self.values({**wanted.values, **wanted.once}))

    @property
    def knows_all(self) -> bool:
        """Tell whether the whole list is known, so that nothing is asked."""
        return self._listed is not None

    def expect(self, questions: int, known: int, members: float = 0) -> None:
        """Be ready for many questions: where that takes fewer requests, all is listed once.

        A list that cannot be had, or contradicts itself, is done without. Where nothing is known
        of the target yet, groups are listed with their members: what is there is not written.

        :param known: how many resources the target has at least.
        :param members: how many members a group has, more or less.
        :raises TargetUnusable: when the target cannot be asked anything.
        """
        if self._compare == "trust" or questions < _FEW or questions * _PAGE <= known:
            return
        if not known and members and self._target.profile.members.readable is not False:
            self._list(questions, members)
        if self._listed is None:
            self._list(questions)

    def _list(self, questions: int, members: float = 0) -> None:
        try:
            self._listed = TargetList.read(self._target, self._kind, questions, members)
        except TooLong:
            log.debug("the target has too many %s to list them for %s", self._kind, questions)
        except RequestFailed as error:
            trouble = trouble_of(error)
            if trouble.halts:
                raise TargetUnusable(trouble) from None
            log.info("the %s are not listed: %s", self._kind, trouble)

    def values(
        self, values: Mapping[str, object], more: Iterable[str] = ()
    ) -> list[tuple[str, str]]:
        """Return what to match by, in the job's order, out of mapped values.

        :param more: paths to match by after those of the job.
        """
        paths = dict.fromkeys([*self._rules.match, *more])
        found = ((path, values.get(path)) for path in paths)
        return [(path, str(value)) for path, value in found if value not in (None, "")]

    def find_by(self, values: Iterable[tuple[str, str]], *, anew: bool = False) -> Match:
        """Look an object up by target paths and values, in their order.

        :param anew: a list that was read before may be out of date.
        :raises TargetUnusable: as `find` does.
        """
        if anew:
            with self._lock:
                self._listed = None
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
        place = self._places.at(path)
        can_filter = self._target.can_filter(self._kind, path, value)
        if not can_filter or (self.knows_all and self._is_shown(place)):
            found = self._listed_with(path, value)
            if found or not can_filter or not self._doubted:
                return Page(found, len(found), None)
            return self._asked_beside_the_list(place, value)
        return self._question(place, value)

    def _question(self, place: Place, value: str) -> Page:
        question = self._target.question(self._kind, place, value)
        endpoint = self._target.endpoint(self._kind)
        return endpoint.search(question, excluded_attributes=unread(self._kind)).first_page()

    def _is_shown(self, place: Place) -> bool:
        return place.target.leaf.returned in ("always", "default")

    def _asked_beside_the_list(self, place: Place, value: str) -> Page:
        """Ask for the first that is not in the list: if it is there, the list is not believed."""
        page = self._question(place, value)
        self._doubted = False
        if page.resources:
            log.info("the target does not list all of its %s: each is asked for", self._kind)
            self._listed = None
        return page

    def _listed_with(self, path: str, value: str) -> list[dict[str, Any]]:
        """Return those of the whole list that have a value.

        :raises IncompleteList: when the list is not whole.
        """
        with self._lock:
            if self._listed is None:
                self._listed = TargetList.read(self._target, self._kind)
        place = self._places.at(path)
        found = self._listed.with_value(path, place, value)
        return [each for each in found if self._has(place, each, value)]

    def _has(self, place: Place, resource: Mapping[str, Any], value: str) -> bool:
        has = place.read(resource)
        return isinstance(has, str) and self._same(place, has, value)

    def _same(self, place: Place, one: str, other: str) -> bool:
        match self._compare:
            case "exact":
                return one == other
            case "ignore case":
                return fold(one) == fold(other)
        return place.same_text(one, other)

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
        if has is None or self._compare == "trust":
            return hit
        if isinstance(has, str) and self._same(place, has, value):
            return hit
        return Trouble(
            INCOMPATIBLE,
            f'Asked for {hit.by} "{value}", the target answered with one that has "{has}".',
            "The target does not filter by this attribute; match by another one.",
        )
