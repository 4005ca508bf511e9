"""The plan: everything that a cycle would do, as frozen values that are shown, saved and applied.

A plan is made by reading alone. Applying reads the plan alone: what is not in it is not done. The
same source, state and target always give the same bytes, so two plans can be compared as files.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self, get_args

import orjson

from provisioner.planning.packed import nothing
from provisioner.planning.plan_shape import Check, Misshapen, action_shape, plan_shape
from provisioner.record import Kind
from provisioner.small_file import regular, write_whole

FORMAT: Final = "scim-provisioner plan 2"
_ANY_FORMAT: Final = "scim-provisioner plan "

Verb = Literal[
    "create",
    "adopt",
    "update",
    "enable",
    "disable",
    "delete",
    "set reference",
    "add members",
    "remove members",
    "skip",
    "park",
]

# Users before groups, references once both of their ends exist, deletions last: a stage begins
# when the one before it has ended. Verbs without a stage send nothing.
_STAGES: Final[Mapping[str, Mapping[str, int]]] = {
    "users": {"create": 1, "adopt": 1, "update": 1, "enable": 1, "disable": 1},
    "groups": {"create": 2, "adopt": 2, "update": 2, "enable": 2, "disable": 2},
}
_REFERENCE_STAGES: Final[Mapping[str, int]] = {
    "set reference": 3,
    "remove members": 4,
    "add members": 4,
    "delete": 5,
}
STAGES: Final = {
    1: "users",
    2: "groups",
    3: "references",
    4: "members",
    5: "deletions",
}
_WITH_PATH: Final = frozenset({"set reference", "remove members", "add members"})
DESTRUCTIVE: Final = frozenset({"disable", "delete", "remove members"})


class PlanError(Exception):
    """A saved plan cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute before and after; None stands for no value."""

    path: str
    before: object
    after: object


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """One end of a reference: the source object that is pointed at."""

    kind: Kind
    anchor: str


@dataclass(frozen=True, slots=True)
class Action:
    """What happens to one object, and why.

    `values` is what the target holds of ours afterwards, `once` what only a creation sends, and
    `references` whom it refers to from the beginning, each by its path; `basis`
    the fingerprint of the link that this was planned on ("" if there was none), `version` that of
    the source object, by which a failure is known to be still the same.
    """

    verb: Verb
    kind: Kind
    anchor: str
    name: str
    target_id: str | None = None
    changes: tuple[Change, ...] = ()
    values: Mapping[str, object] = field(default_factory=nothing)
    once: Mapping[str, object] = field(default_factory=nothing)
    references: Mapping[str, Edge] = field(default_factory=nothing)
    path: str | None = None
    edges: tuple[Edge, ...] = ()
    leaver: bool = False
    basis: str = ""
    version: str = ""
    code: str | None = None
    reason: str = ""
    hint: str = ""

    @property
    def key(self) -> tuple[Kind, str]:
        """The object's identity in the source."""
        return self.kind, self.anchor

    @property
    def everything(self) -> dict[str, object]:
        """All values that a creation sends."""
        return dict(self.values.items()) | dict(self.once)

    @property
    def stage(self) -> int:
        """The place in the order of an apply; 0 for what sends nothing."""
        return _REFERENCE_STAGES.get(self.verb) or _STAGES[self.kind].get(self.verb, 0)

    @property
    def destroys(self) -> bool:
        """Tell whether somebody loses something: access, an account, a membership."""
        return self.verb in DESTRUCTIVE

    def to_json(self) -> dict[str, Any]:
        """Return the action as a document, without what is empty."""
        document = {
            "verb": self.verb,
            "kind": self.kind,
            "anchor": self.anchor,
            "name": self.name,
            "targetId": self.target_id,
            "basis": self.basis,
            "version": self.version,
            "changes": [
                {"path": change.path, "before": change.before, "after": change.after}
                for change in self.changes
            ],
            "values": dict(self.values.items()),
            "once": dict(self.once),
            "references": {
                path: [edge.kind, edge.anchor] for path, edge in self.references.items()
            },
            "path": self.path,
            "edges": [[edge.kind, edge.anchor] for edge in self.edges],
            "leaver": self.leaver,
            "code": self.code,
            "reason": self.reason,
            "hint": self.hint,
        }
        return {key: value for key, value in document.items() if value or key in ("name", "anchor")}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read an action back.

        :raises PlanError: when the document is not an action.
        """
        _hold_against(_ACTION_SHAPE, document)
        return cls._built(document)

    @classmethod
    def _built(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            verb=document["verb"],
            kind=document["kind"],
            anchor=document["anchor"],
            name=document["name"],
            target_id=document.get("targetId"),
            changes=tuple(
                Change(change["path"], change["before"], change["after"])
                for change in document.get("changes", ())
            ),
            values=document.get("values", {}),
            once=document.get("once", {}),
            references={
                path: Edge(kind, anchor)
                for path, (kind, anchor) in document.get("references", {}).items()
            },
            path=document.get("path"),
            edges=tuple(Edge(kind, anchor) for kind, anchor in document.get("edges", ())),
            leaver=document.get("leaver", False),
            basis=document.get("basis", ""),
            version=document.get("version", ""),
            code=document.get("code"),
            reason=document.get("reason", ""),
            hint=document.get("hint", ""),
        )


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
    actions: tuple[Action, ...]
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
        return not any(action.stage for action in self.actions)

    def __str__(self) -> str:
        lines = [f"{kind}: {number} to {verb}" for (kind, verb), number in self.counts().items()]
        return "\n".join([f"Plan of {self.job} for {self.target}", *lines, *self.doubts])

    def counts(self) -> Counter[tuple[Kind, Verb]]:
        """Count the actions by kind and verb."""
        return Counter((action.kind, action.verb) for action in self.actions)

    def stage(self, number: int) -> Iterator[Action]:
        """Yield the actions of one stage, in the order of the plan."""
        return (action for action in self.actions if action.stage == number)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as a document."""
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
            "actions": [action.to_json() for action in self.actions],
        }

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read a plan back.

        :raises PlanError: when the document is not a plan of this format.
        """
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise PlanError(_wrong_format(document))
        _hold_against(_PLAN_SHAPE, document)
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
            actions=tuple(map(Action._built, document["actions"])),
            person=document["person"],
        )
        for wrong in plan._contradictions(complete=document["complete"]):
            raise _damaged(wrong)
        return plan

    def _contradictions(self, *, complete: bool) -> Iterator[str]:
        """Yield what the parts of a document say against each other: it was not written so."""
        if complete != self.complete:
            yield "complete: doubts say otherwise"
        counted: dict[tuple[Kind, str], bool] = {}
        for action in self.actions:
            if counted.setdefault(action.key, action.leaver) != action.leaver:
                yield f"actions of {action.name!r}: they differ in leaver"
            if (action.path is not None) != (action.verb in _WITH_PATH):
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
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=1)
        write_whole(path, (text + "\n").encode())

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


def _wrong_format(document: object) -> str:
    found = document.get("format") if isinstance(document, dict) else None
    if isinstance(found, str) and found.startswith(_ANY_FORMAT):
        return (
            f'This plan is of another version of the program: its "format" is "{found}", and this '
            f'version reads "{FORMAT}". Make it again.'
        )
    return f'This is not a plan: its "format" should be "{FORMAT}".'


def _hold_against(shape: Check, document: object) -> None:
    try:
        shape(document, "")
    except Misshapen as error:
        raise _damaged(str(error)) from None


def _damaged(what: str) -> PlanError:
    return PlanError(f"The plan is damaged near {what}. Make it again.")


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


_ACTION_SHAPE: Final = action_shape(get_args(Verb))
_PLAN_SHAPE: Final = plan_shape(_ACTION_SHAPE)
