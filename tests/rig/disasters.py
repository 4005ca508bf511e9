"""What has gone wrong in the days of other engines, as things done to a company on its second day.

Each takes a world whose first day was a good one, and says what its cycle must answer: an exit
code, and words that name the cause.
"""

import csv
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.rig.company import GROUP_COLUMNS, PERSON_COLUMNS, Row, write_rows
from tests.rig.world import World

DAY = 86_400.0


@dataclass(frozen=True)
class Disaster:
    """What happens, what the engine must say about it, and how it must end."""

    name: str
    happens: Callable[[World], None]
    says: tuple[str, ...]
    code: int
    circumstances: dict[str, Any] = field(default_factory=dict)


def _people(world: World) -> Path:
    return world.folder / "people.csv"


def _groups(world: World) -> Path:
    return world.folder / "groups.csv"


def _lines(file: Path, keep: Callable[[list[str]], list[str]]) -> None:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(keep(lines)), encoding="utf-8")


def _cut_in_a_row(world: World) -> None:
    text = _people(world).read_text(encoding="utf-8")
    cut = text.rfind(",", 0, len(text) * 3 // 4)
    _people(world).write_text(text[: cut - 2], encoding="utf-8")


def _open_quote(world: World) -> None:
    _lines(_people(world), lambda lines: [*lines[:20], '"' + lines[20], *lines[21:]])


def _in_place_of(old: str, new: str, file: Callable[[World], Path]) -> Callable[[World], None]:
    def replace(world: World) -> None:
        text = file(world).read_text(encoding="utf-8")
        file(world).write_text(text.replace(old, new), encoding="utf-8")

    return replace


def _rewritten(change: Callable[[Row], Row]) -> Callable[[World], None]:
    def rewrite(world: World) -> None:
        rows = [change(dict(row)) for row in world.company.people.values()]
        write_rows(_people(world), PERSON_COLUMNS, iter(rows))

    return rewrite


def _regrouped(change: Callable[[Row], Row]) -> Callable[[World], None]:
    def rewrite(world: World) -> None:
        rows = [change(dict(row)) for row in world.company.groups.values()]
        write_rows(_groups(world), GROUP_COLUMNS, iter(rows))

    return rewrite


def _settings(**settings: Any) -> Callable[[World], None]:
    return lambda world: world.write_job(**settings)


def _answers(status: int, body: Any = None, **headers: str) -> Callable[[World], None]:
    """Let somebody change at the source, so that there is something to ask; then answer this."""

    def change(world: World) -> None:
        for number in range(5):
            world.company.move(random.Random(number))
            world.company.join(random.Random(number))
        world.export()
        world.target.fault(
            "answer",
            method="GET POST PATCH PUT DELETE",
            times=1_000,
            status=status,
            body=body,
            headers=headers,
        )

    return change


def _state(world: World) -> Path:
    return next(world.folder.glob("*.state.db"))


def _without_state(then: Callable[[World], None]) -> Callable[[World], None]:
    def happen(world: World) -> None:
        for file in world.folder.glob("*.state.db*"):
            file.unlink()
        then(world)

    return happen


def _half_of_them(world: World) -> None:
    _lines(_people(world), lambda lines: lines[: len(lines) // 2 - 3])


def _a_fifth_less(world: World) -> None:
    _lines(_people(world), lambda lines: lines[: len(lines) * 4 // 5])


def _damaged_state(world: World) -> None:
    file = _state(world)
    data = bytearray(file.read_bytes())
    data[100:4_000] = b"\xff" * 3_900
    file.write_bytes(bytes(data))


def _old_backup(world: World) -> None:
    """Restore the state of the first day, after a second day with joiners and renames."""
    with sqlite3.connect(_state(world)) as connection, sqlite3.connect(world.folder / "b") as copy:
        connection.backup(copy)
    for day in range(12):
        world.company.join(random.Random(day))
        world.company.move(random.Random(day))
    world.export()
    world.run()
    state = _state(world)
    for file in world.folder.glob("*.state.db*"):
        file.unlink()
    shutil.move(world.folder / "b", state)


def _emptied_cells(column: str) -> Callable[[World], None]:
    return _rewritten(lambda row: {**row, column: ""})


def _other_state(world: World) -> None:
    world.write_job(name="other", state="")


def _swapped_columns(world: World) -> None:
    with _people(world).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    rows[0][0], rows[0][1] = rows[0][1], rows[0][0]
    with _people(world).open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)


def _encoded(encoding: str) -> Callable[[World], None]:
    def rewrite(world: World) -> None:
        text = _people(world).read_text(encoding="utf-8")
        _people(world).write_text(text, encoding=encoding)

    return rewrite


def _emptied(world: World) -> None:
    _people(world).write_bytes(b"")


def _zeroed(world: World) -> None:
    _people(world).write_bytes(b"\0" * 9_000)


EMPTY_LIST = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    "totalResults": 0,
    "Resources": [],
}
LIMIT = ("limit", "policy.max_leavers")

DISASTERS = (
    # The export of the people
    Disaster(
        "people: only the header is left",
        lambda world: _lines(_people(world), lambda lines: lines[:1]),
        ("no users at all",),
        1,
    ),
    Disaster("people: zero bytes", _emptied, ("people.csv",), 2),
    Disaster("people: the file is gone", lambda w: _people(w).unlink(), ("people.csv",), 2),
    Disaster(
        "people: zeros where data was",
        _zeroed,
        ("people.csv line 1", "is not text"),
        2,
    ),
    Disaster("people: cut in a row", _cut_in_a_row, ("people.csv line", "cells"), 1),
    Disaster("people: half of them", _half_of_them, ("users", "min_source_ratio"), 1),
    Disaster("people: a fifth less, whole rows", _a_fifth_less, LIMIT, 1),
    Disaster("people: an open quote", _open_quote, ("people.csv",), 1),
    Disaster("people: in UTF-16", _encoded("utf-16"), ("people.csv", "UTF-8"), 2),
    Disaster(
        "people: another delimiter", _in_place_of(",", "|", _people), ("source.delimiter",), 2
    ),
    Disaster(
        "people: a renamed column",
        _in_place_of("userPrincipalName,", "UPN,", _people),
        ("userPrincipalName",),
        2,
    ),
    Disaster(
        "people: no anchors in half of the rows",
        _rewritten(lambda row: {**row, "objectId": "" if int(row["objectId"][1:]) > 20 else "p0"}),
        ("people.csv", "objectId"),
        1,
    ),
    Disaster("people: two columns have changed their names", _swapped_columns, LIMIT, 1),
    Disaster(
        "people: other anchors for everybody",
        _rewritten(lambda row: {**row, "objectId": f"new-{row['objectId']}"}),
        LIMIT,
        1,
    ),
    Disaster(
        "people: the anchors in upper case",
        _rewritten(lambda row: {**row, "objectId": row["objectId"].upper()}),
        LIMIT,
        1,
    ),
    Disaster(
        "people: everybody is blocked",
        _rewritten(lambda row: {**row, "accountEnabled": "false"}),
        LIMIT,
        1,
    ),
    Disaster(
        "people: everybody is a guest",
        _rewritten(lambda row: {**row, "userType": "Guest"}),
        LIMIT,
        1,
    ),
    Disaster("people: no types at all", _emptied_cells("userType"), LIMIT, 1),
    Disaster(
        "people: all names are gone",
        _emptied_cells("userPrincipalName"),
        ("userName",),
        0,
    ),
    Disaster(
        "people: everybody twice",
        lambda world: _lines(_people(world), lambda lines: [*lines, *lines[1:]]),
        ("DuplicateSourceEntries",),
        0,
    ),
    # The export of the groups
    Disaster(
        "groups: only the header is left",
        lambda world: _lines(_groups(world), lambda lines: lines[:1]),
        ("no groups at all",),
        1,
    ),
    Disaster("groups: the file is gone", lambda w: _groups(w).unlink(), ("groups.csv",), 2),
    Disaster(
        "groups: no members any more",
        _regrouped(lambda row: {**row, "members": ""}),
        ("min_source_ratio",),
        1,
    ),
    Disaster(
        "groups: another separator of members",
        _in_place_of(";", "|", _groups),
        ("min_source_ratio",),
        1,
    ),
    Disaster(
        "groups: all but one are gone",
        lambda world: _lines(_groups(world), lambda lines: lines[:2]),
        ("groups", "min_source_ratio"),
        1,
    ),
    # The job
    Disaster("job: another filter", _settings(scope='userType eq "Staff"'), LIMIT, 1),
    Disaster(
        "job: another filter, and deletion",
        _settings(scope='department eq "Sales"', leavers="delete"),
        LIMIT,
        1,
    ),
    Disaster("job: active turned round", _settings(active="[IsSoftDeleted]"), LIMIT, 1),
    Disaster(
        "job: another anchor",
        _settings(source='anchor = "userPrincipalName"'),
        ("source.anchor", "userPrincipalName"),
        2,
    ),
    Disaster(
        "job: a group of the scope is missing",
        _settings(more_scope='users_in_groups = ["App-Gone"]'),
        ('"App-Gone"', "not in the source"),
        1,
    ),
    Disaster(
        "job: a slip in a key", _settings(more_scope='user = "x"'), ("scope.user", "users"), 2
    ),
    Disaster(
        "job: another target", _settings(url="http://127.0.0.1:9/scim/v2"), ("moved_from",), 2
    ),
    # The state
    Disaster(
        "state: it is lost, and people have left",
        _without_state(_a_fifth_less),
        ("adopt",),
        0,
    ),
    Disaster("state: it is damaged", _damaged_state, ("state",), 2),
    Disaster("state: an old backup", _old_backup, ("adopted",), 0),
    # The target
    Disaster("target: an empty list to every question", _answers(200, EMPTY_LIST), ("target",), 1),
    Disaster("target: 404 to everything", _answers(404), ("target.url",), 2),
    Disaster(
        "target: a page of HTML",
        _answers(200, "<html>sign in</html>", **{"Content-Type": "text/html"}),
        ("target.url",),
        2,
    ),
    Disaster("target: the token has expired", _answers(401), ("token",), 2),
    Disaster("target: overloaded", _answers(429, **{"Retry-After": "3600"}), ("429",), 2),
    # Time
    Disaster("clock: ten years ahead", _a_fifth_less, LIMIT, 1, {"clock": 3_650 * DAY}),
    Disaster("clock: ten years back", _a_fifth_less, LIMIT, 1, {"clock": -3_650 * DAY}),
)
