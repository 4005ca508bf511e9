"""People who exchange their names: each name is taken until another of them has let go of it.

One of each circle is given a name of its own for the moment, the others are renamed one after the
other, and then the first. Each step is an ordinary update: its intent is on disk before it is sent,
and what was written is known after it, so that a crash in between leaves a rename to do, no more.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2s

from provisioner.planning.action import Action, Change
from provisioner.planning.outcome import Outcome
from provisioner.planning.population import Rules
from provisioner.record import Kind
from provisioner.state.sqlite import SqliteState

_VERBS = frozenset({"update", "enable", "disable"})
Key = tuple[Kind, str]
Name = tuple[Kind, str, str]  # The kind, the path, and the value as the target compares it.


class Exchanges:
    """The circles of one stage; nobody is given a name for the moment twice.

    :param attempt: carries out one action and logs it.
    """

    def __init__(
        self,
        state: SqliteState,
        rules: Mapping[Kind, Rules],
        attempt: Callable[[Action], Outcome],
    ) -> None:
        self._state = state
        self._rules = rules
        self._attempt = attempt
        self._begun: dict[Key, Action] = {}

    def begun(self, stuck: Sequence[Outcome]) -> list[Outcome] | None:
        """Free a name in each circle among those that have met a conflict, and return them all.

        None: there is no circle, or its name could not be freed.
        """
        again = {each.action.key: each for each in stuck}
        freed = False
        actions = sorted((each.action for each in stuck), key=lambda action: action.key)
        for action, change, other in self._circles(actions):
            aside = _aside(action, change, other)
            if self._attempt(aside).status != "done":
                continue
            freed = True
            self._begun[action.key] = aside
            changes = tuple(
                replace(each, before=aside.changes[0].after) if each is change else each
                for each in action.changes
            )
            rebased = replace(action, changes=changes, basis=self._basis(action))
            again[action.key] = replace(again[action.key], action=rebased)
        return list(again.values()) if freed else None

    def undo(self, stuck: Sequence[Outcome]) -> None:
        """Give those their names back who could not be given the new ones."""
        for outcome in stuck:
            if (aside := self._begun.get(outcome.action.key)) is not None:
                self._attempt(self._back(aside))

    def _back(self, aside: Action) -> Action:
        (change,) = aside.changes
        return replace(
            aside,
            changes=(Change(change.path, change.after, change.before),),
            values={**aside.values, change.path: change.before},
            basis=self._basis(aside),
            reason=f"Its new {change.path} is still taken: it has its own again.",
        )

    def _basis(self, action: Action) -> str:
        link = self._state.link(*action.key)
        return link.fingerprint if link else ""

    def _circles(self, actions: Sequence[Action]) -> Iterator[tuple[Action, Change, Action]]:
        """Yield one of each circle, what it is to be called, and who is called so now."""
        holders = {
            self._name(action, change.path, change.before): (action, change)
            for action, change in self._renamings(actions)
        }
        seen: set[Key] = set(self._begun)
        for action, change in self._renamings(actions):
            circle = list(self._followed(action, change, holders))
            keys = {each.key for each in circle}
            if circle and circle[-1] is action and not keys & seen:
                seen |= keys
                yield action, change, circle[0]

    def _followed(
        self, action: Action, change: Change, holders: Mapping[Name, tuple[Action, Change]]
    ) -> Iterator[Action]:
        """Yield who has the name that is wanted, who has that one's, and so on, up to the first."""
        passed: set[Key] = set()
        step = holders.get(self._name(action, change.path, change.after))
        while step is not None and step[0].key not in passed:
            holder, wish = step
            passed.add(holder.key)
            yield holder
            if holder is action:
                return
            step = holders.get(self._name(holder, wish.path, wish.after))

    def _renamings(self, actions: Sequence[Action]) -> Iterator[tuple[Action, Change]]:
        for action in actions:
            for change in action.changes if action.verb in _VERBS else ():
                texts = isinstance(change.before, str) and isinstance(change.after, str)
                if texts and self._is_name(action.kind, change.path):
                    yield action, change

    def _is_name(self, kind: Kind, path: str) -> bool:
        rules = self._rules[kind]
        return path in rules.match or rules.places.at(path).target.leaf.uniqueness != "none"

    def _name(self, action: Action, path: str, value: object) -> Name:
        fold = self._rules[action.kind].places.at(path).target.leaf.fold
        return action.kind, path, fold(str(value))


def _aside(action: Action, change: Change, other: Action) -> Action:
    """Return the action that gives an object a name for the moment, and changes nothing else."""
    before = {each.path: each.before for each in action.changes}
    own = {**action.values, **before, change.path: _for_the_moment(action, change)}
    return replace(
        action,
        verb="update",
        changes=(Change(change.path, change.before, own[change.path]),),
        values={path: value for path, value in own.items() if value is not None},
        reason=f"{other.name} has the {change.path} that it is to have, and waits for its own: it "
        "has another one for the moment.",
    )


def _for_the_moment(action: Action, change: Change) -> str:
    """Return a name that nobody has: of the same form, and always the same for the same object."""
    name = str(change.before)
    mark = blake2s(f"{action.anchor}\0{name}".encode(), digest_size=4).hexdigest()
    local, at, domain = name.rpartition("@")
    return f"{local}.{mark}@{domain}" if at and local else f"{name}.{mark}"
