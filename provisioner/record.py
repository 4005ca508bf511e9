"""What a directory source yields: one record per person or group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["users", "groups"]
Value = str | bool | list[str] | None
Attributes = Mapping[str, Value]


class SourceError(Exception):
    """The source could not be read to its end; the message says what, where and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """One object of the directory, known for life by its `anchor`.

    `where` tells a reader the place it was read from, such as ``people.csv line 17``.
    """

    kind: Kind
    anchor: str
    attributes: Attributes
    where: str
