"""Some attributes asked for, others shown (RFC 7644 §3.9)."""

from collections.abc import Callable
from typing import Any

from scim_protocol.urns import ENTERPRISE_USER
from scim_server.testing.defects.bending import is_listing
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect


def define(name: str, what: str, breakage: Breakage) -> None:
    """Register a defect of projection."""
    defect(f"projection-{name}", "projection", what)(breakage)


def reading_names(
    names: str, rewrite: Callable[[str], str | None], *, when: Callable[[Asked], object] = bool
) -> Breakage:
    """Read one of the two parameters as another; None as if it were not there."""

    def breakage(asked: Asked, server: Server) -> Told:
        query = asked.query
        if when(asked):
            for name in names.split():
                given = query.pop(name, None)
                changed = None if given is None else rewrite(given)
                query |= {} if changed is None else {name: changed}
            asked.query = query
        return server(asked)

    return breakage


def _none(_: str) -> None:
    return None


def _is(method: str, path: str = "") -> Callable[[Asked], bool]:
    return lambda asked: asked.method == method and asked.path.startswith(path)


def _is_list(asked: Asked) -> bool:
    return asked.method == "GET" and asked.path in ("/Users", "/Groups")


def _is_one(asked: Asked) -> bool:
    return asked.method == "GET" and asked.path.count("/") == 2


def showing_where(test: Callable[[Asked], object], change: Callable[[Document], Any]) -> Breakage:
    """Bend each resource of the answers to some requests."""

    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if told.ok and test(asked):
            document = told.document
            for one in document["Resources"] if is_listing(told) else [document]:
                change(one)
            told.json = document
        return told

    return breakage


def asks(name: str) -> Callable[[Asked], bool]:
    """Tell whether a request has a parameter."""
    return lambda asked: name in asked.query and asked.path.startswith(("/Users", "/Groups"))


for _verb, _what in (("POST", "a creation"), ("PUT", "a PUT"), ("PATCH", "a PATCH")):
    define(
        f"attributes-ignored-on-{_verb.lower()}",
        f"`attributes` is ignored in the answer to {_what}.",
        reading_names("attributes", _none, when=_is(_verb)),
    )
    define(
        f"excluded-ignored-on-{_verb.lower()}",
        f"`excludedAttributes` is ignored in the answer to {_what}.",
        reading_names("excludedAttributes", _none, when=_is(_verb)),
    )
define(
    "attributes-ignored",
    "`attributes` is ignored.",
    reading_names("attributes", _none, when=_is_one),
)
define(
    "excluded-ignored",
    "`excludedAttributes` is ignored.",
    reading_names("excludedAttributes", _none, when=_is_one),
)
define(
    "attributes-ignored-in-lists",
    "`attributes` is ignored in lists.",
    reading_names("attributes", _none, when=_is_list),
)
define(
    "excluded-ignored-in-lists",
    "`excludedAttributes` is ignored in lists.",
    reading_names("excludedAttributes", _none, when=_is_list),
)
define(
    "first-name-only",
    "Only the first name is read.",
    reading_names("attributes", lambda names: names.split(",")[0]),
)
define(
    "last-name-only",
    "Only the last name is read.",
    reading_names("attributes", lambda names: names.split(",")[-1]),
)
define(
    "first-excluded-only",
    "Only the first name is left out.",
    reading_names("excludedAttributes", lambda names: names.split(",")[0]),
)
define(
    "names-are-case-sensitive",
    "Names in another case are unknown.",
    reading_names(
        "attributes excludedAttributes",
        lambda names: "x" if names in ("DISPLAYNAME", "DisplayName") else names,
    ),
)
define(
    "urns-unknown",
    "Names with the URN of the core schema are unknown.",
    reading_names(
        "attributes excludedAttributes", lambda names: "x" if "core:2.0" in names else names
    ),
)
define(
    "extension-unknown",
    "Names of an extension are unknown.",
    reading_names(
        "attributes excludedAttributes", lambda names: "x" if ":extension:" in names else names
    ),
)
define(
    "part-gives-the-whole",
    "`name.givenName` gives all of name.",
    reading_names(
        "attributes",
        lambda names: (
            names.partition(".")[0] if names.startswith(("name.", "emails.", "meta.")) else names
        ),
    ),
)
define(
    "part-gives-nothing",
    "`name.givenName` gives nothing.",
    reading_names("attributes", lambda names: "x" if names.startswith("name.") else names),
)
define(
    "excluded-part-takes-the-whole",
    "To leave out `name.familyName` leaves out name.",
    reading_names(
        "excludedAttributes", lambda names: "name" if names.startswith("name.") else names
    ),
)
define(
    "excluded-part-ignored",
    "`name.familyName` cannot be left out.",
    reading_names("excludedAttributes", lambda names: "x" if names.startswith("name.") else names),
)
define(
    "swapped", "The two parameters are exchanged.", lambda asked, server: _swapped(asked, server)
)
define(
    "unknown-gives-all",
    "An unknown name gives everything.",
    reading_names("attributes", lambda names: None if "noSuch" in names else names),
)
define("unknown-is-500", "An unknown name is a 500.", lambda asked, server: _failing(asked, server))
define(
    "members-stay",
    "`excludedAttributes=members` is ignored of one group.",
    reading_names(
        "excludedAttributes", _none, when=lambda asked: asked.path.startswith("/Groups/")
    ),
)
define(
    "members-stay-in-lists",
    "`excludedAttributes=members` is ignored in lists of groups.",
    reading_names("excludedAttributes", _none, when=lambda asked: asked.path == "/Groups"),
)
define(
    "groups-attributes-ignored",
    "`attributes` is ignored of groups.",
    reading_names("attributes", _none, when=lambda asked: asked.path.startswith("/Groups")),
)

define(
    "id-left-out-unless-named",
    "`attributes` leaves the id out.",
    showing_where(asks("attributes"), lambda one: one.pop("id", None)),
)
define(
    "id-can-be-left-out",
    "`excludedAttributes=id` leaves the id out.",
    showing_where(
        lambda asked: "id" in asked.query.get("excludedAttributes", "").split(","),
        lambda one: one.pop("id", None),
    ),
)
define(
    "excluded-drops-extensions",
    "`excludedAttributes` drops extensions, too.",
    showing_where(asks("excludedAttributes"), lambda one: one.pop(ENTERPRISE_USER, None)),
)
define(
    "whole-lacks-parts",
    "A complex attribute that is named comes with its first part.",
    showing_where(
        lambda asked: asked.query.get("attributes") == "name",
        lambda one: one["name"].popitem() if len(one.get("name", {})) > 1 else None,
    ),
)
define(
    "first-value-only",
    "`emails.value` gives the first address alone.",
    showing_where(
        lambda asked: "emails" in asked.query.get("attributes", ""),
        lambda one: one.update(emails=one.get("emails", [])[:1]),
    ),
)
define(
    "excluded-gives-minimum",
    "`excludedAttributes` gives only what is always returned.",
    showing_where(
        asks("excludedAttributes"),
        lambda one: [one.pop(k) for k in list(one) if k not in ("id", "schemas", "userName")],
    ),
)


def _swapped(asked: Asked, server: Server) -> Told:
    names = {"attributes": "excludedAttributes", "excludedAttributes": "attributes"}
    asked.query = {names.get(key, key): value for key, value in asked.query.items()}
    return server(asked)


def _failing(asked: Asked, server: Server) -> Told:
    unknown = any(
        "noSuch" in asked.query.get(name, "") for name in ("attributes", "excludedAttributes")
    )
    return Told.error(500) if unknown else server(asked)


@defect("projection-extensions-always-come", "projection", "Extensions come though not named.")
def extensions_always(asked: Asked, server: Server) -> Told:
    """Add the extension to what `attributes` names."""
    told = server(asked)
    if _is_one(asked) and "attributes" in asked.query and told.ok:
        whole = asked.read(server)
        if ENTERPRISE_USER in whole:
            told.json = told.document | {ENTERPRISE_USER: whole[ENTERPRISE_USER]}
    return told


@defect("projection-patch-answers-204", "projection", "A PATCH with `attributes` is answered 204.")
def patch_answers_204(asked: Asked, server: Server) -> Told:
    """Send no body."""
    told = server(asked)
    is_meant = asked.method == "PATCH" and "attributes" in asked.query and told.status == 200
    return Told.of(204) if is_meant else told


@defect("projection-hides-from-filters", "projection", "What is not shown cannot be filtered by.")
def hides_from_filters(asked: Asked, server: Server) -> Told:
    """Find nothing by an attribute that is not shown."""
    told = server(asked)
    shown = asked.query.get("attributes", "userName")
    hidden = asked.query.get("excludedAttributes", "")
    is_hidden = "userName" not in shown or "userName" in hidden
    if is_listing(told) and is_hidden and "userName" in asked.query.get("filter", ""):
        told.json = told.document | {"Resources": [], "totalResults": 0}
    return told


@defect(
    "projection-stores-what-is-shown", "projection", "A PUT stores only what `attributes` names."
)
def stores_what_is_shown(asked: Asked, server: Server) -> Told:
    """Leave out of the body what the answer is to leave out."""
    if asked.method == "PUT" and "attributes" in asked.query and isinstance(asked.json, dict):
        kept = {"schemas", *asked.query["attributes"].split(",")}
        asked.json = {key: value for key, value in asked.json.items() if key in kept}
    return server(asked)
