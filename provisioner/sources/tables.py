"""``[source]`` in the job file: which keys it has depends on its kind."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, validate, validates_schema

from provisioner.job.fields import (
    REQUIRED,
    VARIABLE,
    Names,
    Number,
    Table,
    check_codec,
    check_url,
    switch,
    text,
)
from provisioner.nearest import did_you_mean

ONE_CHARACTER: Final = validate.Length(equal=1, error="must be one character")


class SourceTable(Table):
    """The keys of every source."""

    kind = text(required=True)
    anchor = text()


class FileTable(SourceTable):
    """A file for the people, and one for the groups."""

    users = text(required=True)
    groups = text()


class CsvTable(FileTable):
    """``kind = "csv"``."""

    encoding = fields.String(validate=check_codec, error_messages={"invalid": "must be text"})
    delimiter = text(ONE_CHARACTER)
    list_columns = Names()
    list_separator = text()


class LdifTable(FileTable):
    """``kind = "ldif"``."""

    user_classes = Names()
    group_classes = Names()
    references = Names()


class SqlTable(SourceTable):
    """``kind = "sql"``."""

    url = text()
    url_env = text(VARIABLE)
    users = text(required=True)
    groups = text()
    members = text()
    list_columns = Names()
    list_separator = text()

    @validates_schema
    def one_address(self, data: Mapping[str, object], **_: Any) -> None:
        """Ask for exactly one place to read the address from, and keep passwords out of it."""
        if ("url" in data) == ("url_env" in data):
            raise ValidationError(
                "needs either url_env (the name of an environment variable that holds the "
                "database's URL) or url, for one without a password"
            )
        if "@" in str(data.get("url", "")).partition("?")[0]:
            raise ValidationError(
                "must not carry a user or password; name a variable in url_env", "url"
            )


class ScimTable(SourceTable):
    """``kind = "scim"``."""

    url = fields.String(
        required=True, validate=check_url, error_messages={**REQUIRED, "invalid": "must be text"}
    )
    token_env = text(VARIABLE, required=True)
    groups = switch()
    page_size = Number(whole=True, most=10_000)
    timeout_seconds = Number(most=3600)


TABLES: Final[Mapping[str, type[SourceTable]]] = {
    "csv": CsvTable,
    "jsonl": FileTable,
    "ldif": LdifTable,
    "sql": SqlTable,
    "scim": ScimTable,
}


class SourceField(fields.Field[dict[str, Any]]):
    """A `[source]` table: its `kind` decides which other keys there are."""

    def _deserialize(self, value: object, *_: object, **__: object) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError("must be a table")
        kind = value.get("kind")
        if not isinstance(kind, str) or not kind:
            wrong = "must be text in quotes" if kind else "is missing"
            raise ValidationError({"kind": [wrong]})
        if kind not in TABLES:
            near = did_you_mean(kind, TABLES)
            raise ValidationError({"kind": [f"there is no source of kind {kind!r}{near}"]})
        loaded: dict[str, Any] = TABLES[kind]().load(value)
        return loaded
