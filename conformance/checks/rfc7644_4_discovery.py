"""RFC 7644 §4: the discovery endpoints."""

from urllib.parse import quote

from conformance.check import MUST, SHOULD, check
from conformance.scim import Scim
from scim_protocol.urns import RESOURCE_TYPES, SCHEMAS, SERVICE_PROVIDER_CONFIGS


@check("rfc7644/4/service-provider-config", MUST, "GET /ServiceProviderConfig gives one object.")
def service_provider_config(scim: Scim) -> None:
    """It is a single resource, not a list."""
    answer = scim.get(SERVICE_PROVIDER_CONFIGS)

    answer.must.have_status(200)
    answer.body.must.be("object")
    answer.must.lack("Resources")


@check("rfc7644/4/resource-types", MUST, "GET /ResourceTypes gives a ListResponse.")
def resource_types(scim: Scim) -> None:
    """A bare array is what many endpoints send instead."""
    found = scim.get(RESOURCE_TYPES).must.be_list()

    scim.require(bool(found), "at least one resource type", "none")


@check("rfc7644/4/schemas", MUST, "GET /Schemas gives a ListResponse.")
def schemas(scim: Scim) -> None:
    """A bare array is what many endpoints send instead."""
    found = scim.get(SCHEMAS).must.be_list()

    scim.require(bool(found), "at least one schema", "none")


@check("rfc7644/4/all-schemas", MUST, "/Schemas holds all schemas at once.")
def all_schemas(scim: Scim) -> None:
    """Pages are for resources: here everything comes, whatever the query asks."""
    answer = scim.get(SCHEMAS, count=1)
    found = answer.must.be_list()

    answer.must.have("totalResults", equal_to=len(found))


@check("rfc7644/4/one-schema", MUST, "Each schema can be read alone, by its URN.")
def one_schema(scim: Scim) -> None:
    """As a single resource; the colons of the URN may stand in the path as they are."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    for urn in scim.claims.schemas:
        answer = scim.get(f"{SCHEMAS}/{quote(urn, safe=':')}")
        answer.must.have_status(200)
        answer.must.have("id", equal_to=urn)


@check("rfc7644/4/one-resource-type", MUST, "Each resource type can be read alone, by its id.")
def one_resource_type(scim: Scim) -> None:
    """The id is optional; where there is one, it works."""
    ids = [str(t["id"]) for t in scim.claims.types if isinstance(t.get("id"), str)]
    scim.skip_unless(bool(ids), "no resource type has an id")
    for type_id in ids:
        answer = scim.get(f"{RESOURCE_TYPES}/{quote(type_id, safe=':')}")
        answer.must.have_status(200)
        answer.must.have("id", equal_to=type_id)


@check("rfc7644/4/unknown-schema", MUST, "A schema that does not exist is answered 404.")
def unknown_schema(scim: Scim) -> None:
    """Discovery answers like any other resource."""
    scim.get(f"{SCHEMAS}/urn:example:{scim.name()}").must.be_error(404)


@check("rfc7644/4/filter", SHOULD, "A filter on discovery is refused with 403.")
def filter_refused(scim: Scim) -> None:
    """So that no client takes the whole list for what its filter found."""
    scim.get(SCHEMAS, filter='name eq "User"').must.have_status(403)
