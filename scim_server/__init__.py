"""A SCIM 2.0 server (RFC 7643, RFC 7644): `create_app` is a WSGI app, `scim-server` runs it."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scim_server.app import create_app
    from scim_server.config import Config, ConfigError

__all__ = ["Config", "ConfigError", "create_app"]

# Loaded when first asked for: pytest imports this package, for its fixture, in every project
# where it is installed, and most of their tests have no use for a web framework.
_HOMES = {"create_app": "app", "Config": "config", "ConfigError": "config"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
