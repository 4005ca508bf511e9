"""Filters in paths that reach too few values or too many (RFC 7644 §3.5.2)."""

import re
from typing import Any

from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect
from scim_server.testing.defects.patching import (
    bending,
    chosen_by,
    has_filter,
    is_op,
    operations_of,
    patched,
    path_of,
    paths,
    refusing,
    seeing,
    values_at,
    without_path,
)


def _first(op: str, ending: str, key: str) -> Breakage:
    """Let operations of a sort reach the first value alone that their filter matches."""

    def narrow(one: Document, there: Document) -> Document:
        is_meant = is_op(op, one) and re.search(ending, path_of(one))
        found = chosen_by(one, there) if is_meant else []
        if not found or key not in found[0]:
            return one
        return one | {"path": re.sub(r"\[.*\]", f'[{key} eq "{found[0][key]}"]', path_of(one))}

    return seeing(narrow)


defect("patch-replaces-first-whole-match", "patch", "A value replaces the first match alone.")(
    _first("replace", r"\]$", "value")
)
defect("patch-adds-to-first-match", "patch", "A part is added to the first match alone.")(
    _first("add", r"\]\.", "locality")
)
defect("patch-removes-part-of-first-match", "patch", "A part is removed from the first match.")(
    _first("remove", r"\]\.", "locality")
)
defect("patch-adds-displays-to-first-match", "patch", "A display is added to the first match.")(
    _first("add", r"\]\.display$", "value")
)
defect("patch-removes-mail-for-its-display", "patch", "With its display an e-mail is removed.")(
    bending(
        lambda one: (
            one | {"path": path_of(one).removesuffix(".display")} if is_op("remove", one) else one
        )
    )
)


def _creating(one: Document, there: Document) -> Document:
    found = re.fullmatch(r'(\w+)\[(\w+) eq "([^"]*)"\]\.(\w+)', path_of(one))
    if found is None or not is_op("replace", one) or values_at(one, there):
        return one
    name, key, text, part = found.groups()
    return {"op": "add", "path": name, "value": [{key: text, part: one["value"]}]}


defect("patch-creates-in-empty-lists", "patch", "A filter on a list without values makes one.")(
    seeing(_creating)
)


@defect("patch-fails-in-empty-lists", "patch", "A filter on a list without values is answered 500.")
def fails_in_empty(asked: Asked, server: Server) -> Told:
    """Iterate over what is not there."""
    given = [one for one in operations_of(asked) if isinstance(one, dict)]
    if asked.method == "PATCH" and any(has_filter(one) for one in given):
        there = asked.read(server)
        if any(has_filter(one) and not values_at(one, there) for one in given):
            return Told.error(500)
    return server(asked)


defect("patch-takes-paths-of-parts-by-case", "patch", "Parts in paths have one spelling alone.")(
    refusing(lambda one: re.search(r"(\]|^NAME)\.[A-Z]", path_of(one)))
)
defect("patch-removes-first-named-member", "patch", "Of members with `or` the first is removed.")(
    paths(
        lambda path: (
            re.sub(r' or value eq "[^"]*"', "", path) if path.startswith("members[") else path
        )
    )
)


def _inherit(new: list[Any], old: list[Any]) -> list[Any]:
    """Give each value what one of its type had."""
    known = {one.get("type"): one for one in old if isinstance(one, dict)}
    return [known.get(one.get("type"), {}) | one if isinstance(one, dict) else one for one in new]


def _merged(was: Document, right: Document, operations: list[Any]) -> Document:
    if not right.get("emails") or not was.get("emails"):
        return right
    return right | {"emails": _inherit(right["emails"], was["emails"])}


defect("patch-merges-values-by-type", "patch", "New values inherit from old ones of their type.")(
    patched(_merged)
)


@defect("put-merges-values-by-type", "put", "Values inherit from those there of their type.")
def put_merges(asked: Asked, server: Server) -> Told:
    """Update rows by type."""
    body = asked.json if asked.method == "PUT" else None
    if isinstance(body, dict) and isinstance(body.get("emails"), list):
        old = asked.read(server).get("emails") or []
        asked.json = body | {"emails": _inherit(body["emails"], old)}
    return server(asked)


def _empties(one: Document) -> Document:
    by_path = one.get("value") == []
    by_value = without_path(one) and [] in one["value"].values()
    return one | {"op": "replace"} if is_op("add", one) and (by_path or by_value) else one


defect("patch-empties-by-adding-nothing", "patch", "To add an empty list empties the list.")(
    bending(_empties)
)


@defect("patch-adds-a-second-primary", "patch", "A primary that is added leaves the former one.")
def adds_second(asked: Asked, server: Server) -> Told:
    """Look at the former ones only where the whole value is given."""
    is_meant = any(
        is_op("add", one) and path_of(one).endswith("].primary")
        for one in operations_of(asked)
        if isinstance(one, dict)
    )
    before = asked.read(server).get("emails") or [] if is_meant else []
    told = server(asked)
    if is_meant and told.ok:
        _both[asked.path] = [one.get("value") for one in before if one.get("primary")]
    if asked.path in _both and told.ok and told.document.get("emails"):
        told.json = told.document | {
            "emails": [
                one | ({"primary": True} if one["value"] in _both[asked.path] else {})
                for one in told.document["emails"]
            ]
        }
    return told


_both: dict[str, list[Any]] = {}
_all: dict[str, bool] = {}


def _given(one: Document) -> list[Any]:
    value = one.get("value")
    value = value.get("emails") if isinstance(value, dict) else value
    return value if isinstance(value, list) else []


def _stripped(one: Document) -> Document:
    kept = [{k: v for k, v in value.items() if k != "primary"} for value in _given(one)]
    return one | {"value": {"emails": kept} if without_path(one) else kept}


def _has_two(one: Document) -> bool:
    marked = [v for v in _given(one) if isinstance(v, dict) and v.get("primary") is True]
    return len(marked) > 1


@defect("patch-stores-two-primaries", "patch", "A PATCH stores two primary values.")
def stores_two(asked: Asked, server: Server) -> Told:
    """Do not look at them."""
    given = [one for one in operations_of(asked) if isinstance(one, dict)]
    if asked.method == "PATCH" and any(map(_has_two, given)):
        _all[asked.path] = True
        asked.json = asked.json | {"Operations": [_stripped(one) for one in given]}
    told = server(asked)
    if asked.path in _all and told.ok and told.document.get("emails"):
        marked = [one | {"primary": True} for one in told.document["emails"]]
        told.json = told.document | {"emails": marked}
    return told


defect("patch-refuses-filters-on-some-lists", "patch", "Filters are known of e-mails alone.")(
    refusing(lambda one: has_filter(one) and path_of(one).startswith(("ims[", "roles[", "photos[")))
)


def _primary_everywhere(was: Document, right: Document, operations: list[Any]) -> Document:
    former = {one.get("value") for one in was.get("ims") or () if one.get("primary") is True}
    kept = [
        one | ({"primary": True} if one.get("value") in former else {})
        for one in right.get("ims") or ()
    ]
    return right | ({"ims": kept} if kept else {})


defect("patch-knows-primary-of-mail-alone", "patch", "A new primary address leaves the former.")(
    patched(_primary_everywhere)
)
