"""Where the target paths of a job lead: in a resource that was read, in a request to send.

A path is plain (`name.givenName`), or points into one value of a multi-valued attribute
(`emails[type eq "work"].value`); either may be of an extension (`urn:…:User:department`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from provisioner.target_path import TargetPath, parse_target
from scim_protocol.definitions import ResourceModel
from scim_protocol.filter import And, AttributePath, Comparison, Filter, ValuePath
from scim_protocol.matching import fold


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

    def equals(self, value: str) -> str:
        """Return the filter that finds the resources with this value here (RFC 7644 §3.4.2.2)."""
        chosen = self._chosen
        if chosen is None:
            path = AttributePath(self.target.urn, self.target.attribute.name, self.sub)
            return str(Comparison(path, "eq", value))
        wanted = Comparison(AttributePath(None, self.sub or "value"), "eq", value)
        return str(ValuePath(self._whole, And(chosen, wanted)))

    def same_text(self, one: str, other: str) -> bool:
        """Compare as the target does: letter case counts only if the schema says so."""
        return one == other if self.target.leaf.case_exact else fold(one) == fold(other)

    def read(self, resource: Mapping[str, Any]) -> Any:
        """Return the value that a resource has here, None if it has none."""
        holder = _member(resource, self.target.urn) if self.target.urn else resource
        value = _member(holder, self.target.attribute.name)
        if self.target.element is not None:
            value = next((item for item in _listed(value) if self._is_chosen(item)), None)
        if self.sub is None:
            return _bare(value) if self.target.attribute.is_complex else value
        return _member(_listed(value)[0] if _listed(value) else None, self.sub)

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
        return all(_alike(_member(item, name), value) for name, value in wanted)


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


def _alike(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return fold(one) == fold(other)
    return one == other


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


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
