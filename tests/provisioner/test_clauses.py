"""Entra ID's scoping filters: every operator, null, lists, and how clauses and filters combine."""

import pytest

from provisioner.job.settings import Clause, ScopingFilter
from provisioner.language.clauses import ClauseError, compile_filters, operator_of
from provisioner.language.functions.registry import EvaluationError

ADA = {
    "state": "New York",
    "department": "Engineering",
    "employeeId": "1500000",
    "jobTitle": None,
    "enabled": "True",
    "off": False,
    "flags": "6",
    "tags": ["red", "blue"],
    "none": [],
}


def passes(*clauses, record=ADA):
    return compile_filters((ScopingFilter(tuple(Clause(*clause) for clause in clauses)),))(record)


# (clause, whether Ada passes)
CLAUSES = [
    (("state", "EQUALS", "New York"), True),
    (("state", "EQUALS", "new york"), False),
    (("state", "NOT EQUALS", "Ohio"), True),
    (("state", "NOT EQUALS", "New York"), False),
    (("enabled", "IS TRUE"), True),
    (("enabled", "IS FALSE"), False),
    (("off", "IS FALSE"), True),
    (("off", "IS NULL"), False),
    (("off", "IS NOT NULL"), True),
    (("jobTitle", "IS NULL"), True),
    (("none", "IS NULL"), True),
    (("jobTitle", "IS NOT NULL"), False),
    (("state", "REGEX MATCH", "New .*"), True),
    (("state", "REGEX MATCH", "New"), False),
    (("state", "NOT REGEX MATCH", "Old.*"), True),
    (("employeeId", "REGEX MATCH", "(1[0-9][0-9][0-9][0-9][0-9][0-9])"), True),
    (("employeeId", "GREATER_THAN", "1499999"), True),
    (("employeeId", "GREATER_THAN", "1500000"), False),
    (("employeeId", "GREATER_THAN_OR_EQUALS", "1500000"), True),
    (("employeeId", "LESS_THAN", "9"), False),
    (("employeeId", "LESS_THAN_OR_EQUALS", "1500000"), True),
    (("state", "GREATER_THAN", "1"), False),
    (("state", "INCLUDES", "w Y"), True),
    (("state", "INCLUDES", "w y"), False),
    (("state", "ENDS_WITH", "York"), True),
    (("state", "ENDS_WITH", "york"), False),
    (("flags", "&", "2"), True),
    (("flags", "&", "3"), False),
    (("flags", "!&", "1"), True),
    (("flags", "!&", "&H2"), False),
    (("tags", "EQUALS", "red"), True),
    (("tags", "NOT EQUALS", "red"), False),
    (("tags", "NOT EQUALS", "green"), True),
]


@pytest.mark.parametrize(("clause", "expected"), CLAUSES, ids=lambda each: str(each))
def test_each_operator_compares_as_entra_does(clause, expected):
    assert expected == passes(clause)


@pytest.mark.parametrize(
    "clause",
    [
        (name, operator, "1")
        for operator in (
            "EQUALS",
            "NOT EQUALS",
            "INCLUDES",
            "ENDS WITH",
            "REGEX MATCH",
            "NOT REGEX MATCH",
            "GREATER THAN",
            "GREATER THAN OR EQUALS",
            "LESS THAN",
            "LESS THAN OR EQUALS",
            "&",
            "!&",
        )
        for name in ("jobTitle", "absent", "none")
    ]
    + [("absent", "IS TRUE"), ("absent", "IS FALSE"), ("absent", "IS NOT NULL")],
    ids=str,
)
def test_an_attribute_without_a_value_passes_no_clause_but_is_null(clause):
    assert not passes(clause)


def test_all_clauses_of_a_filter_must_hold():
    assert not passes(("state", "EQUALS", "New York"), ("department", "EQUALS", "Sales"))


def test_one_of_several_filters_must_hold():
    filters = tuple(
        ScopingFilter((Clause("department", "EQUALS", name),)) for name in ("Sales", "Engineering")
    )

    assert compile_filters(filters)(ADA)


def test_without_a_filter_everybody_passes():
    assert compile_filters(())({})


def test_an_operator_is_known_in_any_spelling():
    assert {"GREATER THAN OR EQUALS"} == {
        operator_of(each) for each in ("greater_than_or_equals", "Greater Than  Or Equals")
    }


@pytest.mark.parametrize(
    ("clause", "message"),
    [
        (("a", "EQUAL", "x"), "there is no operator 'EQUAL'; did you mean 'EQUALS'"),
        (("a", "EQUALS"), "EQUALS needs a value"),
        (("a", "IS NULL", "x"), "IS NULL takes no value"),
        (("a", "GREATER_THAN", "many"), "takes a whole number"),
        (("a", "REGEX MATCH", "("), "the pattern '\\(' is wrong"),
    ],
)
def test_a_clause_that_cannot_be_used_is_refused(clause, message):
    with pytest.raises(ClauseError, match=message):
        passes(clause)


def test_a_pattern_that_would_run_for_ages_is_stopped():
    with pytest.raises(EvaluationError, match="takes too long"):
        passes(("x", "REGEX MATCH", "(a|a)+b"), record={"x": "a" * 40})
