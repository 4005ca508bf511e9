"""A SCIM 2.0 client: endpoints as objects, typed errors, pages, bulk, and retries that are safe.

from scim_client import Bearer, ScimClient, replace

scim = ScimClient("https://app.example/scim/v2", auth=Bearer(token))
ada = scim.users.create({"userName": "ada"})
ada = scim.users.patch(ada["id"], replace("active", False))
for user in scim.users.search('userName sw "a"'):
    print(user["userName"])
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scim_client.auth import Basic, Bearer, ClientCredentials
    from scim_client.bulk import Bulk, BulkResult
    from scim_client.client import ScimClient
    from scim_client.clock import Clock
    from scim_client.endpoint import Endpoint
    from scim_client.errors import (
        Busy,
        ClientError,
        IncompleteList,
        NotScim,
        OutcomeUnknown,
        ScimError,
        TokenRefused,
        Unreachable,
        UsageError,
    )
    from scim_client.operations import Operation, add, remove, replace
    from scim_client.pace import Limit
    from scim_client.paging import Page, Results
    from scim_client.retry import Retry
    from scim_client.wsgi import WsgiAdapter

__all__ = [
    "Basic",
    "Bearer",
    "Bulk",
    "BulkResult",
    "Busy",
    "ClientCredentials",
    "ClientError",
    "Clock",
    "Endpoint",
    "IncompleteList",
    "Limit",
    "NotScim",
    "Operation",
    "OutcomeUnknown",
    "Page",
    "Results",
    "Retry",
    "ScimClient",
    "ScimError",
    "TokenRefused",
    "Unreachable",
    "UsageError",
    "WsgiAdapter",
    "add",
    "remove",
    "replace",
]

# Loaded when first asked for: the command can be stopped while it is being loaded.
_HOMES = {
    **dict.fromkeys(("Basic", "Bearer", "ClientCredentials"), "auth"),
    **dict.fromkeys(("Bulk", "BulkResult"), "bulk"),
    "ScimClient": "client",
    "Clock": "clock",
    "Endpoint": "endpoint",
    **dict.fromkeys(
        (
            *("Busy", "ClientError", "IncompleteList", "NotScim", "OutcomeUnknown"),
            *("ScimError", "TokenRefused", "Unreachable", "UsageError"),
        ),
        "errors",
    ),
    **dict.fromkeys(("Operation", "add", "remove", "replace"), "operations"),
    "Limit": "pace",
    **dict.fromkeys(("Page", "Results"), "paging"),
    "Retry": "retry",
    "WsgiAdapter": "wsgi",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
