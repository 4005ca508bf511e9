"""The commands `scim-server migrate`, `export` and `import`: databases as a whole."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Any, BinaryIO, Final

import click

from scim_server.catalog import catalog_for
from scim_server.commands.shell import NO, stop
from scim_server.config import ConfigError
from scim_server.settings.checking import read_settings
from scim_server.settings.effective import masked
from scim_server.settings.options import DATABASE, configured
from scim_server.store.contract import DEFAULT_TENANT, Database, StoreError
from scim_server.store.databases import engine_at, open_database
from scim_server.store.transfer import export as write_lines
from scim_server.store.transfer import import_ as read_lines

_HOW: Final = ("schemas", "strict", "allow_duplicate_groups", "indexed")

TENANT = click.option("--tenant", default=DEFAULT_TENANT, show_default=True, metavar="NAME")


@contextmanager
def _told() -> Iterator[None]:
    """Let what cannot be done come out as a message."""
    os.umask(0o077)  # What is written is about people: for the user's own eyes.
    try:
        yield
    except (StoreError, ConfigError) as error:
        stop(str(error))
    except OSError as error:
        stop(f"{error.filename or 'the export'}: {error.strerror or error}.")


@click.command()
@configured(*DATABASE)
@click.option("--check", is_flag=True, help="Only tell whether there is anything to do.")
def migrate(file: str | None, check: bool, **options: Any) -> None:
    """Bring a database of an older version up to date.

    Stop the servers that use it first, and make a copy. One of a newer version is refused.
    With --check exits with 1 if the database is older, else with 0.
    """
    with _told():
        name = read_settings(file, options).config.database
        with engine_at(name) as engine:
            found, ours = engine.layout()
            if found == ours:
                click.echo(f"{masked(name)} is up to date (layout {ours}).")
            elif check:
                click.echo(f"{masked(name)} has layout {found}; this version has {ours}.")
                sys.exit(NO)
            else:
                engine.prepare(upgrade=True)
                click.echo(f"{masked(name)} now has layout {ours}; it had {found}.")


@click.command()
@configured(*DATABASE)
@TENANT
@click.option("--secrets", is_flag=True, help="With the hashes of passwords and other secrets.")
@click.argument("target", metavar="[FILE]", default="-", type=click.Path(dir_okay=False))
def export(file: str | None, tenant: str, secrets: bool, target: str, **options: Any) -> None:
    """Write a tenant to FILE, or to standard output, as JSON Lines.

    It is written as it is at one moment, while servers go on: resources with their ids, versions
    and times, and members. Tokens are left out, and hashes of passwords unless --secrets is given.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    with _told(), engine_at(read_settings(file, options).config.database) as engine:
        _must_be_ours(engine.layout())
        with _written(target) as out:
            moved = write_lines(engine, tenant, out.write, now, secrets=secrets)
    click.echo(f"{moved.resources} resources, {moved.memberships} memberships.", err=True)


def _must_be_ours(layout: tuple[int, int]) -> None:
    if layout[0] != layout[1]:
        raise StoreError("The database is empty or of an older version: run `scim-server migrate`.")


@contextmanager
def _written(target: str) -> Iterator[BinaryIO]:
    """Open a file beside the target and put it in its place when all is written and on the disk."""
    if target == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    if path.exists() and not path.is_file():
        with path.open("wb") as out:
            yield out  # A pipe or a device, such as /dev/null: it must stay what it is.
        return
    path = path.resolve()  # A link stays one.
    number, beside = mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(number, "wb") as out:
            yield out
            out.flush()
            os.fsync(number)
        os.replace(beside, path)
    finally:
        Path(beside).unlink(missing_ok=True)


@contextmanager
def _there(tenant: str, database: Database) -> Iterator[None]:
    """See that there is a tenant; one that had to be made is gone again if what follows fails."""
    if tenant in database.tenants():
        yield
        return
    database.add_tenant(tenant)
    try:
        yield
    except BaseException:
        database.remove_tenant(tenant)
        raise


@click.command(name="import")
@configured(*DATABASE, *_HOW)
@TENANT
@click.argument("source", metavar="[FILE]", default="-", type=click.Path(dir_okay=False))
def import_(file: str | None, tenant: str, source: str, **options: Any) -> None:
    """Read a tenant from FILE, or from standard input, as `export` wrote it.

    All of it comes in, or nothing. The tenant is made if it is not there, and must have no
    resources. Servers go on, but cannot write to it meanwhile; with SQLite, to no tenant.
    """
    with _told():
        config = read_settings(file, options).config
        catalog = catalog_for(config)
        database = open_database(config.database, catalog, config.indexed)
        try:
            with click.open_file(source, "rb") as lines, _there(tenant, database):
                moved = read_lines(database.engine, catalog, database.rules, tenant, lines)
        finally:
            database.close()
    click.echo(f"{moved.resources} resources, {moved.memberships} memberships.", err=True)
