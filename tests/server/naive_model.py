"""A naive model of a SCIM server: what it holds, and what it would answer.

Dicts and loops, slow and plain; it shares nothing with the server but names. It knows a part of the
schemas, and the RFCs as they read; where they leave a choice, docs/supported.md has the one made.
`test_model.py` holds the server to it.
"""

import copy
import unicodedata

from scim_protocol import urns

EXT = urns.ENTERPRISE_USER
TEXT, FLAG = "text", "flag"
EMAIL = {"value": TEXT, "type": TEXT, "primary": FLAG}
SHAPES = {
    "User": {
        "externalId": TEXT, "userName": TEXT, "displayName": TEXT, "title": TEXT, "active": FLAG,
        "name": {"familyName": TEXT, "givenName": TEXT},
        "emails": [EMAIL],
        EXT: {"department": TEXT, "costCenter": TEXT},
    },
    "Group": {"externalId": TEXT, "displayName": TEXT, "members": [{"value": TEXT}]},
}  # fmt: skip
UNIQUE = {"User": "userName", "Group": "displayName"}  # both are required, too
CORE = {"User": urns.USER, "Group": urns.GROUP}
READ_ONLY = ("id", "meta", "groups")
CASE_EXACT = ("id", "externalId", "members.value", "groups.value", "schemas", "meta.resourceType")
NOTHING = (None, [], {})


class Refused(Exception):
    """The answer is an error: one of these pairs of status and scimType."""

    def __init__(self, *faults):
        self.faults = faults


def fold(text):
    return unicodedata.normalize("NFC", text.casefold())


def clean(value, shape):
    """Return a value in the one form, or None for nothing."""
    if value is None:
        return None
    if isinstance(shape, str):
        if not isinstance(value, str if shape == TEXT else bool):
            raise Refused((400, "invalidValue"))
        return value
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            raise Refused((400, "invalidValue"))
        parts = {name: clean(part, shape[name]) for name, part in value.items() if name in shape}
        return {name: part for name, part in parts.items() if part not in NOTHING} or None
    if not isinstance(value, list):
        raise Refused((400, "invalidValue"))
    values = []
    for one in value:
        one = clean(one, shape[0])
        if one not in NOTHING and one not in values:
            values.append(one)
    return one_primary(values) or None


def one_primary(values):
    if sum(one.get("primary") is True for one in values) > 1:
        raise Refused((400, "invalidValue"))
    return values


class Model:
    """What a server holds, and what it would answer."""

    def __init__(self, strict):
        self.strict = strict
        self.all = {}  # by id, in the order of creation: {"kind", "version", "doc"}

    # --- reading ---

    def of(self, kind):
        return {id: one for id, one in self.all.items() if one["kind"] == kind}

    def look_up(self, kind, id, version=None):
        if id not in self.of(kind):
            raise Refused((404, None))
        if version not in (None, self.all[id]["version"]):
            raise Refused((412, None))

    def shown(self, id):
        kind, doc = self.all[id]["kind"], copy.deepcopy(self.all[id]["doc"])
        doc["schemas"] = [CORE[kind]] + ([EXT] if EXT in doc else [])
        doc["id"] = id
        doc["meta"] = {"resourceType": kind, "version": f'W/"{self.all[id]["version"]}"'}
        if kind == "User" and (groups := self.groups(id)):
            doc["groups"] = groups
        for member in doc.get("members", []):
            member["type"] = self.all[member["value"]]["kind"]
        return doc

    def groups(self, id):
        direct = self.parents(id)
        reached = list(direct)
        for group in reached:
            reached += [parent for parent in self.parents(group) if parent not in reached]
        return [
            {"value": group, "display": self.all[group]["doc"]["displayName"],
             "type": "direct" if group in direct else "indirect"}
            for group in reached
        ]  # fmt: skip

    def parents(self, id):
        groups = self.of("Group").items()
        return [g for g, one in groups if {"value": id} in one["doc"].get("members", [])]

    def read(self, kind, id, wanted, unwanted):
        if wanted and unwanted:
            raise Refused((400, "invalidValue"))
        self.look_up(kind, id)
        return show(self.shown(id), wanted, unwanted)

    def query(self, kind, tree, sort, descending, start, count, wanted, unwanted):
        if wanted and unwanted:
            raise Refused((400, "invalidValue"))
        resources = [self.shown(id) for id in self.of(kind)]
        if tree is not None:
            check(tree)
            resources = [one for one in resources if matches(tree, one)]
        if sort:
            keyed = [(sort_key(one, sort), one) for one in resources]
            present = [pair for pair in keyed if pair[0] is not None]
            present.sort(key=lambda pair: pair[0], reverse=descending)
            absent = [pair for pair in keyed if pair[0] is None]
            resources = [one for _, one in (absent + present if descending else present + absent)]
        start, count = max(start or 1, 1), 100 if count is None else max(count, 0)
        page = resources[start - 1 : start - 1 + count]
        return {
            "schemas": [urns.LIST_RESPONSE], "totalResults": len(resources), "startIndex": start,
            "itemsPerPage": len(page), "Resources": [show(one, wanted, unwanted) for one in page],
        }  # fmt: skip

    # --- writing ---

    def read_body(self, kind, body):
        if self.strict and any(name not in (*SHAPES[kind], *READ_ONLY, "schemas") for name in body):
            raise Refused((400, "invalidValue"))
        doc = clean(body, SHAPES[kind]) or {}
        if not body.get("schemas"):
            raise Refused((400, "invalidSyntax"))
        self.require(kind, doc)
        return doc

    def require(self, kind, doc):
        if not doc.get(UNIQUE[kind]):
            raise Refused((400, "invalidValue"))

    def write(self, kind, id, doc):
        """Put a document in its place, if nothing forbids it."""
        members, faults = doc.get("members", []), []
        if any("value" not in member for member in members):
            raise Refused((400, "invalidValue"))
        if any(member["value"] not in self.all for member in members):
            faults.append((400, "invalidValue"))
        others = [one["doc"] for other, one in self.of(kind).items() if other != id]
        if fold(doc[UNIQUE[kind]]) in [fold(other[UNIQUE[kind]]) for other in others]:
            faults.append((409, "uniqueness"))
        if faults:
            raise Refused(*faults)
        members.sort(key=lambda member: member["value"])
        if id not in self.all:
            self.all[id] = {"kind": kind, "version": 1, "doc": doc}
        elif doc != self.all[id]["doc"]:
            self.all[id] |= {"doc": doc, "version": self.all[id]["version"] + 1}

    def create(self, kind, body, id):
        self.write(kind, id, self.read_body(kind, body))
        return self.shown(id)

    def replace(self, kind, id, body, version):
        self.look_up(kind, id, version)
        self.write(kind, id, self.read_body(kind, body))
        return self.shown(id)

    def delete(self, kind, id, version):
        self.look_up(kind, id, version)
        for group in self.parents(id):
            doc = self.all[group]["doc"]
            doc["members"].remove({"value": id})
            if not doc["members"]:
                del doc["members"]
            if group != id:
                self.all[group]["version"] += 1
        del self.all[id]

    def patch(self, kind, id, operations, version):
        if not operations:
            raise Refused((400, "invalidSyntax"))
        self.look_up(kind, id, version)
        doc = copy.deepcopy(self.all[id]["doc"])
        emptied = False
        for op, path, value in operations:
            in_value = path is None and op != "remove"
            for name, part in value.items() if in_value else [(path, value)]:
                self.apply(kind, doc, op, name, part)
                emptied |= name == UNIQUE[kind] and (op == "remove" or part is None)
        if UNIQUE[kind] not in doc and emptied:
            raise Refused((400, "mutability"))
        self.require(kind, doc)
        self.write(kind, id, doc)
        return self.shown(id)

    def apply(self, kind, doc, op, path, value):
        """Do one operation; `path` is a name or (name, filter or None, sub or None)."""
        name, chosen_by, sub = path if isinstance(path, tuple) else (path, None, None)
        if op not in ("add", "remove", "replace"):
            raise Refused((400, "invalidSyntax"))
        if name is None:
            raise Refused((400, "noTarget"))
        if name in READ_ONLY:
            raise Refused((400, "mutability"))
        if name not in SHAPES[kind]:
            raise Refused((400, "invalidPath"))
        shape = SHAPES[kind][name]
        if isinstance(shape, list):
            self.apply_to_values(doc, op, name, shape, chosen_by, sub, value)
        elif sub is not None:
            part = doc.setdefault(name, {})
            put(part, op, sub, shape[sub], value)
        else:
            put(doc, op, name, shape, value)
        if doc.get(name) in NOTHING:
            doc.pop(name, None)

    def apply_to_values(self, doc, op, name, shape, chosen_by, sub, value):
        values = doc.get(name, [])
        if chosen_by is None and sub is None:
            if op == "remove":
                doc[name] = []
            elif op == "replace":
                doc[name] = clean(listed(value), shape) or []
            elif value is not None:
                doc[name] = merged(values, clean(listed(value), shape) or [])
            return
        chosen = [one for one in values if chosen_by is None or matches(chosen_by, one)]
        unassigns = op == "remove" or value is None
        if (op == "add" and value is None) or (unassigns and not chosen and chosen_by is None):
            return
        if not chosen:
            if self.strict or not self.tolerated(doc, op, name, shape, chosen_by, sub, value):
                raise Refused((400, "noTarget"))
        elif op == "remove" and sub is None:
            doc[name] = [one for one in values if one not in chosen]
        else:
            for one in chosen:
                put(one, op, sub, shape[0][sub], value)
            if sub == "primary" and value is True:
                unset_others(values, one_primary(chosen))
            doc[name] = clean(values, shape) or []

    def tolerated(self, doc, op, name, shape, chosen_by, sub, value):
        """Do what a lenient server does with a filter that chooses nothing."""
        if op == "remove":
            return name == "members"
        if value is None:
            return True
        if chosen_by is None or chosen_by[0] != "eq":
            return False
        if op == "replace" and chosen_by[1] != "type":
            return False
        new = {chosen_by[1]: chosen_by[2], sub: value}
        doc[name] = merged(doc.get(name, []), clean([new], shape) or [])
        return True


def listed(value):
    return value if isinstance(value, list) or value is None else [value]


def put(holder, op, name, shape, value):
    if op == "remove" or value is None:
        if op != "add":
            holder.pop(name, None)
        return
    new = clean(value, shape)
    if isinstance(shape, dict):
        old = holder.get(name, {})
        old = {k: old[k] for k in old if op == "add" or value.get(k, old[k]) not in NOTHING}
        new = old | (new or {})
    holder[name] = new


def merged(values, new_values):
    """Add values, those that are there being known by their value and type."""
    values, touched = copy.deepcopy(values), []
    for new in new_values:
        names = ("value", "type") if "value" in new else new.keys() | {*EMAIL}
        same = [one for one in values if all(one.get(n) == new.get(n) for n in names)]
        if same:
            same[0].update(new)
        else:
            values.append(new)
        touched.append(same[0] if same else new)
    unset_others(values, one_primary(touched))
    return values


def unset_others(values, touched):
    first = [one for one in touched if one.get("primary") is True]
    for one in values:
        if first and one is not first[0] and one.get("primary") is True:
            one["primary"] = False


# --- filters, sorting, projection --------------------------------------------------------------

TESTS = {
    "eq": lambda a, b: a == b, "ne": lambda a, b: a != b, "co": lambda a, b: b in a,
    "sw": lambda a, b: a.startswith(b), "ew": lambda a, b: a.endswith(b),
    "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
}  # fmt: skip


def matches(tree, resource):
    """Evaluate ("and" or "or", l, r), ("not", x), ("in", name, x), ("pr", path), (op, path, v)."""
    kind, *parts = tree
    if kind in ("and", "or"):
        left, right = (matches(part, resource) for part in parts)
        return (left and right) if kind == "and" else (left or right)
    if kind == "not":
        return not matches(parts[0], resource)
    if kind == "in":
        return any(matches(parts[1], one) for one in resource.get(parts[0], []))
    path, operand = parts if kind != "pr" else (*parts, None)
    found = values_at(resource, path) or ([False] if path == "primary" and kind != "pr" else [])
    if kind == "pr":
        return any(value != "" for value in found)
    if operand is None:
        return (not found) == (kind == "eq")
    if isinstance(operand, str) and path not in CASE_EXACT:
        found, operand = [fold(value) for value in found], fold(operand)
    return any(TESTS[kind](value, operand) for value in found) or (kind == "ne" and not found)


def check(tree):
    """Refuse what cannot be compared, wherever in the filter it stands."""
    kind, *parts = tree
    if kind in ("and", "or", "not", "in"):
        for part in parts:
            if isinstance(part, tuple):
                check(part)
    elif parts[0] == "shoeSize" or (kind in tuple(TESTS)[2:] and not isinstance(parts[1], str)):
        raise Refused((400, "invalidFilter"))


def values_at(resource, path):
    if path.startswith(EXT):
        resource, path = resource.get(EXT, {}), path[len(EXT) + 1 :]
    name, _, sub = path.partition(".")
    values = [] if resource.get(name) is None else listed(resource[name])
    if sub or name in ("emails", "members", "groups"):
        values = [one[sub or "value"] for one in values if (sub or "value") in one]
    return values


def sort_key(resource, path):
    if path == "emails":
        several = resource.get("emails", [])
        first = [one for one in several if one.get("primary")] or several
        resource = {"emails": first[:1]}
    values = values_at(resource, path)
    exact = path in CASE_EXACT or not isinstance(next(iter(values), None), str)
    return (values[0] if exact else fold(values[0])) if values else None


def show(resource, wanted, unwanted):
    kept = {"schemas": resource["schemas"], "id": resource["id"]}
    for name, value in resource.items():
        if name in kept:
            continue
        if wanted:
            value = value if name in wanted else pick(value, name, wanted, True)
        elif unwanted:
            value = None if name in unwanted else pick(value, name, unwanted, False)
        if value not in NOTHING:
            kept[name] = value
    return kept


def pick(value, name, paths, keep):
    """Return the parts of a value that paths name, or all but those."""
    mark = ":" if name == EXT else "."
    subs = [path[len(name) + 1 :] for path in paths if path.startswith(name + mark)]
    if not subs:
        return None if keep else value
    parts = [{k: v for k, v in one.items() if (k in subs) == keep} for one in listed(value)]
    parts = [one for one in parts if one]
    return parts if isinstance(value, list) else next(iter(parts), None)
