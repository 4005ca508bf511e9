"""Every attribute that an endpoint advertises, with values to try its characteristics on."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.claims import COMMON, Claims, Document
from conformance.material.samples import is_reference, sample, wrong_sample


@dataclass(frozen=True, slots=True)
class Spot:
    """An attribute of a resource type, or a sub-attribute; `urn` is that of its extension."""

    type_name: str
    urn: str | None
    attribute: Document
    sub: Document | None = None

    def __str__(self) -> str:
        prefix = f"{self.urn}:" if self.urn else ""
        return f"{prefix}{self.attribute['name']}" + (f".{self.sub['name']}" if self.sub else "")

    @property
    def leaf(self) -> Document:
        """The definition of what is meant: the sub-attribute, if it is one."""
        return self.sub or self.attribute

    @property
    def mutability(self) -> str:
        """Who may write it; a part of what is readOnly is readOnly, too."""
        whole = str(self.attribute.get("mutability") or "readWrite")
        own = str(self.leaf.get("mutability") or "readWrite")
        return whole if whole != "readWrite" else own

    @property
    def returned(self) -> str:
        """When it is shown."""
        whole = str(self.attribute.get("returned") or "default")
        return whole if whole != "default" else str(self.leaf.get("returned") or "default")

    @property
    def is_list(self) -> bool:
        """Whether the attribute has several values."""
        return self.attribute.get("multiValued") is True

    @property
    def refers(self) -> bool:
        """Whether its values point at other resources, which are not to be made up."""
        return is_reference(self.attribute)

    def find(self, resource: Document) -> list[Any]:
        """Return the values that a resource has here; none when it is unassigned."""
        holder = _member(resource, self.urn) if self.urn else resource
        found = _member(holder, self.attribute["name"])
        values = found if isinstance(found, list) else [found]
        if self.sub:
            values = [_member(value, self.sub["name"]) for value in values]
        return [value for value in values if value is not None]

    def put(self, resource: Document, value: Any) -> Document:
        """Return the resource with that value here: in the place of what there was."""
        changed = copy.deepcopy(resource)
        holder = changed.setdefault(self.urn, {}) if self.urn else changed
        if self.urn and self.urn not in changed["schemas"]:
            changed["schemas"].append(self.urn)
        name = self.attribute["name"]
        if self.sub is None:
            holder[name] = value
            return changed
        old = holder.get(name)
        whole = dict(old[0] if isinstance(old, list) and old else old or {})
        whole[self.sub["name"]] = value
        holder[name] = [whole] if self.is_list else whole
        return changed

    def without(self, resource: Document) -> Document:
        """Return the resource without any value here."""
        changed = copy.deepcopy(resource)
        holder = changed.get(self.urn, {}) if self.urn else changed
        if self.sub is None:
            holder.pop(self.attribute["name"], None)
            return changed
        found = holder.get(self.attribute["name"])
        for value in found if isinstance(found, list) else [found]:
            if isinstance(value, dict):
                value.pop(self.sub["name"], None)
        return changed

    def sample(self, name: str) -> Any:
        """Return a value that fits: of a whole list, one with one value."""
        one = sample(self.attribute if self.sub is None else self.leaf, name, self.attribute)
        return [one] if self.sub is None and self.is_list and one is not None else one

    def wrong(self) -> Any:
        """Return a value of a type that fits in no reading."""
        return wrong_sample(self.leaf, is_list=self.sub is None and self.is_list)


def spots(claims: Claims, type_name: str) -> Iterator[Spot]:
    """Yield every attribute of a type and its extensions, each before its sub-attributes."""
    core, *extensions = claims.schemas_of(type_name)
    for urn, schema in (core, *extensions):
        where = None if urn == core[0] else urn
        for attribute in named(schema.get("attributes")):
            if where is None and attribute["name"].lower() in COMMON:
                continue
            yield Spot(type_name, where, attribute)
            for sub in named(attribute.get("subAttributes")):
                yield Spot(type_name, where, attribute, sub)


def named(listed: object) -> Iterator[Document]:
    """Yield the definitions of a list that have a name."""
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            yield one


def fullest(claims: Claims, type_name: str, resource: Document, name: str) -> Document:
    """Return a resource with a value for all that a client may write, but for references."""
    for spot in spots(claims, type_name):
        is_written = spot.mutability in ("readWrite", "immutable") and not spot.refers
        if not is_written or spot.sub is not None or spot.find(resource):
            continue
        value = spot.sample(name)
        resource = resource if value is None else spot.put(resource, value)
    return resource


def _member(holder: Any, name: str | None) -> Any:
    if not isinstance(holder, dict) or name is None:
        return None
    if name in holder:
        return holder[name]
    return next((v for key, v in holder.items() if key.lower() == name.lower()), None)
