"""A naive model of a SCIM server: what it holds, and what it would answer.

Dicts and loops, slow and plain, and nothing of the server's. It knows a part of the schemas, and
the RFCs as they read; where they leave a choice, docs/supported.md has the one made.
`test_model.py` holds the server to it. What a query shows of what is held, and the form of filters,
is in `naive_queries.py`. A PATCH path is a list of steps: an attribute, perhaps a filter that
chooses some of its values, perhaps the name of a part of them.
"""

import copy
import runpy
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

queries = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("naive_queries.py"))))

EXT = queries.EXT
CORE = {kind: f"urn:ietf:params:scim:schemas:core:2.0:{kind}" for kind in ("User", "Group")}
SHAPES = {
    "User": {
        "externalId": str, "userName": str, "displayName": str, "title": str, "active": bool,
        "name": {"familyName": str, "givenName": str},
        "emails": [{"value": str, "type": str, "display": str, "primary": bool}],
        EXT: {"department": str, "costCenter": str, "manager": {"value": str}},
    },
    "Group": {"externalId": str, "displayName": str, "members": [{"value": str}]},
}  # fmt: skip
UNIQUE = {"User": "userName", "Group": "displayName"}  # Both are required, too.
READ_ONLY = ("id", "meta", "groups")


class Refused(Exception):
    """The answer is an error: one of these pairs of status and scimType."""


@dataclass
class Held:
    kind: str
    doc: dict
    version: int = 0


class Model:
    def __init__(self, strict):
        self.strict = strict
        self.all = {}  # by id, in the order of creation

    def ids(self, *kinds):
        return [id for id, held in self.all.items() if held.kind in kinds]

    def find(self, kind, id, version=None):
        if id not in self.ids(kind):
            raise Refused((404, None))
        if version not in (None, self.all[id].version):
            raise Refused((412, None))
        return self.all[id]

    # --- reading ---

    def shown(self, id):
        held = self.all[id]
        doc = {"schemas": [CORE[held.kind]], "id": id, **copy.deepcopy(held.doc)}
        doc["schemas"] += [EXT] if EXT in doc else []
        doc["meta"] = {"resourceType": held.kind, "version": f'W/"{held.version}"'}
        for member in doc.get("members", []):
            other = self.all[member["value"]]
            member["type"] = other.kind
            member["display"] = other.doc.get("displayName") or other.doc.get("userName")
        return doc | {"groups": self.groups(id)} if held.kind == "User" else doc

    def groups(self, id):
        direct = self.parents(id)
        reached = list(direct)
        for group in reached:  # It grows while it is gone through.
            reached += [parent for parent in self.parents(group) if parent not in reached]
        kinds = {group: "direct" if group in direct else "indirect" for group in reached}
        names = {group: self.all[group].doc["displayName"] for group in reached}
        return [{"value": one, "display": names[one], "type": kinds[one]} for one in reached]

    def parents(self, id):
        return [one for one in self.all if {"value": id} in self.all[one].doc.get("members", [])]

    def read(self, kind, id, wanted=None, unwanted=None):
        refuse_if(wanted and unwanted, "invalidValue")
        self.find(kind, id)
        return queries.show(self.shown(id), wanted, unwanted)

    def query(self, kinds, tree=None, wanted=None, unwanted=None, **page):
        refuse_if(wanted and unwanted, "invalidValue")
        unknown = ["shoeSize"] * (len(kinds) == 1)  # Over all kinds, it is one that no kind has.
        refuse_if(tree and queries.is_wrong(tree, unknown), "invalidFilter")
        found = [self.shown(id) for id in self.ids(*kinds)]
        found = [one for one in found if tree is None or queries.matches(tree, one)]
        answer = queries.page(found, **page)
        answer["Resources"] = [queries.show(one, wanted, unwanted) for one in answer["Resources"]]
        return answer

    # --- writing ---

    def write(self, method, kind, id, body, version):
        """Do a POST, PUT, PATCH (of `body`, a list of operations) or DELETE."""
        refuse_if(method == "PATCH" and not body, "invalidSyntax")
        held = Held(kind, {}) if method == "POST" else self.find(kind, id, version)
        if method == "DELETE":
            return self.delete(id)
        doc = self.patched(held, body) if method == "PATCH" else self.understood(kind, body)
        name = doc.get(UNIQUE[kind])
        refuse_if(not name, "invalidValue")
        may_repeat = self.strict and kind == "Group"
        rivals = () if may_repeat else [one for one in self.ids(kind) if one != id]
        others = [self.all[one].doc[UNIQUE[kind]] for one in rivals]
        faults = [(409, "uniqueness")] * (queries.fold(name) in map(queries.fold, others))
        faults += [(400, "invalidValue")] * self.has_unknown(doc)
        if faults:
            raise Refused(*faults)
        self.keep(id, held, doc)

    def has_unknown(self, doc):
        return any(one.get("value") not in self.all for one in doc.get("members", []))

    def understood(self, kind, body):
        unknown = body.keys() - {*SHAPES[kind], *READ_ONLY, "schemas"}
        refuse_if(self.strict and unknown, "invalidValue")
        doc = clean(body, SHAPES[kind]) or {}
        refuse_if(not body["schemas"], "invalidSyntax")
        refuse_if(self.strict and EXT in doc and EXT not in body["schemas"], "invalidSyntax")
        return doc

    def keep(self, id, held, doc):
        doc.get("members", []).sort(key=lambda member: member["value"])  # They have no order.
        self.all[id] = Held(held.kind, doc, held.version + (doc != held.doc))

    def delete(self, id):
        del self.all[id]
        for other, held in list(self.all.items()):
            doc = copy.deepcopy(held.doc)
            doc["members"] = [one for one in doc.get("members", []) if one["value"] != id]
            if doc.get(EXT, {}).get("manager") == {"value": id}:
                del doc[EXT]["manager"]
            self.keep(other, held, clean(doc, SHAPES[held.kind]))

    # --- PATCH ---

    def patched(self, held, operations):
        doc, shape = copy.deepcopy(held.doc), SHAPES[held.kind]
        for op, path, value in operations:
            op = op if self.strict else op.lower()
            refuse_if(op not in ("add", "remove", "replace"), "invalidSyntax")
            refuse_if(path is None and op == "remove", "noTarget")
            for steps, part in [(path, value)] if path else [([n], value[n]) for n in value]:
                self.apply(doc, shape, op, steps, part)
                doc = clean(doc, shape) or {}
                refuse_if(self.has_unknown(doc), "invalidValue")
        refuse_if(UNIQUE[held.kind] not in doc, "mutability")
        return doc

    def apply(self, doc, shape, op, steps, value):
        refuse_if(steps[0] in READ_ONLY, "mutability")
        places = find_places(doc, shape, steps)
        if not places:
            op, steps, value = self.settled(op, steps, value)
            places = find_places(doc, shape, steps)
        if op == "add" and value in (None, []):
            return
        for holder, name, inner in places:
            if name is not None:
                holder[name] = changed(holder.get(name), inner, op, value)
            else:  # A value that a filter chose; what the filter says of it stays, or all of it.
                kept = {name: holder[name] for name in (holder if op == "add" else said(steps[1]))}
                new = changed(kept, inner, "add" if op == "replace" else op, value)
                holder.clear()
                holder.update(new or {})
        if len(steps) > 1 and isinstance(shape[steps[0]], list):
            keep_one_primary(doc[steps[0]], [holder for holder, *_ in places])

    def settled(self, op, steps, value):
        """Return the operation that is meant when a path leads to no value: nearly always none."""
        name, tree, *part = steps
        nothing = "add", [name], None
        if (op, value) == ("add", None):
            return nothing
        if isinstance(tree, str):  # A part of each value: there are none.
            refuse_if(op != "remove" and value is not None, "noTarget")
            return nothing
        if op == "remove" and name == "members":
            return nothing
        refuse_if(self.strict or op == "remove", "noTarget")
        if value is None:
            return nothing
        new = said(tree)
        described = {"add": new, "replace": new.keys() <= {"type", "primary"} and new}.get(op)
        refuse_if(not described, "noTarget")
        return "add", [name], [new | ({part[0]: value} if part else value)]


def refuse_if(fault, scim_type):
    if fault:
        raise Refused((400, scim_type))


def clean(value, shape):
    """Return a value in the one form, what is empty left out of it; None if nothing is left."""
    wanted = shape if isinstance(shape, type) else type(shape)
    refuse_if(value is not None and type(value) is not wanted, "invalidValue")
    if value and wanted is dict:
        parts = {name: clean(value[name], shape[name]) for name in value if name in shape}
        value = {name: part for name, part in parts.items() if part is not None}
    elif value and wanted is list:
        value = once(one for one in (clean(each, shape[0]) for each in value) if one)
        keep_one_primary(value, value)
    return None if value in ([], {}) else value


def once(values):
    """Return each value once, though one of two may say more of whether it is primary."""
    kept = []
    for new in values:
        one = first(kept, but_primary, new)
        if one is None:
            kept.append(new)
        elif new.get("primary"):
            one["primary"] = True
    return kept


def first(values, known_by, new):
    return next((one for one in values if known_by(one) == known_by(new)), None)


def but_primary(value):
    return {name: part for name, part in value.items() if name != "primary"}


def find_places(holder, shape, steps):
    """Return where a path leads: (holder, name, shape), the name None for a chosen value itself."""
    name, *rest = steps
    refuse_if(name not in shape, "invalidPath")
    if not rest:
        return [(holder, name, shape[name])]
    if isinstance(shape[name], dict):
        return find_places(holder.setdefault(name, {}), shape[name], rest)
    chosen, (inner,) = holder.get(name, []), shape[name]
    if isinstance(rest[0], tuple):
        chosen = [one for one in chosen if queries.matches(rest[0], one)]
        rest = rest[1:]
    return [(one, rest[0], inner[rest[0]]) if rest else (one, None, inner) for one in chosen]


def said(tree):
    """Return what the equalities of a filter say of a value."""
    if tree[0] == "and":
        return said(tree[1]) | said(tree[2])
    return {tree[1]: tree[2]} if tree[0] == "eq" else {}


def changed(old, shape, op, value):
    """Return what an operation makes of a value."""
    if op == "remove" or value in (None, []):
        return None
    alone = isinstance(shape, list) and isinstance(value, dict) and value
    new = clean([value] if alone else value, shape)
    if isinstance(shape, dict):  # Merging; a part replaced by null goes.
        return (old or {}) | (value if op == "replace" else new or {})
    return with_added(old or [], new or []) if isinstance(shape, list) and op == "add" else new


def with_added(values, new_values):
    """Add values; those that are there, known by their value and type, are only completed."""

    def known_by(one):
        return (one["value"], one.get("type")) if "value" in one else but_primary(one)

    touched = []
    for new in new_values:
        one = first(values, but_primary, new) or first(values, known_by, new)
        if one is None:
            values.append(one := {})
        one.update(new)
        touched += [] if any(one is other for other in touched) else [one]
    keep_one_primary(values, touched)
    return values


def keep_one_primary(values, touched):
    """Leave the primary value among those touched as the only one of all."""
    primary = [one for one in touched if one.get("primary") is True]
    refuse_if(len(primary) > 1, "invalidValue")
    for one in values:
        if primary and one is not primary[0] and one.get("primary") is True:
            one["primary"] = False
