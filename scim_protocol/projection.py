"""What of a resource an answer shows (RFC 7644 §3.4.2.5, §3.9; `returned` of RFC 7643 §7).

A projection is worked out once for a request, then applied to each resource of the answer. Names
that no schema defines are ignored, as they select nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scim_protocol.definitions import Attribute, ResourceModel, Target, UnknownAttribute
from scim_protocol.errors import BadRequest, InvalidPath, InvalidValue
from scim_protocol.path import parse_patch_path
from scim_protocol.resource import Resource

Names = str | Iterable[str] | None


@dataclass(frozen=True)
class Projection:
    """What to show of resources of one type: what is `requested`, or all but what is `excluded`.

    Both map `urn:attribute` to the sub-attributes meant, an empty set standing for all of them;
    `requested` is None when the client did not ask for anything in particular. `given` is what the
    body of the request names, with its sub-attributes.
    """

    model: ResourceModel
    requested: Mapping[str, frozenset[str]] | None
    excluded: Mapping[str, frozenset[str]]
    given: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _worked_out: dict[str, frozenset[str] | None] = field(default_factory=dict, compare=False)

    @classmethod
    def parse(cls, attributes: Names, excluded: Names, model: ResourceModel) -> "Projection":
        """Read the parameters `attributes` and `excludedAttributes`: lists, or text with commas.

        :raises InvalidValue: both are given; they exclude each other (RFC 7644 §3.9).
        """
        requested_names, excluded_names = listed_names(attributes), listed_names(excluded)
        if requested_names and excluded_names:
            raise InvalidValue("Give attributes or excludedAttributes, not both.")
        requested = _selection(requested_names, model) if requested_names else None
        return cls(model, requested, _selection(excluded_names, model))

    def after(self, changes: Iterable[tuple[str | None, Any]]) -> "Projection":
        """Return what the answer to a POST, PUT or PATCH shows (RFC 7643 §7, `returned`).

        What is returned on request is shown if the request names it.

        :param changes: PATCH paths with their values; a resource, or part of one, has None for it.
        """
        given: dict[str, frozenset[str]] = {}
        for path, value in changes:
            for target, parts in _named(path, value, self.model):
                key = _key(target, self.model)
                given[key] = given.get(key, frozenset()) | parts
        return replace(self, given=given, _worked_out={})

    def apply(self, resource: Mapping[str, Any]) -> Resource:
        """Return what is to be shown of a resource; the resource itself is not changed."""
        shown: Resource = {}
        for name, value in resource.items():
            extension = self.model.extension_by_urn.get(name.lower())
            if extension is not None:
                part = self._extension(extension.id, value)
                if part:
                    shown[name] = part
            elif (attribute := self.model.attributes.get(name.lower())) is not None:
                self._show(shown, "", attribute, value)
        return shown

    def shows(self, path: str) -> bool:
        """Tell whether any of an attribute is shown: one that is not need not even be read."""
        target = self.model.resolve(path)
        return self._parts((target.urn or "").lower(), target.attribute) is not None

    def _extension(self, urn: str, values: Mapping[str, Any]) -> Resource:
        schema = self.model.extension_by_urn[urn.lower()]
        shown: Resource = {}
        for name, value in values.items():
            attribute = schema.attribute(name)
            if attribute is not None:
                self._show(shown, urn.lower(), attribute, value)
        return shown

    def _show(self, shown: Resource, urn: str, attribute: Attribute, value: Any) -> None:
        parts = self._parts(urn, attribute)
        if parts is None:
            return
        if not attribute.is_complex:
            shown[attribute.name] = value
            return
        values = value if isinstance(value, list) else [value]
        kept = [{k: v for k, v in one.items() if k in parts} for one in values]
        if any(kept):
            shown[attribute.name] = [one for one in kept if one] if value is values else kept[0]

    def _parts(self, urn: str, attribute: Attribute) -> frozenset[str] | None:
        """Return the sub-attributes to show of an attribute; None if it is not shown at all."""
        key = f"{urn}:{attribute.name.lower()}"
        if key not in self._worked_out:
            self._worked_out[key] = self._work_out(urn, key, attribute)
        return self._worked_out[key]

    def _work_out(self, urn: str, key: str, attribute: Attribute) -> frozenset[str] | None:
        if attribute.returned == "never":
            return None
        subs = attribute.sub_attributes
        always = frozenset(sub.name for sub in subs if sub.returned == "always")
        given = _allowed(attribute, self.given.get(key, frozenset()))
        default = frozenset(sub.name for sub in subs if sub.returned == "default") | always | given
        forced = always if attribute.returned == "always" or always else None
        if self.requested is not None:
            chosen = self.requested.get(key, self.requested.get(f"{urn}:"))
            if chosen is None:
                return default if attribute.returned == "always" else forced
            if not chosen:
                return default
            return _allowed(attribute, chosen) | always
        if attribute.returned == "request" and key not in self.given:
            return forced
        omitted = self.excluded.get(key, self.excluded.get(f"{urn}:"))
        if omitted is None or (not omitted and attribute.returned == "always"):
            return default
        return (default - omitted) | always if omitted else forced


def _allowed(attribute: Attribute, chosen: frozenset[str]) -> frozenset[str]:
    return frozenset(
        sub.name
        for sub in attribute.sub_attributes
        if sub.name in chosen and sub.returned != "never"
    )


def _named(
    path: str | None, value: Any, model: ResourceModel, urn: str = ""
) -> Iterator[tuple[Target, frozenset[str]]]:
    """Yield the attributes that a change names, each with the sub-attributes that it names."""
    if path is None:
        for name, part in value.items() if isinstance(value, dict) else ():
            yield from _named(f"{urn}{name}", part, model)
        return
    target = _target_of(path, model)
    if target is None:
        return
    if target.urn is None and model.extension(target.attribute.name) is not None:
        yield from _named(None, value, model, f"{target.attribute.name}:")
    elif target.sub is not None:
        yield target, frozenset({target.sub.name})
    else:
        values = value if isinstance(value, list) else [value]
        names = {name.lower() for one in values if isinstance(one, dict) for name in one}
        subs = target.attribute.sub_attributes
        yield target, frozenset(sub.name for sub in subs if sub.name.lower() in names)


def _target_of(path: str, model: ResourceModel) -> Target | None:
    head, bracket, _ = path.partition("[")
    try:
        if not bracket:
            return model.resolve(head)
        parsed = parse_patch_path(path)
        return model.find(replace(parsed.attribute, sub=parsed.sub))
    except (BadRequest, UnknownAttribute):
        return None


def listed_names(given: Names) -> list[str]:
    """Return the names that a parameter lists, in a list or in text with commas."""
    if given is None:
        return []
    parts = given.split(",") if isinstance(given, str) else given
    return [part.strip() for part in parts if part.strip()]


def _selection(names: list[str], model: ResourceModel) -> dict[str, frozenset[str]]:
    """Map `urn:attribute` in lower case to the sub-attributes named; to none for all of it.

    An extension's URN alone is kept as `urn:`, and stands for all its attributes; so does the core
    schema's, as `:`, for all that are in no extension.
    """
    selection: dict[str, frozenset[str]] = {}
    for name in names:
        if name.lower() == model.core.id.lower():
            selection[":"] = frozenset()
            continue
        target = _find(name, model)
        if target is None:
            continue
        key = _key(target, model)
        if target.sub is None:
            selection[key] = frozenset()
        elif selection.get(key, True):
            selection[key] = selection.get(key, frozenset()) | {target.sub.name}
    return selection


def _key(target: Target, model: ResourceModel) -> str:
    own = target.attribute.name.lower()
    if target.urn is None and own in model.extension_by_urn:
        return f"{own}:"
    return f"{(target.urn or '').lower()}:{own}"


def _find(name: str, model: ResourceModel) -> Target | None:
    try:
        return model.resolve(name)
    except (InvalidPath, UnknownAttribute):
        return None
