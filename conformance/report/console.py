"""The report for a reader at a terminal: by section, at length only where something is wrong."""

from itertools import groupby

from rich.console import Console
from rich.text import Text

from conformance.check import Status
from conformance.report.result import Report, Result

_LOOK: dict[Status, tuple[str, str]] = {
    Status.PASS: ("✓", "green"),
    Status.FAIL: ("✗", "bold red"),
    Status.WARN: ("!", "yellow"),
    Status.NOTE: ("i", "cyan"),
    Status.SKIP: ("-", "dim"),
    Status.ERROR: ("?", "magenta"),
}
_SAID_AT_LENGTH = (Status.FAIL, Status.WARN, Status.NOTE, Status.ERROR)


def show(report: Report, console: Console, *, every: bool = False) -> None:
    """Print the report.

    :param every: name the checks that passed, too.
    """
    for section, results in groupby(report.results, key=lambda result: result.check.section):
        _section(section, list(results), console, every)
    _summary(report, console)


def _section(section: str, results: list[Result], console: Console, every: bool) -> None:
    tally = [sum(r.status is status for r in results) for status in Status]
    parts = [f"{n} {status.value}" for n, status in zip(tally, Status, strict=True) if n]
    rfc, number = section.split("/")
    _line(console, Text(f"RFC {rfc[3:]} §{number}", "bold"), Text("  " + ", ".join(parts), "dim"))
    for result in results:
        if every or result.status is not Status.PASS:
            _result(result, console)


def _result(result: Result, console: Console) -> None:
    sign, style = _LOOK[result.status]
    _line(
        console,
        Text(f"  {sign} {result.status.value:<5} ", style),
        Text(result.check.id, style),
        Text(f"  {result.check.level}: {result.check.requirement}"),
    )
    if result.status in _SAID_AT_LENGTH:
        _finding(result, console)
    elif result.message:
        _line(console, Text(f"          {result.message}", "dim"))


def _finding(result: Result, console: Console) -> None:
    said = {"expected": result.expected, "actual": result.actual}
    if result.expected is None:
        said = {"problem": result.message}
    if result.exchange is not None:
        said["try"] = result.exchange.curl
    for label, text in said.items():
        _line(console, Text(f"          {label:<9}", "dim"), Text(text or ""))


def _summary(report: Report, console: Console) -> None:
    parts = [f"{count} {status.value}" for status, count in report.counts.items() if count]
    failed = report.counts[Status.FAIL]
    _line(console, Text(""))
    _line(
        console,
        Text(", ".join(parts) or "nothing was judged", "bold red" if failed else "bold"),
        Text(
            f"  ({len(report.results)} checks, {report.requests} requests, "
            f"{report.seconds:.1f} s, seed {report.seed})",
            "dim",
        ),
    )
    for url in report.left_behind:
        _line(console, Text(f"left behind: {url} could not be deleted", "yellow"))
    if report.stopped:
        _line(console, Text(f"stopped early: {report.stopped}", "bold magenta"))


def _line(console: Console, *parts: Text) -> None:
    # Lines are not wrapped, so that a curl line can be copied.
    console.print(Text.assemble(*parts), soft_wrap=True)
