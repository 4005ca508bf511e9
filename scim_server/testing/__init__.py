"""For tests of what talks SCIM: `LiveServer`, a real server in the test's own process."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scim_server.testing.live import LiveServer

__all__ = ["LiveServer"]


def __getattr__(name: str) -> Any:
    # Loaded when first asked for, as in `scim_server` itself.
    if name != "LiveServer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from scim_server.testing.live import LiveServer

    return LiveServer
