"""What goes wrong at the fake target, and when: a script of faults, and a rate limit."""

import random
from dataclasses import dataclass, field
from math import ceil
from typing import Any


@dataclass
class Fault:
    """One line of a fault script.

    `do` is what happens: `answer` (with `status`, `headers`, `body`; nothing is carried out),
    `cut before`, `cut after` (the connection ends before or after it is carried out), `garbage`
    (carried out, and answered with what is no SCIM), `slow` (by `seconds`), `kill before`,
    `kill after`, `kill answered` (the process whose id is in the pid file), `edit` (`edits` are
    carried out first, by somebody else). `method` may name several; `part` is looked for in path
    and body; `skip` requests are let through first, then each is hit with `chance`, `times` times.
    """

    do: str
    method: str = "POST PUT PATCH DELETE"
    part: str = ""
    skip: int = 0
    times: int = 1
    chance: float = 1.0
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    edits: list[list[Any]] = field(default_factory=list)

    def hits(self, method: str, text: str, dice: random.Random) -> bool:
        """Tell whether a request is hit, and count it."""
        if self.times <= 0 or method not in self.method.split() or self.part not in text:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.chance < 1 and dice.random() >= self.chance:
            return False
        self.times -= 1
        return True


@dataclass
class Bucket:
    """A token bucket: `rate` requests a second, `burst` at once; one token a request.

    It counts the requests of its `methods` to its `path`, or all. It refuses as Slack does, with a
    Retry-After alone: whole seconds, of a clock that is `speed` times as fast as ours.
    """

    rate: float
    burst: float
    level: float = 0.0
    filled_at: float = 0.0
    methods: list[str] = field(default_factory=list)
    path: str = ""
    speed: float = 1.0

    def counts(self, method: str, path: str) -> bool:
        """Tell whether a request is one of those that it counts."""
        way = path.partition("?")[0] + "/"
        return (not self.methods or method in self.methods) and f"{self.path}/" in way

    def take(self, now: float) -> float | None:
        """Take a token, or return in how many seconds there is one."""
        self.level = min(self.burst, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.level < 1:
            return max(1, ceil((1 - self.level) / self.rate * self.speed)) / self.speed
        self.level -= 1
        return None
