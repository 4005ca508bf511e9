"""Every request that the server answers: method, pattern, operation (RFC 7644 §3.2)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_server import discovery, me, operations, queries
from scim_server.bulk import bulk
from scim_server.service import Answer
from scim_server.store.contract import Scope


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

    @property
    def scope(self) -> Scope:
        """What a token must be good for: a POST to `.search` only reads, too."""
        return "read" if self.method == "GET" or self.pattern == urns.SEARCH else "write"


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


def every_route(catalog: Catalog) -> Iterator[tuple[str, str | None, Route]]:
    """Yield each path below the base URL, the type of the resources there, and what it answers."""
    for model in catalog.models.values():
        for route in OF_RESOURCES:
            yield model.endpoint + route.pattern, model.name, route
    for route in OF_SERVER:
        yield route.pattern, None, route
