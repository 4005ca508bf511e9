"""What the server says of itself (RFC 7644 §4): all of it derived from what it does."""

from collections.abc import Iterable
from typing import Any

import orjson

from scim_protocol import urns
from scim_protocol.catalog import Catalog
from scim_protocol.errors import Forbidden, NotFound, shortened
from scim_protocol.messages import list_response
from scim_server.access.oauth import TOKEN_ENDPOINT
from scim_server.config import Config
from scim_server.service import Answer, Call, Service

Document = dict[str, Any]


def service_provider_config(service: Service, call: Call) -> Answer:
    """GET /ServiceProviderConfig: what is offered, and how to authenticate (RFC 7643 §5)."""
    _refuse_filter(call)
    document = provider_config(service.config)
    url = call.base_url + urns.SERVICE_PROVIDER_CONFIGS
    document["meta"] = {"resourceType": "ServiceProviderConfig", "location": url}
    return Answer(200, orjson.dumps(document), {"Location": url})


def resource_types(service: Service, call: Call) -> Answer:
    """GET /ResourceTypes: the types of resources that are served."""
    return _list(call, (_resource_type(t, call) for t in _types(service.catalog)))


def resource_type(service: Service, call: Call, id: str) -> Answer:
    """GET /ResourceTypes/{id}: one of them."""
    found = (_resource_type(t, call) for t in _types(service.catalog) if t["id"] == id)
    return _one(call, next(found, None), f"There is no resource type {shortened(id)!r}.")


def schemas(service: Service, call: Call) -> Answer:
    """GET /Schemas: the schemas of all that is served."""
    return _list(call, (_schema(s.to_json(), call) for s in service.catalog.schemas.values()))


def schema(service: Service, call: Call, id: str) -> Answer:
    """GET /Schemas/{urn}: one of them; URNs are compared in any letter case (RFC 8141 §3.1)."""
    known = service.catalog.schemas.values()
    found = (_schema(s.to_json(), call) for s in known if s.id.lower() == id.lower())
    return _one(call, next(found, None), f"There is no schema {shortened(id)!r}.")


def provider_config(config: Config) -> Document:
    """Return the ServiceProviderConfig without `meta`."""
    return {
        "schemas": [urns.SERVICE_PROVIDER_CONFIG],
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": config.max_bulk_operations,
            "maxPayloadSize": config.bulk_payload,
        },
        "filter": {"supported": True, "maxResults": config.max_page_size},
        "changePassword": {"supported": True},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": config.page_size,
            "maxPageSize": config.max_page_size,
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "A token in the Authorization header of every request.",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": True,
            },
            {
                "type": "oauth2",
                "name": "OAuth 2.0 Client Credentials",
                "description": f"Access tokens for clients, from {TOKEN_ENDPOINT} of the server.",
                "specUri": "https://www.rfc-editor.org/info/rfc6749",
                "primary": False,
            },
        ],
    }


def _types(catalog: Catalog) -> Iterable[Document]:
    return (model.type.to_json() for model in catalog.models.values())


def _resource_type(document: Document, call: Call) -> Document:
    return _located(document, "ResourceType", urns.RESOURCE_TYPES, call)


def _schema(document: Document, call: Call) -> Document:
    return _located(document, "Schema", urns.SCHEMAS, call)


def _located(document: Document, kind: str, endpoint: str, call: Call) -> Document:
    url = f"{call.base_url}{endpoint}/{document['id']}"
    return document | {"meta": {"resourceType": kind, "location": url}}


def _list(call: Call, documents: Iterable[Document]) -> Answer:
    _refuse_filter(call)
    return Answer(200, orjson.dumps(list_response(list(documents))))


def _one(call: Call, document: Document | None, missing: str) -> Answer:
    _refuse_filter(call)
    if document is None:
        raise NotFound(missing)
    return Answer(200, orjson.dumps(document), {"Location": document["meta"]["location"]})


def _refuse_filter(call: Call) -> None:
    # RFC 7644 §4: so that no client takes the whole list for what its filter has left.
    if "filter" in call.parameters:
        raise Forbidden("Discovery endpoints cannot be filtered.")
