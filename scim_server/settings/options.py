"""The options of the commands that take the configuration: one for each key."""

from collections.abc import Callable
from typing import Any, Final

import click

from scim_server.settings.keys import KEYS, Key

Command = Callable[..., Any]

# The keys that tell a command its database.
DATABASE: Final = ("database", "database_env", "database_file")

CONFIG: Final = click.option(
    "--config",
    "file",
    metavar="FILE",
    help="TOML file of keys; options and SCIM_SERVER_… go first.",
)


def configured(*names: str) -> Callable[[Command], Command]:
    """Give a command `--config` and the options of keys: of those named, or of all.

    It is called with `file`, and with each key's value, or nothing where it was not given.
    """

    def decorate(command: Command) -> Command:
        for key in reversed([KEYS[name] for name in names or KEYS]):
            command = _option(key)(command)
        return CONFIG(command)

    return decorate


def _option(key: Key) -> Callable[[Command], Command]:
    if key.is_flag:
        return click.option(key.spelling, key.name, is_flag=True, default=None, help=key.help)
    return click.option(
        key.spelling,
        key.name,
        multiple=key.is_list,
        metavar=key.metavar or _metavar(key),
        help=key.help + _default(key),
    )


def _metavar(key: Key) -> str:
    return "N" if isinstance(key.default, int) else "TEXT"


def _default(key: Key) -> str:
    if callable(key.default) or key.default in (None, [], False):
        return ""
    shown = ", ".join(key.default) if key.is_list else key.default
    return f" [default: {shown}]"
