"""Rules that are kept in one form of a PATCH, or for users, and not in the others (§3.5.2)."""

import re
from collections.abc import Callable
from typing import Any

from scim_protocol.urns import ENTERPRISE_USER, GROUP
from scim_server.testing.defects.bodies import repaired
from scim_server.testing.defects.kept import moving
from scim_server.testing.defects.mechanism import (
    Asked,
    Breakage,
    Document,
    Server,
    Told,
    defect,
    showing,
)
from scim_server.testing.defects.patching import (
    done_nothing,
    dropping,
    forgiving,
    is_op,
    operations_of,
    path_of,
    refusing,
    without_path,
)


def _on_groups(breakage: Breakage) -> Breakage:
    """Break groups alone."""
    return lambda asked, server: (
        breakage(asked, server) if asked.path.startswith("/Groups") else server(asked)
    )


def _names(attribute: str) -> Callable[[Document], bool]:
    return lambda one: without_path(one) and attribute in one["value"]


defect("patch-adds-duplicates-of-names", "patch", "To add a userName that is taken is a success.")(
    forgiving(lambda one: is_op("add", one) and path_of(one) == "userName", status=409)
)
defect("patch-allows-duplicates-without-path", "patch", "A taken userName without a path, too.")(
    forgiving(_names("userName"), status=409)
)
defect("patch-adds-any-type", "patch", "To add a value of a wrong type is a success.")(
    forgiving(lambda one: is_op("add", one) and bool(path_of(one)), "invalidValue", "invalidSyntax")
)
defect("patch-stores-any-list-without-path", "patch", "Lists of wrong types are a success.")(
    forgiving(_names("emails"), "invalidValue", "invalidSyntax")
)


def _shown_after(attribute: str) -> Breakage:
    """Show what a PATCH without a path says of an attribute that the server sets."""
    forged: dict[str, Any] = {}

    def breakage(asked: Asked, server: Server) -> Told:
        given = [one for one in operations_of(asked) if isinstance(one, dict)]
        meant = [one["value"][attribute] for one in given if _names(attribute)(one)]
        if asked.method == "PATCH" and meant:
            forged[asked.path] = meant[-1]
            return done_nothing(asked, server)
        told = server(asked)
        if asked.path in forged and told.ok and "id" in told.document:
            value, old = forged[asked.path], told.document.get(attribute)
            bent = old | value if isinstance(old, dict) else value
            told.json = told.document | {attribute: bent}
        return told

    return breakage


defect("patch-takes-meta-without-path", "patch", "A value without a path may set meta.")(
    _shown_after("meta")
)
defect("patch-shows-groups-without-path", "patch", "A value without a path may set groups.")(
    _shown_after("groups")
)
defect("patch-changes-immutable-without-path", "patch", "A serial is changed without a path.")(
    _shown_after("serial")
)


def _cleared() -> Breakage:
    cleared: set[str] = set()

    def breakage(asked: Asked, server: Server) -> Told:
        given = [one for one in operations_of(asked) if isinstance(one, dict)]
        if any(_names("userName")(one) and one["value"]["userName"] is None for one in given):
            cleared.add(asked.path)
            return done_nothing(asked, server)
        told = server(asked)
        if asked.path in cleared and told.ok and "id" in told.document:
            told.json = {k: v for k, v in told.document.items() if k != "userName"}
        return told

    return breakage


defect("patch-clears-required-without-path", "patch", "A userName goes by null without a path.")(
    _cleared()
)


def _whole(one: Document) -> bool:
    return path_of(one).endswith("]") and is_op("replace", one)


defect("patch-ignores-whole-values-without-match", "patch", "A value for no match is ignored.")(
    forgiving(_whole, "noTarget")
)


@defect("patch-adds-whole-values-without-match", "patch", "A value for no match is added.")
def adds_whole(asked: Asked, server: Server) -> Told:
    """Update or insert."""
    told = server(asked)
    given = [one for one in operations_of(asked) if isinstance(one, dict)]
    if asked.method != "PATCH" or told.status != 400 or not any(map(_whole, given)):
        return told
    bent = [
        {"op": "add", "path": path_of(one).split("[")[0], "value": [one["value"]]} for one in given
    ]
    document = asked.json | {"Operations": bent}
    return server(asked.other("PATCH", asked.path, document))


@defect("patch-makes-a-value-for-each-part", "patch", "Each part that is added has its own value.")
def value_for_each(asked: Asked, server: Server) -> Told:
    """Make one wherever none matched before the PATCH."""
    pattern = r'(addresses)\[(\w+) eq "([^"]*)"\]\.(\w+)'
    given = [one for one in operations_of(asked) if isinstance(one, dict)]
    found = [re.fullmatch(pattern, path_of(one)) for one in given]
    if asked.method != "PATCH" or not found or asked.read(server).get("addresses"):
        return server(asked)
    made = [
        {"op": "add", "path": m[1], "value": [{m[2]: m[3], m[4]: one["value"]}]} if m else one
        for m, one in zip(found, given, strict=True)
    ]
    return server(asked.other("PATCH", asked.path, asked.json | {"Operations": made}))


_unnamed: set[str] = set()


@defect("patch-forgets-schemas-without-path", "patch", "`schemas` lacks an extension's URN.")
def forgets_schemas(asked: Asked, server: Server) -> Told:
    """Only paths are looked at for it."""
    given = [one for one in operations_of(asked) if isinstance(one, dict)]
    if asked.method == "PATCH" and any(map(_names(ENTERPRISE_USER), given)):
        _unnamed.add(asked.path)
    told = server(asked)
    if asked.path in _unnamed and told.ok and "schemas" in told.document:
        kept = [urn for urn in told.document["schemas"] if urn != ENTERPRISE_USER]
        told.json = told.document | {"schemas": kept}
    return told


# --- groups --------------------------------------------------------------------------------------

defect("patch-of-groups-takes-names-by-case", "groups", "Paths of groups have one spelling.")(
    _on_groups(refusing(lambda one: path_of(one)[:1].isupper()))
)
defect("patch-of-members-takes-filters-by-case", "groups", "Filters of members have one spelling.")(
    dropping(lambda one: path_of(one).startswith("members[VALUE"))
)
defect("patch-of-groups-ignores-unknown", "groups", "What groups do not have is a success.")(
    _on_groups(forgiving(lambda one: True, "invalidPath", "noTarget"))
)
defect("patch-of-groups-ignores-read-only", "groups", "A PATCH of a group's id is a success.")(
    _on_groups(forgiving(lambda one: True, "mutability"))
)


def _taking_meta(asked: Asked, server: Server) -> Told:
    body = asked.json if asked.method == "PUT" else None
    sent = body.get("meta") if isinstance(body, dict) else None
    told = server(asked)
    if isinstance(sent, dict) and told.ok:
        _metas[asked.path] = sent
    if asked.path in _metas and "meta" in told.document:
        told.json = told.document | {"meta": told.document["meta"] | _metas[asked.path]}
    return told


_metas: dict[str, Document] = {}
defect("put-of-groups-takes-meta", "groups", "The replacement of a group may set meta.")(
    _on_groups(_taking_meta)
)
defect("put-of-groups-moves-to-the-id", "groups", "A replacement moves the group to another id.")(
    moving("/Groups/")
)


defect("groups-need-no-schemas", "groups", "A group without schemas is taken.")(
    _on_groups(
        repaired(
            lambda one: one | {"schemas": [GROUP]} if "displayName" in one else None, method="POST"
        )
    )
)

# --- dates ---------------------------------------------------------------------------------------


def _forgetting(is_meant: Callable[[Asked], bool], part: str = "lastModified") -> Breakage:
    """Show the date of before after some changes."""
    kept: dict[str, str] = {}

    def breakage(asked: Asked, server: Server) -> Told:
        if is_meant(asked):
            meta = asked.read(server).get("meta") or {}
            kept[asked.path] = kept.get(asked.path) or meta.get("lastModified", "")
        elif asked.method in ("PUT", "PATCH"):
            kept.pop(asked.path, None)
        told = server(asked)
        if kept.get(asked.path) and "meta" in told.document:
            told.json = told.document | {"meta": told.document["meta"] | {part: kept[asked.path]}}
        return told

    return breakage


defect("removals-forget-modified", "meta", "A removal does not move lastModified.")(
    _forgetting(lambda asked: asked.method == "PATCH" and b'"remove"' in asked.body)
)
defect("put-of-groups-forgets-modified", "meta", "The replacement of a group moves no date.")(
    _forgetting(lambda asked: asked.method == "PUT" and asked.path.startswith("/Groups/"))
)
_latest: dict[str, str] = {}


def _renew(one: Document) -> Document:
    meta = one.get("meta") or {}
    if "lastModified" not in meta:
        return one
    return one | {"meta": meta | {"created": meta["lastModified"]}}


defect("groups-renew-created", "meta", "meta.created of a group is that of its last change.")(
    showing(_renew, type="Group")
)


@defect("changes-move-all-dates", "meta", "A replacement moves lastModified of all users.")
def move_all(asked: Asked, server: Server) -> Told:
    """Touch the whole table."""
    told = server(asked)
    if asked.method == "PUT" and told.ok and asked.path.startswith("/Users/"):
        _latest["Users"] = (told.document.get("meta") or {}).get("lastModified", "")
    meta = told.document.get("meta") or {}
    if _latest and asked.path.startswith("/Users/") and "lastModified" in meta:
        latest = max(meta["lastModified"], _latest["Users"])
        told.json = told.document | {"meta": meta | {"lastModified": latest}}
    return told
