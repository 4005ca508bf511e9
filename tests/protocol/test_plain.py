"""What is seen to be plain is what the long way round would give back: both ways are tried.

Each test runs the same request twice, the second time with nothing taken for plain.
"""

import copy
from contextlib import ExitStack
from functools import partial
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.dialects import relax_filter, relax_operations, relax_resource, settle_operation
from scim_protocol.errors import ScimError
from scim_protocol.filter import FilterReader, parse_filter
from scim_protocol.matching import compile_filter
from scim_protocol.messages import parse_patch
from scim_protocol.patch import apply_patch
from scim_protocol.plain import OTHER, plain_resource, plain_value
from scim_protocol.resource import check_create, check_replace

MODELS = Catalog.standard().models
USER, GROUP = MODELS["User"], MODELS["Group"]

ADA = {
    "schemas": [urns.USER, urns.ENTERPRISE_USER],
    "userName": "ada",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"value": "ada@example.com", "type": "work", "primary": True}, {"value": "a@b"}],
    "addresses": [{"type": "work", "locality": "London"}],
    "roles": [{"value": "admin"}],
    "x509Certificates": [{"value": "AAAA"}],
    urns.ENTERPRISE_USER: {"department": "Maths", "manager": {"value": "1"}},
}
TEAM = {
    "schemas": [urns.GROUP],
    "displayName": "Team",
    "members": [{"value": "1", "type": "User"}, {"value": "2"}],
}

# What is put in the place of parts: each has been wrong, or right, for some attribute.
SCALARS = st.sampled_from(
    [None, "", " ", "x", "True", "{}", '{"a": 1}', "a\x00b", "\ud800", "1", "AAAA", "ä", "work"]
) | st.sampled_from([True, False, 0, 1, -1, 2**63, 1.5, [], {}, [None], [[]], [{}]])
NAMES = st.sampled_from(
    [
        "userName",
        "USERNAME",
        "schemas",
        "id",
        "meta",
        "groups",
        "password",
        "emails",
        "nonsense",
        "value",
        "Value",
        "$ref",
        "type",
        "primary",
        "display",
        "manager",
        "displayName",
        "members",
        urns.ENTERPRISE_USER,
        urns.ENTERPRISE_USER.upper(),
        urns.USER,
        "active",
        "title",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def edited(draw, original):
    """A copy of a document with some of its parts taken out, put in, or replaced."""
    document = copy.deepcopy(original)
    for _ in range(draw(st.integers(0, 3))):
        holder = draw(st.sampled_from(list(holders(document))))
        if isinstance(holder, list):
            place = draw(st.integers(0, len(holder)))
            holder[place : place + draw(st.integers(0, 1))] = [copy.deepcopy(draw(VALUES))]
        elif holder and draw(st.booleans()):
            name = draw(st.sampled_from(list(holder)))
            if draw(st.booleans()):
                del holder[name]
            else:
                holder[name] = copy.deepcopy(draw(VALUES))
        else:
            holder[draw(NAMES)] = copy.deepcopy(draw(VALUES))
    return document


def holders(value):
    if isinstance(value, dict | list):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from holders(part)


def outcome(act):
    """What an act gives, or the error that it ends in; and the dialects that it needed."""
    noted = set()
    try:
        result = act(noted)
    except ScimError as error:
        result = (type(error), error.detail)
    return result, noted


def the_long_way(act):
    """The outcome when nothing is taken for plain."""
    with ExitStack() as stack:
        for module in ("resource", "dialects"):
            place = f"scim_protocol.{module}"
            stack.enter_context(patch(f"{place}.plain_resource", lambda *_: None))
            stack.enter_context(patch(f"{place}.plain_value", lambda *_: OTHER))
        stack.enter_context(patch("scim_protocol.messages._plain_patch", lambda _: None))
        return outcome(act)


def both_ways(act):
    assert the_long_way(act) == outcome(act)


@given(edited(ADA) | edited(TEAM), st.sampled_from([USER, GROUP]))
def test_a_body_comes_to_the_same(document, model):
    def create(noted):
        relax = partial(relax_resource, model=model, noted=noted)
        return check_create(copy.deepcopy(document), model, relax=relax)

    def replace(noted):
        body = relax_resource(copy.deepcopy(document), model, noted)
        return check_replace(body, {"schemas": [model.core.id], "id": "1"}, model)

    both_ways(create)
    both_ways(replace)


@given(edited(ADA) | edited(TEAM), st.sampled_from([USER, GROUP]))
def test_a_body_comes_to_the_same_where_no_dialect_is_spoken(document, model):
    both_ways(lambda _: check_create(copy.deepcopy(document), model))


PATHS = st.sampled_from(
    [
        "title",
        "TITLE",
        "name",
        "name.givenName",
        "emails",
        'emails[type eq "work"].value',
        "active",
        "members",
        'members[value eq "1"]',
        "emails.value",
        "manager",
        "nonsense",
        "id",
        "schemas",
        f"{urns.ENTERPRISE_USER}:manager",
        f"{urns.ENTERPRISE_USER}:manager.value",
        None,
        urns.ENTERPRISE_USER,
        "displayName",
        "userName",
        "roles",
        "groups",
        "",
        "x509Certificates",
    ]
)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "replace", "remove", "Add", "move"])},
    optional={"path": PATHS, "value": VALUES, "nonsense": SCALARS},
)


@given(
    st.lists(
        OPERATIONS | edited({"op": "add", "path": "emails", "value": ADA["emails"]}), max_size=3
    ),
    st.sampled_from([USER, GROUP]),
)
def test_a_patch_comes_to_the_same(operations, model):
    resource = {"User": ADA, "Group": TEAM}[model.name]

    def act(noted):
        message = {"schemas": [urns.PATCH_OP], "Operations": copy.deepcopy(operations)}
        read = relax_operations(parse_patch(message), model, noted)
        return apply_patch(
            resource, read, model, settle=lambda *given: settle_operation(*given, noted)
        )

    both_ways(act)


@given(edited({"schemas": [urns.PATCH_OP], "Operations": [{"op": "add", "path": "a", "value": 1}]}))
def test_a_patch_message_is_read_the_same(message):
    both_ways(lambda _: parse_patch(copy.deepcopy(message)))


@pytest.mark.parametrize(("document", "model"), [(ADA, USER), (TEAM, GROUP)])
def test_what_clients_send_is_plain(document, model):
    assert document == plain_resource(document, model)


def test_the_attributes_are_in_the_order_of_the_schema():
    turned = dict(reversed(ADA.items()))

    assert list(plain_resource(ADA, USER)) == list(plain_resource(turned, USER))


def test_what_is_read_only_is_left_out():
    document = ADA | {"id": "x", "meta": {"version": "1"}, "groups": []}

    assert ADA == plain_resource(document, USER)


def test_the_document_itself_is_not_kept():
    plain = plain_resource(ADA, USER)
    plain["emails"][0]["value"] = "other"

    assert "ada@example.com" == ADA["emails"][0]["value"]


@pytest.mark.parametrize("value", [None, "", [], {}, [{}], "x", [{"value": "1"}, {"value": "1"}]])
def test_what_is_no_list_of_distinct_members_is_not_plain(value):
    assert plain_value(value, GROUP.attributes["members"]) is OTHER


# --- filters ------------------------------------------------------------------------------------

TEXTS = st.sampled_from(
    ["", "x", "work", "true", "a b", "]", "(", "ä", "\\\\", '\\"', "\\u00e4", "\x01"]
)
PIECES = st.sampled_from(
    [
        'userName eq "{}"',
        'emails[type eq "{}" and value eq "{}"]',
        'title co "{}"',
        "title pr",
        'not (title eq "{}")',
        "active eq true",
        'emails[type eq "{}"].value eq "{}"',
        'a eq"{}"',
        'active eq "{}"',
        'manager eq "{}"',
        "title eq",
        'title eq "{}',
        "count gt 1",
        '"{}"',
    ]
)


@st.composite
def filters(draw):
    pieces = draw(st.lists(PIECES, min_size=1, max_size=3))
    words = [draw(st.sampled_from([" and ", " or ", " AND ", "  or  ", " "])) for _ in pieces[1:]]
    text = "".join(part for pair in zip(pieces, [*words, ""], strict=True) for part in pair)
    while "{}" in text:
        text = text.replace("{}", draw(TEXTS), 1)
    return text


@given(filters(), st.booleans())
def test_a_filter_is_read_the_same(text, compared):
    whole = outcome(lambda _: FilterReader(text, compared=compared).whole())

    assert whole == outcome(lambda _: parse_filter(text, compared=compared))


@given(filters())
def test_a_filter_is_relaxed_the_same(text):
    def act(noted):
        tree = relax_filter(parse_filter(text), USER, noted)
        compile_filter(tree, USER)
        return tree

    with patch("scim_protocol.dialects._is_plain_filter", lambda *_: False):
        whole = outcome(act)
    assert whole == outcome(act)
