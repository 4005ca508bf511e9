import ast
import inspect

import pytest

from conformance.check import MUST, UnknownCheck, all_checks, check, find, select


def test_there_are_at_least_250_checks():
    assert len(all_checks()) >= 250


def test_sections_come_in_the_order_of_the_rfc():
    sections = [c.section for c in all_checks()]

    assert sections.index("rfc7644/3.5.2") < sections.index("rfc7644/3.12")


@pytest.mark.parametrize("each", all_checks(), ids=lambda c: c.id)
def test_every_check_says_its_rule_and_why(each):
    assert each.requirement.endswith(".")
    assert each.reason


@pytest.mark.parametrize("each", all_checks(), ids=lambda c: c.id)
def test_every_check_is_short(each):
    body = ast.parse(inspect.cleandoc(each.source)).body[0]

    assert body.end_lineno - body.lineno < 20


def test_a_section_selects_its_subsections():
    chosen = {c.section for c in select(["rfc7644/3.5.2"])}

    assert {
        "rfc7644/3.5.2",
        "rfc7644/3.5.2.1",
        "rfc7644/3.5.2.2",
        "rfc7644/3.5.2.3",
    } == chosen


def test_a_section_does_not_select_one_that_is_written_alike():
    chosen = {c.section for c in select(["rfc7643/3", "rfc7644/3.3"])}

    assert {
        "rfc7643/3",
        "rfc7643/3.1",
        "rfc7643/3.3",
        "rfc7644/3.3",
        "rfc7644/3.3.1",
    } == chosen


def test_half_a_section_number_selects_nothing():
    with pytest.raises(UnknownCheck):
        select(["rfc7644/3.1"])


def test_an_id_selects_one_check():
    assert ["rfc7644/3.3/location"] == [c.id for c in select(["rfc7644/3.3/location"])]


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownCheck, match="the nearest is rfc7644/3\\.3/location"):
        select(["rfc7644/3.3/locaton"])


def test_a_check_is_found_by_its_id():
    assert "https://www.rfc-editor.org/rfc/rfc7644#section-3.3" == find("rfc7644/3.3/location").link


def test_an_id_is_taken_once():
    with pytest.raises(ValueError, match="two checks are called"):
        check("rfc7644/3.3/location", MUST, "Twice.")(lambda scim: None)


def test_an_id_names_rfc_section_and_rule():
    with pytest.raises(ValueError, match="is not an RFC, a section and a rule"):
        check("location", MUST, "No section.")
