"""Directory sources: one module a kind, all behind one contract."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from provisioner.record import Kind, Record, SourceError
from provisioner.settings import SourceSettings
from provisioner.sources.csv_file import CsvSource

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
    """

    def read(self, kind: Kind) -> Iterator[Record]:
        """Yield the records of one kind."""
        ...

    def columns(self, kind: Kind) -> Sequence[str] | None:
        """Return the names of the attributes that records of a kind can have."""
        ...


KINDS: Final[dict[str, Callable[[SourceSettings, Needed], Source]]] = {"csv": CsvSource}


def open_kind(settings: SourceSettings, needed: Needed) -> Source:
    """Open a source; reading it fails if it lacks a `needed` attribute."""
    return KINDS[settings.kind](settings, needed)


def open_source(job: "Job") -> Source:
    """Open the source that a job names."""
    kinds: tuple[Kind, ...] = ("users", "groups")
    return open_kind(job.source, {kind: frozenset(job.columns(kind)) for kind in kinds})
