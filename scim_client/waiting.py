"""How long a busy server asks its clients to wait, and how much it says that it still takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from scim_client.clock import Clock
from scim_client.transport import Answer

TOO_MANY_REQUESTS, UNAVAILABLE = 429, 503
# A reset is a duration for some, for others a date: in seconds since 1970, or in milliseconds.
EPOCH_NOT_SECONDS, MILLISECONDS = 1_000_000_000, 100_000_000_000

# The header families, and the names that the one header of the IETF draft has for its parts:
# `RateLimit: limit=100, remaining=50, reset=30`, later `RateLimit: "default";r=50;t=30`.
_FAMILIES = ("X-RateLimit", "X-Rate-Limit", "RateLimit")
_PARTS = {"limit": "Limit", "remaining": "Remaining", "r": "Remaining", "reset": "Reset"}
_PART = re.compile(r"\b(limit|remaining|reset|r|t)\s*=\s*(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Budget:
    """How many more requests a server takes before its window ends, in so many seconds."""

    left: float
    resets_in: float
    limit: float | None = None


def retry_after(answer: Answer, clock: Clock) -> float | None:
    """Return the seconds that the server asks to wait for: a number or a date (RFC 9110 §10.2.3).

    A date is compared with the answer's own Date, for the server's clock may differ from ours.
    """
    text = answer.headers.get("Retry-After", "").strip()
    seconds = _number(text)
    if seconds is not None:
        return seconds
    moment = _date(text)
    if moment is None:
        return _reset(_rate_headers(answer).get("Reset", ""), clock)
    now = _date(answer.headers.get("Date", ""))
    return max(0.0, moment - (clock.wall() if now is None else now))


def budget_of(answer: Answer, clock: Clock) -> Budget | None:
    """Read an answer's rate-limit headers; None if they do not say what is left and until when.

    There is no standard for them but a draft: `X-RateLimit-*`, `X-Rate-Limit-*`, `RateLimit-*` and
    `RateLimit` are understood.
    """
    found = _rate_headers(answer)
    left, resets_in = _number(found.get("Remaining", "")), _reset(found.get("Reset", ""), clock)
    if left is None or resets_in is None:
        return None
    return Budget(left, resets_in, _number(found.get("Limit", "")))


def _rate_headers(answer: Answer) -> dict[str, str]:
    if not any("rate" in name.lower() for name in answer.headers):
        return {}  # Most answers: asking for each name of each family costs more than this look.
    return {name: text for family in _FAMILIES for name, text in _of_family(answer, family)}


def _of_family(answer: Answer, family: str) -> Iterator[tuple[str, str]]:
    for name, text in _PART.findall(answer.headers.get(family, "")):
        yield _PARTS.get(name.lower(), "Reset"), text
    for part in ("Limit", "Remaining", "Reset"):
        text = answer.headers.get(f"{family}-{part}")
        if text is not None:
            yield part, re.split(r"[,;]", text)[0].strip()


def _reset(text: str, clock: Clock) -> float | None:
    seconds = _number(text)
    if seconds is None or seconds < EPOCH_NOT_SECONDS:
        return seconds
    if seconds >= MILLISECONDS:
        seconds /= 1000
    return max(0.0, seconds - clock.wall())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return max(0.0, number) if number < float("inf") else None


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
