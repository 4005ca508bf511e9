"""What runs have learned of a target, kept from one to the next: what was told is not asked again.

It is forgotten when the job speaks to another address, or in another way, than it was learned by.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Protocol

_NOTE: Final = "target"
Document = dict[str, Any]


class Notes(Protocol):
    """What keeps a document under a name: the state of a job."""

    def note(self, name: str) -> dict[str, Any] | None:
        """Return what was noted under a name, if anything."""

    def save_note(self, name: str, document: Mapping[str, Any] | None) -> None:
        """Keep a document under a name; None forgets it."""


class Learned:
    """One document for each subject; safe to share between threads.

    :param about: the target and the way it is spoken to, as a text.
    """

    def __init__(self, about: str) -> None:
        self._about = about
        self._lock = threading.Lock()
        self._subjects: dict[str, dict[str, Any]] = {}
        self._changed = False
        self._followed: dict[str, tuple[Callable[[], Document], Callable[[Document], None]]] = {}

    def follow(
        self, subject: str, read: Callable[[], Document], write: Callable[[Document], None]
    ) -> None:
        """Have somebody told what was learned of a subject, and asked for it at the end."""
        self._followed[subject] = read, write

    def get(self, subject: str) -> dict[str, Any]:
        """Return what is known of a subject; {} for nothing."""
        with self._lock:
            found = self._subjects.get(subject)
        return dict(found) if isinstance(found, dict) else {}

    def put(self, subject: str, document: Mapping[str, Any]) -> None:
        """Note what is known of a subject from now on; {} forgets it."""
        with self._lock:
            if self._subjects.get(subject, {}) != document:
                self._subjects[subject] = dict(document)
                self._changed = True

    def recall(self, notes: Notes) -> None:
        """Take over what earlier runs have kept of this target."""
        kept = notes.note(_NOTE) or {}
        subjects = kept.get("learned")
        if kept.get("about") == self._about and isinstance(subjects, dict):
            self._subjects = dict(subjects)
        for subject, (_, write) in self._followed.items():
            if known := self.get(subject):
                write(known)

    @contextmanager
    def kept_in(self, notes: Notes) -> Iterator[None]:
        """Recall what is known, and keep at the end of the block what was learned in it.

        It is written once, by the thread that holds the state: what a crash loses is asked again.
        """
        self.recall(notes)
        try:
            yield
        finally:
            for subject, (read, _) in self._followed.items():
                self.put(subject, read())
            if self._changed:
                notes.save_note(_NOTE, {"about": self._about, "learned": self._subjects})
