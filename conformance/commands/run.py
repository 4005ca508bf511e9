"""The command `scim-conformance run`."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from conformance.baseline import Baseline
from conformance.check import Check
from conformance.choosing import choose
from conformance.commands.options import access_of, access_options
from conformance.commands.shell import cannot, refusals
from conformance.material.samples import PREFIX
from conformance.report import Report, Result, badge, console, files, html, json_file, junit
from conformance.report.files import STANDARD_OUTPUT
from conformance.runner import Listener, run

_PATH = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
_REPORTS: dict[str, Callable[[Report, bool, frozenset[str]], str]] = {
    "json": lambda report, should, accepted: json_file.text(report),
    "junit": lambda report, should, accepted: junit.text(report, should=should, accepted=accepted),
    "html": lambda report, should, accepted: html.text(report, accepted=accepted),
    "badge": lambda report, should, accepted: badge.text(report),
}


@click.command("run", short_help="Judge an endpoint.")
@click.argument("url")
@click.argument("only", nargs=-1, metavar="[ID-OR-SECTION]...")
@access_options
@click.option(
    "--only",
    "also_only",
    multiple=True,
    metavar="ID-OR-SECTION",
    help="Run only these; the same as to name them behind the URL. Repeatable.",
)
@click.option(
    "--skip", multiple=True, metavar="ID-OR-SECTION", help="Do not run these. Repeatable."
)
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    metavar="NAME",
    help="Replay what this identity provider sends, too; `all` for each. Repeatable.",
)
@click.option(
    "--leave-out",
    multiple=True,
    metavar="TYPE",
    help="Do not touch resources of this type, such as Group. Repeatable.",
)
@click.option(
    "--require",
    multiple=True,
    metavar="PLACE=VALUE|FILE.toml",
    help="A value that every resource must have here: 'title=x', "
    "'emails[type eq \"work\"].value={uuid}@example.com', 'Group:externalId={uuid}'. Repeatable.",
)
@click.option("--read-only", is_flag=True, help="Run only what changes nothing on the endpoint.")
@click.option(
    "--parallel",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="N",
    help="Run N checks at a time.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Begin no further check after so long.",
)
@click.option("--should", is_flag=True, help="Let an unmet SHOULD make the exit code 1, too.")
@click.option(
    "--baseline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Accept the failures in this file: a JSON report, or an id a line.",
)
@click.option(
    "--json",
    type=_PATH,
    metavar="FILE",
    help="Write the report, with every request and answer, as JSON.",
)
@click.option("--junit", type=_PATH, metavar="FILE", help="Write the report as JUnit XML.")
@click.option("--html", type=_PATH, metavar="FILE", help="Write the report as one HTML page.")
@click.option("--badge", type=_PATH, metavar="FILE", help="Write a badge as SVG.")
@click.option("--seed", type=int, help="Send the same random names as an earlier run.")
@click.option("-v", "--verbose", is_flag=True, help="Name the checks that passed, too.")
def run_command(url: str, **given: Any) -> None:
    """Judge the endpoint at URL, the SCIM base such as https://app.example/scim/v2.

    Give ids or sections of checks (rfc7644/3.5.2), patterns of ids ('*/location') or names of
    profiles (entra), to run these alone. What is created on the endpoint begins with
    "scim-conformance-" and is removed at the end. A report may be written to "-", standard output;
    what a reader is told goes to standard error then.

    Exit code 0: no MUST failed; 1: one did; 2: the endpoint could not be judged.
    """
    paths = {kind: path for kind in _REPORTS if (path := given.pop(kind))}
    verbose, should = given.pop("verbose"), given.pop("should")
    given["only"] = (*given["only"], *given.pop("also_only"))
    _check_writable(paths)
    with refusals():
        baseline_path = given.pop("baseline")
        baseline = Baseline.read(baseline_path) if baseline_path else Baseline()
        report = _run(url, given)
    # Before the reader is told, who may go away in the middle of it: `| head`.
    problems = [
        problem
        for kind, path in paths.items()
        if (problem := _written(path, _REPORTS[kind](report, should, baseline.accepted)))
    ]
    reader = Console(highlight=False, stderr=STANDARD_OUTPUT in paths.values())
    console.show(report, reader, every=verbose, accepted=baseline.accepted)
    for mended in baseline.mended(report):
        click.echo(f"{mended} is mended: take it out of the baseline", err=True)
    if problems:
        cannot("; ".join(problems))
    sys.exit(report.exit_code(should=should, accepted=baseline.accepted))


def _run(url: str, given: dict[str, Any]) -> Report:
    access = access_of(given, read_only=given.pop("read_only"))
    total = choose(given["only"], given["skip"], given["profiles"]).total
    try:
        with _terminated_like_interrupted(), _progress(total) as listener:
            return run(url, access=access, listener=listener, **given)
    except KeyboardInterrupt:
        cannot(
            f"interrupted; `scim-conformance clean {url}` removes what is named {PREFIX}…, "
            "in case it was not all removed"
        )


def _written(path: Path, text: str) -> str | None:
    """Write a report; say why it could not be."""
    if path == STANDARD_OUTPUT:
        click.echo(text, nl=False)
        return None
    try:
        files.write(text, path)
    except OSError as problem:
        return f"the report cannot be written to {path}: {problem.strerror}"
    click.echo(f"report written to {path}", err=True)
    return None


def _check_writable(paths: dict[str, Path]) -> None:
    """Refuse what no report can be written to before the run rather than after it."""
    places: dict[Path, str] = {}
    for kind, path in paths.items():
        place = path if path == STANDARD_OUTPUT else path.absolute()
        if place in places:
            cannot(f"--{places[place]} and --{kind} are both to be written to {path}")
        places[place] = kind
        problem = None if path == STANDARD_OUTPUT else files.problem_of(path)
        if problem:
            cannot(f"--{kind} {path} cannot be written: {problem}")


@contextmanager
def _progress(total: int) -> Iterator[Listener]:
    """Show on standard error which check runs; nothing where nobody looks at it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    stderr = Console(stderr=True)
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        task = bar.add_task("", total=total)

        def listener(event: Check | Result) -> None:
            if isinstance(event, Result):
                bar.advance(task)
            else:
                bar.update(task, description=event.id)

        yield listener


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does: with its clean-up."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
