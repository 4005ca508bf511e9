"""Every URN, media type and endpoint name of SCIM 2.0, once (RFC 7643 §10, RFC 7644 §3.2, §8)."""

from typing import Final

# Resource schemas, RFC 7643 §10.3.1 and §10.4.
USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE_USER: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
SERVICE_PROVIDER_CONFIG: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE: Final = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:Schema"

# Messages, RFC 7644 §8.2.
LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
BULK_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"

# Media types, RFC 7644 §8.1.
SCIM_JSON: Final = "application/scim+json"
JSON: Final = "application/json"

# Endpoints, RFC 7644 §3.2, relative to the base URL.
USERS: Final = "/Users"
GROUPS: Final = "/Groups"
ME: Final = "/Me"
BULK: Final = "/Bulk"
SEARCH: Final = "/.search"
SERVICE_PROVIDER_CONFIGS: Final = "/ServiceProviderConfig"
RESOURCE_TYPES: Final = "/ResourceTypes"
SCHEMAS: Final = "/Schemas"
