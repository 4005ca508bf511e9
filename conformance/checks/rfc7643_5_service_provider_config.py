"""RFC 7643 §5: what the ServiceProviderConfig says of the endpoint."""

from conformance.check import MUST, check
from conformance.expect import Node
from conformance.scim import Scim
from scim_protocol.urns import SERVICE_PROVIDER_CONFIG, SERVICE_PROVIDER_CONFIGS

FEATURES = ("patch", "bulk", "filter", "changePassword", "sort", "etag")


@check("rfc7643/5/schemas", MUST, "The ServiceProviderConfig names its own schema.")
def own_schema(scim: Scim) -> None:
    """A client recognises the document by it."""
    _config(scim)["schemas"].must.contain(SERVICE_PROVIDER_CONFIG)


@check("rfc7643/5/features", MUST, "Each optional feature is said to be supported or not.")
def features(scim: Scim) -> None:
    """A client that does not find `supported` as true or false has to guess."""
    config = _config(scim)

    for feature in FEATURES:
        config[feature]["supported"].must.be("boolean")


@check("rfc7643/5/filter-limit", MUST, "filter.maxResults says how many results come at most.")
def filter_limit(scim: Scim) -> None:
    """A client plans its pages by it."""
    _config(scim)["filter"]["maxResults"].must.be("integer")


@check("rfc7643/5/bulk-limits", MUST, "bulk.maxOperations and bulk.maxPayloadSize are integers.")
def bulk_limits(scim: Scim) -> None:
    """Both are required, even of an endpoint that takes no bulk requests."""
    bulk = _config(scim)["bulk"]

    bulk["maxOperations"].must.be("integer")
    bulk["maxPayloadSize"].must.be("integer")


@check(
    "rfc7643/5/authentication-schemes",
    MUST,
    "authenticationSchemes is a list; each scheme has type, name and description.",
)
def authentication_schemes(scim: Scim) -> None:
    """A client learns from it how to sign in."""
    for scheme in _config(scim)["authenticationSchemes"]:
        for name in ("type", "name", "description"):
            scheme[name].must.be("string")


def _config(scim: Scim) -> Node:
    answer = scim.get(SERVICE_PROVIDER_CONFIGS)
    answer.given.have_status(200)
    return answer.body
