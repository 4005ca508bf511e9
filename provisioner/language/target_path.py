"""Target paths of a mapping, checked against the schema: ``emails[type eq "work"].value``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from provisioner.nearest import did_you_mean
from scim_protocol.definitions import Attribute, ResourceModel, Target, UnknownAttribute
from scim_protocol.errors import ScimError
from scim_protocol.filter import And, AttributePath, Comparison, Filter
from scim_protocol.path import PatchPath, parse_patch_path

RESOURCES = frozenset({"User", "Group"})


class TargetError(Exception):
    """The path cannot be mapped to; the message says why, and what to write instead."""


@dataclass(frozen=True)
class TargetPath:
    """Where a mapped value goes.

    `element`: what the one value of a multi-valued attribute must hold to be the one meant; None
    if the path does not single one out.
    """

    text: str
    urn: str | None
    attribute: Attribute
    sub: Attribute | None = None
    element: Mapping[str, object] | None = None

    @property
    def leaf(self) -> Attribute:
        """The attribute whose type the value must have."""
        return self.sub or self.attribute

    @cached_property
    def key(self) -> str:
        """The path in the schema's own spelling: two paths with one key are the same place."""
        selected = "" if self.element is None else str(sorted(self.element.items()))
        part = self.sub.name if self.sub else ""
        return f"{self.urn or ''}:{self.attribute.name}{selected}.{part}"

    @cached_property
    def is_reference(self) -> bool:
        """Tell whether the value is the id of another User or Group of the target."""
        types = self.leaf.reference_types
        if self.attribute.is_complex:
            link = self.attribute.sub("$ref")
            if link is None or (self.sub is not None and self.sub.name != "value"):
                return False
            types = link.reference_types
        return not RESOURCES.isdisjoint(types)

    @property
    def is_list(self) -> bool:
        """Tell whether it takes a list: a whole multi-valued attribute."""
        return self.leaf.multi_valued and self.element is None

    def put(self, document: dict[str, Any], value: object) -> None:
        """Put a value where the path points, making what is not there yet."""
        place = document if self.urn is None else document.setdefault(self.urn, {})
        name = self.attribute.name
        if self.sub is None:
            place[name] = self.shaped(value)
            return
        if self.element is not None:
            place = _element(place.setdefault(name, []), self.element)
        else:
            place = place.setdefault(name, {})
        place[self.sub.name] = value

    def shaped(self, value: object) -> object:
        """Wrap bare values of a complex attribute: the reference "42" is {"value": "42"}."""
        if not self.attribute.is_complex:
            return value
        if isinstance(value, list):
            return [item if isinstance(item, dict) else {"value": item} for item in value]
        return value if isinstance(value, dict) else {"value": value}


def _element(elements: list[dict[str, Any]], wanted: Mapping[str, object]) -> dict[str, Any]:
    for element in elements:
        if wanted.items() <= element.items():
            return element
    elements.append(dict(wanted))
    return elements[-1]


@lru_cache(maxsize=1024)
def parse_target(text: str, model: ResourceModel) -> TargetPath:
    """Read a target path.

    :raises TargetError: if the schema has no such attribute, or it cannot be written.
    """
    try:
        path = parse_patch_path(text)
    except ScimError as error:
        raise TargetError(f"is not an attribute path: {error.detail}") from None
    found = _find(path.attribute, model)
    sub = _part(found, path)
    for attribute in filter(None, (found.attribute, sub)):
        if attribute.mutability == "readOnly":
            raise TargetError("is read-only: the target sets it itself, so it cannot be mapped")
    element = None
    if path.filter is not None:
        element = dict(_equalities(path.filter, found.attribute))
    target = TargetPath(text, found.urn, found.attribute, sub, element)
    _refuse_vague(target)
    return target


def _find(path: AttributePath, model: ResourceModel) -> Target:
    try:
        return model.find(path)
    except UnknownAttribute:
        raise TargetError(f"is no attribute of {model.name}{_nearest(path, model)}") from None


def _part(found: Target, path: PatchPath) -> Attribute | None:
    if path.sub is None:
        return found.sub
    sub = found.attribute.sub(path.sub)
    if sub is None:
        names = [part.name for part in found.attribute.sub_attributes]
        near = did_you_mean(path.sub, names)
        raise TargetError(f"{found.attribute.name} has no part {path.sub!r}{near}")
    return sub


def _equalities(tree: Filter, attribute: Attribute) -> Iterator[tuple[str, object]]:
    """Yield what a value must hold: only ``eq`` and ``and`` tell how to make one."""
    if isinstance(tree, And):
        yield from _equalities(tree.left, attribute)
        yield from _equalities(tree.right, attribute)
        return
    if not isinstance(tree, Comparison) or tree.operator != "eq":
        raise TargetError('the brackets may hold only eq and and, as in emails[type eq "work"]')
    sub = None if tree.path.urn or tree.path.sub else attribute.sub(tree.path.name)
    if sub is None:
        names = [part.name for part in attribute.sub_attributes]
        near = did_you_mean(str(tree.path), names)
        raise TargetError(f"{attribute.name} has no part {str(tree.path)!r}{near}")
    value = tree.value
    if sub.type == "boolean" and isinstance(value, str):
        # Entra ID writes roles[primary eq "True"].
        value = {"true": True, "false": False}.get(value.lower(), value)
    yield sub.name, value


def _refuse_vague(target: TargetPath) -> None:
    """Refuse a path that does not say which value or which part is meant."""
    attribute, sub, element = target.attribute, target.sub, target.element
    if element is not None and not attribute.multi_valued:
        raise TargetError(f"{attribute.name} has one value, so no brackets")
    if element is not None and sub is None:
        raise TargetError(f"needs a part behind the brackets, such as {target.text}.value")
    if attribute.multi_valued and sub is not None and element is None:
        if target.is_reference:
            raise TargetError(f"write {attribute.name} alone: it is mapped as a whole list")
        raise TargetError(
            f"{attribute.name} has several values; say which one is meant, "
            f'such as {attribute.name}[type eq "work"].{sub.name}'
        )
    if attribute.is_complex and sub is None and attribute.sub("value") is None:
        parts = ", ".join(f"{attribute.name}.{part.name}" for part in attribute.sub_attributes[:3])
        raise TargetError(f"is made of parts; map those one by one: {parts} ...")
    if attribute.is_complex and sub is None and not target.is_list and not target.is_reference:
        raise TargetError(f"is made of parts; map {attribute.name}.value")


def _nearest(path: AttributePath, model: ResourceModel) -> str:
    """Find the nearest path: the same name in an extension first, then by spelling."""
    known = [str(found) for found in _every_path(model)]
    last = (path.sub or path.name).lower()
    for name in known:
        if name.lower().endswith(f":{last}") and path.urn is None:
            return f"; did you mean {name!r}?"
    return did_you_mean(str(path), known) or "; the target's /Schemas lists those that it has"


def _every_path(model: ResourceModel) -> Iterator[Target]:
    for found in model.every_attribute():
        yield found
        if not found.attribute.multi_valued:
            for sub in found.attribute.sub_attributes:
                yield Target(found.urn, found.attribute, sub)
