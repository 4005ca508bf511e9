"""The kinds of values that a job file has: each says of a wrong one what was expected."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, get_args
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from provisioner.job.durations import seconds
from provisioner.job.settings import Apply, Clause, Limit, MappingRow, ScopingFilter
from provisioner.nearest import did_you_mean

Messages = dict[str, str | list[Any] | dict[Any, Any]]

REQUIRED: Messages = {"required": "is missing", "null": "must not be empty"}
ROW_KEYS = ("from", "apply", "default")
APPLY: Final[tuple[Apply, ...]] = get_args(Apply)


class Table(Schema):
    """A table of the file, in which every key must be a known one."""

    error_messages = {"type": "must be a table"}  # noqa: RUF012 - marshmallow's own declaration

    class Meta:
        """Unknown keys are dropped by marshmallow, then refused below with the nearest one."""

        unknown = EXCLUDE

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def refuse_unknown_keys(self, data: object, original: object, **_: Any) -> None:
        """Name each key that the table does not have, and the nearest that it has."""
        if not isinstance(original, Mapping):
            return
        known = [field.data_key or name for name, field in self.fields.items()]
        wrong = {
            key: [f"is not a known key{did_you_mean(key, known)}"]
            for key in original
            if key not in known
        }
        if wrong:
            raise ValidationError(wrong)


def text(
    *checks: validate.Validator, required: bool = False, key: str | None = None
) -> fields.String:
    """Return a field for text that is not empty; `key` is its name in the file, if another."""
    filled = validate.Length(min=1, error="must not be empty")
    plain = validate.ContainsNoneOf("\0", error="must not have a zero byte")
    messages: Messages = {**REQUIRED, "invalid": "must be text in quotes"}
    return fields.String(
        required=required, data_key=key, validate=[filled, plain, *checks], error_messages=messages
    )


def one_of(*choices: str) -> validate.OneOf:
    """Return a check for one of a few words."""
    return validate.OneOf(choices, error=f"must be one of {', '.join(choices)}; is '{{input}}'")


def switch() -> fields.Boolean:
    """Return a field for TOML's own true and false."""
    messages: Messages = {"invalid": "must be true or false, without quotes"}
    return fields.Boolean(truthy={True}, falsy={False}, error_messages=messages)


class Names(fields.Field[tuple[str, ...]]):
    """A list of texts."""

    default_error_messages = {  # noqa: RUF012 - marshmallow's own declaration
        **REQUIRED,
        "invalid": 'must be a list of texts, such as ["a", "b"]',
    }

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.make_error("invalid")
        if self.required and not value:
            raise self.make_error("null")
        return tuple(value)


class Number(fields.Field[float]):
    """A number above zero; TOML's own, never text."""

    def __init__(self, *, whole: bool = False, most: float = float("inf")) -> None:
        super().__init__()
        self.whole = whole
        self.most = most

    def _deserialize(self, value: object, *_: object, **__: object) -> float:
        kinds = (int,) if self.whole else (int, float)
        if (
            isinstance(value, bool)
            or not isinstance(value, kinds)
            or not 0 < value <= self.most
            or math.isinf(value)
        ):
            bound = "" if self.most == float("inf") else f" and at most {self.most:g}"
            noun = "a whole number" if self.whole else "a number"
            raise ValidationError(f"must be {noun} above 0{bound}; is {value!r}")
        return value


class FilterTable(Table):
    """``[[scope.user_filters]]``."""

    title = text()
    clauses = fields.List(
        fields.Raw(),
        required=True,
        validate=validate.Length(min=1, error="must not be empty"),
        error_messages={**REQUIRED, "invalid": "must be a list of clauses"},
    )


class LimitField(fields.Field[Limit]):
    """A count (20), a percentage ("5%"), or a table of `count`, `percent` and `minimum`."""

    def _deserialize(self, value: object, *_: object, **__: object) -> Limit:
        if isinstance(value, Mapping):
            return self._table(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return Limit(count=value)
        if (share := percentage(value)) is not None:
            return Limit(percent=share)
        raise ValidationError(f'must be a count such as 20 or a share such as "5%"; is {value!r}')

    def _table(self, given: Mapping[str, object]) -> Limit:
        loaded: dict[str, Any] = LimitTable().load(given)
        if not loaded.keys() & {"count", "percent"}:
            raise ValidationError("needs a count, a percent, or both")
        return Limit(**loaded)


class LimitTable(Table):
    """The long form of a limit."""

    count = fields.Integer(strict=True, validate=validate.Range(0, error="must be 0 or more"))
    percent = fields.Float(validate=validate.Range(0, 100, error="must be from 0 to 100"))
    minimum = fields.Integer(strict=True, validate=validate.Range(0, error="must be 0 or more"))


def percentage(value: object) -> float | None:
    """Read a share such as "5%"; None if it is none."""
    share = (
        re.fullmatch(r"(\d{1,3}(?:\.\d+)?)\s*%", value.strip()) if isinstance(value, str) else None
    )
    return float(share[1]) if share and float(share[1]) <= 100 else None


class Share(fields.Field[float]):
    """A percentage alone."""

    def _deserialize(self, value: object, *_: object, **__: object) -> float:
        if (share := percentage(value)) is None:
            raise ValidationError(f'must be a share such as "40%"; is {value!r}')
        return share


class Duration(fields.Field[float]):
    """A time such as 30s, 40m, 6h or 2d, in seconds."""

    def _deserialize(self, value: object, *_: object, **__: object) -> float:
        return self.seconds(value)

    @staticmethod
    def seconds(value: object) -> float:
        """Read one time."""
        if not isinstance(value, str):
            raise ValidationError(f'must be a time in quotes, such as "6h" or "2d"; is {value!r}')
        try:
            return seconds(value)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Moment(fields.Field[float]):
    """A day, or a day with a time: TOML's own or in quotes; in UTC where it says nothing else."""

    def _deserialize(self, value: object, *_: object, **__: object) -> float:
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else value
        except ValueError:
            found = None
        if isinstance(found, date) and not isinstance(found, datetime):
            found = datetime(found.year, found.month, found.day)
        if not isinstance(found, datetime):
            raise ValidationError(f"must be a date such as 2027-01-31; is {value!r}")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


class Durations(fields.Field[tuple[float, ...]]):
    """Several times, each longer than the one before it."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[float, ...]:
        if not isinstance(value, list) or not value:
            raise ValidationError('must be a list of times, such as ["6h", "12h", "1d"]')
        found = tuple(Duration().seconds(each) for each in value)
        if list(found) != sorted(set(found)):
            raise ValidationError("each time must be longer than the one before it")
        return found


class FiltersField(fields.Field[tuple[ScopingFilter, ...]]):
    """Scoping filters as Entra ID has them: `[[scope.user_filters]]` with `clauses`."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[ScopingFilter, ...]:
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise ValidationError("must be tables, each with its own heading in double brackets")
        found, wrong = [], {}
        for number, table in enumerate(value, 1):
            try:
                found.append(scoping_filter(table))
            except ValidationError as error:
                wrong[f"filter {number}"] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return tuple(found)


def scoping_filter(table: Mapping[str, Any]) -> ScopingFilter:
    """Read one filter: its clauses are lists such as ["state", "EQUALS", "New York"]."""
    loaded: dict[str, Any] = FilterTable().load(table)
    return ScopingFilter(tuple(map(_clause, loaded["clauses"])), loaded.get("title", ""))


def _clause(given: object) -> Clause:
    if not isinstance(given, list) or not 2 <= len(given) <= 3:
        raise ValidationError(
            'clauses: must be lists such as ["state", "EQUALS", "New York"] or ["title", "IS NULL"]'
        )
    if not all(isinstance(each, str | int) and not isinstance(each, bool) for each in given):
        raise ValidationError("clauses: attribute, operator and value must be texts")
    return Clause(*map(str, given))


class MapField(fields.Field[tuple[MappingRow, ...]]):
    """A `map` table: target path = expression, or the long form with `from`."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[MappingRow, ...]:
        if not isinstance(value, Mapping):
            raise ValidationError('must be a table of target = "expression"')
        rows, wrong = [], {}
        for target, given in value.items():
            try:
                rows.append(mapping_row(target, given))
            except ValidationError as error:
                wrong[target] = error.messages
        if wrong:
            raise ValidationError(wrong, valid_data=list(rows))
        if not rows:
            raise ValidationError("maps nothing; add at least one row")
        return tuple(rows)


def mapping_row(target: str, given: object) -> MappingRow:
    """Read one row of a `map` table, in its short or its long form."""
    if isinstance(given, Mapping):
        return long_row(target, given)
    return MappingRow(target, expression_text(given))


def expression_text(given: object) -> str:
    """Return the text of an expression; TOML's own booleans and integers are constants."""
    if isinstance(given, bool | int):
        return f'"{given}"'
    if isinstance(given, str) and given.strip():
        return given
    raise ValidationError('must be an expression in quotes, such as "[attribute]"')


def long_row(target: str, given: Mapping[str, object]) -> MappingRow:
    """Read the form with `from`, or tell what the writer probably meant.

    An unquoted ``manager.value = ...`` is a table in TOML, so a table without `from` is a slip.
    """
    if "from" not in given:
        inner = next((key for key in given if key not in ROW_KEYS), None)
        hint = f'; did you mean the quoted key "{target}.{inner}"?' if inner else ""
        raise ValidationError(f"is a table without `from`{hint}")
    wrong: dict[str, list[str]] = {}
    for key in given:
        if key not in ROW_KEYS:
            wrong[key] = [
                f"is not a key of a long-form row{did_you_mean(key, ROW_KEYS)} (what follows the "
                f"heading of {target} belongs to {target}: put other rows above the heading)"
            ]
    apply, default = given.get("apply", "always"), given.get("default")
    if apply not in APPLY:
        wrong["apply"] = [f"must be one of {', '.join(APPLY)}; is {apply!r}"]
    if isinstance(default, bool | int):
        default = str(default)
    if not isinstance(default, str | None):
        wrong["default"] = ["must be text in quotes"]
    try:
        source = expression_text(given["from"])
    except ValidationError as error:
        wrong["from"] = list(error.messages)
    if wrong:
        raise ValidationError(wrong)
    when = next(each for each in APPLY if each == apply)
    return MappingRow(target, source, when, default if isinstance(default, str) else None)


_NO_URL: Final = "must be a URL such as https://app.example/scim/v2"
_URL_TEXT: Final = re.compile(r"""[^\s\x00-\x1f\x7f<>"\\^`{|}]+""")


def check_url(url: str) -> None:
    """Refuse what is not the base URL of a SCIM endpoint, and one that carries a secret."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, a port beyond 65535
        raise ValidationError(_NO_URL) from None
    if parts.username or parts.password:
        raise ValidationError("must not carry a user or password; name a variable in token_env")
    if parts.scheme not in ("http", "https") or not is_whole or not _URL_TEXT.fullmatch(url):
        raise ValidationError(_NO_URL)
    if parts.query or parts.fragment:
        raise ValidationError("must end with the path; leave out what follows '?' or '#'")


def check_codec(encoding: str) -> None:
    """Refuse an encoding that Python does not know."""
    try:
        "".encode(encoding)
    except LookupError:
        raise ValidationError(f"{encoding!r} is not a known encoding; try utf-8") from None


VARIABLE = validate.Regexp(
    r"[A-Za-z_][A-Za-z0-9_]*\Z",
    error="must be the name of an environment variable, never the token itself",
)
FILE_NAME = validate.Regexp(
    r"[\w][\w .-]*\Z", error="must be made of letters, digits, spaces, '.', '-' and '_'"
)
ONE_CHARACTER = validate.Length(equal=1, error="must be one character")


def flatten(messages: object, key: str = "") -> Iterator[str]:
    """Turn marshmallow's nested messages into lines."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from flatten(inner, key if name == "_schema" else dotted(key, str(name)))
    elif isinstance(messages, list):
        for message in messages:
            yield from flatten(message, key)
    else:
        yield f"{key}: {messages}" if key else str(messages)


def dotted(key: str, name: str) -> str:
    """Return the key of `name` inside `key`, quoted where TOML wants quotes."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        name = f"'{name}'" if '"' in name else f'"{name}"'
    return f"{key}.{name}" if key else name
