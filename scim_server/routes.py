"""Every request that the server answers: method, pattern, operation (RFC 7644 §3.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from scim_protocol import urns
from scim_server import discovery, me, operations, queries
from scim_server.bulk import bulk
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


# For each resource type, at its endpoint: operation(service, kind, call, id?).
OF_RESOURCES: Final = (
    Route("POST", "", operations.create),
    Route("GET", "", queries.query),
    Route("POST", urns.SEARCH, queries.search),
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
    Route("POST", urns.BULK, bulk),
    Route("GET", "/", queries.query_all),
    Route("POST", urns.SEARCH, queries.search_all),
    Route("GET", urns.ME, me.read),
    Route("POST", urns.ME, me.create),
    Route("PUT", urns.ME, me.replace_whole),
    Route("PATCH", urns.ME, me.patch),
    Route("DELETE", urns.ME, me.delete),
)


def bound_to(kind: Kind, operation: Callable[..., Answer]) -> Callable[..., Answer]:
    """Return an operation on resources of one type, in the form of one of the server itself."""

    def of_kind(service: Service, call: Call, **parts: str) -> Answer:
        return operation(service, kind, call, **parts)

    return of_kind
