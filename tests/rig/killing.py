"""Kills of the engine at every sort of place: around requests, state writes, and at any time."""

import random
from multiprocessing.process import BaseProcess

from tests.rig.engine import Ended
from tests.rig.world import World


class Killer:
    """Starts the engine and kills it somewhere, again and again; counts how often."""

    def __init__(self, world: World, chance: random.Random, reach: int) -> None:
        self.kills = 0
        self._world = world
        self._chance = chance
        self._reach = reach  # how many requests or writes a run is let do at most

    def run_until_done(self) -> Ended:
        """Run cycles until one comes to its end unkilled."""
        while True:
            ended = self._run_and_perhaps_kill()
            if not ended.killed:
                self._world.target.change(faults=[])
                return ended
            self.kills += 1

    def _run_and_perhaps_kill(self) -> Ended:
        self._world.target.change(faults=[])
        place = self._chance.choice(("before", "after", "answered", "state", "early", "time"))
        number = self._chance.randrange(self._reach)
        if place == "state":
            return self._world.run("--retry", kill_at_write=number + 1)
        if place == "early":
            return self._world.run("--retry", kill_at_early_write=3 * number + 1)
        if place == "time":
            process = self._world.engine.start("run", "job.toml", "--retry")
            return self._kill_in_time(process)
        methods = self._chance.choice(("POST PATCH PUT DELETE", "GET POST PATCH PUT DELETE"))
        self._world.target.fault(f"kill {place}", method=methods, skip=number)
        return self._world.run("--retry")

    def _kill_in_time(self, process: BaseProcess) -> Ended:
        process.join(self._chance.uniform(0.02, 0.02 * self._reach))
        process.kill()
        return self._world.engine.ended(process)
