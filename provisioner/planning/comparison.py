"""Compare, match, diff: one decision for each object that is not known to be as it should be."""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from provisioner.planning.action import Action
from provisioner.planning.decisions import (
    Circumstances,
    Decision,
    blocked_without_account,
    leaver,
    linked,
    park,
    settled_before_asking,
    unlinked,
    waiting,
)
from provisioner.planning.drafts import Drafts
from provisioner.planning.matching import Hit, Match, Matcher
from provisioner.planning.permitted import permitted
from provisioner.planning.population import Rules, Wanted, match_values
from provisioner.planning.required import completed
from provisioner.planning.staged import Candidate, Leaver
from provisioner.planning.staging import Staging
from provisioner.planning.staying import unseen, with_kept
from provisioner.planning.unique_values import UniqueValues
from provisioner.record import Kind
from provisioner.state import Failure, Fate
from provisioner.targets.connection import Target
from provisioner.targets.trouble import TargetUnusable, Trouble


class Comparison:
    """The decisions of one kind: first those in scope, in the source's order, then the leavers."""

    def __init__(
        self,
        staging: Staging,
        drafts: Drafts,
        target: Target,
        rules: Rules,
        circumstances: Circumstances,
        *,
        concurrency: int,
        only: str | None,
    ) -> None:
        self.kind: Kind = rules.kind
        self._staging = staging
        self._drafts = drafts
        self._state = staging.state
        self._target = target
        self._rules = rules
        self._circumstances = circumstances
        self._concurrency = concurrency
        self._only = only.casefold() if only is not None else None
        self._failures = {each.anchor: each for each in self._state.failures(rules.kind)}
        self.meant = 0  # how many of those in scope the plan is about
        self.left: list[str] = []  # the leavers whom the plan of one person is about

    def decide(self) -> None:
        """Decide for everybody in scope; what there is to do is drafted."""
        questions = 0
        for batch in self._staging.candidates(self.kind):
            settled: list[tuple[int, Decision]] = []
            for each in batch:
                if self._is_meant(each):
                    self.meant += 1
                    decision = self._without_asking(each)
                    if decision is None:
                        questions += len(match_values(each.item, self._rules))
                    else:
                        settled.append((each.ord, decision))
            self._note(settled)
        if questions:
            self._ask(questions)
        self._note(list(self._blocked()))

    def _note(self, found: list[tuple[int, Decision]]) -> None:
        """Keep what there is something to say about; of the others, how they stand."""
        self._staging.save_fates((decision.fate, number) for number, decision in found)
        self._drafts.decide(
            self.kind,
            ((number, each.action) for number, each in found if each.action is not None),
        )

    def _is_meant(self, each: Candidate) -> bool:
        values = (value for _, value in match_values(each.item, self._rules))
        return self._only is None or self._is_named(each.item.anchor, each.item.name, *values)

    def _is_named(self, *names: str) -> bool:
        return self._only is None or self._only in {each.casefold() for each in names}

    def _without_asking(self, each: Candidate) -> Decision | None:
        item, link = each.item, each.link
        pause = waiting(item, self._failure_of(item), self._circumstances)
        if pause is not None:
            return pause
        if link is None:
            return settled_before_asking(item, bool(match_values(item, self._rules)))
        if item.trouble is None and item.digest == link.digest:
            return Decision(None, Fate.WRITTEN)
        written = self._written(each)
        item = with_kept(item, written, self._rules.mapper)
        decision = linked(item, link, written, self._circumstances)
        if own := unseen(decision.action, link, self._rules, self._target):
            written |= own
            item = with_kept(item, written, self._rules.mapper)
            decision = linked(item, link, written, self._circumstances)
        return self._permitted(decision)

    def _permitted(self, decision: Decision) -> Decision:
        """Leave out what cannot be, or the target does not take; it is looked at again."""
        if decision.action is None:
            return decision
        action = permitted(completed(decision.action, self._rules), self._target)
        return decision if action is decision.action else Decision(action, Fate.OPEN)

    def _failure_of(self, item: Wanted) -> Failure | None:
        return self._failures.get(item.anchor)

    def _written(self, each: Candidate) -> dict[str, object]:
        with self._state.reading():
            written: dict[str, object] = json.loads(each.written)
        return written

    def _asked(self) -> Iterator[list[Candidate]]:
        """Yield those for whom nothing is decided yet: read once more, and not held meanwhile."""
        for batch in self._staging.candidates(self.kind):
            yield [each for each in batch if each.link is None and self._is_meant(each)]

    def _ask(self, questions: int) -> None:
        """Match at the target, several at once, and decide for each by what was found."""
        matcher = Matcher(self._target, self._rules)
        matcher.expect(questions, self._state.held(self.kind)["linked"], self._members())
        unique = UniqueValues(matcher, self._rules)
        with ThreadPoolExecutor(self._concurrency, "matching") as pool:
            try:
                for part in self._asked():
                    find, items = self._finding(matcher), [each.item for each in part]
                    matches = map(find, items) if matcher.knows_all else pool.map(find, items)
                    found = list(zip(part, matches, strict=True))
                    hits = [(each.ord, m) for each, m in found if isinstance(m, Hit)]
                    self._drafts.take(self.kind, ((hit.id, number) for number, hit in hits))
                    self._drafts.see(self.kind, self._seen(hits))
                    self._note([(each.ord, self._decide(each, m, unique)) for each, m in found])
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        for identifier, numbers in self._drafts.contested(self.kind).items():
            sharers = self._staging.items(self.kind, numbers)
            trouble = _contested(identifier, [item for _, item in sharers])
            self._note([(number, park(item, trouble)) for number, item in sharers])

    def _members(self) -> float:
        """Return how many members a group has in the source, more or less; 0 for people."""
        if self.kind == "users":
            return 0
        number = self._staging.count(self.kind, in_scope=True)
        return self._staging.count_references(self.kind) / max(1, number)

    def _seen(self, hits: Iterable[tuple[int, Hit]]) -> Iterator[tuple[int, str, list[str]]]:
        """Yield whom the accounts that were found refer to, as far as they were shown with that."""
        for number, hit in hits:
            for path in self._rules.references:
                place = self._rules.places.at(path)
                if ids := place.referred(hit.resource):
                    yield number, path, ids

    def _finding(self, matcher: Matcher) -> Callable[[Wanted], Match]:
        """Return what looks one up; when the target is found to be unusable, nothing more is."""
        unusable: list[TargetUnusable] = []

        def find(item: Wanted) -> Match:
            if unusable:
                raise unusable[0]
            try:
                return matcher.find(item)
            except TargetUnusable as error:
                unusable.append(error)
                raise

        return find

    def _decide(self, each: Candidate, match: Match, unique: UniqueValues) -> Decision:
        owner = None
        if isinstance(match, Hit):
            owner = self._state.link_to(self.kind, match.id)
        item = unique.chosen(each.item) if match is None else each.item
        if item.trouble is not None:
            return park(item, item.trouble)
        return self._permitted(unlinked(item, match, owner, self._rules))

    def _blocked(self) -> Iterator[tuple[int, Decision]]:
        """Speak of those who were blocked before, though their records are not looked at again."""
        if self._only is None:
            for number, anchor, name in self._staging.blocked(self.kind):
                yield number, blocked_without_account(self.kind, anchor, name)

    def leaving(self) -> Iterator[Action]:
        """Decide for the accounts whose objects are not in scope; yield what there is to do."""
        for batch in self._staging.leavers(self.kind, self._rules.gone):
            meant = [each for each in batch if self._is_named(*_named(each))]
            decisions = [
                leaver(each.link, each.record, each.written, self._rules, self._circumstances)
                for each in meant
            ]
            if self._only is not None:
                self.left += [each.link.anchor for each in meant]
            fates = [each.fate for each in decisions]
            self._staging.save_leavers(self.kind, zip(meant, fates, strict=True))
            yield from (each.action for each in decisions if each.action is not None)


def _named(each: Leaver) -> tuple[str, str]:
    return each.link.anchor, each.link.name


def _contested(identifier: str, finders: list[Wanted]) -> Trouble:
    """Let no two objects take the same account: both are parked, as nobody knows whose it is."""
    places = ", ".join(item.where for item in finders)
    return Trouble(
        "DuplicateSourceEntries",
        f"The target's {identifier} matches more than one object of the source: {places}.",
        "Give each its own value, or take the surplus ones out of scope.",
    )
