"""The ways to what is asked for most: paths that are written plainly are looked up, not walked."""

from collections.abc import Mapping
from typing import Final

from scim_protocol import urns
from scim_server.views import View

_ID: Final = "/{id}"
_NO_PARTS: Final[Mapping[str, str]] = {}


class Ways:
    """Finds what answers a request; where it finds nothing, Flask's map of URLs may."""

    def __init__(self) -> None:
        self._whole: dict[tuple[str, str], View] = {}
        self._to_id: dict[tuple[str, str], View] = {}

    def add(self, path: str, view: View) -> None:
        """Let a view answer a path, of which the last part may be `{id}`."""
        ways = self._to_id if path.endswith(_ID) else self._whole
        for method in ("GET", "HEAD") if view.route.method == "GET" else (view.route.method,):
            ways[method, path.removesuffix(_ID)] = view

    def find(self, method: str, path: str) -> tuple[View, Mapping[str, str]] | None:
        """Return what answers a request, and the parts of its path that are not fixed."""
        view = self._whole.get((method, path))
        if view is not None:
            return view, _NO_PARTS
        stem, _, id = path.rpartition("/")
        view = self._to_id.get((method, stem))
        # Other letters than ASCII's are bytes still; `.search` is no id.
        if view is None or not id or not id.isascii() or id == urns.SEARCH.strip("/"):
            return None
        return view, {"id": id}
