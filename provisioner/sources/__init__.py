"""Directory sources: one module a kind, all behind one contract."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from provisioner.record import Kind, Record, SourceError
from provisioner.sources.csv_file import CsvSource
from provisioner.sources.json_lines import JsonLinesSource
from provisioner.sources.ldif import LdifSource
from provisioner.sources.scim import ScimSource
from provisioner.sources.settings import (
    CsvSettings,
    FileSettings,
    JsonLinesSettings,
    LdifSettings,
    ScimSettings,
    SourceSettings,
    SqlSettings,
)
from provisioner.sources.sql import SqlSource

if TYPE_CHECKING:
    from provisioner.job import Job

__all__ = ["KINDS", "CsvSource", "Needed", "Source", "SourceError", "open_kind", "open_source"]

Needed = Mapping[Kind, frozenset[str]]


class Source(Protocol):
    """Reads a directory.

    - `read` yields every object of a kind, as often as the directory lists it: an anchor that is
      there twice is the engine's to judge. A kind that the source does not have yields none.
    - It raises SourceError at the first thing that makes the read incomplete or untrue: also when
      an attribute that the job needs is not there at all. Reaching its end without one is the
      proof that the read was complete.
    - Reading again gives the directory as it then is.
    - `columns` never raises: it tells what it can, None if it cannot.
    - `fingerprint` never raises: as long as it stays the same, nothing has changed; None where the
      source cannot tell that for less than a read.
    """

    def read(self, kind: Kind) -> Iterator[Record]:
        """Yield the records of one kind."""
        ...

    def columns(self, kind: Kind) -> Sequence[str] | None:
        """Return the names of the attributes that records of a kind can have."""
        ...

    def fingerprint(self) -> str | None:
        """Return what changes whenever the directory does."""
        ...


# Each kind: what the job file says of it, and what reads it.
KINDS: Final[Mapping[str, tuple[type[SourceSettings], Callable[[Any, Needed], Source]]]] = {
    "csv": (CsvSettings, CsvSource),
    "jsonl": (JsonLinesSettings, JsonLinesSource),
    "ldif": (LdifSettings, LdifSource),
    "sql": (SqlSettings, SqlSource),
    "scim": (ScimSettings, ScimSource),
}
# The keys of [source] that name files, for the kinds that read files.
_FILES: Final = ("users", "groups")


def settings_of(table: Mapping[str, Any], folder: Path) -> SourceSettings:
    """Return what `[source]` says; relative file names are relative to `folder`."""
    kind, _ = KINDS[table["kind"]]
    if not issubclass(kind, FileSettings):
        return kind(**table)
    files = {key: folder / table[key] for key in _FILES if key in table}
    return kind(**{"users": folder, **table, **files})


def open_kind(settings: SourceSettings, needed: Needed) -> Source:
    """Open a source; reading it fails if it lacks a `needed` attribute."""
    return KINDS[settings.kind][1](settings, needed)


def open_source(job: "Job") -> Source:
    """Open the source that a job names."""
    kinds: tuple[Kind, ...] = ("users", "groups")
    return open_kind(job.source, {kind: frozenset(job.columns(kind)) for kind in kinds})
