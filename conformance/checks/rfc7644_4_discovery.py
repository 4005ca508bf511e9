"""RFC 7644 §4: the discovery endpoints."""

from urllib.parse import quote

from conformance.answer import Answer
from conformance.check import MUST, SHOULD, check
from conformance.claims import Document
from conformance.expect import Node, covers
from conformance.scim import Scim
from scim_protocol.urns import RESOURCE_TYPES, SCHEMAS, SERVICE_PROVIDER_CONFIGS


@check(
    "rfc7644/4/service-provider-config",
    MUST,
    "GET /ServiceProviderConfig gives one object.",
    catches=["config-is-a-list", "config-is-missing"],
)
def service_provider_config(scim: Scim) -> None:
    """It is a single resource, not a list."""
    answer = scim.get(SERVICE_PROVIDER_CONFIGS)

    answer.must.have_status(200)
    answer.body.must.be("object")
    answer.must.lack("Resources")


@check(
    "rfc7644/4/resource-types",
    MUST,
    "GET /ResourceTypes gives a ListResponse.",
    catches=["types-are-a-bare-list"],
)
def resource_types(scim: Scim) -> None:
    """A bare array is what many endpoints send instead."""
    found = scim.get(RESOURCE_TYPES).must.be_list()

    scim.require(bool(found), "at least one resource type", "none")


@check(
    "rfc7644/4/schemas",
    MUST,
    "GET /Schemas gives a ListResponse.",
    catches=["schemas-are-a-bare-list"],
)
def schemas(scim: Scim) -> None:
    """A bare array is what many endpoints send instead."""
    found = scim.get(SCHEMAS).must.be_list()

    scim.require(bool(found), "at least one schema", "none")


@check(
    "rfc7644/4/all-schemas",
    MUST,
    "/Schemas holds all schemas at once.",
    catches=["schemas-are-paged"],
)
def all_schemas(scim: Scim) -> None:
    """Pages are for resources: here everything comes, whatever the query asks."""
    answer = scim.get(SCHEMAS, count=1)
    _must_count(answer, answer.must.be_list(counted=False))


@check(
    "rfc7644/4/one-schema",
    MUST,
    "Each schema can be read alone, by its URN.",
    catches=["schemas-cannot-be-read-alone"],
)
def one_schema(scim: Scim) -> None:
    """As a single resource; the colons of the URN may stand in the path as they are."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    for urn in scim.claims.schemas:
        answer = scim.get(f"{SCHEMAS}/{quote(urn, safe=':')}")
        answer.must.have_status(200)
        answer.must.have("id", equal_to=urn)


@check(
    "rfc7644/4/one-resource-type",
    MUST,
    "Each resource type can be read alone, by its id.",
    catches=["types-cannot-be-read-alone"],
)
def one_resource_type(scim: Scim) -> None:
    """The id is optional; where there is one, it works."""
    ids = [str(t["id"]) for t in scim.claims.types if isinstance(t.get("id"), str)]
    scim.skip_unless(bool(ids), "no resource type has an id")
    for type_id in ids:
        answer = scim.get(f"{RESOURCE_TYPES}/{quote(type_id, safe=':')}")
        answer.must.have_status(200)
        answer.must.have("id", equal_to=type_id)


@check(
    "rfc7644/4/unknown-schema",
    MUST,
    "A schema that does not exist is answered 404.",
    catches=["unknown-schemas-are-found"],
)
def unknown_schema(scim: Scim) -> None:
    """Discovery answers like any other resource."""
    scim.get(f"{SCHEMAS}/urn:example:{scim.name()}").must.be_error(404)


@check(
    "rfc7644/4/filter",
    SHOULD,
    "A filter on discovery is refused with 403.",
    catches=["discovery-ignores-filters"],
)
def filter_refused(scim: Scim) -> None:
    """So that no client takes the whole list for what its filter found."""
    scim.get(SCHEMAS, filter='name eq "User"').must.have_status(403)


@check(
    "rfc7644/4/types-whole",
    MUST,
    "/ResourceTypes lists all types at once, and counts them.",
    catches=["types-are-paged", "types-count-wrong"],
)
def types_whole(scim: Scim) -> None:
    """Pages are for resources: here everything comes, whatever the query asks."""
    everything = _listed(scim, RESOURCE_TYPES)
    answer = scim.get(RESOURCE_TYPES, count=1, startIndex=2)
    found = answer.must.be_list(counted=False)

    _must_count(answer, found)
    scim.require(len(found) == len(everything), f"all {len(everything)} types", len(found))


@check(
    "rfc7644/4/same-alone",
    MUST,
    "A schema and a resource type are alone what they are in the list.",
    catches=["schemas-differ-alone", "types-differ-alone"],
)
def same_alone(scim: Scim) -> None:
    """Two answers of one endpoint about one thing must agree."""
    for path in (SCHEMAS, RESOURCE_TYPES):
        for one in _listed(scim, path):
            if one.get("id") is None:
                continue
            alone = scim.get(f"{path}/{quote(str(one['id']), safe=':')}")
            alone.given.have_status(200)
            was, is_now = _told(one.value), _told(alone.body.value)
            same = covers(was, is_now) and covers(is_now, was)
            scim.require(same, f"{one['id']} as in the list", is_now)


@check(
    "rfc7644/4/unknown-type",
    MUST,
    "A resource type that does not exist is answered 404.",
    catches=["unknown-types-are-found"],
)
def unknown_type(scim: Scim) -> None:
    """Discovery answers like any other resource."""
    scim.get(f"{RESOURCE_TYPES}/{scim.name()}").must.be_error(404)


@check(
    "rfc7644/4/read-only",
    MUST,
    "Discovery documents cannot be written.",
    catches=["discovery-can-be-written", "discovery-fails-on-writing"],
)
def read_only(scim: Scim) -> None:
    """Table 2 has GET alone for them; whatever refuses, it is no success and no crash."""
    for path in (SERVICE_PROVIDER_CONFIGS, RESOURCE_TYPES, SCHEMAS):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            body: Document | None = None if method == "DELETE" else {"schemas": []}
            answer = scim.send(method, path, body=body)
            is_refused = 400 <= answer.status < 500 or answer.status == 501
            scim.require(is_refused, f"{method} {path} to be refused", answer.summary)


@check(
    "rfc7644/4/filter-types",
    SHOULD,
    "A filter on the resource types is refused with 403, too.",
    catches=["discovery-ignores-filters"],
)
def filter_types(scim: Scim) -> None:
    """So that no client takes the whole list for what its filter found."""
    _listed(scim, RESOURCE_TYPES)
    scim.get(RESOURCE_TYPES, filter='name eq "User"').must.have_status(403)


@check(
    "rfc7644/4/media-type",
    MUST,
    "Discovery documents come as SCIM or JSON.",
    catches=["discovery-comes-as-text"],
)
def media_type(scim: Scim) -> None:
    """Clients choose by it how to read."""
    for path in (SERVICE_PROVIDER_CONFIGS, RESOURCE_TYPES, SCHEMAS):
        answer = scim.get(path)
        answer.given.have_status(200)
        answer.must.have_media_type("application/scim+json", "application/json")


@check(
    "rfc7644/4/locations",
    MUST,
    "meta.location of a schema and of a resource type leads to it.",
    catches=["discovery-locations-lead-nowhere"],
)
def locations(scim: Scim) -> None:
    """Where it is given."""
    for path in (SCHEMAS, RESOURCE_TYPES):
        answer = scim.get(path)
        answer.given.have_status(200)
        for one in answer.must.be_list(counted=False):
            location = (one.value.get("meta") or {}).get("location")
            if location and one.get("id") is not None:
                found = scim.at(answer.resolve(str(location)))
                found.must.have_status(200)
                found.must.have("id", equal_to=one["id"])


@check(
    "rfc7644/4/kinds",
    SHOULD,
    "`meta` says of a discovery document what it is.",
    catches=["discovery-kinds-are-wrong"],
)
def kinds(scim: Scim) -> None:
    """meta.resourceType is Schema, and ResourceType."""
    for path, kind in ((SCHEMAS, "Schema"), (RESOURCE_TYPES, "ResourceType")):
        for one in _listed(scim, path):
            if (meta := one.get("meta")) is not None:
                meta["resourceType"].must.equal(kind)


def _listed(scim: Scim, path: str) -> list[Node]:
    answer = scim.get(path)
    answer.given.have_status(200)
    return answer.must.be_list(counted=False)


def _must_count(answer: Answer, found: list[Node]) -> None:
    """Demand that a count is right; that there is one, the checks of the lists demand."""
    if answer.body.get("totalResults") is not None:
        answer.must.have("totalResults", equal_to=len(found))


def _told(document: Document) -> Document:
    """Return what a document says, but for where it is: `/Users` and `Users` are one."""
    return {
        name: value.strip("/") if name == "endpoint" and isinstance(value, str) else value
        for name, value in document.items()
        if name != "meta"
    }
