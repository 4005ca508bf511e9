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
    """A token bucket: `rate` requests a second, `burst` at once; one token a request."""

    rate: float
    burst: float
    level: float = 0.0
    filled_at: float = 0.0

    def take(self, now: float) -> tuple[bool, dict[str, str]]:
        """Take a token if there is one; return the headers that tell of it."""
        self.level = min(self.burst, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now
        granted = self.level >= 1
        self.level -= granted
        headers = {
            "X-RateLimit-Limit": f"{self.burst:.0f}",
            "X-RateLimit-Remaining": f"{self.level:.0f}",
            "X-RateLimit-Reset": f"{ceil((self.burst - self.level) / self.rate)}",
        }
        if not granted:
            headers["Retry-After"] = str(max(1, ceil((1 - self.level) / self.rate)))
        return granted, headers
