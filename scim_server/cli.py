"""The command `scim-server`."""

import os
import secrets
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TextIO

import click
from platformdirs import user_data_path

from scim_protocol.dialects import OPTIONAL
from scim_server.app import create_app
from scim_server.config import Config, ConfigError
from scim_server.observe import access_log, observed
from scim_server.schema_cli import schema
from scim_server.serve import CannotListen, Server
from scim_server.store.connections import MEMORY
from scim_server.store.contract import StoreError

CANNOT_RUN: Final = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="scim-toolkit")
def main() -> None:
    """Serve SCIM 2.0 (RFC 7643, RFC 7644) over HTTP."""


main.add_command(schema)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option(
    "--database",
    metavar="FILE",
    help=f"SQLite file to keep resources in, or {MEMORY}. [default: a file in your data directory]",
)
@click.option("--token", help="Bearer token to let in. [default: a new one, which is printed]")
@click.option(
    "--token-env", metavar="NAME", help="Environment variable that holds the token to let in."
)
@click.option("--me", metavar="USERNAME", help="The user that the token stands for, at /Me.")
@click.option(
    "--schemas", metavar="DIR", help="Folder of further schemas and resource types to serve."
)
@click.option("--strict", is_flag=True, help="Refuse what clients send beyond the RFCs.")
@click.option(
    "--dialect",
    "dialects",
    type=click.Choice(sorted(OPTIONAL)),
    multiple=True,
    metavar="NAME",
    help=f"Understand this too, which is beyond the RFCs: {' or '.join(sorted(OPTIONAL))}.",
)
@click.option(
    "--allow-duplicate-groups",
    is_flag=True,
    help="Let several groups have the same displayName, as --strict does.",
)
@click.option(
    "--skip-unknown-members",
    is_flag=True,
    help="Leave out members that do not exist, rather than refuse the request.",
)
@click.option(
    "--access-log", metavar="FILE", help="Write a line a request to FILE; - is standard error."
)
def run(
    host: str,
    port: int,
    database: str | None,
    token: str | None,
    token_env: str | None,
    me: str | None,
    schemas: str | None,
    strict: bool,
    dialects: tuple[str, ...],
    allow_duplicate_groups: bool,
    skip_unknown_members: bool,
    access_log: str | None,
) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Prints the base URL, the token if it made one, and the database, a line each.
    """
    given = _given_token(token, token_env)
    token = secrets.token_urlsafe(24) if given is None else given
    os.umask(0o077)  # The database and the log are about people: for the user's own eyes.
    try:
        config = Config.load(
            {
                "tokens": [token],
                "subjects": {} if me is None else {token: me},
                "database": _default_database() if database is None else database,
                "schemas": schemas,
                "strict": strict,
                "dialects": list(dialects),
                "unique_group_names": not (allow_duplicate_groups or strict),
                "skip_unknown_members": skip_unknown_members,
            }
        )
        with ExitStack() as stack:
            log = _open_log(access_log, stack)
            _serve(config, host, port, log, show_token=given is None)
    except (ConfigError, StoreError, CannotListen, OSError) as error:
        click.echo(f"scim-server: {error}", err=True)
        sys.exit(CANNOT_RUN)


def _serve(config: Config, host: str, port: int, log: TextIO | None, *, show_token: bool) -> None:
    app = create_app(config)
    try:
        server = Server(observed(app, access_log(log)) if log else app, host, port, config.max_body)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: server.stop())
        click.echo(f"Listening on {server.origin}{config.base_path}")
        if show_token:
            click.echo(f"Token: {config.tokens[0]}")
        click.echo(f"Database: {config.database}")
        server.run()
    finally:
        app.extensions["scim_server"].store.close()


def _given_token(token: str | None, variable: str | None) -> str | None:
    if token is not None and variable is not None:
        raise click.UsageError("Give --token or --token-env, not both.")
    if variable is None:
        return token
    value = os.environ.get(variable, "")
    if not value:
        raise click.UsageError(f"--token-env: the environment variable {variable} is not set.")
    return value


def _default_database() -> str:
    return str(user_data_path("scim-toolkit", appauthor=False, ensure_exists=True) / "server.db")


def _open_log(name: str | None, stack: ExitStack) -> TextIO | None:
    if name is None or name == "-":
        return sys.stderr if name else None
    try:
        return stack.enter_context(Path(name).open("a", encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"--access-log: {name} cannot be written: {error.strerror}.") from None
