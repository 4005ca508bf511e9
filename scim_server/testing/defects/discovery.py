"""Discovery documents that are wrong, or not true (RFC 7643 §5 to §7, RFC 7644 §4)."""

from typing import Any

from scim_protocol.urns import USER
from scim_server.testing.defects.bodies import DISCOVERY, answering, failing, without
from scim_server.testing.defects.mechanism import (
    Asked,
    Document,
    Server,
    Told,
    asking,
    defect,
    showing,
    telling,
)

CONFIG, TYPES, SCHEMAS = DISCOVERY
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def _is_discovery(asked: Asked) -> bool:
    return asked.path.startswith(DISCOVERY)


def _config(change: Any) -> Any:
    return showing(lambda one: change(one), path=CONFIG)


def _types(change: Any) -> Any:
    return showing(lambda one: change(one), path=TYPES)


def _feature(name: str, **values: Any) -> Any:
    return _config(lambda one: one | {name: one[name] | values})


def _listing(change: Any, path: str) -> Any:
    def edit(asked: Asked, told: Told) -> None:
        if asked.path == path and told.ok:
            told.json = change(told.json)

    return telling(edit, method="GET")


# --- ServiceProviderConfig ----------------------------------------------------------------------

defect("config-lacks-schemas", "discovery", "The ServiceProviderConfig has no schemas.")(
    _config(without("schemas"))
)
defect("config-lacks-sort", "discovery", "The ServiceProviderConfig does not speak of sort.")(
    _config(without("sort"))
)
defect("config-says-yes", "discovery", 'A feature is supported: "yes".')(
    _feature("etag", supported="yes")
)
defect("config-denies-patch", "discovery", "PATCH works, but is said to be unsupported.")(
    _feature("patch", supported=False)
)
defect("config-lacks-filter-limit", "discovery", "filter.maxResults is missing.")(
    _config(lambda one: one | {"filter": {"supported": True}})
)
defect("config-lacks-bulk-limits", "discovery", "bulk.maxOperations is a text.")(
    _feature("bulk", maxOperations="1000")
)
defect("config-schemes-are-an-object", "discovery", "authenticationSchemes is no list.")(
    _config(lambda one: one | {"authenticationSchemes": one["authenticationSchemes"][0]})
)
defect("config-schemes-have-no-name", "discovery", "An authentication scheme has no name.")(
    _config(
        lambda one: (
            one
            | {"authenticationSchemes": [without("name")(s) for s in one["authenticationSchemes"]]}
        )
    )
)
defect("config-scheme-of-its-own", "discovery", "The type of an authentication scheme is made up.")(
    _config(
        lambda one: (
            one
            | {
                "authenticationSchemes": [
                    s | {"type": "magic"} for s in one["authenticationSchemes"]
                ]
            }
        )
    )
)
defect("config-two-primary-schemes", "discovery", "Two authentication schemes are primary.")(
    _config(lambda one: one | {"authenticationSchemes": one["authenticationSchemes"] * 2})
)
defect("config-limits-are-zero", "discovery", "A supported bulk takes no operations.")(
    _feature("bulk", maxOperations=0)
)
defect("config-meta-wrong", "discovery", "The ServiceProviderConfig calls itself a User.")(
    _config(lambda one: one | {"meta": one["meta"] | {"resourceType": "User"}})
)
defect("config-is-a-list", "discovery", "The ServiceProviderConfig comes in a list.")(
    _listing(lambda one: {"schemas": [LIST], "totalResults": 1, "Resources": [one]}, CONFIG)
)
defect("config-is-missing", "discovery", "There is no ServiceProviderConfig.")(
    failing(lambda asked: asked.path == CONFIG, status=404)
)
defect("patch-is-not-there", "discovery", "PATCH is claimed, and answered 501.")(
    failing(lambda asked: True, method="PATCH", status=501)
)
defect("filter-is-not-there", "discovery", "Filters are claimed, and not looked at.")(
    asking(lambda asked: setattr(asked, "query", without("filter")(asked.query)), method="GET")
)

# --- ResourceTypes -------------------------------------------------------------------------------

defect("types-lack-names", "discovery", "A resource type has no name.")(_types(without("name")))
defect("types-lack-schemas", "discovery", "A resource type has no schemas.")(
    _types(without("schemas"))
)
defect("types-share-an-endpoint", "discovery", "All resource types are at /Users.")(
    _types(lambda one: one | {"endpoint": "/Users"})
)
defect("types-are-elsewhere", "discovery", "A resource type's endpoint is not served.")(
    _types(lambda one: one | {"endpoint": one["endpoint"] + "X"})
)
defect("types-name-unknown-schemas", "discovery", "A resource type's schema cannot be looked up.")(
    _types(lambda one: one | {"schema": one["schema"] + "X"} if one["name"] != "User" else one)
)
defect("types-extensions-say-nothing", "discovery", "An extension does not say if it is required.")(
    _types(
        lambda one: (
            one
            | {
                "schemaExtensions": [
                    without("required")(e) for e in one.get("schemaExtensions", [])
                ]
            }
        )
    )
)
defect("required-extensions-are-not", "discovery", "An extension is required, and not demanded.")(
    _types(
        lambda one: (
            one
            | {
                "schemaExtensions": [
                    e | {"required": True} for e in one.get("schemaExtensions", [])
                ]
            }
            if one["name"] == "Device"
            else one
        )
    )
)
defect("types-are-a-bare-list", "discovery", "/ResourceTypes is a bare array.")(
    _listing(lambda body: body["Resources"], TYPES)
)
defect("types-count-wrong", "discovery", "/ResourceTypes counts one more than there are.")(
    _listing(lambda body: body | {"totalResults": body["totalResults"] + 1}, TYPES)
)


def _paged(path: str) -> Any:
    def edit(asked: Asked, told: Told) -> None:
        if asked.path == path and told.ok and "count" in asked.query:
            told.json = told.document | {"Resources": told.document["Resources"][:1]}

    return telling(edit, method="GET")


defect("types-are-paged", "discovery", "/ResourceTypes comes in pages.")(_paged(TYPES))
defect("schemas-are-paged", "discovery", "/Schemas comes in pages.")(_paged(SCHEMAS))
defect("unknown-types-are-found", "discovery", "A resource type that is not there is found.")(
    answering(
        lambda asked: asked.path.startswith(f"{TYPES}/scim-conformance"),
        lambda asked: Told.of(200, {}),
    )
)
defect("unknown-schemas-are-found", "discovery", "A schema that is not there is found.")(
    answering(
        lambda asked: asked.path.startswith(f"{SCHEMAS}/urn:example:scim-conf"),
        lambda asked: Told.of(200, {}),
    )
)


def _alone(path: str) -> Any:
    def edit(asked: Asked, told: Told) -> None:
        if asked.path.startswith(f"{path}/") and told.ok:
            told.json = told.document | {"name": "Other", "description": "Other"}

    return telling(edit, method="GET")


defect("types-differ-alone", "discovery", "A resource type is another one when read alone.")(
    _alone(TYPES)
)
defect("schemas-differ-alone", "discovery", "A schema is another one when read alone.")(
    _alone(SCHEMAS)
)
defect("types-cannot-be-read-alone", "discovery", "A resource type cannot be read alone.")(
    failing(lambda asked: asked.path.startswith(f"{TYPES}/"), status=404)
)
defect("schemas-cannot-be-read-alone", "discovery", "A schema cannot be read alone.")(
    failing(lambda asked: asked.path.startswith(f"{SCHEMAS}/"), status=404)
)

# --- all of them ---------------------------------------------------------------------------------

defect("discovery-can-be-written", "discovery", "A PUT of a discovery document is a success.")(
    answering(_is_discovery, lambda asked: Told.of(200, {}), method="PUT")
)
defect("discovery-fails-on-writing", "discovery", "A POST to discovery is answered 500.")(
    failing(_is_discovery, method="POST")
)


@defect("discovery-ignores-filters", "discovery", "A filter on discovery is ignored.")
def ignores_filters(asked: Asked, server: Server) -> Told:
    """Show everything."""
    if _is_discovery(asked):
        asked.query = without("filter")(asked.query)
    return server(asked)


defect("discovery-comes-as-text", "discovery", "Discovery documents come as text/plain.")(
    telling(
        lambda asked, told: (
            told.headers.set("Content-Type", "text/plain") if _is_discovery(asked) else None
        )
    )
)
defect("discovery-locations-lead-nowhere", "discovery", "meta.location in discovery is wrong.")(
    showing(
        lambda one: (
            one | {"meta": one["meta"] | {"location": one["meta"]["location"] + "X"}}
            if (one.get("meta") or {}).get("resourceType") in ("Schema", "ResourceType")
            else one
        )
    )
)
defect("discovery-kinds-are-wrong", "discovery", "meta.resourceType of a schema is Schemas.")(
    showing(
        lambda one: (
            one | {"meta": one["meta"] | {"resourceType": "Schemas"}}
            if (one.get("meta") or {}).get("resourceType") == "Schema"
            else one
        )
    )
)

# --- Schemas -------------------------------------------------------------------------------------


def _schema(change: Any, urn: str = "") -> Any:
    return showing(
        lambda one: change(one) if one["id"] == (urn or one["id"]) else one, path=SCHEMAS
    )


def _attribute(named: str, /, **values: Any) -> Any:
    def change(one: Document) -> Document:
        return one | {
            "attributes": [a | values if a["name"] == named else a for a in one["attributes"]]
        }

    return _schema(change, USER)


for rule, what, name, values in (
    ("active-is-a-text", "active is a string", "active", {"type": "string"}),
    ("emails-are-single", "emails has one value", "emails", {"multiValued": False}),
    ("name-is-a-text", "name is a string", "name", {"type": "string"}),
    ("user-name-optional", "userName is not required", "userName", {"required": False}),
    ("user-name-not-unique", "userName is not unique", "userName", {"uniqueness": "none"}),
    ("shows-passwords", "a password is returned", "password", {"returned": "default"}),
    ("password-is-read-write", "a password is readWrite", "password", {"mutability": "readWrite"}),
    ("groups-are-writable", "groups is readWrite", "groups", {"mutability": "readWrite"}),
    ("has-unknown-types", "title is a text", "title", {"type": "text"}),
    ("has-unknown-mutability", "title is writable", "title", {"mutability": "writable"}),
    ("has-unknown-returned", "title is returned often", "title", {"returned": "often"}),
    ("has-flags-as-text", 'title is caseExact: "false"', "title", {"caseExact": "false"}),
    ("has-odd-names", "an attribute is called 1st title", "title", {"name": "1st title"}),
    ("has-no-parts", "name lists no sub-attributes", "name", {"subAttributes": []}),
    ("canonical-values-are-text", "canonicalValues is a text", "title", {"canonicalValues": "a"}),
):
    defect(f"schema-{rule}", "discovery", f"The schema of User says that {what}.")(
        _attribute(name, **values)
    )
defect("schema-reference-types-are-text", "discovery", "referenceTypes is a text.")(
    _attribute("profileUrl", referenceTypes="external")
)
defect("schema-names-twice", "discovery", "A schema has an attribute twice.")(
    _schema(lambda one: one | {"attributes": [*one["attributes"], one["attributes"][0]]}, USER)
)
defect("schemas-lack-attributes", "discovery", "A schema lists no attributes.")(
    _schema(lambda one: one | {"attributes": []}, USER)
)
defect("schema-nests-complex", "discovery", "A sub-attribute is complex.")(
    _attribute("name", subAttributes=[{"name": "parts", "type": "complex"}])
)
defect("schemas-lack-ids", "discovery", "The id of a schema is its name.")(
    _schema(lambda one: one | {"id": one["name"]})
)
defect("schemas-are-a-bare-list", "discovery", "/Schemas is a bare array.")(
    _listing(lambda body: body["Resources"], SCHEMAS)
)
defect("shows-attributes-of-its-own", "discovery", "A user has an attribute that no schema has.")(
    showing(lambda one: one | {"internalNumber": 7}, type="User")
)
defect("shows-undeclared-extensions", "discovery", "A user has an extension that is not declared.")(
    showing(lambda one: one | {"urn:example:secret": {"x": 1}}, type="User")
)
