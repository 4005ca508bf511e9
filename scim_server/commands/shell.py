"""How the commands end: exit codes, and one line for each thing that is wrong."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import click

from scim_server.config import ConfigError
from scim_server.settings.checking import read_settings
from scim_server.store.connections import MEMORY
from scim_server.store.contract import NameTaken, Registry, StoreError, UnknownTenant
from scim_server.store.databases import open_registry

NO: Final = 1
CANNOT_RUN: Final = 2


def stop(message: str, code: int = CANNOT_RUN) -> NoReturn:
    """End the command with a message on standard error."""
    for line in message.splitlines():
        click.echo(f"scim-server: {line}", err=True)
    sys.exit(code)


@contextmanager
def registry(file: str | None, options: Mapping[str, Any]) -> Iterator[Registry]:
    """Open what a database knows of tenants and tokens; what it refuses ends the command."""
    try:
        name = read_settings(file, options).values["database"]
        if name == MEMORY:
            raise StoreError(f"{MEMORY} ends with its process; name a file or a URL as --database.")
        database = open_registry(name)
    except (ConfigError, StoreError) as error:
        stop(str(error))
    try:
        yield database
    except (NameTaken, UnknownTenant) as error:
        stop(str(error), NO)
    except StoreError as error:
        stop(str(error))
    finally:
        database.close()
