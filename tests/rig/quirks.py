"""How apps garble what they are given: at a write, in what they store; at a read, in answers."""

from collections.abc import Callable
from typing import Any

Resource = dict[str, Any]
Change = Callable[[Resource], Resource]


def _texts(value: Any, change: Callable[[str], Any]) -> Any:
    if isinstance(value, dict):
        return {
            key: each if key in ("id", "schemas", "value", "externalId") else _texts(each, change)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_texts(each, change) for each in value]
    return change(value) if isinstance(value, str) else value


def _lower(resource: Resource) -> Resource:
    names = ("userName", "displayName")
    return {**resource, **{name: resource[name].lower() for name in names if resource.get(name)}}


def _reorder(resource: Resource) -> Resource:
    turned = {
        key: list(reversed(value)) if isinstance(value, list) else value
        for key, value in resource.items()
    }
    return dict(reversed(turned.items()))


def _drop(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key not in ("title", "name")}


def _only_id(resource: Resource) -> Resource:
    return {"id": resource["id"], "schemas": resource.get("schemas", [])}


def _defaults(resource: Resource) -> Resource:
    return {"locale": "en-US", "timezone": "UTC", "preferredLanguage": "en", **resource}


def _one_mail(resource: Resource) -> Resource:
    mails = resource.get("emails")
    if not mails:
        return resource
    more = [{"value": "alias@app.example", "type": "other"}]
    return {**resource, "emails": [*mails, *more], "displayName": resource.get("displayName")}


def _texts_of_booleans(resource: Resource) -> Resource:
    if "active" not in resource:
        return resource
    return {**resource, "active": str(resource["active"])}


def _empty(resource: Resource) -> Resource:
    gaps: Resource = {"title": "", "nickName": None, "phoneNumbers": [], "name": {}}
    return {**gaps, **{key: value for key, value in resource.items() if value is not None}}


def _no_members(resource: Resource) -> Resource:
    return {key: value for key, value in resource.items() if key != "members"}


def _display(resource: Resource) -> Resource:
    if "members" not in resource:
        return resource
    dressed = [{**each, "display": "Somebody", "type": "User"} for each in resource["members"]]
    return {**resource, "members": dressed}


def _always_active(resource: Resource) -> Resource:
    return {**resource, "active": True} if "active" in resource else resource


AT_WRITE: dict[str, Change] = {
    "lower-cases names": _lower,
    "drops attributes": _drop,
    "adds defaults": _defaults,
    "trims texts": lambda resource: _texts(resource, str.strip),
    "cuts texts": lambda resource: _texts(resource, lambda text: text[:12]),
    "ignores active": _always_active,
}
AT_READ: dict[str, Change] = {
    "reorders": _reorder,
    "echoes only the id": _only_id,
    "echoes upper case": lambda resource: _texts(resource, str.upper),
    "adds values": _one_mail,
    "echoes texts for booleans": _texts_of_booleans,
    "echoes empty values": _empty,
    "hides members": _no_members,
    "dresses members": _display,
}
OTHER = ("echoes nothing",)
NAMES = (*AT_WRITE, *AT_READ, *OTHER)


def garbled(resource: Resource, quirks: list[str], table: dict[str, Change]) -> Resource:
    """Return a resource as the quirks leave it."""
    for quirk in quirks:
        if quirk in table:
            resource = table[quirk](resource)
    return resource
