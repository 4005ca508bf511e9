"""Servers that are right, and choose otherwise than ours where the RFCs leave the choice.

    with variant_server("patch-answers-204") as server:
        ...  # a LiveServer that no test suite may blame

One module for each area; the section that leaves the choice is said beside each.
"""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from scim_server.testing.defects.layered import LayeredServer, named
from scim_server.testing.defects.mechanism import Defect, together
from scim_server.testing.variants.table import UnknownVariant, Variant, registered

__all__ = ["UnknownVariant", "Variant", "VariantServer", "all_variants", "variant_server"]


class VariantServer(LayeredServer):
    """A `LiveServer` that makes other choices, which can be exchanged while it runs."""

    def choose(self, names: Iterable[str]) -> None:
        """Make these choices from now on, and no others.

        :raises UnknownVariant: there is no variant of that name.
        """
        chosen = [find(name) for name in names]
        said = " ".join(variant.what for variant in chosen)
        choices = together(*(variant.choice for variant in chosen))
        self._layer.planted = Defect(" ".join(one.name for one in chosen), "choices", said, choices)


def variant_server(*names: str, **settings: Any) -> VariantServer:
    """Return a server that makes those choices; settings are those of `LiveServer`.

    :raises UnknownVariant: with the nearest name that exists.
    """
    for name in names:
        find(name)  # before a server is bound that nobody would close
    server = VariantServer(**settings)
    server.choose(names)
    return server


@cache
def all_variants() -> Mapping[str, Variant]:
    """Return every variant by its name."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return registered()


def find(name: str) -> Variant:
    """Return the variant of that name.

    :raises UnknownVariant: with the nearest name that exists.
    """
    return named(name, all_variants(), "variant", UnknownVariant)
