"""A live server with a layer before it that bends what is asked and answered."""

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

from scim_server.testing.defects.mechanism import Layer
from scim_server.testing.live import LiveServer

T = TypeVar("T")


class LayeredServer(LiveServer):
    """A `LiveServer` whose layer can be given something else to do while it runs."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._layer = Layer(self._app.wsgi_app, self._config.base_path)
        self._app.wsgi_app = self._layer  # type: ignore[method-assign]


def named(name: str, known: Mapping[str, T], sort: str, unknown: type[LookupError]) -> T:
    """Return what has that name.

    :raises unknown: nothing has; it tells the nearest name that exists.
    """
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; the nearest is {near[0]}" if near else ""
    raise unknown(f"no {sort} is called {name!r}{hint}")
