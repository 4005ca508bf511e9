"""From what was seen in a run to the messages that go out: each incident is told of once."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from provisioner.job import Job, JobError
from provisioner.state.sqlite import SqliteState
from provisioner.visible import visible_lines
from provisioner.watching.alerts import Alert
from provisioner.watching.alerts.channels import ChannelError, channels
from provisioner.watching.alerts.incidents import Incident, Sighting, compared

_PREFIX: Final = "incident: "

Complain = Callable[[str], None]


class Desk:
    """The incidents of one job: compares, tells whoever is to be told, and remembers.

    :param complain: takes one line for each channel that did not take a message.
    """

    def __init__(self, job: Job, state: SqliteState, complain: Complain) -> None:
        self._job = job
        self._state = state
        self._complain = complain

    def open(self) -> dict[str, Incident]:
        """Return the incidents that are open, by their slot."""
        notes = self._state.notes(_PREFIX)
        return {slot: Incident.from_json(note) for slot, note in notes.items()}

    def observe(self, slot: str, seen: Sighting | None, now: float) -> None:
        """Take note of what a run has shown in one respect; None: all is well there."""
        before = self.open().get(slot)
        if seen is not None:
            seen = replace(seen, text=visible_lines(_without(self._secrets(), seen.text)))
        incident, alert = compared(self._job.name, before, seen, now)
        if alert is not None and self._tell(alert) and incident is not None:
            incident = replace(incident, told=True)
        if incident != before:
            self._state.save_note(_PREFIX + slot, incident.to_json() if incident else None)

    def _tell(self, alert: Alert) -> bool:
        """Send a message through every channel; a message that nobody waits for is told too."""
        settings = self._job.alerts
        if settings.events and alert.event not in settings.events:
            return True
        found = list(channels(settings))
        sent = [self._send(key, channel, alert) for key, channel in found]
        return any(sent) or not found

    def _send(self, key: str, channel: Callable[[Alert], None], alert: Alert) -> bool:
        try:
            channel(alert)
        except ChannelError as error:
            self._complain(f"{key}: an alert was not delivered: {error}")
            return False
        return True

    def _secrets(self) -> Iterable[str]:
        try:
            return (self._job.target.token(),)
        except JobError:  # Without a token there is none to hide.
            return ()


def _without(secrets: Iterable[str], text: str) -> str:
    for secret in secrets:
        text = text.replace(secret, "(hidden)")
    return text
