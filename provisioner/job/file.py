"""The shape of a job file: TOML text to settings, with a message for each thing that is wrong.

Only the file's own shape is judged here; what its expressions, filters and target paths mean is
judged by `job_checks`.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from provisioner.job.brake_fields import AlertsTable, GuardsTable, Protected, QuarantineTable
from provisioner.job.fields import (
    FILE_NAME,
    REQUIRED,
    VARIABLE,
    Duration,
    FiltersField,
    LimitField,
    MapField,
    Moment,
    Names,
    Number,
    Table,
    check_url,
    flatten,
    one_of,
    switch,
    text,
)
from provisioner.job.settings import JobError
from provisioner.small_file import read_small
from provisioner.sources.tables import SourceField
from provisioner.targets.profile_file import ProfileTable


class TargetTable(Table):
    """``[target]``."""

    url = fields.String(
        required=True, validate=check_url, error_messages={**REQUIRED, "invalid": "must be text"}
    )
    moved_from = fields.String(validate=check_url, error_messages={"invalid": "must be text"})
    token_env = text(VARIABLE)
    token_file = text()
    token_expires = Moment()
    profile = text()
    schemas = Names()
    requests_per_second = Number()
    concurrency = Number(whole=True, most=64)
    timeout_seconds = Number(most=3600)
    quirks = fields.Nested(ProfileTable)

    @validates_schema
    def one_token(self, data: Mapping[str, object], **_: Any) -> None:
        """Ask for exactly one place to read the token from."""
        if ("token_env" in data) == ("token_file" in data):
            raise ValidationError(
                "needs either token_env (the name of an environment variable that holds the "
                "bearer token) or token_file"
            )


class ScopeTable(Table):
    """``[scope]``."""

    users = text()
    groups = text()
    user_filters = FiltersField()
    group_filters = FiltersField()
    assigned = Names()
    users_in_groups = Names()
    nested_groups = switch()


class RulesTable(Table):
    """``[users]`` and ``[groups]``."""

    match = Names(required=True)
    map = MapField(required=True, error_messages=REQUIRED)


class GroupRulesTable(RulesTable):
    """``[groups]``."""

    nested = text(one_of("keep", "flatten"))


class PolicyTable(Table):
    """``[policy]``."""

    leavers = text(one_of("disable", "delete", "keep"))
    members = text(one_of("additive", "exact"))
    max_leavers = LimitField()
    min_source_ratio = Number(most=1)
    guards = fields.Nested(GuardsTable)
    on_guard = text(one_of("hold", "refuse"))
    protected = Protected()
    delete_after = Duration()
    retry_for = Duration()
    stalled_after = Duration()

    @validates_schema
    def grace_after_disabling(self, data: Mapping[str, object], **_: Any) -> None:
        """Refuse a grace where nobody is disabled first."""
        if "delete_after" in data and data.get("leavers", "disable") != "disable":
            raise ValidationError({"delete_after": ['needs leavers = "disable"']})


class JobTable(Table):
    """The whole file."""

    version = fields.Raw(
        required=True,
        validate=validate.Equal(1, error="must be 1, the only version there is"),
        error_messages={"required": "is missing; write version = 1"},
    )
    name = text(FILE_NAME, required=True)
    state = text()
    source = SourceField(required=True, error_messages=REQUIRED)
    target = fields.Nested(TargetTable, required=True, error_messages=REQUIRED)
    scope = fields.Nested(ScopeTable)
    users = fields.Nested(RulesTable, required=True, error_messages=REQUIRED)
    groups = fields.Nested(GroupRulesTable)
    policy = fields.Nested(PolicyTable)
    quarantine = fields.Nested(QuarantineTable)
    alerts = fields.Nested(AlertsTable)


def read_document(path: Path) -> dict[str, Any]:
    """Read the TOML text of `path`.

    :raises JobError: if there is no such file or it is not TOML.
    """
    try:
        return tomllib.loads(_text(read_small(path)))
    except OSError as error:
        raise JobError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise JobError(
            [f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8"]
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise JobError([f"{path.name}: is not valid TOML: {error}"]) from None
    except RecursionError:
        raise JobError([f"{path.name}: has lists or tables that are nested too deeply"]) from None


def _text(found: bytes) -> str:
    # TOML ends a line with either; what an editor of Windows wrote is read the same.
    return found.decode("utf-8-sig").replace("\r\n", "\n")


def parse_document(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return what is well formed in `document`, and a ``key: problem`` line for the rest.

    With problems, any key of the file may be missing from what is returned.
    """
    try:
        loaded: dict[str, Any] = JobTable().load(document)
        return loaded, []
    except ValidationError as error:
        return dict(error.valid_data or {}), list(flatten(error.messages))
