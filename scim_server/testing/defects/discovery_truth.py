"""Discovery that is well-formed, and not true (RFC 7643 §5 to §7, RFC 9865 §4)."""

from collections.abc import Callable
from typing import Any

from scim_protocol.urns import GROUP, USER
from scim_server.testing.defects.bodies import DISCOVERY, without
from scim_server.testing.defects.mechanism import Asked, Breakage, Document, Told, defect, showing
from scim_server.testing.defects.mechanism import telling as _telling

_CONFIG, _TYPES, _SCHEMAS = DISCOVERY


def _define(name: str, what: str, breakage: Breakage) -> None:
    defect(name, "discovery", what)(breakage)


def _feature(name: str, **values: Any) -> Breakage:
    return showing(lambda one: one | {name: one[name] | values}, path=_CONFIG)


def _schema(urn: str, change: Callable[[Document], Document]) -> Breakage:
    return showing(lambda one: change(one) if one["id"] == urn else one, path=_SCHEMAS)


def _without_attribute(name: str) -> Callable[[Document], Document]:
    return lambda one: one | {"attributes": [a for a in one["attributes"] if a["name"] != name]}


def _bare_members(one: Document) -> Document:
    return one | {
        "attributes": [
            a | {"subAttributes": [p for p in a["subAttributes"] if p["name"] != "value"]}
            if a["name"] == "members"
            else a
            for a in one["attributes"]
        ]
    }


def _listing(path: str, change: Callable[[list[Document]], list[Document]]) -> Breakage:
    def edit(asked: Asked, told: Told) -> None:
        if asked.path == path and told.ok:
            found = change(told.document["Resources"])
            told.json = told.document | {"Resources": found, "totalResults": len(found)}

    return _telling(edit, method="GET")


for _name, _what in (
    ("bulk", "Bulk requests work, but are said to be unsupported."),
    ("filter", "Filters work, but are said to be unsupported."),
    ("sort", "Sorting works, but is said to be unsupported."),
):
    _define(f"config-denies-{_name}", _what, _feature(_name, supported=False))
_define(
    "config-filter-limit-is-untrue",
    "More comes than filter.maxResults says.",
    _feature("filter", maxResults=2),
)
_define(
    "types-lack-groups",
    "/ResourceTypes leaves groups out, which are served.",
    _listing(_TYPES, lambda found: [one for one in found if one["schema"] != GROUP]),
)
_define(
    "types-lack-extensions",
    "/ResourceTypes leaves the extension out that users have.",
    showing(lambda one: without("schemaExtensions")(one), path=_TYPES),
)
_define(
    "types-swap-schemas",
    "The type of groups names the schema of users.",
    showing(lambda one: one | {"schema": USER} if one["schema"] == GROUP else one, path=_TYPES),
)
_define(
    "schemas-lack-schemas",
    "A schema has no schemas.",
    showing(lambda one: without("schemas")(one), path=_SCHEMAS),
)
_define(
    "schema-lacks-titles",
    "The schema of User has no title, which users have.",
    _schema(USER, _without_attribute("title")),
)
_define(
    "schema-lacks-parts-of-members",
    "The schema of Group has no members.value.",
    _schema(GROUP, _bare_members),
)
_define(
    "schema-canonical-values-are-objects",
    "canonicalValues is a list of objects.",
    _schema(
        USER,
        lambda one: (
            one
            | {"attributes": [a | {"canonicalValues": [{"value": "x"}]} for a in one["attributes"]]}
        ),
    ),
)
