"""The account of a period as people read it: text, a Markdown page, or a table for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from provisioner.commands.causes import category_of
from provisioner.commands.history import FATES, Cause, Event, History, by_name
from provisioner.moments import moment
from provisioner.record import Kind
from provisioner.visible import visible

_KINDS: Final[tuple[Kind, ...]] = ("users", "groups")
_NAMES: Final = 10
_COLUMNS: Final = (
    *("time", "cycle", "kind", "anchor", "name", "action", "status"),
    *("code", "category", "reason", "hint", "changes"),
)
# What a spreadsheet takes for a formula if a cell begins with it.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def as_text(found: History, *, everything: bool) -> Iterator[str]:
    """Yield the lines of the account."""
    yield visible(f"{found.job}, {moment(found.since)} to {moment(found.until)}")
    yield _cycles(found)
    for kind in _KINDS:
        for word, named in _fates(found, kind):
            yield visible(f"{kind} {word}: {len(named)} ({_listed(named, everything)})")
    for word, number in found.members.items():
        yield f"{word}: {number}"
    for cause in found.ranked():
        yield visible(f"{_heading(cause)}: {cause.reason}")
        yield visible(f"    {_listed(cause.objects, everything)}")
        if cause.hint:
            yield visible(f"    What to do: {cause.hint}")
    yield _open(found)


def as_markdown(found: History) -> Iterator[str]:
    """Yield the lines of the account as a page with tables."""
    yield f"# {_marked(found.job)}"
    yield f"\n{moment(found.since)} to {moment(found.until)}. {_cycles(found)}\n"
    yield "| what | users | groups |\n| --- | ---: | ---: |"
    counts = {kind: found.counts(kind) for kind in _KINDS}
    for word in FATES.values():
        numbers = [str(counts[kind].get(word, 0)) for kind in _KINDS]
        yield f"| {word} | {' | '.join(numbers)} |"
    for word, number in found.members.items():
        yield f"| {word} |  | {number} |"
    for kind in _KINDS:
        for word, named in _fates(found, kind):
            yield f"\n## {kind.capitalize()} {word}\n"
            yield from (f"- {_marked(name)}" for _, name in by_name(named))
    if found.causes:
        yield "\n## What did not go through\n"
        yield "| cause | objects | reason | what to do |\n| --- | ---: | --- | --- |"
        for each in found.ranked():
            cells = (f"{each.category}: {each.code}", str(len(each.objects)))
            yield f"| {' | '.join(map(_marked, (*cells, each.reason, each.hint)))} |"
    yield f"\n{_open(found)}"


def as_csv(events: Iterable[Event]) -> Iterator[str]:
    """Yield the events of a period as the lines of a CSV file; no cell is taken for a formula."""
    yield _row(_COLUMNS)
    for event in events:
        changes = "; ".join(
            f"{each['name']}: {each['oldValue']} -> {each['newValue']}"
            for each in event["modifiedProperties"]
        )
        known = {
            **event,
            "time": moment(event["time"]),
            "category": category_of(event["code"]) if event["code"] else "",
            "changes": changes,
        }
        yield _row(_cell(known[column]) for column in _COLUMNS)


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()


def _cell(value: object) -> str:
    text = visible(str(value if value is not None else ""))
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _fates(found: History, kind: Kind) -> Iterator[tuple[str, dict[str, str]]]:
    of_kind = found.fates.get(kind, {})
    yield from ((word, of_kind[word]) for word in FATES.values() if word in of_kind)


def _cycles(found: History) -> str:
    number = len(found.cycles)
    ended = f"{found.good} good, {found.stopped} stopped on the way."
    return f"{number} cycle{'s' * (number != 1)}, {ended}"


def _open(found: History) -> str:
    if not found.open:
        return "Nothing is open now."
    return f"{len(found.open)} open now: `scim-provisioner status` says which and why."


def _heading(cause: Cause) -> str:
    number = len(cause.objects)
    return f"{number} object{'s' * (number != 1)} failed, cause {cause.category}, {cause.code}"


def _listed(objects: Mapping[Any, str], everything: bool) -> str:
    known = [name for _, name in by_name(objects)]
    chosen = known if everything else known[:_NAMES]
    rest = f" and {len(known) - len(chosen)} more" if len(known) > len(chosen) else ""
    return ", ".join(chosen) + rest


def _marked(text: str) -> str:
    """Write text so that a page shows it, whatever is in it."""
    shown = visible(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{each}" if each in "\\`*_[]|#!~" else each for each in shown)
