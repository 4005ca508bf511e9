"""Some attributes asked for, others shown: parts, extensions, what always comes (RFC 7644 §3.9)."""

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.mechanism import Asked, Server, Told, defect
from scim_server.testing.defects.projection import (
    asks,
    define,
    reading_names,
    showing_where,
)

define(
    "extension-comes-whole",
    "One name of an extension gives all of it.",
    reading_names(
        "attributes", lambda names: ENTERPRISE_USER if names.startswith(ENTERPRISE_USER) else names
    ),
)
define(
    "excluded-part-drops-extension",
    "To leave one attribute of an extension out leaves it all out.",
    reading_names(
        "excludedAttributes",
        lambda names: ENTERPRISE_USER if names.startswith(ENTERPRISE_USER) else names,
    ),
)
define(
    "whole-extension-unknown",
    "The URN of an extension alone gives nothing.",
    reading_names("attributes", lambda names: "x" if names == ENTERPRISE_USER else names),
)
define(
    "whole-extension-stays",
    "The URN of an extension alone leaves nothing out.",
    reading_names("excludedAttributes", lambda names: "x" if names == ENTERPRISE_USER else names),
)
define(
    "excluded-part-of-many-stays",
    "`emails.type` cannot be left out.",
    reading_names(
        "excludedAttributes", lambda names: "x" if names.startswith("emails.") else names
    ),
)
define(
    "members-come-whole",
    "`members.value` gives all of each member.",
    reading_names("attributes", lambda names: "members" if names.startswith("members.") else names),
)
define(
    "groups-of-users-missing",
    "A user's groups do not come when they are named.",
    reading_names("attributes", lambda names: "x" if names == "groups" else names),
)
define(
    "last-part-only",
    "Of two parts of a name the last comes.",
    reading_names(
        "attributes", lambda names: names.split(",")[-1] if names.startswith("name.") else names
    ),
)
define(
    "meta-stays",
    "`meta` cannot be left out.",
    reading_names("excludedAttributes", lambda names: "x" if names == "meta" else names),
)
define(
    "schemas-left-out",
    "`attributes` leaves schemas out.",
    showing_where(asks("attributes"), lambda one: one.pop("schemas", None)),
)


@defect("projection-takes-the-location", "projection", "With `attributes` there is no Location.")
def takes_the_location(asked: Asked, server: Server) -> Told:
    """Know the place only where meta is shown."""
    told = server(asked)
    if asked.method == "POST" and "attributes" in asked.query:
        told.headers.pop("Location", None)
    return told


@defect("projection-user-name-always-comes", "projection", "userName comes though not named.")
def user_name_always(asked: Asked, server: Server) -> Told:
    """Add the name to what `attributes` names."""
    if asked.path.startswith("/Users") and "attributes" in asked.query:
        asked.query = asked.query | {"attributes": f"{asked.query['attributes']},userName"}
    return server(asked)


@defect("projection-removes-what-is-hidden", "projection", "What is left out is removed.")
def removes_what_is_hidden(asked: Asked, server: Server) -> Told:
    """Write back the resource as it was shown."""
    told = server(asked)
    hidden = asked.query.get("excludedAttributes") if asked.method == "GET" else None
    if hidden == "title" and asked.path.startswith("/Users/"):
        schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]
        operations = [{"op": "remove", "path": hidden}]
        server(asked.other("PATCH", asked.path, {"schemas": schemas, "Operations": operations}))
    return told
