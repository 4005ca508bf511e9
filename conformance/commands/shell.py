"""How the commands end when they cannot run: one message, and exit code 2."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from conformance.check import UnknownCheck
from conformance.problems import CannotRun, UnknownProfile


def cannot(message: str) -> NoReturn:
    """Say why, and end."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(2)


@contextmanager
def refusals() -> Iterator[None]:
    """End with the message of what cannot be run, or with one for Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        cannot("interrupted")
    except (CannotRun, UnknownCheck, UnknownProfile) as problem:
        cannot(str(problem))
