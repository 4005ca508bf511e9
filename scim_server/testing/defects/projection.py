"""Some attributes asked for, others shown (RFC 7644 §3.9)."""

from collections.abc import Callable
from typing import Any

from scim_server.testing.defects.bending import is_listing
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Server, Told, defect

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(f"projection-{name}", "projection", what)(breakage)


def _reading(
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


def _showing(test: Callable[[Asked], object], change: Callable[[Document], Any]) -> Breakage:
    def breakage(asked: Asked, server: Server) -> Told:
        told = server(asked)
        if told.ok and test(asked):
            document = told.document
            for one in document["Resources"] if is_listing(told) else [document]:
                change(one)
            told.json = document
        return told

    return breakage


def _asks(name: str) -> Callable[[Asked], bool]:
    return lambda asked: name in asked.query and asked.path.startswith(("/Users", "/Groups"))


for _verb, _what in (("POST", "a creation"), ("PUT", "a PUT"), ("PATCH", "a PATCH")):
    _define(
        f"attributes-ignored-on-{_verb.lower()}",
        f"`attributes` is ignored in the answer to {_what}.",
        _reading("attributes", _none, when=_is(_verb)),
    )
    _define(
        f"excluded-ignored-on-{_verb.lower()}",
        f"`excludedAttributes` is ignored in the answer to {_what}.",
        _reading("excludedAttributes", _none, when=_is(_verb)),
    )
_define(
    "attributes-ignored", "`attributes` is ignored.", _reading("attributes", _none, when=_is_one)
)
_define(
    "excluded-ignored",
    "`excludedAttributes` is ignored.",
    _reading("excludedAttributes", _none, when=_is_one),
)
_define(
    "attributes-ignored-in-lists",
    "`attributes` is ignored in lists.",
    _reading("attributes", _none, when=_is_list),
)
_define(
    "excluded-ignored-in-lists",
    "`excludedAttributes` is ignored in lists.",
    _reading("excludedAttributes", _none, when=_is_list),
)
_define(
    "first-name-only",
    "Only the first name is read.",
    _reading("attributes", lambda names: names.split(",")[0]),
)
_define(
    "last-name-only",
    "Only the last name is read.",
    _reading("attributes", lambda names: names.split(",")[-1]),
)
_define(
    "first-excluded-only",
    "Only the first name is left out.",
    _reading("excludedAttributes", lambda names: names.split(",")[0]),
)
_define(
    "names-are-case-sensitive",
    "Names in another case are unknown.",
    _reading(
        "attributes excludedAttributes",
        lambda names: "x" if names in ("DISPLAYNAME", "DisplayName") else names,
    ),
)
_define(
    "urns-unknown",
    "Names with the URN of the core schema are unknown.",
    _reading("attributes excludedAttributes", lambda names: "x" if "core:2.0" in names else names),
)
_define(
    "extension-unknown",
    "Names of an extension are unknown.",
    _reading(
        "attributes excludedAttributes", lambda names: "x" if ":extension:" in names else names
    ),
)
_define(
    "part-gives-the-whole",
    "`name.givenName` gives all of name.",
    _reading(
        "attributes",
        lambda names: (
            names.partition(".")[0] if names.startswith(("name.", "emails.", "meta.")) else names
        ),
    ),
)
_define(
    "part-gives-nothing",
    "`name.givenName` gives nothing.",
    _reading("attributes", lambda names: "x" if names.startswith("name.") else names),
)
_define(
    "excluded-part-takes-the-whole",
    "To leave out `name.familyName` leaves out name.",
    _reading("excludedAttributes", lambda names: "name" if names.startswith("name.") else names),
)
_define(
    "excluded-part-ignored",
    "`name.familyName` cannot be left out.",
    _reading("excludedAttributes", lambda names: "x" if names.startswith("name.") else names),
)
_define(
    "swapped", "The two parameters are exchanged.", lambda asked, server: _swapped(asked, server)
)
_define(
    "unknown-gives-all",
    "An unknown name gives everything.",
    _reading("attributes", lambda names: None if "noSuch" in names else names),
)
_define(
    "unknown-is-500", "An unknown name is a 500.", lambda asked, server: _failing(asked, server)
)
_define(
    "members-stay",
    "`excludedAttributes=members` is ignored of one group.",
    _reading("excludedAttributes", _none, when=lambda asked: asked.path.startswith("/Groups/")),
)
_define(
    "members-stay-in-lists",
    "`excludedAttributes=members` is ignored in lists of groups.",
    _reading("excludedAttributes", _none, when=lambda asked: asked.path == "/Groups"),
)
_define(
    "groups-attributes-ignored",
    "`attributes` is ignored of groups.",
    _reading("attributes", _none, when=lambda asked: asked.path.startswith("/Groups")),
)

_define(
    "id-left-out-unless-named",
    "`attributes` leaves the id out.",
    _showing(_asks("attributes"), lambda one: one.pop("id", None)),
)
_define(
    "id-can-be-left-out",
    "`excludedAttributes=id` leaves the id out.",
    _showing(
        lambda asked: "id" in asked.query.get("excludedAttributes", "").split(","),
        lambda one: one.pop("id", None),
    ),
)
_define(
    "excluded-drops-extensions",
    "`excludedAttributes` drops extensions, too.",
    _showing(_asks("excludedAttributes"), lambda one: one.pop(_ENTERPRISE, None)),
)
_define(
    "whole-lacks-parts",
    "A complex attribute that is named comes with its first part.",
    _showing(
        lambda asked: asked.query.get("attributes") == "name",
        lambda one: one["name"].popitem() if len(one.get("name", {})) > 1 else None,
    ),
)
_define(
    "first-value-only",
    "`emails.value` gives the first address alone.",
    _showing(
        lambda asked: "emails" in asked.query.get("attributes", ""),
        lambda one: one.update(emails=one.get("emails", [])[:1]),
    ),
)
_define(
    "excluded-gives-minimum",
    "`excludedAttributes` gives only what is always returned.",
    _showing(
        _asks("excludedAttributes"),
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
        if _ENTERPRISE in whole:
            told.json = told.document | {_ENTERPRISE: whole[_ENTERPRISE]}
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
