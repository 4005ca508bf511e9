"""Actions: what happens to one object, and why; frozen values that are shown, saved and applied."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, Self, get_args

from provisioner.planning.plan_shape import Check, Misshapen, action_shape
from provisioner.record import Kind

Verb = Literal[
    "create",
    "adopt",
    "update",
    "enable",
    "disable",
    "delete",
    "adopt references",
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
    "adopt references": 3,
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
WITH_PATH: Final = frozenset({"adopt references", "set reference", "remove members", "add members"})
DESTRUCTIVE: Final = frozenset({"disable", "delete", "remove members"})


_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def nothing() -> Mapping[str, Any]:
    """Return the one empty table that all share."""
    return _NOTHING


class PlanError(Exception):
    """A saved plan cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute before and after; None stands for no value."""

    path: str
    before: object
    after: object

    def to_json(self) -> dict[str, Any]:
        """Return the change as a document."""
        return {"path": self.path, "before": self.before, "after": self.after}

    @property
    def disables(self) -> bool:
        """Tell whether it takes an account out of use."""
        return self.path == "active" and self.after is False


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
        return {**self.values, **self.once}

    @property
    def stage(self) -> int:
        """The place in the order of an apply; 0 for what sends nothing."""
        return _REFERENCE_STAGES.get(self.verb) or _STAGES[self.kind].get(self.verb, 0)

    @property
    def destroys(self) -> bool:
        """Tell whether somebody loses something: access, an account, a membership."""
        return self.verb in DESTRUCTIVE

    @property
    def ends(self) -> bool:
        """Tell whether somebody loses the account, by whatever name the plan calls it."""
        disabled = any(change.disables for change in self.changes)
        return self.verb in ("disable", "delete") or (self.verb != "adopt" and disabled)

    @property
    def takes_away(self) -> bool:
        """Tell whether guards count it: somebody loses access, an account, a membership."""
        return self.ends or self.verb == "remove members"

    def to_json(self) -> dict[str, Any]:
        """Return the action as a document, without what is empty."""
        document: dict[str, Any] = {
            "verb": self.verb,
            "kind": self.kind,
            "anchor": self.anchor,
            "name": self.name,
        }
        for key, value in (
            ("targetId", self.target_id),
            ("basis", self.basis),
            ("version", self.version),
            ("changes", self.changes and [each.to_json() for each in self.changes]),
            ("values", self.values and dict(self.values)),
            ("once", self.once and dict(self.once)),
            (
                "references",
                {path: [each.kind, each.anchor] for path, each in self.references.items()},
            ),
            ("path", self.path),
            ("edges", [[edge.kind, edge.anchor] for edge in self.edges]),
            ("leaver", self.leaver),
            ("code", self.code),
            ("reason", self.reason),
            ("hint", self.hint),
        ):
            if value:
                document[key] = value
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read an action back.

        :raises PlanError: when the document is not an action.
        """
        hold_against(ACTION_SHAPE, document)
        return cls.built(document)

    @classmethod
    def built(cls, document: Mapping[str, Any]) -> Self:
        """Return the action of a document that is known to be one."""
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


def hold_against(shape: Check, document: object) -> None:
    """Let a document pass that has the shape that it should have.

    :raises PlanError: when it has not; the message names the place.
    """
    try:
        shape(document, "")
    except Misshapen as error:
        raise damaged(str(error)) from None


def damaged(what: str) -> PlanError:
    """Return what is said of a document that is no plan any more."""
    return PlanError(f"The plan is damaged near {what}. Make it again.")


ACTION_SHAPE: Final = action_shape(get_args(Verb))
