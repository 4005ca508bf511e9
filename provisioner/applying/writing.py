"""Changes of one resource, sent the way that its target takes them: PATCH in its forms, or PUT.

A PUT is laid over what the target has at that moment, so that what is not mapped stays, and it is
refused by the target if somebody else has been quicker (`If-Match`, RFC 7644 §3.14).
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from provisioner.language.mapping import build_resource
from provisioner.language.places import Place, Places
from provisioner.planning.action import Change
from provisioner.planning.diff import Operation as Document
from provisioner.planning.diff import operations
from provisioner.planning.population import Rules
from provisioner.record import Kind
from provisioner.targets.connection import Target, unread
from provisioner.targets.paths import covered, covers
from provisioner.targets.profile import KindProfile
from provisioner.targets.trouble import INCOMPATIBLE, Trouble
from scim_client import Operation
from scim_protocol.definitions import ResourceModel
from scim_protocol.errors import PreconditionFailed

_ATTEMPTS: Final = 3  # of a PUT, while others write to the same resource

# The members of a group, in and out: what a PUT does to them.
MembersChange = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


class Unsafe(Exception):
    """The resource cannot be replaced without a risk for what somebody else has written there."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble


class Writer:
    """Writes what a plan says of one kind of object."""

    def __init__(self, target: Target, rules: Rules) -> None:
        self._target = target
        self._kind: Kind = rules.kind
        self._places: Places = rules.places
        self._profile: KindProfile = target.profile.kind(rules.kind)

    def body(self, values: Mapping[str, object]) -> dict[str, Any]:
        """Return the resource to create."""
        return self._dressed(build_resource(self._cut(values), self._places.model))

    def change(
        self,
        identifier: str,
        changed: Sequence[Change],
        values: Mapping[str, object],
        known: Callable[[], set[str]],
    ) -> dict[str, Any]:
        """Send changes, and return what the target answers, or nothing.

        :param values: all that the target holds of ours afterwards.
        :param known: finds the ids of the members that a group is known to have.
        :raises Unsafe: when a group would have to be replaced that cannot be read whole.
        """
        if not changed:
            return {}
        if self._target.update_verb(self._kind) == "put":
            return self.put(identifier, changed, known)
        return self._patch(identifier, changed, values, self._profile.paths)

    def disable(
        self, identifier: str, changed: Sequence[Change], values: Mapping[str, object]
    ) -> dict[str, Any]:
        """Take an account out of use, and return what the target answers, or nothing."""
        match self._target.deactivate_verb(self._kind):
            case "delete":
                self._target.endpoint(self._kind).delete(identifier)
                return {}
            case "put":
                return self.put(identifier, changed, set)
            case "pathless":
                return self._patch(identifier, changed, values, "none")
        return self._patch(identifier, changed, values, self._profile.paths)

    # PATCH -------------------------------------------------------------------------------------

    def _patch(
        self, identifier: str, changed: Sequence[Change], values: Mapping[str, object], paths: str
    ) -> dict[str, Any]:
        if paths == "full":
            found = operations(self._cut_changes(changed), values, self._places)
        else:
            found = self._plain(identifier, changed)
        if paths == "none":
            found = _pathless(found)
        answer: dict[str, Any] = {}
        for some in _parts(found, self._profile.max_operations):
            answer = self._target.endpoint(self._kind).patch(
                identifier,
                *[Operation(each["op"], each.get("path"), each.get("value")) for each in some],
                excluded_attributes=unread(self._kind),
                read_back=False,
            )
        return answer

    def _plain(self, identifier: str, changed: Sequence[Change]) -> list[Document]:
        """Return operations without a filter in a path: a list is sent whole, as it is to be."""
        lists = [each for each in changed if self._places.at(each.path).element is not None]
        others = self._cut_changes([each for each in changed if each not in lists])
        found = operations(others, {}, self._places)
        if not lists:
            return found
        after = self._laid_over(self._read(identifier), lists)
        wholes = {place.holder: place.whole(after) for place in self._places_of(lists)}
        for holder, value in wholes.items():
            if value:
                found.append({"op": "replace", "path": holder, "value": value})
            else:
                found.append({"op": "remove", "path": holder})
        return found

    def _places_of(self, changed: Sequence[Change]) -> list[Place]:
        return [self._places.at(each.path) for each in changed]

    # PUT ---------------------------------------------------------------------------------------

    def put(
        self,
        identifier: str,
        changed: Sequence[Change],
        known: Callable[[], set[str]],
        members: MembersChange | None = None,
    ) -> dict[str, Any]:
        """Replace a resource by what it is now, with the changes laid over it.

        :raises Unsafe: when it is a group whose members cannot be read whole.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            resource = self._read(identifier, whole=self._kind == "groups")
            version = _version(resource)
            if self._kind == "groups":
                self._prove_whole(resource, known())
                resource = _with_members(resource, members)
            body = _writable(self._laid_over(resource, changed), self._places.model, self._profile)
            try:
                return self._target.endpoint(self._kind).replace(
                    identifier,
                    self._dressed(body),
                    etag=version,
                    excluded_attributes=unread(self._kind),
                    read_back=False,
                )
            except PreconditionFailed:
                if attempt == _ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _read(self, identifier: str, *, whole: bool = False) -> dict[str, Any]:
        excluded = None if whole else unread(self._kind)
        return self._target.endpoint(self._kind).get(identifier, excluded_attributes=excluded)

    def _laid_over(self, resource: dict[str, Any], changed: Sequence[Change]) -> dict[str, Any]:
        document = copy.deepcopy(resource)
        for change in self._cut_changes(changed):
            self._places.at(change.path).write(document, change.after)
        return document

    def _prove_whole(self, resource: Mapping[str, Any], known: set[str]) -> None:
        """Refuse to replace a list of which a part may be hidden: that part would be lost."""
        listed = {str(each.get("value")) for each in _members(resource)}
        if self._target.profile.members.readable is not False and known <= listed:
            return
        missing = len(known - listed)
        raise Unsafe(
            Trouble(
                INCOMPATIBLE,
                f"{self._target.client.url} replaces groups whole, and answered without "
                f"{missing} of the members that {resource.get('displayName') or 'a group'} has: "
                "nothing was sent, for replacing it might take others out of it.",
                "If they were taken out at the target by hand, put them back there; if it does "
                "not show all members, its groups cannot be provisioned.",
            )
        )

    # What the app takes ------------------------------------------------------------------------

    def _cut_changes(self, changed: Sequence[Change]) -> list[Change]:
        after = self._cut({change.path: change.after for change in changed})
        return [Change(each.path, each.before, after[each.path]) for each in changed]

    def _cut(self, values: Mapping[str, object]) -> dict[str, object]:
        """Leave the first of a list of which the app has one only."""
        single = self._profile.single_value
        return {
            path: value[:1] if isinstance(value, list) and covered(single, path) else value
            for path, value in values.items()
        }

    def _dressed(self, resource: dict[str, Any]) -> dict[str, Any]:
        """Mark the first value of a list as primary where the app asks for that."""
        for path in self._profile.primary:
            listed = self._places.at(path).whole(resource)
            marked = isinstance(listed, list) and any(
                isinstance(each, dict) and each.get("primary") is True for each in listed
            )
            if isinstance(listed, list) and listed and isinstance(listed[0], dict) and not marked:
                listed[0]["primary"] = True
        return resource


def _parts(found: Sequence[Document], size: int | None) -> list[Sequence[Document]]:
    step = size or max(1, len(found))
    return [found[start : start + step] for start in range(0, len(found), step)]


def _pathless(found: Sequence[Document]) -> list[Document]:
    """Gather what is set in one operation without a path; what is removed needs its path."""
    value: dict[str, Any] = {}
    removed = []
    for each in found:
        if each["op"] == "remove":
            removed.append(each)
        else:
            _nest(value, each["path"], each["value"])
    return [*([{"op": "replace", "value": value}] if value else []), *removed]


def _nest(document: dict[str, Any], path: str, value: object) -> None:
    urn, _, rest = path.rpartition(":")
    holder = document.setdefault(urn, {}) if urn else document
    name, dot, part = rest.partition(".")
    if dot:
        holder.setdefault(name, {})[part] = value
    else:
        holder[name] = value


def _writable(
    resource: Mapping[str, Any], model: ResourceModel, profile: KindProfile
) -> dict[str, Any]:
    """Return what may be sent of a resource that was read: nothing that the target sets itself."""
    own = {each.name.lower() for each in model.core.attributes if each.mutability == "readOnly"}
    own |= {"meta"}
    return {
        name: value
        for name, value in resource.items()
        if name.lower() not in own and not any(covers(each, name) for each in profile.strip)
    }


def _members(resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = resource.get("members")
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _with_members(resource: dict[str, Any], change: MembersChange | None) -> dict[str, Any]:
    now: list[dict[str, Any]] = [
        {name: each[name] for name in ("value", "type") if name in each}
        for each in _members(resource)
    ]
    after = now if change is None else change(now)
    return {**resource, "members": after}


def _version(resource: Mapping[str, Any]) -> str | None:
    meta = resource.get("meta")
    version = meta.get("version") if isinstance(meta, dict) else None
    return version if isinstance(version, str) and version else None
