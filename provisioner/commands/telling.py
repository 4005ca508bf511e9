"""The commands that tell: status, log, report, explain."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import click
import orjson

from provisioner.api import Job
from provisioner.commands import report
from provisioner.commands.audit import summaries
from provisioner.commands.explain import Explanation, explain
from provisioner.commands.history import events_between, history
from provisioner.commands.history_texts import as_csv, as_markdown, as_text
from provisioner.commands.overview import Status, show_status
from provisioner.commands.running import cycle
from provisioner.commands.shell import (
    NO,
    OK,
    as_json,
    fail,
    job_file,
    line,
    out,
    print_json,
    show_all,
    with_job,
)
from provisioner.cycle import Options
from provisioner.job.durations import seconds
from provisioner.moments import moment
from provisioner.planning.population import rules_of
from provisioner.targets.connection import Target
from provisioner.watching.condition import Condition

_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@job_file
@click.option(
    "--check",
    is_flag=True,
    help="For monitoring: one line for each thing that is wrong with the job, and exit code 1.",
)
@as_json
@with_job
def status(job: Job, check: bool, as_json: bool) -> int:
    """Show what the job holds at the target, its last cycles, and what is open and why.

    \b
    Examples: scim-provisioner status contoso.toml
              scim-provisioner status contoso.toml --check
    """
    with job.memory() as state:
        known = Status(
            job=job.name,
            held={kind: state.held(kind) for kind in rules_of(job)},
            references=state.count_edges(),
            cycles=state.cycles(5),
            failures=state.failures(),
            last_good=state.last_good_cycle(),
            quarantine=Condition(job, state).quarantine,
            wrong=Condition(job, state).wrong(),
        )
    if as_json:
        print_json(known.to_json())
    elif check:
        for each in known.wrong or (f"{job.name}: all is well.",):
            line(each)
    else:
        show_status(out, known)
    return NO if check and known.wrong else OK


@click.command()
@job_file
@click.option("--failures", is_flag=True, help="Only what failed.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="How many events.",
)
@as_json
@with_job
def log(job: Job, failures: bool, limit: int, as_json: bool) -> int:
    """Show the provisioning log, newest first; as JSON in the shape of Entra ID's.

    \b
    Example: scim-provisioner log contoso.toml --failures
    """
    with job.memory() as state:
        events = state.events(failures=failures, limit=limit)
    if as_json:
        print_json(summaries(job, events))
    else:
        report.show_events(out, events)
    return OK


@click.command(name="report")
@job_file
@click.option(
    "--last", default="7d", show_default=True, metavar="T", help="How long back: 12h, 30d."
)
@click.option("--since", type=_DAY, metavar="DAY", help="From this day on, such as 2027-01-31.")
@click.option("--until", type=_DAY, metavar="DAY", help="Up to the beginning of this day.")
@show_all
@as_json
@click.option("--markdown", is_flag=True, help="Print a page in Markdown.")
@click.option("--csv", "table", is_flag=True, help="Print each event as a row of a CSV file.")
@with_job
def report_period(
    job: Job,
    last: str,
    since: datetime | None,
    until: datetime | None,
    everything: bool,
    as_json: bool,
    markdown: bool,
    table: bool,
) -> int:
    """Report what a job has done: who joined, moved and left, what failed and why.

    It comes from the provisioning log, which is kept for 30 days.

    \b
    Examples: scim-provisioner report contoso.toml --last 24h
              scim-provisioner report contoso.toml --since 2027-01-01 --markdown
    """
    if as_json + markdown + table > 1:
        raise click.UsageError("choose one of --json, --markdown and --csv")
    begin, end = _period(last, since, until)
    with job.memory() as state:
        if table:
            _print_lines(as_csv(events_between(state, begin, end)))
            return OK
        found = history(job.name, state, begin, end)
    if as_json:
        print_json(found.to_json())
    else:
        _print_lines(as_markdown(found) if markdown else as_text(found, everything=everything))
    return OK


def _period(last: str, since: datetime | None, until: datetime | None) -> tuple[float, float]:
    """Return the beginning and the end of a period, in epoch seconds."""
    end = until.replace(tzinfo=UTC).timestamp() if until else time.time()
    try:
        begin = since.replace(tzinfo=UTC).timestamp() if since else end - seconds(last)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--last") from None
    begin = max(0.0, begin)
    if begin >= end:
        raise click.UsageError("the period ends before it begins")
    return begin, end


def _print_lines(lines: Iterable[str]) -> None:
    for each in lines:
        click.echo(each)


@click.command(name="explain")
@job_file
@click.argument("person")
@click.option("--apply", "carry_out", is_flag=True, help="Do it, for this person or group alone.")
@as_json
@with_job
def explain_person(job: Job, person: str, carry_out: bool, as_json: bool) -> int:
    """Walk one person or group through a cycle, step by step; change nothing without --apply.

    \b
    Examples: scim-provisioner explain contoso.toml ada@example.com
              scim-provisioner explain contoso.toml ada@example.com --apply
    """
    with job.memory() as state, Target.connect(job) as target:
        found = explain(job, state, target, person)
    if not found:
        fail(f'nobody in the source or the state goes by "{person}"', NO)
    if as_json and not carry_out:
        print_json([explanation.to_json() for explanation in found])
    elif not as_json:
        for explanation in found:
            _show(explanation)
    if not carry_out:
        return OK
    return cycle(job, Options(only=person, retry=True), now=True, all_=True, json=as_json)


def _show(explanation: Explanation) -> None:
    line(f"{explanation.name} ({explanation.kind}, {explanation.anchor})")
    for number, step in enumerate(explanation.steps, 1):
        line(f" {number}. {step.name}: {step.status}. {step.text}")
        for name, value in step.details.items():
            for label, item in _pairs(name, value):
                line(f"      {label}: {item}")
    for event in explanation.events:
        line(f"    {moment(event['time'])} {event['action']}: {event['status']}")


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    """Spread a table of values over lines, and a list of requests; leave out what is empty."""
    if isinstance(value, dict):
        return [
            (f"{name} {key}", _plain(item)) for key, item in value.items() if not _is_nothing(item)
        ]
    if name == "requests":
        return [("request", _plain(each)) for each in value]
    return [] if _is_nothing(value) else [(name, _plain(value))]


def _is_nothing(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


COMMANDS: Final = (status, log, report_period, explain_person)
