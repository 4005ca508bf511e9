"""A rehearsal: what carrying out an action sends, in the target's own form, and nothing is sent.

The very writers of a run are used, on a client that only notes what it is given. A resource that
they would read first is played by what is known of it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, cast
from urllib.parse import unquote, urlencode

from provisioner.applying.journal import End, Journal
from provisioner.applying.log import shown
from provisioner.applying.membership import Membership
from provisioner.applying.proofs import Proofs
from provisioner.applying.writing import Unsafe, Writer
from provisioner.language.mapping import build_resource
from provisioner.planning.action import Action, Edge
from provisioner.planning.population import Rules
from provisioner.record import Kind
from provisioner.state import Link
from provisioner.state.sqlite import SqliteState
from provisioner.targets.capabilities import Capabilities
from provisioner.targets.connection import Target
from provisioner.targets.learned import Learned
from provisioner.targets.trouble import TargetUnusable
from scim_client import ScimClient
from scim_client.answers import Resource
from scim_client.transport import Answer

Request = dict[str, Any]
_MEMBERS: Final = "members"
_OVER: Final = "laid over what the target has at that moment"


class Rehearsal:
    """Tells what each action of a plan sends; `state` is only read."""

    def __init__(self, target: Target, rules: Mapping[Kind, Rules], state: SqliteState) -> None:
        self._client = _Noting(target.client.url)
        self._spoken_to = target
        self._rules = rules
        self._state = _Imagined(state)

    @cached_property
    def _target(self) -> Target:
        return _in_its_way(self._spoken_to, self._client)

    @cached_property
    def _writers(self) -> dict[Kind, Writer]:
        return {kind: Writer(self._target, rules) for kind, rules in self._rules.items()}

    @cached_property
    def _membership(self) -> Membership:
        seen = cast(SqliteState, self._state)
        journal, proofs = _NoJournal(seen), _NoProofs(Learned(""))
        return Membership(seen, self._target, self._rules, journal, self._writers, proofs)

    def requests_of(self, action: Action) -> list[Request]:
        """Return method, path and body of what an action sends, as far as it is known."""
        if not action.stage or action.verb == "adopt references":
            return []
        self._client.begin(lambda: self._standing_in(action))
        with suppress(Unsafe):  # What it reads first is all that it sends then.
            self._carry_out(self._without_secrets(action))
        return self._client.noted

    def _carry_out(self, action: Action) -> None:
        link = self._state.link(*action.key)
        identifier = action.target_id or link.target_id
        writer = self._writers[action.kind]
        if action.verb == "create":
            carried = {path: self._id(edge) for path, edge in action.references.items()}
            body = writer.body({**action.values, **action.once, **carried})
            self._target.endpoint(action.kind).create(body)
        elif action.verb == "delete":
            self._target.endpoint(action.kind).delete(identifier)
        elif action.path is not None:
            self._membership.change(action, replace(link, target_id=identifier))
        elif action.verb == "disable":
            writer.disable(identifier, action.changes, action.values)
        else:
            known = self._membership.known_ids
            writer.change(identifier, action.changes, action.values, lambda: known(action))

    def _without_secrets(self, action: Action) -> Action:
        hidden = self._rules[action.kind].mapper.redacted

        def masked(values: Mapping[str, object]) -> dict[str, object]:
            return {path: shown(path, value, hidden) for path, value in values.items()}

        changes = tuple(
            replace(each, after=shown(each.path, each.after, hidden)) for each in action.changes
        )
        return replace(
            action, changes=changes, values=masked(action.values), once=masked(action.once)
        )

    def _standing_in(self, action: Action) -> Resource:
        """Return what is known of a resource before the action."""
        rules = self._rules[action.kind]
        before = self._state.written(*action.key) or dict(action.values)
        before |= {each.path: each.before for each in action.changes}
        visible = {
            path: shown(path, value, rules.mapper.redacted) for path, value in before.items()
        }
        resource = build_resource(visible, rules.places.model)
        if action.kind == "groups":
            edges = self._state.edges(*action.key, _MEMBERS)
            resource[_MEMBERS] = [{"value": self._id(edge)} for edge in edges]
        return resource

    def _id(self, edge: Edge) -> str:
        return self._state.link(edge.kind, edge.anchor).target_id


def _in_its_way(target: Target, client: ScimClient) -> Target:
    """Return a target that is spoken to in the same way, and hears nothing."""
    imagined = replace(target, client=client)
    try:
        for kind in ("users", "groups"):
            imagined.update_verb(kind)
    except TargetUnusable:  # Nobody knows its way: the RFC's is shown.
        silent = Capabilities(client, Learned(""), target.clock, asks=False)
        return replace(imagined, capabilities=silent)
    return imagined


class _Noting(ScimClient):
    """A client that notes requests, and answers what it is asked with what is known."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.noted: list[Request] = []
        self._known: Callable[[], Resource] = dict

    def begin(self, known: Callable[[], Resource]) -> None:
        """Forget what was noted; `known` gives the resource that is read next."""
        self.noted = []
        self._known = known

    def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: object = None,
        etag: str | None = None,
        reading: bool = False,
    ) -> tuple[Answer, Resource | None]:
        """Note a request instead of sending it."""
        search = f"?{urlencode(query, safe=',')}" if query else ""
        request: Request = {"method": method, "path": unquote(path) + search}
        if body is not None:
            request["body"] = body
        if method == "PUT":
            request["note"] = _OVER
        self.noted.append(request)
        if method == "GET":
            return Answer(200, {}, b""), self._known()
        return Answer(201 if method == "POST" else 204, {}, b""), {"id": ""}


class _Imagined:
    """A state that is read; who has no account yet gets an id that says so."""

    def __init__(self, state: SqliteState) -> None:
        self._state = state
        self.written = state.written
        self.edges = state.edges

    def link(self, kind: Kind, anchor: str) -> Link:
        """Return the link of an object, or one that stands for it."""
        found = self._state.link(kind, anchor)
        return found or Link(kind, anchor, f"(the id of {anchor})", anchor, "created", True, "")

    def target_ids(self, edges: Iterable[Edge]) -> dict[Edge, str]:
        """Return the ids of objects, known or standing for those to come."""
        return {edge: self.link(edge.kind, edge.anchor).target_id for edge in edges}

    def save_edges(self, *_: object, **__: object) -> None:
        """Keep nothing."""

    def drop_edges(self, *_: object) -> None:
        """Forget nothing."""

    def atomic(self) -> nullcontext[None]:
        """Begin nothing."""
        return nullcontext()


class _NoJournal(Journal):
    @contextmanager
    def intent(self, action: Action) -> Iterator[End]:
        yield lambda result: None


class _NoProofs(Proofs):
    def due(self, subject: str) -> bool:
        return False


def with_requests(
    document: dict[str, Any], actions: Iterable[Action], rehearsal: Rehearsal
) -> dict[str, Any]:
    """Add to the document of a plan what each of its actions sends."""
    entries: Collection[dict[str, Any]] = document["actions"]
    for action, entry in zip(actions, entries, strict=True):
        if sent := rehearsal.requests_of(action):
            entry["requests"] = sent
    return document
