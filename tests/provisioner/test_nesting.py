"""R24: groups in groups, kept as they are or written as the people who are in them."""

import pytest


@pytest.fixture
def flat(company, monkeypatch):
    """A company whose staff are in a group of a group, and whose job flattens that."""
    write = company.write

    def flattening():
        file = write()
        text = file.read_text().replace("[groups]", '[groups]\nnested = "flatten"')
        file.write_text(text)
        return file

    monkeypatch.setattr(company, "write", flattening)
    company.group("all", "staff", "ada")
    company.group("world", "all")
    return company


def test_a_group_gets_the_people_of_the_groups_that_are_in_it(flat, members) -> None:
    flat.run()

    assert {"ada", "bob", "eve"} == members("world")


def test_somebody_who_leaves_the_inner_group_leaves_the_outer_ones(flat, members) -> None:
    flat.run()
    flat.group("staff", "ada", "bob")

    flat.run()

    assert {"ada", "bob"} == members("world")


def test_an_unchanged_directory_costs_nothing(flat) -> None:
    flat.run()

    assert () == flat.run().plan.actions


def test_groups_that_hold_each_other_do_no_harm_and_are_told_of_once(flat, members, caplog) -> None:
    flat.group("staff", "ada", "bob", "eve", "world")

    flat.run()

    assert {"ada", "bob", "eve"} == members("staff") == members("world")
    assert 1 == caplog.text.count("groups hold each other")
