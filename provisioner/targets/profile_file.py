"""The shape of a profile: TOML tables to a `Profile`, with a message for each thing that is wrong.

The same tables are read from the files beside this module and from `[target.quirks]` of a job.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, fields, validate, validates_schema

from provisioner.job.fields import (
    REQUIRED,
    Names,
    Number,
    Table,
    flatten,
    one_of,
    switch,
    text,
)
from provisioner.targets.profile import (
    ConflictProfile,
    KindProfile,
    MembersProfile,
    PageProfile,
    Profile,
    RateLimit,
    RateProfile,
)

_HEADER: Final = validate.Regexp(r"[\x20-\x7e]+\Z", error="must be printable ASCII, for a header")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Statuses(fields.Field[tuple[int, ...]]):
    """A list of HTTP statuses that refuse."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[int, ...]:
        if not isinstance(value, list) or not value or not all(map(_refuses, value)):
            raise ValidationError("must be a list of statuses from 400 to 599, such as [409]")
        return tuple(value)


def _refuses(status: object) -> bool:
    return isinstance(status, int) and not isinstance(status, bool) and 400 <= status <= 599


class OtherNames(fields.Field[tuple[tuple[str, str], ...]]):
    """A table of paths, each with the name that a filter has for it."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, Mapping) or not all(map(_is_name, value.values())):
            raise ValidationError('must be a table of path = "attribute", as filters name it')
        return tuple(value.items())


def _is_name(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[A-Za-z][\w.:$-]*", name) is not None


class KindTable(Table):
    """What `[users]` and `[groups]` have in common."""

    create = switch()
    update = text(one_of("patch", "put", "none"))
    paths = text(one_of("full", "plain", "none"))
    max_operations = Number(whole=True)
    required = Names()
    immutable = Names()
    strip = Names()
    single_value = Names()
    primary = Names()
    filter = switch()
    filter_by = Names()
    filter_names = OtherNames()
    compare = text(one_of("schema", "exact", "ignore case", "trust"))
    unfilterable = text()


class UsersTable(KindTable):
    """``[users]``."""

    deactivate = text(one_of("patch", "pathless", "put", "delete"))
    deactivated = text(one_of("inactive", "gone"))


class GroupsTable(KindTable):
    """``[groups]``."""

    offered = switch()


class MembersTable(Table):
    """``[members]``."""

    style = text(one_of("filter", "list", "put"))
    chunk = Number(whole=True)
    readable = switch()

    @validates_schema
    def read_to_put(self, data: Mapping[str, object], **_: Any) -> None:
        """Refuse to replace a list that cannot be read."""
        if data.get("style") == "put" and data.get("readable") is False:
            raise ValidationError(
                'style: "put" replaces the whole list, which readable = false says nobody can read'
            )


class PageTable(Table):
    """``[page]``."""

    mode = text(one_of("index", "cursor"))
    size = Number(whole=True)


class LimitTable(Table):
    """``[[rate.limits]]``."""

    requests = Number(whole=True)
    seconds = Number()
    burst = Number(whole=True)
    methods = Names()
    path = text(validate.Regexp(r"/[\w/]+\Z", error="must be an endpoint such as /Users"))

    @validates_schema
    def whole_limit(self, data: Mapping[str, Any], **_: Any) -> None:
        """Ask for the number, and for methods that there are."""
        if "requests" not in data:
            raise ValidationError({"requests": [REQUIRED["required"]]})
        wrong = [each for each in data.get("methods", ()) if each not in _METHODS]
        if wrong:
            raise ValidationError(
                {"methods": [f"must be among {', '.join(_METHODS)}; has {wrong[0]!r}"]}
            )


class LimitsField(fields.Field[tuple[RateLimit, ...]]):
    """All `[[rate.limits]]`."""

    def _deserialize(self, value: object, *_: object, **__: object) -> tuple[RateLimit, ...]:
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            raise ValidationError("must be tables, each with its own heading in double brackets")
        found, wrong = [], {}
        for number, table in enumerate(value, 1):
            try:
                found.append(RateLimit(**LimitTable().load(table)))
            except ValidationError as error:
                wrong[f"limit {number}"] = error.messages
        if wrong:
            raise ValidationError(wrong)
        return tuple(found)


class RateTable(Table):
    """``[rate]``."""

    share = Number(most=1)
    limits = LimitsField()


class ConflictTable(Table):
    """``[conflict]``."""

    statuses = Statuses()
    look_up = Names()


class ProfileTable(Table):
    """A whole profile, or the part of one that a job has under ``[target.quirks]``."""

    discovery = switch()
    user_agent = text(_HEADER)
    accept = text(_HEADER)
    content_type = text(_HEADER)
    settle_seconds = Number(most=600)
    users = fields.Nested(UsersTable)
    groups = fields.Nested(GroupsTable)
    members = fields.Nested(MembersTable)
    page = fields.Nested(PageTable)
    rate = fields.Nested(RateTable)
    conflict = fields.Nested(ConflictTable)


_PARTS: Final[Mapping[str, Any]] = {
    "users": KindProfile,
    "groups": KindProfile,
    "members": MembersProfile,
    "page": PageProfile,
    "rate": RateProfile,
    "conflict": ConflictProfile,
}


def read_profile(document: Mapping[str, Any]) -> dict[str, Any]:
    """Check the tables of a profile.

    :raises ValueError: with one ``key: problem`` line for each thing that is wrong.
    """
    try:
        loaded: dict[str, Any] = ProfileTable().load(document)
    except ValidationError as error:
        raise ValueError("\n".join(flatten(error.messages))) from None
    return loaded


def build_profile(tables: Mapping[str, Any], quirks: Mapping[str, Any]) -> Profile:
    """Build a profile out of checked tables; each key of `quirks` replaces that of the profile."""
    keys = {**tables, **quirks}
    for name, part in _PARTS.items():
        keys[name] = part(**{**tables.get(name, {}), **quirks.get(name, {})})
    return Profile(**keys)
