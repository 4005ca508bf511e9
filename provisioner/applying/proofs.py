"""When the target's word is not enough: what it accepted is read back, at first and then now and
then, for some accept that an account is disabled, or a member added, and do nothing."""

import threading
from typing import Any, Final

from provisioner.targets.learned import Learned

EVERY: Final = 50


class Proofs:
    """Chooses what is read back; of a target that was caught, everything is for this run.

    What proved true, and how much was accepted since, is kept in what is learned of the target.
    """

    def __init__(self, learned: Learned) -> None:
        self._lock = threading.Lock()
        self._learned = learned
        self._caught: set[str] = set()
        self._mute: set[str] = set()

    def due(self, subject: str) -> bool:
        """Tell whether to read back: until one proved true, each fiftieth, and all since a lie."""
        with self._lock:
            if subject in self._mute:
                return False
            known = self._known(subject)
            accepted = known.get("accepted", 0) + 1
            self._note(subject, {**known, "accepted": accepted})
            return bool(accepted % EVERY == 0 or subject in self._caught or not known.get("proven"))

    def proven(self, subject: str) -> None:
        """Note that what was read back is what was accepted."""
        with self._lock:
            if subject not in self._caught:
                self._note(subject, {**self._known(subject), "proven": True})

    def caught(self, subject: str) -> None:
        """Note that what was read back is not what was accepted; the next run looks anew."""
        with self._lock:
            self._caught.add(subject)
            self._note(subject, {**self._known(subject), "proven": False})

    def give_up(self, subject: str) -> None:
        """Note that the target does not show what would have to be read."""
        with self._lock:
            self._mute.add(subject)

    def _known(self, subject: str) -> dict[str, Any]:
        return self._learned.get(f"proof: {subject}")

    def _note(self, subject: str, known: dict[str, Any]) -> None:
        self._learned.put(f"proof: {subject}", known)
