"""What a job remembers between cycles: the values that every kind of state keeps.

links       which target resource stands for which source object, and what was last written to it
edges       the references that the source wants: written, perhaps written, or not yet
records     what the source said of an object when there was nothing more to do about it
keys        the values to match by of those objects
reads       the last read of the source after which nothing was left to do
failures    what did not go through, why, and when it is tried again
intents     what was about to be sent, written down before it was
cycles      each run with its counts
events      the provisioning log
health      the quarantine, the incidents that are open, what was learned of the target
leaving     since when the accounts of leavers have been disabled
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import orjson

from provisioner.record import Kind

Owner = Literal["created", "adopted"]


class Fate(IntEnum):
    """How an object stood when it was last evaluated; all but OPEN are left in peace until then."""

    OPEN = 0  # Something is left to do or to look at.
    WRITTEN = 1  # It has its account, which is as the source wants it.
    BLOCKED = 2  # It is in scope, blocked in the directory, and has no account.
    OUTSIDE = 3  # It is out of scope and has no account.
    LEFT = 4  # It is out of scope or gone, and its account is as the policy wants it.


class EdgeStatus(IntEnum):
    """How far a reference is; up to PERHAPS the target has it, or may have it."""

    WRITTEN = 0
    PERHAPS = 1  # The answer was lost.
    PENDING = 2  # It is wanted, and the one referred to has no account.
    DUE = 3  # It is wanted, and the one referred to has got an account since.


class StateError(Exception):
    """The state cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Link:
    """A source object and the target resource that stands for it, found by nothing but its id."""

    kind: Kind
    anchor: str
    target_id: str
    name: str
    owner: Owner
    active: bool
    digest: str

    @property
    def fingerprint(self) -> str:
        """What a plan notes, to be told later whether the link is still the same."""
        return f"{self.target_id}@{self.digest}"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an object is not as the source wants it, and when it is tried again (epoch seconds)."""

    kind: Kind
    anchor: str
    name: str
    code: str
    reason: str
    hint: str
    digest: str
    attempts: int
    first: float
    retry_at: float | None


@dataclass(frozen=True, slots=True)
class Intent:
    """A request that was about to be sent; without a result, nobody knows whether it was."""

    id: int
    kind: Kind
    anchor: str
    action: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cycle:
    """One run of the job; times are epoch seconds, `ended` is None if it never came to its end."""

    id: int
    started: float
    ended: float | None
    initial: bool
    complete: bool
    source: Mapping[str, int]
    counts: Mapping[str, int]
    error: str | None


@dataclass(frozen=True, slots=True)
class GoodRead:
    """A read of the source after which nothing was left to do, and what it counted."""

    fingerprint: str
    configuration: str
    source: Mapping[str, int]
    in_scope: Mapping[str, int]
    out_of_scope: Mapping[str, int]
    kept: Mapping[str, int]


def digest_of(values: Mapping[str, object]) -> str:
    """Return a fingerprint of mapped values that does not depend on their order."""
    # The values of a multi-valued attribute have no order (RFC 7643 §2.4).
    ordered = {
        path: sorted(value, key=orjson.dumps) if isinstance(value, list) else value
        for path, value in values.items()
        if value is not None
    }
    text = orjson.dumps(ordered, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).hexdigest()
