"""Incidents: what is seen in each run, held against what somebody was told of already."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from provisioner.watching.alerts import Alert


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that is wrong in a run: two of the same event and cause are one incident."""

    event: str
    cause: str
    text: str


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that was wrong in the last run; `told`: at least one channel took the message."""

    event: str
    cause: str
    text: str
    since: float
    told: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as a document."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        return cls(**document)


def compared(
    job: str, before: Incident | None, seen: Sighting | None, now: float
) -> tuple[Incident | None, Alert | None]:
    """Return what is open now, and what is to be told of it, if anything."""
    if seen is None:
        if before is None:
            return None, None
        closed = Alert(job, before.event, "closed", before.cause, before.text, before.since, now)
        return None, closed if before.told else None
    told = Alert(job, seen.event, "opened", seen.cause, seen.text, now, now)
    if before is None:
        return Incident(seen.event, seen.cause, seen.text, now), told
    is_same = (before.event, before.cause) == (seen.event, seen.cause)
    incident = Incident(seen.event, seen.cause, seen.text, before.since, before.told and is_same)
    if incident.told:
        return incident, None
    return incident, replace(
        told, change="changed" if before.told else "opened", since=before.since
    )
