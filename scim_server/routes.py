"""Every request that the server answers: method, pattern, operation (RFC 7644 §3.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from scim_protocol import urns
from scim_protocol.errors import NotImplementedByServer
from scim_server import discovery, operations
from scim_server.service import Answer, Call, Kind, Service


@dataclass(frozen=True, slots=True)
class Route:
    """A request and what answers it; `{id}` in the pattern is a part of the URL.

    `public` ones are answered without a token: RFC 7643 §5 asks that a client may learn how to
    authenticate before it can.
    """

    method: str
    pattern: str
    operation: Callable[..., Answer]
    public: bool = False


def not_implemented(service: Service, call: Call) -> NoReturn:
    """Refuse what SCIM has and this server has not (501, RFC 7644 §3.11 and §3.12)."""
    raise NotImplementedByServer


# For each resource type, at its endpoint: operation(service, kind, call, id?).
OF_RESOURCES: Final = (
    Route("POST", "", operations.create),
    Route("GET", "", operations.query),
    Route("POST", urns.SEARCH, operations.search),
    Route("GET", "/{id}", operations.read),
    Route("PUT", "/{id}", operations.replace),
    Route("PATCH", "/{id}", operations.patch),
    Route("DELETE", "/{id}", operations.delete),
)

# Of the server itself: operation(service, call, id?).
OF_SERVER: Final = (
    Route("GET", urns.SERVICE_PROVIDER_CONFIGS, discovery.service_provider_config, public=True),
    Route("GET", urns.RESOURCE_TYPES, discovery.resource_types),
    Route("GET", urns.RESOURCE_TYPES + "/{id}", discovery.resource_type),
    Route("GET", urns.SCHEMAS, discovery.schemas),
    Route("GET", urns.SCHEMAS + "/{id}", discovery.schema),
    Route("POST", urns.BULK, not_implemented),
    Route("POST", urns.SEARCH, not_implemented),
    Route("GET", urns.ME, not_implemented),
    Route("POST", urns.ME, not_implemented),
    Route("PUT", urns.ME, not_implemented),
    Route("PATCH", urns.ME, not_implemented),
    Route("DELETE", urns.ME, not_implemented),
)


def bound_to(kind: Kind, operation: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return an operation on resources of one type, in the form of one of the server itself."""

    def of_kind(service: Service, call: Call, **parts: str) -> Answer:
        return operation(service, kind, call, **parts)

    return of_kind
