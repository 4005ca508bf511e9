"""A company, a target, an engine and an oracle together, and the days that they live through."""

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.rig.company import Company, Size
from tests.rig.control import FakeTarget, Request
from tests.rig.engine import Ended, Engine, write_job
from tests.rig.oracle import Oracle, State, held

SOAKING = bool(os.environ.get("SOAK"))
VILLAGE = Size(40, 5, 100)
TEAM = Size(15, 3, 30)
FAMILY = Size(6, 2, 6)


def often(usual: int, soaking: int) -> int:
    """Return how often a random test is played: seldom in `make test`, much in `make soak`."""
    return soaking if SOAKING else usual


class World:
    """Everything that a proof needs; `begin` makes it new."""

    def __init__(self, folder: Path, target: FakeTarget) -> None:
        self.folder = folder
        self.target = target
        self.engine = Engine(folder)
        self.settings: dict[str, Any] = {}
        self.begin()

    def begin(self, size: Size = TEAM, seed: int = 0, **settings: Any) -> None:
        """Found a company before its first day, with a target that is empty and well."""
        for file in self.folder.glob("*.state.db*"):
            file.unlink()
        self.target.reset(unique=False, pid_file=str(self.engine.pid_file))
        self.company = Company(self.folder, size, seed)
        self.settings = settings
        self.oracle = Oracle(settings.get("leavers", "disable"))
        self.export()

    def export(self, **settings: Any) -> None:
        """Write the files of the company as it is now, and its job."""
        self.settings |= settings
        self.company.write()
        self.write_job()

    def write_job(self, **settings: Any) -> None:
        """Write the job file, with other settings for this once."""
        self.job_file = write_job(
            self.folder, **{"url": self.target.url, **self.settings, **settings}
        )

    def live(self, edits: int, chance: random.Random) -> list[str]:
        """Let some things happen and export them."""
        happened = self.company.edits(edits, chance)
        self.export()
        return happened

    def run(self, *options: str, **circumstances: Any) -> Ended:
        """Run one cycle, in a process of its own."""
        return self.engine.run(*options, **circumstances)

    def wanted(self, *, from_the_log: bool = False) -> State:
        """Return what the target must hold by now; call it once a day.

        :param from_the_log: days were cut short, so who ever had an account is told by the target.
        """
        had = set(self.held().users) if from_the_log else None
        return self.oracle.day(self.folder, had)

    def held(self) -> State:
        """Return what the target does hold."""
        return held(self.target.store())

    def wrong(self, *, from_the_log: bool = False) -> dict[tuple[str, str], str]:
        """Return all that is not as wanted."""
        return self.wanted(from_the_log=from_the_log).differences(self.held())

    def requests_of(self, act: Callable[[], Any]) -> list[Request]:
        """Return the requests that the engine sends while something is done."""
        before = self.target.count()
        act()
        return self.target.log(before)
