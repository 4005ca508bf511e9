"""The tables of a job file that hold it back and speak up: guards, quarantine, alerts."""

from dataclasses import replace
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, validate

from provisioner.job.fields import (
    REQUIRED,
    VARIABLE,
    Duration,
    Durations,
    LimitField,
    Names,
    Number,
    Share,
    Table,
    one_of,
    text,
)
from provisioner.job.settings import AlertSettings, Guards, MailSettings
from provisioner.watching.quarantine import PRESETS, Figures

EVENTS: Final = (
    *("quarantine", "credentials", "expiring token", "guard", "read", "heartbeat"),
    "lying target",
)


class GuardsTable(Table):
    """``[policy.guards]``."""

    users_disabled = LimitField()
    users_deactivated = LimitField()
    users_deleted = LimitField()
    groups_deleted = LimitField()
    members_removed = LimitField()
    members_removed_per_group = LimitField()

    @post_load
    def made(self, data: dict[str, Any], **_: Any) -> Guards:
        """Return what the table says, and the defaults for the rest."""
        return Guards(**data)


class Protected(fields.Field[str | tuple[str, ...]]):
    """Anchors and names, or a filter."""

    def _deserialize(self, value: object, *_: object, **__: object) -> str | tuple[str, ...]:
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        raise ValidationError(
            "must be a list of anchors and names, or a filter such as 'userName sw \"svc-\"'"
        )


class QuarantineTable(Table):
    """``[quarantine]``."""

    preset = text(one_of(*PRESETS))
    min_failures = Number(whole=True)
    max_failure_share = Share()
    max_failures = Number(whole=True)
    max_failures_with_references = Number(whole=True)
    retry_after = Durations()
    give_up_after = Duration()

    @post_load
    def made(self, data: dict[str, Any], **_: Any) -> Figures:
        """Return the figures of the preset, but for what the table says otherwise."""
        return replace(PRESETS[data.pop("preset", "small")], **data)


class MailTable(Table):
    """``[alerts.mail]``."""

    server = text(required=True)
    port = Number(whole=True, most=65535)
    sender = text(required=True, key="from")
    to = Names(required=True, error_messages=REQUIRED)
    encryption = text(one_of("starttls", "tls", "none"))
    user = text()
    password_env = text(VARIABLE)

    @post_load
    def made(self, data: dict[str, Any], **_: Any) -> MailSettings:
        """Return what the table says, and the defaults for the rest."""
        return MailSettings(**data)


class AlertsTable(Table):
    """``[alerts]``."""

    events = Names(
        validate=lambda names: [one_of(*EVENTS)(name) for name in names] and None,
    )
    heartbeat = Duration()
    token_notice = Duration()
    webhook_env = text(VARIABLE)
    command = Names(validate=validate.Length(min=1, error="must not be empty"))
    mail = fields.Nested(MailTable)

    @post_load
    def made(self, data: dict[str, Any], **_: Any) -> AlertSettings:
        """Return what the table says, and the defaults for the rest."""
        return AlertSettings(**data)
