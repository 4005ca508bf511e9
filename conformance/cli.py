"""The command `scim-conformance`."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from conformance.check import Check, UnknownCheck, all_checks, find, select
from conformance.endpoint import DEFAULT_TIMEOUT, CannotRun
from conformance.report import Report, Result, console, json_file
from conformance.runner import Listener, run
from conformance.samples import PREFIX


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="scim-toolkit")
def main() -> None:
    """Say of any SCIM 2.0 endpoint what it does right and wrong, by the text of the RFCs."""


@main.command("run", short_help="Judge an endpoint.")
@click.argument("url")
@click.argument("only", nargs=-1, metavar="[ID-OR-SECTION]...")
@click.option("--token", help="Bearer token. Better: put it in the environment variable.")
@click.option(
    "--token-env",
    default="SCIM_TOKEN",
    show_default=True,
    metavar="NAME",
    help="Environment variable that holds the bearer token.",
)
@click.option("--should", is_flag=True, help="Let an unmet SHOULD make the exit code 1, too.")
@click.option(
    "--json",
    "json_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report, with every request and answer, as JSON.",
)
@click.option("--seed", type=int, help="Send the same random names as an earlier run.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True, max=3600),
    default=DEFAULT_TIMEOUT,
    show_default=True,
    help="Seconds to wait for each answer.",
)
@click.option("-v", "--verbose", is_flag=True, help="Name the checks that passed, too.")
def run_command(
    url: str,
    only: tuple[str, ...],
    token: str | None,
    token_env: str,
    should: bool,
    json_path: Path | None,
    seed: int | None,
    timeout: float,
    verbose: bool,
) -> None:
    """Judge the endpoint at URL, the SCIM base such as https://app.example/scim/v2.

    Give ids or sections of checks (rfc7644/3.5.2) to run these alone. What is created on the
    endpoint begins with "scim-conformance-" and is removed at the end.

    Exit code 0: no MUST failed; 1: one did; 2: the endpoint could not be judged.
    """
    _check_writable(json_path)
    secret = token or os.environ.get(token_env) or None
    try:
        with _terminated_like_interrupted(), _progress(len(select(only))) as listener:
            report = run(
                url, token=secret, only=only, seed=seed, timeout=timeout, listener=listener
            )
    except (CannotRun, UnknownCheck) as problem:
        _cannot(str(problem))
    except KeyboardInterrupt:
        _cannot(f"interrupted; look for what is named {PREFIX}… in case it was not all removed")
    _tell(report, json_path, verbose)
    sys.exit(report.exit_code(should=should))


@main.command("list", short_help="List the checks.")
@click.argument("only", nargs=-1, metavar="[ID-OR-SECTION]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(only: tuple[str, ...], as_json: bool) -> None:
    """List the checks: id, level and the rule."""
    try:
        checks = select(only)
    except UnknownCheck as problem:
        _cannot(str(problem))
    if as_json:
        click.echo(json.dumps([_described(check) for check in checks], indent=2))
        return
    width = max(len(check.id) for check in all_checks())
    for check in checks:
        click.echo(f"{check.id:<{width}}  {check.level:<6}  {check.requirement}")


@main.command("explain", short_help="Explain one check.")
@click.argument("check_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain_command(check_id: str, as_json: bool) -> None:
    """Explain one check: its rule, why it matters, when it is skipped, and what it does."""
    try:
        check = find(check_id)
    except UnknownCheck as problem:
        _cannot(str(problem))
    if as_json:
        click.echo(json.dumps(_described(check), indent=2))
        return
    needs = ", ".join(check.needs) or "nothing: it always runs"
    click.echo(f"{check.id}  ({check.level})\n\n{check.requirement}\n{check.link}\n")
    click.echo(f"{check.reason}\n\nNeeds: {needs}\n\n{check.source.rstrip()}")


def _described(check: Check) -> dict[str, object]:
    return {
        "id": check.id,
        "level": check.level.value,
        "section": check.section,
        "requirement": check.requirement,
        "reason": check.reason,
        "needs": list(check.needs),
        "link": check.link,
    }


def _tell(report: Report, json_path: Path | None, verbose: bool) -> None:
    console.show(report, Console(highlight=False), every=verbose)
    if json_path is not None:
        try:
            json_file.write(report, json_path)
        except OSError as problem:
            _cannot(f"the report cannot be written to {json_path}: {problem.strerror}")
        click.echo(f"report written to {json_path}", err=True)


def _check_writable(path: Path | None) -> None:
    """Refuse a report path before the run rather than after it."""
    if path is not None and not os.access(path.parent, os.W_OK):
        _cannot(f"--json {path}: there is no directory {path.parent} that can be written to")


def _cannot(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(2)


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
