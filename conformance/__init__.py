"""Judge any SCIM 2.0 endpoint by the text of RFC 7643, RFC 7644 and RFC 9865.

report = conformance.run("https://app.example/scim/v2", token=token, only=["rfc7644/3.5.2"])
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.check import UnknownCheck
    from conformance.problems import CannotRun, UnknownProfile
    from conformance.report import Report, Result
    from conformance.runner import run
    from conformance.wire.access import Access, Basic, Bearer, ClientCredentials, Verbatim

__all__ = [
    "Access",
    "Basic",
    "Bearer",
    "CannotRun",
    "ClientCredentials",
    "Report",
    "Result",
    "UnknownCheck",
    "UnknownProfile",
    "Verbatim",
    "run",
]

# Loaded when first asked for: pytest imports this package, for its plugin, in every project where
# it is installed.
_HOMES = {
    **dict.fromkeys(("Access", "Basic", "Bearer", "ClientCredentials", "Verbatim"), "wire.access"),
    **dict.fromkeys(("CannotRun", "UnknownProfile"), "problems"),
    **dict.fromkeys(("Report", "Result"), "report"),
    "UnknownCheck": "check",
    "run": "runner",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
