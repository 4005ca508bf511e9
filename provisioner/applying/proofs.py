"""When the target's word is not enough: what it accepted is read back, at first and then now and
then, for some accept that an account is disabled, or a member added, and do nothing."""

import threading
from collections import Counter
from typing import Final

EVERY: Final = 50


class Proofs:
    """Chooses what is read back; of a target that was caught once, everything is."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: Counter[str] = Counter()
        self._proven: set[str] = set()
        self._caught: set[str] = set()
        self._mute: set[str] = set()

    def due(self, subject: str) -> bool:
        """Tell whether to read back: until one proved true, each fiftieth, and all since a lie."""
        with self._lock:
            if subject in self._mute:
                return False
            self._since[subject] += 1
            sampled = self._since[subject] % EVERY == 0
            return sampled or subject in self._caught or subject not in self._proven

    def proven(self, subject: str) -> None:
        """Note that what was read back is what was accepted."""
        with self._lock:
            self._proven.add(subject)

    def caught(self, subject: str) -> None:
        """Note that what was read back is not what was accepted."""
        with self._lock:
            self._caught.add(subject)

    def give_up(self, subject: str) -> None:
        """Note that the target does not show what would have to be read."""
        with self._lock:
            self._mute.add(subject)
