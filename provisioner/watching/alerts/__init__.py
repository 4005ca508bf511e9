"""Alerts: somebody is told when an incident opens, changes its cause and closes; once each."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

Change = Literal["opened", "changed", "closed"]

_TITLES: Final = {
    "quarantine": "the job is in quarantine",
    "credentials": "the target refuses the credential",
    "guard": "a guard has tripped",
    "read": "the source was not read whole",
    "heartbeat": "there is no successful cycle",
    "expiring token": "the token for the target expires",
    "lying target": "the target does not do what it says",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """One message about an incident of a job: what changed about it, and what to do."""

    job: str
    event: str
    change: Change
    cause: str
    text: str
    since: float
    time: float

    @property
    def title(self) -> str:
        """The message in a line."""
        what = _TITLES[self.event]
        return f"{self.job}: over: {what}" if self.change == "closed" else f"{self.job}: {what}"

    def to_json(self) -> dict[str, Any]:
        """Return the message as a document."""
        return {
            "job": self.job,
            "event": self.event,
            "change": self.change,
            "cause": self.cause,
            "title": self.title,
            "text": self.text,
            "since": _moment(self.since),
            "time": _moment(self.time),
        }

    def __str__(self) -> str:
        lines = [self.title, "", self.text, ""] if self.text else [self.title, ""]
        return "\n".join([*lines, f"Since {_moment(self.since)}.", f"Now {_moment(self.time)}."])


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
