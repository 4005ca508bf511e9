"""Where the target paths of a job lead: in a resource that was read, in a request to send.

A path is plain (`name.givenName`), or points into one value of a multi-valued attribute
(`emails[type eq "work"].value`); either may be of an extension (`urn:…:User:department`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from provisioner.language.target_path import TargetPath, parse_target
from scim_protocol.datatypes import fold
from scim_protocol.definitions import ResourceModel
from scim_protocol.filter import And, AttributePath, Comparison, Filter, ValuePath


@dataclass(frozen=True)
class Place:
    """One target path, resolved against the schemas of its resource type."""

    target: TargetPath

    @property
    def sub(self) -> str | None:
        """The sub-attribute that is meant, such as `value`; None for the whole attribute."""
        return self.target.sub.name if self.target.sub else None

    @property
    def holder(self) -> str:
        """The path of the whole attribute, such as `emails`."""
        return str(self._whole)

    @property
    def element(self) -> str | None:
        """The path of the one value meant, such as `emails[type eq "work"]`; None if plain."""
        chosen = self._chosen
        return None if chosen is None else str(ValuePath(self._whole, chosen))

    def equals(self, value: str, name: str | None = None) -> str:
        """Return the filter that finds the resources with this value here (RFC 7644 §3.4.2.2).

        :param name: what the target calls the place in its filters, if that is something else.
        """
        if name is not None:
            return str(Comparison(AttributePath(None, name), "eq", value))
        chosen = self._chosen
        if chosen is None:
            path = AttributePath(self.target.urn, self.target.attribute.name, self.sub)
            return str(Comparison(path, "eq", value))
        wanted = Comparison(AttributePath(None, self.sub or "value"), "eq", value)
        return str(ValuePath(self._whole, And(chosen, wanted)))

    def same_text(self, one: str, other: str) -> bool:
        """Compare as the target does: letter case counts only if the schema says so."""
        form = self.target.leaf.fold
        return form(one) == form(other)

    def read(self, resource: Mapping[str, Any]) -> Any:
        """Return the value that a resource has here, None if it has none."""
        holder = _member(resource, self.target.urn) if self.target.urn else resource
        value = _member(holder, self.target.attribute.name)
        if self.target.element is not None:
            value = next((item for item in _listed(value) if self._is_chosen(item)), None)
        if self.sub is None:
            return _bare(value) if self.target.attribute.is_complex else value
        return _member(_listed(value)[0] if _listed(value) else None, self.sub)

    def whole(self, resource: Mapping[str, Any]) -> Any:
        """Return all that a resource has of the attribute, just as it is."""
        holder = _member(resource, self.target.urn) if self.target.urn else resource
        return _member(holder, self.target.attribute.name)

    def referred(self, resource: Mapping[str, Any]) -> list[str]:
        """Return the ids that a resource has here, where these are references."""
        if not self.target.is_list:
            found = self.read(resource)
            return [found] if isinstance(found, str) else []
        listed = self.whole(resource)
        items = listed if isinstance(listed, list) else []
        return [str(each["value"]) for each in items if isinstance(each, dict) and "value" in each]

    def write(self, resource: dict[str, Any], value: object) -> None:
        """Set the value in a whole resource; None takes it away. All else stays as it is."""
        target = self.target
        holder = resource
        if target.urn is not None:
            key = _key(resource, target.urn)
            if value is None and key not in resource:
                return
            holder = resource.setdefault(key, {})
        name = _key(holder, target.attribute.name)
        found: Any = None
        if target.element is not None:
            found = self._with_element(_listed(holder.get(name)), value)
        elif self.sub is not None:
            found = _with_part(holder.get(name), self.sub, value)
        elif value is not None:
            found = target.shaped(value)
        if found in (None, [], {}):
            holder.pop(name, None)
        else:
            holder[name] = found

    def _with_element(self, items: list[Any], value: object) -> list[Any]:
        """Set a part of the one value that is meant; one that nothing is left of goes."""
        chosen = next((item for item in items if self._is_chosen(item)), None)
        element = dict(self.target.element or {})
        after = _with_part(element if chosen is None else chosen, self.sub or "value", value)
        empty = after.keys() <= {*element, "primary", "display"}
        if chosen is None:
            return items if empty else [*items, after]
        kept = [] if empty else [after]
        return [new for item in items for new in (kept if item is chosen else [item])]

    @property
    def _whole(self) -> AttributePath:
        return AttributePath(self.target.urn, self.target.attribute.name)

    @property
    def _chosen(self) -> Filter | None:
        if self.target.element is None:
            return None
        tests: list[Filter] = [
            Comparison(AttributePath(None, name), "eq", _literal(value))
            for name, value in self.target.element.items()
        ]
        return reduce(And, tests)

    def _is_chosen(self, item: object) -> bool:
        wanted = (self.target.element or {}).items()
        return all(self._alike(name, _member(item, name), value) for name, value in wanted)

    def _alike(self, name: str, one: object, other: object) -> bool:
        if isinstance(one, str) and isinstance(other, str):
            part = self.target.attribute.sub(name)
            form = part.fold if part else fold
            return form(one) == form(other)
        return one == other


class Places:
    """The places of one resource type, each path parsed once."""

    def __init__(self, model: ResourceModel) -> None:
        self.model = model
        self._known: dict[str, Place] = {}

    def at(self, path: str) -> Place:
        """Resolve a target path; the job's check has made sure that it exists."""
        if path not in self._known:
            self._known[path] = Place(parse_target(path, self.model))
        return self._known[path]

    def read(self, resource: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
        """Return what a resource read from the target has at each of the paths."""
        return {path: self.at(path).read(resource) for path in paths}


def _literal(value: object) -> str | bool | int | float | None:
    return value if isinstance(value, str | bool | int | float) else None


def _bare(value: object) -> Any:
    """Return a complex value as a mapping gives it: `[{"value": "a"}]` is ["a"]."""
    if isinstance(value, list):
        return [_bare(item) for item in value]
    inner = _member(value, "value")
    return value if inner is None else inner


def _member(holder: object, name: str) -> Any:
    if not isinstance(holder, Mapping):
        return None
    if name in holder:
        return holder[name]
    # Attribute names are case-insensitive (RFC 7643 §2.1), and some targets make use of that.
    folded = name.lower()
    return next((value for key, value in holder.items() if str(key).lower() == folded), None)


def _key(holder: Mapping[str, Any], name: str) -> str:
    """Return the name that a resource has for an attribute, whose letter case does not count."""
    return next((key for key in holder if key.lower() == name.lower()), name)


def _with_part(holder: object, part: str, value: object) -> dict[str, Any]:
    """Return a complex value with one part set, or without it."""
    document = dict(holder) if isinstance(holder, Mapping) else {}
    name = _key(document, part)
    document.pop(name, None)
    return document if value is None else {**document, name: value}


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
