"""Writes `commands.md`, the reference of the four commands, from the commands themselves.

    python docs/commands.py

It reads what each command declares, not its help page, so that the text does not depend on the
width of a terminal or on the version of the library that prints the page.
"""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from conformance.commands.cli import main as conformance
from provisioner.commands.cli import main as provisioner
from scim_client.cli import main as client
from scim_server.commands.cli import main as server

PAGE = Path(__file__).with_suffix(".md")
HEAD = """\
# Commands

Every command, argument and option. Written by `python docs/commands.py`; do not edit it by hand.
Each command prints the same with `--help`. How to use them is told in
[provisioning](provisioning.md), [client](client.md), [testing](testing.md) and
[conformance](conformance.md).
"""
LIKE_USERS = "Its commands are those of `scim-client users`."
COMMANDS = {
    "scim-server": server,
    "scim-client": client,
    "scim-provisioner": provisioner,
    "scim-conformance": conformance,
}


def page() -> str:
    """Return the text of the page."""
    sections = [part for name, main in COMMANDS.items() for part in command(name, main, 2)]
    return "\n".join([HEAD, *sections])


def command(name: str, this: click.Command, level: int) -> Iterator[str]:
    """Yield the section of a command, then those of its sub-commands."""
    arguments = [shown(each) for each in this.params if isinstance(each, click.Argument)]
    options = [each for each in this.params if isinstance(each, click.Option) and not each.is_eager]
    yield f"{'#' * level} {' '.join([name, *arguments])}\n"
    yield prose(this)
    if options:
        yield "| option | |\n| --- | --- |\n" + "".join(map(row, options))
    if isinstance(this, click.Group):
        yield from sub_commands(" ".join([name, *arguments]), this, level)


def sub_commands(name: str, group: click.Group, level: int) -> Iterator[str]:
    """Yield the sections of a group's commands; those of `users` stand for its other groups'."""
    users = group.commands.get("users")
    for inner, this in sorted(group.commands.items()):
        if isinstance(this, click.Group) and isinstance(users, click.Group) and this is not users:
            assert this.commands == users.commands
            this = click.Command(inner, params=this.params, help=f"{this.help} {LIKE_USERS}")
        yield from command(f"{name} {inner}", this, level + 1)


def prose(this: click.Command) -> str:
    """Return what the help page says; what it keeps as it is (after \\b) becomes a code block."""
    paragraphs = []
    for text in [*inspect.cleandoc(this.help or "").split("\n\n"), this.epilog or ""]:
        if text.startswith("\b"):
            lines = inspect.cleandoc(text.removeprefix("\b"))
            paragraphs.append(f"```text\n{lines}\n```\n")
        elif text.strip():
            paragraphs.append(f"{' '.join(text.split())}\n")
    return "\n".join(paragraphs)


def shown(argument: click.Argument) -> str:
    """Return an argument as a usage line shows it."""
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"


def row(option: click.Option) -> str:
    """Return the table row of an option."""
    name = ", ".join(option.opts)
    value = "" if option.is_flag else f" {option.metavar or option.type.name.split()[0].upper()}"
    notes = [option.help or ""]
    if option.show_default and not option.is_flag:
        notes.append(f"Default: `{option.default}`.")
    if option.show_envvar:
        notes.append(f"Environment variable: `{option.envvar}`.")
    text = re.sub(r"\s+", " ", " ".join(notes)).strip().replace("|", "\\|")
    return f"| `{name}{value}` | {text} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
