"""The data types of RFC 7643 §2.3: which JSON values each admits, and how values compare."""

import base64
import binascii
import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from scim_protocol.errors import shortened

# xsd:dateTime (RFC 7643 §2.3.5): date and time are both needed; the zone may be left out. XML
# Schema (part 2, §3.2.7) has 24:00:00 for the end of a day, and no zone beyond 14:00.
_DATE_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_END_OF_DAY: Final = re.compile(r"T24(:00:00(?:\.0+)?)(?![.\d])")
_WIDEST_OFFSET: Final = timedelta(hours=14)


def fold(text: str) -> str:
    """Return the form in which values of a caseExact=false attribute are compared and indexed.

    Case folding and NFC, so that a letter with its accent is one whether composed or not.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def fold_name(text: str) -> str:
    """Return the form in which user names are compared and indexed (RFC 7644 §5).

    As `fold` does, with fullwidth and halfwidth letters taken for the usual ones: of every name
    that the PRECIS profile UsernameCaseMapped admits this is what the profile makes of it (RFC 7613
    §3.2), and it is something of every other text too.
    """
    if text.isascii():
        return text.lower()
    return fold(_OTHER_WIDTHS.sub(_in_usual_width, text) if _OTHER_WIDTHS.search(text) else text)


# All that Unicode has of these is in one block, but for the wide space.
_OTHER_WIDTHS: Final = re.compile("[\u3000\uff01-\uffee]")


def _in_usual_width(found: re.Match[str]) -> str:
    usual = unicodedata.normalize("NFKC", found[0])
    return usual if len(usual) == 1 else found[0]


def parse_date_time(text: str) -> datetime:
    """Read an xsd:dateTime; one without a zone is taken to be in UTC (RFC 7643 §2.3.5).

    :raises ValueError: when the text is not one, or names a day that does not exist.
    """
    if _DATE_TIME.fullmatch(text) is None:
        raise ValueError(f"{shortened(text)!r} is not a date and time such as 2011-05-13T04:42:34Z")
    plain, days = _END_OF_DAY.subn(r"T00\1", text)
    moment = datetime.fromisoformat(plain)
    if abs(moment.utcoffset() or timedelta()) > _WIDEST_OFFSET:
        raise ValueError(f"{shortened(text)!r} has a time zone beyond 14:00")
    if days and moment.date() == date.max:
        raise ValueError(f"{shortened(text)!r} is beyond the last day")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) + timedelta(days=days)


def _is_text(value: Any) -> bool:
    """Tell whether a value is text that can be stored: NUL and lone surrogates cannot."""
    if not isinstance(value, str) or "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_integer(value: Any) -> bool:
    # 64 bits are what every store and every peer's JSON parser can be trusted to carry.
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _is_decimal(value: Any) -> bool:
    return _is_integer(value) or (isinstance(value, float) and math.isfinite(value))


def _is_date_time(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse_date_time(value)
    except ValueError:
        return False
    return True


def _is_binary(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        # Either alphabet of RFC 4648; padding may be missing, and white space is let through.
        text = re.sub(r"\s", "", value).replace("-", "+").replace("_", "/")
        base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


ADMITS: Final[dict[str, Callable[[Any], bool]]] = {
    "string": _is_text,
    "reference": _is_text,
    "binary": _is_binary,
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "decimal": _is_decimal,
    "dateTime": _is_date_time,
    "complex": lambda value: isinstance(value, dict),
}

EXPECTED: Final = {
    "string": "a string",
    "reference": "a URI as a string",
    "binary": "base64 text",
    "boolean": "true or false",
    "integer": "an integer",
    "decimal": "a number",
    "dateTime": "a date and time such as 2011-05-13T04:42:34Z",
    "complex": "an object",
}

# RFC 7643 §2.3 says of each of the other types that it has no uniqueness, or none that is kept.
CAN_BE_UNIQUE: Final = frozenset({"string", "reference", "integer", "decimal"})
