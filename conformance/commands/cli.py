"""The command `scim-conformance`."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from conformance.check import Check
from conformance.choosing import everything, find_any, named
from conformance.clean import Leftover, clean
from conformance.commands.options import access_of, access_options
from conformance.commands.run import run_command
from conformance.commands.shell import refusals
from conformance.diff import Change, compare
from conformance.profiles import Step, all_profiles
from conformance.visible import visible

_REPORT = click.Path(exists=True, dir_okay=False, path_type=Path)
_CHANGES = {
    "regressions": "worse",
    "mended": "mended",
    "untried": "no longer tried",
    "tried": "tried now",
    "new": "new",
    "gone": "gone",
}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="scim-toolkit")
def main() -> None:
    """Say of any SCIM 2.0 endpoint what it does right and wrong, by the text of the RFCs."""


main.add_command(run_command)


@main.command("list", short_help="List the checks.")
@click.argument("only", nargs=-1, metavar="[ID-OR-SECTION]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_command(only: tuple[str, ...], as_json: bool) -> None:
    """List the checks: id, level and the rule. A profile's name lists its steps."""
    with refusals():
        checks = named(only)
    if as_json:
        click.echo(json.dumps([_described(check) for check in checks], indent=2))
        return
    width = max(len(check.id) for check in everything())
    for check in checks:
        click.echo(f"{check.id:<{width}}  {check.level:<6}  {check.requirement}")


@main.command("explain", short_help="Explain one check.")
@click.argument("check_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def explain_command(check_id: str, as_json: bool) -> None:
    """Explain one check: its rule, why it matters, when it is skipped, and what it does."""
    with refusals():
        check = find_any(check_id)
    if as_json:
        click.echo(json.dumps(_described(check), indent=2))
        return
    needs = ", ".join(check.needs) or "nothing: it always runs"
    click.echo(f"{check.id}  ({check.level})\n\n{check.requirement}\n{check.link}\n")
    click.echo(f"{check.reason}\n\nNeeds: {needs}\n\n{check.source.rstrip()}")


@main.group("profiles", short_help="List what identity providers send.")
def profiles_group() -> None:
    """Look at the profiles, each of which replays the traffic of one identity provider."""


@profiles_group.command("list", short_help="List the profiles.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def profiles_list_command(as_json: bool) -> None:
    """List the profiles: name, how many steps are evidence and conjecture, and the provider."""
    listed = [
        {
            "name": profile.name,
            "title": profile.title,
            "about": profile.about,
            "evidence": sum(not step.conjecture for step in profile.steps),
            "conjecture": sum(step.conjecture for step in profile.steps),
        }
        for profile in all_profiles()
    ]
    if as_json:
        click.echo(json.dumps(listed, indent=2))
        return
    for each in listed:
        known = f"{each['evidence']} evidence, {each['conjecture']} conjecture"
        click.echo(f"{each['name']:<13} {known:<28} {each['about']}")


@main.command("clean", short_help="Remove what an interrupted run left.")
@click.argument("url")
@access_options
@click.option("--dry-run", is_flag=True, help="Say what would be removed, and remove nothing.")
def clean_command(url: str, dry_run: bool, **given: Any) -> None:
    """Remove what an interrupted run left at URL: what is named as a run names what it makes.

    That is "scim-conformance-" and twelve hexadecimal digits, of users and groups. Not while a run
    goes on at URL: what that has made would go as well.

    Exit code 0: all of it is gone; 1: some would not go; 2: the endpoint could not be read.
    """

    def tell(leftover: Leftover) -> None:
        name = visible(leftover.name)
        click.echo(f"{'would remove' if dry_run else 'removing'} {leftover.path}  {name}")

    with refusals():
        done = clean(url, access_of(given), dry_run=dry_run, listener=tell)
    for leftover in done.left:
        click.echo(f"left behind: {leftover.path} could not be deleted", err=True)
    for place in done.unread:
        click.echo(f"Error: {visible(place)}", err=True)
    click.echo(f"{len(done.removed)} {'found' if dry_run else 'removed'}")
    sys.exit(2 if done.unread else 1 if done.left else 0)


@main.command("diff", short_help="Compare two JSON reports.")
@click.argument("old", type=_REPORT)
@click.argument("new", type=_REPORT)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff_command(old: Path, new: Path, as_json: bool) -> None:
    """Say what changed between two JSON reports, OLD and NEW.

    Exit code 0: no check is worse than before; 1: one is; 2: a file is no report.
    """
    with refusals():
        difference = compare(old, new)
    if as_json:
        click.echo(json.dumps(difference.to_json(), indent=2))
    else:
        lines = [
            _changed(word, change)
            for name, word in _CHANGES.items()
            for change in getattr(difference, name)
        ]
        click.echo("\n".join(lines or ["nothing changed"]))
    sys.exit(1 if difference.regressions else 0)


def _changed(word: str, change: Change) -> str:
    verdicts = " -> ".join(verdict for verdict in (change.old, change.new) if verdict)
    return f"{word:<15}  {visible(change.id)}  {verdicts}"


def _described(check: Check) -> dict[str, object]:
    described: dict[str, object] = {
        "id": check.id,
        "level": check.level.value,
        "section": check.section,
        "requirement": check.requirement,
        "reason": check.reason,
        "needs": list(check.needs),
        "link": check.link,
    }
    if isinstance(check, Step):
        described["mark"] = "conjecture" if check.conjecture else "evidence"
        described["consequence"] = check.consequence
    return described
