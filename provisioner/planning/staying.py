"""What an account keeps, whatever the source says now: lists that only grow, values of its own.

These are the flow types of Entra ID's attribute mappings: `ValueAddOnly` and `MultiValueAddOnly`
(apply = "add only"), `AttributeAddOnly` and the type None (apply = "if empty").
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from provisioner.language.mapping import Mapper
from provisioner.planning.action import Action
from provisioner.planning.population import Rules, Wanted
from provisioner.state import Link
from provisioner.targets.connection import Target, unread
from provisioner.targets.trouble import RequestFailed, TargetUnusable, trouble_of_question
from scim_protocol.errors import NotFound


def with_kept(item: Wanted, present: Mapping[str, Any], mapper: Mapper) -> Wanted:
    """Return what is wanted of an object with what its account has and keeps."""
    values = kept_in(item.values, present, mapper)
    return item if values is item.values else replace(item, values=values)


def kept_in(
    wanted: Mapping[str, object], present: Mapping[str, Any], mapper: Mapper
) -> Mapping[str, object]:
    """Return the values that are wanted with those that an account has and keeps.

    :param present: what was last written to the account, or what an account that was found has.
    """
    kept: dict[str, object] = {}
    for path in mapper.growing:
        if isinstance(before := present.get(path), list):
            now = wanted.get(path)
            added = [each for each in now if each not in before] if isinstance(now, list) else []
            kept[path] = [*before, *added]
    for path in mapper.if_empty:
        if has_value(present.get(path)):
            kept[path] = present[path]
    for path in mapper.never_cleared:
        if wanted.get(path) is None and has_value(present.get(path)):
            kept[path] = present[path]
    return {**wanted, **kept} if kept else wanted


def has_value(value: object) -> bool:
    """Tell whether that is a value: an empty one is none (RFC 7643 §2.5)."""
    return value not in (None, "", [], {})


def unseen(action: Action | None, link: Link, rules: Rules, target: Target) -> dict[str, Any]:
    """Return the values of an account's own at the paths that are only written where it has none.

    It is read where an action would write to such a path for the first time, and only then.

    :raises TargetUnusable: when the target cannot be asked.
    """
    changed = action.changes if action is not None else ()
    paths = [each.path for each in changed if each.path in rules.mapper.if_empty]
    if not paths:
        return {}
    try:
        found = target.endpoint(rules.kind).get(
            link.target_id, excluded_attributes=unread(rules.kind)
        )
    except NotFound:
        return {}  # It is found out, and told, when the change is sent.
    except RequestFailed as error:
        raise TargetUnusable(trouble_of_question(error)) from None
    read = rules.places.read(found, paths)
    return {path: value for path, value in read.items() if has_value(value)}
