"""The parts of a job, as plain values: what `job_file` reads and everything else obeys."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Apply = Literal["always", "on create"]
Leavers = Literal["disable", "delete", "keep"]


class JobError(Exception):
    """The job cannot be used; `problems` holds one line for each thing to mend."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class TargetSettings:
    """Where the SCIM endpoint is, and how it wants to be spoken to.

    `schemas`: files with schemas that it has beyond RFC 7643. `moved_from`: its former address.
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

    def token(self) -> str:
        """Read the bearer token from the variable or the file that the job names.

        :raises JobError: if there is none.
        """
        if self.token_file is not None:
            return self._token_from(self.token_file)
        token = os.environ.get(self.token_env or "", "").strip()
        if not token:
            raise JobError(
                [
                    f"target.token_env: the environment variable {self.token_env} is not set; "
                    "put the target's bearer token into it"
                ]
            )
        return token

    @staticmethod
    def _token_from(file: Path) -> str:
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise JobError([f"target.token_file: {file} cannot be read: {reason}"]) from None
        if not token:
            raise JobError([f"target.token_file: {file} is empty; put the bearer token into it"])
        return token


@dataclass(frozen=True, slots=True)
class ScopeSettings:
    """Who is provisioned: filters over source records, and groups whose members are meant."""

    users: str | None = None
    groups: str | None = None
    users_in_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One target attribute and the expression that yields its value."""

    target: str
    expression: str
    apply: Apply = "always"
    default: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectRules:
    """How one kind of object is matched (first hit wins) and mapped."""

    match: tuple[str, ...]
    map: tuple[MappingRow, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A brake as a count or as a percentage of a base."""

    count: int | None = None
    percent: float | None = None

    def exceeded(self, number: int, base: int) -> bool:
        """Tell whether `number` out of `base` objects is more than the limit allows."""
        if self.count is not None:
            return number > self.count
        return self.percent is not None and number * 100 > self.percent * base

    def __str__(self) -> str:
        return str(self.count) if self.percent is None else f"{self.percent:g}%"


@dataclass(frozen=True, slots=True)
class Policy:
    """What happens to leavers, and the brakes that come before the first write.

    `min_source_ratio`: a read smaller than this share of the last good one may add, not disable.
    """

    leavers: Leavers = "disable"
    max_leavers: Limit = Limit(count=20)
    min_source_ratio: float = 0.5
