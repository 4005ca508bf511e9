"""SQL and memory give the same answer to every filter: `matching` is the judge.

The filters are the same each time; those of `make soak` are many more, and others for each SEED.
"""

import os
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.errors import InvalidFilter
from scim_protocol.filter import (
    And,
    AttributePath,
    Comparison,
    Not,
    Or,
    Present,
    ValuePath,
    parse_filter,
    print_filter,
)
from scim_protocol.matching import compile_filter

MODELS = Catalog.standard().models
WORDS = ["ada", "Ada", "ÄDA", "a\u0308da", "straße", "STRASSE", "", "x y", 'q"t', "sales", "%", "_"]


def users():
    """Twenty users, each with another choice of attributes and words."""
    for number in range(20):
        word, other = WORDS[number % len(WORDS)], WORDS[(number * 5 + 3) % len(WORDS)]
        user = {"user_name": f"{word or 'none'}-{number}"}
        if number % 2:
            user |= {"externalId": word, "title": other, "active": bool(number % 3)}
        if number % 3:
            user |= {"displayName": other, "name": {"familyName": word}}
        if number % 4:
            kind = ("work", "home")[number % 2]
            user["emails"] = [
                {"value": f"{word}@x", "type": kind, "primary": True},
                {"value": f"{other}@x", "type": "other"},
                {"display": word or "none"},
            ]
        if number % 5 == 1:
            user[urns.ENTERPRISE_USER] = {"manager": {"value": word or "none"}, "department": other}
        yield user


@pytest.fixture(scope="module")
def world(open_api):
    """A server with users and nested groups, and all its resources in memory."""
    api = open_api(unique_group_names=False)
    made = [{"value": api.user(**user).removeprefix("/Users/")} for user in users()]
    inner = []
    for number, word in enumerate(("sales", "Ada", "sales")):
        group = api.group(word, members=made[number :: number + 3] + inner)
        inner = [{"value": group.removeprefix("/Groups/")}]
    api.group("Empty")
    return api, {kind: api.get(f"/{kind}s")["Resources"] for kind in ("User", "Group")}


SOAKING = bool(os.environ.get("SOAK"))
PATHS = {
    "User": [
        "userName", "externalId", "displayName", "id", "emails", "emails.value", "emails.type",
        "emails.primary", "title", "name.familyName", "active", "groups", "groups.value",
        "groups.display", "groups.type", "meta.created", "meta.version", "meta.resourceType",
        f"{urns.USER}:userName", f"{urns.ENTERPRISE_USER}:department",
        f"{urns.ENTERPRISE_USER}:manager", f"{urns.ENTERPRISE_USER}:manager.value",
    ],
    "Group": ["displayName", "id", "members", "members.value", "members.type", "externalId"],
}  # fmt: skip
INSIDE = {
    "User": {"emails": ["value", "type", "primary", "display"], "groups": ["value", "type"]},
    "Group": {"members": ["value", "type", "display"]},
}
OPERATORS = ["eq", "eq", "eq", "ne", "co", "sw", "ew", "gt", "le"]


def path(text):
    return parse_filter(f"{text} pr").path


@cache
def filters(kind, ids):
    literals = st.one_of(
        st.sampled_from([*WORDS, *(f"{word}@x" for word in WORDS), "work", "User", "direct"]),
        st.sampled_from([f"{word or 'none'}-{number}" for number, word in enumerate(WORDS)]),
        st.sampled_from(ids),
        st.sampled_from([None, True, False]),
    )
    comparisons = st.builds(
        Comparison, st.sampled_from(PATHS[kind]).map(path), st.sampled_from(OPERATORS), literals
    )

    def value_path(name):
        sub = st.sampled_from(INSIDE[kind][name]).map(lambda sub: AttributePath(None, sub))
        leaf = st.builds(Comparison, sub, st.sampled_from(OPERATORS), literals)
        leaves = leaf | st.builds(Present, sub)
        return st.builds(ValuePath, st.just(path(name)), combined(leaves))

    leaves = comparisons | st.builds(Present, st.sampled_from(PATHS[kind]).map(path))
    leaves |= st.one_of(*map(value_path, INSIDE[kind]))
    return combined(leaves)


def combined(leaves):
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(And, inner, inner) | st.builds(Or, inner, inner) | st.builds(Not, inner)
        ),
        max_leaves=4,
    )


@pytest.mark.parametrize("kind", ["User", "Group"])
@settings(
    max_examples=5000 if SOAKING else 150,
    deadline=None,
    database=None,
    derandomize=not SOAKING,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(data=st.data())
def test_the_server_finds_what_the_filter_matches_in_memory(world, kind, data):
    api, resources = world
    ids = tuple(one["id"] for several in resources.values() for one in several)
    tree = data.draw(filters(kind, ids))
    text = print_filter(tree)

    answer = api.get(f"/{kind}s", filter=text, attributes="id")

    try:
        matches = compile_filter(parse_filter(text), MODELS[kind])
    except InvalidFilter:
        assert (400, "invalidFilter") == answer.error
    else:
        expected = [resource["id"] for resource in resources[kind] if matches(resource)]
        assert expected == [resource["id"] for resource in answer["Resources"]]
        assert len(expected) == answer["totalResults"]
