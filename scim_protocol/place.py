"""Where a PATCH operation acts: its path resolved against the schema (RFC 7644 §3.5.2)."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from scim_protocol.definitions import ResourceModel, Target, UnknownAttribute
from scim_protocol.errors import InvalidPath
from scim_protocol.filter import AttributePath, Filter
from scim_protocol.matching import Predicate, compile_value_filter, count_terms
from scim_protocol.path import PatchPath, parse_patch_path
from scim_protocol.resource import Resource


@dataclass(frozen=True)
class Place:
    """A path resolved against the schema: an attribute, perhaps a filter on its values."""

    target: Target
    filter: Filter | None = None

    @cached_property
    def matches(self) -> Predicate:
        """Tells whether a value of the attribute is meant.

        :raises InvalidFilter: the filter does not fit the attribute.
        """
        if self.filter is None:
            return lambda _: True
        return compile_value_filter(self.filter, self.target.attribute)

    @cached_property
    def terms(self) -> int:
        """How many comparisons tell that of one value, at most."""
        return count_terms(self.filter)

    def __str__(self) -> str:
        if self.filter is None:
            return str(self.target)
        attribute = AttributePath(self.target.urn, self.target.attribute.name)
        sub = self.target.sub.name if self.target.sub else None
        return str(PatchPath(attribute, self.filter, sub))

    def holder(self, resource: Resource) -> Resource:
        """Return the object that holds the attribute: the resource, or an extension's object."""
        if self.target.urn is None:
            return resource
        extension: Resource = resource.setdefault(self.target.urn, {})
        return extension


def find_place(path: str, model: ResourceModel) -> Place:
    """Resolve a PATCH path against a resource type.

    :raises InvalidPath: the path is malformed or names what no schema of the type defines.
    :raises InvalidFilter: the filter in brackets does not fit the attribute.
    """
    return (_find_short if len(path) <= _SHORT else _find_long)(path, model)


def _find_place(path: str, model: ResourceModel) -> Place:
    if model.extension(path) is not None:
        return Place(model.resolve(path))
    parsed = parse_patch_path(path)
    try:
        target = model.find(parsed.attribute)
    except UnknownAttribute as error:
        raise InvalidPath(str(error)) from None
    if parsed.filter is None:
        return Place(target)
    if not target.attribute.multi_valued:
        raise InvalidPath(f"{target} has one value only, so none can be chosen by a filter.")
    sub = target.attribute.sub(parsed.sub) if parsed.sub else None
    place = Place(Target(target.urn, target.attribute, sub), parsed.filter)
    place.matches  # noqa: B018 (a filter that does not fit is refused here)
    if parsed.sub and sub is None:
        raise InvalidPath(f"{target} has no sub-attribute {parsed.sub}.")
    return place


# Each operation's path is resolved wherever something is to be known of it. A filter with its
# predicate may take a hundred times its text, so that of long ones few are kept.
_SHORT: Final = 128
_find_short: Final = lru_cache(maxsize=2048)(_find_place)
_find_long: Final = lru_cache(maxsize=32)(_find_place)
