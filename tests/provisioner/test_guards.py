from dataclasses import replace
from typing import Any

import pytest

from provisioner import Action, Change, Edge, GuardTripped, JobError, Plan
from provisioner.job.settings import Guards, Limit, Policy
from provisioner.planning.actions import Actions
from provisioner.planning.guards import digest, tripped, verdicts, withheld

REFUSE = "refuse"


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
        actions=Actions([*leavers, *gone, *others]),
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


def over(actions: list[Action], guards: Guards, **more: Any) -> list[str]:
    """Return the keys of the limits that these actions are over."""
    made = replace(plan(0), actions=Actions(actions), **more)
    return [each.key for each in tripped(made, Policy(max_leavers=Limit(count=99), guards=guards))]


def leaving(verb: Any, kind: Any = "users", number: int = 4, leaver: bool = True) -> list[Action]:
    off = (Change("active", True, False),) if verb == "disable" else ()
    names = [f"{verb}{n}" for n in range(number)]
    return [Action(verb, kind, name, name, changes=off, leaver=leaver) for name in names]


def removals(*groups: tuple[str, int]) -> list[Action]:
    return [
        Action(
            "remove members",
            "groups",
            name,
            name.title(),
            path="members",
            edges=tuple(Edge("users", f"u{n}") for n in range(number)),
        )
        for name, number in groups
    ]


def test_a_percentage_of_a_handful_lets_a_single_leaver_go() -> None:
    assert [] == tripped(plan(1, base=8), Policy(max_leavers=Limit(percent=5)))


def test_each_kind_is_counted_by_itself() -> None:
    found = verdicts(plan(2, deleted=4), Policy(max_leavers=Limit(count=3)))

    assert [("users", 2, False), ("groups", 4, True)] == [
        (verdict.kind, verdict.number, verdict.tripped) for verdict in found
    ]


@pytest.mark.parametrize(
    ("limit", "base", "is_over"),
    [
        (Limit(count=3, percent=50), 100, True),
        (Limit(count=9, percent=3), 100, True),
        (Limit(count=9, percent=50), 100, False),
        (Limit(percent=3, minimum=50), 49, False),
        (Limit(percent=3, minimum=50), 50, True),
        (Limit(count=3, percent=3, minimum=50), 49, True),
    ],
)
def test_count_and_share_each_trip_and_a_small_base_has_no_share(limit, base, is_over) -> None:
    found = tripped(plan(4, base=base), Policy(max_leavers=limit))

    assert is_over == bool(found)


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("users_disabled", leaving("disable")),
        ("users_deactivated", leaving("disable", leaver=False)),
        ("users_deleted", leaving("delete")),
        ("groups_deleted", leaving("delete", "groups")),
    ],
)
def test_each_kind_of_loss_has_a_guard_of_its_own(name: str, actions: list[Action]) -> None:
    others = {
        each: Limit(count=0)
        for each in ("users_disabled", "users_deactivated", "users_deleted", "groups_deleted")
    }

    assert [f"policy.guards.{name}"] == over(actions, Guards(**others))
    assert [] == over(actions, Guards(**{name: Limit(count=4)}))


def test_removed_members_are_counted_over_all_groups() -> None:
    actions = removals(("one", 60), ("two", 60))

    assert ["policy.guards.members_removed"] == over(
        actions, Guards(members_removed_per_group=None), members={"": 400, "one": 200, "two": 200}
    )


def test_a_group_that_loses_most_of_its_members_trips_its_guard() -> None:
    members = {"": 4_000, "one": 20, "two": 20}

    assert ["policy.guards.members_removed_per_group"] == over(
        removals(("one", 16), ("two", 15)), Guards(), members=members
    )


def test_a_small_group_may_lose_all_its_members() -> None:
    members = {"": 4_000, "one": 19}

    assert [] == over(removals(("one", 19)), Guards(), members=members)


def test_a_verdict_on_members_names_the_group() -> None:
    guards = Guards(members_removed_per_group=Limit(count=3))
    made = replace(plan(0), actions=Actions(removals(("one", 4))), members={"": 50, "one": 9})

    assert [
        "4 of 9 members of One would be removed; "
        "the limit is 3 (policy.guards.members_removed_per_group)"
    ] == [str(each) for each in tripped(made, Policy(guards=guards))]


def test_a_plan_that_is_refused_says_how_many_of_how_many_and_how_to_go_on() -> None:
    with pytest.raises(GuardTripped) as caught:
        withheld(plan(4), Policy(max_leavers=Limit(count=3), on_guard=REFUSE), approved=False)

    assert str(caught.value).startswith(
        "4 of 100 active users would be disabled or deleted; the limit is 3 (policy.max_leavers)."
    )
    assert f"apply --approve {digest(plan(4))}" in str(caught.value)


def test_by_default_what_a_plan_over_a_limit_takes_away_is_held_back() -> None:
    trouble = withheld(plan(4), Policy(max_leavers=Limit(count=3)), approved=False)

    assert trouble is not None
    assert "TooManyDeletes" == trouble.code


@pytest.mark.parametrize("on_guard", ["hold", "refuse"])
def test_an_approved_plan_passes(on_guard) -> None:
    policy = Policy(max_leavers=Limit(count=3), on_guard=on_guard)

    assert withheld(plan(40), policy, approved=True) is None


def test_the_digest_is_of_what_is_taken_away_alone() -> None:
    other = replace(plan(4), in_scope={"users": 9}, actions=Actions(plan(4).actions[:-3]))

    assert digest(plan(4)) == digest(other)


@pytest.mark.parametrize(
    "other", [plan(5), plan(3), plan(4, deleted=1), replace(plan(4), target="elsewhere")]
)
def test_another_loss_has_another_digest(other: Plan) -> None:
    assert digest(plan(4)) != digest(other)


def hold(company, **policy: Any) -> None:
    for name in ("dan", "fay"):
        company.person(name)
    company.run()
    company.settings |= {"max_leavers": 1, "on_guard": "hold", **policy}


def test_held_back_nobody_loses_anything_and_joiners_do_not_wait(company, by_name) -> None:
    hold(company)
    company.leave("ada", "bob")
    company.person("zoe")

    result = company.run()

    assert {"disabled": 0, "held back": 2} == {
        word: result.accounts()[0].leavers[word] for word in ("disabled", "held back")
    }
    assert [True, True] == [by_name("ada")["active"], by_name("zoe")["active"]]
    assert not result.ok


def test_what_is_held_back_is_planned_again_until_it_is_approved(company, by_name) -> None:
    hold(company)
    company.leave("ada", "bob")
    company.run()

    company.run(approve=True)

    assert [False, False] == [by_name("ada")["active"], by_name("bob")["active"]]


def test_what_is_held_back_is_open_with_its_reason(company) -> None:
    hold(company)
    company.leave("ada", "bob")
    company.run()

    with company.job().memory() as state:
        found = {each.anchor: each.code for each in state.failures()}

    assert {"ada": "TooManyDeletes", "bob": "TooManyDeletes"} == {
        anchor: found[anchor] for anchor in ("ada", "bob")
    }


def test_who_comes_back_is_held_back_no_longer(company) -> None:
    hold(company)
    before = dict(company.people)
    company.leave("ada", "bob")
    company.run()
    company.people = before
    company.run()

    with company.job().memory() as state:
        assert [] == state.failures()


PROTECTED = [
    'protected = ["ada"]',
    'protected = ["ADA@example.com"]',
    "protected = 'userName sw \"ada\"'",
]


@pytest.mark.parametrize("protected", PROTECTED)
@pytest.mark.parametrize("leavers", ["disable", "delete"])
def test_a_protected_leaver_keeps_the_account(company, by_name, protected, leavers) -> None:
    company.settings |= {"more_policy": protected, "leavers": leavers}
    company.run()
    company.leave("ada")

    company.run()

    assert by_name("ada")["active"]


def test_a_protected_person_whom_the_source_blocks_is_updated_else(company, by_name) -> None:
    company.settings["more_policy"] = PROTECTED[0]
    company.run()
    company.person("ada", accountEnabled="False", displayName="Countess")

    company.run()

    assert (True, "Countess") == (by_name("ada")["active"], by_name("ada")["displayName"])


def test_who_is_no_longer_protected_loses_the_account_in_the_next_cycle(company, by_name) -> None:
    company.settings["more_policy"] = 'protected = ["ada@example.com"]'
    company.run()
    company.leave("ada")
    company.run()
    company.run()
    company.settings["more_policy"] = ""

    company.run()

    assert by_name("ada")["active"] is False


def test_a_protected_leaver_is_told_of_in_every_cycle(company) -> None:
    company.settings["more_policy"] = PROTECTED[0]
    company.run()
    company.leave("ada")
    company.run()

    result = company.run()

    assert ["skip"] == [each.verb for each in result.plan.actions if each.anchor == "ada"]


def test_a_protected_person_stays_in_the_group(company, members) -> None:
    company.settings["more_policy"] = PROTECTED[0]
    company.run()
    company.group("staff", "eve")

    company.run()

    assert {"ada", "eve"} == members("staff")


def test_a_saved_plan_takes_nothing_from_who_is_protected_since(company, by_name) -> None:
    company.run()
    company.leave("ada")
    saved = company.plan()
    company.settings["more_policy"] = PROTECTED[0]

    company.job().apply(saved)

    assert by_name("ada")["active"]


def test_a_filter_of_the_protected_that_is_none_is_one_message(company) -> None:
    company.settings["more_policy"] = "protected = 'userName like x'"

    with pytest.raises(JobError, match=r"policy\.protected"):
        company.job()
