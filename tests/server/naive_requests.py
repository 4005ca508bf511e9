"""Requests for a server and its naive model: what is drawn, and how it stands on the wire.

A whole number stands for the id of the resource of that number. Filters and PATCH paths have the
form that `naive_model.py` takes; they become text only when they are sent.
"""

import json
from itertools import pairwise

from hypothesis import strategies as st

from scim_protocol import urns

CORE = {"User": urns.USER, "Group": urns.GROUP}
EXT = urns.ENTERPRISE_USER
UNQUALIFIED = (EXT, "id", "externalId", "meta", "schemas", "shoeSize")

some, just = st.sampled_from, st.just
IDS = st.integers(0, 99)
WORDS = some(["a", "A", "ada", "Ada", "bob", "work", "home", "\u00c9", "e\u0301", "a b"])
TEXTS = st.one_of(WORDS, WORDS, WORDS, some(["", None, 'say "\\"', "Straße", "STRASSE"]))
UNIQUE = some(["ada", "ADA", "bob", "eve", "\u00c9ve", "e\u0301ve", "joe", "kim", "lee"])
WRONG = some([7, True, ["a"], {"a": "b"}])
TYPES = some(["work", "home", "Work"])
FLAGS = some([True, False, None])
VERSIONS = some([None, None, 0, 1])  # In If-Match: none, the one that it has, one that it has not.
# Names and operators in another letter case, or behind the URN of their schema, mean the same.
SPELLINGS = some(["plain", "plain", "upper", "qualified"])


def objects(**parts):
    return st.fixed_dictionaries({}, optional=parts)


EMAIL = objects(value=WORDS, type=TYPES, primary=FLAGS, display=WORDS)
MEMBERS = st.lists(st.fixed_dictionaries({"value": IDS}), max_size=4)
MANAGER = st.fixed_dictionaries({"value": IDS}) | st.none()
VALUES = {
    "User": {
        "externalId": TEXTS, "userName": UNIQUE, "displayName": TEXTS, "title": TEXTS,
        "active": FLAGS, "name": objects(familyName=TEXTS, givenName=TEXTS),
        "emails": st.lists(EMAIL, max_size=3),
        EXT: objects(department=TEXTS, costCenter=TEXTS, manager=MANAGER),
    },
    "Group": {"externalId": TEXTS, "displayName": UNIQUE, "members": MEMBERS},
}  # fmt: skip
NEEDED = {"User": "userName", "Group": "displayName"}


def bodies(kind):
    """Bodies for POST and PUT, most of them right."""
    right, needed = dict(VALUES[kind]), NEEDED[kind]
    always = {"schemas": just([CORE[kind]]), needed: right.pop(needed)}
    body = st.fixed_dictionaries(always, optional=right)
    faults = some([needed, "schemas"]).map(lambda name: {name: None})
    faults |= some([needed, "externalId"]).map(lambda name: {name: ["wrong"]})
    faults |= some([{"id": "x"}, {"meta": {"version": "x"}}, {"shoeSize": 43}])
    return st.one_of(body, body, body, st.builds(dict.__or__, body, faults))


SETTING = some(["add", "replace"])
ANY_OP = some(["add", "replace", "remove", "Replace"])
CHOSEN = some(
    [("eq", "type", "work"), ("eq", "type", "home"), ("eq", "value", "a"), ("ne", "value", "a"),
     ("eq", "primary", True), ("pr", "primary"), ("not", ("pr", "type")),
     ("and", ("eq", "type", "work"), ("eq", "value", "a"))]
)  # fmt: skip


def at(steps, value, op=ANY_OP):
    """Operations (op, path, value); the steps of the path may be drawn, too."""
    steps = [step if isinstance(step, st.SearchStrategy) else just(step) for step in steps]
    return st.tuples(op, st.tuples(*steps).map(list), value)


def operations(kind):
    """PATCH operations: several right ones, or one that may be wrong."""
    right = [at([name], value) for name, value in VALUES[kind].items()]
    right.append(st.tuples(SETTING, st.none(), objects(**VALUES[kind])))
    if kind == "User":
        right += [at(["name", sub], TEXTS) for sub in ("familyName", "givenName")]
        right += [at([EXT, "department"], TEXTS), at([EXT, "manager"], MANAGER)]
        right += [at([EXT, "manager", "value"], IDS), at(["emails"], EMAIL, just("add"))]
        right.append(at(["emails", CHOSEN], EMAIL))
        for sub, value in (("value", WORDS), ("type", TYPES), ("primary", FLAGS)):
            right += [at(["emails", CHOSEN, sub], value), at(["emails", sub], value)]
    wrong = [
        at([some(["id", "meta", "shoeSize"])], WORDS),
        at(["displayName"], WORDS, just("move")),
        at(["displayName"], WRONG, SETTING),
        just(("remove", None, None)),
    ]
    several = st.lists(st.one_of(right), min_size=1, max_size=4)
    return st.one_of(several, several, several, st.lists(st.one_of(wrong), max_size=1))


def operations_on_values(kind):
    """PATCH operations on the attribute of several values, of which there are few to draw."""
    if kind == "User":
        value, rest = {"value": some(["a", "b"])}, {"type": TYPES, "primary": st.booleans()}
        email = st.fixed_dictionaries(value, optional=rest | {"display": WORDS})
        one = at(["emails"], st.lists(email, max_size=2)) | at(["emails"], email, SETTING)
        one |= at(["emails", CHOSEN], email) | at(["emails", CHOSEN, "primary"], st.booleans())
    else:
        chosen = IDS.map(lambda number: ("eq", "value", number))
        one = at(["members"], MEMBERS) | at(["members", chosen], st.none(), just("remove"))
    return st.lists(one, min_size=1, max_size=3)


PATHS = {
    "User": ["userName", "displayName", "title", "externalId", "name.familyName", "emails",
             "emails.value", "emails.type", f"{EXT}:department", "groups.display", "groups.type",
             "id", "meta.resourceType", "schemas"],
    "Group": ["displayName", "externalId", "id", "meta.resourceType", "members.type"],
}  # fmt: skip
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
REFERENCES = {"User": ["id", "groups", "groups.value", f"{EXT}:manager", f"{EXT}:manager.value"],
              "Group": ["id", "members", "members.value"]}  # fmt: skip


def filters(kind):
    """Filters as the model takes them."""

    def leaves(paths):
        texts = st.tuples(some(OPERATORS), some(paths), WORDS)
        nulls = st.tuples(some(["eq", "ne"]), some(paths), st.none())
        return texts | texts | nulls | st.tuples(just("pr"), some(paths))

    several = "members" if kind == "Group" else "groups"
    inside = leaves(["type"]) | st.tuples(some(["eq", "ne"]), just("value"), IDS)
    whole = leaves(PATHS[kind]) | st.tuples(just("in"), just(several), combined(inside))
    whole |= st.tuples(some(["eq", "ne"]), some(REFERENCES[kind]), IDS)
    if kind == "User":
        primary = st.tuples(some(["eq", "ne"]), just("primary"), st.booleans())
        one = combined(leaves(["type", "value", "display"]) | primary)
        whole |= st.tuples(just("in"), just("emails"), one)
        whole |= st.tuples(
            some(["eq", "ne", "gt", "co"]), some(["active", "emails.primary"]), st.booleans()
        )
    whole |= just(("eq", "shoeSize", "a"))
    return st.none() | combined(whole)


def combined(leaves):
    return st.recursive(
        leaves,
        lambda inner: st.tuples(some(["and", "or"]), inner, inner) | st.tuples(just("not"), inner),
        max_leaves=4,
    )


def look_ups(kind):
    """Filters that an index may answer."""
    at = st.tuples(just("eq"), some(REFERENCES[kind]), IDS)
    names = st.tuples(just("eq"), just(NEEDED[kind]), UNIQUE)
    words = st.tuples(
        just("eq"), some(["emails", "emails.value", "externalId"][kind == "Group" and 2 :]), WORDS
    )
    one = at | names | words
    if kind == "Group":
        one |= IDS.map(lambda n: ("in", "members", ("eq", "value", n)))
    return one | one.map(lambda tree: ("not", tree))


PROJECTIONS = {
    "User": ["userName", "name", "name.familyName", "emails", "emails.value", EXT, "groups",
             "groups.type", f"{EXT}:department", "meta", "meta.resourceType", "id", "shoeSize",
             f"{EXT}:manager"],
    "Group": ["displayName", "members", "members.value", "members.type", "meta", "schemas"],
}  # fmt: skip
SORTS = {
    "User": ["userName", "title", "externalId", "name.familyName", "emails", "active", "id",
             f"{EXT}:department"],
    "Group": ["displayName", "externalId", "id"],
}  # fmt: skip


def projections(kind):
    """Which attributes are wanted, or unwanted; now and then both."""
    names = st.lists(some(PROJECTIONS[kind]), min_size=1, max_size=3)
    one = some(["wanted", "unwanted"]).flatmap(lambda which: st.fixed_dictionaries({which: names}))
    return st.one_of(just({}), one, one, objects(wanted=names, unwanted=names))


def of_kind(strategy):
    """Draw a kind of resource and something for it."""
    made = {kind: strategy(kind) for kind in ("User", "Group")}
    return some(["User", "User", "Group"]).flatmap(lambda kind: st.tuples(just(kind), made[kind]))


def asked(kind):
    """What a query asks for, as the model takes it."""
    made = st.fixed_dictionaries(
        {"tree": filters(kind)},
        optional={
            "sort": some(SORTS[kind]), "descending": st.booleans(), "start": st.integers(-1, 5),
            "count": st.integers(-1, 4),
        },
    )  # fmt: skip
    return st.builds(dict.__or__, made, projections(kind))


def changes(method, of_what):
    """What a change is made of: its method, (kind, body), number, version, what is asked back."""
    wanted = st.none() | st.none() | just(["id", "externalId", "members.value"])
    return st.tuples(just(method), of_kind(of_what), IDS, VERSIONS, wanted, SPELLINGS)


PATCHES_OF_VALUES = changes("PATCH", operations_on_values)
CHANGES = st.one_of(
    changes("POST", bodies), changes("PUT", bodies), changes("PATCH", operations),
    PATCHES_OF_VALUES, changes("DELETE", lambda kind: st.none()),
)  # fmt: skip


# --- as text -----------------------------------------------------------------------------------


def spelled(path, how, kind):
    if how == "qualified" and kind and not path.startswith(UNQUALIFIED):
        return f"{CORE[kind]}:{path}"
    return path.upper() if how == "upper" else path


def filter_text(tree, how, kind=None):
    op, *parts = tree
    said = op.upper() if how == "upper" else op
    if op in ("and", "or"):
        left, right = (filter_text(part, how, kind) for part in parts)
        return f"({left}) {said} ({right})"
    if op == "not":
        return f"{said} ({filter_text(parts[0], how, kind)})"
    path = spelled(parts[0], how, kind)
    if op == "in":
        return f"{path}[{filter_text(parts[1], how)}]"
    return " ".join([path, said, *(json.dumps(operand) for operand in parts[1:])])


def path_text(steps, how, kind):
    text = spelled(steps[0], how, kind)
    for before, step in pairwise(steps):
        if isinstance(step, tuple):
            text += f"[{filter_text(step, how)}]"
        else:
            text += (":" if before == EXT else ".") + spelled(step, how, None)
    return text


def keyed(value, how):
    """Return a value with its keys spelled in another way."""
    if isinstance(value, dict):
        return {spelled(name, how, None): keyed(part, how) for name, part in value.items()}
    return [keyed(one, how) for one in value] if isinstance(value, list) else value


def message(method, kind, body, how):
    """Return what is sent of a change: a resource, or the message that holds its operations."""
    if method != "PATCH":
        return keyed(body, how)
    sent = []
    for op, steps, value in body:
        operation = {"op": op} | ({"path": path_text(steps, how, kind)} if steps else {})
        sent.append(operation if op == "remove" else operation | {"value": keyed(value, how)})
    return {"schemas": [urns.PATCH_OP], "Operations": sent}


def question(asked, how="plain", kind=None):
    """Return what is asked in the names that a query has for it."""
    tree, sort = asked.get("tree"), asked.get("sort")
    sent = {
        "attributes": asked.get("wanted"), "excludedAttributes": asked.get("unwanted"),
        "filter": tree and filter_text(tree, how, kind),
        "sortBy": sort and spelled(sort, how, kind),
        "sortOrder": "descending" if asked.get("descending") else None,
        "startIndex": asked.get("start"), "count": asked.get("count"),
    }  # fmt: skip
    return {name: value for name, value in sent.items() if value is not None}


def parameters(sent):
    """Return a question as a URL holds it."""
    return {k: ",".join(v) if isinstance(v, list) else v for k, v in sent.items()}
