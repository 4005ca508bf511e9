"""RFC 7643 §6: what a resource type says of itself, and whether it is true."""

from conformance.check import MUST, check
from conformance.expect import Node, require
from conformance.scim import Scim
from scim_protocol.urns import RESOURCE_TYPES


@check("rfc7643/6/attributes", MUST, "Each resource type has a name, an endpoint and a schema.")
def attributes(scim: Scim) -> None:
    """With these three a client finds the resources and knows how to read them."""
    for resource_type in _types(scim):
        for name in ("name", "endpoint", "schema"):
            resource_type[name].must.be("string")


@check("rfc7643/6/schemas-listed", MUST, "Every schema that a resource type names is in /Schemas.")
def schemas_listed(scim: Scim) -> None:
    """A schema that cannot be looked up leaves its attributes unknown."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    listed = [urn.lower() for urn in scim.claims.schemas]

    for resource_type in _types(scim):
        extensions = resource_type.items_of("schemaExtensions")
        for named in [resource_type, *extensions]:
            named["schema"].must.match("the id of a schema", lambda urn: urn.lower() in listed)


@check("rfc7643/6/extensions", MUST, "An extension says whether a resource must have it.")
def extensions(scim: Scim) -> None:
    """`required` of each extension is true or false."""
    for resource_type in _types(scim):
        for extension in resource_type.items_of("schemaExtensions"):
            extension["required"].must.be("boolean")


@check("rfc7643/6/endpoints", MUST, "Every endpoint that a resource type names is there.")
def endpoints(scim: Scim) -> None:
    """What discovery lists has to answer: neither 404 nor a 5xx other than 501."""
    for resource_type in _types(scim):
        path = "/" + str(resource_type["endpoint"]).strip("/")
        answer = scim.get(path, count=1)
        there = answer.status != 404 and (answer.status < 500 or answer.status == 501)
        require(there, f"{path} to be served", answer.summary, answer.exchange)


def _types(scim: Scim) -> list[Node]:
    answer = scim.get(RESOURCE_TYPES)
    answer.given.have_status(200)
    return answer.body.items_of("Resources")
