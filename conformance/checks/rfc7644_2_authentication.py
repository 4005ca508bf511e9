"""RFC 7644 §2: who may use the endpoint."""

from conformance.answer import Answer
from conformance.check import MUST, check
from conformance.scim import Scim


@check(
    "rfc7644/2/without-token",
    MUST,
    "A request without credentials is answered 401.",
    needs=["User"],
)
def without_token(scim: Scim) -> None:
    """Whoever can reach the endpoint could read everybody otherwise."""
    _ask(scim, None).must.have_status(401)


@check(
    "rfc7644/2/wrong-token",
    MUST,
    "A request with a token that is not known is answered 401.",
    needs=["User"],
)
def wrong_token(scim: Scim) -> None:
    """That a token is there is not enough."""
    _ask(scim, f"Bearer {scim.name()}").must.have_status(401)


@check(
    "rfc7644/2/challenge",
    MUST,
    "A 401 says in WWW-Authenticate how to sign in.",
    needs=["User"],
)
def challenge(scim: Scim) -> None:
    """RFC 7235 §4.1 asks it of every 401; clients choose their scheme by it."""
    refused = _ask(scim, None)
    refused.given.have_status(401)

    refused.must.have_header("WWW-Authenticate")


def _ask(scim: Scim, authorization: str | None) -> Answer:
    scim.skip_unless(scim.endpoint.authenticates, "the run has no token: the endpoint may be open")
    schemes = (scim.claims.config or {}).get("authenticationSchemes")
    scim.skip_unless(schemes != [], "ServiceProviderConfig lists no authentication scheme")
    return scim.send("GET", scim.users, query={"count": 1}, authorization=authorization)
