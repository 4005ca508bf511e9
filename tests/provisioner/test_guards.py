import pytest

from provisioner import Action, GuardTripped, Plan
from provisioner.guards import refuse_if_tripped, verdicts
from provisioner.settings import Limit, Policy


def plan(disabled: int, deleted: int = 0, base: int = 100) -> Plan:
    leavers = [Action("disable", "users", f"u{n}", f"u{n}", leaver=True) for n in range(disabled)]
    gone = [Action("delete", "groups", f"g{n}", f"g{n}", leaver=True) for n in range(deleted)]
    others = [Action("update", "users", f"x{n}", f"x{n}") for n in range(9)]
    return Plan(
        job="j",
        target="t",
        initial=False,
        doubts=(),
        source={},
        in_scope={},
        out_of_scope={},
        base={"users": base, "groups": base},
        actions=(*leavers, *gone, *others),
    )


@pytest.mark.parametrize(
    ("limit", "leavers", "tripped"),
    [
        (Limit(count=3), 3, False),
        (Limit(count=3), 4, True),
        (Limit(count=0), 1, True),
        (Limit(percent=5), 5, False),
        (Limit(percent=5), 6, True),
        (Limit(percent=0), 1, True),
    ],
)
def test_a_limit_is_tripped_by_more_than_it_says(limit, leavers, tripped) -> None:
    found = verdicts(plan(leavers), Policy(max_leavers=limit))

    assert [tripped, False] == [verdict.tripped for verdict in found]


def test_a_percentage_of_a_handful_lets_a_single_leaver_go() -> None:
    refuse_if_tripped(plan(1, base=8), Policy(max_leavers=Limit(percent=5)), approved=False)


def test_each_kind_is_counted_by_itself() -> None:
    found = verdicts(plan(2, deleted=4), Policy(max_leavers=Limit(count=3)))

    assert [("users", 2, False), ("groups", 4, True)] == [
        (verdict.kind, verdict.number, verdict.tripped) for verdict in found
    ]


def test_a_tripped_guard_says_how_many_of_how_many_and_how_to_go_on() -> None:
    with pytest.raises(GuardTripped) as caught:
        refuse_if_tripped(plan(4), Policy(max_leavers=Limit(count=3)), approved=False)

    assert str(caught.value).startswith(
        "4 of 100 active users would be disabled or deleted; the limit is 3 (policy.max_leavers)."
    )


def test_an_approved_plan_passes() -> None:
    refuse_if_tripped(plan(40), Policy(max_leavers=Limit(count=3)), approved=True)
