"""RFC 7643 §6: what a resource type says of itself, and whether it is true."""

from conformance.check import MUST, SHOULD, check
from conformance.claims import KNOWN_TYPES
from conformance.expect import Node, require
from conformance.scim import Scim
from scim_protocol.urns import ENTERPRISE_USER, RESOURCE_TYPE, RESOURCE_TYPES


@check(
    "rfc7643/6/attributes",
    MUST,
    "Each resource type has a name, an endpoint and a schema.",
    catches=["types-lack-names"],
)
def attributes(scim: Scim) -> None:
    """With these three a client finds the resources and knows how to read them."""
    for resource_type in _types(scim):
        for name in ("name", "endpoint", "schema"):
            resource_type[name].must.be("string")


@check(
    "rfc7643/6/schemas-listed",
    MUST,
    "Every schema that a resource type names is in /Schemas.",
    catches=["types-name-unknown-schemas"],
)
def schemas_listed(scim: Scim) -> None:
    """A schema that cannot be looked up leaves its attributes unknown."""
    scim.skip_unless(bool(scim.claims.schemas), "prerequisite: /Schemas cannot be read")
    listed = [urn.lower() for urn in scim.claims.schemas]

    for resource_type in _types(scim):
        extensions = resource_type.items_of("schemaExtensions")
        for named in [resource_type, *extensions]:
            named["schema"].must.match("the id of a schema", lambda urn: urn.lower() in listed)


@check(
    "rfc7643/6/extensions",
    MUST,
    "An extension says whether a resource must have it.",
    catches=["types-extensions-say-nothing"],
)
def extensions(scim: Scim) -> None:
    """`required` of each extension is true or false."""
    for resource_type in _types(scim):
        for extension in resource_type.items_of("schemaExtensions"):
            extension["required"].must.be("boolean")


@check(
    "rfc7643/6/endpoints",
    MUST,
    "Every endpoint that a resource type names is there.",
    catches=["types-are-elsewhere"],
)
def endpoints(scim: Scim) -> None:
    """What discovery lists has to answer: neither 404 nor a 5xx other than 501."""
    for resource_type in _types(scim):
        path = "/" + str(resource_type["endpoint"]).strip("/")
        answer = scim.get(path, count=1)
        there = answer.status != 404 and (answer.status < 500 or answer.status == 501)
        require(there, f"{path} to be served", answer.summary, answer.exchange)


@check(
    "rfc7643/6/own-schema",
    MUST,
    "Each resource type names the schema of resource types.",
    catches=["types-lack-schemas"],
)
def own_schema(scim: Scim) -> None:
    """It is a resource, and says what it is (§3)."""
    for resource_type in _types(scim):
        resource_type["schemas"].must.contain(RESOURCE_TYPE)


@check(
    "rfc7643/6/names-once",
    MUST,
    "No two resource types have one name or one endpoint.",
    catches=["types-share-an-endpoint"],
)
def names_once(scim: Scim) -> None:
    """meta.resourceType has to lead to one of them."""
    for key in ("name", "endpoint"):
        found = [str(one[key]).lower() for one in _types(scim)]
        scim.require(len(found) == len(set(found)), f"each {key} once", found)


@check(
    "rfc7643/6/schema-fits",
    MUST,
    "Resources of a type bear the schema that the type names.",
    catches=["custom-types-lose-values"],
)
def schema_fits(scim: Scim) -> None:
    """What the type says is true of what its endpoint makes."""
    for name in scim.claims.type_names:
        made = scim.made(name, scim.smallest(name))
        declared = (scim.claims.type_of(name) or {}).get("schema")
        urns = [str(urn).lower() for urn in scim.read(made)["schemas"]]
        scim.require(str(declared).lower() in urns, f"the schema {declared}", urns)


@check(
    "rfc7643/6/endpoint-fits",
    MUST,
    "At the endpoint of a type are resources of its schema.",
    needs=["User"],
    catches=["types-swap-schemas"],
)
def endpoint_fits(scim: Scim) -> None:
    """Whoever reads /Groups as users, because their type says so, finds no userName."""
    _ = scim.new_user()
    if scim.claims.missing("Group") is None:
        _ = scim.new_group()
    for resource_type in _types(scim):
        wanted = str(resource_type["schema"]).lower()
        answer = scim.get("/" + str(resource_type["endpoint"]).strip("/"), count=3)
        for one in answer.body.items_of("Resources") if answer.status == 200 else ():
            urns = [str(urn).lower() for urn in one["schemas"]]
            require(wanted in urns, f"the schema {wanted}", urns, answer.exchange)


@check(
    "rfc7643/6/all-listed",
    SHOULD,
    "Every type that is served is listed.",
    catches=["types-lack-groups"],
)
def all_listed(scim: Scim) -> None:
    """A client that looks for groups asks the list, not the endpoint."""
    listed = {str(one.get("schema")).lower() for one in _types(scim)}
    for name, (urn, path) in KNOWN_TYPES.items():
        if urn.lower() not in listed:
            answer = scim.get(path, count=1)
            served = answer.status == 200 and "totalResults" in (answer.document or {})
            require(not served, f"{name} to be listed, as {path} is served", "not")


@check(
    "rfc7643/6/extensions-listed",
    SHOULD,
    "An extension that resources have is listed with their type.",
    needs=["User"],
    catches=["types-lack-extensions"],
)
def extensions_listed(scim: Scim) -> None:
    """Tried with the extension for enterprises, where /Schemas has it and no type names it."""
    scim.skip_unless(ENTERPRISE_USER in scim.claims.schemas, "/Schemas does not list it")
    if scim.claims.missing("EnterpriseUser") is None:
        return
    body = scim.smallest_user(**{ENTERPRISE_USER: {"department": "tools"}})
    body["schemas"] = [*body["schemas"], ENTERPRISE_USER]
    shown = scim.read(scim.made("User", body)).body.get(ENTERPRISE_USER)

    scim.require(shown is None, "the extension to be listed, as users have it", "not")


@check(
    "rfc7643/6/required-extension",
    MUST,
    "An extension that is said to be required is demanded.",
    catches=["required-extensions-are-not"],
)
def required_extension(scim: Scim) -> None:
    """A client that leaves it out is told so."""
    tried = False
    for name in scim.claims.type_names:
        core = scim.claims.urn_of(name)
        for urn, _ in scim.claims.schemas_of(name, required=True):
            if urn != core:
                tried = True
                body = {k: v for k, v in scim.smallest(name).items() if k != urn}
                body["schemas"] = [one for one in body["schemas"] if one != urn]
                scim.post(scim.claims.path_of(name), body).must.have_status(400)
    scim.skip_unless(tried, "no extension is required")


def _types(scim: Scim) -> list[Node]:
    answer = scim.get(RESOURCE_TYPES)
    answer.given.have_status(200)
    return answer.body.items_of("Resources")
