"""How long a busy server asks its clients to wait."""

from email.utils import parsedate_to_datetime

from scim_client.clock import Clock
from scim_client.transport import Answer

TOO_MANY_REQUESTS, UNAVAILABLE = 429, 503
EPOCH_NOT_SECONDS = 1_000_000_000  # X-RateLimit-Reset is a date for some, a duration for others


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
        return _rate_limit_reset(answer, clock)
    now = _date(answer.headers.get("Date", ""))
    return max(0.0, moment - (clock.wall() if now is None else now))


def _rate_limit_reset(answer: Answer, clock: Clock) -> float | None:
    seconds = _number(answer.headers.get("X-RateLimit-Reset", ""))
    if seconds is None or seconds < EPOCH_NOT_SECONDS:
        return seconds
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
