from pathlib import Path

import pytest

from provisioner import Action, Edge, StateError
from provisioner.planning.retries import next_failure, retry_at
from provisioner.state import Link, digest_of
from provisioner.state.sqlite import SqliteState
from provisioner.targets.trouble import Trouble

HOUR = 3600


@pytest.fixture
def state(tmp_path: Path):
    with SqliteState.open(tmp_path / "state.db") as opened:
        yield opened


def link(anchor: str, target_id: str = "t") -> Link:
    return Link("users", anchor, target_id, anchor, "created", True, "")


def test_a_link_is_found_by_source_and_by_target(state: SqliteState) -> None:
    state.save_link(link("a", "t1"), {"userName": "a"})

    assert "t1" == state.link("users", "a").target_id
    assert "a" == state.link_to("users", "t1").anchor


def test_what_was_written_is_kept_without_what_is_empty(state: SqliteState) -> None:
    state.save_link(link("a"), {"userName": "a", "title": None, "active": False})

    assert {"userName": "a", "active": False} == state.written("users", "a")


def test_the_digest_of_a_link_is_that_of_what_was_written(state: SqliteState) -> None:
    state.save_link(link("a"), {"title": "x", "userName": "a"})

    assert digest_of({"userName": "a", "title": "x", "nickName": None}) == (
        state.link("users", "a").digest
    )


def test_forgetting_a_link_forgets_the_references_from_and_to_it(state: SqliteState) -> None:
    state.save_link(link("a"), {})
    state.save_edges("users", "a", "manager", [Edge("users", "b")])
    state.save_edges("groups", "g", "members", [Edge("users", "a"), Edge("users", "b")])

    state.unlink("users", "a")

    assert {} == state.edges("users", "a", "manager")
    assert [Edge("users", "b")] == list(state.edges("groups", "g", "members"))


def test_a_reference_in_doubt_is_told_from_a_certain_one(state: SqliteState) -> None:
    state.save_edges("groups", "g", "members", [Edge("users", "a")])
    state.save_edges("groups", "g", "members", [Edge("users", "b")], sure=False)

    assert {Edge("users", "a"): True, Edge("users", "b"): False} == (
        state.edges("groups", "g", "members")
    )


def test_what_is_done_in_one_go_is_kept_or_undone_as_a_whole(state: SqliteState) -> None:
    def half() -> None:
        with state.atomic():
            state.save_link(link("a"), {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert state.link("users", "a") is None


def test_an_intent_stays_open_until_its_result_is_known(tmp_path: Path) -> None:
    with SqliteState.open(tmp_path / "state.db") as state:
        first = state.begin_intent(1, "users", "a", {"verb": "create"})
        state.begin_intent(1, "users", "b", {"verb": "create"})
        state.end_intent(first, "done")

    with SqliteState.open(tmp_path / "state.db") as state:
        assert ["b"] == [intent.anchor for intent in state.open_intents()]


def test_every_change_is_flushed_to_disk(state: SqliteState) -> None:
    pragma = state._db.execute

    assert ("wal", 2) == (
        pragma("PRAGMA journal_mode").fetchone()[0],
        pragma("PRAGMA synchronous").fetchone()[0],
    )


def test_the_last_good_cycle_is_one_that_ended_on_a_complete_read(state: SqliteState) -> None:
    good = state.begin_cycle(initial=True, complete=True, source={"users": 3})
    state.end_cycle(good, {"users created": 3})
    doubtful = state.begin_cycle(initial=False, complete=False, source={"users": 1})
    state.end_cycle(doubtful, {})
    state.begin_cycle(initial=False, complete=True, source={"users": 2})

    assert {"users": 3} == state.last_good_cycle().source


def test_a_state_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    with SqliteState.open(tmp_path / "state.db") as state:
        state._db.execute("PRAGMA user_version=99")

    with pytest.raises(StateError, match="version 99"):
        SqliteState.open(tmp_path / "state.db")


@pytest.mark.parametrize(
    ("attempts", "wait"), [(1, None), (2, 6 * HOUR), (3, 12 * HOUR), (4, 24 * HOUR), (9, 24 * HOUR)]
)
def test_tries_grow_rarer(attempts: int, wait: int | None) -> None:
    assert (None if wait is None else 100.0 + wait) == retry_at(attempts, 100.0)


def test_a_changed_object_starts_to_count_anew() -> None:
    action = Action("create", "users", "a", "a")
    trouble = Trouble("Conflict", "Taken.")
    first = next_failure(None, action, trouble, "v1", 0)
    second = next_failure(first, action, trouble, "v1", 1)

    assert (2, 1) == (second.attempts, next_failure(second, action, trouble, "v2", 2).attempts)
