"""What the fake target holds: users and groups as plain documents, and SCIM's verbs on them.

As naive as an app's first SCIM endpoint: it knows no schema, and the few paths and filters that
provisioning engines send. Members are a table of their own, so that big groups stay quick.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

Resource = dict[str, Any]
PATH = re.compile(
    r"(?:(?P<urn>urn:[\w:.\-]+):)?(?P<name>\$?\w+)"
    r'(?:\[(?P<key>\w+) eq (?P<value>"(?:[^"\\]|\\.)*"|true|false)\])?(?:\.(?P<sub>\$?\w+))?'
)
FILTER = re.compile(r'(?P<path>.+?) eq (?P<value>"(?:[^"\\]|\\.)*"|true|false)')
INDEXED = ("userName", "externalId", "displayName")


class Refused(Exception):
    """An answer that says no."""

    def __init__(self, status: int, detail: str, scim_type: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.scim_type = scim_type


class Collection:
    """The resources of one type; `unique` is the attribute that no two may share, or None."""

    def __init__(self, name: str, unique: str | None) -> None:
        self.name = name
        self.unique = unique
        self.resources: dict[str, Resource] = {}
        self.members: dict[str, dict[str, None]] = {}
        self._index: dict[str, dict[str, set[str]]] = {each: {} for each in INDEXED}
        self._made = 0
        self.changes: Counter[str] = Counter()  # of each resource, its members among them

    def create(self, document: Resource) -> Resource:
        """Add a resource under a new id."""
        self._check_unique(document, None)
        self._made += 1
        identifier = f"{self.name[0].lower()}-{self._made:07d}"
        resource = {**document, "id": identifier}
        if self.name == "Groups":
            self._set_members(identifier, resource.pop("members", None) or [])
        self._keep(identifier, resource)
        return resource

    def replace(self, identifier: str, document: Resource) -> Resource:
        """Put another document in the place of a resource."""
        self.get(identifier)
        self._check_unique(document, identifier)
        resource = {**document, "id": identifier}
        if self.name == "Groups":
            self._set_members(identifier, resource.pop("members", None) or [])
        self._keep(identifier, resource)
        return resource

    def delete(self, identifier: str) -> None:
        """Take a resource away."""
        self.get(identifier)
        self._forget(identifier)
        del self.resources[identifier]
        self.members.pop(identifier, None)

    def get(self, identifier: str) -> Resource:
        """Return a resource, without its members."""
        if identifier not in self.resources:
            raise Refused(404, f"{self.name} has no {identifier}")
        return self.resources[identifier]

    def patch(self, identifier: str, operations: list[Any]) -> Resource:
        """Apply the operations of a PATCH, all or none."""
        resource: Resource = _copy(self.get(identifier))
        members = self.members.get(identifier, {})
        changed = dict(members) if any(_about_members(each) for each in operations) else members
        for operation in operations:
            _operate(resource, changed, operation)
        self._check_unique(resource, identifier)
        if changed is not members:
            self.members[identifier] = changed
        self._keep(identifier, resource)
        return resource

    def find(self, text: str | None) -> list[Resource]:
        """Return the resources that pass a filter."""
        if not text:
            return list(self.resources.values())
        match = FILTER.fullmatch(text)
        if match is None:
            raise Refused(400, f"not a filter of this target: {text}", "invalidFilter")
        path, value = match["path"], _literal(match["value"])
        if path in self._index:
            found = self._index[path].get(_folded(value), set())
            return [self.resources[identifier] for identifier in sorted(found)]
        if path == "id":
            return [self.resources[str(value)]] if str(value) in self.resources else []
        return [each for each in self.resources.values() if _has(each, path, value)]

    def whole(self, resource: Resource) -> Resource:
        """Return a resource with its members."""
        members = self.members.get(resource["id"])
        return (
            {**resource, "members": [{"value": each} for each in members]} if members else resource
        )

    def _set_members(self, identifier: str, members: list[Resource]) -> None:
        self.members[identifier] = {member["value"]: None for member in members}

    def _check_unique(self, document: Resource, own: str | None) -> None:
        if self.unique is None:
            return
        value = document.get(self.unique)
        if not value:
            raise Refused(400, f"{self.unique} is required", "invalidValue")
        if self._index[self.unique].get(_folded(value), set()) - {own}:
            raise Refused(409, f"{self.unique} {value!r} is taken", "uniqueness")

    def _keep(self, identifier: str, resource: Resource) -> None:
        self.changes[identifier] += 1
        if identifier in self.resources:
            self._forget(identifier)
        self.resources[identifier] = resource
        for name, places in self._index.items():
            if resource.get(name) is not None:
                places.setdefault(_folded(resource[name]), set()).add(identifier)

    def _forget(self, identifier: str) -> None:
        for name, places in self._index.items():
            value = self.resources[identifier].get(name)
            if value is not None:
                places[_folded(value)].discard(identifier)


def _folded(value: object) -> str:
    return str(value).casefold()


def _literal(text: str) -> object:
    if text in ("true", "false"):
        return text == "true"
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value


def _has(resource: Resource, path: str, value: object) -> bool:
    match = PATH.fullmatch(path)
    if match is None:
        raise Refused(400, f"not a path of this target: {path}", "invalidFilter")
    holder = resource.get(match["urn"], {}) if match["urn"] else resource
    found = holder.get(match["name"])
    values = found if isinstance(found, list) else [found]
    if match["key"]:
        key, wanted = match["key"], _literal(match["value"])
        values = [each for each in values if isinstance(each, dict) and each.get(key) == wanted]
    if match["sub"]:
        values = [each.get(match["sub"]) for each in values if isinstance(each, dict)]
    return any(_folded(each) == _folded(value) for each in values if each is not None)


# PATCH (RFC 7644 §3.5.2) ---------------------------------------------------------------------


def _about_members(operation: Any) -> bool:
    path, value = operation.get("path") or "", operation.get("value")
    return path.startswith("members") or (isinstance(value, dict) and "members" in value)


def _operate(resource: Resource, members: dict[str, None], operation: Resource) -> None:
    verb, path = str(operation["op"]).lower(), operation.get("path")
    if verb not in _VERBS:
        raise Refused(400, f"{verb} is no operation", "invalidSyntax")
    if path is None:
        for name, value in operation["value"].items():
            _operate(resource, members, {"op": verb, "path": name, "value": value})
        return
    match = PATH.fullmatch(path)
    if match is None:
        raise Refused(400, f"not a path of this target: {path}", "invalidPath")
    if match["name"] == "members" and not match["urn"]:
        _operate_members(members, verb, match, operation.get("value"))
        return
    holder = resource.setdefault(match["urn"], {}) if match["urn"] else resource
    if match["key"]:
        _operate_element(holder, verb, match, operation.get("value"))
    else:
        if match["sub"]:
            holder = holder.setdefault(match["name"], {})
        _VERBS[verb](holder, match["sub"] or match["name"], operation.get("value"))


def _operate_members(members: dict[str, None], verb: str, match: re.Match[str], value: Any) -> None:
    if verb == "remove" and match["key"]:
        gone = [str(_literal(match["value"]))]
    else:
        gone = [each["value"] for each in value or []]
    if verb == "replace" or (verb == "remove" and not gone):
        members.clear()
    for each in gone:
        if verb == "remove":
            members.pop(each, None)
        else:
            members[each] = None


def _operate_element(holder: Resource, verb: str, match: re.Match[str], value: Any) -> None:
    key, wanted, sub = match["key"], _literal(match["value"]), match["sub"]
    values = holder.setdefault(match["name"], [])
    mine = [each for each in values if each.get(key) == wanted]
    if verb == "remove" and not sub:
        holder[match["name"]] = [each for each in values if each not in mine]
        return
    if not mine:
        if verb == "remove":
            return
        mine = [{key: wanted}]
        values.extend(mine)
    for each in mine:
        if sub:
            _VERBS[verb](each, sub, value)
        else:
            each.update(value)


def _add(holder: Resource, name: str, value: Any) -> None:
    old = holder.get(name)
    if isinstance(old, list) and isinstance(value, list):
        holder[name] = [*old, *(each for each in value if each not in old)]
    elif isinstance(old, dict) and isinstance(value, dict):
        holder[name] = {**old, **value}
    else:
        holder[name] = value


def _replace(holder: Resource, name: str, value: Any) -> None:
    holder[name] = value


def _remove(holder: Resource, name: str, value: Any) -> None:
    holder.pop(name, None)


_VERBS: dict[str, Callable[[Resource, str, Any], None]] = {
    "add": _add,
    "replace": _replace,
    "remove": _remove,
}


def everything(collection: Collection) -> Iterator[Resource]:
    """Yield all resources of a collection, with their members."""
    return map(collection.whole, collection.resources.values())
