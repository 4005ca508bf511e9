"""Servers that break exactly one rule each, to see whether a test suite notices.

    with broken_server("delete-answers-200") as server:
        ...  # a LiveServer that is right but for that

One module for each area; what is wrong is said beside the code that breaks it.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from scim_server.testing.defects.layered import LayeredServer, named
from scim_server.testing.defects.mechanism import Defect, UnknownDefect, registered

__all__ = ["BrokenServer", "Defect", "UnknownDefect", "all_defects", "broken_server"]


class BrokenServer(LayeredServer):
    """A `LiveServer` with a defect, which can be exchanged for another one while it runs."""

    def plant(self, name: str | None) -> None:
        """Break one rule from now on, and no other; None heals.

        :raises UnknownDefect: there is no defect of that name.
        """
        self._layer.planted = None if name is None else find(name)


def broken_server(name: str, **settings: Any) -> BrokenServer:
    """Return a server with that one defect; settings are those of `LiveServer`.

    :raises UnknownDefect: with the nearest name that exists.
    """
    find(name)  # before there is a server that nobody would stop
    server = BrokenServer(**settings)
    server.plant(name)
    return server


@cache
def all_defects() -> Mapping[str, Defect]:
    """Return every defect by its name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return registered()


def find(name: str) -> Defect:
    """Return the defect of that name.

    :raises UnknownDefect: with the nearest name that exists.
    """
    return named(name, all_defects(), "defect", UnknownDefect)
