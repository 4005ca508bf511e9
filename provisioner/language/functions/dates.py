"""Functions on dates. A date is text: ``M/d/yyyy h:mm:ss tt`` in UTC; ISO 8601 is read as well."""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from provisioner.language.functions.date_formats import format_date, moment_of, parse_date
from provisioner.language.functions.registry import (
    Argument,
    EvaluationError,
    Evaluator,
    FunctionError,
    function,
    scalar,
    text_function,
    whole_number,
)
from provisioner.record import Attributes

TEXT_FORMAT = "M/d/yyyy h:mm:ss tt"
FILETIME_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,7}))?)?)?"
    r"\s*(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
_SLASHES = re.compile(
    r"(?P<month>\d\d?)/(?P<day>\d\d?)/(?P<year>\d{4})"
    r"(?:\s+(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\s*(?P<half>[AaPp][Mm]))?)?"
)


def utc_now() -> datetime:
    """Return the moment that `Now()` stands for."""
    return datetime.now(UTC)


def as_date(text: str, owner: str) -> datetime:
    """Read a date in ISO 8601 or in the language's own form, and bring it to UTC.

    :raises EvaluationError: if it is neither.
    """
    match = _ISO.fullmatch(text.strip()) or _SLASHES.fullmatch(text.strip())
    try:
        if match is not None:
            return moment_of(match.groupdict()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise EvaluationError(f"{owner}: {text[:80]!r} is not a date such as 2026-03-16T07:00:00Z")


def as_text(moment: datetime) -> str:
    """Write a date in the language's own form."""
    return format_date(moment, TEXT_FORMAT)


@function("Now()", moving=True)
def now(_: Sequence[Argument]) -> Evaluator:
    """Return the current moment in UTC."""
    return lambda _: as_text(utc_now())


@text_function("CDate(expression)")
def c_date(source: str) -> str:
    """Return the date in UTC; a date alone is its midnight, in the offset that it carries."""
    return as_text(as_date(source, "CDate"))


@text_function("DateFromNum(value)")
def date_from_num(source: str) -> str:
    """Return the date of a FILETIME: 100 ns since 1601 in UTC."""
    try:
        return as_text(
            FILETIME_EPOCH + timedelta(microseconds=whole_number(source, "DateFromNum") // 10)
        )
    except OverflowError:
        raise EvaluationError(f"DateFromNum: {source[:80]!r} is no date before 10000") from None


@text_function("NumFromDate(value)")
def num_from_date(source: str) -> str:
    """Return the FILETIME of an ISO 8601 date, as accountExpires wants it."""
    return str((as_date(source, "NumFromDate") - FILETIME_EPOCH) // MICROSECOND * 10)


@function("FormatDateTime(source, dateTimeStyles, inputFormat, [outputFormat])")
def format_date_time(arguments: Sequence[Argument]) -> Evaluator:
    """Return a date rewritten from one .NET custom format to another.

    The styles are accepted and have no effect: white space around the date is always ignored.
    The form of 2017, FormatDateTime(source, inputFormat, outputFormat), is understood.
    """
    source, formats = arguments[0].evaluate, [a.evaluate for a in arguments[-2:]]
    _check_formats(arguments[-2:])

    def run(attributes: Attributes) -> str | None:
        text, given, wanted = (
            scalar(evaluate(attributes), "FormatDateTime") for evaluate in (source, *formats)
        )
        if not text or given is None or wanted is None:
            return None
        try:
            return format_date(parse_date(text, given), wanted)
        except (ValueError, OverflowError) as error:
            raise EvaluationError(f"FormatDateTime: {error}") from None

    return run


def _check_formats(formats: Sequence[Argument]) -> None:
    for given in formats:
        try:
            format_date(FILETIME_EPOCH, given.constant or "")
        except ValueError as error:
            raise FunctionError(str(error)) from None


def _plus_months(moment: datetime, months: int) -> datetime:
    """Add months; a day past the end of the new month becomes its last day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


_ADD: dict[str, Callable[[datetime, int], datetime]] = {
    "yyyy": lambda moment, value: _plus_months(moment, 12 * value),
    "m": _plus_months,
    "ww": lambda moment, value: moment + timedelta(weeks=value),
    "d": lambda moment, value: moment + timedelta(days=value),
    "h": lambda moment, value: moment + timedelta(hours=value),
    "n": lambda moment, value: moment + timedelta(minutes=value),
    "s": lambda moment, value: moment + timedelta(seconds=value),
}


def _week(moment: datetime) -> int:
    """Number the week, which starts on Sunday."""
    return date.toordinal(moment) // 7


def _elapsed(unit: timedelta) -> Callable[[datetime, datetime], int]:
    """Count whole units, cut off towards zero."""

    def count(start: datetime, end: datetime) -> int:
        return (end - start) // unit if end >= start else -((start - end) // unit)

    return count


# Visual Basic's rule: years, months and weeks count the boundaries crossed, the rest elapsed time.
_DIFFERENCE: dict[str, Callable[[datetime, datetime], int]] = {
    "yyyy": lambda start, end: end.year - start.year,
    "m": lambda start, end: 12 * (end.year - start.year) + end.month - start.month,
    "ww": lambda start, end: _week(end) - _week(start),
    "d": _elapsed(timedelta(days=1)),
    "h": _elapsed(timedelta(hours=1)),
    "n": _elapsed(timedelta(minutes=1)),
    "s": _elapsed(timedelta(seconds=1)),
}


def _interval(argument: Argument) -> str:
    interval = (argument.constant or "").lower()
    if interval not in _ADD:
        raise FunctionError(f"the interval is one of {', '.join(_ADD)}, in quotes")
    return interval


@function("DateAdd(interval, value, dateTime)")
def date_add(arguments: Sequence[Argument]) -> Evaluator:
    """Return the date so many intervals later; a negative number goes back."""
    add = _ADD[_interval(arguments[0])]
    value, moment = arguments[1].evaluate, arguments[2].evaluate

    def run(attributes: Attributes) -> str | None:
        number, text = scalar(value(attributes), "DateAdd"), scalar(moment(attributes), "DateAdd")
        if number is None or text is None:
            return None
        try:
            return as_text(add(as_date(text, "DateAdd"), whole_number(number, "DateAdd")))
        except OverflowError:
            raise EvaluationError(f"DateAdd: {number[:20]} from {text} is no date") from None

    return run


@function("DateDiff(interval, date1, date2)")
def date_diff(arguments: Sequence[Argument]) -> Evaluator:
    """Return how many intervals date2 is later than date1."""
    difference = _DIFFERENCE[_interval(arguments[0])]
    start, end = arguments[1].evaluate, arguments[2].evaluate

    def run(attributes: Attributes) -> str | None:
        texts = scalar(start(attributes), "DateDiff"), scalar(end(attributes), "DateDiff")
        if texts[0] is None or texts[1] is None:
            return None
        return str(difference(as_date(texts[0], "DateDiff"), as_date(texts[1], "DateDiff")))

    return run
