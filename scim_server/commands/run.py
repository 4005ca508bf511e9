"""The commands `scim-server run` and `scim-server config`."""

import os
import ssl
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import click

from scim_server.commands.shell import stop
from scim_server.config import ConfigError
from scim_server.settings.checking import Settings, read_settings
from scim_server.settings.effective import effective, masked
from scim_server.settings.options import configured
from scim_server.store.contract import StoreError


@click.command()
@configured()
def run(file: str | None, **options: Any) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Prints the base URL, the token if it made one, and the database, a line each. It makes one where
    none is given and the database has none either. It ends when it has answered what it has taken.
    """
    # Imported late: other commands have no use for a server.
    from scim_server.serving.sockets import CannotListen

    os.umask(0o077)  # The database and the log are about people: for the user's own eyes.
    try:
        _serve(read_settings(file, options))
    except (ConfigError, StoreError, CannotListen, OSError) as error:
        stop(str(error))


@click.command("config")
@configured()
def show(file: str | None, **options: Any) -> None:
    """Print the configuration that `run` would have, with the source of each value.

    It is written as a configuration file. Secrets are left out.
    """
    try:
        click.echo(effective(read_settings(file, options)))
    except ConfigError as error:
        stop(str(error))


def _serve(settings: Settings) -> None:
    from scim_server.serving.processes import ProcessServer, Serving
    from scim_server.serving.sockets import listen
    from scim_server.serving.workers import DRAINING, check_app, make_worker

    values = settings.values
    if check_app(settings):
        settings = settings.without_made_token()
    with (
        listen(values["host"], values["port"]) as listening,
        tempfile.TemporaryDirectory(prefix="scim-server-") as folder,
    ):
        names = (
            "workers",
            "connections",
            "idle_seconds",
            "drain_delay",
            "drain_seconds",
            "log_level",
        )
        serving = Serving(**{name: values[name] for name in names}, tls=_tls(values))
        shared = Path(folder)
        server = ProcessServer(
            listening,
            serving,
            ready=partial(_announce, settings, listening),
            draining=(shared / DRAINING).touch,
        )
        server.run(partial(make_worker, settings, shared))


def _tls(values: Any) -> tuple[Path, Path] | None:
    if values["tls_cert"] is None:
        return None
    cert, key = Path(values["tls_cert"]), Path(values["tls_key"])

    def passphrase() -> str:  # Without it OpenSSL would ask whoever sits at the terminal.
        raise ConfigError(f"tls_key: {key} is encrypted; name one that can be read as it is.")

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, passphrase)
    except ssl.SSLError as error:
        reason = error.reason or "one of them has not what it is to have, in PEM"
        raise ConfigError(
            f"tls_cert: {cert} and {key} are no certificate with its key: {reason}."
        ) from None
    return cert, key


def _announce(settings: Settings, listening: Any) -> None:
    from scim_server.serving.sockets import origin_of

    origin = origin_of(listening, settings.values["host"], settings.scheme)
    click.echo(f"Listening on {origin}{settings.config.base_path}")
    if settings.made_token:
        click.echo(f"Token: {settings.values['token']}")
    click.echo(f"Database: {masked(settings.config.database)}")
