"""`scim-provisioner`: keep the accounts of an app in step with a directory."""

import re
import sys
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from time import sleep as wait
from typing import Any, Concatenate, Final, NoReturn, ParamSpec

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from provisioner import report
from provisioner.api import Job
from provisioner.cycle import Options
from provisioner.explain import Explanation, explain
from provisioner.guards import GuardTripped, verdicts
from provisioner.outcome import Outcome, Result
from provisioner.plan import Plan, PlanError
from provisioner.population import rules_of
from provisioner.record import SourceError
from provisioner.settings import JobError
from provisioner.state import StateError
from provisioner.targets.connection import Target
from provisioner.targets.trouble import TargetUnusable
from provisioner.visible import visible, visible_lines

OK, NO, COULD_NOT = 0, 1, 2

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

P = ParamSpec("P")
Command = Callable[Concatenate[Job, P], int]


def _fail(message: str, code: int) -> NoReturn:
    _complain(message)
    sys.exit(code)


def _complain(message: str) -> None:
    click.echo(f"error: {visible_lines(message)}", err=True)


def _guarded(run: Callable[[], int]) -> int:
    """Turn what can go wrong into one message and an exit code."""
    try:
        return run()
    except GuardTripped as error:
        _fail(str(error), NO)
    except JobError as error:
        _fail("\nerror: ".join(error.problems), COULD_NOT)
    except (SourceError, StateError, PlanError, TargetUnusable) as error:
        _fail(str(error), COULD_NOT)
    except KeyboardInterrupt:
        _fail("stopped; the next run goes on from here", COULD_NOT)


def _with_job(command: Command[P]) -> Callable[..., None]:
    """Give a command the job of its first argument, and the process its exit code."""

    def wrapped(job: Path, *args: P.args, **kwargs: P.kwargs) -> None:
        sys.exit(_guarded(lambda: command(Job.load(job), *args, **kwargs)))

    return update_wrapper(wrapped, command)


def _print_json(document: object) -> None:
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def _redacted(job: Job) -> dict[str, frozenset[str]]:
    return {kind: rules.mapper.redacted for kind, rules in rules_of(job).items()}


job_file: Final = click.argument(
    "job", metavar="JOB", type=click.Path(dir_okay=False, path_type=Path)
)
as_json: Final = click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
show_all: Final = click.option("--all", "everything", is_flag=True, help="Show every object.")
retry: Final = click.option("--retry", is_flag=True, help="Try what is waiting for its time now.")


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="JOB is a job file such as contoso.toml. Exit codes: 0 all is well; 1 the answer is "
    "no: something failed, or a guard tripped; 2 could not run.",
)
@click.version_option(package_name="scim-toolkit")
def main() -> None:
    """Keep the accounts and groups of an app in step with a directory, over SCIM 2.0.

    \b
    scim-provisioner check contoso.toml              is everything in place?
    scim-provisioner plan contoso.toml               what would happen?
    scim-provisioner run contoso.toml                plan, and carry it out
    scim-provisioner explain contoso.toml ada        why is Ada's account as it is?
    """


@main.command()
@job_file
@_with_job
def check(job: Job) -> int:
    """Check the job file, read the source and ask the target; change nothing.

    \b
    Example: scim-provisioner check contoso.toml
    """
    snapshot = job.check()
    read = ", ".join(f"{number} {kind}" for kind, number in snapshot.counts.items())
    _line(f"{job.path.name}: the job is valid. The source has {read}; the target answers.")
    for doubt in snapshot.doubts:
        _line(f"Incomplete read: {doubt}")
    return NO if snapshot.doubts else OK


@main.command()
@job_file
@click.option(
    "--out",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="F",
    help="Save the plan to this file, for `apply`.",
)
@click.option("--person", metavar="X", help="Only who has this anchor, name or match value.")
@retry
@show_all
@as_json
@_with_job
def plan(
    job: Job, file: Path | None, person: str | None, retry: bool, everything: bool, as_json: bool
) -> int:
    """Show what a cycle would do; change nothing. --out saves the plan for `apply`.

    \b
    Examples: scim-provisioner plan contoso.toml --all
              scim-provisioner plan contoso.toml --person ada@example.com
              scim-provisioner plan contoso.toml --out monday.json
    """
    made = job.plan(Options(only=person, retry=retry))
    if person is not None and not made.actions:
        _fail(f'nobody in scope or in the state goes by "{person}"; `explain` knows who is out', NO)
    if file is not None:
        _save(made, file)
    if as_json:
        _print_json(report.plan_json(made, _redacted(job)))
    else:
        report.show_plan(out, made, job.policy, _redacted(job), everything=everything)
    return NO if made.doubts or _over_limit(made, job) else OK


def _over_limit(made: Plan, job: Job) -> bool:
    return any(verdict.tripped for verdict in verdicts(made, job.policy))


def _save(made: Plan, file: Path) -> None:
    try:
        made.save(file)
    except OSError as error:
        _fail(f"{file}: cannot be written: {error.strerror}", COULD_NOT)


@main.command()
@job_file
@click.argument("file", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--approve", is_flag=True, help="Carry it out although it is over policy.max_leavers."
)
@retry
@show_all
@as_json
@_with_job
def apply(
    job: Job, file: Path | None, approve: bool, retry: bool, everything: bool, as_json: bool
) -> int:
    """Carry out a saved plan, or one made now.

    What is no longer true of a saved plan is refused, object by object.

    \b
    Examples: scim-provisioner apply contoso.toml monday.json
              scim-provisioner apply contoso.toml monday.json --approve
              scim-provisioner apply contoso.toml
    """
    if file is None:
        return _cycle(job, Options(retry=retry), approve=approve, all_=everything, json=as_json)
    saved = Plan.load(file)
    with _Bar() as bar:
        bar.start(saved)
        result = job.apply(saved, approve=approve, progress=bar.advance)
    return _report(result, all_=everything, json=as_json)


@main.command()
@job_file
@click.option("--once", is_flag=True, help="One cycle, which is the default.")
@click.option("--every", metavar="T", help="Again and again, with a pause of 30s, 40m or 2h.")
@retry
@show_all
@as_json
@_with_job
def run(
    job: Job, once: bool, every: str | None, retry: bool, everything: bool, as_json: bool
) -> int:
    """Run a cycle: read, plan, guard, apply, record.

    \b
    Examples: scim-provisioner run contoso.toml
              scim-provisioner run contoso.toml --every 40m
    """
    options = Options(retry=retry)
    if every is None or once:
        return _cycle(job, options, approve=False, all_=everything, json=as_json)
    pause = _seconds(every)
    while True:
        try:
            _cycle(Job.load(job.path), options, approve=False, all_=everything, json=as_json)
        except (GuardTripped, SourceError, StateError, TargetUnusable, JobError) as error:
            _complain(str(error))  # The next cycle may go better.
        try:
            wait(pause)
        except KeyboardInterrupt:
            return OK


def _seconds(text: str) -> float:
    match = re.fullmatch(r"([0-9]+)([smhd]?)", text)
    if match is None or int(match[1]) == 0:
        raise click.BadParameter(
            f'"{text}" is no time such as 30s, 40m or 2h', param_hint="--every"
        )
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "": 1}[match[2]]


def _cycle(job: Job, options: Options, *, approve: bool, all_: bool, json: bool) -> int:
    with _Bar() as bar:

        def planned(made: Plan) -> None:
            if not json:
                report.show_plan(out, made, job.policy, _redacted(job), everything=all_)
            bar.start(made)

        result = job.run(options, approve=approve, planned=planned, progress=bar.advance)
    return _report(result, all_=all_, json=json)


def _report(result: Result, *, all_: bool, json: bool) -> int:
    if json:
        _print_json(report.result_json(result))
    else:
        report.show_result(out, result, everything=all_)
    if result.halted:
        return COULD_NOT
    return OK if result.ok and result.plan.complete else NO


class _Bar:
    """A progress bar on stderr, for terminals."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(
            *columns,
            TimeRemainingColumn(),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )
        self._task = self._progress.add_task("applying", total=None, visible=False)

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def start(self, made: Plan) -> None:
        """Show the bar: the plan is known."""
        total = sum(1 for action in made.actions if action.stage)
        self._progress.update(self._task, total=total, visible=total > 0)

    def advance(self, outcome: Outcome) -> None:
        """Count one action that has sent something."""
        if outcome.action.stage:
            self._progress.advance(self._task)


@main.command()
@job_file
@as_json
@_with_job
def status(job: Job, as_json: bool) -> int:
    """Show what the job holds at the target, its last cycles, and what is open and why.

    \b
    Example: scim-provisioner status contoso.toml
    """
    with job.memory() as state:
        cycles, failures = state.cycles(5), state.failures()
        held = {kind: list(state.links(kind).values()) for kind in rules_of(job)}
        edges = state.count_edges()
    counts = {
        kind: {
            "linked": len(links),
            "active": sum(link.active for link in links),
            "adopted": sum(link.owner == "adopted" for link in links),
        }
        for kind, links in held.items()
    }
    if as_json:
        _print_json(report.status_json(job.name, counts, edges, cycles, failures))
        return OK
    for kind, numbers in counts.items():
        words = ", ".join(f"{number} {word}" for word, number in numbers.items())
        _line(f"{kind}: {words}")
    _line(f"references: {edges}")
    report.show_cycles(out, cycles)
    report.show_failures(out, failures)
    return OK


@main.command()
@job_file
@click.option("--failures", is_flag=True, help="Only what failed.")
@click.option("--limit", default=50, show_default=True, help="How many events.")
@as_json
@_with_job
def log(job: Job, failures: bool, limit: int, as_json: bool) -> int:
    """Show the provisioning log, newest first.

    \b
    Example: scim-provisioner log contoso.toml --failures
    """
    with job.memory() as state:
        events = state.events(failures=failures, limit=limit)
    if as_json:
        _print_json(events)
    else:
        report.show_events(out, events)
    return OK


@main.command(name="explain")
@job_file
@click.argument("person")
@as_json
@_with_job
def explain_person(job: Job, person: str, as_json: bool) -> int:
    """Walk one person or group through a cycle, step by step; change nothing.

    \b
    Example: scim-provisioner explain contoso.toml ada@example.com
    """
    with job.memory() as state, Target.connect(job) as target:
        found = explain(job, state, target, person)
    if not found:
        _fail(f'nobody in the source or the state goes by "{person}"', NO)
    if as_json:
        _print_json([explanation.to_json() for explanation in found])
    else:
        for explanation in found:
            _show(explanation)
    return OK


def _show(explanation: Explanation) -> None:
    _line(f"{explanation.name} ({explanation.kind}, {explanation.anchor})")
    for number, step in enumerate(explanation.steps, 1):
        _line(f" {number}. {step.name}: {step.status}. {step.text}")
        for name, value in step.details.items():
            for label, item in _pairs(name, value):
                _line(f"      {label}: {item}")
    for event in explanation.events:
        _line(f"    {report.moment(event['time'])} {event['action']}: {event['status']}")


def _line(text: str) -> None:
    out.print(visible(text), markup=False, soft_wrap=True)


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    """Spread a table of values over lines; leave out what is empty."""
    if isinstance(value, dict):
        return [(f"{name} {key}", _plain(item)) for key, item in value.items() if item]
    return [(name, _plain(value))] if value else []


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
