"""What a job has done in a period: who joined, moved and left, and what failed and why.

It is drawn from the provisioning log and the list of cycles; neither source nor target is asked.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import orjson

from provisioner.commands.causes import category_of
from provisioner.moments import moment
from provisioner.record import Kind
from provisioner.state import Cycle, Failure
from provisioner.state.sqlite import SqliteState

# What an action that went through says of an object, in the words of those who read reports.
FATES: Final[Mapping[str, str]] = {
    "create": "joined",
    "adopt": "taken over",
    "enable": "returned",
    "update": "moved",
    "disable": "disabled",
    "delete": "deleted",
}
_MEMBERS: Final = {"add members": "members added", "remove members": "members removed"}
_NO_FAILURES: Final = frozenset({"success", "skipped"})

# Ids, lines and times.
_NUMBERS: Final = re.compile(r"\b[0-9a-fA-F-]*\d[0-9a-fA-F-]*\b")

Event = dict[str, Any]
Key = TypeVar("Key", str, tuple[Kind, str])


@dataclass
class Cause:
    """Failures of one cause: the class, the code, the target's own words, and what to do."""

    category: str
    code: str
    reason: str
    hint: str
    events: int = 0
    objects: dict[tuple[Kind, str], str] = field(default_factory=dict)
    first: float = 0.0
    last: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return it as a document."""
        return {
            "category": self.category,
            "code": self.code,
            "reason": self.reason,
            "hint": self.hint,
            "events": self.events,
            "first": moment(self.first),
            "last": moment(self.last),
            "objects": [
                {"kind": kind, "anchor": anchor, "name": name}
                for (kind, anchor), name in by_name(self.objects)
            ],
        }


@dataclass
class History:
    """The account of a period; times are epoch seconds."""

    job: str
    since: float
    until: float
    cycles: list[Cycle]
    open: list[Failure]
    fates: dict[Kind, dict[str, dict[str, str]]] = field(default_factory=dict)
    members: Counter[str] = field(default_factory=Counter)
    causes: dict[tuple[str, str], Cause] = field(default_factory=dict)

    @property
    def good(self) -> int:
        """How many cycles read the source whole and came to their end."""
        return sum(each.complete and each.error is None for each in self._ended)

    @property
    def stopped(self) -> int:
        """How many cycles did not come to their end."""
        return len(self.cycles) - sum(each.error is None for each in self._ended)

    @property
    def _ended(self) -> list[Cycle]:
        return [each for each in self.cycles if each.ended is not None]

    def counts(self, kind: Kind) -> dict[str, int]:
        """Return how many objects of a kind came to each fate."""
        found = self.fates.get(kind, {})
        return {word: len(found[word]) for word in FATES.values() if found.get(word)}

    def ranked(self) -> list[Cause]:
        """Return the causes, the one that concerns most objects first."""
        return sorted(self.causes.values(), key=lambda each: (-len(each.objects), each.code))

    def add(self, event: Event) -> None:
        """Take in one event of the log."""
        if event["status"] == "success":
            self._add_success(event)
        elif event["code"] and event["status"] not in _NO_FAILURES:
            self._add_failure(event)

    def _add_success(self, event: Event) -> None:
        kind, action = event["kind"], event["action"]
        if (word := FATES.get(action)) is not None:
            of_kind: dict[str, dict[str, str]] = self.fates.setdefault(kind, {})
            of_kind.setdefault(word, {})[event["anchor"]] = event["name"]
        elif (word := _MEMBERS.get(action)) is not None:
            self.members[word] += sum(
                len(each["newValue"] or each["oldValue"] or ())
                for each in event["modifiedProperties"]
            )

    def _add_failure(self, event: Event) -> None:
        key = (event["code"], _without_particulars(event))
        cause = self.causes.get(key)
        if cause is None:
            category = category_of(event["code"])
            cause = Cause(category, event["code"], event["reason"], event["hint"])
            self.causes[key] = cause
            cause.first = event["time"]
        cause.events += 1
        cause.last = event["time"]
        cause.objects[event["kind"], event["anchor"]] = event["name"]

    def to_json(self) -> dict[str, Any]:
        """Return the account as a document."""
        return {
            "job": self.job,
            "since": moment(self.since),
            "until": moment(self.until),
            "cycles": {"all": len(self.cycles), "good": self.good, "stopped": self.stopped},
            "objects": {
                kind: {
                    word: [{"anchor": anchor, "name": name} for anchor, name in by_name(named)]
                    for word, named in of_kind.items()
                }
                for kind, of_kind in self.fates.items()
            },
            "members": dict(self.members),
            "failures": [each.to_json() for each in self.ranked()],
            "open": len(self.open),
        }


def by_name(objects: Mapping[Key, str]) -> list[tuple[Key, str]]:
    """Return objects in the order of their names: that of the log is one of threads."""
    return sorted(objects.items(), key=lambda each: (each[1].casefold(), each))


def _without_particulars(event: Event) -> str:
    """Return a reason without what tells one object from another, so that equal ones meet."""
    reason: str = event["reason"]
    for name in (event["name"], event["anchor"], event["targetId"]):
        reason = reason.replace(name, "…") if name else reason
    return _NUMBERS.sub("…", reason)


def history(job: str, state: SqliteState, since: float, until: float) -> History:
    """Return the account of a period of a job."""
    cycles = [each for each in state.cycles(-1) if since <= each.started < until]
    found = History(job, since, until, cycles[::-1], state.failures())
    for event in events_between(state, since, until):
        found.add(event)
    return found


def events_between(state: SqliteState, since: float, until: float) -> Iterator[Event]:
    """Yield the events of a period, oldest first."""
    sql = (
        "select id, cycle, document from events "
        "where id > ? and time >= ? and time < ? order by id limit 1000"
    )
    last = 0
    while rows := state.query(sql, [last, since, until]):
        last = rows[-1][0]
        for _, cycle, document in rows:
            yield {"cycle": cycle, **orjson.loads(document)}
