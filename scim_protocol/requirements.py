"""What a resource must have: the attributes that are required, and the parts of others that are."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from scim_protocol.definitions import Attribute, ResourceModel, Target


def require_assigned(resource: Mapping[str, Any], model: ResourceModel) -> Iterator[Target]:
    """Yield the attributes that are required and that the resource lacks (RFC 7643 §2.2)."""
    for target, subs in _requirements(model):
        attribute = target.attribute
        holder = resource.get(target.urn) if target.urn else resource
        if holder is None:
            continue
        if _is_blank(holder.get(attribute.name)):
            # Required text is never empty: RFC 7643 §4.1.1 says so of userName.
            if attribute.required:
                yield target
            continue
        values = holder[attribute.name]
        listed = values if isinstance(values, list) else [values]
        for sub in subs:
            lacking = [one for one in listed if _is_blank(one.get(sub.name))]
            yield from (Target(target.urn, attribute, sub) for _ in lacking)


@lru_cache(maxsize=256)
def _requirements(model: ResourceModel) -> list[tuple[Target, list[Attribute]]]:
    """Return what is required, or has parts that are, with those parts."""
    found = []
    for target in model.every_attribute():
        parts = target.attribute.sub_attributes
        subs = [sub for sub in parts if sub.required and sub.mutability != "readOnly"]
        if target.attribute.mutability != "readOnly" and (target.attribute.required or subs):
            found.append((target, subs))
    return found


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
