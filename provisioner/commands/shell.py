"""What all commands share: the terminal, the job of the first argument, and the exit code."""

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import update_wrapper
from pathlib import Path
from typing import Concatenate, Final, NoReturn, ParamSpec

import click
import orjson
from rich.console import Console

from provisioner.api import Job
from provisioner.job.settings import JobError
from provisioner.planning.action import PlanError
from provisioner.planning.guards import GuardTripped
from provisioner.planning.population import rules_of
from provisioner.record import SourceError
from provisioner.state import StateError
from provisioner.targets.trouble import TargetUnusable
from provisioner.visible import visible, visible_lines
from provisioner.watching.condition import Quarantined

OK, NO, COULD_NOT = 0, 1, 2

out: Final = Console(highlight=False)
err: Final = Console(stderr=True, highlight=False)

P = ParamSpec("P")
Command = Callable[Concatenate[Job, P], int]

# What a cycle may end with, and the exit code of each.
ENDINGS: Final[dict[type[Exception], int]] = {
    GuardTripped: NO,
    Quarantined: NO,
    JobError: COULD_NOT,
    SourceError: COULD_NOT,
    StateError: COULD_NOT,
    PlanError: COULD_NOT,
    TargetUnusable: COULD_NOT,
}


def fail(message: str, code: int) -> NoReturn:
    """End the process with a message."""
    with suppress(OSError):  # It may be that nothing can be written any more.
        complain(message)
    sys.exit(code)


def complain(message: str) -> None:
    """Say what is wrong, on standard error."""
    click.echo(f"error: {visible_lines(message)}", err=True)


def warn(message: str) -> None:
    """Say what is not well and stops nothing, on standard error."""
    click.echo(f"warning: {visible(message)}", err=True)


def words_of(error: Exception) -> str:
    """Return what to say of an error: each problem of a job on a line of its own."""
    return "\nerror: ".join(error.problems) if isinstance(error, JobError) else str(error)


def guarded(run: Callable[[], int]) -> int:
    """Turn what can go wrong into one message and an exit code."""
    try:
        return run()
    except tuple(ENDINGS) as error:
        code = next(code for kind, code in ENDINGS.items() if isinstance(error, kind))
        fail(words_of(error), code)
    except KeyboardInterrupt:
        fail("stopped; the next run goes on from here", COULD_NOT)
    except BrokenPipeError:
        raise  # Who reads the output has enough of it: click ends without a word.
    except OSError as error:
        name = error.filename if isinstance(error.filename, str) else "the output"
        _write_no_more()
        fail(f"{name}: cannot be written: {error.strerror}", COULD_NOT)


def write_everything() -> None:
    """Let no character end a run that the encoding of the output does not have: write it out."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _write_no_more() -> None:
    """Let what is still to be written go nowhere: at the end of the process it would fail again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def with_job(command: Command[P]) -> Callable[..., None]:
    """Give a command the job of its first argument, and the process its exit code."""

    def wrapped(job: Path, *args: P.args, **kwargs: P.kwargs) -> None:
        sys.exit(guarded(lambda: command(Job.load(job), *args, **kwargs)))

    return update_wrapper(wrapped, command)


def print_json(document: object) -> None:
    """Print a document."""
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def line(text: str) -> None:
    """Print one line, whatever is in it."""
    out.print(visible(text), markup=False, soft_wrap=True)


def redacted(job: Job) -> dict[str, frozenset[str]]:
    """Return the target paths of each kind whose values are never shown."""
    return {kind: rules.mapper.redacted for kind, rules in rules_of(job).items()}


job_file: Final = click.argument(
    "job", metavar="JOB", type=click.Path(dir_okay=False, path_type=Path)
)
as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
show_all: Final = click.option("--all", "everything", is_flag=True, help="Show every object.")
retry: Final = click.option("--retry", is_flag=True, help="Try what is waiting for its time now.")
