"""Scripts of edits and faults, generated from a seed: what may happen to a company in its life."""

import random
from dataclasses import dataclass
from typing import Any

WRITES = "POST PATCH PUT DELETE"
CONFLICTS = (
    {"status": "409", "scimType": "uniqueness", "detail": "taken"},
    {"status": 409, "detail": "already exists"},
    {"message": "conflict"},
)


def _answer(status: int, **headers: str) -> dict[str, Any]:
    return {"do": "answer", "status": status, "headers": headers, "method": WRITES}


FAULTS: tuple[dict[str, Any], ...] = (
    {"do": "cut after", "method": "POST PATCH"},
    {"do": "cut before", "method": "POST PATCH"},
    {"do": "garbage", "method": "POST PATCH"},
    {"do": "answer", "status": 500, "method": "POST PATCH"},
    {"do": "answer", "status": 502, "method": "POST PATCH"},
    *({"do": "answer", "status": 409, "body": body, "method": "POST PATCH"} for body in CONFLICTS),
    _answer(400),
    _answer(403),
    _answer(413),
    _answer(401),
    _answer(429, **{"Retry-After": "0"}),
)


@dataclass(frozen=True)
class Day:
    """How much happens, what goes wrong meanwhile, and whether the engine is killed at a write."""

    edits: int
    faults: list[dict[str, Any]]
    killed_at: int | None


def script(seed: int, days: int) -> list[Day]:
    """Return what happens in so many days."""
    chance = random.Random(seed)
    return [_day(chance) for _ in range(days)]


def _day(chance: random.Random) -> Day:
    faults = [
        {
            **chance.choice(FAULTS),
            "skip": chance.randrange(4),
            "chance": chance.choice((1.0, 0.5, 0.2)),
            "times": chance.choice((1, 2, 5, 100)),
        }
        for _ in range(chance.randrange(4))
    ]
    killed_at = chance.randrange(1, 40) if chance.random() < 0.1 else None
    return Day(chance.randrange(1, 6), faults, killed_at)
