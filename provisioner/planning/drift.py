"""The audit: what the target truly has, held against what was last written to it.

The whole target is read, page by page, groups without their members. What differs is noted in the
state as it truly is, so that the next plan of an ordinary cycle writes what is wanted again: it is
shown, guarded and carried out like any other. Accounts that are not ours are counted, and that is
all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from provisioner.applying.vanishing import Vanishing
from provisioner.cycle import Options, make_plan
from provisioner.job import Job
from provisioner.planning.action import Edge
from provisioner.planning.differing import Differing
from provisioner.planning.plan import Plan
from provisioner.planning.population import Rules, rules_of
from provisioner.planning.rewriting import Rewriting
from provisioner.planning.target_list import TargetList
from provisioner.record import Kind
from provisioner.state import Link
from provisioner.state.sqlite import SqliteState
from provisioner.targets.connection import Target, unread
from provisioner.targets.trouble import RequestFailed, TargetUnusable, trouble_of_question
from scim_protocol.errors import NotFound

_NOTE: Final = "audited groups"


@dataclass
class Drift:
    """What an audit has found, counted by kind; `members` counts references, ours and others'.

    `rewritten` counts, by kind and path, where the target makes something else of what it is given.
    `objects` are those that differ.
    """

    compared: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    vanished: Counter[str] = field(default_factory=Counter)
    not_ours: Counter[str] = field(default_factory=Counter)
    members_read: int = 0
    members_missing: int = 0
    members_foreign: int = 0
    rewritten: Counter[str] = field(default_factory=Counter)
    objects: list[tuple[Kind, str]] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Tell whether the target is as it was written."""
        return not (self.differing or self.vanished or self.members_missing)

    def to_json(self) -> dict[str, Any]:
        """Return what was found as a document."""
        return {
            "compared": dict(self.compared),
            "differing": dict(self.differing),
            "vanished": dict(self.vanished),
            "notOurs": dict(self.not_ours),
            "membersRead": self.members_read,
            "membersMissing": self.members_missing,
            "membersForeign": self.members_foreign,
            "rewritten": dict(self.rewritten),
        }


class _Shown(Exception):
    """Ends the transaction of an audit that only looks: nothing of it is kept."""


def audit(job: Job, state: SqliteState, target: Target, *, members: bool) -> tuple[Plan, Drift]:
    """Return the plan that would mend what differs; changes nothing.

    :param members: read the members of all groups, not only of those that have changed.
    :raises SourceError: :raises TargetUnusable: when source or target cannot be read whole.
    """
    made: list[tuple[Plan, Drift]] = []
    try:
        with state.atomic():
            drift = note_drift(job, state, target, members=members)
            made.append((make_plan(job, state, target, Options(retry=True)), drift))
            raise _Shown
    except _Shown:
        return made[0]


def note_drift(job: Job, state: SqliteState, target: Target, *, members: bool) -> Drift:
    """Read the target, and note in the state what of it is not as it was written.

    :raises TargetUnusable: when the target cannot be read whole.
    """
    found = Drift()
    try:
        for kind, rules in rules_of(job).items():
            listed = TargetList.read(target, kind)
            _Audit(job, state, target, rules, found, listed).of_kind(members=members)
    except RequestFailed as error:
        raise TargetUnusable(trouble_of_question(error)) from None
    return found


def note_rewriting(job: Job, state: SqliteState, target: Target, found: Drift) -> int:
    """Look at what an audit has had written again; return of how many the target made another."""
    number = 0
    for kind, rules in rules_of(job).items():
        anchors = [anchor for each, anchor in found.objects if each == kind]
        rewriting = Rewriting(target.learned, kind)
        compare = Differing(rules)
        number += rewriting.learn(state, target, kind, anchors, compare)
    return number


class _Audit:
    """The audit of one kind of object."""

    def __init__(
        self,
        job: Job,
        state: SqliteState,
        target: Target,
        rules: Rules,
        found: Drift,
        listed: TargetList,
    ) -> None:
        self._exact = job.policy.members == "exact"
        self._differing = Differing(rules)
        self._rewriting = Rewriting(target.learned, rules.kind)
        self._state = state
        self._target = target
        self._rules = rules
        self._found = found
        self._listed = listed
        self._kind: Kind = rules.kind
        self._vanishing = Vanishing(state, target, {rules.kind: rules})
        self._single = [
            path for path in rules.references if not rules.places.at(path).target.is_list
        ]

    def of_kind(self, *, members: bool) -> None:
        lists = [path for path in self._rules.references if path not in self._single]
        before = self._state.note(_NOTE) or {}
        versions: dict[str, str] = {}
        ours = 0
        for link, written in self._links():
            self._found.compared[self._kind] += 1
            resource = self._listed.get(link.target_id)
            if resource is None:
                ours += not self._is_gone(link)
                continue
            ours += 1
            self._compare(link, written, resource)
            for path in self._single:
                self._hold_single_against(link, path, resource)
            if self._kind == "groups" and lists:
                version = _version(resource)
                if members or not version or before.get(link.target_id) != version:
                    version = self._members(link, lists) or version
                versions[link.target_id] = version
        self._found.not_ours[self._kind] += max(0, len(self._listed) - ours)
        if self._kind == "groups":
            self._state.save_note(_NOTE, versions)

    def _links(self) -> Iterator[tuple[Link, dict[str, Any]]]:
        sql = (
            "select anchor, target_id, name, owner, active, digest, written from links "
            "where kind = ? and anchor > ? order by anchor limit 500"
        )
        last = ""
        while rows := self._state.query(sql, [self._kind, last]):
            last = rows[-1][0]
            for *row, written in rows:
                anchor, target_id, name, owner, active, digest = row
                link = Link(self._kind, anchor, target_id, name, owner, bool(active), digest)
                yield link, orjson.loads(written or "{}")

    def _is_gone(self, link: Link) -> bool:
        is_gone = self._vanishing.forgotten(self._kind, link.anchor, link.target_id)
        self._found.vanished[self._kind] += is_gone
        return is_gone

    # Attributes --------------------------------------------------------------------------------

    def _compare(self, link: Link, written: dict[str, Any], listed: Mapping[str, Any]) -> None:
        """Compare with the list, and once more with the resource itself before it is believed."""
        in_list = self._differing(written, listed)
        rewritten = self._rewriting.among(link.anchor, written, in_list)
        self._found.rewritten.update(f"{self._kind} {path}" for path in rewritten)
        if not in_list.keys() - rewritten:
            return
        resource = self._read(link)
        found = {} if resource is None else self._differing(written, resource)
        differing = {path: value for path, value in found.items() if path not in rewritten}
        if differing:
            self._found.differing[self._kind] += 1
            self._found.objects.append((self._kind, link.anchor))
            true = {**written, **differing}
            is_active = true.get("active") is not False
            self._state.save_link(replace(link, active=is_active), true)

    def _read(self, link: Link, *, whole: bool = False) -> dict[str, Any] | None:
        excluded = None if whole else unread(self._kind)
        try:
            return self._target.endpoint(self._kind).get(
                link.target_id, excluded_attributes=excluded
            )
        except NotFound:
            return None

    # Members -----------------------------------------------------------------------------------

    def _members(self, link: Link, paths: list[str]) -> str:
        """Compare the members of a group; return its version as it was read with them."""
        resource = self._read(link, whole=True)
        if resource is None:
            return ""
        self._found.members_read += 1
        for path in paths:
            listed = self._rules.places.at(path).whole(resource)
            there = {str(each.get("value")) for each in listed or () if isinstance(each, dict)}
            self._hold_against(link, path, there)
        return _version(resource)

    def _hold_against(self, link: Link, path: str, there: set[str]) -> None:
        written = self._state.edges(self._kind, link.anchor, path)
        ids = {edge: self._id_of(edge) for edge in written}
        missing = [edge for edge, sure in written.items() if sure and ids[edge] not in there]
        foreign = there - set(ids.values())
        self._found.members_missing += len(missing)
        self._found.members_foreign += len(foreign)
        self._state.save_edges(self._kind, link.anchor, path, missing, sure=False)
        if self._exact:
            ours = [edge for each in sorted(foreign) if (edge := self._edge_to(each))]
            self._state.save_edges(self._kind, link.anchor, path, ours, sure=False)

    def _hold_single_against(self, link: Link, path: str, resource: Mapping[str, Any]) -> None:
        written = self._state.edges(self._kind, link.anchor, path)
        there = self._rules.places.at(path).read(resource)
        wrong = [edge for edge, sure in written.items() if sure and self._id_of(edge) != there]
        self._found.members_missing += len(wrong)
        self._state.save_edges(self._kind, link.anchor, path, wrong, sure=False)

    def _id_of(self, edge: Edge) -> str:
        link = self._state.link(edge.kind, edge.anchor)
        return link.target_id if link else ""

    def _edge_to(self, identifier: str) -> Edge | None:
        """Return the reference to an account that is ours; another one is never touched."""
        kinds: tuple[Kind, ...] = ("users", "groups")
        for kind in kinds:
            if link := self._state.link_to(kind, identifier):
                return Edge(kind, link.anchor)
        return None


def _version(resource: Mapping[str, Any]) -> str:
    meta = resource.get("meta")
    told = meta if isinstance(meta, dict) else {}
    return str(told.get("version") or told.get("lastModified") or "")
