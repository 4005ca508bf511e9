"""Which mapped paths a profile speaks of: `emails` is about `emails[type eq "work"].value` too."""

from collections.abc import Iterable, Iterator, Sequence

from provisioner.job.settings import MappingRow
from provisioner.targets.profile import KindProfile


def covers(entry: str, path: str) -> bool:
    """Tell whether a path is what an entry names, or lies inside it; letter case does not count."""
    entry, path = entry.lower(), path.lower()
    return path.startswith(entry) and path[len(entry) :][:1] in ("", ".", "[", ":")


def covered(entries: Iterable[str], path: str) -> bool:
    """Tell whether one of the entries is about a path."""
    return any(covers(entry, path) for entry in entries)


def holder_of(path: str) -> str:
    """Return the path of the whole attribute, such as `emails`."""
    return path.partition("[")[0]


def sent_rows(rows: Sequence[MappingRow], profile: KindProfile) -> tuple[MappingRow, ...]:
    """Return the rows of a mapping that the app takes: without what it refuses or has once only."""
    return tuple(
        row
        for row in rows
        if not covered(profile.strip, row.target) and not _is_surplus(row, rows, profile)
    )


def _is_surplus(row: MappingRow, rows: Sequence[MappingRow], profile: KindProfile) -> bool:
    holder, bracket, rest = row.target.partition("[")
    if not bracket or holder.lower() not in map(str.lower, profile.single_value):
        return False
    chosen = list(_values_of(holder, rows))
    first = next((each for each in chosen if "primary" in each.lower()), chosen[0])
    return rest.partition("]")[0] != first


def _values_of(holder: str, rows: Sequence[MappingRow]) -> Iterator[str]:
    for row in rows:
        name, bracket, rest = row.target.partition("[")
        if bracket and name.lower() == holder.lower():
            yield rest.partition("]")[0]
