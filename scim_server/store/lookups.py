"""Which attributes are looked up by index, and what an index holds of a document.

Every store keeps two indexes beside the documents: of values that must be unique in their resource
type (RFC 7643 §7, `uniqueness`), and of values that clients search by. Values are folded by the
one folding that filters compare with, so an index and a filter never disagree.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from scim_protocol.catalog import Catalog
from scim_protocol.definitions import Attribute, ResourceModel, Target, UnknownAttribute
from scim_protocol.errors import InvalidPath, Uniqueness
from scim_protocol.filter import parse_attribute_path
from scim_protocol.matching import values_of
from scim_server.config import ConfigError
from scim_server.representation import GROUPS, MEMBERS, has_groups, has_members, is_secret

# What identity providers match by, and what people are looked up by.
DEFAULT: Final = ("externalId", "displayName", "emails.value")
_TEXT: Final = ("string", "reference")
# Kept in columns or tables of their own, so a document holds nothing of them to index.
_APART: Final = ("id", "schemas", "meta")

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Lookup:
    """An indexed attribute of a resource type; `name` is what rows of the index are filed under."""

    name: str
    target: Target
    unique: bool
    _values: Callable[[Mapping[str, Any]], list[Any]] = field(repr=False, compare=False)

    def fold(self, value: Any) -> str:
        """Return the form in which the index holds a value."""
        if isinstance(value, str):
            return _filed(self.target.leaf.fold(value))
        # 1 and 1.0 are one number.
        return str(int(value)) if value == int(value) else str(value)

    def pairs(self, document: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the rows that a document has in the index."""
        return [(self.name, self.fold(value)) for value in self._values(document)]


@dataclass(frozen=True)
class TypedLookup(Lookup):
    """An indexed value together with its type, as in `emails[type eq "work" and value eq "x"]`."""

    kind: Attribute

    def fold(self, value: tuple[str, str]) -> str:
        """Return the form in which the index holds a type and a value."""
        kind, text = self.kind.fold(value[0]), self.target.leaf.fold(value[1])
        return _filed(f"{len(kind)} {kind} {text}")


# PostgreSQL's indexes take rows of 2,700 bytes, with the names of tenant and attribute.
_LONGEST: Final = 400


def _filed(text: str) -> str:
    """Return a text, or what stands for a long one: its begin and hash, longer than any short."""
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return text[: _LONGEST + 1 - len(digest)] + digest


@dataclass(frozen=True)
class Lookups:
    """The indexed attributes of one resource type, by canonical path."""

    by_path: Mapping[str, Lookup]

    @cached_property
    def _unique(self) -> Sequence[Lookup]:
        return [lookup for lookup in self.by_path.values() if lookup.unique]

    @cached_property
    def _searched(self) -> Sequence[Lookup]:
        return [lookup for lookup in self.by_path.values() if not lookup.unique]

    def find(self, target: Target) -> Lookup | None:
        """Return the lookup that answers for a target, if there is one."""
        return self.by_path.get(str(value_target(target)))

    def values(self, document: Mapping[str, Any]) -> Pairs:
        """Return the rows that a document has in the index of searched values."""
        return frozenset([pair for one in self._searched for pair in one.pairs(document)])

    def unique_values(self, document: Mapping[str, Any]) -> Pairs:
        """Return the rows that a document has in the index of unique values."""
        return frozenset([pair for one in self._unique for pair in one.pairs(document)])


def in_use(name: str, value: str) -> Uniqueness:
    """Return the error of a value that is to be unique and is not, by its row in the index."""
    return Uniqueness(f"{name.partition('.')[2]} {value!r} is in use already.")


def value_target(target: Target) -> Target:
    """Return the `value` of a complex attribute that is named without a sub-attribute."""
    value = target.leaf.sub("value") if target.sub is None else None
    return Target(target.urn, target.attribute, value) if value else target


def lookups_of(catalog: Catalog, configured: Iterable[str] = ()) -> dict[str, Lookups]:
    """Return the lookups of each resource type, by its name.

    :raises ConfigError: when a configured path names a text attribute of no resource type.
    """
    for path in configured:
        if not any(_find(model, path) for model in catalog.models.values()):
            raise ConfigError(f"indexed: {path!r} is no text attribute that can be indexed.")
    paths = (*DEFAULT, *configured)
    return {name: _lookups(model, paths) for name, model in catalog.models.items()}


def references(model: ResourceModel) -> list[Target]:
    """Return the attributes whose `value` is the id of another resource, such as a manager's.

    Membership is not among them: it has a table of its own.
    """
    return [
        Target(target.urn, target.attribute, target.attribute.sub("value"))
        for target in model.every_attribute()
        if _refers(target.attribute) and not _is_apart(target, model)
    ]


def _refers(attribute: Attribute) -> bool:
    ref = attribute.sub("$ref")
    kinds = set(ref.reference_types) if ref else set()
    return bool(kinds - {"uri", "external"}) and attribute.sub("value") is not None


def _lookups(model: ResourceModel, paths: Iterable[str]) -> Lookups:
    unique = [t for t in _every_leaf(model) if _is_unique(t.leaf) and not _is_apart(t, model)]
    searched = [target for path in paths if (target := _find(model, path))]
    found = [(target, True) for target in unique]
    found += [(target, False) for target in (*searched, *references(model))]
    by_path: dict[str, Lookup] = {}
    for target, is_unique in found:
        name = f"{model.name}.{target}"
        by_path.setdefault(str(target), Lookup(name, target, is_unique, values_of(target)))
    by_path |= {typed(path): one for path, of in by_path.items() if (one := _with_type(of))}
    return Lookups(by_path)


def typed(place: str) -> str:
    """Return what the place of values is called together with their types."""
    return f"{place}[type]"


def _with_type(lookup: Lookup) -> TypedLookup | None:
    """Return the index of values together with their types, where they have any."""
    target, kind = lookup.target, lookup.target.attribute.sub("type")
    if not target.attribute.multi_valued or lookup.unique or kind is None:
        return None
    if target.sub is None or target.sub.name != "value" or target.sub.multi_valued:
        return None
    if kind.type != "string" or kind.multi_valued or kind.returned == "never":
        return None
    return TypedLookup(typed(lookup.name), target, False, _typed_values(target), kind)


def _typed_values(target: Target) -> Callable[[Mapping[str, Any]], list[tuple[str, str]]]:
    urn, name = target.urn, target.attribute.name

    def values(document: Mapping[str, Any]) -> list[tuple[str, str]]:
        holder = document.get(urn, {}) if urn else document
        given = holder.get(name, ())
        return [(one["type"], one["value"]) for one in given if "type" in one and "value" in one]

    return values


def _every_leaf(model: ResourceModel) -> Iterator[Target]:
    for target in model.every_attribute():
        yield target
        for sub in target.attribute.sub_attributes:
            yield Target(target.urn, target.attribute, sub)


def _is_unique(attribute: Attribute) -> bool:
    # Secrets are hashed, each with a salt of its own: whether two are the same nobody knows.
    return (
        attribute.uniqueness in ("server", "global")
        and attribute.type in (*_TEXT, "integer", "decimal")
        and not is_secret(attribute)
    )


def _is_apart(target: Target, model: ResourceModel) -> bool:
    """Tell whether an attribute is in a column or table of its own, not in the document."""
    name = target.attribute.name
    if target.urn is not None:
        return False
    return (
        name in _APART
        or (name == MEMBERS and has_members(model))
        or (name == GROUPS and has_groups(model))
    )


def _find(model: ResourceModel, path: str) -> Target | None:
    try:
        target = value_target(model.find(parse_attribute_path(path)))
    except (UnknownAttribute, InvalidPath):
        return None
    searchable = target.leaf.type in _TEXT and target.leaf.returned != "never"
    return target if searchable and not _is_apart(target, model) else None
