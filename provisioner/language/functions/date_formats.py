"""Dates by .NET custom format strings: ``yyyyMMddHHmmss.fZ``, ``M/d/yyyy h:mm:ss tt``.

A letter that is no specifier, such as T or Z, stands for itself; so does text in quotes and a
character behind a backslash. Names of days and months are English (the invariant culture).
"""

import re
from calendar import day_abbr, day_name, month_abbr, month_name
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

_TOKEN = re.compile(
    r"(y+|M+|d+|H+|h+|m+|s+|f+|F+|t+|z+|K|g+)|'([^']*)'|\"([^\"]*)\"|\\(.)|(.)", re.S
)


def _offset(moment: datetime, separator: str = ":") -> str:
    minutes = round((moment.utcoffset() or timedelta()).total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}{separator}{abs(minutes) % 60:02}"


def _hour12(moment: datetime) -> int:
    return moment.hour % 12 or 12


def _half(moment: datetime) -> str:
    return "AM" if moment.hour < 12 else "PM"


_WRITERS: Final[dict[str, Callable[[datetime], str]]] = {
    "y": lambda d: str(d.year % 100),
    "yy": lambda d: f"{d.year % 100:02}",
    "yyy": lambda d: f"{d.year:03}",
    "yyyy": lambda d: f"{d.year:04}",
    "M": lambda d: str(d.month),
    "MM": lambda d: f"{d.month:02}",
    "MMM": lambda d: month_abbr[d.month],
    "MMMM": lambda d: month_name[d.month],
    "d": lambda d: str(d.day),
    "dd": lambda d: f"{d.day:02}",
    "ddd": lambda d: day_abbr[d.weekday()],
    "dddd": lambda d: day_name[d.weekday()],
    "H": lambda d: str(d.hour),
    "HH": lambda d: f"{d.hour:02}",
    "h": lambda d: str(_hour12(d)),
    "hh": lambda d: f"{_hour12(d):02}",
    "m": lambda d: str(d.minute),
    "mm": lambda d: f"{d.minute:02}",
    "s": lambda d: str(d.second),
    "ss": lambda d: f"{d.second:02}",
    "t": lambda d: _half(d)[0],
    "tt": _half,
    "z": lambda d: f"{_offset(d)[0]}{int(_offset(d)[1:3])}",
    "zz": lambda d: _offset(d)[:3],
    "zzz": _offset,
    "K": lambda d: "Z" if d.tzinfo is UTC else _offset(d),
}
_ZONE = r"(?P<zone>[+-]\d\d?(?::?\d\d)?)"
_READERS: Final[dict[str, str]] = {
    "y": r"(?P<year>\d{1,2})",
    "yy": r"(?P<year>\d{2})",
    "yyy": r"(?P<year>\d{3,5})",
    "yyyy": r"(?P<year>\d{4})",
    "M": r"(?P<month>\d{1,2})",
    "MM": r"(?P<month>\d{2})",
    "MMM": r"(?P<monthname>[A-Za-z]{3})",
    "MMMM": r"(?P<monthname>[A-Za-z]+)",
    "d": r"(?P<day>\d{1,2})",
    "dd": r"(?P<day>\d{2})",
    "ddd": r"[A-Za-z]{3}",
    "dddd": r"[A-Za-z]+",
    "H": r"(?P<hour>\d{1,2})",
    "HH": r"(?P<hour>\d{2})",
    "h": r"(?P<hour>\d{1,2})",
    "hh": r"(?P<hour>\d{2})",
    "m": r"(?P<minute>\d{1,2})",
    "mm": r"(?P<minute>\d{2})",
    "s": r"(?P<second>\d{1,2})",
    "ss": r"(?P<second>\d{2})",
    "t": r"(?P<half>[AaPp])",
    "tt": r"(?P<half>[AaPp][Mm])",
    "z": _ZONE,
    "zz": _ZONE,
    "zzz": _ZONE,
    "K": r"(?P<zone>Z|[+-]\d\d:\d\d)?",
}
_MONTHS: Final = {month_abbr[number].lower(): number for number in range(1, 13)}


@lru_cache(maxsize=256)
def _tokens(pattern: str) -> tuple[tuple[str, bool], ...]:
    """Split a format into (text, is a specifier)."""
    found = []
    for specifier, single, double, escaped, other in _TOKEN.findall(pattern):
        known = specifier in _WRITERS or specifier[:1] in ("f", "F")
        if specifier and not known:
            raise ValueError(f"{specifier!r} is not a date format specifier")
        found.append((specifier or single or double or escaped or other, bool(specifier)))
    return tuple(found)


def format_date(moment: datetime, pattern: str) -> str:
    """Write a date.

    :raises ValueError: if the format is not one.
    """
    return "".join(_written(moment, token) if live else token for token, live in _tokens(pattern))


def _written(moment: datetime, token: str) -> str:
    if token[0] not in "fF":
        return _WRITERS[token](moment)
    digits = f"{moment.microsecond:06}0"[: len(token)]
    return digits if token[0] == "f" else digits.rstrip("0")


@lru_cache(maxsize=256)
def _reader(pattern: str) -> re.Pattern[str]:
    parts, seen = [], set()
    for token, live in _tokens(pattern):
        part = re.escape(token)
        if live and token[0] in "fF":
            part = rf"(?P<fraction>\d{{{0 if token[0] == 'F' else len(token)},{len(token)}}})"
        elif live:
            part = _READERS[token]
        name = re.search(r"\?P<(\w+)>", part) if live else None
        if name and name[1] in seen:
            part = part.replace(f"?P<{name[1]}>", "?:")
        elif name:
            seen.add(name[1])
        parts.append(part)
    return re.compile("".join(parts))


def parse_date(text: str, pattern: str) -> datetime:
    """Read a date; without an offset in the text it is UTC.

    :raises ValueError: if the text does not follow the format, or the format is not one.
    """
    match = _reader(pattern).fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:80]!r} does not follow the format {pattern!r}")
    return moment_of(match.groupdict())


def moment_of(parts: dict[str, str | None]) -> datetime:
    """Make a date of its named parts; what is missing is the start of the day, in UTC."""
    year = int(parts.get("year") or 1)
    if len(parts.get("year") or "") <= 2 and parts.get("year"):
        year += 1900 if year >= 50 else 2000
    name = (parts.get("monthname") or "")[:3].lower()
    month = _MONTHS[name] if name in _MONTHS else int(parts.get("month") or 1)
    hour = int(parts.get("hour") or 0)
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    return datetime(
        year,
        month,
        int(parts.get("day") or 1),
        hour,
        int(parts.get("minute") or 0),
        int(parts.get("second") or 0),
        int(f"{parts.get('fraction') or '0':0<6}"[:6]),
        zone_of(parts.get("zone")),
    )


def zone_of(text: str | None) -> timezone:
    """Return the zone that an offset such as -07:00 names; UTC for none and for Z."""
    if not text or text == "Z":
        return UTC
    digits = text[1:].replace(":", "").zfill(2)
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-offset if text[0] == "-" else offset)
