"""`scim-provisioner`: keep the accounts of an app in step with a directory."""

import sys
from pathlib import Path

import click
from marshmallow import ValidationError

from provisioner.api import Job
from provisioner.commands import report, running, telling
from provisioner.commands.rehearsal import Rehearsal, with_requests
from provisioner.commands.shell import (
    COULD_NOT,
    NO,
    OK,
    as_json,
    fail,
    guarded,
    job_file,
    line,
    out,
    print_json,
    redacted,
    retry,
    show_all,
    with_job,
    write_everything,
)
from provisioner.cycle import Options
from provisioner.job.entra_import import import_schema
from provisioner.job.fields import FILE_NAME
from provisioner.job.settings import JobError
from provisioner.planning.guards import tripped
from provisioner.planning.plan import Plan
from provisioner.planning.population import rules_of
from provisioner.targets.connection import Target
from provisioner.visible import visible


@click.group(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="JOB is a job file such as contoso.toml. Exit codes: 0 all is well; 1 the answer is "
    "no: something failed, a guard tripped, or the job is in quarantine; 2 could not run.",
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
    write_everything()


for command in (*running.COMMANDS, *telling.COMMANDS):
    main.add_command(command)


@main.command("import-entra")
@click.argument("schema", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the job here.")
@click.option("--name", default="imported", show_default=True, help="The name of the job.")
def import_entra(schema: Path, out: Path | None, name: str) -> None:
    """Turn a synchronization schema exported from Entra ID into a job file.

    What a job cannot say is told, and the exit code is then 1.

    \b
    Example: scim-provisioner import-entra schema.json --out contoso.toml
    """
    sys.exit(guarded(lambda: _import_entra(schema, out, name)))


def _import_entra(schema: Path, file: Path | None, name: str) -> int:
    try:
        FILE_NAME(name)
    except ValidationError as error:
        raise click.BadParameter(str(error.messages[0]), param_hint="--name") from None
    made = import_schema(schema, name)
    if file is None:
        click.echo(made.text, nl=False)
    else:
        try:
            with file.open("x", encoding="utf-8") as new:
                new.write(made.text)
        except FileExistsError:
            raise JobError([f"{file}: is there already, and left as it is"]) from None
        except OSError as error:
            raise JobError([f"{file}: cannot be written: {error.strerror}"]) from None
    for note in made.notes:
        click.echo(visible(note), err=True)
    return NO if made.notes else OK


@main.command()
@job_file
@with_job
def check(job: Job) -> int:
    """Check the job file, read the source and ask the target; change nothing.

    \b
    Example: scim-provisioner check contoso.toml
    """
    snapshot = job.check()
    read = ", ".join(f"{number} {kind}" for kind, number in snapshot.counts.items())
    line(f"{job.path.name}: the job is valid. The source has {read}; the target answers.")
    for doubt in snapshot.doubts:
        line(f"Incomplete read: {doubt}")
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
@with_job
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
        fail(f'nobody in scope or in the state goes by "{person}"; `explain` knows who is out', NO)
    if file is not None:
        _save(made, file)
    if as_json:
        document = report.plan_json(made, redacted(job))
        with job.memory() as state, Target.connect(job) as target:
            target.learned.recall(state)
            rehearsal = Rehearsal(target, rules_of(job), state)
            print_json(with_requests(document, made.actions, rehearsal))
    else:
        report.show_plan(out, made, job.policy, redacted(job), everything=everything)
    return NO if made.doubts or tripped(made, job.policy) else OK


def _save(made: Plan, file: Path) -> None:
    try:
        made.save(file)
    except OSError as error:
        fail(f"{file}: cannot be written: {error.strerror}", COULD_NOT)
