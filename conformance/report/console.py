"""The report for a reader at a terminal: by section, at length only where something is wrong."""

from collections.abc import Collection
from itertools import groupby

from rich.console import Console
from rich.text import Text

from conformance.check import Status
from conformance.report.headings import heading, subject
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


def show(
    report: Report, console: Console, *, every: bool = False, accepted: Collection[str] = ()
) -> None:
    """Print the report.

    :param every: name the checks that passed, too, and say how many requests each sent.
    :param accepted: ids of checks whose failure is known.
    """
    for _, results in groupby(report.results, key=lambda result: result.check.section):
        _section(list(results), console, every, accepted)
    _providers(report, console)
    _summary(report, console)


def _section(
    results: list[Result], console: Console, every: bool, accepted: Collection[str]
) -> None:
    tally = [sum(r.status is status for r in results) for status in Status]
    parts = [f"{n} {status.value}" for n, status in zip(tally, Status, strict=True) if n]
    check = results[0].check
    title = " ".join(filter(None, (heading(check), subject(check))))
    _line(console, Text(title, "bold"), Text("  " + ", ".join(parts), "dim"))
    for result in results:
        if every or result.status is not Status.PASS:
            _result(result, console, every, result.check.id in accepted)


def _result(result: Result, console: Console, every: bool, known: bool) -> None:
    sign, style = _LOOK[result.status]
    count = f"{result.requests} request" + ("s" if result.requests > 1 else "")
    sent = f"  ({count})" if every and result.requests else ""
    _line(
        console,
        Text(f"  {sign} {result.status.value:<5} ", style),
        Text(result.check.id, style),
        Text(f"  {result.check.level}: {result.check.requirement}"),
        Text(sent + ("  (known)" if known else ""), "dim"),
    )
    if result.status in _SAID_AT_LENGTH:
        _finding(result, console)
    elif result.message:
        _line(console, Text(f"          {result.message}", "dim"))


def _finding(result: Result, console: Console) -> None:
    said = {"expected": result.expected, "actual": result.actual}
    if result.expected is None:
        said = {"problem": result.message}
    if result.consequence is not None:
        said["means"] = result.consequence
    if result.exchange is not None:
        said["try"] = result.exchange.curl
    for label, text in said.items():
        _line(console, Text(f"          {label:<9}", "dim"), Text(text or ""))


def _providers(report: Report, console: Console) -> None:
    if report.verdicts:
        _line(console, Text(""))
    for verdict in report.verdicts:
        style = {True: "green", False: "bold red", None: "yellow"}[verdict.works]
        _line(console, Text(verdict.summary, style))
        for consequence in (*verdict.consequences, *verdict.remarks):
            _line(console, Text(f"  - {consequence}"))


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
