"""The parts of a job, as plain values: what `job_file` reads and everything else obeys."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from provisioner.small_file import read_small

Apply = Literal["always", "on create", "if empty", "add only"]
Leavers = Literal["disable", "delete", "keep"]
Members = Literal["additive", "exact"]
Nested = Literal["keep", "flatten"]
OnGuard = Literal["hold", "refuse"]

_TOKEN: Final = 64 * 1024  # bytes of a file that holds one


class JobError(Exception):
    """The job cannot be used; `problems` holds one line for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """Where the SCIM endpoint is, and how it wants to be spoken to.

    `schemas`: files with schemas that it has beyond RFC 7643. `moved_from`: its former address.
    `quirks`: what the job knows better than the profile, in the profile's own tables.
    `token_expires`: when the token is of no use any more, in epoch seconds.
    """

    url: str
    token_env: str | None = None
    profile: str = "generic"
    requests_per_second: float | None = None
    concurrency: int = 8
    timeout_seconds: float = 30.0
    token_file: Path | None = None
    schemas: tuple[Path, ...] = ()
    moved_from: str | None = None
    quirks: Mapping[str, Any] | None = None
    token_expires: float | None = None

    def token(self) -> str:
        """Read the bearer token from the variable or the file that the job names.

        :raises JobError: if there is none.
        """
        if self.token_file is not None:
            return _fit(self._token_from(self.token_file), "target.token_file")
        token = os.environ.get(self.token_env or "", "").strip()
        if not token:
            raise JobError(
                [
                    f"target.token_env: the environment variable {self.token_env} is not set; "
                    "put the target's bearer token into it"
                ]
            )
        return _fit(token, "target.token_env")

    @staticmethod
    def _token_from(file: Path) -> str:
        try:
            token = read_small(file, _TOKEN).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise JobError([f"target.token_file: {file} cannot be read: {reason}"]) from None
        if not token:
            raise JobError([f"target.token_file: {file} is empty; put the bearer token into it"])
        return token


def _fit(token: str, key: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise JobError(
            [
                f"{key}: what it names is no bearer token: it has spaces, line breaks, or other "
                "characters that an HTTP header cannot carry"
            ]
        )
    return token


@dataclass(frozen=True, slots=True)
class Clause:
    """``attribute operator value``; IS NULL and the other unary operators have no value."""

    attribute: str
    operator: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.attribute} {self.operator} {self.value}".rstrip()


@dataclass(frozen=True, slots=True)
class ScopingFilter:
    """Clauses that must all hold; `title` is for people."""

    clauses: tuple[Clause, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class ScopeSettings:
    """Who is provisioned: filters over source records, and the people who are assigned.

    `assigned` are anchors, `users_in_groups` the names of groups whose members are assigned too.
    """

    users: str | None = None
    groups: str | None = None
    user_filters: tuple[ScopingFilter, ...] = ()
    group_filters: tuple[ScopingFilter, ...] = ()
    assigned: tuple[str, ...] = ()
    users_in_groups: tuple[str, ...] = ()
    nested_groups: bool = True


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One target attribute and the expression that yields its value."""

    target: str
    expression: str
    apply: Apply = "always"
    default: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectRules:
    """How one kind of object is matched (first hit wins) and mapped.

    `nested`: whether groups in groups are written so, or as the people who are in them.
    """

    match: tuple[str, ...]
    map: tuple[MappingRow, ...]
    nested: Nested = "keep"


@dataclass(frozen=True, slots=True)
class Limit:
    """A brake as a count, as a percentage of a base, or as both: then either trips it.

    `minimum`: of a smaller base no percentage is taken.
    """

    count: int | None = None
    percent: float | None = None
    minimum: int = 0

    def exceeded(self, number: int, base: int) -> bool:
        """Tell whether `number` out of `base` objects is more than the limit allows."""
        if self.count is not None and number > self.count:
            return True
        if self.percent is None or base < self.minimum:
            return False
        return number * 100 > self.percent * base

    def __str__(self) -> str:
        parts = [] if self.count is None else [str(self.count)]
        parts += [] if self.percent is None else [f"{self.percent:g}%"]
        return " or ".join(parts)


@dataclass(frozen=True, slots=True)
class Guards:
    """Brakes for single kinds of loss, beside `max_leavers`; None: only that one counts.

    `users_deactivated` are those whom the directory has blocked, by what the mapping makes of it.
    The minimum of `members_removed_per_group` is the size of the group.
    """

    users_disabled: Limit | None = None
    users_deactivated: Limit | None = None
    users_deleted: Limit | None = None
    groups_deleted: Limit | None = None
    members_removed: Limit | None = Limit(percent=25, minimum=200)
    members_removed_per_group: Limit | None = Limit(percent=75, minimum=20)


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens to leavers, and the brakes that come before the first write.

    `min_source_ratio`: a read smaller than this share of the last good one may add, not disable.
    `on_guard`: whether a tripped guard holds back what takes away, or refuses the whole plan.
    `protected`: anchors and names of those who never lose anything, or a filter over what was
    written. `delete_after`: seconds until the account of a leaver is deleted, once disabled.
    `retry_for`: seconds in which an object that fails is tried again.
    `members`: whether accounts of ours that somebody else has put into a group stay there.
    `stalled_after`: a run in which no object is finished for so many seconds is ended.
    """

    leavers: Leavers = "disable"
    members: Members = "additive"
    max_leavers: Limit = Limit(count=20)
    min_source_ratio: float = 0.5
    guards: Guards = Guards()
    on_guard: OnGuard = "hold"
    protected: str | tuple[str, ...] = ()
    delete_after: float | None = None
    retry_for: float = 2_419_200.0
    stalled_after: float = 1800.0


Encryption = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class MailSettings:
    """A mail server, and whom to write to; the password is in the variable that is named."""

    server: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    encryption: Encryption = "starttls"
    user: str | None = None
    password_env: str | None = None


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Who is told what: a URL in the variable that is named, a command, a mail.

    `events` empty: all of them. `heartbeat`: seconds without a good cycle until that is one.
    `token_notice`: seconds before the target's token expires that it is told of.
    """

    events: tuple[str, ...] = ()
    heartbeat: float = 86_400.0
    token_notice: float = 1_209_600.0
    webhook_env: str | None = None
    command: tuple[str, ...] = ()
    mail: MailSettings | None = None
