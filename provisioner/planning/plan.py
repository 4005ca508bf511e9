"""The plan: everything that a cycle would do, as a value that is shown, saved and applied.

A plan is made by reading alone. Applying reads the plan alone: what is not in it is not done. The
same source, state and target always give the same bytes, so two plans can be compared as files.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import orjson

from provisioner.planning.action import (
    ACTION_SHAPE,
    WITH_PATH,
    Action,
    PlanError,
    Verb,
    damaged,
    hold_against,
)
from provisioner.planning.actions import Actions
from provisioner.planning.plan_shape import plan_shape
from provisioner.record import Kind
from provisioner.small_file import regular, write_whole

FORMAT: Final = "scim-provisioner plan 2"
_ANY_FORMAT: Final = "scim-provisioner plan "


@dataclass(frozen=True, slots=True)
class Plan:
    """All actions of a cycle, and how far the read behind them can be trusted.

    `doubts` holds the reasons why the source read is not taken for complete: such a plan adds and
    updates, and never takes anything away. Per kind, `source` counts the records read, `in_scope`
    those that are provisioned, `unchanged` those of them that there is nothing to say about, `kept`
    the accounts of leavers of earlier cycles, and `base` the active accounts, of which guards take
    their percentage; `members` are those of all groups (""), and of each group that loses some.
    `person` is the one whom the plan is about, if it is about one alone.
    """

    job: str
    target: str
    initial: bool
    doubts: tuple[str, ...]
    source: Mapping[str, int]
    in_scope: Mapping[str, int]
    out_of_scope: Mapping[str, int]
    base: Mapping[str, int]
    actions: Actions
    unchanged: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    person: str | None = None
    members: Mapping[str, int] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Tell whether the source was read whole, so that what is missing there is truly gone."""
        return not self.doubts

    @property
    def empty(self) -> bool:
        """Tell whether applying sends no request."""
        return not self.actions.sending

    def __str__(self) -> str:
        lines = [f"{kind}: {number} to {verb}" for (kind, verb), number in self.counts().items()]
        return "\n".join([f"Plan of {self.job} for {self.target}", *lines, *self.doubts])

    def counts(self) -> Counter[tuple[Kind, Verb]]:
        """Count the actions by kind and verb."""
        return self.actions.counts()

    def stage(self, number: int) -> Iterator[Action]:
        """Yield the actions of one stage, in the order of the plan."""
        return self.actions.where(stage=number)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as a document."""
        return {**self._head(), "actions": [action.to_json() for action in self.actions]}

    def _head(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "job": self.job,
            "target": self.target,
            "person": self.person,
            "initial": self.initial,
            "complete": self.complete,
            "doubts": list(self.doubts),
            "source": dict(self.source),
            "inScope": dict(self.in_scope),
            "outOfScope": dict(self.out_of_scope),
            "unchanged": dict(self.unchanged),
            "kept": dict(self.kept),
            "base": dict(self.base),
            "members": dict(self.members),
        }

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read a plan back.

        :raises PlanError: when the document is not a plan of this format.
        """
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise PlanError(_wrong_format(document))
        hold_against(_PLAN_SHAPE, document)
        plan = cls(
            job=document["job"],
            target=document["target"],
            initial=document["initial"],
            doubts=tuple(document["doubts"]),
            source=document["source"],
            in_scope=document["inScope"],
            out_of_scope=document["outOfScope"],
            unchanged=document["unchanged"],
            kept=document["kept"],
            base=document["base"],
            members=document.get("members", {}),
            actions=Actions(map(Action.built, document["actions"])),
            person=document["person"],
        )
        for wrong in plan._contradictions(complete=document["complete"]):
            raise damaged(wrong)
        return plan

    def _contradictions(self, *, complete: bool) -> Iterator[str]:
        """Yield what the parts of a document say against each other: it was not written so."""
        if complete != self.complete:
            yield "complete: doubts say otherwise"
        counted: dict[tuple[Kind, str], bool] = {}
        for action in self.actions:
            if counted.setdefault(action.key, action.leaver) != action.leaver:
                yield f"actions of {action.name!r}: they differ in leaver"
            if (action.path is not None) != (action.verb in WITH_PATH):
                yield f"actions of {action.name!r}: path does not go with {action.verb}"
            if action.verb == "delete" and not action.leaver:
                yield f"actions of {action.name!r}: who has not left is never deleted"
            if action.destroys and (self.doubts or self.initial):
                yield f"actions of {action.name!r}: such a plan takes nothing away"
        present: Counter[str] = Counter(kind for (kind, _), leaver in counted.items() if not leaver)
        present.update(self.unchanged)
        if any(
            present[kind] != self.in_scope.get(kind)
            for kind in present.keys() | self.in_scope.keys()
        ):
            yield "inScope: is not the number of the unchanged and of the objects of the actions"

    def save(self, path: Path) -> None:
        """Write the plan to a file that `Plan.load` reads; nobody else may, for it holds values.

        :raises PlanError: when there is a file by that name that is not a plan.
        """
        _refuse_to_replace(path)
        write_whole(path, (text.encode() for text in self._text()))

    def _text(self) -> Iterator[str]:
        """Yield the text of the document, one action after the other."""
        yield _indented({**self._head(), "actions": []}).removesuffix("]\n}")
        between = "\n  "
        for action in self.actions:
            yield between + _indented(action.to_json()).replace("\n", "\n  ")
            between = ",\n  "
        yield "\n ]\n}\n" if len(self.actions) else "]\n}\n"

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a saved plan.

        :raises PlanError: when the file cannot be read or holds no plan.
        """
        try:
            return cls.from_json(orjson.loads(regular(path).read_bytes()))
        except OSError as error:
            raise PlanError(f"{path}: cannot be read: {error.strerror}.") from None
        except ValueError:
            raise PlanError(f"{path}: is not a JSON file; make it with `plan --out`.") from None
        except PlanError as error:
            raise PlanError(f"{path}: {error}") from None


def _indented(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1)


def _wrong_format(document: object) -> str:
    found = document.get("format") if isinstance(document, dict) else None
    if isinstance(found, str) and found.startswith(_ANY_FORMAT):
        return (
            f'This plan is of another version of the program: its "format" is "{found}", and this '
            f'version reads "{FORMAT}". Make it again.'
        )
    return f'This is not a plan: its "format" should be "{FORMAT}".'


def _refuse_to_replace(path: Path) -> None:
    """Replace nothing but an older plan, or an empty file."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        start = file.read(200)
    if start and _ANY_FORMAT.encode() not in start:
        raise PlanError(
            f"{path}: is there and is not a plan, so it is left as it is; choose another name."
        )


_PLAN_SHAPE: Final = plan_shape(ACTION_SHAPE)
