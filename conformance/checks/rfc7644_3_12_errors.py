"""RFC 7644 §3.12: the form of errors."""

from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim
from scim_protocol.urns import SCIM_JSON


@check(
    "rfc7644/3.12/message",
    MUST,
    "An error has a JSON body with its schema and its status as a string.",
    needs=["User"],
)
def message(scim: Scim) -> None:
    """ "404", not 404: clients of typed languages fail on a number."""
    missing = scim.get(f"{scim.users}/{scim.name()}")
    missing.given.have_status(404)

    missing.must.be_error_message()


@check(
    "rfc7644/3.12/media-type",
    MUST,
    "An error is application/scim+json.",
    needs=["User"],
)
def media_type(scim: Scim) -> None:
    """An HTML page tells a client nothing."""
    missing = scim.get(f"{scim.users}/{scim.name()}")
    missing.given.have_status(404)

    missing.must.have_media_type(SCIM_JSON)


@check(
    "rfc7644/3.12/unauthorized",
    MUST,
    "A 401 has the form of a SCIM error, too.",
    needs=["User"],
)
def unauthorized(scim: Scim) -> None:
    """The sign-in in front of an endpoint often answers in a form of its own."""
    scim.skip_unless(scim.endpoint.authenticates, "the run has no token: the endpoint may be open")
    refused = scim.send("GET", scim.users, authorization=None)
    refused.given.have_status(401)

    refused.must.be_error_message()


@check("rfc7644/3.12/unknown-endpoint", SHOULD, "An endpoint that does not exist is answered 404.")
def unknown_endpoint(scim: Scim) -> None:
    """In the form of a SCIM error."""
    missing = scim.get(f"/{scim.name()}")

    missing.must.have_status(404)
    missing.must.be_error_message()


@check(
    "rfc7644/3.12/keywords",
    MUST,
    "scimType is left out, or one of the keywords of the RFC.",
    needs=["User"],
)
def keywords(scim: Scim) -> None:
    """Table 9 has no keyword for a 404, so most leave it out."""
    body = scim.smallest_user()
    del body["userName"]
    refused = scim.post(scim.users, body)
    scim.skip_unless(not refused.ok, "prerequisite: the endpoint takes a user without userName")

    if keyword := refused.body.get("scimType"):
        keyword.must.be_one_of("invalidValue", "invalidSyntax", "uniqueness", "mutability")
