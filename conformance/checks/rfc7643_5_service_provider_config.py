"""RFC 7643 §5: what the ServiceProviderConfig says of the endpoint."""

from conformance.check import MUST, SHOULD, check
from conformance.expect import Node
from conformance.scim import Scim
from scim_protocol.urns import SERVICE_PROVIDER_CONFIG, SERVICE_PROVIDER_CONFIGS

LIMIT = ("maxResults",)
SCHEMES = ("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest")
FEATURES = ("patch", "bulk", "filter", "changePassword", "sort", "etag")


@check(
    "rfc7643/5/schemas",
    MUST,
    "The ServiceProviderConfig names its own schema.",
    catches=["config-lacks-schemas"],
)
def own_schema(scim: Scim) -> None:
    """A client recognises the document by it."""
    _config(scim)["schemas"].must.contain(SERVICE_PROVIDER_CONFIG)


@check(
    "rfc7643/5/features",
    MUST,
    "Each optional feature is said to be supported or not.",
    catches=["config-lacks-sort", "config-says-yes"],
)
def features(scim: Scim) -> None:
    """A client that does not find `supported` as true or false has to guess."""
    config = _config(scim)

    for feature in FEATURES:
        config[feature]["supported"].must.be("boolean")


@check(
    "rfc7643/5/filter-limit",
    MUST,
    "filter.maxResults says how many results come at most.",
    catches=["config-lacks-filter-limit"],
)
def filter_limit(scim: Scim) -> None:
    """A client plans its pages by it."""
    _config(scim)["filter"]["maxResults"].must.be("integer")


@check(
    "rfc7643/5/bulk-limits",
    MUST,
    "bulk.maxOperations and bulk.maxPayloadSize are integers.",
    catches=["config-lacks-bulk-limits"],
)
def bulk_limits(scim: Scim) -> None:
    """Both are required, even of an endpoint that takes no bulk requests."""
    bulk = _config(scim)["bulk"]

    bulk["maxOperations"].must.be("integer")
    bulk["maxPayloadSize"].must.be("integer")


@check(
    "rfc7643/5/authentication-schemes",
    MUST,
    "authenticationSchemes is a list; each scheme has type, name and description.",
    catches=["config-schemes-are-an-object", "config-schemes-have-no-name"],
)
def authentication_schemes(scim: Scim) -> None:
    """A client learns from it how to sign in."""
    for scheme in _config(scim)["authenticationSchemes"]:
        for name in ("type", "name", "description"):
            scheme[name].must.be("string")


@check(
    "rfc7643/5/limits-make-sense",
    MUST,
    "The limits of what is supported are above zero.",
    catches=["config-limits-are-zero"],
)
def limits_make_sense(scim: Scim) -> None:
    """A bulk request of no operations and a page of no results are no support."""
    config = _config(scim)
    for feature, limits in (("bulk", ("maxOperations", "maxPayloadSize")), ("filter", LIMIT)):
        if scim.claims.claims(feature):
            for limit in limits:
                value = config[feature][limit].value
                scim.require(isinstance(value, int) and value > 0, f"{limit} above 0", value)


@check(
    "rfc7643/5/scheme-types",
    SHOULD,
    "The type of an authentication scheme is one of the RFC's.",
    catches=["config-scheme-of-its-own"],
)
def scheme_types(scim: Scim) -> None:
    """oauth, oauth2, oauthbearertoken, httpbasic and httpdigest are those that clients know."""
    for scheme in _config(scim).items_of("authenticationSchemes"):
        scheme["type"].must.be_one_of(*SCHEMES)


@check(
    "rfc7643/5/primary-scheme",
    MUST,
    "Of the authentication schemes one at most is primary.",
    catches=["config-two-primary-schemes"],
)
def primary_scheme(scim: Scim) -> None:
    """As of every list (§2.4)."""
    schemes = _config(scim).items_of("authenticationSchemes")
    primary = [scheme.value for scheme in schemes if scheme.value.get("primary") is True]

    scim.require(len(primary) <= 1, "one primary scheme at most", primary)


@check(
    "rfc7643/5/meta",
    SHOULD,
    "The ServiceProviderConfig says in `meta` what and where it is.",
    catches=["config-meta-wrong"],
)
def meta(scim: Scim) -> None:
    """It is a resource like others."""
    found = _config(scim)["meta"]
    found["resourceType"].must.equal("ServiceProviderConfig")
    location = found["location"]
    location.must.match(
        "an address that ends in it", lambda t: t.endswith(SERVICE_PROVIDER_CONFIGS)
    )


def _config(scim: Scim) -> Node:
    answer = scim.get(SERVICE_PROVIDER_CONFIGS)
    answer.given.have_status(200)
    return answer.body
