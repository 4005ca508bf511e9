"""A state belongs to one job and one target: ids mean nothing anywhere else."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from provisioner import StateError
from provisioner.state.lease import LeaseHeld, lease
from provisioner.state.sqlite import SqliteState
from scim_server.testing.live import LiveServer

Call = Callable[[Any], object]
CALLS: list[Any] = [
    pytest.param(lambda job: job.plan(), id="plan"),
    pytest.param(lambda job: job.run(), id="run"),
    pytest.param(lambda job: job.memory().__enter__(), id="status"),
]


@pytest.fixture
def elsewhere(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveServer]:
    """Another target that takes the same token."""
    with LiveServer(tokens=[server.token]) as other:
        yield other


@pytest.mark.parametrize("call", CALLS)
def test_a_state_of_another_target_is_refused(company, elsewhere: LiveServer, call: Call) -> None:
    first = company.settings["url"]
    company.run()
    company.settings["url"] = elsewhere.url

    with pytest.raises(StateError, match=rf'moved_from = "{first}"') as caught:
        call(company.job())

    assert "move the file away" in str(caught.value)
    assert [] == elsewhere.requests


@pytest.mark.parametrize("call", CALLS)
def test_a_state_of_another_job_is_refused(company, call: Call) -> None:
    company.run()
    file = company.write()
    text = file.read_text().replace('name = "company"', 'name = "other"\nstate="company.state.db"')
    file.write_text(text)

    with pytest.raises(StateError, match='is the state of the job "company"'):
        call(type(company.job()).load(_rewritten(company, text)))


def _rewritten(company: Any, text: str) -> Path:
    file: Path = company.folder / "other.toml"
    file.write_text(text)
    return file


def test_an_application_that_has_moved_keeps_its_links(company, flaky, server) -> None:
    company.settings["url"] = server.url
    company.run()
    company.settings["url"] = f'{flaky.url}"\nmoved_from = "{server.url}'
    company.person("ada", displayName="Ada King")

    moved = company.run()
    company.settings["url"] = flaky.url
    after = company.run()

    assert 1 == moved.accounts()[0].words["updated"]
    assert 3 == after.accounts()[0].words["unchanged"]


def test_a_state_that_remembers_nothing_goes_to_any_target(company, elsewhere, server) -> None:
    server.fault("/Users", status=401, times=99)
    with pytest.raises(Exception, match="401"):
        company.run()
    company.settings["url"] = elsewhere.url

    assert company.run().ok


def test_a_slash_at_the_end_of_the_address_is_no_other_target(company) -> None:
    company.run()
    company.settings["url"] += "/"

    assert company.run().ok


@pytest.mark.parametrize("call", CALLS)
def test_a_damaged_state_is_said_in_one_message(company, call: Call) -> None:
    for number in range(200):
        company.person(f"p{number}")
    company.run()
    path = company.job().state_path
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()
    content = bytearray(path.read_bytes())
    content[4096 * 2 : len(content) - 4096] = b"\xa5" * (len(content) - 4096 * 3)
    path.write_bytes(content)

    with pytest.raises(StateError, match=r"company\.state\.db: .*damaged.*[Mm]ove it away"):
        call(company.job())


def test_a_row_that_is_no_json_is_said_in_one_message(company) -> None:
    company.run()
    with sqlite3.connect(company.job().state_path) as connection:
        connection.execute("update links set written = '{broken', digest = 'x'")
    connection.close()
    company.person("ada", department="Sales")

    with pytest.raises(StateError, match="damaged"):
        company.plan()


@pytest.mark.parametrize("version", [0, 1, 2, 77])
def test_a_file_of_another_program_is_refused_and_left_as_it_is(company, version: int) -> None:
    path = company.job().state_path
    with sqlite3.connect(path) as connection:
        connection.execute("create table links (url text)")
        connection.execute(f"PRAGMA user_version={version}")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(StateError, match=r"another program|version 77"):
        company.run()

    assert before == path.read_bytes()


OLDER = """
create table before (kind text, anchor text, path text, to_kind text, to_anchor text, sure integer,
    primary key (kind, anchor, path, to_kind, to_anchor));
insert into before select iif(e.kind = 1, 'users', 'groups'), s.text, p.text,
    iif(e.to_kind = 1, 'users', 'groups'), t.text, 1 - e.status from edges e
    join texts s on s.id = e.source join texts p on p.id = e.path join texts t on t.id = e.target;
drop table edges; drop table texts; drop table records; drop table keys; drop table reads;
alter table before rename to edges;
"""


def as_version(path: Path, version: int) -> None:
    """Make of a state what an older program would have left."""
    with sqlite3.connect(path) as connection:
        connection.executescript(OLDER)
        if version == 1:
            connection.execute("drop table binding")
        connection.execute(f"PRAGMA user_version={version}")
    connection.close()


def test_a_state_of_version_1_is_taken_over(company) -> None:
    company.run()
    as_version(company.job().state_path, 1)

    company.run()

    with SqliteState.open(company.job().state_path) as state:
        assert ("company", company.settings["url"]) == state.bound_to()


@pytest.mark.parametrize("version", [1, 2])
def test_a_state_of_an_older_version_keeps_its_accounts_and_members(
    company, server: LiveServer, version: int
) -> None:
    company.person("ada", manager="bob")
    company.run()
    as_version(company.job().state_path, version)
    server.requests.clear()

    first = company.run()
    with SqliteState.open(company.job().state_path) as state:
        settled = not state.has_open_records()

    assert [] == server.requests
    assert [3, 1] == [account.words["unchanged"] for account in first.accounts()]
    assert settled


def test_who_comes_while_another_is_just_starting_is_told_so(tmp_path: Path) -> None:
    state = tmp_path / "x.state.db"
    with lease(state):
        pass
    blocker = sqlite3.connect(tmp_path / "x.state.db.lease", isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")

    with pytest.raises(LeaseHeld, match="is being run by another process"), lease(state):
        pass
    blocker.close()


def test_of_many_that_start_at_once_the_losers_say_so(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys; from provisioner.state.lease import lease, LeaseHeld\n"
        "try:\n"
        "    with lease(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()\n"
        "except LeaseHeld: print('refused', flush=True)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "x.state.db")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with ExitStack() as stack:
        starts = [stack.enter_context(subprocess.Popen(command, **pipes)) for _ in range(4)]
        said = sorted(process.stdout.readline() for process in starts)

        assert [b"held\n", *[b"refused\n"] * 3] == said
        for process in starts:
            process.stdin.close()
