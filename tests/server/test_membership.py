"""Members changed in their table alone come out as `apply_patch` on the whole list has it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.dialects import relax_operations, settle_operation
from scim_protocol.errors import ScimError
from scim_protocol.patch import Operation, apply_patch

GROUP = Catalog.standard().models["Group"]
NUMBER = 6


@pytest.fixture(scope="module")
def worlds(open_api):
    """A lenient and a strict server with some users and a group each, and the users' ids."""
    made = []
    for strict in (False, True):
        api = open_api(strict=strict)
        ids = [api.user(f"user{n}").removeprefix("/Users/") for n in range(NUMBER)]
        made.append((api, api.group("Sales"), ids))
    return made


numbers = st.integers(0, NUMBER - 1)
several = st.lists(numbers, max_size=4)


def values(ids, chosen):
    return [{"value": ids[n], "type": "User"} for n in chosen]


def filtered(ids, chosen):
    return "members[" + " or ".join(f'value eq "{ids[n]}"' for n in chosen) + "]"


# Each makes an operation out of the ids of a server and some of their numbers.
SHAPES = {
    "add": lambda ids, some: Operation("add", "members", values(ids, some)),
    "add one": lambda ids, some: Operation("add", "members", values(ids, [len(some)])[0]),
    "replace": lambda ids, some: Operation("replace", "members", values(ids, some)),
    "remove": lambda ids, some: Operation("remove", "members", None),
    "remove listed": lambda ids, some: Operation("remove", "members", values(ids, some)),
    "remove filtered": lambda ids, some: Operation("remove", filtered(ids, [*some, 0]), None),
    "remove by type": lambda ids, some: Operation("remove", 'members[type eq "User"]', None),
    "remove by type and value": lambda ids, some: Operation(
        "remove", f'members[value eq "{ids[len(some)]}" and type eq "User"]', None
    ),
    "remove all but": lambda ids, some: Operation(
        "remove", f'members[not (value eq "{ids[len(some)]}")]', None
    ),
    "add without path": lambda ids, some: Operation(
        "add", None, {"members": values(ids, some), "externalId": "x"}
    ),
    "replace without path": lambda ids, some: Operation(
        "replace", None, {"Members": values(ids, some)}
    ),
    "qualified": lambda ids, some: Operation("add", f"{urns.GROUP}:members", values(ids, some)),
    "something else": lambda ids, some: Operation("replace", "displayName", f"Sales {some}"),
}
plans = st.lists(st.tuples(st.sampled_from(sorted(SHAPES)), several), min_size=1, max_size=4)


def expected(ids, before, operations, strict):
    """Apply the operations to a group with its whole list; return its ids or the scimType."""
    group = {"schemas": [urns.GROUP], "id": "g", "displayName": "Sales"}
    group["members"] = [{"value": id, "type": "User"} for id in before]
    settle = None if strict else settle_operation
    relaxed = operations if strict else relax_operations(operations, GROUP)
    try:
        after = apply_patch(group, relaxed, GROUP, settle=settle)
    except ScimError as error:
        return error.scim_type
    return {member["value"] for member in after.get("members", [])}


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(start=st.sets(numbers), plan=plans)
def test_both_ways_agree(worlds, strict, start, plan):
    api, group, ids = worlds[strict]
    before = [ids[n] for n in sorted(start)]
    body = {"schemas": [urns.GROUP], "displayName": "Sales"}
    api.put(group, body | {"members": [{"value": id} for id in before]})
    operations = [SHAPES[shape](ids, some) for shape, some in plan]

    answer = api.patch(group, *(operation.to_json() for operation in operations))

    wanted = expected(ids, before, operations, strict)
    if isinstance(wanted, set):
        assert 204 == answer.status, answer.text
        assert {f"/Users/{id}" for id in wanted} == api.members(group)
    else:
        assert (400, wanted) == answer.error
        assert {f"/Users/{id}" for id in before} == api.members(group)
