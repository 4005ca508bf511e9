"""What a resource looks like from outside: its document, and what is kept beside it.

A stored document lacks `meta`, `members` and `groups`. Where an answer shows the whole resource
they are put behind the stored text, which is not parsed for it; else the resource is built.
"""

from collections.abc import Iterable
from typing import Any, Final

import orjson

from scim_protocol.definitions import Attribute, ResourceModel
from scim_protocol.etag import format_version
from scim_server.store.contract import Link, Record

MEMBERS: Final = "members"
GROUPS: Final = "groups"

Resource = dict[str, Any]


def has_members(model: ResourceModel) -> bool:
    """Tell whether resources of this type have members, kept in the membership table."""
    attribute = model.core.attribute(MEMBERS)
    return attribute is not None and attribute.multi_valued and attribute.sub("value") is not None


def has_groups(model: ResourceModel) -> bool:
    """Tell whether resources of this type show the groups that they are in (RFC 7643 §4.1.2)."""
    attribute = model.core.attribute(GROUPS)
    return attribute is not None and attribute.mutability == "readOnly"


def is_shown_whole(model: ResourceModel) -> bool:
    """Tell whether a stored document may be shown as it is when no projection is asked for."""
    return all(
        part.returned in ("always", "default") or part.mutability == "writeOnly"
        for target in model.every_attribute()
        for part in (target.attribute, *target.attribute.sub_attributes)
    )


def secret_names(model: ResourceModel) -> list[str]:
    """Return the names of the attributes that are kept as hashes only, such as `password`."""
    return [a.name for a in model.core.attributes if _is_secret(a)]


def _is_secret(attribute: Attribute) -> bool:
    return attribute.mutability == "writeOnly" and attribute.type == "string"


def location(model: ResourceModel, id: str, base_url: str) -> str:
    """Return the URL of a resource (RFC 7644 §3.3)."""
    return f"{base_url}{model.endpoint}/{id}"


def beside(
    record: Record,
    model: ResourceModel,
    base_url: str,
    members: Iterable[Link] = (),
    groups: Iterable[Link] = (),
) -> Resource:
    """Return what the stored document lacks of the resource: its members, groups and `meta`."""
    parts: Resource = {}
    if listed := [_member(link, base_url) for link in members]:
        parts[MEMBERS] = listed
    if listed := [_group(link, base_url) for link in groups]:
        parts[GROUPS] = listed
    parts["meta"] = {
        "resourceType": model.name,
        "created": record.created,
        "lastModified": record.last_modified,
        "location": location(model, record.id, base_url),
        "version": format_version(record.version),
    }
    return parts


def as_text(record: Record, parts: Resource) -> bytes:
    """Return the whole resource as JSON text, without reading its document."""
    return record.document[:-1] + b"," + orjson.dumps(parts)[1:]


def as_object(record: Record, parts: Resource) -> Resource:
    """Return the whole resource."""
    document: Resource = orjson.loads(record.document)
    document.update(parts)
    return document


# The endpoints by resource type, for `$ref`: members are of these two types (RFC 7643 §4.2).
_ENDPOINTS: Final = {"User": "/Users", "Group": "/Groups"}


def _reference(link: Link, base_url: str) -> str:
    return f"{base_url}{_ENDPOINTS[link.type]}/{link.id}"


def _member(link: Link, base_url: str) -> Resource:
    member = {"value": link.id, "$ref": _reference(link, base_url), "type": link.type}
    if link.display:
        member["display"] = link.display
    return member


def _group(link: Link, base_url: str) -> Resource:
    group = {"value": link.id, "$ref": _reference(link, base_url)}
    if link.display:
        group["display"] = link.display
    group["type"] = "direct" if link.direct else "indirect"
    return group
