"""A target that makes something else of what it is given is told of once, not in every audit."""

import pytest

from tests.rig.company import Size
from tests.rig.world import World

TITLE = {"Operations": [{"op": "replace", "path": "title", "value": "Hacked"}]}
OFF = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
FEW = Size(6, 0, 0)


@pytest.fixture
def cutting(world: World) -> World:
    """A target that keeps twelve characters of each text."""
    world.begin(FEW)
    world.target.change(quirks=["cuts texts"])
    for anchor, row in world.company.people.items():
        row["displayName"] = f"Somebody who is called {anchor}"
    world.export()
    world.run()
    return world


def audit(world: World, *options: str) -> tuple[int | None, str]:
    ended = world.engine.command("audit", "job.toml", *options)
    return ended.code, ended.text


def test_the_first_repair_finds_out_and_says_so(cutting: World) -> None:
    _, text = audit(cutting, "--repair")

    assert "The target makes something else of what it is given" in text


def test_from_then_on_an_audit_finds_nothing(cutting: World) -> None:
    audit(cutting, "--repair")

    assert 0 == audit(cutting)[0]


def test_it_is_still_counted(cutting: World) -> None:
    audit(cutting, "--repair")

    assert "The target makes something else of users displayName: " in audit(cutting)[1]


def test_a_second_repair_writes_nothing(cutting: World) -> None:
    audit(cutting, "--repair")

    log = cutting.requests_of(lambda: audit(cutting, "--repair"))

    assert [] == [each for each in log if each.writes]


def test_an_audit_alone_learns_nothing(cutting: World) -> None:
    audit(cutting)

    assert 1 == audit(cutting)[0]


def test_what_somebody_changes_then_is_drift_as_ever(cutting: World) -> None:
    audit(cutting, "--repair")
    cutting.target.edit("PATCH", "/Users/{p1}", TITLE)

    assert 1 == audit(cutting)[0]


def test_a_new_value_of_the_source_is_written(cutting: World) -> None:
    audit(cutting, "--repair")
    cutting.company.people["p1"]["displayName"] = "Another one of many letters"
    cutting.export()

    cutting.run()

    assert "Another one " in str(cutting.target.store())


def test_an_account_that_stays_active_is_never_a_matter_of_form(world: World) -> None:
    world.begin(FEW)
    world.run()
    world.target.change(quirks=["ignores active"])
    world.target.edit("PATCH", "/Users/{p1}", OFF)
    world.company.people["p1"]["accountEnabled"] = "false"
    world.export()
    world.run()
    audit(world, "--repair")

    assert "something else of users active" not in audit(world)[1]
