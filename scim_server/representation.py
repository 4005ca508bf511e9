"""What a resource looks like from outside: its document, and what is kept beside it.

A stored document lacks `meta`, `members` and `groups`. Where an answer shows the whole resource
they are put behind the stored text, which is not parsed for it; else the resource is built.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
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
    if attribute is None or not attribute.multi_valued or attribute.mutability == "readOnly":
        return False
    # What has further parts, or none of these, is an attribute like any other.
    return {sub.name for sub in attribute.sub_attributes} == _PARTS_OF_MEMBER


_PARTS_OF_MEMBER: Final = {"value", "$ref", "type", "display"}


@lru_cache(maxsize=256)
def member_types(model: ResourceModel) -> frozenset[str]:
    """Return the names of the types that members may be of: those of `members.$ref`."""
    return _referred_to(model, MEMBERS)


@lru_cache(maxsize=256)
def group_types(model: ResourceModel) -> frozenset[str]:
    """Return the names of the types that `groups` shows: those of `groups.$ref`."""
    return _referred_to(model, GROUPS)


def _referred_to(model: ResourceModel, name: str) -> frozenset[str]:
    attribute = model.core.attribute(name)
    reference = attribute.sub("$ref") if attribute else None
    return frozenset(reference.reference_types if reference else ()) & model.endpoints.keys()


def has_groups(model: ResourceModel) -> bool:
    """Tell whether resources of this type show the groups that they are in (RFC 7643 §4.1.2)."""
    attribute = model.core.attribute(GROUPS)
    if attribute is None or not attribute.multi_valued or attribute.mutability != "readOnly":
        return False
    return attribute.sub("value") is not None and attribute.sub("$ref") is not None


def is_shown_whole(model: ResourceModel) -> bool:
    """Tell whether a stored document may be shown as it is when no projection is asked for."""
    kept_apart = secret_names(model)
    return all(
        part.returned in ("always", "default")
        for target in model.every_attribute()
        if target.urn is not None or target.attribute.name not in kept_apart
        for part in (target.attribute, *target.attribute.sub_attributes)
    )


def secret_names(model: ResourceModel) -> list[str]:
    """Return the names of the attributes whose hashes are kept apart, such as `password`."""
    return [a.name for a in model.core.attributes if is_secret(a) and not a.multi_valued]


def is_secret(attribute: Attribute) -> bool:
    """Tell whether an attribute's values are kept as hashes only: nobody may ever read them."""
    return attribute.mutability == "writeOnly" and attribute.type == "string"


def location(model: ResourceModel, id: str, base_url: str) -> str:
    """Return the URL of a resource (RFC 7644 §3.3)."""
    return f"{base_url}{model.endpoint}/{id}"


def beside(
    record: Record,
    model: ResourceModel,
    base_url: str,
    members: Sequence[Link] = (),
    groups: Sequence[Link] = (),
) -> Resource:
    """Return what the stored document lacks of the resource: its members, groups and `meta`."""
    parts: Resource = {}
    if listed := _members(members, model, base_url):
        parts[MEMBERS] = listed
    if listed := _groups(groups, model, base_url):
        parts[GROUPS] = listed
    parts["meta"] = {
        "resourceType": model.name,
        "created": record.created,
        "lastModified": record.last_modified,
        "location": location(model, record.id, base_url),
        "version": format_version(record.version),
    }
    return parts


def as_texts(
    records: Sequence[Record],
    model: ResourceModel,
    base_url: str,
    members: Mapping[int, Sequence[Link]],
    groups: Mapping[int, Sequence[Link]],
) -> list[bytes]:
    """Return whole resources as JSON text, without reading their documents.

    `meta` is as `beside` has it, written out: a page has a hundred of them.
    """
    begin = f',"meta":{{"resourceType":{_text(model.name)},"created":"'
    place = _text(location(model, "", base_url))[:-1]
    linked = _links_as_text(members, groups, model, base_url)
    ids = _inside([record.id for record in records])
    texts = []
    for record, id in zip(records, ids, strict=True):
        key, _, _, version, created, modified, document, _, _ = record
        meta = (
            f'{begin}{created}","lastModified":"{modified}",'
            f'"location":{place}{id}","version":"W/\\"{version}\\""}}}}'
        )
        links = linked.get(key, b"")
        texts.append(document[:-1] + links + meta.encode())
    return texts


def _text(value: str) -> str:
    """Return text as JSON has it."""
    return orjson.dumps(value).decode()


def _inside(ids: list[str]) -> list[str]:
    """Return ids as they are inside a text of JSON; those that we make have nothing to escape."""
    together = "".join(ids)
    is_plain = together.isascii() and together.replace("-", "").isalnum()
    return ids if is_plain else [_text(id)[1:-1] for id in ids]


def _links_as_text(
    members: Mapping[int, Sequence[Link]],
    groups: Mapping[int, Sequence[Link]],
    model: ResourceModel,
    base_url: str,
) -> dict[int, bytes]:
    """Return members and groups as JSON text, by the key of the resource that shows them."""
    texts = dict[int, bytes]()
    # Many of a page are in the same groups: each is written once, and so are all of them together.
    one, several = dict[Link, bytes](), dict[int, bytes]()
    for key, links in groups.items():
        text = several.get(id(links))
        if text is None:
            text = several[id(links)] = _groups_as_text(links, one, model, base_url)
        texts[key] = text
    for key, links in members.items():
        if listed := _members(links, model, base_url):
            texts[key] = b',"members":%b%b' % (orjson.dumps(listed), texts.get(key, b""))
    return texts


def _groups_as_text(
    links: Sequence[Link], known: dict[Link, bytes], model: ResourceModel, base_url: str
) -> bytes:
    for link in links:
        if link not in known:
            known[link] = orjson.dumps(_groups([link], model, base_url))[1:-1]
    listed = b",".join([known[link] for link in links if known[link]])
    return b',"groups":[%b]' % listed if listed else b""


def as_object(record: Record, parts: Resource) -> Resource:
    """Return the whole resource."""
    document: Resource = orjson.loads(record.document)
    document.update(parts)
    return document


def _members(links: Sequence[Link], model: ResourceModel, base_url: str) -> list[Resource]:
    served, members = model.endpoints, []
    for id, kind, display, _ in links:
        if kind in served:
            url = f"{base_url}{served[kind]}/{id}"
            member = {"value": id, "$ref": url, "type": kind}
            if display:
                member["display"] = display
            members.append(member)
    return members


def _groups(links: Sequence[Link], model: ResourceModel, base_url: str) -> list[Resource]:
    served, shown, groups = model.endpoints, group_types(model), []
    for id, kind, display, direct in links:
        if kind in shown:
            group = {"value": id, "$ref": f"{base_url}{served[kind]}/{id}"}
            if display:
                group["display"] = display
            group["type"] = "direct" if direct else "indirect"
            groups.append(group)
    return groups
