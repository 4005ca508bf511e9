"""A step in the life that a profile replays: a check whose text is data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.check import Check


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and what its answer has to be; `<words>` are filled in when it is sent."""

    send: str
    body: Any = None
    changes: Any = None
    """Sent merged into what was last read of the resource, as a client that does PUT."""
    type: str | None = None
    """The Content-Type of this request, where it is not that of the profile."""
    status: tuple[int, ...] = ()
    media: tuple[str, ...] = ()
    keep: str | None = None
    """The word that stands for the id of the answer in later steps."""
    found: int | str | None = None
    """How many resources a list is to hold, or the word for the only one."""
    page: int | None = None
    """How many resources a page may hold, whose paging members are to be whole numbers."""
    among: tuple[str, ...] = ()
    """What is to be in a list, by id or name."""
    walk: str | None = None
    """The word for the resource that has to be met on the pages that follow."""
    has: Mapping[str, Any] | None = None
    lacks: tuple[str, ...] = ()
    members: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Check):
    """One step: what the provider sends, what it needs back, and what follows if it does not."""

    profile: str
    title: str
    conjecture: bool
    origin: str
    consequence: str
    ask: Ask
    then: tuple[Ask, ...] = ()
    text: str = ""

    @property
    def section(self) -> str:
        """The name of the profile."""
        return self.profile

    @property
    def heading(self) -> str:
        """The name of the provider, as a reader knows it."""
        return self.title

    @property
    def link(self) -> str:
        """Where the behaviour is known from."""
        return f"{'Conjecture' if self.conjecture else 'Evidence'}: {self.origin}"

    @property
    def reason(self) -> str:
        """What an administrator of the provider sees when the step goes wrong."""
        return f"Otherwise: {self.consequence}"

    @property
    def source(self) -> str:
        """The step as the profile has it."""
        return self.text
