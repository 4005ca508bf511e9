"""The server beside a naive model of SCIM: after any sequence of requests both answer the same.

`make soak` runs some thousand sequences instead of some dozens.
"""

import json
import os
import runpy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from scim_protocol import urns

MODEL = runpy.run_path(str(Path(__file__).with_name("naive_model.py")))
Model, Refused, show = MODEL["Model"], MODEL["Refused"], MODEL["show"]
EXT = urns.ENTERPRISE_USER
SEQUENCES = 1500 if os.environ.get("SOAK") else 30

# --- what is sent; a whole number stands for the id of the resource of that number --------------

IDS = st.integers(0, 99)
WORDS = st.sampled_from(["a", "A", "ada", "Ada", "bob", "work", "home", "\u00c9", "e\u0301", "a b"])
TEXTS = st.one_of(WORDS, WORDS, WORDS, st.sampled_from(["", None, 'say "\\"', "Straße", "STRASSE"]))
UNIQUE = st.sampled_from(["ada", "ADA", "bob", "eve", "\u00c9ve", "e\u0301ve", "joe", "kim", "lee"])
WRONG = st.sampled_from([7, True, ["a"], {"a": "b"}])
TYPES = st.sampled_from(["work", "home", "Work"])
FLAGS = st.sampled_from([True, False, None])
NAMES = st.fixed_dictionaries({}, optional={"familyName": TEXTS, "givenName": TEXTS})
EMAILS = st.fixed_dictionaries(
    {}, optional={"value": WORDS, "type": TYPES, "primary": st.sampled_from([True, False, None])}
)
MEMBERS = st.lists(st.fixed_dictionaries({"value": IDS}), max_size=4)
DEPARTMENTS = st.fixed_dictionaries({}, optional={"department": TEXTS, "costCenter": TEXTS})
VALUES = {
    "User": {
        "externalId": TEXTS, "userName": UNIQUE, "displayName": TEXTS, "title": TEXTS,
        "active": FLAGS, "name": NAMES, "emails": st.lists(EMAILS, max_size=3), EXT: DEPARTMENTS,
    },
    "Group": {"externalId": TEXTS, "displayName": UNIQUE, "members": MEMBERS},
}  # fmt: skip
CORE = {"User": urns.USER, "Group": urns.GROUP}


def bodies(kind):
    """Bodies for POST and PUT, most of them right."""
    right = {name: value for name, value in VALUES[kind].items()}
    needed = "userName" if kind == "User" else "displayName"
    schemas = st.just([CORE[kind]])
    body = st.fixed_dictionaries({"schemas": schemas, needed: right.pop(needed)}, optional=right)
    faults = st.sampled_from([needed, "schemas"]).map(lambda name: {name: None})
    faults |= st.sampled_from([needed, "externalId"]).map(lambda name: {name: ["wrong"]})
    faults |= st.sampled_from([{"id": "x"}, {"meta": {"version": "x"}}, {"shoeSize": 43}])
    return st.one_of(body, body, body, st.builds(dict.__or__, body, faults))


def operations(kind):
    """PATCH operations `[op, path, value]`: several right ones, or one that may be wrong."""
    at = [st.tuples(SOME_OP, st.just(n), value) for n, value in VALUES[kind].items()]
    at.append(
        st.tuples(ADD_OR_REPLACE, st.none(), st.fixed_dictionaries({}, optional=VALUES[kind]))
    )
    if kind == "User":
        for name, subs in (("name", ("familyName", "givenName")), (EXT, ("department",))):
            at += [st.tuples(SOME_OP, st.just((name, None, sub)), TEXTS) for sub in subs]
        work = st.sampled_from([("eq", "type", "work"), ("eq", "value", "a"), None])
        for sub, value in (("value", WORDS), ("type", TYPES), ("primary", FLAGS)):
            at.append(st.tuples(SOME_OP, st.tuples(st.just("emails"), work, st.just(sub)), value))
        chosen = st.tuples(st.just("emails"), st.sampled_from([("eq", "type", "home")]), st.none())
    else:
        chosen = IDS.map(lambda n: ("members", ("eq", "value", n), None))
        at += [st.tuples(ADD_OR_REPLACE, st.just("members"), MEMBERS)] * 2
    at.append(st.tuples(st.just("remove"), chosen, st.none()))
    wrong = [
        st.tuples(SOME_OP, st.sampled_from(["id", "meta", "shoeSize"]), WORDS),
        st.tuples(st.just("move"), st.just("displayName"), WORDS),
        st.tuples(ADD_OR_REPLACE, st.just("displayName"), WRONG),
        st.just(("remove", None, None)),
    ]
    right = st.lists(st.one_of(at), min_size=1, max_size=4)
    return st.one_of(right, right, right, st.lists(st.one_of(wrong), max_size=1))


def operations_on_values(kind):
    """PATCH operations on the attribute of several values that the kind has."""
    name = "emails" if kind == "User" else "members"
    whole = st.tuples(SOME_OP, st.just(name), VALUES[kind][name])
    added = st.tuples(st.just("add"), st.just(name), VALUES[kind][name])
    if kind == "User":
        chosen = st.sampled_from([("eq", "type", "work"), ("ne", "value", "a"), ("pr", "primary")])
        path = st.tuples(st.just(name), chosen, st.just("primary"))
        part = st.tuples(ADD_OR_REPLACE, path, st.just(True))
    else:
        part = IDS.map(lambda n: ("remove", (name, ("eq", "value", n), None), None))
    return st.lists(st.one_of(whole, added, part), min_size=1, max_size=2)


ADD_OR_REPLACE = st.sampled_from(["add", "replace"])
SOME_OP = st.sampled_from(["add", "replace", "remove"])
PATHS = {
    "User": ["userName", "displayName", "title", "externalId", "name.familyName", "emails",
             "emails.value", "emails.type", f"{EXT}:department", "groups.display", "groups.type",
             "id", "meta.resourceType", "schemas"],
    "Group": ["displayName", "externalId", "id", "meta.resourceType"],
}  # fmt: skip
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]


def filters(kind):
    """Filters as the model takes them."""

    def leaves(paths):
        texts = st.tuples(st.sampled_from(OPERATORS), st.sampled_from(paths), WORDS)
        nulls = st.tuples(st.sampled_from(["eq", "ne"]), st.sampled_from(paths), st.none())
        present = st.tuples(st.just("pr"), st.sampled_from([p for p in paths if p != "emails"]))
        return texts | texts | nulls | present

    holder = "members" if kind == "Group" else "groups"
    inside = leaves(["type"]) | st.tuples(st.sampled_from(["eq", "ne"]), st.just("value"), IDS)
    whole = leaves(PATHS[kind]) | st.tuples(st.just("in"), st.just(holder), combined(inside))
    whole |= st.tuples(st.just("eq"), st.sampled_from(["id", f"{holder}.value"]), IDS)
    if kind == "User":
        primary = st.tuples(st.sampled_from(["eq", "ne"]), st.just("primary"), st.booleans())
        one = combined(leaves(["type", "value"]) | primary)
        whole |= st.tuples(st.just("in"), st.just("emails"), one)
        operators = st.sampled_from(["eq", "ne", "gt", "co"])
        whole |= st.tuples(operators, st.just("active"), st.booleans())
    whole |= st.just(("eq", "shoeSize", "a"))
    return st.none() | combined(whole)


def combined(leaves):
    return st.recursive(
        leaves,
        lambda inner: (
            st.tuples(st.sampled_from(["and", "or"]), inner, inner)
            | st.tuples(st.just("not"), inner)
        ),
        max_leaves=4,
    )


def look_ups(kind):
    """Filters that an index may answer."""
    if kind == "User":
        names = st.tuples(st.just("eq"), st.just("userName"), UNIQUE)
        emails = st.tuples(st.just("eq"), st.sampled_from(["emails", "emails.value"]), WORDS)
        at = st.tuples(st.just("eq"), st.sampled_from(["groups.value", "id"]), IDS)
        return st.one_of(names, emails, at, st.tuples(st.just("eq"), st.just("externalId"), WORDS))
    names = st.tuples(st.just("eq"), st.just("displayName"), UNIQUE)
    at = st.tuples(st.just("eq"), st.sampled_from(["members.value", "members", "id"]), IDS)
    inside = IDS.map(lambda n: ("in", "members", ("eq", "value", n)))
    return st.one_of(names, at, inside)


PROJECTIONS = {
    "User": ["userName", "name", "name.familyName", "emails", "emails.value", EXT, "groups",
             "groups.type", f"{EXT}:department", "meta", "meta.resourceType", "id", "shoeSize"],
    "Group": ["displayName", "members", "members.value", "members.type", "meta", "schemas"],
}  # fmt: skip
SORTS = {
    "User": ["userName", "title", "externalId", "name.familyName", "emails", "active",
             f"{EXT}:department"],
    "Group": ["displayName", "externalId"],
}  # fmt: skip
KINDS = st.sampled_from(["User", "User", "Group"])


def shown(kind):
    """What `attributes` and `excludedAttributes` name: mostly one of them is given, or none."""
    names = st.lists(st.sampled_from(PROJECTIONS[kind]), min_size=1, max_size=3)
    some, none = st.none() | names, st.none()
    return st.one_of(st.tuples(some, none), st.tuples(none, some), st.tuples(some, some))


def of_kind(strategy):
    """Draw a kind of resource and something for it."""
    made = {kind: strategy(kind) for kind in ("User", "Group")}
    return KINDS.flatmap(lambda kind: st.tuples(st.just(kind), made[kind]))


def queries(kind):
    return st.fixed_dictionaries(
        {"tree": filters(kind), "shown": shown(kind)},
        optional={
            "sort": st.sampled_from(SORTS[kind]), "descending": st.booleans(),
            "start": st.integers(-1, 5), "count": st.integers(-1, 4),
        },
    )  # fmt: skip


# --- as text -----------------------------------------------------------------------------------


def filter_text(tree):
    kind, *parts = tree
    if kind in ("and", "or"):
        return f"({filter_text(parts[0])}) {kind} ({filter_text(parts[1])})"
    if kind == "not":
        return f"not ({filter_text(parts[0])})"
    if kind == "in":
        return f"{parts[0]}[{filter_text(parts[1])}]"
    return " ".join([parts[0], kind, *(json.dumps(operand) for operand in parts[1:])])


def path_text(path):
    if not isinstance(path, tuple):
        return path
    name, chosen_by, sub = path
    text = name if chosen_by is None else f"{name}[{filter_text(chosen_by)}]"
    return text if sub is None else f"{text}{':' if name == EXT else '.'}{sub}"


def operation_text(op, path, value):
    operation = {"op": op} if path is None else {"op": op, "path": path_text(path)}
    return operation if op == "remove" else operation | {"value": value}


def projection_text(wanted, unwanted):
    named = {"attributes": wanted, "excludedAttributes": unwanted}
    return {name: ",".join(paths) for name, paths in named.items() if paths}


def comparable(resource):
    """Leave out what differs from run to run, and the order where there is none."""
    for one in resource.get("Resources", []):
        comparable(one)
    for name in ("created", "lastModified", "location"):
        resource.get("meta", {}).pop(name, None)
    if resource.get("meta") == {}:
        del resource["meta"]
    for name in ("members", "groups"):
        parts = [{k: v for k, v in one.items() if k != "$ref"} for one in resource.pop(name, [])]
        if parts := sorted((part for part in parts if part), key=json.dumps):
            resource[name] = parts
    return resource


# --- the two beside each other -----------------------------------------------------------------


class Beside(RuleBasedStateMachine):
    """Sends each request to the server, does the same to the model, and compares."""

    def __init__(self, api, strict):
        super().__init__()
        self.api, self.model = api, Model(strict)

    def teardown(self):
        for id, one in list(self.model.all.items()):
            assert 204 == self.api.delete(f"/{one['kind']}s/{id}").status

    @initialize(bodies=st.tuples(*map(bodies, ["User"] * 4 + ["Group"] * 2)))
    def begin(self, bodies):
        for kind, name, body in zip(["User"] * 4 + ["Group"] * 2, "ABCDEF", bodies, strict=True):
            self.create((kind, body | {"userName" if kind == "User" else "displayName": name}))

    def id(self, number, kind=None):
        """The id of one that is there, nearly always; of a kind, if one is named."""
        ids = list(self.model.of(kind) if kind and number % 10 else self.model.all)
        return ids[number // 10 % len(ids)] if ids and number else "unknown"

    def with_ids(self, value):
        if isinstance(value, dict):
            return {name: self.with_ids(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self.with_ids, value))
        return self.id(value) if type(value) is int else value

    def url(self, kind, id):
        return f"/{kind}s/{id}"

    def headers(self, id, stale):
        """An If-Match of the resource's version, or of one that it has not; or none."""
        if stale is None or id not in self.model.all:
            return None, {}
        version = self.model.all[id]["version"] + stale
        return version, {"If-Match": f'W/"{version}"'}

    def agree(self, answer, expected, *arguments, several=False):
        faults = []
        try:
            result = expected(*arguments)
        except Refused as refused:
            faults = refused.faults
        if not faults:
            assert answer.status < 300, answer.text
            if answer.text:
                assert comparable(result) == comparable(answer.json)
        elif several and 400 in dict(faults):  # Which of several faults is told is open.
            assert answer.error[0] in (400, 409)
        else:
            assert answer.error in faults

    @rule(made=of_kind(bodies))
    def create(self, made):
        kind, body = self.with_ids(made)
        answer = self.api.post(f"/{kind}s", body)
        self.agree(answer, self.model.create, kind, body, answer.json.get("id"))

    @rule(number=IDS, made=of_kind(bodies), stale=st.sampled_from([None, None, 0, 1]))
    def replace(self, number, made, stale):
        kind, body = self.with_ids(made)
        id = self.id(number, kind)
        version, headers = self.headers(id, stale)
        answer = self.api.put(self.url(kind, id), body, headers=headers)
        self.agree(answer, self.model.replace, kind, id, body, version)

    @rule(number=IDS, made=of_kind(operations), stale=st.sampled_from([None, None, 0, 1]))
    def patch(self, number, made, stale):
        self.change(number, made, stale)

    @rule(number=IDS, made=of_kind(operations_on_values))
    def patch_values(self, number, made):
        self.change(number, made, None)

    @rule(made=of_kind(look_ups), negated=st.booleans())
    def look_up(self, made, negated):
        kind, tree = made
        self.query((kind, {"tree": ("not", tree) if negated else tree, "shown": (None, None)}))

    def change(self, number, made, stale):
        kind, changes = self.with_ids(made)
        id = self.id(number, kind)
        version, headers = self.headers(id, stale)
        sent = [operation_text(*change) for change in changes]
        answer = self.api.patch(self.url(kind, id), *sent, headers=headers)
        several = len(changes) > 1 or any(
            path is None and op != "remove" for op, path, _ in changes
        )
        self.agree(answer, self.model.patch, kind, id, changes, version, several=several)
        if several and id in self.model.of("Group"):
            # Members that come and go in one PATCH may leave a new version of the same group.
            self.model.all[id]["version"] = int(self.api.get(f"/Groups/{id}").headers["ETag"][3:-1])
        self.read(number, (kind, (None, None)))

    @rule(kind=KINDS, number=IDS, stale=st.sampled_from([None, None, 0, 1]))
    def delete(self, kind, number, stale):
        id = self.id(number, kind)
        version, headers = self.headers(id, stale)
        answer = self.api.delete(self.url(kind, id), headers=headers)
        self.agree(answer, self.model.delete, kind, id, version)

    @rule(number=IDS, made=of_kind(shown))
    def read(self, number, made):
        kind, (wanted, unwanted) = made
        id = self.id(number, kind)
        answer = self.api.get(self.url(kind, id), **projection_text(wanted, unwanted))
        self.agree(answer, self.model.read, kind, id, wanted, unwanted)

    @rule(made=of_kind(queries))
    def query(self, made):
        kind, asked = made
        tree = asked["tree"] and self.with_ids(asked["tree"])
        sent = {
            "filter": tree and filter_text(tree), "sortBy": asked.get("sort"),
            "sortOrder": "descending" if asked.get("descending") else None,
            "startIndex": asked.get("start"), "count": asked.get("count"),
        }  # fmt: skip
        sent = {name: value for name, value in sent.items() if value is not None}
        sent |= projection_text(*asked["shown"])
        answer = self.api.get(f"/{kind}s", **sent)
        self.agree(
            answer, self.model.query, kind, tree, asked.get("sort"), asked.get("descending", False),
            asked.get("start"), asked.get("count"), *asked["shown"],
        )  # fmt: skip


@pytest.mark.parametrize("strict", [True, False])
def test_the_server_and_the_model_never_differ(make_api, strict):
    api = make_api(strict=strict)

    run_state_machine_as_test(
        lambda: Beside(api, strict),
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=40,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
