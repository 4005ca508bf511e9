"""G3, G4, G22: many objects without an account are matched by one list, if it can be believed."""

from typing import Any

import pytest

from tests.rig.company import Size
from tests.rig.control import Request
from tests.rig.world import TEAM, World

CROWD = Size(250, 3, 30)
EMPTY = {"totalResults": 0, "Resources": []}
WITHOUT_END = 1_000_000


def lose_the_state(world: World) -> None:
    for file in world.folder.glob("*.state.db*"):
        file.unlink()


def reads(log: list[Request], name: str) -> list[str]:
    return [each.path for each in log if each.method == "GET" and f"/{name}?" in each.path]


def untrue_lists(world: World, answer: dict[str, Any]) -> None:
    """Let the target answer every list of users without a filter with this."""
    world.target.fault(
        "answer", method="GET", part="Users?exc", status=200, body=answer, times=WITHOUT_END
    )
    world.target.fault(
        "answer", method="GET", part="Users?count", status=200, body=answer, times=WITHOUT_END
    )


@pytest.fixture
def lost(world: World) -> World:
    """A company whose accounts are all there, and whose state is not."""
    world.begin(CROWD)
    world.run()
    assert {} == world.wrong()
    lose_the_state(world)
    return world


def test_a_first_cycle_lists_an_empty_target_and_asks_once(world: World) -> None:
    log = world.requests_of(world.run)

    asked = [path for path in reads(log, "Users") if "filter" in path]
    assert (2, 1) == (len(reads(log, "Users")), len(asked))


def test_a_lost_state_is_made_again_with_as_many_reads_as_there_are_pages(lost: World) -> None:
    users = len(lost.target.store()["Users"])

    log = lost.requests_of(lost.run)

    assert [] == [each for each in log if each.method == "POST"]
    assert len(reads(log, "Users")) <= -(-users // 100) + 1
    assert {} == lost.wrong()


def test_a_few_joiners_are_asked_for_one_by_one(world: World) -> None:
    world.begin(CROWD)
    world.run()
    world.company.people["new"] = world.company.people["p1"] | {
        "objectId": "new",
        "userPrincipalName": "new@contoso.example",
    }
    world.export()

    log = world.requests_of(world.run)

    assert all("filter" in path for path in reads(log, "Users"))


@pytest.mark.parametrize(
    "answer",
    [
        EMPTY,
        {"totalResults": 250, "Resources": []},
        {"totalResults": 2, "Resources": [{"id": "1", "userName": "x"}] * 2},
        {"totalResults": 10, "Resources": [{"id": f"x{n}", "userName": "x"} for n in range(10)]},
    ],
    ids=["empty", "shorter than its total", "one twice", "of other people"],
)
def test_a_list_that_is_not_true_is_done_without(lost: World, answer: dict[str, Any]) -> None:
    untrue_lists(lost, answer)

    log = lost.requests_of(lost.run)

    assert [] == [each for each in log if each.method == "POST"]
    assert {} == lost.wrong()


def test_a_list_that_is_refused_is_done_without(world: World) -> None:
    world.begin(TEAM)
    world.target.fault("answer", method="GET", part="Users?count", status=403, times=WITHOUT_END)

    world.run()

    assert {} == world.wrong()
