"""What a query shows, naively: filters, sorting and projection over plain JSON, and nothing stored.

Filters come as tuples: ("and" or "or", left, right), ("not", filter), ("in", attribute, filter),
("pr", path), and (operator, path, operand). `naive_model.py` asks these of what it holds.
"""

import operator
import unicodedata

EXT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
CASE_EXACT = ("id", "externalId", "schemas", "meta.resourceType", "members", "members.value",
              "groups", "groups.value", f"{EXT}:manager", f"{EXT}:manager.value")  # fmt: skip
TESTS = {
    "eq": operator.eq, "ne": operator.ne, "co": operator.contains, "sw": str.startswith,
    "ew": str.endswith, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip


def fold(value):
    return unicodedata.normalize("NFC", value.casefold()) if isinstance(value, str) else value


def values_at(resource, path):
    """Return the values at a path, None for each that a part lacks."""
    if path.startswith(EXT):
        resource, path = resource.get(EXT, {}), path[len(EXT) + 1 :]
    name, _, sub = path.partition(".")
    found = resource.get(name)
    found = found if isinstance(found, list) else [found]
    return [one.get(sub) for one in found if one] if sub else found


def compared(resource, path):
    """Return what a comparison looks at; not to say whether one is primary is to say no."""
    found = [
        one.get("value") if isinstance(one, dict) else one for one in values_at(resource, path)
    ]
    if path.endswith("primary"):
        return [one is True for one in found]
    return [one if path in CASE_EXACT else fold(one) for one in found if one is not None]


def matches(tree, resource):
    match tree:
        case "and", left, right:
            return matches(left, resource) and matches(right, resource)
        case "or", left, right:
            return matches(left, resource) or matches(right, resource)
        case "not", inner:
            return not matches(inner, resource)
        case "in", name, inner:
            return any(matches(inner, one) for one in resource.get(name, []))
        case "pr", path:
            return any(value not in (None, "") for value in values_at(resource, path))
        case kind, path, None:
            return (kind == "eq") == (not compared(resource, path))
        case kind, path, operand:
            found = compared(resource, path)
            operand = operand if path in CASE_EXACT else fold(operand)
            return any(TESTS[kind](one, operand) for one in found) or (kind == "ne" and not found)


def is_wrong(tree, unknown):
    """Tell whether a filter asks for what is unknown, or for the order of what has none."""
    if tree[0] in ("and", "or", "not", "in"):
        return any(is_wrong(part, unknown) for part in tree[1:] if isinstance(part, tuple))
    has_order = tree[0] in ("eq", "ne", "pr") or isinstance(tree[2], str)
    return tree[1] in unknown or not has_order


def page(found, sort=None, descending=False, start=None, count=None):
    if sort:
        found.sort(key=lambda one: sort_key(one, sort), reverse=descending)
    start, count = max(start or 1, 1), 100 if count is None else max(count, 0)
    some = found[start - 1 :][:count]
    numbers = {"totalResults": len(found), "startIndex": start, "itemsPerPage": len(some)}
    return {"schemas": [LIST], **numbers, "Resources": some}


def sort_key(resource, path):
    """Return what orders a resource: its primary value, or its first; one without any is last."""
    several = resource.get(path)
    if isinstance(several, list):
        resource = {path: sorted(several, key=lambda one: one.get("primary") is not True)[:1]}
    found = compared(resource, path)[:1]
    return (not found, found)


def show(resource, wanted, unwanted):
    """Return the parts of a resource that are wanted, or all but those that are not."""

    def among(path, names):
        return any(path == name or path.startswith((f"{name}.", f"{name}:")) for name in names)

    def part(value, path):
        if isinstance(value, dict):
            mark = ":" if path == EXT else "." if path else ""
            parts = {name: part(one, path + mark + name) for name, one in value.items()}
            return {name: one for name, one in parts.items() if one not in (None, [], {})}
        if isinstance(value, list):
            return [one for one in (part(one, path) for one in value) if one not in (None, {})]
        shown = among(path, wanted) if wanted else not among(path, unwanted or ())
        return value if shown or path in ("id", "schemas") else None

    return part(resource, "")
