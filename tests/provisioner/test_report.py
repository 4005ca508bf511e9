from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from provisioner import Action, Outcome, Plan, Result, Trouble
from provisioner.commands.causes import category_of
from provisioner.commands.report import result_json, show_result
from provisioner.planning.actions import Actions
from provisioner.planning.outcome import Outcomes, Status, accounts


def plan(*actions: Action, in_scope: int, unchanged: int = 0) -> Plan:
    return Plan(
        job="j",
        target="t",
        initial=False,
        doubts=(),
        source={},
        in_scope={"users": in_scope},
        out_of_scope={},
        base={"users": 9},
        actions=Actions(actions),
        unchanged={"users": unchanged},
    )


def outcome(verb: Any, anchor: str, status: Status = "done", **more: Any) -> Outcome:
    action = Action(verb, "users", anchor, anchor.title(), **more)
    trouble = None if status == "done" else Trouble("Conflict", "The target said no.", "Ask it.")
    return Outcome(action, status, verb, trouble=trouble)


def account(*outcomes: Outcome, in_scope: int, unchanged: int = 0) -> Any:
    made = plan(*(each.action for each in outcomes), in_scope=in_scope, unchanged=unchanged)
    (found,) = accounts(made, Outcomes(outcomes))
    return found


def test_those_in_scope_are_the_sum_of_what_came_of_them() -> None:
    found = account(
        outcome("create", "ada"),
        outcome("update", "bob", "failed"),
        outcome("park", "eve"),
        outcome("disable", "dan", "held back"),
        in_scope=7,
        unchanged=3,
    )

    assert found.adds_up
    assert (
        "users: 7 in scope = 3 unchanged + 1 created + 1 parked + 1 failed + 1 held back"
    ) == str(found)


def test_an_object_that_is_missing_from_the_sum_is_noticed() -> None:
    assert not account(outcome("create", "ada"), in_scope=2).adds_up


@pytest.mark.parametrize("status", ["failed", "refused", "held back", "not attempted"])
def test_an_object_with_several_actions_counts_once_as_the_worst(status: Status) -> None:
    found = account(outcome("update", "ada"), outcome("add members", "ada", status), in_scope=1)

    assert {status: 1} == dict(found.words)


def test_leavers_are_counted_apart() -> None:
    found = account(
        outcome("disable", "ada", leaver=True),
        outcome("delete", "bob", "held back", leaver=True),
        in_scope=0,
    )

    assert "users: 0 in scope = 0; leavers: 1 disabled, 1 held back" == str(found)


def told(result: Result) -> str:
    out = StringIO()
    show_result(Console(file=out, width=200), result)
    return out.getvalue()


def test_a_failure_has_its_code_the_targets_words_and_a_hint() -> None:
    failed = outcome("create", "ada", "failed")

    assert "Conflict: The target said no. Ask it." in told(
        Result(plan(failed.action, in_scope=1), 1, Outcomes([failed]))
    )


def test_a_failure_as_a_document_has_its_cause_class() -> None:
    failed = outcome("create", "ada", "failed")

    (trouble,) = result_json(Result(plan(failed.action, in_scope=1), 1, Outcomes([failed])))[
        "troubles"
    ]

    assert ("Conflict", "target data") == (trouble["code"], trouble["category"])


def test_a_run_that_was_stopped_says_why() -> None:
    assert "Stopped: The lights went out." in told(
        Result(plan(in_scope=0), 1, Outcomes(), "The lights went out.")
    )


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("Unauthorized", "credentials"),
        ("ImportSkipped", "source"),
        ("InvalidMapping", "job"),
        ("Timeout", "target"),
        ("TooManyDeletes", "policy"),
        ("SomethingNew", "other"),
    ],
)
def test_each_code_belongs_to_who_mends_it(code: str, category: str) -> None:
    assert category == category_of(code)
