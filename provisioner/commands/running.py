"""The commands that change something: run, apply, resume."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from provisioner.api import Job
from provisioner.commands import report
from provisioner.commands.shell import (
    COULD_NOT,
    ENDINGS,
    NO,
    OK,
    as_json,
    complain,
    err,
    job_file,
    line,
    out,
    print_json,
    redacted,
    retry,
    show_all,
    warn,
    with_job,
    words_of,
)
from provisioner.cycle import Options
from provisioner.job.durations import seconds
from provisioner.planning.guards import NotApproved, digest, how_to_approve, tripped
from provisioner.planning.outcome import Outcome, Result
from provisioner.planning.plan import Plan
from provisioner.watching.schedule import Schedule, Stopper, again_and_again

log = logging.getLogger("provisioner")


@click.command()
@job_file
@click.argument("file", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--approve",
    metavar="DIGEST|PLAN",
    help="Carry it out although it is over a limit, if it takes away exactly what this plan does.",
)
@retry
@show_all
@as_json
@with_job
def apply(
    job: Job,
    file: Path | None,
    approve: str | None,
    retry: bool,
    everything: bool,
    as_json: bool,
) -> int:
    """Carry out a saved plan, or one made now.

    What is no longer true of a saved plan is refused, object by object. A plan over a limit says
    by which DIGEST it is approved; the file of the plan does as well.

    \b
    Examples: scim-provisioner apply contoso.toml monday.json
              scim-provisioner apply contoso.toml --approve monday.json
              scim-provisioner apply contoso.toml --approve 3f9c0e5a17b2
    """
    if file is None and approve is not None and Path(approve).is_file():
        file = Path(approve)
    if file is None:
        options = Options(retry=retry)
        return cycle(job, options, approve=approve, now=True, all_=everything, json=as_json)
    saved = Plan.load(file)
    approved = _approved(saved, job, approve)
    with _Bar() as bar:
        bar.start(saved)
        result = job.apply(saved, approve=approved, progress=bar.advance, warn=warn)
    return _report(result, all_=everything, json=as_json)


def _approved(made: Plan, job: Job, approve: str | None) -> bool:
    """Tell whether an approval is of this plan, given as its digest or its file.

    :raises NotApproved: when it is of another one, and this one needs approval.
    """
    if approve is None:
        return False
    named = digest(Plan.load(Path(approve))) if Path(approve).is_file() else approve
    if named == digest(made):
        return True
    over = tripped(made, job.policy)
    if not over:
        return False
    raise NotApproved(
        f"{approve} approves another plan than this one. {'; '.join(map(str, over))}. "
        f"Nothing was sent. {how_to_approve(made)}"
    )


@click.command()
@job_file
@click.option("--once", is_flag=True, help="One cycle, which is the default.")
@click.option("--every", metavar="T", help="Again and again, each 30s, 40m or 2h.")
@click.option("--now", is_flag=True, help="In quarantine: do not wait for the next attempt.")
@retry
@show_all
@as_json
@with_job
def run(
    job: Job, once: bool, every: str | None, now: bool, retry: bool, everything: bool, as_json: bool
) -> int:
    """Run a cycle: read, plan, guard, apply, record.

    A job in quarantine sends nothing before its time.

    \b
    Examples: scim-provisioner run contoso.toml
              scim-provisioner run contoso.toml --every 40m
              scim-provisioner run contoso.toml --now
    """
    options = Options(retry=retry)
    stopper = Stopper()

    def one(job: Job, *, now: bool) -> int:
        return cycle(job, options, now=now, all_=everything, json=as_json, stopper=stopper)

    if every is None or once:
        with stopper.on_signals():
            return one(job, now=now)
    schedule = Schedule(_interval(every), job.name)
    first = iter([now])
    with stopper.on_signals():
        again_and_again(
            schedule,
            lambda: _survive(lambda: one(Job.load(job.path), now=next(first, False))),
            stopper,
        )
    return OK


def _survive(run: Callable[[], object]) -> None:
    """Run a cycle, and say what went wrong: the next one may go better."""
    try:
        run()
    except tuple(ENDINGS) as error:
        complain(words_of(error))
    except Exception:
        log.exception("a cycle ended in a way that nobody has thought of; please report it")


def _interval(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--every") from None


def cycle(
    job: Job,
    options: Options,
    *,
    approve: str | None = None,
    now: bool,
    all_: bool,
    json: bool,
    stopper: Stopper | None = None,
) -> int:
    """Run one cycle and show it; return the exit code."""
    stopper = stopper or Stopper()
    with _Bar() as bar:

        def planned(made: Plan) -> None:
            if not json:
                report.show_plan(out, made, job.policy, redacted(job), everything=all_)
            stopper.applying()
            bar.start(made)

        result = job.run(
            options,
            approve=lambda made: _approved(made, job, approve),
            now=now,
            planned=planned,
            progress=bar.advance,
            stop=stopper.reason,
            warn=warn,
        )
    return _report(result, all_=all_, json=json)


def _report(result: Result, *, all_: bool, json: bool) -> int:
    if json:
        print_json(report.result_json(result))
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
        total = made.actions.sending
        self._progress.update(self._task, total=total, visible=total > 0)

    def advance(self, outcome: Outcome) -> None:
        """Count one action that has sent something."""
        if not self._progress.disable and outcome.action.stage:
            self._progress.advance(self._task)


@click.command()
@job_file
@with_job
def resume(job: Job) -> int:
    """Lift the quarantine of a job, also one that was given up; send nothing.

    \b
    Example: scim-provisioner resume contoso.toml
    """
    if job.resume(warn=warn):
        line(f"{job.path.name}: the quarantine is lifted; the next run is an ordinary one.")
    else:
        line(f"{job.path.name}: the job is not in quarantine.")
    return OK


@click.command()
@job_file
@click.option("--members", is_flag=True, help="Read the members of all groups.")
@click.option("--repair", is_flag=True, help="Write again what is wanted, by a cycle.")
@show_all
@as_json
@with_job
def audit(job: Job, members: bool, repair: bool, everything: bool, as_json: bool) -> int:
    """Read the whole target, and show what is no longer as it was written.

    The members of a group are read if it has changed since the last audit that repaired. Accounts
    that are not of this job are counted, and never touched.

    \b
    Examples: scim-provisioner audit contoso.toml
              scim-provisioner audit contoso.toml --members --repair
    """
    if repair:
        found = job.note_drift(members=members)
        if not as_json:
            report.show_drift(out, found)
        code = cycle(job, Options(retry=True), now=True, all_=everything, json=as_json)
        if code != COULD_NOT and found.objects:
            report.show_rewriting(err, job.note_rewriting(found))
        return code
    made, found = job.audit(members=members)
    if as_json:
        print_json({"drift": found.to_json(), "plan": report.plan_json(made, redacted(job))})
    else:
        report.show_drift(out, found)
        report.show_plan(out, made, job.policy, redacted(job), everything=everything)
    return OK if found.nothing else NO


COMMANDS: Final = (apply, run, audit, resume)
