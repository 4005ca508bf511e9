"""What is not offered, and how discovery says so (RFC 7643 §5-§7, RFC 7644 §4)."""

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.mechanism import Asked, Document, Server, Told, telling, together
from scim_server.testing.variants.table import (
    claiming,
    editing,
    refusing,
    variant,
    without_parameters,
)


def _is_search(asked: Asked) -> bool:
    return asked.path.endswith("/.search")


variant("no-sort", "RFC 7644 §3.4.2.3", "Sorting is not supported: what asks for it is unsorted.")(
    together(claiming("sort", supported=False), without_parameters("sortBy", "sortOrder"))
)
variant("sort-refused", "RFC 7644 §3.4.2.3", "Sorting is not supported: who asks gets a 400.")(
    together(
        claiming("sort", supported=False),
        refusing(400, "invalidValue", lambda asked: "sortBy" in asked.query),
    )
)
variant("no-bulk", "RFC 7644 §3.7", "There are no bulk requests.")(
    together(
        claiming("bulk", supported=False, maxOperations=0, maxPayloadSize=0),
        refusing(501, None, lambda asked: asked.path == "/Bulk"),
    )
)
variant("no-bulk-no-endpoint", "RFC 7644 §3.7", "There are no bulk requests, nor their endpoint.")(
    together(
        claiming("bulk", supported=False, maxOperations=0, maxPayloadSize=0),
        refusing(404, None, lambda asked: asked.path == "/Bulk"),
    )
)


@variant("small-bulk", "RFC 7644 §3.7", "A bulk request holds five operations at most.")
def small_bulk(asked: Asked, server: Server) -> Told:
    """RFC 7644 §3.7.4: more are refused with 413, and what is exceeded is said."""
    sent = asked.json if asked.path == "/Bulk" and isinstance(asked.json, dict) else {}
    operations = sent.get("Operations")
    if isinstance(operations, list) and len(operations) > 5:
        return Told.error(413, None, "More than maxOperations (5).")
    if asked.path == "/Bulk" and len(asked.body) > 20000:
        return Told.error(413, None, "More than maxPayloadSize (20000).")
    return claiming("bulk", supported=True, maxOperations=5, maxPayloadSize=20000)(asked, server)


@variant("no-etag", "RFC 7644 §3.14", "There are no versions of resources.")
def no_etag(asked: Asked, server: Server) -> Told:
    """Neither are they told, nor are conditions of them read."""

    def unversion(document: Document) -> None:
        for one in [document, *document.get("Resources", ())]:
            if isinstance(one, dict) and isinstance(one.get("meta"), dict):
                one["meta"].pop("version", None)
        for one in document.get("Operations", ()):
            if isinstance(one, dict):
                one.pop("version", None)
                unversion(one.get("response") or {})

    asked.set_header("If-Match", None)
    asked.set_header("If-None-Match", None)
    told = together(claiming("etag", supported=False), editing(unversion))(asked, server)
    told.headers.pop("ETag", None)
    return told


variant("no-filter", "RFC 7644 §3.4.2.2", "Filters are not supported: who asks gets a 501.")(
    together(
        claiming("filter", supported=False, maxResults=0),
        refusing(
            501,
            None,
            lambda a: "filter" in a.query or (_is_search(a) and "filter" in (a.json or {})),
        ),
    )
)
variant("no-patch", "RFC 7644 §3.5.2", "There is no PATCH.")(
    together(
        claiming("patch", supported=False),
        refusing(501, None, lambda asked: asked.method == "PATCH"),
    )
)
variant("no-search", "RFC 7644 §3.4.3", "There are no queries by POST.")(
    refusing(501, None, _is_search)
)
variant("no-root-search", "RFC 7644 §3.4.2.1", "There are no queries over several types.")(
    refusing(501, None, lambda asked: asked.path in ("/.search", "/", ""))
)
variant("no-me", "RFC 7644 §3.11", "A token stands for no user: /Me is not implemented.")(
    refusing(501, None, lambda asked: asked.path == "/Me")
)
variant("no-passwords", "RFC 7643 §5", "Passwords cannot be changed.")(
    claiming("changePassword", supported=False)
)


@variant("no-groups", "RFC 7643 §6", "There are users alone.")
def no_groups(asked: Asked, server: Server) -> Told:
    """Neither the type, nor its schema, nor its endpoint is there."""
    if asked.path.startswith(("/Groups", "/ResourceTypes/Group")):
        return Told.error(404)
    if asked.path.startswith("/Schemas/") and asked.path.endswith(":Group"):
        return Told.error(404)
    told = server(asked)
    if asked.path in ("/ResourceTypes", "/Schemas") and told.ok:
        document = told.document
        kept = [
            one
            for one in document["Resources"]
            if one.get("id") != "Group" and not str(one.get("id")).endswith(":Group")
        ]
        told.json = document | {"Resources": kept, "totalResults": len(kept)}
    return told


@variant("no-enterprise", "RFC 7643 §4.3", "Users have no enterprise extension.")
def no_enterprise(asked: Asked, server: Server) -> Told:
    """It is in no document of discovery; what is sent of it is left out."""
    if asked.path == f"/Schemas/{ENTERPRISE_USER}":
        return Told.error(404)
    if isinstance(asked.json, dict):
        asked.json = {n: v for n, v in asked.json.items() if n != ENTERPRISE_USER}
    told = server(asked)
    if asked.path == "/Schemas" and told.ok:
        kept = [one for one in told.document["Resources"] if one["id"] != ENTERPRISE_USER]
        told.json = told.document | {"Resources": kept, "totalResults": len(kept)}
    if asked.path.startswith("/ResourceTypes") and told.ok:
        document = told.document
        for one in document.get("Resources", [document]):
            others = [e for e in one.get("schemaExtensions", ()) if e["schema"] != ENTERPRISE_USER]
            one["schemaExtensions"] = others
        told.json = document
    return told


@variant("asks-for-an-address", "RFC 7643 §7", "A user must have an e-mail address.")
def asks_for_an_address(asked: Asked, server: Server) -> Told:
    """The schema says so."""
    sent = asked.json if isinstance(asked.json, dict) else {}
    is_user = asked.method in ("POST", "PUT") and asked.path.startswith("/Users")
    if is_user and "userName" in sent and not sent.get("emails"):
        return Told.error(400, "invalidValue", "emails is required.")

    def change(document: Document) -> None:
        for one in [document, *document.get("Resources", ())]:
            if str(one.get("id")).endswith("core:2.0:User"):
                next(a for a in one["attributes"] if a["name"] == "emails")["required"] = True

    return editing(change, method="GET", path="/Schemas")(asked, server)


@variant("few-attributes", "RFC 7644 §3.1", "The schemas name the attributes that are there.")
def few_attributes(asked: Asked, server: Server) -> Told:
    """Some of those in the RFC's schemas, not others."""
    kept = {"userName", "displayName", "active", "emails", "name", "members", "externalId"}
    told = server(asked)
    if asked.path.startswith("/Schemas") and told.ok:
        document = told.document
        for one in document.get("Resources", [document]):
            one["attributes"] = [a for a in one["attributes"] if a["name"] in kept]
        told.json = document
    return told


variant("discovery-ignores-filters", "RFC 7644 §4", "A filter on discovery is not read.")(
    lambda asked, server: (
        without_parameters("filter")(asked, server)
        if asked.path.startswith(("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"))
        else server(asked)
    )
)


@variant("discovery-behind-the-token", "RFC 7643 §5", "Discovery too asks for the token.")
def discovery_behind_the_token(asked: Asked, server: Server) -> Told:
    """That it may be had without one is a MAY."""
    if asked.path == "/ServiceProviderConfig" and not asked.header("Authorization"):
        asked.path = "/ResourceTypes"
    return server(asked)


def _slashless(document: Document) -> None:
    for one in document.get("Resources", [document]):
        if "endpoint" in one:
            one["endpoint"] = one["endpoint"].lstrip("/")


variant("endpoints-without-a-slash", "RFC 7643 §6", "Endpoints are named Users, not /Users.")(
    editing(_slashless, method="GET", path="/ResourceTypes")
)


def _several_schemes(document: Document) -> None:
    basic = {"type": "httpbasic", "name": "Basic", "description": "A name and a password"}
    document["authenticationSchemes"].append(basic)


variant("several-schemes", "RFC 7643 §5", "Basic authentication is offered beside tokens.")(
    together(
        editing(_several_schemes, path="/ServiceProviderConfig"),
        telling(
            lambda asked, told: told.headers.set(
                "WWW-Authenticate", 'Basic realm="scim", Bearer realm="scim"'
            ),
            status=401,
        ),
    )
)
